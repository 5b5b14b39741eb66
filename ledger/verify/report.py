"""The report of an audit: verdict, scope, steps, keys and what was not checked."""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from ledger.canonical import Canonical
from ledger.errors import EXIT_FAIL, EXIT_PASS, EXIT_UNDECIDED
from ledger.verify.conditions import CONDITIONS, STEPS, Verdict

SCHEMA = "chipledger.verify-report/1"
SHOWN_PER_CODE = 5
TEXT_MAX = 200
"""Characters shown of what a source says."""
INTEGRITY_ONLY = "integrity only: nothing here shows that the statements are true"
StepVerdict = Verdict | Literal["NOT REACHED", "NOT ASKED"]
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
    """One step.

    Attributes:
        number: 1 to 10.
        title: what it looks at.
        verdict: its own; NOT ASKED where source or trust give it nothing to do, NOT REACHED after
            an earlier FAIL.
        checked: how many things it looked at.
        conditions: how many conditions it met.
    """

    number: int
    title: str
    verdict: StepVerdict
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


class DatedOut(Canonical, frozen=True, kw_only=True):
    """Between which moments an entry came into the log, as outsiders said.

    Attributes:
        entry: its position.
        not_before: UTC, or None.
        not_before_by: who says so, and of what.
        not_after: UTC, or None.
        not_after_by: likewise.
    """

    entry: int
    not_before: str | None
    not_before_by: str | None
    not_after: str | None
    not_after_by: str | None


class TrustOut(Canonical, frozen=True, kw_only=True):
    """What the auditor brought; policy and roots by their SHA-256."""

    ordered_fields: ClassVar[tuple[str, ...]] = ("old_checkpoints",)

    fingerprint: str | None
    fingerprint_from: str | None
    pins: tuple[str, ...]
    old_checkpoints: tuple[int, ...]
    extends: str | None
    high_water: int | None
    record: str | None
    policy: str | None
    tsa_roots: tuple[str, ...]


class Report(Canonical, frozen=True, kw_only=True):
    """The result of one audit: the same whatever the number of workers and the size of chunks.

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
        cosigned: entries in the newest checkpoint that the policy's quorum cosigned, or None.
        stamped: entries in the newest checkpoint with a time stamp that was checked, or None.
        dated: what follows from both for the first entry and the last.
        steps: the ten steps.
        marks: conditions met, at most five of each code; `steps` count them all.
        keys: every party's keys.
        trust: what the audit rests on.
        not_checked: what it did not look at.
    """

    ordered_fields: ClassVar[tuple[str, ...]] = ("dated", "steps", "marks", "not_checked")

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
    cosigned: int | None
    stamped: int | None
    dated: tuple[DatedOut, ...]
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
    """What an audit finds while it runs: of each code a count and the first few marks."""

    def __init__(self, last: int = max(STEPS)) -> None:
        """Begin; PASS needs the step `last` to be done."""
        self._last = last
        self.checked: dict[int, int] = {}
        self._under_way = 0
        self._marks: dict[tuple[int, str], list[Mark]] = defaultdict(list)
        self._counts: dict[tuple[int, str], int] = defaultdict(int)

    def begin(self, step: int) -> None:
        """Say that a step is under way; those before it that nobody counted were not asked for."""
        self._under_way = step

    def count(self, step: int, checked: int) -> None:
        """Say that a step was done, and that it looked at so many things."""
        self.checked[step] = self.checked.get(step, 0) + checked

    def add(self, marks: Iterable[Mark]) -> None:
        """Take marks in. Few are kept, so that a hostile source cannot fill the memory."""
        for mark in marks:
            key = (CONDITIONS[mark.code].step or self._under_way, mark.code)
            self._counts[key] += 1
            kept = self._marks[key]
            insort(kept, mark, key=_mark_order)
            del kept[SHOWN_PER_CODE:]

    @property
    def failed(self) -> bool:
        """Whether anything contradicts."""
        return self.verdict() == "FAIL"

    def verdict(self) -> Verdict:
        """FAIL wins over UNDECIDED, which wins over PASS; PASS needs the last step."""
        worst = _worst(code for _, code in self._counts)
        done = self._last in self.checked
        return worst if done or worst != "PASS" else "UNDECIDED"

    def steps(self) -> tuple[StepOut, ...]:
        """Return the ten steps with their own verdicts."""
        return tuple(self._step(number, title) for number, title in STEPS.items())

    def _step(self, number: int, title: str) -> StepOut:
        met = {code: count for (step, code), count in self._counts.items() if step == number}
        verdict: StepVerdict = _worst(met)
        if not met and number not in self.checked:
            verdict = "NOT ASKED" if number < self._under_way else "NOT REACHED"
        return StepOut(
            number=number,
            title=title,
            verdict=verdict,
            checked=self.checked.get(number, 0),
            conditions=sum(met.values()),
        )

    def shown(self) -> tuple[MarkOut, ...]:
        """Return the marks by step, code and entry, the first few of each code."""
        return tuple(
            _out(mark, step) for (step, _), marks in sorted(self._marks.items()) for mark in marks
        )


def _worst(codes: Iterable[str]) -> Verdict:
    verdicts = {CONDITIONS[code].verdict for code in codes}
    if "FAIL" in verdicts:
        return "FAIL"
    return "UNDECIDED" if verdicts else "PASS"


def _mark_order(mark: Mark) -> tuple[int, str, str]:
    return -1 if mark.index is None else mark.index, mark.expected, mark.found


def _out(mark: Mark, step: int) -> MarkOut:
    row = CONDITIONS[mark.code]
    return MarkOut(
        code=mark.code,
        verdict=row.verdict,
        step=step,
        entry=mark.index,
        words=row.words,
        expected=mark.expected[:TEXT_MAX],
        found=mark.found[:TEXT_MAX],
    )
