"""Cosignatures: what a witness says of a checkpoint (C2SP tlog-cosignature, Ed25519, type 0x04).

A signature line of a note whose value is

    key hash (4 bytes) || timestamp (8 bytes, big-endian) || Ed25519 signature (64 bytes)

over two lines and the whole text of the checkpoint, with its final line feed:

    cosignature/v1
    time <timestamp, decimal>
    <text>

It says: as of that second, the largest consistent tree that I saw of this origin has this root. The
other type of the specification, ML-DSA-44, is not read here: its lines are those of unknown keys.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.errors import Malformed, Refused
from ledger.log.checkpoint import parse_checkpoint_text
from ledger.log.note import (
    NoteSignature,
    key_hash,
    parse_note,
    parse_verifier_key,
    verifier_key,
)
from ledger.signing.ed25519 import check_public_key, verify
from ledger.signing.signer import SIGNATURE_SIZE, Signer, key_id

COSIGNATURE = 0x04
"""Signature type byte of a timestamped Ed25519 cosignature."""

TIMESTAMP_MAX = 2**63 - 1
_TIMESTAMP_SIZE = 8


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's key, known beforehand.

    Attributes:
        name: key name in its signature lines.
        public_key: 32 bytes.

    Raises:
        Malformed: NOTE-NAME; KEY-… as `check_public_key`.
    """

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        check_public_key(self.public_key)
        key_hash(self.name, COSIGNATURE, self.public_key)

    @property
    def key_hash(self) -> bytes:
        """The 4 bytes that name the key in a signature line."""
        return key_hash(self.name, COSIGNATURE, self.public_key)

    @property
    def verifier_key(self) -> str:
        """The text by which people pass the key on."""
        return verifier_key(self.name, self.public_key, COSIGNATURE)

    def wrote(self, line: NoteSignature) -> bool:
        """Say whether a line claims to be this key's; others are ignored."""
        return (line.name, line.key_hash) == (self.name, self.key_hash)

    def timestamp(self, line: NoteSignature, text: str) -> int | None:
        """Return the timestamp of this key's line over a checkpoint's text, None if it is wrong."""
        value = line.signature
        if len(value) != _TIMESTAMP_SIZE + SIGNATURE_SIZE:
            return None
        timestamp = int.from_bytes(value[:_TIMESTAMP_SIZE], "big")
        if timestamp > TIMESTAMP_MAX:
            return None
        message = cosigned_message(text, timestamp)
        return timestamp if verify(self.public_key, message, value[_TIMESTAMP_SIZE:]) else None


def parse_cosigner(text: str) -> Cosigner:
    """Return the cosigner whose `verifier_key` this is.

    Raises:
        Malformed: VERIFIER-KEY; KEY-… as `check_public_key`.
    """
    return Cosigner(*parse_verifier_key(text, COSIGNATURE))


def cosigned_message(text: str, timestamp: int) -> bytes:
    """Return what a cosignature of a checkpoint's text is made over.

    Raises:
        Malformed: COSIGNATURE-TIME unless 0 <= timestamp < 2^63.
    """
    if not 0 <= timestamp <= TIMESTAMP_MAX:
        raise Malformed("COSIGNATURE-TIME", f"{timestamp} is no POSIX timestamp")
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def cosign(text: str, name: str, signer: Signer, timestamp: int) -> NoteSignature:
    """Return the signature line of a witness over a checkpoint's text.

    Args:
        text: of the checkpoint.
        name: the witness's key name.
        signer: its key.
        timestamp: seconds since 1970, at which no larger tree of the log was known.

    Raises:
        Malformed: COSIGNATURE-TIME, NOTE-NAME, CHECKPOINT-…, KEY-….
        Refused: SIGNER-FAULTY when what the signer gives is not its signature.
    """
    parse_checkpoint_text(text)
    cosigner = Cosigner(name, signer.public_key)
    signature = signer.sign(cosigned_message(text, timestamp))
    value = timestamp.to_bytes(_TIMESTAMP_SIZE, "big") + signature
    line = NoteSignature(name, cosigner.key_hash, value)
    if cosigner.timestamp(line, text) is None:
        raise Refused(
            "SIGNER-FAULTY",
            f"what the signer gave is no signature by its key {key_id(signer.public_key)[:8]}…",
            hint="check the device or service that holds the key",
        )
    return line


def open_cosignatures(data: bytes, cosigners: Collection[Cosigner]) -> dict[Cosigner, int]:
    """Return which of the known witnesses cosigned the checkpoint in a note, and when.

    Lines of unknown keys are ignored, even if they share a name or a hash (but not both) with a
    known key. A known key's line that does not verify rejects the note, whatever other lines say
    (C2SP signed-note). Of several by one witness the earliest counts.

    Args:
        data: the note's bytes; whether the log signed it is not looked at.
        cosigners: the known keys.

    Raises:
        Malformed: as `parse_note`.
        Refused: COSIGNATURE-WRONG.
    """
    note = parse_note(data)
    known = {(one.name, one.key_hash): one for one in cosigners}
    found: dict[Cosigner, int] = {}
    for line in note.signatures:
        cosigner = known.get((line.name, line.key_hash))
        if cosigner is None:
            continue
        timestamp = cosigner.timestamp(line, note.text)
        if timestamp is None:
            raise Refused(
                "COSIGNATURE-WRONG",
                f"the cosignature of {cosigner.name}, key {line.key_hash.hex()}, does not verify",
                hint="fetch the note again; if it stays wrong, it was altered or forged",
            )
        found[cosigner] = min(timestamp, found.get(cosigner, timestamp))
    return found
