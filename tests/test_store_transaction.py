"""A write transaction: look, append, seal; all of it or nothing."""

import random
from hashlib import sha256

import pytest

from ledger.errors import Malformed
from ledger.log.merkle import perfect_root
from ledger.log.tiles import partial_tiles
from ledger.store.reader import CONTROL_TAG
from ledger.store.recorder import LedgerRecorder
from ledger.store.transaction import Transaction
from tests.bare_store import (
    LATER,
    NOON,
    assert_sound,
    entries,
    note,
    record,
)


def test_a_transaction_sees_what_it_appended(recorder: LedgerRecorder) -> None:
    record(recorder, "a", "b", tags=("id:1", CONTROL_TAG))

    def work(transaction: Transaction) -> None:
        transaction.append(entries("c", tags=("id:1", CONTROL_TAG)), recorded_at=NOON, control=2)
        transaction.append(entries("d", tags=("id:2",)), recorded_at=NOON, control=2)
        for _ in range(2):
            assert [entry.data for entry in transaction.tagged("id:1")] == [b"a", b"b", b"c"]
            assert [entry.data for entry in transaction.tagged("id:1", 2)] == [b"c"]
            assert [entry.data for entry in transaction.tagged("id:1", 3)] == []
            assert [entry.index for entry in transaction.control_since(0)] == [1, 2]
            assert [entry.data for entry in transaction.entries(1, 3)] == [b"b", b"c"]
            assert [entry.data for entry in transaction.entries(3, 9)] == [b"d"]
            assert [entry.data for entry in transaction.entries(0, 1)] == [b"a"]
            assert transaction.size == 4
            transaction.seal(note)

    recorder.transact(work)
    assert recorder.head().control == 2
    assert_sound(recorder)


def test_looking_ahead_changes_no_answer(recorder: LedgerRecorder) -> None:
    record(recorder, "a", tags=("id:1",))

    def work(transaction: Transaction) -> None:
        assert transaction.lacks("id:2")
        assert not transaction.lacks("id:1")
        assert not transaction.lacks("id:4")  # nobody asked
        assert [entry.data for entry in transaction.tagged("id:1")] == [b"a"]
        assert transaction.tagged("id:2") == []
        transaction.append(entries("b", tags=("id:2",)), recorded_at=NOON, control=0)
        assert not transaction.lacks("id:2")
        assert [entry.data for entry in transaction.tagged("id:2")] == [b"b"]
        transaction.seal(note)
        assert [entry.data for entry in transaction.tagged("id:2")] == [b"b"]
        assert transaction.tagged("id:3") == []

    recorder.transact(work, ["id:1", "id:2", "id:3"])


def test_of_many_tags_those_present_are_told_at_once(recorder: LedgerRecorder) -> None:
    record(recorder, "a", "b", tags=("id:1", "kind:'; --"))
    assert recorder.present_tags(["id:1", "id:2", "kind:'; --"]) == {"id:1", "kind:'; --"}
    assert recorder.present_tags([]) == frozenset()


def test_one_transaction_may_seal_twice(recorder: LedgerRecorder) -> None:
    def work(transaction: Transaction) -> None:
        for start in (0, 300):
            new = entries(*(str(i) for i in range(start, start + 300)))
            transaction.append(new, recorded_at=NOON, control=0)
            transaction.seal(note)

    recorder.transact(work)
    assert recorder.head().size == 600
    assert_sound(recorder)


def test_a_seal_without_entries_renews_the_checkpoint_only(recorder: LedgerRecorder) -> None:
    before = record(recorder, "a")
    after = recorder.transact(lambda transaction: transaction.seal(lambda _size, _root: b"new"))
    assert (after.frontier, after.recorded_at) == (before.frontier, before.recorded_at)
    assert recorder.head().checkpoint == b"new"
    assert_sound(recorder)


def test_an_exception_leaves_nothing(recorder: LedgerRecorder) -> None:
    before = record(recorder, "a")

    def work(transaction: Transaction) -> None:
        transaction.append(
            entries("b", tags=("id:2",)),
            recorded_at=LATER,
            control=1,
            documents={sha256(b"manifest").hexdigest(): b"manifest"},
        )
        transaction.seal(note, anchor=True)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recorder.transact(work)
    assert recorder.head() == before
    assert recorder.tagged("id:2") == []
    assert recorder.documents() == []
    assert recorder.anchors() == []
    assert_sound(recorder)


def test_a_rolled_back_tile_is_not_remembered(recorder: LedgerRecorder) -> None:
    record(recorder, *(f"first {i}" for i in range(256 * 255 + 200)))

    def work(transaction: Transaction) -> None:
        # The first seal fills tile 255 of level 0, which tile 0 of level 1 needs at the second.
        for start, count in ((0, 55), (55, 1), (56, 300)):
            new = entries(*(f"lost {i}" for i in range(start, start + count)))
            transaction.append(new, recorded_at=NOON, control=0)
            transaction.seal(note)
        assert recorder.hashes(1, 1, 1)
        raise RuntimeError("lost")

    with pytest.raises(RuntimeError, match="lost"):
        recorder.transact(work)
    record(recorder, *(f"second {i}" for i in range(256 + 100)))
    assert recorder.hashes(1, 1, 1) == perfect_root(recorder.hashes(0, 256, 256))
    assert_sound(recorder)


def test_what_is_read_under_the_lock_before_anything_is_written_is_remembered(
    recorder: LedgerRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(recorder, *(f"entry {i}" for i in range(256 * 3 + 1)))
    asked: list[tuple[int, int]] = []
    full_tile = recorder.full_tile

    def counted(level: int, n: int) -> bytes | None:
        asked.append((level, n))
        return full_tile(level, n)

    monkeypatch.setattr(recorder, "full_tile", counted)
    recorder._forget_tiles()
    roots = [recorder.transact(lambda _: recorder.hashes(1, 0, 3)) for _ in range(3)]
    assert roots == 3 * [recorder.hashes(1, 0, 3)]
    assert [asked.count((0, n)) for n in range(3)] == [1, 1, 1]


def test_entries_that_were_not_sealed_are_not_committed(recorder: LedgerRecorder) -> None:
    def work(transaction: Transaction) -> None:
        transaction.append(entries("a"), recorded_at=NOON, control=0)

    with pytest.raises(RuntimeError, match="1 appended entries were not sealed"):
        recorder.transact(work)
    assert recorder.head().size == 0


def test_transactions_do_not_nest(recorder: LedgerRecorder) -> None:
    def work(transaction: Transaction) -> None:
        with pytest.raises(RuntimeError, match="does not nest"):
            recorder.transact(lambda _: None)
        transaction.append(entries("a"), recorded_at=NOON, control=0)
        transaction.seal(note)

    recorder.transact(work)
    assert recorder.head().size == 1


def test_a_document_under_a_wrong_digest_is_malformed(recorder: LedgerRecorder) -> None:
    with pytest.raises(Malformed, match="DOCUMENT-DIGEST"):
        recorder.transact(lambda transaction: transaction.put_document("00" * 32, b"list"))
    assert recorder.documents() == []


@pytest.mark.parametrize("seed", range(3))
def test_tiles_agree_after_batches_of_any_size(recorder: LedgerRecorder, seed: int) -> None:
    generator = random.Random(seed)
    for _ in range(8):
        size = recorder.head().size
        count = generator.choice([1, 55, 255, 256, 257, 511, 512 - size % 256, 900])
        record(recorder, *(f"{seed} {size + i}" for i in range(count)))
    assert_sound(recorder)


def test_tiles_agree_where_the_second_level_fills(recorder: LedgerRecorder) -> None:
    for stop in (65_280, 65_535, 65_536, 65_537, 65_800):
        record(recorder, *(str(i) for i in range(recorder.head().size, stop)))
    assert_sound(recorder)
    # Every partial tile can be read, at the widths that a published log serves.
    for size in (65_536, 65_800):
        for level, n, width in partial_tiles(size):
            assert len(recorder.hashes(level, n, width)) == 32 * width
    assert recorder.hashes(1, 1, 1) == perfect_root(recorder.hashes(0, 256, 256))
    assert recorder.hashes(2, 0, 1) == perfect_root(recorder.hashes(1, 0, 256))
