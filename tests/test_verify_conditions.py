"""Every condition of the table is met by a forged ledger, and nothing else is ever reported."""

from pathlib import Path

import pytest

from ledger.verify.audit import audit
from ledger.verify.conditions import CONDITIONS, UNDER_WAY
from tests.forgeries import CASES

ROOT = Path(__file__).resolve().parent.parent


def test_every_condition_has_a_forged_ledger_and_no_case_is_without_a_condition() -> None:
    assert set(CASES) == set(CONDITIONS)


@pytest.mark.parametrize("code", CONDITIONS)
def test_the_forged_ledger_meets_its_condition(code: str) -> None:
    row = CONDITIONS[code]
    made = CASES[code]()
    report = audit(made.source, made.trust)
    marks = {mark.code: mark for mark in report.marks}
    assert code in marks, report.marks
    assert (marks[code].verdict, marks[code].words) == (row.verdict, row.words)
    assert marks[code].expected
    assert marks[code].found
    assert marks[code].step == row.step or row.step == UNDER_WAY
    assert report.verdict in {row.verdict, "FAIL"}
    assert report.exit_code == {"FAIL": 1, "UNDECIDED": 3}[report.verdict]
