"""A store as something to audit, and what was last shown of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.auditing import check_continues, last_shown, open_for_audit
from ledger.errors import Tampered, Unavailable
from ledger.trust import Trust
from ledger.verify.audit import audit
from tests.harness import Story


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with Story(tmp_path / "ledger.db", high_water=tmp_path / "high-water") as told:
        told.party("maker", "maker")
        yield told


def test_a_file_is_opened_for_its_audit_and_closed_after_it(story: Story, tmp_path: Path) -> None:
    with open_for_audit(tmp_path / "ledger.db") as source:
        report = audit(source, Trust(fingerprint=story.ledger.fingerprint))
        assert report.verdict == "PASS"
        assert source.size() == story.ledger.size
    with pytest.raises(Unavailable, match="STORE-"):
        source.document("00" * 32)


def test_a_file_that_is_missing_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Unavailable), open_for_audit(tmp_path / "none.db"):
        raise AssertionError
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_continues_what_was_shown_of_it(story: Story, tmp_path: Path) -> None:
    high_water = tmp_path / "high-water"
    shown = (story.ledger.size, story.ledger.root_at(story.ledger.size))
    assert check_continues(story.ledger, high_water) == last_shown(high_water) == shown
    assert check_continues(story.ledger, tmp_path / "none") is None
    with Story() as shorter, pytest.raises(Tampered, match="STORE-BEHIND"):
        check_continues(shorter.ledger, high_water)
