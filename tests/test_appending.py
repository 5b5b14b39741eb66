"""What several parties submit at once: one commit, and each decided alone."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from msgspec import structs

from ledger.application import Ledger
from ledger.draft import Submission
from ledger.errors import LedgerError, Malformed, Refused
from ledger.events.party import RoleGranted
from ledger.signing.signer import key_id
from ledger.writing import Receipt
from tests.harness import Story, manifest, signer_of
from tests.stores import Store
from tests.test_application import Faulty, check_receipt, everything, rotation, shown
from tests.test_history import batch


@pytest.fixture
def story(store: Store, tmp_path: Path) -> Iterator[Story]:
    with Story(store.place, high_water=tmp_path / "high-water") as told:
        told.party("nvidia", "maker")
        yield told


def told(answers: Sequence[Receipt | LedgerError]) -> list[str | int]:
    """Return the position of what is recorded and the code of what is not."""
    return [one.code if isinstance(one, LedgerError) else one.index for one in answers]


def forged(submission: Submission) -> Submission:
    """The same with a signature over other bytes."""
    other = tuple(
        structs.replace(one, sig="A" * 86 + "==") for one in submission.envelope.signatures
    )
    return Submission(structs.replace(submission.envelope, signatures=other), submission.documents)


def test_each_is_decided_alone_and_all_share_a_checkpoint(story: Story) -> None:
    start = story.ledger.size
    first = story.submission(batch("B-1"), "nvidia", documents=(manifest(["S1"]),))
    answers = story.ledger.append_each(
        [
            first,
            story.submission(batch("B-1", quantity=1), "nvidia"),
            forged(story.submission(batch("B-2"), "nvidia")),
            story.submission(RoleGranted(party="nvidia", role="certifier"), "operator"),
            story.submission(batch(by="operator"), "operator"),
            first,
            story.submission(batch("B-3"), "nvidia", documents=(manifest(["S2"]),)),
            Submission(first.envelope, (b"a document of nobody",)),
        ]
    )
    assert told(answers) == [
        start,
        "IDENTIFIER-USED",
        "SIGNATURE",
        start + 1,
        "ROLE",
        start,
        start + 2,
        "DOCUMENT-UNNAMED",
    ]
    receipts = [one for one in answers if isinstance(one, Receipt)]
    assert [one.repeated for one in receipts] == [False, False, True, False]
    assert {one.size for one in receipts} == {start + 3}
    for receipt in receipts:
        check_receipt(receipt, story.ledger)
    assert shown(story)[0] == start + 3
    assert story.audit().verdict == "PASS"


def test_what_is_refused_for_one_reason_names_no_place_in_the_batch(story: Story) -> None:
    """The others are strangers: how many there were is nobody's business."""
    refused = forged(story.submission(batch("B-2"), "nvidia"))
    [_, answer] = story.ledger.append_each([story.submission(batch("B-1"), "nvidia"), refused])
    with pytest.raises(Refused) as alone:
        story.ledger.append(refused)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.where) == (alone.value.code, alone.value.where)


def test_where_all_are_refused_nothing_is_written(story: Story) -> None:
    before, note = everything(story.ledger), shown(story)
    bad = [forged(story.submission(batch(name), "nvidia")) for name in ("B-1", "B-2")]
    assert told(story.ledger.append_each(bad)) == ["SIGNATURE", "SIGNATURE"]
    assert everything(story.ledger) == before
    assert shown(story) == note


def test_a_key_serves_only_where_its_enrolment_was_recorded(story: Story) -> None:
    """A key that comes along is looked at, and counts once the ledger holds its enrolment."""
    good = story.enrollment("nvidia", "nvidia-2", "nvidia")
    unknown = story.enrollment("aivres", "thief")  # of a party that nobody registered
    story.keys |= {"nvidia": "nvidia-2", "aivres": "thief"}
    first = story.submission(batch("B-1"), "nvidia")
    second = story.submission(batch("B-2"), "aivres")
    start = story.ledger.size
    answers = told(story.ledger.append_each([unknown, second, good, first]))
    assert answers[2:] == [start, start + 1]
    assert {type(one) for one in answers[:2]} == {str}
    assert not story.ledger.authority.keys.keys() & {key_id(signer_of("thief").public_key)}


def test_a_rotation_is_for_a_commit_of_its_own_and_stops_nobody(story: Story) -> None:
    answers = told(
        story.ledger.append_each(
            [rotation(story), story.submission(batch("B-1"), "nvidia")],
        )
    )
    assert answers == ["ROTATION-KEY", story.ledger.size - 1]
    check_receipt(story.record(batch("B-2"), "nvidia"), story.ledger)


def test_a_reader_records_nothing(story: Story) -> None:
    submission = story.submission(batch(), "nvidia")
    with Ledger.open(story.url) as reader, pytest.raises(Refused, match="READ-ONLY"):
        reader.append_each([submission])
    with pytest.raises(Malformed, match="BATCH-SIZE"):
        story.ledger.append_each([])


def test_where_the_checkpoint_cannot_be_signed_nothing_is_decided(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(story.ledger)
    good = story.submission(batch("B-1"), "nvidia")
    monkeypatch.setattr(story.ledger, "_signer", Faulty(bytes(64)))
    with pytest.raises(LedgerError, match="SIGNER-FAULTY"):
        story.ledger.append_each([good, forged(good)])
    assert everything(story.ledger) == before
