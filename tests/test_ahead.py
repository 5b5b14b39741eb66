"""Helpers look ahead in processes of their own: what is answered is as without them."""

import os
import signal
from collections.abc import Iterator

import pytest
from msgspec import structs

from ledger import ahead, application
from ledger.ahead import Helpers
from ledger.draft import Document, Submission
from ledger.errors import LedgerError, Unavailable
from ledger.events.base import Reference, Target
from ledger.events.correction import EventVoided
from ledger.events.party import PartyRegistered
from ledger.signing.envelope import seal
from tests.harness import Story
from tests.test_history import batch

PAPER = Document(b"serial\nS1\n", "serial_manifest", "serials", "text/csv")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "WORTH_IT_FROM", 2)
    monkeypatch.setattr(ahead, "CHUNK", 3)


@pytest.fixture(scope="module")
def helpers() -> Iterator[Helpers]:
    """One helper for all tests: a process takes a second to start."""
    made = Helpers(1)
    yield made
    made.close()


def told() -> Story:
    """A ledger with two parties; told again, it has the same bytes."""
    story = Story()
    story.party("nvidia", "maker")
    story.party("aolani", "operator", "owner")
    story.record(batch("B-0"), "nvidia")
    return story


def many(story: Story) -> list[Submission]:
    """What a batch may hold: a new party and its key, papers, a void, a key of idempotency."""
    found = [story.submission(batch(f"B-{i}"), "nvidia") for i in range(1, 5)]
    named = PartyRegistered(party="aivres", legal_name="Aivres Ltd", display_name="Aivres")
    found += [story.submission(named, "operator"), story.enrollment("aivres", "aivres")]
    story.keys["aivres"] = "aivres"
    by_new = PartyRegistered(party="other", legal_name="Other", display_name="Other")
    found += [
        story.submission(by_new, "operator"),
        story.submission(batch("B-5"), "nvidia", documents=(PAPER,), sealed={"price_usd": "1"}),
        story.submission(EventVoided(target=last(story), reason="twice"), "nvidia"),
        story.submission(
            batch("B-6"), "nvidia", references=(Reference(type="idempotency", value="6"),)
        ),
        story.submission(batch("B-7"), "nvidia", "aivres"),
        story.submission(batch("B-8"), "nvidia"),
    ]
    return found


def last(story: Story) -> Target:
    return story.ledger.event(story.ledger.size - 1).target


def both(helpers: Helpers) -> tuple[Story, Story]:
    """The same ledger twice; the second has helpers."""
    plain, helped = told(), told()
    helped.ledger._helpers = helpers
    return plain, helped


def entries(story: Story) -> list[bytes]:
    return [story.ledger.entry_bytes(i) for i in range(story.ledger.size)]


def test_what_is_recorded_is_the_same_with_helpers(helpers: Helpers) -> None:
    plain, helped = both(helpers)
    submissions = many(plain)
    first = plain.ledger.append_many(submissions)
    second = helped.ledger.append_many(submissions)
    assert entries(plain) == entries(helped)
    assert [one.checkpoint for one in first] == [one.checkpoint for one in second]
    assert plain.ledger._recorder.documents() == helped.ledger._recorder.documents()
    assert [one.repeated for one in helped.ledger.append_many(submissions)] == [True] * 12


@pytest.mark.parametrize("change", ["signature", "count", "spelling", "stranger", "paper", "junk"])
def test_what_is_refused_is_refused_alike(helpers: Helpers, change: str) -> None:
    plain, helped = both(helpers)
    submissions = many(plain)
    submissions[7] = changed(plain, submissions[7], change)
    found = []
    for story in (plain, helped):
        with pytest.raises(LedgerError) as refused:
            story.ledger.append_many(submissions)
        found.append((refused.value.code, refused.value.where, refused.value.message))
        each = story.ledger.append_each(submissions[7:9])
        found[-1] += tuple(getattr(one, "code", None) for one in each)
    assert found[0] == found[1]
    assert "submission 8 of 12" in str(found[0][1])


def changed(story: Story, submission: Submission, change: str) -> Submission:
    """Return a submission with something wrong in it."""
    envelope = submission.envelope
    [signature] = envelope.signatures
    if change == "paper":
        return Submission(envelope, (*submission.documents, b"unnamed"))
    if change == "stranger":
        story.keys["nvidia"] = "stranger"
        return story.submission(batch("B-9"), "nvidia")
    made = {
        "signature": structs.replace(
            envelope, signatures=(structs.replace(signature, sig="A" * 86 + "=="),)
        ),
        "count": structs.replace(envelope, signatures=()),
        "spelling": seal(b" " + envelope.statement_bytes(), [signature]),
        "junk": structs.replace(envelope, signatures=(object(),)),
    }
    return Submission(made[change], submission.documents)


def test_a_stream_is_recorded_ten_thousand_at_a_time(
    helpers: Helpers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "BATCH_MAX", 5)
    plain, helped = both(helpers)
    submissions = many(plain)
    for story in (plain, helped):
        receipts = list(story.ledger.append_stream(iter(submissions)))
        assert [len(some) for some in receipts] == [5, 5, 2]
        assert [one.size for some in receipts for one in some][-1] == story.ledger.size
    assert entries(plain) == entries(helped)
    assert list(helped.ledger.append_stream([])) == []


def test_what_a_stream_recorded_stays_when_a_later_part_is_refused(
    helpers: Helpers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "BATCH_MAX", 5)
    _, story = both(helpers)
    submissions = many(story)
    good = submissions[6]
    submissions[6] = changed(story, good, "signature")
    before, size = story.ledger.append_stream(submissions), story.ledger.size
    assert len(next(before)) == 5
    with pytest.raises(LedgerError, match="submission 2 of 5"):
        next(before)
    assert story.ledger.size == size + 5
    submissions[6] = good
    again = [one.repeated for some in story.ledger.append_stream(submissions) for one in some]
    assert again == [True] * 5 + [False] * 7


def test_a_helper_that_dies_leaves_its_work_to_the_ledger() -> None:
    plain, helped = both(Helpers(1))
    submissions = many(plain)
    plain.ledger.append_many(submissions)
    helped.ledger.append_many(submissions[:5])
    pool = helped.ledger._helpers._pool
    assert pool is not None
    found = helped.ledger._examined(submissions[5:])
    for pid in list(pool._processes):
        os.kill(pid, signal.SIGKILL)
    assert len(list(found)) < 7
    assert helped.ledger._helpers._pool is None
    helped.ledger._helpers._pool = pool  # dead as it is
    assert list(helped.ledger._examined(submissions[5:])) == []
    helped.ledger.append_many(submissions[5:])
    assert len(entries(helped)) == len(entries(plain))
    helped.ledger.close()


def test_a_stream_whose_ledger_is_closed_ends_in_an_error(
    helpers: Helpers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "BATCH_MAX", 5)
    _, story = both(helpers)
    stream = story.ledger.append_stream(many(story))
    next(stream)
    story.ledger.close()
    with pytest.raises(Unavailable, match="STORE-CLOSED"):
        next(stream)
