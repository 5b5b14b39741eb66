"""`chipledger demo --fraud`: every planted fraud is found by its code, about the right thing."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commands.demo import cast
from commands.demo.frauds.story import FRAUDS, LAST_DAY, Planted, play
from commands.demo.judged import found_by
from commands.demo.stage import ZONE
from commands.main import main
from ledger.application import Ledger
from ledger.entry import Event
from ledger.events import encode_statement
from ledger.occurred import load_zone
from projections.determination.tables import judging
from projections.finding_history import clocks_at
from projections.finding_rules import find_rules, rules
from projections.finding_run import Finding, Scope, findings
from projections.packs.load import packs
from projections.questions import Reader, ask, questions
from projections.runner import catch_up
from projections.view import MEMORY, View
from tests.planted_frauds import Wanted, wanted

REAL_NAMES = ("nvidia", "aivres", "aolani", "bytedance", "tiktok", "b200", "nvl72", "h100", "gb200")


def chipledger(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@dataclass(frozen=True)
class Told:
    """The frauds as they were played, and what is found in them."""

    ledger: Ledger
    planted: dict[str, Planted]
    reader: Reader
    found: list[Finding]

    def event(self, index: int) -> Event:
        return self.ledger.event(index)

    def text(self, index: int) -> str:
        """All that an entry says, and the text of its documents, which must be here."""
        statement = self.event(index).statement
        papers = [self.ledger.document(one.sha256) for one in statement.documents]
        assert None not in papers
        parts = (encode_statement(statement), *(one for one in papers if one is not None))
        return b"\n".join(parts).decode()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    stage, planted = play(tmp_path_factory.mktemp("frauds") / "ledger")
    with stage.ledger, View.open(MEMORY) as view:
        catch_up(view, stage.ledger)
        found = found_by(view.connection, LAST_DAY, ZONE, stage.ledger.size - 1)
        reader = judging(view.connection, packs(), load_zone(ZONE))
        yield Told(stage.ledger, {one.fraud.name: one for one in planted}, reader, found)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("demo") / "frauds"
    return folder, chipledger("demo", str(folder), "--fraud")


def _raised(told: Told, one: Wanted) -> list[Finding]:
    subject = told.planted[one.fraud].subject
    return [two for two in told.found if (two.rule.code, two.about) == (one.code, subject)]


def test_every_fraud_that_is_asked_for_is_planted_and_no_other() -> None:
    assert {one.name for one in FRAUDS} == {one.fraud for one in wanted()}
    assert {(one.name, code) for one in FRAUDS for code in one.codes} == {
        (one.fraud, one.code) for one in wanted()
    }


@pytest.mark.parametrize("one", wanted(), ids=lambda one: f"{one.code} {one.fraud}")
def test_a_planted_fraud_is_found_by_its_code_about_what_it_is_done_to(
    told: Told, one: Wanted
) -> None:
    planted = told.planted[one.fraud]
    (finding,) = _raised(told, one)
    assert finding.subject[0] == one.kind
    assert (finding.status, finding.certainty) == ("open", "indicator")
    # it rests on what the fraud recorded, and names what these entries name
    assert planted.first <= finding.first_seen <= planted.last
    named = finding.subject[1]
    if one.kind == "entry":
        assert planted.first <= int(named) <= planted.last
    else:
        assert any(named in told.text(index) for index in finding.entries)


@pytest.mark.parametrize("one", wanted(), ids=lambda one: f"{one.code} {one.fraud}")
def test_nothing_finds_it_before_it_is_planted(told: Told, one: Wanted) -> None:
    planted = told.planted[one.fraud]
    before = clocks_at(told.reader, planted.first - 1)
    kind, name = planted.subject.split(":")
    scope = Scope((kind, name))
    assert findings(told.reader, find_rules(rules(), one.code), before, scope) == []


def test_the_flow_of_shipments_marks_what_the_frauds_left_open(told: Told) -> None:
    asked = ask(told.reader, questions()["three-way"], {"differing": "yes"},
                as_of=f"{LAST_DAY}T16:00:00Z", known_at=told.ledger.size - 1)  # fmt: skip
    rows = [dict(zip(asked.columns, row, strict=True)) for row in asked.rows]
    assert {row["of"]: row["difference"] for row in rows} == {
        "shipment QS-03": "1,440 fewer received than shipped",
        "shipment QS-04": "72 fewer received than shipped",
        "shipment QS-10": "gannetway says 144 shipped",
        "site TIDE-HALL-1": "1,512 fewer received than shipped",
    }


def test_the_chassis_below_the_labels_is_told_unit_by_unit(told: Told) -> None:
    asked = ask(told.reader, questions()["as-found"], {"rack": "QR02"},
                as_of=f"{LAST_DAY}T16:00:00Z", known_at=told.ledger.size - 1)  # fmt: skip
    rows = [dict(zip(asked.columns, row, strict=True)) for row in asked.rows]
    assert len(rows) == 72
    assert {(row["result"], row["seen_rack"], row["seen_chassis"]) for row in rows} == {
        ("on another chassis", "QR02", "CH-QR11")
    }


def test_a_holder_has_its_units_since_it_received_them_itself(told: Told) -> None:
    asked = ask(told.reader, questions()["on-site"], {"site": "TIDE-HALL-1"},
                as_of=f"{LAST_DAY}T16:00:00Z", known_at=told.ledger.size - 1)  # fmt: skip
    rows = [dict(zip(asked.columns, row, strict=True)) for row in asked.rows]
    (stranger,) = [row for row in rows if row["holder"] == "saltmarsh"]
    assert (stranger["first_came"], stranger["last_came"]) == ("2026-04-05", "2026-04-05")


def test_before_the_first_fraud_no_rule_finds_anything(told: Told) -> None:
    first = min(one.first for one in told.planted.values())
    assert findings(told.reader, rules().values(), clocks_at(told.reader, first - 1)) == []


def test_whatever_else_is_found_comes_from_the_same_acts(told: Told) -> None:
    """No honest act is called into question by a fraud that it has no part in."""
    honest = {"shipment:QS-00", "shipment:QS-01", "shipment:QS-02", "lease:QL-01", "batch:QB-1"}
    assert honest.isdisjoint(one.about for one in told.found)
    for one in told.found:
        if one.severity in {"critical", "high"}:
            assert any(two.first <= one.first_seen <= two.last for two in told.planted.values()), (
                one.rule.code
            )


def test_it_names_no_real_firm_and_no_real_hardware(told: Told) -> None:
    firms = {fields.party for fields, _ in cast.PARTIES} | set(REAL_NAMES)
    for index in range(told.ledger.size):
        text = told.text(index).lower()
        assert not [name for name in firms if name in text], index


def test_the_command_tells_each_fraud_and_what_finds_it(played: tuple[Path, Result]) -> None:
    _, result = played
    assert result.exit_code == 0, result.output
    assert result.output.startswith("DEMONSTRATION: invented events, no company signed this\n")
    assert "PASS (full): integrity only" in result.output
    assert f"Found: {len(FRAUDS)} of {len(FRAUDS)}, each by its code" in result.output
    for one in FRAUDS:
        part = result.output.split(one.told)[1].split("\n")[1 : len(one.codes) + 1]
        assert [re.findall(r"[A-Z][A-Z-]+", line)[0] for line in part] == [*one.codes]


def test_findings_asked_afterwards_tell_the_same(played: tuple[Path, Result], told: Told) -> None:
    asked = chipledger("-C", str(played[0]), "findings", "--json")
    rows: list[dict[str, Any]] = json.loads(asked.stdout)["rows"]
    pairs = {(row["code"], row["subject"]) for row in rows}
    assert pairs == {(one.rule.code, one.about) for one in told.found}
    gate = chipledger("-C", str(played[0]), "findings", "--fail-on", "critical")
    assert gate.exit_code == 1


def test_an_entry_is_shown_with_the_findings_that_rest_on_it(
    played: tuple[Path, Result], told: Told
) -> None:
    (expired,) = [one for one in told.found if one.rule.code == "AUTH-EXPIRED"]
    for index in expired.entries:  # the authorization names no shipment; the dispatch does
        folder = str(played[0])
        text = chipledger("-C", folder, "show", str(index)).output
        assert f"critical AUTH-EXPIRED, {expired.about}, open: {expired.facts}" in text
        assert "no legal conclusion" in text
        shown = json.loads(chipledger("-C", folder, "show", str(index), "--json").stdout)
        assert ("AUTH-EXPIRED", expired.about) in {
            (one["code"], one["about"]) for one in shown["findings"]
        }


def test_a_fraud_that_no_rule_finds_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unseen = (replace(FRAUDS[4], codes=("PLAN-DRIFT",)),)
    monkeypatch.setattr("commands.demo.frauds.story.FRAUDS", unseen)
    result = chipledger("demo", str(tmp_path / "frauds"), "--fraud")
    assert result.exit_code == 3
    assert "no rule finds: a rack with 71 GPUs" in result.stderr
    monkeypatch.undo()
    again = chipledger("demo", str(tmp_path / "frauds"), "--fraud", "--again")
    assert again.exit_code == 0


def test_it_is_replaced_only_when_asked(played: tuple[Path, Result]) -> None:
    result = chipledger("demo", str(played[0]), "--fraud")
    assert (result.exit_code, "DEMO-EXISTS" in result.stderr) == (2, True)
