"""`kill -9` at every system call of whatever writes: nothing acknowledged is lost, all is sound.

A process is stopped at its n-th system call by ptrace and killed there, for n from 1 until it ends
by itself: all calls count, also those that write nothing. A second round lets each write to a file
of the folder happen by half before the kill. `make test` kills at a few calls of each operation;
`make test-slow` at all.
"""

import random

import pytest

from tests import machine as machines
from tests.aftermath import CASES
from tests.machine import SEED, Machine, Property
from tests.system_calls import TRANSFERS
from tests.traced import WHY_NOT, Plan

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
machine = pytest.fixture(scope="module")(machines.machine)

SAMPLE = 6
PARTS = {"rebuild": 6, "bulk append across a tile": 6, "catch-up": 2, "append": 2}
"""Operations of many calls are killed in so many tests, which shards can share."""

EVERY_PART = [(name, part) for name in CASES for part in range(PARTS.get(name, 1))]


def kill(machine: Machine, name: str, plan: Plan) -> bool:
    """Do an operation, killed by the plan, and judge what it left; say whether it was killed."""
    outcome = machine.run(name, plan)
    assert outcome.killed or outcome.exit_code == 0, outcome.said
    machine.judge(name, outcome.said, plan)
    return outcome.killed


def calls_of(machine: Machine, name: str) -> int:
    """Return how many calls an operation makes when nobody kills it."""
    return machine.run(name, Plan()).calls


def writes_of(machine: Machine, name: str) -> list[int]:
    """Return which calls of an operation write to a file of the folder."""
    trace = machine.run(name, Plan(record=True)).trace
    at = str(machine.folder)
    return [one.number for one in trace if one.name in TRANSFERS and one.path.startswith(at)]


@pytest.mark.parametrize("name", CASES)
def test_a_writer_is_killed_at_some_of_its_calls(
    machine: Machine, name: str, record_property: Property
) -> None:
    calls = calls_of(machine, name)
    chosen = random.Random(SEED).sample(range(1, calls + 1), SAMPLE)
    killed = sum(kill(machine, name, Plan(kill_at=number)) for number in chosen)
    assert killed
    record_property("counted", f"{name}: killed at {killed} of {calls} calls, seed {SEED}")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "part"), EVERY_PART)
def test_a_writer_is_killed_at_every_call(
    machine: Machine, name: str, part: int, record_property: Property
) -> None:
    """The last part goes on until a run ends by itself: then there was no further call."""
    parts = PARTS.get(name, 1)
    share = -(-calls_of(machine, name) // parts)
    number = first = part * share + 1
    while part == parts - 1 or number < first + share:
        if not kill(machine, name, Plan(kill_at=number)):
            assert part == parts - 1
            break
        number += 1
    record_property("cases", number - first)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_writer_is_killed_inside_every_write(
    machine: Machine, name: str, record_property: Property
) -> None:
    """The half that was written is there, the rest is not."""
    writes = writes_of(machine, name)
    assert writes
    for number in writes:
        assert kill(machine, name, Plan(kill_at=number, inside=True))
    record_property("cases", len(writes))
