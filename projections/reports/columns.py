"""Cells of a table by the names of its columns."""

from collections.abc import Mapping

from projections.reports.model import Cell, Table

Named = Mapping[str, object]


def rows_of(table: Table) -> list[dict[str, Cell]]:
    """Return the rows that a table carries, each by the names of its columns."""
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def text(row: Named, name: str, absent: str = "") -> str:
    """Return a cell as text."""
    value = row.get(name)
    return absent if value is None else str(value)


def count(row: Named, name: str) -> int:
    """Return a cell as a whole number, 0 where there is none."""
    value = row.get(name)
    return value if isinstance(value, int) else 0
