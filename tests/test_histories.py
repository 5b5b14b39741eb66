"""Random histories of every event type, through the real ledger with its keys and rights.

Parties tell, correct, rename, void and countersign whatever they like, on any ground; the ledger
takes what it takes. At every step and at the end: books balance, read models that caught up are
those of a rebuild, no answer to a question about the past ever changes, what was taken passes an
audit, and what was refused fails one where a forger writes it all the same.
"""

import base64
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from ledger.application import Ledger
from ledger.draft import Submission
from ledger.entry import Event, parties_of, tags_of
from ledger.errors import LedgerError, Malformed
from ledger.events import EVENT_TYPES
from ledger.events.base import IDEMPOTENCY, Basis, EventData, Reference, Target
from ledger.events.correction import Countersigned, EventVoided
from ledger.events.event_type import ROLES
from ledger.events.ledger import LedgerKeyRotated
from ledger.events.party import KeyEnrolled, RoleGranted
from ledger.store.source import StoreSource
from ledger.trust import Trust
from ledger.verify.audit import audit
from projections import runner
from projections.books import postings
from projections.questions import ask, questions, sqlite_reader
from projections.view import MEMORY, View
from tests.any_event import SPARE, TELLABLE
from tests.forger import Forger, copied, signed_by
from tests.harness import Story, signatory, signer_of
from tests.memory_log import renamed
from tests.posting_events import DATA, DATES, NAMES

Property = Callable[[str, object], None]

CAST = ("nvidia", "aivres", "aolani")
WHO = st.sampled_from([*CAST, "operator"])
GROUNDS = st.sampled_from(
    ["first_party", "first_party", "counterparty", "authority", "third_party_report"]
)
SAYINGS = st.sampled_from([*TELLABLE.values(), *DATA]).flatmap(lambda one: one)
"""What an event says: any type, and those that post twice as often, with sounder fields."""

MOMENTS = ("2026-01-15T00:00:00Z", "2026-02-01T12:00:00Z", "2027-01-01T00:00:00Z")
GIVEN = {
    "party": "aolani", "batch": "B1", "rack": "R1", "site": "johor", "model": "B200",
    "shipment": "X1", "lease": "X1", "plan": "X1", "entry": 0, "text": "aolani",
}  # fmt: skip
"""What questions are asked about, by the kind of their parameter."""

REFUSED_TRIED = 2
"""Of the refusals of one history so many are written by a forger and audited."""

ADMISSION_ALONE = {
    "ROTATION-KEY": "the ledger's new key was not there to sign",
    "DOCUMENT-UNNAMED": "what came along is not in the log",
}
"""Codes of refusals about the hand-over of a statement, which leave no trace in a log."""

EXAMPLES_FAST = 5
SHARDS = 20
EXAMPLES_A_SHARD = 100
STEPS = 25


@cache
def enrolled() -> Story:
    """Return a story in which four parties hold all roles, and all that they need to speak."""
    story = Story()
    for name in CAST:
        story.party(name, *sorted(ROLES - {"registrar"}))
    story.party("operator", *sorted(ROLES - {"registrar"}))
    return story


asked = cache(questions)


class Copy(Story):
    """A story that goes on from a copy of another's store."""

    def __init__(self, story: Story) -> None:
        self.__dict__ |= story.__dict__ | {"keys": dict(story.keys)}
        self._source = copied(story)  # which closes its store when it is gone
        self.ledger = Ledger(self._source._recorder, None, self.writing())


class Histories(RuleBasedStateMachine):
    """The rules are what parties do; the invariants what holds whatever they do.

    Attributes:
        taken: how often each type was recorded, in all histories of a run.
        met: how often each code of a refusal was met.
    """

    taken: ClassVar[Counter[str]] = Counter()
    met: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.story = Copy(enrolled())
        self.ledger = self.story.ledger
        self.start = self.ledger.size
        self.ledger_key = "ledger"
        self.view = View.open(MEMORY)
        self.refused: list[tuple[Submission, str]] = []
        self.looks: dict[tuple[str, str, int], object] = {}
        self.summed = 0

    @initialize(size=st.sampled_from([1, 3, 7, 1000]))
    def pages(self, size: int) -> None:
        """The read models catch up in pages of some size, another one in each history."""
        self.page = size

    # --- what parties do ----------------------------------------------------------------------

    @rule(
        data=SAYINGS,
        who=WHO,
        basis=GROUNDS,
        occurred=DATES,
        acts=st.sampled_from([True, True, True, False]),
        key=st.sampled_from([None, None, "K1", "K2"]),
    )
    def tell(self, data: EventData, who: str, basis: Basis, occurred: str, **how: Any) -> None:
        """Somebody says something: mostly of what it did itself, where it says so."""
        row = EVENT_TYPES[f"{type(data).__name__}.v1"]
        acting = row.acting
        if acting is not None and how["acts"]:
            other = next(one for one in CAST if one != who)
            data = replace(data, **{acting: who if basis == "first_party" else other})
        if row.first_party_only and how["acts"]:
            who, basis = "operator", "first_party"
        data = self._about_something(data)
        references = () if how["key"] is None else (Reference(type=IDEMPOTENCY, value=how["key"]),)
        self._say(data, who, basis=basis, occurred=occurred, references=references)

    @rule(data=SAYINGS, more=SAYINGS, who=WHO)
    def report(self, data: EventData, more: EventData, who: str) -> None:
        """Somebody tells of two of its own acts, one after the other."""
        for one in (data, more):
            self.tell(one, who, "first_party", "2026-02", acts=True, key=None)

    @precondition(lambda self: self.ledger.size > self.start)
    @rule(back=st.integers(0, 5), data=st.data(), basis=GROUNDS, occurred=DATES)
    def correct(self, back: int, data: st.DataObject, basis: Basis, occurred: str) -> None:
        """Whoever said something says it otherwise, or under another identifier."""
        event = self._told(back)
        if event is None:
            return
        statement = event.statement
        if data.draw(st.booleans()):
            new = renamed(statement, data.draw(NAMES))
        else:
            new = self._about_something(data.draw(TELLABLE[statement.type]))
            acting = EVENT_TYPES[statement.type].acting
            if acting is not None:
                new = replace(new, **{acting: getattr(statement.data, acting)})
        basis = data.draw(st.sampled_from([statement.basis, basis]))
        who = statement.asserted_by
        self._say(new, who, basis=basis, occurred=occurred, corrects=event.target)

    @precondition(lambda self: self.ledger.size > self.start)
    @rule(back=st.integers(0, 5), who=st.sampled_from([None, None, *CAST]))
    def void(self, back: int, who: str | None) -> None:
        event = self._told(back)
        if event is not None:
            data = EventVoided(target=event.target, reason="it did not occur")
            self._say(data, who or event.statement.asserted_by)

    @rule(
        back=st.integers(0, 8),
        who=st.sampled_from([0, 0, 0, 1, 2, *CAST]),
        stance=st.sampled_from(["accepts", "disputes"]),
    )
    def sign(self, back: int, who: str | int, stance: Any) -> None:
        """A party that is named signs beside or disputes; or one that is not tries to."""
        event = self.ledger.event(max(0, self.ledger.size - 1 - back))
        if isinstance(who, int):
            named = sorted(parties_of(event.statement) & self.story.keys.keys())
            who = named[who % len(named)]
        self._say(Countersigned(target=event.target, stance=stance, text="so it is"), who)

    @precondition(lambda self: self.ledger.size > self.start)
    @rule(back=st.integers(0, 5))
    def repeat(self, back: int) -> None:
        """What is recorded is answered, and not recorded twice."""
        index = max(self.start, self.ledger.size - 1 - back)
        receipt = self.ledger.append(Submission(self.ledger.event(index).entry.envelope))
        assert (receipt.index, receipt.repeated) == (index, True)

    def _say(self, data: EventData, who: str, **more: Any) -> None:
        new_key = None
        others = self._others(data, who)
        if isinstance(data, LedgerKeyRotated):
            new_key = signer_of(SPARE[0])
        try:
            draft = self.story.draft(data, who, **more)
        except Malformed:
            return
        by, *_ = draft.statement.signatories
        beside = sorted((signatory(*one) for one in others), key=lambda one: (one.party, one.key))
        statement = replace(draft.statement, signatories=(by, *beside))
        names = [self.story.keys[who], *(key for _, key in others)]
        try:
            submission = type(draft)(statement).sign(*map(signer_of, names))
        except Malformed:  # a party would sign twice
            return
        try:
            self.ledger.append(submission, new_key=new_key)
        except LedgerError as error:
            self.refused.append((submission, error.code))
            self.met[error.code] += 1
            return
        self.taken[statement.type] += 1
        if new_key is not None:
            self.ledger_key = SPARE[0]

    def _others(self, data: EventData, who: str) -> list[tuple[str, str]]:
        """Return who must sign beside, as party and key."""
        if isinstance(data, KeyEnrolled):
            names = {signer_of(one).public_key: one for one in SPARE}
            return [(data.party, names[raw_of(data)])]
        if isinstance(data, RoleGranted) and data.acts_for is not None:
            principal = data.acts_for.principal
            if principal in self.story.keys and principal != who:
                return [(principal, self.story.keys[principal])]
        return []

    def _about_something(self, data: EventData) -> EventData:
        """Let what is about an event be about one that is there."""
        for name in data.__struct_fields__:
            if isinstance(getattr(data, name), Target):
                return replace(data, **{name: self.ledger.event(self.ledger.size - 1).target})
        return data

    def _told(self, back: int) -> Event | None:
        """Return one of the newest events that can be corrected at all."""
        events = list(self.ledger.read(self.start))
        free = [one for one in events if not EVENT_TYPES[one.statement.type].fixed]
        return free[-1 - back % len(free)] if free else None

    # --- what holds ---------------------------------------------------------------------------

    @rule(moment=st.sampled_from(MOMENTS))
    def look(self, moment: str) -> None:
        """Ask every question of now and keep the answers."""
        self._catch_up()
        known_at = self.ledger.size - 1
        for name in asked():
            self.looks[name, moment, known_at] = self._answer(name, moment, known_at)

    def _answer(self, name: str, moment: str, known_at: int) -> object:
        question = asked()[name]
        given = {one.name: GIVEN.get(one.kind) for one in question.parameters if one.required}
        reader = sqlite_reader(self.view.connection)
        return ask(reader, question, given, as_of=moment, known_at=known_at)

    def _catch_up(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runner, "PAGE_ENTRIES", self.page)
            runner.catch_up(self.view, self.ledger)

    @invariant()
    def every_event_sums_to_zero_in_every_book(self) -> None:
        for event in self.ledger.read(max(self.summed, self.start)):
            posted = postings(event)
            for book in ("possession", "title", "use"):
                assert sum(one.quantity for one in posted if one.book == book) == 0
        self.summed = self.ledger.size

    def teardown(self) -> None:
        """Check what is costly once, at the end."""
        self._catch_up()
        with View.open(MEMORY) as anew:
            runner.rebuild(anew, self.ledger)
            assert anew.view_hash() == self.view.view_hash()
        for look, answer in self.looks.items():
            assert self._answer(*look) == answer, look
        self._check_books()
        for event in self.ledger.read(self.start):
            stored = self._tags_of(event.index)
            assert stored == set(tags_of(event.statement))
        report = audit(self.ledger.source(), Trust(fingerprint=self.ledger.fingerprint))
        assert (report.verdict, report.marks) == ("PASS", ())
        self._check_refused()
        self.view.close()

    def _check_books(self) -> None:
        sql = "SELECT book, idx, sum(quantity) AS total FROM posting GROUP BY 1, 2"
        assert all(row["total"] == 0 for row in self.view.rows(sql))
        sql = """SELECT p.model, p.batch, p.site, sum(CASE
                WHEN book = 'possession' AND state = 'operational' THEN quantity
                WHEN book = 'use' AND lessee = '@capacity' THEN quantity END) AS total
            FROM posting AS p WHERE state = 'operational' OR lessee = '@capacity'
            GROUP BY 1, 2, 3"""
        assert all(row["total"] == 0 for row in self.view.rows(sql))

    def _tags_of(self, index: int) -> set[str]:
        source = StoreSource(self.ledger._recorder, None)
        return {tag for at, tag in source.tags() if at == index}

    def _check_refused(self) -> None:
        """What admission refused never passes an audit where it was written past admission."""
        told = [one for one in self.refused if one[1] not in ADMISSION_ALONE]
        for submission, code in told[-REFUSED_TRIED:]:
            forger = Forger(self.story)
            forger.sign = signed_by(self.ledger_key)
            forger.anchors = list(self.ledger._recorder.anchors())
            forger.submit(submission)
            report = audit(forger.source(), Trust(fingerprint=self.ledger.fingerprint))
            assert report.verdict != "PASS", code


def raw_of(data: KeyEnrolled) -> bytes:
    """Return the public key that an enrolment brings."""
    return base64.b64decode(data.key.key)


def run(examples: int, record_property: Property) -> None:
    """Run so many histories, and print what they had in them."""
    Histories.taken.clear()
    Histories.met.clear()
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=examples,
            deadline=None,
            stateful_step_count=STEPS,
            suppress_health_check=quiet,
            database=None,
        ),
    )
    taken, met = Histories.taken, Histories.met
    record_property(
        "counted",
        f"{examples} histories: {taken.total()} events of {len(taken)} types taken, "
        f"{met.total()} refused with {len(met)} codes",
    )


def test_histories_of_every_type(record_property: Property) -> None:
    run(EXAMPLES_FAST, record_property)
    assert Histories.taken.total() > EXAMPLES_FAST


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_many_histories_of_every_type(shard: int, record_property: Property) -> None:
    assert shard < SHARDS
    run(EXAMPLES_A_SHARD, record_property)
    record_property("cases", EXAMPLES_A_SHARD)
