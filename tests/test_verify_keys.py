"""Whose keys the verdict rests on, in words that say no more than was shown."""

from ledger.verify.keys import key_rows, pin_marks, trust_row
from tests.forger import signed_by
from tests.harness import Story, signatory
from tests.told import told


def test_each_way_to_vouch_for_a_key_has_its_words() -> None:
    with Story() as story:
        story.party("maker")
        story.party("buyer")
        story.ledger.append(story.enrollment("maker", "maker 2", "maker"))
        story.ledger.append(story.enrollment("buyer", "buyer 2", "maker"))
        trust = story.trust(pins={"buyer": signatory("buyer", "buyer 2").key})
        rows = key_rows(story.ledger.authority, trust)
    said = {row.key: (row.voucher, row.words.partition("…, ")[2], row.reset) for row in rows}
    opening = ("opening", "of operator, by its own word at the opening", False)
    assert said == {
        signatory("operator").key: opening,
        signatory("operator", "recovery").key: opening,
        signatory("maker").key: (
            "registrar only", "enrolled for maker by operator (registrar only)", False,
        ),
        signatory("maker", "maker 2").key: (
            "own previous key", "enrolled for maker, signed for by its own previous key", False,
        ),
        signatory("buyer").key: (
            "registrar only", "enrolled for buyer by operator (registrar only)", False,
        ),
        signatory("buyer", "buyer 2").key: ("pinned by you", "pinned by you for buyer", True),
    }  # fmt: skip
    assert all(row.words.startswith(f"key {row.key[:8]}…, ") for row in rows)


def test_a_pin_differs_for_each_key_that_does_not_hang_together_with_it() -> None:
    with Story() as story:
        story.party("buyer")
        reset = story.ledger.append(story.enrollment("buyer", "buyer 2"))
        authority = story.ledger.authority
        trust = story.trust(pins={"buyer": signatory("buyer").key}, required_pins=("buyer",))
        assert [mark.index for mark in pin_marks(authority, trust)] == [reset.index]


def test_the_trust_that_was_brought_is_stated() -> None:
    notes = tuple(signed_by("ledger")(size, bytes(32)) for size in (10, 9, 10))
    row = trust_row(told().trust(checkpoints=notes, high_water=(7, bytes(32))))
    assert (row.old_checkpoints, row.high_water) == ((9, 10), 7)
