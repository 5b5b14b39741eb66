"""Drafts between signatories: complete, hostile, or signed away from the ledger."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from commands.drafts import read_draft, write_draft
from commands.main import main
from ledger.draft import Submission
from ledger.errors import LedgerError
from tests.office import Office

SAY = ("party", "headquarters", "operator", "MY")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office.begun(tmp_path / "ledger", integrator="aivres")
    for name in ("aivres.key", "aivres.key.pub"):
        (office.folder / "keys" / name).rename(tmp_path / name)
    return office


@pytest.fixture
def draft(office: Office, tmp_path: Path) -> Path:
    """What operator signed, and aivres has still to sign; one document goes with it."""
    path, paper = tmp_path / "draft.json", tmp_path / "paper.txt"
    paper.write_text("paper")
    attach = ("--attach", str(paper), "--draft", str(path), "--yes")
    office.run(*SAY, "--with", "aivres", *attach)
    return path


def test_the_last_signature_makes_it_an_entry(office: Office, draft: Path, tmp_path: Path) -> None:
    key = ("--key", str(tmp_path / "aivres.key"))
    shown = office.run("submit", str(draft), *key, "--dry-run")
    assert "  operator (" in shown
    assert ") has signed" in shown
    assert ") signs now" in shown
    assert "country        MY" in shown
    told = office.json("submit", str(draft), *key, "--yes")
    assert [one["entry"] for one in told["entries"]] == [office.size - 1]
    index = office.size - 1
    assert office.run("submit", str(draft), *key).endswith(f"already recorded as entry {index}\n")
    assert office.audit().verdict == "PASS"


def test_a_draft_is_for_its_owners_eyes_also_after_it_was_signed_further(draft: Path) -> None:
    assert draft.stat().st_mode & 0o777 == 0o600
    draft.chmod(0o644)
    submission, _ = read_draft(draft)
    write_draft(draft, submission, new=False)
    assert draft.stat().st_mode & 0o777 == 0o600


def test_nobody_here_can_sign(office: Office, draft: Path) -> None:
    before = draft.read_bytes()
    told = office.fail("SIGNER-ABSENT", "submit", str(draft), "--yes")
    assert "still to sign: aivres" in told
    assert draft.read_bytes() == before


def test_away_from_the_ledger_a_key_signs_and_the_draft_goes_on(
    office: Office, draft: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["submit", str(draft), "--key", str(tmp_path / "aivres.key")]
    away = CliRunner().invoke(main, [*arguments, "--json", "--yes"])
    assert json.loads(away.stdout)["missing"] == []
    assert "no ledger is here" in away.stderr
    again = CliRunner().invoke(main, [*arguments, "--yes"])
    assert (again.exit_code, "SIGNER-ABSENT" in again.stderr) == (2, True)
    office.run("submit", str(draft), typed="y\n")
    assert office.audit().verdict == "PASS"


def test_a_statement_can_be_drafted_for_somebody_else_entirely(
    office: Office, tmp_path: Path
) -> None:
    path = str(tmp_path / "theirs.json")
    theirs = ("party", "headquarters", "aivres", "US", "--as", "aivres", "--with", "operator")
    told = office.json(*theirs, "--draft", path, "--yes")
    assert [one["party"] for one in told["missing"]] == ["aivres"]
    office.run("submit", path, "--key", str(tmp_path / "aivres.key"), "--yes")


def test_a_declined_draft_stays_as_it_is(office: Office, draft: Path, tmp_path: Path) -> None:
    before = draft.read_bytes()
    key = ("--key", str(tmp_path / "aivres.key"))
    office.fail("DECLINED", "submit", str(draft), *key, typed="n\n")
    assert draft.read_bytes() == before


def change(draft: Path, **fields: object) -> None:
    value = json.loads(draft.read_text()) | fields
    compact = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    draft.write_text(compact)


def envelope(draft: Path, **fields: object) -> dict[str, object]:
    value: dict[str, object] = json.loads(draft.read_text())["envelope"]
    return value | fields


def test_the_plain_spelling_is_read_too(office: Office, draft: Path, tmp_path: Path) -> None:
    change(draft)
    office.run("submit", str(draft), "--key", str(tmp_path / "aivres.key"), "--yes")


def test_a_signature_of_other_bytes_is_refused_before_anybody_signs(
    office: Office, draft: Path
) -> None:
    (signature,) = json.loads(draft.read_text())["envelope"]["signatures"]
    forged = signature | {"sig": "A" * 86 + "=="}
    change(draft, envelope=envelope(draft, signatures=[forged]))
    office.fail("SIGNATURE", "submit", str(draft), "--yes")
    change(draft, envelope=envelope(draft, signatures=[signature | {"keyid": "0" * 64}]))
    office.fail("DRAFT-SIGNATURES", "submit", str(draft), "--yes")
    change(draft, envelope=envelope(draft, signatures=[signature, signature]))
    office.fail("DRAFT-SIGNATURES", "submit", str(draft), "--yes")


def test_documents_that_the_statement_does_not_name_are_refused(
    office: Office, draft: Path
) -> None:
    change(draft, documents=["eA=="])
    office.fail("DRAFT-DOCUMENTS", "submit", str(draft), "--yes")
    change(draft, documents=["eA"])
    office.fail("BASE64", "submit", str(draft), "--yes")


def test_another_ledgers_draft_is_refused(draft: Path, tmp_path: Path) -> None:
    other = Office.make(tmp_path / "other")
    key = ("--key", str(tmp_path / "aivres.key"))
    other.fail("KEY-UNENROLLED", "submit", str(draft), *key, "--yes")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"{",
        b"[" * 100_000,
        b'{"schema":"chipledger.draft/1"}',
        b'{"schema":"chipledger.draft/1","envelope":null,"documents":[]}',
        b"null",
        b"1e999",
    ],
    ids=["empty", "not UTF-8", "cut", "deep", "short", "null envelope", "null", "number"],
)
def test_files_that_are_no_drafts_are_refused(
    office: Office, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    office.fail("DRAFT-FORM", "submit", str(path), "--yes")


def test_a_draft_that_says_a_field_twice_or_is_of_another_schema(
    office: Office, draft: Path
) -> None:
    text = draft.read_text()
    draft.write_text(text.replace('"schema":', '"schema": "chipledger.draft/1",\n "schema":'))
    office.fail("DRAFT-FORM", "submit", str(draft), "--yes")
    draft.write_text(text)
    change(draft, schema="chipledger.draft/2")
    office.fail("DRAFT-FORM", "submit", str(draft), "--yes")


def test_a_statement_in_another_spelling_is_refused(office: Office, draft: Path) -> None:
    change(draft, envelope=envelope(draft, payload="e30="))
    office.fail("NOT-TYPED", "submit", str(draft), "--yes")


def test_drafts_that_cannot_be_read_or_are_too_large(office: Office, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.json")
    office.fail("DRAFT-UNREADABLE", "submit", missing, exit_code=3)
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    office.fail("TOO-LARGE", "submit", str(large))


def test_a_draft_too_large_to_be_read_is_not_written(draft: Path, tmp_path: Path) -> None:
    submission, _ = read_draft(draft)
    huge = Submission(submission.envelope, (bytes(48 * 1024 * 1024),))
    with pytest.raises(LedgerError, match="TOO-LARGE"):
        write_draft(tmp_path / "huge.json", huge, new=True)
    assert not (tmp_path / "huge.json").exists()


@given(st.binary(max_size=200), st.integers(0, 900))
def test_no_draft_raises_anything_but_a_ledger_error(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int
) -> None:
    path = tmp_path_factory.mktemp("draft") / "draft.json"
    good = b'{"documents":[],"envelope":{"payload":"e30=","payloadType":"application/vnd.'
    good += b'chipledger.statement+json","signatures":[]},"schema":"chipledger.draft/1"}'
    path.write_bytes(good[:at] + noise + good[at:])
    with pytest.raises(LedgerError):
        read_draft(path)
