"""One peer does its work: run by the Python of the peers' own environment, without this project.

    python tests/bench/peer_programs.py NAME FOLDER FILE SINGLE PLACE

FILE holds events, each behind its length in eight bytes. The first SINGLE are recorded one by one,
each durable before the next; the rest at once. PLACE is a server's address, where there is one.
Prints one line of JSON: seconds, on the clock and of this process, of each kind of work.
"""

# ruff: noqa: PLC0415  each peer imports what it is made of, and nothing of the others

import asyncio
import json
import resource
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

BATCH = 1_000
"""Events in one transaction of a bulk import, where the peer has one."""


class Clock:
    """Notes what each kind of work took."""

    def __init__(self) -> None:
        self.took: dict[str, tuple[float, float]] = {}

    def take(self, name: str, work: Callable[[], object]) -> None:
        """Do some work and note what it took."""
        start, cpu = perf_counter(), _cpu()
        work()
        self.took[name] = perf_counter() - start, _cpu() - cpu


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def wal(path: Path) -> str:
    """Make a SQLite file with a write-ahead log, so that all peers sync alike; return its name."""
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode=WAL")
    database.close()
    return str(path)


def pages(rows: Sequence[bytes]) -> list[Sequence[bytes]]:
    return [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)]


def bare_sqlite(folder: Path, single: Sequence[bytes], bulk: Sequence[bytes], clock: Clock) -> None:
    database = sqlite3.connect(wal(folder / "bare.db"), isolation_level=None)
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE entry (idx INTEGER PRIMARY KEY, data BLOB)")
    insert = "INSERT INTO entry (data) VALUES (?)"
    clock.take("single", lambda: [database.execute(insert, (one,)) for one in single])

    def many() -> None:
        for page in pages(bulk):
            database.execute("BEGIN")
            database.executemany(insert, [(one,) for one in page])
            database.execute("COMMIT")

    clock.take("bulk", many)


def bare_postgresql(
    single: Sequence[bytes], bulk: Sequence[bytes], clock: Clock, place: str
) -> None:
    import psycopg

    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bare_peer")
        key = "idx bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
        connection.execute(f"CREATE TABLE bare_peer ({key}, data bytea)".encode())
        insert = "INSERT INTO bare_peer (data) VALUES (%b)"
        clock.take(
            "single",
            lambda: [connection.execute(insert, (one,), prepare=True) for one in single],
        )

        def many() -> None:
            for page in pages(bulk):
                into = "COPY bare_peer (data) FROM STDIN (FORMAT BINARY)"
                with connection.transaction(), connection.cursor().copy(into) as copy:
                    copy.set_types(["bytea"])
                    for one in page:
                        copy.write_row((one,))

        clock.take("bulk", many)


def eventsourcing(
    folder: Path, single: Sequence[bytes], bulk: Sequence[bytes], clock: Clock
) -> None:
    from eventsourcing.application import Application
    from eventsourcing.domain import Aggregate, event

    class Entry(Aggregate):
        @event("Recorded")
        def __init__(self, data: str) -> None:
            self.data = data

    app: Any = Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": wal(folder / "es.db")}
    )
    clock.take("single", lambda: [app.save(Entry(one.decode())) for one in single])
    clock.take(
        "bulk", lambda: [app.save(*[Entry(one.decode()) for one in page]) for page in pages(bulk)]
    )


def auditchain(folder: Path, single: Sequence[bytes], bulk: Sequence[bytes], clock: Clock) -> None:
    from auditchain import AuditLog
    from auditchain.backends import SqliteBackend
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    store = SqliteBackend(wal(folder / "chain.db"))

    async def run() -> None:
        async with AuditLog(store, signing_key=Ed25519PrivateKey.generate()) as log:
            start, cpu = perf_counter(), _cpu()
            for one in single:
                await log.append("party", "event", metadata={"entry": one.decode()})
            clock.took["single"] = perf_counter() - start, _cpu() - cpu
            start, cpu = perf_counter(), _cpu()
            for page in pages(bulk):
                await log.append_many(
                    [("party", "event", "", {"entry": one.decode()}) for one in page]
                )
            clock.took["bulk"] = perf_counter() - start, _cpu() - cpu
            start, cpu = perf_counter(), _cpu()
            report = await log.verify()
            clock.took["verify"] = perf_counter() - start, _cpu() - cpu
            assert report.ok

    asyncio.run(run())


def ledgerchain(folder: Path, single: Sequence[bytes], bulk: Sequence[bytes], clock: Clock) -> None:
    from ledgerchain import LedgerWriter, verify_chain
    from ledgerchain.immutability import create_all
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    engine = create_engine(f"sqlite:///{wal(folder / 'ledgerchain.db')}")
    create_all(engine)
    with Session(engine) as session:

        def append(data: bytes) -> None:
            LedgerWriter.append(
                session,
                event_type="event",
                payload={"entry": data.decode()},
                actor={"name": "party"},
                tenant_id="ledger",
            )

        def one_by_one() -> None:
            for one in single:
                append(one)
                session.commit()

        def many() -> None:
            for page in pages(bulk):
                for one in page:
                    append(one)
                session.commit()

        def verify() -> None:
            assert verify_chain(session).valid

        clock.take("single", one_by_one)
        clock.take("bulk", many)
        clock.take("verify", verify)


def trust_ledger_core(folder: Path, bulk: Sequence[bytes], clock: Clock) -> None:
    from ledger_core.keys import load_or_create_key
    from ledger_core.ledger import TrustLedger

    ledger = TrustLedger("session", load_or_create_key(folder / "key"), "party")

    def many() -> None:
        for one in bulk:
            ledger.emit("event", {"entry": one.decode()})
        ledger.seal({}, str(folder / "pack"))

    clock.take("bulk", many)


def pymerkle(folder: Path, single: Sequence[bytes], bulk: Sequence[bytes], clock: Clock) -> None:
    from pymerkle import SqliteTree

    with SqliteTree(wal(folder / "tree.db")) as tree:
        clock.take("single", lambda: [tree.append_entry(one) for one in single])
        clock.take("bulk", lambda: [tree.append_entries(list(page)) for page in pages(bulk)])
        clock.take("verify", tree.get_root)


def umadb(single: Sequence[bytes], bulk: Sequence[bytes], clock: Clock, place: str) -> None:
    from umadb import Client, Event

    with Client(place) as client:

        def event(data: bytes) -> Any:
            return Event(event_type="event", data=data, tags=["party:one"])

        clock.take("single", lambda: [client.append([event(one)]) for one in single])
        clock.take(
            "bulk", lambda: [client.append([event(one) for one in page]) for page in pages(bulk)]
        )


def main() -> None:
    """Do what the command line says."""
    name, folder, source = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]).read_bytes()
    count, place = int(sys.argv[4]), sys.argv[5]
    rows, at = [], 0
    while at < len(source):
        size = int.from_bytes(source[at : at + 8], "big")
        rows.append(source[at + 8 : at + 8 + size])
        at += 8 + size
    single, bulk, clock = rows[:count], rows[count:], Clock()
    {
        "bare SQLite": lambda: bare_sqlite(folder, single, bulk, clock),
        "bare PostgreSQL": lambda: bare_postgresql(single, bulk, clock, place),
        "eventsourcing": lambda: eventsourcing(folder, single, bulk, clock),
        "auditchain": lambda: auditchain(folder, single, bulk, clock),
        "ledgerchain": lambda: ledgerchain(folder, single, bulk, clock),
        "trust-ledger-core": lambda: trust_ledger_core(folder, bulk, clock),
        "pymerkle": lambda: pymerkle(folder, single, bulk, clock),
        "UmaDB": lambda: umadb(single, bulk, clock, place),
    }[name]()
    print(json.dumps(clock.took))


if __name__ == "__main__":
    main()
