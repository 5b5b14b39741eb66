"""Every condition of the table is met by a forged ledger, and nothing else is ever reported."""

import ast
import re
from pathlib import Path

import pytest

from ledger.verify.audit import audit
from ledger.verify.conditions import CONDITIONS, STEPS, UNDER_WAY
from tests import (  # noqa: F401  they enter their cases
    forgeries_published,
    forgeries_records,
    forgeries_selection,
    forgeries_single,
)
from tests.forgeries import CASES

ROOT = Path(__file__).resolve().parent.parent


def test_every_condition_has_a_forged_ledger_and_no_case_is_without_a_condition() -> None:
    assert set(CASES) == set(CONDITIONS)


@pytest.mark.parametrize("code", CONDITIONS)
def test_the_forged_ledger_meets_its_condition(code: str) -> None:
    row = CONDITIONS[code]
    made = CASES[code]()
    report = made.judge() if made.judge else audit(made.source, made.trust)
    marks = {mark.code: mark for mark in report.marks}
    assert code in marks, report.marks
    assert (marks[code].verdict, marks[code].words) == (row.verdict, row.words)
    assert marks[code].expected
    assert marks[code].found
    assert marks[code].step == row.step or row.step == UNDER_WAY
    assert report.verdict in {row.verdict, "FAIL"}
    assert report.exit_code == {"FAIL": 1, "UNDECIDED": 3}[report.verdict]


def raised_in(path: Path) -> set[str]:
    """Return the codes that a module raises: what stands first, or after a clause, in capitals."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    named = [call for call in calls if isinstance(call.func, ast.Name)]
    errors = {"Refused", "Conflict", "Malformed", "Unavailable", "_require"}
    return {
        argument.value
        for call in named
        if isinstance(call.func, ast.Name) and call.func.id in errors
        for argument in call.args[:2]
        if isinstance(argument, ast.Constant)
        and isinstance(argument.value, str)
        and re.fullmatch(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*", argument.value)
    }


@pytest.mark.parametrize("module", ["rights.py", "history.py", "authority.py"])
def test_what_admission_refuses_an_audit_names(module: str) -> None:
    codes = raised_in(ROOT / "ledger" / module)
    assert len(codes) > 4
    # nobody asks an audit about a log before its first entry
    assert codes - {"LEDGER-NOT-OPENED"} <= set(CONDITIONS)


def test_each_condition_has_a_step_a_verdict_and_words_of_its_own() -> None:
    for code, row in CONDITIONS.items():
        assert re.fullmatch(r"[A-Z0-9]+(-[A-Z0-9]+)*", code)
        assert row.code == code
        assert row.step in STEPS or row.step == UNDER_WAY
        assert row.verdict in {"FAIL", "UNDECIDED"}
    words = [row.words for row in CONDITIONS.values()]
    assert len(set(words)) == len(words)
