"""Which row of a file names its columns: a letterhead may stand above it."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from commands.importers.layout import Layout
from commands.importers.table import Origin, find_columns
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

    Raises:
        Malformed: LAYOUT-COLUMN.
    """
    wanted = set(required) | set(layout.columns)
    for line, cells in islice(rows, HEAD_ROWS_MAX):
        try:
            at, _ = find_columns(cells, origin.at(line), columns, layout)
        except Malformed as error:
            if error.code == "LAYOUT-COLUMN":
                raise
            continue
        if at and wanted <= set(at):
            return line
    return None
