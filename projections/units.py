"""Serial numbers: which batch, rack, tray and slot each one is said to be in.

An optional, stricter layer beside the quantities. It is fed from manifests, documents that an
event names by digest, and from the serials that a repair names. A manifest is CSV in UTF-8 with
one of two heads: `serial` for a batch, `rack,tray,slot,serial,batch` for a rack. A row that is not
well-formed is skipped and counted; nothing that a document holds stops the projection. An inventory
has the head of a rack's manifest, and names any of the racks that it opens, or none. What an
inspection found is read by `projections.sightings`.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from ledger.entry import Event
from ledger.events.base import DOCUMENT_BYTES_MAX, is_code, is_identifier
from ledger.events.product import BatchCommissioned, StockOpened
from ledger.events.rack import ComponentReplaced

ROWS_MAX = 1_000_000
BATCH_HEAD = ["serial"]
RACK_HEAD = ["rack", "tray", "slot", "serial", "batch"]
MISSING = "missing"
"""What is wrong with a manifest whose document is absent: it is read when it arrives."""

_MANIFEST_KINDS = {
    "BatchCommissioned.v1": "serial_manifest",
    "RackAssembled.v1": "build_manifest",
    "StockOpened.v1": "inventory",
    "InspectionPerformed.v1": "as_found",
}


class Unit(NamedTuple):
    """Where a serial is said to be.

    Attributes:
        serial: serial number.
        batch: its batch.
        rack: the rack that it is in, or None: loose.
        tray: tray, or None.
        slot: slot, or None.
    """

    serial: str
    batch: str
    rack: str | None = None
    tray: str | None = None
    slot: str | None = None


class Manifest(NamedTuple):
    """A manifest read.

    Attributes:
        units: the well-formed rows.
        skipped: how many rows are not.
        problem: the first thing that is wrong, or None.
    """

    units: tuple[Unit, ...]
    skipped: int = 0
    problem: str | None = None


Row = Callable[[list[str]], Unit | None]


def manifests(event: Event) -> list[str]:
    """Return the SHA-256 of each manifest that an event names; a report's say nothing here."""
    if event.statement.basis == "third_party_report":
        return []
    kind = _MANIFEST_KINDS.get(event.statement.type)
    return sorted({one.sha256 for one in event.statement.documents if one.kind == kind})


def read_manifest(event: Event, sha256: str, content: bytes | None) -> Manifest:
    """Return what a manifest of an event says; `content` is None where the document is absent."""
    if content is None:
        return Manifest((), problem=MISSING)
    if hashlib.sha256(content).hexdigest() != sha256 or len(content) > DOCUMENT_BYTES_MAX:
        return Manifest((), problem="other bytes than the event names")
    data = event.statement.data
    if isinstance(data, BatchCommissioned):
        return _read(content, BATCH_HEAD, lambda row: _batch_row(row, data.batch))
    if isinstance(data, StockOpened):
        racks = {rack.lower(): rack for line in data.lines for rack in line.racks}
        return _read(content, RACK_HEAD, lambda row: _rack_row(row, racks | {"": None}))
    return _read(content, RACK_HEAD, lambda row: _rack_row(row, {data.rack.lower(): data.rack}))


def replaced(event: Event) -> Iterator[Unit]:
    """Yield the serials that a repair names: out of the rack, and into it."""
    data = event.statement.data
    if not isinstance(data, ComponentReplaced) or event.statement.basis == "third_party_report":
        return
    for part in data.out:
        for serial in part.serials:
            yield Unit(serial, part.batch)
    for part in data.into:
        for serial in part.serials:
            yield Unit(serial, part.batch, data.rack, data.position)


def _read(content: bytes, head: list[str], unit_of: Row) -> Manifest:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Manifest((), problem="not UTF-8")
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    units: dict[str, Unit] = {}
    skipped, problem = 0, None
    try:
        if next(rows, None) != head:
            return Manifest((), problem=f"the head is not {','.join(head)}")
        for count, row in enumerate(rows):
            if count == ROWS_MAX:
                problem = f"read to line {rows.line_num}: there are more than {ROWS_MAX:,} rows"
                break
            unit = unit_of(row)
            if unit is None or units.setdefault(unit.serial.lower(), unit) is not unit:
                skipped += 1
                problem = problem or f"line {rows.line_num} is not well-formed, or repeats a serial"
    except csv.Error as error:
        problem = f"line {rows.line_num} is no CSV: {error}"
    return Manifest(tuple(units.values()), skipped, problem)


def _batch_row(row: list[str], batch: str) -> Unit | None:
    well_formed = len(row) == len(BATCH_HEAD) and is_code(row[0])
    return Unit(row[0], batch) if well_formed else None


def _rack_row(row: list[str], racks: Mapping[str, str | None]) -> Unit | None:
    """Return the unit of a row about one of these racks; tray and slot may be empty."""
    if len(row) != len(RACK_HEAD) or row[0].lower() not in racks:
        return None
    name, tray, slot, serial, batch = row
    if not (is_code(serial) and _is_place(tray, slot) and _is_batch(batch)):
        return None
    return Unit(serial, batch, racks[name.lower()], tray or None, slot or None)


@lru_cache(maxsize=4096)  # every rack has the same ones
def _is_place(tray: str, slot: str) -> bool:
    return is_code(tray or "-") and is_code(slot or "-")


_is_batch = lru_cache(maxsize=4096)(is_identifier)
"""A rack is made of few batches."""
