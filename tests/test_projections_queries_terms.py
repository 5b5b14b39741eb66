"""Questions about terms and papers, on both clocks: what changed, what is held, what is kept."""

import pytest

from ledger.canonical import ordered
from ledger.events import (
    assurance,
    authorization,
    correction,
    document,
    lease,
    plan,
    product,
    shipment,
    site,
)
from ledger.events.base import Amount
from ledger.events.base import Line as UnitLine
from tests.memory_log import CHIP, MemoryLog, line
from tests.mini_case import REPORTED, paper, project
from tests.test_projections_queries import Rows, ask_of, pick

DEED, BILL = paper("contract", "the deed"), paper("bol", "the bill")


def answer(log: MemoryLog, name: str, **given: object) -> Rows:
    return ask_of(project(log), name, **{"as_of": "2030-01-01T00:00:00Z", **given})  # type: ignore[arg-type]  # dates and names


def started(name: str = "L", *lines: UnitLine, **more: object) -> lease.LeaseStarted:
    data = {"lessor": "aolani", "lessee": "bytedance", "site": "JHR1", **more}
    return lease.LeaseStarted(lease=name, lines=ordered(*lines), **data)  # type: ignore[arg-type]  # as its fields


def changed(act: str, **more: object) -> lease.LeaseChanged:
    data = {"lessor": "aolani", "lease": "L", "lessee": "bytedance", "reason": "so", **more}
    return lease.LeaseChanged(change=act, **data)  # type: ignore[arg-type]  # as its fields


# ---- leases


@pytest.fixture
def leased() -> MemoryLog:
    log = MemoryLog()
    running = line("B1", 60, "R1", state="operational")
    log.say("aolani", started("L", running, until="2027"), "2026-02-01", also=["bytedance"])
    log.say("aolani", changed("C1", status="suspended", site="JHR1", removed=(running,)),
            "2026-03-01")  # fmt: skip
    log.say("aolani", changed("C2", status="resumed", site="JHR1", added=(running,)), "2026-04-01")
    log.say("aolani", changed("C3", until="2028-06", purpose="inference"), "2026-05-01")
    log.say("reporter", changed("C4", until="2029", status="suspended"), "2026-06-01",
            basis=REPORTED)  # fmt: skip
    return log


BOOK = ("standing", "until", "changes", "in_use")


def test_the_lease_book_knows_what_stands_and_leaves_reports_aside(leased: MemoryLog) -> None:
    assert pick(answer(leased, "lease-book"), *BOOK) == [("running", "2028-06", 3, 60)]
    for day, row in (
        ("2026-02-15", ("running", "2027", 0, 60)),
        ("2026-03-15", ("suspended", "2027", 1, 0)),
        ("2026-04-15", ("running", "2027", 2, 60)),
    ):
        asked = answer(leased, "lease-book", as_of=f"{day}T00:00:00Z")
        assert pick(asked, *BOOK) == [row]
    assert pick(answer(leased, "lease-book", known_at=2), *BOOK) == [("suspended", "2027", 1, 0)]


def test_a_timeline_tells_reports_apart(leased: MemoryLog) -> None:
    rows = answer(leased, "lease-timeline", lease="l")
    assert pick(rows, "change", "standing", "came", "went", "in_use", "word") == [
        ("started", "running", 60, None, 60, "own word"),
        ("suspended", "suspended", None, 60, 0, "own word"),
        ("resumed", "running", 60, None, 60, "own word"),
        ("changed", "running", None, None, 60, "own word"),
        ("suspended", "suspended", None, None, None, "as reported"),
    ]
    assert answer(leased, "lease-timeline", lessee="aolani") == []
    leased.say("aolani", correction.EventVoided(target=leased[2].target, reason="no"), "2026-07-01")
    rows = answer(leased, "lease-timeline")
    assert [row["change"] for row in rows][:2] == ["started", "resumed"]
    assert rows[1]["in_use"] == 120


def test_a_lease_that_ended_stays_ended_in_its_timeline(leased: MemoryLog) -> None:
    ended = lease.LeaseEnded(
        reporter="aolani", lease="L", lessee="bytedance", lessor="aolani", reason="over",
        pool=lease.Pool(site="JHR1", model=CHIP, quantity=60),
    )  # fmt: skip
    leased.say("aolani", ended, "2026-05-15")
    leased.say("aolani", changed("C5", purpose="late"), "2026-06-15")
    rows = answer(leased, "lease-timeline", as_of="2026-07-01T00:00:00Z")
    assert pick(rows[-2:], "change", "standing") == [
        ("suspended", "suspended"),
        ("changed", "ended"),
    ]
    assert answer(leased, "lease-book")[0]["standing"] == "ended"


def test_a_report_that_a_lease_ended_ends_what_was_reported_and_no_more(leased: MemoryLog) -> None:
    ended = lease.LeaseEnded(lease="L", lessee="bytedance", reason="heard")
    leased.say("reporter", started(), "2026-06-01", basis=REPORTED)
    leased.say("reporter", ended, "2026-07-01", basis=REPORTED)
    rows = answer(leased, "lease-book")
    assert pick(rows, "word", "standing") == [("own word", "running"), ("as reported", "ended")]


def test_pools_come_and_go_where_their_size_is_known() -> None:
    log = MemoryLog()
    pool = lease.Pool(site="JHR1", model=CHIP, quantity=40)
    log.say("aolani", started("L", site=None, pool=pool))
    unknown = lease.Pool(site="JHR1", model=CHIP)
    log.say("aolani", changed("C1", pool_added=unknown, pool_removed=pool), "2026-03-01")
    rows = answer(log, "lease-timeline")
    assert pick(rows, "came", "went", "in_use") == [(40, None, 40), (None, 40, 0)]


# ---- authorizations and plans


def test_an_authorization_as_reported_has_a_timeline_of_its_own() -> None:
    log = MemoryLog()
    recorded = authorization.AuthorizationRecorded(
        declarant="aivres", authorization="A", kind="licence", activity="export", authority="BIS",
        destination="MY", valid_to="2026-06-30",
    )  # fmt: skip
    log.say("aivres", recorded, "2026-01-01")

    def change(status: str) -> authorization.AuthorizationChanged:
        return authorization.AuthorizationChanged(
            declarant="aivres", authorization="A", status=status, reason="so"  # type: ignore[arg-type]  # one of them
        )  # fmt: skip

    log.say("reporter", change("revoked"), "2026-02-01", basis=REPORTED)
    log.say("aivres", change("suspended"), "2026-03-01")
    rows = answer(log, "authorization-timeline")
    assert pick(rows, "change", "standing", "lapsed", "word") == [
        ("recorded", "recorded", 1, "own word"),
        ("revoked", "revoked", 0, "as reported"),
        ("suspended", "suspended", 1, "own word"),
    ]
    then = answer(log, "authorization-timeline", as_of="2026-06-30T00:00:00Z", known_at=1)
    assert pick(then, "change", "lapsed") == [("recorded", 0)]


def test_a_plan_is_as_its_own_party_changed_it_last() -> None:
    log = MemoryLog()
    for who in ("reporter", "aolani"):
        planned = plan.DeploymentPlanned(
            planner=None if who == "reporter" else who, plan="P", stage="considered", model=CHIP,
            quantity=Amount(qualifier="about", value=100), country="MY",
        )  # fmt: skip
        log.say(who, planned, "2026-01-01", basis=REPORTED if who == "reporter" else "first_party")
    firm = plan.DeploymentChanged(
        planner="aolani", plan="P", stage="contracted",
        quantity=Amount(qualifier="exact", value=90), reason="signed",
    )  # fmt: skip
    log.say("aolani", firm, "2026-02-01")
    earlier = plan.DeploymentChanged(planner="aolani", plan="P", stage="planned", country="ID")
    log.say("aolani", earlier, "2026-01-15")
    log.say("aolani", plan.DeploymentChanged(planner="aolani", plan="P", cancelled=True), "2026-03")
    rows = answer(log, "plans")
    named = ("asserted_by", "stage", "cancelled", "planned", "country", "changed")
    assert pick(rows, *named) == [
        ("aolani", "contracted", 1, 90, "ID", "2026-03"),
        ("reporter", "considered", 0, 100, "MY", None),
    ]
    assert pick(answer(log, "plans", known_at=3, country="MY"), *named) == [
        ("aolani", "contracted", 0, 90, "MY", "2026-02-01"),
        ("reporter", "considered", 0, 100, "MY", None),
    ]


def test_a_plan_that_another_told_of_is_as_its_own_party_changes_it() -> None:
    log = MemoryLog()
    planned = plan.DeploymentPlanned(
        planner="aolani", plan="P", stage="planned", model="alias", country="MY",
        quantity=Amount(qualifier="about", value=100),
    )  # fmt: skip
    log.say("aivres", planned, "2026-01-01", basis="counterparty")
    firm = plan.DeploymentChanged(planner="aolani", plan="P", stage="contracted", cluster="C-1")
    log.say("aolani", firm, "2026-02-01")
    vague = plan.DeploymentChanged(planner="aolani", plan="P", stage="considered", country="ID")
    log.say("aivres", vague, "2026-03-01", basis="counterparty")
    log.say("reporter", plan.DeploymentChanged(plan="P", cancelled=True), "2026-04-01",
            basis=REPORTED)  # fmt: skip
    rows = answer(log, "plans")
    named = ("stage", "country", "cluster", "cancelled", "changed")
    assert pick(rows, *named) == [("contracted", "ID", "C-1", 0, "2026-02-01")]


def test_what_a_name_means_later_changes_no_earlier_answer() -> None:
    log = MemoryLog()
    log.say("aolani", site.SiteRegistered(registrant="aolani", site="JHR1", name="J", country="MY",
                                          kind="data_center"), "2026-01-01")  # fmt: skip
    log.say("aolani", product.StockOpened(holder="aolani", stock="O", site="JHR1",
                                          lines=(line("B1", 7),)), "2026-01-02")  # fmt: skip
    planned = plan.DeploymentPlanned(
        planner="aolani", plan="P", stage="planned", model="GB200", country="MY",
        quantity=Amount(qualifier="about", value=100),
    )  # fmt: skip
    log.say("aolani", planned, "2026-01-03")
    assert pick(answer(log, "plans"), "held_there") == [(0,)]
    classified = product.ModelClassified(
        classifier="nvidia", model=CHIP, kind="chip", aliases=("GB200",), eccn="3A090.a", source="s"
    )
    log.say("nvidia", classified, "2026-01-01")
    assert pick(answer(log, "plans"), "held_there") == [(7,)]
    assert pick(answer(log, "plans", known_at=3), "held_there") == [(0,)]


# ---- papers


def sent(name: str = "S") -> shipment.ShipmentDispatched:
    return shipment.ShipmentDispatched(
        consignor="aivres", shipment=name, purpose="sale", lines=(line("B1", 5),),
        consignee="aolani", carrier="carrier", from_site="US1",
    )  # fmt: skip


def received(name: str = "S") -> shipment.ShipmentReceived:
    return shipment.ShipmentReceived(
        receiver="aolani", receipt=f"{name}-R1", shipment=name, received_from="carrier",
        site="JHR1", lines=(line("B1", 5),), counted_by="racks", final=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("occurred", "latest", "kept_until"),
    [
        ("2026-02-03T01:00:00+08:00", "2026-02-03", "2031-02-03"),
        ("2024-02-29", "2024-02-29", "2029-03-01"),
        ("2026-02", "2026-02-28", "2031-02-28"),
        ("2026", "2026-12-31", "2031-12-31"),
        ("../2025-01", "2025-01-31", "2030-01-31"),
    ],
)
def test_the_term_begins_on_the_last_day_that_a_date_may_mean(
    occurred: str, latest: str, kept_until: str
) -> None:
    log = MemoryLog()
    log.say("aivres", sent(), occurred, documents=[BILL])
    rows = answer(log, "retention", document=BILL.sha256)
    assert pick(rows, "latest", "kept_until", "unfinished") == [(latest, kept_until, "shipment S")]


def test_the_term_begins_with_the_latest_event_of_the_transaction() -> None:
    log = MemoryLog()
    log.say("aivres", sent(), "2026-02-01", documents=[BILL])
    log.say("aolani", received(), "2026-02-20")
    log.say("aivres", sent("T"), "2026-09-01", documents=[DEED])
    rows = answer(log, "retention")
    assert pick(rows, "title", "latest", "latest_entry", "unfinished") == [
        ("the bill", "2026-02-20", 2, None), ("the deed", "2026-09-01", 3, "shipment T")
    ]  # fmt: skip
    rows = answer(log, "retention", document=BILL.sha256, known_at=1)
    assert pick(rows, "latest", "unfinished") == [("2026-02-01", "shipment S")]
    rows = answer(log, "retention", document=BILL.sha256, as_of="2026-02-10T00:00:00Z")
    assert pick(rows, "latest", "unfinished") == [("2026-02-01", "shipment S")]
    assert answer(log, "retention", document="0" * 64) == []
    rows = answer(log, "retention", entry=2)
    assert pick(rows, "kind", "sha256", "latest", "named_by") == [("annex", "", "2026-02-20", 1)]


def test_what_was_taken_back_begins_no_term_unless_nothing_else_is_left() -> None:
    log = MemoryLog()
    first = log.say("aivres", sent(), "2026-05-01", documents=[BILL])
    log.say("aivres", sent(), "2026-04-01", corrects=first)
    rows = answer(log, "retention")
    assert pick(rows, "latest", "latest_entry") == [("2026-04-01", 2)]
    log.say("aivres", correction.EventVoided(target=log[2].target, reason="never"), "2026-06-01")
    assert pick(answer(log, "retention"), "latest", "latest_entry") == [("2026-05-01", 1)]


def test_a_paper_that_came_later_belongs_to_its_event() -> None:
    log = MemoryLog()
    event = log.say("aivres", sent(), "2026-02-01")
    attached = document.DocumentAttached(target=event.target, remark="late")
    log.say("aivres", attached, "2026-01-01", documents=[BILL])
    hold = assurance.LegalHoldPlaced(
        hold="H", scope=assurance.HoldScope(shipments=("s",)), reason="so"
    )
    log.say("auditor", hold, "2026-03-01")
    rows = answer(log, "retention")
    assert pick(rows, "latest", "holds", "unfinished") == [("2026-02-01", "H", "shipment S")]
    assert answer(log, "retention", as_of="2026-02-15T00:00:00Z")[0]["holds"] is None
    assert answer(log, "retention", known_at=2)[0]["holds"] is None


def test_an_authority_may_release_what_another_placed() -> None:
    log = MemoryLog()
    held = assurance.LegalHoldPlaced(hold="H", scope=assurance.HoldScope(), reason="so")
    log.say("auditor", held, "2026-03-01")
    log.say("aivres", sent(), "2026-02-01", documents=[BILL])
    release = assurance.LegalHoldReleased(hold="h", reason="done")
    log.say("aolani", release, "2026-03-02")
    log.say("reporter", release, "2026-03-03", basis=REPORTED)
    assert pick(answer(log, "holds"), "in_force", "covers", "released_without_effect") == [
        (1, "everything", 3)
    ]
    assert answer(log, "retention")[0]["holds"] == "H"
    ended = log.say("bis", release, "2026-03-04", basis="authority")
    assert pick(answer(log, "holds"), "in_force", "released_by") == [(0, "bis")]
    assert answer(log, "retention")[0]["holds"] is None
    log.say("bis", correction.EventVoided(target=ended.target, reason="no"), "2026-03-05")
    assert answer(log, "holds")[0]["in_force"] == 1
    assert answer(log, "retention")[0]["holds"] == "H"


def test_a_disposal_as_reported_gives_nothing_up() -> None:
    log = MemoryLog()
    log.say("aivres", sent(), "2020-02-01", documents=[BILL])
    gone = document.DocumentDisposed(
        document=BILL.sha256, reason="over", retention_basis="rule", ordered_by="a court"
    )
    log.say("auditor", gone, "2026-01-01", basis=REPORTED)
    assert pick(answer(log, "retention"), "disposed", "ordered_by") == [(None, None)]
    assert answer(log, "documents")[0]["disposed"] is None
    log.say("aolani", gone, "2026-01-02")
    rows = answer(log, "retention")
    assert pick(rows, "disposed", "disposed_on", "ordered_by") == [(3, "2026-01-02", "a court")]
    assert answer(log, "documents")[0]["disposed"] == 3
    assert answer(log, "documents", known_at=2)[0]["disposed"] is None
    assert answer(log, "documents", as_of="2026-01-01T00:00:00Z")[0]["disposed"] is None
