"""Random histories that admission would let in: versions, corrections, voids, counter-signatures.

`play` turns a history into a log, leaving out what a ledger refuses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from ledger.entry import Event
from ledger.errors import LedgerError, Malformed
from ledger.events import EVENT_TYPES
from ledger.events.base import EventData
from ledger.events.site import SiteRegistered
from ledger.history import Past, Recorded, check, summarize
from tests.any_event import TELLABLE
from tests.memory_log import MemoryLog, renamed
from tests.posting_events import DATA, DATES, NAMES, PARTIES

_UPDATES = st.builds(
    SiteRegistered,
    registrant=PARTIES,
    site=NAMES,
    name=st.sampled_from(["one", "two"]),
    country=st.just("MY"),
    kind=st.just("port"),
)
_TARGET = st.integers(0, 3)
_GROUNDS = st.sampled_from(
    ["first_party", "counterparty", "counterparty", "authority", "third_party_report"]
)
_TELL = st.tuples(st.just("tell"), st.integers(0, 5), PARTIES, DATES, _GROUNDS)
_STEP = st.one_of(
    _TELL,
    _TELL,
    st.tuples(st.just("correct"), _TARGET, st.integers(0, 5), DATES, _GROUNDS),
    st.tuples(st.just("rename"), _TARGET, NAMES, _GROUNDS),
    st.tuples(st.just("void"), _TARGET),
    st.tuples(st.just("void"), _TARGET),
    st.tuples(st.just("sign"), _TARGET, PARTIES, st.sampled_from(["accepts", "disputes"])),
)


@dataclass(frozen=True, slots=True)
class History:
    """What may be said of one or two kinds of event, and who says what of it, step by step."""

    data: list[EventData]
    steps: list[tuple[Any, ...]]


# What is about another event names one that is not there, so admission would refuse it.
_OTHERS = [TELLABLE[name] for name in sorted(TELLABLE.keys() - {"DocumentAttached.v1"})]
_KINDS = st.sampled_from([*DATA, *DATA, *DATA, _UPDATES, *_OTHERS])
"""One strategy a kind: those that post as often as all others together."""

_SAME_KIND = _KINDS.flatmap(lambda kind: st.lists(kind, min_size=3, max_size=3))
HISTORIES = st.builds(
    History,
    data=st.tuples(_SAME_KIND, _SAME_KIND).map(lambda two: two[0] + two[1]),
    steps=st.lists(_STEP, min_size=8, max_size=20),
)


class _Past(Past):
    """What the log of a test holds, as the rules of admission ask for it."""

    def __init__(self, log: MemoryLog) -> None:
        events = [log[index] for index in range(log.size - 1)]
        self._recorded = [summarize(one) for one in events]
        self._replaced = {one.corrects: one for one in self._recorded if one.corrects}
        for one in events:
            if one.statement.type == "EventVoided.v1":
                self._replaced[one.statement.data.target.id] = summarize(one)

    def by_id(self, identifier: str) -> Recorded | None:
        return next((one for one in self._recorded if one.id == identifier), None)

    def openers(self, opened: str) -> list[Recorded]:
        return [one for one in self._recorded if one.opened == opened]

    def successor(self, identifier: str) -> Recorded | None:
        return self._replaced.get(identifier)

    def with_key(self, party: str, key: str) -> Recorded | None:  # noqa: ARG002  no test uses one
        return None


def play(history: History) -> MemoryLog:
    """Return the log of a history: each step is said, and taken back where admission refuses."""
    log = MemoryLog()
    for step in history.steps:
        saying = _SAYINGS[step[0]]
        size = log.size
        try:
            saying(log, history.data, *step[1:])
        except Malformed:  # fields that fit their types and make no statement
            assert log.size == size
            continue
        try:
            check(log[log.size - 1].statement, _Past(log))
        except LedgerError:
            log.take_back()
    return log


def _tell(log: MemoryLog, data: list[EventData], which: int, who: str, *rest: Any) -> None:
    occurred, basis = rest
    log.say(who, data[which], occurred, basis=basis)


def _correct(log: MemoryLog, data: list[EventData], back: int, which: int, *rest: Any) -> None:
    occurred, basis = rest
    target = _back(log, back)
    who = target.statement.asserted_by
    log.say(who, data[which], occurred, basis=basis, corrects=target)


def _rename(log: MemoryLog, _data: object, back: int, name: str, basis: Any) -> None:
    """Correct an event to the same words under another identifier, or on another ground."""
    target = _back(log, back)
    statement = target.statement
    data = renamed(statement, name)
    log.say(statement.asserted_by, data, statement.occurred, basis=basis, corrects=target)


def _void(log: MemoryLog, _data: object, back: int) -> None:
    log.void(_back(log, back))


def _sign(log: MemoryLog, _data: object, back: int, who: str, stance: str) -> None:
    log.countersign(who, _back(log, back), stance)


def _back(log: MemoryLog, back: int) -> Event:
    """Return one of the newest events that can be corrected at all, or entry 0."""
    events = [log[index] for index in range(log.size)]
    told = [one for one in events if not EVENT_TYPES[one.statement.type].fixed]
    return ([log[0], *told])[-1 - back % (len(told) or 1)]


_SAYINGS: dict[str, Callable[..., None]] = {
    "tell": _tell,
    "correct": _correct,
    "rename": _rename,
    "void": _void,
    "sign": _sign,
}
