"""`chipledger doctor` names what needs mending, and how."""

import json
import shutil
from pathlib import Path

import pytest

from commands.context import Desk
from ledger.application import Ledger
from ledger.place import Server
from ledger.signing.backends import CryptographyBackend
from tests.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.begun(tmp_path / "ledger")


def checks(office: Office, exit_code: int = 0) -> dict[str, tuple[str, str]]:
    rows = json.loads(office.run("doctor", "--json", exit_code=exit_code))["rows"]
    return {one["check"]: (one["result"], one["detail"]) for one in rows}


def test_a_good_folder(office: Office) -> None:
    assert {result for result, _ in checks(office).values()} == {"good"}
    assert office.run("doctor").endswith("`chipledger verify` audits the ledger itself\n")


def test_a_key_open_to_others(office: Office) -> None:
    path = office.folder / "keys" / "operator.key"
    path.chmod(0o640)
    assert checks(office, 3)["modes"] == ("mend", f"chmod 600 {path}")


def test_a_broken_public_half(office: Office) -> None:
    (office.folder / "keys" / "operator.key.pub").write_text("x")
    result, detail = checks(office, 3)["keys"]
    assert (result, detail.partition(":")[0]) == ("mend", "KEY-FILE-FORM")


def test_another_ledger_key(office: Office) -> None:
    shutil.copy(office.folder / "keys" / "operator.key.pub", office.folder / "ledger.key.pub")
    assert checks(office, 3)["ledger's key"][0] == "mend"


@pytest.mark.parametrize(
    ("server", "result", "told"),
    [
        (None, "good", "the ledger is a file"),
        (Server("15.1", is_standby=True, fsync=True, synchronous_commit="on", standbys=""),
         "mend", "name the primary"),
        (Server("15.1", is_standby=False, fsync=False, synchronous_commit="on", standbys=""),
         "mend", "fsync off"),
        (Server("15.1", is_standby=False, fsync=True, synchronous_commit="on", standbys=""),
         "good", "on its disk alone"),
        (Server("15.1", is_standby=False, fsync=True, synchronous_commit="local", standbys="*"),
         "mend", "does not wait for"),
        (Server("15.1", is_standby=False, fsync=True, synchronous_commit="on", standbys="*"),
         "good", "waits for its standbys: *"),
    ],
)  # fmt: skip
def test_what_an_answer_is_worth(
    office: Office, monkeypatch: pytest.MonkeyPatch, server: Server, result: str, told: str
) -> None:
    monkeypatch.setattr(Ledger, "server", lambda _: server)
    found = checks(office, 0 if result == "good" else 3)["server"]
    assert found[0] == result
    assert told in found[1]


def test_high_water(office: Office) -> None:
    path = office.folder / "high-water"
    path.write_text(f"2 {'0' * 64}\n")
    assert checks(office, 3)["high-water"][1].startswith("STORE-BEHIND")
    path.unlink()
    assert checks(office, 3)["high-water"][0] == "mend"


def test_the_clock_of_a_record(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Desk, "demonstration", False)
    assert checks(office)["clock"][0] == "good"
    now = Desk().now()
    for year in (-2, 2):
        moment = now.replace(year=now.year + year)
        monkeypatch.setattr("commands.context.system_clock", lambda moment=moment: moment)
        assert checks(office, 3)["clock"][0] == "mend"


def test_a_library_that_gets_a_vector_wrong_is_named(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(CryptographyBackend):
        name = "wrong"

    monkeypatch.setattr("commands.doctor.installed", lambda: (Wrong(),))
    result, detail = checks(office, 3)["signatures"]
    assert result == "mend"
    assert detail.endswith("not used: wrong")


def test_a_full_disk(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.doctor.FREE_BYTES_MIN", 2**63)
    assert checks(office, 3)["disk"][0] == "mend"


def test_without_a_ledger_the_machine_is_checked_all_the_same(tmp_path: Path) -> None:
    found = checks(Office(tmp_path), 3)
    assert found["folder"][1].startswith("LEDGER-NOT-FOUND")
    assert found["SQLite"][0] == found["signatures"][0] == "good"
