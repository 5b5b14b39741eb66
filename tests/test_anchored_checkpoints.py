"""CheckpointAnchored: a checkpoint of this very log, with what dated or cosigned it."""

import pytest

from ledger.errors import LedgerError, Malformed
from ledger.events.ledger import CheckpointAnchored
from ledger.verify.audit import audit
from tests.forger import Forger
from tests.harness import Story, codes
from tests.told import told

TOKEN = "MAMCAQA="  # noqa: S105  a time-stamp token of three bytes


def anchored(story: Story, size: int, root: bytes | None = None) -> CheckpointAnchored:
    known = story.ledger.root_at(size) if root is None else root
    return CheckpointAnchored(size=size, root=known.hex(), token=TOKEN)


def test_the_ledger_operator_records_a_checkpoint_that_was_dated() -> None:
    with Story() as story:
        story.party("maker", "maker")
        receipt = story.record(anchored(story, 3), "operator")
        assert receipt.index == 4
        assert story.audit().verdict == "PASS"


def test_nobody_else_does() -> None:
    with Story() as story:
        story.party("maker", "maker", "registrar")
        with pytest.raises(LedgerError, match="ROLE"):
            story.record(anchored(story, 1), "maker")


def test_a_checkpoint_without_date_and_cosignature_anchors_nothing() -> None:
    with Story() as story, pytest.raises(Malformed, match="ANCHOR-EMPTY"):
        story.draft(CheckpointAnchored(size=1, root="00" * 32), "operator")


@pytest.mark.parametrize(
    ("size", "root", "code"), [(9, bytes(32), "SEEN-AHEAD"), (1, bytes(32), "SEEN-DIFFERS")]
)
def test_a_checkpoint_of_another_history_is_refused(size: int, root: bytes, code: str) -> None:
    with Story() as story:
        with pytest.raises(LedgerError, match=code):
            story.record(anchored(story, size, root), "operator")
        assert story.ledger.size == 1


def test_and_an_audit_fails_where_it_was_recorded_all_the_same() -> None:
    forger = Forger(told())
    forger.say(anchored(told(), 5, bytes(32)), "operator")
    report = audit(forger.source(), told().trust())
    assert report.verdict == "FAIL"
    assert "SEEN-DIFFERS" in codes(report)
