"""A packing list becomes racks: all or none, and only once."""

from pathlib import Path

import pytest

from commands import importing
from tests.desk_story import DeskStory, furnish, open_desk

HEAD = "\ufeffCabinet,Compute Tray,Position,S/N,Lot,Weight\r\n"
OPTIONS = "--model NVL72 --site PLANT --as aivres --yes"


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    desk = open_desk(tmp_path_factory.mktemp("importing") / "ledger")
    furnish(desk)
    return desk


@pytest.fixture
def desk(furnished: DeskStory, tmp_path: Path) -> DeskStory:
    return furnished.copy(tmp_path)


def rack(name: str, batch: str = "B-01", units: int = 3, *, first: int = 1) -> str:
    number = int(name[1:])
    return "".join(
        f"{name},1,{n},S{number:03d}-{n},{batch},9\r\n" for n in range(first, first + units)
    )


def test_every_rack_of_the_list_is_recorded_in_one_transaction(desk: DeskStory) -> None:
    before = desk.size
    path = desk.file("packing.csv", HEAD + rack("R0001") + rack("R0002") + rack("R0003", "B-02"))
    result = desk.run(f"import packing-list {path} {OPTIONS}")
    assert "assembled: 3 racks, 9 GPUs" in result.output
    assert "columns not read: Weight" in result.stderr
    assert f"recorded as entries {before} to {before + 2}" in result.output
    assert "--racks R0001..R0003" in result.output
    statement = desk.newest()
    assert (statement.data.rack, statement.data.assembly) == ("R0003", "R0003-A1")
    kinds = {one.kind: one.title for one in statement.documents}
    assert kinds == {"build_manifest": "Build of R0003", "packing_list": "packing.csv"}
    assert desk.rows("where --rack R0003")[0]["quantity"] == 3
    links = [row["link"] for row in desk.rows("query custody", "serial=S002-2")]
    assert links[-1] == "RackAssembled"
    assert "PASS" in desk.run("verify").output


def test_what_is_recorded_already_is_skipped(desk: DeskStory) -> None:
    path = desk.file("packing.csv", HEAD + rack("R0001"))
    desk.run(f"import packing-list {path} {OPTIONS}")
    again = desk.run(f"import packing-list {path} {OPTIONS}")
    assert "recorded already: 1 of 1 racks" in again.stderr
    before = desk.size
    path = desk.file("packing.csv", HEAD + rack("R0001") + rack("R0002"))
    desk.run(f"import packing-list {path} {OPTIONS}")
    assert desk.size == before + 1
    assert desk.newest().data.rack == "R0002"


def test_a_rack_recorded_with_other_units_stops_the_import(desk: DeskStory) -> None:
    path = desk.file("packing.csv", HEAD + rack("R0001"))
    desk.run(f"import packing-list {path} {OPTIONS}")
    path = desk.file("packing.csv", HEAD + rack("R0002") + rack("R0001", units=2))
    output = desk.refused(f"import packing-list {path} {OPTIONS}", code="RACK-DIFFERS")
    assert "packing.csv:5" in output
    entry = desk.size - 1
    path = desk.file("fixed.csv", HEAD + rack("R0001", units=2))
    desk.run(
        f"rack assemble R0001 --model NVL72 --site PLANT --manifest {path} --corrects {entry}"
        " --as aivres --yes"
    )
    path = desk.file("packing.csv", HEAD + rack("R0002") + rack("R0001", units=2))
    desk.run(f"import packing-list {path} {OPTIONS}")
    assert desk.newest().data.rack == "R0002"


def test_a_large_list_goes_in_several_transactions(
    desk: DeskStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_MAX", 2)
    path = desk.file("packing.csv", HEAD + "".join(rack(f"R000{n}") for n in range(1, 6)))
    line = f"import packing-list {path} {OPTIONS} --idempotency-key list-1"
    output = desk.run(line).output
    assert output.count("recorded as entr") == 3
    keys = [one.value for one in desk.newest().references]
    assert keys == ["list-1/from-5"]


def test_gpus_without_a_serial_number_are_counted_and_told(desk: DeskStory) -> None:
    path = desk.file("packing.csv", HEAD + rack("R0001") + "R0001,2,1,N/A,B-02,9\r\n")
    output = desk.run(f"import packing-list {path} {OPTIONS}").output
    assert "without a serial number: 1 GPUs" in output
    assert sum(row["quantity"] for row in desk.rows("where --rack R0001")) == 4


def test_an_incomplete_rack_is_told(desk: DeskStory) -> None:
    rows = "".join(f"R0001,S{n},B-01\n" for n in range(71))
    path = desk.file("packing.csv", "rack,serial,batch\n" + rows)
    output = desk.run(f"import packing-list {path} {OPTIONS}").output
    assert "columns not read" not in output
    assert "R0001 has 71 GPUs, and NVL72 contains 72" in output


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        (HEAD + rack("R0001") + rack("R0001"), "ROWS-REJECTED", "packing.csv:5: serial S001-1"),
        (HEAD + rack("R0001", "B 01"), "ROWS-REJECTED", "packing.csv:2: batch 'B 01'"),
        (HEAD, "ROWS-REJECTED", "packing.csv:1"),
        ("", "CSV-EMPTY", "packing.csv:1"),
        (HEAD[1:].encode("utf-16-le"), "CSV-CONTROL", "packing.csv:1"),
        ((HEAD + rack("R0001")).encode("utf-16"), "CSV-ENCODING", "packing.csv"),
        (HEAD.encode() + b"R1,1,1,\xe9,B-01,9\n", "CSV-ENCODING", "packing.csv:2"),
        (HEAD + 'R1,1,1,"S1,B-01,9\n', "CSV-SYNTAX", "packing.csv:2"),
        (HEAD + rack("R0001")[:-9], "ROWS-REJECTED", "packing.csv:4"),
        ("[" * 100_000, "CSV-COLUMNS", "packing.csv:1"),
        (b"x" * (32 * 1024 * 1024 + 1), "TOO-LARGE", "packing.csv"),
        (HEAD + "R1,1,1,\x1b]0;evil\x07,B-01,9\n", "CSV-CONTROL", "packing.csv:2"),
    ],
)
def test_a_list_that_is_not_well_formed_records_nothing(
    furnished: DeskStory, content: str | bytes, code: str, told: str
) -> None:
    path = furnished.file("packing.csv", content)
    output = furnished.refused(f"import packing-list {path} {OPTIONS}", code=code)
    assert told in output
    assert "\x1b" not in output


def test_each_row_that_is_rejected_is_told_on_a_line_of_its_own(furnished: DeskStory) -> None:
    rows = 'R0001,1,1,"S\n  code: X",B-01,9\nR0001,1,1,S1,B 01,9\n'
    path = furnished.file("packing.csv", HEAD + rows)
    output = furnished.refused(f"import packing-list {path} {OPTIONS}", code="ROWS-REJECTED")
    told = [line for line in output.splitlines() if line.startswith("  packing.csv:")]
    assert [line.split()[0] for line in told] == ["packing.csv:2:", "packing.csv:4:"]
    assert "  code: X" not in output.splitlines()


def test_a_list_of_an_unknown_batch_is_undecided(furnished: DeskStory) -> None:
    path = furnished.file("packing.csv", HEAD + rack("R0001", "B-1"))
    line = f"import packing-list {path} {OPTIONS}"
    output = furnished.refused(line, code="BATCH-UNKNOWN", exit_code=3)
    assert "did you mean B-01" in output


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_list_that_cannot_be_read_is_undecided(furnished: DeskStory, name: str) -> None:
    path = furnished.folder.parent / name
    line = f"import packing-list {path} {OPTIONS}"
    furnished.refused(line, code="DOCUMENT-UNREADABLE", exit_code=3)


def test_a_list_corrects_nothing(furnished: DeskStory) -> None:
    path = furnished.file("packing.csv", HEAD + rack("R0001"))
    line = f"import packing-list {path} {OPTIONS} --corrects 3"
    furnished.refused(line, code="IMPORT-CORRECTS")
