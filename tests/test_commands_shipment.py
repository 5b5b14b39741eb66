"""Shipments, from the plant to running racks, as they are typed."""

from pathlib import Path

import pytest

from ledger.events.base import Line
from ledger.events.shipment import ShippedItem
from tests.desk_story import DeskStory, build, furnish, open_desk

TWENTY = (
    "shipment dispatch SHP-01 --racks R0001..R0002 --to aolani --to-site JHR-1 --carrier swift"
    " --due 2026-02-10"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("shipment") / "ledger", furnish, build)


@pytest.fixture
def desk(built: DeskStory, tmp_path: Path) -> DeskStory:
    return built.copy(tmp_path)


def rack_line(batch: str, quantity: int, *racks: str) -> Line:
    return Line(model="GPU", batch=batch, quantity=quantity, racks=racks)


def test_a_shipment_of_racks_is_one_short_command(desk: DeskStory) -> None:
    assert len(f"chipledger {TWENTY}") <= 120
    output = desk.run(TWENTY, "--as", "aivres", "--with", "swift").output
    assert "SHP-01: 144 GPUs leave PLANT for JHR-1" in output
    assert "next: chipledger shipment receive SHP-01" in output
    data = desk.newest().data
    assert (data.consignor, data.from_site, data.consignee) == ("aivres", "PLANT", "aolani")
    assert data.lines == (
        rack_line("B-01", 28, "R0002"),
        rack_line("B-01", 72, "R0001"),
        rack_line("B-02", 44, "R0002"),
    )
    assert data.items == (
        ShippedItem(model="GPU", eccn="3A090.a"),
        ShippedItem(model="NVL72", eccn="4A090.a"),
    )


def test_authorizations_are_for_all_models_or_for_one(desk: DeskStory) -> None:
    desk.run(
        TWENTY, "--as", "aivres", "--authorization", "NLR-1", "--authorization", "nvl72=NLR-2",
        "--yes",
    )  # fmt: skip
    rests = {one.model: one.authorization for one in desk.newest().data.items}
    assert rests == {"GPU": "NLR-1", "NVL72": "NLR-2"}


def test_a_model_that_nobody_classified_goes_without_eccn_and_that_is_told(
    desk: DeskStory,
) -> None:
    line = "shipment dispatch S --line H100/B-77/4 --from-site PLANT --to aolani --as aivres --yes"
    assert "H100 is not classified here" in desk.run(line).output
    assert desk.newest().data.items == ()


def test_what_is_on_the_way_is_received_without_naming_it(desk: DeskStory) -> None:
    desk.run(TWENTY, "--as", "aivres", "--yes")
    desk.run("shipment receive shp-01 --seal SEAL-1 --yes")
    data = desk.newest().data
    assert (data.shipment, data.receipt, data.site) == ("SHP-01", "SHP-01-R1", "JHR-1")
    assert (data.received_from, data.final, data.seals) == ("swift", True, ("SEAL-1",))
    assert sum(line.total for line in data.lines) == 144
    assert desk.rows("where --shipment SHP-01") == []
    assert [row["holder"] for row in desk.rows("where --rack R0001")] == ["aolani"]


def test_a_shipment_arrives_in_parts(desk: DeskStory) -> None:
    desk.run(TWENTY, "--as", "aivres", "--yes")
    output = desk.run("shipment receive SHP-01 --racks R0002 --yes").output
    assert "72 GPUs are still on the way, and this says that nothing more comes" in output
    output = desk.run("shipment receive SHP-01 --more-to-come --corrects 41 --yes").output
    assert "still on the way" not in output


def test_the_second_part_gets_the_next_identifier(desk: DeskStory) -> None:
    desk.run(TWENTY, "--as", "aivres", "--yes")
    desk.run("shipment receive SHP-01 --racks R0002 --more-to-come --yes")
    assert desk.newest().data.final is False
    desk.run("shipment receive SHP-01 --yes")
    data = desk.newest().data
    assert (data.receipt, data.lines) == ("SHP-01-R2", (rack_line("B-01", 72, "R0001"),))


def test_damaged_racks_are_told_apart(desk: DeskStory) -> None:
    desk.run(TWENTY, "--as", "aivres", "--yes")
    output = desk.run("shipment receive SHP-01 --damaged R0001 --yes").output
    assert "72 GPUs arrive at JHR-1, 72 damaged" in output
    data = desk.newest().data
    assert data.damaged == (rack_line("B-01", 72, "R0001"),)
    assert {rack for line in data.lines for rack in line.racks} == {"R0002"}
    states = {row["state"]: row["quantity"] for row in desk.rows("where --party aolani")}
    assert states == {"stock": 72, "quarantined": 72}


def test_everything_may_be_damaged(desk: DeskStory) -> None:
    desk.run("shipment dispatch S --batch B-02 --quantity 4 --to aolani --as aivres --yes")
    desk.run("shipment receive S --all-damaged --site JHR-1 --counted-by serials --yes")
    data = desk.newest().data
    assert (data.lines, data.damaged) == ((), (Line(model="GPU", batch="B-02", quantity=4),))


def test_loose_units_may_be_on_the_way_beside_damaged_racks(desk: DeskStory) -> None:
    desk.run(
        "shipment dispatch S --line GPU/B-01/72/R0001 --line GPU/B-02/4 --to aolani"
        " --to-site JHR-1 --from-site PLANT --as aivres --yes"
    )
    desk.run("shipment receive S --damaged R0001 --yes")
    assert desk.newest().data.lines == (Line(model="GPU", batch="B-02", quantity=4),)


def test_the_next_carrier_takes_over_what_the_first_had(desk: DeskStory) -> None:
    desk.run(TWENTY, "--as", "aivres", "--yes")
    desk.run("shipment leg SHP-01 arrived --place Senai --country malaysia --as swift --yes")
    data = desk.newest().data
    assert (data.leg, data.country, data.lines) == ("SHP-01-L1", "MY", ())
    desk.run("shipment leg SHP-01 handed_over --place Senai --to nvidia --as swift --yes")
    data = desk.newest().data
    assert (data.leg, data.from_holder, data.to_holder) == ("SHP-01-L2", "swift", "nvidia")
    assert [row["holder"] for row in desk.rows("where --shipment SHP-01")] == ["nvidia"]
    desk.run("shipment receive SHP-01 --yes")
    assert desk.newest().data.received_from == "nvidia"


def test_units_that_the_records_do_not_have_can_be_told_in_full(desk: DeskStory) -> None:
    line = "shipment dispatch S --line GPU/B-01/72/R0009 --from-site PLANT --to aolani --as aivres"
    output = desk.run(line, "--yes").output
    assert "rack R0009 was never recorded (NAME-UNKNOWN)" in output
    assert "NEG-BALANCE" in output
    receipt = "shipment receive LOST --line GPU/B-01/1 --from swift --site JHR-1 --yes"
    assert "shipment LOST was never recorded" in desk.run(receipt).output


def test_title_passes_for_what_a_shipment_held(desk: DeskStory) -> None:
    desk.run(TWENTY, "--as", "aivres", "--yes")
    output = desk.run(
        "title transfer --shipment SHP-01 --to aolani --contract INV-1 --sealed price_usd=5"
        " --as aivres --with aolani --yes"
    ).output
    assert "title to 144 GPUs passes from aivres to aolani" in output
    statement = desk.newest()
    assert (statement.data.title, statement.data.contract) == ("SHP-01-T1", "INV-1")
    assert statement.annex is not None
    owned = {row["owner"]: row["quantity"] for row in desk.rows("query title", "batch=B-01")}
    assert owned == {"aolani": 100}


def test_a_name_near_a_recorded_one_is_doubted_before_signing(desk: DeskStory) -> None:
    line = "shipment dispatch S --racks R0001 --to aolany --as aivres --dry-run"
    assert "did you mean aolani?" in desk.run(line).output


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("--line GPU/B-02/4 --line GPU/B-02/4", "LINE-REPEAT"),
        ("--line GPU/B-02/4 --damaged-units B-02=1 --damaged-units b-02=2", "PART"),
    ],
)
def test_units_that_are_typed_twice_are_not_counted_once(
    desk: DeskStory, more: str, code: str
) -> None:
    desk.refused(f"shipment receive SHP-01 {more} --from swift --dry-run", code=code)
    desk.run("shipment receive S --line GPU/B-02/4 --line GPU/B-02/5 --from swift --site JHR-1"
             " --dry-run")  # fmt: skip
