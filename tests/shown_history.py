"""A log as a witness sees it: checkpoints of a history, proofs between them, and its forks."""

from dataclasses import dataclass, field
from functools import cache

from ledger.log.add_checkpoint import AddCheckpoint
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import leaf_hash
from ledger.signing.signer import MemorySigner
from tests.trees import root_of

ORIGIN = "ledger.example.invalid/chips"
KEY = MemorySigner.from_seed(bytes(31) + b"\7")


@dataclass(frozen=True)
class History:
    """The leaves of a log, and the key that signs for it."""

    leaves: tuple[bytes, ...]
    origin: str = ORIGIN
    signer: MemorySigner = field(default=KEY)

    @classmethod
    def make(cls, size: int, word: str = "honest") -> "History":
        """Return a history of this many entries."""
        return cls(tuple(leaf_hash(f"{word} {number}".encode()) for number in range(size)))

    def fork(self, at: int, word: str) -> "History":
        """Return another history under the same key that begins with the first `at` entries."""
        other = History.make(len(self.leaves), word).leaves[at:]
        return History(self.leaves[:at] + other, self.origin, self.signer)

    @property
    def size(self) -> int:
        return len(self.leaves)

    def root(self, size: int) -> bytes:
        return _root(self.leaves[:size])

    def note(self, size: int) -> bytes:
        """Return the signed checkpoint of the first entries."""
        return sign_checkpoint(Checkpoint(self.origin, size, self.root(size)), [self.signer])

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the consistency proof (RFC 6962 section 2.1.2), or none where there is none."""
        return _subproof(old, self.leaves[:new], whole=True) if 0 < old < new else ()

    def request(self, old: int, new: int) -> bytes:
        """Return what is sent to a witness that has `old` entries."""
        return AddCheckpoint(old, self.proof(old, new), self.note(new)).to_bytes()


@cache
def _root(leaves: tuple[bytes, ...]) -> bytes:
    return root_of(leaves)


def _subproof(old: int, leaves: tuple[bytes, ...], *, whole: bool) -> tuple[bytes, ...]:
    if old == len(leaves):
        return () if whole else (_root(leaves),)
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= split:
        return (*_subproof(old, leaves[:split], whole=whole), _root(leaves[split:]))
    return (*_subproof(old - split, leaves[split:], whole=False), _root(leaves[:split]))
