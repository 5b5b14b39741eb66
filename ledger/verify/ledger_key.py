"""Step 1 of a single proof: whose checkpoints they are, followed from the auditor's fingerprint.

The key of entry 0 is the one that the fingerprint is of. Each hand-over shows that the key before
it signed a tree whose last entry names the next one.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from ledger.authority import raw_key
from ledger.entry import read_event
from ledger.errors import LedgerError, Malformed, Refused
from ledger.events.ledger import LedgerKeyRotated, LedgerOpened
from ledger.evidence.single import Handover, KeyPath, hashes
from ledger.log.checkpoint import Checkpoint, ledger_fingerprint, open_checkpoint
from ledger.log.checkpoint import parse_checkpoint_text as parse_text
from ledger.log.merkle import leaf_hash
from ledger.log.note import parse_note
from ledger.log.proofs import verify_inclusion
from ledger.signing.ed25519 import check_public_key
from ledger.trust import Trust
from ledger.verify.report import Mark

_BY_THE_LEDGER = "a note signed by the ledger's key"


class LedgerKeys:
    """The ledger's keys by tree size.

    Attributes:
        origin: the ledger's name.
        marks: what is wrong with how they were followed.
        followed: position of the entry that names it, and each key, by position.
    """

    def __init__(self, origin: str, keys: Iterable[tuple[int, bytes]]) -> None:
        """Take (position of the entry that names it, key), by position."""
        self.origin = origin
        self.marks: list[Mark] = []
        self.followed = list(keys)

    def at(self, size: int) -> bytes:
        """Return the key that signs a checkpoint of this size."""
        return [key for start, key in self.followed if start < size or start == 0][-1]

    def open(self, note: bytes, *, old: bool = False) -> tuple[Checkpoint | None, list[Mark]]:
        """Return a checkpoint that the ledger's key signed, or why it is none.

        Args:
            note: the signed note.
            old: whether it is one that the auditor kept.
        """
        malformed = "CHECKPOINT-OLD-MALFORMED" if old else "CHECKPOINT-MALFORMED"
        unsigned = "CHECKPOINT-OLD-MALFORMED" if old else "CHECKPOINT-SIGNATURE"
        try:
            read = parse_note(note)
            size = parse_text(read.text).size
            return open_checkpoint(note, self.origin, self.at(size)), []
        except Malformed as error:
            return None, [Mark(malformed, None, _BY_THE_LEDGER, str(error))]
        except Refused as error:
            # Another key of the ledger's name may be one that a missing hand-over leads to.
            other = error.code == "NOTE-UNSIGNED" and self.origin in {
                line.name for line in read.signatures
            }
            code = "HANDOVER-MISSING" if other else unsigned
            return None, [Mark(code, None, _BY_THE_LEDGER, str(error))]

    def hand_over(self, handover: Handover) -> Mark | None:
        """Take the next key in, or return why it is not shown."""
        note = handover.checkpoint.encode()
        before = self.followed[-1]
        shown, marks = self.open(note)
        if shown is None:
            return Mark("HANDOVER-SIGNATURE", None, "the key before it", marks[0].found)
        index = shown.size - 1
        try:
            leaf = leaf_hash(handover.entry.encode())
            path = hashes(handover.proof)
            statement = read_event(index, handover.entry.encode()).statement
        except LedgerError as error:
            return Mark("HANDOVER-DIFFERS", index, "LedgerKeyRotated", str(error))
        rotates = isinstance(statement.data, LedgerKeyRotated) and statement.ledger == self.origin
        if not rotates or index <= before[0]:
            return Mark("HANDOVER-DIFFERS", index, "LedgerKeyRotated", statement.type)
        if not verify_inclusion(leaf, index, shown.size, shown.root, path):
            return Mark("INCLUSION-DIFFERS", index, shown.root.hex(), "another root")
        assert isinstance(statement.data, LedgerKeyRotated)  # noqa: S101  seen above
        new = raw_key(statement.data.checkpoint_key)
        try:
            check_public_key(new)
            open_checkpoint(note, self.origin, new)
        except LedgerError as error:
            return Mark("HANDOVER-SIGNATURE", index, "the new key", str(error))
        self.followed.append((index, new))
        return None


def opened(path: KeyPath) -> tuple[LedgerOpened | None, list[Mark]]:
    """Return what entry 0 says, or why it is none; nothing vouches for it yet."""
    try:
        data = read_event(0, path.opening.encode()).statement.data
        if isinstance(data, LedgerOpened):
            check_public_key(raw_key(data.checkpoint_key))
            return data, []
        found = type(data).__name__
    except LedgerError as error:
        found = str(error)
    return None, [Mark("ENTRY0-MALFORMED", 0, "LedgerOpened", found)]


def follow(opening: LedgerOpened, path: KeyPath, trust: Trust) -> LedgerKeys:
    """Follow the keys from the one that the auditor's fingerprint is of."""
    first = raw_key(opening.checkpoint_key)
    keys = LedgerKeys(opening.origin, [(0, first)])
    actual = ledger_fingerprint(opening.origin, first)
    if trust.fingerprint is None:
        told = "a fingerprint got by another channel"
        keys.marks.append(Mark("FINGERPRINT-ABSENT", None, told, "none"))
    elif trust.fingerprint != actual:
        mark = Mark("FINGERPRINT-DIFFERS", 0, trust.fingerprint.hex(), actual.hex())
        keys.marks.append(mark)
    for handover in path.handovers:
        mark_or_none = keys.hand_over(handover)
        if mark_or_none is not None:
            keys.marks.append(mark_or_none)
            break
    return keys


def kept_marks(
    keys: LedgerKeys, kept: Sequence[bytes], shown: Sequence[Checkpoint]
) -> Iterator[Mark]:
    """Compare what the auditor kept with what the proof shows; two of one size must agree."""
    checkpoints = list(shown)
    sizes = {one.size for one in shown}
    for note in kept:
        old, marks = keys.open(note, old=True)
        yield from marks
        if old is None:
            continue
        checkpoints.append(old)
        if old.size not in sizes:
            expected = f"a proof from {old.size} entries on"
            yield Mark("CONSISTENCY-MISSING", None, expected, "none")
    yield from fork_marks(checkpoints)


def fork_marks(checkpoints: Sequence[Checkpoint]) -> Iterator[Mark]:
    """Mark each two checkpoints of one size and different roots: nobody signs both but a forker."""
    for one, other in combinations(dict.fromkeys(checkpoints), 2):
        if one.size == other.size:
            found = f"{other.size} {other.root.hex()}"
            yield Mark("FORKED", None, f"{one.size} {one.root.hex()}", found)
