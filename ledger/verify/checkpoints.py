"""Step 1: the checkpoint, the anchors, the hand-overs, and what the auditor saw earlier."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from ledger.authority import Authority
from ledger.errors import LedgerError, Malformed, Refused
from ledger.log.checkpoint import Checkpoint, ledger_fingerprint, open_checkpoint
from ledger.source import Anchor
from ledger.trust import Trust
from ledger.verify.report import Mark

Roots = Mapping[int, bytes]
"""Size to root, for every size asked about that the log reaches."""

_BY_THE_LEDGER = "a note signed by the ledger's key"


class Shown:
    """The notes that tell what the log was: its newest, its anchors, and what the auditor kept.

    Opened first, so that the roots at all their sizes can be computed in one sweep.
    """

    def __init__(self, authority: Authority, size: int) -> None:
        self.newest: Checkpoint | None = None
        self.marks: list[Mark] = []
        self._authority = authority
        self._origin = authority.opened.origin
        self._size = size
        keys = authority.checkpoint_keys
        self._handovers = {start + 1: old for (_, old), (start, _) in pairwise(keys)}
        self._anchored: list[tuple[int, Checkpoint]] = []
        self._earlier: list[Checkpoint] = []
        self._high_water: tuple[int, bytes] | None = None

    def open_newest(self, note: bytes) -> None:
        """Open the newest checkpoint, which the ledger's key must have signed for this size."""
        try:
            checkpoint = self._open(note, self._size)
        except LedgerError as error:
            refused = isinstance(error, Refused)
            code = "CHECKPOINT-SIGNATURE" if refused else "CHECKPOINT-MALFORMED"
            self.marks.append(Mark(code, None, _BY_THE_LEDGER, str(error)))
            return
        if checkpoint.size != self._size:
            expected = f"{self._size} entries"
            self.marks.append(Mark("CHECKPOINT-SIZE", None, expected, str(checkpoint.size)))
            return
        self.newest = checkpoint
        self._check_handover(note, self._size)

    def open_anchors(self, anchors: Sequence[Anchor]) -> None:
        """Open every anchor; each hand-over must have one."""
        for anchor in anchors:
            try:
                checkpoint = self._open(anchor.note, anchor.size)
            except LedgerError as error:
                self.marks.append(Mark("ANCHOR-MALFORMED", None, _BY_THE_LEDGER, error.message))
                continue
            self._anchored.append((anchor.size, checkpoint))
            self._check_handover(anchor.note, anchor.size)
        kept = {size for size, _ in self._anchored}
        for size in self._handovers:
            if size not in kept:
                expected = f"a checkpoint of size {size}"
                self.marks.append(Mark("HANDOVER-MISSING", size - 1, expected, "none"))

    def open_trusted(self, trust: Trust) -> None:
        """Open what the auditor kept of earlier: notes, and the last answer given."""
        self._high_water = trust.high_water
        for note in trust.checkpoints:
            try:
                self._earlier.append(self._open_by_any_key(note))
            except LedgerError as error:
                self.marks.append(
                    Mark("CHECKPOINT-OLD-MALFORMED", None, "a note of this ledger", error.message)
                )

    @property
    def sizes(self) -> set[int]:
        """Every size at which a root is needed to judge them."""
        sizes = {size for size, _ in self._anchored} | {one.size for one in self._earlier}
        return sizes | ({self._high_water[0]} if self._high_water else set())

    def compare(self, roots: Roots) -> Iterator[Mark]:
        """Compare each with the log that is there."""
        for size, shown in self._anchored:
            if size not in roots:
                beyond = Mark("ANCHOR-DIFFERS", None, f"a size up to {self._size}", str(size))
                yield self._unknown(size, beyond)
            elif (shown.size, shown.root) != (size, roots[size]):
                expected = f"{size} {roots[size].hex()}"
                yield Mark("ANCHOR-DIFFERS", None, expected, f"{shown.size} {shown.root.hex()}")
        for old in self._earlier:
            if old.size not in roots:
                yield self._behind(old.size, "CHECKPOINT-OLD-AHEAD")
            elif old.root != roots[old.size]:
                yield _differs("CHECKPOINT-OLD-DIFFERS", old.size, old.root, roots)
        if self._high_water is not None:
            size, root = self._high_water
            if size not in roots:
                yield self._behind(size, "STORE-BEHIND")
            elif root != roots[size]:
                yield _differs("STORE-DIFFERENT", size, root, roots)

    def _behind(self, size: int, code: str) -> Mark:
        return self._unknown(size, Mark(code, None, f"{size} entries", f"{self._size} entries"))

    def _unknown(self, size: int, beyond: Mark) -> Mark:
        """Return why the root at a size is not known: the log ends, or a proof is missing."""
        if not 0 <= size <= self._size:
            return beyond
        return Mark("CONSISTENCY-MISSING", None, f"a proof from {size} entries on", "none")

    def _open(self, note: bytes, size: int) -> Checkpoint:
        return open_checkpoint(note, self._origin, self._authority.checkpoint_key(size))

    def _open_by_any_key(self, note: bytes) -> Checkpoint:
        """Open a note by the newest of the ledger's keys that signed it.

        A truncated log may have lost the rotation that brought the note's key, so its size does
        not tell the key.
        """
        *older, newest = [key for _, key in self._authority.checkpoint_keys]
        for key in older:
            try:
                return open_checkpoint(note, self._origin, key)
            except (Malformed, Refused):
                continue
        return open_checkpoint(note, self._origin, newest)

    def _check_handover(self, note: bytes, size: int) -> None:
        """Check that the checkpoint right after a rotation carries the old key's signature too."""
        old = self._handovers.get(size)
        if old is None:
            return
        try:
            open_checkpoint(note, self._origin, old)
        except LedgerError as error:
            expected = "signatures of the old and the new key"
            self.marks.append(Mark("HANDOVER-SIGNATURE", size - 1, expected, error.message))


def fingerprint_marks(authority: Authority, trust: Trust) -> Iterator[Mark]:
    """Compare the ledger's fingerprint with the one that the auditor got elsewhere."""
    actual = ledger_fingerprint(authority.opened.origin, authority.checkpoint_keys[0][1])
    if trust.fingerprint is None:
        yield Mark("FINGERPRINT-ABSENT", None, "a fingerprint got by another channel", "none")
    elif trust.fingerprint != actual:
        yield Mark("FINGERPRINT-DIFFERS", 0, trust.fingerprint.hex(), actual.hex())


def _differs(code: str, size: int, root: bytes, roots: Roots) -> Mark:
    return Mark(code, None, f"{root.hex()} at {size}", roots[size].hex())
