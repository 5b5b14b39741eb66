"""Real disks that are full: a ledger's file, and a PostgreSQL server, on a few megabytes.

With more and more room left, from none at all, appends are refused until one is recorded. What is
refused leaves nothing, what is answered stays, and with room again all goes on.
"""

import multiprocessing
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.draft import Document, Submission
from ledger.errors import LedgerError
from tests.aftermath import judge_ledger
from tests.durable_case import open_writing, signed, story
from tests.machine import Property
from tests.postgres_server import LEAVES_NOTHING, MISSING, Server, folder_for_servers, programs
from tests.small_disk import KINDS, SmallDisk, small_disk
from tests.test_postgres_crash import told as receipt_line
from tests.told import dispatched

pytestmark = pytest.mark.slow

ROOMS = (0, 512, 4_096, 12_288, 40_960, 102_400, 307_200, 1_000_000, 2_500_000)
"""Bytes that are left, beside what the file system rounds."""
A_LARGE_ONE = 1_000_000
"""With this room, an event with a paper that needs more."""
SETTINGS = {
    "max_connections": "20",
    "shared_buffers": "1MB",
    "max_wal_size": "2MB",
    "min_wal_size": "2MB",
    "wal_recycle": "off",
} | LEAVES_NOTHING
# The high-water file is written after the commit: then an event is recorded, and nobody was told.
REFUSED = {"STORE-FULL", "STORE-FAILED", "ANSWER-WITHHELD", "COMMIT-UNKNOWN", "STORE-UNREADABLE"}

# SQLite makes sure of the room for its shared memory a page of 4,096 bytes at a time.
SMALL_BLOCKS = {"ext4 of small blocks": ("ended by -7",)}


@pytest.fixture(params=KINDS)
def disk(request: pytest.FixtureRequest) -> Iterator[SmallDisk]:
    with small_disk(request.param, 96) as made:
        yield made


def events(folder: Path, database: str | None = None) -> tuple[Submission, ...]:
    """Make a ledger, and return events for it: one with a large paper, and two for each room."""
    with story(folder, 30, database) as told:
        paper = Document(os.urandom(1_500_000), "delivery_note", "a large paper", "application/pdf")
        large = told.submission(dispatched("LARGE"), "maker", documents=(paper,))
        return large, *signed(told, "NEW", 2 * len(ROOMS))


def append(folder: Path, submission: Submission) -> tuple[str, list[str]]:
    """Append in a process of its own; return the outcome, and what an answer said."""
    answer, told = multiprocessing.get_context("fork").Pipe(duplex=False)

    def run() -> None:
        try:
            with open_writing(folder) as ledger:
                told.send(("answered", [receipt_line(ledger.append(submission))]))
        except LedgerError as error:
            told.send((error.code if error.hint else "no hint", []))

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    told.close()
    with answer:
        try:
            outcome, said = answer.recv()
        except EOFError:
            outcome, said = "", []
    process.join()
    return outcome or f"ended by {process.exitcode}", said


def test_a_ledgers_file_on_a_full_disk(disk: SmallDisk, record_property: Property) -> None:
    outcomes = Counter[str]()
    large, one, *fresh = events(disk.folder / "model")
    for given in (one, large):
        for room, new in zip(ROOMS, fresh, strict=False):
            folder = disk.folder / "copy"
            shutil.copytree(disk.folder / "model", folder)
            disk.fill(room)
            outcome, said = append(folder, given)
            disk.free()
            judge_ledger(folder, said, [given], new)
            shutil.rmtree(folder)
            outcomes[outcome] += 1
    assert outcomes.keys() <= {"answered", *REFUSED, *SMALL_BLOCKS.get(disk.kind, ())}
    assert outcomes["answered"]
    assert outcomes["STORE-FULL"]
    record_property("cases", outcomes.total())
    record_property("counted", f"a full disk, SQLite: {dict(outcomes)}")


def test_a_server_on_a_full_disk(
    disk: SmallDisk, tmp_path: Path, record_property: Property
) -> None:
    bin_ = programs()
    if bin_ is None:
        pytest.skip(MISSING)
    outcomes = Counter[str]()
    with folder_for_servers("chipledger-full-", disk.folder) as top:
        server = Server(bin_, top, SETTINGS)
        try:
            folder = tmp_path / "ledger"
            large, *fresh = events(folder, server.url(server.database()))
            for room, one, new in zip(ROOMS, fresh[::2], fresh[1::2], strict=True):
                given = large if room == A_LARGE_ONE else one
                disk.fill(room)
                outcome, said = append(folder, given)
                disk.free()
                server.again()
                outcomes[outcome] += 1
                judge_ledger(folder, said, [given], new)
        finally:
            server.stop(immediately=True)
    assert outcomes.keys() <= {"answered", *REFUSED}
    record_property("cases", outcomes.total())
    record_property("counted", f"a full disk, PostgreSQL: {dict(outcomes)}")
