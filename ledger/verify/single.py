"""Judging proofs of one fact, with the steps, codes and words of an audit.

A proof shows what it is about and nothing else: rights, and keys in force, need the control chain,
which a selection or a full log carries.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.entry import Event
from ledger.errors import LedgerError, Malformed
from ledger.evidence.single import (
    CONSISTENCY_START,
    ConsistencyFile,
    decode_consistency,
    decode_extra,
    hashes,
)
from ledger.log.checkpoint import ledger_fingerprint
from ledger.log.note import parse_verifier_key
from ledger.log.proofs import verify_consistency
from ledger.log.tlog_proof import TlogProof, parse_tlog_proof
from ledger.signing.envelope import decode_base64
from ledger.trust import Trust
from ledger.verify.conditions import CONDITIONS
from ledger.verify.judgement import OF_A_PROOF, Judgement
from ledger.verify.ledger_key import LedgerKeys, fork_marks
from ledger.verify.one_entry import pin_marks, read_entry, signature_marks, unpinned
from ledger.verify.report import Mark, Report

_TREE, _SIGNATURES = 3, 6
_OF_AN_ENTRY = (
    "rights, and whether keys were in force: that needs the control chain (`chipledger export`)",
    "whether the entry was corrected, voided or disputed later",
    "documents",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a judgement or an audit.

    Attributes:
        report: the report.
        note: the newest checkpoint of what passed, else nothing.
        event: the one entry that a proof is of, where nothing contradicts that the log holds it.
    """

    report: Report
    note: bytes = b""
    event: Event | None = None


def judge_proof(data: bytes, trust: Trust, name: str) -> Judged:
    """Judge a proof of one entry, or of consistency, by how it begins.

    Args:
        data: the file's bytes.
        trust: what the auditor brings.
        name: what the report calls the file.
    """
    continued = data.startswith(CONSISTENCY_START)
    judgement = Judgement(name, trust, _TREE if continued else _SIGNATURES)
    note, event = b"", None
    try:
        if continued:
            file = decode_consistency(data)
            note = file.new.encode()
            _consistency(judgement, file)
        else:
            proof = parse_tlog_proof(data)
            note = proof.checkpoint
            event = _entry(judgement, proof)
    except LedgerError as error:
        judgement.fail(error)
    report = judgement.report()
    if report.verdict == "PASS":
        return Judged(report, note, event)
    return Judged(report, event=event if report.verdict == "UNDECIDED" else None)


def _entry(judgement: Judgement, proof: TlogProof) -> Event | None:
    judgement.not_checked += _OF_AN_ENTRY
    extra = decode_extra(proof.extra or b"")
    opening_proof = hashes(extra.ledger_key.opening_proof)
    judgement.scope = f"entry {proof.index}"
    found = judgement.findings
    # 1 entry 0, the ledger's keys, the checkpoint, and what the auditor kept
    keys = judgement.keys(extra.ledger_key)
    newest = None if keys is None else judgement.open(keys, proof.checkpoint)
    if keys is None or newest is None:
        return None
    judgement.kept(keys, [newest])
    judgement.scope = f"entry {proof.index} of {newest.size}"
    # 2 witnesses and time stamps, as the policy asks
    judgement.seen_outside(keys, [proof.checkpoint])
    # 3 entry 0 and the entry stand in the tree
    found.begin(3)
    found.count(3, 2)
    both = judgement.includes(extra.ledger_key.opening, 0, opening_proof)
    if not judgement.includes(extra.entry, proof.index, proof.proof) or not both:
        return None
    judgement.index = proof.index
    # 4 the entry's spelling
    found.begin(4)
    event, marks = read_entry(proof.index, extra.entry.encode(), keys.origin)
    found.add(marks)
    found.count(4, 1)
    if event is None:
        return None
    # 5 pins
    found.begin(5)
    found.add(pin_marks(event, judgement.trust))
    if judgement.trust.pins or judgement.trust.required_pins:
        found.count(5, len(judgement.trust.pins))
    judgement.not_checked += unpinned(event, judgement.trust)
    # 6 signatures
    found.begin(6)
    found.add(signature_marks(event, [decode_base64(one, "key") for one in extra.signers]))
    found.count(6, len(event.statement.signatories))
    return event


def _consistency(judgement: Judgement, file: ConsistencyFile) -> None:
    path, opening_proof = hashes(file.proof), hashes(file.ledger_key.opening_proof)
    judgement.scope = "consistency"
    # 1 entry 0, the ledger's keys, both checkpoints, and what the auditor kept
    keys = judgement.keys(file.ledger_key)
    if keys is None:
        return
    old, new = (judgement.open(keys, note.encode()) for note in (file.old, file.new))
    if old is None or new is None:
        return
    judgement.kept(keys, [old, new])
    judgement.scope = f"consistency of {old.size} with {new.size}"
    # 2 witnesses and time stamps, as the policy asks
    judgement.seen_outside(keys, [file.new.encode(), file.old.encode()])
    # 3 entry 0 stands in the tree, and the newer tree continues the older
    found = judgement.findings
    found.begin(3)
    found.count(3, 2)
    judgement.includes(file.ledger_key.opening, 0, opening_proof)
    if not verify_consistency(old.size, new.size, old.root, new.root, path):
        expected = f"a tree that continues {old.size} {old.root.hex()}"
        found.add([Mark("CONSISTENCY-DIFFERS", None, expected, f"{new.size} {new.root.hex()}")])


def judge_fork(notes: Sequence[bytes], verifier_keys: Sequence[str], name: str) -> Report:
    """Judge whether checkpoints contradict each other: FAIL is the proof that they do.

    Args:
        notes: the checkpoints, signed notes.
        verifier_keys: the ledger's keys as the auditor got them, `name+hash+key` (C2SP).
        name: what the report calls the notes.

    Raises:
        Malformed: VERIFIER-KEY.
    """
    (origin, first), *others = [parse_verifier_key(text) for text in verifier_keys]
    if any(name != origin for name, _ in others):
        raise Malformed("VERIFIER-KEY", "the keys are not of one ledger", hint="give those of one")
    known = [LedgerKeys(origin, [(0, key)]) for key in (first, *(key for _, key in others))]
    told = "of the key that you gave"
    trust = Trust(fingerprint=ledger_fingerprint(origin, first), fingerprint_from=told)
    judgement = Judgement(name, trust, 1)
    judgement.scope = f"{len(notes)} checkpoints"
    judgement.not_checked = list(OF_A_PROOF[:1])
    found = judgement.findings
    found.begin(1)
    checkpoints = []
    for note in notes:
        tried = [keys.open(note) for keys in known]
        checkpoint = next((one for one, _ in tried if one is not None), None)
        if checkpoint is None:
            # That a known key's signature is wrong weighs more than that another key signed.
            marks = (mark for _, marks in tried for mark in marks)
            found.add([min(marks, key=lambda mark: CONDITIONS[mark.code].verdict)])
        else:
            checkpoints.append(checkpoint)
    found.add(fork_marks(checkpoints))
    sizes = sorted({one.size for one in checkpoints})
    if len(sizes) > 1:
        found.add([Mark("CONSISTENCY-MISSING", None, f"a proof from {sizes[0]} entries", "none")])
    found.count(1, len(notes))
    return judgement.report()
