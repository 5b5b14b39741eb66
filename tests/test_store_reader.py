"""What a store gives back: what was sealed, and what lies there when somebody altered it."""

import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.errors import Tampered, Unavailable
from ledger.log.merkle import EMPTY_FRONTIER, leaf_hash
from ledger.store.reader import CONTROL_TAG, Anchor, Head
from ledger.store.recorder import LedgerRecorder
from ledger.store.sqlite import SQLiteRecorder
from ledger.store.transaction import Transaction
from tests.bare_store import (
    LATER,
    NOON,
    assert_sound,
    behind_the_back,
    entries,
    note,
    read_all,
    record,
    three_entries,
)
from tests.stores import Store
from tests.trees import root_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return three_entries(tmp_path)


@pytest.fixture
def tampered(path: Path) -> Iterator[sqlite3.Connection]:
    with behind_the_back(path) as connection:
        yield connection


def test_an_empty_ledger_has_the_empty_head(recorder: LedgerRecorder) -> None:
    assert recorder.head() == Head(EMPTY_FRONTIER, "", 0, b"")
    assert recorder.head().size == 0
    assert_sound(recorder)


def test_what_is_sealed_is_what_is_read(recorder: LedgerRecorder) -> None:
    def work(transaction: Transaction) -> Head:
        transaction.append(entries("a", tags=(CONTROL_TAG, "id:1")), recorded_at=NOON, control=0)
        transaction.append(entries("b", "c", tags=("id:2",)), recorded_at=LATER, control=0)
        assert transaction.size == 3
        return transaction.seal(note)

    head = recorder.transact(work)
    leaves = [leaf_hash(data) for data in (b"a", b"b", b"c")]
    assert head == recorder.head()
    assert (head.size, head.recorded_at, head.control) == (3, LATER, 0)
    assert head.checkpoint == note(3, root_of(leaves))
    assert [entry.data for entry in recorder.entries(1, 3)] == [b"b", b"c"]
    assert recorder.entry(1).type == "Dispatched.v1"
    assert [entry.index for entry in recorder.tagged("id:2")] == [1, 2]
    assert [entry.index for entry in recorder.tagged("id:2", 2)] == [2]
    assert recorder.control_since(-1) == [recorder.entry(0)]
    assert recorder.control_since(0) == []
    assert list(recorder.all_tags(0, 3)) == [
        (0, CONTROL_TAG),
        (0, "id:1"),
        (1, "id:2"),
        (2, "id:2"),
    ]
    assert list(recorder.all_tags(1, 3)) == [(1, "id:2"), (2, "id:2")]
    assert list(recorder.all_tags(2, 3)) == [(2, "id:2")]
    assert recorder.tag_count() == 4
    assert recorder.tree_row() == (3, head.frontier.to_bytes(), LATER, 0, head.checkpoint)
    assert_sound(recorder)


def test_the_tag_index_is_read_in_pages_ordered_by_tag(recorder: LedgerRecorder) -> None:
    record(recorder, *(str(i) for i in range(12_000)), tags=("id:b", "id:a"))
    expected = [(index, tag) for tag in ("id:a", "id:b") for index in range(12_000)]
    assert list(recorder.all_tags(0, 12_000)) == list(recorder.all_tags(-9, 2**60)) == expected
    assert list(recorder.all_tags(11_999, 12_000)) == [(11_999, "id:a"), (11_999, "id:b")]
    assert recorder.tag_count() == 24_000


def test_an_unknown_entry_is_said_to_be_unknown(recorder: LedgerRecorder) -> None:
    record(recorder, "a")
    for index in (-1, 1, 2**62):
        with pytest.raises(Unavailable, match="ENTRY-UNKNOWN"):
            recorder.entry(index)


def test_a_document_is_kept_once_under_its_digest(recorder: LedgerRecorder) -> None:
    digest = sha256(b"packing list").hexdigest()
    empty = sha256(b"").hexdigest()

    def work(transaction: Transaction) -> None:
        assert not transaction.has_document(digest)
        transaction.put_document(digest, b"packing list")
        transaction.put_document(digest, b"packing list")
        assert transaction.has_document(digest)
        transaction.append(entries("a"), recorded_at=NOON, control=0, documents={empty: b""})
        transaction.seal(note)

    recorder.transact(work)
    assert recorder.documents() == sorted([(digest, 12), (empty, 0)])
    assert recorder.document(digest) == b"packing list"
    assert recorder.document(empty) == b""
    assert recorder.document("00" * 32) is None
    assert recorder.present_documents([digest, "00" * 32, empty]) == {digest, empty}
    assert recorder.present_documents(["00" * 32]) == recorder.present_documents([]) == set()


def test_anchors_are_kept_once_and_in_order(recorder: LedgerRecorder) -> None:
    def work(transaction: Transaction) -> Head:
        transaction.append(entries("a"), recorded_at=NOON, control=0)
        return transaction.seal(note, anchor=True)

    head = recorder.transact(work)
    stamped = Anchor(1, head.checkpoint, b"token")
    for anchor in (stamped, Anchor(0, b"older", b""), stamped):
        recorder.add_anchor(anchor)
    assert recorder.anchors() == [
        Anchor(0, b"older", b""),
        Anchor(1, head.checkpoint, b""),
        stamped,
    ]


def test_a_missing_tree_row_is_told(store: Store) -> None:
    store.three_entries()
    store.behind_the_back("DELETE FROM tree")
    with store.open() as recorder:
        with pytest.raises(Tampered, match="STORE-CORRUPT"):
            recorder.head()
        with pytest.raises(Tampered, match="STORE-CORRUPT"):
            record(recorder, "d")


def test_a_frontier_that_does_not_fit_is_told(store: Store) -> None:
    store.three_entries()
    store.behind_the_back("UPDATE tree SET size = 4")
    with store.open() as recorder:
        with pytest.raises(Tampered, match="STORE-TREE"):
            recorder.head()
        assert recorder.tree_row()[0] == 4


def test_bytes_rewritten_as_text_are_read_as_bytes(
    path: Path, tampered: sqlite3.Connection
) -> None:
    tampered.execute("DROP TRIGGER entry_update")
    tampered.execute("UPDATE entry SET data = 'false' WHERE idx = 1")
    with SQLiteRecorder.open(path, readonly=True) as recorder:
        assert recorder.entry(1).data == b"false"
        assert [entry.data for entry in recorder.tagged("id:b")] == [b"false"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE tree SET size = 'three'",
        "UPDATE tree SET recorded_at = x'00'",
        "UPDATE entry_tag SET tag = CAST(x'ff' AS TEXT) WHERE idx = 1",
    ],
)
def test_a_cell_of_another_type_is_corrupt(
    path: Path, tampered: sqlite3.Connection, change: str
) -> None:
    tampered.execute(change)
    with (
        SQLiteRecorder.open(path, readonly=True) as recorder,
        pytest.raises(Tampered, match="STORE-CORRUPT"),
    ):
        read_all(recorder)
