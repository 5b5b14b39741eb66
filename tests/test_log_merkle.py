"""The tree's hashes and its compact range, against RFC 6962's own definition and known roots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.log.merkle import (
    EMPTY_FRONTIER,
    EMPTY_ROOT,
    HASH_SIZE,
    Frontier,
    leaf_hash,
    node_hash,
    perfect_root,
)
from tests.trees import root_of

# The eight entries that Certificate Transparency implementations test with, and their roots.
KNOWN_ENTRIES = tuple(
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
)
KNOWN_ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LEAVES = tuple(leaf_hash(i.to_bytes(2, "big")) for i in range(300))


def defined_root(leaves: tuple[bytes, ...]) -> bytes:
    """MTH as RFC 6962 section 2.1 words it, without any cleverness."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return node_hash(defined_root(leaves[:middle]), defined_root(leaves[middle:]))


@pytest.mark.parametrize("size", range(9))
def test_known_entries_have_the_roots_that_other_logs_compute(size: int) -> None:
    leaves = [leaf_hash(entry) for entry in KNOWN_ENTRIES[:size]]
    assert root_of(leaves).hex() == KNOWN_ROOTS[size]


def test_a_leaf_never_hashes_as_a_node_with_the_same_bytes() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)


def test_appending_one_by_one_gives_the_defined_root_at_every_size() -> None:
    frontier = EMPTY_FRONTIER
    for size, leaf in enumerate(LEAVES):
        assert frontier.size == size
        assert len(frontier.hashes) == size.bit_count()
        assert frontier.root() == defined_root(LEAVES[:size])
        frontier = frontier.append(leaf)
    assert frontier.root() == defined_root(LEAVES)


@given(st.integers(0, 300), st.integers(0, 300))
def test_however_leaves_are_split_into_commits_the_frontier_is_the_same(a: int, b: int) -> None:
    first, second = sorted((a, b))
    at_once = EMPTY_FRONTIER.extend(LEAVES)
    in_three = (
        EMPTY_FRONTIER.extend(LEAVES[:first]).extend(LEAVES[first:second]).extend(LEAVES[second:])
    )
    assert in_three == at_once


def test_extending_leaves_the_frontier_before_as_it_was() -> None:
    before = EMPTY_FRONTIER.extend(LEAVES[:7])
    kept = before.to_bytes()
    before.extend(LEAVES[7:])
    assert before.to_bytes() == kept


@pytest.mark.parametrize("size", [1, 2, 64, 256])
def test_the_root_of_a_full_tile_is_the_root_over_its_hashes(size: int) -> None:
    assert perfect_root(b"".join(LEAVES[:size])) == defined_root(LEAVES[:size])


@given(st.integers(0, 300))
def test_a_frontier_survives_the_tree_row(size: int) -> None:
    frontier = EMPTY_FRONTIER.extend(LEAVES[:size])
    assert Frontier.from_bytes(size, frontier.to_bytes()) == frontier


@pytest.mark.parametrize(
    ("size", "length"),
    [(0, 32), (1, 0), (1, 31), (1, 64), (3, 32), (4, 64), (7, 95), (-1, 32), (-1, 0)],
)
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, length: int) -> None:
    with pytest.raises(Malformed) as refusal:
        Frontier.from_bytes(size, bytes(length))
    assert refusal.value.code == "FRONTIER-LENGTH"


@given(st.integers(-3, 2**70), st.binary(max_size=4 * HASH_SIZE))
def test_any_bytes_are_a_frontier_or_malformed(size: int, data: bytes) -> None:
    try:
        frontier = Frontier.from_bytes(size, data)
    except Malformed:
        return
    assert frontier.to_bytes() == data
