"""What a page and a paper show of a section: the same rows, columns and picture in both."""

from typing import Final, NamedTuple

import msgspec

from projections.reports.model import Report, Table
from projections.reports.sections import SECTIONS, Picture
from projections.yes_or_no import worded

ROWS_MAX: Final = 200
"""Rows of a section that are shown, but for those that a picture is drawn of."""
PICTURED_ROWS_MAX: Final = 2_000
_LIMITS: Final = {
    one.name: (PICTURED_ROWS_MAX if one.picture else ROWS_MAX) if one.page else 0
    for one in SECTIONS
}
_PICTURES: Final = {one.name: one.picture for one in SECTIONS}


class Columns(NamedTuple):
    """Columns of a table by their places.

    Attributes:
        kept: those that have a value in some row.
        numbers: those of them that hold whole numbers.
        empty: names of those without any value.
    """

    kept: tuple[int, ...]
    numbers: frozenset[int]
    empty: tuple[str, ...]


def limits() -> dict[str, int]:
    """Return how many rows of each section are shown."""
    return dict(_LIMITS)


def in_words(table: Table) -> Table:
    """Return a table as people read it: columns that say yes or no in words."""
    rows = worded(table.columns, table.meanings, table.rows)
    return msgspec.structs.replace(table, rows=tuple(rows))


def columns(table: Table) -> Columns:
    """Return which columns of a table are shown."""
    cells = list(zip(*table.rows, strict=True))
    kept = [place for place, column in enumerate(cells) if any(one is not None for one in column)]
    return Columns(
        tuple(kept),
        frozenset(one for one in kept if any(isinstance(value, int) for value in cells[one])),
        tuple(name for place, name in enumerate(table.columns) if place not in kept),
    )


def heading(table: Table) -> str:
    """Return what stands over a section."""
    return f"{table.title}: as lessor" if table.name == "leases given" else table.title


def picture(table: Table) -> Picture | None:
    """Return which picture stands in a section: none without all the rows that it is drawn of."""
    return _PICTURES.get(table.name) if len(table.rows) == table.total else None


def answered(report: Report) -> list[Table]:
    """Return the sections that have rows, in order."""
    return [one for one in report.tables if one.total]


def unanswered(report: Report) -> list[Table]:
    """Return the sections to which nothing recorded is an answer."""
    return [one for one in report.tables if not one.total]
