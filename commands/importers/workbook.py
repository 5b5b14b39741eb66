"""Workbooks: XLSX, XLS and ODS. Which sheet and row name the columns, and the cells below them."""

import importlib.util
import io
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence

import msgspec

from commands.importers.columns import find_columns, no_columns
from commands.importers.head_row import HEAD_ROWS_MAX, find_head, named
from commands.importers.layout import Layout
from commands.importers.table import Grid, Origin
from commands.importers.workbook_process import SECONDS_MAX, Sheet, Workbook
from ledger.errors import Malformed, Unavailable

UNPACKED_BYTES_MAX = 256 * 1024 * 1024
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def is_workbook(content: bytes) -> bool:
    """Say whether a file begins as a workbook does."""
    return content.startswith((_ZIP, _OLE))


def workbook_grid(
    content: bytes,
    where: str,
    columns: Mapping[str, Sequence[str]],
    required: Sequence[str],
    layout: Layout,
) -> tuple[Grid, Origin, list[Sheet]]:
    """Return the cells of the one sheet that names the columns, and all sheets.

    Raises:
        Malformed: WORKBOOK-LARGE, WORKBOOK-FORM, WORKBOOK-PASSWORD, SHEET-UNCLEAR, CSV-COLUMNS,
            CSV-EMPTY.
        Unavailable: EXTRA-MISSING.
    """
    sheets = _sheets(content, where)
    looked_at = [
        one
        for one in sheets
        if (one.visible if layout.sheet is None else one.name.lower() == layout.sheet.lower())
    ]
    if not any(one.rows for one in looked_at):
        named = "" if layout.sheet is None else f" called {layout.sheet}"
        raise Malformed(
            "CSV-EMPTY",
            f"no sheet{named} has rows",
            where=where,
            hint=f"its sheets are {', '.join(one.name for one in sheets) or 'none'}",
        )
    heads = {
        one.name: find_head(
            enumerate(one.rows, 1), Origin(where=where, sheet=one.name), columns, required, layout
        )
        for one in looked_at
    }
    found = [one for one in looked_at if heads[one.name] is not None]
    if len(found) > 1:
        raise Malformed(
            "SHEET-UNCLEAR",
            f"{' and '.join(one.name for one in found)} both name the columns",
            where=where,
            hint=f"say which it is: --sheet {found[0].name!r}",
        )
    if not found:
        sheet, line = _nearest(looked_at, columns)
        origin = Origin(where=where, sheet=sheet.name)
        at, _ = find_columns(sheet.rows[line], origin.at(line + 1), columns, layout)
        absent = [name for name in required if name not in at]
        raise no_columns(absent, origin.at(line + 1), columns)
    head = heads[found[0].name]
    assert head is not None  # noqa: S101  it was found
    return _grid(found[0], head - 1), Origin(where=where, sheet=found[0].name), sheets


def _nearest(sheets: Sequence[Sheet], columns: Mapping[str, Sequence[str]]) -> tuple[Sheet, int]:
    """Return the sheet, and the place of its row, that names the most columns; else the first."""
    filled = [one for one in sheets if one.rows]
    rows = [
        (named(cells, columns), -order, -at)
        for order, one in enumerate(filled)
        for at, cells in enumerate(one.rows[:HEAD_ROWS_MAX])
    ]
    count, order, at = max(rows)
    sheet = filled[-order]
    if count:
        return sheet, -at
    return sheet, next((at for at, row in enumerate(sheet.rows) if any(row)), 0)


def _grid(sheet: Sheet, head: int) -> Grid:
    rows = sheet.rows[head + 1 :]
    return Grid(
        head=sheet.rows[head],
        rows=[
            (line, row)
            for line, row in enumerate(rows, head + 2)
            if any(cell.strip() for cell in row)
        ],
        head_line=head + 1,
        odd={(line + 1, place): kind for line, place, kind in sheet.odd},
    )


def _sheets(content: bytes, where: str) -> list[Sheet]:
    if importlib.util.find_spec("python_calamine") is None:
        raise Unavailable(
            "EXTRA-MISSING",
            "workbooks are read by python-calamine, which is not installed",
            where=where,
            hint="install chipledger[import], or save the sheet as CSV UTF-8",
        )
    if content.startswith(_ZIP):
        _check_unpacked(content, where)
    command = [sys.executable, "-P", "-m", "commands.importers.workbook_process"]
    try:
        done = subprocess.run(  # noqa: S603  this program's own module
            command, input=content, capture_output=True, check=True, timeout=2 * SECONDS_MAX
        )
        found = msgspec.msgpack.decode(done.stdout, type=Workbook)
    except (subprocess.SubprocessError, msgspec.MsgspecError) as error:
        raise _large(
            where, "it cannot be read with the memory and time that a workbook gets"
        ) from error
    if found.problem == "large":
        raise _large(where, "it has more than 10,000,000 cells")
    if found.problem == "password":
        raise Malformed(
            "WORKBOOK-PASSWORD",
            "the workbook is locked by a password",
            where=where,
            hint="save it without one",
        )
    if found.problem is not None:
        raise _no_workbook(where, found.problem)
    return found.sheets


def _check_unpacked(content: bytes, where: str) -> None:
    """Refuse a workbook that says itself that it unpacks to too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            total = sum(one.file_size for one in packed.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise _no_workbook(where, str(error)) from error
    if total > UNPACKED_BYTES_MAX:
        raise _large(where, f"it unpacks to more than {UNPACKED_BYTES_MAX:,} bytes")


def _large(where: str, told: str) -> Malformed:
    return Malformed(
        "WORKBOOK-LARGE",
        f"the workbook is too large: {told}",
        where=where,
        hint="delete what is not the list, or save the sheet as CSV UTF-8",
    )


def _no_workbook(where: str, told: str) -> Malformed:
    return Malformed(
        "WORKBOOK-FORM",
        f"this is no workbook that can be read: {told}",
        where=where,
        hint="open it and save it again, or save the sheet as CSV UTF-8",
    )
