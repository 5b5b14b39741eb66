"""Playing seeds: steps drawn by weight, promises checked after each, and a trace to compare.

`python -m tests.simulator.play --seeds 1..200` plays many, `--seed 7` one with its steps printed.
"""

import argparse
import hashlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.simulator import attackers, checks, faults, steps, tampering, thieves
from tests.simulator.client import settle
from tests.simulator.start import Starts, room
from tests.simulator.vfs import why_not
from tests.simulator.world import World

STEPS = (6, 16)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that may happen.

    Attributes:
        weight: how often, beside the others.
        act: what happens.
        can: whether it can happen now.
    """

    weight: int
    act: Callable[[World], None]
    can: Callable[[World], bool] = lambda _: True


STEPS_OF_A_LIFE = (
    Step(14, steps.tell),
    Step(5, steps.tell_many),
    Step(3, steps.correct, lambda world: bool(world.told)),
    Step(2, steps.void, lambda world: bool(world.told)),
    Step(2, steps.void_of_story, lambda world: world.wild),
    Step(3, steps.countersign),
    Step(3, steps.rotate_party),
    Step(1, steps.rotate_ledger),
    Step(3, steps.publish),
    Step(2, steps.export),
    Step(3, steps.audit),
    Step(4, steps.back_up, lambda world: len(world.backups) < 3),
    Step(6, steps.project, lambda world: world.viewed),
    Step(3, steps.set_clock),
    Step(4, attackers.witness, lambda world: world.witnessed < world.ledger.size),
    Step(5, faults.disk_fails),
    Step(4, faults.killed),
    Step(4, faults.power_cut),
    Step(2, faults.restart),
    Step(3, faults.answer_lost),
    Step(4, faults.race),
    Step(6, attackers.stale_restore, lambda world: bool(attackers.stale(world))),
    Step(5, attackers.fork, lambda world: bool(attackers.stale(world))),
    Step(5, thieves.thief, lambda world: bool(world.stolen)),
    Step(1, thieves.usurper),
    Step(1, thieves.impostor),
    Step(1, thieves.stranger),
    Step(1, thieves.concealer),
    Step(1, thieves.repeater),
    Step(1, tampering.tamper),
    Step(1, tampering.rewrite),
    Step(2, tampering.unwitnessed, lambda world: world.witnessed > 0),
)


@dataclass(slots=True)
class Played:
    """What became of a seed.

    Attributes:
        seed: which.
        trace: what happened, line by line.
        happened: how often each step.
    """

    seed: int
    trace: list[str] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)

    @property
    def digest(self) -> str:
        """SHA-256 over the trace."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()


@cache
def _starts() -> Starts:
    return Starts()


class Simulator:
    """Plays seeds, one after the other."""

    def __init__(self, say: Callable[[str], object] | None = None) -> None:
        self._starts = _starts()
        self._say = say

    def play(self, seed: int) -> Played:
        """Play one seed to its end; what breaks a promise names seed and step.

        Raises:
            AssertionError: and whatever the code under test raises where it should not.
        """
        played = Played(seed)
        with room() as top, World(seed, self._starts, Path(top)) as world:
            count = world.chance.randint(*STEPS)
            for number in range(1, count + 1):
                step = _drawn(world)
                name = step.act.__name__
                played.happened[name] += 1
                with self._told(world, number, name, played):
                    world.now += world.tick
                    step.act(world)
                    settle(world)
                    checks.after_step(world)
            with self._told(world, count + 1, "the end", played):
                checks.at_the_end(world)
        return played

    @contextmanager
    def _told(self, world: World, number: int, name: str, played: Played) -> Iterator[None]:
        first = len(world.trace)
        world.note(f"{number} {name} at {world.ledger.size} entries")
        try:
            yield
        except BaseException as error:
            error.add_note(
                f"seed {world.seed}, step {number}: {name}; make simulate SEED={world.seed}"
            )
            raise
        finally:
            played.trace = world.trace
            if self._say is not None:
                for one in world.trace[first:]:
                    self._say(one)


def _drawn(world: World) -> Step:
    can = [one for one in STEPS_OF_A_LIFE if one.can(world)]
    [step] = world.chance.choices(can, [one.weight for one in can])
    return step


def play_many(seeds: Iterable[int]) -> Counter[str]:
    """Play seeds; return how often each step happened in all of them."""
    simulator, happened = Simulator(), Counter[str]()
    for seed in seeds:
        happened += simulator.play(seed).happened
    return happened


def main() -> int:
    """Play what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--seeds", default="200", help="FIRST..LAST, or how many from 1 on")
    parser.add_argument("--seed", type=int, help="one, with its steps printed")
    given = parser.parse_args()
    if why_not():
        sys.stderr.write(f"{why_not()}\n")
        return 2
    if given.seed is not None:
        print(f"digest {Simulator(print).play(given.seed).digest}")
        return 0
    first, dots, last = given.seeds.partition("..")
    seeds = range(int(first), int(last) + 1) if dots else range(1, int(first) + 1)
    start = time.monotonic()
    happened = play_many(seeds)
    for name, count in sorted(happened.items()):
        print(f"{count:>8,} {name}")
    seconds = time.monotonic() - start
    print(f"{len(seeds):,} seeds, {happened.total():,} steps, every promise kept; {seconds:,.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
