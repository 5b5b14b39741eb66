"""Attacks on a ledger, each told as its story: who does what, and what an auditor's report says.

The attackers hold what the story gives them, never more: the operator the ledger's key and its own,
a thief one party's key. What one of them cannot be caught at is told here too.
"""

from collections.abc import Iterable
from typing import Any

import pytest
from msgspec import structs

from ledger.authority import public_key
from ledger.events.base import Target, signatories
from ledger.events.correction import Countersigned
from ledger.events.ledger import LedgerKeyRotated, RightsAdopted
from ledger.events.party import ActsFor, KeyRevoked, RoleGranted, RoleWithdrawn
from ledger.occurred import parse_recorded, recorded_text
from ledger.signing.envelope import Envelope, seal, sign
from ledger.store.reader import Anchor
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.report import KeyOut, Report
from tests.forger import Forger, envelope_of, signed_by
from tests.forgeries import CASES, draft, enrolment, of_unknown_type, rotated
from tests.harness import Story, codes, opening_data, signatory, signer_of
from tests.told import (
    ACCEPTANCE,
    BATCH,
    ENROLLED,
    GRANTED,
    RECEIPT,
    SHIPMENT,
    commissioned,
    dispatched,
    received,
    told,
)


def judged(forger: Forger, **trust: Any) -> Report:
    """Return what an auditor who knows the ledger's fingerprint reports of a forged log."""
    return audit(forger.source(), forger.story.trust(**trust))


def met(report: Report) -> set[tuple[str, int | None]]:
    """Return code and entry of every condition that a report names."""
    return {(mark.code, mark.entry) for mark in report.marks}


def keys_of(report: Report, party: str) -> list[KeyOut]:
    return [key for key in report.keys if key.party == party]


def test_the_sound_ledger_passes_and_says_what_that_means() -> None:
    report = told().audit()
    assert (report.verdict, report.exit_code, report.marks) == ("PASS", 0, ())
    assert "whether the statements are true" in report.not_checked


# --- keys -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def impersonated() -> Iterable[Story]:
    """The operator registers nvidia, enrols a key of its own for it, and speaks in its name."""
    with Story() as story:
        story.party("nvidia", "maker")
        story.record(structs.replace(commissioned(), maker="nvidia"), "nvidia")
        yield story


def test_a_key_that_only_the_operator_vouches_for_is_named_so(impersonated: Story) -> None:
    """An auditor without pins cannot tell it from nvidia's own key. The report says as much."""
    report = impersonated.audit()
    assert report.verdict == "PASS"
    [key] = keys_of(report, "nvidia")
    assert key.voucher == "registrar only"
    short = signatory("nvidia").key[:8]
    assert key.words == f"key {short}…, enrolled for nvidia by operator (registrar only)"


def test_a_pin_from_nvidia_itself_finds_the_impostor(impersonated: Story) -> None:
    """The auditor telephones nvidia, and brings the fingerprint of its real key."""
    report = impersonated.audit(pins={"nvidia": signatory("nvidia", "the real nvidia").key})
    assert report.verdict == "FAIL"
    assert met(report) == {("PIN-DIFFERS", 2)}


def test_an_auditor_who_insists_on_a_pin_gets_no_pass_without_one(impersonated: Story) -> None:
    report = impersonated.audit(required_pins=("nvidia",))
    assert (report.verdict, report.exit_code) == ("UNDECIDED", 3)
    assert codes(report) == {"PIN-MISSING"}


def test_the_operator_renames_the_party_so_that_the_pin_is_of_nobody(impersonated: Story) -> None:
    """A pin for a name that has no key here must not be passed over in silence."""
    report = impersonated.audit(pins={"nvidia-corp": signatory("nvidia").key})
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"PIN-MISSING"})


def test_a_pinned_key_vouches_for_the_keys_that_it_signed_for_and_for_no_other() -> None:
    """nvidia changes its key twice by the book; then the operator slips in a fourth one."""
    with Story() as story:
        story.party("nvidia", "maker")
        for old, new in (("nvidia", "nvidia 2"), ("nvidia 2", "nvidia 3")):
            story.keys["nvidia"] = old
            story.ledger.append(story.enrollment("nvidia", new, "nvidia"))
        pin = signatory("nvidia", "nvidia 2").key
        report = story.audit(pins={"nvidia": pin})
        assert report.verdict == "PASS"
        vouchers = {key.key: key.voucher for key in keys_of(report, "nvidia")}
        assert vouchers[pin] == "pinned by you"
        assert vouchers[signatory("nvidia", "nvidia 3").key] == "own previous key"
        slipped = story.ledger.append(story.enrollment("nvidia", "the operator's"))
        report = story.audit(pins={"nvidia": pin})
        assert met(report) == {("PIN-DIFFERS", slipped.index)}
        [reset] = [key for key in report.keys if key.enrolled == slipped.index]
        assert (reset.reset, reset.voucher) == (True, "registrar only")


def test_another_party_vouches_for_a_key_and_is_named() -> None:
    with Story() as story:
        story.party("maker", "maker")
        story.party("buyer")
        story.ledger.append(story.enrollment("buyer", "buyer 2", "maker"))
        [_, second] = sorted(keys_of(story.audit(), "buyer"), key=lambda key: key.enrolled)
        assert second.voucher == "another party"
        assert second.words.endswith("enrolled for buyer, signed for by maker (another party)")


def revocation(**more: Any) -> KeyRevoked:
    return KeyRevoked(party="maker", key=signatory("maker").key, reason="compromised", **more)


def test_a_revoked_key_signs_no_more_and_what_it_signed_before_stays() -> None:
    """A thief uses the maker's key after the registrar has revoked it."""
    forger = Forger(told())
    forger.say(revocation(), "operator")
    assert judged(forger).verdict == "PASS"
    stolen = forger.say(dispatched("SHP-9"), "maker")
    assert met(judged(forger)) == {("KEY-REVOKED", stolen)}


def test_a_stolen_key_is_doubted_from_an_entry_on_and_no_verdict_changes_backwards() -> None:
    """The theft is found out late. The entries since then stay valid, and are named as doubted."""
    forger = Forger(told())
    forger.say(revocation(doubted_since=SHIPMENT), "operator")
    report = judged(forger)
    assert report.verdict == "PASS"
    [key] = keys_of(report, "maker")
    assert (key.doubted_since, key.revoked) == (SHIPMENT, forger.size - 1)


def test_a_thief_of_one_key_enrols_another_but_not_behind_the_revocation() -> None:
    """The operator in league with the thief has the stolen key sign for the thief's own."""
    forger = Forger(told())
    forger.say(revocation(), "operator")
    statement = enrolment("maker", "thief", signatory("maker"), signatory("maker", "thief"))
    names = {signatory("maker", name).key: name for name in ("maker", "thief")}
    signers = ["operator", *(names[one.key] for one in statement.signatories[1:])]
    enrolled = forger.write(envelope_of(statement, *signers))
    assert met(judged(forger)) == {("KEY-REVOKED", enrolled)}


def test_nobody_signs_with_a_key_that_is_not_its_own() -> None:
    for code in ("KEY-UNENROLLED", "KEY-OF-ANOTHER", "KEY-NOT-YET"):
        made = CASES[code]()
        assert code in codes(audit(made.source, made.trust))


def test_one_key_is_enrolled_for_two_parties() -> None:
    """The operator gives the buyer the carrier's key, so that one signature counts for both."""
    forger = Forger(told())
    own = signatory("buyer", "carrier")
    again = forger.write(envelope_of(enrolment("buyer", "carrier", own), "operator", "carrier"))
    used = structs.replace(
        draft(dispatched("SHP-9", consignor="buyer"), "buyer"), signatories=(own,)
    )
    said = forger.write(envelope_of(used, "carrier"))
    assert met(judged(forger)) == {("KEY-ENROLLED-BEFORE", again), ("KEY-OF-ANOTHER", said)}


def test_the_ledgers_own_key_is_enrolled_for_a_party() -> None:
    forger = Forger(told())
    own = signatory("buyer", "ledger")
    again = forger.write(envelope_of(enrolment("buyer", "ledger", own), "operator", "ledger"))
    assert met(judged(forger)) == {("KEY-ENROLLED-BEFORE", again)}


def test_a_former_agent_goes_on_in_its_principals_name() -> None:
    """The carrier signed receipts for the buyer until that was withdrawn."""
    forger = Forger(told())
    agency = ActsFor(principal="buyer", types=("ShipmentReceived",))
    forger.say(RoleGranted(party="carrier", acts_for=agency), "operator", "buyer")
    forger.say(received("RCV-8", "SHP-1"), "carrier")
    withdrawn = RoleWithdrawn(party="carrier", acts_for="buyer", reason="contract ended")
    forger.say(withdrawn, "operator")
    assert judged(forger).verdict == "PASS"
    late = forger.say(received("RCV-9", "SHP-1"), "carrier")
    assert met(judged(forger)) == {("ACTOR", late)}


# --- signatures -----------------------------------------------------------------------------


def envelope(index: int) -> Envelope:
    return told().ledger.event(index).entry.envelope


def test_an_event_of_another_ledger_counts_for_nothing_here() -> None:
    """The operator runs two ledgers with the same parties and keys, and moves a receipt across."""
    forger = Forger(told())
    statement = structs.replace(draft(dispatched("SHP-9")), ledger="other.operator.invalid/log")
    moved = forger.write(envelope_of(statement, "maker"))
    assert met(judged(forger)) == {("OTHER-LEDGER", moved)}


def test_a_signature_is_replayed_under_other_words() -> None:
    """The operator needs a second dispatch, and has a signature under the first."""
    forger = Forger(told())
    other = envelope_of(draft(dispatched("SHP-9"), "maker", "carrier"), "maker", "carrier")
    replayed = forger.write(structs.replace(other, signatures=envelope(SHIPMENT).signatures))
    assert met(judged(forger)) == {("SIGNATURE", replayed)}


@pytest.mark.parametrize(
    ("trick", "code"),
    [("reordered", "SIGNATURE-COUNT"), ("dropped", "SIGNATURE-COUNT"), ("added", "SIGNATURE-COUNT"),
     ("relabelled", "SIGNATURE-COUNT"), ("swapped under the labels", "SIGNATURE")],
)  # fmt: skip
def test_the_signatures_of_an_envelope_are_those_of_its_signatories(trick: str, code: str) -> None:
    """Two signed; the operator would like another number of signatures, or another order."""
    whole = envelope_of(draft(dispatched("SHP-9"), "maker", "carrier"), "maker", "carrier")
    first, second = whole.signatures
    stranger = sign(whole.statement_bytes(), signer_of("buyer"))
    signatures = {
        "reordered": (second, first),
        "dropped": (first,),
        "added": (first, second, stranger),
        "relabelled": (first, structs.replace(second, keyid=stranger.keyid)),
        "swapped under the labels": (
            structs.replace(first, sig=second.sig),
            structs.replace(second, sig=first.sig),
        ),
    }[trick]
    forger = Forger(told())
    index = forger.write(structs.replace(whole, signatures=signatures))
    report = judged(forger)
    assert report.verdict == "FAIL"
    assert (code, index) in met(report)


def test_a_signatory_is_added_who_never_signed() -> None:
    """The operator names the carrier too. That is another statement: the maker never signed it."""
    statement = draft(dispatched("SHP-9"))
    more = signatories(statement.signatories[0], signatory("carrier"))
    new = envelope_of(structs.replace(statement, signatories=more), "maker", "carrier")
    [old] = envelope_of(statement, "maker").signatures
    forger = Forger(told())
    index = forger.write(structs.replace(new, signatures=(old, new.signatures[1])))
    assert met(judged(forger)) == {("SIGNATURE", index)}


def test_other_terms_are_countersigned_under_the_same_id() -> None:
    """The operator shows the buyer a dispatch of 72, records one of 144, and files the acceptance.

    The buyer's counter-signature names the digest of what it saw.
    """
    sent = draft(dispatched("SHP-9"))
    shown = Forger(told())
    target = shown.event(shown.write(envelope_of(sent, "maker"))).target
    [line] = sent.data.lines
    other = structs.replace(sent.data, lines=(structs.replace(line, quantity=144),))
    forger = Forger(told())
    forger.write(envelope_of(structs.replace(sent, data=other), "maker"))
    accepted = forger.say(Countersigned(target=target, stance="accepts"), "buyer")
    assert met(judged(forger)) == {("TARGET-DIGEST", accepted)}


def test_a_party_corrects_another_partys_word() -> None:
    """The buyer would rather have received 70."""
    made = CASES["NOT-ASSERTED-BY"]()
    assert codes(audit(made.source, made.trust)) == {"NOT-ASSERTED-BY"}


def test_a_statement_is_spelled_otherwise_and_hashed_again() -> None:
    """The operator keeps the words and changes the bytes: a space, and tree and checkpoint anew.

    Then a relying party's copy of the statement would no longer have the recorded digest.
    """
    payload = envelope(ACCEPTANCE).statement_bytes()
    spaced = seal(payload.replace(b'":', b'": ', 1), envelope(ACCEPTANCE).signatures)
    forger = Forger(told(), ACCEPTANCE)
    line = Forger(told()).lines[ACCEPTANCE]
    old, new = envelope(ACCEPTANCE).payload.encode(), spaced.payload.encode()
    index = forger.write_bytes(line.data.replace(old, new), line.type, line.tags)
    report = judged(forger)
    assert ("ENTRY-MALFORMED", index) in met(report)
    assert "NOT-CANONICAL" in report.marks[0].found


# --- history --------------------------------------------------------------------------------


def relogged(*, without: int) -> Forger:
    """Return the log that an operator with the ledger's key makes anew, without one entry."""
    return Forger(told(), without=[without])


def test_an_entry_is_left_out_and_the_log_made_anew() -> None:
    """The operator drops the first receipt, computes tree and control chain again and signs.

    Everybody who signed later had seen a checkpoint that covers it.
    """
    forger = relogged(without=BATCH)
    report = judged(forger)
    assert report.verdict == "FAIL"
    found = met(report)
    assert {("SEEN-DIFFERS", index) for index in range(SHIPMENT, forger.size)} <= found


def test_the_last_entry_is_left_out_and_only_an_old_checkpoint_tells() -> None:
    """Nobody signed after it, so nothing in the log speaks of it: that is the limit of `seen`.

    An auditor who kept the checkpoint of the last visit, and a writer who kept its high-water file,
    hold what the operator cannot make anew.
    """
    note = told().ledger.checkpoint()
    newest = (told().ledger.size, told().ledger.root_at(told().ledger.size))
    forger = relogged(without=ACCEPTANCE)
    assert judged(forger).verdict == "PASS"
    behind = judged(forger, checkpoints=(note,), high_water=newest)
    assert codes(behind) == {"CHECKPOINT-OLD-AHEAD", "STORE-BEHIND"}
    assert behind.trust.old_checkpoints == (ACCEPTANCE + 1,)
    assert behind.trust.high_water == ACCEPTANCE + 1
    forger.say(dispatched("SHP-9"), "maker")
    grown = judged(forger, checkpoints=(note,), high_water=newest)
    assert codes(grown) == {"CHECKPOINT-OLD-DIFFERS", "STORE-DIFFERENT"}


def test_a_revocation_is_left_out_and_the_chain_of_control_entries_tells() -> None:
    """The operator drops a revocation but not the numbers by which later entries point at it."""
    with Story() as story:
        story.party("maker", "maker")
        revoked = story.record(revocation(), "operator").index
        story.party("buyer")
        forger = Forger(story, revoked)
        for event in story.ledger.read(revoked + 1):
            forger.write(event.entry.envelope, control=event.entry.control)
        assert "CONTROL-CHAIN" in codes(judged(forger))
        forger = Forger(story, without=[revoked])  # with the numbers made anew, `seen` tells
        assert "CONTROL-CHAIN" not in codes(judged(forger))
        assert "SEEN-DIFFERS" in codes(judged(forger))


def test_a_control_entry_is_passed_over_in_the_chain() -> None:
    """An entry points past the grant before it: who follows the chain never learns of it."""
    forger = Forger(told(), GRANTED + 1)
    forger.write(envelope(GRANTED + 1), control=ENROLLED)
    assert ("CONTROL-CHAIN", GRANTED + 1) in met(judged(forger))


@pytest.mark.parametrize("control", [5, 6, 2**53 - 1])
def test_a_chain_that_points_forwards_ends_the_audit_at_once(control: int) -> None:
    forger = Forger(told(), 5)
    forger.write(envelope(5), control=control)
    report = judged(forger)
    assert met(report) == {("CONTROL-CHAIN", 5)}
    assert [step.verdict for step in report.steps[1:3]] == ["NOT REACHED", "NOT REACHED"]


def test_an_event_is_inserted_into_the_past() -> None:
    """The operator and the maker agree afterwards that a dispatch had been recorded earlier."""
    forger = Forger(told(), BATCH)
    when = told().ledger.event(BATCH).entry.recorded_at
    early = told().submission(dispatched("SHP-0"), "maker").envelope
    forger.write(structs.replace(early), recorded_at=when)
    for event in told().ledger.read(BATCH):
        forger.write(event.entry.envelope, recorded_at=event.entry.recorded_at)
    found = met(judged(forger))
    assert ("SEEN-AHEAD", BATCH) in found
    assert ("SEEN-DIFFERS", SHIPMENT + 1) in found


def test_two_entries_change_places() -> None:
    """The acceptance before the dispatch that it accepts."""
    forger = Forger(told(), SHIPMENT)
    forger.write(envelope(ACCEPTANCE))
    forger.write(envelope(SHIPMENT))
    assert ("TARGET-UNKNOWN", SHIPMENT) in met(judged(forger))


def test_recorded_at_is_dated_back() -> None:
    """The operator's clock may lie, never backwards: an entry is not older than the one before."""
    forger = Forger(told())
    newest = told().ledger.event(ACCEPTANCE).entry.recorded_at
    moment = parse_recorded(newest)
    late = told().submission(dispatched("SHP-9"), "maker").envelope
    index = forger.write(late, recorded_at=recorded_text(moment.replace(year=2025)))
    assert ("CLOCK-BACKWARDS", index) in met(judged(forger))


def test_recorded_at_is_no_day_of_any_calendar() -> None:
    forger = Forger(told())
    index = forger.write(
        told().submission(dispatched("SHP-9"), "maker").envelope,
        recorded_at="2026-13-45T25:61:61.000000Z",
    )
    report = judged(forger)
    assert ("ENTRY-MALFORMED", index) in met(report)


def test_a_second_history_passes_alone_and_fails_beside_the_first() -> None:
    """The operator shows two auditors two ledgers, each sound. Their checkpoints do not agree."""
    one, other = Forger(told(), RECEIPT), Forger(told(), RECEIPT)
    one.say(dispatched("SHP-8"), "maker")
    other.say(dispatched("SHP-9"), "maker")
    notes = [forger.source().checkpoint() for forger in (one, other)]
    for forger, own, foreign in zip((one, other), notes, reversed(notes), strict=True):
        assert judged(forger, checkpoints=(own,)).verdict == "PASS"
        assert codes(judged(forger, checkpoints=(own, foreign))) == {"CHECKPOINT-OLD-DIFFERS"}


def test_the_same_event_is_recorded_twice() -> None:
    """One dispatch, signed once, recorded twice, would move the goods twice."""
    forger = Forger(told())
    again = forger.write(envelope(SHIPMENT))
    assert met(judged(forger)) == {("ID-REUSED", again)}


# --- the ledger itself ----------------------------------------------------------------------


def test_a_second_opening_opens_nothing() -> None:
    """The operator opens its ledger again, with another checkpoint key, in the middle of it."""
    data = structs.replace(
        opening_data(), checkpoint_key=public_key(signer_of("ledger 2").public_key, "ledger")
    )
    forger = Forger(told())
    again = forger.say(data, "operator")
    assert met(judged(forger)) == {("NOT-THE-OPENING", again)}
    forger.sign = signed_by("ledger 2")
    assert codes(judged(forger)) == {"CHECKPOINT-SIGNATURE"}


def test_the_ledger_is_opened_by_somebody_else_under_the_same_name() -> None:
    """An impostor's ledger has another key, so another fingerprint, and verifies in all else."""
    key = public_key(signer_of("impostor").public_key, "ledger")
    with Story() as story:
        [event] = story.ledger.read()
        statement = structs.replace(
            event.statement, data=structs.replace(event.statement.data, checkpoint_key=key)
        )
        forger = Forger(story, 0)
        forger.write(envelope_of(statement, "operator"))
        forger.sign = signed_by("impostor")
        source = forger.source()
        assert met(audit(source, story.trust())) == {("FINGERPRINT-DIFFERS", 0)}
        assert audit(source, Trust()).verdict == "UNDECIDED"


def handed_over(*signers: str) -> Forger:
    """Return a log whose ledger key was rotated, with a hand-over signed by these keys."""
    forger = rotated()
    note = signed_by(*signers)(forger.size, forger.root)
    forger.anchors.append(Anchor(forger.size, note, b""))
    return forger


def test_a_hand_over_is_signed_by_the_old_key_and_the_new() -> None:
    assert judged(handed_over("ledger", "ledger 2")).verdict == "PASS"


@pytest.mark.parametrize(
    ("signers", "code"),
    [(("ledger 2",), "HANDOVER-SIGNATURE"), (("ledger",), "ANCHOR-MALFORMED"),
     (("thief", "ledger 2"), "HANDOVER-SIGNATURE")],
)  # fmt: skip
def test_a_hand_over_is_forged(signers: tuple[str, ...], code: str) -> None:
    """Somebody who holds the registrar's key and not the ledger's gives the ledger a new one."""
    report = judged(handed_over(*signers))
    assert report.verdict == "FAIL"
    assert code in codes(report)


def test_the_newest_checkpoint_is_a_hand_over_without_the_old_key() -> None:
    forger = handed_over("ledger", "ledger 2")
    forger.sign = signed_by("ledger 2")
    assert met(judged(forger)) == {("HANDOVER-SIGNATURE", forger.size - 1)}


def test_the_old_ledger_key_goes_on_after_the_hand_over() -> None:
    forger = handed_over("ledger", "ledger 2")
    forger.say(dispatched("SHP-9"), "maker")
    forger.sign = signed_by("ledger")
    assert codes(judged(forger)) == {"CHECKPOINT-SIGNATURE"}


def test_a_log_is_cut_off_before_its_hand_over() -> None:
    """The thief of an old ledger key shows the time before the rotation as the newest."""
    forger = handed_over("ledger", "ledger 2")
    note = forger.source().checkpoint()
    cut = Forger(told())
    assert judged(cut).verdict == "PASS"
    report = judged(cut, checkpoints=(note,))
    assert codes(report) == {"CHECKPOINT-OLD-AHEAD"}


def test_a_party_rotates_the_ledgers_key() -> None:
    """The maker would like to sign the ledger's checkpoints itself."""
    forger = Forger(told())
    key = public_key(signer_of("ledger 2").public_key, "ledger")
    index = forger.say(LedgerKeyRotated(checkpoint_key=key, reason="takeover"), "maker")
    forger.sign = signed_by("ledger", "ledger 2")
    note = signed_by("ledger", "ledger 2")(forger.size, forger.root)
    forger.anchors.append(Anchor(forger.size, note, b""))
    assert met(judged(forger)) == {("ROLE", index)}


# --- what a later version may know ----------------------------------------------------------


def test_an_event_of_a_later_version_is_undecided_wherever_it_stands() -> None:
    """It is signed and in its place: no forgery, and nothing that this version may pass."""
    statement = of_unknown_type(draft(dispatched("SHP-9")))
    forger = Forger(told())
    unknown = forger.write(envelope_of(statement, "maker"))
    assert met(judged(forger)) == {("TYPE-UNKNOWN", unknown)}
    forger.say(dispatched("SHP-10"), "maker")
    assert met(judged(forger)) == {("TYPE-UNKNOWN", unknown)}


def test_a_later_versions_event_is_still_no_forgery_of_anybodys_signature() -> None:
    statement = of_unknown_type(draft(dispatched("SHP-9")))
    forger = Forger(told())
    unknown = forger.write(envelope_of(statement, "maker"))
    signed = envelope_of(draft(dispatched("SHP-9")), "maker").signatures
    other = structs.replace(envelope_of(statement, "maker"), signatures=signed)
    assert met(judged(forger)) == {("TYPE-UNKNOWN", unknown)}
    forged = Forger(told())
    index = forged.write(other)
    assert met(judged(forged)) == {("TYPE-UNKNOWN", index), ("SIGNATURE", index)}


def test_a_later_versions_event_for_another_ledger_fails() -> None:
    statement = structs.replace(draft(dispatched("SHP-9")), ledger="other.operator.invalid")
    forger = Forger(told())
    index = forger.write(envelope_of(of_unknown_type(statement), "maker"))
    assert met(judged(forger)) == {("TYPE-UNKNOWN", index), ("OTHER-LEDGER", index)}


def test_behind_a_control_entry_of_a_later_version_nobodys_rights_are_judged() -> None:
    """It may have granted the very role that an entry behind it seems to lack: no false FAIL."""
    forger = Forger(told())
    grant = of_unknown_type(
        draft(RoleGranted(party="buyer", role="maker"), "operator"), "RoleGranted.v2"
    )
    unknown = forger.write(envelope_of(grant, "operator"))
    made = told().submission(structs.replace(commissioned("B-09"), maker="buyer"), "buyer")
    forger.control = unknown
    forger.write(made.envelope)
    report = judged(forger)
    assert met(report) == {("TYPE-UNKNOWN", unknown)}
    assert f"rights behind entry {unknown}" in " ".join(report.not_checked)


def test_what_is_about_an_event_of_a_later_version_is_undecided() -> None:
    forger = Forger(told())
    statement = of_unknown_type(draft(dispatched("SHP-9")))
    unknown = forger.write(envelope_of(statement, "maker"))
    target = Target(id=statement.id, payload_sha256="0" * 64)
    about = forger.say(Countersigned(target=target, stance="accepts"), "buyer")
    assert met(judged(forger)) == {("TYPE-UNKNOWN", unknown), ("TYPE-UNKNOWN", about)}


def test_an_opening_of_a_later_version_leaves_everything_undecided() -> None:
    forger = Forger(told(), 0)
    [statement] = [event.statement for event in told().ledger.read(0, 1)]
    unknown = of_unknown_type(statement, "LedgerOpened.v2")
    forger.write(envelope_of(unknown, "operator"))
    report = judged(forger)
    assert (report.verdict, met(report)) == ("UNDECIDED", {("TYPE-UNKNOWN", 0)})
    assert (report.origin, report.fingerprint) == (None, None)


def test_rights_of_a_later_version_are_undecided_from_their_adoption_on() -> None:
    forger = Forger(told())
    adopted = RightsAdopted(rights="chipledger-rights-v2", rights_sha256="0" * 64)
    index = forger.say(adopted, "operator")
    forger.say(dispatched("SHP-9"), "maker")
    report = judged(forger)
    assert report.verdict == "UNDECIDED"
    assert met(report) == {("RIGHTS-UNKNOWN", index), ("RIGHTS-UNKNOWN", index + 1)}


def test_the_name_of_known_rights_with_another_table_is_undecided() -> None:
    """The operator means other rights by the same name."""
    forger = Forger(told())
    index = forger.say(
        RightsAdopted(rights="chipledger-rights-v1", rights_sha256="0" * 64), "operator"
    )
    assert met(judged(forger)) == {("RIGHTS-UNKNOWN", index)}
