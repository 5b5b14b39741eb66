"""What can be read from any database under the ledger.

Rows come as they are: that none is missing, added or altered is for verification to find. Checked
is only that a cell can be read as its type.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from ledger.errors import Malformed, Tampered, Unavailable
from ledger.log.merkle import Frontier
from ledger.log.tiles import FullTileReader, Tile

_T = TypeVar("_T")

CONTROL_TAG = "control:1"
"""The tag of every control entry, by which the chain of authority is read."""


@dataclass(frozen=True, slots=True)
class Head:
    """The tree row: all that the next append needs to know of what is recorded.

    Attributes:
        frontier: the tree's compact range; its `size` is the number of entries.
        recorded_at: of the newest entry, "" when there is none.
        control: index of the newest control entry, 0 when there is none.
        checkpoint: the newest signed note, b"" when there is none.
    """

    frontier: Frontier
    recorded_at: str
    control: int
    checkpoint: bytes

    @property
    def size(self) -> int:
        """Number of entries in the tree."""
        return self.frontier.size


class StoredEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row of `entry`: position, type, the entry's exact bytes and their leaf hash (32 bytes)."""

    index: int
    type: str
    data: bytes
    leaf: bytes


class Anchor(msgspec.Struct, frozen=True, array_like=True):
    """A checkpoint that was shown outside: tree size, signed note, time-stamp token or b""."""

    size: int
    note: bytes
    token: bytes


class LedgerReader(ABC):
    """One ledger's entries, tree, documents and anchors, as committed; for any thread."""

    def __init__(self) -> None:
        self._forget_tiles()

    @abstractmethod
    def tree_row(self) -> tuple[int, bytes, str, int, bytes]:
        """Return size, frontier, recorded_at, control and checkpoint as stored, unjudged.

        Raises:
            Tampered: STORE-CORRUPT when there is not exactly one such row.
        """

    def head(self) -> Head:
        """Return the tree row, its frontier decoded.

        Raises:
            Tampered: STORE-CORRUPT as in `tree_row`; STORE-TREE when the frontier does not fit.
        """
        return self._head_of(*self.tree_row())

    @staticmethod
    def _head_of(
        size: int, frontier: bytes, recorded_at: str, control: int, checkpoint: bytes
    ) -> Head:
        try:
            return Head(Frontier.from_bytes(size, frontier), recorded_at, control, checkpoint)
        except Malformed as error:
            raise Tampered(
                "STORE-TREE",
                f"the tree row is damaged: {error.message}",
                hint="altered or damaged: run `chipledger verify`, then restore the newest backup",
            ) from error

    @abstractmethod
    def entries(self, start: int, stop: int) -> Iterator[StoredEntry]:
        """Yield the entries start to stop - 1 in order; a position without a row is left out."""

    def entry(self, index: int) -> StoredEntry:
        """Return one entry.

        Raises:
            Unavailable: ENTRY-UNKNOWN when there is none at this index.
        """
        for entry in self.entries(index, index + 1):
            return entry
        raise Unavailable(
            "ENTRY-UNKNOWN",
            f"there is no entry {index}",
            hint=f"entries are numbered from 0; the ledger has {self.head().size}",
        )

    @abstractmethod
    def tagged(self, tag: str, start: int = 0) -> list[StoredEntry]:
        """Return the entries from index `start` on that carry this tag, ascending."""

    @abstractmethod
    def present_tags(self, tags: Iterable[str]) -> frozenset[str]:
        """Return those of these tags that some entry carries."""

    def control_since(self, index: int) -> list[StoredEntry]:
        """Return the control entries after `index` (-1 for all), ascending."""
        return self.tagged(CONTROL_TAG, index + 1)

    @abstractmethod
    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the leaf hashes start to stop - 1 in order; one without a row is left out."""

    @abstractmethod
    def full_tile(self, level: int, n: int) -> bytes | None:
        """Return the 256 hashes of a full tile, or None when none is stored."""

    def hashes(self, level: int, n: int, width: int) -> bytes:
        """Return the first `width` hashes of a tile, full or not: this is a `HashReader`.

        Raises:
            Malformed: TILE-LENGTH when a stored tile is not 256 hashes long.
            Unavailable: TILE-MISSING when a tile that must be full is absent.
        """
        return self._tiles.hashes(level, n, width)

    def _forget_tiles(self) -> None:
        """Drop the roots remembered of full tiles: a rollback may have taken those tiles back."""
        self._tiles = FullTileReader(
            self.full_tile, lambda start, stop: b"".join(self.leaves(start, stop))
        )

    @abstractmethod
    def all_tiles(self) -> Iterator[Tile]:
        """Yield every stored tile, level by level."""

    @abstractmethod
    def all_tags(self, start: int, stop: int) -> Iterator[tuple[int, str]]:
        """Yield (index, tag) of the entries start to stop - 1, ordered by tag, then index.

        It reads the whole index once, whatever the range: ask for everything, not entry by entry.
        """

    @abstractmethod
    def tag_count(self) -> int:
        """Return the number of rows in the tag index."""

    @abstractmethod
    def present_documents(self, names: Iterable[str]) -> frozenset[str]:
        """Return those of these digests (hex SHA-256) of which a document is stored."""

    @abstractmethod
    def document(self, sha256_hex: str) -> bytes | None:
        """Return a document's bytes as stored, or None; the caller hashes them."""

    def some_documents(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the bytes of those of these documents that are stored."""
        found = ((name, self.document(name)) for name in names)
        return {name: data for name, data in found if data is not None}

    @abstractmethod
    def documents(self) -> list[tuple[str, int]]:
        """Return (hex SHA-256, size in bytes) of every document, ordered by digest."""

    @abstractmethod
    def backup(self, path: Path) -> None:
        """Copy the ledger, as it is at one moment, into a new file.

        Raises:
            Conflict: STORE-EXISTS.
            Unavailable: STORE-UNREADABLE, STORE-FULL.
        """

    @abstractmethod
    def anchors(self) -> list[Anchor]:
        """Return the checkpoints that were shown outside, ordered by size, note and token."""

    @abstractmethod
    def matching(
        self, types: Sequence[str], tags: Sequence[str], start: int, limit: int | None
    ) -> list[int]:
        """Return the first indexes from `start` on with one of the types and all of the tags.

        No types stand for any type, no tags for any tags, no limit for all.
        """

    @abstractmethod
    def with_tags(self, indexes: Sequence[int]) -> list[tuple[StoredEntry, list[str]]]:
        """Return these entries in order, each with its tags, sorted."""


def only_row(rows: Sequence[_T], where: str) -> _T:
    """Return the one row of `tree`.

    Args:
        rows: what is there.
        where: the store, for messages.

    Raises:
        Tampered: STORE-CORRUPT.
    """
    if len(rows) != 1:
        raise Tampered(
            "STORE-CORRUPT",
            "the ledger has no tree row",
            where=where,
            hint="altered or damaged: run `chipledger verify`, then restore the newest backup",
        )
    return rows[0]
