"""An audit of a full source: ten numbered steps, from what ends most tampering to what costs most.

Steps 1 to 3 take seconds and stop the audit when they fail: nothing below a tree that does not
match its checkpoint is worth judging. Steps 4 to 8 are one map over chunks and one reduce. It
needs no network, no writable folder and no clock, and trusts nothing that it reads.
"""

import secrets
from collections.abc import Iterable
from contextlib import AbstractContextManager
from hashlib import sha256

from ledger.collector import seldom_collected
from ledger.entry import Event, read_event, tags_of
from ledger.errors import LedgerError, Unavailable
from ledger.log.checkpoint import Checkpoint, ledger_fingerprint
from ledger.log.merkle import EMPTY_FRONTIER, leaf_hash
from ledger.source import LiveSource, Source
from ledger.trust import Trust
from ledger.verify import live
from ledger.verify.checkpoints import Shown, fingerprint_marks
from ledger.verify.chunk import ChunkResult
from ledger.verify.conditions import CONDITIONS
from ledger.verify.control import SEES_ALL, Control, read_control
from ledger.verify.documents import Documents
from ledger.verify.keys import key_rows, pin_marks, trust_row
from ledger.verify.parallel import (
    CHUNK,
    Mapped,
    Progress,
    Work,
    as_live,
    mapped,
)
from ledger.verify.reduce import Reducer, judge_seen
from ledger.verify.report import Findings, Mark, Report
from ledger.verify.tags import TagIndex, whole

_UNREADABLE = {"STORE-CORRUPT"}
"""Codes of `Tampered` that say: it cannot be read; what is there instead is not known."""


def audit(
    source: Source,
    trust: Trust,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    chunk: int = CHUNK,
) -> Report:
    """Audit a full source and return the report; no error of the source gets out.

    Args:
        source: what to audit.
        trust: what the auditor brings.
        workers: processes for the map pass; the report is the same for any number.
        progress: called with entries judged and entries in all.
        chunk: entries judged at a time; the report is the same for any number.
    """
    run = _Audit(source, trust)
    try:
        with seldom_collected():
            run.steps(workers, chunk, progress)
    except LedgerError as error:
        run.fail(error)
    return run.report()


class _Audit:
    """One audit's state; `steps` is the list to read."""

    def __init__(self, source: Source, trust: Trust) -> None:
        self.source = source
        self.trust = trust
        self.findings = Findings()
        self.control = Control()
        self.size = 0
        self.leaves: list[bytes] = []
        self.columns: list[Mark] = []
        self.frontier = EMPTY_FRONTIER
        self.reducer = Reducer(self._event)
        self.tag_key = secrets.token_bytes(16)
        self.not_checked = [
            "whether the statements are true",
            "witness cosignatures and time stamps: no policy was given",
        ]

    def steps(self, workers: int, chunk: int, progress: Progress | None) -> None:
        """Run the steps in order; return early where going on would say nothing."""
        found = self.findings
        # 1 entry 0 and checkpoint; all hashes come first, so that what is read later is the same
        found.begin(1)
        self.size = self.source.size()
        if not self._hash_leaves() or not self._read_control():
            return
        newest = self._check_checkpoints()
        # 2 witnesses and time stamps: no policy is asked for, none is checked
        # 3 tree
        found.begin(3)
        if newest is None or not self._check_tree(newest) or found.failed:
            return
        # 4 spelling, 6 signatures, 7 rights: a map over chunks; 5 control chain, 8 order: a reduce
        found.begin(4)
        with self._mapped(workers, chunk) as mapped_pass:
            self._judge_entries(mapped_pass.chunks, chunk, progress)
            # 9 a live store's index, tiles and tree row
            found.begin(9)
            store = as_live(self.source)
            if store is not None:
                self._check_store(store, mapped_pass.stored_tags())
        # 10 documents
        found.begin(10)
        self._check_documents()

    def fail(self, error: LedgerError) -> None:
        """Note that the source failed: undecided, unless it holds what no ledger writes."""
        unreadable = isinstance(error, Unavailable) or error.code in _UNREADABLE
        code = "SOURCE-UNREADABLE" if unreadable else "STORE-UNSOUND"
        code = error.code if error.code in CONDITIONS else code
        self.findings.add([Mark(code, None, "a source that can be read to the end", str(error))])

    def _bytes(self, index: int) -> bytes:
        """Return an entry's bytes again, which must be those that were hashed."""
        for row in self.source.rows(index, index + 1):
            if row.index == index and leaf_hash(row.data) == self.leaves[index]:
                return row.data
        raise Unavailable("SOURCE-CHANGED", f"entry {index} is not what it was a moment ago")

    def _event(self, index: int) -> Event:
        return read_event(index, self._bytes(index))

    def _hash_leaves(self) -> bool:
        """Hash every entry's bytes; return whether every position has one.

        The leaf hashes beside them are compared and not trusted.
        """
        gap = None
        for row in self.source.rows(0, self.size):
            if row.index != len(self.leaves):
                gap = Mark("POSITION-GAP", len(self.leaves), "an entry", f"entry {row.index}")
                break
            leaf = leaf_hash(row.data)
            if row.leaf != leaf:
                self.columns.append(Mark("COLUMN-LEAF", row.index, leaf.hex(), row.leaf.hex()))
            self.leaves.append(leaf)
        if self.size == 0:
            gap = Mark("ENTRY0-MISSING", None, "LedgerOpened", "no entries")
        elif gap is None and len(self.leaves) != self.size:
            gap = Mark("POSITION-GAP", len(self.leaves), f"{self.size} entries", "no more")
        self.findings.add([] if gap is None else [gap])
        return gap is None

    def _read_control(self) -> bool:
        """Follow and fold the control chain; return whether that was possible."""
        self.control = read_control(self._bytes, self.size)
        if self.control.mark is not None:
            self.findings.add([self.control.mark])
            return False
        if self.control.blind_after < SEES_ALL:
            self.not_checked.append(
                f"rights behind entry {self.control.blind_after}, "
                "whose type this version does not know"
            )
        return True

    def _check_checkpoints(self) -> Checkpoint | None:
        """Check fingerprint, newest checkpoint, anchors, hand-overs and what was seen earlier."""
        shown = Shown(self.control.authority, self.size)
        shown.open_newest(self.source.checkpoint())
        anchors = self.source.anchors()
        shown.open_anchors(anchors)
        shown.open_trusted(self.trust)
        self.findings.add(fingerprint_marks(self.control.authority, self.trust))
        self.findings.add(shown.marks)
        self.findings.add(shown.compare(self._roots_at(shown.sizes)))
        self.findings.count(1, 1 + len(anchors) + len(self.trust.checkpoints))
        tokens = sum(1 for anchor in anchors if anchor.token)
        if tokens:
            self.not_checked.append(f"{tokens} time-stamp tokens")
        return shown.newest

    def _roots_at(self, sizes: Iterable[int]) -> dict[int, bytes]:
        """Return the roots at many sizes in one sweep; sizes beyond the log are left out."""
        roots, frontier = {}, EMPTY_FRONTIER
        for size in sorted(set(sizes)):
            if 0 <= size <= self.size:
                frontier = frontier.extend(self.leaves[frontier.size : size])
                roots[size] = frontier.root()
        return roots

    def _check_tree(self, newest: Checkpoint) -> bool:
        self.frontier = EMPTY_FRONTIER.extend(self.leaves)
        root = self.frontier.root()
        self.findings.count(3, self.size)
        if root == newest.root:
            return True
        self.findings.add([Mark("ROOT-DIFFERS", None, newest.root.hex(), root.hex())])
        return False

    def _mapped(self, workers: int, chunk: int) -> AbstractContextManager[Mapped]:
        control = self.control
        work = Work(self.source, self.size, control.authority, control.blind_after, self.tag_key)
        return mapped(work, workers, chunk)

    def _judge_entries(
        self, chunks: Iterable[ChunkResult], chunk: int, progress: Progress | None
    ) -> None:
        done = 0
        try:
            for result in chunks:
                # What this read gave must be what the first read hashed, all of it: how many
                # entries a chunk has follows from the size, never from what came back.
                leaves = self.leaves[done : min(done + chunk, self.size)]
                hashed = sha256(b"".join(leaves)).digest()
                if (result.start, len(result.briefs)) != (done, len(leaves)) or (
                    result.leaves != hashed
                ):
                    where = f"entries from {done} are not what they were a moment ago"
                    raise Unavailable("SOURCE-CHANGED", where)
                self.reducer.take(result)
                done += len(result.briefs)
                if progress is not None:
                    progress(done, self.size)
            if done != self.size:
                raise Unavailable("SOURCE-CHANGED", f"{done} of {self.size} entries were judged")
        finally:
            self.findings.add(self.reducer.marks)
        for step in (4, 5, 7, 8):
            self.findings.count(step, self.size)
        self.findings.count(6, self.reducer.signatures)
        self.findings.add(pin_marks(self.control.authority, self.trust))
        roots = self._roots_at(size for size, _ in self.reducer.seen)
        self.findings.add(judge_seen(self.reducer.seen, roots))

    def _check_store(self, store: LiveSource, stored_tags: int | None) -> None:
        found, reducer = self.findings, self.reducer
        if stored_tags != whole(reducer.tags):
            index = TagIndex(store, self.size, reducer.unread, self._tags_at, self.tag_key)
            found.add(index.marks(reducer.tags))
        found.add(live.tile_marks(store, self.leaves))
        found.add(live.tree_row_marks(store, self.frontier, reducer))
        found.add(live.stray_marks(store))
        found.count(9, self.size)

    def _tags_at(self, index: int) -> tuple[str, ...]:
        return tags_of(self._event(index).statement)

    def _check_documents(self) -> None:
        documents = Documents(self.source, self.reducer.documents, self.reducer.disposed)
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
        self.findings.add(self.columns)
        authority, reducer = self.control.authority, self.reducer
        opening = authority.opening
        fingerprint = None
        if opening is not None:
            key = authority.checkpoint_keys[0][1]
            fingerprint = ledger_fingerprint(opening.origin, key).hex()
        return Report(
            verdict=self.findings.verdict(),
            scope=self.source.scope,
            source=self.source.name,
            demonstration=opening is not None and opening.purpose == "demonstration",
            origin=None if opening is None else opening.origin,
            fingerprint=fingerprint,
            size=self.size,
            root=self.frontier.root().hex() if self.frontier.size else None,
            recorded_from=reducer.first_recorded_at,
            recorded_to=reducer.recorded_at or None,
            steps=self.findings.steps(),
            marks=self.findings.shown(),
            keys=key_rows(authority, self.trust),
            trust=trust_row(self.trust),
            not_checked=tuple(self.not_checked),
        )
