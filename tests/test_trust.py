"""What an auditor brings, and which keys hang together with a pinned one."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.authority import EnrolledKey
from ledger.trust import Trust, pinned_keys
from tests.harness import Story, signatory

KEYS = st.lists(st.sets(st.integers(0, 9), max_size=2), max_size=10)


def enrolled(number: int, previous: set[int]) -> EnrolledKey:
    return EnrolledKey(
        id=str(number),
        party="maker",
        public_key=bytes(32),
        holder="desk",
        enrolled=number,
        voucher="registrar only",
        vouched_by=("operator",),
        previous=tuple(str(one) for one in sorted(previous) if one < number),
    )


def test_names_of_parties_are_compared_without_regard_to_case() -> None:
    trust = Trust(pins={"NVIDIA": "AB" * 32}, required_pins=("Buyer", "NVIDIA", "buyer"))
    assert trust.pins == {"nvidia": "ab" * 32}
    assert trust.required_pins == ("buyer", "nvidia")


@given(KEYS, st.integers(0, 11))
def test_keys_hang_together_both_ways_and_through_each_other(
    previous: list[set[int]], pin: int
) -> None:
    keys = [enrolled(number, before) for number, before in enumerate(previous)]
    linked = pinned_keys(keys, str(pin))
    assert (str(pin) in linked) is (pin < len(keys))
    for key in keys:
        for before in key.previous:
            assert (key.id in linked) is (before in linked)
    if linked:
        reached = {str(pin)}
        for _ in keys:
            reached |= {key.id for key in keys if reached & set(key.previous)}
            reached |= {one for key in keys if key.id in reached for one in key.previous}
        assert linked == reached


def test_a_pin_of_another_partys_key_is_no_pin_of_this_one() -> None:
    with Story() as story:
        story.party("maker")
        story.party("buyer")
        report = story.audit(pins={"maker": signatory("buyer").key})
        assert [mark.code for mark in report.marks] == ["PIN-DIFFERS"]
        assert {key.voucher for key in report.keys} == {"opening", "registrar only"}


def test_what_was_brought_stands_in_the_report() -> None:
    with Story() as story:
        pin = signatory("operator").key
        report = story.audit(pins={"Operator": pin}, fingerprint_from="the annual report")
        assert report.trust.fingerprint == story.ledger.fingerprint.hex()
        assert report.trust.fingerprint_from == "the annual report"
        assert report.trust.pins == (f"operator {pin}",)
        assert report.trust.high_water is None
