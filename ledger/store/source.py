"""A live store as something to audit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ledger.errors import Unavailable
from ledger.log.leaves import Leaves
from ledger.log.merkle import HASH_SIZE
from ledger.log.tiles import TILE_WIDTH
from ledger.place import Place
from ledger.source import Anchor
from ledger.store.places import name_of, open_place
from ledger.store.reader import Head, StoredEntry
from ledger.store.recorder import LedgerRecorder

_FIRST, _LAST = -(2**63) + 1, 2**63 - 1
"""What a database can hold as a position."""

_TILE_LEVELS = range(8)
"""A tile of a higher level would cover more entries than a database can number."""

_STRAYS_MAX = 100
_PART_BYTES, _PART_COUNT = 4_000_000, 1_000
"""Documents that are read at a time."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """What the store held when it was first looked at.

    The documents are listed before the tree row is read: whatever is listed was named by then.
    """

    documents: Sequence[tuple[str, int]]
    head: Head


class StoreSource:
    """Reads a store for an audit; sent to another process, it opens the store again there.

    The ledger may grow while it is audited. What is audited is the ledger at the first look; what
    belongs to entries that came later is left out of anchors, tags, tiles and strays.
    """

    scope = "full"

    def __init__(self, recorder: LedgerRecorder | None, place: Place | None) -> None:
        """Wrap an open recorder, or a place, which is opened when it is first asked.

        `place` is None for a store that no other process can open.
        """
        self._given = recorder
        self._place = place
        self._later = range(0)

    def __reduce__(self) -> tuple[type["StoreSource"], tuple[None, Place | None]]:
        return StoreSource, (None, self._place)

    @cached_property
    def _recorder(self) -> LedgerRecorder:
        if self._given is not None:
            return self._given
        if self._place is None:
            raise Unavailable("STORE-IN-MEMORY", "a store in memory has no file to open again")
        return open_place(self._place, readonly=True)

    def close(self) -> None:
        """Close a store that was opened here; one that was handed over stays open."""
        if self._given is None and "_recorder" in self.__dict__:
            self._recorder.close()

    @cached_property
    def _moment(self) -> _Moment:
        documents = self._recorder.documents()
        return _Moment(documents, self._recorder.head())

    def _came_later(self, position: int) -> bool:
        """Say whether an entry was added since the first look; asked after it was read."""
        size = self.size()
        if position >= size and position not in self._later:
            self._later = range(size, self._recorder.head().size)
        return position in self._later

    @property
    def shareable(self) -> bool:
        """Whether another process can open it."""
        return self._place is not None

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return "live store" if self._place is None else f"live store {name_of(self._place)}"

    def checkpoint(self) -> bytes:
        """Return the newest signed note."""
        return self._moment.head.checkpoint

    def size(self) -> int:
        """Return the size that the tree row claims."""
        return self._moment.head.size

    def anchors(self) -> list[Anchor]:
        """Return the checkpoints that were shown outside, by size."""
        return [
            Anchor(one.size, one.note, one.token or None)
            for one in self._recorder.anchors()
            if not self._came_later(one.size - 1)
        ]

    def head(self) -> Head:
        """Return the tree row at the first look."""
        return self._moment.head

    def rows(self, start: int, stop: int) -> Iterator[StoredEntry]:
        """Yield the entries of these positions that are there."""
        return self._recorder.entries(start, stop)

    def leaves(self) -> Leaves | None:
        """Return the leaf hashes that stand beside the entries; None where one has another size."""
        told = Leaves()
        for leaf in self._recorder.leaves(0, self.size()):
            if len(leaf) != HASH_SIZE:
                return None
            told.append(leaf)
        return told

    def document(self, sha256: str) -> bytes | None:
        """Return a document's bytes, or None."""
        return self._recorder.document(sha256)

    def document_names(self) -> Iterator[str]:
        """Yield the names under which documents are kept."""
        return (name for name, _ in self._moment.documents)

    def held_documents(self) -> Iterator[tuple[str, bytes | None]]:
        """Yield the name and the bytes of each document, many read at a time."""
        part: list[str] = []
        held = 0
        for name, size in self._moment.documents:
            if part and (held + size > _PART_BYTES or len(part) == _PART_COUNT):
                yield from self._some_documents(part)
                part, held = [], 0
            part.append(name)
            held += size
        yield from self._some_documents(part)

    def _some_documents(self, names: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        found = self._recorder.some_documents(names)
        for name in names:
            yield name, found.pop(name, None)

    def left_out(self) -> frozenset[str]:
        """Return nothing: a store leaves out no document by choice."""
        return frozenset()

    def tags(self) -> Iterator[tuple[int, str]]:
        """Yield (position, tag) of every row of the tag index, by tag."""
        size = self.size()
        for row in self._recorder.all_tags(_FIRST, _LAST):
            if row[0] < size or not self._came_later(row[0]):
                yield row

    def tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield (level, n, hashes) of every stored tile, sorted."""
        for tile in self._recorder.all_tiles():
            filled = -1
            if tile.level in _TILE_LEVELS:
                filled = (tile.n + 1) * TILE_WIDTH ** (tile.level + 1) - 1
            if not self._came_later(filled):
                yield tile

    def strays(self) -> Iterator[int]:
        """Yield the positions outside the log at which there are entries, the first few."""
        newest = self._recorder.head().size
        lowest = self._recorder.matching((), (), _FIRST, 1)
        yield from (index for index in lowest if index < 0)
        beyond = self._recorder.matching((), (), newest, _STRAYS_MAX)
        yield from (index for index in beyond if not self._came_later(index))

    def hashes(self, level: int, n: int, width: int) -> bytes:
        """Return the first `width` hashes of a tile, full or not: this is a `HashReader`.

        Raises:
            Malformed: TILE-LENGTH.
            Unavailable: TILE-MISSING.
        """
        return self._recorder.hashes(level, n, width)

    def tree_row(self) -> tuple[int, bytes, str, int]:
        """Return (size, frontier bytes, recorded_at, control)."""
        head = self._moment.head
        return head.size, head.frontier.to_bytes(), head.recorded_at, head.control
