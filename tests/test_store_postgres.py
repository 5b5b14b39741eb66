"""The ledger in PostgreSQL: made with care, hard to damage by accident, and lost to no crash."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg.waiting import Ready, Wait
from psycopg_pool import PoolTimeout

from ledger.application import Ledger
from ledger.errors import Conflict, LedgerError, Malformed, Refused, Tampered, Unavailable
from ledger.place import Roles, place_of
from ledger.store import postgres as postgres_module
from ledger.store import postgres_connection as connection_module
from ledger.store import (
    postgres_refusals,
    postgres_schema,
    postgres_statements,
    postgres_tables,
    postgres_url,
)
from ledger.store.places import create_place, name_of, open_place
from ledger.store.recorder import LedgerRecorder
from ledger.store.transaction import NewEntry, Transaction
from ledger.verify.audit import audit
from ledger.writing import Receipt
from tests.bare_store import NOON, assert_sound, note, read_all, record
from tests.harness import Story
from tests.postgres_server import PASSWORD, TERMINATE, Server
from tests.stores import Store
from tests.test_application import LEDGER, opening
from tests.test_history import batch

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def made(database: Store) -> Store:
    """A database with a ledger of three entries."""
    database.three_entries()
    return database


@pytest.fixture
def role(postgres: Server) -> Iterator[Callable[[str], str]]:
    """Returns, given a word, a new role of the server."""
    roles: list[str] = []

    def create(word: str) -> str:
        name = f"{word} {postgres.database()}"
        postgres.run("postgres", f'CREATE ROLE "{name}" LOGIN')
        roles.append(name)
        return name

    yield create
    for name in roles:
        postgres.drop(name.split()[1])


def as_role(url: str, name: str) -> str:
    return url.replace("ledger_owner@", f"{name.replace(' ', '%20')}@")


# --- what is refused, even to the owner ----------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET data = 'x' WHERE idx = 1",
        "DELETE FROM entry WHERE idx = 2",
        "TRUNCATE entry",
        "INSERT INTO entry SELECT 3, type, data, leaf FROM entry WHERE idx = 2",
        "INSERT INTO entry SELECT 9, type, data, leaf FROM entry WHERE idx = 2",
        "INSERT INTO entry SELECT -1, type, data, leaf FROM entry WHERE idx = 2",
        "INSERT INTO entry SELECT NULL, type, data, leaf FROM entry WHERE idx = 2",
        """WITH moved AS (UPDATE tree SET size = 5)
        INSERT INTO entry SELECT 4, type, data, leaf FROM entry WHERE idx = 2""",
        """INSERT INTO entry SELECT * FROM entry WHERE idx = 2
        ON CONFLICT (idx) DO UPDATE SET data = 'x'""",
    ],
)
def test_entries_are_added_by_a_seal_only_and_never_changed(made: Store, statement: str) -> None:
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="an entry is"):
        made.behind_the_back(statement)
    with made.open() as recorder:
        assert assert_sound(recorder) == 3
        assert record(recorder, "d").size == 4


def test_a_lost_entry_stops_the_writer(made: Store) -> None:
    made.without_triggers("DELETE FROM entry WHERE idx = 2")
    with made.open() as recorder:
        with pytest.raises(Tampered, match="STORE-INCONSISTENT"):
            record(recorder, "d")
        assert [entry.index for entry in recorder.entries(0, 9)] == [0, 1]
        assert recorder.head().size == 3


def test_a_stray_tag_stops_the_writer(made: Store) -> None:
    made.behind_the_back("INSERT INTO entry_tag VALUES ('id:d', 3)")
    with made.open() as recorder:
        with pytest.raises(Tampered, match="STORE-INCONSISTENT"):
            record(recorder, "d")
        assert recorder.head().size == 3


def test_a_new_ledger_looks_as_every_other(made: Store) -> None:
    with made.open() as recorder:
        database = recorder._db  # type: ignore[attr-defined]  # PostgreSQL's
        found = database.query(tuple[str], postgres_tables.LINES)
    assert sorted(line for (line,) in found) == postgres_tables.EXPECTED


def test_the_statements_suit_databases_that_lock_rows_only() -> None:
    texts = [text for name, text in vars(postgres_statements).items() if name.isupper()]
    assert len(texts) > 20
    words = {word for text in texts for word in re.findall("[A-Za-z_]+", text.upper())}
    assert not words & {"LOCK", "COPY", "LISTEN", "NOTIFY", "NEXTVAL", "PG_ADVISORY_XACT_LOCK"}


# --- making and opening --------------------------------------------------------------------------


def test_a_database_holds_one_ledger(made: Store) -> None:
    with pytest.raises(Conflict, match="STORE-EXISTS"):
        made.create()
    with made.open() as recorder:
        assert assert_sound(recorder) == 3


def test_an_opening_that_is_refused_leaves_an_empty_database(database: Store) -> None:
    with pytest.raises(Malformed, match="ZONE-UNKNOWN"):
        Ledger.create(database.url, opening(zone="Nowhere/Never"), LEDGER)
    with pytest.raises(Malformed, match="STORE-NOT-A-LEDGER"):
        Ledger.open(database.url)
    with Ledger.create(database.url, opening(), LEDGER) as ledger:
        assert ledger.size == 1
    postgres_module.PostgresRecorder.discard(database.url.replace(database.name, "nowhere"))


def test_only_utf8_is_taken(postgres: Server) -> None:
    postgres.run(
        "postgres",
        "CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0",
    )
    with pytest.raises(Malformed, match="STORE-ENCODING"):
        create_place(postgres.url("ascii"))


def test_what_is_no_ledger_is_told(database: Store, postgres: Server) -> None:
    with pytest.raises(Malformed, match="STORE-NOT-A-LEDGER"):
        database.open()
    postgres.run(database.name, "CREATE SCHEMA chipledger")
    with pytest.raises(Conflict, match="STORE-EXISTS"):
        database.create()
    for comment in ("of somebody", "chipledger store x"):
        postgres.run(database.name, f"COMMENT ON SCHEMA chipledger IS '{comment}'")
        with pytest.raises(Malformed, match="STORE-NOT-A-LEDGER"):
            database.open()
    postgres.run(database.name, "COMMENT ON SCHEMA chipledger IS 'chipledger store 2'")
    assert postgres_schema.SCHEMA_VERSION == 1
    with pytest.raises(Unavailable, match="STORE-NEWER"):
        database.open()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE tree ADD more int",
        "ALTER TABLE entry ALTER type DROP NOT NULL",
        "ALTER TABLE entry DROP CONSTRAINT entry_leaf_check",
        "ALTER TABLE entry_tag DROP CONSTRAINT entry_tag_pkey",
        "ALTER TABLE entry ENABLE ROW LEVEL SECURITY",
        "CREATE RULE hide AS ON INSERT TO anchor DO INSTEAD NOTHING",
        "CREATE TABLE child () INHERITS (entry)",
        "CREATE VIEW another AS SELECT 1",
        "ALTER TABLE entry SET UNLOGGED",
    ],
)
def test_an_altered_schema_is_not_opened(made: Store, change: str) -> None:
    made.behind_the_back(change)
    for readonly in (False, True):
        with pytest.raises(Tampered, match="STORE-SCHEMA"):
            made.open(readonly=readonly)


@pytest.mark.parametrize(
    "change",
    [
        "DROP TRIGGER entry_delete ON entry",
        "ALTER TABLE entry DISABLE TRIGGER entry_truncate",
        "ALTER TABLE entry ENABLE REPLICA TRIGGER entry_insert",
        """CREATE OR REPLACE FUNCTION keep_entry() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RETURN OLD; END'""",
        """CREATE TRIGGER another BEFORE INSERT ON entry_tag
        FOR EACH ROW EXECUTE FUNCTION keep_entry()""",
    ],
)
def test_altered_triggers_stop_who_writes_and_nobody_who_reads(made: Store, change: str) -> None:
    made.behind_the_back(change)
    with pytest.raises(Tampered, match="STORE-SCHEMA"):
        made.open()
    with made.open(readonly=True) as recorder:
        assert assert_sound(recorder) == 3
        assert read_all(recorder) > 3


def test_an_index_that_only_speeds_up_is_nobodys_harm(made: Store) -> None:
    made.behind_the_back("CREATE INDEX by_type ON entry (type)", "ANALYZE")
    with made.open() as recorder:
        assert record(recorder, "d").size == 4


def test_who_opened_it_for_reading_cannot_write(made: Store) -> None:
    with made.open(readonly=True) as recorder, pytest.raises(Unavailable, match="STORE-READONLY"):
        record(recorder, "d")


def test_a_server_says_what_a_commit_is_worth(made: Store) -> None:
    with made.open(readonly=True) as recorder:
        server = recorder.server()
    assert server is not None
    assert (server.is_standby, server.fsync) == (False, False)
    assert (server.synchronous_commit, server.standbys) == ("on", "")
    assert server.version[0].isdecimal()
    assert create_place(None)[0].server() is None


def test_closing_twice_does_nothing_and_a_closed_ledger_says_so(made: Store) -> None:
    recorder = made.open()
    recorder.close()
    recorder.close()
    with pytest.raises(Unavailable, match="STORE-CLOSED"):
        recorder.head()


# --- roles and passwords -------------------------------------------------------------------------


def test_the_writer_adds_and_the_auditor_reads(
    database: Store, role: Callable[[str], str], postgres: Server
) -> None:
    writer, auditor = role("writer"), role("auditor")
    create_place(database.place, Roles(writer, auditor))[0].close()
    recording, reading = (as_role(database.url, one) for one in (writer, auditor))
    with open_place(recording, readonly=False) as recorder:
        record(recorder, "a", "b")
        digest = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
        recorder.transact(lambda transaction: transaction.put_document(digest, b"a"))
        recorder.transact(lambda transaction: transaction.remove_document(digest))
        assert recorder.documents() == []
        assert assert_sound(recorder) == 2
    with open_place(reading, readonly=True) as recorder:
        assert assert_sound(recorder) == 2
        assert read_all(recorder) > 2
    with (
        open_place(reading, readonly=False) as recorder,
        pytest.raises(Unavailable, match="STORE-READONLY"),
    ):
        record(recorder, "c")
    denied = {
        recording: [
            "UPDATE chipledger.entry SET data = ''",
            "DELETE FROM chipledger.entry",
            "TRUNCATE chipledger.entry",
            "UPDATE chipledger.entry_tag SET tag = ''",
            "UPDATE chipledger.document SET bytes = ''",
            "DELETE FROM chipledger.anchor",
            "DELETE FROM chipledger.tree",
            "DROP TRIGGER entry_delete ON chipledger.entry",
            "ALTER TABLE chipledger.entry DISABLE TRIGGER ALL",
            "SET session_replication_role = replica",
            "CREATE TABLE chipledger.mine ()",
        ],
        reading: [
            "UPDATE chipledger.tree SET size = 0",
            "INSERT INTO chipledger.anchor VALUES (1, '', '')",
            "SELECT * FROM chipledger.tree FOR UPDATE",
        ],
    }
    for url, statements in denied.items():
        with psycopg.connect(url, autocommit=True) as connection:
            for one in statements:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(one)
    postgres.run(database.name, f'DROP OWNED BY "{writer}"', f'DROP OWNED BY "{auditor}"')


def test_a_role_that_is_not_there_is_told(database: Store) -> None:
    with pytest.raises(Unavailable, match="ROLE-UNKNOWN"):
        create_place(database.place, Roles(writer="nobody; --"))
    with pytest.raises(Malformed, match="STORE-NOT-A-LEDGER"):
        database.open()


def test_a_role_that_may_make_nothing_is_told(database: Store, role: Callable[[str], str]) -> None:
    with pytest.raises(Unavailable, match="STORE-READONLY"):
        create_place(as_role(database.url, role("guest")))


def test_a_password_comes_from_libpqs_own_file(
    made: Store, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.url_by_port(made.name)
    secret = tmp_path / "pgpass"
    for password in ("another", PASSWORD):
        secret.write_text(f"127.0.0.1:{postgres.port}:*:*:{password}\n")
        secret.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(secret))
        if password == PASSWORD:
            with open_place(url, readonly=True) as recorder:
                assert assert_sound(recorder) == 3
        else:
            with pytest.raises(Unavailable, match="STORE-UNREADABLE") as refusal:
                open_place(url, readonly=True)
            assert "another" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://me:s3cret@host/db", "URL-PASSWORD"),
        ("postgresql://host/db?password=s3cret", "URL-PASSWORD"),
        ("postgresql://host/db?sslpassword=s3cret", "URL-PASSWORD"),
        ("postgresql://me:s3cret@host:port:1/db?x=s3cret", "URL"),
    ],
)
def test_a_url_holds_no_password_and_none_is_shown(url: str, code: str) -> None:
    for call in (
        lambda: open_place(url, readonly=True),
        lambda: create_place(url),
        lambda: name_of(url),
        lambda: Ledger.open(url),
    ):
        with pytest.raises(Malformed, match=code) as refusal:
            call()
        assert "s3cret" not in f"{refusal.value} {refusal.value.where} {refusal.value.hint}"


def test_messages_name_host_and_database_alone() -> None:
    assert "connect_timeout=10" in postgres_url.conninfo("postgresql://host/db")
    assert name_of("postgresql://me@db.example:5433/books") == "postgresql://db.example:5433/books"
    assert name_of("postgresql://db.example/books?sslmode=require") == (
        "postgresql://db.example/books"
    )
    assert name_of("postgresql:///?service=books") == "postgresql service books"
    assert name_of("postgresql://a:5433,b:5434/x") == "postgresql://a:5433,b:5434/x"
    assert name_of("postgresql://a,b/x?port=5433") == "postgresql://a:5433,b:5433/x"


def test_of_several_servers_who_writes_looks_for_the_one_that_takes_it() -> None:
    both, writes = "postgresql://a,b/books", "target_session_attrs=read-write"
    assert writes in postgres_url.conninfo(both)
    assert writes not in postgres_url.conninfo(both, readonly=True)
    assert writes not in postgres_url.conninfo("postgresql://a/books")
    assert writes not in postgres_url.conninfo(f"{both}?target_session_attrs=primary")


def test_a_server_or_database_that_is_not_there_is_told(postgres: Server) -> None:
    with pytest.raises(Unavailable, match=r"STORE-UNREADABLE: .*nowhere"):
        open_place(postgres.url("nowhere"), readonly=True)
    with pytest.raises(Unavailable, match="STORE-UNREADABLE"):
        open_place(f"postgresql://127.0.0.1:{postgres.port + 1}/x", readonly=True)


# --- durability ----------------------------------------------------------------------------------


def test_a_server_that_answers_too_early_is_not_written_to(made: Store, postgres: Server) -> None:
    with made.open() as recorder:
        with recorder._db._pool.connection() as raw:  # type: ignore[attr-defined]  # PostgreSQL's
            raw.execute("SET synchronous_commit = off")
        with pytest.raises(Unavailable, match="STORE-NOT-DURABLE"):
            record(recorder, "d")
        assert assert_sound(recorder) == 3
    postgres.run(made.name, f"ALTER DATABASE {made.name} SET synchronous_commit = off")
    with pytest.raises(Unavailable, match="STORE-NOT-DURABLE"):
        made.open()
    with made.open(readonly=True) as recorder:
        assert assert_sound(recorder) == 3


def test_a_transaction_that_did_not_commit_is_no_success() -> None:
    done: Any = SimpleNamespace(statusmessage="ROLLBACK")
    connections = connection_module.Connections.__new__(connection_module.Connections)
    connections._thread = threading.local()
    with pytest.raises(psycopg.InternalError, match="rolled back instead"):
        connections._require_committed(done)


def fail(recorder: LedgerRecorder, state: str) -> None:
    """Have the server end the open transaction with an error."""
    statement = f"DO $$ BEGIN RAISE EXCEPTION 'told to' USING ERRCODE = '{state}'; END $$"
    recorder._db.run(statement)  # type: ignore[attr-defined]  # PostgreSQL's


def failing(recorder: LedgerRecorder, state: str, times: int) -> Callable[[Transaction], int]:
    """Return work that fails so many times at the end, as a serializable server may."""
    left = [times]

    def work(transaction: Transaction) -> int:
        transaction.append([NewEntry("t", b"d", ("id:d",))], recorded_at=NOON, control=0)
        size = transaction.seal(note).size
        if left[0]:
            left[0] -= 1
            fail(recorder, state)
        return size

    return work


def test_what_the_server_wants_repeated_is_repeated(
    made: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_module, "_FIRST_WAIT_SECONDS", 0)
    with made.open() as recorder:
        assert recorder.transact(failing(recorder, "40001", 3)) == 4
        assert assert_sound(recorder) == 4
        with pytest.raises(Unavailable, match="STORE-BUSY"):
            recorder.transact(failing(recorder, "40001", 99))
        with pytest.raises(Unavailable, match="STORE-BUSY"):
            recorder.transact(failing(recorder, "40P01", 1))
        assert assert_sound(recorder) == 4


def test_a_batch_that_is_decided_twice_is_recorded_once(
    database: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_module, "_FIRST_WAIT_SECONDS", 0)
    with Story(database.place) as story:
        write = story.ledger._write
        left = [2]

        def twice(transaction: Transaction, *given: Any) -> None:
            write(transaction, *given)
            if left[0]:
                left[0] -= 1
                fail(story.ledger._recorder, "40001")

        monkeypatch.setattr(story.ledger, "_write", twice)
        story.party("maker", "maker")
        assert left == [0]
        assert story.audit().verdict == "PASS"
        ids = [event.statement.id for event in story.ledger.read()]
        assert len(ids) == len(set(ids))


def test_who_waits_too_long_for_the_tree_is_told(
    made: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "BUSY_SECONDS", 1.0)
    with made.open() as first, made.open() as second:

        def work(_: Transaction) -> None:
            with pytest.raises(Unavailable, match="STORE-BUSY"):
                thread_result(lambda: record(second, "d"))

        first.transact(work)
        assert record(second, "d").size == 4


def thread_result(call: Callable[[], object]) -> None:
    """Run in another thread, and raise here what it raised there."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except LedgerError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    for error in raised:
        raise error


@pytest.mark.parametrize("moment", ["before", "sealed"])
def test_a_connection_that_breaks_in_a_transaction_leaves_nothing(made: Store, moment: str) -> None:
    with made.open() as recorder:

        def work(transaction: Transaction) -> None:
            if moment == "before":
                made.behind_the_back(TERMINATE)
            transaction.append([NewEntry("t", b"d", ("id:d",))], recorded_at=NOON, control=0)
            transaction.seal(note)
            if moment == "sealed":
                made.behind_the_back(TERMINATE)

        with pytest.raises(Unavailable, match="STORE-UNREADABLE"):
            recorder.transact(work)
        assert assert_sound(recorder) == 3
        assert record(recorder, "d").size == 4
        assert assert_sound(recorder) == 4


def test_a_connection_that_broke_while_nobody_used_it_is_replaced(made: Store) -> None:
    with made.open() as recorder:
        recorder.head()
        made.behind_the_back(TERMINATE)
        assert assert_sound(recorder) == 3
        made.behind_the_back(TERMINATE)
        assert record(recorder, "d").size == 4
        assert assert_sound(recorder) == 4


def test_a_statement_that_the_server_ends_is_not_repeated(made: Store) -> None:
    with made.open() as recorder:
        database = recorder._db  # type: ignore[attr-defined]  # PostgreSQL's
        database.query(tuple[str], "SELECT set_config('statement_timeout', '50', false)")
        with pytest.raises(Unavailable, match="STORE-UNREADABLE"):
            database.query(tuple[int], "SELECT 1 FROM pg_sleep(5)")


def test_a_server_that_crashes_keeps_what_was_answered(postgres: Server, made: Store) -> None:
    with made.open() as recorder:
        assert record(recorder, "d").size == 4
        postgres.stop(immediately=True)
        postgres.start()
        assert assert_sound(recorder) == 4
        assert record(recorder, "e").size == 5


def test_a_server_that_reads_slowly_gets_all_of_a_large_transaction(made: Store) -> None:
    """A server that stands still makes the socket full; what is left must be sent all the same."""
    large = [str(number) + "x" * 60_000 for number in range(64)]
    with made.open() as recorder:
        [(backend,)] = recorder._db.query(  # type: ignore[attr-defined]  # PostgreSQL's
            tuple[int], "SELECT pg_backend_pid()"
        )
        os.kill(backend, signal.SIGSTOP)
        going_on = threading.Timer(0.3, os.kill, (backend, signal.SIGCONT))
        going_on.start()
        assert record(recorder, *large).size == 3 + len(large)
        going_on.join()
        assert assert_sound(recorder) == 3 + len(large)


def test_what_the_server_says_meanwhile_is_read_while_the_rest_is_sent() -> None:
    """A server that may not write stops reading too."""
    left, read = [1, 1, 0], []
    raw: Any = SimpleNamespace(
        flush=lambda: left.pop(0), consume_input=lambda: read.append(len(left))
    )
    waiting = connection_module._flushed(raw)
    assert next(waiting) is Wait.RW
    assert waiting.send(Ready.R) is Wait.RW
    with pytest.raises(StopIteration):
        waiting.send(Ready.W)
    assert read == [2]


@pytest.mark.parametrize(("moment", "size"), [("signing", 503), ("sealed", 503), ("after", 1003)])
def test_a_killed_writer_leaves_whole_transactions(made: Store, moment: str, size: int) -> None:
    script = f"""
    import os, signal, sys
    from ledger.store.postgres import PostgresRecorder
    from ledger.store.transaction import NewEntry
    moment = {moment!r}
    recorder = PostgresRecorder.open(sys.argv[1])

    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    def work(transaction, start, moment):
        new = [NewEntry("t", b"%d" % i, (f"id:{{i}}",)) for i in range(start, start + 500)]
        transaction.append(new, recorded_at="", control=0)
        transaction.seal(die if moment == "signing" else lambda size, root: b"note")
        if moment == "sealed":
            recorder.head()
            die()

    recorder.transact(lambda transaction: work(transaction, 0, None))
    recorder.transact(lambda transaction: work(transaction, 500, moment))
    die()
    """
    code = [sys.executable, "-c", textwrap.dedent(script), made.url]
    assert subprocess.run(code, cwd=ROOT, check=False).returncode == -9
    with made.open() as recorder:
        assert assert_sound(recorder) == size
        assert record(recorder, "after").size == size + 1


# --- values, and what errors mean ----------------------------------------------------------------


@pytest.mark.parametrize("tag", ["a\0b", "\ud800"])
def test_a_value_that_no_ledger_holds_is_malformed(made: Store, tag: str) -> None:
    with made.open() as recorder:
        with pytest.raises(Malformed, match="STORE-VALUE"):
            recorder.tagged(tag)
        with pytest.raises(Malformed, match="STORE-VALUE"):
            recorder.full_tile(0, 2**70)
        with pytest.raises(Malformed, match="STORE-VALUE"):
            record(recorder, "d", tags=(tag,))
        assert assert_sound(recorder) == 3


def test_a_cell_of_another_type_is_corrupt(made: Store) -> None:
    with made.open() as recorder, pytest.raises(Tampered, match="STORE-CORRUPT"):
        recorder._db.query(tuple[int], "SELECT 'x'::text")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("DiskFull", "STORE-FULL"),
        ("TooManyConnections", "STORE-UNREADABLE"),
        ("DataCorrupted", "STORE-CORRUPT"),
        ("InternalError_", "STORE-FAILED"),
        ("DuplicatePreparedStatement", "STORE-POOLER"),
        ("InvalidSqlStatementName", "STORE-POOLER"),
        ("SyntaxError", "STORE-FAILED"),
        ("ReadOnlySqlTransaction", "STORE-READONLY"),
    ],
)
def test_an_error_of_the_server_has_its_code(error: str, code: str) -> None:
    told = postgres_refusals.refusal(getattr(psycopg.errors, error)("why"), "db")
    assert (told.code, told.where) == (code, "db")


def test_who_gets_no_connection_is_told() -> None:
    assert postgres_refusals.refusal(PoolTimeout("x"), "db").code == "STORE-BUSY"


@pytest.mark.parametrize("error", ["PipelineAborted", "ConnectionTimeout", "OperationalError"])
def test_a_connection_that_ends_in_whatever_way_is_unreadable(error: str) -> None:
    told = postgres_refusals.refusal(getattr(psycopg.errors, error)("why"), "db")
    assert told.code == "STORE-UNREADABLE"


# --- audits in other processes -------------------------------------------------------------------


def test_workers_open_the_database_themselves(database: Store) -> None:
    with Story(database.place) as story:
        story.party("maker", "maker")
        source = story.ledger.source()
        assert source.shareable
        assert source.name.startswith("live store postgresql://")
        report = audit(source, story.trust(), workers=2)
        assert report.verdict == "PASS"


def test_without_psycopg_a_database_is_not_spoken_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ledger.store.postgres", None)
    for call in (
        lambda: open_place("postgresql://host/db", readonly=True),
        lambda: name_of("postgresql://host/db"),
    ):
        with pytest.raises(Unavailable, match="STORE-EXTRA"):
            call()


def test_a_file_has_no_roles(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="ROLES-IN-FILE"):
        create_place(tmp_path / "ledger.db", Roles(writer="w"))
    assert list(tmp_path.iterdir()) == []
    assert place_of("postgresql://host/db") == "postgresql://host/db"


def test_a_server_that_went_away_is_told_soon_and_found_again(
    postgres: Server, made: Store
) -> None:
    with made.open() as recorder:
        postgres.stop()
        for _ in range(2):
            with pytest.raises(Unavailable, match="STORE-UNREADABLE"):
                recorder.head()
        with pytest.raises(Unavailable, match="STORE-UNREADABLE"):
            record(recorder, "d")
        postgres.start()
        assert record(recorder, "d").size == 4
        assert assert_sound(recorder) == 4


def test_who_finds_all_connections_taken_waits_for_one(
    made: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "_CONNECTIONS_MAX", 1)
    monkeypatch.setattr(connection_module, "_SOON_SECONDS", 0.05)
    with made.open() as recorder:
        taken = threading.Event()

        def hold(_: Transaction) -> None:
            taken.set()
            time.sleep(0.3)

        holder = threading.Thread(target=lambda: recorder.transact(hold))
        holder.start()
        assert taken.wait(60)
        assert assert_sound(recorder) == 3
        holder.join()


# --- a standby that does not answer -------------------------------------------------------------


class Alone:
    """A server that waits for a standby which is not there."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def begin(self) -> None:
        """Return when commits wait: who is told of a new setting takes it when there is time."""
        self._server.run("postgres", set_names("nobody"), RELOAD)
        waiting = threading.Thread(target=self._commit_until_one_waits)
        waiting.start()
        self.when_waiting("SELECT pg_cancel_backend(pid)")
        waiting.join()

    def _commit_until_one_waits(self) -> None:
        warned: list[object] = []
        with psycopg.connect(self._server.url("postgres"), autocommit=True) as connection:
            connection.add_notice_handler(warned.append)
            while not warned:
                connection.execute("SELECT pg_logical_emit_message(true, '', '')")

    def when_waiting(self, statement: str) -> None:
        """Ask this about whatever waits for the standby, as soon as something does."""
        waiting = f"""{statement} FROM pg_stat_activity
        WHERE wait_event = 'SyncRep' AND backend_type = 'client backend'"""
        for _ in range(1_000):
            if self._server.ask("postgres", waiting):
                return
            time.sleep(0.02)
        raise AssertionError("nobody waits for the standby")

    def end(self) -> None:
        """Wait for no standby any more."""
        self._server.run("postgres", set_names(""), RELOAD)


RELOAD = "SELECT pg_reload_conf()"


def set_names(names: str) -> str:
    return f"ALTER SYSTEM SET synchronous_standby_names = '{names}'"


@pytest.fixture
def alone(postgres: Server) -> Iterator[Alone]:
    one = Alone(postgres)
    yield one
    one.end()


def test_a_commit_that_waits_no_longer_for_its_standby_is_no_success(
    made: Store, alone: Alone
) -> None:
    """The server says COMMIT; the warning beside it is all that differs."""
    with made.open() as recorder:
        alone.begin()
        ending = threading.Thread(
            target=alone.when_waiting, args=("SELECT pg_cancel_backend(pid)",)
        )
        ending.start()
        with pytest.raises(Unavailable, match="STORE-NOT-REPLICATED"):
            record(recorder, "d")
        ending.join()
        assert assert_sound(recorder) == 4


def test_what_is_read_back_without_the_standby_is_not_answered_for(
    database: Store, alone: Alone, tmp_path: Path
) -> None:
    """The server broke off and shows the entry; the standby may lack it, and may take over."""
    with Story(database.place, high_water=tmp_path / "high-water") as story:
        story.party("nvidia", "maker")
        submission, size = story.submission(batch(), "nvidia"), story.ledger.size
        receipts: list[Receipt] = []
        asking = threading.Thread(target=lambda: receipts.append(story.ledger.append(submission)))
        alone.begin()
        asking.start()
        alone.when_waiting("SELECT pg_terminate_backend(pid)")
        while story.ledger.size == size:
            time.sleep(0.02)
        alone.when_waiting("SELECT pid")
        shown: list[bytes] = []
        showing = threading.Thread(target=lambda: shown.append(story.ledger.checkpoint()))
        showing.start()
        time.sleep(0.1)
        assert not receipts
        assert not shown
        alone.end()
        asking.join(60)
        showing.join(60)
        assert shown == [story.ledger.checkpoint()]
        assert [one.index for one in receipts] == [size]
        assert story.audit().verdict == "PASS"


def test_only_the_owner_of_the_key_writes(database: Store) -> None:
    with Story(database.place) as story, pytest.raises(Refused, match="LEDGER-KEY"):
        Ledger.open(story.url, story.writing("another"))
