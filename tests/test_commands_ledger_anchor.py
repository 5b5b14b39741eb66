"""Checkpoints that were dated or cosigned outside, and the rights table, at the command line."""

import base64
import hashlib
import shutil
from pathlib import Path

import pytest

from ledger.application import Ledger
from ledger.log.note import format_note, parse_note, sign_note
from ledger.signing.signer import MemorySigner
from tests.office import ORIGIN, Office

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes((size,)) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes((tag,)) + length + content


def token_of(text: str, hashed: str = "sha256", padding: int = 200) -> bytes:
    """Return bytes of the form of a time-stamp token over a text; nobody signed them."""
    imprint = hashlib.new(hashed, text.encode()).digest()
    return der(0x30, SIGNED_DATA + der(0xA0, bytes(padding) + der(0x04, imprint)))


def response(token: bytes, status: bytes = b"\x02\x01\x00") -> bytes:
    return der(0x30, der(0x30, status) + token)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office.begun(tmp_path_factory.mktemp("shown") / "ledger")
    office.record("party", "headquarters", "operator", "MY")
    office.run("ledger", "checkpoint", "--out", str(office.folder.parent / "old.note"))
    office.record("party", "headquarters", "operator", "ID")
    return office


@pytest.fixture
def office(made: Office, tmp_path: Path) -> Office:
    shutil.copy(made.folder.parent / "old.note", tmp_path)
    return made.copy(tmp_path / "ledger")


@pytest.fixture
def note(office: Office) -> Path:
    return office.folder.parent / "old.note"


def write(office: Office, content: bytes) -> str:
    path = office.folder.parent / "file"
    path.write_bytes(content)
    return str(path)


def cosigned(note: Path, *names: str) -> bytes:
    """Return the note with lines of witnesses."""
    parsed = parse_note(note.read_bytes())
    lines = [sign_note(parsed.text, name, MemorySigner.generate()) for name in names]
    return format_note(type(parsed)(parsed.text, (*parsed.signatures, *lines)))


def text_of(note: Path) -> str:
    return parse_note(note.read_bytes()).text


@pytest.mark.parametrize("hashed", ["sha256", "sha384", "sha512"])
def test_a_time_stamp_of_an_earlier_checkpoint_is_kept_as_its_token(
    office: Office, note: Path, hashed: str
) -> None:
    token = token_of(text_of(note), hashed)
    for content, key in ((token, "bare"), (response(token), "response")):
        path = write(office, content)
        again = ("--idempotency-key", key)
        (entry,) = office.record("ledger", "anchor", str(note), "--token", path, *again)
        with Ledger.open(str(office.folder / "ledger.db")) as ledger:
            data = ledger.event(entry).statement.data
            assert (data.size, data.root) == (2, ledger.root_at(2).hex())
        assert base64.b64decode(data.token) == token
        assert data.cosignatures == ()
    assert office.audit().verdict == "PASS"


def test_cosignatures_come_as_a_note_or_as_lines(office: Office, note: Path) -> None:
    whole = cosigned(note, "witness.example/b", "witness.example/a")
    lines = b"".join(line for line in whole.splitlines(keepends=True) if b"witness" in line)
    for content, key in ((whole, "note"), (lines, "lines")):
        path = write(office, content)
        again = ("--idempotency-key", key)
        (entry,) = office.record("ledger", "anchor", str(note), "--cosignatures", path, *again)
        with Ledger.open(str(office.folder / "ledger.db")) as ledger:
            found = ledger.event(entry).statement.data.cosignatures
        assert [line.split()[1] for line in found] == ["witness.example/a", "witness.example/b"]
        assert all(line.encode() in whole for line in found)
    assert office.audit().verdict == "PASS"


def test_the_checkpoint_at_a_rotation_is_known_by_either_key(office: Office, note: Path) -> None:
    office.run("ledger", "rotate-key", "--reason", "yearly", "--yes")
    at = office.folder.parent / "rotation.note"
    office.run("ledger", "checkpoint", "--out", str(at))
    lines = at.read_text().splitlines(keepends=True)
    only_old = office.folder.parent / "old-key.note"
    only_old.write_text("".join(lines[:-1]))
    for one in (note, at, only_old):
        token = write(office, token_of(text_of(one)))
        again = ("--idempotency-key", one.name)
        office.record("ledger", "anchor", str(one), "--token", token, *again)
    assert office.audit().verdict == "PASS"


def test_nothing_came_back(office: Office, note: Path) -> None:
    office.fail("USAGE", "ledger", "anchor", str(note), "--yes")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"0",
        b"\x30\x80\x00\x00",
        b"\x30\x85" + bytes(9),
        b"\x30\x82\x00",
        b"-----BEGIN PKCS7-----\nAAAA\n",
        der(0x31, SIGNED_DATA),
        der(0x30, b""),
        der(0x30, b"\x02\x01\x00"),
        der(0x30, der(0x30, b"\x02\x01\x02")),
        response(der(0x31, SIGNED_DATA)),
        response(der(0x30, b"\x02\x01\x00")),
        response(der(0x30, SIGNED_DATA)) + b"more",
        response(der(0x30, SIGNED_DATA) + b"\x05\x00"),
    ],
)
def test_what_is_no_time_stamp_is_refused(office: Office, note: Path, content: bytes) -> None:
    path = write(office, content)
    told = office.fail("TIME-STAMP", "ledger", "anchor", str(note), "--token", path, "--yes")
    assert "holds no time-stamp token" in told


def test_a_time_stamp_of_something_else_is_refused(office: Office, note: Path) -> None:
    path = write(office, response(token_of(text_of(note).rstrip("\n"))))
    told = office.fail("TIME-STAMP", "ledger", "anchor", str(note), "--token", path, "--yes")
    assert "the time stamp is of something else" in told
    path = write(office, response(token_of(text_of(note), padding=20_000)))
    office.fail("TOO-LARGE", "ledger", "anchor", str(note), "--token", path, "--yes")


def test_what_is_no_cosignature_of_it_is_refused(office: Office, note: Path) -> None:
    newest = office.run("ledger", "checkpoint")
    other = office.folder.parent / "newest.note"
    other.write_text(newest)
    for content, words in (
        (b"nothing", "holds no cosignatures"),
        ("\N{EM DASH} w.example AAAA\n".encode(), "holds no cosignatures"),
        (note.read_bytes(), "nobody but the ledger"),
        (cosigned(other, "w.example"), "of another checkpoint"),
    ):
        path = write(office, content)
        told = office.fail(
            "COSIGNATURES", "ledger", "anchor", str(note), "--cosignatures", path, "--yes"
        )
        assert words in told


def test_only_a_checkpoint_of_this_history_is_anchored(
    office: Office, note: Path, tmp_path: Path
) -> None:
    token = write(office, token_of(text_of(note)))
    twin = Office.make(tmp_path / "twin")
    twin.record("party", "headquarters", "operator", "SG")
    foreign = tmp_path / "foreign.note"
    twin.run("ledger", "checkpoint", "--out", str(foreign))
    anchoring = ("--token", token, "--yes")
    office.fail("NOTE-UNSIGNED", "ledger", "anchor", str(foreign), *anchoring)
    early = office.copy(tmp_path / "early")
    office.record("party", "headquarters", "operator", "KY")
    office.record("party", "headquarters", "operator", "SG")
    ahead = tmp_path / "ahead.note"
    office.run("ledger", "checkpoint", "--out", str(ahead))
    early.fail("CHECKPOINT-AHEAD", "ledger", "anchor", str(ahead), *anchoring)
    early.record("party", "headquarters", "operator", "TW")
    early.record("party", "headquarters", "operator", "VN")
    early.fail("CHECKPOINT-DIFFERS", "ledger", "anchor", str(ahead), *anchoring)
    torn = tmp_path / "torn.note"
    torn.write_text(note.read_text().replace(ORIGIN, "other.example", 1))
    office.fail("NOTE-SIGNATURE", "ledger", "anchor", str(torn), *anchoring)


def test_a_rights_table_is_adopted_by_its_name(office: Office) -> None:
    assert "is in force already" in office.run("ledger", "adopt-rights", "--yes")
    told = office.fail("RIGHTS-NAME", "ledger", "adopt-rights", "chipledger-rights-v9", "--yes")
    assert "chipledger-rights-v1" in told
    assert office.audit().verdict == "PASS"
