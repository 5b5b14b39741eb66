"""The report of an audit: verdict, scope, steps, keys and what was not checked."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ledger.canonical import Canonical
from ledger.errors import EXIT_FAIL, EXIT_PASS, EXIT_UNDECIDED
from ledger.verify.conditions import CONDITIONS, STEPS, Verdict

SCHEMA = "chipledger.verify-report/1"
SHOWN_PER_CODE = 5
INTEGRITY_ONLY = "integrity only: nothing here shows that the statements are true"
_EXIT = {"PASS": EXIT_PASS, "FAIL": EXIT_FAIL, "UNDECIDED": EXIT_UNDECIDED}


@dataclass(frozen=True, slots=True)
class Mark:
    """One condition met: where, what was expected, what was found.

    Attributes:
        code: row of the table.
        index: entry, or None where it is about the whole.
        expected: what the bytes, the rules or the trust ask for.
        found: what is there.
    """

    code: str
    index: int | None = None
    expected: str = ""
    found: str = ""


class MarkOut(Canonical, frozen=True, kw_only=True):
    """A mark as the report carries it."""

    code: str
    verdict: Verdict
    step: int
    entry: int | None
    words: str
    expected: str
    found: str


class StepOut(Canonical, frozen=True, kw_only=True):
    """One step: `checked` counts what it looked at; `reached` is false after an earlier FAIL."""

    number: int
    title: str
    verdict: Verdict | Literal["NOT REACHED", "NOT ASKED"]
    checked: int
    conditions: int


class KeyOut(Canonical, frozen=True, kw_only=True):
    """A party's key and who vouches for it."""

    party: str
    key: str
    holder: str
    enrolled: int
    revoked: int | None
    doubted_since: int | None
    reset: bool
    voucher: str
    words: str


class TrustOut(Canonical, frozen=True, kw_only=True):
    """What the auditor brought."""

    fingerprint: str | None
    fingerprint_from: str | None
    pins: tuple[str, ...]
    old_checkpoints: tuple[int, ...]
    high_water: int | None


class Report(Canonical, frozen=True, kw_only=True):
    """The result of one audit. It is the same whatever the number of workers.

    Attributes:
        schema: name of this form.
        verdict: PASS, FAIL or UNDECIDED.
        scope: `full`, `selection n of N` or `since S`.
        source: what was audited.
        demonstration: whether the ledger says that its events are invented.
        origin: the ledger's name, or None where entry 0 could not be read.
        fingerprint: the ledger's fingerprint in hex, computed from entry 0.
        size: entries audited.
        root: root hash computed, hex.
        recorded_from: recorded_at of the first entry, as the operator's clock claims.
        recorded_to: of the last.
        steps: the ten steps.
        marks: conditions met, at most five of each code; `steps` count them all.
        keys: every party's keys.
        trust: what the audit rests on.
        not_checked: what it did not look at.
    """

    schema: str = SCHEMA
    verdict: Verdict
    scope: str
    source: str
    demonstration: bool
    origin: str | None
    fingerprint: str | None
    size: int
    root: str | None
    recorded_from: str | None
    recorded_to: str | None
    steps: tuple[StepOut, ...]
    marks: tuple[MarkOut, ...]
    keys: tuple[KeyOut, ...]
    trust: TrustOut
    not_checked: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0 PASS, 1 FAIL, 3 UNDECIDED."""
        return _EXIT[self.verdict]


class Findings:
    """Marks and counts while an audit runs."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []
        self.checked: dict[int, int] = defaultdict(int)
        self.reached = 0

    def add(self, marks: Iterable[Mark]) -> None:
        """Take marks in."""
        self.marks.extend(marks)

    def count(self, step: int, checked: int) -> None:
        """Say that a step looked at so many things."""
        self.checked[step] += checked
        self.reached = max(self.reached, step)

    @property
    def failed(self) -> bool:
        """Whether anything contradicts."""
        return any(CONDITIONS[mark.code].verdict == "FAIL" for mark in self.marks)

    def verdict(self) -> Verdict:
        """FAIL wins over UNDECIDED, which wins over PASS."""
        if self.failed:
            return "FAIL"
        return "UNDECIDED" if self.marks else "PASS"

    def steps(self) -> tuple[StepOut, ...]:
        """Return the ten steps with their own verdicts."""
        return tuple(self._step(number, title) for number, title in STEPS.items())

    def _step(self, number: int, title: str) -> StepOut:
        own = [mark for mark in self.marks if CONDITIONS[mark.code].step == number]
        verdicts = {CONDITIONS[mark.code].verdict for mark in own}
        verdict: Verdict | Literal["NOT REACHED", "NOT ASKED"] = "PASS"
        if verdicts:
            verdict = "FAIL" if "FAIL" in verdicts else "UNDECIDED"
        elif number > self.reached:
            verdict = "NOT REACHED"
        elif not self.checked[number]:
            verdict = "NOT ASKED"
        return StepOut(
            number=number,
            title=title,
            verdict=verdict,
            checked=self.checked[number],
            conditions=len(own),
        )

    def shown(self) -> tuple[MarkOut, ...]:
        """Return the marks by step, code and entry, the first few of each code."""
        by_code: dict[str, list[Mark]] = defaultdict(list)
        for mark in sorted(set(self.marks), key=_mark_order):
            by_code[mark.code].append(mark)
        return tuple(_out(mark) for marks in by_code.values() for mark in marks[:SHOWN_PER_CODE])


def _mark_order(mark: Mark) -> tuple[int, str, int, str, str]:
    row = CONDITIONS[mark.code]
    index = -1 if mark.index is None else mark.index
    return row.step, mark.code, index, mark.expected, mark.found


def _out(mark: Mark) -> MarkOut:
    row = CONDITIONS[mark.code]
    return MarkOut(
        code=mark.code,
        verdict=row.verdict,
        step=row.step,
        entry=mark.index,
        words=row.words,
        expected=mark.expected,
        found=mark.found,
    )
