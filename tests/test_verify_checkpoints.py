"""Step 1: what the log was at earlier moments, by its own notes and by those the auditor kept."""

import pytest

from ledger.log.merkle import leaf_hash
from ledger.store.reader import Anchor
from ledger.verify.audit import audit
from tests.forger import Forger, signed_by
from tests.forgeries import rotated
from tests.harness import codes
from tests.told import BATCH, dispatched, told
from tests.trees import root_of

ANCHOR = signed_by("ledger", "ledger 2")


def handed_over() -> Forger:
    """Return a log whose key was rotated by the book, and that went on under the new key."""
    forger = rotated()
    forger.anchors.append(Anchor(forger.size, ANCHOR(forger.size, forger.root), b""))
    forger.say(dispatched("SHP-9"), "maker")
    forger.sign = signed_by("ledger 2")
    return forger


def test_notes_of_before_and_after_a_rotation_are_each_signed_by_the_key_of_their_time() -> None:
    forger = handed_over()
    before = told().ledger.checkpoint()
    after = forger.source().checkpoint()
    forger.anchors.append(Anchor(told().ledger.size, before, b""))
    forger.anchors.append(Anchor(forger.size, after, b""))
    report = audit(forger.source(), told().trust(checkpoints=(before, after)))
    assert (report.verdict, report.marks) == ("PASS", ())
    assert report.steps[0].checked == 1 + 3 + 2
    assert report.trust.old_checkpoints == (told().ledger.size, forger.size)


@pytest.mark.parametrize("key", ["ledger", "ledger 2"])
def test_an_anchor_is_signed_by_the_key_of_its_time_and_no_other(key: str) -> None:
    forger = handed_over()
    note = signed_by(key)(BATCH, told().ledger.root_at(BATCH))
    forger.anchors.append(Anchor(BATCH, note, b""))
    report = audit(forger.source(), told().trust())
    assert codes(report) == (set() if key == "ledger" else {"ANCHOR-MALFORMED"})


def test_an_anchor_at_the_size_of_the_hand_over_needs_both_signatures() -> None:
    forger = handed_over()
    size = told().ledger.size + 1
    root = root_of(leaf_hash(line.data) for line in forger.lines[:size])
    note = signed_by("ledger 2")(size, root)
    forger.anchors.append(Anchor(size, note, b""))
    assert codes(audit(forger.source(), told().trust())) == {"HANDOVER-SIGNATURE"}


@pytest.mark.parametrize("size", [-1, 19, 2**62])
def test_an_anchor_of_a_size_that_the_log_has_not_reached(size: int) -> None:
    forger = Forger(told())
    forger.anchors.append(Anchor(size, told().ledger.checkpoint(), b""))
    [mark] = audit(forger.source(), told().trust()).marks
    assert (mark.code, mark.expected, mark.found) == (
        "ANCHOR-DIFFERS",
        "a size up to 18",
        f"{size}",
    )


def test_a_witness_line_that_nobody_asks_about_changes_nothing() -> None:
    """Its signature is not checked while no policy names the witness; the ledger's own is."""
    forger = Forger(told(), BATCH)
    note = signed_by("ledger")(BATCH, forger.root)
    witness = "— witness.invalid/w " + "A" * 92 + "\n"
    forger.anchors.append(Anchor(BATCH, note + witness.encode(), b"token"))
    report = audit(forger.source(), told().trust())
    assert report.verdict == "PASS"
    assert "1 time-stamp tokens" in report.not_checked


@pytest.mark.parametrize(
    "note", [b"", b"\n", b"no note", b"a\nb\nc\n", b"x\n9999999999999999999\n"]
)
def test_an_old_note_that_is_none_is_named_and_its_size_not_made_up(note: bytes) -> None:
    report = told().audit(checkpoints=(note,))
    assert codes(report) == {"CHECKPOINT-OLD-MALFORMED"}
    assert report.trust.old_checkpoints == (-1,)


def test_the_empty_tree_is_a_prefix_of_every_log() -> None:
    empty = signed_by("ledger")(0, told().ledger.root_at(0))
    newest = (0, told().ledger.root_at(0))
    assert told().audit(checkpoints=(empty,), high_water=newest).verdict == "PASS"


def test_the_newest_answer_given_is_the_log_itself() -> None:
    size = told().ledger.size
    report = told().audit(high_water=(size, told().ledger.root_at(size)))
    assert (report.verdict, report.trust.high_water) == ("PASS", size)
