"""From the log to the read models: catch up, or rebuild from nothing, to the same rows.

Entries are applied in pages. A page and the position after it are one transaction, so a crash
leaves a good file that stands at an earlier position; going on is the same code as starting.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from ledger.collector import seldom_collected
from ledger.entry import Event
from ledger.errors import Unavailable
from projections.applying import apply_made, write_fed
from projections.made import Made, fed, make
from projections.making import Engine, made_elsewhere
from projections.units import MISSING, manifests
from projections.view import View

PAGE_ENTRIES = 1_000
BULK_ENTRIES = 20_000
"""From here on, and where more is new than old, indexes are faster made at the end."""


class Log(Protocol):
    """A log to project, read forward. Whoever hands it over has verified it, or opened it live."""

    @property
    def size(self) -> int:
        """Number of entries."""
        ...

    @property
    def origin(self) -> str:
        """Name of the ledger."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """Time zone in which dates without a time are read."""
        ...

    def read(self, start: int, stop: int) -> Iterator[Event]:
        """Yield the events start to stop - 1."""
        ...

    def holds(self, start: int, stop: int) -> Sequence[int]:
        """Return the positions from start to stop - 1 that it holds, ascending."""
        ...

    def document(self, sha256: str) -> bytes | None:
        """Return a document's bytes, or None where they are absent."""
        ...

    def root_at(self, size: int) -> bytes:
        """Return the root hash of the first `size` entries; Unavailable: PROOF-ABSENT."""
        ...


def catch_up(
    view: View,
    log: Log,
    progress: Callable[[int, int], None] | None = None,
    *,
    workers: int | Engine | None = None,
) -> int:
    """Apply what the log has beyond the view, and manifests that arrived late.

    A view of another ledger, of another history or ahead of the log is thrown away first.

    Args:
        view: an open read-model file.
        log: the log.
        progress: called after each page with (entries in the view, entries in the log).
        workers: who makes rows, where the log can be opened again: so many processes beside this
            one, which writes them, or an engine; None: processes, where they are worth their start.

    Returns:
        How many entries were applied.

    Raises:
        Unavailable: LOG-INCOMPLETE when the log does not give an entry that it claims to have;
            WORKERS-FAILED; VIEW-BUSY, VIEW-FAILED.
    """
    if not _is_prefix(view, log):
        view.reset()
    new = log.size - view.position.next_idx
    if new >= max(BULK_ENTRIES, view.position.next_idx):
        view.drop_indexes()
    applied = 0
    span = range(view.position.next_idx, log.size)
    with seldom_collected(), made_elsewhere(log, span, PAGE_ENTRIES, workers) as ready:
        while taken := _apply_page(view, log, next(ready, None)):
            applied += taken
            if progress is not None:
                progress(view.position.next_idx, log.size)
    _retry_manifests(view, log)
    view.build_indexes()
    return applied


def rebuild(
    view: View,
    log: Log,
    progress: Callable[[int, int], None] | None = None,
    *,
    workers: int | Engine | None = None,
) -> int:
    """Throw the rows away and apply the whole log; otherwise as `catch_up`."""
    view.reset()
    return catch_up(view, log, progress, workers=workers)


def _is_prefix(view: View, log: Log) -> bool:
    at = view.position
    if at.next_idx == 0:
        return True
    return (
        at.origin == log.origin
        and at.next_idx <= log.size
        and at.root == log.root_at(at.next_idx).hex()
    )


def _apply_page(view: View, log: Log, made: Made | None = None) -> int:
    """Apply the next page in one transaction and return how many entries it had.

    What was made elsewhere counts where it is of that page: another process may have gone on.
    """
    with view.writing() as connection:
        start = view.position.next_idx  # read under the lock: another process may have gone on
        stop = min(start + PAGE_ENTRIES, log.size)
        if start >= stop:
            return 0
        if made is None or (made.start, made.stop) != (start, stop):
            made = make(range(start, stop), _read(log, start, stop), log.zone, log.document)
        _apply(connection, log, made, lambda index: _one(log, index))
        connection.execute(
            "UPDATE position SET next_idx = ?, origin = ?, root = ?",
            (stop, log.origin, _root(log, stop)),
        )
    return stop - start


def apply_events(connection: sqlite3.Connection, log: Log, events: Sequence[Event]) -> None:
    """Write the rows of the next events, in a transaction that the caller holds.

    Args:
        connection: a view's, with all events before these applied.
        log: where earlier events and documents are read.
        events: what comes next.
    """
    if not events:
        return
    there = {event.index: event for event in events}
    span = range(events[0].index, events[-1].index + 1)
    made = make(span, events, log.zone, log.document)
    _apply(connection, log, made, lambda index: there.get(index) or _one(log, index))


def _apply(
    connection: sqlite3.Connection, log: Log, made: Made, read: Callable[[int], Event]
) -> None:
    apply_made(connection, made, log.zone, read)
    for sha256 in made.disposed:
        _feed_again(connection, log, sha256)


def _root(log: Log, size: int) -> str:
    """Return the root at a size in hex, empty where a selection does not show it."""
    try:
        return log.root_at(size).hex()
    except Unavailable as error:
        if error.code != "PROOF-ABSENT":
            raise
        return ""


def _read(log: Log, start: int, stop: int) -> list[Event]:
    events = list(log.read(start, stop))
    if [event.index for event in events] != list(log.holds(start, stop)):
        raise Unavailable(
            "LOG-INCOMPLETE",
            f"the log does not give all of the entries {start} to {stop - 1}",
            hint="verify the ledger",
        )
    return events


def _one(log: Log, index: int) -> Event:
    (event,) = _read(log, index, index + 1)
    return event


def _feed_again(connection: sqlite3.Connection, log: Log, sha256: str) -> None:
    """Forget what a document said that was given up: read again the events whose manifest it is."""
    found = connection.execute("SELECT event_idx FROM manifest WHERE sha256 = ?", (sha256,))
    indexes = [index for (index,) in found.fetchall()]
    if indexes:
        connection.execute("PRAGMA secure_delete = ON")  # what it said goes from the file too
    for index in indexes:
        for table in ("unit", "sighting"):
            connection.execute(f"DELETE FROM {table} WHERE event_idx = ?", (index,))  # noqa: S608  our own names
        event = _one(log, index)
        for one in manifests(event):
            write_fed(connection, fed(event, one, log.document(one), log.zone))


def _retry_manifests(view: View, log: Log) -> None:
    """Read the manifests whose documents were absent when their events were applied."""
    missing = "SELECT event_idx, sha256 FROM manifest WHERE problem = ?"
    for row in list(view.rows(missing, (MISSING,))):
        index, sha256 = int(str(row["event_idx"])), str(row["sha256"])
        if log.document(sha256) is None:
            continue
        with view.writing() as connection:
            # read again under the lock: another process may have been faster
            still = f"{missing} AND event_idx = ? AND sha256 = ?"
            if connection.execute(still, (MISSING, index, sha256)).fetchone():
                event = _one(log, index)
                write_fed(connection, fed(event, sha256, log.document(sha256), log.zone))
