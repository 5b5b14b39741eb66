"""An inventory becomes opening stock: all or none, only once, with the list as evidence."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.application import Ledger
from tests.desk_story import DeskStory, furnish, open_desk

HEAD = "Cabinet,Compute Tray,Position,S/N,Rack Serial,Hall\r\n"
USUAL = "--batch OLD-1 --model NVL72 --chip GPU --state operational"
OPTIONS = f"--site JHR-1 --owner aolani --supplier aivres {USUAL} --yes"


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("inventory") / "ledger", furnish)


@pytest.fixture
def desk(furnished: DeskStory, tmp_path: Path) -> DeskStory:
    return furnished.copy(tmp_path)


def rack(name: str, units: int = 72, batch: str = "") -> str:
    number = int(name[1:])
    return "".join(
        f"{name},{n // 4},{n % 4},S{number:04}-{n:02},CHASSIS-{number:06},H1{batch}\r\n"
        for n in range(units)
    )


def load(desk: DeskStory, *racks: str, options: str = OPTIONS, head: str = HEAD) -> Any:
    path = desk.file("inventory.csv", head + "".join(racks))
    return desk.run(f"import inventory {path} {options}")


def test_a_hall_is_opened_in_one_transaction_with_its_inventory(desk: DeskStory) -> None:
    before = desk.size
    result = load(desk, *(rack(f"R{n:04}") for n in range(1, 501)))
    assert "stock of aolani at JHR-1: 36,000 GPUs in 500 racks" in result.output
    assert "kept in the file attached: Hall" in result.stderr
    assert f"recorded as entries {before} to {before + 1}" in result.output
    with Ledger.open(str(desk.folder / "ledger.db")) as ledger:
        told = [ledger.event(index).statement for index in range(before, ledger.size)]
    assert sum(len(one.data.racks) for one in told) == 500
    for one in told:
        assert {paper.kind for paper in one.documents} == {"inventory", "inventory_file"}
        assert one.data.racks[0].chassis_serial is not None
    (row,) = desk.rows("where --site JHR-1")
    assert (row["quantity"], row["on_opening"]) == (36_000, 36_000)
    rows = desk.rows("query custody", "serial=s0500-71")
    assert [(row["link"], row["from_place"]) for row in rows if row["book"] == "possession"] == [
        ("StockOpened", "provenance not recorded here")
    ]
    assert all(row["holds"] for row in desk.rows("query reconcile"))
    assert "rack R0500, tray 17, slot 3" in desk.run("show S0500-71").output
    assert "PASS" in desk.run("verify").output


def test_what_is_recorded_already_changes_nothing(desk: DeskStory) -> None:
    load(desk, rack("R0001"), ",,,LOOSE-1,,\r\n")
    before = desk.size
    again = load(desk, rack("R0001"), ",,,LOOSE-1,,\r\n")
    assert "recorded already: 1 of 1 racks" in again.stderr
    assert desk.size == before
    load(desk, rack("R0001"), rack("R0002"), ",,,LOOSE-1,,\r\n")
    assert desk.size == before + 1
    assert [one.rack for one in desk.newest().data.racks] == ["R0002"]


def test_what_was_opened_with_other_units_stops_the_import(desk: DeskStory) -> None:
    load(desk, rack("R0001"), ",,,LOOSE-1,,\r\n")
    entry = desk.size - 1
    path = desk.file("inventory.csv", HEAD + rack("R0001", 71))
    output = desk.refused(f"import inventory {path} {OPTIONS}", code="RACK-DIFFERS")
    assert "inventory.csv:2" in output
    path = desk.file("inventory.csv", HEAD + ",,,LOOSE-1,,\r\n,,,LOOSE-2,,\r\n")
    desk.refused(f"import inventory {path} {OPTIONS}", code="STOCK-DIFFERS")
    told = load(desk, rack("R0001", 71), rack("R0009"), options=f"{OPTIONS} --corrects {entry}")
    assert "not of the entry corrected: 1 of 2 racks" in told.stderr
    data = desk.newest().data
    assert ([one.rack for one in data.racks], data.stock) == (["R0001"], "R0001-S1")
    assert sum(row["quantity"] for row in desk.rows("where --site JHR-1")) == 71
    load(desk, rack("R0001", 71), rack("R0009"))
    assert [one.rack for one in desk.newest().data.racks] == ["R0009"]


def test_loose_units_have_their_chain_too(desk: DeskStory) -> None:
    load(desk, rack("R0001"), ",,,LOOSE-1,,\r\n")
    rows = desk.rows("query custody", "serial=LOOSE-1")
    assert [row["link"] for row in rows if row["book"] == "possession"] == ["StockOpened"]


def test_gpus_without_a_serial_number_are_counted_and_told(desk: DeskStory) -> None:
    result = load(desk, rack("R0001", 71), "R0001,17,3,n/a,,\r\n")
    assert "without a serial number: 1 GPUs" in result.output
    assert sum(row["quantity"] for row in desk.rows("where --rack R0001")) == 72


def test_a_list_of_racks_is_enough(desk: DeskStory) -> None:
    head = "rack,batch\r\n"
    load(desk, "R0001,B-7\r\nR0002,\r\n", head=head, options=f"{OPTIONS} --per-rack 72")
    lines = {line.batch: line.total for line in desk.newest().data.lines}
    assert lines == {"B-7": 72, "OLD-1": 72}


def test_another_partys_stock_is_told_on_its_behalf(desk: DeskStory) -> None:
    options = OPTIONS.replace("JHR-1", "PLANT").replace("--owner aolani --supplier aivres", "")
    load(desk, rack("R0001"), options=f"{options} --by aivres --basis counterparty")
    assert desk.newest().data.holder == "aivres"
    assert {row["holder"] for row in desk.rows("where --rack R0001")} == {"aivres"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "CSV-EMPTY"),
        (HEAD, "ROWS-REJECTED"),
        ("rack,chassis\r\nR1,C1\r\n", "CSV-COLUMNS"),
        (HEAD + rack("R0001") + rack("R0001"), "ROWS-REJECTED"),
        (HEAD + 'R1,1,1,"S1,,\n', "CSV-SYNTAX"),
        (b"x" * (32 * 1024 * 1024 + 1), "TOO-LARGE"),
    ],
)
def test_a_list_that_is_not_well_formed_records_nothing(
    furnished: DeskStory, content: str | bytes, code: str
) -> None:
    path = furnished.file("bad.csv", content)
    furnished.refused(f"import inventory {path} {OPTIONS}", code=code)


def test_a_list_that_is_not_there_is_undecided(furnished: DeskStory) -> None:
    line = f"import inventory no.csv {OPTIONS}"
    furnished.refused(line, code="DOCUMENT-UNREADABLE", exit_code=3)


def test_a_device_reports_itself_into_a_rack(desk: DeskStory) -> None:
    tray: dict[str, Any] = {
        "dmi_data": {"product_name": "GB200 NVL"},
        "bmc": {"password": "geheim-1"},
    }
    tray["gpus"] = [{"name": "H100", "serial": f"G-{n}"} for n in range(2)]
    path = desk.file("tray.json", json.dumps(tray))
    told = desk.run(f"import inventory {path} {OPTIONS} --rack R0001 --dry-run")
    assert "the report calls its GPUs H100 (2)" in told.stderr
    assert "tray.json/bmc/password" in told.stderr
    desk.run(f"import inventory {path} {OPTIONS} --rack R0001")
    paper = {one.kind: one for one in desk.newest().documents}["inventory_file"]
    assert paper.title == "tray.json, what was read of it"
    assert "rack R0001" in desk.run("show G-1").output


def test_a_serial_number_that_is_recorded_is_not_opened_again(desk: DeskStory) -> None:
    load(desk, rack("R0001"), ",,,LOOSE-1,,\r\n")
    path = desk.file("more.csv", HEAD + "R0002,1,1,S0001-00,,\r\nR0002,1,2,LOOSE-1,,\r\n")
    bad = desk.file("bad.csv", "serial\r\nS0001-00\r\nn/a\r\n1.65E+12\r\n")
    output = desk.refused(f"import inventory {bad} {OPTIONS} --rack R0003", code="ROWS-REJECTED")
    assert "bad.csv:2: serial S0001-00 is recorded in rack R0001 already" in output
    assert "bad.csv:4: serial 1.65E+12 was rounded" in output
    output = desk.refused(f"import inventory {path} {OPTIONS}", code="ROWS-REJECTED")
    assert "more.csv:2: serial S0001-00 is recorded in rack R0001 already" in output
    assert "more.csv:3: serial LOOSE-1 is recorded in no rack already" in output
