"""Step 9 of a published log: its tiles above the lowest must be what the entries give.

Level 0 stands beside the entries, and is compared when these are read.
"""

from collections.abc import Iterator, Sequence

from ledger.log.merkle import perfect_root
from ledger.log.tiles import TILE_WIDTH, HashReader, tile_path
from ledger.source import Source
from ledger.verify.report import Mark

Expected = tuple[int, int, int, bytes]
"""Level, index, width and hashes of a tile."""


def as_tiles(source: Source) -> HashReader | None:
    """Return the source as what gives tiles, or None."""
    return source if hasattr(source, "hashes") else None  # type: ignore[return-value]  # by shape


def upper_tiles(leaves: Sequence[bytes]) -> list[Expected]:
    """Return every tile above level 0 of a tree over these leaves, full and partial."""
    tiles: list[Expected] = []
    level, hashes = 0, list(leaves)
    while len(hashes) >= TILE_WIDTH:
        groups = [hashes[at : at + TILE_WIDTH] for at in range(0, len(hashes), TILE_WIDTH)]
        level += 1
        hashes = [perfect_root(b"".join(one)) for one in groups if len(one) == TILE_WIDTH]
        for n, at in enumerate(range(0, len(hashes), TILE_WIDTH)):
            tile = hashes[at : at + TILE_WIDTH]
            tiles.append((level, n, len(tile), b"".join(tile)))
    return tiles


def tile_marks(published: HashReader, expected: Sequence[Expected]) -> Iterator[Mark]:
    """Compare the tiles that are published with those expected.

    Raises:
        Malformed, Unavailable: as the source does.
    """
    for level, n, width, hashes in expected:
        if published.hashes(level, n, width) != hashes:
            yield Mark("TILE-DIFFERS", None, tile_path(level, n, width), "other hashes")
