"""Honest histories raise nothing critical, and one planted fraud is found by its code and subject.

`make test` plays 30 of each; the slow suite 500.
"""

import os
from collections.abc import Callable
from random import Random

import pytest

from projections.determination.tables import judging
from projections.finding_rules import rules
from projections.finding_run import Clocks, Finding, findings
from projections.packs.load import packs
from tests.frauds import FRAUDS
from tests.honest import Honest, honest
from tests.mini_case import project

SEED = os.environ.get("CHIPLEDGER_SEED", "1")
MOMENT = "2027-06-01T00:00:00Z"
FEW = 30
SHARDS = 10
A_SHARD = 50
FOUND_AT_LEAST = 0.98


def of(history: Honest) -> list[Finding]:
    log = history.tale.log
    with project(log) as view:
        clocks = Clocks(MOMENT, log.size - 1)
        return findings(judging(view.connection, packs(), log.zone), rules().values(), clocks)


def critical(seed: int) -> list[str]:
    return [
        f"{seed}: {one.rule.code} {one.about} {one.facts}"
        for one in of(honest(seed))
        if one.severity == "critical"
    ]


def missed(seed: int) -> str | None:
    history = honest(seed)
    fraud = FRAUDS[seed % len(FRAUDS)]
    expected = fraud(history)
    if expected in {f"{one.rule.code} {one.about}" for one in of(history)}:
        return None
    return f"{seed}: {fraud.__name__} should have raised {expected}"


def test_honest_histories_raise_nothing_critical() -> None:
    assert [line for seed in range(FEW) for line in critical(seed)] == []


def test_a_planted_fraud_is_found_by_code_and_subject() -> None:
    assert [one for one in map(missed, range(FEW)) if one is not None] == []


def test_the_same_log_gives_the_same_findings() -> None:
    assert of(honest(1)) == of(honest(1))


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_many_honest_histories_raise_nothing_critical(
    shard: int, record_property: Callable[[str, object], None]
) -> None:
    seeds = _seeds(shard)
    record_property("cases", len(seeds))
    assert [line for seed in seeds for line in critical(seed)] == []


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_many_planted_frauds_are_found(
    shard: int, record_property: Callable[[str, object], None]
) -> None:
    seeds = _seeds(shard)
    record_property("cases", len(seeds))
    misses = [one for one in map(missed, seeds) if one is not None]
    assert len(misses) <= (1 - FOUND_AT_LEAST) * len(seeds), misses


def _seeds(shard: int) -> list[int]:
    chosen = Random(f"{SEED} {shard}")
    return [chosen.randrange(10**9) for _ in range(A_SHARD)]
