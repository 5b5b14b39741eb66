"""Ed25519 keys as PEM text that other programs open: pure, `keyfile` does the reading and writing.

A private key is PKCS#8 (RFC 5958 version 0, RFC 8410) with one attribute, localKeyID (RFC 2985
section 5.5.2), which holds the key's id: encryption in CBC mode authenticates nothing, and without
it a damaged file would quietly give another key. Encrypted, it is PBES2 (RFC 8018) with scrypt (RFC
7914) and AES-256-CBC. A public key is SubjectPublicKeyInfo (RFC 8410).

What is read must be, byte for byte, what would be written from it; the attribute alone may be
absent, so that `openssl pkcs8 -topk8 -scrypt` makes files that are read.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ledger.errors import Malformed, Refused
from ledger.signing.signer import PUBLIC_KEY_SIZE, SEED_SIZE, MemorySigner, key_id

_PLAIN: Final = "PRIVATE KEY"
_ENCRYPTED: Final = "ENCRYPTED PRIVATE KEY"
_PUBLIC: Final = "PUBLIC KEY"
_PEM: Final = re.compile(rb"-----BEGIN ([A-Z ]{1,40})-----\n([A-Za-z0-9+/=\n]*)-----END \1-----\n")

_SEQUENCE, _SET, _INTEGER, _OCTETS, _ATTRIBUTES = 0x30, 0x31, 0x02, 0x04, 0xA0
_CONSTRUCTED: Final = 0x20
_PBES2: Final = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT: Final = bytes.fromhex("06092b06010401da47040b")
_AES_256_CBC: Final = bytes.fromhex("060960864801650304012a")
_LOCAL_KEY_ID: Final = bytes.fromhex("06092a864886f70d010915")
_VERSION_AND_ALGORITHM: Final = bytes.fromhex("020100300506032b6570")
_SPKI_HEAD: Final = bytes.fromhex("302a300506032b6570032100")
_PKCS8_START: Final = re.compile(rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)\x02\x01\x00\x30", re.DOTALL)
_SEED_AT: Final = 16  # where the seed starts in every private key that is read

_BLOCK_SIZE: Final = 16
_SALT_SIZE: Final = 16
_WORK_MAX: Final = 2**21  # N·r·p: 128 times as many bytes are 256 MiB, and about a second


@dataclass(frozen=True, slots=True)
class ScryptCost:
    """What guessing a passphrase costs (RFC 7914 section 2): 128·N·r bytes, 128·N·r·p steps.

    The standard cost is the strongest of OWASP's equal choices that `openssl pkey` opens: OpenSSL
    refuses more than 32 MiB, so p is raised in place of N. It takes about 0.2 s.
    """

    n: int = 2**14
    r: int = 8
    p: int = 5

    def is_accepted(self) -> bool:
        """Return whether it is a cost that scrypt allows and that this program is ready to pay."""
        return (
            self.n > 1
            and self.n.bit_count() == 1
            and self.r > 0
            and self.p > 0
            and self.n * self.r * self.p <= _WORK_MAX
            and self.n.bit_length() <= 16 * self.r
        )


_STANDARD_COST: Final = ScryptCost()


def encode_private(
    signer: MemorySigner, passphrase: bytes | None, cost: ScryptCost = _STANDARD_COST
) -> bytes:
    """Return the PEM text of a private key, encrypted unless the passphrase is None.

    Raises:
        Malformed: PASSPHRASE-EMPTY.
    """
    plain = _private_key_info(signer.seed, with_id=True)
    if passphrase is None:
        return _pem(_PLAIN, plain)
    if not passphrase:
        raise Malformed("PASSPHRASE-EMPTY", "the passphrase is empty", hint="choose a passphrase")
    salt, iv = secrets.token_bytes(_SALT_SIZE), secrets.token_bytes(_BLOCK_SIZE)
    encryptor = _cipher(passphrase, salt, cost, iv).encryptor()
    return _pem(_ENCRYPTED, _encrypted_info(salt, cost, iv, encryptor.update(_pad(plain))))


def decode_private(pem: bytes, ask: Callable[[], bytes] | None, where: str) -> MemorySigner:
    """Return the signer of a PEM text; `ask` gives the passphrase and is called only for it.

    Raises:
        Malformed: KEY-FILE-FORM, KEY-FILE-COST, KEY-FILE-DAMAGED or KEY-NOT-ED25519.
        Refused: PASSPHRASE-NEEDED or PASSPHRASE-WRONG.
    """
    label, der = _unpem(pem, where)
    if label == _PLAIN:
        plain = der
    elif label == _ENCRYPTED:
        plain = _decrypt(der, ask, where)
    else:
        raise _not_a_key(where)
    seed = plain[_SEED_AT : _SEED_AT + SEED_SIZE]
    if len(seed) == SEED_SIZE:
        expected = [_private_key_info(seed, with_id=known) for known in (True, False)]
        if plain in expected:
            return MemorySigner.from_seed(seed)
        if plain[:_SEED_AT] in {info[:_SEED_AT] for info in expected}:
            raise Malformed(
                "KEY-FILE-DAMAGED",
                "the key in this file is not the one whose id was kept with it",
                where=where,
                hint="restore the file from a copy",
            )
    raise Malformed(
        "KEY-NOT-ED25519",
        "the private key in this file is not an Ed25519 key in PKCS#8",
        where=where,
        hint="make one with `chipledger` or `openssl genpkey -algorithm ed25519`",
    )


def encode_public(public_key: bytes) -> bytes:
    """Return the PEM text of a raw public key of 32 bytes."""
    return _pem(_PUBLIC, _SPKI_HEAD + public_key)


def decode_public(pem: bytes, where: str) -> bytes:
    """Return the 32 raw bytes in the PEM text of a public key; whether they are one is not checked.

    Raises:
        Malformed: KEY-FILE-FORM.
    """
    label, der = _unpem(pem, where)
    head, raw = der[: len(_SPKI_HEAD)], der[len(_SPKI_HEAD) :]
    if label != _PUBLIC or head != _SPKI_HEAD or len(raw) != PUBLIC_KEY_SIZE:
        raise _not_a_key(where)
    return raw


def _pem(label: str, der: bytes) -> bytes:
    """Return DER as PEM in its strict form, 64 columns (RFC 7468 section 3)."""
    text = base64.b64encode(der).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def _unpem(pem: bytes, where: str) -> tuple[str, bytes]:
    """Return label and DER of a PEM text in its strict form."""
    found = _PEM.fullmatch(pem)
    if found is None:
        raise _not_a_key(where)
    label = found[1].decode()
    try:
        der = base64.b64decode(found[2].replace(b"\n", b""), validate=True)
    except binascii.Error:
        raise _not_a_key(where) from None
    if _pem(label, der) != pem:
        raise _not_a_key(where)
    return label, der


def _der(tag: int, *parts: bytes) -> bytes:
    """Return one DER value of at most 255 bytes."""
    content = b"".join(parts)
    size = len(content)
    return bytes([tag, size] if size < 0x80 else [tag, 0x81, size]) + content  # noqa: PLR2004  X.690 8.1.3


def _integer(value: int) -> bytes:
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _primitives(der: bytes) -> list[bytes]:
    """Return the contents of all primitive values in order, however they are nested.

    It checks nothing: its caller encodes what it found and compares.
    """
    contents = []
    at = 0
    while at + 2 < len(der):
        tag, size, start = der[at], der[at + 1], at + 2
        if size == 0x81:  # noqa: PLR2004  X.690 8.1.3: one more byte of length
            size, start = der[start], start + 1
        at = start
        if not tag & _CONSTRUCTED:
            contents.append(der[start : start + size])
            at += size
    return contents


def _private_key_info(seed: bytes, *, with_id: bool) -> bytes:
    """Return PrivateKeyInfo of RFC 5958: 48 bytes, or 99 with the key's id."""
    parts = [_VERSION_AND_ALGORITHM, _der(_OCTETS, _der(_OCTETS, seed))]
    if with_id:
        raw = bytes.fromhex(key_id(MemorySigner.from_seed(seed).public_key))
        attribute = _der(_SEQUENCE, _LOCAL_KEY_ID, _der(_SET, _der(_OCTETS, raw)))
        parts.append(_der(_ATTRIBUTES, attribute))
    return _der(_SEQUENCE, *parts)


def _encrypted_info(salt: bytes, cost: ScryptCost, iv: bytes, ciphertext: bytes) -> bytes:
    """Return EncryptedPrivateKeyInfo (RFC 5958 section 3) with PBES2, scrypt and AES-256-CBC."""
    numbers = (_integer(cost.n), _integer(cost.r), _integer(cost.p))
    derivation = _der(_SEQUENCE, _SCRYPT, _der(_SEQUENCE, _der(_OCTETS, salt), *numbers))
    scheme = _der(_SEQUENCE, _AES_256_CBC, _der(_OCTETS, iv))
    algorithm = _der(_SEQUENCE, _PBES2, _der(_SEQUENCE, derivation, scheme))
    return _der(_SEQUENCE, algorithm, _der(_OCTETS, ciphertext))


def _decrypt(der: bytes, ask: Callable[[], bytes] | None, where: str) -> bytes:
    """Return PrivateKeyInfo, or what a private key of another kind has in its place."""
    try:
        _, _, salt, n, r, p, _, iv, ciphertext = _primitives(der)
        cost = ScryptCost(*(int.from_bytes(number, "big") for number in (n, r, p)))
        if _encrypted_info(salt, cost, iv, ciphertext) != der:
            raise _not_a_key(where)
    except ValueError:
        raise _not_a_key(where) from None
    if len(iv) != _BLOCK_SIZE or not ciphertext or len(ciphertext) % _BLOCK_SIZE:
        raise _not_a_key(where)
    if not cost.is_accepted():
        raise Malformed("KEY-FILE-COST", "its scrypt cost is not one that is accepted", where=where)
    if ask is None:
        raise Refused(
            "PASSPHRASE-NEEDED",
            "this key file is encrypted",
            where=where,
            hint="give its passphrase",
        )
    decryptor = _cipher(ask(), salt, cost, iv).decryptor()
    padded = decryptor.update(ciphertext)
    plain = padded[: -padded[-1]]
    if _pad(plain) != padded or not _PKCS8_START.match(plain):
        raise Refused(
            "PASSPHRASE-WRONG",
            "the passphrase does not open this key file",
            where=where,
            hint="try again; if you are sure of it, the file is damaged",
        )
    return plain


def _cipher(passphrase: bytes, salt: bytes, cost: ScryptCost, iv: bytes) -> Cipher[CBC]:
    key = Scrypt(salt=salt, length=32, n=cost.n, r=cost.r, p=cost.p).derive(passphrase)
    return Cipher(AES(key), CBC(iv))


def _pad(plain: bytes) -> bytes:
    """Return it filled up to whole blocks (RFC 5652 section 6.3)."""
    missing = _BLOCK_SIZE - len(plain) % _BLOCK_SIZE
    return plain + bytes([missing]) * missing


def _not_a_key(where: str) -> Malformed:
    return Malformed(
        "KEY-FILE-FORM",
        "this is not an Ed25519 key as PKCS#8 PEM, plain or with PBES2, scrypt and AES-256-CBC",
        where=where,
        hint="`openssl pkcs8 -topk8 -scrypt` rewrites a key that openssl can read",
    )
