"""What was made of a run of entries, written into the read models: in order, in one place."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import EVENT_TYPES
from projections.books.reducer import Version
from projections.made import Fed, Made, Values
from projections.page import Page

_POSITIONS = "SELECT id, idx FROM event WHERE id IN (SELECT value FROM json_each(?))"
_VERSIONS = """
    SELECT v.root_idx, v.head_idx, e.id, e.opened, e.asserted_by, v.rank, e.type, v.counts, v.voided
    FROM json_each(?) AS wanted
    CROSS JOIN event AS e ON e.{column} = wanted.value
    CROSS JOIN version AS v ON v.head_idx = e.idx"""


def apply_made(
    connection: sqlite3.Connection, made: Made, zone: ZoneInfo, read: Callable[[int], Event]
) -> None:
    """Write the rows of the next events, in a transaction that the caller holds.

    Args:
        connection: a view's, with all events before these applied.
        made: what comes next.
        zone: the ledger's time zone.
        read: returns an event of these, or an earlier one, by its position.
    """
    known, positions = _known(connection, made)
    page = Page(made, zone, known, positions, read)
    for table, rows in made.rows.items():
        _insert(connection, (table,), rows)
    _insert(connection, ("event",), page.events)
    _insert(connection, ("signature",), page.signatures)
    for target, rows in made.subjects:
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
    for one in made.fed:
        write_fed(connection, one)


def write_fed(connection: sqlite3.Connection, fed: Fed) -> None:
    """Write what a manifest says, and how reading it went."""
    _insert(connection, (fed.table,), fed.rows)
    connection.execute(
        "INSERT OR REPLACE INTO manifest VALUES (?, ?, ?, ?, ?)",
        (fed.event_idx, fed.sha256, len(fed.rows), fed.skipped, fed.problem),
    )


def _known(connection: sqlite3.Connection, made: Made) -> tuple[list[Version], dict[str, int]]:
    """Return what a page must know: the versions that it can touch, and where its targets are."""
    targets = set(made.targets.values())
    identities = {one.identity for one in made.arrivals if one.identity is not None}
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


def _insert(
    connection: sqlite3.Connection, target: tuple[str, ...], rows: Sequence[Values]
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
