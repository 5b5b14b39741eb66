"""Rules that ask the rule packs: what raises each, what just misses, and what clears it."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.events import authorization, party, product, shipment
from ledger.events import lease as lease_noun
from ledger.events.base import Code
from projections.finding_run import Scope
from tests.finding_table import Row, check
from tests.memory_log import CHIP, line
from tests.memory_log import document as paper_of
from tests.tale import HALL, PLANT, RACK_GPUS, Tale, found

CHINA, MIDDLE = "HALL-CN", "MIDDLE-GPU"
CERTIFICATE = paper_of(b"tested", "test_certificate")
FILE = paper_of(b"due diligence", "due_diligence")


def tale() -> Tale:
    told = Tale().built("R1", "R2")
    told.place(CHINA, "CN", "data_center", "aolani")
    return told


def based(told: Tale, name: str, country: str, by: str = "aolani", on: str = "2026-01-02") -> Any:
    return told.say(by, party.HeadquartersDeclared(party=name, country=country), on)


def owned(told: Tale, owner: str, name: str, percent: str | None, on: str = "2026-01-02") -> Any:
    told.person(owner, "listed", "CN")
    share = party.OwnershipDeclared(owner=owner, owned=name, percent=percent)
    return told.say("nvidia", share, on)


def figures(told: Tale, tpp: str | None, bandwidth: str | None, first: Any = None) -> Any:
    """A chip of a middle class, which no catalogue has, is classified; or corrected."""
    data = product.ModelClassified(
        classifier="nvidia", model=MIDDLE, kind="chip", eccn="3A090.a", source="data sheet",
        tpp=tpp, memory_bandwidth=bandwidth,
    )  # fmt: skip
    return told.say("nvidia", data, "2026-01-03", corrects=first)


# ---- NLR-WRONG


def no_licence(to: str, **fields: Any) -> Tale:
    told = tale()
    told.authorize(destination="CN")
    told.dispatch(to_site=to, **fields)
    return told


def by_headquarters(country: str) -> Tale:
    told = no_licence(HALL)
    based(told, "aolani", country, by="nvidia")
    return told


def licensed(told: Tale, kind: Any = "licence", on: str = "2026-03-02") -> None:
    """The same dispatch, corrected: it names a licence."""
    told.authorize("LIC-1", kind=kind, destination="CN", on=on)
    item = shipment.ShippedItem(model=CHIP, eccn="3A090.a", authorization="LIC-1")
    told.again(told.first("ShipmentDispatched"), items=(item,))


# ---- PERMIT-MY


def out_of_malaysia(permit_on: str = "", to: str = "HALL2", **fields: Any) -> Tale:
    told = Tale().running()
    if permit_on:
        permit(told, permit_on)
    usual: dict[str, Any] = {
        "lines": [line("B1", RACK_GPUS, "R1", state="operational")], "on": "2026-03-10",
        "who": "aolani", "consignor": "aolani", "from_site": HALL, "to_site": to,
        "items": items("3U090" if permit_on else None), "purpose": "move",
    }  # fmt: skip
    told.dispatch("S2", **(usual | fields))
    return told


def items(eccn: Code | None) -> tuple[shipment.ShippedItem, ...]:
    export = shipment.ShippedItem(model=CHIP, eccn="3A090.a", authorization="A1")
    if eccn is None:
        return (export,)
    return (export, shipment.ShippedItem(model=CHIP, eccn=eccn, authorization="PERMIT"))


def permit(told: Tale, on: str) -> None:
    told.authorize("PERMIT", kind="permit", authority="MITI", destination="SG", on=on)


def permitted(told: Tale) -> None:
    permit(told, "2026-01-20")
    told.again(told.last_of("ShipmentDispatched"), items=items("3U090"))


def through_malaysia(country: str) -> Tale:
    told = tale()
    told.place("HALL-SG", "SG", "data_center", "aolani")
    told.authorize()
    told.dispatch(to_site="HALL-SG")
    told.leg(country=country)
    return told


# ---- H200-WINDOW


def to_china(
    tpp: str | None, bandwidth: str | None, *papers: Any, on: str = "2026-02-01", **fields: Any
) -> Tale:
    told = tale()
    figures(told, tpp, bandwidth)
    told.authorize("LIC", kind="licence", destination="CN", documents=papers)
    item = shipment.ShippedItem(model=MIDDLE, eccn="3A090.a", authorization="LIC")
    lines = [replace(line("B1", RACK_GPUS), model=MIDDLE)]
    told.dispatch("S1", lines, on, **({"to_site": CHINA, "items": (item,)} | fields))
    return told


def classed_otherwise(told: Tale) -> None:
    figures(told, "15832", "4800", told.last_of("ModelClassified"))


# ---- OWNERSHIP-50


def in_part(percent: str | None, sent: str = "2026-02-01", result: Any = "match") -> Tale:
    told = tale()
    owned(told, "inspur", "aolani", percent)
    told.check("inspur", result, on="2026-01-03")
    told.authorize()
    told.dispatch(on=sent)
    return told


def in_force(percent: str) -> Tale:
    """Sent in the weeks in which the rule was in force."""
    told = Tale()
    owned(told, "inspur", "aolani", percent, on="2025-10-01")
    told.check("inspur", "match", on="2025-10-01")
    told.batch(on="2025-10-02")
    told.build(on="2025-10-03")
    told.authorize(on="2025-10-03", valid_from="2025-10-01")
    told.dispatch(on="2025-10-20")
    return told


def ended(told: Tale, on: str) -> Any:
    share = party.OwnershipDeclared(owner="inspur", owned="aolani", percent="0")
    return told.say("nvidia", share, on)


# ---- HQ-D5-RECIPIENT, LESSEE-D5-PARENT, RUSH-BEFORE-RULE


def sent_to(country: str, kind: Any = "nlr", **fields: Any) -> Tale:
    told = tale()
    told.person("buyer", "listed", "SG")
    based(told, "buyer", country)
    told.authorize(kind=kind)
    told.dispatch(consignee="buyer", **fields)
    return told


def sold_to(country: str, model: str = CHIP) -> Tale:
    told = tale()
    told.person("buyer", "listed", "SG", "owner")
    based(told, "buyer", country)
    told.sell(replace(line("B1", RACK_GPUS, "R1"), model=model), buyer="buyer")
    return told


def let_to(country: str, *diligence: str) -> Tale:
    told = Tale().running()
    based(told, "bytedance", country)
    for one in diligence:
        DILIGENCE[one](told)
    told.let()
    return told


def state_end_use(told: Tale) -> None:
    stated = authorization.EndUseStated(
        end_user="bytedance", end_use="models", end_users=("bytedance",), no_military=True
    )
    told.say("bytedance", stated, "2026-01-15")


def check_users(told: Tale, kind: Any = "users", by: str = "aolani", papers: Any = ()) -> None:
    checked = party.PartyChecked(party="bytedance", kind=kind, result="clear")
    told.say(by, checked, "2026-01-16", documents=papers)


DILIGENCE: dict[str, Callable[[Tale], object]] = {
    "end use": state_end_use,
    "users": check_users,
    "military": lambda told: check_users(told, "military_wmd"),
    "file": lambda told: check_users(told, "kyc", papers=(FILE,)),
    "its own word": lambda told: check_users(told, "military_wmd", by="bytedance"),
}
ALL = ("end use", "users", "military")


def bought(*quantities: tuple[str, int]) -> Tale:
    """So many GPUs are sent to aolani on these days."""
    told = Tale()
    told.batch("B1", 2_000, on="2025-05-01")
    told.authorize(on="2025-05-02", valid_from="2025-05-01")
    for number, (day, quantity) in enumerate(quantities):
        told.dispatch(f"S{number}", [line("B1", quantity)], on=day)
    return told


STEADY = (("2025-06-01", 100), ("2025-08-01", 100))

ROWS = (
    Row(
        "NLR-WRONG", "shipment:S1",
        hit=lambda: no_licence(CHINA), miss=lambda: no_licence(HALL), clear=licensed,
    ),
    Row(
        "NLR-WRONG", "shipment:S1",
        hit=lambda: by_headquarters("CN"), miss=lambda: by_headquarters("MY"),
        clear=lambda told: licensed(told, "exception"),
    ),
    Row(
        "PERMIT-MY", "shipment:S2",
        hit=out_of_malaysia, miss=lambda: out_of_malaysia("2026-02-08"), clear=permitted,
    ),
    Row(
        "PERMIT-MY", "shipment:S2", certainty="cannot be excluded",
        hit=lambda: out_of_malaysia("2026-02-09"), miss=lambda: out_of_malaysia(to=HALL),
        clear=lambda told: told.void(told.last),
    ),
    Row(
        "PERMIT-MY", "shipment:S1",
        hit=lambda: through_malaysia("MY"), miss=lambda: through_malaysia("TW"),
        clear=lambda told: told.void(told.last),
    ),
    Row(
        "H200-WINDOW", "shipment:S1",
        hit=lambda: to_china("21000", "4800", CERTIFICATE),
        miss=lambda: to_china("20999", "6499", CERTIFICATE),
        clear=classed_otherwise,
    ),
    Row(
        "H200-WINDOW", "shipment:S1",
        hit=lambda: to_china("15832", "6500", CERTIFICATE),
        miss=lambda: to_china("21000", "6500", on="2026-01-14"),
        clear=lambda told: told.void(told.first("ShipmentDispatched")),
    ),
    Row(
        "H200-WINDOW", "shipment:S1",
        hit=lambda: to_china("15832", "4800"),
        miss=lambda: to_china("15832", "4800", CERTIFICATE),
        clear=lambda told: told.attach(told.first("AuthorizationRecorded"), CERTIFICATE),
    ),
    Row(
        "H200-WINDOW", "shipment:S1", certainty="not decidable",
        hit=lambda: to_china("15832", None, CERTIFICATE),
        miss=lambda: to_china("15832", "4800", CERTIFICATE),
        clear=classed_otherwise,
    ),
    Row(
        "H200-WINDOW", "shipment:S1",
        hit=lambda: to_china("15832", "4800", CERTIFICATE, from_site=HALL),
        miss=lambda: to_china("15832", "4800", CERTIFICATE, from_site=PLANT),
        clear=lambda told: told.again(told.first("ShipmentDispatched"), from_site=PLANT),
    ),
    Row(
        "HQ-D5-RECIPIENT", "shipment:S1",
        hit=lambda: sent_to("CN"), miss=lambda: sent_to("CN", "licence"), clear=licensed,
    ),
    Row(
        "HQ-D5-RECIPIENT", "shipment:S1",
        hit=lambda: sent_to("MO"), miss=lambda: sent_to("SG"),
        clear=lambda told: based(told, "buyer", "SG", on="2026-01-05"),
    ),
    Row(
        "HQ-D5-RECIPIENT", "party:buyer",
        hit=lambda: sold_to("CN"), miss=lambda: sold_to("SG"),
        clear=lambda told: told.void(told.first("TitleTransferred")),
    ),
    Row(
        "LESSEE-D5-PARENT", "lease:L1",
        hit=lambda: let_to("CN"), miss=lambda: let_to("SG"),
        clear=lambda told: based(told, "bytedance", "SG", on="2026-01-05"),
    ),
    Row(
        "RUSH-BEFORE-RULE", "party:aolani",
        hit=lambda: bought(*STEADY, ("2025-12-01", 201)),
        miss=lambda: bought(*STEADY, ("2025-12-01", 200)),
        clear=lambda told: told.void(told.last),
    ),
    Row(
        "RUSH-BEFORE-RULE", "party:aolani",
        hit=lambda: bought(*STEADY, ("2026-01-14", 500)),
        miss=lambda: bought(*STEADY, ("2026-01-15", 500)),
        clear=lambda told: told.again(told.last, lines=(line("B1", 100),)),
    ),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=Row.name)
def test_rule(row: Row) -> None:
    check(row)


def graded(told: Tale, code: str, about: str, day: str = "2026-04-01") -> list[tuple[str, str]]:
    return [(one.severity, one.certainty) for one in found(told, code, day) if one.about == about]


PAST, THEN = "2025-10-25", ("critical", "indicator")
OWNED = ("party:aolani", "shipment:S1")


def test_a_party_that_a_listed_one_owns_by_half_while_the_rule_was_in_force() -> None:
    told = in_force("50")
    raised = found(told, "OWNERSHIP-50", PAST)
    assert [(one.about, one.severity) for one in raised] == [(one, THEN[0]) for one in OWNED]
    for one in raised:
        assert found(told, "OWNERSHIP-50", PAST, Scope(one.subject)) == [one]
    assert not graded(in_force("49.9"), "OWNERSHIP-50", "shipment:S1", PAST)
    told.check("inspur", "clear", on="2025-10-02")
    assert not found(told, "OWNERSHIP-50", PAST)


def test_a_rule_that_was_suspended_is_told_and_graded_lower() -> None:
    for about in OWNED:
        assert graded(in_part("50"), "OWNERSHIP-50", about) == [("high", "indicator")]
        assert not graded(in_part("50", result="clear"), "OWNERSHIP-50", about)
    assert graded(in_force("50"), "OWNERSHIP-50", "shipment:S1") == [THEN]
    assert graded(in_force("50"), "OWNERSHIP-50", "party:aolani") == [("high", "indicator")]


def test_whether_the_suspended_rule_came_back_is_not_decidable() -> None:
    told = in_part("50", sent="2026-11-12")
    for about in ("party:aolani", "shipment:S1"):
        assert graded(told, "OWNERSHIP-50", about, "2026-11-20") == [("high", "not decidable")]


@pytest.mark.parametrize("percent", [None, "49"])
def test_a_listed_owner_of_a_share_beside_unknown_ones_is_not_decidable(
    percent: str | None,
) -> None:
    told = in_part(percent)
    assert graded(told, "OWNERSHIP-50", "party:aolani") == [("high", "not decidable")]
    ended(told, "2026-01-10")
    assert not found(told, "OWNERSHIP-50")


def test_owners_of_owners_are_followed() -> None:
    told = tale()
    owned(told, "inspur", "between", "60")
    owned(told, "between", "aolani", "60")
    told.person("between", "private", "SG")
    told.check("inspur", "match", on="2026-01-03")
    assert graded(told, "OWNERSHIP-50", "party:aolani") == [("high", "indicator")]


def test_headquarters_told_both_ways_are_not_decidable() -> None:
    told = sent_to("CN")
    based(told, "buyer", "SG", by="nvidia")
    assert graded(told, "HQ-D5-RECIPIENT", "shipment:S1") == [("high", "not decidable")]
    leased = let_to("CN", *ALL)
    based(leased, "bytedance", "SG", by="nvidia")
    assert graded(leased, "LESSEE-D5-PARENT", "lease:L1") == [("info", "not decidable")]


def test_titles_to_what_no_pack_names_are_left_out() -> None:
    told = sold_to("CN", "OTHER")
    assert not found(told, "HQ-D5-RECIPIENT")


@pytest.mark.parametrize(
    ("diligence", "severity"),
    [
        (ALL, "info"),
        (("end use", "users", "file"), "info"),
        (("end use", "users", "its own word"), "high"),
        (("end use", "military"), "high"),
        (("users", "military"), "high"),
    ],
)
def test_due_diligence_on_a_lessee_is_looked_for(diligence: tuple[str, ...], severity: str) -> None:
    told = let_to("CN", *diligence)
    assert graded(told, "LESSEE-D5-PARENT", "lease:L1") == [(severity, "indicator")]


def test_a_lessee_that_a_change_brings_is_looked_at() -> None:
    told = let_to("SG")
    told.person("newco", "listed", "SG", "lessee")
    based(told, "newco", "CN")
    change = lease_noun.LeaseChanged(
        lessor="aolani", change="X1", lease="L1", lessee="newco", reason="another lessee"
    )
    told.say("aolani", change, "2026-03-01", also=["newco"])
    assert graded(told, "LESSEE-D5-PARENT", "lease:L1") == [("high", "indicator")]


def test_a_destination_whose_groups_no_pack_knows_leaves_nlr_undecided() -> None:
    told = tale()
    told.place("HALL-BR", "BR", "data_center", "aolani")
    told.authorize(destination="BR")
    told.dispatch(to_site="HALL-BR")
    assert graded(told, "NLR-WRONG", "shipment:S1") == [("low", "not decidable")]


def test_what_comes_home_needs_no_licence_to_come() -> None:
    told = Tale().running()
    told.authorize("A2", activity="reexport", destination="US")
    told.dispatch(
        "S2", [line("B1", RACK_GPUS, "R1", state="operational")], "2026-03-10",
        authorization="A2", who="aolani", consignor="aolani", consignee="aivres",
        from_site=HALL, to_site=PLANT,
    )  # fmt: skip
    assert not found(told, "NLR-WRONG", scope=Scope(("shipment", "S2")))
