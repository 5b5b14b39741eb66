"""Which entries belong to a selection: those asked for, and what no reader may miss beside them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.entry import Event, targets_of
from ledger.events.event_type import named

TOLD_OF = frozenset({"authorization", "batch", "certification", "lease", "model", "site"})
"""Kinds of names whose meaning goes along with an event that names them."""


class Findable(Protocol):
    """A log whose entries are found by tag."""

    @property
    def size(self) -> int:
        """Number of entries."""
        ...

    def event(self, index: int) -> Event:
        """Return the event at a position."""
        ...

    def tagged(self, tag: str) -> list[Event]:
        """Return the events that carry a tag, by position."""
        ...


class Prover(Protocol):
    """A log that proves what it held."""

    def prove_many(self, indexes: Iterable[int], size: int) -> list[tuple[bytes, ...]]:
        """Return the inclusion proofs of entries in the tree of `size` entries."""
        ...

    def prove_consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the first `old` entries are a prefix of the first `new`."""
        ...

    def root_at(self, size: int) -> bytes:
        """Return the root over the first `size` entries."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a log.

    Attributes:
        asked: texts that say what was asked for, such as `batch:b-01`.
        positions: those of the entries that go along, ascending.
        earlier: sizes from which the reader wants to see that the log was continued.
        log: makes the proofs.
    """

    asked: Collection[str]
    positions: Sequence[int]
    earlier: Collection[int]
    log: Prover


def with_what_belongs(log: Findable, chosen: Iterable[int], size: int) -> list[int]:
    """Return these positions with everything that a selection of them must hold, ascending.

    That is: entry 0, the control chain and the last entry, which show whose word counted when and
    that nothing was voided, corrected or revoked behind the reader's back; every event that one of
    them corrects, voids, signs, answers or adds to, and every event that does so to one of them.

    Args:
        log: where they are found.
        chosen: positions.
        size: of the log at the moment it is taken at; what came later is left out.
    """
    always = {0, size - 1, *(event.index for event in log.tagged("control:1"))}
    found: set[int] = set()
    waiting = [index for index in chosen if index < size]
    context = {one for index in waiting for one in _told_of(log, log.event(index))}
    waiting += [index for index in context if index < size]
    while waiting:
        index = waiting.pop()
        if index not in found:
            found.add(index)
            waiting += (one for one in _neighbours(log, log.event(index)) if one < size)
    # What a control entry is about is shown with it: a void without its target says nothing.
    for index in sorted(one for one in always if one < size):
        found.add(index)
        found.update(one for one in _targets(log, log.event(index)) if one < size)
    return sorted(found)


def _neighbours(log: Findable, event: Event) -> Iterator[int]:
    yield from _targets(log, event)
    yield from (one.index for one in log.tagged(f"target:{event.statement.id}"))


def _told_of(log: Findable, event: Event) -> Iterator[int]:
    """Yield what says what the things are that an event names."""
    for kind, value in named(event.statement.data):
        if kind in TOLD_OF:
            yield from (one.index for one in log.tagged(f"opens:{kind}/{value.lower()}"))


def _targets(log: Findable, event: Event) -> Iterator[int]:
    for target in targets_of(event.statement):
        yield from (one.index for one in log.tagged(f"id:{target.id}")[:1])
