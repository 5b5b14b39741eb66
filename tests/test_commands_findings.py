"""What people see of findings: lists, filters, answers, explanations, exit codes."""

import json
from pathlib import Path

import pytest

from tests.desk_story import DeskStory, build, deliver, furnish, open_desk
from tests.test_projections_finding_rules import OWN


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("findings") / "ledger", furnish, build, deliver)


def told(desk: DeskStory, *options: str) -> list[str]:
    return [f"{row['code']} {row['subject']}" for row in desk.rows("findings", *options)]


def test_findings_are_listed_with_what_they_are_and_what_they_are_not(desk: DeskStory) -> None:
    output = desk.run("findings").output
    assert output.startswith("DEMONSTRATION: invented events, no company signed this\n")
    assert "Findings, at the end of" in output
    assert "no legal conclusion" in output
    assert "OWNERSHIP-UNKNOWN" in output


def test_they_are_picked_by_severity_code_subject_and_entry(desk: DeskStory) -> None:
    everything = desk.rows("findings")
    grave = desk.rows("findings", "--severity", "high")
    assert {row["severity"] for row in grave} <= {"critical", "high"}
    assert grave == [row for row in everything if row["severity"] in {"critical", "high"}]
    assert set(told(desk, "--code", "no-auth")) == {"NO-AUTH shipment:SHP-01"}
    about = desk.rows("findings", "--subject", "shipment:shp-01")
    assert {row["subject"] for row in about if not row["subject"].startswith("entry:")} == {
        "shipment:SHP-01"
    }
    newest = max(row["first_seen"] for row in everything)
    late = desk.rows("findings", "--since", str(newest))
    assert late == [row for row in everything if row["first_seen"] == newest]
    assert told(desk, "--known-at", "0") == []


def test_a_name_alone_does_where_it_is_the_name_of_one_thing(
    desk: DeskStory, tmp_path: Path
) -> None:
    assert told(desk, "--subject", "shp-01") == told(desk, "--subject", "shipment:SHP-01") != []
    mine = desk.copy(tmp_path)
    mine.run("batch commission SHP-01 --model GPU --quantity 1 --site NV-WH --as nvidia --yes")
    answer = mine.refused("findings --subject SHP-01", code="FINDING-SUBJECT")
    assert "say which: batch:SHP-01 or shipment:SHP-01" in answer


def test_a_subject_that_was_never_recorded_is_doubted(desk: DeskStory) -> None:
    assert "did you mean SHP-01?" in desk.run("findings --subject shipment:SHP-1").output
    assert "party zzz was never recorded" in desk.run("findings --subject party:zzz").output


def test_new_ones_are_picked_by_the_day_on_which_they_came_in(desk: DeskStory) -> None:
    everything = desk.rows("findings")
    assert desk.rows("findings", "--since", "1999-01-01") == everything
    assert desk.rows("findings", "--since", "2990-01-01") == []


def test_a_table_shortens_lists_of_entries_and_programs_get_them_whole(desk: DeskStory) -> None:
    rows = json.loads(desk.run("findings --json").stdout)["rows"]
    assert all(isinstance(row["entries"], list) for row in rows)
    assert "entries" in desk.run("findings --csv").stdout.splitlines()[0]


def test_an_open_finding_fails_where_asked_and_an_answered_one_does_not(
    desk: DeskStory, tmp_path: Path
) -> None:
    mine = desk.copy(tmp_path)
    options = "--code NO-AUTH"
    assert "SHP-01" in mine.run(f"findings {options} --fail-on critical", exit_code=1).output
    mine.run(f"findings {options} --severity critical --fail-on high", exit_code=1)
    mine.run("findings --code SHIP-OVERDUE --fail-on info")
    mine.run("findings " + options)
    mine.run("finding answer NO-AUTH shipment:SHP-01 --accepted --yes", "--reason", "left out")
    output = mine.run(f"findings {options} --fail-on critical").output
    assert "accepted by aolani in entry" in output
    assert mine.rows("findings", "--code", "NO-AUTH")[0]["status"] == "accepted"


def test_what_held_once_is_told_with_its_end(desk: DeskStory, tmp_path: Path) -> None:
    mine = desk.copy(tmp_path)
    since = mine.size - 1
    dispatch = mine.rows("findings", "--code", "NO-AUTH")[0]["entries"][0]
    mine.run(f"void {dispatch} --as aivres --yes", "--reason", "it never left")
    rows = mine.rows("findings", "--code", "NO-AUTH", "--resolved", str(since))
    assert [row["status"] for row in rows] == ["resolved"]
    assert rows[0]["answer"] == f"held no longer after entry {mine.size - 1}"


def test_rules_are_listed_and_explained(desk: DeskStory) -> None:
    assert "SHIP-OVERDUE" in desk.run("findings --rules").output
    output = desk.run("findings --explain ship-overdue").output
    assert "--set SHIP-OVERDUE.days=30" in output
    assert "WITH RECURSIVE" in output
    assert "Dates are taken" in desk.run("findings --explain NEG-BALANCE").output
    desk.refused("findings --explain NOTHING", code="RULE-UNKNOWN")
    assert (
        "not decidable here: Whether an invoice"
        in desk.run("findings --explain INVOICE-NO-DCS").output
    )
    assert "`chipledger verify` tells it" in desk.run("findings --explain bad-sig").output


def test_thresholds_folders_and_subjects_are_checked(desk: DeskStory, tmp_path: Path) -> None:
    (tmp_path / "my-rule.sql").write_text(OWN, encoding="utf-8")
    folder = ["--folder", str(tmp_path), "--code", "MY-RULE"]
    assert len(told(desk, *folder)) == 2
    assert told(desk, *folder, "--set", "MY-RULE.least=150") == []
    desk.refused("findings --set MY-RULE.least=150", code="THRESHOLD")
    desk.refused("findings --set many", code="THRESHOLD")
    desk.refused("findings --subject SHP-88", code="FINDING-SUBJECT")
    desk.refused("findings --since lately", code="OCCURRED-FORM")
    desk.refused("findings --known-at 9999", code="KNOWN-AT")
    assert told(desk, "--subject", "serial:S-1") == []
