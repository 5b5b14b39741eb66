"""An inventory against the ledger: what agrees, what is missing, too many, elsewhere or twice."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from commands.listed_units import Listed, read_units
from commands.reconciling import Known, Recorded, compare, totals
from ledger.errors import Malformed
from tests.desk_story import DeskStory, furnish, open_desk
from tests.workbooks import xlsx

HEAD = "rack,tray,slot,serial,batch,chassis\n"
DRAFT = "--inspection I-7 --method look --strength 1 --as inspector"
STOCK = "--site JHR-1 --owner aolani --model NVL72 --chip GPU --on 2026-02-01 --yes"


def rack(name: str, units: int, *, first: int = 1, batch: str = "OLD-1") -> str:
    return "".join(
        f"{name},{n},1,{name}-{n:02},{batch},CH-{name}\n" for n in range(first, first + units)
    )


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    """R01 and R02 stand in Johor with serial numbers, R03 without; R04 is elsewhere."""
    desk = open_desk(tmp_path_factory.mktemp("reconcile") / "ledger", furnish)
    path = desk.file("stock.csv", HEAD + rack("R01", 4) + rack("R02", 2))
    desk.run(f"import inventory {path} {STOCK}")
    path = desk.file("counted.csv", "rack,quantity,batch\nR03,3,OLD-1\n")
    desk.run(f"import inventory {path} {STOCK}")
    path = desk.file("other.csv", HEAD + rack("R04", 1) + ",,,LOOSE-1,OLD-2,\n")
    desk.run(f"import inventory {path} {STOCK.replace('JHR-1', 'NV-WH')}")
    return desk


def listed(desk: DeskStory, *rows: str, head: str = HEAD, name: str = "seen.csv") -> Path:
    return desk.file(name, head + "".join(rows))


def answer(desk: DeskStory, path: Path, options: str = "--site JHR-1", **how: Any) -> Any:
    return json.loads(desk.run(f"reconcile {path} {options} --json", **how).stdout)


def results(found: Any) -> list[tuple[Any, ...]]:
    return [(row["result"], row["serial"], row["units"]) for row in found["rows"]]


def test_a_list_that_agrees_has_no_difference(furnished: DeskStory) -> None:
    path = listed(furnished, rack("R01", 4), rack("R02", 2))
    found = answer(furnished, path)
    assert found["totals"] == {"as recorded": 6, "missing": 3}
    assert results(found) == [("missing", None, 3)]
    whole = listed(furnished, rack("R01", 4), rack("R02", 2), rack("R03", 3), name="whole.csv")
    found = answer(furnished, whole, "--site jhr-1 --fail-on-differences --all")
    assert found["totals"] == {"as recorded": 6, "by number": 3}
    assert len(found["rows"]) == 9
    assert {row["mark"] for row in found["rows"]} == {""}


def test_every_difference_is_told(furnished: DeskStory) -> None:
    path = listed(
        furnished,
        "R01,1,1,r01-01,OLD-1,CH-R01\n",  # as recorded, whatever the case
        "R01,09,1,R01-02,OLD-1,CH-R01\n",  # in another tray
        "R02,3,1,R01-03,OLD-9,CH-R02\n",  # in another rack, of another batch, with its chassis
        "R02,1,1,R02-01,OLD-1,CH-R02\n",
        "R02,1,1,R02-01,OLD-1,CH-R02\n",  # twice
        "R02,4,1,R04-01,OLD-1,\n",  # recorded in the warehouse
        "R02,5,1,STRANGE-1,,\n",  # recorded nowhere
        "R02,6,1,1.65E+12,,\n",  # rounded
        "R02,7,1,N/A,,\n",
        ",,,R02-02,OLD-1,\n",  # loose
        "R02,8\n",
        "R 1,1,1,R01-04,,\n",
    )
    output = furnished.run(f"reconcile {path} --site JHR-1 --fail-on-differences", exit_code=1)
    found = answer(furnished, path)
    assert found["totals"] == {
        "as recorded": 2, "differs": 4, "missing": 3, "elsewhere": 1, "not recorded": 1,
        "twice": 1, "unreadable": 3,
    }  # fmt: skip
    told = {row["line"]: row["what"] for row in found["rows"]}
    assert told[3] == "in rack R01 tray 09 slot 1, recorded in rack R01 tray 2 slot 1"
    assert told[4] == (
        "in rack R02 tray 3 slot 1, recorded in rack R01 tray 3 slot 1; batch OLD-9, recorded"
        " OLD-1; chassis CH-R02, recorded CH-R01"
    )
    assert told[6] == "stands on line 5 already"
    assert told[7] == "recorded: rack R04, at NV-WH, held by aolani, stock"
    assert "rounded by a spreadsheet" in told[9]
    assert told[10] == "it names no serial number"
    assert told[11] == "in no rack, recorded in rack R02 tray 2 slot 1"
    assert told[12] == "2 cells where the head has 6"
    assert "is no identifier" in told[13]
    assert all(row["mark"] == "!" for row in found["rows"])
    for word in ("missing", "STRANGE-1", "neither was seen"):
        assert word in output.output


def test_a_rack_is_compared_alone(furnished: DeskStory) -> None:
    path = listed(furnished, rack("R02", 1), "R03,2,1,R02-02,,\n", rack("R01", 4))
    found = answer(furnished, path, "--rack r02")
    assert results(found) == [("missing", "R02-02", 1)]
    assert found["rows"][0]["what"] == "listed in rack R03, line 3"
    report = furnished.file(
        "smi.csv", "index, serial, uuid\n0, R02-01, GPU-1\n1, [N/A], GPU-2\n2, R01-01, GPU-3\n"
    )
    found = answer(furnished, report, "--rack R02")
    assert found["totals"] == {"as recorded": 1, "missing": 1, "elsewhere": 1, "unreadable": 1}


def test_what_a_party_holds_and_what_is_loose(furnished: DeskStory) -> None:
    path = listed(furnished, "LOOSE-1\n", "R04-01\n", head="serial\n")
    found = answer(furnished, path, "--party aolani --site NV-WH --all")
    assert found["totals"] == {"as recorded": 2}
    found = answer(furnished, path, "--party aivres")
    assert found["totals"]["elsewhere"] == 2
    assert found["totals"]["missing"] == 200  # loose, of batches without serial numbers


def test_racks_are_compared_by_number(furnished: DeskStory) -> None:
    path = listed(furnished, "R01\nR03\nR04\nR09\n", head="rack\n")
    furnished.refused(f"reconcile {path} --site JHR-1", code="CSV-COLUMNS")
    found = answer(furnished, path, "--site JHR-1 --per-rack 3")
    assert found["totals"] == {
        "by number": 6, "missing": 3, "elsewhere": 3, "not recorded": 3,
    }  # fmt: skip
    (one,) = [row for row in found["rows"] if row["what"] == "the list does not say which"]
    assert (one["units"], one["recorded"]) == (1, "rack R01")


def test_a_place_that_was_never_recorded_is_asked_about(furnished: DeskStory) -> None:
    path = listed(furnished, rack("R01", 1))
    output = furnished.refused(f"reconcile {path} --site JHR-2", code="NOT-RECORDED", exit_code=3)
    assert "did you mean JHR-1?" in output


def test_trays_are_the_same_however_they_are_written(furnished: DeskStory) -> None:
    path = listed(furnished, "R01,Tray 02,slot-1,R01-02,,\n")
    assert answer(furnished, path, "--rack R01")["totals"] == {"as recorded": 1, "missing": 3}


def test_people_are_shown_the_first_hundred(furnished: DeskStory) -> None:
    path = listed(furnished, *(f"R09,1,{n},NEW-{n},,\n" for n in range(120)))
    told = furnished.run(f"reconcile {path} --rack R01").output
    assert "NEW-1" not in told  # rows of other racks are left out
    told = furnished.run(f"reconcile {path} --site JHR-1").output
    assert "and 27 more lines" in told
    assert furnished.run(f"reconcile {path} --site JHR-1 --csv").stdout.count("NEW-") == 120


def test_both_clocks_are_asked(furnished: DeskStory, tmp_path: Path) -> None:
    path = listed(furnished, rack("R01", 1))
    assert answer(furnished, path, "--site JHR-1 --as-of 2026-01-31")["totals"] == {
        "not recorded": 1
    }
    assert answer(furnished, path, "--site JHR-1 --known-at 20")["totals"] == {"not recorded": 1}
    evidence = tmp_path / "all.evidence"
    furnished.run(f"export {evidence}")
    mark = json.loads(furnished.run("verify --json").stdout)["fingerprint"]
    found = answer(furnished, path, f"--site JHR-1 --from {evidence} --fingerprint {mark}")
    assert found["totals"]["as recorded"] == 1
    draft = f"reconcile {path} --site JHR-1 --from {evidence} --draft {tmp_path / 'd'} {DRAFT}"
    assert "write --results" in furnished.run(draft, exit_code=2).output
    some = tmp_path / "some.evidence"
    furnished.run(f"export {some} --rack R01")
    furnished.refused(f"reconcile {path} --site JHR-1 --from {some} --fingerprint {mark}",
                      code="RECONCILE-SELECTION", exit_code=3)  # fmt: skip


def test_the_forms_of_the_answer(furnished: DeskStory) -> None:
    content = xlsx([["Rack", "Ser. No.", "Colour"], ["R01", "R01-01", "grey"]])
    path = furnished.file("seen.xlsx", content)
    told = furnished.run(f"reconcile {path} --site JHR-1 --column serial=Ser.No. --csv --all")
    rows = list(csv.DictReader(io.StringIO(told.stdout)))
    assert rows[0]["result"] == "as recorded"
    assert "columns not read: Colour" in told.stderr
    assert "missing" in told.stderr
    notice = (
        "UNB+UNOA:3+A+B+260601:0900+1'UNH+1+DESADV:D:01B:UN'BGM+351+S+9'"
        "LIN+1++P:VP'GIN+BN+R01-01'LIN+2++P:VP'QTY+12:2'UNT+7+1'UNZ+1+1'"
    )
    path = furnished.file("notice.edi", notice)
    assert answer(furnished, path)["totals"]["as recorded"] == 1


def test_units_of_a_rack_that_was_taken_apart_are_loose(
    furnished: DeskStory, tmp_path: Path
) -> None:
    desk = furnished.copy(tmp_path)
    desk.run("rack disassemble R01 --on 2026-03-05 --yes")
    (then,) = desk.rows("query units-at serial=R01-01 --as-of 2026-03-04")
    assert (then["rack"], then["tray"], then["assembly"]) == ("R01", "1", "NVL72")
    (now,) = desk.rows("query units-at serial=R01-01")
    assert (now["rack"], now["tray"], now["site"], now["accounts"]) == (None, None, "JHR-1", 1)
    path = listed(desk, "R01-01\n", head="serial\n")
    assert answer(desk, path)["totals"]["as recorded"] == 1
    assert answer(desk, path, "--rack R01")["totals"] == {"elsewhere": 1}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("", "--site, --rack or --party"),
        ("--rack R01 --inspection I-1", "--draft FILE"),
        ("--rack R01 --draft d", "needs --inspection and --method and --strength and --site"),
    ],
)
def test_what_is_asked_must_be_whole(furnished: DeskStory, options: str, told: str) -> None:
    path = listed(furnished, rack("R01", 1))
    output = furnished.refused(f"reconcile {path} {options}", code="USAGE")
    assert told in output


def test_the_inspection_is_drafted_and_then_recorded(furnished: DeskStory, tmp_path: Path) -> None:
    desk = furnished.copy(tmp_path)
    path = listed(desk, rack("R01", 3), "R01,4,2,R01-04,,\n", "R02,1,1,NEW-1,,\n", "R02,2,1,,,\n")
    draft = tmp_path / "i.draft"
    line = f"reconcile {path} --site JHR-1 --draft {draft} --inspection I-7 --strength 1"
    line += " --as inspector --with aolani --host aolani --on 2026-03-01"
    before = desk.size
    told = desk.run(line, "--method", "labels read")
    assert "still to sign: inspector, aolani" in told.stderr
    assert desk.size == before
    desk.run(f"submit {draft} --yes")
    statement = desk.newest()
    assert (statement.data.counted, statement.data.found) == (10, 3)
    assert statement.data.limits == "lines that name no unit: 1"
    assert "NEW-1 not recorded" in statement.data.exceptions
    assert {one.kind for one in statement.documents} == {"inventory_file", "as_found"}
    rows = {row["serial"]: row["result"] for row in desk.rows("query as-found site=JHR-1")}
    assert rows["R01-01"] == "as recorded"
    assert rows["R01-04"] == "in another place"
    assert (rows["R02-02"], rows["NEW-1"]) == ("not found", "not recorded")
    assert "PASS" in desk.run("verify").output


def test_a_drawn_rack_without_serial_numbers_is_compared_with_whatever_is_listed_in_it(
    furnished: DeskStory, tmp_path: Path
) -> None:
    desk = furnished.copy(tmp_path)
    plan = tmp_path / "plan.json"
    desk.run(f"inspection commit S-2 --site JHR-1 --count 7 --plan {plan} --as inspector --yes")
    path = listed(desk, rack("R01", 4), rack("R02", 2), rack("R03", 3), rack("R04", 1))
    found = answer(desk, path, f"--site JHR-1 --plan {plan} --all")
    assert found["totals"] == {"as recorded": 6, "by number": 3}
    assert "listed and not drawn: 1 lines, left out" in found["notes"]
    counted = listed(desk, "R03,3\n", "R04,1\n", ",1\n", head="rack,quantity\n", name="c.csv")
    found = answer(desk, counted, f"--site JHR-1 --plan {plan}")
    assert "listed and not drawn: 1 lines, left out" in found["notes"]
    assert found["totals"]["by number"] == 3


def test_a_drawn_sample_alone_is_compared(furnished: DeskStory, tmp_path: Path) -> None:
    desk = furnished.copy(tmp_path)
    plan = tmp_path / "plan.json"
    desk.run(f"inspection commit S-1 --site JHR-1 --count 2 --plan {plan} --as inspector --yes")
    path = listed(desk, rack("R01", 4), rack("R02", 2), rack("R03", 3))
    found = answer(desk, path, f"--site JHR-1 --plan {plan}")
    assert sum(found["totals"].values()) >= 2
    assert set(found["totals"]) <= {"as recorded", "by number"}
    assert "listed and not drawn" in str(found["notes"])
    results_file, draft = tmp_path / "found.csv", tmp_path / "d"
    line = f"reconcile {path} --site JHR-1 --draft {draft} --results {results_file}"
    line += " --inspection I-8 --method look --strength 2 --as inspector"
    told = desk.run(line)
    assert "a sample was committed to for this site: --sample S-1" in told.stderr
    assert results_file.read_text().startswith(
        "serial,found,condition,rack,tray,slot,chassis_serial\n"
    )
    draft.unlink()
    results_file.unlink()
    desk.run(f"{line} --plan {plan} --sample S-1")
    desk.run(f"submit {draft} --yes")
    assert desk.newest().data.plan is not None
    other = json.loads(plan.read_text()) | {"root": "0" * 64}
    plan.write_text(json.dumps(other, separators=(",", ":")))
    desk.refused(f"reconcile {path} --site JHR-1 --plan {plan}", code="PLAN-ROOT")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "CSV-EMPTY"),
        (b"serial\n", "CSV-EMPTY"),
        (b"rack\nR1\n", "CSV-COLUMNS"),
        (b'{"epcisBody": {}}', "EPCIS-FORM"),
        (b"UNA", "EDI-FORM"),
        (b"Pallet,Weight\nP1,7\n", "CSV-COLUMNS"),
        (xlsx([["Pallet", "Weight"], ["P1", "7"]]), "CSV-COLUMNS"),
        (b"<a/>", "REPORT-FORM"),
    ],
)
def test_what_lists_no_units_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_units(content, "f")
    assert caught.value.code == code
    assert caught.value.hint


def test_a_quantity_that_is_none_cannot_be_read() -> None:
    (row,) = read_units(b"rack,quantity\nR1,many\n", "f").rows
    assert row.unreadable == "quantity 'many' is no number of units"


def test_counts_without_racks_are_of_any_rack() -> None:
    here = {"a": Known({"rack": "R1"}, "a"), "b": Known({"rack": "R2"}, "b")}
    lines = compare([Listed(2, quantity=3)], Recorded(here))
    assert totals(lines) == {"by number": 2, "not recorded": 1}
    unsure = {"a": Known({}, "a", sure=False)}
    assert totals(compare([Listed(2, {}, "A")], Recorded(unsure))) == {"as recorded": 1}
    assert compare([], Recorded(unsure)) == []
