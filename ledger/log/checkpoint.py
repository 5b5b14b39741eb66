"""Checkpoints: the size and root of the tree, signed by the ledger (C2SP tlog-checkpoint).

    <origin>
    <size>
    <base64 of the root>

Stricter than the specification, where it leaves a choice: the origin is a key name (it names the
signing key too), and a text with extension lines is refused, because this ledger writes none and
nobody could audit them.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.canonical import INTEGER_MAX
from ledger.errors import Malformed, Refused
from ledger.log.merkle import EMPTY_ROOT, HASH_SIZE, leaf_hash
from ledger.log.note import (
    ED25519,
    Note,
    check_key_name,
    format_note,
    key_digest,
    open_note,
    sign_note,
)
from ledger.log.proofs import verify_inclusion
from ledger.signing.signer import Signer

_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a ledger was at one moment.

    Attributes:
        origin: the ledger's name, fit to be a key name.
        size: number of entries, 0 to 2^53-1.
        root: root of the tree over them, 32 bytes; `EMPTY_ROOT` for size 0.

    Raises:
        Malformed: NOTE-NAME, CHECKPOINT-SIZE, CHECKPOINT-ROOT.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        check_key_name(self.origin)
        if not 0 <= self.size <= INTEGER_MAX:
            raise Malformed("CHECKPOINT-SIZE", f"{self.size} is no number of entries")
        if len(self.root) != HASH_SIZE or (self.size == 0 and self.root != EMPTY_ROOT):
            raise Malformed(
                "CHECKPOINT-ROOT",
                "the root is no SHA-256 hash, or not the one of the empty tree at size 0",
            )

    def text(self) -> str:
        """Return the note text: origin, decimal size and base64 root, each line ending in LF.

        With its final line feed, this is what signatures and time stamps are taken over.
        """
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint_text(text: str) -> Checkpoint:
    """Return the checkpoint whose `text()` this is.

    Raises:
        Malformed: CHECKPOINT-FORM for anything but three lines, extension lines included;
            CHECKPOINT-SIZE for leading zeros or signs; CHECKPOINT-ROOT for base64 that is not
            canonical; NOTE-NAME.
    """
    lines = text.split("\n", 4)
    if len(lines) != 4 or lines[3]:  # noqa: PLR2004  three lines and what follows the last LF
        raise Malformed(
            "CHECKPOINT-FORM",
            "a checkpoint has three lines: origin, size and root; this ledger adds no extensions",
        )
    origin, size, root = lines[:3]
    if not _SIZE.fullmatch(size):
        raise Malformed("CHECKPOINT-SIZE", f"{size[:20]!r} is no number of entries")
    try:
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    except ValueError as error:
        raise Malformed("CHECKPOINT-ROOT", "the root is not base64") from error
    if checkpoint.text() != text:
        raise Malformed("CHECKPOINT-ROOT", "the root's base64 is not canonical")
    return checkpoint


def sign_checkpoint(checkpoint: Checkpoint, signers: Sequence[Signer]) -> bytes:
    """Return the checkpoint as a signed note; each key signs under the origin as its name.

    Args:
        checkpoint: what is signed.
        signers: the ledger's key; at a hand-over, the old key and the new one.

    Raises:
        Malformed: NOTE-SIGNATURES without a signer.
        Refused: SIGNER-FAULTY.
    """
    text = checkpoint.text()
    lines = tuple(sign_note(text, checkpoint.origin, signer) for signer in signers)
    return format_note(Note(text, lines))


def open_checkpoint(note: bytes, origin: str, public_key: bytes) -> Checkpoint:
    """Return the checkpoint if the ledger's key signed it, for this origin.

    Args:
        note: the signed note's bytes.
        origin: the ledger's name, known beforehand.
        public_key: the ledger's key, known beforehand, 32 bytes.

    Raises:
        Malformed: as `parse_note` and `parse_checkpoint_text`.
        Refused: NOTE-UNSIGNED, NOTE-SIGNATURE, or CHECKPOINT-ORIGIN for another ledger's.
    """
    checkpoint = parse_checkpoint_text(open_note(note, origin, public_key).text)
    if checkpoint.origin != origin:
        raise Refused(
            "CHECKPOINT-ORIGIN",
            f"the checkpoint is of {checkpoint.origin}, not of {origin}",
            hint="check which ledger the key belongs to",
        )
    return checkpoint


@dataclass(frozen=True, slots=True)
class Inclusion:
    """What shows, without the ledger, that it holds an entry: four values to keep.

    Attributes:
        entry: the entry's bytes.
        index: its position.
        proof: the inclusion proof, from the leaf up.
        checkpoint: the signed note that the proof leads to.
    """

    entry: bytes
    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def open(self, origin: str, public_key: bytes) -> Checkpoint:
        """Return the checkpoint if the ledger's key signed it and the entry stands in its tree.

        Args:
            origin: the ledger's name, known beforehand.
            public_key: the key that signed the checkpoint, known beforehand, 32 bytes.

        Raises:
            Malformed: as `open_checkpoint`.
            Refused: NOT-INCLUDED when the proof does not lead from the entry to the checkpoint, or
                as `open_checkpoint`.
        """
        shown = open_checkpoint(self.checkpoint, origin, public_key)
        leaf = leaf_hash(self.entry)
        if not verify_inclusion(leaf, self.index, shown.size, shown.root, self.proof):
            raise Refused(
                "NOT-INCLUDED",
                f"nothing shows that this is entry {self.index} of {shown.size:,}",
                hint="take entry, index, proof and checkpoint of one receipt",
            )
        return shown


def ledger_fingerprint(origin: str, public_key: bytes) -> bytes:
    """Return the 32 bytes an auditor brings: SHA-256(origin || LF || 0x01 || key).

    Its first 4 bytes are the key hash in the ledger's signature lines.

    Raises:
        Malformed: NOTE-NAME.
    """
    return key_digest(origin, ED25519, public_key)
