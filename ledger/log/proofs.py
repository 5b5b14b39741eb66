"""Inclusion and consistency proofs: made from tiles, checked from nothing but the proof.

Made as RFC 6962 sections 2.1.1 and 2.1.2 define them; checked as RFC 9162 sections 2.1.3.2 and
2.1.4.2 say. The checks answer True or False, never raise, and insist on 32-byte hashes.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from threading import Lock

from ledger.errors import Malformed
from ledger.log.merkle import EMPTY_ROOT, HASH_SIZE, node_hash
from ledger.log.tiles import HashReader, TreeHashes

_NEIGHBOURS = 64
"""Proofs that are made together."""


def root_at(reader: HashReader, size: int) -> bytes:
    """Return the root of the tree of the first `size` leaves.

    Raises:
        Malformed: PROOF-RANGE for a negative size.
    """
    _require(size >= 0, f"no tree has {size} leaves")
    return TreeHashes(reader, size).root(0, size) if size else EMPTY_ROOT


def inclusion_proof(reader: HashReader, index: int, size: int) -> tuple[bytes, ...]:
    """Return the audit path of leaf `index` in the tree of `size` leaves, from the leaf up.

    RFC 6962 section 2.1.1, PATH(m, D[n]).

    Raises:
        Malformed: PROOF-RANGE unless 0 <= index < size.
    """
    return inclusion_proofs(reader, (index,), size)[0]


def inclusion_proofs(
    reader: HashReader, indexes: Iterable[int], size: int
) -> list[tuple[bytes, ...]]:
    """Return the audit path of each of these leaves; neighbours share the tiles that are read.

    Raises:
        Malformed: PROOF-RANGE unless 0 <= index < size for each.
    """
    tree = TreeHashes(reader, size)
    return [_path(tree, index, size) for index in indexes]


class SharedProofs:
    """Audit paths of many leaves, made when the first of some neighbours is asked for.

    Who asks for the proof of one answer of a commit will ask for those beside it.
    """

    def __init__(
        self, prove: Callable[[Sequence[int]], list[tuple[bytes, ...]]], indexes: Iterable[int]
    ) -> None:
        """Remember which there are.

        Args:
            prove: as `inclusion_proofs` of one tree.
            indexes: of the leaves, in any order.
        """
        self._prove = prove
        self._indexes = sorted(set(indexes))
        self._lock = Lock()
        self._found: dict[int, tuple[bytes, ...]] = {}

    def of(self, index: int) -> tuple[bytes, ...]:
        """Return the audit path of one of these leaves."""
        with self._lock:
            if index not in self._found:
                at = bisect_left(self._indexes, index) // _NEIGHBOURS * _NEIGHBOURS
                some = self._indexes[at : at + _NEIGHBOURS]
                self._found.update(zip(some, self._prove(some), strict=True))
            return self._found[index]


def _path(tree: TreeHashes, index: int, size: int) -> tuple[bytes, ...]:
    _require(0 <= index < size, f"leaf {index} is not in a tree of {size} leaves")
    start, stop = 0, size
    path = []
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(tree.root(middle, stop))
            stop = middle
        else:
            path.append(tree.root(start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_proof(reader: HashReader, old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of `old` leaves is a prefix of the tree of `new` leaves.

    RFC 6962 section 2.1.2, PROOF(m, D[n]). It is empty for equal sizes and for an empty old tree.

    Raises:
        Malformed: PROOF-RANGE unless 0 <= old <= new.
    """
    _require(0 <= old <= new, f"a tree of {old} leaves is no prefix of one of {new}")
    if old == 0:
        return ()
    tree = TreeHashes(reader, new)
    start, stop = 0, new
    proof = []
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            proof.append(tree.root(middle, stop))
            stop = middle
        else:
            proof.append(tree.root(start, middle))
            start = middle
    # From 0, the subtree D[0:old] is the old tree itself, whose root the verifier has.
    if start:
        proof.append(tree.root(start, stop))
    return tuple(reversed(proof))


def verify_inclusion(
    leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether the proof shows `leaf` at `index` of the tree with this size and root.

    RFC 9162 section 2.1.3.2.

    Args:
        leaf: the leaf hash, 32 bytes.
        index: from 0.
        size: leaves in the tree.
        root: 32 bytes.
        proof: the audit path, from the leaf up, neither shorter nor longer than needed.
    """
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    position, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            # On the right edge, heights where the node has no sibling are passed over.
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether the proof shows that the new tree continues the old one.

    RFC 9162 section 2.1.4.2, and for the sizes that it leaves out: equal sizes need equal roots and
    no proof; the empty tree, with its own root and no proof, is a prefix of every tree.
    """
    if not 0 <= old <= new or not _are_hashes(old_root, new_root, *proof):
        return False
    if old == 0 and old_root != EMPTY_ROOT:
        return False
    if old in (0, new):
        return not proof and (old < new or old_root == new_root)
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    # An old tree that is perfect is a node of the new one; its root is then not in the proof.
    path = proof if position else (old_root, *proof)
    if not path:
        return False
    old_node = new_node = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_node = node_hash(sibling, old_node)
            new_node = node_hash(sibling, new_node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new_node = node_hash(new_node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old_node == old_root and new_node == new_root


def _split(width: int) -> int:
    """Return the largest power of two below `width`, where RFC 6962 divides a tree."""
    return 1 << (width - 1).bit_length() - 1


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_SIZE for value in values)


def _require(holds: bool, message: str) -> None:  # noqa: FBT001  the condition reads best first
    if not holds:
        raise Malformed("PROOF-RANGE", message, hint="ask within the checkpoint's size")
