"""Connections to PostgreSQL.

A pool of them, each in autocommit mode: any thread takes one for each read. A thread that writes
keeps one for its transaction, and reads through that too. No psycopg exception gets out.
"""

import contextlib
import logging
import threading
from collections.abc import Generator, Iterator, Sequence
from types import GenericAlias
from typing import Any, Final, LiteralString, TypeVar

import msgspec
import psycopg
from psycopg import sql
from psycopg.errors import Diagnostic
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGconn
from psycopg.waiting import Ready, Wait
from psycopg_pool import ConnectionPool, PoolTimeout

from ledger.errors import Unavailable
from ledger.store import postgres_url
from ledger.store.postgres_refusals import CORRUPT, refusal

T = TypeVar("T")

Raw = psycopg.Connection[tuple[Any, ...]]
Values = Sequence[object]
Statement = LiteralString | sql.Composed
Asked = psycopg.Cursor[tuple[Any, ...]]

BUSY_SECONDS: Final = 10.0
_OPEN: Final = {TransactionStatus.INTRANS, TransactionStatus.INERROR}
# No object of another schema can stand for one of ours: every name is written with its schema.
_SETTINGS: Final = """SELECT set_config('search_path', 'pg_catalog', false),
set_config('lock_timeout', %s, false), set_config('default_transaction_read_only', %s, false),
current_setting('synchronous_commit')"""
_CONNECTIONS_MAX: Final = 8
_SOON_SECONDS: Final = 1.0
"""Without a connection for so long, it is asked whether the server is there at all; a connection
that could not be made is given up, so that the next who needs one tries at once."""

# What they warn of comes back as an error here, or a new connection mends it.
for _name in ("psycopg", "psycopg.pool"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


class Connections:
    """A pool of connections to one ledger.

    Attributes:
        where: host and database, for messages.
        made: how many connections were made.
    """

    def __init__(self, url: str, *, readonly: bool) -> None:
        """Connect once, so that a failure is told at once, and keep the pool for what follows."""
        self.where = postgres_url.shown(url)
        self.made = 0
        self._readonly = readonly
        self._thread = threading.local()
        self._info = postgres_url.conninfo(url, readonly=readonly)
        with self._refusing():
            self._require_server()
        self._pool: ConnectionPool[Raw] = ConnectionPool(
            self._info,
            kwargs={"autocommit": True},
            min_size=1,
            max_size=_CONNECTIONS_MAX,
            timeout=BUSY_SECONDS,
            reconnect_timeout=_SOON_SECONDS,
            configure=self._configure,
            open=False,
        )
        with self._refusing():
            self._pool.open(wait=True, timeout=BUSY_SECONDS)

    def close(self) -> None:
        """Close them all; closing again does nothing."""
        self._pool.close()

    @property
    def in_transaction(self) -> bool:
        """Whether this thread has a write transaction open."""
        return getattr(self._thread, "own", None) is not None

    @property
    def has_written(self) -> bool:
        """Whether this thread's transaction has changed anything yet."""
        return self.in_transaction and bool(self._thread.written)

    def mend(self) -> bool:
        """Say whether this thread's last transaction found its connection broken from the start.

        Then nothing was done, and whatever else broke with it is replaced.
        """
        lost: bool = getattr(self._thread, "lost", False)
        if lost:
            self._pool.check()
        return lost

    def run(self, statement: Statement, values: Values = ()) -> None:
        """Run one statement of this thread's transaction, without waiting for its end."""
        with self._refusing():
            raw = self._own()
            self._thread.written = True
            raw.execute(statement, values)
            raw.wait(_flushed(raw.pgconn))

    def query(self, row: type[T], statement: Statement, values: Values = ()) -> list[T]:
        """Return all rows, each converted to the type `row` without any coercion.

        Raises:
            Tampered: STORE-CORRUPT when a cell has another type.
        """
        with self._refusing():
            found = self._fetched(statement, values)
        return self._typed(row, found)

    def ask(self, statement: Statement, values: Values = ()) -> Asked:
        """Send a question of this thread's transaction, which `told` waits for the answer to."""
        with self._refusing():
            raw = self._own()
            asked = raw.cursor(binary=True).execute(statement, values)
            raw.wait(_flushed(raw.pgconn))
        return asked

    def told(self, row: type[T], asked: Asked) -> list[T]:
        """Return the rows that were asked for; otherwise as `query`."""
        with self._refusing(), asked:
            found = asked.fetchall()
            self._thread.answered = True
        return self._typed(row, found)

    def _typed(self, row: type[T], found: list[tuple[Any, ...]]) -> list[T]:
        try:
            rows: list[T] = msgspec.convert(
                found, GenericAlias(list, (row,)), builtin_types=(bytes,)
            )
        except msgspec.ValidationError as error:
            family, name, message, hint = CORRUPT
            raise family(name, f"{message}: {error}", where=self.where, hint=hint) from error
        return rows

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold one write transaction: commit at the end, roll back on exceptions.

        Its statements go out in a pipeline: who only writes does not wait for each answer.
        """
        if self.in_transaction:
            raise RuntimeError("a write transaction is open already: transact does not nest")
        self._thread.lost = False
        with self._refusing(), self._connection() as raw:
            self._thread.own, self._thread.answered = raw, False
            self._thread.written = False
            try:
                with raw.pipeline():
                    raw.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
                    yield
                    done = self._commit(raw)
                # The pipeline ended, so all answers are here: the write-ahead log is on the disk.
                self._require_committed(done)
            finally:
                self._thread.own = None
                self._thread.lost = raw.broken and not self._thread.answered
                if raw.info.transaction_status in _OPEN:
                    raw.rollback()

    def _commit(self, raw: Raw) -> Asked:
        self._thread.warning = None
        return raw.execute("COMMIT")

    def _require_committed(self, done: Asked) -> None:
        """Refuse what was not committed, or not on those standbys that the server waits for.

        A server that was told to wait no longer says COMMIT all the same, with a warning in the
        words of its own language.
        """
        if done.statusmessage != "COMMIT":
            raise psycopg.InternalError("the server rolled back instead of committing")
        if self._thread.warning is not None:
            raise Unavailable(
                "STORE-NOT-REPLICATED",
                f"whether the standby has what was committed is not known: {self._thread.warning}",
                where=self.where,
                hint="submit the same again when the standby is back",
            )

    def _warned(self, told: Diagnostic) -> None:
        if told.severity_nonlocalized == "WARNING":
            self._thread.warning = told.message_primary

    def _own(self) -> Raw:
        raw: Raw = self._thread.own
        return raw

    def _fetched(self, statement: Statement, values: Values) -> list[tuple[Any, ...]]:
        if self.in_transaction:
            rows = _rows(self._own(), statement, values)
            self._thread.answered = True
            return rows
        with self._connection() as raw:
            try:
                return _rows(raw, statement, values)
            except psycopg.OperationalError:
                if not raw.broken:
                    raise
        self._pool.check()  # the server was restarted since the connection was last used
        with self._connection() as raw:
            return _rows(raw, statement, values)

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Raw]:
        """Take a connection for a while; where the server is gone, that is told soon."""
        try:
            raw = self._pool.getconn(_SOON_SECONDS)
        except PoolTimeout:
            self._require_server()
            raw = self._pool.getconn(BUSY_SECONDS)
        try:
            yield raw
        finally:
            self._pool.putconn(raw)

    def _require_server(self) -> None:
        """Connect once, outside the pool, whose own attempts say nothing of why they failed."""
        with contextlib.closing(psycopg.connect(self._info, autocommit=True)) as one:
            self._configure(one)

    def _configure(self, raw: Raw) -> None:
        """Prepare a connection, and refuse to write where a commit would not be durable."""
        self.made += 1
        raw.add_notice_handler(self._warned)
        readonly = "on" if self._readonly else "off"
        [found] = _rows(raw, _SETTINGS, (f"{BUSY_SECONDS:.0f}s", readonly))
        if not self._readonly:
            self.require_durable(found[-1])

    def require_durable(self, setting: str) -> None:
        """Refuse a server that answers before a commit is on its disk.

        Args:
            setting: its synchronous_commit.

        Raises:
            Unavailable: STORE-NOT-DURABLE.
        """
        if setting == "off":
            raise Unavailable(
                "STORE-NOT-DURABLE",
                "the server answers before a commit is on its disk (synchronous_commit=off)",
                where=self.where,
                hint="have synchronous_commit set to on for this role and database",
            )

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except (psycopg.Error, UnicodeEncodeError) as error:
            raise refusal(error, self.where) from error


def _flushed(connection: PGconn) -> Generator[Wait, Ready | int, None]:
    """Wait until all that was sent has left this process.

    In a pipeline psycopg tries once and then waits for an answer alone. Of more than the socket
    takes at once, a slow server would never read the rest, and both would wait for ever.
    """
    while connection.flush():
        if (yield Wait.RW) & Ready.R:
            connection.consume_input()


def _rows(raw: Raw, statement: Statement, values: Values) -> list[tuple[Any, ...]]:
    with raw.cursor(binary=True) as cursor:
        return cursor.execute(statement, values).fetchall()
