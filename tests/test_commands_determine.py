"""`chipledger classify` and `chipledger determine`: every output form, both clocks, own packs."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.context import Desk
from commands.main import main
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk
from tests.test_projections_packs import own


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    desk = open_desk(tmp_path_factory.mktemp("determine") / "ledger", furnish, build, deliver)
    desk.run("lease start L-1 --to bytedance --racks R0001 --on 2026-03-01 --yes")
    desk.run("party headquarters bytedance CN --on 2026-03-01 --yes")
    return desk


def results(desk: DeskStory, line: str) -> dict[tuple[str, str], str]:
    return {(row["rule"], row["about"]): row["result"] for row in desk.rows(line)}


def test_a_model_is_classified_by_name_alias_or_catalogue(desk: DeskStory) -> None:
    assert results(desk, "classify nvl72")["4A090", "NVL72"] == "applies"
    assert results(desk, "classify b200")["3A090.a", "GPU"] == "applies"
    assert results(desk, "classify h20")["3A090.a", "H20"] == "does not apply"
    assert results(desk, "classify H100 --as-of 2023-11-16")["3A090.a", "H100 SXM5"] == (
        "does not apply"
    )
    unheard = desk.run("classify GPV").output
    assert "model GPV was never recorded: did you mean GPU?" in unheard
    assert "GPV was never recorded here, and no pack lists it" in unheard
    assert "no TPP is recorded" in unheard


def test_a_shipment_is_determined_on_the_day_of_its_dispatch(desk: DeskStory) -> None:
    output = desk.run("determine shp-01").output
    assert output.startswith("DEMONSTRATION: invented events, no company signed this\n")
    assert (
        "What rule packs say of shipment SHP-01, dispatched 2026-02-01, at the end of 2026-02-01"
        " (Asia/Kuala_Lumpur), known at entry"
    ) in output
    assert "no use of hardware at JHR-1 is recorded" in output
    assert "What packs say of what is recorded; no advice, and no verdict." in output
    assert "\n1. GPU: EAR-3A090 of 2026-11-25 says: the chip is one of 3A090.a\n" in output
    then = results(desk, "determine SHP-01")
    assert then["EAR-HQ.recipient", "aolani"] == "not decidable"
    later = results(desk, "determine SHP-01 --as-of 2026-03-01")
    assert later["US-RASA", "bytedance"] == "would apply"
    before = desk.size - 2
    known = results(desk, f"determine SHP-01 --as-of 2026-03-01 --known-at {before}")
    assert known["US-RASA", "bytedance"] == "not decidable"


def test_programs_get_every_input_with_its_entry_or_source(desk: DeskStory) -> None:
    answer = json.loads(desk.run("determine SHP-01 --json").stdout)
    assert answer["schema"] == "chipledger.determination/1"
    assert answer["demonstration"] is True
    first = answer["rows"][0]
    assert first["of"] == "2026-11-25"
    assert first["status"] == "in_force"
    assert all("published" in one or "read" in one for one in first["sources"])
    for row in answer["rows"]:
        for word in row["inputs"]:
            assert (word["entry"] is None) != (word["source"] is None)
    read = list(csv.DictReader(io.StringIO(desk.run("determine SHP-01 --csv").stdout)))
    assert [row["rule"] for row in read] == [row["rule"] for row in answer["rows"]]
    assert "ECCN 3A090.a [nvidia, entry" in read[0]["inputs"]
    lines = desk.run("classify GPU --nl").stdout.splitlines()
    assert json.loads(lines[0])["rule"] == "3A090.a"


def test_what_was_never_dispatched_is_told(desk: DeskStory) -> None:
    output = desk.refused("determine SHP-1", code="SHIPMENT-UNKNOWN", exit_code=3)
    assert "did you mean SHP-01?" in output
    output = desk.refused("determine QQQ", code="SHIPMENT-UNKNOWN", exit_code=3)
    assert "a report is no dispatch" in output
    early = "determine SHP-01 --as-of 2026-01-31"
    assert "it was dispatched 2026-02-01" in desk.refused(
        early, code="SHIPMENT-UNKNOWN", exit_code=3
    )
    desk.refused("determine SHP-01 --known-at 3", code="SHIPMENT-UNKNOWN", exit_code=3)
    desk.refused("determine SHP-01 --known-at 9999", code="KNOWN-AT")
    desk.refused("determine SHP-01 --as-of soon", code="OCCURRED-FORM")


def test_packs_of_ones_own_are_asked_too(desk: DeskStory, tmp_path: Path) -> None:
    own(tmp_path, "own.toml", on="3A090.a")
    given = ("--packs", str(tmp_path))
    answer = desk.rows("classify NVL72", *given)
    assert [row["result"] for row in answer if row["rule"] == "OWN.a"] == ["applies"]
    assert "OWN.a" in {row["rule"] for row in desk.rows("determine SHP-01", *given)}
    own(tmp_path, "own.toml", on="3A090.q")
    desk.refused("classify GPU", *given, code="PACK-RULE")
    desk.refused(
        "determine SHP-01", "--packs", str(tmp_path / "no"), code="PACK-FOLDER", exit_code=3
    )


def test_with_both_clocks_fixed_the_answer_is_the_same_next_year(
    desk: DeskStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And as told by read models that were made anew."""
    at = f"--as-of 2026-10-31 --known-at {desk.size - 1}"
    lines = [f"determine SHP-01 {at} {form}" for form in ("", "--json", "--csv")]
    lines += [f"classify GPU {at}", "determine SHP-01"]
    before = [desk.run(line).output for line in lines]
    later = datetime(2027, 11, 25, tzinfo=UTC)
    monkeypatch.setattr(Desk, "now", lambda _: later)
    for file in desk.folder.glob("view.db*"):
        file.unlink()
    assert [desk.run(line).output for line in lines] == before


def test_evidence_alone_gives_the_same_steps(desk: DeskStory, tmp_path: Path) -> None:
    file = tmp_path / "evidence.jsonl"
    desk.run(f"export {file}")
    for line in ("determine SHP-01 --json", "classify GPU --json --as-of 2026-10-31"):
        told = desk.run(line).stdout
        assert desk.run(f"{line} --from {file}").stdout == told
    runner = CliRunner().invoke(main, ["determine", "SHP-01", "--fingerprint", "x"])
    assert runner.exit_code == 2


def test_a_question_of_ones_own_joins_the_packs(desk: DeskStory, tmp_path: Path) -> None:
    (tmp_path / "groups.sql").write_text(
        "-- title: Groups\n-- question: Which groups is Malaysia in?\n"
        "SELECT grp FROM pack.country_group\n"
        "WHERE country = 'MY' AND member AND since < :as_of AND :known_at >= 0\n",
        encoding="utf-8",
    )
    rows = desk.rows("query groups", "--folder", str(tmp_path))
    assert rows == [{"grp": "B"}]
