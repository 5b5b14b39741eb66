"""What events would raise if they were recorded: told before, and nothing is left of it."""

import hashlib
from typing import Any

from commands.supposed import as_event
from ledger.entry import Event
from projections.finding_rules import rules
from projections.view import View
from projections.would_find import WithDocuments, would_find
from tests.memory_log import line
from tests.mini_case import project
from tests.tale import HALL2, RACK_GPUS, Tale


def raised(tale: Tale, *tell: Any, documents: dict[str, bytes] | None = None) -> list[str]:
    """Return what the next events would raise, told to a copy that is thrown away."""
    with project(tale.log) as view:
        before, size = view.view_hash(), tale.log.size
        events = [as_would_be(one(tale)) for one in tell]
        for _ in events:
            tale.log.take_back()
        log = WithDocuments(tale.log, documents or {})
        assert (log.origin, log.zone) == (tale.log.origin, tale.log.zone)
        assert log.size == size
        found = would_find(view, log, events, rules().values())
        assert view.view_hash() == before
        assert view.position.next_idx == size
    return [f"{one.rule.code} {one.about}" for one in found]


def as_would_be(event: Event) -> Event:
    return as_event(event.statement, event.index, event.entry.recorded_at)


def test_a_receipt_by_another_would_be_raised_and_a_good_one_not() -> None:
    tale = Tale().built()
    tale.authorize()
    tale.file()
    tale.dispatch()
    assert raised(tale, lambda tale: tale.receive()) == ["OWNERSHIP-UNKNOWN party:aolani"]
    found = raised(tale, lambda tale: tale.receive(site=HALL2, who="nvidia"))
    assert found[:2] == ["WRONG-RECEIVER shipment:S1", "WRONG-SITE shipment:S1"]


def test_what_is_raised_already_or_by_time_alone_is_not_told() -> None:
    tale = Tale().built()
    tale.dispatch(on="2026-01-10")
    assert "NO-AUTH shipment:S1" not in raised(tale, lambda tale: tale.leg(on="2026-03-20"))
    assert "SHIP-OVERDUE shipment:S1" not in raised(tale, lambda tale: tale.leg(on="2026-03-20"))


def test_events_of_one_transaction_are_looked_at_together() -> None:
    tale = Tale().built()
    both = (lambda tale: tale.authorize(), lambda tale: tale.dispatch())
    assert "NO-AUTH shipment:S1" not in raised(tale, *both)
    assert "NO-AUTH shipment:S1" in raised(tale, both[1])


def test_a_void_tells_what_depends_on_the_event() -> None:
    tale = Tale().built()
    tale.dispatch()
    tale.receive()
    receipt = tale.last.index
    found = raised(tale, lambda tale: tale.void(tale.first("ShipmentDispatched")))
    assert f"DEPENDS-ON-VOID entry:{receipt}" in found
    assert "RECEIPT-NO-DISPATCH shipment:S1" in found


def test_manifests_that_come_with_the_events_are_read() -> None:
    tale = Tale()
    tale.batch(serials=["SN1"])
    content = b"rack,tray,slot,serial,batch\nR1,1,0,FAKE,B1\n"
    documents = {hashlib.sha256(content).hexdigest(): content}

    def build(tale: Tale) -> Event:
        event = tale.build("R1", line("B1", RACK_GPUS), serials=["FAKE"])
        tale.log.documents.pop(next(iter(documents)))
        return event

    assert "SERIAL-UNKNOWN rack:R1" in raised(tale, build, documents=documents)
    assert f"EVIDENCE-MISSING entry:{tale.log.size}" in raised(tale, build)


def test_a_supposition_is_rolled_back_whatever_happens() -> None:
    tale = Tale()
    view: View = project(tale.log)
    before = view.view_hash()
    with view.supposing() as connection:
        connection.execute("DELETE FROM event")
    assert view.view_hash() == before
