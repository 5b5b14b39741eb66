"""EPCIS as an inventory: which units its events leave behind, and where."""

import json
from pathlib import Path
from typing import Any

import pytest

from commands.importers.epcis_units import read_left
from ledger.errors import Malformed
from tests.desk_story import DeskStory, furnish, open_desk

OURS = "https://partner.invalid"
SGTIN = "urn:epc:id:sgtin:0614141.107346"


def event(hour: int, **members: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent", "action": "OBSERVE", "eventTime": f"2026-02-01T{hour:02}:00:00Z",
        "eventTimeZoneOffset": "+00:00", **members,
    }  # fmt: skip


def at(site: str) -> dict[str, Any]:
    return {"bizLocation": {"id": f"{OURS}/site/{site}"}}


def document(*events: Any) -> bytes:
    tree = {"type": "EPCISDocument", "epcisBody": {"eventList": list(events)}}
    return json.dumps(tree).encode()


def left(*events: Any) -> list[dict[str, str | None]]:
    table = read_left(document(*events), "f.json")
    return [{name: text for name, text in row.values.items() if text} for row in table.rows]


def test_a_serial_number_is_read_from_the_forms_in_which_epcis_names_one() -> None:
    forms = [
        f"{SGTIN}.A%2F1.2", "urn:epc:id:itip:4012345.012345.01.02.987", "urn:epc:id:cpi:061.1.77",
        "https://id.gs1.org/01/09521321123456/21/SN-9", f"{OURS}/serial/S%20x",
        "urn:epc:id:sscc:0614141.1234567890", "https://id.gs1.org/01/09521321123456",
    ]  # fmt: skip
    assert [row["serial"] for row in left(event(1, epcList=forms))] == [
        "A/1.2", "987", "77", "SN-9", "S x",
    ]  # fmt: skip


def test_what_is_deleted_or_made_into_something_else_is_not_there() -> None:
    one, two, made = (f"{SGTIN}.{name}" for name in ("1", "2", "3"))
    found = left(
        event(3, action="DELETE", epcList=[one]),
        event(1, action="ADD", epcList=[one, two]),
        event(4, type="TransformationEvent", inputEPCList=[two], outputEPCList=[made], **at("S")),
        event(5, epcList=[f"{SGTIN}.9"], errorDeclaration={"declarationTime": "x"}),
    )
    assert found == [{"serial": "3", "site": "S"}]


def test_units_go_where_their_rack_goes_until_they_are_taken_out() -> None:
    rack, one, two = f"{OURS}/rack/R1", f"{OURS}/serial/1", f"{OURS}/serial/2"
    built = event(
        1, type="AssociationEvent", action="ADD", parentID=rack, childEPCs=[one, two],
        readPoint={"id": f"{OURS}/site/PLANT"},
        **{"chipledger:units": [{"serial": "1", "tray": "T1", "slot": 4}, "odd", {"serial": "9"}]},
    )  # fmt: skip
    moved = event(2, epcList=[rack], **at("HALL"))
    assert left(built, moved) == [
        {"serial": "1", "rack": "R1", "site": "HALL", "tray": "T1"},
        {"serial": "2", "rack": "R1", "site": "HALL"},
    ]
    out = event(3, type="AssociationEvent", action="DELETE", parentID=rack, childEPCs=[two])
    assert left(built, moved, out)[1] == {"serial": "2", "site": "PLANT"}
    apart = event(4, type="AssociationEvent", action="DELETE", parentID=rack)
    assert all("rack" not in row for row in left(built, moved, apart))


def test_counted_units_are_taken_in_racks_and_told_of_elsewhere() -> None:
    rack, lot = f"{OURS}/rack/R2", f"{OURS}/lot/GPU/B-1"
    some = {"epcClass": lot, "quantity": 4}
    build = event(1, type="AssociationEvent", action="ADD", parentID=rack, childQuantityList=[some])
    row = {"rack": "R2", "quantity": "8", "batch": "B-1"}
    assert left(build, build) == [row]
    less = {**build, "action": "DELETE", "eventTime": "2026-02-02T00:00:00Z"}
    assert left(build, build, less) == [{**row, "quantity": "4"}]
    with pytest.raises(Malformed) as caught:
        left(build, {**less, "childQuantityList": []})
    assert caught.value.code == "EPCIS-EMPTY"
    seen = {**less, "action": "OBSERVE"}
    assert left(build, build, seen) == [{**row, "quantity": "4"}]
    loose = event(1, quantityList=[some, {"epcClass": lot, "quantity": 2.5, "uom": "KGM"}, 7])
    table = read_left(document(loose, {"eventTime": "soon"}, 7), "f.json")
    assert table.rows == ()
    assert table.remarks == ("counted, and in no rack: 1 times, not compared",)
    assert [(one.line, one.code) for one in table.problems] == [
        (2, "EPCIS-TIME"),
        (3, "EPCIS-TIME"),
    ]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    desk = open_desk(tmp_path_factory.mktemp("epcis-units") / "ledger", furnish)
    rows = "".join(f"R9,{n},1,EP-{n}\n" for n in range(1, 5))
    path = desk.file("stock.csv", f"rack,tray,slot,serial\n{rows}")
    desk.run(
        f"import inventory {path} --site JHR-1 --owner aolani --batch OLD --model NVL72 --chip GPU"
        " --on 2026-02-01 --yes"
    )
    return desk


def test_a_partners_scan_is_compared_with_the_ledger(furnished: DeskStory) -> None:
    names = [f"{OURS}/serial/EP-{n}" for n in (1, 2, 3)]
    scan = event(9, epcList=[*names, f"{SGTIN}.STRANGE"], **at("JHR-1"))
    other = event(9, epcList=[f"{SGTIN}.FAR"], **at("NV-WH"))
    path = furnished.file("scan.json", document(scan, other))
    found = json.loads(furnished.run(f"reconcile {path} --site JHR-1 --json").stdout)
    assert found["totals"] == {"as recorded": 3, "missing": 1, "not recorded": 1}
    assert "at other sites, as the file says: 1 lines, left out" in found["notes"]
    inside = json.loads(furnished.run(f"reconcile {path} --rack R9 --json").stdout)
    assert inside["totals"]["as recorded"] == 3


def test_what_a_ledger_exports_is_what_it_has(furnished: DeskStory, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    furnished.run(f"epcis export {path}")
    found = json.loads(furnished.run(f"reconcile {path} --site JHR-1 --json").stdout)
    assert set(found["totals"]) <= {"as recorded", "by number"}
    assert found["rows"] == []
