"""One judgement of a proof: its state, the steps that proofs have in common, its report."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.authority import Authority, raw_key
from ledger.errors import LedgerError, Unavailable
from ledger.events.ledger import LedgerOpened
from ledger.evidence.single import KeyPath
from ledger.log.checkpoint import Checkpoint, ledger_fingerprint, parse_checkpoint_text
from ledger.log.merkle import leaf_hash
from ledger.log.note import parse_note
from ledger.log.proofs import verify_inclusion
from ledger.source import Anchor
from ledger.trust import Trust
from ledger.verify.conditions import STEPS
from ledger.verify.keys import trust_row
from ledger.verify.ledger_key import LedgerKeys, follow, kept_marks, opened
from ledger.verify.outside import Outside
from ledger.verify.report import Findings, Mark, Report

OF_A_PROOF = (
    "whether the statements are true",
    "whether the ledger's key was replaced before without a hand-over shown here",
)


class Judgement:
    """The state of one judgement."""

    def __init__(self, name: str, trust: Trust, last: int) -> None:
        self.name = name
        self.trust = trust
        self.findings = Findings(last)
        self.scope = "proof"
        self.opening: LedgerOpened | None = None
        self.newest: Checkpoint | None = None
        self.outside = Outside(trust)
        self.index: int | None = None
        self.not_checked = list(OF_A_PROOF)

    def fail(self, error: LedgerError) -> None:
        """Note that the file is not what it should be, or that it cannot be judged here."""
        code = "SOURCE-UNREADABLE" if isinstance(error, Unavailable) else "PROOF-MALFORMED"
        self.findings.add([Mark(code, None, "a proof in its one spelling", str(error))])

    def keys(self, path: KeyPath) -> LedgerKeys | None:
        """Step 1: entry 0, and the ledger's keys from there on."""
        self.findings.begin(1)
        self.opening, marks = opened(path)
        self.findings.add(marks)
        if self.opening is None:
            return None
        keys = follow(self.opening, path, self.trust)
        self.findings.add(keys.marks)
        return keys

    def open(self, keys: LedgerKeys, note: bytes) -> Checkpoint | None:
        """Step 1: a checkpoint of the proof."""
        checkpoint, marks = keys.open(note)
        self.findings.add(marks)
        return checkpoint

    def kept(self, keys: LedgerKeys, shown: Sequence[Checkpoint]) -> None:
        """Step 1: what the auditor kept must not contradict what the proof shows."""
        self.newest = max(shown, key=lambda one: one.size)
        self.findings.add(kept_marks(keys, self.trust.checkpoints, shown))
        self.findings.count(1, len(shown) + len(self.trust.checkpoints))

    def seen_outside(self, keys: LedgerKeys, notes: Sequence[bytes]) -> None:
        """Step 2: the newest checkpoint, which is first, and an older one, by the policy."""
        self.findings.begin(2)
        authority = Authority(opening=self.opening, checkpoint_keys=keys.followed)
        self.outside.judge(authority, _Shown(notes), self.findings)

    def includes(self, data: str, index: int, proof: Sequence[bytes]) -> bool:
        """Step 3: an entry stands at a position of the newest tree."""
        newest = self.newest
        assert newest is not None  # noqa: S101  step 1 opened it
        leaf = leaf_hash(data.encode())
        if verify_inclusion(leaf, index, newest.size, newest.root, proof):
            return True
        found = "another root" if index < newest.size else "no such position"
        self.findings.add([Mark("INCLUSION-DIFFERS", index, newest.root.hex(), found)])
        return False

    def report(self) -> Report:
        """Return the report."""
        self.findings.begin(max(STEPS) + 1)
        opening, newest = self.opening, self.newest
        fingerprint = None
        if opening is not None:
            key = raw_key(opening.checkpoint_key)
            fingerprint = ledger_fingerprint(opening.origin, key).hex()
        return Report(
            verdict=self.findings.verdict(),
            scope=self.scope,
            source=self.name,
            demonstration=opening is not None and opening.purpose == "demonstration",
            origin=None if opening is None else opening.origin,
            fingerprint=fingerprint,
            size=0 if newest is None else newest.size,
            root=None if newest is None else newest.root.hex(),
            recorded_from=None,
            recorded_to=None,
            cosigned=self.outside.cosigned,
            stamped=self.outside.stamped,
            dated=() if self.index is None else self.outside.at(self.index),
            steps=self.findings.steps(),
            marks=self.findings.shown(),
            keys=(),
            trust=trust_row(self.trust),
            not_checked=(*self.not_checked, *self.outside.not_checked),
        )


@dataclass(frozen=True, slots=True)
class _Shown:
    """The checkpoints of a proof, the newest first, as what was shown outside."""

    notes: Sequence[bytes]

    def checkpoint(self) -> bytes:
        return self.notes[0]

    def size(self) -> int:
        return _size(self.notes[0])

    def anchors(self) -> list[Anchor]:
        return [Anchor(_size(note), note, None) for note in self.notes[1:]]


def _size(note: bytes) -> int:
    return parse_checkpoint_text(parse_note(note).text).size
