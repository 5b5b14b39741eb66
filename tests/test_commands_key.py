"""Keys at the command line: made, enrolled, revoked, rotated, compared."""

from pathlib import Path

import pytest

from ledger.signing.fingerprint import parse_fingerprint
from ledger.signing.keyfile import read_key, read_public
from ledger.signing.signer import key_id
from tests.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.begun(tmp_path / "ledger", integrator="aivres")


def keys(office: Office, party: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = office.json("key", "list", party)["rows"]
    return rows


def test_a_new_key_is_encrypted_and_its_public_half_lies_beside_it(
    office: Office, tmp_path: Path
) -> None:
    path = tmp_path / "device.key"
    printed = office.run("key", "generate", "aivres", "--out", str(path), typed="pw\npw\n")
    signer = read_key(path, lambda: b"pw")
    assert read_public(tmp_path / "device.key.pub") == signer.public_key
    spoken = printed.partition("fingerprint")[2].split()[0]
    assert parse_fingerprint(spoken).hex() == key_id(signer.public_key)
    office.fail("KEY-FILE-EXISTS", "key", "generate", "x", "--out", str(path), typed="a\na\n")


def test_a_second_key_gets_a_name_of_its_own(office: Office) -> None:
    office.run("key", "generate", "aivres", "--no-passphrase")
    assert (office.folder / "keys" / "aivres-2.key").is_file()
    office.run("key", "enroll", "aivres", "--yes")
    first, second = keys(office, "aivres")
    assert first["vouched_for_by"] == "registrar only (operator)"
    assert second["vouched_for_by"] == "own previous key (aivres)"


def test_a_key_is_enrolled_from_its_public_half_with_a_draft(
    office: Office, tmp_path: Path
) -> None:
    """The private key never comes to the ledger's machine."""
    path = tmp_path / "far.key"
    office.run("key", "generate", "aivres", "--out", str(path), "--no-passphrase")
    path.rename(tmp_path / "elsewhere.key")
    (tmp_path / "elsewhere.key.pub").write_bytes((tmp_path / "far.key.pub").read_bytes())
    half, draft = str(tmp_path / "far.key.pub"), str(tmp_path / "draft.json")
    office.fail("SIGNER-ABSENT", "key", "enroll", "aivres", "--file", half, "--yes")
    office.run("key", "enroll", "aivres", "--file", half, "--yes", "--draft", draft)
    office.run("submit", draft, "--key", str(tmp_path / "elsewhere.key"), "--yes")
    assert len(keys(office, "aivres")) == 2


def test_a_private_key_without_its_public_half_can_be_enrolled(
    office: Office, tmp_path: Path
) -> None:
    path = tmp_path / "far.key"
    office.run("key", "generate", "aivres", "--out", str(path), "--no-passphrase")
    (tmp_path / "far.key.pub").unlink()
    office.record("key", "enroll", "aivres", "--file", str(path))
    assert len(keys(office, "aivres")) == 2


def test_a_lost_key_is_done_without_and_the_list_says_so(office: Office) -> None:
    (office.folder / "keys" / "aivres.key").unlink()
    office.run("key", "generate", "aivres", "--no-passphrase")
    office.fail("SIGNER-ABSENT", "key", "enroll", "aivres", "--yes")
    office.record("key", "enroll", "aivres", "--reset")
    first, second = keys(office, "aivres")
    assert (first["here"], second["here"]) == (False, True)
    assert second["vouched_for_by"] == "registrar only (operator)"
    assert [key.reset for key in office.audit().keys].count(True) == 1


def test_the_operators_next_key_is_signed_for_by_its_own(office: Office) -> None:
    office.run("key", "generate", "operator", "--no-passphrase")
    office.record("key", "enroll", "operator")
    assert keys(office, "operator")[-1]["vouched_for_by"] == "own previous key (operator)"


def test_which_new_key_is_meant_must_be_clear(office: Office) -> None:
    assert "found: none" in office.fail("KEY-FILE-WHICH", "key", "enroll", "aivres")
    for _ in range(2):
        office.run("key", "generate", "aivres", "--no-passphrase")
    told = office.fail("KEY-FILE-WHICH", "key", "enroll", "aivres")
    assert "found: aivres-2.key, aivres-3.key" in told


def test_revoking_ends_a_key_and_names_must_be_clear(office: Office) -> None:
    office.run("key", "generate", "aivres", "--no-passphrase")
    office.record("key", "enroll", "aivres")
    first, second = (str(one["key"]) for one in keys(office, "aivres"))
    office.fail("KEY-WHICH", "key", "revoke", "aivres", "--reason", "lost")
    office.record("key", "revoke", "aivres", second[:6].upper(), "--reason", "lost")
    office.fail("KEY-WHICH", "key", "revoke", "aivres", second[:6], "--reason", "lost")
    assert [one["reason"] for one in keys(office, "aivres")] == [None, "lost"]
    office.record("key", "revoke", "aivres", "--reason", "compromised", "--doubted-since", "4")
    assert first == keys(office, "aivres")[0]["key"]
    office.fail("KEY-NONE", "party", "headquarters", "aivres", "US", "--as", "aivres")


def test_rotating_gives_a_new_key_and_ends_the_old_one(office: Office) -> None:
    office.run("key", "rotate", "aivres", "--yes", typed="pw\npw\npw\n")
    first, second = keys(office, "aivres")
    assert first["reason"] == "superseded"
    assert second["vouched_for_by"] == "own previous key (aivres)"
    assert office.audit().verdict == "PASS"


def test_a_rotation_declined_leaves_its_new_key_for_the_next_attempt(office: Office) -> None:
    office.fail("DECLINED", "key", "rotate", "aivres", typed="pw\npw\nn\n")
    office.run("key", "rotate", "aivres", "--yes", typed="pw\n")
    assert not (office.folder / "keys" / "aivres-3.key").exists()


def test_the_registrar_can_rotate_its_own_key(office: Office) -> None:
    office.run("key", "rotate", "operator", "--yes", typed="pw\npw\npw\n")
    assert keys(office, "operator")[-1]["vouched_for_by"] == "own previous key (operator)"


def test_fingerprints_of_ledger_party_and_file_can_be_read_aloud(office: Office) -> None:
    spoken = office.run("key", "fingerprint").splitlines()[1].strip()
    assert parse_fingerprint(spoken).hex() == office.audit().fingerprint
    own = office.run("key", "fingerprint", "aivres")
    assert str(keys(office, "aivres")[0]["key"]) in own
    half = str(office.folder / "keys" / "aivres.key.pub")
    assert office.run("key", "fingerprint", half).splitlines()[1:] == own.splitlines()[1:]
    office.fail("KEY-NONE", "key", "fingerprint", "nobody")


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 100, b"-----BEGIN PRIVATE KEY-----\n", b"x" * 20_000]
)
def test_files_that_are_no_keys_are_refused(office: Office, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.key"
    path.write_bytes(content)
    path.chmod(0o600)
    code = "TOO-LARGE" if len(content) > 16 * 1024 else "KEY-FILE-FORM"
    office.fail(code, "key", "enroll", "aivres", "--file", str(path), "--yes")
    office.fail(code, "party", "headquarters", "aivres", "US", "--key", str(path), "--yes")
    path.rename(tmp_path / "bad.pub")
    office.fail(code, "key", "enroll", "aivres", "--file", str(tmp_path / "bad.pub"), "--yes")


def test_a_key_file_that_does_not_match_its_public_half_does_not_sign(office: Office) -> None:
    path = office.folder / "keys" / "aivres.key"
    path.write_bytes((office.folder / "keys" / "operator.key").read_bytes())
    arguments = ("party", "headquarters", "aivres", "US", "--as", "aivres", "--yes")
    office.fail("KEY-CHANGED", *arguments)


def test_a_key_that_others_may_read_does_not_sign(office: Office) -> None:
    (office.folder / "keys" / "operator.key").chmod(0o644)
    office.fail("KEY-FILE-MODE", "party", "headquarters", "operator", "MY", "--yes")


def test_keys_in_the_clear_are_for_demonstrations(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.context.Desk.demonstration", False)
    office.fail("KEY-IN-THE-CLEAR", "key", "generate", "aivres", "--no-passphrase")
    assert not (office.folder / "keys" / "aivres-2.key").exists()
