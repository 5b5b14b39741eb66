"""The units that any inventory lists, to be compared with a ledger; nothing in a row is refused.

A list made on the floor has rows that nobody can read, and serial numbers that stand there twice.
For a comparison these are results, and no reason to stop.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from commands.importers import secrets
from commands.importers.epcis_units import is_epcis, read_left
from commands.importers.inventory import COLUMNS, STATES
from commands.importers.layout import NO_LAYOUT, Layout
from commands.importers.serials import code_problem, identifier_problem, no_zeros
from commands.importers.ship_notice import is_ship_notice, read_ship_notice
from commands.importers.source_table import Asked, read_table
from commands.importers.table import Origin, Row, Table
from ledger.errors import Malformed

_CODES = ("tray", "slot", "chassis")
_NAMES = ("rack", "batch")
QUANTITY = re.compile(r"[1-9][0-9]{0,6}\Z")


@dataclass(frozen=True, slots=True)
class Listed:
    """What a row of a list says.

    Attributes:
        line: where it stands.
        values: the cells that could be read, by column.
        serial: serial number, or None.
        quantity: units that it stands for.
        unreadable: why it names no unit, or None.
        doubts: what else of it could not be read.
    """

    line: int
    values: Mapping[str, str] = field(default_factory=dict)
    serial: str | None = None
    quantity: int = 1
    unreadable: str | None = None
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitList:
    """A list read: its rows, and the table that they came from."""

    rows: tuple[Listed, ...]
    table: Table


def read_units(
    content: bytes, where: str, layout: Layout = NO_LAYOUT, per_rack: int | None = None
) -> UnitList:
    """Return what a list says of each unit.

    Args:
        content: a table, the report of a device, a ship notice, or EPCIS events.
        where: its name.
        layout: where its columns are, as far as somebody said it.
        per_rack: units of each row, where it lists racks and not units.

    Raises:
        Malformed: as `read_table`, `read_ship_notice` and `read_left`; CSV-COLUMNS where rows say
            neither which unit nor how many; CSV-EMPTY.
    """
    if is_ship_notice(content):
        table = _noticed(content, where)
    elif is_epcis(content):
        table = read_left(content, where)
    else:
        asked = Asked(columns=COLUMNS, required=(), layout=layout, devices=True)
        table = read_table(content, where, asked)
    columns = {*table.origin.places, *(name for row in table.rows[:1] for name in row.values)}
    if not columns & {"serial", "quantity"} and per_rack is None:
        raise Malformed(
            "CSV-COLUMNS",
            "there is no column serial and no column quantity",
            where=table.origin.at(table.origin.head),
            hint="one row names one unit by its serial number, or says how many there are;"
            " --per-rack 72 says it for all rows; --column serial=HEADING says which column it is",
        )
    if not table.rows and not table.problems:
        raise Malformed("CSV-EMPTY", "no unit follows", where=where, hint="is it the whole file?")
    return UnitList(tuple(_rows(table, per_rack)), table)


def of_site(rows: Sequence[Listed], site: str | None) -> tuple[Sequence[Listed], int]:
    """Return the rows that may be of a site, and how many a file says are at another."""
    if site is None:
        return rows, 0
    here = [one for one in rows if one.values.get("site", site).lower() == site.lower()]
    return here, len(rows) - len(here)


def _noticed(content: bytes, where: str) -> Table:
    notice = read_ship_notice(content, where)
    rows = []
    for item in notice.items:
        facts = {"batch": item.batch, "quantity": None if item.serials else str(item.count or 1)}
        rows += [Row(item.segment, {**facts, "serial": one}) for one in item.serials or (None,)]
    hidden = tuple(secrets.in_text(content.decode(errors="replace"), where))
    return Table(Origin(where=where, item="segment"), tuple(rows), secrets=hidden)


def _rows(table: Table, per_rack: int | None) -> Iterator[Listed]:
    wrong: dict[int, list[tuple[str | None, str]]] = {}
    for one in table.problems:
        wrong.setdefault(one.line, []).append((one.column, one.message))
    seen = set()
    for row in table.rows:
        seen.add(row.line)
        yield _row(row, wrong.get(row.line, ()), per_rack)
    for line, told in wrong.items():
        if line not in seen:
            yield Listed(line, unreadable=told[0][1])


def _row(row: Row, wrong: Sequence[tuple[str | None, str]], per_rack: int | None) -> Listed:
    values, problems = _cells(row, wrong)
    read = {name: text for name, text in values.items() if name not in problems}
    if read.get("state", "").lower() not in STATES:
        read.pop("state", None)
    doubts = tuple(text for name, text in problems.items() if name != "serial")
    listed = Listed(row.line, read, read.get("serial"), doubts=doubts)
    if "serial" in problems:
        return replace(listed, unreadable=problems["serial"])
    if listed.serial is not None:
        return listed
    counted = values.get("quantity")
    if counted is None and "serial" not in row.values:
        counted = str(per_rack)
    if counted is None:
        return replace(listed, unreadable="it names no serial number")
    if not QUANTITY.match(counted):
        return replace(listed, unreadable=f"quantity {counted[:40]!r} is no number of units")
    return replace(listed, quantity=int(counted))


def _cells(
    row: Row, wrong: Sequence[tuple[str | None, str]]
) -> tuple[dict[str, str], dict[str | None, str]]:
    """Return the cells that say something, and what is wrong with some of them, by column."""
    problems = dict(wrong)
    values = {name: text for name, text in row.values.items() if text is not None}
    for name in ("serial", "chassis"):
        if no_zeros(values.get(name)) is None:
            values.pop(name, None)
    for names, check in ((("serial", *_CODES), code_problem), (_NAMES, identifier_problem)):
        for name in names:
            found = check(row.line, name, values[name]) if name in values else None
            if found is not None:
                problems.setdefault(name, found.message)
    return values, problems
