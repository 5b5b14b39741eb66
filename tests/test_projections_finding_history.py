"""Findings that hold no more, and the entry with which that came."""

from projections.determination.tables import judging
from projections.finding_history import clocks_at, resolved
from projections.finding_rules import rules
from projections.finding_run import Clocks, Finding, Scope
from projections.packs.load import packs
from projections.questions import sqlite_reader
from tests.memory_log import line
from tests.mini_case import project
from tests.tale import RACK_GPUS, Tale


def gone(tale: Tale, since: int, scope: Scope | None = None) -> list[Finding]:
    with project(tale.log) as view:
        reader = judging(view.connection, packs(), tale.log.zone)
        now = Clocks("2026-06-01T00:00:00Z", tale.log.size - 1)
        return resolved(reader, rules().values(), since, now, scope or Scope())


def late_receipt() -> tuple[Tale, int, int]:
    """A shipment is overdue, something else is said, then it comes."""
    tale = Tale().built("R1", "R2")
    tale.authorize()
    tale.dispatch()
    tale.person("newco", on="2026-03-10")
    since = tale.last.index
    tale.dispatch("S2", lines=[line("B1", RACK_GPUS, "R2")], on="2026-03-11", also=())
    tale.receive(on="2026-03-12")
    came = tale.last.index
    tale.person("newco2", on="2026-03-13")
    return tale, since, came


def test_what_was_overdue_is_resolved_by_its_receipt() -> None:
    tale, since, came = late_receipt()
    (one,) = [one for one in gone(tale, since) if one.rule.code == "SHIP-OVERDUE"]
    assert (one.about, one.status, one.resolved_by) == ("shipment:S1", "resolved", came)


def test_what_still_holds_or_never_held_is_not_resolved() -> None:
    tale, since, _ = late_receipt()
    assert not [one for one in gone(tale, since) if one.subject == ("shipment", "S2")]
    assert not gone(tale, since, Scope(("shipment", "S2")))


def test_an_entry_that_is_no_more_said_is_named_by_its_number() -> None:
    tale = Tale().built()
    tale.dispatch(also=())
    sent = tale.last
    tale.person("newco", on="2026-03-10")
    since = tale.last.index
    tale.countersign("carrier", sent, on="2026-03-11")
    signed = tale.last.index
    tale.person("newco2", on="2026-03-13")
    (one,) = [one for one in gone(tale, since) if one.rule.code == "COSIGN-MISSING"]
    assert (one.about, one.resolved_by) == (f"entry:{sent.index}", signed)


def test_the_clocks_of_an_entry_are_when_it_was_recorded() -> None:
    tale = Tale()
    with project(tale.log) as view:
        clocks = clocks_at(sqlite_reader(view.connection), 0)
    assert clocks == Clocks(f"{tale.log[0].entry.recorded_at[:19]}Z", 0)
