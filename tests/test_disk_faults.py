"""The disk is full, fails, or takes half of a write: at each call, once and for good.

A call on a file of the folder is answered with ENOSPC or EIO without being made, or the kernel is
asked for half of what the program wants to write; from then on all is well again, or nothing is.
The program ends with a code of its own and no traceback. Afterwards, on a sound disk, nothing that
it acknowledged is lost, an auditor's verdict is PASS, and the ledger takes entries again.
"""

import random
import re

import pytest

from tests import machine as machines
from tests.aftermath import CASES
from tests.machine import SEED, Machine, Property
from tests.traced import WHY_NOT, Fault, Outcome, Plan

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
machine = pytest.fixture(scope="module")(machines.machine)

FAULTS = {
    "full once": ("space", False),
    "full for good": ("space", True),
    "broken once": ("io", False),
    "broken for good": ("io", True),
    "half a write once": ("short", False),
    "half of every write": ("short", True),
}
EVERY_FAULT = [(name, fault) for name in CASES for fault in FAULTS]
STRIDE = {"rebuild": 7, "catch-up": 3, "bulk append across a tile": 3}
"""Long rows of like calls: of so many in a row one fails, beginning where the seed says."""


def break_disk(machine: Machine, name: str, fault: Fault) -> Outcome:
    """Do an operation on a disk that fails by the plan, and judge what it left."""
    outcome = machine.run(name, Plan(fault=fault))
    codes = [line.split()[1] for line in outcome.said if re.match(r"(error|  code:) ", line)]
    if outcome.exit_code != 0:
        assert outcome.exit_code in {2, 3}, (fault, outcome.said)
        assert codes, (fault, outcome.said)
    assert "INTERNAL" not in codes, (fault, outcome.said)
    machine.judge(name, outcome.said, (fault, outcome.exit_code))
    return outcome


@pytest.mark.parametrize("name", CASES)
def test_a_disk_fails_at_some_calls(machine: Machine, name: str, record_property: Property) -> None:
    chance = random.Random(SEED)
    met = 0
    for kind, lasting in FAULTS.values():
        fault = Fault(kind, chance.randint(1, 30), lasting=lasting)
        met += break_disk(machine, name, fault).faults > 0
    assert met
    record_property("counted", f"{name}: {met} faults of {len(FAULTS)} kinds, seed {SEED}")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "fault"), EVERY_FAULT)
def test_a_disk_fails_at_every_call(
    machine: Machine, name: str, fault: str, record_property: Property
) -> None:
    """Until an operation ends that has met no fault: then there was no further call."""
    kind, lasting = FAULTS[fault]
    stride = STRIDE.get(name, 1)
    number, count = 1 + SEED % stride, 0
    while break_disk(machine, name, Fault(kind, number, lasting=lasting)).faults:
        count += 1
        number += stride
    assert count
    record_property("cases", count)
