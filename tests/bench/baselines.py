"""What the ledger is compared with: the least that the same promise costs."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.application import Ledger
from ledger.log.merkle import leaf_hash
from ledger.occurred import utc_text
from ledger.signing.ed25519 import verify_many
from ledger.signing.envelope import pae
from ledger.signing.signer import MemorySigner
from projections.questions import ask, questions, sqlite_reader
from projections.runner import catch_up
from projections.view import View

Check = tuple[bytes, bytes, bytes]
QUESTIONS: tuple[tuple[str, dict[str, str]], ...] = (
    ("where", {"batch": "B-01-1"}),
    ("where", {"rack": "R0056"}),
    ("custody", {"rack": "R0056"}),
    ("shipment", {"shipment": "SHP-13"}),
    ("ownership", {"party": "aolani"}),
    ("where", {}),
    ("title", {}),
    ("use", {}),
    ("plans", {}),
    ("reconcile", {}),
)
MESSAGE_BYTES = 900


def bare_commits(path: Path, rows: list[bytes]) -> float:
    """Return the seconds that one durable SQLite commit for each row takes."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE entry (idx INTEGER PRIMARY KEY, data BLOB)")
    start = perf_counter()
    for row in rows:
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO entry (data) VALUES (?)", (row,))
        database.execute("COMMIT")
    seconds = perf_counter() - start
    database.close()
    return seconds


def auditchain_appends(path: Path, rows: list[bytes]) -> float | None:
    """Return the records a second that auditchain appends, signed, or None if not installed."""
    if find_spec("auditchain") is None:
        return None
    peer = import_module("auditchain")
    store = import_module("auditchain.backends").SqliteBackend(str(path))

    async def run() -> float:
        async with peer.AuditLog(store, signing_key=Ed25519PrivateKey.generate()) as log:
            start = perf_counter()
            for row in rows:
                await log.append("party", "event", metadata={"entry": row.decode()})
            return len(rows) / (perf_counter() - start)

    return asyncio.run(run())


def signing_bound(threads: int, count: int = 20_000) -> float:
    """Return the signatures a second that the library makes on so many threads."""
    signer = MemorySigner.from_seed(bytes(32))
    message = bytes(MESSAGE_BYTES)

    def some(_: int) -> None:
        for _ in range(count // threads):
            signer.sign(message)

    start = perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(some, range(threads)))
    return count / (perf_counter() - start)


def checks_of(ledger: Ledger) -> list[Check]:
    """Return (key, message, signature) of every signature in the ledger."""
    keys = {key.id: key.public_key for key in ledger.authority.keys.values()}
    checks = []
    for event in ledger.read():
        message = pae(event.entry.envelope.statement_bytes())
        checks += [(keys[one.keyid], message, one.raw()) for one in event.entry.envelope.signatures]
    return checks


def verifying_seconds(checks: list[Check], threads: int) -> float:
    """Return the seconds that verifying these signatures alone takes."""
    start = perf_counter()
    if not all(verify_many(checks, threads=threads)):
        raise SystemExit("a signature does not verify")
    return perf_counter() - start


def leaf_of(ledger: Ledger, index: int) -> bytes:
    """Return the leaf hash of an entry."""
    return leaf_hash(ledger.entry_bytes(index))


def question_timings(ledger: Ledger, path: Path) -> list[tuple[str, float, float]]:
    """Return (question, seconds, bar in ms) of questions about one thing and about everything."""
    found = questions()
    now = utc_text(datetime.now(UTC))
    with View.open(path) as view:
        start = perf_counter()
        catch_up(view, ledger)
        timings = [("rebuild of all read models", perf_counter() - start, 90_000.0)]
        reader = sqlite_reader(view.connection)
        for name, given in QUESTIONS:
            start = perf_counter()
            ask(reader, found[name], given, as_of=now, known_at=ledger.size)
            subject, bar = " ".join(given.values()) or "everything", 50.0 if given else 5000.0
            timings.append((f"{name} {subject}", perf_counter() - start, bar))
    return timings
