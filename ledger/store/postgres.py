"""The ledger in a PostgreSQL database: its statements.

The same tables and promises as in SQLite. Writers wait for each other at the one row of `tree`,
and readers for nobody. There are no table locks, sequences, advisory locks or notifications, and
many rows come as arrays: the same statements suit databases that speak PostgreSQL's protocol.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, LiteralString, Self, TypeVar

from ledger.errors import LedgerError
from ledger.log.tiles import FullTileReader, Tile
from ledger.place import Roles, Server
from ledger.store import postgres_schema
from ledger.store import postgres_statements as sql
from ledger.store.postgres_connection import Connections, Values
from ledger.store.postgres_refusals import is_serialization_failure
from ledger.store.postgres_transaction import PostgresTransaction
from ledger.store.reader import Anchor, Head, StoredEntry, only_row
from ledger.store.recorder import LedgerRecorder
from ledger.store.transaction import Transaction

T = TypeVar("T")

_PAGE: Final = 1_000
_LEAF_PAGE: Final = 10_000
_TAG_PAGE: Final = 10_000
_ATTEMPTS: Final = 8
_FIRST_WAIT_SECONDS: Final = 0.01

_TreeRow = tuple[int, bytes, str, int, bytes, str]
_TREE_ROW: Final[type[_TreeRow]] = tuple[int, bytes, str, int, bytes, str]


class PostgresRecorder(LedgerRecorder):
    """A ledger in a PostgreSQL database."""

    def __init__(self, connections: Connections) -> None:
        self._db = connections
        self._tiles_of = 0
        super().__init__()

    @classmethod
    def create(cls, url: str, roles: Roles | None = None) -> Self:
        """Make a new ledger in a database that has none; the role that connects owns it.

        Raises:
            Conflict: STORE-EXISTS; nothing is ever overwritten.
            Unavailable: STORE-UNREADABLE, STORE-READONLY, STORE-NOT-DURABLE, ROLE-UNKNOWN.
            Malformed: URL, URL-PASSWORD, STORE-ENCODING.
        """
        connections = Connections(url, readonly=False)
        try:
            postgres_schema.create_tables(connections, roles or Roles())
        except BaseException:
            connections.close()
            raise
        return cls(connections)

    @classmethod
    def open(cls, url: str, *, readonly: bool = False) -> Self:
        """Open an existing ledger; with `readonly` also as a role that may only read.

        Raises:
            Unavailable: STORE-UNREADABLE, STORE-NEWER, STORE-NOT-DURABLE.
            Malformed: URL, URL-PASSWORD, STORE-NOT-A-LEDGER.
            Tampered: STORE-SCHEMA, STORE-CORRUPT.
        """
        connections = Connections(url, readonly=readonly)
        try:
            postgres_schema.require_ledger(connections, readonly=readonly)
        except BaseException:
            connections.close()
            raise
        return cls(connections)

    @staticmethod
    def discard(url: str) -> None:
        """Take away the tables that `create` just made, where making a ledger of them failed."""
        with suppress(LedgerError):  # what is told is why it failed before
            connections = Connections(url, readonly=False)
            try:
                postgres_schema.drop_tables(connections)
            finally:
                connections.close()

    def close(self) -> None:
        """Close the connections; closing again does nothing."""
        self._db.close()

    def backup(self, path: Path) -> None:
        """Copy the ledger, as it is at the first look, into a new SQLite file."""
        from ledger.store.copying import copy_into_file  # noqa: PLC0415  it needs both stores

        copy_into_file(self, path)

    @property
    def connections_made(self) -> int:
        """How many connections were made to a server: the next may be to another one."""
        return self._db.made

    def server(self) -> Server:
        """Return what the server says of itself."""
        [row] = self._db.query(tuple[str, bool, bool, str, str], sql.SERVER)
        return Server(*row)

    def transact(self, work: Callable[[Transaction], T], asked: Sequence[str] = ()) -> T:
        """Run `work` in one write transaction; see `LedgerRecorder`.

        Where the server asks for it (40001), or the connection broke before anything was done, the
        same is done once more, from the start.
        """
        for attempt in range(1, _ATTEMPTS):
            try:
                return self._once(work, asked)
            except LedgerError as error:
                if not is_serialization_failure(error) and not self._db.mend():
                    raise
            time.sleep(random.uniform(0, _FIRST_WAIT_SECONDS * 2**attempt))  # noqa: S311  no secret
        return self._once(work, asked)

    def _once(self, work: Callable[[Transaction], T], asked: Sequence[str]) -> T:
        with self._db.transaction():
            transaction = PostgresTransaction(self, self._db, *self._locked(asked))
            result = work(transaction)
            transaction.require_sealed()
        return result

    def tree_row(self) -> tuple[int, bytes, str, int, bytes]:
        """Return size, frontier, recorded_at, control and checkpoint as stored."""
        return only_row(self._db.query(_TREE_ROW, sql.TREE), self._db.where)[:-1]

    def _locked(self, asked: Sequence[str]) -> tuple[Head, frozenset[str]]:
        """Take the lock, and return the tree and those of the tags asked that the store lacks.

        Both questions go out at once; the second is answered by what is there under the lock.
        """
        tree = self._db.ask(sql.TREE_LOCKED)
        tags = self._db.ask(sql.PRESENT, (list(asked),)) if asked else None
        row = only_row(self._db.told(_TREE_ROW, tree), self._db.where)
        self._db.require_durable(row[-1])
        head = self._head_of(*row[:-1])
        found = [] if tags is None else self._db.told(tuple[str], tags)
        return head, frozenset(asked).difference(tag for (tag,) in found)

    def hashes(self, level: int, n: int, width: int) -> bytes:
        """Return the first `width` hashes of a tile; see `LedgerReader`.

        What a transaction sees of its own tiles is not remembered: others may be asking meanwhile.
        Nor is what another server said.
        """
        if self._db.has_written:
            return self._tile_reader().hashes(level, n, width)
        if self._tiles_of != self._db.made:
            self._tiles_of = self._db.made
            self._forget_tiles()
        return super().hashes(level, n, width)

    def entries(self, start: int, stop: int) -> Iterator[StoredEntry]:
        """Yield the entries start to stop - 1 in order, a thousand a read."""
        while start < stop and (
            page := self._db.query(StoredEntry, sql.ENTRIES, (start, stop, _PAGE))
        ):
            yield from page
            start = page[-1].index + 1

    def tagged(self, tag: str, start: int = 0) -> list[StoredEntry]:
        """Return the entries from index `start` on that carry this tag, ascending."""
        return self._db.query(StoredEntry, sql.TAGGED, (tag, start))

    def present_tags(self, tags: Iterable[str]) -> frozenset[str]:
        """Return those of these tags that some entry carries, in one read."""
        found = self._db.query(tuple[str], sql.PRESENT, (sorted(tags),))
        return frozenset(tag for (tag,) in found)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the leaf hashes start to stop - 1 in order."""
        while start < stop and (
            page := self._db.query(tuple[int, bytes], sql.LEAVES, (start, stop, _LEAF_PAGE))
        ):
            yield from (leaf for _, leaf in page)
            start = page[-1][0] + 1

    def full_tile(self, level: int, n: int) -> bytes | None:
        """Return the 256 hashes of a full tile, or None when none is stored."""
        return self._cell(sql.TILE, (level, n))

    def all_tiles(self) -> Iterator[Tile]:
        """Yield every stored tile, level by level."""
        last = (-(2**63), -(2**63))
        while page := self._db.query(Tile, sql.TILES, (*last, _PAGE)):
            yield from page
            last = page[-1][:2]

    def all_tags(self, start: int, stop: int) -> Iterator[tuple[int, str]]:
        """Yield (index, tag) of the entries start to stop - 1, ordered by tag, then index."""
        index, tag = -(2**63), ""
        while page := self._db.query(
            tuple[int, str], sql.TAGS, (tag, index, start, stop, _TAG_PAGE)
        ):
            yield from page
            index, tag = page[-1]

    def tag_count(self) -> int:
        """Return the number of rows in the tag index."""
        [(count,)] = self._db.query(tuple[int], "SELECT count(*) FROM chipledger.entry_tag")
        return count

    def present_documents(self, names: Iterable[str]) -> frozenset[str]:
        """Return those of these digests of which a document is stored, in one read."""
        found = self._db.query(tuple[str], sql.PRESENT_DOCUMENTS, (sorted(names),))
        return frozenset(name for (name,) in found)

    def document(self, sha256_hex: str) -> bytes | None:
        """Return a document's bytes as stored, or None."""
        return self._cell(sql.DOCUMENT, (sha256_hex,))

    def some_documents(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the bytes of those of these documents that are stored, in one read."""
        return dict(self._db.query(tuple[str, bytes], sql.SOME_DOCUMENTS, (list(names),)))

    def documents(self) -> list[tuple[str, int]]:
        """Return (hex SHA-256, size in bytes) of every document, ordered by digest."""
        return self._db.query(tuple[str, int], sql.DOCUMENTS)

    def anchors(self) -> list[Anchor]:
        """Return the checkpoints that were shown outside, ordered by size, note and token."""
        return self._db.query(Anchor, sql.ANCHORS)

    def matching(
        self, types: Sequence[str], tags: Sequence[str], start: int, limit: int | None
    ) -> list[int]:
        """Return the first indexes from `start` on with one of the types and all of the tags."""
        wanted = list(types)
        statement: LiteralString = sql.BY_TYPES
        values: Values = (start, wanted, wanted, limit)
        if tags:
            distinct = sorted(set(tags))
            statement = sql.BY_TAGS_AND_TYPES
            values = (distinct, start, len(distinct), wanted, wanted, limit)
        return [index for (index,) in self._db.query(tuple[int], statement, values)]

    def with_tags(self, indexes: Sequence[int]) -> list[tuple[StoredEntry, list[str]]]:
        """Return these entries in order, each with its tags, sorted."""
        chosen = (list(indexes),)
        tags: dict[int, list[str]] = {index: [] for index in indexes}
        for index, tag in self._db.query(tuple[int, str], sql.CHOSEN_TAGS, chosen):
            tags[index].append(tag)
        entries = self._db.query(StoredEntry, sql.CHOSEN_ENTRIES, chosen)
        return [(entry, tags[entry.index]) for entry in entries]

    def _tile_reader(self) -> FullTileReader:
        return FullTileReader(
            self.full_tile, lambda start, stop: b"".join(self.leaves(start, stop))
        )

    def _cell(self, statement: LiteralString, values: Values) -> bytes | None:
        for (cell,) in self._db.query(tuple[bytes], statement, values):
            return cell
        return None
