"""One SQLite connection, and what its errors mean for a ledger.

Every statement goes through here, one at a time under one lock, so that any thread may use the
connection and none sees another's open transaction. No sqlite3 exception gets out.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from types import GenericAlias
from typing import TypeVar

import msgspec

from ledger.errors import LedgerError, Malformed, Tampered, Unavailable

T = TypeVar("T")

Values = Sequence[int | str | bytes]

_BUSY_SECONDS = 10.0
# The largest cell is a document of 32 MiB: a hostile file must not make us allocate more.
_CELL_BYTES_MAX = 33 * 1024 * 1024

_Meaning = tuple[type[LedgerError], str, str, str]
_CORRUPT: _Meaning = (
    Tampered,
    "STORE-CORRUPT",
    "the ledger file is damaged",
    "altered or damaged: run `chipledger verify`, then restore the newest backup",
)
_UNREADABLE: _Meaning = (
    Unavailable,
    "STORE-UNREADABLE",
    "the ledger file cannot be read or written",
    "check the disk, the path and the permissions of the file and its folder",
)
_FAILED: _Meaning = (
    Unavailable,
    "STORE-FAILED",
    "the database refused",
    "try again; if it stays, verify the ledger",
)
# By primary result code (https://www.sqlite.org/rescode.html); by class where there is none.
_MEANINGS: dict[int | type[Exception], _Meaning] = {
    sqlite3.SQLITE_BUSY: (
        Unavailable,
        "STORE-BUSY",
        "another process is writing to the ledger",
        "try again when it has finished",
    ),
    sqlite3.SQLITE_FULL: (
        Unavailable,
        "STORE-FULL",
        "the disk is full; nothing was recorded",
        "free some space and try again",
    ),
    sqlite3.SQLITE_READONLY: (
        Unavailable,
        "STORE-READONLY",
        "the ledger file or its folder cannot be written",
        "open it where you may write, or only read",
    ),
    sqlite3.SQLITE_NOTADB: (
        Malformed,
        "STORE-NOT-A-LEDGER",
        "the file is no ledger",
        "name the ledger file itself, `ledger.db`",
    ),
    sqlite3.SQLITE_CONSTRAINT: (
        Tampered,
        "STORE-INCONSISTENT",
        "the tables contradict the tree row; nothing was recorded",
        "verify the ledger before anything else is written to it",
    ),
    sqlite3.SQLITE_TOOBIG: (
        Malformed,
        "STORE-TOO-LARGE",
        "a value is larger than any that a ledger holds",
        "a document has at most 32 MiB",
    ),
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_CANTOPEN: _UNREADABLE,
    sqlite3.SQLITE_IOERR: _UNREADABLE,
    # Raised by Python itself, for text and for messages that are no UTF-8.
    sqlite3.OperationalError: _CORRUPT,
    UnicodeDecodeError: _CORRUPT,
    sqlite3.ProgrammingError: (
        Unavailable,
        "STORE-CLOSED",
        "the ledger is closed",
        "open it again",
    ),
}


def refusal(error: sqlite3.Error | UnicodeDecodeError, where: str) -> LedgerError:
    """Return what a SQLite error means for a ledger."""
    code = getattr(error, "sqlite_errorcode", None)
    # The low byte is the primary code; the others tell variants of it apart.
    key = type(error) if code is None else code & 0xFF
    family, name, message, hint = _MEANINGS.get(key, _FAILED)
    return family(name, f"{message} ({error})", where=where, hint=hint)


@lru_cache(maxsize=64)
def _list_of(row: Hashable) -> GenericAlias:
    return GenericAlias(list, (row,))


class Connection:
    """A connection in autocommit mode that several threads may share.

    Attributes:
        where: the file, for messages.
    """

    def __init__(self, database: str, where: str) -> None:
        self.where = where
        self._lock = threading.RLock()
        try:
            self._raw = sqlite3.connect(
                database,
                uri=True,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise refusal(error, where) from error
        self._raw.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _CELL_BYTES_MAX)

    def close(self) -> None:
        """Close it; the last to close a ledger moves the write-ahead log into the file."""
        self._guard(self._raw.close)

    def run(self, sql: str, values: Values = ()) -> None:
        """Run one statement whose rows do not matter."""
        self._guard(lambda: self._raw.execute(sql, values).fetchall())

    def run_many(self, sql: str, rows: Iterable[Values]) -> None:
        """Run one statement for each row of values."""
        if rows:
            self._guard(lambda: self._raw.executemany(sql, rows))

    def query(self, row: type[T], sql: str, values: Values = ()) -> list[T]:
        """Return all rows, each converted to the type `row` without any coercion.

        Raises:
            Tampered: STORE-CORRUPT when a cell has another type or size.
        """
        found = self._guard(lambda: self._raw.execute(sql, values).fetchall())
        if not found:
            return []
        try:
            kind = _list_of(row)  # type: ignore[arg-type]  # a type is hashable
            rows: list[T] = msgspec.convert(found, kind, builtin_types=(bytes,))
        except msgspec.ValidationError as error:
            family, name, message, hint = _CORRUPT
            raise family(name, f"{message}: {error}", where=self.where, hint=hint) from error
        return rows

    def copy_into(self, target: "Connection") -> None:
        """Copy the whole database, as it is at one moment, into another one."""
        self._guard(lambda: self._raw.backup(target._raw))  # noqa: SLF001  of this class

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock and one write transaction: commit at the end, roll back on exceptions."""
        with self._lock:
            if self._raw.in_transaction:
                raise RuntimeError("a write transaction is open already: transact does not nest")
            try:
                self.run("BEGIN IMMEDIATE")
                yield
                # When COMMIT returns, the write-ahead log is on the disk (synchronous=FULL).
                self.run("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors; then this does nothing.
                self._guard(self._raw.rollback)
                raise

    def _guard(self, call: Callable[[], T]) -> T:
        with self._lock:
            try:
                return call()
            except (sqlite3.Error, UnicodeDecodeError) as error:
                raise refusal(error, self.where) from error
            except (OverflowError, UnicodeEncodeError) as error:
                raise Malformed(
                    "STORE-VALUE",
                    f"no ledger holds such a value: {error}",
                    where=self.where,
                    hint="check the number or the name that was asked for",
                ) from error
