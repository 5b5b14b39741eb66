"""Ledger files: made and opened with care, and hard to damage by accident."""

import contextlib
import errno
import os
import resource
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import Conflict, LedgerError, Malformed, Tampered, Unavailable
from ledger.store import connection as connection_module
from ledger.store.sqlite import SQLiteRecorder
from tests.bare_store import (
    assert_sound,
    behind_the_back,
    record,
    three_entries,
)

NOBODY = 65534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return three_entries(tmp_path)


@pytest.fixture
def tampered(path: Path) -> Iterator[sqlite3.Connection]:
    with behind_the_back(path) as connection:
        yield connection


def test_a_new_ledger_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    with SQLiteRecorder.create(str(tmp_path / "l.sqlite")) as recorder:
        record(recorder, "a")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
        assert modes == dict.fromkeys(["l.sqlite", "l.sqlite-wal", "l.sqlite-shm"], 0o600)


def test_nothing_is_overwritten(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(Conflict, match="STORE-EXISTS"):
        SQLiteRecorder.create(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("readonly", [False, True])
def test_opening_creates_nothing(tmp_path: Path, readonly: bool) -> None:  # noqa: FBT001  pytest passes by name
    for missing in (tmp_path / "none.sqlite", tmp_path / "none" / "none.sqlite"):
        with pytest.raises(Unavailable, match="STORE-MISSING"):
            SQLiteRecorder.open(missing, readonly=readonly)
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_cannot_be_is_unreadable(tmp_path: Path) -> None:
    for impossible in (tmp_path / ("n" * 300), tmp_path / "with\0nul"):
        for use in (SQLiteRecorder.create, SQLiteRecorder.open):
            with pytest.raises(Unavailable, match="STORE-UNREADABLE"):
                use(impossible)
    with pytest.raises(Unavailable, match="STORE-UNREADABLE"):
        SQLiteRecorder.create(tmp_path / "no folder" / "l.sqlite")


def test_a_name_may_hold_what_an_address_gives_a_meaning(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=memory#b%20c&ü.sqlite"
    with SQLiteRecorder.create(path) as recorder:
        record(recorder, "a")
    with SQLiteRecorder.open(path, readonly=True) as recorder:
        assert assert_sound(recorder) == 1
    assert path.exists()


def test_half_a_ledger_is_taken_away_when_the_disk_refuses(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(Unavailable) as caught:
            SQLiteRecorder.create(tmp_path / "l.sqlite")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.code in {"STORE-FULL", "STORE-UNREADABLE"}
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_keeps_half_a_ledger_does_not_hide_why_it_is_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "unlink", broken)
    monkeypatch.setattr(connection_module.Connection, "run", broken)
    with pytest.raises(Unavailable, match="STORE-BROKEN"):
        SQLiteRecorder.create(tmp_path / "l.sqlite")


def broken(path: object, *_: object, **__: object) -> None:
    if isinstance(path, Path):
        raise OSError(errno.EIO, "Input/output error")
    raise Unavailable("STORE-BROKEN", "the disk is broken")


@pytest.mark.parametrize("content", [b"", b"plain text, no database", b"\0" * 4096])
def test_another_file_is_no_ledger(tmp_path: Path, content: bytes) -> None:
    other = tmp_path / "other"
    other.write_bytes(content)
    for readonly in (False, True):
        with pytest.raises(Malformed, match="STORE-NOT-A-LEDGER") as caught:
            SQLiteRecorder.open(other, readonly=readonly)
        assert caught.value.hint is not None
    assert other.read_bytes() == content


def test_another_database_is_no_ledger_and_stays_as_it_is(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE entry (idx)")
    connection.close()
    before = other.read_bytes()
    with pytest.raises(Malformed, match="STORE-NOT-A-LEDGER"):
        SQLiteRecorder.open(other)
    assert other.read_bytes() == before


def test_what_is_no_file_is_no_ledger(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(Malformed, match="STORE-NOT-A-LEDGER"):
            SQLiteRecorder.open(place)


def test_a_newer_schema_is_left_alone(path: Path, tampered: sqlite3.Connection) -> None:
    tampered.execute("PRAGMA user_version = 2")
    with pytest.raises(Unavailable, match="STORE-NEWER"):
        SQLiteRecorder.open(path)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE INDEX mine ON entry (type)",
        "CREATE VIEW mine AS SELECT 1",
        "DROP TABLE tile",
        "ALTER TABLE tree ADD COLUMN mine",
    ],
)
def test_altered_tables_are_not_opened(
    path: Path, tampered: sqlite3.Connection, change: str
) -> None:
    tampered.execute(change)
    for readonly in (False, True):
        with pytest.raises(Tampered, match="STORE-SCHEMA"):
            SQLiteRecorder.open(path, readonly=readonly)


@pytest.mark.parametrize(
    "change",
    [
        "DROP TRIGGER entry_update",
        "CREATE TRIGGER mine AFTER INSERT ON entry BEGIN DELETE FROM document; END",
    ],
)
def test_altered_triggers_can_be_audited_but_not_written_under(
    path: Path, tampered: sqlite3.Connection, change: str
) -> None:
    tampered.execute(change)
    with pytest.raises(Tampered, match="STORE-SCHEMA"):
        SQLiteRecorder.open(path)
    with SQLiteRecorder.open(path, readonly=True) as recorder:
        assert assert_sound(recorder) == 3


HIDDEN = "CREATE TRIGGER {} AFTER INSERT ON entry BEGIN DELETE FROM entry_tag; END"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("trigger", "sqlite_hidden"),  # no honest name begins so, and none was looked at
        ("trigger", "tree"),  # the name of a table, which came later in a list by name
        ("table", "sqlite_stat1"),  # SQLite goes by the text, not by the type beside it
    ],
)
def test_a_trigger_under_another_name_is_not_written_under(
    path: Path, tampered: sqlite3.Connection, kind: str, name: str
) -> None:
    tampered.execute("PRAGMA writable_schema = ON")
    row = (kind, name, "entry", 0, HIDDEN.format(name))
    tampered.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", row)
    tampered.execute("PRAGMA writable_schema = OFF")
    with pytest.raises(LedgerError) as refusal:
        SQLiteRecorder.open(path)
    assert refusal.value.code in {"STORE-SCHEMA", "STORE-CORRUPT"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE tree SET frontier = x'00'", "STORE-TREE"),
        ("DELETE FROM tree", "STORE-CORRUPT"),
        ("UPDATE tree SET size = 'three'", "STORE-CORRUPT"),
        ("INSERT INTO tile VALUES (0, 0, x'00')", "TILE-LENGTH"),
    ],
)
def test_what_is_damaged_says_to_verify_and_then_to_restore(
    path: Path, tampered: sqlite3.Connection, change: str, code: str
) -> None:
    tampered.execute(change)
    with SQLiteRecorder.open(path, readonly=True) as recorder:
        with pytest.raises(LedgerError) as damage:
            recorder.head().frontier.extend([recorder.hashes(0, 0, 1)])
        assert damage.value.code == code
        assert damage.value.hint == (
            "altered or damaged: run `chipledger verify`, then restore the newest backup"
        )


def test_statistics_are_no_alteration(path: Path, tampered: sqlite3.Connection) -> None:
    tampered.execute("ANALYZE")
    with SQLiteRecorder.open(path) as recorder:
        assert record(recorder, "d").size == 4


@pytest.mark.parametrize("recursive_triggers", ["ON", "OFF"])
@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("INSERT INTO entry VALUES (1, 't', x'00', zeroblob(32))", "added at the end"),
        ("INSERT INTO entry VALUES (3, 't', x'00', zeroblob(32))", "added at the end"),
        ("INSERT INTO entry VALUES (4, 't', x'00', zeroblob(32))", "added at the end"),
        ("INSERT INTO entry VALUES (-1, 't', x'00', zeroblob(32))", "added at the end"),
        ("INSERT INTO entry VALUES (NULL, 't', x'00', zeroblob(32))", "added at the end"),
        ("INSERT OR REPLACE INTO entry VALUES (1, 't', x'00', zeroblob(32))", "added at the end"),
        ("INSERT OR IGNORE INTO entry VALUES (3, 't', x'00', zeroblob(32))", "added at the end"),
        ("REPLACE INTO entry VALUES (2, 't', x'00', zeroblob(32))", "added at the end"),
        (
            """INSERT INTO entry VALUES (1, 't', x'00', zeroblob(32))
            ON CONFLICT (idx) DO UPDATE SET data = excluded.data""",
            "added at the end",
        ),
        ("UPDATE entry SET data = x'00' WHERE idx = 1", "never changed"),
        ("UPDATE OR REPLACE entry SET idx = 1 WHERE idx = 2", "never changed"),
        ("UPDATE OR IGNORE entry SET type = 't'", "never changed"),
        ("DELETE FROM entry WHERE idx = 2", "never deleted"),
        ("DELETE FROM entry", "never deleted"),
    ],
)
def test_triggers_refuse_every_other_way_to_write_an_entry(
    path: Path, tampered: sqlite3.Connection, statement: str, refusal: str, recursive_triggers: str
) -> None:
    tampered.execute(f"PRAGMA recursive_triggers = {recursive_triggers}")
    with pytest.raises(sqlite3.IntegrityError, match=refusal):
        tampered.execute(statement)
    with SQLiteRecorder.open(path) as recorder:
        assert assert_sound(recorder) == 3


def test_no_entry_is_added_to_a_ledger_without_a_tree_row(tampered: sqlite3.Connection) -> None:
    tampered.execute("DELETE FROM tree")
    with pytest.raises(sqlite3.IntegrityError, match="added at the end"):
        tampered.execute("INSERT INTO entry VALUES (3, 't', x'00', zeroblob(32))")


def test_there_is_one_tree_row(tampered: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        tampered.execute("INSERT INTO tree VALUES (2, 0, x'', '', 0, x'')")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        tampered.execute("INSERT INTO tree VALUES (1, 0, x'', '', 0, x'')")


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that other users can reach too, as pytest's own cannot be."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@contextlib.contextmanager
def bound_by_modes(folder: Path, mode: int) -> Iterator[None]:
    """Give the folder a mode, and be somebody whom it binds: root becomes nobody."""
    me = os.geteuid()
    folder.chmod(mode)
    if me == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(me)
        folder.chmod(0o700)


def test_an_auditor_needs_no_writable_folder(path: Path, reachable: Path) -> None:
    copy = Path(shutil.copy(path, reachable))
    copy.chmod(0o444)
    with bound_by_modes(reachable, 0o555):
        with SQLiteRecorder.open(copy, readonly=True) as recorder:
            assert assert_sound(recorder) == 3
        with pytest.raises(Unavailable, match="STORE-READONLY"):
            SQLiteRecorder.open(copy)
        assert list(reachable.iterdir()) == [copy]


def test_entries_that_wait_in_the_write_ahead_log_are_not_left_out(
    path: Path, reachable: Path
) -> None:
    with SQLiteRecorder.open(path) as recorder:
        record(recorder, "d")
        copy = Path(shutil.copy(path, reachable))
        wal = Path(shutil.copy(f"{path}-wal", reachable))
    for file in (copy, wal):
        file.chmod(0o444)
    with (
        bound_by_modes(reachable, 0o555),
        pytest.raises(Unavailable, match="STORE-WAL-PENDING"),
    ):
        SQLiteRecorder.open(copy, readonly=True)
    with SQLiteRecorder.open(copy) as recorder:
        assert assert_sound(recorder) == 4


def test_a_file_that_may_not_be_read_is_unreadable(path: Path, reachable: Path) -> None:
    copy = Path(shutil.copy(path, reachable))
    copy.chmod(0o000)
    for readonly in (False, True):
        with (
            bound_by_modes(reachable, 0o755),
            pytest.raises(Unavailable, match="STORE-UNREADABLE"),
        ):
            SQLiteRecorder.open(copy, readonly=readonly)


def test_a_busy_ledger_is_busy_for_an_auditor_too(
    path: Path, tampered: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "_BUSY_SECONDS", 0.0)
    tampered.execute("PRAGMA locking_mode = EXCLUSIVE")
    tampered.execute("BEGIN EXCLUSIVE")
    tampered.execute("UPDATE tree SET control = 0")
    with pytest.raises(Unavailable, match="STORE-BUSY"):
        SQLiteRecorder.open(path, readonly=True)


def test_a_write_ahead_log_that_the_disk_does_not_show_may_hold_the_newest_entries(
    path: Path, reachable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copy(path, reachable))
    copy.chmod(0o444)
    stat = Path.stat

    def unless_wal(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if self.name.endswith("-wal"):
            raise OSError(errno.EIO, "Input/output error")
        return stat(self, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", unless_wal)
    with (
        bound_by_modes(reachable, 0o555),
        pytest.raises(Unavailable, match="STORE-UNREADABLE"),
    ):
        SQLiteRecorder.open(copy, readonly=True)
