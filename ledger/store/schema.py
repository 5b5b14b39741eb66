"""The tables of a ledger file, and how such a file is made and opened (SQLite)."""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ledger.errors import Conflict, LedgerError, Malformed, Tampered, Unavailable
from ledger.store.connection import Connection

APPLICATION_ID = 0x434C4447
"""Marks a SQLite file as a ledger: "CLDG"."""

SCHEMA_VERSION = 1

# About 80 MB of write-ahead log: with fewer, a bulk import rewrites the tag index again and again.
_PAGE_BYTES = 2_048
_WAL_PAGES = 40_000

# In the exact spelling that SQLite keeps in its schema table: opening compares them.
#
# A seal moves tree.size first and then inserts the entries up to it. So the insert trigger lets in
# the next position only, and nothing at all outside a seal; INSERT OR REPLACE and upserts meet it
# before SQLite looks for a conflict, whatever `recursive_triggers` says.
_TABLES = {
    "entry": """CREATE TABLE entry (
  idx INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  data BLOB NOT NULL,
  leaf BLOB NOT NULL CHECK (length(leaf) = 32)
)""",
    "entry_tag": """CREATE TABLE entry_tag (
  tag TEXT NOT NULL,
  idx INTEGER NOT NULL,
  PRIMARY KEY (tag, idx)
) WITHOUT ROWID""",
    "tile": """CREATE TABLE tile (
  level INTEGER NOT NULL,
  n INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (level, n)
)""",
    "document": """CREATE TABLE document (
  sha256 TEXT NOT NULL PRIMARY KEY,
  bytes BLOB NOT NULL
)""",
    "anchor": """CREATE TABLE anchor (
  size INTEGER NOT NULL,
  note BLOB NOT NULL,
  token BLOB NOT NULL,
  PRIMARY KEY (size, note, token)
) WITHOUT ROWID""",
    "tree": """CREATE TABLE tree (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  size INTEGER NOT NULL,
  frontier BLOB NOT NULL,
  recorded_at TEXT NOT NULL,
  control INTEGER NOT NULL,
  checkpoint BLOB NOT NULL
)""",
}
_TRIGGERS = {
    "entry_insert": """CREATE TRIGGER entry_insert BEFORE INSERT ON entry
WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entry)
  OR NOT EXISTS (SELECT 1 FROM tree WHERE size > NEW.idx)
BEGIN SELECT RAISE(ABORT, 'an entry is added at the end, by a seal'); END""",
    "entry_update": """CREATE TRIGGER entry_update BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END""",
    "entry_delete": """CREATE TRIGGER entry_delete BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'an entry is never deleted'); END""",
}


# A row of the schema table: type, name, the table that it belongs to, and the text that made it.
_Row = tuple[str, str, str, str]
_TABLE_ROWS: list[_Row] = [("table", name, name, sql) for name, sql in _TABLES.items()]
_TRIGGER_ROWS: list[_Row] = [("trigger", name, "entry", sql) for name, sql in _TRIGGERS.items()]
# What ANALYZE leaves behind.
_STATISTICS: list[_Row] = [
    ("table", name, name, f"CREATE TABLE {name}({columns})")
    for name, columns in (
        ("sqlite_stat1", "tbl,idx,stat"),
        ("sqlite_stat4", "tbl,idx,neq,nlt,ndlt,sample"),
    )
]


def create_file(path: Path) -> Connection:
    """Make a new ledger file, for its owner's eyes only, and return a connection for writing.

    Raises:
        Conflict: STORE-EXISTS; nothing is ever overwritten.
        Unavailable: STORE-UNREADABLE when the folder is missing or may not be written; STORE-FULL.
    """
    return _filled(path, _set_up)


def copy_file(connection: Connection, path: Path) -> None:
    """Copy an open ledger, as it is at one moment, into a new file for its owner's eyes only.

    Raises:
        Conflict, Unavailable: as `create_file`.
    """
    _filled(path, connection.copy_into).close()


def _filled(path: Path, fill: Callable[[Connection], None]) -> Connection:
    """Make a new file, fill it, and return its connection; leave nothing when that fails."""
    try:
        # SQLite gives the -wal and -shm files beside it the same permissions.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError as error:
        raise Conflict(
            "STORE-EXISTS",
            "there is a file of this name already",
            where=str(path),
            hint="choose another name, or open that ledger",
        ) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    connection = _connect(path, "mode=rw")
    try:
        fill(connection)
    except LedgerError:
        # Half a ledger would keep the next attempt from its name.
        connection.close()
        with suppress(OSError):  # on a disk that failed before: what is told is why
            path.unlink()
        raise
    return connection


def create_in_memory() -> Connection:
    """Make a ledger without a file, gone when its connection closes."""
    connection = Connection(":memory:", "memory")
    _set_up(connection)
    return connection


def open_file(path: Path, *, readonly: bool) -> Connection:
    """Open an existing ledger file; none is ever created.

    Raises:
        Unavailable: STORE-MISSING, STORE-UNREADABLE, STORE-NEWER, STORE-BUSY; STORE-READONLY for
            writing where that is not allowed; STORE-WAL-PENDING when the newest entries lie in a
            -wal file that cannot be read in a folder without write permission.
        Malformed: STORE-NOT-A-LEDGER.
        Tampered: STORE-SCHEMA, STORE-CORRUPT.
    """
    _require_file(path)
    if not readonly:
        return _opened(path, "mode=rw", readonly=False)
    try:
        return _opened(path, "mode=ro", readonly=True)
    except Unavailable as error:
        if error.code not in {"STORE-READONLY", "STORE-UNREADABLE"}:
            raise
    # In a folder or on media that cannot be written, SQLite cannot place the files by which readers
    # and writers see each other. Where no write-ahead log waits, the file alone is the ledger.
    wal = Path(f"{path}-wal")
    try:
        waits = wal.stat().st_size > 0
    except FileNotFoundError:
        waits = False
    except OSError as error:
        raise _unreadable(wal, error) from error
    if waits:
        raise Unavailable(
            "STORE-WAL-PENDING",
            "the newest entries wait in a write-ahead log that cannot be read in this folder",
            where=str(wal),
            hint="copy the ledger file and its -wal file together to a folder you may write",
        )
    return _opened(path, "mode=ro&immutable=1", readonly=True)


def _connect(path: Path, options: str) -> Connection:
    return Connection(f"{path.absolute().as_uri()}?{options}", str(path))


def _require_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Unavailable(
            "STORE-MISSING",
            "there is no such ledger",
            where=str(path),
            hint="check the path, or make a new ledger with `chipledger init`",
        ) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(mode):
        raise _no_ledger(str(path))


def _set_up(connection: Connection) -> None:
    _prepare_to_write(connection)
    with connection.transaction():
        for sql in (*_TABLES.values(), *_TRIGGERS.values()):
            connection.run(sql)
        connection.run("INSERT INTO tree VALUES (1, 0, x'', '', 0, x'')")
        connection.run(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.run(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _opened(path: Path, options: str, *, readonly: bool) -> Connection:
    connection = _connect(path, options)
    try:
        _require_ledger(connection, readonly=readonly)
        if not readonly:
            _prepare_to_write(connection)
    except LedgerError:
        connection.close()
        raise
    return connection


def _prepare_to_write(connection: Connection) -> None:
    # Only a new file takes the page size. An event touches about a dozen places of the tag index;
    # smaller pages make the same commit fewer bytes (docs/explanation/performance.md).
    connection.run(f"PRAGMA page_size = {_PAGE_BYTES}")
    connection.run("PRAGMA journal_mode = WAL")
    connection.run("PRAGMA synchronous = FULL")
    connection.run(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")


def _require_ledger(connection: Connection, *, readonly: bool) -> None:
    """Refuse a database that is not ours, is newer, or whose schema was altered.

    A view or a generated column in the place of a table would run what its author likes. Triggers
    are compared for writing only: reading fires none, and an auditor wants to see what a file
    without them contains.
    """
    if connection.query(tuple[int], "PRAGMA application_id") != [(APPLICATION_ID,)]:
        raise _no_ledger(connection.where)
    [(version,)] = connection.query(tuple[int], "PRAGMA user_version")
    if version > SCHEMA_VERSION:
        raise Unavailable(
            "STORE-NEWER",
            f"the ledger file has schema version {version}; this program knows {SCHEMA_VERSION}",
            where=connection.where,
            hint="use the program that wrote it, or a newer one",
        )
    # Row by row, not by name: two things may have one name, and SQLite goes by the text alone.
    found = connection.query(
        tuple[str, str, str, str],
        "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master"
        " WHERE NOT (type = 'index' AND sql IS NULL)",
    )
    left = [row for row in found if row not in _STATISTICS and not (readonly and _fires(row))]
    expected = _TABLE_ROWS if readonly else _TABLE_ROWS + _TRIGGER_ROWS
    if sorted(left) != sorted(expected):
        raise Tampered(
            "STORE-SCHEMA",
            "the file's tables or triggers are not those that the ledger made",
            where=connection.where,
            hint="verify it (reading needs the tables only), then undo what was altered",
        )


def _fires(row: _Row) -> bool:
    """Say whether a row is a trigger by its text too; reading fires none."""
    return row[0] == "trigger" and row[3].startswith("CREATE TRIGGER ")


def _no_ledger(where: str) -> Malformed:
    return Malformed(
        "STORE-NOT-A-LEDGER",
        "the file is no ledger",
        where=where,
        hint="name the ledger file itself, `ledger.db`",
    )


def _unreadable(path: Path, error: Exception) -> Unavailable:
    return Unavailable(
        "STORE-UNREADABLE",
        f"the ledger file cannot be made or read: {error}",
        where=str(path),
        hint="check the path and the permissions of its folder",
    )
