"""What the packs say of shipments: places, recipients, owners, dates; each with its word."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ledger.events import assurance
from projections.determination.chain import STEPS_MAX
from projections.determination.items import are_items
from projections.determination.step import standing
from projections.packs.conditions import Destination
from projections.packs.load import packs
from tests.mini_case import mini_case
from tests.trade import REPORTED, Trade, day_after, trade

YES, WOULD, NO, OPEN = "applies", "would apply", "does not apply", "not decidable"
DESTINATION = "EAR-ACS-2023.destination"
RECIPIENT = "EAR-HQ.recipient"
AFFILIATES = "EAR-AFFILIATES.50"
DIFFUSION = "EAR-DIFFUSION.worldwide"
INSIDE, OUTSIDE = "EAR-CN-H200.window", "EAR-CN-H200.outside"
PERMIT = "MY-STA-12.permit"
DUTIES = "EAR-DCVEU.duties"
USERS, BILL = "US-IAAS-2025", "US-RASA"
LOCATION = "US-CSA.location"


# ---- the status of a rule on a day


@pytest.mark.parametrize(
    ("rule", "day", "code"),
    [
        ("3A090.a", "2023-11-16", "not_yet"),
        ("3A090.a", "2023-11-17", "in_force"),
        (AFFILIATES, "2025-09-28", "not_yet"),
        (AFFILIATES, "2025-09-29", "in_force"),
        (AFFILIATES, "2025-11-09", "in_force"),
        (AFFILIATES, "2025-11-10", "suspended"),
        (AFFILIATES, "2026-11-09", "suspended"),
        (AFFILIATES, "2026-11-10", "unknown"),
        (DIFFUSION, "2025-01-12", "not_yet"),
        (DIFFUSION, "2025-01-13", "published"),
        (DIFFUSION, "2025-05-12", "published"),
        (DIFFUSION, "2025-05-13", "not_enforced"),
        (DIFFUSION, "2030-01-01", "not_enforced"),
        (INSIDE, "2026-01-14", "not_yet"),
        (INSIDE, "2026-01-15", "in_force"),
        (DUTIES, "2024-10-02", "in_force"),
        (DUTIES, "2025-05-13", "unknown"),
        (PERMIT, "2025-07-13", "not_yet"),
        (PERMIT, "2025-07-14", "in_force"),
        (BILL, "2026-01-11", "not_yet"),
        (BILL, "2026-01-12", "bill"),
        (LOCATION, "2026-03-26", "bill"),
        (USERS, "2025-05-13", "guidance"),
    ],
)
def test_the_status_of_each_rule_at_its_dates(rule: str, day: str, code: str) -> None:
    found = {one.rule: one for _, one in packs().rules()}
    assert standing(found[rule], day).code == code


# ---- the destination test


@pytest.mark.parametrize(
    ("country", "model", "result"),
    [
        ("CN", "H100", YES),
        ("HK", "H100", YES),
        ("MO", "H100", YES),
        ("CN", "H20", NO),
        ("CN", "RTX-1", OPEN),
        ("MY", "H100", NO),
        ("ID", "H100", NO),
        ("SG", "H100", NO),
        ("US", "H100", NO),
        ("VN", "H100", OPEN),  # in D:1; whether it is in A:5 or A:6 is in no pack
        ("FR", "H100", OPEN),
        ("FR", "H20", NO),
    ],
)
def test_the_destination_decides(country: str, model: str, result: str) -> None:
    told = trade(country)
    told.sent(model)
    assert told.step(DESTINATION).result == result


def test_a_country_that_left_a_group_is_in_it_until_its_last_day() -> None:
    for day, said in (("2026-02-02", True), ("2026-02-03", False)):
        told = trade("MY")
        told.headquarters("buyer", "KH")
        told.sent("H100", day)
        step = told.step(RECIPIENT)
        assert (step.result == YES) is said


def test_what_nobody_classified_is_an_item_where_anybody_recorded_it_as_one() -> None:
    for eccn, result in (("3A090.b", YES), ("5A992.z", YES), ("5A992.c", OPEN)):
        told = trade("CN")
        told.chip("ODD", eccn=eccn)
        told.sent("ODD")
        step = told.step(DESTINATION)
        assert step.result == result
        assert (f"ECCN {eccn}" in [word.text for word in step.words]) is (result == YES)


def test_the_rack_counts_beside_its_chips() -> None:
    told = trade("CN")
    told.chip("LARGE", tpp="9000", performance_density="9")
    told.assembly("TRAY", "LARGE", 8)
    told.built("R1", "TRAY", "LARGE")
    told.sent("LARGE", racks=("R1",))
    assert [one.about for one in told.steps() if one.rule.rule == "4A090"] == ["LARGE", "TRAY"]
    assert told.step("4A090", "TRAY").result == YES


def test_places_that_differ_decide_nothing() -> None:
    told = trade("MY")
    told.sent("H100")
    told.filed("CN")
    step = told.step(DESTINATION)
    assert (step.result, step.why) == (OPEN, "the destination is said to be CN and MY")
    assert {word.text for word in step.words} >= {
        "site THERE in MY",
        "filed X20260601000001 to CN",
    }
    same = trade("MO")
    same.sent("H100")
    same.filed("CN")
    assert same.step(DESTINATION).result == YES


def test_no_destination_decides_nothing() -> None:
    told = trade()
    told.sent("H100", to_site=None)
    for rule in (DESTINATION, DIFFUSION, INSIDE, PERMIT):
        assert told.step(rule).result == OPEN, rule
    assert "the destination" in told.step(DESTINATION).unknown


def test_the_list_of_groups_is_older_than_the_day_or_says_so() -> None:
    told = trade("CN")
    told.sent("H100", "2024-02-01")
    assert "groups of CN before the list of 2026-05" in told.step(DESTINATION).unknown
    later = trade("CN")
    later.sent("H100", "2026-12-01")
    assert not [one for one in later.step(DESTINATION).unknown if one.startswith("groups")]


# ---- diffusion


def test_the_diffusion_rule_is_shown_and_never_binds() -> None:
    for day, result in (("2025-01-12", NO), ("2025-05-12", WOULD), ("2025-05-15", WOULD)):
        told = trade("MY")
        told.sent("H100", day)
        assert told.step(DIFFUSION).result == result
    home = trade("US")
    home.sent("H100")
    assert home.step(DIFFUSION).result == NO


# ---- the recipient's headquarters


def evidenced(told: Trade, name: str, country: str, *, parent: str | None = None) -> None:
    """Have a party stand for its place, by the word of others; its parent is listed."""
    told.party(name, "listed" if parent is None else "private", country)
    told.headquarters(name, country)
    if parent is not None:
        told.owner(parent, name, "100")


def test_a_recipient_whose_parent_is_known_elsewhere() -> None:
    told = trade()
    evidenced(told, "top", "SG")
    evidenced(told, "buyer", "MY", parent="top")
    told.sent("H100")
    step = told.step(RECIPIENT)
    assert (step.result, step.about) == (NO, "buyer")
    assert "headquartered in SG" in step.why
    assert "top owns 100 % of buyer" in [word.text for word in step.words]


def test_a_recipient_whose_parent_is_in_a_listed_country() -> None:
    told = trade()
    evidenced(told, "top", "CN")
    evidenced(told, "middle", "SG", parent="top")
    evidenced(told, "buyer", "MY", parent="middle")
    told.sent("H100")
    step = told.step(RECIPIENT)
    assert step.result == YES
    assert step.why.startswith("top is said to be headquartered in CN, and CN is in D:5")
    assert step.said == "EAR-HQ of 2026-11-25 says: a licence is required for this recipient"
    told.sent("H20", name="SHP-2")
    assert told.step(RECIPIENT, name="SHP-2").result == NO


def test_a_holding_without_named_owners_leaves_it_unknown() -> None:
    told = trade()
    evidenced(told, "buyer", "MY", parent="holding")
    told.party("holding", "holding", "KY")
    told.sent("H100")
    step = told.step(RECIPIENT)
    assert step.result == OPEN
    assert step.why.endswith("buyer is unknown: registered parent in KY, owners not evidenced")
    assert "its ultimate parent and where that is" in step.unknown


def test_anybodys_adverse_word_counts_and_only_evidence_of_others_meets_it() -> None:
    told = trade()
    evidenced(told, "buyer", "MY")
    told.headquarters("buyer", "CN", by="rival")
    told.sent("H100")
    step = told.step(RECIPIENT)
    assert step.result == OPEN
    assert step.unknown == ("which declaration is right",)
    alone = trade()
    alone.headquarters("buyer", "CN", by="rival")
    alone.headquarters("buyer", "MY", by="buyer")
    alone.sent("H100")
    assert alone.step(RECIPIENT).result == YES


def test_a_declared_parent_country_counts_wherever_in_the_chain() -> None:
    told = trade()
    told.headquarters("buyer", "MY", parent="MO")
    told.sent("H100")
    assert told.step(RECIPIENT).result == YES


def test_its_own_word_clears_nobody() -> None:
    told = trade()
    evidenced(told, "top", "SG")
    told.party("buyer", "private", "MY")
    told.owner("top", "buyer", "100")
    told.headquarters("buyer", "MY", by="buyer")
    told.sent("H100")
    step = told.step(RECIPIENT)
    assert (step.result, step.unknown) == (OPEN, ("its headquarters",))


def test_a_place_of_which_no_pack_speaks_is_elsewhere_where_the_list_is_whole() -> None:
    told = trade()
    evidenced(told, "buyer", "FR")
    told.sent("H100")
    assert told.step(RECIPIENT).result == NO


def test_minority_owners_and_owners_in_the_middle_do_not_decide() -> None:
    told = trade()
    evidenced(told, "top", "SG")
    evidenced(told, "buyer", "MY", parent="top")
    evidenced(told, "small", "CN")
    told.owner("small", "buyer", "50")
    told.sent("H100")
    step = told.step(RECIPIENT)
    assert step.result == NO
    assert step.unknown[-1].startswith("whether small, which owns no more than half, counts")
    told.owner("small", "buyer", "50.1", by="rival")
    assert told.step(RECIPIENT).result == YES


def test_persons_have_no_headquarters() -> None:
    told = trade()
    told.party("person", "natural", "CN")
    told.headquarters("person", "CN")
    evidenced(told, "buyer", "MY", parent="person")
    told.sent("H100")
    assert told.step(RECIPIENT).result == NO


def test_owners_are_those_claimed_by_that_date_and_known_by_that_entry() -> None:
    told = trade()
    evidenced(told, "old", "SG")
    evidenced(told, "new", "CN")
    evidenced(told, "buyer", "MY", parent="old")
    told.owner("old", "buyer", "0", on="2026-06-10")
    told.owner("new", "buyer", "100", on="2026-06-10")
    before = told.log.size - 1
    told.sent("H100", "2026-06-09")
    assert told.step(RECIPIENT).result == NO
    assert told.step(RECIPIENT, on="2026-06-10").result == YES
    told.headquarters("old", "CN", by="rival")
    sent = told.told["SHP-1"].index
    assert told.step(RECIPIENT).result == OPEN
    assert told.step(RECIPIENT, known_at=sent).result == NO
    assert before < sent


def test_each_recipient_is_asked_once() -> None:
    told = trade()
    told.sent("H100", ultimate="user")
    steps = [one for one in told.steps() if one.rule.rule == RECIPIENT]
    assert [one.about for one in steps] == ["buyer", "user"]
    told.sent("H100", name="SHP-2", ultimate="BUYER")
    assert told.step(RECIPIENT, name="SHP-2").about == "buyer"


def test_goods_that_stay_are_not_decided_for_a_recipient_from_there() -> None:
    told = trade("US")
    told.headquarters("buyer", "CN")
    told.sent("H100")
    step = told.step(RECIPIENT)
    assert step.result == OPEN
    assert "whether the rule reaches what stays in the country" in step.unknown


def test_parties_that_own_each_other_end() -> None:
    told = trade()
    told.owner("a", "buyer", "100")
    told.owner("buyer", "a", "100")
    told.sent("H100")
    assert told.step(RECIPIENT).result == OPEN


# ---- owned by listed parties


@pytest.mark.parametrize(
    ("shares", "result"),
    [
        ({"one": "50"}, YES),
        ({"one": "49.99"}, NO),
        ({"one": "25", "two": "25"}, YES),
        ({"one": "25", "two": "24.9"}, NO),
        ({"one": None}, OPEN),
        ({"one": "10", "two": None}, OPEN),
    ],
)
def test_shares_of_listed_owners_are_added(shares: dict[str, str | None], result: str) -> None:
    told = trade()
    told.checked("buyer")
    told.party("clean", "listed")
    told.checked("clean")
    told.owner("clean", "buyer", "50.1")
    for name, percent in shares.items():
        told.party(name, "listed")
        told.checked(name, "match")
        told.owner(name, "buyer", percent)
    told.sent("H100", "2025-10-01")
    step = told.step(AFFILIATES, "buyer")
    assert step.result == result, step
    if result == YES:
        assert step.said.endswith("says: the party is treated as a listed one")


@pytest.mark.parametrize(
    ("day", "result"),
    [
        ("2025-09-28", NO),
        ("2025-09-29", YES),
        ("2025-11-09", YES),
        ("2025-11-10", WOULD),
        ("2026-11-09", WOULD),
        ("2026-11-10", OPEN),
    ],
)
def test_the_share_rule_before_in_and_after_its_suspension(day: str, result: str) -> None:
    told = trade()
    told.checked("bad", "match")
    told.owner("bad", "buyer", "60")
    told.sent("H100", day)
    step = told.step(AFFILIATES, "buyer")
    assert step.result == result
    if result == OPEN:
        assert step.why.endswith("but it is unknown whether in force from 2026-11-10")
    assert told.step(AFFILIATES, "buyer", on=day_after(day)).rule.rule == AFFILIATES


def test_an_owner_that_listed_parties_own_counts_as_one() -> None:
    told = trade()
    told.checked("bad", "match")
    told.owner("bad", "middle", "50")
    told.owner("middle", "buyer", "50")
    told.sent("H100", "2025-10-01")
    step = told.step(AFFILIATES, "buyer")
    assert step.result == YES
    assert step.why.endswith("50 % or more by middle")


def test_what_nobody_checked_or_named_is_not_decided() -> None:
    told = trade()
    told.party("clean", "listed")
    told.owner("clean", "buyer", "40")
    told.checked("buyer", "inconclusive")
    told.sent("H100", "2025-10-01")
    step = told.step(AFFILIATES, "buyer")
    assert step.result == OPEN
    assert set(step.unknown) >= {
        "a list check of buyer is inconclusive",
        "no clear list check of clean is on record",
        "owners of more than half of buyer",
    }


def test_the_larger_of_two_claims_of_a_share_counts() -> None:
    told = trade()
    told.checked("bad", "match")
    told.owner("bad", "buyer", "10", by="buyer")
    told.owner("bad", "buyer", "55", by="reporter")
    told.sent("H100", "2025-10-01")
    step = told.step(AFFILIATES, "buyer")
    assert step.result == YES
    assert any(word.reported for word in step.words)
    assert next(word.shown() for word in step.words if word.reported).startswith(
        "bad owns 55 % of buyer [reported by reporter, entry "
    )


def test_owners_beyond_those_that_are_followed_are_not_decided() -> None:
    told = trade()
    names = ["buyer", *(f"p{number}" for number in range(STEPS_MAX + 5))]
    for below, above in pairwise(names):
        told.party(below, "listed")
        told.checked(below)
        told.owner(above, below, "49")
    told.sent("H100", "2025-10-01")
    step = told.step(AFFILIATES, "buyer")
    assert step.result == OPEN
    assert f"owners of p{STEPS_MAX - 2}, beyond those that were followed" in step.unknown


def test_parties_of_the_country_whose_rule_it_is_are_not_foreign() -> None:
    told = trade()
    told.sent("H100", "2025-10-01")
    assert told.step(AFFILIATES, "maker").result == NO


# ---- the window of 2026


@pytest.mark.parametrize(
    ("tpp", "bandwidth", "inside", "outside"),
    [
        ("20999.999999", "6499.999999", YES, NO),
        ("21000", "6499", NO, YES),
        ("20999", "6500", NO, YES),
        ("20999", None, OPEN, OPEN),
        ("21000", None, NO, YES),
        ("1000", "1000", NO, NO),
    ],
)
def test_the_window_at_and_just_below(
    tpp: str, bandwidth: str | None, inside: str, outside: str
) -> None:
    told = trade("CN")
    told.chip("CHIP", tpp=tpp, performance_density="1", memory_bandwidth=bandwidth)
    told.sent("CHIP")
    assert (told.step(INSIDE).result, told.step(OUTSIDE).result) == (inside, outside)


@pytest.mark.parametrize(
    ("model", "country", "origin", "inside", "outside"),
    [
        ("H200", "CN", "US", YES, NO),
        ("H200", "MO", "US", YES, NO),
        ("MI325X", "CN", "US", YES, NO),
        ("B200", "CN", "US", NO, YES),
        ("GB200 GPU", "CN", "US", NO, YES),
        ("H20", "CN", "US", NO, NO),
        ("H200", "CN", "MY", NO, YES),
        ("H200", "MY", "US", NO, NO),
    ],
)
def test_the_window_for_chips_of_the_catalogue(
    model: str, country: str, origin: str, inside: str, outside: str
) -> None:
    told = trade(country, origin)
    name = model.replace(" ", "-")
    told.sent(name)
    assert (told.step(INSIDE).result, told.step(OUTSIDE).result) == (inside, outside)


def test_the_window_before_its_first_day() -> None:
    told = trade("CN")
    told.sent("H200", "2026-01-14")
    assert {told.step(INSIDE).result, told.step(OUTSIDE).result} == {NO}


def test_an_origin_that_is_said_both_ways_opens_the_window_for_nobody() -> None:
    told = trade("CN")
    told.site("HERE", "MY", by="maker")
    told.sent("H200")
    step = told.step(INSIDE)
    assert (step.result, step.why) == (OPEN, "it is said to leave from MY and US")
    nowhere = Trade()
    nowhere.site("THERE", "CN")
    nowhere.sent("H200")
    assert nowhere.step(INSIDE).result == OPEN


# ---- Malaysia


@pytest.mark.parametrize(
    ("origin", "destination", "leg", "result"),
    [
        ("US", "MY", "MY", NO),
        ("US", "MY", None, NO),
        ("MY", "MY", None, NO),
        ("MY", "SG", None, YES),
        ("MY", "US", None, YES),
        ("US", "ID", "MY", YES),
        ("US", "ID", "SG", NO),
    ],
)
def test_malaysia_is_about_leaving_and_passing(
    origin: str, destination: str, leg: str | None, result: str
) -> None:
    told = trade(destination, origin)
    told.sent("H100")
    if leg is not None:
        told.leg(leg)
    step = told.step(PERMIT)
    assert step.result == result
    if result == YES:
        assert "no permit is claimed for it" in step.unknown
        assert "whether notice was given 30 days before" in step.unknown


def test_what_becomes_of_a_shipment_later_counts_with_the_rules_of_its_day() -> None:
    told = trade("ID")
    told.sent("H100")
    told.leg("MY", "2026-06-05")
    assert told.step(PERMIT).result == YES
    assert told.step(PERMIT, on="2026-06-01").result == NO
    assert told.step(PERMIT, on="2026-06-05").result == YES


def test_whoever_received_is_a_recipient_too() -> None:
    told = trade()
    told.headquarters("other", "CN")
    told.sent("H100")
    told.received("other", "2026-06-08")
    assert told.step(RECIPIENT, "other").result == YES
    assert told.step(RECIPIENT, on="2026-06-07").about == "buyer"


def test_a_permit_that_is_claimed_is_shown() -> None:
    told = trade("US", "MY")
    told.authorized("PERMIT-1", "permit")
    told.sent("H100", authorization_id="PERMIT-1")
    step = told.step(PERMIT)
    assert step.result == YES
    assert "authorization PERMIT-1: permit" in [word.text for word in step.words]
    assert "no permit is claimed for it" not in step.unknown


def test_an_end_in_malaysia_that_another_denies_decides_nothing() -> None:
    told = trade("MY")
    told.sent("H100")
    told.filed("SG")
    assert told.step(PERMIT).result == OPEN


# ---- duties, users, location


def test_the_duties_of_a_validated_end_user_and_their_status() -> None:
    for day, result in (("2024-10-01", NO), ("2024-10-02", YES), ("2025-05-13", OPEN)):
        told = trade()
        told.authorized("VEU-1", "veu")
        told.sent("H100", day, authorization_id="VEU-1")
        step = told.step(DUTIES)
        assert step.result == result
        if result == YES:
            assert len([one for one in step.unknown if one.startswith("to be shown: ")]) == 7
    other = trade()
    other.sent("H100", "2025-01-01", authorization_id="VEU-2")
    assert other.step(DUTIES).result == OPEN
    assert other.step(DUTIES).unknown[0] == "of which kind VEU-2 is"


def test_users_from_a_listed_country_are_a_matter_of_due_diligence() -> None:
    told = trade()
    told.sent("H100")
    assert told.step(USERS).result == NO
    assert told.step(BILL).why == "no use of hardware at THERE is recorded"
    told.headquarters("lessee", "CN")
    told.checked("lessee")
    told.used("lessee", "2026-06-10")
    told.used("local", "2026-06-10")
    assert told.step(BILL).result == NO
    bill = told.step(BILL, "lessee", on="2026-06-10")
    assert bill.result == WOULD
    assert "check (list) of lessee: clear" in [word.text for word in bill.words]
    knowledge = told.step(USERS, "lessee", on="2026-06-10")
    assert knowledge.result == OPEN
    assert "whether anybody knows of such an end use is in no record" in knowledge.unknown
    assert told.step(BILL, "local", on="2026-06-10").result == OPEN
    told.use_ended("lessee", "2026-06-20")
    assert told.step(BILL, "local", on="2026-06-20").result == OPEN


def test_a_user_whose_parent_is_elsewhere() -> None:
    told = trade()
    evidenced(told, "lessee", "SG")
    told.used("lessee", "2026-05-01")
    told.sent("H100")
    assert told.step(BILL, "lessee").result == NO
    nowhere = trade()
    nowhere.sent("H100", to_site=None)
    assert nowhere.step(BILL).why == "no use of hardware at its destination is recorded"


def test_the_bill_on_location_shows_the_newest_inspection() -> None:
    told = trade()
    told.sent("H100")
    assert "no inspection of the site is on record" in told.step(LOCATION).unknown
    seen = assurance.InspectionPerformed(
        inspection="INS-1",
        site="THERE",
        method="count",
        strength=2,
        host="buyer",
        counted=8,
        found=8,
    )
    told.log.say("auditor", seen, "2026-06-05")
    step = told.step(LOCATION, on="2026-06-05")
    assert step.result == WOULD
    assert step.words[-1].text == "inspection INS-1 of THERE, strength 2"


# ---- packs of one's own

OWN = """
schema = "chipledger.rules/1"
pack = "OWN"
title = "Mine"
jurisdiction = "US"
dated = "2026-01-01"
note = "None."
sources = [{{ id = "X1", text = "A page", dated = "2026" }}]

[[rules]]
rule = "OWN.a"
title = "A rule"
text = "What it asks."
says = "so it is"
citation = "nowhere"
sources = ["X1"]
periods = [
  {{ status = "in_force", since = "2020-01-01", until = "2023-12-31" }},
  {{ status = "in_force", since = "2026-01-01", until = "2026-12-31" }},
]
test = {{ {test} }}
"""
TO_MALAYSIA = (
    'kind = "destination", items = { rules = ["3A090.a"] }, places = { countries = ["MY"] }'
)
IN_ALLIES = 'kind = "recipient", items = { rules = ["3A090.a"] }, places = { groups = ["A:5"] }'


def own(folder: Path, test: str) -> Path:
    text = OWN.format(test=test)
    (folder / "own.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("day", "result", "why"),
    [
        ("2019-12-31", NO, "the rule begins on 2020-01-01"),
        ("2020-01-01", NO, "3A090.a begins on 2023-11-17"),
        ("2023-12-31", YES, "MY is named by the rule"),
        ("2024-01-01", NO, "the rule ended on 2023-12-31, begins on 2026-01-01"),
        ("2026-12-31", YES, "MY is named by the rule"),
        ("2027-01-01", NO, "the rule ended on 2026-12-31"),
    ],
)
def test_a_pack_of_ones_own_holds_within_its_periods(
    tmp_path: Path, day: str, result: str, why: str
) -> None:
    told = trade()
    told.sent("H100", day)
    own(tmp_path, TO_MALAYSIA)
    step = told.step("OWN.a", own=tmp_path)
    assert step.result == result
    assert why in step.why


@pytest.mark.parametrize(
    ("places", "result"),
    [
        ('places = { countries = ["US"] }', YES),
        ("anywhere = true", NO),
    ],
)
def test_what_comes_home_is_a_matter_of_rules_that_name_home(
    tmp_path: Path, places: str, result: str
) -> None:
    told = trade("US", origin="TW")
    told.sent("H100")
    test = f'kind = "destination", items = {{ rules = ["3A090.a"] }}, {places}'
    assert told.step("OWN.a", own=own(tmp_path, test)).result == result


def test_headquarters_in_a_group_that_no_pack_lists_are_not_decided(tmp_path: Path) -> None:
    told = trade()
    evidenced(told, "buyer", "FR")
    told.sent("H100")
    step = told.step("OWN.a", own=own(tmp_path, IN_ALLIES))
    assert (step.result, step.why) == (OPEN, "whether FR is in A:5 is in no pack")


def test_what_is_in_the_shipment_must_be_named() -> None:
    rule = next(rule for _, rule in packs().rules() if rule.rule == DESTINATION)
    assert isinstance(rule.test, Destination)
    assert are_items(packs(), rule.test.items, (), "2026-06-01").holds is None


# ---- what is recorded of a shipment


def test_a_report_is_no_dispatch_and_a_void_one_counts_no_more() -> None:
    told = trade()
    told.sent("H100", by="reporter", basis=REPORTED)
    assert told.dispatched() is None
    real = told.sent("H100", name="SHP-2")
    assert told.dispatched("SHP-2") == "2026-06-01"
    told.log.void(real)
    assert told.dispatched("SHP-2") is None
    assert told.dispatched("SHP-2", known_at=real.index) == "2026-06-01"
    assert told.gatherer("2026-06-01").shipment("SHP-2") is None
    assert told.gatherer("2026-05-31", real.index).shipment("SHP-2") is None


def test_the_small_case_from_dispatch_to_use() -> None:
    """US to MY; Aolani's parent is a holding nobody owns; ByteDance uses what runs there."""
    case = mini_case()
    told: Any = Trade(log=case.log)
    told.told["SHP-1"] = case.named["dispatch"]
    first = {(one.rule.rule, one.about): one.result for one in told.steps()}
    assert first["3A090.a", "GB200-GPU"] == YES
    assert first["4A090", "NVL60"] == YES
    assert first[DESTINATION, "SHP-1"] == NO
    assert first[RECIPIENT, "aolani"] == OPEN
    assert first[AFFILIATES, "aolani"] == OPEN
    assert first[DIFFUSION, "SHP-1"] == WOULD
    assert first[PERMIT, "SHP-1"] == NO
    later = {(one.rule.rule, one.about): one for one in told.steps(on="2026-06-01")}
    assert later[RECIPIENT, "aolani"].why.endswith("registered parent in KY, owners not evidenced")
    assert later[BILL, "bytedance"].result == WOULD
    assert later[USERS, "bytedance"].result == OPEN


def test_every_step_says_whose_word_it_is_and_from_where() -> None:
    told: Any = Trade(log=mini_case().log)
    told.told["SHP-1"] = mini_case().named["dispatch"]
    for step in told.steps(on="2026-10-01"):
        assert step.said.startswith(f"{step.pack.pack} of {step.pack.dated}")
        for word in step.words:
            assert (word.entry is None) == (word.by is None) == (word.source is not None)
            assert word.shown().endswith("]")
