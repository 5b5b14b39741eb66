"""Proofs of one entry, of continuation and of a fork: judged from nothing but a fingerprint."""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from msgspec import structs

from ledger import canonical
from ledger.__main__ import main
from ledger.authority import public_key
from ledger.entry import Event
from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.events.ledger import LedgerKeyRotated
from ledger.evidence import single as proofs
from ledger.evidence.single import (
    CONSISTENCY_START,
    ConsistencyFile,
    EntryExtra,
    KeyPath,
    decode_consistency,
    decode_extra,
    encode_consistency,
    hashes,
    prove_continued,
    prove_entry,
    read_proof,
)
from ledger.log.checkpoint import Checkpoint, parse_checkpoint_text, sign_checkpoint
from ledger.log.cosignature import cosign
from ledger.log.merkle import leaf_hash, node_hash
from ledger.log.note import Note, NoteSignature, format_note, parse_note, verifier_key
from ledger.log.tlog_proof import TLOG_PROOF_SIZE_MAX, TlogProof, format_tlog_proof
from ledger.signing.signer import key_id
from ledger.trust import Trust
from ledger.trust.policy import parse_policy
from ledger.verify.judgement import Judgement
from ledger.verify.ledger_key import fork_marks
from ledger.verify.one_entry import unpinned
from ledger.verify.report import Report
from ledger.verify.single import judge_fork, judge_proof
from tests.forgeries import ONE_WITNESS, witness
from tests.harness import ORIGIN, Story, codes, signatory, signer_of
from tests.told import ACCEPTANCE, ENROLLED, SHIPMENT, told


@pytest.fixture(scope="module")
def rotated() -> Iterator[Story]:
    """A ledger whose key was replaced twice."""
    with Story() as story:
        story.party("maker", "maker")
        for name in ("ledger 2", "ledger 3"):
            rotate(story, name)
            story.party(f"buyer-{name[-1]}", "owner")
        yield story


def rotate(story: Story, name: str) -> None:
    new = signer_of(name)
    data = LedgerKeyRotated(checkpoint_key=public_key(new.public_key, "ledger"), reason="due")
    story.ledger.append(story.submission(data, "operator"), new_key=new)


def judged(proof: TlogProof, trust: Trust | None = None) -> Report:
    return judge_proof(format_tlog_proof(proof), trust or told().trust(), "a proof").report


@cache
def shipment() -> TlogProof:
    return prove_entry(told().ledger, SHIPMENT)


def extra(proof: TlogProof) -> EntryExtra:
    return decode_extra(proof.extra or b"")


def with_extra(proof: TlogProof, **changes: object) -> TlogProof:
    changed = structs.replace(extra(proof), **changes)
    return replace(proof, extra=canonical.encode(changed))


def with_path(proof: TlogProof, **changes: object) -> TlogProof:
    path = structs.replace(extra(proof).ledger_key, **changes)
    return with_extra(proof, ledger_key=path)


def pin(party: str, name: str | None = None) -> dict[str, str]:
    return {party: signatory(party, name).key}


# --- one entry ----------------------------------------------------------------------------------


def test_any_entry_is_proved_from_the_fingerprint_alone() -> None:
    for index in range(told().ledger.size):
        proof = prove_entry(told().ledger, index)
        judgement = judge_proof(format_tlog_proof(proof), told().trust(), "a proof")
        report = judgement.report
        assert judgement.note == told().ledger.checkpoint()
        assert (report.verdict, report.marks) == ("PASS", ())
        assert report.scope == f"entry {index} of {told().ledger.size}"
        assert judgement.event == told().ledger.event(index)
        assert report.demonstration
        assert report.fingerprint == told().ledger.fingerprint.hex()


def test_it_says_what_it_did_not_check() -> None:
    report = judged(shipment())
    asked = {one.number: one.verdict for one in report.steps}
    assert asked == {
        **dict.fromkeys((1, 3, 4, 6), "PASS"),
        **dict.fromkeys((2, 5, 7, 8, 9, 10), "NOT ASKED"),
    }
    maker, carrier = (signatory(one).key[:8] for one in ("maker", "carrier"))
    assert f"whether key {maker}… is maker's: it was not pinned" in report.not_checked
    assert f"whether key {carrier}… is carrier's: it was not pinned" in report.not_checked
    assert any("control chain" in line for line in report.not_checked)
    event = told().ledger.event(SHIPMENT)
    assert set(unpinned(event, told().trust())) <= set(report.not_checked)


def test_a_pin_vouches_for_a_signers_key() -> None:
    trust = told().trust(pins=pin("maker"), required_pins=("maker",))
    report = judged(shipment(), trust)
    assert (report.verdict, report.steps[4].verdict) == ("PASS", "PASS")
    assert not any("maker's" in line for line in report.not_checked)


def test_the_key_is_followed_through_every_hand_over(rotated: Story) -> None:
    for index in range(rotated.ledger.size):
        report = judged(prove_entry(rotated.ledger, index), rotated.trust())
        assert (report.verdict, report.marks) == ("PASS", ())
    path = extra(prove_entry(rotated.ledger, 1)).ledger_key
    assert len(path.handovers) == 2


Change = Callable[[TlogProof], TlogProof]


def other_entry(proof: TlogProof) -> TlogProof:
    return with_extra(proof, entry=told().ledger.entry_bytes(ACCEPTANCE).decode())


def signed_by(proof: TlogProof, *names: str, origin: str = ORIGIN) -> bytes:
    checkpoint = parse_checkpoint_text(parse_note(proof.checkpoint).text)
    changed = Checkpoint(origin, checkpoint.size, checkpoint.root)
    return sign_checkpoint(changed, [signer_of(name) for name in names])


def bad_line(proof: TlogProof) -> TlogProof:
    note = parse_note(proof.checkpoint)
    [line] = note.signatures
    bad = NoteSignature(line.name, line.key_hash, bytes(64))
    return replace(proof, checkpoint=format_note(Note(note.text, (bad,))))


FORGED: dict[str, tuple[Change, str, str]] = {
    "another entry": (other_entry, "FAIL", "INCLUSION-DIFFERS"),
    "another position": (lambda one: replace(one, index=3), "FAIL", "INCLUSION-DIFFERS"),
    "no such position": (lambda one: replace(one, index=99), "FAIL", "INCLUSION-DIFFERS"),
    "a shorter proof": (
        lambda one: replace(one, proof=one.proof[1:]),
        "FAIL",
        "INCLUSION-DIFFERS",
    ),
    "another opening's proof": (
        lambda one: with_path(one, opening_proof=""),
        "FAIL",
        "INCLUSION-DIFFERS",
    ),
    "another opening": (
        lambda one: with_path(one, opening=told().ledger.entry_bytes(1).decode()),
        "FAIL",
        "ENTRY0-MALFORMED",
    ),
    "no opening": (lambda one: with_path(one, opening="{}"), "FAIL", "ENTRY0-MALFORMED"),
    "no extra data": (lambda one: replace(one, extra=None), "FAIL", "PROOF-MALFORMED"),
    "other extra data": (lambda one: replace(one, extra=b"{}"), "FAIL", "PROOF-MALFORMED"),
    "half a hash": (lambda one: with_path(one, opening_proof="AAAA"), "FAIL", "PROOF-MALFORMED"),
    "no checkpoint": (lambda one: replace(one, checkpoint=b"x"), "FAIL", "CHECKPOINT-MALFORMED"),
    "another key's checkpoint": (
        lambda one: replace(one, checkpoint=signed_by(one, "thief")),
        "UNDECIDED",
        "HANDOVER-MISSING",
    ),
    "another log's checkpoint": (
        lambda one: replace(one, checkpoint=signed_by(one, "ledger", origin="other.invalid")),
        "FAIL",
        "CHECKPOINT-SIGNATURE",
    ),
    "a signature that does not verify": (bad_line, "FAIL", "CHECKPOINT-SIGNATURE"),
    "no signers' keys": (lambda one: with_extra(one, signers=()), "UNDECIDED", "SIGNER-ABSENT"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_proof_is_found(name: str) -> None:
    change, verdict, code = FORGED[name]
    report = judged(change(shipment()))
    assert (report.verdict, codes(report)) == (verdict, {code})


def test_without_a_fingerprint_nobody_says_which_ledger_it_is() -> None:
    report = judged(shipment(), Trust())
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"FINGERPRINT-ABSENT"})
    report = judged(shipment(), Trust(fingerprint=bytes(32)))
    assert (report.verdict, codes(report)) == ("FAIL", {"FINGERPRINT-DIFFERS"})


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"pins": pin("maker", "buyer")}, "PIN-UNLINKED"),
        ({"pins": pin("buyer")}, "PIN-MISSING"),
        ({"required_pins": ("maker",)}, "PIN-MISSING"),
    ],
)
def test_a_pin_that_vouches_for_nothing_leaves_the_verdict_open(
    more: dict[str, object], code: str
) -> None:
    report = judged(shipment(), told().trust(**more))
    assert (report.verdict, codes(report)) == ("UNDECIDED", {code})


# Entries that no ledger would have taken in, in a tree of their own.


def alone(data: bytes) -> TlogProof:
    """Return the proof of an entry in a tree of it and entry 0, signed by the ledger's key."""
    leaves = [leaf_hash(told().ledger.entry_bytes(0)), leaf_hash(data)]
    note = sign_checkpoint(Checkpoint(ORIGIN, 2, node_hash(*leaves)), [signer_of("ledger")])
    changed = with_path(shipment(), opening_proof=proofs.hashes_text((leaves[1],)))
    changed = with_extra(changed, entry=data.decode())
    return replace(changed, index=1, proof=(leaves[0],), checkpoint=note)


def altered(**changes: object) -> bytes:
    entry = told().ledger.event(SHIPMENT).entry
    return canonical.encode(
        structs.replace(entry, envelope=structs.replace(entry.envelope, **changes))
    )


@pytest.mark.parametrize(
    ("data", "verdict", "found"),
    [
        (altered(), "PASS", set()),
        (altered() + b" ", "FAIL", {"ENTRY-MALFORMED"}),
        (altered(signatures=()), "FAIL", {"SIGNATURE-COUNT"}),
    ],
)
def test_an_entry_that_the_log_holds_is_judged_by_its_bytes(
    data: bytes, verdict: str, found: set[str]
) -> None:
    report = judged(alone(data))
    assert (report.verdict, codes(report)) == (verdict, found)


def test_a_signature_of_another_statement_is_found() -> None:
    entry = told().ledger.event(SHIPMENT).entry
    first, second = entry.envelope.signatures
    swapped = (structs.replace(first, sig=second.sig), second)
    report = judged(alone(altered(signatures=swapped)))
    assert (report.verdict, codes(report)) == ("FAIL", {"SIGNATURE"})


def test_a_statement_for_another_ledger_or_of_an_unknown_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = told().ledger.event(SHIPMENT)
    foreign = Event(
        event.index,
        event.entry,
        structs.replace(event.statement, ledger="other.invalid"),
        event.payload_sha256,
    )
    read = "ledger.verify.one_entry.read_event"
    monkeypatch.setattr(read, lambda *_: foreign)
    assert codes(judged(shipment())) == {"OTHER-LEDGER"}

    def unknown(*_: object) -> Event:
        raise Unavailable("TYPE-UNKNOWN", "Later.v1")

    monkeypatch.setattr(read, unknown)
    report = judged(shipment())
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"TYPE-UNKNOWN"})


def test_a_signers_key_that_is_no_key_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(raw: bytes) -> None:
        if raw != signer_of("ledger").public_key:
            raise Malformed("KEY-SMALL-ORDER", "anybody signs for it")

    monkeypatch.setattr("ledger.verify.one_entry.check_public_key", refuse)
    assert codes(judged(shipment())) == {"KEY-SMALL-ORDER"}


def test_a_machine_that_cannot_judge_leaves_the_verdict_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unable(*_: object) -> bool:
        raise Unavailable("ED25519-NO-BACKEND", "none")

    monkeypatch.setattr("ledger.verify.one_entry.verify", unable)
    report = judged(shipment())
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"SOURCE-UNREADABLE"})


def test_no_changed_byte_of_a_proof_passes() -> None:
    data = format_tlog_proof(shipment())
    for at in random.Random(4).sample(range(len(data)), 400):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert judge_proof(changed, told().trust(), "a proof").report.verdict != "PASS", at


# --- hand-overs ---------------------------------------------------------------------------------


def handed(story: Story, change: Callable[[KeyPath], KeyPath]) -> Report:
    proof = prove_entry(story.ledger, 1)
    return judged(with_extra(proof, ledger_key=change(extra(proof).ledger_key)), story.trust())


def first_with(path: KeyPath, **changes: object) -> KeyPath:
    first, *rest = path.handovers
    return structs.replace(path, handovers=(structs.replace(first, **changes), *rest))


def test_a_hand_over_that_is_missing_leaves_the_verdict_open(rotated: Story) -> None:
    report = handed(rotated, lambda path: structs.replace(path, handovers=path.handovers[:1]))
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"HANDOVER-MISSING"})


def test_a_hand_over_to_a_thief_is_found(rotated: Story) -> None:
    """The old key's checkpoint, with a line of the thief's added, names no thief."""
    note = extra(prove_entry(rotated.ledger, 1)).ledger_key.handovers[0].checkpoint
    text = parse_note(note.encode()).text
    checkpoint = parse_checkpoint_text(text)
    stolen = sign_checkpoint(checkpoint, [signer_of("ledger"), signer_of("thief")])
    report = handed(rotated, lambda path: first_with(path, checkpoint=stolen.decode()))
    assert (report.verdict, "HANDOVER-SIGNATURE" in codes(report)) == ("FAIL", True)
    alone_signed = sign_checkpoint(checkpoint, [signer_of("ledger 2")])
    report = handed(rotated, lambda path: first_with(path, checkpoint=alone_signed.decode()))
    assert (report.verdict, "HANDOVER-SIGNATURE" in codes(report)) == ("FAIL", True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda path: first_with(path, entry="{}"), "HANDOVER-DIFFERS"),
        (lambda path: first_with(path, entry=path.opening), "HANDOVER-DIFFERS"),
        (lambda path: first_with(path, proof="AAAA"), "HANDOVER-DIFFERS"),
        (lambda path: first_with(path, proof=""), "INCLUSION-DIFFERS"),
        (
            lambda path: structs.replace(path, handovers=path.handovers[:1] * 2),
            "HANDOVER-DIFFERS",
        ),
    ],
)
def test_a_hand_over_that_shows_no_rotation_is_found(
    change: Callable[[KeyPath], KeyPath], code: str, rotated: Story
) -> None:
    report = handed(rotated, change)
    assert (report.verdict, code in codes(report)) == ("FAIL", True)


def test_a_ledger_that_lost_a_hand_over_cannot_prove(monkeypatch: pytest.MonkeyPatch) -> None:
    with Story() as story:
        rotate(story, "ledger 2")
        monkeypatch.setattr(type(story.ledger), "anchors", lambda _: [])
        with pytest.raises(Unavailable, match="HANDOVER-MISSING"):
            prove_entry(story.ledger, 0)


def test_an_anchor_of_one_key_alone_is_no_hand_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with Story() as story:
        rotate(story, "ledger 2")
        [anchor] = story.ledger.anchors()
        checkpoint = parse_checkpoint_text(parse_note(anchor.note).text)
        single = anchor._replace(note=sign_checkpoint(checkpoint, [signer_of("ledger 2")]))
        monkeypatch.setattr(type(story.ledger), "anchors", lambda _: [single, anchor])
        assert judged(prove_entry(story.ledger, 0), story.trust()).verdict == "PASS"


# --- consistency --------------------------------------------------------------------------------


def grown() -> tuple[Story, list[bytes]]:
    """Return a ledger, and its checkpoints as it grew and rotated its key."""
    story = Story()
    notes = [story.ledger.checkpoint()]
    for name in ("maker", "buyer"):
        story.party(name, "maker")
        notes.append(story.ledger.checkpoint())
        rotate(story, f"ledger of {name}")
        notes.append(story.ledger.checkpoint())
    return story, notes


def continued(file: ConsistencyFile, trust: Trust) -> Report:
    return judge_proof(encode_consistency(file), trust, "a proof").report


def test_every_earlier_checkpoint_is_continued() -> None:
    story, notes = grown()
    scopes = []
    for note in notes:
        file = prove_continued(story.ledger, note)
        assert encode_consistency(file).startswith(CONSISTENCY_START)
        report = continued(file, story.trust())
        assert (report.verdict, report.marks) == ("PASS", ())
        scopes.append(report.scope)
    size = story.ledger.size
    assert (scopes[0], scopes[-1]) == (
        f"consistency of 1 with {size}",
        f"consistency of {size} with {size}",
    )
    story.ledger.close()


def test_a_proof_of_consistency_that_does_not_hold_is_found() -> None:
    story, notes = grown()
    file = prove_continued(story.ledger, notes[1])
    size = parse_checkpoint_text(parse_note(notes[1]).text).size
    forged = sign_checkpoint(Checkpoint(ORIGIN, size, bytes(32)), [signer_of("ledger")])
    for changed, code in (
        (structs.replace(file, proof=""), "CONSISTENCY-DIFFERS"),
        (structs.replace(file, old=forged.decode()), "CONSISTENCY-DIFFERS"),
        (structs.replace(file, old="x"), "CHECKPOINT-MALFORMED"),
        (structs.replace(file, old=file.new, new=file.old), "CONSISTENCY-DIFFERS"),
    ):
        report = continued(changed, story.trust())
        assert (report.verdict, code in codes(report)) == ("FAIL", True), code
    bare = structs.replace(file.ledger_key, opening="{}")
    report = continued(structs.replace(file, ledger_key=bare), story.trust())
    assert codes(report) == {"ENTRY0-MALFORMED"}
    story.ledger.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data + b"\n",
        lambda data: data.replace(b":", b": ", 1),
        lambda data: data[:1] + data[-2:],
        lambda data: data[:40] + b"\xff" + data[40:],
    ],
)
def test_a_file_that_is_no_proof_of_consistency_is_refused(
    change: Callable[[bytes], bytes],
) -> None:
    data = encode_consistency(prove_continued(told().ledger, told().ledger.checkpoint()))
    with pytest.raises(Malformed):
        decode_consistency(change(data))
    report = judge_proof(change(data), told().trust(), "a proof").report
    assert (report.verdict, codes(report)) == ("FAIL", {"PROOF-MALFORMED"})


# --- forks --------------------------------------------------------------------------------------


def forged_note(size: int, root: bytes = bytes(32), *, key: str = "ledger") -> bytes:
    return sign_checkpoint(Checkpoint(ORIGIN, size, root), [signer_of(key)])


def ledger_key(name: str = "ledger", origin: str = ORIGIN) -> str:
    return verifier_key(origin, signer_of(name).public_key)


def test_two_checkpoints_of_one_size_with_different_roots_prove_a_fork() -> None:
    report = judge_fork([forged_note(5), forged_note(5, b"\1" * 32)], [ledger_key()], "two")
    assert (report.verdict, codes(report)) == ("FAIL", {"FORKED"})
    [mark] = report.marks
    assert (mark.expected, mark.found) == (f"5 {'00' * 32}", f"5 {'01' * 32}")


def test_equal_checkpoints_do_not_contradict() -> None:
    report = judge_fork([forged_note(5), forged_note(5)], [ledger_key()], "two")
    assert report.verdict == "PASS"


def test_checkpoints_of_two_sizes_need_a_proof_between_them() -> None:
    report = judge_fork([forged_note(5), forged_note(6)], [ledger_key()], "two")
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"CONSISTENCY-MISSING"})


def test_a_fork_is_told_once_for_each_pair() -> None:
    three = [Checkpoint(ORIGIN, 5, bytes([byte]) * 32) for byte in (1, 2, 2)]
    assert len(list(fork_marks(three))) == 1
    assert len(list(fork_marks([*three, Checkpoint(ORIGIN, 5, bytes(32))]))) == 3


def test_keys_that_followed_each_other_are_given_together() -> None:
    notes = [forged_note(5), forged_note(5, b"\1" * 32, key="ledger 2")]
    report = judge_fork(notes, [ledger_key(), ledger_key("ledger 2")], "two")
    assert codes(report) == {"FORKED"}
    report = judge_fork(notes, [ledger_key()], "two")
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"HANDOVER-MISSING"})


def test_what_the_key_did_not_sign_proves_no_fork() -> None:
    note = parse_note(forged_note(5))
    line = NoteSignature(ORIGIN, note.signatures[0].key_hash, bytes(64))
    bad = format_note(Note(note.text, (line,)))
    report = judge_fork([bad, forged_note(5)], [ledger_key(), ledger_key("ledger 2")], "two")
    assert codes(report) == {"CHECKPOINT-SIGNATURE"}
    report = judge_fork([b"x", forged_note(5)], [ledger_key()], "two")
    assert codes(report) == {"CHECKPOINT-MALFORMED"}


def test_the_keys_are_of_one_ledger() -> None:
    for keys in ([ledger_key(), ledger_key(origin="other.invalid")], ["x"]):
        with pytest.raises(LedgerError, match="VERIFIER-KEY"):
            judge_fork([forged_note(5)], keys, "one")


def test_a_proof_is_compared_with_what_the_auditor_kept() -> None:
    size = told().ledger.size
    kept = {
        "PASS": told().ledger.checkpoint(),
        "FORKED": forged_note(size),
        "CONSISTENCY-MISSING": forged_note(size - 1),
        "CHECKPOINT-OLD-MALFORMED": b"x",
    }
    for code, note in kept.items():
        report = judged(shipment(), told().trust(checkpoints=(note,)))
        assert codes(report) | ({"PASS"} if report.verdict == "PASS" else set()) == {code}
    line = NoteSignature(ORIGIN, parse_note(kept["FORKED"]).signatures[0].key_hash, bytes(64))
    bad = format_note(Note(parse_note(kept["FORKED"]).text, (line,)))
    report = judged(shipment(), told().trust(checkpoints=(bad,)))
    assert codes(report) == {"CHECKPOINT-OLD-MALFORMED"}


def test_the_keys_of_the_proof_are_sorted_and_none_is_repeated() -> None:
    assert list(extra(shipment()).signers) == sorted(extra(shipment()).signers)
    enrolment = extra(prove_entry(told().ledger, ENROLLED))
    assert len(enrolment.signers) == 2
    assert hashes("") == ()
    assert key_id(signer_of("maker").public_key) == signatory("maker").key


def test_a_rotation_that_came_after_the_checkpoint_is_not_in_the_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Story() as story:
        before = story.ledger.checkpoint()
        rotate(story, "ledger 2")
        monkeypatch.setattr(type(story.ledger), "checkpoint", lambda _: before)
        proof = prove_entry(story.ledger, 0)
        assert extra(proof).ledger_key.handovers == ()
        assert judged(proof, story.trust()).verdict == "PASS"


def test_a_file_is_a_proof_by_how_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for data in (
        format_tlog_proof(shipment()),
        encode_consistency(prove_continued(told().ledger, told().ledger.checkpoint())),
    ):
        path.write_bytes(data)
        assert read_proof(path) == data
    for data in (b"", b"c2sp.org/tlog-proof", b'{"format":"chipledger-evidence-v1"'):
        path.write_bytes(data)
        assert read_proof(path) is None
    assert read_proof(tmp_path) is None
    assert read_proof(Path("a\0b")) is None


def test_no_more_of_a_file_is_read_than_a_proof_can_have(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(format_tlog_proof(shipment()))
    os.truncate(path, 2**30)
    data = read_proof(path) or b""
    assert len(data) == TLOG_PROOF_SIZE_MAX + 1
    assert codes(judge_proof(data, told().trust(), "a proof").report) == {"PROOF-MALFORMED"}


def test_the_program_for_strangers_judges_a_proof(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shipment.tlog-proof"
    path.write_bytes(format_tlog_proof(shipment()))
    assert main([str(path), "--key", told().ledger.fingerprint.hex()]) == 0
    assert "audit of proof shipment.tlog-proof\n" in capsys.readouterr().out
    assert main([str(path)]) == 3


# --- witnesses and time stamps ------------------------------------------------------------------

ONE = parse_policy(ONE_WITNESS.encode())


def cosigned_by(name: str, note: bytes, at: int = 100) -> bytes:
    read = parse_note(note)
    line = cosign(read.text, witness(name).name, signer_of(name), at)
    return format_note(Note(read.text, (*read.signatures, line)))


def test_a_policy_is_asked_of_a_proofs_checkpoint() -> None:
    trust = told().trust(policy=ONE)
    report = judged(shipment(), trust)
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"WITNESS-QUORUM"})
    seen = replace(shipment(), checkpoint=cosigned_by("w1", shipment().checkpoint))
    report = judged(seen, trust)
    assert (report.verdict, report.cosigned) == ("PASS", told().ledger.size)
    [dated] = report.dated
    assert (dated.entry, dated.not_after) == (SHIPMENT, "1970-01-01T00:01:40Z")
    assert not any("no policy" in line for line in report.not_checked)
    assert any("no policy" in line for line in judged(shipment()).not_checked)


def test_a_policy_is_asked_of_both_checkpoints_of_a_continuation() -> None:
    story, notes = grown()
    trust = story.trust(policy=ONE)
    file = prove_continued(story.ledger, cosigned_by("w1", notes[0]))
    report = continued(file, trust)
    assert (report.verdict, report.cosigned) == ("PASS", 1)
    assert "whether witnesses saw entry 1 and later ones" in report.not_checked
    report = continued(prove_continued(story.ledger, notes[0]), trust)
    assert codes(report) == {"WITNESS-QUORUM"}
    story.ledger.close()


def test_a_time_stamp_that_is_asked_for_is_in_no_proof() -> None:
    report = judged(shipment(), told().trust(tsa_roots=(b"a root",)))
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"TIMESTAMP-MISSING"})


def test_steps_are_those_of_every_judgement() -> None:
    judgement = Judgement("a proof", told().trust(), 6)
    assert judgement.report().verdict == "UNDECIDED"
