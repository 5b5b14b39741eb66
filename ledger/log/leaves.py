"""The leaf hashes of a whole log in flat memory, and the roots that follow from them.

A million hashes take 32 MB, where a list of them would take 90. Roots of tiles are remembered, so
that the root at any size costs little once all of them are known.
"""

from collections.abc import Iterable, Iterator

from ledger.log.merkle import EMPTY_FRONTIER, HASH_SIZE, Frontier, perfect_root
from ledger.log.tiles import TILE_HEIGHT, TILE_WIDTH

_TILE_BYTES = TILE_WIDTH * HASH_SIZE


class Leaves:
    """Leaf hashes by position; more can be appended."""

    def __init__(self, hashes: Iterable[bytes] = ()) -> None:
        """Take the first hashes, in pieces of one or of several that are concatenated."""
        self._hashes = bytearray()
        for some in hashes:
            self.extend(some)
        self._tile_roots = bytearray()

    def __len__(self) -> int:
        return len(self._hashes) // HASH_SIZE

    def __getitem__(self, index: int) -> bytes:
        """Return the leaf hash at a position."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.joined(index, index + 1)

    def append(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        self._hashes += leaf

    def extend(self, joined: bytes) -> None:
        """Append leaf hashes that are concatenated."""
        self._hashes += joined

    def joined(self, start: int, stop: int) -> bytes:
        """Return the leaf hashes of these positions, as far as they are there, concatenated."""
        return bytes(self._hashes[start * HASH_SIZE : stop * HASH_SIZE])

    def roots(self, sizes: Iterable[int]) -> dict[int, bytes]:
        """Return the roots at many sizes in one sweep; sizes beyond the log are left out."""
        frontier = EMPTY_FRONTIER
        roots: dict[int, bytes] = {}
        for size in sorted(set(sizes)):
            if 0 <= size <= len(self):
                frontier = self._grown(frontier, size)
                roots[size] = frontier.root()
        return roots

    def frontier(self) -> Frontier:
        """Return the frontier of the whole tree."""
        return self._grown(EMPTY_FRONTIER, len(self))

    def tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield level, number and hashes of each tile that is not empty, level by level."""
        level, hashes = 0, self._hashes
        while hashes:
            above = bytearray()
            for n in range(-(-len(hashes) // _TILE_BYTES)):
                tile = bytes(hashes[n * _TILE_BYTES : (n + 1) * _TILE_BYTES])
                yield level, n, tile
                if len(tile) == _TILE_BYTES:
                    above += perfect_root(tile)
            level, hashes = level + 1, above

    def _grown(self, frontier: Frontier, size: int) -> Frontier:
        """Return a frontier of this tree, grown to a size: by whole tiles where it can be."""
        border = -frontier.size % TILE_WIDTH + frontier.size
        if border < size:
            frontier = frontier.extend(self._nodes(self._hashes, frontier.size, border))
            first, last = border // TILE_WIDTH, size // TILE_WIDTH
            self._hash_tiles(last)
            frontier = frontier.extend(self._nodes(self._tile_roots, first, last), TILE_HEIGHT)
        return frontier.extend(self._nodes(self._hashes, frontier.size, size))

    def _hash_tiles(self, count: int) -> None:
        for n in range(len(self._tile_roots) // HASH_SIZE, count):
            self._tile_roots += perfect_root(self.joined(n * TILE_WIDTH, (n + 1) * TILE_WIDTH))

    @staticmethod
    def _nodes(hashes: bytearray, start: int, stop: int) -> Iterator[bytes]:
        for at in range(start * HASH_SIZE, stop * HASH_SIZE, HASH_SIZE):
            yield bytes(hashes[at : at + HASH_SIZE])
