"""Step 9: what a live store keeps beside its entries, which must agree with their bytes."""

from collections.abc import Iterator

from ledger.log.leaves import Leaves
from ledger.log.merkle import HASH_SIZE, Frontier
from ledger.log.tiles import TILE_WIDTH
from ledger.source import LiveSource
from ledger.verify.reduce import Reducer
from ledger.verify.report import Mark


def tile_marks(store: LiveSource, leaves: Leaves) -> Iterator[Mark]:
    """Compare every stored tile with the full tiles that the leaves give."""
    full = TILE_WIDTH * HASH_SIZE
    expected = {(level, n): tile for level, n, tile in leaves.tiles() if len(tile) == full}
    for level, n, hashes in store.tiles():
        ours = expected.pop((level, n), None)
        if ours is None:
            yield Mark("TILE-STRAY", None, "no such tile", f"tile {level}/{n}")
        elif ours != hashes:
            yield Mark("TILE-DIFFERS", None, f"tile {level}/{n}", "other hashes")
    for level, n in expected:
        yield Mark("TILE-MISSING", None, f"tile {level}/{n}", "none")


def tree_row_marks(store: LiveSource, frontier: Frontier, reducer: Reducer) -> Iterator[Mark]:
    """Compare the tree row with what the entries give; step 1 judged its checkpoint."""
    size, hashes, recorded_at, control = store.tree_row()
    for name, expected, found in (
        ("size", frontier.size, size),
        ("frontier", frontier.to_bytes().hex(), hashes.hex()),
        ("recorded_at", reducer.recorded_at, recorded_at),
        ("control", reducer.newest_control, control),
    ):
        if expected != found:
            yield Mark("TREE-ROW", None, f"{name} {expected}", str(found))


def stray_marks(store: LiveSource) -> Iterator[Mark]:
    """Mark entries that are stored where the log has no position."""
    for index in store.strays():
        yield Mark("ENTRY-STRAY", index, "a position of the log", "an entry")
