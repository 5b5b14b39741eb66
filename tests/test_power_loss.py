"""The power goes: what a program wrote and synced is replayed on a disk that keeps little else.

Each operation runs once, recorded. Then, for the moment after each call that changed a file, the
disk is left as tests/model_disk.py says: with nothing of what was not synced, with all of it, and
with parts of it, torn and out of order. What was acknowledged before that moment must be there, an
auditor's verdict is PASS, and the ledger takes entries again. That this finds anything at all is
shown by a writer that does not wait for the disk (`PRAGMA synchronous = OFF`).
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pytest

from tests import machine as machines
from tests.aftermath import CASES
from tests.machine import SEED, Machine, Property
from tests.model_disk import CUTS, Cut, Left, ModelDisk
from tests.system_calls import TRANSFERS, Call
from tests.traced import WHY_NOT, Plan

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
machine = pytest.fixture(scope="module")(machines.machine)

SAMPLE = 6
ROUNDS = 4
"""How often a cut that leaves things to chance is tried at each moment."""

PARTS = {"rebuild": 4, "bulk append across a tile": 4, "catch-up": 2}
EVERY_PART = [(name, part) for name in CASES for part in range(PARTS.get(name, 1))]

STRIDE = {"rebuild": 10, "catch-up": 5, "bulk append across a tile": 3}
"""Long rows of writes: after so many of them the power goes once."""

Choice = Callable[[int, int, Call], Iterable[Cut]]
"""Given which call of how many it is, and the call: what to leave when the power goes after it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment at which the power goes.

    Attributes:
        after: the last call that happened.
        cut: how much arrived of what was not waited for.
        left: what is on the disk then.
        said: what was acknowledged before.
    """

    after: Call
    cut: Cut
    left: Left
    said: list[str]


def moments(
    machine: Machine, name: str, choose: Choice, *, synchronous_off: bool = False
) -> Iterator[Moment]:
    """Yield chosen moments of an operation at which the power goes; the same disk once only."""
    chance = random.Random(SEED)
    machine.lay_out(name)
    disk = ModelDisk(machine.folder)
    plan = Plan(record=True)
    outcome = machine.victim.run(name, machine.folder, plan, synchronous_off=synchronous_off)
    assert outcome.exit_code == 0, outcome.said
    real = Left.of(machine.folder)
    seen = set()
    for number, call in enumerate(outcome.trace, 1):
        disk.do(call)
        for cut in choose(number, len(outcome.trace), call):
            left = disk.cut(cut, chance)
            what = hash((len(disk.said), frozenset(left.content.items())))
            if what not in seen:
                seen.add(what)
                yield Moment(call, cut, left, list(disk.said))
    assert disk.said == outcome.said
    assert disk.cut("everything", chance) == real, "the model is not what the calls did"


def judge(machine: Machine, name: str, moment: Moment) -> None:
    """Put what a power cut left into the folder, and judge it."""
    machine.clear()
    moment.left.write(machine.folder)
    after = moment.after
    told = f"{moment.cut} was left after call {after.number}, {after.name} {after.path}"
    machine.judge(name, moment.said, told)


@pytest.mark.parametrize("name", CASES)
def test_the_power_goes_at_some_moments(
    machine: Machine, name: str, record_property: Property
) -> None:
    """At the end nothing more is needed than what was waited for."""

    def some(number: int, of: int, _: Call) -> Iterator[Cut]:
        if number == of:
            yield "nothing"
        if (number + SEED) % (of // SAMPLE) == 0:
            yield CUTS[(number + SEED) % len(CUTS)]

    count = 0
    for moment in moments(machine, name, some):
        judge(machine, name, moment)
        count += 1
    record_property("counted", f"{name}: power cut at {count} moments, seed {SEED}")


@pytest.mark.parametrize("name", ["rotation", "init", "append that replaces the high-water file"])
def test_the_newest_name_arrives_on_the_disk_without_the_others(
    machine: Machine, name: str
) -> None:
    def renamed(_: int, __: int, call: Call) -> Iterable[Cut]:
        return ["newest"] if call.name.startswith("rename") else []

    found = list(moments(machine, name, renamed))
    assert found
    for moment in found:
        judge(machine, name, moment)


@pytest.mark.parametrize("name", ["append", "bulk append across a tile"])
def test_a_writer_that_does_not_wait_for_the_disk_loses_what_it_acknowledged(
    machine: Machine, name: str
) -> None:
    """This test's own test: with `PRAGMA synchronous = OFF` the same cut loses entries."""

    def at_the_end(number: int, of: int, _: Call) -> Iterable[Cut]:
        return ["nothing"] if number == of else []

    (moment,) = moments(machine, name, at_the_end, synchronous_off=True)
    with pytest.raises(AssertionError, match="lost what was acknowledged"):
        judge(machine, name, moment)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "part"), EVERY_PART)
def test_the_power_goes_at_every_moment(
    machine: Machine, name: str, part: int, record_property: Property
) -> None:
    """Each part is a stretch of the operation."""
    parts, stride = PARTS.get(name, 1), STRIDE.get(name, 1)

    def every(number: int, of: int, call: Call) -> Iterator[Cut]:
        if (number - 1) * parts // of != part:
            return
        if call.name in TRANSFERS and number % stride:
            return
        for cut in CUTS:
            yield from [cut] * (ROUNDS if cut == "some" else 1)

    count = 0
    for moment in moments(machine, name, every):
        judge(machine, name, moment)
        count += 1
    assert count
    record_property("cases", count)
