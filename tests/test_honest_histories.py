"""Honest histories raise nothing critical, and one planted fraud is found by its code and subject.

`make test` plays 30 short ones of each; the slow suite 500 of up to 300 events, the honest ones at
earlier moments and in earlier states of knowledge too.
"""

import os
from collections.abc import Callable
from random import Random

import pytest

from ledger.events import EVENT_TYPES
from ledger.occurred import parse_recorded, utc_text
from projections.determination.tables import judging
from projections.finding_rules import rules
from projections.finding_run import Clocks, Finding, findings
from projections.packs.load import packs
from tests.frauds import FRAUDS
from tests.honest import Honest, honest
from tests.mini_case import project

SEED = os.environ.get("CHIPLEDGER_SEED", "1")
MOMENT = "2027-06-01T00:00:00Z"
FEW, SHORT = 30, (10, 40)
SHARDS, A_SHARD, LONG = 10, 50, (40, 120)
FOUND_AT_LEAST = 0.98
EVENTS_MAX = 300

NEVER_TOLD = {
    "CheckpointAnchored", "DocumentAttached", "DocumentDisposed", "KeyRevoked", "LedgerKeyRotated",
    "RightsAdopted", "RoleWithdrawn", "SamplePlanCommitted",
}  # fmt: skip
"""Types about the ledger's own papers and keys, of which these histories have none."""


def of(history: Honest, *more: Clocks) -> list[Finding]:
    """Return what all rules find at the end, and at some other clocks."""
    log = history.tale.log
    with project(log) as view:
        reader = judging(view.connection, packs(), log.zone)
        clocks = (Clocks(MOMENT, log.size - 1), *more)
        return [one for now in clocks for one in findings(reader, rules().values(), now)]


def earlier(history: Honest, seed: int) -> list[Clocks]:
    """Return two pairs of clocks: as it was known at some entry, and the month before by hindsight.

    Within a month what is dated by the month may have happened or not, so its end is asked about.
    """
    log, chosen = history.tale.log, Random(seed)
    known = chosen.randrange(log.size)
    recorded = parse_recorded(log[known].entry.recorded_at).astimezone(log.zone)
    month = recorded.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    then = f"{log[known].entry.recorded_at[:19]}Z"
    return [Clocks(then, known), Clocks(utc_text(month), log.size - 1)]


def critical(seed: int, steps: tuple[int, int], *, also_earlier: bool) -> list[str]:
    history = honest(seed, steps)
    assert history.tale.log.size <= EVENTS_MAX
    return [
        f"{seed}: {one.rule.code} {one.about} {one.facts}"
        for one in of(history, *(earlier(history, seed) if also_earlier else ()))
        if one.severity == "critical"
    ]


def missed(seed: int, steps: tuple[int, int]) -> str | None:
    """Plant a fraud; return what should have been found, and was not or had been before."""
    history = honest(seed, steps)
    fraud = FRAUDS[seed % len(FRAUDS)]
    before = named(history)
    expected = fraud(history)
    if expected in named(history) - before:
        return None
    return f"{seed}: {fraud.__name__} should have raised {expected}"


def named(history: Honest) -> set[str]:
    return {f"{one.rule.code} {one.about}" for one in of(history)}


def test_honest_histories_raise_nothing_critical() -> None:
    found = [line for seed in range(FEW) for line in critical(seed, SHORT, also_earlier=False)]
    assert found == []


def test_a_planted_fraud_is_found_by_code_and_subject() -> None:
    chosen = Random(SEED).sample(range(len(FRAUDS)), FEW)
    assert [one for one in (missed(seed, SHORT) for seed in chosen) if one is not None] == []


def test_the_same_log_gives_the_same_findings() -> None:
    assert of(honest(1, SHORT)) == of(honest(1, SHORT))


def test_honest_histories_tell_of_everything() -> None:
    told = set()
    for seed in range(FEW):
        log = honest(seed, LONG).tale.log
        told |= {one.statement.type.split(".")[0] for one in log.read(0, log.size)}
    every = {name.split(".")[0] for name in EVENT_TYPES}
    assert told == every - NEVER_TOLD


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_many_honest_histories_raise_nothing_critical(
    shard: int, record_property: Callable[[str, object], None]
) -> None:
    seeds = _seeds(shard)
    record_property("cases", len(seeds))
    assert [line for seed in seeds for line in critical(seed, LONG, also_earlier=True)] == []


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_many_planted_frauds_are_found(
    shard: int, record_property: Callable[[str, object], None]
) -> None:
    seeds = _seeds(shard)
    record_property("cases", len(seeds))
    misses = [one for one in (missed(seed, LONG) for seed in seeds) if one is not None]
    assert len(misses) <= (1 - FOUND_AT_LEAST) * len(seeds), misses


def _seeds(shard: int) -> list[int]:
    chosen = Random(f"{SEED} {shard}")
    return [chosen.randrange(10**9) for _ in range(A_SHARD)]
