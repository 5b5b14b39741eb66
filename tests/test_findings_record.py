"""Rules about the record itself: dates, signatures, versions, names, evidence, inspections."""

import hashlib
from typing import Any

import pytest

from ledger.events import assurance, document, party, product
from tests.finding_table import Row, check
from tests.memory_log import line
from tests.mini_case import paper
from tests.tale import HALL, PLANT, RACK_GPUS, Tale, found

LICENCE = paper("licence", "licence 1")


def received(late: float) -> Tale:
    tale = Tale().built()
    tale.dispatch()
    tale.receive(late=late)
    return tale


def sent(late: float) -> Tale:
    tale = Tale().built()
    tale.dispatch(late=late)
    return tale


def noticed(received_late: float) -> Tale:
    """A receipt of 10 February, and a notice of an inspection on the 20th."""
    tale = Tale().built()
    tale.dispatch()
    if received_late < 10:
        tale.receive(late=received_late)
    notice = assurance.InspectionAnnounced(
        site=HALL, host="aolani", starts="2026-03-01", method="count"
    )
    tale.say("auditor", notice, "2026-02-20")
    if received_late >= 10:
        tale.receive(late=received_late)
    return tale


def unsigned() -> Tale:
    tale = Tale().built()
    tale.dispatch(also=())
    return tale


def signed(stance: str) -> Tale:
    tale = unsigned()
    tale.countersign("carrier", tale.last, stance, on="2026-02-02")
    return tale


def two_versions(**fields: Any) -> Tale:
    tale = Tale().built()
    tale.dispatch()
    tale.dispatch(who="aolani", also=(), basis="counterparty", **fields)
    return tale


def voided(*, dispatched_again: bool) -> Tale:
    tale = received(0)
    tale.void(tale.first("ShipmentDispatched"))
    if dispatched_again:
        tale.dispatch(who="aolani", also=(), basis="counterparty")
    return tale


def enrolled(*also: str) -> Tale:
    tale = Tale()
    tale.key("bytedance", "one", "bytedance:one")
    tale.key("bytedance", "two", *also)
    return tale


def doubted(*, since_last: bool, revoke: str = "carrier") -> Tale:
    """The carrier signs a dispatch with a key that the registrar then doubts."""
    tale = sent(0)
    at = tale.last.index
    data = party.KeyRevoked(
        party="carrier", key=hashlib.sha256(revoke.encode()).hexdigest(), reason="compromised",
        doubted_since=at if since_last else at + 1,
    )  # fmt: skip
    tale.say("aolani", data, "2026-02-20")
    return tale


def inspected(**fields: Any) -> Tale:
    tale = Tale().running()
    tale.inspect(**fields)
    return tale


def running_72(inspected_on: str = "") -> Tale:
    names = [f"R{number}" for number in range(1, 19)]
    tale = Tale()
    tale.batch(quantity=72)
    for name in names:
        tale.build(name)
    lines = [line("B1", RACK_GPUS, *names)]
    tale.dispatch(lines=lines)
    tale.receive(lines=lines)
    tale.put(*lines)
    if inspected_on:
        tale.inspect(inspected_on)
    return tale


def disposed(hold: assurance.HoldScope | None = None, **fields: Any) -> Tale:
    tale = Tale().built()
    tale.authorize(documents=[LICENCE])
    if hold is not None:
        placed = assurance.LegalHoldPlaced(hold="H1", scope=hold, reason="asked")
        tale.say("auditor", placed, "2026-02-01")
    usual: dict[str, Any] = {"reason": "room", "retention_basis": "15 CFR 762.6"}
    data = document.DocumentDisposed(document=LICENCE.sha256, **(usual | fields))
    tale.say("aolani", data, "2026-03-01")
    return tale


def hold_ended(by: str, *, role: str | None = None) -> Tale:
    """An auditor's hold, ended by somebody."""
    tale = Tale().built()
    if role is not None:
        granted = party.RoleGranted(party=by, role=role)  # type: ignore[arg-type]  # a role's name
        tale.say("aolani", granted, "2026-02-01")
    scope = assurance.HoldScope()
    placed = assurance.LegalHoldPlaced(hold="H1", scope=scope, reason="asked")
    tale.say("auditor", placed, "2026-02-01")
    ended = assurance.LegalHoldReleased(hold="H1", reason="over")
    basis: dict[str, Any] = {} if role is None else {"basis": "authority"}
    tale.say(by, ended, "2026-02-10", **basis)
    return tale


def disposed_after(by: str, *, role: str | None = None) -> Tale:
    """A document given up after somebody ended the hold on it."""
    tale = hold_ended(by, role=role)
    tale.authorize(documents=[LICENCE])
    gone = document.DocumentDisposed(
        document=LICENCE.sha256, reason="room", retention_basis="15 CFR 762.6"
    )
    tale.say("aolani", gone, "2026-03-01")
    return tale


def corrections(count: int) -> Tale:
    tale = Tale()
    for _ in range(20):
        tale.check("aolani", by="nvidia")
    for number in range(count):
        tale.again(tale.batch(f"N{number}", at="WH-US"), quantity=10 + number)
    return tale


def with_manifest(*rows: str, present: bool = True) -> Tale:
    tale = Tale()
    tale.batch(serials=rows)
    if not present:
        tale.log.documents.clear()
    return tale


def opened(**fields: Any) -> Tale:
    tale = Tale()
    data = product.StockOpened(
        holder="aolani", stock="OLD", site=HALL, lines=(line("OLD1", 8),), **fields
    )
    tale.say("aolani", data, "2026-01-05")
    return tale


def unknown(name: str) -> Tale:
    tale = Tale().built()
    tale.authorize()
    tale.dispatch(consignee=name)
    return tale


def licensed(*papers: Any) -> Tale:
    tale = Tale()
    tale.authorize(kind="licence", documents=papers)
    return tale


def release(tale: Tale) -> Any:
    """Say that a hold was never placed."""
    placed = tale.first("LegalHoldPlaced")
    return tale.void(placed)


RECEIPT, DISPATCH = "entry:ShipmentReceived", "entry:ShipmentDispatched"
ROWS = (
    Row(
        "BACKDATED", RECEIPT, hit=lambda: received(8), miss=lambda: received(7),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "BACKDATED", DISPATCH, hit=lambda: sent(3), miss=lambda: sent(2),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "FUTURE-DATED", RECEIPT, hit=lambda: received(-3), miss=lambda: received(-1),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "LATE-AFTER-INSPECTION", RECEIPT,
        hit=lambda: noticed(12), miss=lambda: noticed(1),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "COSIGN-MISSING", DISPATCH,
        hit=(unsigned, "2026-02-16"), miss=(unsigned, "2026-02-15"),
        clear=lambda tale: tale.countersign("carrier", tale.last, on="2026-02-10"),
    ),
    Row(
        "COSIGN-MISSING", DISPATCH,
        hit=(lambda: signed("disputes"), "2026-02-03"), miss=lambda: signed("accepts_except"),
        clear=lambda tale: tale.countersign("carrier", tale.first("ShipmentDispatched")),
    ),
    Row(
        "CLAIMS-DIFFER", "shipment:S1",
        hit=lambda: two_versions(to_site="HALL2"), miss=two_versions,
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "DEPENDS-ON-VOID", RECEIPT,
        hit=lambda: voided(dispatched_again=False), miss=lambda: voided(dispatched_again=True),
        clear=lambda tale: tale.dispatch(who="aolani", also=(), basis="counterparty"),
    ),
    Row(
        "NAME-UNKNOWN", "party:stranger",
        hit=lambda: unknown("stranger"), miss=lambda: unknown("Bytedance"),
        clear=lambda tale: tale.person("Stranger"),
    ),
    Row(
        "NAME-UNKNOWN", "party:stranger",
        hit=lambda: unknown("stranger"), miss=lambda: unknown("aolani"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "PROVENANCE-OPEN", "stock:OLD", hit=lambda: opened(supplier="aivres"),
        miss=lambda: opened(from_entry=product.OtherEntry(
            origin="other.test.invalid", index=7, leaf="0" * 64
        )),
        clear=lambda tale: tale.countersign("aivres", tale.last),
    ),
    Row(
        "EVIDENCE-MISSING", "entry:BatchCommissioned",
        hit=lambda: with_manifest("SN1", present=False), miss=lambda: with_manifest("SN1"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "EVIDENCE-MISSING", "entry:AuthorizationRecorded",
        hit=licensed, miss=lambda: licensed(LICENCE),
        clear=lambda tale: tale.say(
            "aivres", document.DocumentAttached(target=tale.last.target, remark="the licence"),
            "2026-03-01", documents=[LICENCE],
        ),
    ),
    Row(
        "EVIDENCE-HASH", "entry:BatchCommissioned",
        hit=lambda: with_manifest("SN1", "SN1"), miss=lambda: with_manifest("SN1", "SN2"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "CORRECTION-PATTERN", "party:nvidia",
        hit=lambda: corrections(6), miss=lambda: corrections(4),
        clear=lambda tale: [tale.check("aolani", by="nvidia") for _ in range(60)],
    ),
    Row(
        "INSPECTION-DUE", f"site:{HALL}",
        hit=(running_72, "2026-08-11"), miss=(running_72, "2026-08-10"),
        clear=lambda tale: tale.inspect("2026-05-01"),
    ),
    Row(
        "INSPECTION-DUE", f"site:{HALL}",
        hit=(lambda: running_72("2026-03-10"), "2026-09-07"),
        miss=(lambda: running_72("2026-03-10"), "2026-09-06"),
        clear=lambda tale: tale.inspect("2026-09-01"),
    ),
    Row(
        "INSPECTION-MISMATCH", f"site:{HALL}",
        hit=lambda: inspected(found=3), miss=lambda: inspected(found=4),
        clear=lambda tale: tale.again(tale.last, found=4),
    ),
    Row(
        "INSPECTION-MISMATCH", f"site:{HALL}",
        hit=lambda: inspected(exceptions=("one label is torn",)), miss=inspected,
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "RETENTION", "entry:DocumentDisposed",
        hit=lambda: disposed(ordered_by="board"), miss=disposed,
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "RETENTION", "entry:DocumentDisposed",
        hit=lambda: disposed(retained_until="2026-03-01"),
        miss=lambda: disposed(retained_until="2026-02-27"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "RETENTION", "entry:DocumentDisposed",
        hit=lambda: disposed(assurance.HoldScope()),
        miss=lambda: disposed(assurance.HoldScope(sites=(PLANT,))),
        clear=release,
    ),
    Row(
        "RETENTION", "entry:DocumentDisposed",
        hit=lambda: disposed(assurance.HoldScope(documents=(LICENCE.sha256,))),
        miss=lambda: disposed(assurance.HoldScope(documents=("0" * 64,))),
        clear=release,
    ),
    Row(
        "RETENTION", "entry:DocumentDisposed",
        hit=lambda: disposed(assurance.HoldScope(parties=("aivres",))),
        miss=lambda: disposed(assurance.HoldScope(parties=("nvidia",))),
        clear=release,
    ),
    Row(
        "RETENTION", "entry:DocumentDisposed",
        hit=lambda: disposed_after("aolani"), miss=lambda: disposed_after("auditor"),
        clear=release,
    ),
    Row(
        "HOLD-ENDED", "entry:LegalHoldReleased",
        hit=lambda: hold_ended("aolani"), miss=lambda: hold_ended("auditor"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "HOLD-ENDED", "entry:LegalHoldReleased",
        hit=lambda: hold_ended("aolani", role="authority"), miss=lambda: hold_ended("auditor"),
        clear=lambda tale: tale.countersign("auditor", tale.last, "accepts"),
    ),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=Row.name)
def test_a_rule_is_raised_just_missed_and_cleared(row: Row) -> None:
    check(row)


def test_a_key_that_the_old_one_did_not_sign_stays_open_for_ever() -> None:
    (one,) = found(enrolled("bytedance:two"), "KEY-RESET")
    assert one.about == "party:bytedance"
    assert not found(enrolled("bytedance:one", "bytedance:two"), "KEY-RESET")


def test_entries_of_a_doubted_key_are_doubted_until_their_party_stands_by_them() -> None:
    tale = doubted(since_last=True)
    at = tale.first("ShipmentDispatched").index
    assert [one.about for one in found(tale, "KEY-DOUBTED")] == [f"entry:{at}"]
    tale.countersign("carrier", tale.first("ShipmentDispatched"))
    assert not found(tale, "KEY-DOUBTED")
    assert not found(doubted(since_last=False), "KEY-DOUBTED")
    assert not found(doubted(since_last=True, revoke="another"), "KEY-DOUBTED")
