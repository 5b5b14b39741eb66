"""Which event counts, decided in log order.

Several parties may tell of one event: each account is a *version*, and a version with its
corrections is a chain, of which the newest event speaks. One version counts: not voided,
first_party before authority before counterparty, then the one whose first entry is earlier. The
choice is made again after each arrival, correction and void. A third-party report is no version
of anything: it counts as the claim that it is, and posts nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import Struct

from ledger.entry import Event
from ledger.events import EVENT_TYPES
from ledger.events.correction import EventVoided

RANK = {"first_party": 0, "authority": 1, "counterparty": 2, "third_party_report": 3}
_CLAIM = RANK["third_party_report"]


class Switch(NamedTuple):
    """An event starts to count (`on`) or stops, by the entry that is being applied."""

    event_idx: int
    on: bool


class Arrival(Struct, frozen=True, array_like=True, gc=False):
    """What the choice needs of an event.

    Attributes:
        index: its position.
        id: its id.
        identity: the identifier that it opens, as `kind/value`, or None.
        party: who asserts it, in lower case.
        rank: the ground it rests on, 0 best; 3 is a claim.
        updates: whether one party's several chains under one identifier all count.
        voids: the id of the event that it voids, or None.
        corrects: the id of the event that it corrects, or None.
    """

    index: int
    id: str
    identity: str | None
    party: str
    rank: int
    updates: bool
    voids: str | None
    corrects: str | None


@dataclass(slots=True)
class Version:
    """One party's account of an event: a chain of corrections.

    Attributes:
        root: index of its first event; its place in the choice.
        head: index of its newest event, the one that speaks.
        head_id: id of that event.
        identity: the identifier that the newest event opens, as `kind/value`, or None: alone.
        party: who asserts it, in lower case.
        rank: the ground it rests on, 0 best; 3 is a claim, which is never chosen or passed over.
        updates: whether one party's several chains under one identifier all count.
        counts: whether its newest event counts.
        voided: whether it was voided, for good.
    """

    root: int
    head: int
    head_id: str
    identity: str | None
    party: str
    rank: int
    updates: bool = False
    counts: bool = False
    voided: bool = False


class Reducer:
    """The versions that a run of events can touch, and what each event does to them.

    It needs to know, before `apply`, every version whose newest event the events name as target,
    and every version under an identifier that the events open or that those versions have.
    """

    def __init__(self, known: Iterable[Version] = ()) -> None:
        self._by_head: dict[str, Version] = {}
        self._by_identity: defaultdict[str, list[Version]] = defaultdict(list)
        self._touched: dict[int, Version] = {}
        self._superseded: list[int] = []
        for version in known:
            self._add(version)

    def apply(self, arrival: Arrival) -> list[Switch]:
        """Take in the next event and return which events stop or start to count by it."""
        if arrival.voids is not None:
            target = self._by_head.get(arrival.voids)
            return [*self._arrive(arrival), *([] if target is None else self._void(target))]
        if arrival.corrects is not None:
            target = self._by_head.get(arrival.corrects)
            if target is not None:
                return self._correct(target, arrival)
        return self._arrive(arrival)

    def changes(self) -> tuple[list[int], list[Version]]:
        """Return the heads that are none any more, and every version that is new or changed."""
        return self._superseded, list(self._touched.values())

    def _arrive(self, arrival: Arrival) -> list[Switch]:
        version = first_version(arrival)
        self._add(version)
        self._touched[version.root] = version
        return list(self._choose(version))

    def _void(self, version: Version) -> list[Switch]:
        version.voided = True
        self._touched[version.root] = version
        return list(self._choose(version))

    def _correct(self, version: Version, arrival: Arrival) -> list[Switch]:
        """Let a correction speak for its chain, on its own ground, in its target's place.

        Under another identifier it has no place to keep: it comes after what was there before.
        """
        new = first_version(arrival)
        switches = [Switch(version.head, on=False)] if version.counts else []
        version.counts = False
        self._superseded.append(version.head)
        renamed = version.identity != new.identity
        left = self._drop(version)
        version.head, version.head_id, version.identity = new.head, new.head_id, new.identity
        version.rank = new.rank
        if renamed:
            self._touched.pop(version.root, None)
            version.root = new.root
        self._touched[version.root] = version
        self._add(version)
        switches += self._choose(version)
        if renamed and left:
            switches += self._choose(left[0])
        return switches

    def _add(self, version: Version) -> None:
        self._by_head[version.head_id] = version
        if version.identity is not None:
            self._by_identity[version.identity].append(version)

    def _drop(self, version: Version) -> list[Version]:
        """Forget a version under its name, and return those that are left there."""
        del self._by_head[version.head_id]
        if version.identity is None:
            return []
        left = self._by_identity[version.identity]
        left.remove(version)
        return left

    def _choose(self, version: Version) -> Iterator[Switch]:
        """Make the choice again among a version and the others of its identifier."""
        among = [version] if version.identity is None else self._by_identity[version.identity]
        alive = (one for one in among if not one.voided)
        best = min(alive, key=lambda one: (one.rank, one.root), default=None)
        for one in among:
            should = not one.voided and (one.rank == _CLAIM or _is_chosen(one, best))
            if one.counts != should:
                one.counts = should
                self._touched[one.root] = one
                yield Switch(one.head, should)


def arrival_of(event: Event) -> Arrival:
    """Return what the choice needs of an event."""
    statement = event.statement
    row, corrects = EVENT_TYPES[statement.type], statement.corrects
    voided = statement.data.target.id if isinstance(statement.data, EventVoided) else None
    return Arrival(
        index=event.index,
        id=statement.id,
        identity=row.opened(statement.data),
        party=statement.asserted_by.lower(),
        rank=RANK[statement.basis],
        updates=row.updates,
        voids=voided,
        corrects=None if corrects is None else corrects.id,
    )


def first_version(arrival: Arrival) -> Version:
    """Return the version that an event alone is."""
    return Version(
        root=arrival.index,
        head=arrival.index,
        head_id=arrival.id,
        identity=arrival.identity,
        party=arrival.party,
        rank=arrival.rank,
        updates=arrival.updates,
    )


def _is_chosen(version: Version, best: Version | None) -> bool:
    if version is best:
        return True
    return version.updates and best is not None and version.party == best.party
