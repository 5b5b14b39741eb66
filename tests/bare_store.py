"""Bare ledgers for the store's tests: entries of a few bytes, notes that nobody signed."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.log.merkle import EMPTY_FRONTIER, leaf_hash, perfect_root
from ledger.log.tiles import filled_tiles
from ledger.store.reader import Anchor, Head
from ledger.store.recorder import LedgerRecorder
from ledger.store.sqlite import SQLiteRecorder
from ledger.store.transaction import NewEntry, Transaction

NOON = "2026-03-02T12:00:00.000000Z"
LATER = "2026-03-02T12:00:00.000001Z"
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def note(size: int, root: bytes) -> bytes:
    return b"%d %s" % (size, root.hex().encode())


def entries(*data: str, tags: tuple[str, ...] = ()) -> list[NewEntry]:
    """Return entries under these tags, or each under one of its own."""
    return [NewEntry("Dispatched.v1", one.encode(), tags or (f"id:{one}",)) for one in data]


def record(recorder: LedgerRecorder, *data: str, tags: tuple[str, ...] = ()) -> Head:
    """Append and seal in one transaction; return the new head."""

    def work(transaction: Transaction) -> Head:
        transaction.append(entries(*data, tags=tags), recorded_at=NOON, control=0)
        return transaction.seal(note)

    return recorder.transact(work)


def three_entries(folder: Path) -> Path:
    """Return where a closed ledger of three entries, an anchor and a document is."""
    path = folder / "ledger.sqlite"
    with SQLiteRecorder.create(path) as recorder:
        record(recorder, "a", "b", "c")
        recorder.add_anchor(Anchor(3, b"note", b""))
        recorder.transact(lambda transaction: transaction.put_document(EMPTY_SHA256, b""))
    return path


@contextmanager
def behind_the_back(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file of a ledger as somebody who goes around the program."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def read_all(recorder: LedgerRecorder) -> int:
    """Use every way to read; return the number of rows seen."""
    stop = 2**63 - 1
    recorder.head()
    seen: list[object] = [*recorder.entries(0, stop), *recorder.leaves(0, stop), *recorder.read()]
    seen += [recorder.tagged(tag) for _, tag in recorder.all_tags(0, stop)]
    seen += [recorder.full_tile(tile.level, tile.n) for tile in recorder.all_tiles()]
    seen += [recorder.document(sha256) for sha256, _ in recorder.documents()]
    seen += recorder.with_tags(recorder.matching([], [], 0, None))
    return len(seen) + len(recorder.anchors()) + recorder.tag_count()


def assert_sound(recorder: LedgerRecorder) -> int:
    """Recompute what can be rebuilt from the entries' bytes alone; return their number."""
    stored = list(recorder.entries(0, 2**62))
    leaves = [leaf_hash(entry.data) for entry in stored]
    head = recorder.head()
    assert [entry.index for entry in stored] == list(range(head.size))
    assert [entry.leaf for entry in stored] == list(recorder.leaves(0, 2**62)) == leaves
    assert head.frontier == EMPTY_FRONTIER.extend(leaves)
    level, nodes, expected = 0, leaves, []
    while len(nodes) >= 256:
        whole = len(nodes) // 256
        full = [b"".join(nodes[256 * n : 256 * n + 256]) for n in range(whole)]
        expected += [(level, n, hashes) for n, hashes in enumerate(full)]
        level, nodes = level + 1, [perfect_root(hashes) for hashes in full]
    assert list(recorder.all_tiles()) == expected
    assert [tile[:2] for tile in expected] == filled_tiles(0, head.size)
    return head.size
