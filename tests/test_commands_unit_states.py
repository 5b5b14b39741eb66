"""Units that are set apart, released, scrapped, lost, stolen and found; racks taken apart."""

from pathlib import Path
from typing import Any

import pytest

from ledger.events.base import Line
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk

LIST = "rack,tray,slot,serial,batch\n" + "".join(
    f"R0007,{n // 4},{n % 4},S-{n:02},B-07\n" for n in range(8)
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    """R0001 and R0002 run in Johor; R0007, of eight, was there before; ten are loose."""
    desk = open_desk(tmp_path_factory.mktemp("units") / "ledger", furnish, build, deliver)
    path = desk.file("old.csv", LIST)
    desk.run(
        f"import inventory {path} --site JHR-1 --model NVL72 --chip GPU --state operational"
        " --owner aolani --on 2026-01-01 --yes"
    )
    desk.run(
        "stock open --quantity 10 --chip GPU --batch B-08 --site JHR-1 --owner aolani"
        " --on 2026-01-01 --yes"
    )
    return desk


@pytest.fixture
def desk(running: DeskStory, tmp_path: Path) -> DeskStory:
    return running.copy(tmp_path)


def states(desk: DeskStory, what: str) -> dict[str, int]:
    return {row["state"]: row["quantity"] for row in desk.rows(f"where {what}")}


def line(batch: str, quantity: int, *racks: str, state: Any = "stock") -> Line:
    return Line(model="GPU", batch=batch, quantity=quantity, racks=racks, state=state)


def test_a_rack_is_set_apart_and_released(desk: DeskStory) -> None:
    output = desk.run("units quarantine --racks r0001 --on 2026-03-01 --yes").output
    assert "72 GPUs at JHR-1 are quarantined" in output
    data = desk.newest().data
    assert (data.change, data.site, data.to_state) == ("R0001-C1", "JHR-1", "quarantined")
    assert data.lines == (line("B-01", 72, "R0001", state="operational"),)
    assert states(desk, "--rack R0001") == {"quarantined": 72}
    assert all(row["holds"] for row in desk.rows("query reconcile"))
    desk.run("units release --racks R0001 --on 2026-03-02 --yes")
    assert states(desk, "--rack R0001") == {"stock": 72}
    assert desk.newest().data.change == "R0001-C2"
    desk.run("rack energize --racks R0001 --on 2026-03-03 --yes")
    links = [row["link"] for row in desk.rows("query custody", "rack=R0001")]
    assert links.count("UnitsStateChanged") == 2
    assert "UnitsStateChanged R0001-C1" in desk.run("show R0001").output


def test_what_is_leased_is_told_before_it_is_set_apart(desk: DeskStory) -> None:
    desk.run("lease start L-1 --to bytedance --racks R0001 --on 2026-03-01 --yes")
    output = desk.run("units quarantine --racks R0001 --on 2026-03-02 --yes").output
    assert "1 of these racks are leased to bytedance under L-1" in output
    assert "LEASE-OVER-CAPACITY" not in output
    output = desk.run("rack disassemble R0001 --on 2026-03-03 --dry-run").output
    assert "leased to bytedance" in output


def test_loose_units_of_a_batch_are_lost_and_found(desk: DeskStory) -> None:
    desk.run("units lost --batch B-08 --quantity 3 --certificate 2026/17 --on 2026-03-01 --yes")
    assert states(desk, "--batch B-08") == {"stock": 7, "lost": 3}
    desk.run("units stolen --batch b-08 --quantity 2 --on 2026-03-02 --yes")
    desk.run("units found --batch B-08 --quantity 1 --state stolen --on 2026-03-03 --yes")
    desk.run("units found --batch B-08 --on 2026-03-03 --yes")
    assert states(desk, "--batch B-08") == {"stock": 9, "stolen": 1}
    assert desk.newest().data.lines == (line("B-08", 3, state="lost"),)
    desk.refused("units found --batch B-08 --quantity 5 --yes", code="BATCH-SHORT", exit_code=3)


def test_single_units_are_named_by_serial_number(desk: DeskStory) -> None:
    output = desk.run("units quarantine --serials S-01,s-02 --on 2026-03-01 --yes").output
    assert "document  unit_list The 2 units" in output
    data = desk.newest().data
    assert data.lines == (line("B-07", 2, "R0007", state="operational"),)
    assert states(desk, "--rack R0007") == {"operational": 6, "quarantined": 2}
    shown = desk.run("show S-01").output
    assert "rack of the serial" in shown
    assert "UnitsStateChanged R0007-C1" in shown
    desk.refused("units quarantine --serials S-01,S-09 --yes", code="SERIAL-UNKNOWN", exit_code=3)
    desk.refused("units quarantine --serials S-01,s-01 --yes", code="SERIALS-COUNT")
    desk.refused("units found --serials S-01 --yes", code="SERIAL-UNCLEAR", exit_code=3)
    desk.refused("units quarantine --serials S-01 --racks R0007 --yes", code="USAGE")


def test_serials_are_followed_out_of_a_rack_that_is_taken_apart(desk: DeskStory) -> None:
    desk.run("rack disassemble R0007 --reason upgrade --on 2026-03-01 --yes")
    data = desk.newest().data
    assert (data.rack, data.disassembly, data.reason) == ("R0007", "R0007-D1", "upgrade")
    assert data.lines == (line("B-07", 8, state="operational"),)
    desk.run("units destroy --serials S-03 --method shredded --on 2026-03-05 --yes")
    assert desk.newest().data.lines == (line("B-07", 1, state="operational"),)
    rows = desk.rows("query custody", "serial=S-03")
    assert [row["link"] for row in rows if row["book"] == "possession"] == [
        *("StockOpened", "RackDisassembled", "UnitsStateChanged")
    ]
    assert rows[0]["from_place"] == "provenance not recorded here"
    links = [row["link"] for row in desk.rows("query custody", "rack=R0007")]
    assert links[-1] == "RackDisassembled"
    earlier = desk.rows("query custody --as-of 2026-02-28", "serial=S-03")
    assert {row["link"] for row in earlier} == {"StockOpened"}
    assert "RackDisassembled R0007-D1" in desk.run("show S-03").output
    desk.run(
        "rack assemble R0008 --model NVL72 --site JHR-1 --units B-07=2 --by aolani"
        " --as aivres --basis counterparty --yes"
    )


def test_what_is_destroyed_is_owned_by_nobody(desk: DeskStory) -> None:
    desk.run("units decommission --racks R0002 --on 2026-03-01 --yes")
    desk.run(
        "units destroy --racks R0002 --method shredded --certificate D-1 --on 2026-03-02 --yes"
    )
    data = desk.newest().data
    assert (data.owner, data.method, data.certificate) == ("aolani", "shredded", "D-1")
    owners = {(row["owner"], row["batch"]): row["quantity"] for row in desk.rows("query title")}
    assert owners["@destroyed", "B-01"] == 28
    assert owners["aolani", "B-01"] == 72
    assert desk.rows("query balances") == []
    assert all(row["holds"] for row in desk.rows("query reconcile"))
    desk.refused("units destroy --racks R0001 --yes", code="USAGE")


def test_the_owner_is_asked_for_where_the_books_name_several(desk: DeskStory) -> None:
    desk.run("stock open --quantity 5 --chip GPU --batch B-08 --site JHR-1 --owner aivres --yes")
    destroy = "units destroy --batch B-08 --quantity 2 --method shredded --yes"
    output = desk.refused(destroy, code="OWNER-UNCLEAR", exit_code=3)
    assert "owned by aivres and aolani" in output
    desk.run(f"{destroy} --owner aivres")
    assert desk.newest().data.owner == "aivres"


def test_an_owner_that_nobody_knows_is_left_out(desk: DeskStory) -> None:
    desk.run("stock open --quantity 5 --chip GPU --batch B-09 --site JHR-1 --yes")
    output = desk.run("units destroy --batch B-09 --quantity 2 --method shredded --yes").output
    assert "their owner is not known" in output
    assert desk.newest().data.owner is None
    owners = {row["owner"]: row["quantity"] for row in desk.rows("query title", "batch=B-09")}
    assert owners == {"@destroyed": 2, "@unknown": 3}


def test_a_change_is_corrected_and_repeated_under_its_key(desk: DeskStory) -> None:
    desk.run("units quarantine --racks R0001..R0002 --idempotency-key q-1 --yes")
    entry = desk.size - 1
    again = desk.run("units quarantine --racks R0001..R0002 --idempotency-key q-1 --yes")
    assert f"already recorded as entry {entry}" in again.output
    desk.run(f"units quarantine --racks R0001 --corrects {entry} --yes")
    assert desk.newest().data.change == "R0001-C1"
    assert states(desk, "--rack R0002") == {"operational": 72}
    before = desk.size
    desk.run("units quarantine --racks R0002 --dry-run")
    assert desk.size == before


def test_quarantined_units_are_sent_and_damaged_ones_received(desk: DeskStory) -> None:
    desk.run("units quarantine --batch B-08 --quantity 4 --on 2026-03-01 --yes")
    desk.run(
        "shipment dispatch RMA-1 --batch B-08 --quantity 4 --state quarantined --to nvidia"
        " --to-site NV-WH --purpose rma --on 2026-03-02 --yes"
    )
    assert desk.newest().data.lines == (line("B-08", 4, state="quarantined"),)
    desk.run("shipment receive RMA-1 --damaged-units B-08=3 --as nvidia --on 2026-03-09 --yes")
    data = desk.newest().data
    assert (data.lines, data.damaged) == ((line("B-08", 1),), (line("B-08", 3),))
    held = states(desk, "--party nvidia --batch B-08")
    assert held == {"stock": 1, "quarantined": 3}
    refused = "shipment receive RMA-1 --damaged-units B-08 --as nvidia --yes"
    desk.refused(refused, code="PART")


def test_a_rack_of_which_nothing_is_recorded_is_undecided(running: DeskStory) -> None:
    running.refused("rack disassemble R0099 --yes", code="SITE-UNCLEAR", exit_code=3)
    line = "rack disassemble R0099 --site JHR-1 --yes"
    running.refused(line, code="UNITS-UNKNOWN", exit_code=3)


@pytest.mark.parametrize("verb", ["quarantine", "release", "decommission", "lost", "found"])
def test_units_must_be_named(running: DeskStory, verb: str) -> None:
    running.refused(f"units {verb} --yes", code="USAGE")


def test_a_method_that_is_too_long_is_told_in_words(running: DeskStory) -> None:
    line = "units destroy --racks R0001 --yes --method"
    assert "at most 200 of units" in running.refused(line, "x" * 201, code="FIELD")
