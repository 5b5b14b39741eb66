"""Signed notes: a text and the lines of those who signed it (C2SP signed-note).

    text, each line ending in LF
    (blank line)
    — <key name> base64(4-byte key hash || signature)

A note that parses is spelled as `format_note` would spell it. Signatures here are Ed25519
(algorithm 0x01) over the text, with its final line feed, without the blank line.
"""

import base64
import re
from dataclasses import dataclass
from hashlib import sha256

from ledger.errors import Malformed, Refused
from ledger.signing.ed25519 import verify
from ledger.signing.signer import Signer, key_id

ED25519 = 0x01
"""Signature type byte of plain Ed25519 over the note's text."""

NOTE_SIZE_MAX = 64 * 1024
SIGNATURES_MAX = 100
VERIFIER_KEY_SIZE_MAX = 1024

_KEY_HASH_SIZE = 4
_PUBLIC_KEY_SIZE = 32
_DASH = "\N{EM DASH} "
# Lone surrogates have no UTF-8 form. Spaces are spelled out: what a language's \s matches differs.
_TEXT_FORBIDS = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_NAME_FORBIDS = re.compile(
    "[\x00-\x20+\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line.

    Attributes:
        name: key name: not empty, without spaces, plus signs and control characters.
        key_hash: first 4 bytes of the key's digest; tells keys of one name apart.
        signature: what follows, at least one byte; 64 bytes for Ed25519.

    Raises:
        Malformed: NOTE-NAME, NOTE-SIGNATURE-LINE.
    """

    name: str
    key_hash: bytes
    signature: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.key_hash) != _KEY_HASH_SIZE or not self.signature:
            raise _bad_line("it needs a key hash of 4 bytes and a signature")


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its 1 to 100 signature lines; nothing is verified yet.

    Attributes:
        text: ends in LF; no other ASCII control character.
        signatures: in the order of the lines.

    Raises:
        Malformed: NOTE-TEXT, NOTE-SIGNATURES.
    """

    text: str
    signatures: tuple[NoteSignature, ...]

    def __post_init__(self) -> None:
        _check_text(self.text)
        if not 1 <= len(self.signatures) <= SIGNATURES_MAX:
            raise Malformed(
                "NOTE-SIGNATURES",
                f"a note carries 1 to {SIGNATURES_MAX} signatures, not {len(self.signatures)}",
            )


def check_key_name(name: str) -> None:
    """Refuse what cannot name a key: nothing, or a text with spaces, plus signs or controls.

    Raises:
        Malformed: NOTE-NAME.
    """
    if not name or _NAME_FORBIDS.search(name):
        raise Malformed(
            "NOTE-NAME",
            f"{name[:80]!r} is no key name",
            hint="use a name such as ledger.example/chips, without spaces and plus signs",
        )


def parse_note(data: bytes) -> Note:
    """Return the note that `data` is the spelling of.

    Raises:
        Malformed: NOTE-SIZE beyond 64 KiB; NOTE-FORM when it is not UTF-8 or has no blank line
            before its signatures; NOTE-TEXT, NOTE-SIGNATURES, NOTE-SIGNATURE-LINE, NOTE-NAME.
    """
    _check_size(len(data))
    try:
        text, blank, lines = data.decode().rpartition("\n\n")
    except UnicodeDecodeError as error:
        raise Malformed("NOTE-FORM", "the note is not UTF-8") from error
    if not blank or not lines.endswith("\n"):
        raise Malformed(
            "NOTE-FORM",
            "the note is not a text, a blank line and signature lines that each end in a line feed",
        )
    signatures = lines[:-1].split("\n")
    return Note(text + "\n", tuple(_parse_line(line) for line in signatures))


def format_note(note: Note) -> bytes:
    """Return the bytes of a note.

    Raises:
        Malformed: NOTE-SIZE beyond 64 KiB.
    """
    data = f"{note.text}\n{''.join(map(format_line, note.signatures))}".encode()
    _check_size(len(data))
    return data


def format_line(line: NoteSignature) -> str:
    """Return a signature line with its line feed."""
    return f"{_DASH}{line.name} {_base64(line.key_hash + line.signature)}\n"


def key_digest(name: str, algorithm: int, public_key: bytes) -> bytes:
    """Return SHA-256(name || LF || algorithm byte || public key), 32 bytes.

    Raises:
        Malformed: NOTE-NAME.
    """
    check_key_name(name)
    return sha256(name.encode() + bytes((0x0A, algorithm)) + public_key).digest()


def key_hash(name: str, algorithm: int, public_key: bytes) -> bytes:
    """Return the 4 bytes that name a key in a signature line (C2SP signed-note, key ID).

    Raises:
        Malformed: NOTE-NAME.
    """
    return key_digest(name, algorithm, public_key)[:_KEY_HASH_SIZE]


def sign_note(text: str, name: str, signer: Signer) -> NoteSignature:
    """Return the Ed25519 signature line of `signer`, under this key name, for a note's text.

    Raises:
        Malformed: NOTE-NAME, NOTE-TEXT.
        Refused: SIGNER-FAULTY when what the signer gives is not its signature: a device may fail,
            and nobody else looks at the line before others rely on it.
    """
    _check_text(text)
    message, public_key = text.encode(), signer.public_key
    identifier = key_hash(name, ED25519, public_key)
    signature = signer.sign(message)
    if not verify(public_key, message, signature):
        raise Refused(
            "SIGNER-FAULTY",
            f"what the signer gave is no signature by its key {key_id(public_key)[:8]}…",
            hint="check the device or service that holds the key; nothing was recorded",
        )
    return NoteSignature(name, identifier, signature)


def open_note(data: bytes, name: str, public_key: bytes) -> Note:
    """Return the note if the known key signed it; only then may its text be used.

    Lines of unknown keys are ignored, even if they share the name or the hash (but not both). A
    line of the known key that does not verify rejects the note, whatever other lines say.

    Args:
        data: the note's bytes.
        name: the known key's name.
        public_key: its 32 bytes.

    Raises:
        Malformed: as `parse_note`.
        Refused: NOTE-UNSIGNED without a line of the known key, NOTE-SIGNATURE when one is wrong.
    """
    note = parse_note(data)
    identifier = key_hash(name, ED25519, public_key)
    own = [line for line in note.signatures if (line.name, line.key_hash) == (name, identifier)]
    if not own:
        raise Refused(
            "NOTE-UNSIGNED",
            f"the note carries no signature of {name}, key {identifier.hex()}",
            hint="check that the key and the note are of the same ledger",
        )
    message = note.text.encode()
    if not all(verify(public_key, message, line.signature) for line in own):
        raise Refused(
            "NOTE-SIGNATURE",
            f"the signature of {name}, key {identifier.hex()}, does not verify",
            hint="fetch the note again; if it stays wrong, it was altered or forged",
        )
    return note


def verifier_key(name: str, public_key: bytes, algorithm: int = ED25519) -> str:
    """Return the text by which people pass a key on: `name+hash+base64(algorithm || key)`.

    Raises:
        Malformed: NOTE-NAME.
    """
    identifier = key_hash(name, algorithm, public_key)
    return f"{name}+{identifier.hex()}+{_base64(bytes((algorithm,)) + public_key)}"


def parse_verifier_key(text: str, algorithm: int = ED25519) -> tuple[str, bytes]:
    """Return (name, public key) of a text that `verifier_key` would write for this algorithm.

    Raises:
        Malformed: VERIFIER-KEY.
    """
    parts = text.split("+", 2) if len(text) <= VERIFIER_KEY_SIZE_MAX else []
    if len(parts) == len(("name", "hash", "key")):
        name, public_key = parts[0], (_base64_bytes(parts[2]) or b"")[1:]
        # Spelling it again checks algorithm, hash and base64 in one go.
        named = name and not _NAME_FORBIDS.search(name) and len(public_key) == _PUBLIC_KEY_SIZE
        if named and verifier_key(name, public_key, algorithm) == text:
            return name, public_key
    raise Malformed(
        "VERIFIER-KEY",
        f"{text[:80]!r} is no Ed25519 verifier key of type {algorithm:#04x}",
        hint="it reads name+hash+key, as the ledger's operator passes it on",
    )


def _parse_line(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    value = _base64_bytes(encoded)
    if not line.startswith(_DASH) or not space or value is None:
        raise _bad_line("it does not read: em dash, key name, canonical base64")
    return NoteSignature(name, value[:_KEY_HASH_SIZE], value[_KEY_HASH_SIZE:])


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _base64_bytes(text: str) -> bytes | None:
    """Return what standard padded base64 stands for, None for any other spelling."""
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    # Unused bits of the last character may be set in a lenient reading: only zeros come back.
    return value if _base64(value) == text else None


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _TEXT_FORBIDS.search(text):
        raise Malformed(
            "NOTE-TEXT", "a note's text ends in a line feed and has no control characters"
        )


def _check_size(size: int) -> None:
    if size > NOTE_SIZE_MAX:
        raise Malformed("NOTE-SIZE", f"the note has {size:,} bytes, more than {NOTE_SIZE_MAX:,}")


def _bad_line(reason: str) -> Malformed:
    return Malformed("NOTE-SIGNATURE-LINE", f"a signature line is malformed: {reason}")
