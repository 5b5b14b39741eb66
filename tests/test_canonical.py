"""One value, one byte string: what is written, and what is refused when read."""

import json
import math
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from ledger.canonical import (
    INTEGER_MAX,
    Canonical,
    Decimal,
    Integer,
    Sha256Hex,
    check_sets,
    decode,
    encode,
    ordered,
    pattern_check,
)
from ledger.entry import Entry
from ledger.errors import LedgerError, Malformed
from ledger.events import EVENT_TYPES
from ledger.events.base import Annex, Statement


class Part(Canonical, frozen=True, kw_only=True):
    name: str
    count: Integer | None = None


class Whole(Canonical, frozen=True, kw_only=True):
    ordered_fields: ClassVar[tuple[str, ...]] = ("turns",)

    text: str
    number: Integer
    flag: bool
    size: Decimal | None = None
    digest: Sha256Hex | None = None
    part: Part | None = None
    parts: tuple[Part, ...] = ()
    names: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()


VALID = (
    b'{"digest":null,"flag":true,"names":["a","b"],"number":1,"part":{"count":null,"name":"p"},'
    b'"parts":[],"size":"1.5","text":"t","turns":["b","a"]}'
)


def read(data: bytes) -> Whole:
    return decode(data, Whole, size_max=100_000, what="whole")


def code_of(data: bytes) -> str:
    with pytest.raises(Malformed) as refusal:
        read(data)
    return refusal.value.code


def reference(value: Any) -> bytes:
    """RFC 8785 as the standard library gives it for text, integers, lists and ASCII names."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def plain(value: Any) -> Any:
    """A struct as dictionaries, lists and scalars."""
    return msgspec.to_builtins(value)


# --- what is written --------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
INTEGERS = st.integers(-INTEGER_MAX, INTEGER_MAX)
PARTS = st.builds(Part, name=TEXTS, count=st.none() | INTEGERS)
WHOLES = st.builds(
    Whole,
    text=TEXTS,
    number=INTEGERS,
    flag=st.booleans(),
    size=st.none() | st.from_regex(r"\A(0|[1-9][0-9]{0,9})\.[0-9]{0,3}[1-9]\Z"),
    digest=st.none() | st.binary(min_size=32, max_size=32).map(bytes.hex),
    part=st.none() | PARTS,
    parts=st.lists(PARTS, max_size=4).map(lambda items: ordered(*items)),
    names=st.lists(TEXTS, max_size=4).map(lambda items: ordered(*items)),
    turns=st.lists(TEXTS, max_size=3).map(tuple),
)


@given(WHOLES)
def test_what_is_written_is_rfc_8785_and_is_read_back(value: Whole) -> None:
    data = encode(value)
    assert data == reference(plain(value))
    assert read(data) == value


@given(WHOLES, st.integers(0, 2**32))
def test_another_spelling_of_the_same_value_is_refused(value: Whole, seed: int) -> None:
    """Python's own ways of writing the same JSON: each is read only where it is the one."""
    spellings = [
        json.dumps(plain(value)).encode(),
        json.dumps(plain(value), sort_keys=True).encode(),
        json.dumps(plain(value), sort_keys=True, separators=(",", ":")).encode(),
        json.dumps(plain(value), indent=seed % 4, ensure_ascii=False).encode(),
    ]
    for spelling in spellings:
        if spelling == encode(value):
            assert read(spelling) == value
        else:
            assert code_of(spelling) in {"NOT-CANONICAL", "NOT-TYPED"}


def test_control_characters_are_escaped_as_the_specification_says() -> None:
    every = "".join(map(chr, range(0x20))) + '"\\/\x7f\u0080\u2028é😀'
    written = encode(Part(name=every))
    assert written == reference({"count": None, "name": every})
    assert rb"\u0000" in written
    assert rb"\b" in written
    assert rb"\u001f" in written
    assert "\u2028é😀".encode() in written


@pytest.mark.parametrize(
    "value",
    ["\ud800", 10**5000, object(), Part(name=object())],  # type: ignore[arg-type]  # on purpose
    ids=["surrogate", "number", "object", "object within"],
)
def test_what_has_no_canonical_form_is_not_written(value: object) -> None:
    with pytest.raises(Malformed, match="NOT-ENCODABLE"):
        encode(value)


def test_a_set_is_sorted_by_bytes_and_has_no_repeats() -> None:
    assert ordered("b", "a", "B", "a", "é") == ("B", "a", "b", "é")
    assert ordered(Part(name="b"), Part(name="a"), Part(name="b")) == (
        Part(name="a"),
        Part(name="b"),
    )
    assert ordered() == ()


# --- what is refused --------------------------------------------------------------------------


def test_the_one_spelling_is_read() -> None:
    assert encode(read(VALID)) == VALID


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b'"flag":true', b'"flag": true', id="space"),
        pytest.param(b'"flag":true', b'"flag":true\n', id="line feed"),
        pytest.param(
            b'"digest":null,"flag":true', b'"flag":true,"digest":null', id="order of fields"
        ),
        pytest.param(b'"text":"t"', rb'"text":"\u0074"', id="needless escape"),
        pytest.param(b'"text":"t"', rb'"text":"\/"', id="escaped slash"),
        pytest.param(b'"text":"t"', rb'"text":"\u000a"', id="long form of a short escape"),
        pytest.param(b'"text":"t"', rb'"text":"\u001F"', id="upper-case escape"),
        pytest.param(b'"text":"t"', rb'"text":"\ud83d\ude00"', id="escaped surrogate pair"),
        pytest.param(b'"text":"t"', b'"text":"t","text":"t"', id="field twice, same value"),
        pytest.param(b'"text":"t"', b'"text":"x","text":"t"', id="field twice, other value"),
        pytest.param(b'"text":"t"', rb'"te\u0078t":"t"', id="escaped field name"),
        pytest.param(b'"digest":null,', b"", id="absent field that may be null"),
        pytest.param(b'"names":["a","b"],', b"", id="absent list"),
        pytest.param(b'"number":1,', b'"number":-0,', id="minus zero"),
    ],
)
def test_a_spelling_that_is_not_the_one_is_refused(old: bytes, new: bytes) -> None:
    assert VALID.count(old) == 1
    assert code_of(VALID.replace(old, new)) == "NOT-CANONICAL"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b'"text":"t"', b'"text":null', id="null where a text must be"),
        pytest.param(b'"text":"t"', b'"text":1', id="number as text"),
        pytest.param(b'"text":"t"', b'"text":"t","x":1', id="unknown field"),
        pytest.param(b',"text":"t"', b"", id="absent field"),
        pytest.param(b'"text":"t"', rb'"text":"\ud800"', id="lone surrogate"),
        pytest.param(b'"text":"t"', b'"text":"\xed\xa0\x80"', id="surrogate in UTF-8"),
        pytest.param(b'"text":"t"', b'"text":"\xc0\xaf"', id="overlong UTF-8"),
        pytest.param(b'"text":"t"', b'"text":"\xff"', id="no UTF-8"),
        pytest.param(b'"text":"t"', b'"text":"\x00"', id="raw NUL"),
        pytest.param(b'"text":"t"', b'"text":"\n"', id="raw line feed"),
        pytest.param(b'"number":1,', b'"number":1.5,', id="float"),
        pytest.param(b'"number":1,', b'"number":1.0,', id="integer as a float"),
        pytest.param(b'"number":1,', b'"number":1e0,', id="integer with an exponent"),
        pytest.param(b'"number":1,', b'"number":"1",', id="number in quotes"),
        pytest.param(b'"number":1,', b'"number":01,', id="leading zero"),
        pytest.param(b'"number":1,', b'"number":+1,', id="plus"),
        pytest.param(b'"number":1,', b'"number":true,', id="bool as number"),
        pytest.param(b'"number":1,', b'"number":NaN,', id="not a number"),
        pytest.param(b'"number":1,', b'"number":9007199254740992,', id="2^53"),
        pytest.param(b'"number":1,', b'"number":-9007199254740992,', id="-2^53"),
        pytest.param(b'"number":1,', b'"number":18446744073709551616,', id="2^64"),
        pytest.param(b'"number":1,', b'"number":' + b"9" * 4000 + b",", id="huge"),
        pytest.param(b'"number":1,', b'"number":1e400,', id="beyond a double"),
        pytest.param(b'"flag":true', b'"flag":1', id="number as bool"),
        pytest.param(b'"flag":true', b'"flag":True', id="another language"),
        pytest.param(b'"size":"1.5"', b'"size":1.5', id="decimal as a number"),
        pytest.param(b'["a","b"]', b'["a","b",]', id="trailing comma"),
        pytest.param(b'["a","b"]', b'{"0":"a"}', id="object as a list"),
        pytest.param(b'{"count":null,"name":"p"}', b'["p"]', id="list as an object"),
        pytest.param(b'{"count":null,"name":"p"}', b'{"count":null}', id="absent inner field"),
    ],
)
def test_what_does_not_fit_the_type_is_refused(old: bytes, new: bytes) -> None:
    assert VALID.count(old) == 1
    assert code_of(VALID.replace(old, new)) == "NOT-TYPED"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xef\xbb\xbf" + VALID,
        VALID + b"\0",
        VALID + VALID,
        VALID + b",",
        VALID[:-1],
        VALID.decode().encode("utf-16"),
        VALID.decode().encode("utf-32-le"),
        b"// a comment\n" + VALID,
        VALID.replace(b'"', b"'"),
    ],
)
def test_bytes_that_are_no_single_json_object_are_refused(data: bytes) -> None:
    assert code_of(data) == "NOT-TYPED"


@pytest.mark.parametrize("tail", [b" ", b"\n", b"\r\n", b"\t"])
def test_space_around_the_value_is_refused(tail: bytes) -> None:
    assert code_of(VALID + tail) == "NOT-CANONICAL"
    assert code_of(tail + VALID) == "NOT-CANONICAL"


@pytest.mark.parametrize("items", [b'["b","a"]', b'["a","a"]', b'["a","b","a"]', b'["a","B"]'])
def test_a_list_that_is_no_sorted_set_is_refused(items: bytes) -> None:
    assert code_of(VALID.replace(b'["a","b"]', items)) == "LIST-NOT-A-SET"


def test_a_list_deep_inside_is_a_set_too() -> None:
    parts = b'"parts":[{"count":1,"name":"a"},{"count":1,"name":"a"}]'
    assert code_of(VALID.replace(b'"parts":[]', parts)) == "LIST-NOT-A-SET"
    with pytest.raises(Malformed, match="list names"):
        check_sets(msgspec.structs.replace(read(VALID), names=("b", "a")), "whole")


def test_a_list_whose_order_has_a_meaning_keeps_it() -> None:
    assert read(VALID).turns == ("b", "a")
    assert read(VALID.replace(b'["b","a"]', b'["a","a"]')).turns == ("a", "a")


def test_deep_nesting_is_refused_without_a_crash() -> None:
    for opening, closing in ((b"[", b"]"), (b'{"part":', b"}")):
        deep = opening * 40_000 + b"1" + closing * 40_000
        with pytest.raises(Malformed, match="NOT-TYPED"):
            decode(deep, Whole, size_max=len(deep), what="whole")
    raw = b'{"deep":' + b"[" * 40_000 + b"]" * 40_000 + b"}"
    with pytest.raises(Malformed, match="NOT-TYPED"):
        decode(raw, Whole, size_max=len(raw), what="whole")


def test_the_size_is_checked_before_anything_is_read() -> None:
    with pytest.raises(Malformed, match="TOO-LARGE") as refusal:
        decode(b"\xff" * 101, Whole, size_max=100, what="whole")
    assert refusal.value.where == "whole"
    assert read(VALID) == decode(VALID, Whole, size_max=len(VALID), what="whole")


@pytest.mark.parametrize(
    "size", ["0", "1", "-1", "0.5", "-0.5", "10", "100.01", "-123456789.000000001"]
)
def test_a_decimal_has_one_spelling(size: str) -> None:
    assert read(VALID.replace(b'"1.5"', b'"%s"' % size.encode())).size == size


@pytest.mark.parametrize(
    "size",
    ["-0", "00", "01", "1.", ".5", "1.0", "1.50", "-0.0", "+1", "1e3", "1,5", " 1", "1 ", "",
     "1\\n", "-", "\u0663", "\uff11", "1_000", "0x1", "Infinity", "-00.1", "9" * 41],
)  # fmt: skip
def test_another_spelling_of_a_decimal_is_refused(size: str) -> None:
    assert code_of(VALID.replace(b'"1.5"', b'"%s"' % size.encode())) == "NOT-TYPED"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9)))
def test_every_number_has_a_decimal_that_is_read(value: Any) -> None:
    text = f"{value:f}".rstrip("0").rstrip(".")
    text = "0" if text in {"-0", ""} else text
    if len(text) <= 40:
        assert float(read(VALID.replace(b'"1.5"', b'"%s"' % text.encode())).size or "x") == (
            pytest.approx(float(value), rel=1e-12)
        )


@pytest.mark.parametrize(
    "digest", ["0" * 63, "0" * 65, "A" * 64, "g" * 64, "0" * 64 + "\\n", "\u0660" * 64]
)
def test_a_digest_is_64_lower_case_hex_digits(digest: str) -> None:
    bad = VALID.replace(b'"digest":null', b'"digest":"%s"' % digest.encode())
    assert code_of(bad) == "NOT-TYPED"


# --- what mutations do ------------------------------------------------------------------------


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_decode_or_be_malformed(data: bytes) -> None:
    try:
        value = read(data)
    except Malformed:
        return
    assert encode(value) == data


@given(st.integers(0, len(VALID)), st.integers(0, 8), st.binary(max_size=8))
def test_a_cut_or_spliced_value_is_itself_or_refused(start: int, cut: int, put: bytes) -> None:
    data = VALID[:start] + put + VALID[start + cut :]
    try:
        value = read(data)
    except LedgerError:
        return
    assert encode(value) == data
    assert (value == read(VALID)) == (data == VALID)


# --- the types themselves ---------------------------------------------------------------------


def parts_of(hint: Any) -> Iterator[Any]:
    """The types that a hint is made of, without annotations, unions and tuples."""
    if get_origin(hint) is Annotated:
        yield from parts_of(get_args(hint)[0])
    elif get_origin(hint) in {Union, UnionType, tuple}:
        for one in get_args(hint):
            yield from parts_of(one)
    else:
        yield hint


def depth(struct: type[Struct]) -> int:
    """How deep the JSON of a struct nests; a list of texts is one level, of structs two."""
    deepest = 1
    for hint in get_type_hints(struct, include_extras=True).values():
        in_list = int("tuple[" in str(hint))
        for part in parts_of(hint):
            inner = depth(part) if isinstance(part, type) and issubclass(part, Struct) else 0
            deepest = max(deepest, 1 + in_list + inner)
    return deepest


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_no_event_nests_deeper_than_sixteen(name: str) -> None:
    statement = 1 + depth(EVENT_TYPES[name].data)
    assert max(statement, depth(Statement), depth(Entry), depth(Annex)) <= 16


def structs_of(struct: type[Struct]) -> set[type[Struct]]:
    found = {struct}
    for hint in get_type_hints(struct, include_extras=True).values():
        for part in parts_of(hint):
            if isinstance(part, type) and issubclass(part, Struct):
                found |= structs_of(part)
    return found


ALL_STRUCTS = sorted(
    set().union(
        *(structs_of(row.data) for row in EVENT_TYPES.values()),
        structs_of(Statement),
        structs_of(Entry),
        structs_of(Annex),
    ),
    key=lambda one: one.__name__,
)


@pytest.mark.parametrize("struct", ALL_STRUCTS)
def test_a_struct_holds_nothing_that_has_two_spellings(struct: type[Struct]) -> None:
    assert struct.__struct_config__.frozen
    assert struct.__struct_config__.forbid_unknown_fields
    for name, hint in get_type_hints(struct, include_extras=True).items():
        if name == "ordered_fields":
            continue
        assert name.isascii()
        for part in parts_of(hint):
            assert part not in {float, bytes, dict, list, set, complex}, name
        if "tuple[" in str(hint):  # a set is empty where nothing is in it, never null
            assert type(None) not in get_args(hint), name


@pytest.mark.parametrize("struct", ALL_STRUCTS)
def test_every_pattern_is_anchored_and_takes_no_digits_of_other_scripts(
    struct: type[Struct],
) -> None:
    patterns = list(patterns_in(get_type_hints(struct, include_extras=True).values()))
    for pattern in patterns:
        assert pattern.startswith("^"), pattern
        assert pattern.endswith(r"\Z"), pattern
        assert r"\d" not in pattern, pattern
        assert r"\w" not in pattern, pattern
        assert r"\s" not in pattern, pattern


def patterns_in(hints: Any) -> Iterator[str]:
    for hint in hints:
        for meta in getattr(hint, "__metadata__", ()):
            if isinstance(meta, msgspec.Meta) and meta.pattern is not None:
                yield meta.pattern
        yield from patterns_in(get_args(hint)[:1] if get_origin(hint) is Annotated else ())
        if get_origin(hint) in {Union, UnionType, tuple}:
            yield from patterns_in(get_args(hint))


def test_a_pattern_checks_text_from_outside() -> None:
    check = pattern_check(r"^[a-z]+\Z", "WORD", "a word")
    assert check("word") == "word"
    with pytest.raises(Malformed, match="WORD"):
        check("word\n")
    with pytest.raises(Malformed) as refusal:
        check("!" * 500)
    assert len(refusal.value.message) < 200


def test_the_largest_integers_are_those_that_a_double_holds() -> None:
    assert math.nextafter(float(INTEGER_MAX), math.inf) == INTEGER_MAX + 1
    for number in (INTEGER_MAX, -INTEGER_MAX):
        assert read(VALID.replace(b'"number":1,', b'"number":%d,' % number)).number == number
