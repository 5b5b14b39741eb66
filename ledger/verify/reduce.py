"""The reduce pass: what only the order of all entries shows, in one sequential sweep."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence

from ledger.entry import Event
from ledger.errors import LedgerError
from ledger.history import Recorded, check, summarize
from ledger.verify.chunk import Brief, ChunkResult, mark_of
from ledger.verify.report import Mark

ReadEvent = Callable[[int], Event]


class Reducer:
    """Takes chunk results in order of position, and marks what contradicts an earlier entry."""

    def __init__(self, read: ReadEvent) -> None:
        self.marks: list[Mark] = []
        self.newest_control = 0
        self.recorded_at = ""
        self.first_recorded_at: str | None = None
        self.seen: dict[tuple[int, str], int] = {}
        self.documents: dict[str, int | None] = {}
        self._read = read
        self._ids: dict[bytes, int] = {}
        self._openers: dict[str, list[int]] = {}
        self._successors: dict[bytes, int] = {}
        self._keys: dict[tuple[str, str], int] = {}

    def take(self, result: ChunkResult) -> None:
        """Fold in the next chunk."""
        self.marks += result.marks
        self.documents.update(result.documents)
        for index, brief in enumerate(result.briefs, result.start):
            if brief is not None:
                self.marks += self._judge(index, brief)

    def _judge(self, index: int, brief: Brief) -> Iterator[Mark]:
        if brief.control != self.newest_control:
            yield Mark("CONTROL-CHAIN", index, str(self.newest_control), str(brief.control))
        if brief.is_control:
            self.newest_control = index
        if brief.recorded_at < self.recorded_at:
            yield Mark("CLOCK-BACKWARDS", index, f"{self.recorded_at} or later", brief.recorded_at)
        self.first_recorded_at = self.first_recorded_at or brief.recorded_at
        self.recorded_at = max(self.recorded_at, brief.recorded_at)
        yield from self._judge_history(index, brief)
        if brief.seen is not None:
            if brief.seen[0] > index:
                yield Mark("SEEN-AHEAD", index, f"at most {index} entries", str(brief.seen[0]))
            self.seen.setdefault(brief.seen, index)
        self._remember(index, brief)

    def _judge_history(self, index: int, brief: Brief) -> Iterator[Mark]:
        first = self._ids.get(brief.id)
        if first is not None:
            yield Mark("ID-REPEATED", index, "an id of its own", f"the id of entry {first}")
            return
        if brief.idempotency is not None and brief.idempotency in self._keys:
            yield Mark("IDEMPOTENCY-REUSED", index, "a new key", brief.idempotency[1])
        opened_before = brief.opened is not None and brief.opened[0] in self._openers
        if not opened_before and brief.target is None:
            return
        try:
            check(self._read(index).statement, self)
        except LedgerError as error:
            yield mark_of(error, index)

    def _remember(self, index: int, brief: Brief) -> None:
        self._ids.setdefault(brief.id, index)
        if brief.opened is not None:
            self._openers.setdefault(brief.opened[0], []).append(index)
        if brief.replaces and brief.target is not None:
            self._successors.setdefault(brief.target, index)
        if brief.idempotency is not None:
            self._keys.setdefault(brief.idempotency, index)

    # What `ledger.history.Past` asks for; entries are read again, as few are ever named.

    def by_id(self, identifier: str) -> Recorded | None:
        """Return the event with this id."""
        return self._recorded(self._ids.get(uuid.UUID(identifier).bytes))

    def openers(self, opened: str) -> Sequence[Recorded]:
        """Return the events that opened an identifier, oldest first."""
        return [summarize(self._read(index)) for index in self._openers.get(opened, ())]

    def successor(self, identifier: str) -> Recorded | None:
        """Return the correction or void that names this event, or None."""
        return self._recorded(self._successors.get(uuid.UUID(identifier).bytes))

    def with_key(self, party: str, key: str) -> Recorded | None:
        """Return the event that this party recorded under an idempotency key, or None."""
        return self._recorded(self._keys.get((party.lower(), key)))

    def _recorded(self, index: int | None) -> Recorded | None:
        return None if index is None else summarize(self._read(index))


def judge_seen(seen: Mapping[tuple[int, str], int], roots: Mapping[int, bytes]) -> Iterator[Mark]:
    """Mark each signer that had verified another history than this one."""
    for (size, root), index in sorted(seen.items()):
        actual = roots[size].hex() if size in roots else root  # beyond the log is marked already
        if actual != root:
            yield Mark("SEEN-DIFFERS", index, f"root {actual} at {size}", root)
