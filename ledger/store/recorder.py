"""What every database under the ledger offers, and the ledger as a `DCBRecorder` (eventsourcing).

A dynamic consistency boundary is one sequence of events, each under many tags, and an append that
may depend on what those tags already hold. Its *position* is our index + 1, which is translated in
this file and nowhere else; `data` is opaque.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from threading import Event
from typing import Self, TypeVar

from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBReadResponse,
    DCBRecorder,
    DCBSequencedEvent,
    DCBSubscription,
)
from eventsourcing.persistence import IntegrityError

from ledger.errors import Conflict, Malformed, Refused
from ledger.place import Server
from ledger.store.reader import Anchor, LedgerReader
from ledger.store.transaction import NewEntry, Transaction

T = TypeVar("T")

_POLL_SECONDS = 0.1
# Tags are found by tag, not by entry: each page of events costs one pass over the tag index.
_READ_PAGE = 10_000


class AppendConditionFailed(Conflict, IntegrityError):  # noqa: N818  as its family
    """An event that the append condition excludes is already recorded."""


class LedgerRecorder(LedgerReader, DCBRecorder):
    """One ledger in one database: reading, and the one way to write."""

    @property
    def connections_made(self) -> int:
        """How many connections were made to a server: the next may be to another one; 0: a file."""
        return 0

    def server(self) -> Server | None:
        """Return what the server says of itself; None for a file."""
        return None

    @abstractmethod
    def transact(self, work: Callable[[Transaction], T], asked: Sequence[str] = ()) -> T:
        """Run `work` in one write transaction, and return its result once that is durable.

        Writers wait for each other. When `work` raises, nothing of it remains. It must seal what it
        appends, and must not call `transact`.

        Args:
            work: is given the transaction.
            asked: tags that it will ask about; which of them the store has is found out at once.

        Raises:
            Unavailable: STORE-BUSY, STORE-FULL, STORE-READONLY, STORE-UNREADABLE.
            Tampered: STORE-INCONSISTENT when the tables contradict the tree row.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the database; closing again does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add_anchor(self, anchor: Anchor) -> None:
        """Keep a checkpoint that was shown outside; the same one again changes nothing."""
        self.transact(lambda transaction: transaction.add_anchor(anchor))

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> "ReadResponse":
        """Return the events after a position that match one of the query's items, in order."""
        size = self.head().size
        found = self._matching(query, after or 0, limit, size)
        # With a limit the head says how far was read; without one, all that there is was read.
        if limit is None:
            return ReadResponse(self, found, size or None)
        return ReadResponse(self, found, found[-1] + 1 if found else None)

    def append(
        self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None
    ) -> int:
        """Append events and return the last one's position.

        Raises:
            Malformed: EVENTS-NONE without any event.
            AppendConditionFailed: CONDITION-FAILED; also eventsourcing's IntegrityError.
            Refused: CHECKPOINT-NEEDED for a ledger with signed checkpoints, whose entries only the
                application can make.
        """
        if not events:
            raise Malformed("EVENTS-NONE", "there is no event to append")
        entries = [NewEntry(event.type, event.data, tuple(event.tags)) for event in events]

        def work(transaction: Transaction) -> int:
            head = transaction.head
            if head.checkpoint:
                raise Refused(
                    "CHECKPOINT-NEEDED",
                    "this ledger signs each commit, and bare events carry no signature",
                    hint="record signed statements through the ledger's application",
                )
            if condition is not None and self._matching(
                condition.fail_if_events_match, condition.after or 0, 1, head.size
            ):
                raise AppendConditionFailed(
                    "CONDITION-FAILED",
                    "an event that the append condition excludes is already recorded",
                    hint="read again and decide anew",
                )
            transaction.append(entries, recorded_at=head.recorded_at, control=head.control)
            return transaction.seal(lambda _size, _root: b"").size

        return self.transact(work)

    def subscribe(
        self, query: DCBQuery | None = None, *, after: int | None = None
    ) -> "Subscription":
        """Return an iterator over the matching events that waits for new ones until stopped."""
        return Subscription(self, query, after)

    def _matching(
        self, query: DCBQuery | None, position: int, limit: int | None, size: int
    ) -> Sequence[int]:
        """Return the first matching indexes after a position, in a ledger of `size` entries.

        Position p is index p - 1, so what comes after it starts at index p.
        """
        if query is None or not query.items:
            return range(position, size)[:limit]
        found: set[int] = set()
        for item in query.items:
            found.update(self.matching(item.types, item.tags, position, limit))
        # What another writer committed since the size was read belongs to the next look.
        return [index for index in sorted(found)[:limit] if index < size]


class ReadResponse(DCBReadResponse):
    """Events at known indexes, fetched page by page.

    Entries never change, so pages read at different times belong together.
    """

    def __init__(self, recorder: LedgerRecorder, indexes: Sequence[int], head: int | None) -> None:
        self._head = head
        self._events = self._fetch(recorder, indexes)

    @property
    def head(self) -> int | None:
        """The position up to which was read, None when nothing was."""
        return self._head

    def __next__(self) -> DCBSequencedEvent:
        return next(self._events)

    @staticmethod
    def _fetch(recorder: LedgerRecorder, indexes: Sequence[int]) -> Iterator[DCBSequencedEvent]:
        for first in range(0, len(indexes), _READ_PAGE):
            for entry, tags in recorder.with_tags(indexes[first : first + _READ_PAGE]):
                yield DCBSequencedEvent(DCBEvent(entry.type, entry.data, tags), entry.index + 1)


class Subscription(DCBSubscription[LedgerRecorder]):
    """Matching events for ever: it polls the tree row, which costs one small read.

    Notifications would bind the ledger to one database and get lost with a connection.
    """

    def __init__(self, recorder: LedgerRecorder, query: DCBQuery | None, after: int | None) -> None:
        super().__init__(recorder, query, after)
        self._query = query
        self._events: Iterator[DCBSequencedEvent] = iter(())
        self._stopped = Event()

    def stop(self) -> None:
        """End the subscription; a thread that waits in it gets StopIteration."""
        super().stop()
        self._stopped.set()

    def __next__(self) -> DCBSequencedEvent:
        while not self._stopped.is_set():
            event = next(self._events, None)
            if event is not None:
                return event
            if not self._read_on():
                self._stopped.wait(_POLL_SECONDS)
        raise StopIteration

    def _read_on(self) -> bool:
        """Read what was recorded since the last look; return whether there was anything."""
        size = self._recorder.head().size
        if size <= self._last_position:
            return False
        response = self._recorder.read(self._query, after=self._last_position)
        self._events, self._last_position = response, response.head or size
        return True
