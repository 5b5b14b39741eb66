"""What a live store keeps beside its entries: tiles, and none where none belongs."""

from collections.abc import Iterator
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from ledger.log.leaves import Leaves
from ledger.log.tiles import Tile, filled_tiles, new_tiles
from ledger.verify.live import tile_marks

LEAVES = [sha256(b"%d" % number).digest() for number in range(256 * 256 + 300)]


class Tiles:
    """A store of tiles alone."""

    def __init__(self, tiles: list[Tile]) -> None:
        self.kept = tiles

    def tiles(self) -> Iterator[tuple[int, int, bytes]]:
        yield from self.kept


def pending(_level: int, _n: int, _width: int) -> bytes:
    raise AssertionError("a tree from nothing has no pending tile")


def marks(tiles: list[Tile], leaves: list[bytes]) -> list[tuple[str, str]]:
    found = tile_marks(Tiles(tiles), Leaves(leaves))  # type: ignore[arg-type]  # all that is asked of a store
    return [(mark.code, mark.found) for mark in found]


def test_the_tiles_that_a_ledger_writes_are_those_that_are_expected() -> None:
    """Two levels: the second one fills with the entry 65,535."""
    tiles = new_tiles(0, LEAVES, pending)
    assert [tile[:2] for tile in tiles] == filled_tiles(0, len(LEAVES))
    assert marks(tiles, LEAVES) == []
    top = next(tile for tile in tiles if tile.level == 1)
    other = [tile for tile in tiles if tile is not top]
    assert marks(other, LEAVES) == [("TILE-MISSING", "none")]
    assert marks([*other, Tile(1, 0, bytes(8192))], LEAVES) == [("TILE-DIFFERS", "other hashes")]


@given(st.integers(0, 600), st.integers(0, 600))
def test_tiles_of_another_size_of_the_log_are_missing_or_stray(ours: int, theirs: int) -> None:
    tiles = new_tiles(0, LEAVES[:theirs], pending)
    found = [code for code, _ in marks(tiles, LEAVES[:ours])]
    more = theirs // 256 - ours // 256
    assert found == ["TILE-STRAY"] * more + ["TILE-MISSING"] * -more


def test_a_tile_twice_is_one_too_many() -> None:
    [tile] = new_tiles(0, LEAVES[:256], pending)
    assert marks([tile, tile], LEAVES[:256]) == [("TILE-STRAY", "tile 0/0")]
