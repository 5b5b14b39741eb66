"""A report as one HTML page: no script, nothing loaded from elsewhere, and its figures inside."""

import base64
import hashlib
import re
from collections.abc import Iterator
from html import escape
from importlib import resources
from typing import Final

from ledger.errors import Malformed
from projections.reports import excerpt, words
from projections.reports.model import Report, Table, carried, read_copy, write_copy
from projections.reports.pictures import draw

_KEY_LETTERS: Final = 64
_SHORT_LETTERS: Final = 20
_TEXT_LETTERS: Final = 40
_COLUMNS_MANY: Final = 14
_OPENS: Final = b'<template id="figures">'
_COPY = re.compile(re.escape(_OPENS) + rb"([^<]*)</template>")
_NAME = re.compile(r"[^a-z]+")


def write_page(report: Report) -> bytes:
    """Return the page of a report."""
    shortened = carried(report, excerpt.limits())
    style = resources.files("projections.reports").joinpath("page.css").read_text(encoding="utf-8")
    return "".join(_parts(shortened, style)).encode()


def read_page(data: bytes) -> Report:
    """Return the report of the machine-readable copy inside a page.

    Raises:
        Malformed: REPORT-COPY.
    """
    found = _COPY.findall(data)
    if len(found) != 1:
        raise Malformed(
            "REPORT-COPY",
            "this page has no machine-readable copy of its figures, or several",
            hint="ask for the report once more",
        )
    copy: bytes = found[0]
    return read_copy(copy)


def _parts(report: Report, style: str) -> Iterator[str]:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    yield "<!DOCTYPE html>\n"
    yield '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src'
        f" 'sha256-{digest}'; base-uri 'none'; form-action 'none'\">\n"
    )
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="referrer" content="no-referrer">\n'
    yield f"<title>{escape(words.title(report))}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    yield from _head(report)
    yield "<main>\n"
    for table in excerpt.answered(report):
        yield from _section(report, table)
    yield from _nothing(report)
    yield "</main>\n"
    # Inert: a browser shows nothing of a template, and runs nothing in it.
    yield f"{_OPENS.decode()}{write_copy(report)}</template>\n</body>\n</html>\n"


def _head(report: Report) -> Iterator[str]:
    yield "<header>\n"
    first = words.announcement(report.head)
    if first is not None:
        yield f'<p class="announcement">{escape(first)}</p>\n'
    yield f"<h1>{escape(words.title(report))}</h1>\n"
    yield _pairs(words.facts(report))
    yield '<h2 class="minor">On whose word the figures rest</h2>\n'
    yield _list(words.vouching(report))
    yield '<h2 class="minor">Not checked</h2>\n'
    yield _list(report.head.not_checked)
    if report.left_out:
        scope = escape(str(report.scope.kind))
        yield f'<h2 class="minor">Left out: what cannot be told of one {scope} alone</h2>\n'
        yield _list([", ".join(report.left_out)])
    yield '<nav aria-label="Sections"><h2 class="minor">Sections</h2><ul>\n'
    for table in excerpt.answered(report):
        yield (
            f'<li><a href="#{_anchor(table)}">{escape(excerpt.heading(table))}</a>'
            f' <span class="pale">{table.total:,}</span></li>\n'
        )
    yield "</ul></nav>\n</header>\n"


def _anchor(table: Table) -> str:
    return _NAME.sub("-", table.name)


def _section(report: Report, table: Table) -> Iterator[str]:
    anchor = _anchor(table)
    yield f'<section aria-labelledby="{anchor}">\n'
    yield f'<h2 id="{anchor}">{escape(excerpt.heading(table))}</h2>\n'
    yield f"<p>{_asked(table)}</p>\n"
    yield from _figure(report, table)
    if table.rows:
        yield from _table(excerpt.in_words(table))
    left = words.more(table)
    if left is not None:
        yield f"<p>{escape(left)}</p>\n"
    if table.note:
        yield f'<p class="pale">{escape(table.note)}</p>\n'
    if table.rows and table.meanings:
        yield '<dl class="meanings pale">'
        for name, meaning in table.meanings:
            yield f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(meaning)}</dd>"
        yield "</dl>\n"
    yield "</section>\n"


def _asked(table: Table) -> str:
    """Return the question, and how it is asked on the command line."""
    line = escape(words.command(table))
    return f'<span class="pale">{escape(table.asked)}</span> <code>{line}</code>'


def _nothing(report: Report) -> Iterator[str]:
    """Name the questions to which nothing recorded is an answer."""
    empty = excerpt.unanswered(report)
    if empty:
        yield "<section>\n<h2>Asked, and nothing is recorded</h2>\n<ul>\n"
        for table in empty:
            note = f" {table.note}" if table.note else ""
            yield f'<li>{_asked(table)}<span class="pale">{escape(note)}</span></li>\n'
        yield "</ul>\n</section>\n"


def _figure(report: Report, table: Table) -> Iterator[str]:
    kind = excerpt.picture(table)
    drawn = None if kind is None else draw(kind, table, report.head)
    if kind is not None and drawn is not None:
        caption = escape(words.PICTURE_TITLES[kind])
        yield f"<figure><figcaption>{caption}</figcaption>{drawn}</figure>\n"


def _table(table: Table) -> Iterator[str]:
    """Show the columns that have any value; name those that have none."""
    kept, numbers, empty = excerpt.columns(table)
    name = escape(excerpt.heading(table))
    texts = _texts(table)
    width = "wide many" if len(kept) > _COLUMNS_MANY else "wide"
    yield f'<div class="{width}" role="region" aria-label="Table: {name}" tabindex="0"><table>\n'
    yield "<thead><tr>"
    for place in kept:
        kind = ' class="number"' if place in numbers else ""
        yield f'<th scope="col"{kind}>{escape(table.columns[place].replace("_", " "))}</th>'
    yield "</tr></thead>\n<tbody>\n"
    for row in table.rows:
        yield "<tr>"
        for place in kept:
            cell = words.shown(row[place], table.columns[place])
            kind = "number" if place in numbers else texts.get(place) or _kind(cell)
            yield f'<td class="{kind}">' if kind else "<td>"
            yield f"{escape(cell)}</td>"
        yield "</tr>\n"
    yield "</tbody>\n</table></div>\n"
    if empty:
        yield f'<p class="pale">In no row: {escape(", ".join(empty).replace("_", " "))}.</p>\n'


def _texts(table: Table) -> dict[int, str]:
    """Return which columns hold phrases or sentences: they need room so as not to become towers."""
    found: dict[int, str] = {}
    for place in range(len(table.columns)):
        phrases = [str(row[place]) for row in table.rows if isinstance(row[place], str)]
        longest = max((len(one) for one in phrases if " " in one), default=0)
        if longest > _SHORT_LETTERS:
            found[place] = "text" if longest >= _TEXT_LETTERS else "phrase"
    return found


def _kind(cell: str) -> str:
    if len(cell) >= _KEY_LETTERS and " " not in cell:
        return "key"
    return "short" if len(cell) <= _SHORT_LETTERS else ""


def _pairs(pairs: list[tuple[str, str]]) -> str:
    inside = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(words.shown(value, name))}</dd>\n"
        for name, value in pairs
    )
    return f"<dl>\n{inside}</dl>\n"


def _list(lines: list[str] | tuple[str, ...]) -> str:
    inside = "".join(f"<li>{escape(words.shown(one, ''))}</li>\n" for one in lines)
    return f"<ul>\n{inside}</ul>\n"
