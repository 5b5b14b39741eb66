"""What people and programs see: tables, JSON, CSV, progress. Rows in, text out.

Everything that came out of a ledger may have been written by somebody hostile: control characters
never reach a terminal as they are, and a spreadsheet never sees a formula.
"""

import csv
import functools
import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TextIO, TypeVar

import click

from ledger.verify.words import DEMONSTRATION, encodable, printable
from projections.yes_or_no import worded

__all__ = [
    "DEMONSTRATION",
    "Format",
    "Progress",
    "announce",
    "cell",
    "formats",
    "heading",
    "print_json",
    "print_rows",
    "safe",
    "separated",
]

QUIET_SECONDS = 2.0
"""Progress is told only of what takes longer."""

F = TypeVar("F", bound=Callable[..., Any])
Row = Sequence[object] | Mapping[str, object]

_RAW_FORMATS = {"unsafehtml", "latex_raw"}
"""Table formats that pass markup through."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Format:
    """How rows are printed: a table for people (`fmt` is tabulate's), or one for programs."""

    kind: Literal["table", "json", "nl", "csv", "tsv"] = "table"
    fmt: str | None = None

    @property
    def for_people(self) -> bool:
        """Whether people are to read it."""
        return self.kind == "table"


def formats(function: F) -> F:
    """Add `--json --nl --csv --tsv --fmt` to a command; it gets `form: Format`."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @click.option("--nl", is_flag=True, help="Print one JSON object a line.")
    @click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
    @click.option("--tsv", is_flag=True, help="Print tab-separated values.")
    @click.option("--fmt", metavar="NAME", help="Table format, such as github or simple_grid.")
    @functools.wraps(function)
    def wrapped(
        *args: Any, as_json: bool, nl: bool, as_csv: bool, tsv: bool, fmt: str | None, **rest: Any
    ) -> Any:
        asked = {"json": as_json, "nl": nl, "csv": as_csv, "tsv": tsv, "table": fmt is not None}
        kinds = [kind for kind, given in asked.items() if given] or ["table"]
        if len(kinds) > 1:
            raise click.UsageError("--json, --nl, --csv, --tsv and --fmt exclude each other")
        if fmt is not None and fmt not in _table_formats():
            raise click.UsageError(f"{fmt!r} is no table format: {', '.join(_table_formats())}")
        return function(*args, form=Format(kinds[0], fmt), **rest)  # type: ignore[arg-type]  # from the keys above

    return wrapped  # type: ignore[return-value]  # functools.wraps keeps the meaning


def print_rows(
    rows: Iterable[Row],
    columns: Sequence[str],
    form: Format,
    *,
    title: str,
    schema: str,
    demonstration: bool,
    notes: Sequence[str] = (),
    meanings: Iterable[tuple[str, str]] = (),
) -> None:
    """Print rows as asked: title and notes only where people read.

    Args:
        rows: sequences in the order of `columns`, or mappings by their names.
        columns: names of the columns.
        form: as the `formats` options say.
        title: what the table shows.
        schema: name of the JSON form, such as `chipledger.where/1`.
        demonstration: whether the ledger is one.
        notes: what people must know to read the figures.
        meanings: columns that are explained, by name: some say yes or no.
    """
    listed = [
        [row.get(name) for name in columns] if isinstance(row, Mapping) else list(row)
        for row in rows
    ]
    announce(form, demonstration=demonstration)
    if form.kind == "json":
        objects = [dict(zip(columns, row, strict=True)) for row in listed]
        print_json(schema, {"title": title, "rows": objects}, demonstration=demonstration)
    elif form.kind == "nl":
        for row in listed:
            given = dict(zip(columns, row, strict=True))
            click.echo(_json(given | ({"demonstration": True} if demonstration else {})))
    elif form.kind in {"csv", "tsv"}:
        click.echo(separated([list(columns), *listed], form.kind), nl=False)
    else:
        if title:
            click.echo(heading(safe(title)))
        told = worded(columns, meanings, listed)
        click.echo(_table(told, columns, form.fmt) if told else "(none)")
        for note in notes:
            click.echo(safe(note))


def print_json(
    schema: str, value: Mapping[str, object], *, demonstration: bool | None = None
) -> None:
    """Print one JSON object that carries the name of its form, and what the ledger is if known."""
    head = {"schema": schema} | ({} if demonstration is None else {"demonstration": demonstration})
    click.echo(_json({**head, **value}, indent=2))


def announce(form: Format, *, demonstration: bool) -> None:
    """Say first that a demonstration is one: before a table, or on stderr beside other forms."""
    if demonstration:
        click.echo(DEMONSTRATION, err=not form.for_people)


def heading(text: str) -> str:
    """Return text in bold where a terminal shows it, and NO_COLOR is not set."""
    return click.style(text, bold=True) if _styled() else text


def safe(text: str) -> str:
    """Return a line that a terminal only shows; a line feed in a name makes no second line."""
    return printable(text)


def safe_lines(text: str) -> str:
    """Return text of our own making whose line feeds are meant; each line as `safe`."""
    return "\n".join(map(safe, text.split("\n")))


def cell(value: object) -> str:
    """Return a value as people read it: numbers with separators, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return printable(str(value))


class Progress:
    """Progress with the time left, on stderr, once something takes longer than two seconds."""

    def __init__(
        self, what: str, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin to count; `what` says what is being done."""
        self._what = what
        self._stream = stream or sys.stderr
        self._clock = clock
        self._began = self._told = clock()
        self._live = self._stream.isatty()
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Take note of how far it is; tell it now and then, and that it is finished."""
        now = self._clock()
        spent = now - self._began
        pause = 0.2 if self._live else 10.0
        finished = done >= total
        if spent < QUIET_SECONDS or done == 0 or (self._shown and finished and not self._live):
            return
        if self._shown and now - self._told < pause and not finished:
            return
        left = "" if finished else f", {spent / done * (total - done):,.0f} s left"
        line = f"{self._what}: {done:,} of {total:,}{left}"
        end = "" if self._live and not finished else "\n"
        start = "\r\x1b[K" if self._live else ""
        self._stream.write(f"{start}{line}{end}")
        self._stream.flush()
        self._told, self._shown = now, True


def _styled() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _table_formats() -> list[str]:
    from tabulate import (  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415  only a table needs it
        tabulate_formats,
    )

    return [one for one in tabulate_formats if one not in _RAW_FORMATS]


def _table(rows: Sequence[Sequence[object]], columns: Sequence[str], fmt: str | None) -> str:
    from tabulate import tabulate  # noqa: PLC0415  only a table needs it

    align = [
        "right" if any(isinstance(one, int) for one in values) else "left"
        for values in zip(*rows, strict=True)
    ]
    chosen = fmt or ("simple" if sys.stdout.isatty() else "plain")
    text: str = tabulate(
        [[cell(value) for value in row] for row in rows],
        headers=list(columns),
        tablefmt=chosen,
        colalign=align,
        disable_numparse=True,  # a serial number such as 0012 or 1e5 is text
    )
    return text


def separated(rows: Sequence[Sequence[object]], kind: str) -> str:
    """Return rows as CSV, or as tab-separated values; no cell is a formula."""
    text = io.StringIO()
    dialect = "excel" if kind == "csv" else "excel-tab"
    writer = csv.writer(text, dialect, lineterminator="\n")
    writer.writerows([_neutral(value) for value in row] for row in rows)
    return text.getvalue()


def _neutral(value: object) -> object:
    """Return a value that no spreadsheet runs: a text that looks like a formula is marked."""
    if not isinstance(value, str):
        return value
    text = encodable(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _json(value: object, indent: int | None = None) -> str:
    """Return JSON in which letters stand as they are and nothing controls a terminal.

    What `printable` does not let through is written as JSON escapes it: a character beyond U+FFFF
    as two surrogates (RFC 8259 section 7).
    """
    text = encodable(json.dumps(value, ensure_ascii=False, indent=indent))
    return "\n".join(
        line if line.isprintable() else "".join(map(_json_letter, line))
        for line in text.split("\n")
    )


def _json_letter(letter: str) -> str:
    return letter if printable(letter) == letter else json.dumps(letter)[1:-1]
