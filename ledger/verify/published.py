"""Step 9 of a published log: its tiles above the lowest must be what the entries give.

Level 0 stands beside the entries, and is compared when these are read.
"""

from collections.abc import Iterator, Sequence

from ledger.log.leaves import Leaves
from ledger.log.merkle import HASH_SIZE
from ledger.log.tiles import HashReader, tile_path
from ledger.source import Source
from ledger.verify.report import Mark

Expected = tuple[int, int, int, bytes]
"""Level, index, width and hashes of a tile."""


def as_tiles(source: Source) -> HashReader | None:
    """Return the source as what gives tiles, or None."""
    return source if hasattr(source, "hashes") else None  # type: ignore[return-value]  # by shape


def upper_tiles(leaves: Leaves) -> list[Expected]:
    """Return every tile above level 0 of a tree over these leaves, full and partial."""
    return [
        (level, n, len(tile) // HASH_SIZE, tile) for level, n, tile in leaves.tiles() if level > 0
    ]


def tile_marks(published: HashReader, expected: Sequence[Expected]) -> Iterator[Mark]:
    """Compare the tiles that are published with those expected.

    Raises:
        Malformed, Unavailable: as the source does.
    """
    for level, n, width, hashes in expected:
        if published.hashes(level, n, width) != hashes:
            yield Mark("TILE-DIFFERS", None, tile_path(level, n, width), "other hashes")
