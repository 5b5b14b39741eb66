"""A draw that is committed to first and can be repeated by anybody afterwards."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.events.assurance import SamplePlan
from ledger.sampling import draw, plan_digest

PLAN = SamplePlan(seed="11" * 32, size=793, root="22" * 32, site="JHR-1", count=3)
SERIALS = [f"1654{n:09d}" for n in range(100)]


def test_the_lowest_digests_of_seed_root_and_serial_are_drawn() -> None:
    by_hand = sorted(
        SERIALS,
        key=lambda one: sha256(b"\x11" * 32 + b"\x22" * 32 + one.encode()).hexdigest(),
    )
    assert draw(PLAN, SERIALS) == tuple(by_hand[:3])


@given(st.permutations(SERIALS[:20]))
def test_the_order_of_the_list_changes_nothing(order: list[str]) -> None:
    assert draw(PLAN, [*order, order[0]]) == draw(PLAN, SERIALS[:20])


def test_another_seed_draws_others() -> None:
    other = SamplePlan(seed="12" * 32, size=793, root="22" * 32, site="JHR-1", count=3)
    assert draw(other, SERIALS) != draw(PLAN, SERIALS)
    assert plan_digest(other) != plan_digest(PLAN)


def test_more_than_there_are_cannot_be_drawn() -> None:
    with pytest.raises(Malformed) as refusal:
        draw(PLAN, SERIALS[:2])
    assert refusal.value.code == "SAMPLE-SIZE"
