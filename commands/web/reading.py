"""The read models at one moment: what a page is made of, in one transaction, reading alone."""

import json
import math
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Final, TypeVar

from commands.asking import Moment
from commands.web.about import About
from commands.web.clocks import Clocks
from commands.web.kinds import UNLINKED, Part
from commands.web.later import Asked, Later, asked
from commands.web.sheet import ROWS_MAX, Sheet, cells_of, page_of
from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.occurred import interval, parse_recorded, utc_text
from ledger.writing import system_clock
from projections.questions import Answer, Question, Reader, answer, ask, questions
from projections.reports.model import Cell, Head, Table
from projections.reports.pictures import draw
from projections.yes_or_no import worded

T = TypeVar("T")

PARTS_SECONDS = 0.3
"""Processor time that the parts of a page may take together."""
PART_SECONDS = 0.18
"""What one of them may take: so a slow one leaves time to the others."""
PAGE_SECONDS = 20.0
PART_SECONDS_MIN = 0.01
LONG: Final = 20_000
"""Entries from which on the overview asks the quick questions first."""
_STEPS = 20_000
_POSITION = "SELECT next_idx, origin, root FROM position"
_RECORDED = "SELECT recorded_at FROM event WHERE idx = ?"


@dataclass(slots=True)
class Reading:
    """The read models of one transaction.

    Attributes:
        about: the ledger.
        clocks: as the address of the page has them.
        size: entries that the read models follow from.
        origin: the ledger's name.
        root: hex root hash of these entries.
        recorded_at: when the newest of them was recorded, says its operator.
        moment: what the clocks stand for.
        reader: runs questions.
        later: asks what takes longer than a page may.
    """

    about: About
    clocks: Clocks
    size: int
    origin: str
    root: str
    recorded_at: str
    moment: Moment
    reader: Reader
    later: Later
    _until: float = math.inf
    _left: float = PARTS_SECONDS
    _answers: dict[Asked, Answer | None] = field(default_factory=dict)

    @property
    def keep(self) -> str:
        """Query that keeps the clocks."""
        return self.clocks.query()

    def ask(self, name: str, **given: object) -> Answer:
        """Return the answer to a question.

        Raises:
            As `projections.questions.ask`.
        """
        now = self.moment
        return ask(self.reader, shipped()[name], given, as_of=now.as_of, known_at=now.known_at)

    def select(self, file: str, **given: object) -> Answer:
        """Return what a file of `commands/web/sql` gives."""
        clocks = {"as_of": self.moment.as_of, "known_at": self.moment.known_at}
        return answer(self.reader, _sql(file), clocks | given, file.removesuffix(".sql"))

    def sheet(self, part: Part, name: str | None) -> Sheet:
        """Return a question's answer about a thing, or that it took too long for this page.

        Without a name it is about everything.
        """
        question = shipped()[part.question]
        given = {} if name is None else {part.parameter: name}
        title = part.title or question.title
        whole = f"/ask/{question.name}{self.clocks.query(**given)}"
        quick = None if part.quick is None or self.size < LONG else shipped()[part.quick]
        found = self.answer_of(part.question, given, quick=quick is not None)
        if found is None and quick is not None:
            question = quick
            found = self.briefly(lambda: self.ask(quick.name, **given))
        if found is None:
            return Sheet(title, part.asked or question.question, whole=whole, late=True)
        sheet = self.shown(question, found, title=title, whole=whole, part=part)
        return replace(sheet, coming=question is quick)

    def answer_of(
        self, question: str, given: Mapping[str, str], *, quick: bool = False
    ) -> Answer | None:
        """Return an answer, asked once on a page; None where it takes too long and is being made.

        Where there is a quick one to show meanwhile, it is not even begun on the page.
        """
        key = asked(question, given, self.moment.as_of, self.moment.known_at)
        if key in self._answers:
            return self._answers[key]
        found = self.later.answer(key)
        if found is None and not quick:
            found = self.briefly(lambda: self.ask(question, **given))
        if found is None:
            self.later.begin(key, self.clocks)
        self._answers[key] = found
        return found

    def shown(
        self,
        question: Question,
        found: Answer,
        *,
        title: str,
        whole: str | None = None,
        part: Part | None = None,
        rows: range = range(ROWS_MAX),
    ) -> Sheet:
        """Return an answer as a page shows it."""
        cut = found.rows[rows.start : rows.stop]
        explained = [(one.name, one.meaning) for one in question.columns]
        told = worded(found.columns, explained, cut)
        heads, body, empty = cells_of(
            found.columns, told, self.keep, len(cut), UNLINKED.get(question.name, ())
        )
        kept = {name.replace(" ", "_") for name, _ in heads}
        return Sheet(
            title=title,
            asked=part.asked if part and part.asked else question.question,
            columns=heads,
            rows=body,
            total=len(found.rows),
            empty=empty,
            note=question.note,
            meanings=tuple(one for one in explained if one[0] in kept),
            whole=whole,
            picture=None if part is None or part.picture is None else self._drawn(part, found),
        )

    def plain(self, title: str, asked: str, found: Answer, note: str | None = None) -> Sheet:
        """Return what no question of `projections/queries` gave, as a page shows it."""
        heads, body, empty = cells_of(found.columns, found.rows, self.keep)
        return Sheet(title, asked, heads, body, len(found.rows), empty, note)

    def briefly(self, work: Callable[[], T]) -> T | None:
        """Return what `work` gives in what is left for parts, or None where that was too little."""
        began, whole = time.thread_time(), self._until
        most = max(min(self._left, PART_SECONDS), PART_SECONDS_MIN)
        self._until = min(whole, began + most)
        try:
            return work()
        except Unavailable as error:
            if error.code != "QUERY-FAILED" or not self.is_late():
                raise
            return None
        finally:
            self._left -= time.thread_time() - began
            self._until = whole

    def allow(self, seconds: float | None) -> None:
        """Let this thread take so much processor time from now on."""
        self._until = time.thread_time() + (math.inf if seconds is None else seconds)

    def is_late(self) -> int:
        """Say to SQLite whether what it runs is to end: 1 stops it."""
        return int(time.thread_time() > self._until)

    def _drawn(self, part: Part, found: Answer) -> str | None:
        rows = tuple(tuple(map(_plain, row)) for row in found.rows)
        table = Table(
            name=part.question, question=part.question, given={}, title="", asked="", note=None,
            meanings=(), columns=found.columns, total=len(rows), sha256="", rows=rows,
        )  # fmt: skip
        return None if part.picture is None else draw(part.picture, table, self.head())

    def head(self) -> Head:
        """Return what pictures say that they are of."""
        return Head(
            origin=self.origin, fingerprint=self.about.fingerprint, purpose=self.about.purpose,
            opened_by=self.about.opened_by, size=self.size, held=self.size, root=self.root,
            recorded_at=self.recorded_at,
            zone=self.about.zone.key, day=self.moment.day, as_of=self.moment.as_of,
            known_at=self.moment.known_at, software="", source=self.about.source, audit="",
        )  # fmt: skip


@contextmanager
def reading(
    connection: sqlite3.Connection,
    reader: Reader,
    about: About,
    clocks: Clocks,
    later: Later,
    *,
    seconds: float | None = PAGE_SECONDS,
) -> Iterator[Reading]:
    """Read in one transaction, so that all of a page is of one moment.

    Args:
        connection: to the read models.
        reader: runs SELECTs on it, also those that ask the rule packs.
        about: the ledger.
        clocks: as an address has them.
        later: asks what takes longer than a page may.
        seconds: processor time that it may take; None: as much as it needs.

    Raises:
        Malformed: KNOWN-AT, OCCURRED-….
        Unavailable: PAGE-LATE where something took too long.
    """
    factories = connection.row_factory, connection.text_factory
    connection.row_factory, connection.text_factory = None, str
    connection.execute("BEGIN")
    try:
        size, origin, root = connection.execute(_POSITION).fetchone()
        if size == 0:
            raise Unavailable(
                "VIEW-EMPTY", "the read models are being made", hint="look again in a moment"
            )
        (recorded_at,) = connection.execute(_RECORDED, (size - 1,)).fetchone()
        moment = _moment(about, clocks, size, recorded_at)
        found = Reading(about, clocks, size, origin, root, recorded_at, moment, reader, later)
        found.allow(seconds)
        connection.set_progress_handler(found.is_late, _STEPS)
        try:
            yield found
        except LedgerError as error:
            if found.is_late():
                raise Unavailable(
                    "PAGE-LATE", "the page takes too long to make",
                    hint="ask for less of it: one site, party or batch",
                ) from error  # fmt: skip
            raise
    finally:
        connection.set_progress_handler(None, 0)
        connection.rollback()
        connection.row_factory, connection.text_factory = factories


@cache
def shipped() -> Mapping[str, Question]:
    """Return the questions that come with the program."""
    return questions()


@cache
def _sql(file: str) -> str:
    return resources.files("commands.web").joinpath("sql", file).read_text(encoding="utf-8")


def listed(entries: Sequence[int]) -> str:
    """Return positions as a value that SQL takes apart."""
    return json.dumps(list(entries))


def _plain(value: object) -> Cell:
    return value if value is None or isinstance(value, int | str) else str(value)


def _moment(about: About, clocks: Clocks, size: int, recorded_at: str) -> Moment:
    known = size - 1 if clocks.known_at is None else clocks.known_at
    if known >= size:
        raise Malformed(
            "KNOWN-AT", f"the newest entry is {size - 1}", where="known at",
            hint="leave it empty for everything that is known",
        )  # fmt: skip
    now = parse_recorded(recorded_at) if about.demonstration else system_clock()
    day = clocks.as_of or now.astimezone(about.zone).date().isoformat()
    return Moment(day, about.zone.key, utc_text(interval(day, about.zone).end), known)


__all__ = ["About", "Reading", "listed", "page_of", "reading", "shipped"]
