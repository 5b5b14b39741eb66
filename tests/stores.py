"""Both stores under one interface, so that the same tests run on each."""

from collections.abc import Callable
from pathlib import Path

from ledger.place import Place
from ledger.store.places import create_place, open_place
from ledger.store.reader import Anchor
from ledger.store.recorder import LedgerRecorder
from tests.bare_store import EMPTY_SHA256, behind_the_back, record
from tests.postgres_server import Server

KINDS = ("sqlite", "postgres")
_SCHEMA = "SET search_path = chipledger"


class Store:
    """A place for one ledger.

    Attributes:
        kind: `sqlite` or `postgres`.
        place: where it is.
        name: of its file or database.
    """

    def __init__(self, kind: str, place: Place, name: str, run: Callable[[str], None]) -> None:
        self.kind = kind
        self.place = place
        self.name = name
        self._run = run

    @property
    def url(self) -> str:
        return str(self.place)

    @property
    def database(self) -> str | None:
        """The URL of the database; None for a file."""
        return self.place if isinstance(self.place, str) else None

    def blob(self, data: bytes) -> str:
        """Return bytes as they are written in a statement."""
        return f"x'{data.hex()}'" if self.kind == "sqlite" else rf"'\x{data.hex()}'"

    def create(self) -> LedgerRecorder:
        return create_place(self.place)[0]

    def open(self, *, readonly: bool = False) -> LedgerRecorder:
        return open_place(self.place, readonly=readonly)

    def three_entries(self) -> None:
        """Make a ledger of three entries, an anchor and a document, and close it."""
        with self.create() as recorder:
            record(recorder, "a", "b", "c")
            recorder.add_anchor(Anchor(3, b"note", b""))
            recorder.transact(lambda transaction: transaction.put_document(EMPTY_SHA256, b""))

    def behind_the_back(self, *statements: str) -> None:
        """Run statements as somebody who goes around the program."""
        for one in statements:
            self._run(one)

    def without_triggers(self, *statements: str) -> None:
        """Run statements as somebody who took the triggers on entries away before."""
        if self.kind == "sqlite":
            drop = [f"DROP TRIGGER entry_{name}" for name in ("insert", "update", "delete")]
            self.behind_the_back(*drop, *statements)
        else:
            off, on = (f"ALTER TABLE entry {what} TRIGGER ALL" for what in ("DISABLE", "ENABLE"))
            self.behind_the_back(off, *statements, on)


def sqlite_store(folder: Path) -> Store:
    path = folder / "ledger.sqlite"

    def run(statement: str) -> None:
        with behind_the_back(path) as connection:
            connection.execute(statement)

    return Store("sqlite", path, path.name, run)


def postgres_store(server: Server) -> Store:
    name = server.database()

    def run(statement: str) -> None:
        server.run(name, _SCHEMA, statement)

    return Store("postgres", server.url(name), name, run)
