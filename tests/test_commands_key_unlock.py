"""Keys that are kept unlocked: one passphrase for many commands, until the time is over."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from commands import unlocked
from commands.key_agent import LENGTH, MESSAGE_BYTES_MAX
from commands.key_unlock import duration
from commands.unlocked import UnlockedKey, all_unlocked, keep_unlocked, lock
from ledger.errors import LedgerError, Refused, Unavailable
from ledger.signing.ed25519 import verify
from ledger.signing.envelope import pae
from ledger.signing.signer import MemorySigner
from tests.office import ORIGIN, Office

PASSPHRASE = "correct horse\n"  # noqa: S105  of keys that are made here


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a short name, as sockets need; whatever is unlocked in it is locked again."""
    folder = Path(tempfile.mkdtemp(prefix="cl-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    for one in all_unlocked():
        lock(one)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def office(tmp_path: Path, runtime: Path) -> Office:
    """A ledger in which the key of `aivres` is encrypted."""
    assert runtime.is_dir()
    office = Office.begun(tmp_path / "ledger")
    office.record("party", "add", "aivres", "--name", "Aivres", "--role", "integrator")
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE)
    office.run("key", "generate", "aivres", "--password-file", str(secret))
    office.run("key", "enroll", "aivres", "--password-file", str(secret), "--yes")
    return office


def test_commands_ask_for_no_passphrase_until_the_key_is_locked(office: Office) -> None:
    command = ("party", "headquarters", "aivres", "US", "--as", "aivres", "--yes")
    office.fail("NO-ANSWER", *command, typed="")
    printed = office.run("key", "unlock", "aivres", "--for", "30m", typed=PASSPHRASE)
    assert printed.startswith("unlocked ")
    assert "can sign with it" in printed
    office.run(*command, typed="")
    assert office.audit().verdict == "PASS"
    assert office.run("key", "lock", "aivres").startswith("locked ")
    office.fail("NO-ANSWER", *command[:2], "aivres", "MY", *command[4:], typed="")
    assert office.run("key", "lock") == "no key was unlocked\n"


def test_unlocking_again_sets_the_time_anew(office: Office, runtime: Path) -> None:
    for length, seconds in (("2h", 7200), ("10m", 600)):
        office.run("key", "unlock", "aivres", "--for", length, typed=PASSPHRASE)
        [kept] = all_unlocked()
        assert seconds - 60 < kept.seconds_left <= seconds
        assert stat.S_IMODE(kept.path.lstat().st_mode) & 0o077 == 0
    assert stat.S_IMODE((runtime / "chipledger").lstat().st_mode) == 0o700


def test_the_passphrase_must_be_right_and_the_key_there(office: Office, tmp_path: Path) -> None:
    office.fail("PASSPHRASE-WRONG", "key", "unlock", "aivres", typed="wrong\n")
    office.fail("KEY-IN-THE-CLEAR", "key", "unlock", "operator")
    office.fail("KEY-IN-THE-CLEAR", "key", "unlock", "--ledger-key")
    office.fail("KEY-WHICH", "key", "unlock")
    office.fail("KEY-WHICH", "key", "unlock", "aivres", "--ledger-key")
    office.fail("KEY-NONE", "key", "unlock", "nobody")
    office.fail("DURATION", "key", "unlock", "aivres", "--for", "25h")
    file = office.folder / "keys" / "aivres.key"
    moved = tmp_path / "elsewhere.key"
    shutil.copy(file, moved)
    office.fail("KEY-CHANGED", "key", "unlock", "--file", str(moved), typed=PASSPHRASE)
    file.unlink()
    office.fail("KEY-ABSENT", "key", "unlock", "aivres")
    assert all_unlocked() == []


@pytest.mark.parametrize("text", ["", "0h", "8", "h", "8 h", "-1h", "1441m", "25h", "8hh", "٨h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(LedgerError, match="DURATION"):
        duration(text)


def test_a_time_is_hours_or_minutes() -> None:
    assert duration("24h") == duration("1440m") == timedelta(days=1)


def test_it_signs_statements_and_nothing_else(runtime: Path) -> None:
    assert runtime.is_dir()
    signer = MemorySigner.generate()
    kept = keep_unlocked(signer, 60, None)
    assert kept.sign(pae(b"{}")) == signer.sign(pae(b"{}"))
    for message in (b"", b"ledger.invalid\n3\n", b"DSSEv1 4 text 0 ", b"x" * MESSAGE_BYTES_MAX):
        with pytest.raises(Refused, match="KEY-WILL-NOT-SIGN"):
            kept.sign(message)


def test_the_ledgers_key_signs_notes_of_its_origin_and_nothing_else(runtime: Path) -> None:
    assert runtime.is_dir()
    signer = MemorySigner.generate()
    kept = keep_unlocked(signer, 60, ORIGIN)
    note = f"{ORIGIN}\n3\n".encode()
    assert verify(signer.public_key, note, kept.sign(note))
    for message in (pae(b"{}"), f"{ORIGIN}.other\n3\n".encode(), b""):
        with pytest.raises(Refused, match="KEY-WILL-NOT-SIGN"):
            kept.sign(message)


def test_the_ledgers_own_key_can_be_kept_unlocked(tmp_path: Path, runtime: Path) -> None:
    assert runtime.is_dir()
    office = Office.make(tmp_path / "ledger")
    encrypted(office.folder / "ledger.key", tmp_path)
    command = ("party", "headquarters", "operator", "MY", "--yes")
    office.fail("NO-ANSWER", *command, typed="")
    office.run("key", "unlock", "--ledger-key", typed=PASSPHRASE)
    office.run(*command, typed="")
    assert office.audit().verdict == "PASS"


def encrypted(path: Path, folder: Path) -> None:
    """Encrypt a key in the clear, as openssl does it."""
    secret = folder / "secret"
    secret.write_text(PASSPHRASE)
    words = (
        f"pkcs8 -topk8 -v2 aes-256-cbc -scrypt -in {path} -out {path}.new -passout file:{secret}"
    )
    subprocess.run(["openssl", *words.split()], check=True, capture_output=True)
    Path(f"{path}.new").replace(path)
    path.chmod(0o600)


def test_it_ends_when_its_time_is_over_or_its_socket_is_gone(runtime: Path) -> None:
    assert runtime.is_dir()
    kept = keep_unlocked(MemorySigner.generate(), 1, None)
    deadline = time.monotonic() + 20
    while kept.path.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not kept.path.exists()
    with pytest.raises(Unavailable, match="KEY-LOCKED"):
        kept.sign(pae(b"{}"))


def test_whoever_asks_nonsense_or_nothing_is_let_go(runtime: Path) -> None:
    assert runtime.is_dir()
    signer = MemorySigner.generate()
    kept = keep_unlocked(signer, 60, None)
    for asked in (b"", b"z", b"s", b"s\0\0", b"s" + LENGTH.pack(2**32 - 1), b"s\0\0\0\x05ab"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(kept.path))
            connection.sendall(asked)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
    assert kept.sign(pae(b"{}")) == signer.sign(pae(b"{}"))


def test_a_folder_that_others_may_open_holds_no_keys(office: Office, runtime: Path) -> None:
    (runtime / "chipledger").mkdir()
    (runtime / "chipledger").chmod(0o755)
    office.fail("KEY-FOLDER-MODE", "key", "unlock", "aivres", typed=PASSPHRASE)
    (runtime / "chipledger").rmdir()
    (runtime / "chipledger").symlink_to(runtime)
    office.fail("KEY-FOLDER-MODE", "key", "lock")
    (runtime / "chipledger").unlink()


def test_without_a_runtime_folder_the_temporary_one_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert unlocked.folder() == tmp_path / f"chipledger-{os.geteuid()}"
    assert unlocked.all_unlocked() == []


def test_a_name_too_long_for_a_socket_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    with pytest.raises(Unavailable, match="KEY-NOT-KEPT"):
        keep_unlocked(MemorySigner.generate(), 60, None)


def test_a_process_that_does_not_start_is_said(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert runtime.is_dir()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Unavailable, match="KEY-NOT-KEPT"):
        keep_unlocked(MemorySigner.generate(), 60, None)
    assert all_unlocked() == []


def test_what_answers_in_the_keys_place_cannot_sign_for_it(runtime: Path) -> None:
    assert runtime.is_dir()
    kept = keep_unlocked(MemorySigner.generate(), 60, None)
    other = UnlockedKey(MemorySigner.generate().public_key, 60, kept.path)
    with pytest.raises(Refused, match="KEY-WILL-NOT-SIGN"):
        other.sign(pae(b"{}"))
    assert unlocked.unlocked(other.public_key) is None
