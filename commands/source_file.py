"""The file that an import reads: where its columns are, what was read of it, and it as evidence."""

import csv
import functools
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from commands.attachments import read_capped, read_document, write_new
from commands.importers.layout import (
    LAYOUT_BYTES_MAX,
    NO_LAYOUT,
    Layout,
    layout_with,
    read_layout,
)
from commands.importers.table import Table
from commands.output import safe
from ledger.draft import Document

F = TypeVar("F", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path)
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to import.

    Attributes:
        path: where it is.
        document: the file as it is, as evidence.
        layout: where its columns are, as far as somebody said it.
        save_map: where to write how its columns were found, or None.
    """

    path: Path
    document: Document
    layout: Layout
    save_map: Path | None

    def evidence(self, table: Table) -> Document:
        """Return the file as evidence; where it holds a secret, what was read of it."""
        if not table.secrets:
            return self.document
        kind, title = self.document.kind, f"{self.path.name}, what was read of it"
        return Document(extract(table), kind, title, "text/csv")

    def tell(self, table: Table, *, dry_run: bool = False) -> None:
        """Say how the file was understood, and write that down where it was asked for."""
        origin = table.origin
        if origin.sheet is not None or (dry_run and origin.item is None):
            found = ", ".join(f"{name} from {text!r}" for name, text in origin.headings.items())
            place = "" if origin.sheet is None else f", sheet {origin.sheet}"
            click.echo(
                safe(f"read: {len(table.rows):,} rows of {origin.where}{place}, head in row"
                     f" {origin.head}; {found}"), err=True
            )  # fmt: skip
        for remark in table.remarks:
            click.echo(safe(remark), err=True)
        if table.secrets:
            shown = "; ".join(table.secrets[:_SHOWN])
            told = f"the file seems to hold a password ({shown}), so it is not attached: what was"
            click.echo(safe(f"{told} read of it stands in its place"), err=True)
        if self.save_map is not None:
            write_new(self.save_map, origin.layout.encode())


def extract(table: Table) -> bytes:
    """Return the columns that were read of a table as CSV."""
    names = list(dict.fromkeys(name for row in table.rows for name in row.values))
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(names)
    rows.writerows([row.values.get(name) or "" for name in names] for row in table.rows)
    return written.getvalue().encode()


def source_file(kind: str, *, columns: bool = True) -> Callable[[F], F]:
    """Add the argument FILE and where its columns are; the command gets `source: SourceFile`.

    Args:
        kind: what the file is as evidence.
        columns: whether it has columns; a message has none.
    """

    def decorate(function: F) -> F:
        @click.argument("file", type=_FILE)
        @functools.wraps(function)
        def wrapped(*args: Any, file: Path, **rest: Any) -> Any:
            layout, save_map = NO_LAYOUT, None
            if columns:
                layout, save_map = _layout(rest), rest.pop("save_map")
            document = read_document(file, kind, file.name)
            source = SourceFile(file, document, layout, save_map)
            return function(*args, source=source, **rest)

        for option in reversed(_LAYOUT_OPTIONS if columns else ()):
            wrapped = option(wrapped)
        return wrapped  # type: ignore[return-value]  # functools.wraps keeps the meaning

    return decorate


_LAYOUT_OPTIONS = (
    click.option("--sheet", help="Sheet of a workbook, where several name the columns."),
    click.option(
        "--column",
        "columns",
        metavar="NAME=HEADING",
        multiple=True,
        help="What the file calls a column: serial='Ser. No.'; repeatable.",
    ),
    click.option("--map", "map_file", type=_FILE, help="File that says where the columns are."),
    click.option("--save-map", type=_FILE, help="Write such a file of how this one was read."),
)


def _layout(typed: dict[str, Any]) -> Layout:
    """Return where the columns are, and take the options that say it away."""
    path: Path | None = typed.pop("map_file")
    layout = NO_LAYOUT
    if path is not None:
        layout = read_layout(read_capped(path, LAYOUT_BYTES_MAX), path.name)
    return layout_with(layout, typed.pop("sheet"), typed.pop("columns"))
