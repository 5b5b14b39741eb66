"""Whether a signed statement may become the next entry: signatures, documents, what was seen."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from ledger.admission import SeenRoots, tags_asked_for
from ledger.application import Ledger
from ledger.authority import public_key
from ledger.canonical import encode
from ledger.draft import Document, Submission, make_annex, sign_all
from ledger.errors import Conflict, LedgerError, Malformed, Refused
from ledger.events.base import Annex, Reference, Seen, Statement
from ledger.events.ledger import LedgerKeyRotated
from ledger.events.party import (
    HeadquartersDeclared,
    KeyEnrolled,
    PartyRegistered,
    RoleGranted,
    RoleWithdrawn,
)
from ledger.history import Past, Recorded, recorded_before
from ledger.log.merkle import EMPTY_FRONTIER, leaf_hash
from ledger.preparing import prepare_each
from ledger.signing.envelope import Envelope, seal, sign
from tests.harness import Story, codes, signatory, signer_of
from tests.test_history import batch
from tests.trees import root_of

PAPER = Document(b"serial\nS1\n", "serial_manifest", "serials", "text/csv")


@pytest.fixture
def story() -> Iterator[Story]:
    with Story() as told:
        told.party("nvidia", "maker")
        told.party("aolani", "operator", "owner")
        yield told


def refusal(story: Story, *submissions: Submission) -> LedgerError:
    """The error with which submissions are refused; nothing is recorded then."""
    size = story.ledger.size
    with pytest.raises(LedgerError) as refused:
        story.ledger.append_many(submissions)
    assert story.ledger.size == size
    return refused.value


def with_envelope(submission: Submission, **changes: Any) -> Submission:
    return Submission(structs.replace(submission.envelope, **changes), submission.documents)


# --- signatures -------------------------------------------------------------------------------


def test_a_changed_word_breaks_the_signature(story: Story) -> None:
    submission = story.submission(batch(), "nvidia")
    payload = submission.envelope.statement_bytes()
    changed = payload.replace(b'"quantity":4000', b'"quantity":4001')
    assert changed != payload
    error = refusal(story, with_envelope(submission, payload=seal(changed).payload))
    assert (error.code, error.where) == ("SIGNATURE", "signatures")


def test_a_signature_over_the_bare_statement_is_none(story: Story) -> None:
    """What is signed binds the payload's type too."""
    submission = story.submission(batch(), "nvidia")
    [signature] = submission.envelope.signatures
    bare = signer_of("nvidia").sign(submission.envelope.statement_bytes())
    text = sign(b"", signer_of("nvidia"))
    assert signature != text
    for raw in (bare, text.raw(), bytes(64)):
        made = structs.replace(signature, sig=_base64(raw))
        error = refusal(story, with_envelope(submission, signatures=(made,)))
        assert error.code == "SIGNATURE"


def _base64(raw: bytes) -> str:
    return seal(raw).payload


def test_the_signatures_are_those_of_the_signatories_in_their_order(story: Story) -> None:
    submission = story.submission(batch(), "nvidia", "aolani")
    one, two = submission.envelope.signatures
    third = sign(submission.envelope.statement_bytes(), signer_of("operator"))
    for signatures in ((), (one,), (two, one), (one, one), (one, two, two), (one, two, third)):
        error = refusal(story, with_envelope(submission, signatures=signatures))
        assert error.code == "SIGNATURE-COUNT"
    assert story.ledger.append(submission).index == story.ledger.size - 1


def test_a_key_that_nobody_enrolled_signs_nothing(story: Story) -> None:
    draft = story.draft(batch(), "nvidia")
    statement = structs.replace(draft.statement, signatories=(signatory("nvidia", "stranger"),))
    submission = Submission(sign_all(statement, [signer_of("stranger")]))
    assert refusal(story, submission).code == "KEY-UNENROLLED"
    assert refusal(story, submission).where == "signatures"


def test_every_error_in_a_batch_names_its_submission(story: Story) -> None:
    good = story.submission(batch(), "nvidia")
    payload = seal(b"{}").payload
    signature = structs.replace(good.envelope.signatures[0], sig="A" * 86 + "==")
    other = story.submission(batch("B-2"), "aolani")
    for bad, where in (
        (with_envelope(good, payload=payload), None),
        (with_envelope(good, signatures=(signature,)), "signatures"),
        (with_envelope(good, signatures=()), "signatures"),
        (other, "maker"),
    ):
        place = "submission 2 of 2"
        assert refusal(story, good, bad).where == (place if where is None else f"{place}, {where}")
        assert refusal(story, bad).where == where


def test_an_envelope_of_something_else_is_malformed(story: Story) -> None:
    for payload in (b"", b"{}", b"null", b"\xff"):
        envelope = seal(payload, [sign(payload, signer_of("nvidia"))])
        with pytest.raises(Malformed, match="NOT-TYPED"):
            story.ledger.append(Submission(envelope))
    with pytest.raises(Malformed, match="BASE64"):
        story.ledger.append(Submission(Envelope(payload="A")))


def test_one_batch_registers_enrols_grants_and_lets_speak(story: Story) -> None:
    """Keys that one submission enrols sign the later ones."""
    key = public_key(signer_of("aivres").public_key, "desk")
    story.keys["aivres"] = "aivres"
    submissions = [
        story.submission(
            PartyRegistered(party="aivres", legal_name="Aivres", display_name="Aivres"), "operator"
        ),
        story.submission(KeyEnrolled(party="aivres", key=key), "operator", "aivres"),
        story.submission(RoleGranted(party="aivres", role="maker"), "operator"),
        story.submission(batch(by="aivres"), "aivres"),
    ]
    receipts = story.ledger.append_many(submissions)
    assert [one.index for one in receipts] == list(range(receipts[0].index, story.ledger.size))
    assert story.audit().verdict == "PASS"


def test_in_a_batch_a_key_counts_from_the_entry_after_its_enrolment(story: Story) -> None:
    enrolment = story.enrollment("nvidia", "nvidia-2", "nvidia")
    story.keys["nvidia"] = "nvidia-2"
    speaks = story.submission(batch(), "nvidia")
    error = refusal(story, speaks, enrolment)
    assert error.code == "KEY-UNENROLLED"
    story.ledger.append_many([enrolment, speaks])


def test_in_a_batch_a_role_counts_to_the_entry_that_withdraws_it(story: Story) -> None:
    """What was allowed once is not asked again, until authority changes."""
    says = [story.submission(batch(f"B-{number}"), "nvidia") for number in range(4)]
    withdrawn = RoleWithdrawn(party="nvidia", role="maker", reason="it makes nothing more")
    gone = story.submission(withdrawn, "operator")
    error = refusal(story, says[0], says[1], gone, says[2])
    assert (error.code, error.where) == ("ROLE", "submission 4 of 4, asserted_by")
    back = story.submission(RoleGranted(party="nvidia", role="maker"), "operator")
    story.ledger.append_many([*says[:2], gone, back, *says[2:]])
    assert story.audit().verdict == "PASS"


# --- documents and annexes --------------------------------------------------------------------


def test_documents_are_kept_with_the_event_that_names_them(story: Story) -> None:
    story.record(batch(), "nvidia", documents=(PAPER,))
    assert story.ledger.document(PAPER.reference().sha256) == PAPER.data
    assert story.audit().verdict == "PASS"


def test_a_document_that_nobody_names_is_refused(story: Story) -> None:
    plain = story.submission(batch(), "nvidia")
    naming = story.submission(batch(), "nvidia", documents=(PAPER,))
    for submission in (
        Submission(plain.envelope, (PAPER.data,)),
        Submission(naming.envelope, (PAPER.data, b"another")),
        Submission(naming.envelope, (PAPER.data + b" ",)),
    ):
        error = refusal(story, submission)
        assert (error.code, error.where) == ("DOCUMENT-UNNAMED", "documents")
    story.ledger.append(Submission(naming.envelope, (PAPER.data, PAPER.data)))


def test_a_document_of_another_size_than_signed_is_refused(story: Story) -> None:
    statement = story.draft(batch(), "nvidia", documents=(PAPER,)).statement
    wrong = structs.replace(statement.documents[0], size=11)
    statement = structs.replace(statement, documents=(wrong,))
    submission = Submission(sign_all(statement, [signer_of("nvidia")]), (PAPER.data,))
    assert refusal(story, submission).code == "DOCUMENT-UNNAMED"


def test_a_document_may_stay_with_its_owner(story: Story) -> None:
    submission = story.submission(batch(), "nvidia", documents=(PAPER,))
    story.ledger.append(Submission(submission.envelope))
    report = story.audit()
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"DOCUMENT-MISSING"})


def test_what_was_left_out_is_kept_when_it_comes_with_a_repetition(story: Story) -> None:
    given = {"documents": (PAPER,), "sealed": {"price_usd": "10000000"}}
    submission = story.submission(batch(), "nvidia", **given)
    story.ledger.append(Submission(submission.envelope))
    assert codes(story.audit()) == {"DOCUMENT-MISSING"}
    assert story.ledger.append(submission).repeated
    assert story.ledger.document(PAPER.reference().sha256) == PAPER.data
    assert len(story.ledger._recorder.documents()) == 2
    assert story.audit().verdict == "PASS"


def test_the_annex_of_another_draft_of_the_same_event_is_not_kept(story: Story) -> None:
    """The event that was recorded names the annex of its own draft, with its own salt."""
    given: dict[str, Any] = {
        "documents": (PAPER,),
        "sealed": {"price_usd": "10000000"},
        "references": (Reference(type="idempotency", value="job-1"),),
    }
    first, again = (story.submission(batch(), "nvidia", **given) for _ in range(2))
    story.ledger.append(Submission(first.envelope))
    assert story.ledger.append(again).repeated
    assert story.ledger._recorder.documents() == [(PAPER.reference().sha256, len(PAPER.data))]
    assert story.audit().verdict == "PASS"


def test_a_sealed_annex_is_kept_and_may_be_left_out(story: Story) -> None:
    sealed = {"price_usd": "10000000"}
    kept = story.record(batch("B-1"), "nvidia", sealed=sealed, salt=bytes(32))
    annex = make_annex(sealed, bytes(32))
    digest = story.ledger.event(kept.index).statement.annex
    assert digest is not None
    assert story.ledger.document(digest) == annex
    withheld = story.submission(batch("B-2"), "nvidia", sealed=sealed)
    receipt = story.ledger.append(Submission(withheld.envelope))
    other = story.ledger.event(receipt.index).statement.annex
    assert other not in {None, digest}
    assert story.ledger.document(other or "") is None
    assert story.audit().verdict == "PASS"


@pytest.mark.parametrize(
    "annex",
    [b"the price is 10 million", b"{}", b'{"salt":"%s"}' % (b"0" * 64),
     encode(Annex(salt="0" * 64, fields=())) + b" "],
)  # fmt: skip
def test_what_is_no_annex_is_not_kept_as_one(story: Story, annex: bytes) -> None:
    statement = story.draft(batch(), "nvidia").statement
    digest = Document(annex, "x", "x").reference().sha256
    statement = structs.replace(statement, annex=digest)
    submission = Submission(sign_all(statement, [signer_of("nvidia")]), (annex,))
    assert refusal(story, submission).code in {"NOT-TYPED", "NOT-CANONICAL"}


def test_an_empty_annex_is_one(story: Story) -> None:
    statement = story.draft(batch(), "nvidia").statement
    annex = encode(Annex(salt="0" * 64, fields=()))
    statement = structs.replace(statement, annex=Document(annex, "x", "x").reference().sha256)
    story.ledger.append(Submission(sign_all(statement, [signer_of("nvidia")]), (annex,)))
    assert story.audit().verdict == "PASS"


# --- what the signer saw ----------------------------------------------------------------------


def saying(story: Story, seen: Seen | None) -> Submission:
    statement = structs.replace(story.draft(batch(), "nvidia").statement, seen=seen)
    return Submission(sign_all(statement, [signer_of("nvidia")]))


def test_a_signer_may_have_seen_nothing(story: Story) -> None:
    story.ledger.append(saying(story, None))
    assert story.audit().verdict == "PASS"


def test_a_signer_may_have_seen_any_earlier_tree(story: Story) -> None:
    for size in range(story.ledger.size + 1):
        seen = Seen(size=size, root=story.ledger.root_at(size).hex())
        statement = structs.replace(story.draft(batch(f"B-{size}"), "nvidia").statement, seen=seen)
        story.ledger.append(Submission(sign_all(statement, [signer_of("nvidia")])))
    assert story.audit().verdict == "PASS"


def test_a_signer_saw_this_history_and_no_other(story: Story) -> None:
    root = story.ledger.root_at(3).hex()
    for seen, code in (
        (Seen(size=3, root="0" * 64), "SEEN-DIFFERS"),
        (Seen(size=2, root=root), "SEEN-DIFFERS"),
        (Seen(size=0, root=root), "SEEN-DIFFERS"),
        (Seen(size=story.ledger.size, root=root), "SEEN-DIFFERS"),
        (Seen(size=story.ledger.size + 1, root=root), "SEEN-AHEAD"),
        (Seen(size=2**53 - 1, root=root), "SEEN-AHEAD"),
    ):
        error = refusal(story, saying(story, seen))
        assert (error.code, error.where) == (code, "seen")


def test_in_a_batch_a_signer_cannot_have_seen_the_batch_itself(story: Story) -> None:
    first = story.submission(batch("B-0"), "nvidia")
    size = story.ledger.size
    seen = Seen(size=size + 1, root="0" * 64)
    assert refusal(story, first, saying(story, seen)).code == "SEEN-AHEAD"


def test_a_signature_made_on_the_newest_copy_is_refused_by_an_older_one(tmp_path: Path) -> None:
    with Story(tmp_path / "ledger.db") as story:
        story.party("nvidia", "maker")
        story.ledger.close()
        shutil.copy(tmp_path / "ledger.db", tmp_path / "older.db")
        story.ledger = Ledger.open(story.url, story.writing())
        story.record(batch("B-1"), "nvidia")
        late = story.submission(batch("B-2"), "nvidia")
        with Ledger.open(str(tmp_path / "older.db"), story.writing()) as older:
            with pytest.raises(Refused, match="SEEN-AHEAD"):
                older.append(late)
            story.ids += 100
            data = batch("B-9")
            ours, story.ledger = story.ledger, older
            story.record(data, "nvidia")
            with pytest.raises(Refused, match="SEEN-DIFFERS"):
                older.append(late)
            story.ledger = ours
        story.ledger.append(late)


# --- the parts --------------------------------------------------------------------------------


def test_roots_that_signers_saw_are_remembered_and_some_forgotten() -> None:
    with Story() as story:
        for one in range(70):
            story.record(
                PartyRegistered(party=f"p{one}", legal_name="P", display_name="P"), "operator"
            )
        ledger = story.ledger
        leaves = [leaf_hash(ledger.entry_bytes(index)) for index in range(ledger.size)]
        roots = SeenRoots(ledger._recorder)
        frontier = EMPTY_FRONTIER
        for leaf in leaves:
            frontier = frontier.extend([leaf])
            roots.learn(frontier)
        for size in (1, 2, 70, 71):
            assert roots.at(size) == root_of(leaves[:size]).hex() == roots.at(size)


def test_an_import_asks_beforehand_for_what_admission_looks_at(story: Story) -> None:
    corrected = structs.replace(
        story.draft(batch(), "nvidia").statement,
        corrects=story.ledger.event(3).target,
    )
    submission = Submission(sign_all(corrected, [signer_of("nvidia")]))
    prepared = prepare_each([submission], story.ledger.public_key_of)
    asked = set(tags_asked_for(prepared))
    assert asked == {
        f"id:{corrected.id}", "opens:batch/b-1", f"target:{story.ledger.event(3).statement.id}",
    }  # fmt: skip


def test_a_statement_that_opens_nothing_is_asked_for_by_its_id_alone(story: Story) -> None:
    declared = story.submission(HeadquartersDeclared(party="nvidia", country="US"), "nvidia")
    prepared = prepare_each([declared], story.ledger.public_key_of)
    assert len(list(tags_asked_for(prepared))) == 1


def test_a_rotation_is_prepared_like_any_other(story: Story) -> None:
    """The ledger's new key signs no statement; only checkpoints."""
    data = LedgerKeyRotated(
        checkpoint_key=public_key(signer_of("ledger-2").public_key, "ledger"), reason="moved"
    )
    statement: Statement = story.draft(data, "operator").statement
    signed = structs.replace(
        statement, signatories=(*statement.signatories, signatory("x", "ledger-2"))
    )
    submission = Submission(sign_all(signed, [signer_of("operator"), signer_of("ledger-2")]))
    assert refusal(story, submission).code == "KEY-UNENROLLED"


def test_an_envelope_made_by_hand_is_read_as_a_reader_of_the_entry_will(story: Story) -> None:
    signed = story.submission(batch("B-1"), "nvidia")
    relabelled = structs.replace(signed.envelope, payloadType="application/json")
    assert refusal(story, Submission(relabelled)).code == "NOT-TYPED"
    assert story.audit().verdict == "PASS"


# --- what is allowed at a glance ----------------------------------------------------------------


def test_what_is_allowed_at_a_glance_is_what_the_rules_allow(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second event of a kind is allowed by its summary; one that touches another is judged."""
    story.record(batch("B-1"), "nvidia")
    judged: list[str] = []
    decided = recorded_before

    def recorded(statement: Statement, digest: str, past: Past) -> Recorded | None:
        judged.append(statement.id)
        return decided(statement, digest, past)

    monkeypatch.setattr("ledger.history.recorded_before", recorded)
    plain = story.submission(batch("B-2"), "nvidia")
    assert not story.ledger.append(plain).repeated
    assert judged == []
    assert story.ledger.append(plain).repeated
    assert refusal(story, story.submission(batch("b-2"), "nvidia")).code == "IDENTIFIER-USED"
    ahead = story.submission(batch("B-3"), "nvidia")
    story.record(RoleWithdrawn(party="nvidia", role="maker", reason="left"), "operator")
    assert refusal(story, ahead).code == "ROLE"
    assert len(judged) == 4
    story.record(RoleGranted(party="nvidia", role="maker"), "operator")
    with pytest.raises(Conflict, match="IDENTIFIER-USED"):
        story.ledger.append_many([ahead, story.submission(batch("B-3"), "nvidia")])
    assert not story.ledger.append(ahead).repeated


def test_only_so_many_answers_about_rights_are_kept(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.admission._ANSWERS_KEPT", 1)
    for number in range(2):
        story.record(batch(f"B-{number}"), "nvidia")
        story.record(batch(f"C-{number}"), "nvidia", basis="third_party_report", documents=(PAPER,))
    assert len(story.ledger._standing._allowed) == 1


def test_a_signer_that_saw_another_history_is_refused_at_a_glance_too(story: Story) -> None:
    story.record(batch("B-1"), "nvidia")
    good = story.draft(batch("B-2"), "nvidia").statement
    for seen, code in (
        (Seen(size=2, root="00" * 32), "SEEN-DIFFERS"),
        (Seen(size=99, root="00" * 32), "SEEN-AHEAD"),
    ):
        wrong = sign_all(structs.replace(good, seen=seen), [signer_of("nvidia")])
        assert refusal(story, Submission(wrong)).code == code
