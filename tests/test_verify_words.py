"""The report in words: all that is in it, and nothing that would control a terminal."""

from msgspec.structs import replace

from ledger.verify.report import DatedOut, KeyOut, MarkOut, Report, StepOut, TrustOut
from ledger.verify.words import DEMONSTRATION, printable, report_lines, verdict_line
from tests.harness import Story

HOSTILE = "\x1b[2J\u202e\n"


def passed() -> Report:
    with Story() as story:
        story.party("aivres", "integrator")
        return story.audit()


def words(report: Report) -> str:
    return "\n".join(report_lines(report))


def test_a_pass_names_ledger_steps_keys_trust_and_what_was_not_checked() -> None:
    report = passed()
    *lines, last = report_lines(report)
    assert lines[0] == DEMONSTRATION
    assert last.startswith("PASS, scope full; integrity only: nothing here shows")
    text = "\n".join(lines)
    for part in (report.origin, report.fingerprint, report.root, report.recorded_from):
        assert part is not None
        assert part in text
    for step in report.steps:
        assert f"{step.number:>2} {step.verdict:<11} {step.title}" in text
    for key in report.keys:
        assert f"{key.words}; {key.holder}; since entry {key.enrolled}" in text
    for line in report.not_checked:
        assert f"  {line}" in lines
    assert "  the ledger's fingerprint, given by you" in lines
    assert "conditions" not in lines


def test_a_record_is_no_demonstration() -> None:
    assert DEMONSTRATION not in words(replace(passed(), demonstration=False))


def test_conditions_are_told_with_what_was_expected_and_found_and_counted() -> None:
    mark = MarkOut(
        code="ID-REUSED",
        verdict="FAIL",
        step=8,
        entry=5,
        words="an id occurs twice",
        expected="one",
        found=HOSTILE,
    )
    step = StepOut(number=8, title="ids", verdict="FAIL", checked=9, conditions=7)
    whole = replace(mark, entry=None, code="OTHER")
    report = replace(passed(), verdict="FAIL", marks=(mark, whole), steps=(step,))
    text = words(report)
    assert "  FAIL step 8, entry 5: an id occurs twice (ID-REUSED)\n    expected one\n" in text
    assert "  FAIL step 8: an id occurs twice (OTHER)" in text
    assert "    found    \\u001b[2J\\u202e\\u000a" in text
    assert "  5 more of the same kinds" in text
    assert verdict_line(report) == "FAIL, scope full"
    exact = replace(report, steps=(replace(step, conditions=2),))
    assert "more of the same" not in words(exact)


def test_keys_say_when_they_ended_and_what_is_doubtful() -> None:
    key = KeyOut(
        party="aivres",
        key="0" * 64,
        holder=HOSTILE,
        enrolled=3,
        revoked=9,
        doubted_since=4,
        reset=True,
        voucher="registrar only",
        words="key 00000000…, enrolled for aivres by operator (registrar only)",
    )
    text = words(replace(passed(), keys=(key,)))
    assert (
        "\\u001b[2J\\u202e\\u000a; since entry 3; revoked by entry 9; in doubt from entry 4" in text
    )
    assert "not signed for by the key before it" in text


def test_the_trust_that_the_auditor_brought() -> None:
    trust = TrustOut(
        fingerprint=None,
        fingerprint_from=None,
        pins=("aivres 00",),
        extends=None,
        old_checkpoints=(7,),
        high_water=9,
        record=None,
        policy="ab" * 32,
        tsa_roots=("cd" * 32,),
    )
    text = words(replace(passed(), trust=trust))
    assert "no fingerprint: nothing says that this is the ledger you mean" in text
    assert "  the pin aivres 00\n  a checkpoint of 7 entries, seen earlier\n" in text
    assert "  the operator's note of 9 entries shown" in text
    assert f"  the witness policy {'ab' * 32}\n  the time-stamp root {'cd' * 32}" in text


def test_what_outsiders_said_stands_beside_what_the_operator_says() -> None:
    first = DatedOut(
        entry=0,
        not_before=None,
        not_before_by=None,
        not_after="2026-03-01T00:00:00Z",
        not_after_by="CN=Clock, over 3 entries",
    )
    last = DatedOut(
        entry=3,
        not_before="2026-02-01T00:00:00Z",
        not_before_by="witnesses, over 2 entries",
        not_after=None,
        not_after_by=None,
    )
    text = words(replace(passed(), cosigned=1_000, stamped=3, dated=(first, last)))
    assert (
        "  cosigned     up to entry 999, by the quorum of the policy\n"
        "  stamped      up to entry 2, by an authority under your roots\n"
        "  dated        entry 0; not after 2026-03-01T00:00:00Z (CN=Clock, over 3 entries)\n"
        "  dated        entry 3; not before 2026-02-01T00:00:00Z (witnesses, over 2 entries)\n"
    ) in text


def test_a_source_that_could_not_be_read_is_told_with_what_there_is() -> None:
    empty = replace(
        passed(),
        source=HOSTILE,
        origin=None,
        fingerprint=None,
        root=None,
        recorded_from=None,
        recorded_to=None,
        size=0,
        keys=(),
    )
    text = words(empty)
    assert "audit of \\u001b[2J\\u202e\\u000a" in text
    assert "  entries      " not in text


def test_printable_keeps_letters_of_every_script_and_spells_the_rest() -> None:
    assert printable("Kuala Lumpur 吉隆坡 ä") == "Kuala Lumpur 吉隆坡 ä"
    assert printable("\xad\u061c\u180e\u206a\ufff9\U000e0041") == (
        "\\u00ad\\u061c\\u180e\\u206a\\ufff9\\U000e0041"
    )
    assert printable("\ue000\U0001d173\xa0") == "\\ue000\\U0001d173\xa0"
    assert printable("\ud800\u2066\x9b\ufeff") == "\ufffd\\u2066\\u009b\\ufeff"
