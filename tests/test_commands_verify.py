"""The audit at the command line: verdicts as exit codes, and the read models compared."""

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main
from ledger.signing.fingerprint import speakable
from ledger.signing.keyfile import read_public
from ledger.signing.signer import key_id
from tests.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.begun(tmp_path / "ledger", integrator="aivres")


def pin(office: Office, party: str) -> str:
    raw = read_public(office.folder / "keys" / f"{party}.key.pub")
    return f"{party}={speakable(bytes.fromhex(key_id(raw)))}"


def last(printed: str) -> str:
    return printed.splitlines()[-1]


def test_pass_says_what_it_does_not_say(office: Office) -> None:
    printed = office.run("verify")
    assert printed.splitlines()[0].startswith("DEMONSTRATION")
    assert last(printed).startswith("PASS, scope full; integrity only")
    assert "enrolled for aivres by operator (registrar only)" in printed
    assert "from this folder's settings" in printed


def test_the_report_as_json_is_the_audits(office: Office) -> None:
    report = office.json("verify", "--workers", "1")
    assert (report["schema"], report["verdict"]) == ("chipledger.verify-report/1", "PASS")
    assert report["trust"]["high_water"] == office.size


def test_a_fingerprint_that_differs_is_fail(office: Office) -> None:
    fingerprint = office.audit().fingerprint or ""
    office.run("verify", "--fingerprint", speakable(bytes.fromhex(fingerprint)))
    printed = office.run("verify", "--fingerprint", "0" * 64, exit_code=1)
    assert last(printed) == "FAIL, scope full"
    office.fail("FINGERPRINT-LENGTH", "verify", "--fingerprint", "abc")


def test_pins(office: Office) -> None:
    printed = office.run("verify", "--pin", pin(office, "aivres"), "--require-pin", "aivres")
    assert "pinned by you" in printed
    other = f"aivres={pin(office, 'operator').partition('=')[2]}"
    office.run("verify", "--pin", other, exit_code=1)
    assert last(office.run("verify", "--require-pin", "aivres", exit_code=3)).startswith(
        "UNDECIDED"
    )
    for bad in (("aivres",), (pin(office, "aivres"), "--pin", pin(office, "aivres"))):
        office.fail("PIN", "verify", "--pin", *bad)


def test_an_old_checkpoint_must_be_extended(office: Office, tmp_path: Path) -> None:
    note = tmp_path / "note"
    with sqlite3.connect(office.folder / "ledger.db") as store:
        note.write_bytes(store.execute("SELECT checkpoint FROM tree").fetchone()[0])
    store.close()
    office.record("party", "headquarters", "aivres", "US")
    printed = office.run("verify", "--checkpoint", str(note))
    assert "a checkpoint of 4 entries, seen earlier" in printed
    another = note.read_bytes().replace(b"/office\n", b"/other\n")
    note.write_bytes(another)
    printed = office.run("verify", "--checkpoint", str(note), exit_code=1)
    assert "CHECKPOINT-OLD-MALFORMED" in printed
    for text in (b"", b"nonsense\n", another[:-1], another.replace(b"\n4\n", b"\n04\n")):
        note.write_bytes(text)
        told = office.fail("CHECKPOINT-FORM", "verify", "--checkpoint", str(note))
        assert f"({note})" in told
    missing = str(tmp_path / "missing")
    office.fail("DOCUMENT-UNREADABLE", "verify", "--checkpoint", missing, exit_code=3)
    note.write_bytes(b"x" * 70_000)
    office.fail("TOO-LARGE", "verify", "--checkpoint", str(note))


def test_a_file_alone_needs_a_fingerprint(office: Office) -> None:
    store = str(office.folder / "ledger.db")
    undecided = CliRunner().invoke(main, ["verify", store])
    assert (undecided.exit_code, last(undecided.stdout)) == (3, "UNDECIDED, scope full")
    known = ["--fingerprint", office.audit().fingerprint or ""]
    assert CliRunner().invoke(main, ["verify", store, *known]).exit_code == 0
    both = CliRunner().invoke(main, ["verify", store, "--projection"])
    assert (both.exit_code, "code: USAGE" in both.stderr) == (2, True)


def tamper(office: Office, sql: str) -> None:
    store = sqlite3.connect(office.folder / "ledger.db", isolation_level=None)
    triggers = store.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    kept = triggers.fetchall()
    for name, _ in kept:
        store.execute(f'DROP TRIGGER "{name}"')
    store.execute(sql)
    for _, made in kept:
        store.execute(made)
    store.close()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE entry SET data = CAST(replace(data, 'chipledger', 'chipledgex') AS BLOB)",
        "UPDATE entry SET data = x'00' WHERE idx = 0",
        "DELETE FROM entry WHERE idx = 2",
        "UPDATE tree SET recorded_at = '2020-01-01T00:00:00.000000Z'",
    ],
)
def test_tampering_is_fail_and_never_an_error(office: Office, sql: str) -> None:
    tamper(office, sql)
    printed = office.run("verify", exit_code=1)
    assert last(printed) == "FAIL, scope full"
    report = json.loads(office.run("verify", "--json", exit_code=1))
    assert report["marks"]


def test_an_older_copy_is_fail(office: Office) -> None:
    old = (office.folder / "ledger.db").read_bytes()
    office.record("party", "headquarters", "aivres", "US")
    assert not list(office.folder.glob("ledger.db-*"))
    (office.folder / "ledger.db").write_bytes(old)
    assert "STORE-BEHIND" in office.run("verify", exit_code=1)


def test_files_that_are_no_ledgers_are_no_verdict(tmp_path: Path) -> None:
    for name, content in (("empty", b""), ("text", b"hello" * 1000)):
        path = tmp_path / name
        path.write_bytes(content)
        result = CliRunner().invoke(main, ["verify", str(path)])
        assert result.exit_code in {2, 3}
        assert "INTERNAL" not in result.stderr
        assert "code: " in result.stderr
    assert CliRunner().invoke(main, ["verify", str(tmp_path / "no")]).exit_code == 3


def test_the_read_models_are_compared_with_a_fresh_projection(office: Office) -> None:
    at = ["-C", str(office.folder), "verify", "--projection"]
    equal = CliRunner().invoke(main, at)
    assert (equal.exit_code, "read models equal a fresh projection" in equal.stderr) == (0, True)
    with sqlite3.connect(office.folder / "view.db") as view:
        view.execute("UPDATE event SET summary = 'forged' WHERE idx = 1")
    view.close()
    office.fail("VIEW-DIFFERS", "verify", "--projection", exit_code=3)
    (office.folder / "view.db").unlink()
    office.run("verify", "--projection")
