"""What a witness remembers: of each log the newest checkpoint that it cosigned.

All of a witness's worth is here: one that forgets can be shown another history. So a state is made
once, for one key, and never by opening it; looking at the old checkpoint and writing the new one is
one transaction, under SQLite's lock between threads and processes, on the disk before anybody gets
an answer.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from ledger.errors import Conflict, Malformed, Unavailable
from ledger.log.checkpoint import Checkpoint
from ledger.log.cosignature import Cosigner, parse_cosigner
from ledger.log.merkle import EMPTY_ROOT

FILE = "witness.db"
BUSY_SECONDS = 10

_TABLES = (
    "CREATE TABLE witness (one INTEGER PRIMARY KEY CHECK (one = 1), verifier_key TEXT NOT NULL)",
    """CREATE TABLE log (
  origin TEXT NOT NULL PRIMARY KEY,
  size INTEGER NOT NULL,
  root BLOB NOT NULL,
  note BLOB NOT NULL
)""",
)


class Latest(NamedTuple):
    """Size and root of the newest tree of a log that was cosigned."""

    size: int
    root: bytes


NEVER = Latest(0, EMPTY_ROOT)
"""Of a log that was never seen."""


class WitnessState:
    """The state of one witness, in a folder; safe for any number of threads and processes."""

    def __init__(self, folder: Path) -> None:
        """Name a folder that has a state.

        Raises:
            Unavailable: WITNESS-STATE-MISSING, WITNESS-STATE.
            Malformed: VERIFIER-KEY.
        """
        self._path = folder / FILE
        if not self._path.is_file():
            raise Unavailable(
                "WITNESS-STATE-MISSING",
                "there is no state of a witness here",
                where=str(folder),
                hint="`chipledger witness init` makes one together with its key; a witness that"
                " lost its state must get a new key",
            )
        with _connected(self._path) as database:
            [text] = database.execute("SELECT verifier_key FROM witness").fetchone() or [""]
        self.witness: Cosigner = parse_cosigner(text)

    @classmethod
    def create(cls, folder: Path, witness: Cosigner) -> "WitnessState":
        """Make the state of a new witness.

        Raises:
            Conflict: WITNESS-STATE-EXISTS.
            Unavailable: WITNESS-STATE.
        """
        path = folder / FILE
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise Conflict(
                "WITNESS-STATE-EXISTS",
                "there is a state of a witness here",
                where=str(folder),
                hint="a state belongs to one key for ever; choose another folder",
            )
        with _connected(path, "rwc") as database:
            database.execute("BEGIN IMMEDIATE")
            for table in _TABLES:
                database.execute(table)
            database.execute("INSERT INTO witness VALUES (1, ?)", (witness.verifier_key,))
            database.execute("COMMIT")
        return cls(folder)

    def latest(self, origin: str) -> Latest:
        """Return the newest tree of a log that was cosigned.

        Raises:
            Unavailable: WITNESS-STATE.
        """
        with _connected(self._path) as database:
            return _latest(database, origin)

    def advance(self, checkpoint: Checkpoint, note: bytes, check: Callable[[Latest], int]) -> int:
        """Put a checkpoint in the place of the latest, if a check of that one lets it.

        Args:
            checkpoint: the new one.
            note: as the log signed it, kept beside.
            check: given the latest, returns a number, or raises; then nothing changes.

        Returns:
            What the check returned, once the new checkpoint is durable.

        Raises:
            Unavailable: WITNESS-STATE.
        """
        with _connected(self._path) as database:
            # The lock is taken before the look: nobody else looks until this is written.
            database.execute("BEGIN IMMEDIATE")
            try:
                found = check(_latest(database, checkpoint.origin))
                database.execute(
                    "INSERT OR REPLACE INTO log VALUES (?, ?, ?, ?)",
                    (checkpoint.origin, checkpoint.size, checkpoint.root, note),
                )
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")
        return found


@contextmanager
def _connected(path: Path, mode: str = "rw") -> Iterator[sqlite3.Connection]:
    """Open a state; what is committed is on the disk when `COMMIT` returns.

    Raises:
        Unavailable: WITNESS-STATE.
    """
    try:
        database = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
        )
        with closing(database):
            database.execute("PRAGMA synchronous = EXTRA")
            yield database
    except sqlite3.Error as error:
        raise Unavailable(
            "WITNESS-STATE",
            f"the witness's state cannot be used: {error}",
            where=str(path),
            hint="check the disk and the folder; never put an older copy in its place",
        ) from error


def _latest(database: sqlite3.Connection, origin: str) -> Latest:
    row = database.execute("SELECT size, root FROM log WHERE origin = ?", (origin,)).fetchone()
    return NEVER if row is None else Latest(*row)


def check_key(state: WitnessState, public_key: bytes) -> None:
    """Refuse a key that is not the state's.

    Raises:
        Malformed: WITNESS-KEY.
    """
    if state.witness.public_key != public_key:
        raise Malformed(
            "WITNESS-KEY",
            f"the state is of {state.witness.name} with another key",
            hint="a key and a state are made together and stay together",
        )
