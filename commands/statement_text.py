"""A statement in words: all that is signed, racks as ranges, totals of what moves."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from ledger.events.base import AnnexField, Line, Statement
from ledger.events.product import StockedRack

_NUMBERED = re.compile(r"(.*?)([0-9]+)\Z")
_HEAD = ("type", "id", "ledger", "occurred", "asserted_by", "basis")


def statement_lines(statement: Statement) -> Iterator[str]:
    """Yield all that a statement says, a line each, nothing left out."""
    for name in _HEAD:
        yield _pair(name, getattr(statement, name))
    for signatory in statement.signatories:
        yield _pair("signs", f"{signatory.party} with key {signatory.key}")
    if statement.corrects is not None:
        yield _pair("corrects", f"{statement.corrects.id} ({statement.corrects.payload_sha256})")
    for reference in statement.references:
        yield _pair("reference", f"{reference.type} {reference.value}")
    for one in statement.documents:
        what = f"{one.kind} {one.title!r}, {one.media_type}, {one.size:,} bytes"
        yield _pair("document", f"{what}, SHA-256 {one.sha256}")
    if statement.annex is not None:
        yield _pair("sealed annex", f"SHA-256 {statement.annex}")
    if statement.seen is not None:
        yield _pair("has seen", f"{statement.seen.size:,} entries, root {statement.seen.root}")
    yield from field_lines(statement.data)


def particulars(statement: Statement) -> Iterator[str]:
    """Yield what the totals of a statement do not show: numbers on paper, and its other fields."""
    if statement.corrects is not None:
        yield f"corrects  {statement.corrects.id}"
    for reference in statement.references:
        yield f"reference {reference.type} {reference.value}"
    yield from field_lines(statement.data, lines=False)


def annex_lines(facts: Iterable[AnnexField] | None) -> Iterator[str]:
    """Yield what is sealed, marked as such; None: whoever reads does not have it."""
    if facts is None:
        yield _pair("sealed", "not here")
        return
    for one in facts:
        first, *more = one.value.split("\n")
        yield _pair("sealed", f"{one.name}: {first}")
        yield from (f"{'':<14} {line}" for line in more)


def field_lines(value: Struct, indent: str = "", *, lines: bool = True) -> Iterator[str]:
    """Yield the fields of a struct that are known, a line each, nested ones set in.

    Args:
        value: the struct.
        indent: before each line.
        lines: whether units that move are shown too.
    """
    for name in value.__struct_fields__:
        member = getattr(value, name)
        if member is None or member == ():
            continue
        if isinstance(member, tuple) and isinstance(member[0], Line):
            yield from (f"{indent}{_pair(name, _words(one))}" for one in member if lines)
        elif isinstance(member, Struct):
            yield f"{indent}{name}"
            yield from field_lines(member, indent + "  ")
        elif isinstance(member, tuple) and isinstance(member[0], StockedRack):
            yield from (f"{indent}{_pair(name, told)}" for told in _stocked(member))
        elif isinstance(member, tuple) and isinstance(member[0], Struct):
            for item in member:
                yield f"{indent}{name}"
                yield from field_lines(item, indent + "  ")
        elif isinstance(member, tuple):
            yield f"{indent}{_pair(name, ranges(map(str, member)))}"
        elif name == "token" and not lines:  # a time stamp, which tells people nothing
            yield f"{indent}{_pair(name, f'{len(member):,} characters')}"
        else:
            yield f"{indent}{_pair(name, member)}"


def _stocked(racks: Iterable[StockedRack]) -> Iterator[str]:
    """Yield racks by their model, those alone of which a chassis is named."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for one in racks:
        if one.chassis_serial is None:
            alike[one.model].append(one.rack)
        else:
            yield f"{one.rack}, {one.model}, chassis {one.chassis_serial}"
    yield from (f"{ranges(names)}, {model}" for model, names in alike.items())


def _words(line: Line) -> str:
    """Return a line of units in words, all of it."""
    units = f"{line.quantity:,} {line.model} of {line.batch}"
    if not line.racks:
        return f"{units}, loose, {line.state}"
    each = "" if len(line.racks) == 1 else "each of "
    return f"{units} in {each}{ranges(line.racks)}, {line.state}"


def _pair(name: str, value: object) -> str:
    if isinstance(value, bool):
        shown: object = "yes" if value else "no"
    else:
        shown = f"{value:,}" if type(value) is int else value
    return f"{name:<14} {shown}"


def totals(statements: Sequence[Statement]) -> list[list[object]]:
    """Return [model, batch, state, GPUs, racks] of all that these statements move."""
    quantities: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    racks: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for statement in statements:
        for line in lines_of(statement.data):
            key = line.model, line.batch, line.state
            quantities[key] += line.total
            racks[key].update(rack.lower() for rack in line.racks)
    return [[*key, quantities[key], len(racks[key]) or None] for key in sorted(quantities)]


def lines_of(data: Struct) -> Iterator[Line]:
    """Yield the lines of an event's data, whatever the field that holds them."""
    for name in data.__struct_fields__:
        member = getattr(data, name)
        if isinstance(member, tuple):
            yield from (one for one in member if isinstance(one, Line))


def ranges(names: Iterable[str]) -> str:
    """Return identifiers in order, runs of them as `R0001..R0480`: the reverse of `expand`."""
    parts = []
    ordered = sorted(names, key=_order)
    for _, run in groupby(enumerate(ordered), key=_run):
        listed = [name for _, name in run]
        ends = [listed[0]] if len(listed) == 1 else [listed[0], listed[-1]]
        parts.append((".." if len(listed) > 2 else ",").join(ends))  # noqa: PLR2004  two are no run
    return ",".join(parts)


def _order(name: str) -> tuple[str, int, int, str]:
    matched = _NUMBERED.match(name)
    return (name, 0, 0, "") if not matched else (matched[1], len(matched[2]), int(matched[2]), name)


def _run(placed: tuple[int, str]) -> tuple[object, ...]:
    """Return what the members of one run share: beginning, width, and number less position."""
    position, name = placed
    matched = _NUMBERED.match(name)
    if not matched:
        return (name,)
    return matched[1], len(matched[2]), int(matched[2]) - position
