"""Packing lists and lists of serial numbers: what is read, and what is wrong with a file."""

import contextlib
import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.importers import table
from commands.importers.packing_list import PackedRack, PackingList, read_packing_list
from commands.importers.serial_list import manifest_of, quoted, read_serials
from ledger.errors import LedgerError, Malformed
from projections.units import BATCH_HEAD, RACK_HEAD, Manifest, _batch_row, _rack_row, _read

HEAD = "rack,tray,slot,serial,batch\n"
WHERE = "list.csv"


def refused(
    content: bytes | str, code: str, *, where: str | None = None, told: str = ""
) -> Malformed:
    data = content.encode() if isinstance(content, str) else content
    with pytest.raises(Malformed) as caught:
        read_packing_list(data, WHERE)
    assert caught.value.code == code
    assert caught.value.where == where
    assert caught.value.hint
    assert told in caught.value.message
    return caught.value


def read(text: str) -> PackingList:
    return read_packing_list(text.encode(), WHERE)


def test_a_packing_list_becomes_racks_in_its_order() -> None:
    found = read(HEAD + "R2,1,1,S1,B-01\nR1,1,1,S2,B-01\nR2,1,2,S3,B-02\nr2,1,3,S4,b-01\n")
    assert [(one.rack, one.line, one.batches) for one in found.racks] == [
        ("R2", 2, {"B-01": 2, "B-02": 1}),
        ("R1", 3, {"B-01": 1}),
    ]
    assert found.table.ignored == ()


@pytest.mark.parametrize(
    "head",
    [
        "Rack ID,Compute Tray,Position,Serial Number,Lot",
        "\ufeffcabinet;tray;slot;S/N;BATCH".replace(";", ","),
        "RACK_ID,compute_tray,SLOT,sn,lot_no",
        '"Rack","Tray","Slot","Serial","Batch"',
    ],
)
def test_the_usual_names_of_columns_are_understood(head: str) -> None:
    found = read(f"{head}\r\nR1,2,3,S1,B-01\r\n")
    unit = found.racks[0].units[0]
    assert (unit.tray, unit.slot, unit.serial, unit.batch) == ("2", "3", "S1", "B-01")


@pytest.mark.parametrize(
    "above",
    [
        "Aivres Inc.\nPacking list 4711\n\n",
        "Aivres, Inc.,,,\n",
        "sep=,\n",
        "\ufeffSEP=,\r\n\r\n",
        "\n , \n",
    ],
)
def test_a_letterhead_may_stand_above_the_names_of_the_columns(above: str) -> None:
    found = read(f"{above}Rack,S/N,Lot\nR1,S1,B1,,\n")
    assert [one.serial for one in found.racks[0].units] == ["S1"]
    first = found.racks[0].line
    assert found.table.origin.head == first - 1
    error = refused(f"{above}Rack;S/N;Lot\nR1;S1;N/A\n".replace("=,", "=;"), "ROWS-REJECTED")
    assert f"{WHERE}:{first}: " in error.message


def test_tray_slot_and_chassis_may_be_absent_and_other_columns_are_told() -> None:
    found = read(
        "weight,rack,serial,batch,chassis,\n9,R1,S1,B1,,\n9,R1,S2,B1,CH1,\n9,R1,S3,B1,CH1,\n"
    )
    assert found.table.ignored == ("weight", "column 6")
    assert found.racks[0].chassis == "CH1"
    assert found.racks[0].units[0].tray is None


@pytest.mark.parametrize("cell", ["", " ", "N/A", "n/a", "#N/A", "null", "-", "0", "000000", "0-0"])
def test_a_missing_serial_counts_as_a_gpu_and_is_not_in_the_manifest(cell: str) -> None:
    rack = read(HEAD + f"R1,1,1,{cell},B1\nR1,1,2,S2,B1\n").racks[0]
    assert (rack.batches, rack.unnamed) == ({"B1": 2}, 1)
    assert rack.manifest().data == b"rack,tray,slot,serial,batch\nR1,1,2,S2,B1\n"


def test_a_tray_or_slot_of_zero_is_a_place() -> None:
    assert read(HEAD + "R1,0,0,S1,B1\n").racks[0].units[0].slot == "0"


@pytest.mark.parametrize(
    ("row", "code", "told"),
    [
        (",1,1,S9,B1", "CELL-MISSING", "names no rack"),
        ("R1,1,9,S9,N/A", "CELL-MISSING", "names no batch"),
        ("R 1,1,9,S9,B1", "CELL-FORM", "no identifier"),
        ("R1,1,9,S9,../B1", "CELL-FORM", "no identifier"),
        ("R1,1,9,1.65E+12,B1", "SERIAL-ROUNDED", "rounded by a spreadsheet"),
        ('R1,1,9,"1,65e+12",B1', "SERIAL-ROUNDED", "rounded by a spreadsheet"),
        ("R1,1,9,=1+1,B1", "CELL-FORM", "formula"),
        ("R1,1,9,#REF!,B1", "CELL-FORM", "formula"),
        ("R1,1,9,+cmd|' /C calc'!A0,B1", "CELL-FORM", "formula"),
        ("R1,1,9,-2+3,B1", "CELL-FORM", "formula"),
        ("R1,1,@SUM(1),S9,B1", "CELL-FORM", "formula"),
        ("Total:,,,72,B1", "ROW-TOTAL", "take totals out"),
        ("Rack 01,1,9,S9,B1", "CELL-FORM", "such as Rack-01"),
        ("R1,1,9,Sé,B1", "CELL-FORM", "printable ASCII"),
        (f"R1,1,9,{'S' * 65},B1", "CELL-FORM", "1 to 64"),
        ("R1,1,9,s1,B1", "SERIAL-REPEATED", "stands on line 2 already"),
        ("R7,1,9,S1,B1", "SERIAL-REPEATED", "stands on line 2 already"),
        ("r1,1,1,S9,B1", "POSITION-REPEATED", "stands on line 2 already"),
        ("R1,1,9,S9", "ROW-LENGTH", "4 cells where the head has 5"),
        ("R1,1,9,S9,B1,,x", "ROW-LENGTH", "7 cells where the head has 5"),
    ],
)
def test_what_is_wrong_with_a_row_is_told_with_its_line_and_code(
    row: str, code: str, told: str
) -> None:
    error = refused(HEAD + f"R1,1,1,S1,B1\n\n{row}\n", "ROWS-REJECTED", told=told)
    assert f"{WHERE}:4: " in error.message
    assert error.message.endswith(f"[{code}]")


def test_all_problems_are_told_at_once_up_to_twenty() -> None:
    rows = "".join(f"R1,1,{slot},S 1é,\n" for slot in range(30))
    error = refused(HEAD + rows, "ROWS-REJECTED", told="60 rows are not well-formed")
    assert error.message.count(f"{WHERE}:") == 20
    assert error.message.endswith("and 40 more")


def test_another_chassis_in_one_rack_is_a_problem() -> None:
    text = "rack,serial,batch,chassis\nR1,S1,B1,CH1\nR1,S2,B1,CH2\nR1,S3,B1,N/A\n"
    assert "CHASSIS-DIFFERS" in refused(text, "ROWS-REJECTED").message


@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        (b"", "CSV-EMPTY", "list.csv:1"),
        (b" , \n\n", "CSV-EMPTY", "list.csv:1"),
        (b" , \nR1,1\n", "CSV-COLUMNS", "list.csv:2"),
        (b"%PDF-1.7 a list", "FILE-KIND", WHERE),
        (b"\xff\xd8\xff\xe0", "FILE-KIND", WHERE),
        ((HEAD + "R1,1,1,S1,B1\n").encode("utf-16"), "CSV-ENCODING", WHERE),
        (HEAD.encode() + b"R1,1,1,\xff\xfe,B1\n", "CSV-ENCODING", "list.csv:2"),
        (HEAD.encode() + b"R1,1,1,S\0,B1\n", "CSV-CONTROL", "list.csv:2"),
        (HEAD.encode() + b"R1,1,1,S\x1b[2J,B1\n", "CSV-CONTROL", "list.csv:2"),
        (HEAD.encode() + b'R1,1,1,"S1,B1\n', "CSV-SYNTAX", "list.csv:2"),
        (HEAD.encode() + b'R1,1,1,"S1"x,B1\n', "CSV-SYNTAX", "list.csv:2"),
        (HEAD.encode() + b"R1,1,1," + b"S" * 200_000 + b",B1\n", "CSV-SYNTAX", "list.csv:2"),
        (b"rack|serial|batch\nR1|S1|B1\n", "CSV-DELIMITER", "list.csv:1"),
        (b"rack\tserial\tbatch\n", "ROWS-REJECTED", None),
        (b"rack,serial\nR1,S1\n", "CSV-COLUMNS", "list.csv:1"),
        (b"serial\nS1\n", "CSV-COLUMNS", "list.csv:1"),
        (b"rack,cabinet,serial,batch\n", "CSV-COLUMNS", "list.csv:1"),
        (b"rack,serial,batch\n", "ROWS-REJECTED", None),
        (b"PK\x03\x04 this is a workbook", "WORKBOOK-FORM", WHERE),
    ],
)
def test_a_file_that_is_no_packing_list_is_refused(
    content: bytes, code: str, where: str | None
) -> None:
    refused(content, code, where=where)


def test_files_beyond_the_limits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refused(b"x" * (32 * 1024 * 1024 + 1), "TOO-LARGE", where=WHERE)
    monkeypatch.setattr(table, "ROWS_MAX", 2)
    refused(HEAD + "".join(f"R1,1,{n},S{n},B1\n" for n in range(3)), "CSV-ROWS", where=WHERE)


def test_the_line_of_a_row_is_where_it_begins() -> None:
    text = 'rack,note,serial,batch\nR1,"two\nlines",S1,B1\nR1,x,S1,B1\n'
    assert (
        "list.csv:4: serial S1 stands on line 2 already" in refused(text, "ROWS-REJECTED").message
    )


cells = st.one_of(
    st.sampled_from(["R1", "R2", "S1", "S2", "B1", "1", "", "N/A", "000", '"', '"a,b"', "\n", "é"]),
    st.text(max_size=6),
)


@given(
    st.sampled_from(["", "\ufeff"]), st.lists(st.lists(cells, min_size=4, max_size=6), max_size=6)
)
def test_no_text_breaks_the_reader(mark: str, rows: list[list[str]]) -> None:
    text = mark + HEAD + "\n".join(",".join(row) for row in rows)
    with contextlib.suppress(LedgerError):
        for rack in read(text.encode(errors="replace").decode()).racks:
            manifest = read_manifest(rack)
            assert (manifest.skipped, manifest.problem) == (0, None)
            assert len(manifest.units) == len(rack.units) - rack.unnamed


def read_manifest(rack: PackedRack) -> Manifest:
    """Read a build manifest as the records do."""
    return _read(
        rack.manifest().data, RACK_HEAD, lambda row: _rack_row(row, {rack.rack.lower(): rack.rack})
    )


@pytest.mark.parametrize("reader", [read_packing_list, read_serials])
@given(content=st.binary(max_size=200))
def test_no_bytes_break_a_reader(reader: Callable[[bytes, str], object], content: bytes) -> None:
    with pytest.raises(Malformed):
        reader(b"\xff" + content, WHERE)
    with contextlib.suppress(LedgerError):
        reader(content, WHERE)


printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=64)


@given(printable)
def test_a_cell_is_quoted_as_csv_reads_it(text: str) -> None:
    assert next(csv.reader(io.StringIO(quoted(text)), strict=True)) == [text]


def test_a_list_of_serials_becomes_the_manifest_that_the_records_read() -> None:
    serials = read_serials(b'GPU Serial,Box\r\nS1,9\r\n"S,2",9\r\n', WHERE)
    manifest = _read(
        manifest_of("B-01", serials).data, BATCH_HEAD, lambda row: _batch_row(row, "B")
    )
    assert [one.serial for one in manifest.units] == ["S1", "S,2"]
    assert manifest.problem is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"serial\nS1\nS1\n", "list.csv:3: serial S1 stands on line 2 already [SERIAL-REPEATED]"),
        (b"serial,x\nN/A,1\n", "list.csv:2: it names no serial number [CELL-MISSING]"),
        (b"serial\n1E+5\n", "list.csv:2: serial 1E+5 was rounded"),
        (b"serial\n", "list.csv:1: no serial number follows [CSV-EMPTY]"),
    ],
)
def test_a_list_of_serials_with_a_fault_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_serials(content, WHERE)
    assert caught.value.code == "ROWS-REJECTED"
    assert told in caught.value.message
