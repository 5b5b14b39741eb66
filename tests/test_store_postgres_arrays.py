"""Many rows in one statement, as arrays."""

import pytest

from ledger.store.postgres_arrays import columns, in_parts


def test_rows_become_columns() -> None:
    assert columns(2, [(1, "a"), (2, "b")]) == [[1, 2], ["a", "b"]]
    assert columns(3, []) == [[], [], []]


def test_documents_go_out_a_few_megabytes_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.store.postgres_arrays.PART_BYTES", 5)
    given = [("a", b"12"), ("b", b"123"), ("c", b"1"), ("d", b"1234567"), ("e", b"1")]
    assert [[name for name, _ in part] for part in in_parts(given)] == [
        ["a", "b"], ["c"], ["d"], ["e"],
    ]  # fmt: skip
    assert list(in_parts([])) == []
