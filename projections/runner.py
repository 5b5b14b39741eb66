"""From the log to the read models: catch up, or rebuild from nothing, to the same rows.

Entries are applied in pages. A page and the position after it are one transaction, so a crash
leaves a good file that stands at an earlier position; going on is the same code as starting.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from ledger.collector import seldom_collected
from ledger.entry import Event, disposed_document, target_of
from ledger.errors import Unavailable
from ledger.events import EVENT_TYPES
from ledger.events.assurance import InspectionPerformed
from projections import entries
from projections.books.reducer import Version
from projections.page import Page
from projections.sightings import Sightings, read_sightings
from projections.units import MISSING, Manifest, manifests, read_manifest
from projections.view import View

PAGE_ENTRIES = 1_000
BULK_ENTRIES = 20_000
"""From here on, and where more is new than old, indexes are faster made at the end."""

_POSITIONS = "SELECT id, idx FROM event WHERE id IN (SELECT value FROM json_each(?))"
_VERSIONS = """
    SELECT v.root_idx, v.head_idx, e.id, e.opened, e.asserted_by, v.rank, e.type, v.counts, v.voided
    FROM json_each(?) AS wanted
    CROSS JOIN event AS e ON e.{column} = wanted.value
    CROSS JOIN version AS v ON v.head_idx = e.idx"""


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


def catch_up(view: View, log: Log, progress: Callable[[int, int], None] | None = None) -> int:
    """Apply what the log has beyond the view, and manifests that arrived late.

    A view of another ledger, of another history or ahead of the log is thrown away first.

    Args:
        view: an open read-model file.
        log: the log.
        progress: called after each page with (entries in the view, entries in the log).

    Returns:
        How many entries were applied.

    Raises:
        Unavailable: LOG-INCOMPLETE when the log does not give an entry that it claims to have;
            VIEW-BUSY, VIEW-FAILED.
    """
    if not _is_prefix(view, log):
        view.reset()
    new = log.size - view.position.next_idx
    if new >= max(BULK_ENTRIES, view.position.next_idx):
        view.drop_indexes()
    applied = 0
    with seldom_collected():
        while taken := _apply_page(view, log):
            applied += taken
            if progress is not None:
                progress(view.position.next_idx, log.size)
    _retry_manifests(view, log)
    view.build_indexes()
    return applied


def rebuild(view: View, log: Log, progress: Callable[[int, int], None] | None = None) -> int:
    """Throw the rows away and apply the whole log; otherwise as `catch_up`."""
    view.reset()
    return catch_up(view, log, progress)


def _is_prefix(view: View, log: Log) -> bool:
    at = view.position
    if at.next_idx == 0:
        return True
    return (
        at.origin == log.origin
        and at.next_idx <= log.size
        and at.root == log.root_at(at.next_idx).hex()
    )


def _apply_page(view: View, log: Log) -> int:
    """Apply the next page in one transaction and return how many entries it had."""
    with view.writing() as connection:
        start = view.position.next_idx  # read under the lock: another process may have gone on
        stop = min(start + PAGE_ENTRIES, log.size)
        if start >= stop:
            return 0
        apply_events(connection, log, _read(log, start, stop))
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
    known, positions = _known(connection, events)
    page = Page(log.zone, known, positions, lambda index: _read(log, index, index + 1)[0])
    for event in events:
        page.add(event)
    _write(connection, page)
    for event in events:
        for sha256 in manifests(event):
            _feed(connection, log, event, sha256)
    for sha256 in filter(None, (disposed_document(event.statement) for event in events)):
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


def _known(
    connection: sqlite3.Connection, events: Iterable[Event]
) -> tuple[list[Version], dict[str, int]]:
    """Return what a page must know: the versions that it can touch, and where its targets are."""
    targets: set[str] = set()
    identities: set[str] = set()
    for event in events:
        statement = event.statement
        named = target_of(statement)
        if named is not None:
            targets.add(named.id)
        opened = EVENT_TYPES[statement.type].opened(statement.data)
        if opened is not None:
            identities.add(opened)
    positions = dict(connection.execute(_POSITIONS, (json.dumps(sorted(targets)),)))
    by_head = {one.head: one for one in _versions(connection, "id", targets)}
    identities.update(one.identity for one in by_head.values() if one.identity is not None)
    by_head |= {one.head: one for one in _versions(connection, "opened", identities)}
    return list(by_head.values()), positions


def _versions(
    connection: sqlite3.Connection, column: str, values: Iterable[str]
) -> Iterator[Version]:
    sql = _VERSIONS.format(column=column)
    for row in connection.execute(sql, (json.dumps(sorted(values)),)):
        root, head, head_id, opened, party, rank, event_type, counts, voided = row
        yield Version(
            root=root,
            head=head,
            head_id=head_id,
            identity=opened,
            party=party.lower(),
            rank=rank,
            updates=EVENT_TYPES[event_type].updates,
            counts=bool(counts),
            voided=bool(voided),
        )


def _write(connection: sqlite3.Connection, page: Page) -> None:
    for table, rows in page.rows.items():
        _insert(connection, (table,), rows)
    for target, rows in page.subjects.items():
        _insert(connection, target, rows)
    page.posted.write(connection)
    superseded, versions = page.versions()
    connection.executemany("DELETE FROM version WHERE head_idx = ?", superseded)
    connection.executemany("INSERT OR REPLACE INTO version VALUES (?, ?, ?, ?, ?)", versions)
    connection.executemany("INSERT INTO counting VALUES (?, ?, NULL)", page.started)
    connection.executemany(
        "UPDATE counting SET to_idx = ?2 WHERE event_idx = ?1 AND to_idx IS NULL AND from_idx < ?2",
        page.stopped,
    )


def _insert(
    connection: sqlite3.Connection, target: tuple[str, ...], rows: Sequence[tuple[object, ...]]
) -> None:
    """Insert rows into (table, column …), or into all columns where none is named.

    What a table holds already (one party signing with two keys) is left as it is.
    """
    if not rows:
        return
    table, *columns = target
    named = f" ({', '.join(columns)})" if columns else ""
    values = ", ".join("?" * len(rows[0]))
    sql = f"INSERT OR IGNORE INTO {table}{named} VALUES ({values})"  # noqa: S608  our own names
    connection.executemany(sql, rows)


def _feed(connection: sqlite3.Connection, log: Log, event: Event, sha256: str) -> None:
    """Read a manifest of an event into `unit`, an inspection's list into `sighting`.

    How that went is written down.
    """
    content = log.document(sha256)
    found: Manifest | Sightings
    rows: list[tuple[object, ...]]
    if isinstance(event.statement.data, InspectionPerformed):
        found = read_sightings(sha256, content)
        rows = [(*one, event.index) for one in found.rows]
        _insert(connection, ("sighting",), rows)
    else:
        found = read_manifest(event, sha256, content)
        valid_at, _ = entries.valid(event.statement.occurred, log.zone)
        rows = [(*one, event.index, valid_at) for one in found.units]
        _insert(connection, ("unit",), rows)
    connection.execute(
        "INSERT OR REPLACE INTO manifest VALUES (?, ?, ?, ?, ?)",
        (event.index, sha256, len(rows), found.skipped, found.problem),
    )


def _feed_again(connection: sqlite3.Connection, log: Log, sha256: str) -> None:
    """Forget what a document said that was given up: read again the events whose manifest it is."""
    found = connection.execute("SELECT event_idx FROM manifest WHERE sha256 = ?", (sha256,))
    indexes = [index for (index,) in found.fetchall()]
    if indexes:
        connection.execute("PRAGMA secure_delete = ON")  # what it said goes from the file too
    for index in indexes:
        for table in ("unit", "sighting"):
            connection.execute(f"DELETE FROM {table} WHERE event_idx = ?", (index,))  # noqa: S608  our own names
        (event,) = _read(log, index, index + 1)
        for one in manifests(event):
            _feed(connection, log, event, one)


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
                _feed(connection, log, _read(log, index, index + 1)[0], sha256)
