"""One way from a file to its rows, whatever wrote it: CSV, a workbook, or a device itself."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from commands.importers import secrets
from commands.importers.csv_table import csv_grid
from commands.importers.device_report import device_report
from commands.importers.head_row import find_head, likeliest
from commands.importers.layout import NO_LAYOUT, Layout
from commands.importers.table import Grid, Origin, Table, table_of
from commands.importers.workbook import is_workbook, workbook_grid
from ledger.errors import Malformed
from ledger.events.base import DOCUMENT_BYTES_MAX

_NO_LISTS = {
    b"%PDF": "a PDF", b"\xff\xd8\xff": "a picture", b"\x89PNG": "a picture",
    b"SQLite format 3": "a database", b"\x1f\x8b": "a packed file",
}  # fmt: skip
"""How files begin that people send in place of a list."""

_TAG = re.compile(r"<[^>]{0,4096}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked for in a file.

    Attributes:
        columns: each column with the names it may have, without blanks, case or punctuation.
        required: columns that must be there.
        layout: where they are, as far as somebody said it.
        devices: whether the report of a device will do, which knows of no rack.
    """

    columns: Mapping[str, Sequence[str]]
    required: Sequence[str]
    layout: Layout = NO_LAYOUT
    devices: bool = False


def read_table(content: bytes, where: str, asked: Asked) -> Table:
    """Return the rows of a file.

    Raises:
        Malformed: TOO-LARGE, FILE-KIND; otherwise as `csv_grid`, `workbook_grid`, `device_report`
            and `table_of`.
        Unavailable: EXTRA-MISSING.
    """
    if len(content) > DOCUMENT_BYTES_MAX:
        raise Malformed(
            "TOO-LARGE",
            f"the file has more than {DOCUMENT_BYTES_MAX:,} bytes",
            where=where,
            hint="split it by rack",
        )
    if is_workbook(content):
        return _workbook(content, where, asked)
    other = next((what for begins, what in _NO_LISTS.items() if content.startswith(begins)), None)
    if other is not None:
        raise Malformed(
            "FILE-KIND",
            f"this is {other}, and no list",
            where=where,
            hint="ask for the list itself: a workbook, CSV, or what the device reports",
        )
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"<", b"{", b"["} and asked.devices:
        return device_report(content, where)
    grid = csv_grid(content, where)
    if grid.head[0].lstrip()[:1] in {"<", "{"}:
        raise Malformed(
            "FILE-KIND",
            "this is XML or JSON, as a device reports of itself, and no list",
            where=where,
            hint="`chipledger import inventory` reads it",
        )
    rows = [(grid.head_line, grid.head), *grid.rows]
    grid = _below_letterhead(rows, where, asked)
    found = table_of(grid, Origin(where=where), asked.columns, asked.required, asked.layout)
    return replace(found, secrets=tuple(_of_csv(content, rows, where)))


def _below_letterhead(rows: Sequence[tuple[int, Sequence[str]]], where: str, asked: Asked) -> Grid:
    """Return the rows below the one that names the columns; where none does, below the first."""
    origin = Origin(where=where)
    head = find_head(rows, origin, asked.columns, asked.required, asked.layout)
    head = head or likeliest(rows, asked.columns)
    place = next((at for at, (line, _) in enumerate(rows) if line == head), 0)
    line, cells = rows[place]
    return Grid(head=cells, rows=rows[place + 1 :], head_line=line)


def _of_csv(content: bytes, rows: Sequence[tuple[int, Sequence[str]]], where: str) -> Iterator[str]:
    text = content.decode("utf-8-sig")
    if secrets.may_be_in(text):
        yield from secrets.in_cells([cells for _, cells in rows], where)
        yield from secrets.in_text(text, where)


def _workbook(content: bytes, where: str, asked: Asked) -> Table:
    grid, origin, sheets = workbook_grid(
        content, where, asked.columns, asked.required, asked.layout
    )
    found = table_of(grid, origin, asked.columns, asked.required, asked.layout)
    places: list[str] = []
    for sheet in sheets:
        text = "\n".join("\t".join(row) for row in sheet.rows)
        if secrets.may_be_in(text):
            places += secrets.in_cells(sheet.rows, f"{where}, sheet {sheet.name}")
            places += secrets.in_text(text, f"{where}, sheet {sheet.name}")
    return replace(found, secrets=(*places, *_in_remarks(content, where)))


def _in_remarks(content: bytes, where: str) -> Iterator[str]:
    """Yield the parts of a packed workbook, beside its sheets, whose text holds a secret."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for one in packed.infolist():
            if "comment" in one.filename.lower() and one.filename.endswith(".xml"):
                with packed.open(one) as part:
                    text = part.read(DOCUMENT_BYTES_MAX).decode(errors="replace")
                if any(secrets.in_text(_TAG.sub("", text), where)):
                    yield f"{where}, {one.filename}"
