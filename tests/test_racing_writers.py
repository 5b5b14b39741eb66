"""Several writers at one ledger, some of them killed: what each was answered is there, once.

Each writer is a process with the ledger's key that submits its own events, alone and in batches,
and prints each receipt. Some are killed at any moment, also at one that is no system call, while
the index of the write-ahead log is shared memory that the others go on using.
"""

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from ledger import canonical
from ledger.draft import Submission
from ledger.signing.envelope import decode_envelope
from ledger.writing import Receipt
from tests.aftermath import assert_sound
from tests.durable_case import acknowledge, open_writing, signed, story
from tests.machine import SEED, Property
from tests.postgres_server import Server
from tests.stores import KINDS, Store

ROOT = Path(__file__).resolve().parent.parent
ENTRIES = 20
EVENTS = 48
"""Events of each writer."""


def groups(events: Sequence[Submission]) -> Iterator[Sequence[Submission]]:
    """Yield events as they are submitted: four alone, then a batch of four, and so on."""
    for start in range(0, len(events), 8):
        yield from ([one] for one in events[start : start + 4])
        yield events[start + 4 : start + 8]


def write(folder: Path, events: Path) -> None:
    """Submit the events of a file, one envelope a line, and print the receipts; a writer's life."""
    envelopes = map(decode_envelope, events.read_bytes().splitlines())
    with open_writing(folder) as ledger:
        for group in groups([Submission(one) for one in envelopes]):
            acknowledge(ledger.append_many(group))


PROGRAM = """
import sys
from pathlib import Path
from tests.test_racing_writers import write
print("ready", flush=True)
sys.stdin.readline()
write(Path(sys.argv[1]), Path(sys.argv[2]))
"""


class Race:
    """A ledger, and writers that start at one signal."""

    def __init__(self, top: Path, writers: int, database: str | None = None) -> None:
        self.folder = top / "ledger"
        self.events: dict[str, list[Submission]] = {}
        with story(self.folder, ENTRIES, database) as told:
            for number in range(writers):
                name = f"W{number}"
                self.events[name] = signed(told, name, EVENTS)
                lines = [canonical.encode(one.envelope) for one in self.events[name]]
                (top / name).write_bytes(b"\n".join(lines))
        self._processes = {
            name: subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(self.folder), str(top / name)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for name in self.events
        }

    def run(self, killed: Sequence[float] = ()) -> list[list[str]]:
        """Let them race, kill the first few after so many seconds, and return all receipts."""
        for one in self._processes.values():
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        for one in self._processes.values():
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        start = time.monotonic()
        victims = list(self._processes.values())[: len(killed)]
        for victim, seconds in sorted(zip(victims, killed, strict=True), key=lambda one: one[1]):
            time.sleep(max(0.0, start + seconds - time.monotonic()))
            victim.kill()
        receipts = []
        ended = [(one, one.communicate(timeout=120)[0]) for one in self._processes.values()]
        for one, printed in ended:
            assert one.returncode in ({0, -9} if one in victims else {0})
            complete = printed.rpartition("\n")[0].splitlines()
            receipts += [line.split()[1:] for line in complete]
        return receipts

    def judge(self, receipts: Sequence[Sequence[str]]) -> None:
        """What was answered is there once, at its place; no batch is there by half."""
        assert_sound(self.folder)
        with open_writing(self.folder) as ledger:
            found = [event.statement.id for event in ledger.read()]
            assert max(Counter(found).values()) == 1
            for identifier, index, size, _ in receipts:
                assert found[int(index)] == identifier
                assert ledger.size >= int(size)
            before = ledger.size
            repeated = 0
            for events in self.events.values():
                for group in groups(events):
                    kinds = {one.repeated for one in ledger.append_many(group)}
                    assert len(kinds) == 1
                    repeated += len(group) if kinds == {True} else 0
            assert before == ENTRIES + repeated
            assert ledger.size == ENTRIES + len(self.events) * EVENTS
        assert_sound(self.folder)


@pytest.mark.parametrize("writers", [2, 4])
def test_writers_race_and_each_is_answered(store: Store, tmp_path: Path, writers: int) -> None:
    race = Race(tmp_path, writers, store.database)
    receipts = race.run()
    assert len(receipts) == writers * EVENTS
    race.judge(receipts)


def test_a_writer_is_killed_and_the_others_go_on(
    store: Store, tmp_path: Path, record_property: Property
) -> None:
    race = Race(tmp_path, 2, store.database)
    receipts = race.run(killed=[random.Random(SEED).uniform(0.05, 0.3)])
    race.judge(receipts)
    told = f"{store.kind}, writers racing, one killed: {len(receipts)} receipts, seed {SEED}"
    record_property("counted", told)


@pytest.fixture(params=KINDS)
def places(request: pytest.FixtureRequest) -> Callable[[], str | None]:
    """Returns, each time, a new database; or None, for a file."""
    if request.param == "sqlite":
        return lambda: None
    server: Server = request.getfixturevalue("postgres")
    return lambda: server.url(server.database())


@pytest.mark.slow
@pytest.mark.parametrize("writers", [2, 4])
@pytest.mark.parametrize("part", range(2))
def test_writers_are_killed_at_any_moment(
    places: Callable[[], str | None],
    tmp_path: Path,
    writers: int,
    part: int,
    record_property: Property,
) -> None:
    """All but one are killed, after 0 to 0.4 seconds; once in three rounds all of them."""
    chance = random.Random(f"{SEED} {writers} {part}")
    rounds, answered = 12, 0
    for number in range(rounds):
        (tmp_path / str(number)).mkdir()
        race = Race(tmp_path / str(number), writers, places())
        killed = [chance.uniform(0, 0.4) for _ in range(writers - (number % 3 > 0))]
        receipts = race.run(killed)
        answered += len(receipts)
        race.judge(receipts)
    assert answered
    record_property("cases", rounds * writers)


@pytest.mark.parametrize("threads", [2, 4])
def test_threads_share_one_ledger(store: Store, tmp_path: Path, threads: int) -> None:
    folder = tmp_path / "ledger"
    with story(folder, ENTRIES, store.database) as told:
        events = [signed(told, f"T{number}", EVENTS) for number in range(threads)]
    answered: list[list[Receipt]] = [[] for _ in events]
    with open_writing(folder) as ledger:

        def work(number: int) -> None:
            for group in groups(events[number]):
                answered[number] += ledger.append_many(group)

        workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
        for one in workers:
            one.start()
        for one in workers:
            one.join()
        assert [len(one) for one in answered] == [EVENTS] * threads
        for receipts in answered:
            indexes = [one.index for one in receipts]
            assert indexes == sorted(indexes)
            for receipt in receipts:
                assert ledger.event(receipt.index).statement.id == receipt.id
        assert ledger.size == ENTRIES + threads * EVENTS
    assert_sound(folder)
