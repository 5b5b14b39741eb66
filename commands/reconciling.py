"""What a list of units and a ledger say of the same place: agreed, missing, too many, elsewhere.

Nothing here reads or writes; both sides come in, and lines with a result each come out. Units with
serial numbers are compared one by one, units without by their number in each rack.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from commands.listed_units import Listed

Result = Literal[
    "as recorded", "by number", "differs", "missing", "elsewhere", "not recorded", "twice",
    "unreadable",
]  # fmt: skip
AGREED: tuple[Result, ...] = ("as recorded", "by number")
MEANINGS: dict[Result, str] = {
    "as recorded": "listed, and recorded here",
    "by number": "listed without a serial number, and so many are recorded here",
    "differs": "listed and recorded here, but in another place, or as something else",
    "missing": "recorded here, and not listed",
    "elsewhere": "listed here, and recorded elsewhere",
    "not recorded": "listed here, and recorded nowhere",
    "twice": "a serial number that the list has on an earlier line",
    "unreadable": "a line that names no unit",
}
_WHERE = ("rack", "tray", "slot")
_WHAT = ("batch", "chip", "model", "chassis", "state")


@dataclass(frozen=True, slots=True)
class Known:
    """A unit, or several of one kind without serial numbers, as the ledger has them.

    Attributes:
        values: rack, tray, slot, batch, chip, model, chassis and state, where they are recorded.
        serial: serial number, or None.
        quantity: units.
        entry: entry that says so, or None.
        place: where that is, for people.
        sure: whether that is one place; a loose unit of a batch that is loose in several is not.
    """

    values: Mapping[str, str]
    serial: str | None = None
    quantity: int = 1
    entry: int | None = None
    place: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one unit in the comparison.

    Attributes:
        result: what both sides say of it together.
        listed: as the list has it, or None.
        known: as the ledger has it, or None.
        quantity: units.
        told: what differs, or why, for people.
    """

    result: Result
    listed: Listed | None = None
    known: Known | None = None
    quantity: int = 1
    told: str = ""

    @property
    def agrees(self) -> bool:
        """Whether both sides say the same."""
        return self.result in AGREED


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a ledger has, by serial number in lower case, and where it has no serial numbers.

    Attributes:
        here: units of the place that is compared.
        elsewhere: units of other places.
        unnamed: units of the place without serial numbers, a row a rack, or loose.
        racks: racks of other places in lower case, and where they are.
        rack: the one rack that is compared, or None.
    """

    here: Mapping[str, Known]
    elsewhere: Mapping[str, Known] = field(default_factory=dict)
    unnamed: Sequence[Known] = ()
    racks: Mapping[str, str] = field(default_factory=dict)
    rack: str | None = None


def compare(rows: Sequence[Listed], recorded: Recorded) -> list[Line]:
    """Return what became of each row, and of each unit that no row names.

    Rows of other racks than the one compared are left out; they only tell where a missing unit is.
    """
    comparing = _Comparing(rows, recorded)
    found = list(comparing.of_rows())
    return [*found, *comparing.of_the_rest()]


def totals(lines: Sequence[Line]) -> dict[Result, int]:
    """Return the units of each result that came, in the order of `MEANINGS`."""
    found: Counter[Result] = Counter()
    for line in lines:
        found[line.result] += line.quantity
    return {name: found[name] for name in MEANINGS if found[name]}


class _Comparing:
    """One comparison, row by row."""

    def __init__(self, rows: Sequence[Listed], recorded: Recorded) -> None:
        self._recorded = recorded
        self._names_racks = any("rack" in row.values for row in rows)
        self._others = {
            str(row.serial).lower(): row for row in rows if row.serial and not self._is_here(row)
        }
        self._rows = [row for row in rows if self._is_here(row)]
        self._first: dict[str, int] = {}
        for row in self._rows:
            if row.serial is not None:
                self._first.setdefault(row.serial.lower(), row.line)
        absent = [
            one for serial, one in recorded.here.items() if serial not in self._first and one.sure
        ]
        self._absent, self._unnamed = _Left(absent), _Left(recorded.unnamed)

    def of_rows(self) -> Iterator[Line]:
        """Yield what became of each row."""
        for row in self._rows:
            if row.unreadable is not None:
                yield Line("unreadable", row, quantity=row.quantity, told=row.unreadable)
            elif row.serial is None:
                yield from self._counted(row)
            elif (line := self._first[row.serial.lower()]) != row.line:
                yield Line("twice", row, told=f"stands on line {line} already")
            else:
                yield self._named(row, row.serial.lower())

    def of_the_rest(self) -> Iterator[Line]:
        """Yield what no row named."""
        for known, quantity, touched in (*self._absent.rest(), *self._unnamed.rest()):
            other = self._others.get(str(known.serial).lower())
            told = "the list does not say which" if touched else ""
            if other is not None:
                told = f"listed in rack {other.values['rack']}, line {other.line}"
            yield Line("missing", None, known, quantity, told)

    def _is_here(self, row: Listed) -> bool:
        rack = self._recorded.rack
        return rack is None or row.values.get("rack", rack).lower() == rack.lower()

    def _rack(self, row: Listed) -> str | None:
        """Return the rack of a row in lower case, empty for loose, or None where it may be any."""
        rack = row.values.get("rack") or self._recorded.rack
        return rack.lower() if rack else ("" if self._names_racks else None)

    def _named(self, row: Listed, serial: str) -> Line:
        known = self._recorded.here.get(serial)
        if known is not None:
            differing = [*self._differing(row, known), *row.doubts]
            told = "; ".join(differing)
            return Line("differs" if differing else "as recorded", row, known, told=told)
        other = self._recorded.elsewhere.get(serial)
        if other is not None:
            return Line("elsewhere", row, other, told=other.place)
        if self._unnamed.take(self._rack(row), 1):
            return Line("by number", row, told="the ledger has no serial numbers of that rack")
        return Line("not recorded", row, told="; ".join(row.doubts))

    def _counted(self, row: Listed) -> Iterator[Line]:
        """Yield what becomes of units that a row counts and does not name."""
        rack = self._rack(row)
        known = self._unnamed.take(rack, row.quantity)
        known += self._absent.take(rack, row.quantity - known)
        if known:
            yield Line("by number", row, quantity=known)
        if known < row.quantity:
            place = self._recorded.racks.get(rack or "", "")
            result: Result = "elsewhere" if place else "not recorded"
            yield Line(result, row, quantity=row.quantity - known, told=place)

    def _differing(self, row: Listed, known: Known) -> Iterator[str]:
        """Yield what a row says otherwise; what one side leaves out is no difference.

        In another rack the tray and slot are of that rack, so they are told with it.
        """
        listed = dict(row.values)
        rack = self._rack(row)
        moved = rack is not None and rack != known.values.get("rack", "").lower()
        if rack and "rack" not in listed:
            listed["rack"] = str(self._recorded.rack)
        if moved or not all(_same(name, listed, known.values) for name in ("tray", "slot")):
            yield f"in {spot(listed)}, recorded in {spot(known.values)}"
        for name in _WHAT:
            if not _same(name, listed, known.values):
                yield f"{name} {listed[name]}, recorded {known.values[name]}"


class _Left:
    """Units of the ledger that no row has named so far, by rack."""

    def __init__(self, units: Sequence[Known]) -> None:
        self._units: dict[str, list[Known]] = {}
        for one in units:
            self._units.setdefault(one.values.get("rack", "").lower(), []).append(one)
        self._left = {rack: sum(one.quantity for one in of) for rack, of in self._units.items()}

    def take(self, rack: str | None, quantity: int) -> int:
        """Take so many units of a rack, or of any, as far as they are there; return how many."""
        taken = 0
        for one in list(self._left) if rack is None else [rack]:
            part = min(quantity - taken, self._left.get(one, 0))
            if part:
                self._left[one] -= part
                taken += part
        return taken

    def rest(self) -> Iterator[tuple[Known, int, bool]]:
        """Yield what is left: one by one, or, where some of a rack were taken, their number."""
        for rack, units in self._units.items():
            left = self._left[rack]
            if left == sum(one.quantity for one in units):
                yield from ((one, one.quantity, False) for one in units)
            elif left:
                first = units[0]
                values = {name: first.values[name] for name in ("rack",) if name in first.values}
                yield Known(values, quantity=left, place=first.place), left, len(units) > 1


def spot(values: Mapping[str, str]) -> str:
    """Return rack, tray and slot for people."""
    told = " ".join(f"{name} {values[name]}" for name in _WHERE if name in values)
    return told or "no rack"


def _same(name: str, listed: Mapping[str, str], known: Mapping[str, str]) -> bool:
    """Return whether two cells say the same, or one says nothing."""
    if name not in listed or name not in known:
        return True
    one, other = listed[name].lower(), known[name].lower()
    if name in {"tray", "slot"}:
        one, other = (
            text.removeprefix(name).strip(" #.:-_").lstrip("0") or "0" for text in (one, other)
        )
    return one == other
