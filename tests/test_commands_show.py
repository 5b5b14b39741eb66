"""Looking things up: the log, an entry, a name, a document, the vocabulary."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from commands.statement_text import statement_lines, totals
from ledger.application import Ledger
from ledger.events import EVENT_TYPES
from ledger.log.merkle import leaf_hash
from tests.memory_log import MemoryLog, line
from tests.mini_case import mini_case
from tests.office import Office


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Entries 0 to 4 make the party aivres, 5 says something of it, 6 to 9 speak of 5."""
    folder = tmp_path_factory.mktemp("told")
    office = Office.make(folder / "ledger")
    office.party("aivres", "integrator")
    (folder / "paper.txt").write_text("paper")
    office.record("party", "add", "x", "--name", "\x1b[2JX")
    check = ("party", "check", "aivres", "--result", "clear", "--as", "operator")
    office.record(*check, "--ref", "inv:2026-17", "--sealed", "amount=5")
    office.record("attach", "5", str(folder / "paper.txt"), "--remark", "the list")
    (first,) = office.record("countersign", "5", "--as", "aivres", "--except", "the date")
    assert first == 7
    return office


def test_the_log_lists_the_newest_entries_in_order(told: Office) -> None:
    rows = told.json("log", "-n", "3")["rows"]
    assert [one["entry"] for one in rows] == [5, 6, 7]
    assert [one["entry"] for one in told.json("log", "--since", "6")["rows"]] == [6, 7]
    assert len(told.json("log", "--all")["rows"]) == told.size


def test_the_log_is_filtered_by_type_and_party(told: Office) -> None:
    assert [one["entry"] for one in told.json("log", "--type", "partyreg")["rows"]] == [1, 4]
    for beginning, hint in (("%", "`chipledger events` lists them"), ("patyreg", "did you mean")):
        assert hint in told.fail("TYPE-NAME", "log", "--type", beginning)
    of_x = told.json("log", "--party", "X")["rows"]
    assert [one["entry"] for one in of_x] == [4]


def test_an_entry_is_shown_in_full_with_what_later_ones_say(told: Office) -> None:
    shown = told.run("show", "5")
    for part in (
        "PartyChecked.v1",
        "inv 2026-17",
        "sealed annex   SHA-256",
        "result         clear",
    ):
        assert part in shown
    assert "documents added by entry 6, operator" in shown
    assert "accepts_except by entry 7, aivres" in shown
    with Ledger.open(str(told.folder / "ledger.db")) as ledger:
        data, event = ledger.entry_bytes(5), ledger.event(5)
    assert leaf_hash(data).hex() in shown
    assert told.run("show", event.statement.id) == shown
    assert told.run("show", "5", "--raw").encode() == data
    value = told.json("show", "5")
    assert value["statement"]["data"]["party"] == "aivres"
    assert value["payload_sha256"] == event.payload_sha256


def test_hostile_text_does_not_reach_the_terminal(told: Office) -> None:
    shown = told.run("show", "4")
    assert "\x1b" not in shown
    assert "\\u001b[2JX" in shown


def test_a_party_is_shown_with_roles_keys_and_entries(told: Office) -> None:
    shown = told.run("show", "AIVRES")
    assert "roles: integrator" in shown
    assert "keys in force: " in shown
    assert "legal name: " in shown
    assert "PartyChecked aivres" in shown
    value = told.json("show", "aivres")
    assert value["roles"] == ["integrator"]
    assert told.json("show", "x")["keys in force"] == []


def test_numbers_on_paper_and_documents_lead_to_their_entries(told: Office) -> None:
    assert [one["entry"] for one in told.json("show", "2026-17")["entries"]] == [5]
    digest = hashlib.sha256(b"paper").hexdigest()
    for ref in (digest, digest[:8].upper()):
        assert [one["entry"] for one in told.json("show", ref)["entries"]] == [6]


def test_a_document_is_saved_and_never_over_a_file(told: Office, tmp_path: Path) -> None:
    digest, path = hashlib.sha256(b"paper").hexdigest(), tmp_path / "out.txt"
    told.run("show", digest[:12], "--save", str(path))
    assert path.read_bytes() == b"paper"
    told.fail("FILE-EXISTS", "show", digest, "--save", str(path))
    nowhere = str(tmp_path / "no" / "out")
    told.fail("FILE-UNWRITABLE", "show", digest, "--save", nowhere, exit_code=3)
    told.fail("DIGEST-FORM", "show", "5", "--save", nowhere)
    told.fail("DOCUMENT-ABSENT", "show", "0" * 64, "--save", nowhere, exit_code=3)


@pytest.mark.parametrize("ref", ["nix", "", "\x00", "999999", "' OR 1=1 --", "x" * 5000])
def test_what_nobody_recorded_is_told_so(told: Office, ref: str) -> None:
    told.fail("REF-UNKNOWN", "show", ref, exit_code=3)


def test_a_document_that_is_not_here_is_told(told: Office, tmp_path: Path) -> None:
    office = told.copy(tmp_path / "copy")
    with closing(sqlite3.connect(office.folder / "ledger.db", isolation_level=None)) as store:
        store.execute("DELETE FROM document")
    digest = hashlib.sha256(b"paper").hexdigest()
    assert f"the document {digest[:16]}… is not here" in office.run("show", "6")


def test_the_vocabulary_is_listed_and_each_type_explained(told: Office) -> None:
    rows = told.json("events")["rows"]
    assert [one["type"] for one in rows] == list(EVENT_TYPES)
    who = {one["type"]: one["asserted by"] for one in rows}
    assert who["LeaseEnded.v1"] == "lessor or lessee"
    assert who["PartyChecked.v1"] == "any trade role, auditor"
    assert who["KeyRevoked.v1"] == "any party"
    assert who["RackAssembled.v1"] == "integrator"
    told.fail("TYPE-NAME", "events", "Nothing")


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_field_of_every_type_has_its_meaning(told: Office, name: str) -> None:
    rows = told.json("events", name.lower())["rows"]
    assert [one["field"] for one in rows] == list(EVENT_TYPES[name].fields)
    assert [one["field"] for one in rows if not one["meaning"]] == []
    assert EVENT_TYPES[name].summary in told.run("events", name)


def test_a_statement_is_told_with_nothing_left_out() -> None:
    case = mini_case()
    sale = case.named["sale"].statement
    lines = list(statement_lines(sale))
    for part in ("seller", "buyer", "TTL-1", "R1", "R2", "R3"):
        assert any(part in one for one in lines), part
    corrected = list(statement_lines(case.named["correction"].statement))
    assert any(one.startswith("corrects ") for one in corrected)
    assert any(one.strip() == "final          yes" for one in corrected)
    dispatched = list(statement_lines(case.named["dispatch"].statement))
    assert any("invoice INV-1" in one for one in dispatched)
    assert any(one.strip() == "eccn           3A090.a" for one in dispatched)


def test_totals_are_by_model_batch_and_state() -> None:
    case = mini_case()
    chip = line("B1", 1).model
    assert totals([case.named["sale"].statement]) == [
        [chip, "B1", "stock", 100, 2],
        [chip, "B2", "stock", 80, 2],
    ]
    assert totals([MemoryLog()[0].statement]) == []
