"""The example ledger as it is published, and as single facts of it are proved."""

from functools import cache
from types import MappingProxyType

from docs.format_examples import ORIGIN, example_ledger
from ledger.authority import Authority
from ledger.entry import Event, read_event
from ledger.evidence.listing import Listing, encode_listing
from ledger.evidence.single import encode_consistency, prove_continued, prove_entry
from ledger.log.bundles import encode_bundle
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import EMPTY_FRONTIER, leaf_hash
from ledger.log.proofs import consistency_proof, inclusion_proof
from ledger.log.tlog_proof import format_tlog_proof
from ledger.signing.signer import MemorySigner
from ledger.source import Anchor

LEAVES = tuple(map(leaf_hash, example_ledger().entries))
FILES = MappingProxyType(
    {
        "checkpoint": example_ledger().note,
        "tile/0/000.p/2": b"".join(LEAVES),
        "tile/entries/000.p/2": encode_bundle(example_ledger().entries),
        "chipledger/2.jsonl": encode_listing(Listing(2)),
    }
)
"""The published log of both entries."""


class ExampleProver:
    """The example ledger, as what proves what it holds."""

    origin = ORIGIN

    @property
    def authority(self) -> Authority:
        """Keys and roles of both entries."""
        authority = Authority()
        for index, statement in enumerate(example_ledger().statements):
            authority.apply(index, statement)
        return authority

    def event(self, index: int) -> Event:
        """Return an entry, read."""
        return read_event(index, self.entry_bytes(index))

    def entry_bytes(self, index: int) -> bytes:
        """Return an entry's bytes."""
        return example_ledger().entries[index]

    def anchors(self) -> list[Anchor]:
        """Return nothing: no key was replaced."""
        return []

    def checkpoint(self) -> bytes:
        """Return the checkpoint of both entries."""
        return example_ledger().note

    def hashes(self, level: int, n: int, width: int) -> bytes:
        """Return the one tile."""
        del level, n
        return b"".join(LEAVES[:width])

    def prove(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return an inclusion proof."""
        return inclusion_proof(self, index, size)

    def prove_consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return a consistency proof."""
        return consistency_proof(self, old, new)


@cache
def entry_proof() -> bytes:
    """Return the file that proves entry 1."""
    return format_tlog_proof(prove_entry(ExampleProver(), 1))


@cache
def consistency_proof_file(signer: MemorySigner) -> bytes:
    """Return the file that proves that both entries continue the first."""
    root = EMPTY_FRONTIER.append(LEAVES[0]).root()
    old = sign_checkpoint(Checkpoint(ORIGIN, 1, root), [signer])
    return encode_consistency(prove_continued(ExampleProver(), old))
