"""What an inspection's list says of each unit: found or not, in which condition, seen where.

The list is the document of kind `as_found` that comes with an inspection: CSV in UTF-8, one line a
unit. Four heads are read: `serial`, a list of what was found; `serial,found,condition`; the same
with `rack,tray,slot`, the place in which the unit was seen; and with `chassis_serial` after these,
the serial number of the chassis there. `found` is yes or no. A row that is not well-formed, or
repeats a serial number, is skipped and counted.
"""

import csv
import hashlib
import io
from typing import NamedTuple

from ledger.events.base import DOCUMENT_BYTES_MAX, is_code, is_identifier
from projections.units import MISSING, ROWS_MAX

HEADS = (
    ["serial"],
    ["serial", "found", "condition"],
    ["serial", "found", "condition", "rack", "tray", "slot"],
    ["serial", "found", "condition", "rack", "tray", "slot", "chassis_serial"],
)
FOUND = {"yes": True, "no": False}
CONDITION_LENGTH_MAX = 200


class Sighting(NamedTuple):
    """What a list says of a unit.

    Attributes:
        serial: serial number.
        found: whether it was found.
        condition: as the inspector puts it, or None.
        rack: the rack that it was seen in, or None.
        tray: tray, or None.
        slot: slot, or None.
        chassis_serial: serial number of the chassis that it was seen in, or None.
    """

    serial: str
    found: bool
    condition: str | None = None
    rack: str | None = None
    tray: str | None = None
    slot: str | None = None
    chassis_serial: str | None = None


class Sightings(NamedTuple):
    """A list read.

    Attributes:
        rows: the well-formed rows.
        skipped: how many rows are not.
        problem: the first thing that is wrong, or None.
    """

    rows: tuple[Sighting, ...]
    skipped: int = 0
    problem: str | None = None


def read_sightings(sha256: str, content: bytes | None) -> Sightings:
    """Return what a list of this digest says; `content` is None where the document is absent."""
    if content is None:
        return Sightings((), problem=MISSING)
    if hashlib.sha256(content).hexdigest() != sha256 or len(content) > DOCUMENT_BYTES_MAX:
        return Sightings((), problem="other bytes than the event names")
    return read_results(content)


def read_results(content: bytes) -> Sightings:
    """Return what a list says; nothing that it holds raises."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Sightings((), problem="not UTF-8")
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: dict[str, Sighting] = {}
    skipped, problem = 0, None
    try:
        head = next(lines, None)
        if head not in HEADS:
            return Sightings((), problem="the head is not serial,found,condition")
        for count, cells in enumerate(lines):
            if count == ROWS_MAX:
                problem = f"read to line {lines.line_num}: there are more than {ROWS_MAX:,} rows"
                break
            row = _row(cells, len(head))
            if row is None or rows.setdefault(row.serial.lower(), row) is not row:
                skipped += 1
                problem = (
                    problem or f"line {lines.line_num} is not well-formed, or repeats a serial"
                )
    except csv.Error as error:
        problem = f"line {lines.line_num} is no CSV: {error}"
    return Sightings(tuple(rows.values()), skipped, problem)


def _row(cells: list[str], width: int) -> Sighting | None:
    if len(cells) != width or not is_code(cells[0]):
        return None
    left_out = ["yes", "", "", "", "", ""][width - 1 :]
    serial, found, condition, rack, tray, slot, chassis = (*cells, *left_out)
    if found.lower() not in FOUND or len(condition) > CONDITION_LENGTH_MAX:
        return None
    # "x" and "-" stand for a place that is not told
    if not (
        is_identifier(rack or "x") and all(is_code(one or "-") for one in (tray, slot, chassis))
    ):
        return None
    place = (rack or None, tray or None, slot or None, chassis or None)
    return Sighting(serial, FOUND[found.lower()], condition or None, *place)
