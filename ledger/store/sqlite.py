"""The ledger as one SQLite file: its statements.

One connection, one statement at a time: threads may share a recorder, and wait while one of them
writes. Long reads go page by page, so they hold nothing up. Processes, and threads that want to
read while an import runs, open recorders of their own.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self, TypeVar

import msgspec

from ledger.log.tiles import Tile
from ledger.store import schema
from ledger.store.connection import Connection, Values
from ledger.store.reader import Anchor, StoredEntry, only_row
from ledger.store.recorder import LedgerRecorder
from ledger.store.transaction import Batch, Transaction

T = TypeVar("T")

_PAGE = 1_000
_LEAF_PAGE = 10_000
_TAG_PAGE = 10_000

# Verification judges bytes: a cell that somebody rewrote as text is read as its bytes. And it reads
# no more of a cell than one byte beyond what the format allows, so that a page of a hostile file
# costs no more memory than a page of an honest one.
_ENTRY = """entry.idx, iif(length(type) > 99, substr(type, 1, 100), type),
CAST(iif(length(data) > 65535, substr(data, 1, 65536), data) AS BLOB),
CAST(iif(length(leaf) > 32, substr(leaf, 1, 33), leaf) AS BLOB)"""
_ENTRIES = f"""SELECT {_ENTRY} FROM entry
WHERE idx >= ? AND idx < ? ORDER BY idx LIMIT ?"""  # noqa: S608  our own columns
_TAGGED = f"""SELECT {_ENTRY}
FROM entry_tag JOIN entry USING (idx) WHERE tag = ? AND idx >= ? ORDER BY idx"""  # noqa: S608  our own columns
_PRESENT = """SELECT value FROM json_each(?)
WHERE EXISTS (SELECT 1 FROM entry_tag WHERE tag = value)"""
_PRESENT_DOCUMENTS = """SELECT sha256 FROM document
WHERE sha256 IN (SELECT value FROM json_each(?))"""
_LEAVES = """SELECT idx, CAST(iif(length(leaf) > 32, substr(leaf, 1, 33), leaf) AS BLOB) FROM entry
WHERE idx >= ? AND idx < ? ORDER BY idx LIMIT ?"""
_TILE = "SELECT CAST(hashes AS BLOB) FROM tile WHERE level = ? AND n = ?"
_TILES = """SELECT level, n,
CAST(iif(length(hashes) > 8192, substr(hashes, 1, 8193), hashes) AS BLOB) FROM tile
WHERE (level, n) > (?, ?) ORDER BY level, n LIMIT ?"""
_TAGS = """SELECT idx, tag FROM entry_tag
WHERE (tag, idx) > (?, ?) AND idx >= ? AND idx < ? ORDER BY tag, idx LIMIT ?"""
# The wanted types come as a JSON array, twice; an empty one stands for any.
_BY_TYPES = """SELECT idx FROM entry
WHERE idx >= ? AND (? = '[]' OR type IN (SELECT value FROM json_each(?)))
ORDER BY idx LIMIT ?"""
_BY_TAGS_AND_TYPES = """SELECT entry.idx FROM (
  SELECT idx FROM entry_tag WHERE tag IN (SELECT value FROM json_each(?)) AND idx >= ?
  GROUP BY idx HAVING count(*) = ?
) AS found JOIN entry USING (idx)
WHERE (? = '[]' OR type IN (SELECT value FROM json_each(?)))
ORDER BY idx LIMIT ?"""
_CHOSEN_ENTRIES = f"""SELECT {_ENTRY} FROM entry
WHERE idx IN (SELECT value FROM json_each(?)) ORDER BY idx"""  # noqa: S608  our own columns
_CHOSEN_TAGS = """SELECT idx, tag FROM entry_tag
WHERE idx IN (SELECT value FROM json_each(?)) ORDER BY idx, tag"""
_DOCUMENT = "SELECT CAST(bytes AS BLOB) FROM document WHERE sha256 = ?"
_ANCHORS = """SELECT size, CAST(iif(length(note) > 65536, substr(note, 1, 65537), note) AS BLOB),
CAST(iif(length(token) > 1048576, substr(token, 1, 1048577), token) AS BLOB) FROM anchor
ORDER BY size, note, token"""
_TREE = """SELECT size, CAST(frontier AS BLOB), recorded_at, control, CAST(checkpoint AS BLOB)
FROM tree"""
_SEAL = "UPDATE tree SET size = ?, frontier = ?, recorded_at = ?, control = ?, checkpoint = ?"


class SQLiteRecorder(LedgerRecorder):
    """A ledger in a SQLite file, or in memory."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        super().__init__()

    @classmethod
    def create(cls, path: str | Path) -> Self:
        """Make a new ledger, readable by its owner only; ":memory:" makes one without a file.

        Raises:
            Conflict: STORE-EXISTS; nothing is ever overwritten.
            Unavailable: STORE-UNREADABLE, STORE-FULL.
        """
        if path == ":memory:":
            return cls(schema.create_in_memory())
        return cls(schema.create_file(Path(path)))

    @classmethod
    def open(cls, path: str | Path, *, readonly: bool = False) -> Self:
        """Open an existing ledger; with `readonly` also where nothing may be written.

        Raises:
            Unavailable: STORE-MISSING, STORE-UNREADABLE, STORE-NEWER, STORE-BUSY, STORE-READONLY,
                STORE-WAL-PENDING.
            Malformed: STORE-NOT-A-LEDGER.
            Tampered: STORE-SCHEMA, STORE-CORRUPT.
        """
        return cls(schema.open_file(Path(path), readonly=readonly))

    def close(self) -> None:
        """Close the file; the last to close it moves the write-ahead log into it."""
        self._db.close()

    def backup(self, path: Path) -> None:
        """Copy the ledger into a new file, while others may go on to read and write."""
        schema.copy_file(self._db, path)

    def settle(self) -> None:
        """Move the write-ahead log into the file as far as readers allow; after an import."""
        self._db.run("PRAGMA wal_checkpoint(PASSIVE)")

    def transact(self, work: Callable[[Transaction], T], asked: Sequence[str] = ()) -> T:
        """Run `work` in one write transaction (BEGIN IMMEDIATE); see `LedgerRecorder`."""
        try:
            with self._db.transaction():
                transaction = _SQLiteTransaction(self, self._db, asked)
                result = work(transaction)
                transaction.require_sealed()
        except BaseException:
            self._forget_tiles()
            raise
        return result

    def tree_row(self) -> tuple[int, bytes, str, int, bytes]:
        """Return size, frontier, recorded_at, control and checkpoint as stored."""
        rows = self._db.query(tuple[int, bytes, str, int, bytes], _TREE)
        return only_row(rows, self._db.where)

    def entries(self, start: int, stop: int) -> Iterator[StoredEntry]:
        """Yield the entries start to stop - 1 in order, a thousand a read."""
        while start < stop and (
            page := self._db.query(StoredEntry, _ENTRIES, (start, stop, _PAGE))
        ):
            yield from page
            start = page[-1].index + 1

    def tagged(self, tag: str, start: int = 0) -> list[StoredEntry]:
        """Return the entries from index `start` on that carry this tag, ascending."""
        return self._db.query(StoredEntry, _TAGGED, (tag, start))

    def present_tags(self, tags: Iterable[str]) -> frozenset[str]:
        """Return those of these tags that some entry carries, in one read."""
        found = self._db.query(tuple[str], _PRESENT, (json.dumps(sorted(tags)),))
        return frozenset(tag for (tag,) in found)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the leaf hashes start to stop - 1 in order."""
        while start < stop and (
            page := self._db.query(tuple[int, bytes], _LEAVES, (start, stop, _LEAF_PAGE))
        ):
            yield from (leaf for _, leaf in page)
            start = page[-1][0] + 1

    def full_tile(self, level: int, n: int) -> bytes | None:
        """Return the 256 hashes of a full tile, or None when none is stored."""
        return self._cell(_TILE, (level, n))

    def all_tiles(self) -> Iterator[Tile]:
        """Yield every stored tile, level by level."""
        last = (-1, -1)
        while page := self._db.query(Tile, _TILES, (*last, _PAGE)):
            yield from page
            last = page[-1][:2]

    def all_tags(self, start: int, stop: int) -> Iterator[tuple[int, str]]:
        """Yield (index, tag) of the entries start to stop - 1, ordered by tag, then index."""
        index, tag = start - 1, ""
        while page := self._db.query(tuple[int, str], _TAGS, (tag, index, start, stop, _TAG_PAGE)):
            yield from page
            index, tag = page[-1]

    def tag_count(self) -> int:
        """Return the number of rows in the tag index."""
        [(count,)] = self._db.query(tuple[int], "SELECT count(*) FROM entry_tag")
        return count

    def present_documents(self, names: Iterable[str]) -> frozenset[str]:
        """Return those of these digests of which a document is stored, in one read."""
        found = self._db.query(tuple[str], _PRESENT_DOCUMENTS, (json.dumps(sorted(names)),))
        return frozenset(name for (name,) in found)

    def document(self, sha256_hex: str) -> bytes | None:
        """Return a document's bytes as stored, or None."""
        return self._cell(_DOCUMENT, (sha256_hex,))

    def documents(self) -> list[tuple[str, int]]:
        """Return (hex SHA-256, size in bytes) of every document, ordered by digest."""
        return self._db.query(
            tuple[str, int], "SELECT sha256, length(bytes) FROM document ORDER BY sha256"
        )

    def anchors(self) -> list[Anchor]:
        """Return the checkpoints that were shown outside, ordered by size, note and token."""
        return self._db.query(Anchor, _ANCHORS)

    def matching(
        self, types: Sequence[str], tags: Sequence[str], start: int, limit: int | None
    ) -> list[int]:
        """Return the first indexes from `start` on with one of the types and all of the tags."""
        wanted = json.dumps(list(types))
        most = -1 if limit is None else limit
        sql = _BY_TYPES
        values: Values = (start, wanted, wanted, most)
        if tags:
            distinct = sorted(set(tags))
            sql = _BY_TAGS_AND_TYPES
            values = (json.dumps(distinct), start, len(distinct), wanted, wanted, most)
        return [index for (index,) in self._db.query(tuple[int], sql, values)]

    def with_tags(self, indexes: Sequence[int]) -> list[tuple[StoredEntry, list[str]]]:
        """Return these entries in order, each with its tags, sorted."""
        chosen = (json.dumps(list(indexes)),)
        tags: dict[int, list[str]] = {index: [] for index in indexes}
        for index, tag in self._db.query(tuple[int, str], _CHOSEN_TAGS, chosen):
            tags[index].append(tag)
        entries = self._db.query(StoredEntry, _CHOSEN_ENTRIES, chosen)
        return [(entry, tags[entry.index]) for entry in entries]

    def _cell(self, sql: str, values: Values) -> bytes | None:
        for (cell,) in self._db.query(tuple[bytes], sql, values):
            return cell
        return None


class _SQLiteTransaction(Transaction):
    """The writing half; the connection holds the lock and the open transaction."""

    def __init__(
        self, recorder: SQLiteRecorder, connection: Connection, asked: Sequence[str]
    ) -> None:
        absent = frozenset(asked) - recorder.present_tags(asked) if asked else frozenset()
        super().__init__(recorder, recorder.head(), absent)
        self._db = connection

    def add_anchor(self, anchor: Anchor) -> None:
        self._db.run(
            "INSERT INTO anchor VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            msgspec.structs.astuple(anchor),
        )

    def _write(self, batch: Batch) -> None:
        head = batch.head
        # The tree row first: the trigger lets entries in up to its size.
        self._db.run(
            _SEAL,
            (head.size, head.frontier.to_bytes(), head.recorded_at, head.control, head.checkpoint),
        )
        self._db.run_many(
            "INSERT INTO entry VALUES (?, ?, ?, ?)",
            [(entry.index, entry.type, entry.data, entry.leaf) for entry in batch.entries],
        )
        self._db.run_many("INSERT INTO entry_tag VALUES (?, ?)", batch.tags)
        self._db.run_many("INSERT INTO tile VALUES (?, ?, ?)", batch.tiles)
        self._write_documents(batch.documents)

    def _write_documents(self, documents: Mapping[str, bytes]) -> None:
        rows = sorted(documents.items())
        self._db.run_many("INSERT INTO document VALUES (?, ?) ON CONFLICT DO NOTHING", rows)

    def _delete_document(self, sha256_hex: str) -> None:
        self._db.run("PRAGMA secure_delete = ON")  # pages of the file that it leaves are zeroed
        self._db.run("DELETE FROM document WHERE sha256 = ?", (sha256_hex,))
