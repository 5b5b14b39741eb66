"""Reading a ledger: entries, authority, documents, checkpoints and proofs."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from ledger.authority import Authority
from ledger.entry import Event, read_event
from ledger.errors import Malformed, Tampered
from ledger.events.base import Seen
from ledger.events.ledger import LedgerOpened
from ledger.log.checkpoint import ledger_fingerprint, open_checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.proofs import consistency_proof, inclusion_proof, inclusion_proofs, root_at
from ledger.occurred import load_zone
from ledger.place import Place
from ledger.source import Anchor, StoredRow
from ledger.store.reader import Anchor as StoredAnchor
from ledger.store.reader import Head, StoredEntry
from ledger.store.recorder import LedgerRecorder
from ledger.store.source import StoreSource


class Held(Protocol):
    """Where entries are held: what a `LogReader` reads from."""

    def close(self) -> None:
        """Release it."""
        ...

    def head(self) -> Head:
        """Return the tree's size and frontier, and the newest checkpoint."""
        ...

    def entries(self, start: int, stop: int) -> Iterator[StoredEntry]:
        """Yield the entries start to stop - 1 that are there."""
        ...

    def entry(self, index: int) -> StoredEntry:
        """Return one entry; raises Unavailable where it is not there."""
        ...

    def control_since(self, index: int) -> list[StoredEntry]:
        """Return the control entries after `index` (-1 for all), ascending."""
        ...

    def tagged(self, tag: str, start: int = 0) -> list[StoredEntry]:
        """Return the entries from index `start` on that carry this tag, ascending."""
        ...

    def document(self, sha256_hex: str) -> bytes | None:
        """Return a document's bytes, or None."""
        ...

    def anchors(self) -> list[StoredAnchor]:
        """Return the checkpoints that were shown outside, by size."""
        ...

    def hashes(self, level: int, n: int, width: int) -> bytes:
        """Return the first `width` hashes of a tile: this is a `HashReader`."""
        ...


class LogReader:
    """What anybody who holds a log can do with it. Use it as a context manager."""

    def __init__(self, held: Held) -> None:
        """Wrap the place where its entries are."""
        self._held = held
        self._authority = Authority()
        self._folded = -1
        # Threads that share a ledger share its authority. Whoever holds this may go on to take the
        # store's lock, and nobody takes them the other way round.
        self._folding = threading.RLock()

    def close(self) -> None:
        """Release the store."""
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size(self) -> int:
        """Number of entries."""
        return self._held.head().size

    @property
    def authority(self) -> Authority:
        """Keys and roles, folded up to the newest entry."""
        with self._folding:
            return self._catch_up(self._held.control_since(self._folded))

    @cached_property
    def opening(self) -> LedgerOpened:
        """What entry 0 says."""
        return self.authority.opened

    @property
    def origin(self) -> str:
        """The ledger's name."""
        return self.opening.origin

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which dates without a time are read."""
        return load_zone(self.opening.zone)

    @property
    def fingerprint(self) -> bytes:
        """SHA-256(origin LF 0x01 key) of the first checkpoint key, 32 bytes."""
        return ledger_fingerprint(self.origin, self.authority.checkpoint_keys[0][1])

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Event]:
        """Yield the events at start <= index < stop (None: to the end)."""
        for row in self._held.entries(start, self.size if stop is None else stop):
            yield checked_event(row)

    def entry_bytes(self, index: int) -> bytes:
        """Return an entry's exact bytes.

        Raises:
            Unavailable: ENTRY-UNKNOWN.
        """
        return self._held.entry(index).data

    def holds(self, start: int, stop: int) -> Sequence[int]:
        """Return the positions from start to stop - 1 at which it holds entries, ascending."""
        return range(start, stop)

    def event(self, index: int) -> Event:
        """Return the event at a position.

        Raises:
            Unavailable: ENTRY-UNKNOWN.
        """
        return checked_event(self._held.entry(index))

    def tagged(self, tag: str) -> list[Event]:
        """Return the events that carry a tag (`kind:value` in lower case), by index."""
        return [checked_event(row) for row in self._held.tagged(tag)]

    def document(self, sha256: str) -> bytes | None:
        """Return a document's or annex's bytes by digest, or None where the store has none."""
        return self._held.document(sha256)

    def checkpoint(self) -> bytes:
        """Return the newest signed checkpoint."""
        return self._held.head().checkpoint

    def anchors(self) -> list[Anchor]:
        """Return the checkpoints that were shown outside, with what was got for them, by size."""
        return [Anchor(one.size, one.note, one.token or None) for one in self._held.anchors()]

    def seen(self) -> Seen:
        """Return what a signer states that it saw: size and root of the newest checkpoint.

        Raises:
            Refused, Malformed: when that checkpoint is not the ledger's own.
        """
        head = self._held.head()  # the authority may know later keys, and tells the one of then
        key = self.authority.checkpoint_key(head.size)
        checkpoint = open_checkpoint(head.checkpoint, self.origin, key)
        return Seen(size=checkpoint.size, root=checkpoint.root.hex())

    def prove(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the inclusion proof of an entry in the tree of `size` entries (None: the newest).

        Raises:
            Malformed: PROOF-RANGE.
        """
        return inclusion_proof(self._held, index, self._reached(size))

    def prove_many(
        self, indexes: Iterable[int], size: int | None = None
    ) -> list[tuple[bytes, ...]]:
        """Return the inclusion proofs of several entries; neighbours share what is read for them.

        Raises:
            Malformed: PROOF-RANGE.
        """
        return inclusion_proofs(self._held, indexes, self._reached(size))

    def prove_consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """Return the proof that the first `old` entries are a prefix of the first `new`.

        Raises:
            Malformed: PROOF-RANGE.
        """
        return consistency_proof(self._held, old, self._reached(new))

    def root_at(self, size: int) -> bytes:
        """Return the root over the first `size` entries.

        Raises:
            Malformed: PROOF-RANGE.
        """
        return root_at(self._held, self._reached(size))

    def _reached(self, size: int | None) -> int:
        """Return a tree size that the ledger has had, the newest for None."""
        newest = self.size
        if size is None:
            return newest
        if not 0 <= size <= newest:
            raise Malformed("PROOF-RANGE", f"the ledger has {newest} entries, not {size}")
        return size

    def _catch_up(self, control_entries: Iterable[StoredEntry]) -> Authority:
        """Fold in control entries that came since the last look.

        Raises:
            Tampered: STORE-INCONSISTENT when the tags lack one that a later one follows.
        """
        for row in control_entries:
            event = read_event(row.index, row.data)
            if event.entry.control != max(self._folded, 0):
                raise _hidden(event.entry.control, self._folded)
            self._authority.apply(event.index, event.statement)
            self._folded = row.index
        return self._authority

    def _check_control(self, head: Head) -> None:
        """Refuse to write where the tags lack the newest control entry that the tree row names.

        Authority is found by tags: a revocation that lost its own would let its key write on.

        Raises:
            Tampered: STORE-INCONSISTENT.
        """
        if head.size > 0 and self._folded != head.control:
            raise _hidden(head.control, self._folded)

    def _forget_authority(self) -> None:
        """Fold anew at the next look, after a transaction that left nothing behind."""
        self._authority = Authority()
        self._folded = -1


class LedgerReader(LogReader):
    """What anybody who holds the store can do with it."""

    def __init__(self, recorder: LedgerRecorder, place: Place | None) -> None:
        """Wrap an open recorder; `place` is None for a ledger in memory."""
        super().__init__(recorder)
        self._recorder = recorder
        self._place = place

    def backup(self, path: Path) -> None:
        """Copy the store, as it is at one moment, into a new file; keys are not in it.

        Raises:
            Conflict: STORE-EXISTS.
            Unavailable: STORE-UNREADABLE, STORE-FULL.
        """
        self._recorder.backup(path)

    def anchors(self) -> list[Anchor]:
        """Return the checkpoints that were shown outside, by size."""
        return self.source().anchors()

    def source(self) -> StoreSource:
        """Return this ledger as something to audit, a `LiveSource`."""
        return StoreSource(self._recorder, self._place)

    def shared(self) -> StoreSource | None:
        """Return it as something that other processes can open, None for one in memory."""
        return None if self._place is None else self.source()


def _hidden(named: int, found: int) -> Tampered:
    return Tampered(
        "STORE-INCONSISTENT",
        f"the newest control entry is {named}, but the tags end with {found}",
        hint="altered or damaged: run `chipledger verify`, then restore the newest backup",
    )


def checked_event(row: StoredRow) -> Event:
    """Return the event of a row whose bytes hash to the leaf that stands beside them.

    It costs a microsecond and catches a careless hand; an audit catches the careful one.
    """
    if leaf_hash(row.data) != row.leaf:
        raise Tampered(
            "ENTRY-ALTERED",
            f"entry {row.index} is not what was hashed when it was recorded",
            where=f"entry {row.index}",
            hint="run `chipledger verify`, and do not rely on this store before it passes",
        )
    return read_event(row.index, row.data)
