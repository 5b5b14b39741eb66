"""The desk: which ledger is meant, and that it is the one that the settings name."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from commands.context import Desk, next_key_path
from commands.main import main
from commands.prompts import confirm
from commands.settings import Config, read_config, write_config
from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.signing.keyfile import public_path, read_public, write_key, write_public
from ledger.signing.signer import MemorySigner
from tests.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.begun(tmp_path / "ledger")


def test_a_ledger_is_found_from_a_folder_within(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(office.folder / "keys")
    assert Desk().folder == office.folder
    assert CliRunner().invoke(main, ["log"]).exit_code == 0


def test_the_environment_names_a_ledger(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIPLEDGER_LEDGER", str(office.folder))
    assert CliRunner().invoke(main, ["log"]).exit_code == 0


@pytest.mark.parametrize("given", [(), ("-C", ".")])
def test_where_no_ledger_is_the_error_says_how_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, [*given, "log"])
    assert result.exit_code == 3
    assert "name its folder with -C DIR" in result.stderr
    assert "code: LEDGER-NOT-FOUND" in result.stderr


def test_another_ledger_under_these_settings_is_noticed(office: Office) -> None:
    config = read_config(office.folder)
    write_config(office.folder, Config(origin=config.origin, fingerprint="0" * 64))
    for arguments in (["log"], ["party", "headquarters", "operator", "MY", "--as", "operator"]):
        office.fail("LEDGER-DIFFERS", *arguments, exit_code=3)


def test_a_party_must_be_named_and_well_formed(office: Office) -> None:
    desk = Desk(office.folder)
    assert desk.party(None) == "operator"
    assert desk.party("aivres") == "aivres"
    with pytest.raises(Malformed, match="IDENTIFIER"):
        desk.party("no body")
    desk.close()


def test_reading_after_writing_sees_what_was_written(office: Office) -> None:
    desk = Desk(office.folder)
    assert desk.reader() is desk.reader()
    assert desk.writer() is desk.writer()
    assert desk.reader() is desk.writer()
    assert desk.view() is desk.view()
    assert desk.signer("operator").public_key
    desk.close()


def test_a_file_that_is_no_ledger(office: Office) -> None:
    for content in (b"", b"SQLite format 3\0" + b"x" * 5000, b"hello" * 1000):
        (office.folder / "ledger.db").write_bytes(content)
        result = CliRunner().invoke(main, ["-C", str(office.folder), "log"])
        assert result.exit_code in {2, 3}
        assert "Traceback" not in result.stderr
        assert "INTERNAL" not in result.stderr


def test_a_view_that_is_something_else_is_left_alone(office: Office) -> None:
    (office.folder / "view.db").write_bytes(b"hello" * 1000)
    office.fail("NOT-A-VIEW", "log")
    assert (office.folder / "view.db").read_bytes() == b"hello" * 1000


def test_a_rotation_that_a_crash_interrupted_is_ended_by_the_next_command(office: Office) -> None:
    """Whether the crash came after the commit, or between the moves of the two files."""
    key, half = office.folder / "ledger.key", office.folder / "ledger.key.pub"
    old, old_half = key.read_bytes(), half.read_bytes()
    office.run("ledger", "rotate-key", "--reason", "test", "--yes")
    following = next_key_path(office.folder, read_public(half))
    half.rename(public_path(following))
    half.write_bytes(old_half)
    assert office.record("party", "headquarters", "operator", "MY") == [2]
    half.rename(public_path(following))
    key.rename(following)
    key.write_bytes(old)
    half.write_bytes(old_half)
    assert office.record("party", "headquarters", "operator", "SG") == [3]
    assert not list(office.folder.glob("*.next*"))
    assert office.audit().verdict == "PASS"


def test_a_next_key_that_the_log_does_not_name_stays_where_it_is(office: Office) -> None:
    """Another process may be about to commit it, under whatever name it lies there."""
    key, half = office.folder / "ledger.key", office.folder / "ledger.key.pub"
    before = key.read_bytes()
    new = MemorySigner.generate()
    named = read_public(half)
    for waiting in (new.public_key, named):
        path = next_key_path(office.folder, waiting)
        write_key(path, new, None)
        write_public(public_path(path), new.public_key)
    assert office.record("party", "headquarters", "operator", "MY") == [1]
    assert key.read_bytes() == before
    assert read_public(half) == named
    assert len(list(office.folder.glob("ledger.key.*.next"))) == 2


def test_a_key_that_cannot_be_put_in_its_place(office: Office) -> None:
    key, half = office.folder / "ledger.key", office.folder / "ledger.key.pub"
    following = next_key_path(office.folder, read_public(half))
    key.rename(following)
    half.rename(public_path(following))
    key.mkdir()
    desk = Desk(office.folder)
    with pytest.raises(Unavailable, match="KEY-UNMOVABLE"):
        desk.take_next_key()
    key.rmdir()
    desk.take_next_key()
    assert key.is_file()
    desk.close()


def test_the_ledgers_key_is_asked_for_its_passphrase(office: Office, tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("secret\n")
    given = ("--password-file", str(tmp_path / "pw"))
    office.run("ledger", "rotate-key", "--reason", "lock it", "--encrypt", "--yes", *given)
    arguments = ("party", "headquarters", "operator", "MY", "--yes")
    office.run(*arguments, typed="secret\n")
    office.fail("PASSPHRASE-WRONG", *arguments[:3], "SG", "--yes", typed="other\n")
    office.fail("NO-ANSWER", *arguments[:3], "SG", "--yes", typed="")
    office.run(*arguments[:3], "SG", "--yes", *given)


def test_a_desk_without_a_ledger_can_be_closed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(LedgerError):
        desk.reader()
    desk.close()


def test_a_signer_whose_key_is_elsewhere_is_no_signer(office: Office) -> None:
    (office.folder / "keys" / "operator.key").unlink()
    (office.folder / "keys" / "operator-recovery.key").unlink()
    desk = Desk(office.folder)
    with pytest.raises(Unavailable, match="KEY-ABSENT"):
        desk.signer("operator")
    desk.close()


def test_ctrl_c_at_a_question_is_no_answer_and_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("click.termui.visible_prompt_func", interrupt)
    with pytest.raises(click.Abort):
        confirm("Go on?")
