"""What is sealed without being asked, what `--open` and `--sealed` change, what `show` shows."""

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from commands import sealing
from commands.recording import Given, Item
from ledger.application import Ledger
from ledger.draft import Circumstances, make_annex
from ledger.events.authorization import EndUseStated
from ledger.events.base import Annex, AnnexField
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk

PRICE = "98765.43"
TRANSFER = "title transfer --racks R0001 --to bytedance --on 2026-03-01 --yes"
RECORD = (
    "authorization record L-1 --kind licence --activity export --authority BIS --destination MY"
    " --item GPU=5 --as aivres --yes"
)
FILE = "filing record F-1 --itn X20260504000001 --port LAX --consignee aolani --destination MY --as"
FILE += " aivres --yes"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("sealing") / "ledger", furnish, build, deliver)


@pytest.fixture
def desk(running: DeskStory, tmp_path: Path) -> DeskStory:
    return running.copy(tmp_path)


def annex(desk: DeskStory) -> dict[str, str]:
    """Return what is sealed with the newest entry."""
    shown = json.loads(desk.run(f"show {desk.size - 1} --json").stdout)
    found: dict[str, str] = shown["annex"]["sealed"]
    return found


@pytest.mark.parametrize(
    ("line", "more", "sealed"),
    [
        (TRANSFER, ("--price-usd", PRICE), {"price_usd": PRICE}),
        (
            TRANSFER,
            ("--price", "4.10", "--currency", "MYR", "--terms", "net 30"),
            {"price": "4.10", "currency": "MYR", "terms": "net 30"},
        ),
        (
            "lease start L --to bytedance --racks R0001 --with bytedance --on 2026-03-01 --yes",
            ("--rate", "2.10 USD an hour", "--terms", "three years"),
            {"rate": "2.10 USD an hour", "terms": "three years"},
        ),
        (
            "shipment dispatch S --racks R0001 --to aivres --to-site PLANT --purpose return --yes",
            ("--value-usd", PRICE),
            {"value_usd": PRICE},
        ),
        ("enduse state --use research --yes", ("--detail", "who"), {"detail": "who"}),
        (RECORD, ("--value-limit-usd", "98765"), {"value_limit_usd": "98765"}),
        (FILE, ("--racks", "R0001", "--value-usd", "98765"), {"value_usd": "98765"}),
        (
            FILE,
            (
                "--item",
                "8471.50/E/2/NO/0/7",
                "--item",
                "8473.30/E/2/NO/0",
                "--item",
                "8473.30/E/1/NO/0/98765",
            ),
            {"value_usd_1": "7", "value_usd_2": "98765"},
        ),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value[:16]),
)
def test_money_and_terms_are_sealed_without_being_asked(
    desk: DeskStory, line: str, more: tuple[str, ...], sealed: dict[str, str]
) -> None:
    output = desk.run(line, *more).output
    assert "in the annex, not in the statement" in output
    assert annex(desk) == sealed
    with Ledger.open(str(desk.folder / "ledger.db")) as ledger:
        stored = ledger.entry_bytes(desk.size - 1)
        statement = ledger.event(desk.size - 1).statement
        document = ledger.document(statement.annex or "")
    assert document is not None
    assert hashlib.sha256(document).hexdigest() == statement.annex
    for value in sealed.values():
        assert len(value) < 4 or value.encode() not in stored
        assert len(value) < 4 or value not in str(statement)
    assert desk.run("verify").stdout.splitlines()[-1].startswith("PASS")


def test_open_puts_a_value_into_the_statement(desk: DeskStory) -> None:
    desk.run(RECORD, "--value-limit-usd", "98765", "--open", "value_limit_usd")
    statement = desk.newest()
    assert (statement.data.value_limit_usd, statement.annex) == (98765, None)
    desk.run(
        FILE, "--item", "8471.50/E/2/NO/0/7", "--item", "8473.30/E/1/NO/0", "--open", "value_usd"
    )
    assert [one.value_usd for one in desk.newest().data.lines] == [7, None]
    desk.run(FILE.replace("F-1", "F-2"), "--racks", "R0001", "--value-usd", "8", "--open",
             "value_usd")  # fmt: skip
    assert [one.value_usd for one in desk.newest().data.lines] == [8]
    assert "invalid" in desk.refused(RECORD, "--open", "number", code="USAGE").lower()


def test_lines_that_differ_in_nothing_open_are_added_up(desk: DeskStory) -> None:
    two = ("--item", "8471.50/E/2/NO/0/7", "--item", "8471.50/E/2/NO/0/8")
    desk.refused(FILE, *two, code="FILED-LINES")
    same = ("--item", "8471.50/E/2/NO/0/7", "--item", "8471.50/E/2/NO/0/7")
    desk.refused(FILE, *same, "--open", "value_usd", code="FILED-LINES")
    desk.run(FILE, *two, "--open", "value_usd")
    desk.refused(FILE, *two, "--value-usd", "5", code="USAGE")
    desk.refused(FILE, "--item", "8471.50/E/2/NO/0/7", "--value-usd", "5", code="USAGE")


def test_a_field_is_taken_out_of_the_statement_by_its_name(desk: DeskStory) -> None:
    desk.run(TRANSFER, "--contract", "C-77", "--sealed", "contract")
    assert desk.newest().data.contract is None
    assert annex(desk) == {"contract": "C-77"}
    desk.run(
        "lease start L --to bytedance --racks R0001 --with bytedance --on 2026-03-01 --yes"
        " --purchase-option --until 2029-03 --sealed purchase-option --sealed until"
    )
    assert (desk.newest().data.purchase_option, desk.newest().data.until) == (None, None)
    assert annex(desk) == {"purchase_option": "true", "until": "2029-03"}
    desk.run(RECORD, "--value-limit-usd", "5", "--open", "value_limit_usd", "--sealed",
             "value_limit_usd")  # fmt: skip
    assert annex(desk) == {"value_limit_usd": "5"}


def test_a_name_without_a_value_is_asked_for_once(desk: DeskStory) -> None:
    desk.run(TRANSFER, "--sealed", "discount", "--sealed", "contract", typed="5 %\nC-1\n")
    assert annex(desk) == {"discount": "5 %", "contract": "C-1"}
    desk.run("party add p --name P --role owner --sealed note --yes", typed="known\n")
    assert annex(desk) == {"note": "known"}
    desk.run(TRANSFER.replace("transfer", "transfer --id X"), "--price-usd", "5", "--sealed",
             "price_usd", typed="")  # fmt: skip
    assert annex(desk) == {"price_usd": "5"}


@pytest.mark.parametrize(
    ("line", "field", "why"),
    [
        (TRANSFER, "buyer", "none of its kind"),
        (TRANSFER, "seller", "found by"),
        (RECORD, "items", "none of its kind"),
        (
            "lease start L --to bytedance --racks R0001 --service colocation --yes",
            "service",
            "the books",
        ),
        (
            "shipment dispatch S --racks R0001 --to aivres --to-ledger other.example --yes",
            "to_ledger",
            "the books",
        ),
        ("party headquarters aolani MY --parent-country KY --yes", "parent_country", "found by"),
    ],
)
def test_what_rights_books_and_questions_rest_on_stays_in_the_statement(
    running: DeskStory, line: str, field: str, why: str
) -> None:
    assert why in running.refused(line, "--sealed", field, code="SEALED-FIELD")


@pytest.mark.parametrize(
    "more",
    [
        ("--price-usd", f"{PRICE}7"),
        ("--price-usd", f"-{PRICE}"),
        ("--price-usd", f"USD {PRICE}"),
        ("--currency", PRICE),
        ("--terms", PRICE * 1000),
        ("--price-usd", PRICE, "--sealed", f"price_usd={PRICE}"),
        ("--sealed", f"price_usd={PRICE}\x00", "--sealed", f"price_usd={PRICE}"),
        ("--sealed", f"Price={PRICE}"),
        ("--sealed", f"price={PRICE * 1000}"),
        ("--sealed", PRICE),
        ("--sealed", f"price:{PRICE}"),
        ("--sealed", "contract", "--contract", f"{PRICE}ä"),
    ],
)
def test_no_message_repeats_a_value_even_with_debug(
    running: DeskStory, more: tuple[str, ...]
) -> None:
    output = running.run(f"--debug {TRANSFER}", *more, exit_code=2).output
    assert "  code: " in output
    assert PRICE[:4] not in output or "ä" in more[-1]
    assert running.refused(TRANSFER, *more, code=output.rsplit("code: ", 1)[1].split("\n", 1)[0])


@pytest.mark.parametrize(
    "item", [PRICE, "8471.50/E/2/NO", f"8471.50/E/2/NO/0/{PRICE}", f"8471.50/E/2/NO/0/9/{PRICE}"]
)
def test_a_filed_value_is_not_repeated_either(running: DeskStory, item: str) -> None:
    assert PRICE not in running.refused(FILE, "--item", item, code="FILED-LINE")


def test_a_value_is_read_from_a_file(desk: DeskStory) -> None:
    path = desk.file("terms.txt", "first\nsecond\n")
    desk.run(TRANSFER, "--terms", f"@{path}")
    assert annex(desk) == {"terms": "first\nsecond"}
    lines = desk.run(f"show {desk.size - 1}").stdout.splitlines()
    assert "  sealed         terms: first" in lines
    assert "                 second" in lines
    path.write_bytes(b"\xff")
    desk.refused(TRANSFER, "--terms", f"@{path}", code="SEALED")
    desk.refused(TRANSFER, "--terms", f"@{path}.none", code="DOCUMENT-UNREADABLE", exit_code=3)


def test_who_signs_a_draft_sees_what_is_sealed_in_it(desk: DeskStory) -> None:
    draft = desk.folder.parent / "draft"
    desk.run(TRANSFER, "--with", "bytedance", "--price-usd", PRICE, "--draft", str(draft))
    output = desk.run(f"submit {draft} --dry-run").output
    assert f"sealed         price_usd: {PRICE}" in output
    value = json.loads(draft.read_bytes())
    draft.write_text(json.dumps({**value, "documents": []}, separators=(",", ":"), sort_keys=True))
    assert "sealed         not here" in desk.run(f"submit {draft} --dry-run").output


def test_show_says_what_is_not_here(desk: DeskStory) -> None:
    desk.run(TRANSFER, "--price-usd", PRICE)
    entry, sha256 = desk.size - 1, desk.newest().annex
    assert f"price_usd: {PRICE}" in desk.run(f"show {entry}").stdout
    assert PRICE not in desk.run("log").stdout
    with sqlite3.connect(desk.folder / "ledger.db") as store:
        store.execute("DELETE FROM document WHERE sha256 = ?", (sha256,))
    store.close()
    assert "  sealed         not here" in desk.run(f"show {entry}").stdout
    shown = json.loads(desk.run(f"show {entry} --json").stdout)["annex"]
    assert shown == {"sha256": sha256, "here": False, "sealed": None}
    assert json.loads(desk.run("show 3 --json").stdout)["annex"] is None


def test_an_annex_that_is_none_is_not_shown() -> None:
    assert sealing.read_annex(b"{}") is None
    assert sealing.read_annex(make_annex({"a": "b"})) == (AnnexField(name="a", value="b"),)


def test_no_representation_of_what_is_being_recorded_holds_a_sealed_value() -> None:
    data: Any = EndUseStated(end_use="x", no_military=True)
    facts = {"a": PRICE}
    for one in (
        Given(sealed=facts),
        Item(data, sealed=facts),
        Circumstances(occurred="2026", sealed=facts, salt=b"98765"),
    ):
        assert "98765" not in repr(one)
    assert Annex(salt="0" * 64, fields=()).fields == ()
