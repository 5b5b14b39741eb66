"""What a store keeps, and the write transaction that adds to it.

A transaction works on the newest tree, under the lock that every writer takes: it looks at what is
there, appends entries and seals them. Entries are held back until the seal, so that each table is
written once, in the order of its key, however many submissions one transaction decides.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from ledger.errors import Malformed
from ledger.log.merkle import leaf_hash
from ledger.log.tiles import Tile, new_tiles
from ledger.store.reader import CONTROL_TAG, Anchor, Head, LedgerReader, StoredEntry

_NO_DOCUMENTS: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to append: its type, its exact bytes and the tags it is found by."""

    type: str
    data: bytes
    tags: Collection[str]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one seal writes, each in the order of its table's key."""

    head: Head
    entries: Sequence[StoredEntry]
    tags: Sequence[tuple[str, int]]
    tiles: Sequence[Tile]
    documents: Mapping[str, bytes]


class Transaction(ABC):
    """One write transaction under the lock; made by `LedgerRecorder.transact` only.

    Attributes:
        head: the tree as this transaction found or last sealed it.
    """

    def __init__(self, reader: LedgerReader, head: Head, absent: frozenset[str]) -> None:
        self.head = head
        self._reader = reader
        self._added: list[StoredEntry] = []
        self._tags: dict[str, list[int]] = {}
        # Of the tags that are asked about most are new: one read spares a read for each event.
        self._absent = absent
        self._documents: dict[str, bytes] = {}
        self._recorded_at = self.head.recorded_at
        self._control = self.head.control

    @property
    def size(self) -> int:
        """Number of entries with those appended here: the index that the next one gets."""
        return self.head.size + len(self._added)

    def entries(self, start: int, stop: int) -> Iterator[StoredEntry]:
        """Yield the entries start to stop - 1, with those appended here."""
        sealed = self.head.size
        yield from self._reader.entries(start, min(stop, sealed))
        yield from self._added[max(start - sealed, 0) : max(stop - sealed, 0)]

    def tagged(self, tag: str, start: int = 0) -> list[StoredEntry]:
        """Return the entries from `start` on with this tag, ascending, with those appended here."""
        sealed = self.head.size
        found = [] if tag in self._absent else self._reader.tagged(tag, start)
        found += [self._added[i - sealed] for i in self._tags.get(tag, ()) if i >= start]
        return found

    def of_type(self, name: str, tag: str, start: int) -> list[StoredEntry]:
        """Return the entries of a type from `start` on with this tag, those appended here too."""
        sealed = self.head.size
        indexes = self._reader.matching((name,), (tag,), start, None)
        found = [entry for i in indexes for entry in self._reader.entries(i, i + 1)]
        added = [self._added[i - sealed] for i in self._tags.get(tag, ()) if i >= start]
        return found + [entry for entry in added if entry.type == name]

    def lacks(self, tag: str) -> bool:
        """Say whether neither the store nor what was appended here has one of the tags asked."""
        return tag in self._absent and tag not in self._tags

    @property
    def control(self) -> int:
        """Index of the newest control entry, with those appended here."""
        return self._control

    def control_since(self, index: int) -> list[StoredEntry]:
        """Return the control entries after `index` (-1 for all), with those appended here."""
        return self.tagged(CONTROL_TAG, index + 1)

    def has_document(self, sha256_hex: str) -> bool:
        """Return whether the store holds a document with this digest, or this transaction does."""
        here = sha256_hex in self._documents
        return here or sha256_hex in self._reader.present_documents([sha256_hex])

    def append(
        self,
        entries: Sequence[NewEntry],
        *,
        recorded_at: str,
        control: int,
        documents: Mapping[str, bytes] = _NO_DOCUMENTS,
    ) -> None:
        """Add entries at the next indexes; they are visible here at once, and stored by `seal`.

        Args:
            entries: in order.
            recorded_at: of the last of them.
            control: index of the newest control entry, these included.
            documents: what they name, by hex SHA-256; whoever appends has just hashed them.
        """
        self._documents |= documents
        for entry in entries:
            index = self.size
            self._added.append(StoredEntry(index, entry.type, entry.data, leaf_hash(entry.data)))
            for tag in set(entry.tags):
                self._tags.setdefault(tag, []).append(index)
        self._recorded_at = recorded_at
        self._control = control

    def seal(self, sign: Callable[[int, bytes], bytes], *, anchor: bool = False) -> Head:
        """Store what was appended, with its tree and checkpoint, and return the new head.

        Args:
            sign: given the new size and root (32 bytes), returns the signed note.
            anchor: keep the note among the anchors too.
        """
        leaves = [entry.leaf for entry in self._added]
        frontier = self.head.frontier.extend(leaves)
        note = sign(frontier.size, frontier.root())
        head = Head(frontier, self._recorded_at, self._control, note)
        tiles = new_tiles(self.head.size, leaves, self._reader.hashes)
        tags = [(tag, index) for tag in sorted(self._tags) for index in self._tags[tag]]
        self._write(Batch(head, self._added, tags, tiles, self._documents))
        self.head, self._added, self._tags, self._absent = head, [], {}, frozenset()
        self._documents = {}
        if anchor:
            self.add_anchor(Anchor(head.size, note, b""))
        return head

    def take_over(self, batch: Batch) -> None:
        """Write rows of another store of the same ledger as they are: its tree row, then others."""
        self._write(batch)

    def put_document(self, sha256_hex: str, data: bytes) -> None:
        """Keep a document; one that is there already stays as it is.

        Raises:
            Malformed: DOCUMENT-DIGEST when the bytes have another SHA-256: under a wrong name they
                would keep the right ones out.
        """
        _check_digest(sha256_hex, data)
        self._write_documents({sha256_hex: data})

    def remove_document(self, sha256_hex: str) -> None:
        """Give up a document's bytes, if they are here; its digest stays in the entries."""
        self._documents.pop(sha256_hex, None)
        self._delete_document(sha256_hex)

    def require_sealed(self) -> None:
        """Refuse to commit a tree that lacks what was appended; a fault of the caller's code."""
        if self._added:
            raise RuntimeError(f"{len(self._added)} appended entries were not sealed")

    @abstractmethod
    def add_anchor(self, anchor: Anchor) -> None:
        """Keep a checkpoint that was shown outside; the same one again changes nothing."""

    @abstractmethod
    def _write(self, batch: Batch) -> None:
        """Write the tree row, then entries, tags, tiles and documents."""

    @abstractmethod
    def _write_documents(self, documents: Mapping[str, bytes]) -> None:
        """Write those documents of whose digest none is there."""

    @abstractmethod
    def _delete_document(self, sha256_hex: str) -> None:
        """Delete a document, and overwrite where it was."""


def _check_digest(sha256_hex: str, data: bytes) -> None:
    if sha256(data).hexdigest() != sha256_hex:
        raise Malformed(
            "DOCUMENT-DIGEST",
            f"the document's SHA-256 is {sha256(data).hexdigest()}, not {sha256_hex}",
            hint="attach the file that the statement names",
        )
