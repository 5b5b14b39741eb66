"""The primary is killed under load and its standby takes over: nothing that was answered is lost.

Parties submit to a running service all the while. Whatever it answered is kept: at the end each
receipt is judged against the ledger as it is then, by its checkpoint and its proof, and all of the
ledger is audited.
"""

import os
import queue
import random
import re
import signal
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from commands.context import HIGH_WATER, LEDGER_KEY
from commands.posting import post
from commands.service.answers import Recorded
from commands.service.client import Client
from ledger.application import Ledger
from ledger.draft import Submission
from ledger.errors import Tampered, Unavailable
from ledger.log.checkpoint import open_checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.proofs import verify_inclusion
from ledger.signing.keyfile import read_key
from ledger.writing import Writing
from tests.office import Office
from tests.postgres_pair import Pair, running_pair
from tests.postgres_server import TERMINATE
from tests.service_process import ROOT, Maker, Running
from tests.test_commands_service import body
from tests.test_commands_service_process import statement_id

SEED = int(os.environ.get("CHIPLEDGER_SEED", "1"))
PARTIES = 6
"""Clients that submit at a time."""

PASSES = {
    *("STORE-UNREADABLE", "STORE-BUSY", "STORE-NOT-REPLICATED", "COMMIT-UNKNOWN", "ANSWER-LATE"),
    *("HOST-UNREACHABLE", "SERVICE-STOPPING"),
}
"""What a client is told while no primary is there."""

Property = Callable[[str, object], None]


class Load:
    """Submits what it is given, each until it has a receipt, from several threads."""

    def __init__(self, url: str) -> None:
        self.receipts: list[tuple[Submission, Recorded]] = []
        self.refused: list[str] = []
        self._url = url
        self._queue: queue.Queue[Submission | None] = queue.Queue()
        self._threads = [threading.Thread(target=self._submit, daemon=True) for _ in range(PARTIES)]
        for one in self._threads:
            one.start()

    def give(self, submissions: list[Submission]) -> None:
        for one in submissions:
            self._queue.put(one)

    def wait_for(self, count: int) -> None:
        """Wait until so many more are answered."""
        wanted = len(self.receipts) + count
        deadline = time.monotonic() + 120
        while len(self.receipts) < wanted:
            assert time.monotonic() < deadline, self.refused[-5:]
            time.sleep(0.01)

    def end(self) -> None:
        """Have all of it answered."""
        for _ in self._threads:
            self._queue.put(None)
        for one in self._threads:
            one.join(120)

    def _submit(self) -> None:
        client = Client(self._url, seconds_max=0.2)
        while (submission := self._queue.get()) is not None:
            while True:
                try:
                    receipt = client.submit(submission)
                except Unavailable as error:
                    self.refused.append(error.code)
                    if error.code not in PASSES:
                        raise
                else:
                    self.receipts.append((submission, receipt))
                    break


class Outage:
    """An office whose ledger is on a pair of servers, a service over it, and parties."""

    def __init__(self, pair: Pair, folder: Path) -> None:
        self.pair = pair
        self.database = pair.primary.database()
        self.office = Office.make(folder / "desk", "--store", pair.url(self.database))
        self.office.party("nvidia", "maker")
        self._maker = Maker(self.office)
        self._made = 0
        self.running = Running(self.office)
        self.load = Load(self.running.url)

    def sign(self, count: int) -> list[Submission]:
        """Sign batches, which asks the ledger what it holds: while a primary is there."""
        self._made += count
        names = range(self._made - count, self._made)
        return [self._maker.batch(f"B-{number}") for number in names]

    def fail_over(self, chance: random.Random) -> None:
        """Kill the primary while events are under way, and have its standby take over."""
        self.load.wait_for(chance.randint(5, 25))
        time.sleep(chance.uniform(0, 0.05))
        self.pair.primary.kill()
        time.sleep(chance.uniform(0, 0.5))
        self.pair.take_over()

    def writing(self) -> Writing:
        """Return what somebody writes with who has this office's folder."""
        folder = self.office.folder
        return Writing(signer=read_key(folder / LEDGER_KEY, None), high_water=folder / HIGH_WATER)

    def judge(self) -> None:
        """Judge every receipt ever given against the ledger as it is now, and audit all of it."""
        self.load.end()
        assert self.running.end(signal.SIGTERM) == 0
        self._maker.close()
        with Ledger.open(self.office.place) as ledger:
            key = ledger.authority.checkpoint_key(ledger.size)
            ids = [event.statement.id for event in ledger.read()]
            for submission, receipt in self.load.receipts:
                assert ids[receipt.index] == receipt.id == statement_id(submission)
                told = open_checkpoint(receipt.checkpoint.encode(), ledger.origin, key)
                assert told.size == receipt.size
                assert ledger.root_at(told.size) == told.root, "the log forked"
                leaf = leaf_hash(ledger.entry_bytes(receipt.index))
                proof = tuple(map(b64decode, receipt.proof))
                assert verify_inclusion(leaf, receipt.index, told.size, told.root, proof)
        assert len(ids) == len(set(ids))
        assert len({receipt.id for _, receipt in self.load.receipts}) == self._made
        assert self.office.audit().verdict == "PASS"


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with running_pair() as made:
        yield made


@pytest.fixture
def outage(pair: Pair, tmp_path: Path) -> Iterator[Outage]:
    one = Outage(pair, tmp_path)
    yield one
    one.running.process.kill()  # where a test failed it goes on
    one.running.process.wait(60)


def test_the_servers_are_set_up_as_the_page_says(pair: Pair) -> None:
    page = (ROOT / "docs/how-to/survive-the-loss-of-a-server.md").read_text(encoding="utf-8")
    settings = re.search(r"```text\n(listen_addresses.*?)```", page, re.DOTALL)
    assert settings is not None
    for line in settings[1].splitlines()[1:]:
        name, value = line.split(" = ")
        assert pair.primary.ask("postgres", f"SHOW {name}") == value, line


def test_a_standby_takes_over_and_the_old_primary_is_refused(
    pair: Pair, outage: Outage, record_property: Property
) -> None:
    chance = random.Random(SEED)
    [early] = outage.sign(1)
    with Ledger.open(pair.standby.url(outage.database), outage.writing()) as standby:
        assert standby.size == outage.office.size
        with pytest.raises(Unavailable, match="STORE-READONLY"):
            standby.append(early)
    outage.load.give(outage.sign(60))
    outage.load.wait_for(chance.randint(5, 25))
    pair.primary.kill()
    for path, data in (("ready", b""), ("v1/events", body(early))):
        reply = post(
            f"{outage.running.url}{path}", data, "", 1_000, method="POST" if data else "GET"
        )
        assert reply.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert b'"STORE-UNREADABLE"' in reply.body
    pair.take_over()
    outage.load.give([early])
    outage.load.wait_for(20)
    later = outage.sign(2)
    old = pair.standby
    old.start()  # by somebody who does not know
    for wrong in (old.url(outage.database), pair.url(outage.database)):
        with pytest.raises(Tampered, match=r"STORE-(BEHIND|DIFFERENT)"):
            Ledger.open(wrong, outage.writing())
    # The service loses its connections, and the old primary is the first that its URL names.
    pair.primary.run(outage.database, TERMINATE)
    with pytest.raises(Tampered, match=r"STORE-(BEHIND|DIFFERENT)"):
        Client(outage.running.url).submit(later[0])
    old.stop()
    outage.load.give(later)
    outage.judge()
    pair.follow()
    told = f"one failover, {len(outage.load.receipts)} events answered, seed {SEED}"
    record_property("counted", told)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_twenty_failovers_in_a_row(outage: Outage, part: int, record_property: Property) -> None:
    """One service and its parties go through five failovers, on each of four ledgers."""
    chance = random.Random(f"{SEED} {part}")
    for _ in range(5):
        outage.load.give(outage.sign(60))
        outage.fail_over(chance)
        outage.pair.follow()
    outage.judge()
    record_property("cases", len(outage.load.receipts))
    told = f"5 failovers under load, {len(outage.load.receipts)} events answered, none lost"
    record_property("counted", f"{told}, seed {SEED} part {part}")
