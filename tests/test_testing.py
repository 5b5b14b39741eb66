"""The ledger that other programs' tests are given."""

from datetime import timedelta

import pytest

from ledger.draft import Circumstances, Document
from ledger.errors import Refused
from ledger.events.party import RoleGranted
from ledger.events.product import BatchCommissioned
from ledger.testing import START, Rehearsal
from ledger.trust import Trust
from ledger.verify.audit import audit

BATCH = BatchCommissioned(maker="maker", batch="B-01", model="B200", quantity=2, site="WH")


def played() -> list[bytes]:
    """A small story: its entries."""
    with Rehearsal() as rehearsal:
        rehearsal.party("maker", "maker")
        rehearsal.party("operator", "operator")
        rehearsal.now += timedelta(days=1)
        serials = Document(b"serial\nS1\nS2\n", "serial_manifest", "Serials", "text/csv")
        given = Circumstances(occurred="2026-01", documents=[serials])
        receipt = rehearsal.record(BATCH, "maker", given=given)
        event = rehearsal.ledger.event(receipt.index)
        assert event.statement.occurred == "2026-01"
        assert event.entry.recorded_at.startswith("2026-01-06T09:00:00")
        report = audit(rehearsal.ledger.source(), Trust(fingerprint=rehearsal.ledger.fingerprint))
        assert (report.verdict, report.demonstration) == ("PASS", True)
        return [rehearsal.ledger.entry_bytes(index) for index in range(rehearsal.ledger.size)]


def test_the_same_story_gives_the_same_bytes() -> None:
    assert played() == played()


def test_an_event_is_of_today_by_the_clock_in_the_zone_of_the_ledger() -> None:
    with Rehearsal("registrar", zone="Asia/Tokyo") as rehearsal:
        rehearsal.now = START + timedelta(hours=8)
        rehearsal.party("maker", "maker")
        statement = rehearsal.ledger.event(1).statement
        assert (statement.occurred, statement.asserted_by) == ("2026-01-06", "registrar")


def test_rules_hold_as_in_any_ledger() -> None:
    with Rehearsal() as rehearsal:
        rehearsal.party("maker")
        with pytest.raises(Refused, match="ROLE"):
            rehearsal.record(BATCH, "maker")
        rehearsal.record(RoleGranted(party="maker", role="maker"))
        assert rehearsal.ledger.append(rehearsal.sign(BATCH, "maker")).index == 4
