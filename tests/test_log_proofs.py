"""Proofs: those this log makes, those others made, and those that must fail."""

import base64
import json
import os
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

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
)
from ledger.log.proofs import (
    SharedProofs,
    consistency_proof,
    inclusion_proof,
    inclusion_proofs,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from ledger.log.tiles import TILE_WIDTH, filled_tiles, partial_tiles
from tests.trees import root_of

SIZE_MAX = 300
BIG = 70_000
LEAVES = tuple(leaf_hash(i.to_bytes(4, "big")) for i in range(BIG))

ROOT_FOLDER = Path(__file__).resolve().parent.parent
VECTORS = ROOT_FOLDER / os.environ.get("CHIPLEDGER_VECTORS", "../shared/vectors")
# Its two roots are 12 bytes of text; it asks that a proof from a size to itself pass unseen.
NOT_HASHES = "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json"


class MemoryTree:
    """Tiles of a list of leaves by definition; notes which were asked for."""

    def __init__(self, leaves: tuple[bytes, ...]) -> None:
        self.leaves = leaves
        self.asked: list[tuple[int, int, int]] = []
        self._root = cache(self._fold)

    def _fold(self, level: int, n: int) -> bytes:
        if level == 0:
            return self.leaves[n]
        return root_of(self._root(level - 1, n * TILE_WIDTH + i) for i in range(TILE_WIDTH))

    def hashes(self, level: int, n: int, width: int) -> bytes:
        self.asked.append((level, n, width))
        return b"".join(self._root(level, n * TILE_WIDTH + i) for i in range(width))


TREE = MemoryTree(LEAVES)


@cache
def subtree(start: int, stop: int) -> bytes:
    """MTH(D[start:stop]) of RFC 6962 section 2.1."""
    if stop - start == 1:
        return LEAVES[start]
    middle = start + halfway(stop - start)
    return node_hash(subtree(start, middle), subtree(middle, stop))


def halfway(width: int) -> int:
    half = 1
    while half * 2 < width:
        half *= 2
    return half


def defined_path(index: int, start: int, stop: int) -> tuple[bytes, ...]:
    """PATH(m, D[n]) of RFC 6962 section 2.1.1."""
    if stop - start == 1:
        return ()
    middle = start + halfway(stop - start)
    if index < middle:
        return (*defined_path(index, start, middle), subtree(middle, stop))
    return (*defined_path(index, middle, stop), subtree(start, middle))


def defined_subproof(old: int, start: int, stop: int) -> tuple[bytes, ...]:
    """SUBPROOF(m, D[n], b) of RFC 6962 section 2.1.2, b being start == 0."""
    if old == stop:
        return (subtree(start, stop),) if start else ()
    middle = start + halfway(stop - start)
    if old <= middle:
        return (*defined_subproof(old, start, middle), subtree(middle, stop))
    return (*defined_subproof(old, middle, stop), subtree(start, middle))


@pytest.fixture(scope="module")
def roots() -> list[bytes]:
    """The root at each size, from the frontier, which owes nothing to tiles."""
    frontier, roots = EMPTY_FRONTIER, [EMPTY_ROOT]
    for leaf in LEAVES[:SIZE_MAX]:
        frontier = frontier.append(leaf)
        roots.append(frontier.root())
    return roots


def test_every_leaf_of_every_tree_to_300_is_proved_to_be_in_it(roots: list[bytes]) -> None:
    for size in range(1, SIZE_MAX + 1):
        for index, proof in enumerate(inclusion_proofs(TREE, range(size), size)):
            assert proof == defined_path(index, 0, size)
            assert verify_inclusion(LEAVES[index], index, size, roots[size], proof)


def test_every_tree_to_130_is_proved_to_be_a_prefix_of_the_later_ones(roots: list[bytes]) -> None:
    for new in range(131):
        for old in range(new + 1):
            proof = consistency_proof(TREE, old, new)
            assert proof == (defined_subproof(old, 0, new) if old else ())
            assert verify_consistency(old, new, roots[old], roots[new], proof)


def test_sampled_trees_to_300_are_proved_to_be_prefixes(roots: list[bytes]) -> None:
    draw = random.Random(6962)
    for _ in range(1_500):
        old, new = sorted((draw.randint(1, SIZE_MAX), draw.randint(131, SIZE_MAX)))
        proof = consistency_proof(TREE, old, new)
        assert proof == defined_subproof(old, 0, new)
        assert verify_consistency(old, new, roots[old], roots[new], proof)


def test_the_root_at_every_size_to_300_is_the_frontiers(roots: list[bytes]) -> None:
    assert [root_at(TREE, size) for size in range(SIZE_MAX + 1)] == roots


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, BIG])
def test_proofs_reach_across_levels_of_tiles(size: int) -> None:
    root = root_of(LEAVES[:size])
    assert root_at(TREE, size) == root
    draw = random.Random(size)
    for index in [0, 255, 256, size - 1, *(draw.randrange(size) for _ in range(6))]:
        proof = inclusion_proof(TREE, index, size)
        assert verify_inclusion(LEAVES[index], index, size, root, proof)
        proof = consistency_proof(TREE, index + 1, size)
        assert verify_consistency(index + 1, size, root_of(LEAVES[: index + 1]), root, proof)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_536, BIG])
def test_a_proof_asks_only_for_tiles_that_a_log_of_this_size_serves(size: int) -> None:
    served = {(level, n, TILE_WIDTH) for level, n in filled_tiles(0, size)}
    served |= set(partial_tiles(size))
    TREE.asked.clear()
    inclusion_proofs(TREE, range(0, size, 997), size)
    consistency_proof(TREE, (size + 1) // 2, size)
    root_at(TREE, size)
    assert set(TREE.asked) <= served


def test_the_proof_of_the_next_leaf_needs_the_frontier_alone(roots: list[bytes]) -> None:
    frontier = EMPTY_FRONTIER
    for index, leaf in enumerate(LEAVES[:SIZE_MAX]):
        proof = frontier.inclusion_of_last()
        assert proof == inclusion_proof(TREE, index, index + 1)
        assert verify_inclusion(leaf, index, index + 1, roots[index + 1], proof)
        frontier = frontier.append(leaf)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (0, -1)])
def test_no_proof_is_made_of_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(Malformed) as refusal:
        inclusion_proof(TREE, index, size)
    assert refusal.value.code == "PROOF-RANGE"


@pytest.mark.parametrize(("old", "new"), [(6, 5), (-1, 5), (-2, -1)])
def test_no_proof_is_made_of_a_tree_that_shrinks(old: int, new: int) -> None:
    with pytest.raises(Malformed) as refusal:
        consistency_proof(TREE, old, new)
    assert refusal.value.code == "PROOF-RANGE"


def test_no_root_is_told_for_a_negative_size() -> None:
    with pytest.raises(Malformed):
        root_at(TREE, -1)


def test_the_empty_tree_is_a_prefix_of_every_tree_and_of_nothing_else(roots: list[bytes]) -> None:
    assert verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, ())
    assert verify_consistency(0, 7, EMPTY_ROOT, roots[7], ())
    assert not verify_consistency(0, 7, roots[1], roots[7], ())
    assert not verify_consistency(0, 7, EMPTY_ROOT, roots[7], (roots[1],))
    assert not verify_consistency(0, 0, roots[1], roots[1], ())
    assert not verify_consistency(7, 0, roots[7], EMPTY_ROOT, ())
    assert not verify_inclusion(LEAVES[0], 0, 0, EMPTY_ROOT, ())


def test_a_tree_is_its_own_prefix_only_with_the_same_root(roots: list[bytes]) -> None:
    assert verify_consistency(5, 5, roots[5], roots[5], ())
    assert not verify_consistency(5, 5, roots[4], roots[5], ())
    assert not verify_consistency(5, 5, roots[5], roots[5], (roots[5],))


def spoilt(proof: tuple[bytes, ...], data: st.DataObject) -> tuple[bytes, ...]:
    """A proof with one bit flipped, one hash dropped, doubled, added, shortened or lengthened."""
    at = data.draw(st.integers(0, len(proof) - 1))
    node = proof[at]
    bit = data.draw(st.integers(0, 8 * HASH_SIZE - 1))
    flipped = (int.from_bytes(node, "big") ^ 1 << bit).to_bytes(HASH_SIZE, "big")
    put: tuple[bytes, ...] = data.draw(
        st.sampled_from([(), (flipped,), (node, node), (node[:-1],), (node + b"\0",)])
    )
    return proof[:at] + put + proof[at + 1 :]


@given(st.data())
def test_a_spoilt_inclusion_proof_is_refused(roots: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(2, SIZE_MAX))
    index = data.draw(st.integers(0, size - 1))
    wrong = spoilt(inclusion_proof(TREE, index, size), data)
    assert not verify_inclusion(LEAVES[index], index, size, roots[size], wrong)


@given(st.data())
def test_a_spoilt_consistency_proof_is_refused(roots: list[bytes], data: st.DataObject) -> None:
    new = data.draw(st.integers(2, SIZE_MAX))
    old = data.draw(st.integers(1, new - 1))
    wrong = spoilt(consistency_proof(TREE, old, new), data)
    assert not verify_consistency(old, new, roots[old], roots[new], wrong)


@given(st.data())
def test_a_proof_shows_one_leaf_at_one_index_only(roots: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(2, SIZE_MAX))
    index, other = data.draw(
        st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True)
    )
    proof = inclusion_proof(TREE, index, size)
    assert not verify_inclusion(LEAVES[other], index, size, roots[size], proof)
    assert not verify_inclusion(LEAVES[index], other, size, roots[size], proof)
    assert not verify_inclusion(LEAVES[index], index, size, roots[size - 1], proof)
    assert not verify_inclusion(LEAVES[index], index + size, size, roots[size], proof)
    assert not verify_inclusion(LEAVES[index], -1, size, roots[size], proof)


@given(st.data())
def test_rewritten_history_has_no_consistency_proof(
    roots: list[bytes], data: st.DataObject
) -> None:
    new = data.draw(st.integers(2, SIZE_MAX))
    old = data.draw(st.integers(1, new - 1))
    changed = data.draw(st.integers(0, old - 1))
    forged = (*LEAVES[:changed], leaf_hash(b"rewritten"), *LEAVES[changed + 1 : new])
    proof = consistency_proof(MemoryTree(forged), old, new)
    assert verify_consistency(old, new, root_of(forged[:old]), root_of(forged), proof)
    assert not verify_consistency(old, new, roots[old], root_of(forged), proof)


@pytest.mark.parametrize("size", [31, 33])
def test_only_32_bytes_are_a_hash(roots: list[bytes], size: int) -> None:
    wrong = bytes(size)
    assert not verify_inclusion(wrong, 0, 1, wrong, ())
    assert not verify_consistency(1, 1, wrong, wrong, ())
    assert not verify_consistency(1, 2, wrong, roots[2], (LEAVES[1],))


hashes = st.binary(min_size=30, max_size=33) | st.sampled_from(LEAVES[:4])
sizes = st.integers(-2, 9) | st.integers(-(2**70), 2**70)


@given(sizes, sizes, hashes, hashes, st.lists(hashes, max_size=80))
def test_checking_anything_at_all_answers_and_never_raises(
    first: int, second: int, left: bytes, right: bytes, proof: list[bytes]
) -> None:
    assert verify_inclusion(left, first, second, right, proof) in {True, False}
    assert verify_consistency(first, second, left, right, proof) in {True, False}


def vectors(name: str) -> list[dict[str, Any]]:
    """Cases that other implementers wrote; none where the folder is missing."""
    path = VECTORS / name
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def decoded(case: dict[str, Any], name: str) -> bytes:
    return base64.b64decode(case[name])


def proof_of(case: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(node) for node in case["proof"] or ()]


def test_inclusion_proofs_that_others_published_are_judged_as_they_say() -> None:
    cases = vectors("merkle_inclusion.jsonl")
    if not cases:
        pytest.skip(f"the published vectors are not in {VECTORS}")
    assert len(cases) == 98
    for case in cases:
        holds = verify_inclusion(
            decoded(case, "leafHash"),
            case["leafIdx"],
            case["treeSize"],
            decoded(case, "root"),
            proof_of(case),
        )
        assert holds is not case["wantErr"], case["case"]


def test_consistency_proofs_that_others_published_are_judged_as_they_say() -> None:
    cases = vectors("merkle_consistency.jsonl")
    if not cases:
        pytest.skip(f"the published vectors are not in {VECTORS}")
    assert len(cases) == 98
    for case in cases:
        holds = verify_consistency(
            case["size1"],
            case["size2"],
            decoded(case, "root1"),
            decoded(case, "root2"),
            proof_of(case),
        )
        expected = False if case["case"] == NOT_HASHES else not case["wantErr"]
        assert holds is expected, case["case"]


def test_a_frontier_read_back_goes_on_proving() -> None:
    frontier = EMPTY_FRONTIER.extend(LEAVES[:200])
    again = Frontier.from_bytes(200, frontier.to_bytes())
    assert again.inclusion_of_last() == inclusion_proof(TREE, 200, 201)


def test_proofs_of_one_commit_are_made_together() -> None:
    asked: list[Sequence[int]] = []

    def prove(indexes: Sequence[int]) -> list[tuple[bytes, ...]]:
        asked.append(indexes)
        return [(bytes([index]),) for index in indexes]

    shared = SharedProofs(prove, [200, *range(100), 7])
    assert [shared.of(index) for index in (0, 63, 64, 200)] == [
        (b"\0",),
        (b"\x3f",),
        (b"\x40",),
        (b"\xc8",),
    ]
    assert asked == [list(range(64)), [*range(64, 100), 200]]
