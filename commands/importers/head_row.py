"""Which row of a file names its columns: a letterhead may stand above it."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from commands.importers.columns import find_columns, meaning, meanings
from commands.importers.layout import Layout
from commands.importers.table import Origin
from ledger.errors import Malformed

HEAD_ROWS_MAX = 30
"""Rows among which it is looked for."""


def find_head(
    rows: Iterable[tuple[int, Sequence[str]]],
    origin: Origin,
    columns: Mapping[str, Sequence[str]],
    required: Sequence[str],
    layout: Layout,
) -> int | None:
    """Return the line of the first row that names all that is required, or None.

    Where nothing is, it is the row that names the most.

    Raises:
        Malformed: LAYOUT-COLUMN.
    """
    wanted = set(required) | set(layout.columns)
    first = list(islice(rows, HEAD_ROWS_MAX))
    if not wanted:
        first = [one for one in first if one[0] == likeliest(first, columns)]
    for line, cells in first:
        try:
            at, _ = find_columns(cells, origin.at(line), columns, layout)
        except Malformed as error:
            if error.code == "LAYOUT-COLUMN":
                raise
            continue
        if at and wanted <= set(at):
            return line
    return None


def likeliest(
    rows: Iterable[tuple[int, Sequence[str]]], columns: Mapping[str, Sequence[str]]
) -> int | None:
    """Return the line of the row that names the most columns, the first of these; None: of none."""
    best, found = 0, None
    for line, cells in islice(rows, HEAD_ROWS_MAX):
        count = named(cells, columns)
        if count > best:
            best, found = count, line
    return found


def named(cells: Sequence[str], columns: Mapping[str, Sequence[str]]) -> int:
    """Return how many columns a row names."""
    meant = meanings(columns)
    return len({meaning(meant, cell) for cell in cells} - {None})
