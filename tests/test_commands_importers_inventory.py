"""An inventory is read strictly: what is wrong is told by line, all of it in one look."""

from typing import Any

import pytest

from commands.importers.inventory import Defaults, Stock, inventory_of, read_inventory
from ledger.errors import Malformed
from projections.units import RACK_HEAD

USUAL = Defaults(batch="OPENING-1", model="NVL72", chip="GPU")
CONTENT = ("GPU", "OPENING-1", "stock")


def read(text: str, defaults: Defaults = USUAL) -> tuple[Stock, ...]:
    return read_inventory(text.encode(), "i.csv", defaults).stocks


def refused(text: str, defaults: Defaults = USUAL) -> Malformed:
    with pytest.raises(Malformed) as told:
        read(text, defaults)
    return told.value


def test_rows_become_racks_and_what_is_loose_comes_last() -> None:
    found = read(
        "Cabinet,Compute Tray,Position,S/N,Lot,Rack SN,GPU Model,Status\n"
        "R1,1,1,S1,B1,CH1,H100,Operational\n"
        ",,,S9,,,,\n"
        "r1,1,2,S2,b1,ch1,,quarantined\n"
        "R2,1,1,0000,,,,\n"
    )
    one, two, loose = found
    assert (one.rack, one.line, one.model, one.chassis) == ("R1", 2, "NVL72", "CH1")
    assert one.contents == {("H100", "B1", "operational"): 1, ("GPU", "B1", "quarantined"): 1}
    assert (two.rack, two.chassis, two.contents) == ("R2", None, {CONTENT: 1})
    assert two.units[0].serial is None
    assert (loose.rack, loose.model, loose.contents) == (None, None, {CONTENT: 1})
    document = inventory_of(found, "Inventory")
    assert document.kind == "inventory"
    assert document.data.decode().splitlines() == [
        *[",".join(RACK_HEAD), "R1,1,1,S1,B1", "R1,1,2,S2,B1", ",,,S9,OPENING-1"]
    ]


def test_rows_may_count_instead_of_naming() -> None:
    (rack, loose) = read("rack,gpus\nR1,70\nR1,2\n,5\n")
    assert rack.contents == {CONTENT: 72}
    assert loose.contents == {CONTENT: 5}
    (rack,) = read("rack,chassis\nR1,CH1\n", Defaults(**_usual(), quantity=72))
    assert rack.contents == {CONTENT: 72}
    (rack,) = read("rack,serial\nR1,S1\nR1,\n", Defaults(**_usual(), quantity=72))
    assert rack.contents == {CONTENT: 2}


def _usual() -> dict[str, Any]:
    return {"batch": "OPENING-1", "model": "NVL72", "chip": "GPU"}


def test_racks_that_are_only_named_say_not_how_many_gpus_they_hold() -> None:
    error = refused("rack,chassis\nR1,CH1\n")
    assert error.code == "CSV-COLUMNS"
    assert "--per-rack 72" in str(error.hint)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("R 1,1,1,S1,B1,1,stock", "rack 'R 1' is no identifier"),
        ("R1,1,1,S1,B 1,1,stock", "batch 'B 1' is no identifier"),
        ("R1,1,1,S1,B1,2,stock", "serial S1 is of one GPU, and not of 2"),
        ("R1,1,1,,B1,0,stock", "quantity '0' is no number of GPUs"),
        ("R1,1,1,,B1,1e3,stock", "quantity '1e3' is no number of GPUs"),
        ("R1,1,1,S1,B1,1,lost", "state 'lost' is none of stock, installed"),
        ("R1,1,1,=A1,B1,1,stock", "serial '=A1' is not"),
        ("R1,1,1,1.65E+12,B1,1,stock", "rounded by a spreadsheet"),
        ("R0,2,1,S1,B1,1,stock", "serial S1 stands on line 2 already"),
        ("R0,1,1,S2,B1,1,stock", "rack R0, tray 1, slot 1 stands on line 2 already"),
        ("R1,1,1,S1", "4 cells where the head has 7"),
    ],
)
def test_a_row_that_is_not_well_formed_is_told_with_its_line(row: str, told: str) -> None:
    head = "rack,tray,slot,serial,batch,quantity,state\n"
    first = "R0,1,1,S1,B1,1,stock\n" if row.startswith("R0") else "R9,9,9,S9,B1,1,stock\n"
    error = refused(head + first + row + "\n")
    assert error.code == "ROWS-REJECTED"
    assert f"i.csv:3: {told}" in error.message or told in error.message


def test_what_contradicts_itself_is_told() -> None:
    error = refused("rack,serial,chassis,model\nR1,S1,CH1,NVL72\nR1,S2,CH2,NVL36\n")
    assert "chassis CH2 of rack R1, which has CH1 before [CHASSIS-DIFFERS]" in error.message
    assert "model NVL36 of rack R1, which is a NVL72 before [MODEL-DIFFERS]" in error.message


def test_all_bad_rows_are_told_in_one_look() -> None:
    rows = "".join(f"R {n},S{n}\n" for n in range(30))
    error = refused("rack,serial\n" + rows)
    assert "30 rows are not well-formed" in error.message
    assert "i.csv:21: " in error.message
    assert "and 10 more" in error.message


@pytest.mark.parametrize(
    ("defaults", "told"),
    [
        (Defaults(model="NVL72", chip="GPU"), "it names no batch, and no --batch"),
        (Defaults(batch="B1", chip="GPU"), "it names no model, and no --model"),
        (Defaults(batch="B1", model="NVL72"), "it names no chip, and no --chip"),
    ],
)
def test_what_neither_row_nor_option_says_is_asked_for(defaults: Defaults, told: str) -> None:
    assert told in refused("rack,serial\nR1,S1\n", defaults).message


def test_a_list_of_nothing_is_refused() -> None:
    assert "no rack follows" in refused("rack,serial\n").message
    assert refused("serial,batch\nS1,B1\n").code == "CSV-COLUMNS"


def test_a_hall_of_36000_is_read_whole() -> None:
    rows = (
        f"R{rack:04},{gpu // 4},{gpu % 4},S{rack:04}-{gpu:02}\n"
        for rack in range(500)
        for gpu in range(72)
    )
    found = read("rack,tray,slot,serial\n" + "".join(rows))
    assert len(found) == 500
    assert {sum(one.contents.values()) for one in found} == {72}
