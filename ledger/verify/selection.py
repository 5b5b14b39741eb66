"""An audit of a selection: some entries of a log, each with the proof that it stands in it.

The control chain is there from the last entry back to entry 0, so authority is known at every
position, and no void, correction or revocation can be left out. What only the whole log shows is
listed as not checked.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import ClassVar

from ledger.entry import Event, read_event
from ledger.errors import Unavailable
from ledger.history import check_target
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import EMPTY_ROOT, leaf_hash
from ledger.log.proofs import verify_consistency, verify_inclusion
from ledger.source import PartialSource, Selection, Source
from ledger.trust import Trust
from ledger.verify.chunk import Brief, ChunkJudge, ChunkResult
from ledger.verify.parallel import CHUNK, Progress
from ledger.verify.reduce import ReadEvent, Reducer
from ledger.verify.report import Mark
from ledger.verify.run import Run


def as_partial(source: Source) -> PartialSource | None:
    """Return the source as one that may hold a part of its log, or None."""
    return source if hasattr(source, "selection") else None  # type: ignore[return-value]  # by shape


class SelectionAudit(Run):
    """An audit of a selection; `steps` is the list to read."""

    blind: ClassVar[tuple[str, ...]] = (
        *Run.blind,
        "what else the log holds: the selection may leave out entries that others would ask for",
        "that ids, identifiers and idempotency keys are used once in the whole log",
        "that recorded_at never decreases between entries that are not neighbours here",
    )

    def __init__(self, source: PartialSource, selection: Selection, trust: Trust) -> None:
        super().__init__(source, trust, SelectionReducer(self._event))
        self._partial = source
        self._selection = selection
        self._proved: dict[int, bytes] = {}
        self._leaves: dict[int, bytes] = {}

    def steps(self, progress: Progress | None) -> None:
        """Run the steps in order; return early where going on would say nothing."""
        found = self.findings
        # 1 entry 0 and checkpoint, by the control chain, which must be whole; all hashes come
        # first, so that what is read later is the same
        found.begin(1)
        self.check_file()
        self.size = self.source.size()
        self._leaves = {index: leaf for index, leaf, _ in self._partial.proofs()}
        if not self._has_chain():
            return
        newest = self.check_checkpoints()
        self.check_extends(self._leaves.get)
        # 2 witnesses and time stamps, as the trust asks
        self.check_outside()
        # 3 tree: every entry and every earlier tree leads to the checkpoint's root
        found.begin(3)
        if newest is None or not self._check_proofs(newest) or found.failed:
            return
        self.root = newest.root
        # 4 spelling, 5 control chain, 6 signatures, 7 rights, 8 targets and what signers had seen
        found.begin(4)
        self._judge_entries(progress)
        self.check_seen(newest)
        # 10 documents
        found.begin(10)
        self.check_documents()

    def roots_at(self, sizes: Iterable[int], newest: Checkpoint | None) -> Mapping[int, bytes]:
        """Return the roots at these sizes that a consistency proof leads from to the newest."""
        if newest is None:
            return {}
        if not self._proved:
            self._proved = {0: EMPTY_ROOT, newest.size: newest.root}
            for size, root, proof in self._selection.earlier:
                if verify_consistency(size, newest.size, root, newest.root, proof):
                    self._proved[size] = root
                else:
                    expected = f"{newest.root.hex()} from {size} entries on"
                    mark = Mark("CONSISTENCY-DIFFERS", None, expected, "another root")
                    self.findings.add([mark])
        return {size: self._proved[size] for size in set(sizes) if size in self._proved}

    def _has_chain(self) -> bool:
        if self.size == 0:
            self.findings.add([Mark("ENTRY0-MISSING", None, "LedgerOpened", "no entries")])
            return False
        try:
            return self.read_control(self._bytes)
        except Unavailable as error:
            if error.code != "ENTRY-ABSENT":
                raise
            self.findings.add([Mark("CHAIN-INCOMPLETE", None, "the whole chain", error.message)])
            return False

    def _check_proofs(self, newest: Checkpoint) -> bool:
        """Return whether each entry leads to the root."""
        for index, leaf, proof in self._partial.proofs():
            self.findings.count(3, 1)
            if leaf != self._leaves.get(index):
                raise _changed(index)
            if not verify_inclusion(leaf, index, newest.size, newest.root, proof):
                expected = newest.root.hex()
                self.findings.add([Mark("INCLUSION-DIFFERS", index, expected, "another root")])
        self.findings.count(3, len(self._selection.earlier))
        return not self.findings.failed

    def _judge_entries(self, progress: Progress | None) -> None:
        positions, control = self._selection.positions, self.control
        judge = ChunkJudge(control.authority, control.blind_after, None)
        results = []
        for at in range(0, len(positions), CHUNK):
            part = positions[at : at + CHUNK]
            result = judge.judge(part, self.source.rows(part[0], part[-1] + 1))
            leaves = sha256(b"".join(self._leaves[index] for index in part)).digest()
            if (len(result.briefs), result.leaves) != (len(part), leaves):
                raise _changed(part[0])
            results.append(result)
            if progress is not None:
                progress(at + len(part), len(positions))
        reducer = self.reducer
        assert isinstance(reducer, SelectionReducer)  # noqa: S101  made so
        reducer.begin(results, control.chain)
        for result in results:
            reducer.take(result)
        self.end_reduce(len(positions))

    def _bytes(self, index: int) -> bytes:
        if index not in self._leaves:
            raise Unavailable("ENTRY-ABSENT", f"entry {index} is not in the selection")
        for row in self.source.rows(index, index + 1):
            if leaf_hash(row.data) == self._leaves[index]:
                return row.data
        raise _changed(index)

    def _event(self, index: int) -> Event:
        return read_event(index, self._bytes(index))


def _changed(index: int) -> Unavailable:
    return Unavailable("SOURCE-CHANGED", f"entry {index} is not what it was a moment ago")


class SelectionReducer(Reducer):
    """The reduce pass over entries with gaps between them."""

    def __init__(self, read: ReadEvent) -> None:
        super().__init__(read)
        self._held: frozenset[str] = frozenset()
        self._chain: Sequence[int] = ()
        self._last = 0

    def begin(self, results: Iterable[ChunkResult], chain: Sequence[int]) -> None:
        """Take in which ids there are, and the control chain: the last entry at its end."""
        held = (one.id for result in results for one in result.briefs if one is not None)
        self._held = frozenset(held)
        *self._chain, self._last = chain

    def _judge_control(self, index: int, brief: Brief) -> None:
        """Compare an entry with the control entries that the last entry leads back to."""
        before = bisect_left(self._chain, index)
        named = self._chain[before - 1] if before else 0
        if brief.control != named:
            self.marks.append(Mark("CONTROL-CHAIN", index, str(named), str(brief.control)))
        listed = before < len(self._chain) and self._chain[before] == index
        if brief.is_control is None:
            self.unread.add(index)
        elif index != self._last and brief.is_control != listed:
            expected = "a control entry" if listed else "no control entry, as the chain leads past"
            self.marks.append(Mark("CONTROL-CHAIN", index, expected, "the opposite"))

    def _judge_target(self, index: int, brief: Brief, *, again: bool) -> None:
        """Judge what an entry is about if that is here; whether identifiers are new, all tell."""
        del again
        if brief.target is not None and brief.target not in self._held:
            self.marks.append(Mark("TARGET-ABSENT", index, f"the event {brief.target}", "none"))
        elif brief.target is not None:
            self._check(index, check_target)
