"""The process that reads a workbook: its bytes come in, plain cells go out.

A workbook of a few kilobytes can claim a billion cells. So it is read apart, with little memory
and little time; what kills this process leaves the one that asked as it was.
"""

import datetime as dt
import io
import resource
import sys
from collections.abc import Iterable, Sequence

import msgspec

MEMORY_BYTES_MAX = 2 << 30
SECONDS_MAX = 60
CELLS_MAX = 10_000_000
_EXACT_BELOW = 1e15
"""A spreadsheet keeps fifteen digits of a number."""

Cell = int | float | str | bool | dt.date | dt.time | dt.timedelta


class Sheet(msgspec.Struct):
    """A sheet's cells from its first row and column on, as text.

    Attributes:
        name: as the workbook calls it.
        visible: whether people see it.
        rows: text of the cells.
        odd: row, column and what a cell is that is neither text nor a number kept whole.
    """

    name: str
    visible: bool
    rows: list[list[str]]
    odd: list[tuple[int, int, str]]


class Workbook(msgspec.Struct):
    """What was read, or why nothing was: `password`, `large`, or the reader's own words."""

    sheets: list[Sheet] = []
    problem: str | None = None


def read_workbook(content: bytes) -> Workbook:
    """Return the cells of a workbook."""
    import python_calamine as calamine  # noqa: PLC0415  an extra

    found = Workbook()
    left = CELLS_MAX
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        for meta in book.sheets_metadata:
            if meta.typ is not calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            left -= (sheet.total_height + 1) * (sheet.total_width + 1)
            if left < 0:
                return Workbook(problem="large")
            rows = sheet.to_python(skip_empty_area=False)
            visible = meta.visible is calamine.SheetVisibleEnum.Visible
            found.sheets.append(_sheet(meta.name, rows, sheet.merged_cell_ranges or (), visible))
    except calamine.PasswordError:
        return Workbook(problem="password")
    except (calamine.CalamineError, ValueError, OSError) as error:
        return Workbook(problem=str(error)[:200] or type(error).__name__)
    return found


def _sheet(
    name: str,
    rows: Sequence[Sequence[Cell]],
    merged: Iterable[tuple[tuple[int, int], tuple[int, int]]],
    visible: bool,
) -> Sheet:
    texts: list[list[str]] = []
    odd: list[tuple[int, int, str]] = []
    for line, row in enumerate(rows):
        cells: list[str] = []
        for place, cell in enumerate(row):
            text, kind = _plain(cell)
            cells.append(text)
            if kind is not None:
                odd.append((line, place, kind))
        texts.append(cells)
    # A rack's name in one cell over the rows of its units stands for each of them.
    for (top, left), (bottom, _) in merged:
        for line in range(top + 1, min(bottom + 1, len(texts))):
            texts[line][left] = texts[top][left]
    return Sheet(name, visible, texts, odd)


def _plain(cell: Cell) -> tuple[str, str | None]:
    """Return a cell's text, and what it is where its text is not what somebody typed."""
    if isinstance(cell, str):
        return cell, None
    if isinstance(cell, bool):
        return str(cell).upper(), None
    if isinstance(cell, int | float):
        if cell != cell or cell in {float("inf"), float("-inf")}:  # noqa: PLR0124  not a number
            return "#NUM!", None
        if abs(cell) >= _EXACT_BELOW:
            return repr(cell), "rounded"
        return (str(int(cell)) if cell == int(cell) else repr(cell)), None
    return str(cell), "date"


def main() -> None:
    """Read a workbook from the standard input; write its cells to the standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
    found = read_workbook(sys.stdin.buffer.read())
    sys.stdout.buffer.write(msgspec.msgpack.encode(found))


if __name__ == "__main__":
    main()
