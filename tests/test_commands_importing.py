"""A packing list becomes racks: all or none, and only once."""

import hashlib
import io
from pathlib import Path

import pytest
import xlsxwriter

from commands import importing
from tests.desk_story import DeskStory, furnish, open_desk
from tests.workbooks import Cell, xlsx

HEAD = "\ufeffCabinet,Compute Tray,Position,S/N,Lot,Weight\r\n"
OPTIONS = "--model NVL72 --site PLANT --as aivres --yes"


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("importing") / "ledger", furnish)


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


def test_a_workbook_is_recorded_with_the_file_and_its_columns_are_kept_for_the_next(
    desk: DeskStory,
) -> None:
    rows: list[list[Cell]] = [["Where", "No.", "Charge"], ["R0001", 7001, "B-01"]]
    path = desk.file("packing.xlsx", xlsx(rows))
    kept = desk.folder.parent / "map.json"
    told = desk.run(
        f"import packing-list {path} {OPTIONS} --column rack=Where --column serial=No."
        f" --column batch=Charge --save-map {kept} --dry-run"
    )
    assert "read: 1 rows of packing.xlsx, sheet Units, head in row 1; rack from 'Where'" in (
        told.stderr
    )
    before = desk.size
    desk.run(f"import packing-list {path} {OPTIONS} --map {kept}")
    assert desk.size == before + 1
    (paper,) = [one for one in desk.newest().documents if one.kind == "packing_list"]
    assert paper.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    desk.run(f"import packing-list {path} {OPTIONS} --map {kept}")
    assert desk.size == before + 1
    desk.refused(
        f"import packing-list {path} {OPTIONS} --map {kept} --save-map {kept}", code="FILE-EXISTS"
    )


def test_a_list_with_a_password_is_not_stored(desk: DeskStory) -> None:
    rows: list[list[Cell]] = [
        ["rack", "serial", "batch", "BMC Password", "Colour"],
        ["R0001", "S1", "B-01", "geheim-1", "red"],
    ]
    for name, content in (
        ("p.xlsx", xlsx(rows)),
        ("p.csv", "\n".join(",".join(map(str, row)) for row in rows)),
        ("q.csv", "rack,serial,batch,Colour,x\nR0001,S1,B-01,red,password: geheim-1\n"),
        ("r.xlsx", xlsx([row[:3] for row in rows], Notes=[["root password", "geheim-1"]])),
    ):
        other = desk.copy(desk.folder.parent / name.replace(".", "-"))
        path = other.file(name, content)
        told = other.run(f"import packing-list {path} {OPTIONS}")
        assert f"the file seems to hold a password ({name}" in told.stderr
        assert "geheim" not in told.output + told.stderr
        assert "what was read of it" in {
            one.title.partition(", ")[2] for one in other.newest().documents
        }
        held = b"".join(one.read_bytes() for one in other.folder.rglob("*") if one.is_file())
        assert b"geheim" not in held
        assert hashlib.sha256(path.read_bytes()).hexdigest().encode() not in held


def test_a_remark_in_a_cell_may_hold_the_password(desk: DeskStory) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Units")
        sheet.write_row(0, 0, ["rack", "serial", "batch"])
        sheet.write_row(1, 0, ["R0001", "S1", "B-01"])
        sheet.write_comment(1, 1, "password: geheim-1")
    path = desk.file("p.xlsx", content.getvalue())
    assert "xl/comments1.xml" in desk.run(f"import packing-list {path} {OPTIONS}").stderr


def test_a_serial_number_that_stands_in_another_rack_is_refused(desk: DeskStory) -> None:
    path = desk.file("packing.csv", HEAD + rack("R0001"))
    desk.run(f"import packing-list {path} {OPTIONS}")
    path = desk.file("other.csv", HEAD + "R0002,1,1,s001-2,B-01,9\r\n")
    line = f"import packing-list {path} {OPTIONS}"
    output = desk.refused(line, code="ROWS-REJECTED")
    assert "other.csv:2: serial S001-2 is recorded in rack R0001 already, by entry" in output
    path = desk.file(
        "both.csv",
        HEAD
        + "R0002,1,1,s001-2,B-01,9\r\nR0002,1,3,s001-1,B-01,9\r\nR0002,1,2,S 9\u00e9,B-01,9\r\n",
    )
    told = desk.refused(f"import packing-list {path} {OPTIONS}", code="ROWS-REJECTED")
    assert "[SERIAL-RECORDED]" in told
    assert "[CELL-FORM]" in told
    desk.run("rack disassemble R0001 --as aivres --yes")
    desk.run(line)
    path = desk.file("loose.csv", "rack,serial,batch\r\nR0003,L-1,OLD-1\r\n")
    loose = desk.file("stock.csv", "rack,serial\r\n,L-1\r\n")
    desk.run(f"import inventory {loose} --site PLANT --batch OLD-1 --chip GPU --as aivres --yes")
    desk.run(f"import packing-list {path} {OPTIONS}")
    other = OPTIONS.replace("aivres", "aolani --by aivres --basis counterparty")
    desk.run(f"import packing-list {path} {other}")
    assert desk.newest().basis == "counterparty"


def test_a_report_of_a_device_is_no_packing_list(furnished: DeskStory) -> None:
    path = furnished.file("smi.xml", "<nvidia_smi_log/>")
    furnished.refused(f"import packing-list {path} {OPTIONS}", code="FILE-KIND")
