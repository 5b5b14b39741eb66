"""The ledger as one SQLite file, among threads, processes and crashes."""

import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import Tampered, Unavailable
from ledger.store.sqlite import SQLiteRecorder
from ledger.store.transaction import NewEntry, Transaction
from tests.bare_store import (
    NOON,
    assert_sound,
    behind_the_back,
    record,
    three_entries,
)

REPOSITORY = Path(__file__).parents[1]


PRELUDE = """
import os, signal, sys
from ledger.store.sqlite import SQLiteRecorder
from ledger.store.transaction import NewEntry

def entries(start, stop):
    return [NewEntry("t", f"{sys.argv[2]} {i}".encode(), (f"id:{sys.argv[2]}:{i}",))
            for i in range(start, stop)]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return three_entries(tmp_path)


@pytest.fixture
def tampered(path: Path) -> Iterator[sqlite3.Connection]:
    with behind_the_back(path) as connection:
        yield connection


def test_closing_leaves_one_file_and_closing_again_does_nothing(path: Path) -> None:
    recorder = SQLiteRecorder.open(path)
    record(recorder, "d")
    recorder.close()
    recorder.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with pytest.raises(Unavailable, match="STORE-CLOSED"):
        recorder.head()


def test_settling_moves_the_write_ahead_log_into_the_file(path: Path, tmp_path: Path) -> None:
    with SQLiteRecorder.open(path) as recorder:
        record(recorder, "d")
        recorder.settle()
        copy = shutil.copy(path, tmp_path / "copy.sqlite")
    with SQLiteRecorder.open(copy) as copied:
        assert assert_sound(copied) == 4


def test_a_reader_sees_what_another_commits_and_nothing_before(path: Path) -> None:
    with SQLiteRecorder.open(path) as writer, SQLiteRecorder.open(path, readonly=True) as reader:

        def work(transaction: Transaction) -> None:
            transaction.append([NewEntry("t", b"d", ("id:d",))], recorded_at=NOON, control=0)
            transaction.seal(lambda _size, _root: b"")
            assert assert_sound(reader) == 3

        writer.transact(work)
        assert assert_sound(reader) == 4


def test_a_lost_entry_stops_the_writer(path: Path, tampered: sqlite3.Connection) -> None:
    [(trigger,)] = tampered.execute("SELECT sql FROM sqlite_master WHERE name = 'entry_delete'")
    tampered.execute("DROP TRIGGER entry_delete")
    tampered.execute("DELETE FROM entry WHERE idx = 2")
    tampered.execute(trigger)
    with SQLiteRecorder.open(path) as recorder:
        with pytest.raises(Tampered, match="STORE-INCONSISTENT"):
            record(recorder, "d")
        assert [entry.index for entry in recorder.entries(0, 9)] == [0, 1]
        assert recorder.head().size == 3


def test_a_stray_tag_stops_the_writer(path: Path, tampered: sqlite3.Connection) -> None:
    tampered.execute("INSERT INTO entry_tag VALUES ('id:d', 3)")
    with SQLiteRecorder.open(path) as recorder:
        with pytest.raises(Tampered, match="STORE-INCONSISTENT"):
            record(recorder, "d")
        assert recorder.head().size == 3


def test_threads_that_share_a_recorder_never_lose_or_share_a_position(path: Path) -> None:
    with SQLiteRecorder.open(path) as recorder:

        def work(name: str) -> None:
            for i in range(25):
                record(recorder, f"{name} {i}", tags=(f"thread:{name}",))

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert assert_sound(recorder) == 103
        for name in "abcd":
            found = [entry.data.decode() for entry in recorder.tagged(f"thread:{name}")]
            assert found == [f"{name} {i}" for i in range(25)]


def started(script: str, path: Path, name: str) -> subprocess.Popen[bytes]:
    code = PRELUDE + textwrap.dedent(script)
    return subprocess.Popen([sys.executable, "-c", code, str(path), name], cwd=REPOSITORY)


def test_processes_never_lose_or_share_a_position(path: Path) -> None:
    script = """
    with SQLiteRecorder.open(sys.argv[1]) as recorder:
        for i in range(40):
            def work(transaction):
                transaction.append(entries(i, i + 1), recorded_at="", control=0)
                transaction.seal(lambda size, root: b"note")
            recorder.transact(work)
    """
    writers = [started(script, path, name) for name in ("one", "two")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    with SQLiteRecorder.open(path) as recorder:
        assert assert_sound(recorder) == 83
        for name in ("one", "two"):
            data = [entry.data.decode() for entry in recorder.entries(3, 83)]
            assert [one for one in data if one.startswith(name)] == [
                f"{name} {i}" for i in range(40)
            ]


@pytest.mark.parametrize(
    ("moment", "size"),
    [
        ("appended", 503),
        ("signing", 503),
        ("sealed", 503),
        ("committed", 1003),
    ],
)
def test_a_killed_writer_leaves_whole_transactions(path: Path, moment: str, size: int) -> None:
    script = f"""
    moment = {moment!r}
    recorder = SQLiteRecorder.open(sys.argv[1])
    # A small cache spills the pages of an open transaction into the write-ahead log.
    recorder._db.run("PRAGMA cache_size = 2")

    def work(transaction, start, moment):
        transaction.append(entries(start, start + 500), recorded_at="", control=0)
        if moment == "appended":
            die()
        transaction.seal(die if moment == "signing" else lambda size, root: b"note")
        if moment == "sealed":
            die()

    recorder.transact(lambda transaction: work(transaction, 0, None))
    recorder.transact(lambda transaction: work(transaction, 500, moment))
    die()
    """
    assert started(script, path, "killed").wait(60) == -9
    with SQLiteRecorder.open(path, readonly=True) as recorder:
        assert assert_sound(recorder) == size
    with SQLiteRecorder.open(path) as recorder:
        assert record(recorder, "after").size == size + 1
        assert assert_sound(recorder) == size + 1
