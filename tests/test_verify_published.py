"""The tiles above the lowest level of a published log are compared with what the entries give."""

import pytest

from ledger.log.leaves import Leaves
from ledger.log.merkle import leaf_hash
from ledger.log.tiles import FullTileReader, filled_tiles, new_tiles, partial_tiles
from ledger.verify.published import as_tiles, tile_marks, upper_tiles
from tests.told import told

LEAVES = [leaf_hash(b"%d" % number) for number in range(66_000)]


def reader(size: int) -> FullTileReader:
    full = {(one.level, one.n): one.hashes for one in new_tiles(0, LEAVES[:size], lambda *_: b"")}
    return FullTileReader(
        lambda level, n: full.get((level, n)), lambda start, stop: b"".join(LEAVES[start:stop])
    )


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 66_000])
def test_the_tiles_expected_are_those_of_a_log_of_this_size(size: int) -> None:
    expected = upper_tiles(Leaves(LEAVES[:size]))
    full = [(level, n, 256) for level, n in filled_tiles(0, size) if level]
    partial = [one for one in partial_tiles(size) if one[0]]
    assert sorted(one[:3] for one in expected) == sorted(full + partial)
    assert list(tile_marks(reader(size), expected)) == []


def test_a_tile_that_differs_is_named_by_its_path() -> None:
    [expected] = upper_tiles(Leaves(LEAVES[:600]))
    [mark] = tile_marks(reader(600), [(*expected[:3], bytes(64))])
    assert (mark.code, mark.expected) == ("TILE-DIFFERS", "tile/1/000.p/2")


def test_only_a_source_that_gives_tiles_is_asked_for_them() -> None:
    store = told().ledger.source()
    assert as_tiles(store) is store
    assert as_tiles(object()) is None  # type: ignore[arg-type]  # by shape
