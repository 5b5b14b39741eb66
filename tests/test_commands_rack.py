"""Racks and leases: built, installed, running, leased, repaired."""

from pathlib import Path

import pytest

from ledger.events.base import Line
from ledger.events.rack import Part
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("rack") / "ledger", furnish, build, deliver)


@pytest.fixture
def desk(running: DeskStory, tmp_path: Path) -> DeskStory:
    return running.copy(tmp_path)


def manifest(rack: str, *units: tuple[str, str]) -> str:
    rows = (f"{rack},1,{n},{serial},{batch}" for n, (serial, batch) in enumerate(units, 1))
    return "\n".join(("rack,tray,slot,serial,batch", *rows)) + "\n"


def test_a_rack_is_built_of_what_its_manifest_names(desk: DeskStory) -> None:
    path = desk.file("m.csv", manifest("r0003", ("S1", "b-02"), ("S2", "B-02"), ("S3", "B-02")))
    output = desk.run(
        f"rack assemble R0003 --model nvl72 --site plant --manifest {path} --as aivres --yes"
    ).output
    assert "R0003 has 3 GPUs, and NVL72 contains 72" in output
    statement = desk.newest()
    assert statement.data.lines == (Line(model="GPU", batch="B-02", quantity=3),)
    assert (statement.data.model, statement.data.site) == ("NVL72", "PLANT")
    assert [one.kind for one in statement.documents] == ["build_manifest"]
    found = desk.rows("query custody", "serial=s2")
    assert "RackAssembled" in {row["link"] for row in found}


@pytest.mark.parametrize(
    ("content", "code", "exit_code"),
    [
        (manifest("R0009", ("S1", "B-02")), "MANIFEST-RACK", 2),
        (manifest("R0003", ("S1", "B-02")) + "R0004,1,1,S2,B-02\n", "MANIFEST-RACK", 2),
        (manifest("R0003", ("S1", "B-77")), "BATCH-UNKNOWN", 3),
        ("rack,serial,batch\nR0003,S1,B-02\nR0003,S1,B-02\n", "ROWS-REJECTED", 2),
        ("", "CSV-EMPTY", 2),
    ],
)
def test_a_manifest_that_does_not_fit_records_nothing(
    desk: DeskStory, content: str, code: str, exit_code: int
) -> None:
    path = desk.file("m.csv", content)
    line = f"rack assemble R0003 --model NVL72 --site PLANT --manifest {path} --as aivres --yes"
    desk.refused(line, code=code, exit_code=exit_code)


def test_a_manifest_that_is_not_there_is_undecided(desk: DeskStory) -> None:
    line = "rack assemble R0003 --model NVL72 --site PLANT --manifest no.csv --as aivres --yes"
    desk.refused(line, code="DOCUMENT-UNREADABLE", exit_code=3)


@pytest.mark.parametrize("parts", ["B-02", "B-02=", "B-02=0", "=3", "B-02=3=4", "B-02=x"])
def test_what_a_rack_is_built_of_must_be_a_batch_and_a_count(
    running: DeskStory, parts: str
) -> None:
    line = "rack assemble R0003 --model NVL72 --site PLANT --as aivres --yes --units"
    assert "  code: " in running.run(line, parts, exit_code=2).stderr


def test_racks_change_their_state_where_they_are(desk: DeskStory) -> None:
    desk.run("rack off --racks R0002 --on 2026-02-12 --yes")
    assert {line.state for line in desk.newest().data.lines} == {"operational"}
    desk.run("rack install --racks R0001..R0002 --position row-1 --on 2026-02-13 --yes")
    data = desk.newest().data
    assert {line.state for line in data.lines} == {"operational", "stock"}
    assert (data.site, data.position, data.to_state) == ("JHR-1", "row-1", "installed")
    states = {row["state"]: row["quantity"] for row in desk.rows("where --site jhr-1")}
    assert states == {"installed": 144}


def test_a_tray_is_swapped_with_its_title(desk: DeskStory) -> None:
    desk.run("batch commission RMA --model GPU --site NV-WH --quantity 4 --as nvidia --yes")
    desk.run("shipment dispatch OUT --batch RMA --to aolani --to-site JHR-1 --as nvidia --yes")
    desk.run("shipment receive OUT --yes")
    desk.run(
        "rack replace r0002 --out B-02=4 --in RMA=4 --serials RMA=S1,S2,S3,S4 --position tray-7"
        " --rma RMA-1 --maker nvidia --with nvidia --yes"
    )
    data = desk.newest().data
    assert (data.rack, data.site, data.state) == ("R0002", "JHR-1", "operational")
    assert data.out == (Part(model="GPU", batch="B-02", quantity=4),)
    assert data.into[0].serials == ("S1", "S2", "S3", "S4")
    assert (data.title, data.out_owner, data.in_owner) == ("swapped", "aolani", "nvidia")
    desk.run("shipment dispatch BACK --batch B-02 --quantity 4 --to nvidia --purpose rma --yes")
    assert desk.newest().data.lines[0].state == "quarantined"
    rows = desk.rows("query reconcile")
    assert all(row["holds"] for row in rows)


def test_a_repair_without_maker_keeps_the_title(desk: DeskStory) -> None:
    desk.run("rack replace R0001 --out B-01=1 --in B-02=1 --site JHR-1 --yes")
    data = desk.newest().data
    assert (data.title, data.out_owner, data.in_owner, data.maker) == ("kept", None, None, None)


def test_a_repair_counts_its_serials(running: DeskStory) -> None:
    line = "rack replace R0001 --out B-01=2 --in B-02=2 --serials B-01=S1 --yes"
    running.refused(line, code="SERIALS-COUNT")
    line = "rack replace R0001 --out B-01=2 --in B-02=2 --serials =S1 --yes"
    running.refused(line, code="IDENTIFIER")


def test_running_racks_are_leased_and_given_back(desk: DeskStory) -> None:
    output = desk.run(
        "lease start L-1 --to bytedance --racks R0001 --service iaas --no-physical-access"
        " --on 2026-03-01 --with bytedance --yes"
    ).output
    assert "L-1: bytedance uses 72 GPUs from now on" in output
    data = desk.newest().data
    assert (data.site, data.physical_access, data.purchase_option) == ("JHR-1", False, None)
    used = {row["lessee"]: row["quantity"] for row in desk.rows("query use")}
    assert used == {"bytedance": 72, None: 72}
    desk.run("lease usage L-1 --period 2026-03 --gpu-hours 51000 --country Singapore --yes")
    assert desk.newest().data.countries == ("SG",)
    desk.run("lease end L-1 --reason over --on 2026-04-01 --yes")
    assert desk.newest().data.lines == data.lines
    assert [row["lessee"] for row in desk.rows("query use")] == [None]


def test_a_sublease_goes_back_to_the_first_lessee(desk: DeskStory) -> None:
    desk.run("lease start L-1 --to bytedance --racks R0001 --on 2026-03-01 --yes")
    desk.run("lease start L-2 --parent l-1 --to swift --racks R0001 --as bytedance --yes")
    assert desk.newest().data.parent_lease == "L-1"
    desk.run("lease end L-2 --reason over --as bytedance --yes")
    assert desk.newest().data.lessor == "bytedance"


def test_a_pool_may_be_of_unknown_size(desk: DeskStory) -> None:
    output = desk.run("lease start L-3 --to bytedance --model GPU --country MY --yes").output
    assert "an unknown number of GPUs" in output
    pool = desk.newest().data.pool
    assert (pool.site, pool.model, pool.quantity) == (None, "GPU", None)
    desk.run("lease start L-4 --to bytedance --model GPU --pool 500 --site JHR-1 --yes")
    assert desk.newest().data.pool.quantity == 500


def test_a_lease_over_capacity_is_told_and_recorded(desk: DeskStory) -> None:
    output = desk.run("lease start L-5 --to bytedance --model GPU --pool 500 --site JHR-1").output
    assert "LEASE-OVER-CAPACITY" in output
