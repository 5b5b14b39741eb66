"""What all recording commands share, told with the simplest of them."""

import json
from pathlib import Path

import pytest

from commands.context import Desk
from commands.recording import Given, Item, record_all
from ledger.application import Ledger
from ledger.entry import Event
from ledger.errors import Malformed
from ledger.events.base import Annex
from tests.office import Office

SAY = ("party", "headquarters", "operator", "MY")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.begun(tmp_path / "ledger")


def entry(office: Office, index: int) -> Event:
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        return ledger.event(index)


def test_what_will_be_signed_is_shown_and_asked_before_the_receipt(office: Office) -> None:
    printed = office.run(*SAY, typed="y\n")
    lines = printed.splitlines()
    assert lines[0].startswith("DEMONSTRATION: ")
    assert lines[1] == "operator is headquartered in MY"
    assert "  signed by operator (" in printed
    assert "recorded as entry 1" in lines
    assert lines[-1] == "next: chipledger show operator"


def test_what_lies_ahead_is_told(office: Office) -> None:
    folder = office.folder.parent / "real"
    office.invoke(
        *(
            "init",
            str(folder),
            "--party",
            "operator",
            "--name",
            "Operator",
            "--origin",
            "a.example",
        ),
        *("--password-file", str(_password(office)), "--yes"),
    )
    ahead = ("-C", str(folder), *SAY, "--on", "2999-01-01", "--dry-run")
    assert "this has not happened (FUTURE-DATED)" in office.invoke(*ahead).stderr


def _password(office: Office) -> Path:
    path = office.folder.parent / "password"
    path.write_text("a passphrase\n")
    return path


def test_a_no_and_a_silence_record_nothing(office: Office) -> None:
    office.fail("DECLINED", *SAY, typed="n\n")
    office.fail("NO-ANSWER", *SAY, typed="")


def test_a_dry_run_writes_nothing_and_asks_for_no_passphrase(office: Office) -> None:
    key = office.folder / "keys" / "operator.key"
    key.unlink()
    assert "dry run: nothing was signed" in office.run(*SAY, "--dry-run")
    told = office.json(*SAY, "--dry-run")
    assert told["schema"] == "chipledger.dry-run/1"
    assert told["types"] == ["HeadquartersDeclared.v1"]
    assert office.size == 1


def test_the_receipt_as_json_carries_its_schema(office: Office) -> None:
    receipt = office.json(*SAY, "--yes")
    assert receipt["schema"] == "chipledger.receipt/1"
    assert receipt["demonstration"] is True
    assert (receipt["size"], receipt["fingerprint"]) == (2, office.audit().fingerprint)


def test_options_become_the_statement(office: Office, tmp_path: Path) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"%PDF")
    (index,) = office.record(
        *SAY,
        *("--on", "../2025-01", "--ref", "inv:2026-17", "--ref", "bol:MAEU 1"),
        *("--attach", f"{paper}=extract:Register extract", "--sealed", "amount_usd=5"),
    )
    statement = entry(office, index).statement
    assert statement.occurred == "../2025-01"
    assert {(one.type, one.value) for one in statement.references} == {
        ("inv", "2026-17"),
        ("bol", "MAEU 1"),
    }
    (document,) = statement.documents
    assert (document.kind, document.title) == ("extract", "Register extract")
    assert document.media_type == "application/pdf"
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        annex = ledger.document(statement.annex or "")
    assert annex is not None
    fields = json.loads(annex)["fields"]
    assert fields == [{"name": "amount_usd", "value": "5"}]
    assert set(json.loads(annex)) == set(Annex.__struct_fields__)


def test_the_day_is_today_in_the_ledgers_zone(office: Office) -> None:
    (index,) = office.record(*SAY)
    event = entry(office, index)
    assert event.statement.occurred == event.entry.recorded_at[:10]


def test_others_sign_the_same_bytes_when_their_keys_are_here(office: Office) -> None:
    office.party("aivres", "integrator")
    (index,) = office.record(*SAY, "--with", "aivres")
    assert [one.party for one in entry(office, index).statement.signatories] == [
        "operator",
        "aivres",
    ]


def test_a_key_that_is_not_here_needs_a_draft(office: Office, tmp_path: Path) -> None:
    office.party("aivres", "integrator")
    (office.folder / "keys" / "aivres.key").rename(tmp_path / "aivres.key")
    told = office.fail("SIGNER-ABSENT", *SAY, "--with", "aivres", "--yes")
    assert "--draft FILE" in told
    draft = tmp_path / "draft.json"
    assert "still to sign: aivres" in office.run(
        *SAY, "--with", "aivres", "--draft", str(draft), "--yes"
    )
    office.fail("DRAFT-EXISTS", *SAY, "--draft", str(draft), "--yes")
    office.fail(
        "DRAFT-UNWRITABLE", *SAY, "--draft", str(tmp_path / "no" / "x"), "--yes", exit_code=3
    )


def test_one_draft_holds_one_event(office: Office, tmp_path: Path) -> None:
    draft = str(tmp_path / "draft.json")
    arguments = ("party", "add", "x", "--name", "X", "--role", "maker", "--draft", draft)
    office.fail("DRAFT-ONE", *arguments, "--yes")


def test_repeating_a_command_under_its_key_is_a_success(office: Office) -> None:
    (index,) = office.record(*SAY, "--idempotency-key", "hq-1")
    assert office.run(*SAY, "--idempotency-key", "hq-1") == f"already recorded as entry {index}\n"
    told = office.json(*SAY, "--idempotency-key", "hq-1")["entries"]
    assert [(one["entry"], one["already_recorded"]) for one in told] == [(index, True)]
    other = ("party", "headquarters", "operator", "SG", "--idempotency-key", "hq-1")
    office.fail("IDEMPOTENCY-REUSED", *other, "--yes")
    assert office.size == 2


def test_several_events_of_one_command_are_repeated_one_by_one(office: Office) -> None:
    add = ("party", "add", "x", "--name", "X", "--role", "maker", "--idempotency-key", "k")
    assert office.record(*add) == [1, 2]
    assert office.run(*add).splitlines() == [
        "already recorded as entry 1",
        "already recorded as entry 2",
    ]
    office.json(*add, "--role", "exporter", "--yes")
    assert office.size == 4
    shown = office.run(*add, "--role", "exporter", "--role", "lessee", "--yes")
    assert "recorded as entry 4; 3 recorded already" in shown


def test_saying_the_same_again_is_asked_and_no_yes_answers_it(office: Office) -> None:
    office.record(*SAY, "--on", "2026-01")
    office.fail("SAID-BEFORE", *SAY, "--on", "2026-01", "--yes")
    office.fail("DECLINED", *SAY, "--on", "2026-01", typed="n\n")
    told = office.json(*SAY, "--on", "2026-01", "--dry-run")
    assert [one["code"] for one in told["doubts"]] == ["SAID-BEFORE"]
    office.run(*SAY, "--on", "2026-01", typed="y\ny\n")
    assert office.record(*SAY, "--on", "2026-01", "--idempotency-key", "again") == [3]


def test_a_correction_names_its_entry_by_number_or_id(office: Office, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("x")
    attach = ("attach", "0", str(tmp_path / "note.txt"), "--remark")
    (first,) = office.record(*attach, "first")
    (second,) = office.record(*attach, "second", "--corrects", str(first))
    office.fail("TARGET-NOT-NEWEST", *attach, "third", "--corrects", str(first), "--yes")
    office.record(*attach, "third", "--corrects", entry(office, second).statement.id)
    unknown = "01a20a3c-9d7a-7e55-892f-643dcd55ed6b"
    office.fail("ENTRY-UNKNOWN", *attach, "x", "--corrects", unknown, exit_code=3)
    office.fail("ENTRY-UNKNOWN", *attach, "x", "--corrects", "99", exit_code=3)
    office.fail("ENTRY-FORM", *attach, "x", "--corrects", "the last one")
    assert office.audit().verdict == "PASS"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--on", "yesterday"), "NOT-TYPED"),
        (("--on", "2026-02-30"), "OCCURRED-DATE"),
        (("--ref", "MAEU1"), "REFERENCE"),
        (("--ref", "BOL:1"), "REFERENCE"),
        (("--ref", "bol:"), "REFERENCE"),
        (("--ref", "idempotency:x"), "REFERENCE"),
        (("--sealed", "amount"), "NO-ANSWER"),
        (("--sealed", "Amount=5"), "SEALED"),
        (("--sealed", "a=1", "--sealed", "a=2"), "SEALED"),
        (("--sealed", "a=" + "x" * 4001), "SEALED"),
        (("--idempotency-key", "ä"), "NOT-TYPED"),
        (("--with", "nobody"), "KEY-NONE"),
        (("--as", "nobody"), "KEY-NONE"),
        (("--as", "no body"), "IDENTIFIER"),
        (("--with", "operator"), "SIGNATORIES"),
        (("--basis", "counterparty"), "BASIS"),
    ],
)
def test_what_cannot_be_said_is_refused_before_anything_is_signed(
    office: Office, arguments: tuple[str, ...], code: str
) -> None:
    office.fail(code, *SAY, *arguments, "--yes")


def test_a_sealed_value_is_asked_for_or_read_and_never_repeated(
    office: Office, tmp_path: Path
) -> None:
    (tmp_path / "value").write_text("from a file\n")
    asked = office.run(
        *SAY, "--sealed", "a=", "--sealed", f"b=@{tmp_path / 'value'}", "--yes", typed="typed\n"
    )
    assert "typed" not in asked
    annex = entry(office, 1).statement.annex
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        content = json.loads(ledger.document(annex or "") or b"")
    assert [one["value"] for one in content["fields"]] == ["typed", "from a file"]
    office.fail("NO-ANSWER", *SAY, "--sealed", "a=", typed="")
    (tmp_path / "value").write_bytes(b"\xff")
    office.fail("SEALED", *SAY, "--sealed", f"b=@{tmp_path / 'value'}")
    (tmp_path / "value").write_bytes(b"x" * 20_000)
    office.fail("TOO-LARGE", *SAY, "--sealed", f"b=@{tmp_path / 'value'}")


def test_documents_that_cannot_be_read_are_refused(office: Office, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.pdf")
    office.fail("DOCUMENT-UNREADABLE", *SAY, "--attach", missing, "--yes", exit_code=3)
    office.fail("DOCUMENT-UNREADABLE", *SAY, "--attach", str(tmp_path), "--yes", exit_code=3)
    office.fail("DOCUMENT-UNREADABLE", *SAY, "--attach", "a\0b", "--yes", exit_code=3)
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(32 * 1024 * 1024 + 1)
    office.fail("TOO-LARGE", *SAY, "--attach", str(large), "--yes")
    (tmp_path / "a=b").write_text("x")
    (index,) = office.record(*SAY, "--attach", str(tmp_path / "a=b"))
    (document,) = entry(office, index).statement.documents
    assert (document.title, document.kind) == ("a=b", "document")
    title = "t" * 201
    office.fail("DOCUMENT-TITLE", *SAY, "--attach", f"{tmp_path / 'a=b'}=kind:{title}", "--yes")


def test_names_never_recorded_are_warned_of_and_recorded_all_the_same(office: Office) -> None:
    receipt = office.json("party", "headquarters", "nobody", "MY", "--yes")
    assert receipt["warnings"] == ["party nobody was never recorded (NAME-UNKNOWN)"]


def test_a_clock_far_ahead_is_asked_about(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A demonstration has clocks of its own; what is asked is told on a record."""
    desk = Desk(office.folder)
    monkeypatch.setattr(Desk, "demonstration", False)
    moment = desk.now().replace(year=desk.now().year + 2)
    monkeypatch.setattr("commands.context.system_clock", lambda: moment)
    office.fail("CLOCK-AHEAD", *SAY, "--yes")
    office.fail("DECLINED", *SAY, typed="n\n")
    desk.close()


def test_events_may_be_signed_by_others_than_the_options_say(office: Office) -> None:
    desk = Desk(office.folder)
    with pytest.raises(Malformed, match="DRAFT-ONE"):
        record_all(
            desk,
            Given(draft=Path("x")),
            [Item(entry(office, 0).statement.data)] * 2,
            summary=[],
            next_command="",
        )
    desk.close()
