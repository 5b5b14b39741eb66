"""What people outside remember of a ledger: every receipt, and every checkpoint shown to them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.application import Ledger
from ledger.draft import Submission
from ledger.events import decode_statement
from ledger.log.checkpoint import Checkpoint, parse_checkpoint_text
from ledger.log.merkle import leaf_hash
from ledger.log.note import parse_note
from ledger.writing import Receipt


@dataclass(frozen=True, slots=True)
class Kept:
    """What somebody keeps of a receipt: as `Receipt.inclusion` says it."""

    id: str
    index: int
    size: int
    checkpoint: bytes


@dataclass(slots=True)
class Sending:
    """Submissions that somebody waits to have answered, all in one transaction.

    Attributes:
        submissions: signed; sent again with the same bytes until they are answered.
        new_key: name of the ledger's next key, where they end with its rotation.
        keys: party and name of the key with which it signs once this is answered.
    """

    submissions: tuple[Submission, ...]
    new_key: str | None = None
    keys: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Memory:
    """It only grows.

    Attributes:
        fingerprint: the ledger's.
        leaves: leaf hash of each entry that was there at the beginning, or acknowledged.
        receipts: in the order in which they were given.
        indexes: of each acknowledged id.
        shown: root at each tree size that was shown to anybody, with its note.
        proved: how many receipts were looked at since they were given.
        joined: sizes whose consistency was proved since they were shown.
    """

    fingerprint: bytes = b""
    leaves: dict[int, bytes] = field(default_factory=dict)
    receipts: list[Kept] = field(default_factory=list)
    indexes: dict[str, int] = field(default_factory=dict)
    shown: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    proved: int = 0
    joined: set[int] = field(default_factory=set)

    def begin(self, ledger: Ledger) -> None:
        """Remember what is there at the beginning."""
        self.fingerprint = ledger.fingerprint
        for index in range(ledger.size):
            self.leaves[index] = leaf_hash(ledger.entry_bytes(index))
        self.show(ledger.checkpoint())

    @staticmethod
    def id_of(submission: Submission) -> str:
        """Return a submission's event id."""
        return decode_statement(submission.envelope.statement_bytes()).id

    def show(self, note: bytes) -> Checkpoint:
        """Remember a checkpoint that somebody was shown."""
        checkpoint = parse_checkpoint_text(parse_note(note).text)
        self.shown.setdefault(checkpoint.size, (checkpoint.root, note))
        return checkpoint

    def contradicts(self, note: bytes) -> bool:
        """Say whether a checkpoint is of another history than one of the same size shown before."""
        checkpoint = parse_checkpoint_text(parse_note(note).text)
        known = self.shown.get(checkpoint.size)
        return known is not None and known[0] != checkpoint.root

    def keep(self, receipt: Receipt, leaf: bytes) -> None:
        """Remember a receipt."""
        self.receipts.append(Kept(receipt.id, receipt.index, receipt.size, receipt.checkpoint))
        self.indexes[receipt.id] = receipt.index
        self.leaves.setdefault(receipt.index, leaf)

    def notes(self, beyond: int = -1) -> Sequence[bytes]:
        """Return the checkpoints shown of more than so many entries, by size."""
        return [note for size, (_, note) in sorted(self.shown.items()) if size > beyond]
