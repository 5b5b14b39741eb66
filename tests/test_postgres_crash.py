"""A ledger in PostgreSQL whose server, connection or disk fails in the middle of an append.

Between writer and server stands a proxy that counts the bytes of both directions. When so many have
passed, the connection is cut, its server process is ended or killed (`kill -9`, after which the
server recovers), or the server's first process is killed and started again. That is done at seeded
points, half of them at the end, where COMMIT goes out and its answer comes back. Whatever the
writer was told then must be true: nothing acknowledged is lost, no batch is there by half, nothing
is there twice, and an audit says PASS.
"""

import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

from commands.context import HIGH_WATER
from ledger.application import Ledger
from ledger.draft import Document, Submission
from ledger.errors import LedgerError, Unavailable
from ledger.writing import Receipt, Writing
from tests.aftermath import assert_sound, judge_ledger
from tests.durable_case import BULK, ELSEWHERE, LARGE, signed, story
from tests.harness import signer_of
from tests.machine import IN_MEMORY, SEED, Property
from tests.postgres_proxy import Proxy
from tests.postgres_server import (
    LEAVES_NOTHING,
    MISSING,
    TERMINATE,
    Server,
    folder_for_servers,
    programs,
)
from tests.told import dispatched

SETTINGS = {
    "max_connections": "30",
    "shared_buffers": "16MB",
    "max_wal_size": "64MB",
} | LEAVES_NOTHING
CODES = {"STORE-UNREADABLE", "COMMIT-UNKNOWN", "STORE-BUSY"}
"""What a writer is told whose server is away."""

LAST = 200
"""Bytes at the end of an append, COMMIT and its answer among them."""


class Bench:
    """A server, and a ledger in it from which each case gets a copy."""

    def __init__(self, server: Server, top: Path) -> None:
        self.server = server
        self.top = top
        self.database = server.database()
        with story(top / "model", LARGE, server.url(self.database)) as told:
            self.one, self.next, *self.bulk = signed(told, "NEW", BULK + 2)
            paper = Document(
                os.urandom(3_000_000), "delivery_note", "a large paper", "application/pdf"
            )
            data = dispatched("LARGE")
            self.large = told.submission(data, "maker", documents=(paper,))
        (top / "proxy").mkdir()
        self.proxy = Proxy(server, top / "proxy")
        self.numbers = iter(range(10_000))
        self._totals: dict[str, int] = {}

    def copy(self) -> "Copy":
        folder = self.top / str(next(self.numbers))
        shutil.copytree(self.top / "model", folder)
        database = self.server.database(like=self.database)
        (folder / ELSEWHERE).write_text(self.server.url(database))
        return Copy(self, folder, database)

    def total(self, operation: str) -> int:
        """Return how many bytes pass when nothing happens."""
        if operation not in self._totals:
            _, self._totals[operation] = self.copy().break_at(HOW[0], operation, None)
        return self._totals[operation]

    def batch(self, operation: str) -> Sequence[Submission]:
        return [self.one] if operation == "append" else self.bulk


class Copy:
    """A copy of the ledger, to which something happens."""

    def __init__(self, bench: Bench, folder: Path, database: str) -> None:
        self.bench = bench
        self.folder = folder
        self.database = database

    def open(self, url: str | None = None) -> Ledger:
        """Open it for writing, through the proxy unless another URL is given."""
        high_water = self.folder / HIGH_WATER
        writing = Writing(signer=signer_of("ledger"), high_water=high_water, installation="test")
        return Ledger.open(url or self.bench.proxy.url(self.database), writing)

    def backends(self) -> list[int]:
        """Return the server's processes for those who are connected."""
        server = self.bench.server
        found = server.ask(
            "postgres",
            f"SELECT array_agg(pid) FROM pg_stat_activity WHERE datname = '{self.database}'",  # noqa: S608  our own name
        )
        assert isinstance(found, list)
        return found

    def break_at(self, how: str, operation: str, after: int | None) -> tuple[str, int]:
        """Append, with something that happens after so many bytes, and judge what is left.

        Returns:
            `answered` or the code of the error, and how many bytes passed.
        """
        proxy, submissions = self.bench.proxy, self.bench.batch(operation)
        said: list[str] = []
        with self.open() as ledger:
            proxy.arm(after, self.act(how))
            try:
                said = [told(one) for one in ledger.append_many(submissions)]
                outcome = "answered"
            except LedgerError as error:
                outcome = error.code
            passed = proxy.passed
            proxy.arm()
        self.bench.server.again()
        try:
            assert outcome in {"answered", *CODES}
            judge_ledger(self.folder, said, submissions, self.bench.next)
        except BaseException as error:
            error.add_note(f"{how} after {after} bytes of {operation}: {outcome}; seed {SEED}")
            raise
        self.forget()
        return outcome, passed

    def act(self, how: str) -> Callable[[], None]:
        """Return what happens to the server."""
        server = self.bench.server
        if how == "its backend is killed":
            processes = self.backends()

            def kill() -> None:
                for one in processes:
                    with suppress(ProcessLookupError):
                        os.kill(one, signal.SIGKILL)

            return kill
        return {
            "the connection is cut": lambda: None,
            "its backend is ended": lambda: server.run(self.database, TERMINATE),
            "the postmaster is killed": server.kill,
        }[how]

    def forget(self) -> None:
        self.bench.server.drop(self.database)
        shutil.rmtree(self.folder)


HOW = (
    "the connection is cut",
    "its backend is ended",
    "its backend is killed",
    "the postmaster is killed",
)


def told(receipt: Receipt) -> str:
    root = receipt.checkpoint.split(b"\n")[2].decode()
    return f"receipt {receipt.id} {receipt.index} {receipt.size} {root}"


def served() -> Iterator[Bench]:
    """Yield a server with its ledger; a fixture of the modules that use one."""
    bin_ = programs()
    if bin_ is None:
        pytest.skip(MISSING)
    with folder_for_servers("chipledger-crash-", IN_MEMORY) as top:
        (top / "server").mkdir()
        server = Server(bin_, top / "server", SETTINGS)
        try:
            made = Bench(server, top)
            yield made
            made.proxy.close()
        finally:
            server.stop(immediately=True)


bench = pytest.fixture(scope="module")(served)


@pytest.mark.parametrize(
    ("how", "operation"),
    [
        (HOW[0], "append"),
        (HOW[1], "bulk append"),
        (HOW[2], "bulk append"),
        (HOW[3], "append"),
    ],
)
def test_a_server_breaks_off_in_the_middle_of_an_append(
    bench: Bench, how: str, operation: str, record_property: Property
) -> None:
    chance = random.Random(f"{SEED} {how}")
    total = bench.total(operation)
    after = chance.randint(1, total)
    outcome, _ = bench.copy().break_at(how, operation, after)
    where = f"after {after} of {total} bytes of an {operation}"
    record_property("counted", f"{how} {where}: {outcome}, seed {SEED}")


def test_whether_a_lost_commit_took_effect_is_found_out(bench: Bench) -> None:
    """The server has committed, and nobody hears of it: the answer is a receipt, not a double."""
    total = bench.total("bulk append")
    assert bench.copy().break_at("the connection is cut", "bulk append", total - 1)[0] == "answered"


@pytest.mark.slow
@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("operation", ["append", "bulk append"])
@pytest.mark.parametrize("how", HOW)
def test_a_server_breaks_off_at_many_points(
    bench: Bench, how: str, operation: str, part: int, record_property: Property
) -> None:
    chance = random.Random(f"{SEED} {how} {operation} {part}")
    total = bench.total(operation)
    points = [chance.randint(1, total) for _ in range(10)]
    points += [total - chance.randint(0, LAST) for _ in range(10)]
    outcomes = Counter(bench.copy().break_at(how, operation, after)[0] for after in points)
    record_property("cases", len(points))
    record_property("counted", f"{how}, {operation}: {dict(outcomes)}, seed {SEED} part {part}")


# --- a disk that takes no more --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size_max", "code"),
    [
        ("large", 2_000_000, "STORE-FULL|STORE-FAILED"),
        ("next", 4_096, r"STORE-UNREADABLE|COMMIT-UNKNOWN"),
    ],
)
def test_a_server_that_may_write_no_more_records_nothing_and_goes_on(
    bench: Bench, name: str, size_max: int, code: str
) -> None:
    """A limit on files' sizes stands for a full disk: of a table, then of the write-ahead log.

    Without room for its log a server stops, recovers, and starts again. Newer servers know a number
    for a full disk, but none for a file at its limit.
    """
    copy = bench.copy()
    submission: Submission = getattr(bench, name)
    with copy.open() as ledger:
        size = ledger.size
        ledger.append(bench.one)
        for one in copy.backends():
            bench.server.limit_files(one, size_max)
        with pytest.raises(Unavailable, match=code):
            ledger.append(submission)
        bench.server.again()
        bench.server.run(copy.database, TERMINATE)
        assert ledger.size == size + 1
        assert ledger.append(submission).index == size + 1
        for data in submission.documents:
            assert ledger.document(sha256(data).hexdigest()) == data
    assert_sound(copy.folder)
    copy.forget()


def test_a_server_whose_disk_is_read_only_records_nothing_and_goes_on(bench: Bench) -> None:
    copy, server = bench.copy(), bench.server
    with copy.open() as ledger:
        size = ledger.size
        path = server.ask(copy.database, "SELECT pg_relation_filepath('chipledger.document')")
        table = server.folder / "data" / str(path)
        server.run(copy.database, TERMINATE)
        table.chmod(0o400)
        with pytest.raises(Unavailable, match="STORE-READONLY"):
            ledger.append(bench.large)
        table.chmod(0o600)
        assert ledger.size == size
        assert ledger.append(bench.large).index == size
    assert_sound(copy.folder)
    copy.forget()
