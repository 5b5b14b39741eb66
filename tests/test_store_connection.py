"""What goes wrong in a database, in the ledger's own words."""

import contextlib
import functools
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError, Malformed, Tampered, Unavailable
from ledger.store.reader import Anchor
from ledger.store.sqlite import SQLiteRecorder
from tests.bare_store import (
    EMPTY_SHA256,
    assert_sound,
    behind_the_back,
    read_all,
    record,
    three_entries,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return three_entries(tmp_path)


@pytest.fixture
def tampered(path: Path) -> Iterator[sqlite3.Connection]:
    with behind_the_back(path) as connection:
        yield connection


def test_commits_are_durable(path: Path) -> None:
    with SQLiteRecorder.open(path) as recorder:
        assert recorder._db.query(tuple[int], "PRAGMA synchronous") == [(2,)]
        assert recorder._db.query(tuple[str], "PRAGMA journal_mode") == [("wal",)]


def test_a_ledger_that_another_writes_to_is_busy(path: Path, tampered: sqlite3.Connection) -> None:
    with SQLiteRecorder.open(path) as recorder:
        recorder._db.run("PRAGMA busy_timeout = 0")
        tampered.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="STORE-BUSY"):
            record(recorder, "d")
        assert assert_sound(recorder) == 3
        tampered.execute("ROLLBACK")
        assert record(recorder, "d").size == 4


def test_a_full_disk_records_nothing(path: Path) -> None:
    with SQLiteRecorder.open(path) as recorder:
        [(pages,)] = recorder._db.query(tuple[int], "PRAGMA page_count")
        recorder._db.run(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(Unavailable, match="STORE-FULL"):
            record(recorder, *("x" * 9000 + str(i) for i in range(9)))
        assert assert_sound(recorder) == 3
        recorder._db.run("PRAGMA max_page_count = 100000")
        assert record(recorder, "d").size == 4


def test_a_reader_cannot_write(path: Path) -> None:
    with SQLiteRecorder.open(path, readonly=True) as recorder:
        with pytest.raises(Unavailable, match="STORE-READONLY"):
            record(recorder, "d")
        assert assert_sound(recorder) == 3


def test_a_table_that_disappears_is_told(path: Path, tampered: sqlite3.Connection) -> None:
    with SQLiteRecorder.open(path) as recorder:
        tampered.execute("DROP TABLE anchor")
        with pytest.raises(Unavailable, match="STORE-FAILED"):
            recorder.anchors()


def test_a_cut_file_is_corrupt(path: Path) -> None:
    with SQLiteRecorder.open(path) as recorder:
        record(recorder, *(str(i) for i in range(2000)))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with (
        pytest.raises(Tampered, match="STORE-CORRUPT"),
        SQLiteRecorder.open(path) as recorder,
    ):
        read_all(recorder)


@functools.cache
def sound_bytes() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "l.sqlite"
        with SQLiteRecorder.create(path) as recorder:
            record(recorder, *(str(i) for i in range(300)))
            recorder.add_anchor(Anchor(300, b"note", b""))
            recorder.transact(lambda transaction: transaction.put_document(EMPTY_SHA256, b""))
        return path.read_bytes()


@settings(max_examples=120, deadline=None)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 2**20), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6
    ),
    cut=st.none() | st.integers(0, 2**20),
)
def test_no_damage_gives_anything_but_our_errors(
    changes: list[tuple[int, bytes]], cut: int | None
) -> None:
    damaged = bytearray(sound_bytes())
    for place, change in changes:
        at = place % len(damaged)
        damaged[at : at + len(change)] = change
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "l.sqlite"
        path.write_bytes(damaged if cut is None else damaged[: cut % len(damaged)])
        for readonly in (True, False):
            # Anything but a LedgerError fails the test.
            with (
                contextlib.suppress(LedgerError),
                SQLiteRecorder.open(path, readonly=readonly) as recorder,
            ):
                read_all(recorder)
                if not readonly:
                    record(recorder, "after")


def test_values_that_no_ledger_holds_are_malformed(path: Path) -> None:
    with SQLiteRecorder.open(path, readonly=True) as recorder:
        with pytest.raises(Malformed, match="STORE-VALUE"):
            recorder.entry(2**70)
        with pytest.raises(Malformed, match="STORE-VALUE"):
            recorder.tagged("id:\udc80")


def test_a_document_beyond_any_size_is_malformed(path: Path) -> None:
    huge = b"\0" * (34 * 1024 * 1024)
    digest = "bc0f1b4a5f4e0b5a1d6ea4d5b5a2d7a4d0c0a5c3f2a6d4d1b6e3c8a9f7e5d2c1"
    with SQLiteRecorder.open(path) as recorder:
        with pytest.raises(Malformed, match="STORE-TOO-LARGE"):
            recorder.transact(lambda transaction: transaction._write_documents({digest: huge}))
        assert len(recorder.documents()) == 1
