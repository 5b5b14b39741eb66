"""Inspections announced and sampled, incidents, answers to findings."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from ledger import canonical
from ledger.events.assurance import SamplePlan
from ledger.events.base import Amount
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk

PERFORM = (
    "inspection perform I-1 --site jhr-1 --method look --strength 2 --counted 1 --found 1"
    " --host aolani --yes"
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    desk = open_desk(tmp_path_factory.mktemp("assurance") / "ledger")
    desk.run("site add EMPTY --name Empty --country MY --kind port --yes")
    furnish(desk)
    build(desk)
    deliver(desk)
    return desk


@pytest.fixture
def desk(running: DeskStory, tmp_path: Path) -> DeskStory:
    return running.copy(tmp_path)


# ---- announcements


def test_an_inspection_is_announced_to_the_operator_of_the_site(desk: DeskStory) -> None:
    desk.run("site add JHR-2 --name J --country MY --kind data_center --operator aolani --yes")
    line = "--as inspector --on 2026-03-01 --yes --method count"
    desk.run(f"inspection announce --site jhr-2 --from 2026-03-10 --until 2026-03 {line}")
    data = desk.newest().data
    assert (data.site, data.host, data.starts, data.ends) == ("JHR-2", "aolani", "2026-03-10",
                                                              "2026-03")  # fmt: skip
    desk.run(f"inspection announce --site JHR-1 --host swift --from 2026-03-10 {line}")
    assert desk.newest().data.host == "swift"
    desk.run(f"inspection announce --site JHR-9 --from 2026-03-10 {line}")
    assert desk.newest().data.host is None
    desk.refused("inspection announce --site JHR-1 --from 2026-03-10 --method x --yes", code="ROLE")


def test_what_came_of_an_announcement_and_what_was_recorded_since(desk: DeskStory) -> None:
    desk.run("inspection announce --site JHR-1 --from 2026-03-10 --method count --as inspector"
             " --on 2026-03-01 --yes")  # fmt: skip
    row = desk.rows("query announcements", "site=jhr-1")[0]
    assert (row["inspected"], row["recorded_since"]) == (None, 0)
    desk.run("rack off --racks R0002 --on 2026-02-25 --yes")
    desk.run(PERFORM, "--as", "inspector", "--on", "2026-03-11", "--with", "aolani")
    row = desk.rows("query announcements")[0]
    assert (row["inspected"], row["recorded_since"]) == ("2026-03-11", 1)
    assert row["inspection_entry"] == desk.size - 1
    before = ("--known-at", str(desk.size - 2))
    assert desk.rows("query announcements", *before)[0]["inspected"] is None
    assert desk.rows("query announcements", "--as-of", "2026-03-10")[0]["inspected"] is None
    assert desk.rows("query announcements", "--as-of", "2026-02-28") == []


# ---- samples


def committed(desk: DeskStory) -> Path:
    plan = desk.folder.parent / "plan.json"
    line = f"inspection commit S-1 --site JHR-1 --count 1 --plan {plan} --undisclosed"
    desk.run(line, "--as", "inspector", "--yes")
    return plan


def test_a_sample_is_committed_to_before_and_drawn_by_anybody_after(
    desk: DeskStory, tmp_path: Path
) -> None:
    plan = committed(desk)
    entry, digest = desk.size - 1, desk.newest().data.plan_sha256
    assert hashlib.sha256(plan.read_bytes()).hexdigest() == digest
    assert "JHR-1" not in desk.run(f"show {entry} --json").stdout
    drawn = desk.rows(f"inspection draw --plan {plan}")
    # What is recorded after the commitment changes nothing of the draw.
    desk.run("rack off --racks R0001..R0002 --on 2026-02-20 --yes")
    desk.run(
        "shipment dispatch OUT --racks R0001 --to aivres --to-site PLANT --on 2026-02-21 --yes"
    )
    assert desk.rows(f"inspection draw --plan {plan}") == drawn
    desk.refused("inspection draw --inspection I-1", code="PLAN-UNREVEALED", exit_code=3)
    output = desk.run(PERFORM, "--sample", "S-1", "--plan", str(plan), "--as", "inspector",
                      "--with", "aolani").output  # fmt: skip
    assert not any(word in output for word in ("not the plan", "not revealed", "committed to by"))
    assert desk.rows("query inspections")[0]["drawn"] == "as committed"
    other = desk.copy(tmp_path / "elsewhere")
    shutil.rmtree(other.folder / "keys")
    plan.unlink()
    assert other.rows("inspection draw --inspection i-1") == drawn
    assert other.run("verify").stdout.splitlines()[-1].startswith("PASS")


def test_a_rack_without_serials_and_a_corrected_list_are_drawn_from_as_recorded(
    desk: DeskStory,
) -> None:
    path = desk.file("inventory.csv", "rack,serial\nR0900,SN-A\n")
    line = f"import inventory {path} --site JHR-1 --model NVL72 --chip GPU --batch OLD-1 --yes"
    desk.run(line)
    path.write_text("rack,serial\nR0900,SN-B\n")
    desk.run(line, "--corrects", str(desk.size - 1))
    plan = desk.folder.parent / "plan.json"
    desk.run(f"inspection commit S-1 --site JHR-1 --count 3 --plan {plan} --as inspector --yes")
    drawn = desk.rows(f"inspection draw --plan {plan}")
    assert {(one["rack"], one["drawn"]) for one in drawn} == {
        ("R0001", "R0001"),
        ("R0002", "R0002"),
        ("R0900", "SN-B"),
    }
    path.write_text("rack,serial\nR0900,SN-C\n")
    desk.run(line, "--corrects", str(desk.size - 2))
    assert desk.rows(f"inspection draw --plan {plan}") == drawn


def test_a_plan_that_is_odd_is_told_before_it_is_signed(desk: DeskStory) -> None:
    plan = committed(desk)
    mine = ("--as", "inspector", "--dry-run")
    said = desk.run(PERFORM, "--sample", "S-1", *mine).output
    assert "the plan of S-1 is not revealed" in said
    assert (
        "no commitment to S-9"
        in desk.run(PERFORM, "--sample", "S-9", "--plan", str(plan), *mine).output
    )
    assert "does not say which commitment" in desk.run(PERFORM, "--plan", str(plan), *mine).output
    found = canonical.decode(plan.read_bytes(), SamplePlan, size_max=4096, what="plan")
    wrong = {"seed": "0" * 64, "size": found.size, "root": "1" * 64, "site": "PLANT", "count": 1}
    forged = desk.file("forged.json", json.dumps(wrong, separators=(",", ":"), sort_keys=True))
    said = desk.run(PERFORM, "--sample", "S-1", "--plan", str(forged), *mine).output
    for words in ("not the plan that was", "the plan is of PLANT", "have another root"):
        assert words in said
    desk.refused(f"inspection draw --plan {forged}", code="PLAN-ROOT")
    wrong |= {"size": 9_999}
    forged.write_text(json.dumps(wrong, separators=(",", ":"), sort_keys=True))
    output = desk.refused(f"inspection draw --plan {forged}", code="PLAN-ROOT")
    assert "of 9,999 entries" in output
    desk.run("party role swift auditor --yes")
    other = desk.run(PERFORM, "--sample", "S-1", "--plan", str(plan), "--as", "swift", "--dry-run")
    assert "committed to by inspector, not by swift" in other.output
    for line in ("inspection draw", f"inspection draw --plan {plan} --inspection I-1"):
        desk.refused(line, code="USAGE")


# ---- incidents


def test_an_incident_is_reported_and_its_account_is_sealed(desk: DeskStory) -> None:
    account = desk.file("account.txt", "The door was open.\nTwo crates were gone.")
    output = desk.run(
        "incident report INC-1 --kind theft --party Swift --site jhr-1 --shipment shp-01"
        " --lease L-1 --batch b-01 --racks R0001..R0002 --serial S1 --quantity about:40"
        " --discovered 2026-03-02 --case 2026/17 --on 2026-03-01 --yes"
        f" --narrative @{account} --reported-to",
        "Royal Malaysia Police",
    ).output
    assert "it moves no units" in output
    assert "lease L-1 was never recorded" in output
    assert "door" not in output
    statement = desk.newest()
    data = statement.data
    assert (data.party, data.site, data.shipment) == ("swift", "JHR-1", "SHP-01")
    assert (data.batches, data.racks, data.serials) == (("B-01",), ("R0001", "R0002"), ("S1",))
    assert (data.quantity, data.case_number) == (Amount(qualifier="about", value=40), "2026/17")
    assert statement.annex is not None
    row = desk.rows("query incidents", "incident=inc-1")[0]
    assert row["about"] == "batch B-01, rack R0001, rack R0002, serial S1"
    assert (row["kind"], row["reported_by"], row["qualifier"]) == ("theft", "aolani", "about")
    lines = desk.run(f"show {desk.size - 1}").stdout.splitlines()
    assert "  sealed         narrative: The door was open." in lines
    lines = desk.run("show INC-1").stdout.splitlines()
    assert ["reported_by", "aolani"] in [line.split() for line in lines]
    assert desk.rows("query incidents", "party=swift") != []
    assert desk.rows("query incidents", "site=PLANT") == []
    assert desk.rows("query incidents", "--as-of", "2026-02-28") == []
    assert desk.rows("query incidents", "--known-at", str(desk.size - 2)) == []


def test_every_report_of_an_incident_is_shown_but_what_was_taken_back(desk: DeskStory) -> None:
    line = "incident report INC-1 --site JHR-1 --on 2026-03-01 --yes --kind"
    desk.run(line, "loss")
    desk.run(line, "diversion_suspected", "--as", "nvidia")
    rows = desk.rows("query incidents")
    assert [row["kind"] for row in rows] == ["loss", "diversion_suspected"]
    desk.refused(line, "theft", code="IDENTIFIER-USED")
    desk.run(line, "theft", "--corrects", str(desk.size - 2))
    desk.run(f"void {desk.size - 2} --reason mistaken --as nvidia --yes")
    rows = desk.rows("query incidents")
    assert [row["kind"] for row in rows] == ["theft"]
    desk.refused("incident report INC-2 --kind theft --quantity few --yes", code="AMOUNT")


# ---- answers


def test_a_finding_is_explained_or_accepted(desk: DeskStory) -> None:
    desk.run("finding answer ship-overdue shipment:shp-01 --explained --on 2026-03-01 --yes"
             " --entry 5 --reason", "port strike")  # fmt: skip
    data = desk.newest().data
    assert (data.code, data.subject, data.answer) == ("SHIP-OVERDUE", "shipment:SHP-01",
                                                      "explained")  # fmt: skip
    desk.run("finding answer KEY-RESET party:swift --accepted --reason moved --as swift --yes")
    rows = desk.rows("query answers")
    assert [(row["code"], row["answer"], row["answered_by"], row["about"]) for row in rows] == [
        ("KEY-RESET", "accepted", "swift", None),
        ("SHIP-OVERDUE", "explained", "aolani", 5),
    ]
    assert len(desk.rows("query answers", "code=key-reset")) == 1
    assert len(desk.rows("query answers", "subject=shipment:SHP-01")) == 1
    assert len(desk.rows("query answers", "--known-at", str(desk.size - 2))) == 1
    assert desk.rows("query answers", "--as-of", "2026-02-28") == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("SHIP-OVERDUE shipment:S", "USAGE"),
        ("SHIP_OVERDUE shipment:S --accepted", "FINDING-CODE"),
        ("SHIP-OVERDUE S --accepted", "FINDING-SUBJECT"),
        ("SHIP-OVERDUE shipment:.. --accepted", "NAME"),
        (f"SHIP-OVERDUE serial:{'9' * 100} --accepted", "FIELD"),
        ("SHIP-OVERDUE shipment:S --accepted --entry x", "ENTRY-FORM"),
    ],
)
def test_an_answer_names_a_finding(running: DeskStory, words: str, code: str) -> None:
    running.refused(f"finding answer {words} --reason why --yes", code=code)
