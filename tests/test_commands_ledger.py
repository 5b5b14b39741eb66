"""Rotating the ledger's own key at the command line."""

from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.context import Desk
from commands.ledger import _drop_next, _write_next, command
from ledger.authority import public_key
from ledger.draft import Circumstances
from ledger.errors import Refused, Unavailable
from ledger.events.base import Signatory
from ledger.events.ledger import LedgerKeyRotated
from ledger.signing.keyfile import read_key, read_public
from ledger.signing.signer import MemorySigner
from tests.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.begun(tmp_path / "ledger")


def rotate(*more: str) -> tuple[str, ...]:
    return ("ledger", "rotate-key", "--reason", "once a year", *more)


def test_after_a_rotation_the_new_key_signs_and_the_fingerprint_stays(office: Office) -> None:
    before = read_public(office.folder / "ledger.key.pub")
    fingerprint = office.audit().fingerprint
    assert "recorded as entry 1" in office.run(*rotate("--yes"))
    assert read_public(office.folder / "ledger.key.pub") != before
    assert office.record("party", "headquarters", "operator", "MY") == [2]
    report = office.audit()
    assert (report.verdict, report.fingerprint) == ("PASS", fingerprint)


def test_a_dry_run_or_a_no_leaves_the_key_alone(office: Office) -> None:
    before = (office.folder / "ledger.key").read_bytes()
    assert "dry run" in office.run(*rotate("--dry-run"))
    office.fail("DECLINED", *rotate(), typed="n\n")
    assert (office.folder / "ledger.key").read_bytes() == before
    assert not list(office.folder.glob("*.next*"))


def test_a_checkpoint_kept_apart_catches_a_log_that_was_cut_short(office: Office) -> None:
    kept = office.folder.parent / "kept.note"
    office.record("party", "headquarters", "operator", "MY")
    printed = office.run("ledger", "checkpoint")
    assert "2 entries" in office.run("ledger", "checkpoint", "--out", str(kept))
    assert kept.read_text() == printed
    assert "PASS" in office.run("verify", "--checkpoint", str(kept))
    office.fail("FILE-EXISTS", "ledger", "checkpoint", "--out", str(kept))
    nowhere = office.folder / "nowhere" / "kept.note"
    office.fail("FILE-UNWRITABLE", "ledger", "checkpoint", "--out", str(nowhere), exit_code=3)


def test_a_backup_is_the_whole_ledger_without_its_keys(office: Office) -> None:
    copy = office.folder.parent / "backup.db"
    told = office.run("ledger", "backup", str(copy))
    fingerprint = told.split("--fingerprint ")[1].strip()
    assert "1 entries" in told
    assert "PASS" in office.run("verify", str(copy), "--fingerprint", fingerprint)
    assert copy.stat().st_mode & 0o777 == 0o600
    office.fail("STORE-EXISTS", "ledger", "backup", str(copy))
    assert b"PRIVATE" not in copy.read_bytes()


def test_an_audit_that_passes_keeps_its_checkpoint(office: Office) -> None:
    kept = office.folder.parent / "kept.note"
    office.run("verify", "--keep-checkpoint", str(kept))
    assert kept.read_text() == office.run("ledger", "checkpoint")
    unknown = office.folder.parent / "unknown.note"
    store = str(office.folder / "ledger.db")
    office.invoke("verify", store, "--keep-checkpoint", str(unknown), exit_code=3)
    assert not unknown.exists()


def next_keys(office: Office) -> list[Path]:
    return sorted(office.folder.glob("ledger.key.*.next"))


def test_of_two_rotations_at_one_time_neither_takes_the_others_key(office: Office) -> None:
    """The first has written its key and is about to commit when the second begins and fails."""
    first = Desk(office.folder)
    ledger, hand = first.writer(), first.hand("operator")
    new = MemorySigner.generate()
    data = LedgerKeyRotated(checkpoint_key=public_key(new.public_key, "ledger"), reason="first")
    by = Signatory(party="operator", key=hand.key)
    signed = ledger.draft(data, by, Circumstances(occurred="2026-01-05")).sign(
        first.keyring.signer(hand)
    )
    _write_next(first, new, encrypt=False)
    second = Desk(office.folder)
    _write_next(second, MemorySigner.generate(), encrypt=False)
    assert len(next_keys(office)) == 2
    with closing(first), closing(second):
        ledger.append(signed, new_key=new)  # and here its process ends
    assert office.record("party", "headquarters", "operator", "MY") == [2]
    assert read_public(office.folder / "ledger.key.pub") == new.public_key
    assert office.audit().verdict == "PASS"


def test_a_next_key_goes_when_it_was_refused_and_stays_when_the_log_has_it(office: Office) -> None:
    water = office.folder / "high-water"
    kept = water.read_bytes()
    late = Desk(office.folder)
    with closing(late):
        late.writer()
        office.run(*rotate("--yes"))
        result = CliRunner().invoke(command, ["rotate-key", "--reason", "x", "--yes"], obj=late)
    assert isinstance(result.exception, Refused)
    assert next_keys(office) == []
    behind = Desk(office.folder)
    with closing(behind):
        behind.writer()
        water.write_bytes(b"no line of a size and a root\n")  # met after the commit only
        result = CliRunner().invoke(command, ["rotate-key", "--reason", "x", "--yes"], obj=behind)
    assert isinstance(result.exception, Unavailable)
    assert result.exception.code == "ANSWER-WITHHELD"
    assert len(next_keys(office)) == 1
    water.write_bytes(kept)
    again = Desk(office.folder)
    with closing(again):
        _drop_next(again, read_key(next_keys(office)[0], None))
    assert len(next_keys(office)) == 1
    assert office.record("party", "headquarters", "operator", "MY") == [3]
    assert next_keys(office) == []
    assert office.audit().verdict == "PASS"


def test_an_older_copy_of_the_ledger_is_not_written_to(office: Office) -> None:
    old = (office.folder / "ledger.db").read_bytes()
    office.record("party", "headquarters", "operator", "MY")
    (office.folder / "ledger.db").write_bytes(old)
    office.fail("STORE-BEHIND", *rotate("--yes"), exit_code=3)
    office.fail("STORE-BEHIND", "party", "headquarters", "operator", "MY", "--yes", exit_code=3)
