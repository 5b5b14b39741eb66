"""What is filled in and derived, and what every recording command does with bad input."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.units import parse_count, parse_line
from ledger.errors import LedgerError, Malformed
from ledger.events.base import Line
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk

RECORDING = (
    "model classify @ --kind chip --eccn 3A090.a --source sheet --as nvidia",
    "model classify M --kind assembly --eccn E --source sheet --contains @=72 --as nvidia",
    "batch commission @ --model GPU --site NV-WH --quantity 4 --as nvidia",
    "batch commission B --model @ --site NV-WH --quantity 4 --as nvidia",
    "site add @ --name Hall --country MY --kind port",
    "site attest @ --megawatts 5",
    (
        "authorization record @ --kind nlr --activity export --authority BIS --destination MY"
        " --as aivres"
    ),
    (
        "authorization record A --kind nlr --activity export --authority BIS --destination MY"
        " --to @ --as aivres"
    ),
    (
        "filing record @ --itn X20260201000001 --port USLAX --consignee aolani --destination MY"
        " --racks R0001 --as aivres"
    ),
    "enduse state --use research --user @ --as bytedance",
    "rack assemble @ --model NVL72 --site PLANT --units B-01=1 --as aivres",
    "rack assemble R9 --model NVL72 --site PLANT --units @=1 --as aivres",
    "rack install --racks R0001 --site @",
    "rack energize --racks @",
    "rack off --racks R0001..@",
    "rack replace @ --out B-01=1 --in B-02=1",
    "shipment dispatch @ --racks R0001 --to aivres",
    "shipment dispatch S --racks R0001 --to @",
    "shipment dispatch S --line GPU/B-01/72/@ --to aivres --from-site JHR-1",
    "shipment leg @ arrived --place Senai --as swift",
    "shipment receive @",
    "title transfer --racks R0001 --to @",
    "certification grant @ --to aolani --scheme partner --level tier-1 --as nvidia",
    "certification change @ --status revoked --reason late --as nvidia",
    "lease start @ --to bytedance --racks R0001",
    "lease start L --to @ --racks R0001",
    "lease end @ --reason over",
    "lease usage @ --period 2026-08",
    "plan add @ --stage planned --model GPU --quantity 4",
    "plan fulfil P --racks @",
    "claim add @ --quote said --publisher press --as reporter",
    "inspection commit S --site @ --count 1 --plan plan.json --as inspector",
    (
        "inspection perform @ --site JHR-1 --method look --strength 1 --counted 1 --found 1"
        " --as inspector"
    ),
)
HOSTILE = ("..", "a..b", "R 1", "x" * 65, "party:aolani", "../../etc/passwd", "\x1b[2J", "é", "-")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("act") / "ledger", furnish, build, deliver)


@pytest.fixture
def desk(running: DeskStory, tmp_path: Path) -> DeskStory:
    return running.copy(tmp_path)


@pytest.mark.parametrize("line", RECORDING)
def test_hostile_names_record_nothing(
    running: DeskStory, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = running.size
    for text in HOSTILE:
        typed = [one.replace("@", text) for one in shlex.split(line)]
        result = running.run(typed[0], *typed[1:], "--yes", exit_code=2)
        assert "  code: " in result.stderr
        assert "Traceback" not in result.output
        assert "\x1b" not in result.output
    assert running.size == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("model classify X --kind chip --eccn E --source s --tpp 1.50 --as nvidia", "tpp"),
        ("model classify X --kind chip --eccn E --source s --hts 84 --as nvidia", "hts"),
        ("model classify X --kind chip --eccn é --source s --as nvidia", "eccn"),
        ("site add X --name N --country MY --kind port --locode my", "locode"),
        ("site attest JHR-1 --megawatts 80.0", "it_megawatts"),
        ("site attest JHR-1 --megawatts 8 --period march", "period"),
        (
            "filing record F --itn X1 --port P --consignee aolani --destination MY --racks R0001",
            "itn",
        ),
        ("shipment dispatch S --racks R0001 --to aivres --incoterm dap", "incoterm"),
        ("shipment dispatch S --racks R0001 --to aivres --due soon", "due"),
        ("shipment dispatch S --racks R0001 --to aivres --seal é", "seals"),
        ("lease usage L --period 2026-08 --gpu-hours many", "gpu_hours"),
        ("rack install --racks R0001 --cluster", "cluster"),
    ],
)
def test_a_field_that_is_not_well_formed_is_named_with_the_way_to_write_it(
    running: DeskStory, line: str, where: str
) -> None:
    more = ["x" * 201] if where == "cluster" else []
    output = running.refused(line, *more, "--yes", code="FIELD")
    assert f"({where})" in output
    assert "\n  write " in output


def test_more_than_a_statement_holds_is_refused(running: DeskStory) -> None:
    line = "plan fulfil P --racks R00001..R09999 --yes"
    assert "split it" in running.refused(line, code="TOO-LARGE")


def test_a_correction_of_another_type_is_refused(running: DeskStory) -> None:
    running.refused("rack off --racks R0001 --corrects 1 --yes", code="TARGET-FIXED")
    receipt = running.size - 3
    line = f"rack off --racks R0001 --corrects {receipt} --yes"
    running.refused(line, "--line", "GPU/B-01/72", code="USAGE")
    line = f"rack off --line GPU/B-01/72/R0001 --site JHR-1 --corrects {receipt} --yes"
    running.refused(line, code="TARGET-TYPE")


def test_a_correction_starts_as_if_its_target_had_not_been_recorded(desk: DeskStory) -> None:
    line = "shipment dispatch SHP-02 --batch B-02 --to aolani --to-site JHR-1 --as aivres --yes"
    desk.run(line, "--quantity", "20")
    desk.run("shipment receive SHP-02 --batch B-02 --quantity 19 --yes")
    wrong = desk.size - 1
    assert desk.rows("where --shipment SHP-02")[0]["quantity"] == 1
    desk.run(f"shipment receive SHP-02 --corrects {wrong} --yes")
    data = desk.newest().data
    assert data.receipt == "SHP-02-R1"
    assert data.lines == (Line(model="GPU", batch="B-02", quantity=20),)
    assert desk.rows("where --shipment SHP-02") == []
    before = desk.rows("where --shipment SHP-02", "--known-at", str(wrong))
    assert [row["quantity"] for row in before] == [1]


def test_a_command_repeated_under_its_key_is_recorded_once(desk: DeskStory) -> None:
    lines = (
        "shipment dispatch SHP-02 --batch B-02 --to aolani --to-site JHR-1 --as aivres",
        "shipment receive SHP-02",
        "rack off --racks R0001",
        "title transfer --racks R0001 --to bytedance",
    )
    for number, line in enumerate(lines):
        desk.run(line, "--yes", "--idempotency-key", f"key-{number}")
    size = desk.size
    for number, line in enumerate(lines):
        output = desk.run(line, "--yes", "--idempotency-key", f"key-{number}").output
        assert f"already recorded as entry {size - len(lines) + number}" in output
    assert desk.size == size
    other = "title transfer --racks R0002 --to bytedance --yes --idempotency-key key-3"
    desk.refused(other, code="IDEMPOTENCY-REUSED")


def test_a_dry_run_and_a_no_write_nothing(running: DeskStory) -> None:
    before = running.size
    line = "rack off --racks R0001..R0002"
    assert "dry run" in running.run(line, "--dry-run").output
    result = running.run(line, exit_code=2, typed="n\n")
    assert "DECLINED" in result.output
    assert running.size == before


def test_identifiers_of_acts_count_up_for_each_party(desk: DeskStory) -> None:
    for number in (2, 3):
        desk.run(f"rack off --racks R0001 --on 2026-03-0{number} --yes")
        assert desk.newest().data.placement == f"R0001-P{2 * number - 2}"
        desk.run(f"rack energize --racks R0001 --on 2026-03-1{number} --yes")
    desk.run("rack off --racks R0001 --id my-own --yes")
    assert desk.newest().data.placement == "my-own"


def test_another_partys_version_gets_the_same_identifier(desk: DeskStory) -> None:
    line = "shipment receive SHP-01 --by aolani --basis counterparty --as aivres --yes"
    desk.run(line, "--racks", "R0001")
    data = desk.newest().data
    assert (data.receipt, data.receiver, data.received_from) == ("SHP-01-R1", "aolani", "swift")
    assert data.lines == (Line(model="GPU", batch="B-01", quantity=72, racks=("R0001",)),)
    line = "shipment dispatch SHP-01 --by aivres --basis counterparty --to aolani --yes"
    desk.run(line, "--racks", "R0001")
    data = desk.newest().data
    assert (data.consignor, data.from_site, data.lines[0].state) == ("aivres", "PLANT", "stock")
    differing = desk.rows("query corrections")
    assert len(differing) == 2


def test_who_acts_must_be_told_where_somebody_speaks_of_another(running: DeskStory) -> None:
    line = "rack off --racks R0001 --basis counterparty --as aivres --yes"
    output = running.refused(line, code="ACTOR-MISSING")
    assert "--by PARTY" in output


def test_a_report_names_nobody_unless_told(desk: DeskStory) -> None:
    report = "--basis third_party_report --as reporter --yes"
    desk.run(f"plan add P-1 --stage considered --model GPU --quantity more_than:7000 {report}")
    assert desk.newest().data.planner is None
    desk.run(f"plan add P-2 --stage planned --model GPU --quantity unknown --by AOLANI {report}")
    assert desk.newest().data.planner == "aolani"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("rack off --racks R0009", "SITE-UNCLEAR"),
        ("rack off --racks R0001,R0009", "UNITS-UNKNOWN"),
        ("rack install --racks R0001..R0002 --site PLANT", "UNITS-UNKNOWN"),
        ("shipment dispatch S --batch B-02 --quantity 500 --to aolani --as aivres", "BATCH-SHORT"),
        ("shipment dispatch S --batch B-77 --to aolani --from-site PLANT", "BATCH-SHORT"),
        ("shipment receive SHP-09", "CARRIER-UNCLEAR"),
        ("shipment receive SHP-01 --id R2", "CARRIER-UNCLEAR"),
        ("shipment receive SHP-01 --id R2 --from swift --site JHR-1", "UNITS-UNKNOWN"),
        ("title transfer --shipment SHP-09 --to aolani", "NOT-RECORDED"),
        ("lease end L-9 --reason over", "NOT-RECORDED"),
        ("certification change C-9 --status revoked --reason r --as nvidia", "NOT-RECORDED"),
        ("rack assemble R9 --model NVL72 --site PLANT --units B-77=1 --as aivres", "BATCH-UNKNOWN"),
    ],
)
def test_what_the_records_cannot_fill_in_is_undecided_and_says_so(
    running: DeskStory, line: str, code: str
) -> None:
    output = running.refused(line, "--yes", code=code, exit_code=3)
    assert output.split("  code: ")[0].count("\n  ") >= 1


def test_units_in_two_places_need_their_site(desk: DeskStory) -> None:
    desk.run("shipment dispatch S2 --batch B-02 --quantity 4 --to aolani --as aivres --yes")
    desk.run("shipment receive S2 --site NV-WH --yes")
    desk.run("shipment dispatch S3 --batch B-02 --quantity 4 --to aolani --as aivres --yes")
    output = desk.refused("shipment receive S3 --yes", code="SITE-UNCLEAR", exit_code=3)
    assert "names no site" in output
    desk.run("shipment receive S3 --site JHR-1 --yes")
    line = "shipment dispatch S4 --batch B-02 --quantity 4 --to aivres --yes"
    assert "are at JHR-1, NV-WH" in desk.refused(line, code="SITE-UNCLEAR", exit_code=3)
    desk.run(line, "--from-site", "nv-wh")
    assert desk.newest().data.from_site == "NV-WH"


@pytest.mark.parametrize(
    "line",
    [
        "shipment dispatch S --racks R0001 --batch B-01 --to aolani",
        "shipment dispatch S --racks R0001 --quantity 4 --to aolani",
        "title transfer --to aolani",
        "rack energize",
        "shipment dispatch S --to aolani",
        "title transfer --to aolani --racks R0001 --shipment SHP-01",
        "lease start L --to bytedance",
        "lease start L --to bytedance --racks R0001 --model GPU",
        "lease start L --to bytedance --racks R0001 --pool 4",
        "rack assemble R9 --model NVL72 --site PLANT --as aivres",
        "rack replace R0001 --out B-01=1 --in B-02=1 --owner aolani",
        "rack replace R0001 --out B-01=1 --in B-02=1 --serials B-09=S1",
        "batch commission B --model GPU --site NV-WH --as nvidia",
        "filing record F --itn X --port P --consignee aolani --destination MY",
        "certification change C --reason r",
        "shipment leg SHP-01 handed_over --place Senai",
        "shipment leg SHP-01 arrived --place Senai --to aolani",
        "inspection draw",
        "where --json --csv",
        "plan add P --stage unheard-of --model GPU --quantity 4",
    ],
)
def test_options_that_contradict_each_other_are_a_usage_error(
    running: DeskStory, line: str
) -> None:
    assert "--help" in running.refused(line, code="USAGE")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("GPU/B-01/72", Line(model="GPU", batch="B-01", quantity=72)),
        ("GPU/B-01/72/R1..R2", Line(model="GPU", batch="B-01", quantity=72, racks=("R1", "R2"))),
        (
            "GPU/B-01/4//quarantined",
            Line(model="GPU", batch="B-01", quantity=4, state="quarantined"),
        ),
    ],
)
def test_a_line_in_full(text: str, line: Line) -> None:
    assert parse_line(text) == line


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("GPU/B-01", "LINE"),
        ("GPU/B-01/0", "LINE"),
        ("GPU/B-01/1_000", "LINE"),
        ("GPU/B-01/٣", "LINE"),
        ("GPU/B-01/1//in_transit", "LINE"),
        ("GPU/B-01/1/R1/stock/more", "LINE"),
        ("/B-01/1", "LINE"),
        ("GPU/B-01/1/R2..R1", "RANGE-ORDER"),
    ],
)
def test_a_line_that_is_none(text: str, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_line(text)
    assert caught.value.code == code


@given(st.text(alphabet="GPB01/.-,stock \x00é", max_size=40))
@settings(max_examples=60)
def test_no_text_breaks_a_line(text: str) -> None:
    try:
        line = parse_line(text)
    except LedgerError:
        return
    assert line.total >= 1


@pytest.mark.parametrize("text", ["", "0", "-1", "1.0", "1e3", "9" * 30, " 1", "1000000001"])
def test_a_count_that_is_none(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_count(text)
    assert caught.value.code == "QUANTITY"
