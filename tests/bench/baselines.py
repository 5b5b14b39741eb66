"""What the ledger is compared with: the least that the same promise costs."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.application import Ledger
from ledger.log.merkle import leaf_hash
from ledger.occurred import utc_text
from ledger.place import Place
from ledger.signing.ed25519 import _accept_chunk as accept_chunk
from ledger.signing.ed25519 import backends
from ledger.signing.envelope import pae
from ledger.signing.signer import MemorySigner
from ledger.store.source import StoreSource
from projections.questions import ask, questions, sqlite_reader
from projections.runner import catch_up
from projections.view import View
from tests.bench.figures import Figure, taken

Check = tuple[bytes, bytes, bytes]
QUESTIONS: tuple[tuple[str, dict[str, str]], ...] = (
    ("where", {"batch": "B-01-000001"}),
    ("where", {"rack": "R0056-000001"}),
    ("custody", {"rack": "R0056-000001"}),
    ("shipment", {"shipment": "SHP-13-000001"}),
    ("ownership", {"party": "aolani"}),
    ("where", {}),
    ("title", {}),
    ("use", {}),
    ("plans", {}),
    ("reconcile", {}),
)
MESSAGE_BYTES = 900


def bare_commits(path: Path, rows: list[tuple[bytes, tuple[bytes, ...]]]) -> None:
    """Make one durable SQLite commit for each entry and its documents: the bytes that stay."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE entry (idx INTEGER PRIMARY KEY, data BLOB)")
    database.execute("CREATE TABLE document (idx INTEGER PRIMARY KEY, bytes BLOB)")
    for data, documents in rows:
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO entry (data) VALUES (?)", (data,))
        for document in documents:
            database.execute("INSERT INTO document (bytes) VALUES (?)", (document,))
        database.execute("COMMIT")
    database.close()


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


def signing(threads: int, count: int) -> None:
    """Make so many signatures with the library used, on so many threads."""
    signer = MemorySigner.from_seed(bytes(32))
    message = bytes(MESSAGE_BYTES)

    def some(_: int) -> None:
        for _ in range(count // threads):
            signer.sign(message)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(some, range(threads)))


def checks_of(ledger: Ledger) -> list[Check]:
    """Return (key, message, signature) of every signature in the ledger."""
    keys = {key.id: key.public_key for key in ledger.authority.keys.values()}
    checks = []
    for event in ledger.read():
        message = pae(event.entry.envelope.statement_bytes())
        checks += [(keys[one.keyid], message, one.raw()) for one in event.entry.envelope.signatures]
    return checks


def verifying(checks: list[Check], threads: int, library: str = "") -> None:
    """Verify these signatures and do nothing else, with the fastest library or the one named."""
    [backend, *_] = [one for one in backends() if library in {"", one.name}]
    with ThreadPoolExecutor(threads) as pool:
        parts = [checks[at::threads] for at in range(threads)]
        if not all(chain.from_iterable(pool.map(partial(accept_chunk, backend), parts))):
            raise SystemExit("a signature does not verify")


def leaf_of(ledger: Ledger, index: int) -> bytes:
    """Return the leaf hash of an entry."""
    return leaf_hash(ledger.entry_bytes(index))


class EntriesOnlySource(StoreSource):
    """A store whose documents are absent."""

    def __reduce__(self) -> tuple[type[StoreSource], tuple[None, Place | None]]:
        return EntriesOnlySource, (None, self._place)

    def document(self, sha256: str) -> bytes | None:  # noqa: ARG002  as the store's
        """Return None for every document."""
        return None


class _EntriesOnly(Ledger):
    """A log whose documents are absent: read models then follow from entries alone."""

    def document(self, sha256: str) -> bytes | None:  # noqa: ARG002  as the log's
        """Return None for every document."""
        return None

    def shared(self) -> StoreSource | None:
        """Return it without documents."""
        return EntriesOnlySource(self._recorder, self._place)


def rebuilt(ledger: Ledger, path: Path, *, serials: bool) -> None:
    """Build the read models of a kept ledger from nothing."""
    log = ledger if serials else _EntriesOnly(ledger._recorder, ledger._place)
    with View.open(path) as view:
        catch_up(view, log)


def question_figures(ledger: Ledger, path: Path) -> list[Figure]:
    """Return how long questions take about one thing and about everything."""
    found = questions()
    now = utc_text(datetime.now(UTC))
    figures = []
    with View.open(path) as view:
        reader = sqlite_reader(view.connection)
        for name, given in QUESTIONS:
            one, size = found[name], ledger.size
            took = [taken(ask, reader, one, given, as_of=now, known_at=size) for _ in range(3)]
            subject, bar = " ".join(given.values()) or "everything", 50.0 if given else 5000.0
            figures.append(Figure.milliseconds(f"W5 {name} {subject}", took, bar))
    return figures
