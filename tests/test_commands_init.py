"""Making a ledger's folder: all of it or nothing, never over anything, keys locked away."""

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main
from ledger.application import Ledger
from ledger.errors import Refused
from ledger.signing.keyfile import read_key
from tests.office import Office

ARGUMENTS = ("--origin", "ledger.x.example", "--party", "acme", "--name", "Acme Sdn Bhd", "--yes")


def init(folder: Path, *more: str, typed: str | None = None, exit_code: int = 0) -> str:
    office = Office(folder)
    result = office.invoke("init", str(folder), *more, typed=typed, exit_code=exit_code)
    return result.output


def test_a_new_ledger_has_its_keys_settings_and_one_entry(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    (tmp_path / "pw").write_text("secret\n")
    printed = init(folder, *ARGUMENTS, "--password-file", str(tmp_path / "pw"))
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        "chipledger.toml",
        "high-water",
        "ledger.db",
        "ledger.key",
        "ledger.key.pub",
    ]
    for name in ("ledger.key", "keys/acme.key", "keys/acme-recovery.key", "ledger.db"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    with pytest.raises(Refused, match="PASSPHRASE-NEEDED"):
        read_key(folder / "keys" / "acme.key", None)
    with Ledger.open(str(folder / "ledger.db")) as ledger:
        assert ledger.size == 1
        assert ledger.opening.purpose == "record"
        assert ledger.fingerprint.hex() in (folder / "chipledger.toml").read_text()
    assert "acme-recovery.key to a safe" in printed
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "pw"]


def test_the_passphrase_is_asked_for_twice_and_never_shown(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    printed = init(folder, *ARGUMENTS, typed="secret\nsecret\n")
    assert "secret" not in printed
    assert read_key(folder / "keys" / "acme.key", lambda: b"secret").public_key
    assert read_key(folder / "ledger.key", None).public_key


def test_the_ledgers_own_key_is_encrypted_when_asked(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    init(folder, *ARGUMENTS, "--encrypt-ledger-key", typed="secret\nsecret\n")
    assert read_key(folder / "ledger.key", lambda: b"secret").public_key


def test_what_is_not_given_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    typed = "ledger.x.example\nacme\nAcme Sdn Bhd\ny\nsecret\nsecret\n"
    printed = init(folder, typed=typed)
    assert "A new ledger ledger.x.example, operated by acme" in printed
    with Ledger.open(str(folder / "ledger.db")) as ledger:
        assert ledger.opening.operator.legal_name == "Acme Sdn Bhd"


def test_nothing_is_made_over_something(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("full", "file"):
        assert "FOLDER-NOT-EMPTY" in init(tmp_path / name, *ARGUMENTS, exit_code=2)
    (tmp_path / "empty").mkdir()
    init(tmp_path / "empty", *ARGUMENTS, typed="a\na\n")


def test_keys_in_the_clear_are_for_demonstrations(tmp_path: Path) -> None:
    printed = init(tmp_path / "new", *ARGUMENTS, "--no-passphrase", exit_code=2)
    assert "KEY-IN-THE-CLEAR" in printed
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--party", "no body"), "IDENTIFIER"),
        (("--zone", "Mars/Base"), "ZONE-UNKNOWN"),
        (("--origin", "UPPER"), "NOT-TYPED"),
        (("--name", "x" * 201), "NOT-TYPED"),
        (("--country", "Narnia"), "COUNTRY"),
        (("--password-file", "missing"), "PASSWORD-FILE-UNREADABLE"),
    ],
)
def test_what_cannot_be_leaves_nothing_behind(
    tmp_path: Path, more: tuple[str, ...], code: str
) -> None:
    exit_code = 3 if code.endswith("UNREADABLE") else 2
    printed = init(tmp_path / "new", *ARGUMENTS, *more, typed="a\na\n", exit_code=exit_code)
    assert f"code: {code}" in printed
    assert list(tmp_path.iterdir()) == []


def test_without_a_yes_nothing_is_made(tmp_path: Path) -> None:
    arguments = ("init", str(tmp_path / "new"), *ARGUMENTS[:-1])
    declined = CliRunner().invoke(main, arguments, input="n\n")
    assert (declined.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "code: DECLINED" in declined.stderr
    silent = CliRunner().invoke(main, arguments, input="")
    assert silent.exit_code == 2
    assert "code: NO-ANSWER" in silent.stderr


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    printed = init(tmp_path / "file" / "new", *ARGUMENTS, typed="a\na\n", exit_code=3)
    assert "FOLDER-UNWRITABLE" in printed
    printed = init(tmp_path / ("x" * 300), *ARGUMENTS, typed="a\na\n", exit_code=3)
    assert "FOLDER-UNWRITABLE" in printed


def test_no_ledger_takes_the_folder_from_under_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is put in place whole, so a shell in the old one would be nowhere."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["init", ".", *ARGUMENTS, "--demonstration"])
    assert result.exit_code == 2
    assert "FOLDER-CURRENT" in result.output
    assert list(tmp_path.iterdir()) == []
