"""What every audit does, however much of the log it is given: its state, the steps in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from ledger.errors import LedgerError, Unavailable
from ledger.log.checkpoint import Checkpoint, ledger_fingerprint
from ledger.log.merkle import leaf_hash
from ledger.source import Source
from ledger.trust import Trust
from ledger.verify.checkpoints import Shown, fingerprint_marks
from ledger.verify.conditions import CONDITIONS
from ledger.verify.control import SEES_ALL, Control, ReadEntry, read_control
from ledger.verify.documents import Documents
from ledger.verify.keys import key_rows, pin_marks, trust_row
from ledger.verify.outside import Outside
from ledger.verify.reduce import Reducer, judge_seen
from ledger.verify.report import Findings, Mark, Report

_UNREADABLE = {"STORE-CORRUPT"}
"""Codes of `Tampered` that say: it cannot be read; what is there instead is not known."""


class Run(ABC):
    """One audit's state, and the steps that do not depend on how much of the log there is."""

    blind: ClassVar[tuple[str, ...]] = ("whether the statements are true",)
    """What no audit of this kind can tell."""

    def __init__(self, source: Source, trust: Trust, reducer: Reducer) -> None:
        self.source = source
        self.trust = trust
        self.findings = Findings()
        self.control = Control()
        self.size = 0
        self.root: bytes | None = None
        self.reducer = reducer
        self.outside = Outside(trust)
        self.not_checked: list[str] = []

    @property
    def scope(self) -> str:
        """What of the log was audited."""
        return self.source.scope

    def fail(self, error: LedgerError) -> None:
        """Note that the source failed: undecided, unless it holds what no ledger writes."""
        unreadable = isinstance(error, Unavailable) or error.code in _UNREADABLE
        code = "SOURCE-UNREADABLE" if unreadable else "STORE-UNSOUND"
        code = error.code if error.code in CONDITIONS else code
        self.findings.add([Mark(code, None, "a source that can be read to the end", str(error))])

    def read_control(self, read: ReadEntry) -> bool:
        """Follow and fold the control chain; return whether that was possible."""
        self.control = read_control(read, self.size)
        if self.control.mark is not None:
            self.findings.add([self.control.mark])
            return False
        if self.control.blind_after < SEES_ALL:
            self.not_checked.append(
                f"rights behind entry {self.control.blind_after}, "
                "whose type this version does not know"
            )
        return True

    def check_file(self) -> None:
        """Note that a file is not as it was written; what its bytes say is judged all the same.

        Nobody signs the digest that tells so. A file that it is true of may still be false, and is
        then FAIL by what contradicts it; one that it is not true of was damaged, and is no PASS.
        """
        self.findings.add(_damage_marks(self.source, "EVIDENCE-DAMAGED"))

    def check_checkpoints(self) -> Checkpoint | None:
        """Check fingerprint, newest checkpoint, anchors, hand-overs and what was seen earlier."""
        shown = Shown(self.control.authority, self.size)
        shown.open_newest(self.source.checkpoint())
        anchors = self.source.anchors()
        shown.open_anchors(anchors)
        shown.open_trusted(self.trust)
        self.findings.add(fingerprint_marks(self.control.authority, self.trust))
        self.findings.add(shown.marks)
        self.findings.add(shown.compare(self.roots_at(shown.sizes, shown.newest)))
        self.findings.count(1, 1 + len(anchors) + len(self.trust.checkpoints))
        return shown.newest

    def check_outside(self) -> None:
        """Judge what witnesses and time-stamp authorities said, as far as the trust asks for it."""
        self.findings.begin(2)
        self.outside.judge(self.control.authority, self.source, self.findings)

    def check_extends(self, leaf_at: Callable[[int], bytes | None]) -> None:
        """Compare every entry of an earlier file with the one at its position, where it is here.

        A file that is not as it was written accuses nobody: it is not compared.
        """
        old = self.trust.extends
        damaged = [] if old is None else _damage_marks(old, "EXTENDS-DAMAGED")
        self.findings.add(damaged)
        if old is None or damaged:
            return
        absent = 0
        if old.size() > self.size:
            expected, found = f"{old.size()} entries", f"{self.size} entries"
            self.findings.add([Mark("EXTENDS-DIFFERS", None, expected, found)])
        for row in old.rows(0, self.size):
            ours, theirs = leaf_at(row.index), leaf_hash(row.data)
            absent += ours is None
            if ours is not None and ours != theirs:
                self.findings.add([Mark("EXTENDS-DIFFERS", row.index, theirs.hex(), ours.hex())])
        if absent:
            told = f"{absent:,} entries of the file audited earlier that are not here"
            self.not_checked.append(told)

    @abstractmethod
    def roots_at(self, sizes: Iterable[int], newest: Checkpoint | None) -> Mapping[int, bytes]:
        """Return the log's roots at these sizes, as far as the source shows them."""

    def end_reduce(self, judged: int) -> None:
        """Note what the reduce pass found, over so many entries, and judge pins."""
        self.findings.add(self.reducer.marks)
        for step in (4, 5, 7, 8):
            self.findings.count(step, judged)
        self.findings.count(6, self.reducer.signatures)
        self.findings.add(pin_marks(self.control.authority, self.trust))
        recorded = self.reducer.anchored_events()
        self.outside.take_recorded(self.control.authority.opened.origin, recorded)

    def check_seen(self, newest: Checkpoint) -> None:
        """Compare what signers had verified with what the log was."""
        seen = self.reducer.seen
        roots = self.roots_at(seen.sizes(), newest)
        self.findings.add(judge_seen(seen.in_order(), roots, self.size))

    def check_documents(self) -> None:
        """Hash the documents that are there; tell which are not."""
        part = self.trust.record is not None
        documents = Documents(self.source, self.reducer.documents, self.reducer.disposed, part=part)
        self.findings.add(documents.marks())
        self.findings.count(10, documents.checked)
        if documents.annexes:
            self.not_checked.append(f"{documents.annexes} sealed annexes that are not here")
        if documents.left_out:
            self.not_checked.append(f"{documents.left_out} documents that the file leaves out")
        if documents.disposed:
            self.not_checked.append(f"{documents.disposed} documents that were disposed of")

    def report(self) -> Report:
        """Return the report of what was found so far."""
        authority, reducer = self.control.authority, self.reducer
        opening = authority.opening
        fingerprint = None
        if opening is not None:
            key = authority.checkpoint_keys[0][1]
            fingerprint = ledger_fingerprint(opening.origin, key).hex()
        return Report(
            verdict=self.findings.verdict(),
            scope=self.scope,
            source=self.source.name,
            demonstration=opening is not None and opening.purpose == "demonstration",
            origin=None if opening is None else opening.origin,
            fingerprint=fingerprint,
            size=self.size,
            root=None if self.root is None else self.root.hex(),
            recorded_from=reducer.first_recorded_at,
            recorded_to=reducer.recorded_at or None,
            cosigned=self.outside.cosigned,
            stamped=self.outside.stamped,
            dated=self.outside.shown(self.size),
            steps=self.findings.steps(),
            marks=self.findings.shown(),
            keys=key_rows(authority, self.trust),
            trust=trust_row(self.trust),
            not_checked=(*self.blind, *self.outside.not_checked, *self.not_checked),
        )


def _damage_marks(source: Source, code: str) -> list[Mark]:
    """Return what tells that a file is not as it was written; only an evidence file can tell."""
    damage = source.damage() if hasattr(source, "damage") else None
    return [] if damage is None else [Mark(code, None, damage.expected, damage.found)]
