"""The tree as tiles of 256 hashes (C2SP tlog-tiles): addresses, filling, reading.

Tile (level, n) holds the roots of 256 neighbouring perfect subtrees of 256**level leaves each, the
n-th such group; at level 0 these are leaf hashes. Full tiles never change. The last tile of a level
may be partial, of width `size // 256**level % 256`; it is never hashed into the level above.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from ledger.errors import Malformed, Unavailable
from ledger.log.merkle import HASH_SIZE, node_hash, parents, perfect_root

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
LEVEL_MAX = 63

# A tile with its inner nodes takes 16 KB: enough tiles for neighbouring proofs, in about 1 MB.
_TILES_KEPT = 64


class Tile(NamedTuple):
    """One full tile: its level, its index in the level, and 256 hashes of 32 bytes."""

    level: int
    n: int
    hashes: bytes


class HashReader(Protocol):
    """Whatever can give tiles: a store, a published directory, an evidence file."""

    def hashes(self, level: int, n: int, width: int) -> bytes:
        """Return the first `width` hashes of tile (level, n), concatenated."""
        ...


def filled_tiles(old: int, new: int) -> list[tuple[int, int]]:
    """Return (level, n) of each tile that fills as a tree grows, level by level.

    Args:
        old: leaves before.
        new: leaves after, at least `old`.
    """
    filled: list[tuple[int, int]] = []
    level = 0
    while new := new // TILE_WIDTH:
        old //= TILE_WIDTH
        filled.extend((level, n) for n in range(old, new))
        level += 1
    return filled


def partial_tiles(size: int) -> list[tuple[int, int, int]]:
    """Return (level, n, width) of each partial tile of a tree of `size` leaves; none is empty."""
    partial = []
    level = 0
    while size:
        n, width = divmod(size, TILE_WIDTH)
        if width:
            partial.append((level, n, width))
        size = n
        level += 1
    return partial


def new_tiles(
    old_size: int, leaves: Sequence[bytes], pending: Callable[[int, int, int], bytes]
) -> list[Tile]:
    """Return the tiles that fill when leaf hashes are appended, in the order of `filled_tiles`.

    Args:
        old_size: leaves in the tree before.
        leaves: the leaf hashes appended, in order.
        pending: given (level, n, width), returns the first `width` hashes of a tile that was
            partial at `old_size`, as `HashReader.hashes` does; asked only for a tile that fills.
    """
    tiles: list[Tile] = []
    level, start = 0, old_size
    arriving = list(leaves)
    while (n := start // TILE_WIDTH) < (start + len(arriving)) // TILE_WIDTH:
        width = start % TILE_WIDTH
        head = _checked(pending(level, n, width), level, n, width) if width else b""
        roots: list[bytes] = []
        taken = 0
        while width + len(arriving) - taken >= TILE_WIDTH:
            stop = taken + TILE_WIDTH - width
            hashes = head + b"".join(arriving[taken:stop])
            tiles.append(Tile(level, n + len(roots), hashes))
            roots.append(perfect_root(hashes))
            taken, width, head = stop, 0, b""
        level, start, arriving = level + 1, n, roots
    return tiles


def tile_path(level: int, n: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile under a log's prefix: `tile/0/x001/x234/067`, partial `….p/112`.

    Raises:
        Malformed: TILE-ADDRESS for a level beyond 0 to 63, a negative index, a width beyond 1 to
            256.
    """
    if not 0 <= level <= LEVEL_MAX:
        raise _no_such_tile(level, n, width)
    return f"tile/{level}/{_index_path(level, n, width)}"


def entry_bundle_path(n: int, width: int = TILE_WIDTH) -> str:
    """Return the path of the entries under level-0 tile `n`: `tile/entries/x001/x234/067`.

    Raises:
        Malformed: TILE-ADDRESS for a negative index or a width beyond 1 to 256.
    """
    return f"tile/entries/{_index_path(0, n, width)}"


class FullTileReader:
    """A `HashReader` over what a store keeps: full tiles and leaf hashes, no partial tiles.

    The partial tile of a level above 0 consists of the roots of the full tiles below it. Each costs
    255 hashes, so they are kept here (they can never change): keep one reader for many proofs, and
    only over committed entries, lest a rolled-back tile be remembered.
    """

    def __init__(
        self,
        full_tile: Callable[[int, int], bytes | None],
        leaves: Callable[[int, int], bytes],
    ) -> None:
        """Wrap two lookups.

        Args:
            full_tile: given (level, n), returns its 256 hashes, or None when it is not full yet.
            leaves: given (start, stop), returns those leaf hashes concatenated.
        """
        self._full_tile = full_tile
        self._leaves = leaves
        self._roots: dict[tuple[int, int], bytes] = {}

    def hashes(self, level: int, n: int, width: int) -> bytes:
        """Return the first `width` hashes of tile (level, n), concatenated.

        Raises:
            Malformed: TILE-LENGTH when a stored tile is not 256 hashes long.
            Unavailable: TILE-MISSING when a tile that must be full is absent.
        """
        full = self._full_tile(level, n)
        if full is not None:
            return _checked(full, level, n, TILE_WIDTH)[: width * HASH_SIZE]
        first = n * TILE_WIDTH
        if level == 0:
            return self._leaves(first, first + width)
        return b"".join([self._root(level - 1, first + i) for i in range(width)])

    def _root(self, level: int, n: int) -> bytes:
        root = self._roots.get((level, n))
        if root is None:
            full = self._full_tile(level, n)
            if full is None:
                raise Unavailable(
                    "TILE-MISSING",
                    f"tile {n} of level {level} is not stored, but the tree is larger",
                    where=tile_path(level, n),
                    hint="verify the ledger, then rebuild its tiles",
                )
            root = perfect_root(_checked(full, level, n, TILE_WIDTH))
            self._roots[level, n] = root
        return root


class TreeHashes:
    """Any subtree root of the tree of `size` leaves, computed from tiles.

    Tiles are asked for at exactly the width that a tree of this size has, which is what a published
    log must serve; the last 64 are kept with their inner nodes, so neighbouring proofs share them.
    """

    def __init__(self, reader: HashReader, size: int) -> None:
        self._reader = reader
        self._size = size
        self._heights = lru_cache(maxsize=_TILES_KEPT)(self._read)

    def root(self, start: int, stop: int) -> bytes:
        """Return the hash of D[start:stop] (RFC 6962 MTH) for a range that occurs in this tree.

        Such a range is not empty, and `start` is a multiple of the largest perfect subtree in it.
        """
        peaks = []
        while start < stop:
            height = (stop - start).bit_length() - 1
            peaks.append(self._perfect(height, start >> height))
            start += 1 << height
        root = peaks.pop()
        while peaks:
            root = node_hash(peaks.pop(), root)
        return root

    def _perfect(self, height: int, index: int) -> bytes:
        """Return the root of the index-th subtree of 2**height leaves."""
        level, within = divmod(height, TILE_HEIGHT)
        n, offset = divmod(index, TILE_WIDTH >> within)
        return self._heights(level, n)[within][offset * HASH_SIZE : (offset + 1) * HASH_SIZE]

    def _read(self, level: int, n: int) -> list[bytes]:
        """Return the concatenated hashes of a tile at each of its heights 0 to 7."""
        width = min(TILE_WIDTH, (self._size >> TILE_HEIGHT * level) - n * TILE_WIDTH)
        hashes = _checked(self._reader.hashes(level, n, width), level, n, width)
        heights = [hashes]
        for _ in range(1, TILE_HEIGHT):
            pairs = len(hashes) // (2 * HASH_SIZE)
            hashes = parents(hashes[: pairs * 2 * HASH_SIZE])
            heights.append(hashes)
        return heights


def _checked(hashes: bytes, level: int, n: int, width: int) -> bytes:
    if len(hashes) != width * HASH_SIZE:
        raise Malformed(
            "TILE-LENGTH",
            f"tile {n} of level {level} has {len(hashes)} bytes, not {width} hashes",
            where=tile_path(level, n, width),
            hint="altered or damaged: run `chipledger verify`, then restore the newest backup",
        )
    return hashes


def _index_path(level: int, n: int, width: int) -> str:
    if n < 0 or not 1 <= width <= TILE_WIDTH:
        raise _no_such_tile(level, n, width)
    *high, low = f"{n:,}".split(",")
    path = "/".join([f"x{group:0>3}" for group in high] + [f"{low:0>3}"])
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def _no_such_tile(level: int, n: int, width: int) -> Malformed:
    return Malformed("TILE-ADDRESS", f"no tile has level {level}, index {n} and width {width}")
