"""One act to be recorded: who did it, and what the read models know of what it names.

Nobody types what is recorded already. Sites, holders, models and lines are filled in from the
records; identifiers of acts are derived from what the act is about (`SHP-01-R1`).
"""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import click

from commands.context import Desk
from commands.fields import check_fields
from commands.lines import lines_for
from commands.lookup import find_event
from commands.names import Kind, Names
from commands.recording import Given, Item, record_all, recording
from commands.units import Place, Units, places
from ledger import canonical
from ledger.draft import Document
from ledger.entry import Event
from ledger.errors import Malformed, Unavailable
from ledger.events import EVENT_TYPES
from ledger.events.base import IDEMPOTENCY, EventData, Line, check_identifier

F = TypeVar("F", bound=Callable[..., Any])
D = TypeVar("D", bound=EventData)

_OPENED_BY = "SELECT opened FROM event WHERE asserted_by = ? AND substr(opened, 1, ?) = ?"
_OPENED = """
    SELECT event.idx FROM event JOIN counting ON counting.event_idx = event.idx
    WHERE event.opened = ? AND counting.to_idx IS NULL LIMIT 1"""
_COUNTING = """
    SELECT event.idx FROM event JOIN counting ON counting.event_idx = event.idx
    WHERE event.opened = ? AND event.type = ? AND counting.to_idx IS NULL
    ORDER BY event.basis = 'third_party_report', event.idx DESC LIMIT 1"""


class Act:
    """What one recording command is about to say."""

    def __init__(self, desk: Desk, given: Given, by: str | None = None) -> None:
        """Find out whose word it is, and whose act."""
        self.desk = desk
        self.view = desk.view()
        self.names = Names(self.view)
        self.speaker = desk.party(given.party)
        tag = f"{IDEMPOTENCY}:{self.speaker.lower()}/{given.idempotency_key}"
        found = desk.reader().tagged(tag) if given.idempotency_key else []
        self._repeated = found[0] if found else None
        if self._repeated is not None and given.on is None:
            given = replace(given, on=self._repeated.statement.occurred)
        self.given = given
        self._by = by
        self._rival: int | None = None
        self._sealed: dict[str, str] = {}

    @functools.cached_property
    def standing(self) -> Event | None:
        """The entry in whose place this act is told: repeated under its key, or corrected.

        What is derived and filled in is then as if that entry had not been recorded. So a command
        that is repeated says the same again, and a correction starts from the same records.
        """
        if self._repeated is not None or self.given.corrects is None:
            return self._repeated
        return find_event(self.desk.reader(), self.given.corrects)

    @functools.cached_property
    def actor(self) -> str | None:
        """The party whose act it is: `--by`, else the speaker; None in a report that names none.

        Raises:
            Malformed: ACTOR-MISSING.
        """
        if self._by is not None:
            return self.names.spelled("party", self._by)
        if self.given.basis == "first_party":
            return self.speaker
        if self.given.basis == "third_party_report":
            return None
        raise Malformed(
            "ACTOR-MISSING",
            f"with basis {self.given.basis}, {self.speaker} speaks of another party's act",
            where="--by",
            hint="name who did it: --by PARTY",
        )

    def identifier(self, kind: str, given: str | None, stem: str) -> str:
        """Return the identifier typed, else the standing entry's, else the next after the stem.

        Where another party told the same event already, what is filled in afterwards is as if
        that version had not been recorded.

        Args:
            kind: such as `receipt`; its first letter stands in a derived one: `SHP-01-R1`.
            given: what was typed, or None.
            stem: what the act is about, such as the shipment.

        Raises:
            Malformed: IDENTIFIER.
        """
        chosen = self._standing_identifier(kind) if given is None else check_identifier(given)
        chosen = chosen or self._next_identifier(kind, stem)
        rows = self.view.rows(_OPENED, (f"{kind}/{chosen}".lower(),))
        self._rival = next((int(str(row["idx"])) for row in rows), None)
        return chosen

    def _standing_identifier(self, kind: str) -> str | None:
        if self.standing is None:
            return None
        opens = EVENT_TYPES[self.standing.statement.type].opens
        if opens is None or opens[0] != kind:
            return None
        return str(getattr(self.standing.statement.data, opens[1]))

    def _next_identifier(self, kind: str, stem: str) -> str:
        head = f"{stem}-{kind[0].upper()}"
        prefix = f"{kind}/{head}".lower()
        rows = self.view.rows(_OPENED_BY, (self.speaker, len(prefix), prefix))
        ends = (str(row["opened"])[len(prefix) :] for row in rows)
        last = max((int(end) for end in ends if re.fullmatch("[1-9][0-9]{0,8}", end)), default=0)
        return check_identifier(f"{head}{last + 1}")

    def recorded(self, kind: Kind, name: str, data: type[D]) -> D:
        """Return what the event says that opened a name, in the version that counts.

        Raises:
            Unavailable: NOT-RECORDED.
        """
        row = next(one for one in EVENT_TYPES.values() if one.data is data)
        found = list(self.view.rows(_COUNTING, (f"{kind}/{name}".lower(), row.name)))
        if not found:
            raise Unavailable(
                "NOT-RECORDED",
                f"{kind} {name} was never recorded here",
                where=kind,
                hint="; ".join(self.names.doubts) or "record it first, or give its facts in full",
            )
        event = self.desk.reader().event(int(str(found[0]["idx"])))
        assert isinstance(event.statement.data, data)  # noqa: S101  its type was asked for
        return event.statement.data

    def held(self, units: Units, **given: str | None) -> list[Place]:
        """Return the accounts that hold some of the units, but for the entry corrected."""
        return places(self.view, units, without=self.without, **given)

    def site(self, units: Units, given: str | None, **where: str | None) -> str:
        """Return the site given, else the one site where the units are.

        Raises:
            Unavailable: SITE-UNCLEAR where they are at none, or at several.
        """
        if given is not None:
            return self.names.spelled("site", given)
        found = sorted({one.site for one in self.held(units, **where) if one.site is not None})
        if len(found) == 1:
            return found[0]
        told = f"are at {', '.join(found[:5])}" if found else "are at no recorded site"
        holder = where.get("holder")
        raise Unavailable(
            "SITE-UNCLEAR",
            f"the units {told}" + (f", as held by {holder}" if holder else ""),
            where=units.stem,
            hint="name the site where they are; `chipledger where` shows what is recorded",
        )

    def lines(self, units: Units, *states: str, **given: str | None) -> tuple[Line, ...]:
        """Return lines typed in full, else filled in from the records.

        Args:
            units: which units.
            states: take units in these states only; none: in any.
            given: holder, site or shipment that has them.

        Raises:
            Unavailable, Malformed: as `commands.lines.lines_for`.
        """
        if units.lines:
            return units.lines
        if not units.racks or len(states) < 2:  # noqa: PLR2004  there is nothing to merge
            there = {one.state for one in self.held(units, **given)}
            state = next((one for one in states if one in there), states[0] if states else None)
            return self._lines(units, units.racks, state=state, **given)
        found: list[Line] = []
        left = list(units.racks)
        for state in states:
            there = {str(one.rack).lower() for one in self.held(units, state=state, **given)}
            part = [rack for rack in units.racks if rack.lower() in there]
            left = [rack for rack in left if rack.lower() not in there]
            found += self._lines(units, part, state=state, **given) if part else ()
        if left:  # which says what is missing
            found += self._lines(units, left, state=states[0], **given)
        return canonical.ordered(*found)

    def _lines(self, units: Units, racks: Sequence[str], **given: str | None) -> tuple[Line, ...]:
        found = lines_for(
            self.view,
            racks=racks,
            batch=units.batch,
            quantity=units.quantity,
            without=self.without,
            **given,
        )
        if not found:
            raise Unavailable(
                "UNITS-UNKNOWN",
                f"nothing is on the way under shipment {given['shipment']}",
                where="shipment",
                hint="name the units in full with --line, if it came all the same",
            )
        return found

    def today(self) -> str:
        """Return the day on which an act happened that names none, in the ledger's zone."""
        return self.desk.now().astimezone(self.desk.reader().zone).date().isoformat()

    @property
    def without(self) -> int | None:
        """The entry whose postings are left out: the one corrected, or another party's version."""
        return self._rival if self.standing is None else self.standing.index

    def seal(self, name: str, value: str) -> None:
        """Put a fact into the event's sealed annex.

        Raises:
            Malformed: SEALED where `--sealed` gives the same.
        """
        if name in (self.given.sealed or {}):
            raise Malformed("SEALED", f"{name} is given twice", where=f"--{name.replace('_', '-')}")
        self._sealed[name] = value

    @property
    def is_sealing(self) -> bool:
        """Whether something is sealed, so that an event without other news still says something."""
        return bool(self._sealed or self.given.sealed or self.given.moved)

    def tell(
        self,
        data: EventData,
        summary: str,
        next_command: str = "",
        documents: Sequence[Document] = (),
    ) -> None:
        """Show, sign and record it.

        Raises:
            Malformed: FIELD; otherwise as `commands.recording.record_all`.
        """
        check_fields(data)
        record_all(
            self.desk,
            self.given,
            [Item(data, tuple(documents), sealed=self._sealed)],
            summary=[summary, *self.names.doubts],
            next_command=next_command,
        )


def acting(function: F) -> F:
    """Add the options of recording commands and `--by`; the command gets `act: Act`."""

    @click.option("--by", metavar="PARTY", help="Who did it, if not the one whose word it is.")
    @recording
    @functools.wraps(function)
    def wrapped(desk: Desk, *args: Any, given: Given, by: str | None, **rest: Any) -> Any:
        return function(*args, act=Act(desk, given, by), **rest)

    return wrapped  # type: ignore[return-value]  # functools.wraps keeps the meaning


def asserting(function: F) -> F:
    """Add the options of recording commands where whoever asserts acts; it gets `act: Act`."""

    @recording
    @functools.wraps(function)
    def wrapped(desk: Desk, *args: Any, given: Given, **rest: Any) -> Any:
        return function(*args, act=Act(desk, given), **rest)

    return wrapped  # type: ignore[return-value]  # functools.wraps keeps the meaning
