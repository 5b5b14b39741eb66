"""Ledgers that are about to do something, and what they do: printed lines are acknowledgements.

Folders and submissions are the same bytes each time they are made, so that the program that does
the operation (tests/crash_victim.py) and the test that judges what is left (tests/aftermath.py)
need not tell each other more than a name.
"""

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from commands.context import HIGH_WATER, LEDGER, VIEW
from commands.main import main
from ledger.application import Ledger
from ledger.draft import Submission
from ledger.errors import LedgerError
from ledger.evidence import publishing
from ledger.store.highwater import FILE_BYTES_MAX
from ledger.writing import Receipt, Writing
from projections import runner
from projections.view import MEMORY, View
from tests.harness import Story, signer_of
from tests.office import Office
from tests.told import dispatched

ENTRIES = 30
LARGE = 250
BULK = 24
"""A batch from entry 250 to entry 273: the first tile of 256 hashes is filled in its middle."""

STALE = 10
"""Entries that the read models have before they catch up."""

ELSEWHERE = "database"
MADE, BACKUP, PUBLIC = "made", "backup.db", "public"
AS_TYPED = (
    *("--origin", "ledger.example/2026", "--party", "operator"),
    *("--name", "Operator Sdn Bhd", "--demonstration", "--no-passphrase", "--yes"),
)
"""The folder that `chipledger init` makes, and its options."""


class Prepared:
    """A folder for each kind of start, and submissions signed beforehand."""

    def __init__(self, top: Path) -> None:
        self.top = top
        top.mkdir(parents=True)
        with story(top / "desk", ENTRIES) as told:
            self.opening = told._opening()
            self.one, self.next, self.left = signed(told, "NEW", 3)
        with story(top / "large", LARGE) as told:
            *self.bulk, self.after_bulk = signed(told, "BULK", BULK + 1)
        self._leave_a_log_behind(top / "unclean")
        self._fill_high_water(top / "noted")
        with Ledger.open(str(top / "desk" / LEDGER)) as ledger:
            self.view = projected(ledger, MEMORY)
            for name, log in (("stale", _FirstEntries(ledger, STALE)), ("whole", ledger)):
                shutil.copytree(top / "desk", top / name)
                projected(log, top / name / VIEW)
        self._publish(top / "shown")
        Office.make(top / "office")
        (top / "nothing").mkdir()

    def _leave_a_log_behind(self, folder: Path) -> None:
        """Make the folder that a process leaves when it is killed after a commit."""
        shutil.copytree(self.top / "desk", folder)
        with open_writing(folder) as ledger:
            ledger.append(self.left)
            names = (LEDGER, f"{LEDGER}-wal", HIGH_WATER)
            kept = {name: (folder / name).read_bytes() for name in names}
        for name, data in kept.items():
            (folder / name).write_bytes(data)
            (folder / name).chmod(0o600)

    def _publish(self, folder: Path) -> None:
        """Make a folder whose log was published, and then grew across a tile."""
        shutil.copytree(self.top / "large", folder)
        with open_writing(folder) as ledger:
            publishing.publish(ledger.source(), folder / PUBLIC)
            ledger.append_many(self.bulk)

    def _fill_high_water(self, folder: Path) -> None:
        """Make a folder whose high-water file is so long that the next note replaces it."""
        shutil.copytree(self.top / "desk", folder)
        last = (folder / HIGH_WATER).read_bytes().splitlines(keepends=True)[-1]
        first = b"1 " + b"0" * 64 + b"\n"
        (folder / HIGH_WATER).write_bytes(first * (FILE_BYTES_MAX // len(first) + 1) + last)


def place_in(folder: Path) -> str:
    """Return where a folder's ledger is: the database that a file of it names, else its file."""
    elsewhere = folder / ELSEWHERE
    # A fault that strikes here is none of the ledger's: unlike `Path.exists`, this raises nothing.
    if os.path.exists(elsewhere):  # noqa: PTH110
        return elsewhere.read_text()
    return str(folder / LEDGER)


def story(folder: Path, size: int, database: str | None = None) -> Story:
    """Return a story with so many entries; once it is closed, all of it is in the ledger's file.

    Or in a database, where one is named.
    """
    folder.mkdir()
    if database is not None:
        (folder / ELSEWHERE).write_text(database)
    told = Story(database or folder / LEDGER, high_water=folder / HIGH_WATER)
    told.party("maker", "maker")
    told.ledger.append_many(signed(told, "SHP", size - told.ledger.size))
    return told


def signed(told: Story, name: str, count: int) -> list[Submission]:
    """Sign events of a story that are not recorded yet."""
    return [told.submission(dispatched(f"{name}-{number}"), "maker") for number in range(count)]


def projected(log: runner.Log, path: Path | Literal[":memory:"]) -> tuple[str, tuple[str, int]]:
    """Bring read models up to date, and return what they say."""
    with View.open(path) as view:
        runner.catch_up(view, log)
        return view.view_hash(), view.documents_hash()


class _FirstEntries:
    """A ledger as it was when it had so many entries, for read models that are behind."""

    def __init__(self, ledger: Ledger, size: int) -> None:
        self.size = size
        self.origin, self.zone = ledger.origin, ledger.zone
        self.read, self.document, self.root_at = ledger.read, ledger.document, ledger.root_at
        self.holds = ledger.holds


def open_writing(folder: Path) -> Ledger:
    writing = Writing(
        signer=signer_of("ledger"), high_water=folder / HIGH_WATER, installation="test"
    )
    return Ledger.open(place_in(folder), writing)


def say(line: str) -> None:
    """Print a line at once: what is on the pipe was acknowledged."""
    os.write(1, f"{line}\n".encode())


def acknowledge(receipts: Iterable[Receipt]) -> None:
    """Print receipts: id, index, and size and root of the checkpoint that covers them."""
    for one in receipts:
        root = one.checkpoint.split(b"\n")[2].decode()
        say(f"receipt {one.id} {one.index} {one.size} {root}")


# --- what is done -----------------------------------------------------------------------------


def append(prepared: Prepared, folder: Path) -> None:
    """Append one event; after an error, the same once more while the ledger is open."""
    _append(folder, [prepared.one])


def append_bulk(prepared: Prepared, folder: Path) -> None:
    _append(folder, prepared.bulk)


def _append(folder: Path, submissions: Sequence[Submission]) -> None:
    with open_writing(folder) as ledger:
        try:
            receipts = ledger.append_many(submissions)
        except LedgerError as error:
            say(f"error {error.code}")
            receipts = ledger.append_many(submissions)
        acknowledge(receipts)


def create(prepared: Prepared, folder: Path) -> None:
    writing = Writing(
        signer=signer_of("ledger"), high_water=folder / HIGH_WATER, installation="test"
    )
    with Ledger.create(str(folder / LEDGER), prepared.opening, writing) as ledger:
        acknowledge(ledger.append_many([prepared.opening]))


def project(_: Prepared, folder: Path) -> None:
    """Catch the read models up."""
    with Ledger.open(str(folder / LEDGER)) as ledger, View.open(folder / VIEW) as view:
        runner.catch_up(view, ledger)
        say(f"view {view.position.next_idx}")


def rebuild(_: Prepared, folder: Path) -> None:
    with Ledger.open(str(folder / LEDGER)) as ledger, View.open(folder / VIEW) as view:
        runner.rebuild(view, ledger)
        say(f"view {view.position.next_idx}")


def backup(_: Prepared, folder: Path) -> None:
    with Ledger.open(str(folder / LEDGER)) as ledger:
        ledger.backup(folder / BACKUP)
        say(f"backup {ledger.size}")


def publish(_: Prepared, folder: Path) -> None:
    with Ledger.open(str(folder / LEDGER)) as ledger:
        done = publishing.publish(ledger.source(), folder / PUBLIC)
        say(f"published {done.size}")


def rotate(_: Prepared, folder: Path) -> None:
    """Rotate the ledger's key, as it is typed."""
    main(("-C", str(folder), "ledger", "rotate-key", "--reason", "once a year", "--yes"))


def init(_: Prepared, folder: Path) -> None:
    """Make a ledger's folder, as it is typed."""
    main(("init", str(folder / MADE), *AS_TYPED))
