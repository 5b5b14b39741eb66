"""Voids, counter-signatures and documents that came later."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from commands.context import Desk
from commands.void import _resting_on
from ledger.application import Ledger
from ledger.events.correction import Countersigned, EventVoided
from tests.mini_case import mini_case
from tests.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office.begun(tmp_path / "ledger", integrator="aivres")
    (tmp_path / "paper.txt").write_text("paper")
    office.record("attach", "0", str(tmp_path / "paper.txt"), "--remark", "register extract")
    return office


def said(office: Office, index: int) -> object:
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        return ledger.event(index).statement.data


def test_a_void_says_why_and_the_log_shows_it(office: Office) -> None:
    (index,) = office.record("void", "4", "--reason", "wrong ledger")
    data = said(office, index)
    assert isinstance(data, EventVoided)
    assert data.reason == "wrong ledger"
    assert office.json("log")["rows"][4]["state"] == f"voided by {index}"
    office.fail("TARGET-NOT-NEWEST", "void", "4", "--reason", "again", "--yes")


def test_what_cannot_be_voided(office: Office) -> None:
    office.fail("TARGET-FIXED", "void", "1", "--reason", "x", "--yes")
    office.fail("NOT-ASSERTED-BY", "void", "4", "--reason", "x", "--as", "aivres", "--yes")
    office.fail("NOT-TYPED", "void", "4", "--reason", "x" * 4001, "--yes")
    office.fail("ENTRY-FORM", "void", "4th", "--reason", "x", "--yes")


def test_stances(office: Office) -> None:
    by = ("--as", "aivres")
    stances = [(), ("--except", "the date"), ("--dispute", "never heard of it")]
    found = [office.record("countersign", "1", *by, *stance)[0] for stance in stances]
    data = [said(office, index) for index in found]
    assert [one.stance for one in data if isinstance(one, Countersigned)] == [
        "accepts",
        "accepts_except",
        "disputes",
    ]
    both = ("--except", "a", "--dispute", "b")
    office.fail("STANCE", "countersign", "1", *by, *both, "--yes")
    office.fail("NOT-NAMED", "countersign", "0", *by, "--yes")


def test_a_counter_signature_shows_what_is_signed(office: Office) -> None:
    shown = office.run("countersign", "1", "--as", "aivres", "--dry-run")
    assert "legal_name     aivres Ltd" in shown


def test_documents_are_added(office: Office, tmp_path: Path) -> None:
    (index,) = office.record(
        "attach", "1", str(tmp_path / "paper.txt"), "--kind", "extract", "--remark", "seen"
    )
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        (one,) = ledger.event(index).statement.documents
        assert ledger.document(one.sha256) == b"paper"
    missing = str(tmp_path / "missing")
    office.fail("DOCUMENT-UNREADABLE", "attach", "1", missing, "--remark", "x", exit_code=3)
    paper = str(tmp_path / "paper.txt")
    office.fail("DOCUMENT-TITLE", "attach", "1", paper, "--kind", "Bad Kind", "--remark", "x")


def test_what_rests_on_an_event_is_told_before_it_is_voided(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = [f"entry {n}: x" for n in range(25)]
    monkeypatch.setattr("commands.void._resting_on", lambda *_: iter(paper))
    shown = office.run("void", "4", "--reason", "x", "--dry-run")
    assert "DEPENDS-ON-VOID" in shown
    assert "  entry 19: x" in shown
    assert "  and 5 more" in shown


def test_what_names_a_voided_rack_or_shipment_rests_on_it() -> None:
    case = mini_case()
    desk = cast("Desk", SimpleNamespace(view=lambda: case.view))
    on_rack = list(_resting_on(desk, case.named["R1"]))
    assert f"entry {case.at('dispatch')}: ShipmentDispatched SHP-1: 180 GPUs in 3 racks" in on_rack
    on_shipment = list(_resting_on(desk, case.named["dispatch"]))
    assert any(one.startswith(f"entry {case.at('receipt')}: ") for one in on_shipment)
    assert list(_resting_on(desk, case.named["dispute"])) == []
