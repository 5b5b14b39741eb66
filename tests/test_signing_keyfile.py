"""Keys in files: openable by openssl, closed to others, and never quietly another key."""

import os
import resource
import shutil
import stat
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Conflict, LedgerError, Malformed, Refused, Unavailable
from ledger.signing import pkcs8
from ledger.signing.keyfile import (
    public_path,
    read_key,
    read_password_file,
    read_public,
    write_key,
    write_public,
)
from ledger.signing.pkcs8 import ScryptCost
from ledger.signing.signer import MemorySigner

SIGNER = MemorySigner.from_seed(bytes(range(32)))
PASSPHRASE = "müde Füße, 36000 chips".encode()
CHEAP = ScryptCost(n=16, r=1, p=1)

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not installed"
)


def ask() -> bytes:
    return PASSPHRASE


def never_ask() -> bytes:
    pytest.fail("the passphrase was asked for")


def decode(pem: bytes) -> MemorySigner:
    return pkcs8.decode_private(pem, ask, "here")


def refusal(pem: bytes) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        decode(pem)
    return caught.value


def openssl(*arguments: str | Path, fails: bool = False) -> bytes:
    done = subprocess.run(["openssl", *arguments], capture_output=True, check=False)
    assert (done.returncode != 0) is fails, done.stderr
    return done.stdout


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_bytes(PASSPHRASE + b"\n")
    return path


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "aolani.key"
    write_key(path, SIGNER, PASSPHRASE)
    return path


# --- what is written is read, here and elsewhere


def test_an_encrypted_key_is_read_with_its_passphrase(key_file: Path) -> None:
    assert read_key(key_file, ask) == SIGNER


def test_a_key_in_the_clear_is_read_without_asking(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    write_key(path, SIGNER, None)
    assert read_key(path, never_ask) == SIGNER
    assert read_key(path, None) == SIGNER


@needs_openssl
def test_openssl_opens_an_encrypted_key(key_file: Path, password_file: Path) -> None:
    public = openssl("pkey", "-in", key_file, "-passin", f"file:{password_file}", "-pubout")
    assert public == pkcs8.encode_public(SIGNER.public_key)
    text = openssl("asn1parse", "-in", key_file)
    assert b"PBES2" in text
    assert b"scrypt" in text
    assert b"aes-256-cbc" in text


@needs_openssl
def test_openssl_opens_a_key_in_the_clear_and_the_public_half(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    write_key(path, SIGNER, None)
    write_public(public_path(path), SIGNER.public_key)
    public = openssl("pkey", "-in", path, "-pubout")
    assert public == public_path(path).read_bytes()
    assert openssl("pkey", "-pubin", "-in", public_path(path), "-pubout") == public


@needs_openssl
def test_a_key_made_by_openssl_is_read(tmp_path: Path, password_file: Path) -> None:
    plain, encrypted = tmp_path / "plain.pem", tmp_path / "encrypted.pem"
    openssl("genpkey", "-algorithm", "ed25519", "-out", plain)
    secret = f"file:{password_file}"
    openssl("pkcs8", "-topk8", "-scrypt", "-in", plain, "-out", encrypted, "-passout", secret)
    plain.chmod(0o600)
    encrypted.chmod(0o600)
    signer = read_key(plain, never_ask)
    assert read_key(encrypted, ask) == signer
    public = openssl("pkey", "-in", plain, "-pubout")
    assert pkcs8.decode_public(public, "here") == signer.public_key


@needs_openssl
@pytest.mark.parametrize(
    ("algorithm", "code"),
    [("rsa", "KEY-NOT-ED25519"), ("x25519", "KEY-NOT-ED25519"), ("ed448", "KEY-NOT-ED25519")],
)
def test_another_kind_of_key_is_malformed(tmp_path: Path, algorithm: str, code: str) -> None:
    path = tmp_path / "other.pem"
    openssl("genpkey", "-algorithm", algorithm, "-out", path)
    assert refusal(path.read_bytes()).code == code
    public = openssl("pkey", "-in", path, "-pubout")
    with pytest.raises(Malformed, match="KEY-FILE-FORM"):
        pkcs8.decode_public(public, "here")


@needs_openssl
def test_another_kind_of_key_is_named_after_decryption(tmp_path: Path, password_file: Path) -> None:
    plain, secret = tmp_path / "plain.pem", f"file:{password_file}"
    openssl("genpkey", "-algorithm", "x25519", "-out", plain)
    pem = openssl("pkcs8", "-topk8", "-scrypt", "-in", plain, "-passout", secret)
    assert refusal(pem).code == "KEY-NOT-ED25519"


@needs_openssl
def test_other_encryption_is_malformed_and_the_hint_says_how_to_mend_it(
    tmp_path: Path, password_file: Path
) -> None:
    plain, secret = tmp_path / "plain.pem", f"file:{password_file}"
    openssl("genpkey", "-algorithm", "ed25519", "-out", plain)
    error = refusal(openssl("pkcs8", "-topk8", "-in", plain, "-passout", secret))
    assert error.code == "KEY-FILE-FORM"
    assert "-scrypt" in str(error.hint)


@given(st.binary(min_size=32, max_size=32), st.none() | st.binary(min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_every_key_and_passphrase_round_trip(seed: bytes, passphrase: bytes | None) -> None:
    signer = MemorySigner.from_seed(seed)
    pem = pkcs8.encode_private(signer, passphrase, CHEAP)
    assert pkcs8.decode_private(pem, lambda: passphrase or b"", "here") == signer


def test_the_same_key_is_never_encrypted_to_the_same_bytes() -> None:
    once, again = (pkcs8.encode_private(SIGNER, PASSPHRASE, CHEAP) for _ in range(2))
    assert once != again


# --- passphrases


def test_a_wrong_passphrase_is_refused_and_not_repeated(key_file: Path) -> None:
    with pytest.raises(Refused, match="PASSPHRASE-WRONG") as caught:
        read_key(key_file, lambda: b"correct horse")
    assert "correct horse" not in f"{caught.value}{caught.value.hint}"
    assert caught.value.where == str(key_file)


def test_hardly_any_wrong_passphrase_is_taken_for_a_key_of_another_kind() -> None:
    pem = pkcs8.encode_private(SIGNER, PASSPHRASE, ScryptCost(n=2, r=1, p=1))
    for guess in (b"%d" % number for number in range(2000)):
        with pytest.raises(Refused, match="PASSPHRASE-WRONG"):
            pkcs8.decode_private(pem, partial(bytes, guess), "here")


def test_an_encrypted_key_needs_somebody_to_ask(key_file: Path) -> None:
    with pytest.raises(Refused, match="PASSPHRASE-NEEDED"):
        read_key(key_file, None)


def test_an_empty_passphrase_is_malformed_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="PASSPHRASE-EMPTY"):
        write_key(tmp_path / "key", SIGNER, b"")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "passphrase"),
    [
        (b"secret", b"secret"),
        (b"secret\n", b"secret"),
        (b"secret\r\n", b"secret"),
        (b" a b \nsecond line\n", b" a b "),
        (b"x" * 4096, b"x" * 4096),
    ],
)
def test_the_passphrase_is_the_first_line(
    tmp_path: Path, content: bytes, passphrase: bytes
) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(content)
    assert read_password_file(path) == passphrase


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "PASSPHRASE-EMPTY"),
        (b"\nsecret", "PASSPHRASE-EMPTY"),
        (b"\r\n", "PASSPHRASE-EMPTY"),
        (b"x" * 4097, "TOO-LARGE"),
    ],
)
def test_a_passphrase_file_without_one_is_malformed(
    tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(content)
    with pytest.raises(Malformed, match=code):
        read_password_file(path)


def test_a_passphrase_file_that_is_absent_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="PASSWORD-FILE-UNREADABLE"):
        read_password_file(tmp_path / "absent")


# --- files


def test_a_key_is_closed_to_others_and_its_public_half_is_not(tmp_path: Path) -> None:
    private = tmp_path / "a.key"
    before = os.umask(0)
    try:
        write_key(private, SIGNER, None)
        write_public(public_path(private), SIGNER.public_key)
    finally:
        os.umask(before)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert public_path(private) == tmp_path / "a.key.pub"
    assert stat.S_IMODE(public_path(private).stat().st_mode) == 0o644


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o620, 0o644])
def test_a_key_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "our key"
    write_key(path, SIGNER, None)
    path.chmod(mode)
    with pytest.raises(Refused, match="KEY-FILE-MODE") as caught:
        read_key(path, None)
    assert caught.value.hint == f"chmod 600 '{path}'"


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_key_closed_to_others_is_read(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    write_key(path, SIGNER, None)
    path.chmod(mode)
    assert read_key(path, None) == SIGNER


def test_a_key_is_never_written_over(key_file: Path) -> None:
    before = key_file.read_bytes()
    with pytest.raises(Conflict, match="KEY-FILE-EXISTS"):
        write_key(key_file, MemorySigner.generate(), None)
    with pytest.raises(Conflict, match="KEY-FILE-EXISTS"):
        write_public(key_file, SIGNER.public_key)
    assert key_file.read_bytes() == before


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(Conflict, match="KEY-FILE-EXISTS"):
        write_key(tmp_path / "link", SIGNER, None)
    assert not (tmp_path / "target").exists()


def test_no_folder_is_made_by_accident(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="KEY-FILE-UNWRITABLE"):
        write_key(tmp_path / "absent" / "key", SIGNER, None)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def _no_room() -> Iterator[None]:
    """Let every write to a file fail, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("_no_room")
def test_a_write_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="KEY-FILE-UNWRITABLE"):
        write_key(tmp_path / "key", SIGNER, None)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_regular_file_is_unavailable(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "absent"):
        with pytest.raises(Unavailable, match="KEY-FILE-UNREADABLE"):
            read_key(path, never_ask)
        with pytest.raises(Unavailable, match="KEY-FILE-UNREADABLE"):
            read_public(path)


def test_a_file_larger_than_any_key_is_malformed(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"-" * (16 * 1024 + 1))
    path.chmod(0o600)
    for read in (lambda: read_key(path, never_ask), lambda: read_public(path)):
        with pytest.raises(Malformed, match="TOO-LARGE"):
            read()


def test_a_public_key_is_read_as_written(tmp_path: Path) -> None:
    write_public(tmp_path / "a.pub", SIGNER.public_key)
    assert read_public(tmp_path / "a.pub") == SIGNER.public_key


def test_a_public_key_that_may_not_be_enrolled_is_neither_written_nor_read(
    tmp_path: Path,
) -> None:
    identity = b"\x01" + bytes(31)
    with pytest.raises(Malformed, match="KEY-SMALL-ORDER"):
        write_public(tmp_path / "a.pub", identity)
    assert not (tmp_path / "a.pub").exists()
    (tmp_path / "b.pub").write_bytes(pkcs8.encode_public(identity))
    with pytest.raises(Malformed, match="KEY-SMALL-ORDER"):
        read_public(tmp_path / "b.pub")


@pytest.mark.parametrize("size", [31, 33])
def test_a_public_key_of_another_length_is_malformed(size: int) -> None:
    with pytest.raises(Malformed, match="KEY-FILE-FORM"):
        pkcs8.decode_public(pkcs8.encode_public(bytes(size)), "here")


def test_a_private_key_is_no_public_key_and_the_reverse() -> None:
    with pytest.raises(Malformed, match="KEY-FILE-FORM"):
        pkcs8.decode_public(pkcs8.encode_private(SIGNER, None), "here")
    assert refusal(pkcs8.encode_public(SIGNER.public_key)).code == "KEY-FILE-FORM"


# --- hostile and damaged files


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE], ids=["plain", "encrypted"])
def test_every_flipped_bit_is_found(passphrase: bytes | None) -> None:
    pem = pkcs8.encode_private(SIGNER, passphrase, CHEAP)
    for position in range(len(pem)):
        for bit in range(8):
            mutated = bytearray(pem)
            mutated[position] ^= 1 << bit
            refusal(bytes(mutated))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([None, PASSPHRASE]),
    st.integers(0, 400),
    st.integers(0, 40),
    st.binary(max_size=40),
)
def test_every_mutation_is_refused_or_malformed(
    passphrase: bytes | None, start: int, removed: int, inserted: bytes
) -> None:
    pem = pkcs8.encode_private(SIGNER, passphrase, CHEAP)
    mutated = pem[:start] + inserted + pem[start + removed :]
    if mutated == pem:
        assert decode(mutated) == SIGNER
    else:
        assert isinstance(refusal(mutated), Malformed | Refused)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PUBLIC KEY"]), st.binary(max_size=200)
)
def test_arbitrary_content_is_malformed(label: str, der: bytes) -> None:
    pem = pkcs8._pem(label, der)
    assert isinstance(refusal(pem), Malformed)
    with pytest.raises(Malformed):
        pkcs8.decode_public(pem, "here")


def encrypted(
    cost: ScryptCost = CHEAP, iv: bytes = bytes(16), ciphertext: bytes = bytes(112)
) -> bytes:
    der = pkcs8._encrypted_info(bytes(16), cost, iv, ciphertext)
    return pkcs8._pem("ENCRYPTED PRIVATE KEY", der)


@pytest.mark.parametrize(
    "cost",
    [
        ScryptCost(n=2**21, r=8, p=1),
        ScryptCost(n=2**14, r=8, p=17),
        ScryptCost(n=2, r=2**21, p=1),
        ScryptCost(n=3, r=8, p=1),
        ScryptCost(n=1, r=8, p=1),
        ScryptCost(n=0, r=8, p=1),
        ScryptCost(n=16, r=0, p=1),
        ScryptCost(n=16, r=1, p=0),
        ScryptCost(n=2**16, r=1, p=1),
        ScryptCost(n=2**300, r=1, p=1),
    ],
    ids=str,
)
def test_a_cost_that_is_not_accepted_is_malformed_before_anything_is_computed(
    cost: ScryptCost,
) -> None:
    with pytest.raises(Malformed, match="KEY-FILE-COST"):
        pkcs8.decode_private(encrypted(cost=cost), never_ask, "here")


@pytest.mark.parametrize("cost", [ScryptCost(), CHEAP, ScryptCost(n=2**15, r=1, p=1)], ids=str)
def test_a_cost_that_is_accepted_is_paid(cost: ScryptCost) -> None:
    assert refusal(encrypted(cost=cost)).code == "PASSPHRASE-WRONG"


@pytest.mark.parametrize(
    "pem",
    [
        encrypted(iv=bytes(15)),
        encrypted(ciphertext=b""),
        encrypted(ciphertext=bytes(17)),
    ],
    ids=["iv", "empty", "no whole blocks"],
)
def test_blocks_that_are_none_are_malformed(pem: bytes) -> None:
    with pytest.raises(Malformed, match="KEY-FILE-FORM"):
        pkcs8.decode_private(pem, never_ask, "here")


def test_a_seed_put_in_the_place_of_another_is_found() -> None:
    ours = pkcs8._private_key_info(SIGNER.seed, with_id=True)
    other = ours.replace(SIGNER.seed, bytes(32))
    assert refusal(pkcs8._pem("PRIVATE KEY", other)).code == "KEY-FILE-DAMAGED"


def test_no_error_carries_the_secret() -> None:
    ours = pkcs8._private_key_info(SIGNER.seed, with_id=True)
    error = refusal(pkcs8._pem("PRIVATE KEY", ours[:-1] + b"?"))
    told = f"{error!r} {error} {error.hint} {error.where}"
    assert SIGNER.seed.hex() not in told
    assert repr(SIGNER.seed)[2:-1] not in told
