"""What all subjects share: how a table is declared, and how a row of it is made."""

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from ledger.entry import Event
from ledger.events.base import Line
from ledger.occurred import interval, utc_text

Row = tuple[str, dict[str, object]]
"""Name of a table, and the values of one row of it by column."""


def table(name: str, columns: str, *indexes: str) -> tuple[str, ...]:
    """Return the statements that make a table and its indexes.

    A column is `name`: text as signed; `name#`: a number; `name!`: an identifier or country,
    compared without regard to case; `name@`: a date as signed, with its bounds beside it
    (`name_start` inclusive and `name_end` exclusive, UTC). Every table has `event_idx`.

    Args:
        name: the table.
        columns: columns, separated by spaces.
        indexes: columns of each further index, separated by spaces.
    """
    declared = ["event_idx INTEGER NOT NULL"]
    for column in columns.split():
        declared += _declare(column)
    made = [f"CREATE TABLE {name} ({', '.join(declared)})"]
    for index in ("event_idx", *indexes):
        keys = index.split()
        made.append(f"CREATE INDEX {name}_by_{'_'.join(keys)} ON {name} ({', '.join(keys)})")
    return tuple(made)


def _declare(column: str) -> list[str]:
    bare = column.rstrip("#!@")
    match column[len(bare) :]:
        case "#":
            return [f"{bare} INTEGER"]
        case "!":
            return [f"{bare} TEXT COLLATE NOCASE"]
        case "@":
            return [f"{bare} TEXT", f"{bare}_start TEXT", f"{bare}_end TEXT"]
        case _:
            return [f"{bare} TEXT"]


def row(table_name: str, event: Event, data: Struct, fields: str = "", **more: object) -> Row:
    """Return a row: the named fields of a struct, spelled as its columns are, and what is added.

    Args:
        table_name: the table.
        event: the event that the row follows from.
        data: the struct whose fields are taken.
        fields: names of fields that are columns of the same name, separated by spaces.
        more: further columns.
    """
    values: dict[str, object] = {"event_idx": event.index}
    for name in fields.split():
        values[name] = getattr(data, name)
    return table_name, values | more


def dated(zone: ZoneInfo, **dates: str | None) -> dict[str, Any]:
    """Return for each date its signed text and the bounds of its interval, UTC.

    The start is None where the date is open (`../2025-01`) or unknown.
    """
    columns: dict[str, Any] = {}
    for name, text in dates.items():
        start = end = None
        if text is not None:
            bounds = interval(text, zone)
            start = None if bounds.start is None else utc_text(bounds.start)
            end = utc_text(bounds.end)
        columns |= {name: text, f"{name}_start": start, f"{name}_end": end}
    return columns


LINES = table("line", "part model! batch! rack! quantity# state", "batch", "rack")
"""Lines of every event that names units, one row for each rack; `part` says which list it was."""


def lines(event: Event, items: Iterable[Line], part: str = "lines") -> Iterator[Row]:
    """Yield a row for each line, and for each rack of it where it names racks."""
    for item in items:
        # written out: a log has more of these rows than of all other tables of subjects together
        said = {
            "event_idx": event.index,
            "model": item.model,
            "batch": item.batch,
            "quantity": item.quantity,
            "state": item.state,
            "part": part,
        }
        for rack in item.racks or (None,):
            yield "line", said | {"rack": rack}
