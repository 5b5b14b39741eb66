"""Proofs of one fact, made from a ledger: that it holds an entry, or continued a checkpoint.

Both carry the **key path**: entry 0, whose key the auditor's fingerprint vouches for, and each
hand-over of it, so that the key of any checkpoint is known from the fingerprint alone. A hand-over
is the checkpoint right after the rotation, signed by old and new key, with the rotation and the
proof that it is that checkpoint's last entry: the old key signed a tree that names the new one.

An entry's proof is a C2SP tlog-proof. Its extra data are canonical JSON, an `EntryExtra`: the
entry, the key path, and the public keys of those who signed the entry. A consistency proof is one
line of canonical JSON, a `ConsistencyFile`.
"""

import base64
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, Protocol

from msgspec import Meta

from ledger import canonical
from ledger.authority import Authority
from ledger.canonical import Canonical
from ledger.entry import Event
from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.events.base import Base64Key
from ledger.evidence.cosigned import with_cosignatures
from ledger.evidence.lines import Base64, Note
from ledger.log.checkpoint import open_checkpoint, parse_checkpoint_text
from ledger.log.merkle import HASH_SIZE
from ledger.log.note import parse_note
from ledger.log.tlog_proof import HEADER, PROOF_HASHES_MAX, TLOG_PROOF_SIZE_MAX, TlogProof
from ledger.signing.envelope import decode_base64
from ledger.source import Anchor

ENTRY_FORMAT: Final = "chipledger-entry-v1"
CONSISTENCY_FORMAT: Final = "chipledger-consistency-v1"
CONSISTENCY_START: Final = f'{{"format":"{CONSISTENCY_FORMAT}"'.encode()
"""How a file with a consistency proof begins."""
EXTRA_BYTES_MAX: Final = 8 * 1024 * 1024
_HANDOVERS_MAX: Final = 1_000

Hashes = Annotated[Base64, Meta(max_length=(HASH_SIZE * PROOF_HASHES_MAX + 2) // 3 * 4)]
"""The hashes of a proof, concatenated."""


class Handover(Canonical, frozen=True, kw_only=True):
    """One rotation of the ledger's key.

    Attributes:
        checkpoint: the signed note right after it, signed by both keys.
        entry: the LedgerKeyRotated entry, the last one under that checkpoint.
        proof: its inclusion proof.
    """

    checkpoint: Note
    entry: str
    proof: Hashes


class KeyPath(Canonical, frozen=True, kw_only=True):
    """From the key of the fingerprint to the newest one.

    Attributes:
        handovers: in the order of the log.
        opening: entry 0.
        opening_proof: its inclusion proof under the newest checkpoint of the file.
    """

    ordered_fields: ClassVar[tuple[str, ...]] = ("handovers",)

    handovers: Annotated[tuple[Handover, ...], Meta(max_length=_HANDOVERS_MAX)] = ()
    opening: str
    opening_proof: Hashes


class EntryExtra(Canonical, frozen=True, kw_only=True):
    """What goes along with an entry's inclusion proof.

    Attributes:
        entry: the entry's bytes, as text.
        format: name of this form.
        ledger_key: the key path.
        signers: the raw public keys that the entry is signed with, in base64; each is known by the
            digest that the entry names it by.
    """

    entry: str
    format: Literal["chipledger-entry-v1"] = ENTRY_FORMAT
    ledger_key: KeyPath
    signers: Annotated[tuple[Base64Key, ...], Meta(max_length=8)]


class ConsistencyFile(Canonical, frozen=True, kw_only=True):
    """Two checkpoints and the proof that the newer tree continues the older (RFC 6962).

    Attributes:
        format: name of this form.
        ledger_key: the key path.
        new: the newer signed note.
        old: the older signed note.
        proof: the hashes of the consistency proof.
    """

    format: Literal["chipledger-consistency-v1"] = CONSISTENCY_FORMAT
    ledger_key: KeyPath
    new: Note
    old: Note
    proof: Hashes


class Provable(Protocol):
    """A ledger that proves what it holds, as `LedgerReader` does."""

    @property
    def origin(self) -> str:
        """The ledger's name."""
        ...

    @property
    def authority(self) -> Authority:
        """Keys and roles up to the newest entry."""
        ...

    def event(self, index: int) -> Event:
        """Return the event at a position."""
        ...

    def entry_bytes(self, index: int) -> bytes:
        """Return an entry's exact bytes."""
        ...

    def anchors(self) -> list[Anchor]:
        """Return the checkpoints that were shown outside."""
        ...

    def checkpoint(self) -> bytes:
        """Return the newest signed checkpoint."""
        ...

    def prove(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the inclusion proof of an entry in the tree of `size` entries."""
        ...

    def prove_consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the first `old` entries are a prefix of the first `new`."""
        ...


def read_proof(path: Path) -> bytes | None:
    """Return the bytes of a file that is a proof by how it begins; None for any other.

    No more is read than a proof can have, and one byte, by which the judge knows that it is none.
    """
    starts = (CONSISTENCY_START, HEADER.encode())
    try:
        with path.open("rb") as file:
            begins = file.read(max(map(len, starts)))
            whole = begins.startswith(starts)
            return begins + file.read(TLOG_PROOF_SIZE_MAX + 1 - len(begins)) if whole else None
    except (OSError, ValueError):  # what cannot be read begins with nothing; an audit tells why
        return None


def prove_entry(ledger: Provable, index: int) -> TlogProof:
    """Return the proof of an entry under the ledger's newest checkpoint.

    Raises:
        Unavailable: ENTRY-UNKNOWN; HANDOVER-MISSING where the ledger has lost one.
    """
    note = with_cosignatures(ledger.checkpoint(), ledger.anchors())
    size = parse_checkpoint_text(parse_note(note).text).size
    authority = ledger.authority
    signatures = ledger.event(index).entry.envelope.signatures
    keys = (authority.keys[one.keyid].public_key for one in signatures)
    extra = EntryExtra(
        entry=ledger.entry_bytes(index).decode(),
        ledger_key=_key_path(ledger, authority, size),
        signers=canonical.ordered(*map(_base64, keys)),
    )
    return TlogProof(index, ledger.prove(index, size), note, canonical.encode(extra))


def prove_continued(ledger: Provable, old: bytes) -> ConsistencyFile:
    """Return the proof that the ledger continues an earlier checkpoint of its own.

    Raises:
        Malformed: PROOF-RANGE for a checkpoint of more entries than there are.
        Unavailable: HANDOVER-MISSING where the ledger has lost one.
    """
    note = with_cosignatures(ledger.checkpoint(), ledger.anchors())
    sizes = [parse_checkpoint_text(parse_note(one).text).size for one in (old, note)]
    return ConsistencyFile(
        ledger_key=_key_path(ledger, ledger.authority, sizes[1]),
        new=note.decode(),
        old=old.decode(),
        proof=hashes_text(ledger.prove_consistency(*sizes)),
    )


def encode_consistency(proof: ConsistencyFile) -> bytes:
    """Return the bytes of a consistency proof's file: one line."""
    return canonical.encode(proof) + b"\n"


def decode_consistency(data: bytes) -> ConsistencyFile:
    """Return the consistency proof that these bytes are the one spelling of.

    Raises:
        Malformed: TOO-LARGE, NOT-TYPED, NOT-CANONICAL, BASE64.
    """
    what = "consistency proof"
    if not data.endswith(b"\n"):
        raise Malformed("NOT-CANONICAL", f"the {what} does not end in a line feed", where=what)
    proof = canonical.decode(data[:-1], ConsistencyFile, size_max=EXTRA_BYTES_MAX, what=what)
    hashes(proof.proof)
    return proof


def decode_extra(data: bytes) -> EntryExtra:
    """Return the extra data of an entry's proof that these bytes are the one spelling of.

    Raises:
        Malformed: TOO-LARGE, NOT-TYPED, NOT-CANONICAL, LIST-NOT-A-SET.
    """
    return canonical.decode(data, EntryExtra, size_max=EXTRA_BYTES_MAX, what="extra data")


def hashes_text(proof: tuple[bytes, ...]) -> str:
    """Return the hashes of a proof as the files here spell them."""
    return _base64(b"".join(proof))


def hashes(text: str) -> tuple[bytes, ...]:
    """Return the hashes of a proof.

    Raises:
        Malformed: BASE64.
    """
    data = decode_base64(text, "proof")
    if len(data) % HASH_SIZE:
        raise Malformed("BASE64", "the proof is no list of hashes", where="proof")
    return tuple(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE))


def _key_path(ledger: Provable, authority: Authority, size: int) -> KeyPath:
    (_, key), *rotations = authority.checkpoint_keys
    handovers = []
    for index, new in rotations:
        if index >= size:
            break
        handovers.append(
            Handover(
                checkpoint=_handover_note(ledger, index + 1, (key, new)).decode(),
                entry=ledger.entry_bytes(index).decode(),
                proof=hashes_text(ledger.prove(index, index + 1)),
            )
        )
        key = new
    return KeyPath(
        handovers=tuple(handovers),
        opening=ledger.entry_bytes(0).decode(),
        opening_proof=hashes_text(ledger.prove(0, size)),
    )


def _handover_note(ledger: Provable, size: int, keys: tuple[bytes, bytes]) -> bytes:
    """Return the checkpoint of a size that both keys signed."""
    for note in (anchor.note for anchor in ledger.anchors() if anchor.size == size):
        try:
            for key in keys:
                open_checkpoint(note, ledger.origin, key)
        except LedgerError:
            continue
        return note
    raise Unavailable(
        "HANDOVER-MISSING",
        f"the checkpoint of {size:,} entries, at a hand-over of the ledger's key, is missing",
        hint="restore the newest backup; without it nobody can follow the key",
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
