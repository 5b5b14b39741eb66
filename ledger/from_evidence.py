"""An evidence file read as a ledger: the same questions, answered from what was handed over.

Audit it before: what its entries say is taken as it stands here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from ledger.entry import decode_entry, is_control, read_event, tags_of
from ledger.errors import Unavailable
from ledger.log.merkle import EMPTY_FRONTIER, EMPTY_ROOT, HASH_SIZE, Frontier, perfect_root
from ledger.log.tiles import TILE_WIDTH, FullTileReader
from ledger.reader import LogReader
from ledger.source import PartialSource, Selection
from ledger.store.reader import Anchor, Head, StoredEntry


class EvidenceLog(LogReader):
    """A ledger as an evidence file shows it: all of it, or a selection."""

    def __init__(self, source: PartialSource) -> None:
        """Wrap a source that was audited; who opened it closes it."""
        self._selection = source.selection()
        self._source = source
        super().__init__(_HeldByFile(source, self._selection))

    def close(self) -> None:
        """Do nothing: who opened the source closes it."""

    def shared(self) -> PartialSource | None:
        """Return the source where it has all of its log, and other processes can open it."""
        again = getattr(self._source, "shareable", False)
        return self._source if again and self._selection is None else None

    def holds(self, start: int, stop: int) -> Sequence[int]:
        """Return the positions from start to stop - 1 that the file holds."""
        if self._selection is None:
            return range(start, stop)
        return [index for index in self._selection.positions if start <= index < stop]

    def root_at(self, size: int) -> bytes:
        """Return the root over the first `size` entries.

        Raises:
            Malformed: PROOF-RANGE.
            Unavailable: PROOF-ABSENT where a selection does not show it.
        """
        if self._selection is None or size not in self._roots:
            return super().root_at(size)
        return self._roots[size]

    @cached_property
    def _roots(self) -> Mapping[int, bytes]:
        """The roots that a selection shows."""
        head = self._held.head()
        shown = () if self._selection is None else self._selection.earlier
        earlier = {one.size: one.root for one in shown}
        return {0: EMPTY_ROOT, **earlier, head.size: head.frontier.root()}


class _HeldByFile:
    """Entries in an evidence file."""

    def __init__(self, source: PartialSource, selection: Selection | None) -> None:
        self._source = source
        self._selection = selection
        self._tiles = FullTileReader(self._full_tile, self._leaves)
        self._roots: dict[tuple[int, int], bytes] = {}

    def close(self) -> None:
        """Do nothing."""

    @cached_property
    def _size(self) -> int:
        return self._source.size()

    def head(self) -> Head:
        """Return size, frontier, time, newest control entry and checkpoint."""
        return self._head

    @cached_property
    def _head(self) -> Head:
        recorded_at = decode_entry(self.entry(self._size - 1).data).recorded_at
        control = self._control[-1].index
        return Head(self._frontier(), recorded_at, control, self._source.checkpoint())

    def _frontier(self) -> Frontier:
        if self._selection is None:
            return EMPTY_FRONTIER.extend(row.leaf for row in self._source.rows(0, self._size))
        # The last entry's proof is the frontier of one entry less, its smallest subtree first.
        *_, (last, leaf, proof) = self._source.proofs()
        return Frontier(last, proof[::-1]).append(leaf)

    def entries(self, start: int, stop: int) -> Iterator[StoredEntry]:
        """Yield the entries at these positions that the file holds."""
        for row in self._source.rows(start, stop):
            event = read_event(row.index, row.data)
            yield StoredEntry(row.index, event.statement.type, row.data, row.leaf)

    def entry(self, index: int) -> StoredEntry:
        """Return one entry.

        Raises:
            Unavailable: ENTRY-UNKNOWN, ENTRY-ABSENT.
        """
        for entry in self.entries(index, index + 1):
            return entry
        if index < self._size:
            raise Unavailable(
                "ENTRY-ABSENT",
                f"entry {index} is not in the selection",
                hint="ask for a selection that holds it, or for the whole file",
            )
        raise Unavailable(
            "ENTRY-UNKNOWN",
            f"there is no entry {index}",
            hint=f"entries are numbered from 0; the ledger has {self._size}",
        )

    def control_since(self, index: int) -> list[StoredEntry]:
        """Return the control entries after `index`, found by the chain that entries name."""
        return [one for one in self._control if one.index > index]

    @cached_property
    def _control(self) -> list[StoredEntry]:
        entry = self.entry(self._size - 1)
        statement = read_event(entry.index, entry.data).statement
        chain = [entry] if is_control(statement) else []
        while entry.index > 0:
            entry = self.entry(decode_entry(entry.data).control)
            chain.append(entry)
        return chain[::-1]

    def tagged(self, tag: str, start: int = 0) -> list[StoredEntry]:
        """Return the entries from index `start` on that carry this tag, ascending."""
        return [self.entry(index) for index in self._tags.get(tag, ()) if index >= start]

    @cached_property
    def _tags(self) -> Mapping[str, Sequence[int]]:
        """Tag to positions, made from every entry when the first is asked for."""
        tags: dict[str, list[int]] = defaultdict(list)
        for row in self._source.rows(0, self._size):
            for tag in tags_of(read_event(row.index, row.data).statement):
                tags[tag].append(row.index)
        return tags

    def document(self, sha256_hex: str) -> bytes | None:
        """Return a document's bytes, or None."""
        return self._source.document(sha256_hex)

    def anchors(self) -> list[Anchor]:
        """Return the checkpoints that were shown outside, by size."""
        shown = self._source.anchors()
        return [Anchor(one.size, one.note, one.token or b"") for one in shown]

    def hashes(self, level: int, n: int, width: int) -> bytes:
        """Return the first `width` hashes of a tile.

        Raises:
            Unavailable: PROOF-ABSENT for a selection, which has proofs of its own entries alone.
        """
        return self._tiles.hashes(level, n, width)

    def _leaves(self, start: int, stop: int) -> bytes:
        if self._selection is not None:
            raise Unavailable(
                "PROOF-ABSENT",
                "a selection proves its own entries alone",
                hint="ask for the whole file",
            )
        return b"".join(row.leaf for row in self._source.rows(start, stop))

    def _full_tile(self, level: int, n: int) -> bytes | None:
        """Return a full tile: of leaves as the file has them, above that made from those below."""
        if (n + 1) * TILE_WIDTH ** (level + 1) > self._size:
            return None
        if level == 0:
            return self._leaves(n * TILE_WIDTH, (n + 1) * TILE_WIDTH)
        first = n * TILE_WIDTH
        return b"".join(self._root(level - 1, first + one) for one in range(TILE_WIDTH))

    def _root(self, level: int, n: int) -> bytes:
        if (level, n) not in self._roots:
            tile = self._full_tile(level, n)
            assert tile is not None and len(tile) == TILE_WIDTH * HASH_SIZE  # noqa: S101, PT018  asked for full ones only
            self._roots[level, n] = perfect_root(tile)
        return self._roots[level, n]
