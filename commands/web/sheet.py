"""An answer as a page shows it: cells that lead to the pages of what they name.

Whatever came out of a ledger may have been written by somebody hostile: templates escape every
cell, and what would turn text around or is not seen is spelled out here.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from commands.web.kinds import LINKS
from ledger.verify.words import printable
from projections.reports.words import shown

ROWS_MAX: Final = 24
_KEY = re.compile(r"[0-9a-f]{64}\Z")
_LIST = re.compile(r", ?")
_LETTERS_LONG = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell shows: texts, each with the address that it leads to, or None."""

    pieces: tuple[tuple[str, str | None], ...]
    look: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a page.

    Attributes:
        title: its heading.
        asked: the question that it answers, in a sentence.
        columns: headings, each with whether numbers stand under it.
        rows: cells; not more than a page shows.
        total: how many rows there are.
        empty: columns in which no row says anything.
        note: what it does not show.
        meanings: columns that need explaining.
        whole: address of the whole answer, or None.
        picture: SVG drawn of it, or None.
        late: whether it took too long to be answered on this page.
        coming: whether it is a quick answer, and the one with whose word it rests on is being made.
    """

    title: str
    asked: str
    columns: tuple[tuple[str, bool], ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    total: int = 0
    empty: tuple[str, ...] = ()
    note: str | None = None
    meanings: tuple[tuple[str, str], ...] = ()
    whole: str | None = None
    picture: str | None = None
    late: bool = False
    coming: bool = False

    @property
    def anchor(self) -> str:
        """A name for links within the page."""
        return re.sub(r"[^a-z]+", "-", self.title.lower()).strip("-")

    @property
    def pairs(self) -> tuple[tuple[str, Cell], ...]:
        """The one row as names and values; empty where there are more, or none."""
        if len(self.rows) != 1 or self.total != 1:
            return ()
        return tuple(
            (name, cell) for (name, _), cell in zip(self.columns, self.rows[0], strict=True)
        )


def page_of(kind: str, name: object, clocks: str = "") -> str:
    """Return the address of the page of a thing, an entry or a document."""
    return f"/{kind}/{quote(str(name), safe='')}{clocks}"


def cells_of(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    clocks: str,
    most: int = ROWS_MAX,
    unlinked: Collection[str] = (),
) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[Cell, ...], ...], tuple[str, ...]]:
    """Return headings, rows, and the columns that are left out because no row says anything.

    Args:
        columns: names of the columns.
        rows: values.
        clocks: query of every address, so that both clocks are kept from page to page.
        most: rows that are shown.
        unlinked: columns that mean something else here than elsewhere.
    """
    cut = rows[:most]
    filled = [any(row[at] is not None for row in cut) for at in range(len(columns))]
    kept = [at for at, one in enumerate(filled) if one]
    links = ["" if one in unlinked else one for one in columns]
    numbers = {at for at in kept if any(type(row[at]) is int for row in cut)}
    heads = tuple((columns[at].replace("_", " "), at in numbers) for at in kept)
    body = tuple(
        tuple(cell_of(row[at], links[at], clocks, number=at in numbers) for at in kept)
        for row in cut
    )
    empty = [name.replace("_", " ") for name, one in zip(columns, filled, strict=True) if not one]
    return heads, body, tuple(empty) if cut else ()


def cell_of(value: object, column: str, clocks: str, *, number: bool = False) -> Cell:
    """Return a cell; a name of something that has a page leads there."""
    if value is None:
        return Cell((), "number" if number else "")
    kind = LINKS.get(column)
    if type(value) is int and kind != "entry":
        return Cell(((shown(value, column), None),), "number")
    text = str(value)
    if kind is None or text.startswith("@"):
        look = "key" if _KEY.match(text) else "long" if len(text) > _LETTERS_LONG else ""
        return Cell(((printable(text), None),), look)
    if kind == "document":
        return Cell(((text[:16] + "…", page_of(kind, text)),), "key")
    names = _LIST.split(text) if column in _SEVERAL else [text]
    pieces: list[tuple[str, str | None]] = []
    for name in names:
        if pieces:
            pieces.append((", ", None))
        pieces.append((printable(name), page_of(kind, name, clocks)))
    return Cell(tuple(pieces), "number" if number else "")


_SEVERAL: Final = {
    "signed_by", "not_signed_by", "giver", "receiver", "batches", "receipt_entries",
}  # fmt: skip
"""Columns whose cells name several things."""
