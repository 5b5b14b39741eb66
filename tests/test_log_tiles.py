"""Tiles: which fill, what they hold, how they are addressed and read (C2SP tlog-tiles)."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed, Unavailable
from ledger.log.merkle import EMPTY_FRONTIER, leaf_hash, perfect_root
from ledger.log.tiles import (
    TILE_WIDTH,
    FullTileReader,
    Tile,
    TreeHashes,
    entry_bundle_path,
    filled_tiles,
    new_tiles,
    partial_tiles,
    tile_path,
)
from tests.trees import root_of

LEAVES = tuple(leaf_hash(i.to_bytes(4, "big")) for i in range(70_000))


def never(level: int, n: int, width: int) -> bytes:
    raise AssertionError(f"tile {level}/{n} of width {width} was not needed")


class Shelf:
    """A store of tiles in memory: full tiles and leaf hashes, as the ledger's own store keeps."""

    def __init__(self) -> None:
        self.leaves: list[bytes] = []
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.looked_up: list[tuple[int, int]] = []

    def full_tile(self, level: int, n: int) -> bytes | None:
        self.looked_up.append((level, n))
        return self.tiles.get((level, n))

    def leaves_between(self, start: int, stop: int) -> bytes:
        return b"".join(self.leaves[start:stop])

    def reader(self) -> FullTileReader:
        return FullTileReader(self.full_tile, self.leaves_between)

    def append(self, leaves: tuple[bytes, ...]) -> list[Tile]:
        filled = new_tiles(len(self.leaves), leaves, self.reader().hashes)
        self.leaves.extend(leaves)
        self.tiles.update({(tile.level, tile.n): tile.hashes for tile in filled})
        return filled


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.append(LEAVES)
    return shelf


@pytest.mark.parametrize(
    ("size", "full", "partial"),
    [
        (0, {}, []),
        (1, {}, [(0, 0, 1)]),
        (255, {}, [(0, 0, 255)]),
        (256, {0: 1}, [(1, 0, 1)]),
        (257, {0: 1}, [(0, 1, 1), (1, 0, 1)]),
        (65_536, {0: 256, 1: 1}, [(2, 0, 1)]),
        (70_000, {0: 273, 1: 1}, [(0, 273, 112), (1, 1, 17), (2, 0, 1)]),
    ],
)
def test_a_tree_consists_of_the_tiles_that_the_specification_counts(
    size: int, full: dict[int, int], partial: list[tuple[int, int, int]]
) -> None:
    assert filled_tiles(0, size) == [(level, n) for level in full for n in range(full[level])]
    assert partial_tiles(size) == partial


@pytest.mark.parametrize(
    ("level", "n", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 999, 256, "tile/0/999"),
        (0, 1_000, 256, "tile/0/x001/000"),
        (0, 1_234_067, 256, "tile/0/x001/x234/067"),
        (1, 0, 1, "tile/1/000.p/1"),
        (0, 273, 112, "tile/0/273.p/112"),
        (63, 12, 255, "tile/63/012.p/255"),
    ],
)
def test_a_tile_has_the_path_that_clients_fetch(level: int, n: int, width: int, path: str) -> None:
    assert tile_path(level, n, width) == path


def test_entries_lie_beside_the_tiles_under_the_same_index() -> None:
    assert entry_bundle_path(1_234_067) == "tile/entries/x001/x234/067"
    assert entry_bundle_path(273, 112) == "tile/entries/273.p/112"


@pytest.mark.parametrize(
    ("level", "n", "width"), [(-1, 0, 256), (64, 0, 256), (0, -1, 256), (0, 0, 0), (0, 0, 257)]
)
def test_a_tile_that_cannot_exist_has_no_path(level: int, n: int, width: int) -> None:
    with pytest.raises(Malformed) as refusal:
        tile_path(level, n, width)
    assert refusal.value.code == "TILE-ADDRESS"


def test_each_tile_holds_the_roots_that_the_specification_defines(shelf: Shelf) -> None:
    for (level, n), hashes in shelf.tiles.items():
        span = TILE_WIDTH**level
        expected = [
            root_of(LEAVES[start : start + span])
            for start in range(n * TILE_WIDTH * span, (n + 1) * TILE_WIDTH * span, span)
        ]
        assert hashes == b"".join(expected)


@pytest.mark.parametrize(
    "sizes",
    [
        (1, 255, 256, 257, 300, 511, 512, 1_000),
        (256, 512, 768),
        (65_000, 65_535, 65_536, 70_000),
        (65_537, 70_000),
    ],
)
def test_however_leaves_arrive_the_same_tiles_fill(shelf: Shelf, sizes: tuple[int, ...]) -> None:
    growing = Shelf()
    for size in sizes:
        old = len(growing.leaves)
        filled = growing.append(LEAVES[old:size])
        assert [(tile.level, tile.n) for tile in filled] == filled_tiles(old, size)
    assert growing.tiles == {at: shelf.tiles[at] for at in filled_tiles(0, sizes[-1])}


@given(st.integers(0, 2_000), st.integers(0, 2_000))
def test_only_tiles_that_fill_ask_for_what_was_pending(old: int, count: int) -> None:
    asked = []

    def pending(level: int, n: int, width: int) -> bytes:
        asked.append((level, n, width))
        return b"".join(LEAVES[n * TILE_WIDTH : n * TILE_WIDTH + width])

    filled = new_tiles(old, LEAVES[old : old + count], pending)
    assert [(tile.level, tile.n) for tile in filled] == filled_tiles(old, old + count)
    partly = old % TILE_WIDTH
    expected = [(0, old // TILE_WIDTH, partly)] if filled and partly else []
    assert asked == expected


def test_an_append_that_fills_nothing_reads_nothing() -> None:
    assert new_tiles(10, LEAVES[10:255], never) == []
    assert new_tiles(512, (), never) == []
    assert len(new_tiles(0, LEAVES[:512], never)) == 2


def test_pending_hashes_of_a_wrong_length_are_refused() -> None:
    with pytest.raises(Malformed) as refusal:
        new_tiles(255, LEAVES[255:256], lambda *_: bytes(31))
    assert refusal.value.code == "TILE-LENGTH"
    assert refusal.value.where == "tile/0/000.p/255"


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 65_535, 65_536, 65_537, 70_000])
def test_the_root_from_tiles_is_the_root_from_leaves(shelf: Shelf, size: int) -> None:
    assert TreeHashes(shelf.reader(), size).root(0, size) == root_of(LEAVES[:size])


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 65_536), (65_536, 70_000), (256, 512), (69_888, 69_889)]
)
def test_a_subtree_of_the_tree_has_its_root_from_tiles(shelf: Shelf, start: int, stop: int) -> None:
    assert TreeHashes(shelf.reader(), 70_000).root(start, stop) == root_of(LEAVES[start:stop])


def test_a_reader_gives_the_start_of_a_full_tile_and_of_one_still_filling(shelf: Shelf) -> None:
    reader = shelf.reader()
    assert reader.hashes(0, 3, 5) == b"".join(LEAVES[768:773])
    assert reader.hashes(0, 273, 112) == b"".join(LEAVES[69_888:])
    assert reader.hashes(1, 1, 17)[:32] == perfect_root(shelf.tiles[0, 256])
    assert reader.hashes(2, 0, 1) == EMPTY_FRONTIER.extend(LEAVES[:65_536]).root()


def test_the_root_of_a_full_tile_is_read_only_once(shelf: Shelf) -> None:
    reader = shelf.reader()
    reader.hashes(1, 1, 17)
    shelf.looked_up.clear()
    reader.hashes(1, 1, 17)
    assert shelf.looked_up == [(1, 1)]


def test_a_missing_tile_leaves_the_question_undecided() -> None:
    shelf = Shelf()
    shelf.append(LEAVES[:600])
    del shelf.tiles[0, 1]
    with pytest.raises(Unavailable) as absence:
        TreeHashes(shelf.reader(), 600).root(0, 512)
    assert absence.value.code == "TILE-MISSING"
    assert absence.value.where == "tile/0/001"


def cut_short(hashes: bytes) -> bytes:
    return hashes[:-1]


def one_hash_more(hashes: bytes) -> bytes:
    return hashes + bytes(32)


@pytest.mark.parametrize("spoil", [cut_short, one_hash_more])
@pytest.mark.parametrize("use", ["as a tile", "for its root"])
def test_a_stored_tile_of_a_wrong_length_is_refused(
    spoil: Callable[[bytes], bytes], use: str
) -> None:
    shelf = Shelf()
    shelf.append(LEAVES[:600])
    shelf.tiles[0, 1] = spoil(shelf.tiles[0, 1])
    with pytest.raises(Malformed) as refusal:
        shelf.reader().hashes(*((0, 1, 256) if use == "as a tile" else (1, 0, 2)))
    assert refusal.value.code == "TILE-LENGTH"


def test_a_source_that_gives_too_little_is_refused() -> None:
    short = FullTileReader(lambda _level, _n: None, lambda _start, _stop: bytes(32))
    with pytest.raises(Malformed) as refusal:
        TreeHashes(short, 3).root(0, 3)
    assert refusal.value.code == "TILE-LENGTH"
