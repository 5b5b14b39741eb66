"""Checkpoints go out with what witnesses added to them."""

from pathlib import Path

from ledger.evidence.cosigned import with_cosignatures
from ledger.evidence.folder import Folder
from ledger.evidence.published import PublishedSource
from ledger.evidence.publishing import publish
from ledger.evidence.single import prove_entry
from ledger.log.note import Note, NoteSignature, format_note, parse_note, sign_note
from ledger.log.tlog_proof import format_tlog_proof
from ledger.source import Anchor
from ledger.store.reader import Anchor as StoredAnchor
from ledger.verify.audit import audit
from ledger.verify.single import judge_proof
from tests.harness import Story, signer_of

TEXT = "ledger.example/log\n5\nroot\n"
OWN = sign_note(TEXT, "ledger.example/log", signer_of("ledger"))
NOTE = format_note(Note(TEXT, (OWN,)))


def cosigned(*names: str, text: str = TEXT, own: NoteSignature = OWN) -> Anchor:
    lines = tuple(sign_note(text, name, signer_of(name)) for name in names)
    return Anchor(5, format_note(Note(text, (own, *lines))), None)


def names(note: bytes) -> list[str]:
    return [line.name for line in parse_note(note).signatures]


def test_lines_of_all_anchors_of_the_same_text_are_joined() -> None:
    anchors = [cosigned("w2.example"), cosigned("w1.example", "w2.example"), Anchor(5, b"x", None)]
    note = with_cosignatures(NOTE, anchors)
    assert names(note) == ["ledger.example/log", "w1.example", "w2.example"]
    assert with_cosignatures(note, anchors) == note


def test_another_text_or_another_line_of_the_ledgers_key_adds_nothing() -> None:
    bad = NoteSignature(OWN.name, OWN.key_hash, bytes(64))
    other = cosigned("w.example", text="ledger.example/log\n6\nroot\n")
    assert with_cosignatures(NOTE, [other, cosigned(own=bad)]) == NOTE


def test_more_than_a_note_can_hold_is_left_out() -> None:
    many = [cosigned(*(f"w{number}.example" for number in range(90)))]
    many.append(cosigned(*(f"v{number}.example" for number in range(90))))
    assert len(names(with_cosignatures(NOTE, many))) == 100
    wide = tuple(NoteSignature(f"w{one}.example", b"hash", bytes(40_000)) for one in range(2))
    large = [Anchor(5, format_note(Note(TEXT, (OWN, one))), None) for one in wide]
    assert with_cosignatures(NOTE, large) == NOTE


def test_they_travel_with_a_published_log_and_with_a_proof(tmp_path: Path) -> None:
    with Story(tmp_path / "ledger.db") as story:
        publish(story.ledger.source(), tmp_path / "log")
        note = parse_note(story.ledger.checkpoint())
        line = sign_note(note.text, "witness.example", signer_of("witness"))
        shown = format_note(Note(note.text, (*note.signatures, line)))
        story.ledger._recorder.add_anchor(StoredAnchor(1, shown, b""))
        assert publish(story.ledger.source(), tmp_path / "log").written == 2
        source = PublishedSource(Folder(tmp_path / "log"))
        assert source.checkpoint() == shown
        assert audit(source, story.trust()).verdict == "PASS"
        proof = prove_entry(story.ledger, 0)
        assert proof.checkpoint == shown
        judged = judge_proof(format_tlog_proof(proof), story.trust(), "a proof")
        assert judged.report.verdict == "PASS"
