"""`kill -9` at every system call of whatever writes: nothing acknowledged is lost, all is sound.

A process is stopped at its n-th system call by ptrace and killed there, for n from 1 until it ends
by itself: all calls count, also those that write nothing. A second round lets each write to a file
of the folder happen by half before the kill. `make test` kills at a few calls of each operation;
`make test-slow` at all.
"""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.aftermath import CASES
from tests.crash_victim import Victim
from tests.durable_case import Prepared
from tests.system_calls import TRANSFERS
from tests.traced import WHY_NOT, Outcome, Plan

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)

Property = Callable[[str, object], None]

SEED = int(os.environ.get("CHIPLEDGER_SEED", "1"))
SAMPLE = 6
PARTS = {"rebuild": 6, "bulk append across a tile": 6, "catch-up": 2, "append": 2}
"""Operations of many calls are killed in so many tests, which shards can share."""

EVERY_PART = [(name, part) for name in CASES for part in range(PARTS.get(name, 1))]


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> "Crashes":
    return Crashes(tmp_path_factory.mktemp("crashes"))


class Crashes:
    """Kills operations, and judges what they left."""

    def __init__(self, top: Path) -> None:
        self.prepared = Prepared(top / "prepared")
        self.victim = Victim()
        self.folder = top / "run"

    def calls(self, name: str) -> int:
        """Return how many calls an operation makes when nobody kills it."""
        return self.run(name, Plan()).calls

    def writes(self, name: str) -> list[int]:
        """Return which calls of an operation write to a file of the folder."""
        trace = self.run(name, Plan(record=True)).trace
        return [call.number for call in trace if call.name in TRANSFERS]

    def run(self, name: str, plan: Plan) -> Outcome:
        """Do an operation under a plan on a new copy of its folder, and judge what it left."""
        case = CASES[name]
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.prepared.top / case.start, self.folder)
        outcome = self.victim.run(name, self.folder, plan)
        assert outcome.killed or outcome.exit_code == 0, outcome.said
        try:
            case.judge(self.prepared, self.folder, outcome.said)
        except BaseException as error:
            error.add_note(f"{name}: {plan}, after {outcome.said}")
            raise
        return outcome


@pytest.mark.parametrize("name", CASES)
def test_a_writer_is_killed_at_some_of_its_calls(
    crashes: Crashes, name: str, record_property: Property
) -> None:
    calls = crashes.calls(name)
    chosen = random.Random(SEED).sample(range(1, calls + 1), SAMPLE)
    killed = sum(crashes.run(name, Plan(kill_at=number)).killed for number in chosen)
    assert killed
    record_property("counted", f"{name}: killed at {killed} of {calls} calls, seed {SEED}")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "part"), EVERY_PART)
def test_a_writer_is_killed_at_every_call(
    crashes: Crashes, name: str, part: int, record_property: Property
) -> None:
    """The last part goes on until a run ends by itself: then there was no further call."""
    parts = PARTS.get(name, 1)
    share = -(-crashes.calls(name) // parts)
    number = first = part * share + 1
    while part == parts - 1 or number < first + share:
        if not crashes.run(name, Plan(kill_at=number)).killed:
            assert part == parts - 1
            break
        number += 1
    record_property("cases", number - first)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_writer_is_killed_inside_every_write(
    crashes: Crashes, name: str, record_property: Property
) -> None:
    """The half that was written is there, the rest is not."""
    writes = crashes.writes(name)
    assert writes
    for number in writes:
        assert crashes.run(name, Plan(kill_at=number, inside=True)).killed
    record_property("cases", len(writes))
