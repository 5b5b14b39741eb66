"""A report as a workbook: one sheet a section, and its figures inside once more for programs.

Every text is written as text: no cell is a formula or a link, and one that looks like a formula
carries the mark by which spreadsheets keep it text. Nothing says when the file was made.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from html import unescape
from types import ModuleType
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.errors import Malformed, Unavailable
from ledger.verify.words import printable
from projections.reports.model import Cell, Report, Table, read_copy, write_copy
from projections.reports.words import announcement, facts, shown, title, vouching
from projections.yes_or_no import worded

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped,unused-ignore]
    from xlsxwriter.format import Format  # type: ignore[import-untyped,unused-ignore]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped,unused-ignore]

COPY_SHEET: Final = "figures"
_CHUNK: Final = 32_000
_LETTERS_MAX: Final = 32_767
_ROWS_MAX: Final = 1_048_575
_EXACT_MAX: Final = 2**53
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
_UNPACKED_MAX: Final = 1024**3
_MADE: Final = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_SHEET = re.compile(r"xl/worksheets/sheet([0-9]+)\.xml\Z")
_VALUE = re.compile(rb'<c r="A[0-9]+"[^>]*t="s"><v>([0-9]+)</v>')
_STRING = re.compile(rb"<si><t(?: [^>]*)?>([^<]*)</t></si>")
_WIDTH_MAX: Final = 48
_KEY_WIDTH: Final = 68
"""Of a column of digests, so that none is parted."""
_LINE_POINTS: Final = 15
_ROW_POINTS_MAX: Final = 409
_SUMMARY_WIDTHS: Final = (30, 110)
_README_WIDTHS: Final = (20, 24, 90, 20, 10, 68)
_WRITER: Final = "XlsxWriter "
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What a file that is no whole archive raises."""


class _Styles(NamedTuple):
    head: "Format"
    bold: "Format"
    count: "Format"
    plain: "Format"
    left: "Format"
    text: "Format"
    formula: "Format"


def write_workbook(report: Report) -> bytes:
    """Return the workbook of a report.

    Raises:
        Unavailable: REPORT-LIBRARY.
    """
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with _library().Workbook(out, options) as book:
        book.set_properties({"title": printable(title(report)), "created": _MADE})
        styles = _styles(book)
        _summary(book.add_worksheet("Summary"), report, styles)
        for table in report.tables:
            _sheet(book.add_worksheet(table.name), table, styles)
        _readme(book.add_worksheet("README"), report, styles)
        _copy(book.add_worksheet(COPY_SHEET), report)
    return out.getvalue()


def read_workbook(data: bytes) -> Report:
    """Return the report of the machine-readable copy inside a workbook.

    Raises:
        Malformed: REPORT-COPY.
    """
    return read_copy("".join(_copied(data)[1:]).encode())


def workbook_writer(data: bytes) -> str | None:
    """Return why a workbook cannot be written again as it is, or None.

    Raises:
        Malformed: REPORT-COPY.
        Unavailable: REPORT-LIBRARY.
    """
    wrote, here = _copied(data)[0], _WRITER + _library().__version__
    return None if wrote == here else f"{wrote} wrote the workbook, and here is {here}"


def same_workbook(one: bytes, other: bytes) -> bool:
    """Say whether two workbooks have the same parts; how these are packed is no matter."""
    return _parts(one) == _parts(other)


def _library() -> ModuleType:
    try:
        import xlsxwriter  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415  only a workbook needs it
    except ModuleNotFoundError as error:
        raise Unavailable(
            "REPORT-LIBRARY",
            "workbooks are written by XlsxWriter, which is not installed",
            hint="install chipledger with its extra: chipledger[report]",
        ) from error
    module: ModuleType = xlsxwriter
    return module


def _styles(book: "Workbook") -> _Styles:
    top = {"valign": "top"}
    right = {"align": "right", "indent": 1, **top}
    return _Styles(
        head=book.add_format({"bold": True, "bg_color": "#E8E8E8", "bottom": 1}),
        bold=book.add_format({"bold": True, **top}),
        count=book.add_format({"num_format": "#,##0", **right}),
        plain=book.add_format({"num_format": "0", **right}),
        left=book.add_format({"num_format": "#,##0", "align": "left", **top}),
        text=book.add_format({"text_wrap": True, **top}),
        formula=book.add_format({"text_wrap": True, "quote_prefix": True, **top}),
    )


def _summary(sheet: "Worksheet", report: Report, styles: _Styles) -> None:
    lines: list[tuple[str, str]] = [(title(report), "")]
    first = announcement(report.head)
    if first is not None:
        lines.insert(0, (first, ""))
    lines += [("", ""), *facts(report), ("", ""), ("On whose word the figures rest", "")]
    lines += [("", one) for one in vouching(report)]
    lines += [("", ""), ("Not checked", "")]
    lines += [("", one) for one in report.head.not_checked]
    if report.left_out:
        lines += [("Left out", ", ".join(report.left_out))]
    lines += [("", ""), ("Sheet", "Rows")]
    for row, (name, words) in enumerate(lines):
        sheet.write_string(row, 0, printable(name), styles.bold)
        _text(sheet, row, 1, words, styles)
        _heighten(sheet, row, ((words, _SUMMARY_WIDTHS[1]),))
    for row, table in enumerate(report.tables, len(lines)):
        sheet.write_string(row, 0, table.name, styles.text)
        sheet.write_number(row, 1, table.total, styles.left)
    for place, width in enumerate(_SUMMARY_WIDTHS):
        sheet.set_column(place, place, width)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _sheet(sheet: "Worksheet", table: Table, styles: _Styles) -> None:
    rows = worded(table.columns, table.meanings, table.rows[:_ROWS_MAX])
    widths = []
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, column.replace("_", " "), styles.head)
        widths.append(_width(column, [shown(row[place], column) for row in rows[:1000]]))
        sheet.set_column(place, place, widths[-1])
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            _cell(sheet, (number, place), value, table.columns[place], styles)
        texts = (
            (value, width)
            for value, width in zip(row, widths, strict=True)
            if isinstance(value, str)
        )
        _heighten(sheet, number, texts)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(table.columns) - 1)


def _width(column: str, cells: list[str]) -> int:
    """Return the width of a column in letters; names of columns need room for the filter's sign."""
    longest = max(map(len, cells), default=0)
    most = _WIDTH_MAX if any(" " in one for one in cells) else _KEY_WIDTH
    return min(most, max(len(column) + 4, longest + 2))


def _heighten(sheet: "Worksheet", row: int, cells: Iterable[tuple[str, int]]) -> None:
    """Make a row as high as its texts need: not every program does that by itself."""
    lines = max((-(-len(words) // (width - 2)) for words, width in cells), default=1)
    if lines > 1:
        sheet.set_row(row, min(_ROW_POINTS_MAX, _LINE_POINTS * lines))


def _cell(
    sheet: "Worksheet", at: tuple[int, int], value: Cell, column: str, styles: _Styles
) -> None:
    if value is None:
        return
    if isinstance(value, int) and abs(value) <= _EXACT_MAX:
        separated = shown(1000, column) != "1000"
        sheet.write_number(*at, value, styles.count if separated else styles.plain)
    else:
        _text(sheet, *at, str(value), styles)


def _text(sheet: "Worksheet", row: int, column: int, words: str, styles: _Styles) -> None:
    words = printable(words)
    if len(words) > _LETTERS_MAX:
        words = words[: _LETTERS_MAX - 1] + "…"
    style = styles.formula if words.startswith(_FORMULA) else styles.text
    sheet.write_string(row, column, words, style)


def _readme(sheet: "Worksheet", report: Report, styles: _Styles) -> None:
    sheet.write_row(
        0, 0, ("Sheet", "Question", "What it asks, and what it does not show"), styles.head
    )
    sheet.write_row(0, 3, ("Given", "Rows", "SHA-256 of its rows"), styles.head)
    for row, table in enumerate(report.tables, 1):
        given = ", ".join(f"{name}={value}" for name, value in table.given.items())
        meanings = [f"{name}: {meaning}" for name, meaning in table.meanings]
        asks = " ".join(filter(None, [table.asked, table.note, *meanings]))
        cut = "" if table.total <= _ROWS_MAX else f" The first {_ROWS_MAX:,} rows are listed."
        texts = table.name, table.question, asks + cut, given
        for place, words in enumerate(texts):
            _text(sheet, row, place, words, styles)
        _heighten(sheet, row, zip(texts, _README_WIDTHS, strict=False))
        sheet.write_number(row, 4, table.total, styles.count)
        sheet.write_string(row, 5, table.sha256, styles.text)
    row = len(report.tables) + 2
    for words in (
        f"SHA-256 of all figures: {report.digest}",
        f"The sheet {COPY_SHEET!r} has the same figures for programs.",
        "Check them: chipledger report --check FILE --from EVIDENCE --fingerprint FPR",
    ):
        sheet.write_string(row, 0, words, styles.plain)
        row += 1
    for place, width in enumerate(_README_WIDTHS):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _copy(sheet: "Worksheet", report: Report) -> None:
    """Write the copy in pieces, none longer than a cell holds."""
    escaped = write_copy(report)
    sheet.write_string(0, 0, _WRITER + _library().__version__)
    for row, start in enumerate(range(0, len(escaped), _CHUNK), 1):
        sheet.write_string(row, 0, escaped[start : start + _CHUNK])
    sheet.set_column(0, 0, 100)
    sheet.hide()


def _copied(data: bytes) -> list[str]:
    """Return the pieces in the sheet of the copy, in order."""
    parts = _parts(data)
    try:
        sheets = [found for found in map(_SHEET.match, parts) if found is not None]
        last = max(sheets, key=lambda one: int(one[1]))
        strings = _STRING.findall(parts["xl/sharedStrings.xml"])
        pieces = [strings[int(one)] for one in _VALUE.findall(parts[last[0]])]
        return [unescape(one.decode("ascii")) for one in pieces] or [""]
    except (ValueError, KeyError, IndexError) as error:
        raise _no_copy() from error


def _parts(data: bytes) -> dict[str, bytes]:
    """Return the files that a workbook is packed of, by name."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > _UNPACKED_MAX:
                raise _no_copy()
            return {name: archive.read(name) for name in archive.namelist()}
    except _UNREADABLE as error:
        raise _no_copy() from error


def _no_copy() -> Malformed:
    return Malformed(
        "REPORT-COPY",
        "this workbook has no machine-readable copy of its figures",
        hint="programs that save a workbook anew take it away: ask for the report once more",
    )
