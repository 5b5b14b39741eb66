"""Random lives of a ledger, played from seeds: every promise is checked after every step.

`make test` plays 200 seeds and tries some mutants; the slow suite 10,000, and all of them.
"""

import pytest

from tests.machine import Property
from tests.simulator.mutants import MUTANTS
from tests.simulator.play import STEPS_OF_A_LIFE, Simulator, play_many
from tests.simulator.vfs import why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

PARTS, A_PART = 4, 50
SHARDS, A_SHARD = 40, 250
CAUGHT_WITHIN = 300
"""Seeds that a mutant may survive."""

QUICK = ("commits do not wait", "a row is forgotten", "verifier skips step 1")
"""Mutants that live no longer than a few seeds."""


@pytest.mark.parametrize("part", range(PARTS))
def test_every_promise_is_kept(part: int, record_property: Property) -> None:
    seeds = range(part * A_PART + 1, (part + 1) * A_PART + 1)
    happened = play_many(seeds)
    told = f"simulator: {happened.total()} steps of seeds {seeds[0]} to {seeds[-1]}"
    record_property("counted", told)


def test_a_seed_is_the_same_life_each_time() -> None:
    first, again, other = (Simulator().play(seed) for seed in (5, 5, 6))
    assert first.trace == again.trace
    assert first.digest == again.digest != other.digest


def test_a_failure_names_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS["commits do not wait"](monkeypatch)
    with pytest.raises(AssertionError) as caught:
        play_many(range(1, CAUGHT_WITHIN))
    [note] = caught.value.__notes__
    seed = int(note.rpartition("=")[2])
    assert note.startswith(f"seed {seed}, step ")
    with pytest.raises(AssertionError, match=str(caught.value)[:20]):
        Simulator().play(seed)


@pytest.mark.parametrize("name", QUICK)
def test_some_mutants_are_caught(
    name: str, monkeypatch: pytest.MonkeyPatch, record_property: Property
) -> None:
    record_property("counted", f"simulator: {name}: caught by seed {_catch(name, monkeypatch)}")


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_every_mutant_is_caught(
    name: str, monkeypatch: pytest.MonkeyPatch, record_property: Property
) -> None:
    record_property("cases", _catch(name, monkeypatch))


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_promise_is_kept_in_many_lives(shard: int, record_property: Property) -> None:
    """Seeds 1 to 10,000, in shards; `CHIPLEDGER_SEED` changes nothing here."""
    seeds = range(shard * A_SHARD + 1, (shard + 1) * A_SHARD + 1)
    happened = play_many(seeds)
    assert happened.keys() == {one.act.__name__ for one in STEPS_OF_A_LIFE}
    record_property("cases", len(seeds))


def _catch(name: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the seed that finds a mutant by a broken promise."""
    MUTANTS[name](monkeypatch)
    simulator = Simulator()
    for seed in range(1, CAUGHT_WITHIN + 1):
        try:
            simulator.play(seed)
        except AssertionError:
            return seed
    pytest.fail(f"{name}: {CAUGHT_WITHIN} seeds found nothing")
