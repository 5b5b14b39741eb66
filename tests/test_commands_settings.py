"""Settings of a folder: read strictly, written at one moment, shown and changed by a command."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.settings import FILE, Config, read_config, write_config
from ledger.errors import LedgerError, Malformed, Unavailable
from tests.office import Office

GOOD = Config(origin="ledger.x.example", fingerprint="0" * 64, party="acme", key="keys/ä.key")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.begun(tmp_path / "ledger")


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    write_config(tmp_path, GOOD)
    assert read_config(tmp_path) == GOOD
    write_config(tmp_path, Config(origin="a.example", fingerprint="1" * 64))
    assert read_config(tmp_path).party is None
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"origin = ",
        b'origin = "ledger.x.example"\n' * 2,
        b"a = " + b"[" * 5000,
        b"x = 1\n",
        b'origin = "ledger.x.example"\nfingerprint = "00"\n',
        b"#" * (64 * 1024 + 1),
    ],
    ids=["empty", "not UTF-8", "cut", "twice", "deep", "unknown", "short digest", "too large"],
)
def test_settings_of_another_form_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(Malformed, match="SETTINGS-FORM"):
        read_config(tmp_path)


def test_settings_of_another_schema_are_refused(tmp_path: Path) -> None:
    write_config(tmp_path, Config(origin="a.example", fingerprint="1" * 64, schema="other/9"))
    with pytest.raises(Malformed, match="its schema is not"):
        read_config(tmp_path)


def test_settings_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="SETTINGS-UNREADABLE"):
        read_config(tmp_path)
    with pytest.raises(Unavailable, match="SETTINGS-UNWRITABLE"):
        write_config(tmp_path / "missing", GOOD)


@given(st.binary(max_size=300))
def test_no_settings_raise_anything_but_a_ledger_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("settings")
    (folder / FILE).write_bytes(content)
    with pytest.raises(LedgerError):
        read_config(folder)


def test_config_shows_all_or_one(office: Office) -> None:
    rows = office.json("config")["rows"]
    names = {"origin", "fingerprint", "party", "key", "published", "store", "schema"}
    assert {one["name"] for one in rows} == names
    assert office.json("config", "party")["rows"] == [{"name": "party", "value": "operator"}]
    office.fail("SETTING-UNKNOWN", "config", "colour")


def test_config_changes_who_works_here(office: Office) -> None:
    assert office.run("config", "party", "aivres") == "party is now aivres\n"
    assert read_config(office.folder).party == "aivres"
    office.run("config", "party", "--unset")
    assert read_config(office.folder).party is None
    office.fail("PARTY-MISSING", "party", "headquarters", "operator", "MY")
    told = office.fail("IDENTIFIER", "config", "party", "no body")
    assert "letters, digits" in told
    told = office.fail("SETTINGS-FORM", "config", "key", "a\nb")
    assert "control characters" in told


def test_config_does_not_change_which_ledger_this_is(office: Office) -> None:
    office.fail("SETTING-FIXED", "config", "fingerprint", "0" * 64)
    office.fail("SETTING-FIXED", "config", "--unset")


def test_a_key_named_in_the_settings_signs(office: Office) -> None:
    (office.folder / "keys" / "operator.key").rename(office.folder / "mine.key")
    (office.folder / "keys" / "operator.key.pub").rename(office.folder / "mine.key.pub")
    (office.folder / "keys" / "operator-recovery.key").unlink()
    office.fail("SIGNER-ABSENT", "party", "headquarters", "operator", "MY", "--yes")
    office.run("config", "key", "mine.key")
    assert office.record("party", "headquarters", "operator", "MY") == [1]
