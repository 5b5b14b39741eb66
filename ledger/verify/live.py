"""Steps 9 and 10: a live store's index, tiles and tree row, and the documents of any source."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ledger.entry import tags_of
from ledger.log.merkle import Frontier, perfect_root
from ledger.log.tiles import TILE_WIDTH
from ledger.source import LiveSource, Source
from ledger.verify.chunk import tag_sum
from ledger.verify.reduce import ReadEvent, Reducer
from ledger.verify.report import Findings, Mark

_EVERY_POSITION = 2**53


def tag_marks(
    store: LiveSource, size: int, expected: int, key: bytes, read: ReadEvent
) -> Iterator[Mark]:
    """Compare the tag index with what the entries give; look closer only where the sums differ."""
    if tag_sum(store.tags(-_EVERY_POSITION, _EVERY_POSITION), key) == expected:
        return
    found: dict[int, set[str]] = defaultdict(set)
    for index, tag in store.tags(-_EVERY_POSITION, _EVERY_POSITION):
        found[index].add(tag)
    for index in range(size):
        ours, theirs = set(tags_of(read(index).statement)), found.pop(index, set())
        if ours != theirs:
            words = f"missing {sorted(ours - theirs)[:3]}, stray {sorted(theirs - ours)[:3]}"
            yield Mark("TAGS-DIFFER", index, f"{len(ours)} tags", words)
    for index, tags in sorted(found.items()):
        yield Mark("TAGS-STRAY", index, "no tag", ", ".join(sorted(tags)[:3]))


def tile_marks(store: LiveSource, leaves: Sequence[bytes], findings: Findings) -> Iterator[Mark]:
    """Compare every stored tile with the full tiles that the leaves give."""
    stored = store.tiles()
    expected = _full_tiles(leaves)
    ours, theirs = next(expected, None), next(stored, None)
    while ours is not None or theirs is not None:
        findings.count(9, 1)
        if theirs is None or (ours is not None and ours[:2] < theirs[:2]):
            assert ours is not None  # noqa: S101  one of the two is not None
            yield Mark("TILE-MISSING", None, f"tile {ours[0]}/{ours[1]}", "none")
            ours = next(expected, None)
        elif ours is None or theirs[:2] < ours[:2]:
            yield Mark("TILE-STRAY", None, "no such tile", f"tile {theirs[0]}/{theirs[1]}")
            theirs = next(stored, None)
        else:
            if ours[2] != theirs[2]:
                yield Mark("TILE-DIFFERS", None, f"tile {ours[0]}/{ours[1]}", "other hashes")
            ours, theirs = next(expected, None), next(stored, None)


def _full_tiles(leaves: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Yield (level, n, hashes) of every full tile over these leaves, sorted."""
    level, hashes = 0, list(leaves)
    while len(hashes) >= TILE_WIDTH:
        roots = []
        for n in range(len(hashes) // TILE_WIDTH):
            tile = b"".join(hashes[n * TILE_WIDTH : (n + 1) * TILE_WIDTH])
            yield level, n, tile
            roots.append(perfect_root(tile))
        level, hashes = level + 1, roots


def tree_row_marks(
    store: LiveSource, frontier: Frontier | None, reducer: Reducer
) -> Iterator[Mark]:
    """Compare the tree row with what the entries give."""
    size, hashes, recorded_at, control = store.tree_row()
    if frontier is None:
        return
    for name, expected, found in (
        ("size", frontier.size, size),
        ("frontier", frontier.to_bytes().hex(), hashes.hex()),
        ("recorded_at", reducer.recorded_at, recorded_at),
        ("control", reducer.newest_control, control),
    ):
        if expected != found:
            yield Mark("TREE-ROW", None, f"{name} {expected}"[:120], str(found)[:120])


def document_marks(
    source: Source, named: Mapping[str, int | None], findings: Findings
) -> Iterator[Mark]:
    """Hash every document that is there, and name those that events name and that are not.

    A missing annex is no condition: it is left out by choice, and listed as not checked.
    """
    held = sorted(source.document_names())
    for name in held:
        data = source.document(name) or b""
        findings.count(10, 1)
        actual = hashlib.sha256(data).hexdigest()
        if actual != name:
            yield Mark("DOCUMENT-DIFFERS", None, name, actual)
        elif name not in named:
            yield Mark("DOCUMENT-STRAY", None, "no such document", name)
        elif named[name] is not None and named[name] != len(data):
            yield Mark("DOCUMENT-SIZE", None, f"{named[name]} bytes", f"{len(data)} bytes")
    for name in sorted(set(named) - set(held)):
        if named[name] is not None:
            yield Mark("DOCUMENT-MISSING", None, name, "not in the source")


def not_checked(source: Source, named: Mapping[str, int | None]) -> tuple[str, ...]:
    """Return what an audit of this source does not look at, in words."""
    held = set(source.document_names())
    annexes = sum(1 for name, size in named.items() if size is None and name not in held)
    tokens = sum(1 for anchor in source.anchors() if anchor.token)
    lines = [
        "whether the statements are true",
        "witness cosignatures and time stamps: no policy was given",
    ]
    if annexes:
        lines.append(f"{annexes} sealed annexes that are not here")
    if tokens:
        lines.append(f"{tokens} time-stamp tokens")
    return tuple(lines)
