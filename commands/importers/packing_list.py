"""A packing list: which serial number is in which rack, tray and slot, and of which batch.

One row a GPU. It becomes one assembled rack with its build manifest for each rack that it names.
A missing serial number counts as a GPU all the same; it is only not in the manifest.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from commands.importers.layout import NO_LAYOUT, Layout
from commands.importers.repeats import Repeats
from commands.importers.serial_list import SERIAL_COLUMN, quoted
from commands.importers.serials import code_problem, identifier_problem, no_zeros
from commands.importers.source_table import Asked, read_table
from commands.importers.table import Check, Problem, Row, Table, nothing_else, reject
from ledger.draft import Document
from projections.units import RACK_HEAD

COLUMNS = {
    "rack": ("rackid", "rackno", "racknumber", "rackname", "cabinet", "cabinetid"),
    "tray": ("computetray", "traynumber", "trayno", "trayid", "node", "nodeid"),
    "slot": ("position", "pos", "slotnumber", "slotno", "slotid", "gpuslot"),
    "serial": SERIAL_COLUMN,
    "batch": ("batchid", "batchno", "batchnumber", "lot", "lotid", "lotno", "lotnumber"),
    "chassis": ("chassisserial", "chassissn", "rackserial", "racksn"),
}
REQUIRED = ("rack", "serial", "batch")


@dataclass(frozen=True, slots=True)
class PackedUnit:
    """A GPU of a packing list; what the list does not say is None."""

    batch: str
    serial: str | None
    tray: str | None
    slot: str | None


@dataclass(frozen=True, slots=True)
class PackedRack:
    """A rack of a packing list.

    Attributes:
        rack: its identifier.
        line: line of its first row.
        chassis: serial number of its chassis, or None.
        units: its GPUs, in the order of the file.
    """

    rack: str
    line: int
    chassis: str | None
    units: tuple[PackedUnit, ...]

    @property
    def batches(self) -> dict[str, int]:
        """GPUs by batch."""
        return dict(Counter(one.batch for one in self.units))

    @property
    def unnamed(self) -> int:
        """GPUs without a serial number."""
        return sum(one.serial is None for one in self.units)

    def manifest(self) -> Document:
        """Return the build manifest, as the read models take it in."""
        text = manifest_text(
            (self.rack, one.tray, one.slot, one.serial, one.batch) for one in self.units
        )
        return Document(text.encode(), "build_manifest", f"Build of {self.rack}", "text/csv")


def manifest_text(units: Iterable[tuple[str | None, ...]]) -> str:
    """Return a manifest of (rack, tray, slot, serial, batch); units without a serial are not in it.

    It has the form that the read models take in.
    """
    named = (unit for unit in units if unit[3] is not None)
    rows = (",".join(quoted(cell or "") for cell in unit) for unit in named)
    return "".join(f"{row}\n" for row in (",".join(RACK_HEAD), *rows))


@dataclass(frozen=True, slots=True)
class PackingList:
    """A packing list read: its racks, and the table that they were read from."""

    racks: tuple[PackedRack, ...]
    table: Table


def read_packing_list(
    content: bytes, where: str, layout: Layout = NO_LAYOUT, also: Check = nothing_else
) -> PackingList:
    """Return the racks of a packing list.

    Args:
        content: the file's bytes.
        where: its name.
        layout: where its columns are, as far as somebody said it.
        also: what to add where rows are rejected.

    Raises:
        Malformed: as `read_table`; ROWS-REJECTED with every row that is not well-formed, repeats
            a serial number or a place, or names another chassis for its rack.
    """
    asked = Asked(columns=COLUMNS, required=REQUIRED, layout=layout)
    table = read_table(content, where, asked)
    gathering = _Gathering()
    problems = list(table.problems)
    for row in table.rows:
        problems += gathering.add(row)
    if problems or not table.rows:
        problems += also(table)
        reject(problems or [Problem(1, "CSV-EMPTY", "no rack follows")], table.origin)
    return PackingList(gathering.racks(), table)


class _Gathering:
    """Rows become racks, one after the other."""

    def __init__(self) -> None:
        self._units: dict[str, list[PackedUnit]] = {}
        self._first: dict[str, tuple[str, int, str | None]] = {}
        self._batches: dict[str, str] = {}
        self._repeats = Repeats()

    def add(self, row: Row) -> list[Problem]:
        """Take in a row, or return what is wrong with it."""
        values = dict(row.values)
        rack, batch = values["rack"], values["batch"]
        values["serial"] = no_zeros(values["serial"])
        values["chassis"] = no_zeros(values.get("chassis"))
        found = [
            identifier_problem(row.line, "rack", rack),
            identifier_problem(row.line, "batch", batch),
        ]
        for column in ("tray", "slot", "serial", "chassis"):
            text = values.get(column)
            found.append(None if text is None else code_problem(row.line, column, text))
        problems = [one for one in found if one is not None]
        if problems or rack is None or batch is None:
            return problems
        problems = self._contradictions(row.line, rack, values)
        if not problems:
            unit = PackedUnit(
                batch=self._batches.setdefault(batch.lower(), batch),
                serial=values["serial"],
                tray=values.get("tray"),
                slot=values.get("slot"),
            )
            self._units.setdefault(rack.lower(), []).append(unit)
        return problems

    def racks(self) -> tuple[PackedRack, ...]:
        """Return the racks in the order in which they first came."""
        return tuple(
            PackedRack(*self._first[key], tuple(units)) for key, units in self._units.items()
        )

    def _contradictions(self, line: int, rack: str, values: dict[str, str | None]) -> list[Problem]:
        """Return how a row contradicts earlier ones."""
        chassis = values["chassis"]
        name, begins, told = self._first.setdefault(rack.lower(), (rack, line, chassis))
        if told is None:
            self._first[rack.lower()] = (name, begins, chassis)
        found = (
            self._repeats.serial(line, values["serial"]),
            self._repeats.place(line, rack, values.get("tray"), values.get("slot")),
            self._repeats.chassis(line, rack, chassis),
        )
        return [one for one in found if one is not None]
