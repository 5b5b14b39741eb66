"""Asking a question as of two clocks: when it was true, and what the ledger knew."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from commands.context import Desk
from commands.names import Kind, Names
from commands.names import country as country_code
from commands.output import Format, formats, print_rows
from ledger.errors import Malformed
from ledger.occurred import check, interval, parse_recorded, utc_text
from projections.determination.tables import judging
from projections.packs.load import packs
from projections.questions import Answer, Question, ask, questions, sqlite_reader
from projections.sql_header import Parameter

F = TypeVar("F", bound=Callable[..., Any])
_NAMED = {
    "authorization", "batch", "certification", "hold", "incident", "lease", "model", "party",
    "plan", "rack", "shipment", "site",
}  # fmt: skip
_DAY_LENGTH = len("2026-07-01")
_SUMMED = {"in-transit", "title", "use", "where"}
"""Questions whose rows are parts of one quantity."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two clocks of a question; None: now, and everything known."""

    as_of: str | None = None
    known_at: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What the clocks stand for.

    Attributes:
        day: at whose end it was true.
        zone: the ledger's time zone, in which the day ends.
        as_of: that instant, UTC.
        known_at: the newest entry that counts.
    """

    day: str
    zone: str
    as_of: str
    known_at: int

    def __str__(self) -> str:
        """Return it in words."""
        return f"at the end of {self.day} ({self.zone}), known at entry {self.known_at:,}"


def asking(function: F) -> F:
    """Add `--as-of --known-at` and the output formats; it gets `clocks` and `form`."""

    @click.option("--as-of", metavar="DATE", help="What was true at the end of it.")
    @click.option(
        "--known-at", metavar="ENTRY", type=click.IntRange(0), help="As known up to this entry."
    )
    @formats
    @functools.wraps(function)
    def wrapped(*args: Any, as_of: str | None, known_at: int | None, **rest: Any) -> Any:
        return function(*args, clocks=Clocks(as_of, known_at), **rest)

    return wrapped  # type: ignore[return-value]  # functools.wraps keeps the meaning


def moment_of(desk: Desk, clocks: Clocks) -> Moment:
    """Return what two clocks mean: by default today, and everything known.

    Raises:
        Malformed: KNOWN-AT, OCCURRED-….
    """
    reader = desk.log()
    day = clocks.as_of or today(desk)
    over = utc_text(interval(day, reader.zone).end)
    return Moment(day, reader.zone.key, over, known_entry(desk, clocks))


def rows_at(
    desk: Desk, name: str, given: Mapping[str, object], moment: Moment
) -> list[dict[str, Any]]:
    """Return the rows of a shipped question at a moment."""
    found = ask(
        sqlite_reader(desk.view().connection),
        questions()[name],
        given,
        as_of=moment.as_of,
        known_at=moment.known_at,
    )
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def print_answer(
    desk: Desk,
    question: Question,
    given: Mapping[str, str | None],
    clocks: Clocks,
    form: Format,
) -> Answer:
    """Ask a question and print its answer, the clocks it holds for, and what it does not show.

    Returns:
        What was printed.

    Raises:
        Malformed: KNOWN-AT, OCCURRED-…, COUNTRY, NAME, or as `projections.questions.ask`.
    """
    view = desk.view()
    names = Names(view)
    kinds = {one.name: one for one in question.parameters}
    bound = {
        name: text if text is None or name not in kinds else _value(names, kinds[name], text)
        for name, text in given.items()
    }
    moment = moment_of(desk, clocks)
    reader = sqlite_reader(view.connection)
    if "pack." in question.sql:
        reader = judging(view.connection, packs(), desk.log().zone)
    answer = ask(
        reader,
        question,
        bound,
        as_of=moment.as_of,
        known_at=moment.known_at,
    )
    print_rows(
        answer.rows,
        answer.columns,
        form,
        title=f"{question.title}, {moment}",
        schema=f"chipledger.{question.name}/1",
        demonstration=desk.demonstration,
        meanings=[(one.name, one.meaning) for one in question.columns],
        notes=[
            *(_total(answer) if question.name in _SUMMED else ()),
            *names.doubts,
            *([question.note] if question.note else []),
        ],
    )
    return answer


def _value(names: Names, parameter: Parameter, text: str) -> object:
    """Return what a parameter is bound to: names in their recorded spelling."""
    if parameter.kind == "country":
        return country_code(text)
    if parameter.kind in _NAMED:
        kind: Kind = parameter.kind  # type: ignore[assignment]  # one of its literals, as checked
        spelled = names.spelled(kind, text)
        if not names.knows(kind, spelled) and not names.doubts:
            names.doubt(f"{kind} {spelled} was never recorded")
        return spelled
    if parameter.kind == "entry":
        if not text.isascii() or not text.isdigit() or len(text) > 15:  # noqa: PLR2004  within 2**53
            raise Malformed("ENTRY-FORM", f"{text[:40]!r} is no number of an entry")
        return int(text)
    if parameter.kind == "day":
        return _day(text)
    return text


def _day(text: str) -> str:
    if len(text) != _DAY_LENGTH:
        raise Malformed("DAY-FORM", f"{text[:40]!r} is no day", hint="write it as 2026-07-01")
    return check(text)


def known_entry(desk: Desk, clocks: Clocks) -> int:
    """Return up to which entry everything is known.

    Raises:
        Malformed: KNOWN-AT.
    """
    size = desk.log().size
    if clocks.known_at is None:
        return size - 1
    if clocks.known_at >= size:
        raise Malformed(
            "KNOWN-AT",
            f"the newest entry is {size - 1}",
            where="--known-at",
            hint="leave it out for everything that is known",
        )
    return clocks.known_at


def today(desk: Desk) -> str:
    """Return today in the ledger's zone; in a demonstration, the day of its newest entry."""
    reader = desk.log()
    now = desk.now()
    if desk.demonstration:
        now = parse_recorded(reader.event(reader.size - 1).entry.recorded_at)
    return now.astimezone(reader.zone).date().isoformat()


def _total(answer: Answer) -> list[str]:
    """Return a line with the sum of the column of quantities."""
    if not answer.rows:
        return []
    place = answer.columns.index("quantity")
    total = sum(int(str(row[place])) for row in answer.rows)
    rows = "1 row" if len(answer.rows) == 1 else f"{len(answer.rows):,} rows"
    return [f"total {total:,} GPUs in {rows}"]
