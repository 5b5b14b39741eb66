"""A witness never signs two histories: honest and forking logs, at one time, with kills between.

Whatever is signed counts, also where the answer was lost. A kill comes between the look at the old
checkpoint and the writing of the new one, between that and the signature, and before the answer.
"""

import base64
import itertools
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import pytest

from commands.witness.state import WitnessState
from commands.witness.witness import Answer, Witness
from ledger.log.cosignature import Cosigner
from ledger.signing.signer import MemorySigner
from tests.shown_history import History

ROOT = Path(__file__).resolve().parent.parent
SEED = int(os.environ.get("CHIPLEDGER_SEED", "20260302"))
Property = Callable[[str, object], None]
KEY = MemorySigner.from_seed(bytes(31) + b"\x09")
NAME = "witness.example/w1"
CLIENTS = 3
REQUESTS = 6
SHARES = 20
"""The slow cases are in so many tests."""


class Killed(BaseException):
    """Stands for the end of the process."""


class Signed(NamedTuple):
    """A cosignature that was made."""

    time: int
    size: int
    root: str


def signed(message: bytes) -> Signed:
    _, time, _, size, root, _ = message.decode().split("\n")
    return Signed(int(time.removeprefix("time ")), int(size), root)


def assert_one_history(made: Sequence[Signed], histories: Sequence[History]) -> None:
    """Insist that one history has every tree that was signed, and that time never saw less."""
    agreeing = [
        one
        for one in histories
        if all(base64.b64encode(one.root(s.size)).decode() == s.root for s in made)
    ]
    assert agreeing, f"signed of two histories: {sorted(made, key=lambda one: one.size)}"
    sizes = [one.size for one in sorted(made)]
    assert sizes == sorted(sizes)


class Case:
    """One witness, its folder, and logs of which at most one keeps its word."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.folder = folder
        WitnessState.create(folder, Cosigner(NAME, KEY.public_key))
        honest = History.make(self.random.randint(2, 24))
        self.histories = [honest]
        for number in range(self.random.randint(1, 3)):
            at = self.random.randrange(honest.size)
            self.histories.append(honest.fork(at, f"fork {number}"))
        self.made: list[Signed] = []
        self.met: Counter[str] = Counter()
        self.seconds = itertools.count(1)

    def witness(self, chance: random.Random) -> Witness:
        """Return the witness of a process that may be killed at any look at clock or key."""

        def clock() -> float:
            if chance.random() < 0.15:
                self.met["killed before it was written"] += 1
                raise Killed
            return next(self.seconds)

        case = self

        class Signer:
            public_key = KEY.public_key

            def sign(self, message: bytes) -> bytes:
                if chance.random() < 0.1:
                    case.met["killed before it was signed"] += 1
                    raise Killed
                case.made.append(signed(message))
                if chance.random() < 0.1:
                    case.met["killed before it was answered"] += 1
                    raise Killed
                return KEY.sign(message)

        logs = [(one.origin, one.signer.public_key) for one in self.histories[:1]]
        return Witness(WitnessState(self.folder), Signer(), logs, clock)

    def client(self, seed: int) -> None:
        """Be a log that asks, each time with one of the histories, often with the right size."""
        chance = random.Random(seed)
        witness = self.witness(chance)
        known = 0
        for _ in range(REQUESTS):
            history = chance.choice(self.histories)
            new = chance.randint(0, history.size)
            old = known if chance.random() < 0.8 else chance.randint(0, history.size)
            if chance.random() < 0.7:
                new = max(new, min(old, history.size))
            try:
                answer = witness.add_checkpoint(history.request(old, new))
            except Killed:
                witness = self.witness(chance)
                continue
            self.met[str(answer.status.value)] += 1
            known = self.learn(answer, known, new)

    @staticmethod
    def learn(answer: Answer, known: int, new: int) -> int:
        if answer.status == HTTPStatus.CONFLICT:
            return int(answer.body)
        return new if answer.status == HTTPStatus.OK else known

    def play(self) -> None:
        """Let all clients ask at one time, and judge what was signed."""
        clients = [
            threading.Thread(target=self.client, args=(self.random.randrange(2**32),))
            for _ in range(CLIENTS)
        ]
        for one in clients:
            one.start()
        for one in clients:
            one.join()
        assert_one_history(self.made, self.histories)


def play(folder: Path, seeds: Sequence[int]) -> Counter[str]:
    met: Counter[str] = Counter()
    for seed in seeds:
        case = Case(folder / str(seed), seed)
        case.play()
        met += case.met
        met["signed"] += len(case.made)
    return met


def told(what: str, met: Counter[str], first: int) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in sorted(met.items()))
    return f"{what}, seed {first}: {counts}"


def test_fifty_interleavings_leave_one_history(tmp_path: Path, record_property: Property) -> None:
    met = play(tmp_path, range(SEED, SEED + 50))
    record_property("counted", told("50 interleavings of a witness", met, SEED))
    assert met["signed"] > 50
    assert min(met["200"], met["409"], met["422"]) > 10
    assert min(met[name] for name in met if name.startswith("killed")) > 5


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_a_thousand_interleavings_leave_one_history(
    share: int, tmp_path: Path, record_property: Property
) -> None:
    first = SEED + 1_000 + 50 * share
    met = play(tmp_path, range(first, first + 50))
    record_property("cases", 50)
    record_property("counted", told(f"50 interleavings, share {share}", met, first))
    assert met["signed"] > 50


PROGRAM = """
import sys
from pathlib import Path
from tests.test_witness_interleavings import be_a_witness
be_a_witness(Path(sys.argv[1]), int(sys.argv[2]))
"""


def be_a_witness(folder: Path, seed: int) -> None:
    """Answer requests from standard input, and tell what is signed, until a real kill."""
    chance = random.Random(seed)

    def perhaps_die() -> None:
        if chance.random() < 0.15:
            os.kill(os.getpid(), 9)

    def clock() -> float:
        perhaps_die()
        now = folder / "clock"  # the lock of the state is held here
        second = int(now.read_text()) + 1 if now.exists() else 1
        now.write_text(str(second))
        return second

    class Signer:
        public_key = KEY.public_key

        def sign(self, message: bytes) -> bytes:
            perhaps_die()
            print("signed", *signed(message), flush=True)  # noqa: T201  what the parent collects
            perhaps_die()
            return KEY.sign(message)

    history = History.make(1)
    logs = [(history.origin, history.signer.public_key)]
    witness = Witness(WitnessState(folder), Signer(), logs, clock)
    for line in sys.stdin:
        answer = witness.add_checkpoint(bytes.fromhex(line))
        print("answer", answer.status.value, answer.body.split()[0], flush=True)  # noqa: T201


class Process:
    """A log that asks a witness which is a process of its own, and starts it again when killed."""

    def __init__(self, case: Case, seed: int) -> None:
        self.case = case
        self.random = random.Random(seed)
        self.kills = 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-c", PROGRAM, str(self.case.folder)]
        self.process = subprocess.Popen(
            [*command, str(self.random.randrange(2**32))],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, history: History, old: int, new: int) -> list[str] | None:
        """Return status and first word of the answer, or None where the witness was killed."""
        pipe_in, pipe_out = self.process.stdin, self.process.stdout
        assert pipe_in is not None
        assert pipe_out is not None
        pipe_in.write(history.request(old, new).hex() + "\n")
        pipe_in.flush()
        for line in pipe_out:
            kind, *words = line.split()
            if kind == "answer":
                return words
            self.case.made.append(Signed(int(words[0]), int(words[1]), words[2]))
        assert self.end() == -9
        self.kills += 1
        self.start()
        return None

    def end(self) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait()

    def live(self, requests: int) -> None:
        known = 0
        for _ in range(requests):
            history = self.random.choice(self.case.histories)
            new = self.random.randint(min(known, history.size), history.size)
            answer = self.ask(history, known, new)
            if answer is not None:
                known = {"200": new, "409": int(answer[1]) if answer[1].isdigit() else 0}.get(
                    answer[0], known
                )
        self.end()


def race(folder: Path, seed: int, requests: int) -> tuple[Case, int]:
    """Play a case with two processes at one state; return it and how often one was killed."""
    case = Case(folder, seed)
    processes = [Process(case, seed + number) for number in range(2)]
    threads = [threading.Thread(target=one.live, args=(requests,)) for one in processes]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert_one_history(case.made, case.histories)
    return case, sum(one.kills for one in processes)


def test_processes_that_are_really_killed_leave_one_history(
    tmp_path: Path, record_property: Property
) -> None:
    case, kills = race(tmp_path / "state", SEED, 10)
    record_property("counted", f"a witness killed {kills} times, {len(case.made)} signed")
    assert kills > 0
    assert case.made


@pytest.mark.slow
@pytest.mark.parametrize("number", range(10))
def test_processes_that_are_killed_again_and_again_leave_one_history(
    number: int, tmp_path: Path, record_property: Property
) -> None:
    case, kills = race(tmp_path / "state", SEED + 100 * number, 40)
    record_property("cases", kills)
    record_property("counted", f"a witness killed {kills} times, {len(case.made)} signed")
    assert kills > 0
    assert case.made


def test_the_judge_of_these_tests_knows_two_histories_when_it_sees_them() -> None:
    honest = History.make(4)
    fork = honest.fork(2, "fork")
    made = [
        Signed(number, one, base64.b64encode(history.root(one)).decode())
        for number, (history, one) in enumerate([(honest, 3), (fork, 4)])
    ]
    with pytest.raises(AssertionError, match="two histories"):
        assert_one_history(made, [honest, fork])
