"""The file of read models: disposable, and always what some prefix of the log says.

Rows and position are written in one transaction. `view_hash` is the same however the rows came
in: entry by entry, in pages, or rebuilt from nothing.
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Self

import msgspec
import sqlite_utils

from ledger.errors import LedgerError, Malformed, Refused, Unavailable
from projections.schema import APPLICATION_ID, DOCUMENT_TABLES, INDEXES, SCHEMA, SCHEMA_ID
from projections.statistics import STATISTICS

MEMORY: Literal[":memory:"] = ":memory:"
_BUSY_SECONDS = 30.0
# Readers go on while a page is written. A power cut may lose the last pages, which are made again.
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "cache_size = -65536",  # KiB
    "wal_autocheckpoint = 16384",  # pages of 4 KiB
    "threads = 2",  # that sort when an index is made
)


class Position(NamedTuple):
    """Which prefix of which log the rows follow from.

    Attributes:
        next_idx: index of the first entry that is not in it.
        origin: the ledger, or empty before the first page.
        root: hex root hash of the tree of `next_idx` entries, or empty before the first page.
        schema: identity of the tables and rules.
    """

    next_idx: int
    origin: str
    root: str
    schema: str


class View:
    """One read-model file, open. Use `View.open`; it is its own context manager."""

    def __init__(self, path: Path | Literal[":memory:"], database: sqlite_utils.Database) -> None:
        """Wrap an open database; use `open` instead."""
        self.path = path
        self._db = database

    @classmethod
    def open(cls, path: Path | Literal[":memory:"], *, readonly: bool = False) -> Self:
        """Open a read-model file; unless readonly, make it, or make it anew under another schema.

        Raises:
            Refused: NOT-A-VIEW for a file that is something else; it is left alone.
            Unavailable: VIEW-MISSING or VIEW-OUTDATED when readonly; VIEW-BUSY, VIEW-FAILED.
        """
        if readonly and not Path(path).is_file():
            raise Unavailable(
                "VIEW-MISSING",
                f"there is no file {path}",
                hint="read models are built on first use",
            )
        with _meanings(path):
            view = cls(path, _connect(path, readonly=readonly))
            try:
                view._prepare(readonly=readonly)
            except BaseException:
                view.close()
                raise
        return view

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection, for reads and for bulk writes of the runner."""
        return self._db.conn

    @property
    def position(self) -> Position:
        """Where the rows stand."""
        with _meanings(self.path):
            row = self.connection.execute("SELECT next_idx, origin, root, schema FROM position")
            return Position(*row.fetchone())

    def rows(
        self, sql: str, params: Sequence[object] | Mapping[str, object] = ()
    ) -> Iterator[dict[str, object]]:
        """Yield the rows of a SELECT as dictionaries.

        Raises:
            Malformed: VIEW-SQL for a statement that SQLite refuses or that gives no rows.
            Unavailable: VIEW-BUSY.
        """
        values = dict(params) if isinstance(params, Mapping) else tuple(params)
        with _meanings(self.path):
            try:
                yield from self._db.query(sql, values)
            except (ValueError, sqlite3.ProgrammingError) as error:
                raise Malformed("VIEW-SQL", f"it is no SELECT with its values: {error}") from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the one write transaction; commit at the end, or roll back when anything raises.

        Raises:
            Unavailable: VIEW-BUSY, VIEW-FAILED.
        """
        with _meanings(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                self.connection.rollback()
                raise

    @contextlib.contextmanager
    def supposing(self) -> Iterator[sqlite3.Connection]:
        """Hold the one write transaction, and roll it back at the end: what was written never was.

        Raises:
            Unavailable: VIEW-BUSY, VIEW-FAILED.
        """
        with _meanings(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
            finally:
                self.connection.rollback()

    def reset(self) -> None:
        """Throw every row away and make the tables anew."""
        with _meanings(self.path):
            self.close()
            if self.path != MEMORY:
                for suffix in ("", "-wal", "-shm"):
                    Path(f"{self.path}{suffix}").unlink(missing_ok=True)
            self._db = _connect(self.path, readonly=False)
            self._create()

    def drop_indexes(self) -> None:
        """Drop the indexes that only questions need, before a bulk load."""
        with self.writing() as connection:
            for name in INDEXES:
                connection.execute(f"DROP INDEX IF EXISTS {name}")

    def build_indexes(self) -> None:
        """Make the indexes that are not there; a bulk load that was broken off leaves none."""
        there = {one["name"] for one in self.rows("SELECT name FROM sqlite_schema")}
        for name in INDEXES.keys() - there:
            with self.writing() as connection:
                connection.execute(INDEXES[name].replace("INDEX", "INDEX IF NOT EXISTS", 1))
        if INDEXES.keys() - there:  # with an index, SQLite drops what it was told of it
            with self.writing() as connection:
                _tell_statistics(connection)

    def close(self) -> None:
        """Close the file; closing again does nothing."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def view_hash(self) -> str:
        """Return the SHA-256 over all rows of all tables that follow from entries alone, in hex.

        Tables by name, rows by all columns, so that neither row ids nor the path that a row took
        into the file matter.
        """
        tables = [one for one in self._db.table_names() if not one.startswith("sqlite_")]
        return self._hash(sorted(set(tables) - set(DOCUMENT_TABLES)))

    def documents_hash(self) -> tuple[str, int]:
        """Return the same over the tables fed from documents, and how many documents were read."""
        present = "SELECT count(DISTINCT sha256) FROM manifest WHERE problem IS NOT 'missing'"
        count: int = self.connection.execute(present).fetchone()[0]
        return self._hash(list(DOCUMENT_TABLES)), count

    def _hash(self, tables: list[str]) -> str:
        digest = hashlib.sha256()
        encode = msgspec.json.encode
        for table in tables:
            columns = [one.name for one in self._db.table(table).columns]
            named = ", ".join(f'"{one}"' for one in columns)
            order = ", ".join(f'"{one}" COLLATE BINARY' for one in columns)
            digest.update(encode([table, columns]))
            sql = f'SELECT {named} FROM "{table}" ORDER BY {order}'  # noqa: S608  names of our tables
            for row in self.connection.execute(sql):
                digest.update(encode(row))
        return digest.hexdigest()

    def _prepare(self, *, readonly: bool) -> None:
        state = _state(self.connection)
        if state == "other":
            raise _not_a_view(self.path)
        if readonly and state != "current":
            raise Unavailable(
                "VIEW-OUTDATED",
                "the read models are of another version, or were never filled",
                where=str(self.path),
                hint="open them for writing once; they are built again from the log",
            )
        if state == "outdated":
            self.reset()
        elif not readonly:
            self._create()

    def _create(self) -> None:
        """Make the tables where there are none; set what holds for this connection alone."""
        for pragma in _PRAGMAS:
            self.connection.execute(f"PRAGMA {pragma}")
        with self.writing() as connection:
            if _state(connection) == "current":  # an old file, or another process was faster
                return
            for statement in SCHEMA:
                connection.execute(statement)
            _tell_statistics(connection)
            start = (1, *Position(0, "", "", SCHEMA_ID))
            connection.execute("INSERT INTO position VALUES (?, ?, ?, ?, ?)", start)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _connect(path: Path | Literal[":memory:"], *, readonly: bool) -> sqlite_utils.Database:
    target = f"{Path(path).absolute().as_uri()}?mode={'ro' if readonly else 'rwc'}"
    raw = sqlite3.connect(MEMORY if path == MEMORY else target, uri=True, timeout=_BUSY_SECONDS)
    return sqlite_utils.Database(raw, recursive_triggers=False, execute_plugins=False)


def _state(connection: sqlite3.Connection) -> Literal["current", "outdated", "empty", "other"]:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != APPLICATION_ID:
        return "other" if application or tables else "empty"
    try:
        (schema,) = connection.execute("SELECT schema FROM position").fetchone()
    except (sqlite3.OperationalError, TypeError):
        return "outdated"
    return "current" if schema == SCHEMA_ID else "outdated"


def _tell_statistics(connection: sqlite3.Connection) -> None:
    """Write what SQLite goes by when it decides how to go about a question."""
    connection.execute("ANALYZE sqlite_schema")  # makes its table, where there is none
    connection.execute("DELETE FROM sqlite_stat1")
    connection.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", STATISTICS)
    connection.execute("ANALYZE sqlite_schema")  # reads it


@contextlib.contextmanager
def _meanings(path: Path | Literal[":memory:"]) -> Iterator[None]:
    """Say what an error of SQLite or of the disk means for a read-model file."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise _meaning(code, error, str(path)) from error


def _meaning(code: int, error: sqlite3.Error | OSError, where: str) -> LedgerError:
    if code == sqlite3.SQLITE_NOTADB:
        return _not_a_view(where)
    if code == sqlite3.SQLITE_BUSY:
        return Unavailable(
            "VIEW-BUSY", "another process is writing the read models", where=where, hint="try again"
        )
    if code == sqlite3.SQLITE_ERROR:
        return Malformed("VIEW-SQL", f"the read models refuse it: {error}", where=where)
    return Unavailable(
        "VIEW-FAILED",
        f"the read models cannot be read or written: {error}",
        where=where,
        hint="check the disk; the file can be deleted, it is built again from the log",
    )


def _not_a_view(where: Path | str) -> Refused:
    return Refused(
        "NOT-A-VIEW",
        "the file holds something else than read models; it was left alone",
        where=str(where),
        hint="name another file",
    )
