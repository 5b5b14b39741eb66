"""Ids once, identifiers once per party, corrections of the newest, counter-signatures of the named.

Every story ends with an audit: what admission lets in, an audit passes.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from msgspec import structs

from ledger.entry import content_digest, is_control
from ledger.errors import Conflict, LedgerError, Refused
from ledger.events.base import EventData, Reference, Target, new_id
from ledger.events.claim import ClaimReported
from ledger.events.correction import Countersigned, EventVoided
from ledger.events.document import DocumentAttached
from ledger.events.party import HeadquartersDeclared, PartyRegistered
from ledger.events.product import BatchCommissioned
from ledger.events.site import SiteCapacityAttested, SiteRegistered
from ledger.history import Recorded, TagPast, check, recorded_before, summarize
from ledger.writing import Receipt
from tests.harness import START, Story


class History(Story):
    """A story of two makers and an operator, in terms of receipts."""

    def target(self, receipt: Receipt) -> Target:
        return self.ledger.event(receipt.index).target

    def refusal(self, data: EventData, by: str, *others: str, **given: Any) -> str | None:
        """The code with which an event is refused; nothing is recorded then."""
        size, root = self.ledger.size, self.ledger.root_at(self.ledger.size)
        try:
            self.record(data, by, *others, **given)
        except LedgerError as error:
            assert (self.ledger.size, self.ledger.root_at(self.ledger.size)) == (size, root)
            return error.code
        return None


@pytest.fixture
def story() -> Iterator[History]:
    with History() as told:
        told.party("nvidia", "maker")
        told.party("rival", "maker")
        told.party("aolani", "operator", "owner")
        yield told
        report = told.audit()
        assert (report.verdict, report.marks) == ("PASS", ())


def batch(name: str = "B-1", by: str = "nvidia", quantity: int = 4000) -> BatchCommissioned:
    return BatchCommissioned(
        maker=by, batch=name, model="GB200-GPU", quantity=quantity, site="plant"
    )


def key(value: str) -> tuple[Reference, ...]:
    return (Reference(type="idempotency", value=value),)


# --- the same again ---------------------------------------------------------------------------


def test_the_same_bytes_again_are_answered_with_the_first_receipt(story: History) -> None:
    submission = story.submission(batch(), "nvidia")
    first = story.ledger.append(submission)
    story.record(batch("B-2"), "nvidia")
    again = story.ledger.append(submission)
    assert (again.id, again.index, again.repeated) == (first.id, first.index, True)
    assert not first.repeated
    assert again.size == story.ledger.size == first.size + 1


def test_an_id_with_other_content_is_a_conflict(story: History) -> None:
    story.record(batch(), "nvidia")
    story.ids -= 1
    with pytest.raises(Conflict, match="ID-REUSED") as refusal:
        story.record(batch("B-2"), "nvidia")
    assert "entry" in (refusal.value.where or "")


def test_an_idempotency_key_names_one_event_of_a_party(story: History) -> None:
    first = story.record(batch(), "nvidia", references=key("K"))
    again = story.record(batch(), "nvidia", references=key("K"))
    assert (again.index, again.id, again.repeated) == (first.index, first.id, True)
    more = (Reference(type="po", value="1"),)
    for other in (batch(quantity=3999), batch("B-2")):
        assert story.refusal(other, "nvidia", references=key("K")) == "IDEMPOTENCY-REUSED"
    changed = {"references": (*key("K"), *more)}
    assert story.refusal(batch(), "nvidia", **changed) == "IDEMPOTENCY-REUSED"
    assert story.refusal(batch(by="rival"), "rival", references=key("K")) is None
    assert story.refusal(batch("B-2"), "nvidia", references=key("k")) is None


def test_a_retry_counts_as_the_same_whoever_else_signs_it(story: History) -> None:
    first = story.record(batch(), "nvidia", references=key("K"))
    again = story.record(batch(), "nvidia", "aolani", references=key("K"))
    assert again.index == first.index


def test_equal_content_without_a_key_is_recorded_again(story: History) -> None:
    data = SiteCapacityAttested(operator="aolani", site="johor-1", it_megawatts="72")
    first = story.record(data, "aolani")
    second = story.record(data, "aolani")
    assert second.index == first.index + 1
    one, other = (story.ledger.event(at.index).statement for at in (first, second))
    assert content_digest(one) == content_digest(other)
    assert len(story.ledger.tagged(f"content:{content_digest(one)}")) == 2


# --- identifiers ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["B-1", "b-1"])
def test_a_party_opens_an_identifier_once(story: History, name: str) -> None:
    story.record(batch(), "nvidia")
    with pytest.raises(Conflict, match="IDENTIFIER-USED") as refusal:
        story.record(batch(name, quantity=1), "nvidia")
    assert "--corrects" in (refusal.value.hint or "")


def test_another_party_says_its_version_of_the_same_event(story: History) -> None:
    story.record(batch(), "nvidia")
    assert story.refusal(batch(quantity=3999), "aolani", basis="counterparty") is None
    assert story.refusal(batch(quantity=1), "aolani", basis="counterparty") == "IDENTIFIER-USED"


def test_kinds_of_identifiers_do_not_meet(story: History) -> None:
    story.record(batch("X-1"), "nvidia")
    claim = ClaimReported(claim="X-1", quotation="It is said.", publisher="a newspaper")
    assert story.refusal(claim, "nvidia") is None


def test_parties_and_sites_are_updated_by_saying_them_again(story: History) -> None:
    party = PartyRegistered(party="Nvidia", legal_name="Nvidia Corp", display_name="Nvidia")
    site = SiteRegistered(
        registrant="aolani", site="johor-1", name="Johor", country="MY", kind="data_center"
    )
    for _ in range(2):
        assert story.refusal(party, "operator") is None
        assert story.refusal(site, "aolani") is None
    assert len(story.ledger.tagged("opens:party/nvidia")) == 3


# --- corrections and voids --------------------------------------------------------------------


def test_a_correction_replaces_its_target_and_keeps_its_identifier(story: History) -> None:
    first = story.record(batch(), "nvidia")
    second = story.record(batch(quantity=3999), "nvidia", corrects=story.target(first))
    third = story.record(batch("B-9"), "nvidia", corrects=story.target(second))
    fourth = story.record(batch(quantity=3998), "nvidia", corrects=story.target(third))
    assert is_control(story.ledger.event(fourth.index).statement)
    found = [event.index for event in story.ledger.tagged("opens:batch/b-1")]
    assert found == [first.index, second.index, fourth.index]


def test_a_correction_names_the_newest_of_its_chain(story: History) -> None:
    first = story.record(batch(), "nvidia")
    story.record(batch(quantity=3999), "nvidia", corrects=story.target(first))
    with pytest.raises(Conflict, match="TARGET-NOT-NEWEST") as refusal:
        story.record(batch(quantity=3998), "nvidia", corrects=story.target(first))
    assert "newest" in (refusal.value.hint or "")
    void = EventVoided(target=story.target(first), reason="never")
    assert story.refusal(void, "nvidia") == "TARGET-NOT-NEWEST"


def test_a_void_ends_the_whole_chain_for_good(story: History) -> None:
    first = story.record(batch(), "nvidia")
    second = story.record(batch(quantity=3999), "nvidia", corrects=story.target(first))
    void = EventVoided(target=story.target(second), reason="never happened")
    voided = story.record(void, "nvidia")
    assert story.refusal(void, "nvidia") == "TARGET-NOT-NEWEST"
    for target in (first, second):
        given = {"corrects": story.target(target)}
        assert story.refusal(batch(), "nvidia", **given) == "TARGET-NOT-NEWEST"
    assert story.refusal(batch(), "nvidia") == "IDENTIFIER-USED"
    undo = EventVoided(target=story.target(voided), reason="it did happen")
    assert story.refusal(undo, "nvidia") == "TARGET-FIXED"
    assert story.refusal(void, "nvidia", corrects=story.target(voided)) == "TARGET-FIXED"


def test_who_did_not_assert_it_disputes_instead(story: History) -> None:
    first = story.record(batch(), "nvidia")
    correction = {"corrects": story.target(first)}
    with pytest.raises(Refused, match="NOT-ASSERTED-BY") as refusal:
        story.record(batch(by="rival"), "rival", **correction)
    assert "dispute" in (refusal.value.hint or "")
    void = EventVoided(target=story.target(first), reason="never")
    assert story.refusal(void, "rival") == "NOT-ASSERTED-BY"
    assert story.refusal(void, "operator") == "NOT-ASSERTED-BY"


def test_a_party_corrects_with_any_of_its_keys(story: History) -> None:
    first = story.record(batch(), "nvidia")
    story.ledger.append(story.enrollment("nvidia", "nvidia-2", "nvidia"))
    story.keys["nvidia"] = "nvidia-2"
    assert story.refusal(batch(quantity=1), "nvidia", corrects=story.target(first)) is None


def test_a_correction_is_of_its_targets_type(story: History) -> None:
    first = story.record(batch(), "nvidia")
    claim = ClaimReported(claim="C-1", quotation="It is said.", publisher="a newspaper")
    assert story.refusal(claim, "nvidia", corrects=story.target(first)) == "TARGET-TYPE"


def test_a_correction_opens_no_identifier_that_another_chain_has(story: History) -> None:
    first = story.record(batch("B-1"), "nvidia")
    story.record(batch("B-2"), "nvidia")
    given = {"corrects": story.target(first)}
    assert story.refusal(batch("b-2"), "nvidia", **given) == "IDENTIFIER-USED"


def test_what_ledger_and_party_say_is_only_followed(story: History) -> None:
    declared = HeadquartersDeclared(party="nvidia", country="US")
    first = story.record(declared, "nvidia")
    registered = story.ledger.tagged("opens:party/nvidia")[0].target
    given = {"corrects": story.target(first)}
    assert story.refusal(declared, "nvidia", **given) == "TARGET-FIXED"
    void = EventVoided(target=story.target(first), reason="moved")
    assert story.refusal(void, "nvidia") == "TARGET-FIXED"
    assert story.refusal(EventVoided(target=registered, reason="x"), "operator") == "TARGET-FIXED"


def test_a_site_may_be_corrected_as_well_as_updated(story: History) -> None:
    site = SiteRegistered(
        registrant="aolani", site="johor-1", name="Johor", country="MY", kind="data_center"
    )
    first = story.record(site, "aolani")
    assert story.refusal(site, "aolani", corrects=story.target(first)) is None


@pytest.mark.parametrize("kind", ["corrects", "void", "countersign", "attach"])
def test_a_target_is_named_by_id_and_digest(story: History, kind: str) -> None:
    first = story.target(story.record(batch(), "nvidia"))
    unknown = structs.replace(first, id=new_id(START, b"\xff" * 10))
    altered = structs.replace(first, payload_sha256="0" * 64)
    for target, code in ((unknown, "TARGET-UNKNOWN"), (altered, "TARGET-DIGEST")):
        about: dict[str, EventData] = {
            "corrects": batch(),
            "void": EventVoided(target=target, reason="never"),
            "countersign": Countersigned(target=target, stance="accepts"),
            "attach": DocumentAttached(target=target, remark="more"),
        }
        given = {"corrects": target} if kind == "corrects" else {}
        assert story.refusal(about[kind], "nvidia", **given) == code


# --- counter-signatures and attachments -------------------------------------------------------


@pytest.mark.parametrize("stance", ["accepts", "accepts_except", "disputes"])
def test_a_party_named_in_an_event_takes_its_stance(story: History, stance: Any) -> None:
    first = story.record(batch(by="Nvidia"), "aolani", basis="counterparty")
    signed = Countersigned(target=story.target(first), stance=stance, text="seen")
    assert story.refusal(signed, "nvidia") is None
    assert story.refusal(signed, "aolani") is None  # who signed it is named in it
    assert story.refusal(signed, "rival") == "NOT-NAMED"
    assert story.refusal(signed, "operator") == "NOT-NAMED"


def test_a_counter_signature_is_not_counter_signed_corrected_or_voided(story: History) -> None:
    first = story.record(batch(), "nvidia")
    signed = Countersigned(target=story.target(first), stance="accepts")
    second = story.target(story.record(signed, "nvidia"))
    again = Countersigned(target=second, stance="accepts")
    assert story.refusal(again, "nvidia") == "TARGET-FIXED"
    assert story.refusal(signed, "nvidia", corrects=second) == "TARGET-FIXED"
    assert story.refusal(EventVoided(target=second, reason="x"), "nvidia") == "TARGET-FIXED"


def test_a_counter_signature_corrects_nothing(story: History) -> None:
    """Else whoever an event names could end another party's event by counter-signing."""
    first = story.record(batch(), "nvidia")
    other = story.record(batch("B-2"), "nvidia")
    signed = Countersigned(target=story.target(other), stance="accepts")
    given = {"corrects": story.target(first)}
    assert story.refusal(signed, "nvidia", **given) == "TARGET-TYPE"
    assert story.refusal(batch(quantity=1), "nvidia", **given) is None


def test_a_void_corrects_nothing(story: History) -> None:
    first = story.record(batch(), "nvidia")
    void = EventVoided(target=story.target(first), reason="never")
    assert story.refusal(void, "nvidia", corrects=story.target(first)) == "TARGET-TYPE"


def test_a_voided_event_may_still_be_disputed(story: History) -> None:
    first = story.record(batch(), "nvidia")
    story.record(EventVoided(target=story.target(first), reason="never"), "nvidia")
    signed = Countersigned(target=story.target(first), stance="disputes", text="it did happen")
    assert story.refusal(signed, "nvidia") is None


def test_anybody_attaches_documents_and_corrects_what_he_attached(story: History) -> None:
    first, second = (story.record(batch(name), "nvidia") for name in ("B-1", "B-2"))
    attached = DocumentAttached(target=story.target(first), remark="a photograph")
    entry = story.record(attached, "aolani")
    moved = DocumentAttached(target=story.target(second), remark="of another batch")
    wrong = DocumentAttached(target=structs.replace(attached.target, payload_sha256="0" * 64),
                             remark="x")  # fmt: skip
    given = {"corrects": story.target(entry)}
    assert story.refusal(wrong, "aolani", **given) == "TARGET-DIGEST"
    assert story.refusal(moved, "nvidia", **given) == "NOT-ASSERTED-BY"
    assert story.refusal(moved, "aolani", **given) is None
    # the attachments name the batches, and replace neither
    for target in (first, second):
        correction = {"corrects": story.target(target)}
        name = f"B-{1 + (target is second)}"
        assert story.refusal(batch(name, quantity=7), "nvidia", **correction) is None


def test_the_rules_hold_within_one_batch_too(story: History) -> None:
    first = story.submission(batch(), "nvidia")
    again = story.submission(batch(quantity=1), "nvidia")
    with pytest.raises(Conflict, match="IDENTIFIER-USED") as refusal:
        story.ledger.append_many([first, again])
    assert refusal.value.where == "submission 2 of 2, entry 11"
    receipts = story.ledger.append_many([first, first])
    assert [one.repeated for one in receipts] == [False, True]
    assert receipts[0].index == receipts[1].index


# --- the rules alone --------------------------------------------------------------------------


def test_the_past_is_what_the_tags_tell(story: History) -> None:
    first = story.record(batch(), "nvidia", references=key("K-1"))
    target = story.ledger.event(first.index).target
    attached = story.record(DocumentAttached(target=target, remark="x"), "aolani")
    corrected = story.record(
        DocumentAttached(target=target, remark="y"),
        "aolani",
        corrects=story.ledger.event(attached.index).target,
    )
    past = TagPast(story.ledger.tagged)
    told = past.by_id(first.id)
    assert told == summarize(story.ledger.event(first.index))
    assert past.openers("batch/b-1") == [told]
    assert past.with_key("NVIDIA", "K-1") == told
    assert past.successor(attached.id) == past.by_id(corrected.id)
    assert past.successor(first.id) is None  # the correction is about it, and does not replace it
    voided = story.record(EventVoided(target=target, reason="never"), "nvidia")
    assert past.successor(first.id) == past.by_id(voided.id)
    assert (past.by_id("nobody"), past.openers("batch/b-2"), past.with_key("aolani", "K-1")) == (
        None, [], None,
    )  # fmt: skip


class Told:
    """A past of which we choose what it tells, as a hostile log might."""

    def __init__(self, *records: Recorded) -> None:
        self.records = {one.id: one for one in records}

    def by_id(self, identifier: str) -> Recorded | None:
        return self.records.get(identifier)

    def openers(self, opened: str) -> Sequence[Recorded]:
        return [one for one in self.records.values() if one.opened == opened]

    def successor(self, identifier: str) -> Recorded | None:
        return self.records.get(f"what replaces {identifier}")

    def with_key(self, party: str, key: str) -> Recorded | None:
        return self.records.get(f"{party} {key}")


def test_a_chain_that_bites_its_tail_comes_to_an_end(story: History) -> None:
    """Ids are chosen freely, so two corrections in a forged log may each name the other."""
    event = story.ledger.event(story.record(batch(), "nvidia").index)
    one = summarize(event)
    ids = [new_id(START, bytes([digit]) * 10) for digit in range(3)]
    ring = [
        dataclasses.replace(one, id=ids[0], corrects=ids[1]),
        dataclasses.replace(one, id=ids[1], corrects=ids[0]),
    ]
    statement = structs.replace(
        event.statement, id=ids[2], corrects=Target(id=ids[0], payload_sha256=one.payload_sha256)
    )
    check(statement, Told(*ring))
    with pytest.raises(Conflict, match="IDENTIFIER-USED"):
        check(statement, Told(*ring, one))
    lost = dataclasses.replace(one, id=ids[0], corrects=ids[1])
    check(statement, Told(lost))
    assert recorded_before(statement, "0" * 64, Told(*ring)) is None
