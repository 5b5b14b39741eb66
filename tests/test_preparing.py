"""What a submission is by itself: summaries say yes, or nothing."""

from ledger import ahead
from ledger.canonical import encode
from ledger.preparing import Prepared, examine, none_refused, prepare_each
from tests.test_ahead import changed, many, told


def test_an_examiner_says_nothing_of_what_is_not_in_order() -> None:
    story = told()
    submissions = many(story)
    submissions[1] = changed(story, submissions[1], "signature")
    envelopes = [encode(one.envelope) for one in submissions[:3]]
    keys = {key.id: key.public_key for key in story.ledger.authority.keys.values()}
    found = examine([*envelopes, b"", b"{}"], keys)
    assert [one is None for one in found] == [False, True, False, True, True]
    assert examine(envelopes, {}) == [None] * 3
    assert ahead._DECODER.decode(ahead._examined(envelopes, keys)) == found[:3]


def test_a_summary_is_plain_where_nothing_else_is_touched() -> None:
    """Parties, keys, voids and keys of idempotency are for the rules."""
    story = told()
    found = none_refused(prepare_each(many(story), story.ledger.public_key_of))
    assert [one.summary.plain for one in found] == [True] * 4 + [False] * 3 + [
        True, False, False, True, True,
    ]  # fmt: skip


def test_what_another_process_summarized_is_decoded_when_it_is_asked_for() -> None:
    story = told()
    [one, *_] = none_refused(prepare_each(many(story), story.ledger.public_key_of))
    assert Prepared(one.sealed, one.summary, one.documents).statement == one.statement
