"""Workbooks: which sheet, which row, which cell; and what a hostile one does."""

import contextlib
import datetime as dt
import importlib.util
import io
import resource
import subprocess
import sys
import zipfile
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from commands.importers import workbook, workbook_process
from commands.importers.layout import Layout, layout_with, read_layout
from commands.importers.packing_list import PackingList, read_packing_list
from commands.importers.table import letters
from ledger.errors import LedgerError, Malformed, Unavailable
from tests.workbooks import Cell, ods, xlsx

HEAD: list[Cell] = ["Cabinet", "Tray", "Slot", "S/N", "Lot"]
WHERE = "list.xlsx"


def read(content: bytes, layout: Layout | None = None) -> PackingList:
    return read_packing_list(content, WHERE, layout or Layout())


def refused(content: bytes, code: str, layout: Layout | None = None) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        read(content, layout)
    assert caught.value.code == code, caught.value.message
    assert caught.value.hint
    return caught.value


def serials(found: PackingList) -> list[str | None]:
    return [unit.serial for rack in found.racks for unit in rack.units]


def test_a_number_is_read_as_its_digits_below_a_letterhead() -> None:
    found = read(xlsx([["Packing list 7"], [], HEAD, ["R1", 1, 2.0, 1650522003820, "B1"]]))
    unit = found.racks[0].units[0]
    assert (unit.serial, unit.tray, unit.slot) == ("1650522003820", "1", "2")
    origin = found.table.origin
    assert (origin.sheet, origin.head, found.racks[0].line) == ("Units", 3, 4)
    assert origin.headings["rack"] == "Cabinet"


@pytest.mark.parametrize("first", ["R1", "R2"])
def test_an_opendocument_sheet_is_read_too(first: str) -> None:
    content = ods([["rack", "serial", "batch"], [first, "S1", "B1"]])
    assert serials(read(content)) == ["S1"]


def test_every_bad_cell_is_told_by_sheet_and_cell_in_one_pass() -> None:
    rows: list[list[Cell]] = [
        HEAD,
        ["R1", 1, 1, "1.65E+12", "B1"],
        ["R1", 1, 2, 1650522003820123, "B1"],
        ["R1", 1, 3, "S3", "B 1"],
        ["R1", 1, 4, "S4", "B1"],
        ["R1", 1, 5, "S4", "B1"],
        ["R1", 1, 6, True, None],
    ]
    message = refused(xlsx(rows), "ROWS-REJECTED").message
    for told in (
        "sheet Units, cell D2: serial 1.65E+12 was rounded by a spreadsheet: its digits are lost;",
        " format the column as text and paste it again from its source [SERIAL-ROUNDED]",
        "sheet Units, cell D3: serial has more than 15 digits",
        "sheet Units, cell E4: batch 'B 1' is no identifier",
        "sheet Units, cell D6: serial S4 stands on line 5 already",
        "sheet Units, cell E7: it names no batch",
    ):
        assert told in message


def test_a_date_in_a_serial_number_is_refused_and_elsewhere_nobody_minds() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Units")
        form = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["Packed", "rack", "serial", "batch"])
        sheet.write_datetime(1, 0, dt.datetime(2026, 1, 2), form)  # noqa: DTZ001  Excel has no zones
        sheet.write_row(1, 1, ["R1", "S1", "B1"])
        sheet.write_string(2, 1, "R1")
        sheet.write_datetime(2, 2, dt.datetime(2026, 1, 2), form)  # noqa: DTZ001  as above
        sheet.write_string(2, 3, "B1")
    message = refused(content.getvalue(), "ROWS-REJECTED").message
    assert "cell C3: serial is a date" in message
    assert "cell A2" not in message


def test_a_rack_named_once_over_its_rows_stands_for_each() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Units")
        sheet.write_row(0, 0, ["rack", "serial", "batch"])
        sheet.merge_range(1, 0, 2, 0, "R7")
        sheet.write_row(1, 1, ["S1", "B1"])
        sheet.write_row(2, 1, ["S2", "B1"])
    assert [rack.batches for rack in read(content.getvalue()).racks] == [{"B1": 2}]


def test_where_two_sheets_name_the_columns_one_must_be_said() -> None:
    content = xlsx([HEAD, ["R1", 1, 1, "S1", "B1"]], Old=[HEAD, ["R2", 1, 1, "S2", "B1"]])
    assert "Units and Old" in refused(content, "SHEET-UNCLEAR").message
    assert serials(read(content, Layout(sheet="old"))) == ["S2"]
    assert "called New" in refused(content, "CSV-EMPTY", Layout(sheet="New")).message
    refused(xlsx([]), "CSV-EMPTY")


def test_a_layout_names_headings_that_nobody_would_guess() -> None:
    rows: list[list[Cell]] = [["Where", "Gerätenr.", "Lot", "S/N"], ["R1", "S1", "B1", "x"]]
    error = refused(xlsx(rows), "CSV-COLUMNS")
    assert (error.where, "--column rack=HEADING" in str(error.hint)) == (
        "list.xlsx, sheet Units, row 1",
        True,
    )
    layout = layout_with(Layout(), None, ["rack=where", "serial=GERÄTENR"])
    found = read(xlsx(rows), layout)
    assert (serials(found), found.table.ignored) == (["S1"], ("S/N",))
    assert read_layout(found.table.origin.layout.encode(), "map.json") == Layout(
        sheet="Units", columns={"rack": "Where", "serial": "Gerätenr.", "batch": "Lot"}
    )
    refused(xlsx(rows), "LAYOUT-COLUMN", Layout(columns={"weight": "Where"}))
    refused(xlsx(rows), "CSV-COLUMNS", Layout(columns={"rack": "Nowhere"}))
    refused(xlsx([["rack", "cabinet", "serial", "batch"]]), "CSV-COLUMNS")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"columns": {"serial": 1}}', b'{"else": 1}', b"\xff", b"[" * 10_000]
)
def test_what_is_no_layout_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        read_layout(content, "map.json")
    assert caught.value.code == "LAYOUT-FORM"


@pytest.mark.parametrize("text", ["serial", "serial=", "=x"])
def test_a_column_is_named_with_its_heading(text: str) -> None:
    if text == "=x":
        refused(xlsx([HEAD]), "LAYOUT-COLUMN", layout_with(Layout(), None, [text]))
        return
    with pytest.raises(Malformed) as caught:
        layout_with(Layout(), None, [text])
    assert caught.value.code == "LAYOUT-FORM"


def test_a_workbook_that_claims_a_billion_cells_ends_its_reader_and_nothing_else() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Units")
        sheet.write(0, 0, "rack")
        sheet.write(1_048_575, 16_383, "far")
    refused(content.getvalue(), "WORKBOOK-LARGE")


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook, "UNPACKED_BYTES_MAX", 1000)
    assert "unpacks to more" in refused(xlsx([HEAD]), "WORKBOOK-LARGE").message


def test_a_workbook_with_too_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_process, "CELLS_MAX", 4)
    assert workbook_process.read_workbook(xlsx([HEAD])).problem == "large"
    in_this_process(monkeypatch)
    assert "10,000,000 cells" in refused(xlsx([HEAD]), "WORKBOOK-LARGE").message


def in_this_process(monkeypatch: pytest.MonkeyPatch, found: Any = None) -> None:
    """Let the workbook be read without a process of its own."""

    def run(_: object, *, input: bytes, **__: Any) -> Any:  # noqa: A002  subprocess calls it so
        output = io.BytesIO()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(input)))
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output))
        monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
        workbook_process.main()
        return subprocess.CompletedProcess([], 0, found or output.getvalue())

    monkeypatch.setattr(subprocess, "run", run)


def test_a_workbook_locked_by_a_password_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise python_calamine.PasswordError("locked")

    monkeypatch.setattr(
        python_calamine, "CalamineWorkbook", type("W", (), {"from_filelike": locked})
    )
    in_this_process(monkeypatch)
    refused(xlsx([HEAD]), "WORKBOOK-PASSWORD")


def test_an_answer_that_is_none_is_no_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    in_this_process(monkeypatch, b"\xc1")
    refused(xlsx([HEAD]), "WORKBOOK-LARGE")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.5, -3.0, True, 7])
def test_cells_as_text(value: float) -> None:
    text, kind = workbook_process._plain(value)
    expected = {"1.5": "1.5", "-3.0": "-3", "True": "TRUE", "7": "7"}
    assert (text, kind) == (expected.get(str(value), "#NUM!"), None)


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), xlsx([HEAD])[:-40]],
)
def test_what_only_begins_as_a_workbook_is_refused(content: bytes) -> None:
    refused(content, "WORKBOOK-FORM")


def test_without_the_extra_the_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    error = refused(xlsx([HEAD]), "EXTRA-MISSING")
    assert isinstance(error, Unavailable)
    assert "chipledger[import]" in str(error.hint)


def test_a_sheet_of_charts_alone_names_no_columns() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet("Units").write_row(0, 0, ["x", "y"])
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Units!$A$1:$A$2"})
        book.add_chartsheet("Chart").set_chart(chart)
    refused(content.getvalue(), "CSV-COLUMNS")


def test_columns_are_called_as_in_a_spreadsheet() -> None:
    assert [letters(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@given(st.data())
def test_no_change_of_a_workbook_breaks_its_reader(data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(_SAMPLE)) as packed:
        parts = {one: packed.read(one) for one in packed.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    part = bytearray(parts[name])
    at = data.draw(st.integers(0, len(part) - 1))
    part[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=8))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for one, text in parts.items():
            packed.writestr(one, bytes(part) if one == name else text)
    found = workbook_process.read_workbook(content.getvalue())
    assert found.problem or found.sheets is not None


_SAMPLE = xlsx([HEAD, ["R1", 1, 1, "S1", "B1"], ["R1", 1, 2, 7, "B1"]])

cells = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.sampled_from(["=1+1", '"', "a,b", "\t", "\u202eabc", "+cmd|' /C calc'!A0", "x" * 300]),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(st.lists(st.lists(cells, min_size=5, max_size=5), max_size=6))
def test_hostile_cells_are_read_or_refused_by_place(rows: list[list[Cell]]) -> None:
    found = workbook_process.read_workbook(xlsx([HEAD, *rows]))
    assert found.problem is None
    grid = workbook._grid(found.sheets[0], 0)
    assert all(line >= 2 for line, _ in grid.rows)
    with contextlib.suppress(LedgerError):
        for rack in read(xlsx([HEAD, *rows[:1]])).racks:
            assert rack.manifest().data


def test_a_list_that_lacks_a_column_is_named_where_it_comes_nearest() -> None:
    cover: list[list[Cell]] = [["Confidential"], [], ["Slot machine inventory"]]
    rows: list[list[Cell]] = [["Hall 3"], [], ["Cabinet No.", "Tray #", "Slot", "Lot Number"]]
    error = refused(xlsx(cover, "Cover", Liste=rows), "CSV-COLUMNS")
    assert error.where == f"{WHERE}, sheet Liste, row 3"
    assert "no column serial" in error.message
    rows[2] += ["S/N Nr."]
    found = read(xlsx(cover, "Cover", Liste=[*rows, ["R1", 1, 1, "B-1", "SN-1"]]))
    assert [(rack.rack, rack.units[0].serial) for rack in found.racks] == [("R1", "SN-1")]
    text = b"Hall 3,\n,\nCabinet No.,S/N\nR1,SN-1\n"
    with pytest.raises(Malformed) as caught:
        read(text)
    assert caught.value.where == f"{WHERE}:3"
