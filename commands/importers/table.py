"""A table that people and their spreadsheets made: its columns by name, its bad cells by place.

Columns are found by any of their usual names, or by a layout that says where they are. What is
wrong with a row is collected, so that one look mends the whole file.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from commands.importers.columns import find_columns, no_columns
from commands.importers.layout import NO_LAYOUT, Layout
from commands.output import safe
from ledger.errors import Malformed

ROWS_MAX = 1_000_000
_SHOWN_MAX = 20
_MISSING = {
    "", "n/a", "na", "#n/a", "[n/a]", "none", "null", "-", "redacted", "[redacted]",
    "not supported", "[not supported]", "unknown error", "[unknown error]",
}  # fmt: skip
_ROUNDED = (
    "{column} has more than 15 digits, and a spreadsheet keeps no more of a number: make it text"
)
_DATED = "{column} is a date, which a spreadsheet took it for: format the column as text"
_ODD = {"rounded": ("SERIAL-ROUNDED", _ROUNDED), "date": ("CELL-DATE", _DATED)}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row.

    Attributes:
        line: line of the file, from 1.
        code: stable name, such as SERIAL-REPEATED.
        message: for people.
        column: the column whose cell it is, or None: the whole row.
    """

    line: int
    code: str
    message: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row by column; a missing value is None."""

    line: int
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a table was read from.

    Attributes:
        where: name of the file.
        sheet: the sheet of a workbook, or None.
        item: what a line is called in a file without lines, such as `gpu`, or None.
        head: line of the names of its columns.
        places: each column that was found, and its place from 0.
        headings: what the file calls it.
    """

    where: str
    sheet: str | None = None
    item: str | None = None
    head: int = 1
    places: Mapping[str, int] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)

    def at(self, line: int, column: str | None = None) -> str:
        """Return the name of a line, or in a workbook of a cell, as people look for it."""
        if self.item is not None:
            return f"{self.where}, {self.item} {line}"
        if self.sheet is None:
            return f"{self.where}:{line}"
        place = None if column is None else self.places.get(column)
        cell = f"row {line}" if place is None else f"cell {letters(place)}{line}"
        return f"{self.where}, sheet {self.sheet}, {cell}"

    @property
    def layout(self) -> Layout:
        """What finds the same columns again."""
        return Layout(sheet=self.sheet, columns=dict(self.headings))


@dataclass(frozen=True, slots=True)
class Table:
    """A file read.

    Attributes:
        origin: where its rows came from.
        rows: the rows of the right length.
        ignored: names of columns that were not asked for.
        problems: what is wrong with other rows.
        secrets: where it seems to hold a password, or another secret.
        remarks: what is worth a look all the same.
    """

    origin: Origin
    rows: tuple[Row, ...]
    ignored: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    secrets: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


Check = Callable[[Table], Sequence[Problem]]
"""What else is wrong with rows, as somebody knows who is not here: told along with the rest."""


def nothing_else(_: Table) -> Sequence[Problem]:
    """Find nothing wrong."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Cells as they stand in a file.

    Attributes:
        head: the row that names the columns.
        rows: the others, each with its line; blank ones are not in it.
        head_line: line of the head.
        odd: cells, by line and place, that a spreadsheet holds as something else than text.
    """

    head: Sequence[str]
    rows: Iterable[tuple[int, Sequence[str]]]
    head_line: int = 1
    odd: Mapping[tuple[int, int], str] = field(default_factory=dict)


def table_of(
    grid: Grid,
    origin: Origin,
    columns: Mapping[str, Sequence[str]],
    required: Sequence[str],
    layout: Layout = NO_LAYOUT,
) -> Table:
    """Return the rows of a grid by column.

    Raises:
        Malformed: CSV-COLUMNS, CSV-ROWS (more than 1,000,000).
    """
    at, ignored = find_columns(grid.head, origin.at(grid.head_line), columns, layout)
    absent = [name for name in required if name not in at]
    if absent:
        raise no_columns(absent, origin.at(grid.head_line), columns)
    origin = Origin(
        where=origin.where,
        sheet=origin.sheet,
        head=grid.head_line,
        places=at,
        headings={name: grid.head[place].strip() for name, place in at.items()},
    )
    rows: list[Row] = []
    problems: list[Problem] = []
    for line, cells in grid.rows:
        if len(rows) == ROWS_MAX:
            raise Malformed(
                "CSV-ROWS",
                f"more than {ROWS_MAX:,} rows",
                where=origin.where,
                hint="split it by rack",
            )
        if len(cells) < len(grid.head) or any(map(str.strip, cells[len(grid.head) :])):
            message = f"{len(cells)} cells where the head has {len(grid.head)}"
            problems.append(Problem(line, "ROW-LENGTH", message))
            continue
        rows.append(Row(line, {name: value_of(cells[place]) for name, place in at.items()}))
    columns_at = {place: name for name, place in at.items()}
    problems += _odd(grid, columns_at)
    return Table(origin, tuple(rows), ignored, tuple(problems))


def _odd(grid: Grid, columns_at: Mapping[int, str]) -> Iterable[Problem]:
    """Yield what is wrong with cells that a spreadsheet made into something else."""
    for (line, place), kind in grid.odd.items():
        column = columns_at.get(place)
        if column is not None and line > grid.head_line:
            code, message = _ODD[kind]
            yield Problem(line, code, message.format(column=column), column)


def reject(problems: Sequence[Problem], origin: Origin) -> NoReturn:
    """Refuse a file, and say what is wrong with each row, the first twenty in full.

    Raises:
        Malformed: ROWS-REJECTED.
    """
    ordered = sorted(problems, key=lambda one: one.line)
    shown = [
        safe(f"{origin.at(one.line, one.column)}: {one.message} [{one.code}]")
        for one in ordered[:_SHOWN_MAX]
    ]
    if len(ordered) > _SHOWN_MAX:
        shown.append(f"and {len(ordered) - _SHOWN_MAX:,} more")
    what = "a row is" if len(ordered) == 1 else f"{len(ordered):,} rows are"
    raise Malformed(
        "ROWS-REJECTED",
        "\n  ".join((f"{what} not well-formed, so nothing was recorded", *shown)),
        hint="mend these lines and run it again",
    )


def value_of(cell: str) -> str | None:
    """Return what a cell says, or None where it stands for nothing."""
    text = cell.strip()
    return None if text.lower() in _MISSING else text


def letters(place: int) -> str:
    """Return what a spreadsheet calls a column: A, Z, AA."""
    found = ""
    place += 1
    while place:
        place, left = divmod(place - 1, 26)
        found = chr(ord("A") + left) + found
    return found
