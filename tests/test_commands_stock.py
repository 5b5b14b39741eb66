"""Stock that was there before the ledger: opened by range, by line, or from another ledger."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.application import Ledger
from ledger.events import encode_statement
from ledger.events.base import STATEMENT_BYTES_MAX, Line
from ledger.events.product import OtherEntry
from tests.desk_story import DeskStory, build, furnish, open_desk

OPEN = "stock open --model NVL72 --site JHR-1 --owner aolani --supplier aivres --yes"
LEAF = "ab" * 32


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("stock") / "ledger", furnish, build)


@pytest.fixture
def desk(furnished: DeskStory, tmp_path: Path) -> DeskStory:
    return furnished.copy(tmp_path)


def entries(desk: DeskStory, start: int) -> list[Any]:
    with Ledger.open(str(desk.folder / "ledger.db")) as ledger:
        return [ledger.event(index).statement for index in range(start, ledger.size)]


def test_racks_are_opened_with_what_their_model_contains(desk: DeskStory) -> None:
    output = desk.run(f"{OPEN} --racks R1001..R1003 --batch OLD-1 --state operational").output
    assert "stock of aolani at JHR-1: 216 GPUs in 3 racks" in output
    assert "next: chipledger query whose-word site=JHR-1" in output
    assert "NAME-UNKNOWN" not in output
    assert "racks          R1001..R1003, NVL72" in output
    data = desk.newest().data
    assert data.lines == (
        Line(
            model="GPU",
            batch="OLD-1",
            quantity=72,
            racks=("R1001", "R1002", "R1003"),
            state="operational",
        ),
    )
    assert (data.holder, data.stock, data.owner, data.supplier) == (
        *("aolani", "R1001-S1"),
        *("aolani", "aivres"),
    )
    (row,) = desk.rows("where --site JHR-1")
    assert (row["quantity"], row["on_opening"]) == (216, 216)
    assert "PASS" in desk.run("verify").output


def test_loose_units_and_units_in_full_are_opened(desk: DeskStory) -> None:
    desk.run("stock open --quantity 5 --chip gpu --batch OLD-2 --site jhr-1 --yes")
    data = desk.newest().data
    assert data.lines == (Line(model="GPU", batch="OLD-2", quantity=5),)
    assert (data.stock, data.owner, data.racks) == ("OLD-2-S1", None, ())
    lines = "--line GPU/OLD-3/70/R1009/operational --line GPU/OLD-4/2/R1009/quarantined"
    output = desk.run(f"{OPEN} {lines} --line GPU/OLD-4/1").output
    assert "no owner" not in output
    data = desk.newest().data
    assert [one.rack for one in data.racks] == ["R1009"]
    assert sum(line.total for line in data.lines) == 73


def test_an_owner_that_is_not_named_is_told_and_stands_as_unknown(desk: DeskStory) -> None:
    line = "stock open --racks R1001 --model NVL72 --batch OLD-1 --site JHR-1 --yes"
    assert "no owner is named, so title stands as unknown" in desk.run(line).output
    owners = {row["owner"]: row["quantity"] for row in desk.rows("query title", "batch=OLD-1")}
    assert owners == {"@unknown": 72}


def test_what_a_rack_holds_otherwise_than_its_model_is_told(desk: DeskStory) -> None:
    output = desk.run(f"{OPEN} --racks R1001..R1007 --batch OLD-1 --per-rack 71").output
    assert "NVL72 contains 72, unlike R1001 (71), R1002 (71)" in output
    assert "and 2 more" in output


def test_more_racks_than_one_statement_holds_become_several_events(desk: DeskStory) -> None:
    before = desk.size
    output = desk.run(f"{OPEN} --racks R10001..R11500 --batch OLD-1").output
    assert "1,500 racks" in output
    told = entries(desk, before)
    assert 2 < len(told) < 8
    assert all(len(encode_statement(one)) <= STATEMENT_BYTES_MAX for one in told)
    assert sum(len(one.data.racks) for one in told) == 1500
    assert len({one.data.stock for one in told}) == len(told)
    assert sum(row["quantity"] for row in desk.rows("where --site JHR-1")) == 108_000
    desk.refused(f"{OPEN} --racks S10001..S11500 --batch OLD-1 --id ALL", code="STOCK-PARTS")


def test_a_batch_and_racks_that_stock_was_opened_with_are_known(desk: DeskStory) -> None:
    desk.run(f"{OPEN} --racks R1001..R1002 --batch OLD-1 --state installed")
    desk.run(f"{OPEN} --quantity 80 --batch OLD-1 --chip GPU")
    output = desk.run("rack energize --racks r1001 --yes").output
    assert "NAME-UNKNOWN" not in output
    assert desk.newest().data.lines[0].racks == ("R1001",)
    output = desk.refused("rack energize --racks R1003 --yes", code="SITE-UNCLEAR", exit_code=3)
    assert "at no recorded site" in output
    output = desk.run(
        "rack assemble R1005 --model NVL72 --site JHR-1 --units OLD-1=72 --by aivres"
        " --basis counterparty --yes"
    ).output
    assert "NAME-UNKNOWN" not in output
    dispatched = "shipment dispatch SHP-7 --racks R1002 --to aivres --to-site PLANT --yes"
    output = desk.run(dispatched).output
    assert {one.eccn for one in desk.newest().data.items} == {"3A090.a", "4A090.a"}
    assert "NAME-UNKNOWN" not in output


def test_racks_that_hold_units_already_are_told(desk: DeskStory) -> None:
    output = desk.run(f"{OPEN} --racks R0001..R0002 --batch OLD-1").output
    assert "2 of these racks hold units already, and would count twice: R0001, R0002" in output


def test_a_correction_opens_the_same_stock_with_other_units(desk: DeskStory) -> None:
    desk.run(f"{OPEN} --racks R1001..R1002 --batch OLD-1")
    entry = desk.size - 1
    output = desk.run(f"{OPEN} --racks R1001 --batch OLD-1 --corrects {entry}").output
    assert "count twice" not in output
    assert desk.newest().data.stock == "R1001-S1"
    assert sum(row["quantity"] for row in desk.rows("where --site JHR-1")) == 72


def test_the_same_command_under_its_key_is_recorded_once(desk: DeskStory) -> None:
    line = f"{OPEN} --racks R1001..R1002 --batch OLD-1 --idempotency-key day-one"
    desk.run(line)
    before = desk.size
    assert f"already recorded as entry {before - 1}" in desk.run(line).output
    assert desk.size == before


def test_a_dry_run_and_a_draft_record_nothing(desk: DeskStory, tmp_path: Path) -> None:
    before = desk.size
    desk.run(f"{OPEN} --racks R1001 --batch OLD-1 --dry-run")
    draft = tmp_path / "stock.draft"
    desk.run(f"{OPEN} --racks R1001 --batch OLD-1 --with aivres --draft {draft}")
    assert desk.size == before
    desk.run(f"submit {draft} --yes")
    assert [row["on_two_words"] for row in desk.rows("where --site JHR-1")] == [72]


@pytest.mark.parametrize(
    "more",
    [
        "",
        "--racks R1001",
        "--racks R1001 --quantity 3 --batch OLD-1",
        "--quantity 3 --batch OLD-1",
        "--from-entry a.invalid/1/x --from-file x",
    ],
)
def test_units_must_be_named_in_one_way(furnished: DeskStory, more: str) -> None:
    furnished.refused(f"stock open --site JHR-1 --yes {more}", code="USAGE")


def test_racks_need_a_model(furnished: DeskStory) -> None:
    line = "stock open --site JHR-1 --yes --racks R1 --chip GPU --per-rack 72 --batch OLD-1"
    assert "--model" in furnished.refused(line, code="USAGE")


def test_a_supplier_that_accepts_makes_an_opening_balance_two_words(desk: DeskStory) -> None:
    desk.run(f"{OPEN} --racks R1001 --batch OLD-1 --state operational")
    entry = desk.size - 1
    rows = desk.rows("query whose-word", "site=JHR-1")
    assert {(row["book"], row["rests_on"], row["signed_by"]) for row in rows} == {
        ("possession", "opening balance", "aolani"),
        ("use", "opening balance", "aolani"),
    }
    desk.run(f"countersign {entry} --as aivres --yes")
    rows = desk.rows("query whose-word", "batch=OLD-1")
    assert {(row["book"], row["account"], row["rests_on"], row["signed_by"]) for row in rows} == {
        ("possession", "aolani", "two words", "aivres, aolani"),
        ("title", "aolani", "two words", "aivres, aolani"),
    }
    (row,) = desk.rows("where --batch OLD-1")
    assert (row["on_one_word"], row["on_two_words"], row["on_opening"]) == (0, 72, 0)
    (row,) = desk.rows(f"where --batch OLD-1 --known-at {entry}")
    assert (row["on_one_word"], row["on_two_words"], row["on_opening"]) == (0, 0, 72)
    rows = desk.rows(f"query whose-word --known-at {entry}", "batch=OLD-1")
    assert {row["rests_on"] for row in rows} == {"opening balance"}


# ---- from another ledger


@pytest.fixture
def left(furnished: DeskStory, tmp_path: Path) -> Path:
    """Return what the other ledger shows of the dispatch by which R0001 and R0002 left it."""
    (tmp_path / "other").mkdir()
    other = furnished.copy(tmp_path / "other")
    output = other.run(
        "shipment dispatch SHP-01 --racks R0001..R0002 --to aolani --to-ledger hall.invalid"
        " --as aivres --yes"
    ).output
    assert "next: chipledger show" in output
    assert [row["holder"] for row in other.rows("where --rack R0001")] == ["@transferred"]
    (row, *_) = other.rows("query shipment", "shipment=SHP-01")
    assert (row["to_ledger"], row["missing"]) == ("hall.invalid", 0)
    path = tmp_path / "dispatch.json"
    path.write_text(other.run(f"show {other.size - 1} --json").stdout)
    return path


def test_a_dispatch_of_another_ledger_fills_the_opening_in(desk: DeskStory, left: Path) -> None:
    output = desk.run(f"stock open --from-file {left} --model NVL72 --site JHR-1 --yes").output
    assert "left for hall.invalid, and this is" in output
    statement = desk.newest()
    data = statement.data
    shown = json.loads(left.read_text())
    assert data.from_entry == OtherEntry(
        origin=shown["statement"]["ledger"], index=shown["entry"], leaf=shown["leaf"]
    )
    assert [one.rack for one in data.racks] == ["R0001", "R0002"]
    assert (data.supplier, sum(line.total for line in data.lines)) == ("aivres", 144)
    (first, *_) = desk.rows("query custody", "batch=B-02")
    assert first["link"] == "BatchCommissioned"
    links = [
        row for row in desk.rows("query custody", "rack=R0001") if row["link"] == "StockOpened"
    ]
    assert links[0]["from_place"] == f"entry {shown['entry']} of {shown['statement']['ledger']}"


def test_an_entry_of_another_ledger_is_named_in_words(desk: DeskStory) -> None:
    named = f"--from-entry hall.invalid/a/17/{LEAF}"
    desk.run(f"{OPEN} --racks R1001 --batch OLD-1 {named}")
    assert desk.newest().data.from_entry == OtherEntry(origin="hall.invalid/a", index=17, leaf=LEAF)


@pytest.mark.parametrize(
    "text", ["hall.invalid", f"hall.invalid/{LEAF}", f"hall.invalid/-1/{LEAF}", f"HALL/1/{LEAF}",
             "hall.invalid/1/xy", f"hall.invalid/٣/{LEAF}", f"hall.invalid/1/{LEAF.upper()}"]
)  # fmt: skip
def test_what_names_no_entry_is_refused(furnished: DeskStory, text: str) -> None:
    line = f"{OPEN} --racks R1001 --batch OLD-1 --from-entry"
    furnished.refused(line, text, code="OTHER-ENTRY")


def broken(shown: dict[str, Any], what: str) -> str:
    match what:
        case "leaf":
            shown["leaf"] = LEAF
        case "index":
            shown["entry"] = True
        case "infinite":
            shown["entry"] = float("inf")
        case "schema":
            shown["schema"] = "chipledger.show/1"
        case "stored":
            shown["stored"]["recorded_at"] = "yesterday"
        case "absent":
            del shown["stored"]
        case "list":
            return "[]"
        case "text":
            return "{"
    return json.dumps(shown)


@pytest.mark.parametrize(
    "what", ["leaf", "index", "infinite", "schema", "stored", "absent", "list", "text"]
)
def test_a_file_that_shows_no_entry_is_refused(furnished: DeskStory, left: Path, what: str) -> None:
    path = furnished.file("broken.json", broken(json.loads(left.read_text()), what))
    line = f"stock open --from-file {path} --model NVL72 --site JHR-1 --yes"
    told = furnished.refused(line, code="OTHER-ENTRY")
    assert told.count("shows no entry") == 1


def test_a_file_that_shows_another_event_is_refused(furnished: DeskStory) -> None:
    path = furnished.file("receipt.json", furnished.run("show 5 --json").stdout)
    line = f"stock open --from-file {path} --model NVL72 --site JHR-1 --yes"
    assert "and no dispatch" in furnished.refused(line, code="OTHER-ENTRY")
