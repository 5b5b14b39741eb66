"""One value, one byte string: strict canonical JSON for typed objects.

RFC 8785 (JSON Canonicalization Scheme) restricted to frozen structs with fixed ASCII field names,
integers within ±(2^53-1) and lists that are sets, so that exactly one byte string is accepted for
each value. A reader decodes into types, encodes again and compares: whatever differs (spacing,
order, escapes, duplicate keys, absent fields) is refused.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from operator import ge
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from ledger.errors import Malformed

INTEGER_MAX = 2**53 - 1
DEPTH_MAX = 16
DECIMAL_PATTERN = r"^(?!-0\Z)-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?\Z"

Integer = Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
Decimal = Annotated[str, Meta(pattern=DECIMAL_PATTERN, max_length=40)]
Sha256Hex = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", max_length=64)]


class Canonical(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Base of every struct that is signed, stored or hashed.

    A field that may be unknown is declared `X | None = None`; it is always written, as `null`.
    A `tuple` field is a set, kept sorted by its items' canonical bytes (`ordered_fields` names the
    exceptions). Use `ordered` to sort one.
    """


_REGEX = re.compile(r"matching regex '.*'(?= - at|\Z)", re.DOTALL)
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
"""A string as far as it goes, or a bracket outside of strings."""
_ENCODER = msgspec.json.Encoder(order="sorted")
_T = TypeVar("_T")
_S = TypeVar("_S", bound=Struct)


def encode(value: object) -> bytes:
    """Return the canonical bytes of a struct, or of a part of one.

    Raises:
        Malformed: NOT-ENCODABLE for text that has no UTF-8 form (lone surrogates), for numbers that
            no machine word holds, and for what is no text, number, list or struct.
    """
    try:
        return _ENCODER.encode(value)
    # Which of the first two, for a number, is msgspec's choice.
    except (ValueError, OverflowError, TypeError) as error:
        raise Malformed(
            "NOT-ENCODABLE",
            "a value has no canonical form",
            hint="remove unpaired surrogates, numbers beyond 2^53-1 and objects of other types",
        ) from error


def ordered(*items: _T) -> tuple[_T, ...]:
    """Return the items as the one tuple that stands for their set: sorted, without repeats."""
    by_bytes = {encode(item): item for item in items}
    return tuple(by_bytes[key] for key in sorted(by_bytes))


def decode(data: bytes, struct: type[_S], *, size_max: int, what: str) -> _S:
    """Return the struct that `data` is the one spelling of.

    Args:
        data: UTF-8 JSON bytes.
        struct: the type expected.
        size_max: cap in bytes, checked before anything is parsed.
        what: name used in errors, such as `statement`.

    Raises:
        Malformed: TOO-LARGE, NOT-TYPED (does not fit the type) or NOT-CANONICAL (fits, but is
            spelled otherwise than `encode` would).
    """
    if len(data) > size_max:
        raise Malformed(
            "TOO-LARGE",
            f"the {what} has {len(data):,} bytes, more than {size_max:,}",
            where=what,
            hint="split it, or put the bulk into a document",
        )
    try:
        value: _S = _decoder(struct).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        said = _REGEX.sub("of another form than it has", str(error))
        raise Malformed("NOT-TYPED", f"the {what} is not what its type says: {said}") from error
    check_sets(value, what)
    if encode(value) != data:
        raise Malformed(
            "NOT-CANONICAL",
            f"the {what} is not in its one canonical spelling",
            where=what,
            hint="write it with chipledger, or as RFC 8785 with every field present",
        )
    return value


def check_depth(data: bytes, what: str) -> None:
    """Refuse JSON of more than 16 objects and lists within each other, before it is parsed.

    Types end long before that. Where a type is not known, what is within it is passed over, and how
    deep a parser can go must not decide what an audit says.

    Raises:
        Malformed: TOO-DEEP.
    """
    depth = 0
    for token in _BRACKETS.findall(data):
        depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(token, 0)
        if depth > DEPTH_MAX:
            raise Malformed(
                "TOO-DEEP",
                f"the {what} has more than {DEPTH_MAX} levels",
                where=what,
                hint="no event has so many: ask who wrote it",
            )


@lru_cache(maxsize=512)
def _decoder(struct: type[_S]) -> msgspec.json.Decoder[_S]:
    return msgspec.json.Decoder(struct, strict=True)


def check_sets(value: Struct, what: str) -> None:
    """Refuse a list that is not sorted by its items' canonical bytes, or that repeats one.

    Raises:
        Malformed: LIST-NOT-A-SET.
    """
    for name, is_tuple, is_set, is_deep in _containers(type(value)):
        member = getattr(value, name)
        if not is_tuple:
            if member is not None:
                check_sets(member, what)
            continue
        if is_set and len(member) > 1:
            _check_set(name, member, what)
        if is_deep:
            for item in member:
                check_sets(item, what)


def _check_set(name: str, items: tuple[object, ...], what: str) -> None:
    keys = [_ENCODER.encode(item) for item in items]
    if any(map(ge, keys, keys[1:])):
        raise Malformed(
            "LIST-NOT-A-SET",
            f"the list {name} is not sorted by canonical bytes, or repeats an item",
            where=what,
            hint="sort it by the bytes of its items and drop repeats",
        )


@lru_cache(maxsize=512)
def _containers(struct: type[Struct]) -> tuple[tuple[str, bool, bool, bool], ...]:
    """Return (field, is a tuple, is a set, its items hold sets) of the fields that hold sets.

    A struct that holds none, at any depth, is left out: there is nothing in it to check.
    """
    in_order: tuple[str, ...] = getattr(struct, "ordered_fields", ())
    found = []
    hints = get_type_hints(struct)
    for name in struct.__struct_fields__:
        parts = alternatives(hints[name])
        tuples = [part for part in parts if get_origin(part) is tuple]
        if tuples:
            is_set = name not in in_order
            is_deep = any(_holds_sets(get_args(part)[0]) for part in tuples)
            if is_set or is_deep:
                found.append((name, True, is_set, is_deep))
        elif any(_holds_sets(part) for part in parts):
            found.append((name, False, False, False))
    return tuple(found)


def _holds_sets(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Struct) and bool(_containers(hint))


def alternatives(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union type, or the type itself."""
    return get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)


def pattern_check(pattern: str, code: str, form: str) -> Callable[[str], str]:
    """Return a function that returns a text that fits `pattern`, else raises Malformed `code`."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if compiled.match(text) is None:
            raise Malformed(code, f"{text[:80]!r} is not {form}")
        return text

    return check
