"""The report: counts, order, and what is shown of what a source says."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.verify.conditions import CONDITIONS, STEPS
from ledger.verify.report import SHOWN_PER_CODE, TEXT_MAX, Findings, Mark

MARKS = st.lists(
    st.builds(
        Mark,
        code=st.sampled_from(["SIGNATURE", "ROLE", "TYPE-UNKNOWN", "PIN-MISSING"]),
        index=st.none() | st.integers(0, 9),
        expected=st.sampled_from(["a", "b"]),
        found=st.sampled_from(["c", "d"]),
    ),
    max_size=60,
)


def order(mark: Mark) -> tuple[int, str, str]:
    return -1 if mark.index is None else mark.index, mark.expected, mark.found


@given(MARKS)
def test_the_first_few_of_each_code_are_shown_whatever_the_order(marks: list[Mark]) -> None:
    one, other = Findings(), Findings()
    one.add(marks)
    other.add(reversed(marks))
    assert one.shown() == other.shown()
    assert one.steps() == other.steps()
    for code in {mark.code for mark in marks}:
        of_code = sorted((mark for mark in marks if mark.code == code), key=order)
        shown = [mark for mark in one.shown() if mark.code == code]
        assert [(mark.entry, mark.expected, mark.found) for mark in shown] == [
            (mark.index, mark.expected, mark.found) for mark in of_code[:SHOWN_PER_CODE]
        ]
    assert sum(step.conditions for step in one.steps()) == len(marks)


@given(MARKS)
def test_fail_wins_over_undecided_over_pass(marks: list[Mark]) -> None:
    findings = Findings()
    findings.count(10, 0)
    findings.add(marks)
    verdicts = {CONDITIONS[mark.code].verdict for mark in marks}
    expected = "FAIL" if "FAIL" in verdicts else "UNDECIDED" if verdicts else "PASS"
    assert findings.verdict() == expected
    assert findings.failed is (expected == "FAIL")


def test_an_audit_that_ended_early_for_no_reason_passes_nothing() -> None:
    findings = Findings()
    for step in range(1, 10):
        findings.count(step, 1)
    assert findings.verdict() == "UNDECIDED"
    findings.count(10, 0)
    assert findings.verdict() == "PASS"


def test_marks_come_by_step_and_code() -> None:
    findings = Findings()
    findings.add(Mark(code, None, "a", "b") for code in ("ROLE", "SIGNATURE", "ACTOR"))
    assert [mark.code for mark in findings.shown()] == ["SIGNATURE", "ACTOR", "ROLE"]


def test_a_step_that_was_done_not_asked_for_and_not_reached() -> None:
    findings = Findings()
    findings.begin(1)
    findings.count(1, 3)
    findings.begin(3)
    steps = findings.steps()
    assert [step.verdict for step in steps[:3]] == ["PASS", "NOT ASKED", "NOT REACHED"]
    assert [step.number for step in steps] == list(STEPS)
    findings.count(3, 0)
    assert findings.steps()[2].verdict == "PASS"


def test_a_failing_source_is_of_the_step_under_way() -> None:
    findings = Findings()
    findings.begin(9)
    findings.add([Mark("SOURCE-UNREADABLE", None, "a", "b")])
    assert [mark.step for mark in findings.shown()] == [9]


def test_long_texts_of_a_hostile_source_are_cut() -> None:
    findings = Findings()
    findings.add([Mark("COLUMN-TYPE", 1, "x" * 1000, "y" * 10**6)])
    [mark] = findings.shown()
    assert (len(mark.expected), len(mark.found)) == (TEXT_MAX, TEXT_MAX)
