"""A ledger's folder with its entries in a database: made there, moved there, and back."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main
from commands.settings import read_config
from tests.office import Office
from tests.stores import Store

AS_TYPED = (
    *("--origin", "ledger.example/2026", "--party", "operator"),
    *("--name", "Operator Sdn Bhd", "--demonstration", "--no-passphrase", "--yes"),
)


def run(*arguments: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(main, list(arguments), prog_name="chipledger")
    assert result.exit_code == exit_code, result.output
    return result.output


def test_a_ledger_moves_into_a_database_and_back(database: Store, tmp_path: Path) -> None:
    office = Office.make(tmp_path / "desk")
    folder = str(office.folder)
    file = str(office.folder / "ledger.db")
    printed = run("copy", file, database.url, "--workers", "1")
    assert "both stores hold the same rows" in printed
    assert "PASS" in printed
    assert "config store URL" in printed
    run("-C", folder, "config", "store", database.url)
    Path(file).unlink()
    office.record("party", "headquarters", "operator", "MY")
    assert "PASS" in run("-C", folder, "verify")
    assert "PASS" in run(
        "verify", database.url, "--fingerprint", read_config(office.folder).fingerprint
    )
    assert database.name in run("-C", folder, "config", "store")
    assert "operator" in run("-C", folder, "log")
    back = str(tmp_path / "back.db")
    assert "PASS" in run("copy", database.url, back, "--workers", "1")
    run("-C", folder, "config", "store", "--unset")
    Path(back).rename(file)
    assert "PASS" in run("-C", folder, "verify")


def test_a_copy_that_fails_its_audit_says_so(database: Store, tmp_path: Path) -> None:
    office = Office.make(tmp_path / "desk")
    run("copy", str(office.folder / "ledger.db"), database.url, "--workers", "1")
    database.behind_the_back("DELETE FROM entry_tag WHERE tag LIKE 'id:%'")
    printed = run("copy", database.url, str(tmp_path / "copy.db"), "--workers", "1", exit_code=1)
    assert "next:" not in printed


def test_a_ledger_is_made_in_a_database(database: Store, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    run("init", str(folder), *AS_TYPED, "--store", database.url)
    assert not (folder / "ledger.db").exists()
    assert read_config(folder).store == database.url
    run("-C", str(folder), "party", "headquarters", "operator", "MY", "--yes")
    assert "PASS" in run("-C", str(folder), "verify")
    again = run("init", str(tmp_path / "two"), *AS_TYPED, "--store", database.url, exit_code=2)
    assert "STORE-EXISTS" in again


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://me:s3cret@host/db", "URL-PASSWORD"),
        ("mysql://me:s3cret@host/db", "URL"),
        ("ledger.db", "URL"),
    ],
)
def test_no_password_reaches_the_settings(url: str, code: str, tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="PostgreSQL is missing")
    office = Office.make(tmp_path / "desk")
    for arguments in (
        ("-C", str(office.folder), "config", "store", url),
        ("init", str(tmp_path / "two"), *AS_TYPED, "--store", url),
    ):
        printed = run(*arguments, exit_code=2)
        assert code in printed
        assert "s3cret" not in printed
    assert "s3cret" not in (office.folder / "chipledger.toml").read_text()
    assert not (tmp_path / "two").exists()


def test_roles_are_a_databases(tmp_path: Path) -> None:
    printed = run("init", str(tmp_path / "two"), *AS_TYPED, "--writer", "w", exit_code=2)
    assert "ROLES-IN-FILE" in printed
    assert list(tmp_path.iterdir()) == []
