"""All leaf hashes of a log: the same roots and tiles as from the tree's definition."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.log.leaves import Leaves
from ledger.log.merkle import EMPTY_FRONTIER, HASH_SIZE

HASHES = [sha256(b"%d" % number).digest() for number in range(1_300)]


@given(st.integers(0, 1_300), st.lists(st.integers(-2, 1_400), max_size=9))
def test_roots_at_any_sizes_are_those_of_the_first_leaves(size: int, sizes: list[int]) -> None:
    leaves = Leaves(HASHES[:size])
    expected = {
        one: EMPTY_FRONTIER.extend(HASHES[:one]).root() for one in sizes if 0 <= one <= size
    }
    assert leaves.roots(sizes) == expected
    assert leaves.frontier() == EMPTY_FRONTIER.extend(HASHES[:size])
    assert leaves.roots(sizes) == expected  # from the roots of tiles that are remembered


def test_leaves_grow_and_are_read_by_position() -> None:
    leaves = Leaves()
    for one in HASHES[:300]:
        leaves.append(one)
    assert (len(leaves), leaves[299]) == (300, HASHES[299])
    assert leaves.joined(298, 400) == HASHES[298] + HASHES[299]
    for index in (-1, 300):
        with pytest.raises(IndexError):
            leaves[index]


def test_tiles_are_full_but_for_the_last_of_each_level() -> None:
    tiles = [(level, n, len(tile) // HASH_SIZE) for level, n, tile in Leaves(HASHES[:600]).tiles()]
    assert tiles == [(0, 0, 256), (0, 1, 256), (0, 2, 88), (1, 0, 2)]
    assert list(Leaves().tiles()) == []
