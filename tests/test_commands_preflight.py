"""What would be flagged, told before anybody signs: names, signatures, accounts below zero."""

import pytest
from msgspec.structs import replace

from commands import preflight
from commands.balances import reversal_shortfalls, shortfalls
from commands.statement_text import field_lines
from ledger.authority import Authority
from ledger.canonical import ordered
from ledger.events.base import Amount, EventData, Statement
from ledger.events.lease import LeaseStarted
from ledger.events.plan import DeploymentPlanned
from ledger.events.rack import RackAssembled, RackPlaced
from ledger.events.shipment import ShipmentDispatched, ShipmentReceived
from ledger.events.title import TitleTransferred
from tests.memory_log import CHIP, MemoryLog, line
from tests.mini_case import MiniCase, mini_case

PARTIES = ("aolani", "aivres", "nvidia", "carrier", "bytedance")


@pytest.fixture(scope="module")
def case() -> MiniCase:
    return mini_case()


def statement(who: str, data: EventData, **more: object) -> Statement:
    """Return what somebody is about to say."""
    return MemoryLog().say(who, data, "2026-05-01", **more).statement  # type: ignore[arg-type]  # by name


def said(case: MiniCase, name: str) -> Statement:
    return case.named[name].statement


def warnings(case: MiniCase, about: Statement, *new: str) -> list[str]:
    authority = Authority(parties=dict.fromkeys(PARTIES, 1))
    return list(preflight._warnings(case.view, about, authority, set(new)))


def moved(case: MiniCase, name: str, **more: object) -> EventData:
    data: EventData = replace(said(case, name).data, **more)
    return data


def test_an_event_that_leaves_enough_is_not_warned_of(case: MiniCase) -> None:
    placed = said(case, "placed").data
    off = RackPlaced(
        holder="aolani",
        placement="PLC-2",
        site="JHR1",
        to_state="installed",
        lines=tuple(replace(one, state="operational") for one in placed.lines),
    )
    assert list(shortfalls(case.view, statement("aolani", off))) == [
        f"120 GPUs of {CHIP.lower()} more than run at jhr1 (LEASE-OVER-CAPACITY)"
    ]
    r3 = replace(off, lines=(line("B2", 60, "R3", state="operational"),))
    assert list(shortfalls(case.view, statement("aolani", r3))) == []


def test_what_is_not_held_would_be_below_zero(case: MiniCase) -> None:
    again = moved(case, "dispatch", shipment="SHP-9", carrier="carrier")
    told = list(shortfalls(case.view, statement("aivres", again)))
    assert len(told) == 4
    assert told[0] == (
        "possession: -20 GPUs would be left with holder aivres, site aiv-sjc, state stock,"
        f" model {CHIP.lower()}, batch b2, rack r2 (NEG-BALANCE)"
    )


def test_many_short_accounts_are_counted(case: MiniCase) -> None:
    many = ShipmentDispatched(
        consignor="aivres",
        shipment="SHP-8",
        purpose="sale",
        lines=(line("B1", 1, *(f"X{n}" for n in range(9))),),
        consignee="aolani",
        from_site="AIV-SJC",
    )
    *_, last = shortfalls(case.view, statement("aivres", many))
    assert last == "4 more accounts would be below zero"


def test_title_and_leases_are_watched_too(case: MiniCase) -> None:
    sold = TitleTransferred(seller="aivres", buyer="aolani", title="T9", lines=(line("B1", 7),))
    (told,) = shortfalls(case.view, statement("aivres", sold))
    assert told.startswith("title: -7 GPUs would be left with owner aivres")
    leased = moved(case, "lease", lease="L-9")
    assert any(
        "LEASE-OVER-CAPACITY" in one for one in shortfalls(case.view, statement("aolani", leased))
    )


def test_a_correction_is_judged_without_what_it_replaces(case: MiniCase) -> None:
    same = said(case, "correction").data
    assert isinstance(same, ShipmentReceived)
    corrected = statement("aolani", same, corrects=case.named["correction"])
    assert list(shortfalls(case.view, corrected)) == []
    one_more = replace(same, lines=ordered(*same.lines, line("B1", 1)))
    told = list(
        shortfalls(case.view, statement("aolani", one_more, corrects=case.named["correction"]))
    )
    assert [one[:20] for one in told] == ["possession: -1 GPUs "]


def test_another_partys_version_and_a_mere_plan_move_nothing(case: MiniCase) -> None:
    assert list(shortfalls(case.view, statement("aolani", said(case, "dispatch").data))) == []
    planned = said(case, "void")
    assert list(shortfalls(case.view, planned)) == []


def test_names_that_nobody_recorded_are_told_and_signers_that_are_expected(
    case: MiniCase,
) -> None:
    sent = moved(case, "dispatch", shipment="SHP-9", to_site="JHR9", consignee="nobody")
    told = warnings(case, statement("aivres", sent))
    assert set(told[:3]) == {
        "party nobody was never recorded (NAME-UNKNOWN)",
        "site JHR9 was never recorded (NAME-UNKNOWN)",
        "shipment SHP-9 was never recorded (NAME-UNKNOWN)",
    }
    assert "carrier is expected to sign too, and does not (COSIGN-MISSING)" in told
    both = statement("aivres", sent, also=["carrier"])
    assert not any("COSIGN" in one for one in warnings(case, both))


def test_names_that_the_same_drafts_open_are_known(case: MiniCase) -> None:
    sent = moved(case, "dispatch", shipment="SHP-9")
    told = warnings(case, statement("aivres", sent), "shipment/shp-9")
    assert not any("NAME-UNKNOWN" in one for one in told)


def test_a_rack_is_known_from_its_assembly_on(case: MiniCase) -> None:
    built = RackAssembled(
        integrator="aivres", assembly="ASM-R9", rack="R9", model="NVL60", site="AIV-SJC",
        lines=(line("B1", 60),),
    )  # fmt: skip
    told = warnings(case, statement("aivres", built), "assembly/asm-r9")
    assert not any("rack R9" in one for one in told)
    placed = RackPlaced(
        holder="aolani", placement="P9", site="JHR1", to_state="installed",
        lines=(line("B1", 60, "R9", "R1"),),
    )  # fmt: skip
    told = warnings(case, statement("aolani", placed), "placement/p9")
    assert "rack R9 was never recorded (NAME-UNKNOWN)" in told
    assert not any("rack R1 " in one and "NAME" in one for one in told)


def test_many_unknown_names_are_counted(case: MiniCase) -> None:
    placed = RackPlaced(
        holder="aolani", placement="P9", site="JHR1", to_state="installed",
        lines=(line("B1", 60, *(f"Z{n}" for n in range(13))),),
    )  # fmt: skip
    told = warnings(case, statement("aolani", placed), "placement/p9")
    assert "3 more names were never recorded (NAME-UNKNOWN)" in told


def test_a_report_is_told_to_move_nothing(case: MiniCase) -> None:
    leased = said(case, "lease").data
    assert isinstance(leased, LeaseStarted)
    report = statement("reporter", replace(leased, lease="L-7"), basis="third_party_report")
    assert warnings(case, report, "lease/l-7") == [
        "recorded as a claim: it moves nothing, and nobody it names signs it"
    ]


def test_countries_and_the_like_are_no_names(case: MiniCase) -> None:
    planned = DeploymentPlanned(
        planner="aolani", plan="PLAN-9", stage="planned", country="ID", model=CHIP,
        quantity=Amount(qualifier="about", value=7),
    )  # fmt: skip
    assert warnings(case, statement("aolani", planned), "plan/plan-9") == []


def test_racks_that_are_leased_are_told_where_they_are_leased_again_or_sent_away(
    case: MiniCase,
) -> None:
    leased = said(case, "lease").data
    assert isinstance(leased, LeaseStarted)
    again = statement("aolani", replace(leased, lease="L-9"))
    (told,) = preflight._leased(case.view, again)
    assert told == f"2 of these racks are leased to bytedance under {leased.lease}"
    assert list(preflight._leased(case.view, said(case, "placed"))) == []
    correction = replace(again, corrects=case.named["lease"].target)
    assert list(preflight._leased(case.view, correction)) == []


def test_without_an_event_what_later_ones_moved_is_missing(case: MiniCase) -> None:
    told = list(reversal_shortfalls(case.view, case.named["dispatch"].index))
    assert told
    assert all("NEG-BALANCE" in one for one in told)
    assert list(reversal_shortfalls(case.view, case.named["certified"].index)) == []


def test_units_are_told_in_one_line(case: MiniCase) -> None:
    shown = list(
        field_lines(replace(said(case, "placed").data, lines=(line("B1", 60, "R1", "R2"),)))
    )
    assert f"lines          60 {CHIP} of B1 in each of R1,R2, stock" in shown
    loose = replace(said(case, "placed").data, lines=(line("B1", 60),))
    assert f"lines          60 {CHIP} of B1, loose, stock" in list(field_lines(loose))
    assert not any("lines" in one for one in field_lines(loose, lines=False))
