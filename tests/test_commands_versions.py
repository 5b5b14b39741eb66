"""Another party's version of the same event is shown before one's own is signed."""

from pathlib import Path

import pytest

from tests.desk_story import DeskStory, build, furnish, open_desk

SENT = "shipment dispatch SHP-01 --racks R0001..R0002 --to aolani --to-site JHR-1"
THEIRS = f"{SENT} --by aivres --basis counterparty --on 2026-02-01 --ref bol:B-1 --yes"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    desk = open_desk(tmp_path_factory.mktemp("versions") / "ledger", furnish, build)
    desk.run(THEIRS)
    desk.run("shipment receive SHP-01 --on 2026-02-08 --yes")
    return desk


@pytest.fixture
def desk(built: DeskStory, tmp_path: Path) -> DeskStory:
    return built.copy(tmp_path)


def test_the_acting_partys_version_counts_and_the_differences_are_told(desk: DeskStory) -> None:
    entry = desk.size - 2
    before = {row["quantity"] for row in desk.rows("where --site JHR-1")}
    more = "--as aivres --seal S-1 --incoterm DAP --on 2026-01-31 --yes"
    told = desk.run(f"{SENT} {more}").stderr
    assert f"aolani told shipment SHP-01 already, in entry {entry}: this version will count" in told
    assert "differs in occurred: there 2026-02-01, here 2026-01-31 (CLAIMS-DIFFER)" in told
    assert "differs in seals: there nothing, here S-1 (CLAIMS-DIFFER)" in told
    assert "differs in incoterm: there nothing, here DAP" in told
    assert "differs in lines" not in told
    assert {row["quantity"] for row in desk.rows("where --site JHR-1")} == before
    assert desk.rows("query balances") == []
    shown = desk.run(f"show {entry}").output
    assert f"version that counts by entry {desk.size - 1}, aivres" in shown
    assert f"other version by entry {entry}, aolani" in desk.run(f"show {desk.size - 1}").output
    (row,) = desk.rows("query corrections")
    assert (row["change"], row["entry"], row["by_entry"]) == (
        "another version",
        desk.size - 1,
        entry,
    )


def test_racks_that_one_of_the_two_leaves_out_are_told(desk: DeskStory) -> None:
    line = "shipment dispatch SHP-01 --racks R0001 --to aolani --to-site JHR-1 --as aivres --yes"
    told = desk.run(line).stderr
    assert "differs in lines: there 144 GPUs in 2 racks, with R0002, here 72 GPUs" in told


def test_a_version_of_no_better_ground_leaves_the_other_counting(desk: DeskStory) -> None:
    line = THEIRS.replace("--ref bol:B-1", "--as swift --carrier swift")
    told = desk.run(line).stderr
    assert "that version goes on counting" in told
    assert "differs in carrier: there nothing, here swift" in told


def test_versions_that_agree_are_told_to_agree(desk: DeskStory) -> None:
    told = desk.run(f"{SENT} --as aivres --on 2026-02-01 --yes").stderr
    assert "both versions say the same" in told
    assert "CLAIMS-DIFFER" not in told


def test_a_voided_version_is_told_no_more(desk: DeskStory) -> None:
    desk.run(f"void {desk.size - 2} --reason wrong --yes")
    assert "told shipment" not in desk.run(f"{SENT} --as aivres --yes").stderr


def test_a_report_is_no_version(desk: DeskStory) -> None:
    path = desk.file("paper.txt", "paper")
    line = f"{SENT} --line GPU/B-01/72/R0001 --as reporter --basis third_party_report"
    line = line.replace(" --racks R0001..R0002", "")
    told = desk.run(f"{line} --from-site PLANT --attach {path} --yes").stderr
    assert "told shipment" not in told
