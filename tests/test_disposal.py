"""A document that the ledger operator gives up: its bytes go, its digest and every proof stay."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.draft import Document, Submission
from ledger.errors import LedgerError
from ledger.events.document import DocumentDisposed
from ledger.verify.audit import audit
from tests.harness import Story, codes
from tests.told import commissioned

PAPER = Document(b"the diary of a warehouse" * 400, "diary", "diary")
NAME = sha256(PAPER.data).hexdigest()


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with Story(tmp_path / "ledger.db") as told:
        told.party("maker", "maker")
        told.party("auditor", "auditor")
        told.record(commissioned(), "maker", documents=(PAPER,))
        yield told


def disposed() -> DocumentDisposed:
    return DocumentDisposed(
        document=NAME, reason="the term is over", retention_basis="15 CFR 762.6(a)"
    )


def test_a_document_disposed_of_is_gone_from_the_file_and_listed_as_not_checked(
    story: Story, tmp_path: Path
) -> None:
    assert story.ledger.document(NAME) == PAPER.data
    story.record(disposed(), "operator")
    assert story.ledger.document(NAME) is None
    report = story.audit()
    assert report.verdict == "PASS"
    assert "1 documents that were disposed of" in report.not_checked
    story.ledger.close()
    assert PAPER.data[:200] not in (tmp_path / "ledger.db").read_bytes()


def test_a_document_that_is_missing_without_that_leaves_the_verdict_open(story: Story) -> None:
    story.ledger._recorder.transact(lambda transaction: transaction.remove_document(NAME))
    report = story.audit()
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"DOCUMENT-MISSING"})


def test_only_the_ledger_operator_disposes(story: Story) -> None:
    with pytest.raises(LedgerError, match="ROLE"):
        story.record(disposed(), "maker")
    assert story.ledger.document(NAME) == PAPER.data


def test_a_report_that_something_was_disposed_of_disposes_of_nothing(story: Story) -> None:
    story.record(disposed(), "auditor", basis="third_party_report")
    assert story.ledger.document(NAME) == PAPER.data
    assert story.audit().verdict == "PASS"


def test_a_disposal_of_what_was_never_here_is_recorded_all_the_same(story: Story) -> None:
    other = DocumentDisposed(document="00" * 32, reason="a copy", retention_basis="house rule 4")
    story.record(other, "operator")
    assert story.audit().verdict == "PASS"


def test_a_document_that_comes_back_is_checked_again(story: Story) -> None:
    story.record(disposed(), "operator")
    story.record(commissioned("B-02"), "maker", documents=(PAPER,))
    report = story.audit()
    assert report.verdict == "PASS"
    assert not any("disposed" in line for line in report.not_checked)


@pytest.mark.parametrize("chunk", [1, 1024])
def test_what_came_back_and_is_missing_then_leaves_the_verdict_open(
    story: Story, chunk: int
) -> None:
    story.record(disposed(), "operator")
    story.record(commissioned("B-02"), "maker", documents=(PAPER,))
    story.ledger._recorder.transact(lambda transaction: transaction.remove_document(NAME))
    report = audit(story.ledger.source(), story.trust(), chunk=chunk)
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"DOCUMENT-MISSING"})
    story.record(disposed(), "operator")
    assert audit(story.ledger.source(), story.trust(), chunk=chunk).verdict == "PASS"


def test_a_disposal_may_name_the_document_that_it_gives_up(story: Story) -> None:
    story.record(disposed(), "operator", documents=(PAPER,))
    assert story.ledger.document(NAME) is None
    assert story.audit().verdict == "PASS"


def test_saying_again_what_was_said_before_brings_nothing_back(story: Story) -> None:
    submission = story.submission(commissioned("B-02"), "maker", documents=(PAPER,))
    other = Document(b"left out the first time", "note", "note")
    late = story.submission(commissioned("B-03"), "maker", documents=(other,))
    story.ledger.append_many([submission, Submission(late.envelope, ())])
    story.ledger.append_many([story.submission(disposed(), "operator"), submission, late])
    assert story.ledger.document(NAME) is None
    assert story.ledger.append(submission).repeated
    assert story.ledger.document(NAME) is None
    assert story.ledger.document(sha256(other.data).hexdigest()) == other.data
    assert story.audit().verdict == "PASS"
