"""Forged proofs of one fact, for the conditions that only these can meet."""

from msgspec import structs

from ledger import canonical
from ledger.evidence.single import Handover, decode_extra, prove_entry
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.note import verifier_key
from ledger.log.tlog_proof import TlogProof, format_tlog_proof
from ledger.trust import Trust
from ledger.verify.single import judge_fork, judge_proof
from tests.forgeries import Case, case
from tests.harness import ORIGIN, signatory, signer_of
from tests.told import SHIPMENT, told


def of_proof(trust: Trust | None = None, **changes: object) -> Case:
    """Return the case of a proof of the shipment whose extra data are others."""
    sound = prove_entry(told().ledger, SHIPMENT)
    extra = structs.replace(decode_extra(sound.extra or b""), **changes)
    proof = TlogProof(sound.index, sound.proof, sound.checkpoint, canonical.encode(extra))
    return of_bytes(format_tlog_proof(proof), trust)


def of_bytes(data: bytes, trust: Trust | None = None) -> Case:
    brought = trust or told().trust()
    source = told().ledger.source()
    return Case(source, brought, lambda: judge_proof(data, brought, "a proof").report)


@case("PROOF-MALFORMED")
def a_file_that_is_no_proof() -> Case:
    return of_bytes(b"c2sp.org/tlog-proof@v1\n")


@case("SIGNER-ABSENT")
def a_proof_without_the_keys_of_those_who_signed() -> Case:
    return of_proof(signers=())


@case("PIN-UNLINKED")
def a_pin_of_another_key_than_the_one_that_signed() -> Case:
    return of_proof(told().trust(pins={"maker": signatory("buyer").key}))


@case("HANDOVER-DIFFERS")
def a_hand_over_without_a_rotation() -> Case:
    path = decode_extra(prove_entry(told().ledger, SHIPMENT).extra or b"").ledger_key
    note = told().ledger.checkpoint().decode()
    handover = Handover(checkpoint=note, entry=path.opening, proof="")
    return of_proof(ledger_key=structs.replace(path, handovers=(handover,)))


@case("FORKED")
def two_checkpoints_of_one_size() -> Case:
    notes = [
        sign_checkpoint(Checkpoint(ORIGIN, 5, bytes([byte]) * 32), [signer_of("ledger")])
        for byte in (1, 2)
    ]
    keys = [verifier_key(ORIGIN, signer_of("ledger").public_key)]
    return Case(told().ledger.source(), told().trust(), lambda: judge_fork(notes, keys, "two"))
