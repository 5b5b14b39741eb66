"""A draw that is committed to first and can be repeated by anybody afterwards."""

from fractions import Fraction
from hashlib import sha256
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger import canonical
from ledger.errors import Malformed
from ledger.events.assurance import SamplePlan
from ledger.sampling import (
    COMMITMENT,
    SampleDesign,
    draw,
    may_miss,
    missing_at_most,
    missing_of,
    percent,
    plan_digest,
    sample_size,
)

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


# ---- spread over racks, and whole racks

RACK_OF = {name: f"R{n % 7}" for n, name in enumerate(SERIALS)}


@given(st.integers(1, 100))
def test_a_sample_that_is_spread_takes_as_many_from_each_rack_give_or_take_one(count: int) -> None:
    plan = SamplePlan(seed="11" * 32, size=1, root="22" * 32, site="JHR-1", count=count)
    drawn = draw(plan, SERIALS, "spread", rack_of=RACK_OF)
    taken = [sum(RACK_OF[name] == rack for name in drawn) for rack in sorted(set(RACK_OF.values()))]
    assert len(set(drawn)) == count
    # two racks have one unit more than the five others
    assert max(taken) - min(taken) <= 1


def test_within_a_rack_the_lowest_digests_are_drawn() -> None:
    plan = SamplePlan(seed="11" * 32, size=1, root="22" * 32, site="JHR-1", count=14)
    drawn = draw(plan, SERIALS, "spread", rack_of=RACK_OF)
    for rack in set(RACK_OF.values()):
        inside = [name for name in SERIALS if RACK_OF[name] == rack]
        by_hand = sorted(
            inside, key=lambda one: sha256(b"\x11" * 32 + b"\x22" * 32 + one.encode()).digest()
        )
        assert {name for name in drawn if RACK_OF[name] == rack} == set(by_hand[:2])


def test_whole_racks_are_drawn_by_their_names() -> None:
    drawn = draw(PLAN, SERIALS, "whole", rack_of=RACK_OF)
    assert drawn == draw(PLAN, set(RACK_OF.values()))
    many = SamplePlan(seed="11" * 32, size=1, root="22" * 32, site="JHR-1", count=8)
    with pytest.raises(Malformed) as refusal:
        draw(many, SERIALS, "whole", rack_of=RACK_OF)
    assert refusal.value.code == "SAMPLE-SIZE"


# ---- how many

SURE = percent("95")


@pytest.mark.parametrize(
    ("population", "missing", "sure", "surer"),
    [
        (36_000, 1_800, 59, 90),
        (36_000, 360, 297, 456),
        (36_000, 72, 1_466, 2_229),
        (36_000, 36, 2_874, 4_321),
        (500, 25, 56, 83),
        (500, 5, 225, 300),
        (500, 1, 475, 495),
    ],
)
def test_the_sizes_of_the_hypergeometric_distribution(
    population: int, missing: int, sure: int, surer: int
) -> None:
    assert sample_size(population, missing, percent("95")) == sure
    assert sample_size(population, missing, percent("99")) == surer


@given(st.integers(1, 40), st.data())
def test_one_fewer_would_not_do(population: int, data: st.DataObject) -> None:
    missing = data.draw(st.integers(1, population))
    confidence = Fraction(data.draw(st.integers(1, 999)), 1000)
    size = sample_size(population, missing, confidence)
    assert not may_miss(population, missing, size, confidence)
    assert may_miss(population, missing, size - 1, confidence)


@given(st.integers(1, 9), st.data())
def test_how_likely_none_is_drawn_is_counted_way_by_way(
    population: int, data: st.DataObject
) -> None:
    missing = data.draw(st.integers(1, population))
    drawn = data.draw(st.integers(0, population))
    confidence = Fraction(data.draw(st.integers(0, 99)), 100)
    ways = list(combinations(range(population), drawn))
    none = sum(all(unit >= missing for unit in one) for one in ways)
    said = Fraction(none, len(ways)) > 1 - confidence
    assert may_miss(population, missing, drawn, confidence) == said


@given(st.integers(1, 200), st.data())
def test_what_may_still_be_missing_is_what_a_larger_sample_would_have_shown(
    population: int, data: st.DataObject
) -> None:
    drawn = data.draw(st.integers(0, population))
    most = missing_at_most(population, drawn, SURE)
    assert most == population - drawn or sample_size(population, most + 1, SURE) <= drawn
    assert most == 0 or sample_size(population, most, SURE) > drawn


def test_all_found_leaves_fewer_missing_than_were_asked_for() -> None:
    assert missing_at_most(36_000, 59, percent("95")) == 1_780
    assert missing_at_most(100, 100, percent("95")) == 0
    assert missing_at_most(100, 0, percent("95")) == 100


@pytest.mark.parametrize(
    ("text", "units"), [("72", 72), ("5%", 1_800), ("0.1%", 36), ("0.0001%", 1), ("33.3%", 11_988)]
)
def test_missing_units_are_a_number_or_a_share(text: str, units: int) -> None:
    assert missing_of(text, 36_000) == units


@pytest.mark.parametrize("text", ["", "%", "-1", "5 %", "1.5", "1e3", "five"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        missing_of(text, 36_000)
    assert refusal.value.code == "SAMPLE-SHARE"


@pytest.mark.parametrize("text", ["100", "-1", "95%", "95.0", ".5", ""])
def test_a_confidence_is_a_percentage_below_100(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        percent(text)
    assert refusal.value.code == "SAMPLE-CONFIDENCE"


@pytest.mark.parametrize(("population", "missing"), [(10, 11), (10, 0), (0, 1)])
def test_more_than_there_are_cannot_be_missing(population: int, missing: int) -> None:
    with pytest.raises(Malformed) as refusal:
        sample_size(population, missing, percent("95"))
    assert refusal.value.code == "SAMPLE-MISSING"


# ---- the commitment

DESIGN = SampleDesign(
    origin="ledger.test.invalid", sample="S-1", site="JHR-1", secret="ab" * 32, missing="5%",
    confidence="95", racks="spread",
)  # fmt: skip


def test_a_commitment_binds_the_design_and_tells_nothing_of_it() -> None:
    form, origin, digest, end = DESIGN.commitment.decode().split("\n")
    assert (form, origin, end) == (COMMITMENT, "ledger.test.invalid", "")
    assert DESIGN.seed == sha256(canonical.encode(DESIGN)).hexdigest()
    assert digest == sha256(bytes.fromhex(DESIGN.seed)).hexdigest()
    for change in ({"site": "JHR-2"}, {"missing": "1"}, {"racks": None}, {"confidence": "99"}):
        assert replace(DESIGN, **change).commitment != DESIGN.commitment


def test_a_design_draws_as_many_as_it_needs() -> None:
    assert DESIGN.count(36_000) == 59
    assert replace(DESIGN, missing="72", confidence="99").count(36_000) == 2_229
