"""Proofs of one entry (C2SP tlog-proof) and of continuation, which are files of their own."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TypeVar

from msgspec import structs

from ledger import canonical
from ledger.evidence.single import (
    Handover,
    decode_extra,
    encode_consistency,
    prove_continued,
    prove_entry,
)
from ledger.log.tlog_proof import TlogProof, format_tlog_proof
from ledger.reader import LedgerReader
from ledger.store.source import StoreSource
from tests.forger import envelope_of, signed_by
from tests.harness import signatory
from tests.told import commissioned, dispatched
from tests.vectors.log import MADE, Log, makers
from tests.vectors.table import Made, made, vector

T = TypeVar("T")


def _proved(log: Log, prove: Callable[[LedgerReader], T]) -> T:
    """Return what a proof of a log is made from, while its store is open."""
    source = log.source()
    assert isinstance(source, StoreSource)
    return prove(LedgerReader(source._recorder, None))


def _sent() -> Log:
    """Return a log of the maker's batch and its shipment."""
    log = makers()
    log.say(commissioned(), "maker")
    log.say(dispatched("SHP-1"), "maker")
    return log


def _rotated() -> Log:
    log = makers()
    log.rotate()
    log.say(dispatched("SHP-1"), "maker")
    log.sign = signed_by("ledger 2")
    return log


@cache
def _batch() -> TlogProof:
    """Return the proof of the batch."""
    return _proof_of(_sent(), MADE)


def _proof_of(log: Log, index: int) -> TlogProof:
    return _proved(log, lambda ledger: prove_entry(ledger, index))


def _told(proof: TlogProof, **brought: object) -> Made:
    return made(format_tlog_proof(proof), kind="proof", **brought)


def _with_extra(proof: TlogProof, **changes: object) -> TlogProof:
    extra = structs.replace(decode_extra(proof.extra or b""), **changes)
    return replace(proof, extra=canonical.encode(extra))


def _bytes(change: Callable[[bytes], bytes]) -> Made:
    return made(change(format_tlog_proof(_batch())), kind="proof")


@vector("good")
def good_proof_of_an_entry() -> Made:
    """One entry with all that leads from the ledger's fingerprint to it."""
    return _told(_batch())


@vector("good")
def good_proof_across_a_handover() -> Made:
    """One entry under a checkpoint of the ledger's second key, with the hand-over."""
    return _told(_proof_of(_rotated(), MADE + 1))


@vector("good")
def good_proof_of_continuation() -> Made:
    """Two checkpoints, and the proof that the newer tree continues the older."""
    return made(_continued(makers().note()), kind="consistency")


def _continued(old: bytes) -> bytes:
    return _proved(_sent(), lambda ledger: encode_consistency(prove_continued(ledger, old)))


@vector("single proof", "FINGERPRINT-DIFFERS")
def single_proof_of_another_ledger() -> Made:
    """The auditor's fingerprint is of another ledger."""
    return _told(_batch(), fingerprint=bytes(32))


@vector("single proof", "INCLUSION-DIFFERS")
def single_proof_of_another_position() -> Made:
    """The proof says one position further than its hashes lead to."""
    return _told(replace(_batch(), index=MADE + 1))


@vector("single proof", "INCLUSION-DIFFERS")
def single_proof_with_another_hash() -> Made:
    """A hash of the proof is another."""
    return _told(replace(_batch(), proof=(bytes(32), *_batch().proof[1:])))


@vector("single proof", "INCLUSION-DIFFERS")
def single_proof_of_another_entry() -> Made:
    """The proof carries another entry of the same log than its hashes are of."""
    other = decode_extra(_proof_of(_sent(), MADE + 1).extra or b"")
    return _told(_with_extra(_batch(), entry=other.entry, signers=other.signers))


@vector("single proof", "HANDOVER-MISSING")
def single_proof_under_a_strangers_checkpoint() -> Made:
    """A stranger signed the checkpoint: the ledger's next key, perhaps, and nothing shows that."""
    log = makers()
    log.say(commissioned(), "maker")
    log.sign = signed_by("stranger")
    return _told(_proof_of(log, MADE))


@vector("single proof", "SIGNATURE")
def single_proof_of_a_forged_statement() -> Made:
    """The operator recorded a batch over a signature of the maker's for another one."""
    log = makers()
    drafts = [log.draft_of(commissioned(name), "maker") for name in ("B-01", "B-02")]
    one, other = (envelope_of(draft, "maker") for draft in drafts)
    log.write(structs.replace(one, signatures=other.signatures))
    return _told(_proof_of(log, MADE))


@vector("single proof", "SIGNER-ABSENT")
def single_proof_without_the_signers_key() -> Made:
    """The public key that the entry is signed with is missing."""
    return _told(_with_extra(_batch(), signers=()))


@vector("single proof", "PIN-UNLINKED")
def single_proof_of_another_key_than_pinned() -> Made:
    """The auditor's pin is of another key of the maker's than the one that signed."""
    return _told(_batch(), pins={"maker": signatory("maker", "maker 2").key})


@vector("single proof", "HANDOVER-DIFFERS")
def single_proof_with_a_handover_that_is_none() -> Made:
    """What stands in a hand-over's place is no rotation of the ledger's key."""
    path = decode_extra(_batch().extra or b"").ledger_key
    note = _sent().note().decode()
    handover = Handover(checkpoint=note, entry=path.opening, proof="")
    return _told(_with_extra(_batch(), ledger_key=structs.replace(path, handovers=(handover,))))


@vector("single proof", "HANDOVER-MISSING")
def single_proof_without_the_handover() -> Made:
    """The checkpoint is signed by the ledger's second key, and the hand-over is left out."""
    proof = _proof_of(_rotated(), MADE + 1)
    path = decode_extra(proof.extra or b"").ledger_key
    return _told(_with_extra(proof, ledger_key=structs.replace(path, handovers=())))


@vector("single proof", "FORKED")
def single_proof_that_contradicts_a_kept_checkpoint() -> Made:
    """The auditor kept a checkpoint of the same size with another root: two histories."""
    other = makers()
    other.say(commissioned("B-09"), "maker")
    other.say(dispatched("SHP-9"), "maker")
    return _told(_batch(), checkpoints=[other.note()])


@vector("single proof", "PROOF-MALFORMED")
def single_proof_without_its_checkpoint() -> Made:
    """The file ends before the checkpoint."""
    return _bytes(lambda data: data[: data.index(b"\n\n")])


@vector("single proof", "PROOF-MALFORMED")
def single_proof_with_an_index_of_two_zeros() -> Made:
    """The position is written 04."""
    return _bytes(lambda data: data.replace(b"\nindex 4\n", b"\nindex 04\n"))


@vector("single proof", "PROOF-MALFORMED")
def single_proof_with_carriage_returns() -> Made:
    """Lines end in CR LF behind the first."""
    return _bytes(lambda data: data.replace(b"\n", b"\r\n").replace(b"@v1\r\n", b"@v1\n"))


@vector("single proof", "PROOF-MALFORMED")
def single_proof_with_extra_data_in_another_spelling() -> Made:
    """A space stands in the extra data, which are canonical JSON."""
    extra = (_batch().extra or b"").replace(b'":', b'": ', 1)
    return _told(replace(_batch(), extra=extra))


@vector("single proof", "CONSISTENCY-DIFFERS")
def continuation_of_another_history() -> Made:
    """The older checkpoint, which the ledger signed, is of a history that was rewritten since."""
    other = makers().copy(MADE - 1)
    other.say(dispatched("SHP-9"), "maker")
    old, new = makers().note().decode(), other.note().decode()
    data = _continued(makers().note()).decode()
    return made(_put_note(data, old, new).encode(), kind="consistency")


def _put_note(data: str, old: str, new: str) -> str:
    before, after = (canonical.encode(note).decode() for note in (old, new))
    assert before in data
    return data.replace(before, after)


@vector("single proof", "PROOF-MALFORMED")
def continuation_in_another_spelling() -> Made:
    """A space stands in the file."""
    data = _continued(makers().note())
    return made(data.replace(b'"new":', b'"new": '), kind="consistency")
