"""A published log as something to audit: a folder, or whatever else gives files by their names.

Nothing is trusted. No file is read beyond the size that it can have, and none of more entries than
the checkpoint names; a file that is missing leaves the verdict undecided.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ledger.errors import Malformed
from ledger.events.base import DOCUMENT_BYTES_MAX
from ledger.evidence.layout import (
    CHECKPOINT,
    Files,
    document_path,
    listing_path,
    malformed,
    missing,
    published_checkpoint,
)
from ledger.evidence.listing import LISTING_BYTES_MAX, Listing, decode_listing
from ledger.log.bundles import bundle_size_max, decode_bundle
from ledger.log.merkle import HASH_SIZE
from ledger.log.note import NOTE_SIZE_MAX
from ledger.log.tiles import TILE_WIDTH, entry_bundle_path, tile_path
from ledger.source import Anchor, Selection

_BUNDLES_KEPT = 4


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """An entry as a published log holds it: no type stands beside its bytes."""

    index: int
    type: None
    data: bytes
    leaf: bytes


class PublishedSource:
    """A published log to audit, as it is at the first look."""

    shareable = True
    scope = "full"

    def __init__(self, files: Files, note: bytes | None = None) -> None:
        """Take the files; they are read when they are asked for.

        Args:
            files: where they are.
            note: the checkpoint that another look found, or None.
        """
        self._files = files
        self._given = note
        self._bundle = lru_cache(_BUNDLES_KEPT)(self._read_bundle)

    def __reduce__(self) -> tuple[type["PublishedSource"], tuple[Files, bytes]]:
        return PublishedSource, (self._files, self.checkpoint())

    def close(self) -> None:
        """Release the place; closing again does nothing."""
        self._files.close()

    @property
    def name(self) -> str:
        """What the report calls it."""
        return f"published log {self._files.name}"

    def checkpoint(self) -> bytes:
        """Return the checkpoint that was published when it was first asked for.

        Raises:
            Unavailable: PUBLISHED-MISSING.
        """
        if self._given is None:
            self._given = self._files.get(CHECKPOINT, NOTE_SIZE_MAX)
        if self._given is None:
            raise missing(CHECKPOINT)
        return self._given

    @cached_property
    def _size(self) -> int:
        return published_checkpoint(self.checkpoint()).size

    def size(self) -> int:
        """Return the size that the checkpoint names.

        Raises:
            Malformed: CHECKPOINT-MALFORMED.
        """
        return self._size

    @cached_property
    def _listing(self) -> Listing:
        name = listing_path(self._size)
        data = self._files.get(name, LISTING_BYTES_MAX)
        if data is None:
            raise missing(name)
        return decode_listing(data, self._size)

    def anchors(self) -> list[Anchor]:
        """Return the checkpoints that were shown outside, by size.

        Raises:
            Malformed: PUBLISHED-MALFORMED.
            Unavailable: PUBLISHED-MISSING.
        """
        return list(self._listing.anchors)

    def rows(self, start: int, stop: int) -> Iterator[PublishedRow]:
        """Yield the entries of these positions.

        Raises:
            Malformed: PUBLISHED-MALFORMED.
            Unavailable: PUBLISHED-MISSING.
        """
        for index in range(start, min(stop, self._size)):
            n, within = divmod(index, TILE_WIDTH)
            entries, leaves = self._bundle(n)
            leaf = leaves[within * HASH_SIZE : (within + 1) * HASH_SIZE]
            yield PublishedRow(index, None, entries[within], leaf)

    def selection(self) -> Selection | None:
        """Return None: it holds all of its log."""
        return None

    def proofs(self) -> Iterator[tuple[int, bytes, tuple[bytes, ...]]]:
        """Return nothing: what it holds follows from its tiles."""
        return iter(())

    def hashes(self, level: int, n: int, width: int) -> bytes:
        """Return the first `width` hashes of a tile: this is a `HashReader`.

        Raises:
            Malformed: PUBLISHED-MALFORMED.
            Unavailable: PUBLISHED-MISSING.
        """
        # Where a newer log has taken a partial tile away, the full one is there.
        for there in sorted({width, TILE_WIDTH}):
            name = tile_path(level, n, there)
            hashes = self._files.get(name, there * HASH_SIZE)
            if hashes is not None and len(hashes) != there * HASH_SIZE:
                raise malformed(name, f"it is not {there} hashes")
            if hashes is not None:
                return hashes[: width * HASH_SIZE]
        raise missing(tile_path(level, n, width))

    def _read_bundle(self, n: int) -> tuple[list[bytes], bytes]:
        """Return the entries under a level-0 tile, and their leaf hashes."""
        width = min(TILE_WIDTH, self._size - n * TILE_WIDTH)
        for there in sorted({width, TILE_WIDTH}):
            name = entry_bundle_path(n, there)
            data = self._files.get(name, bundle_size_max(there))
            if data is not None:
                return _entries(data, there, name)[:width], self.hashes(0, n, width)
        raise missing(entry_bundle_path(n, width))

    def document(self, sha256: str) -> bytes | None:
        """Return a document's bytes, or None where none is published.

        Raises:
            Malformed: PUBLISHED-MALFORMED.
        """
        return self._files.get(document_path(sha256), DOCUMENT_BYTES_MAX)

    def document_names(self) -> Iterator[str]:
        """Return nothing: a document that no event names is not of the log, whoever put it there.

        Web servers list no files, so an audit asks for those that events name.
        """
        return iter(())

    def left_out(self) -> frozenset[str]:
        """Return the SHA-256 of the documents that are left out by choice."""
        return self._listing.left_out


def _entries(data: bytes, width: int, name: str) -> list[bytes]:
    try:
        return decode_bundle(data, width)
    except Malformed as error:
        raise malformed(name, error.message) from error
