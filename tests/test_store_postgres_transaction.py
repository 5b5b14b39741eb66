"""What one transaction writes, read back many at a time; in PostgreSQL as in SQLite."""

from hashlib import sha256

import pytest

from ledger.store.recorder import LedgerRecorder
from ledger.store.source import StoreSource
from ledger.store.transaction import Transaction
from tests.bare_store import NOON, entries, note

PAPERS = {sha256(data).hexdigest(): data for data in (b"", b"1", b"22", b"333", b"4444444")}


def test_documents_are_written_and_read_many_at_a_time(
    recorder: LedgerRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("postgres_arrays.PART_BYTES", "source._PART_BYTES"):
        monkeypatch.setattr(f"ledger.store.{limit}", 4)
    monkeypatch.setattr("ledger.store.source._PART_COUNT", 2)

    def work(transaction: Transaction) -> None:
        transaction.append(entries("a"), recorded_at=NOON, control=0, documents=PAPERS)
        transaction.seal(note)

    recorder.transact(work)
    source = StoreSource(recorder, None)
    assert dict(source.held_documents()) == PAPERS
    assert list(source.document_names()) == sorted(PAPERS)
    assert recorder.some_documents(["00" * 32]) == {}
