"""A strict reader of CSV: UTF-8 with an optional byte order mark, one head on the first line.

Commas part the columns; tabs and semicolons, as spreadsheets write them in some places, do too.
"""

import csv
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from commands.importers.table import Grid
from ledger.errors import Malformed

if TYPE_CHECKING:
    from _csv import Reader

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PARTING = ",\t;"
_LOOKED_AT = 100_000
_LINES = 40
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def csv_grid(content: bytes, where: str) -> Grid:
    """Return the cells of a CSV file; its head is its first row that is not blank.

    Its rows are read one by one, and raise CSV-SYNTAX where there is no row.

    Raises:
        Malformed: CSV-ENCODING, CSV-CONTROL, CSV-EMPTY, CSV-DELIMITER, CSV-SYNTAX.
    """
    text = _text(content, where)
    parting, skipped = _parting(text)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=parting)
    rows = _numbered(lines, where)
    if skipped:
        next(rows)
    line, head = next(rows, (1, []))
    if not head:
        raise Malformed(
            "CSV-EMPTY",
            "the first line names no columns",
            where=f"{where}:1",
            hint="the first line names the columns, such as rack,serial,batch",
        )
    if len(head) == 1 and "|" in head[0]:
        raise Malformed(
            "CSV-DELIMITER",
            "the columns are not parted by commas",
            where=f"{where}:{line}",
            hint="save it as CSV with commas",
        )
    return Grid(head=head, rows=rows, head_line=line)


def _parting(text: str) -> tuple[str, bool]:
    """Return what parts the columns, and whether a line of its own says so (`sep=;`)."""
    first = text.partition("\n")[0].strip()
    if len(first) == len("sep=;") and first.lower().startswith("sep=") and first[-1] in _PARTING:
        return first[-1], True
    beginning = text[:_LOOKED_AT].split("\n")[:_LINES]  # a letterhead may stand above the list
    return max(_PARTING, key=lambda mark: sum(mark in line for line in beginning)), False


def _no_csv(error: csv.Error, where: str, lines: "Reader") -> Malformed:
    return Malformed(
        "CSV-SYNTAX",
        f"this is no CSV: {error}",
        where=f"{where}:{lines.line_num}",
        hint="look for a quotation mark that is not closed",
    )


def _text(content: bytes, where: str) -> str:
    hint = "save it as CSV UTF-8"
    if content.startswith(_WIDE_MARKS):
        raise Malformed("CSV-ENCODING", "the file is UTF-16, not UTF-8", where=where, hint=hint)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Malformed(
            "CSV-ENCODING", "the file is not UTF-8", where=f"{where}:{line}", hint=hint
        ) from error
    found = _CONTROL.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        raise Malformed(
            "CSV-CONTROL",
            f"the file holds the control character U+{ord(found[0]):04X}",
            where=f"{where}:{line}",
            hint=f"is it a CSV file? {hint}",
        )
    return text


def _numbered(lines: "Reader", where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank with the line on which it begins."""
    while True:
        line = lines.line_num + 1
        try:
            cells = next(lines, None)
        except csv.Error as error:
            raise _no_csv(error, where, lines) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
