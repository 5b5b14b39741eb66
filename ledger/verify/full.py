"""The audit of a whole log: `FullAudit.steps` is the list to read.

Steps 1 to 3 take seconds and stop the audit when they fail: nothing below a tree that does not
match its checkpoint is worth judging. Steps 4 to 8 are one map over chunks and one reduce. It
needs no network, no writable folder and no clock, and trusts nothing that it reads.
`ledger.verify.selection` has the same steps for a source that holds a part of its log.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from hashlib import sha256

from ledger.entry import Event, is_control, read_event, tags_of
from ledger.errors import LedgerError, Unavailable
from ledger.log.checkpoint import Checkpoint
from ledger.log.leaves import Leaves
from ledger.log.merkle import EMPTY_FRONTIER, leaf_hash
from ledger.source import LiveSource, Source, StoredRow
from ledger.trust import Trust
from ledger.trust.audit_record import AuditRecord
from ledger.verify import live
from ledger.verify.chunk import ChunkResult
from ledger.verify.continued import authority_at, record_marks
from ledger.verify.parallel import Engine, Mapped, Progress, Work, as_live, mapped, told_leaves
from ledger.verify.prefix import covered, glances
from ledger.verify.published import as_tiles, tile_marks, upper_tiles
from ledger.verify.reduce import Reducer
from ledger.verify.report import Mark, Report
from ledger.verify.run import Run
from ledger.verify.tags import TagIndex, whole


class FullAudit(Run):
    """An audit of a whole log; `steps` is the list to read."""

    def __init__(self, source: Source, trust: Trust, *, believing: bool = True) -> None:
        """Begin.

        Args:
            source: a whole log.
            trust: what the auditor brings.
            believing: that all is as it should be, until it is compared. The report counts if the
                audit was not `on_trust`, or `compared` everything in the end.
        """
        super().__init__(source, trust, Reducer(self._event))
        self.believing = believing
        self.on_trust = self.compared = False
        self.leaves = Leaves()
        self.columns: list[Mark] = []
        self.frontier = EMPTY_FRONTIER
        self.tag_key = secrets.token_bytes(16)
        self.record = trust.record
        self.start = 0 if trust.record is None else trust.record.size
        if self.start and self.outside.asked:  # nothing is read of what the record covers
            self.not_checked.append(f"dates that the log holds before entry {self.start}")

    @property
    def scope(self) -> str:
        """`full`, or `since S` where an audit record is gone on from."""
        return super().scope if self.record is None else f"since {self.start:,}"

    def steps(self, workers: int | Engine, chunk: int, progress: Progress | None) -> None:
        """Run the steps in order; return early where going on would say nothing."""
        found = self.findings
        # 1 entry 0 and checkpoint; all hashes come first, so that what is read later is the same
        found.begin(1)
        self.check_file()
        self.size = self.source.size()
        if not self._hash_leaves(workers, chunk) or not self.read_control(self._bytes):
            return
        if self.record is not None and not self._continues(self.record):
            return
        newest = self.check_checkpoints()
        self.check_extends(lambda index: self.leaves[index])
        # 2 witnesses and time stamps, as the trust asks
        self.check_outside()
        # 3 tree
        found.begin(3)
        if newest is None or not self._check_tree(newest) or found.failed:
            return
        # 4 spelling, 6 signatures, 7 rights: a map over chunks; 5 control chain, 8 order: a reduce
        found.begin(4)
        with self._mapped(workers, chunk) as mapped_pass:
            self._judge_entries(mapped_pass.chunks, chunk, progress)
            self.check_seen(newest)
            # 9 a live store's index, tiles and tree row; a published log's tiles
            found.begin(9)
            store = as_live(self.source)
            if store is not None:
                self._check_store(store, mapped_pass.stored_tags())
            else:
                self._check_tiles()
        # 10 documents
        found.begin(10)
        self.check_documents()

    def _bytes(self, index: int) -> bytes:
        """Return an entry's bytes again, which must be those that were hashed."""
        for row in self.source.rows(index, index + 1):
            if row.index == index and leaf_hash(row.data) == self.leaves[index]:
                return row.data
        raise Unavailable("SOURCE-CHANGED", f"entry {index} is not what it was a moment ago")

    def _event(self, index: int) -> Event:
        return read_event(index, self._bytes(index))

    def _hash_leaves(self, workers: int | Engine, chunk: int) -> bool:
        """Hash every entry's bytes, or take the hashes told; return whether every position has one.

        The leaf hashes beside the bytes are compared and not trusted.
        """
        gap = None
        rows: Iterable[StoredRow] = ()
        if self.start and self.believing:
            self._look_through_covered(workers if isinstance(workers, int) else 1, chunk)
            rows = self.source.rows(self.start, self.size) if self.start < self.size else ()
        elif not self._take_told_leaves():
            rows = self.source.rows(0, self.size)
        for row in self._covered_too(rows):
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

    def _take_told_leaves(self) -> bool:
        """Take the leaf hashes that the source tells, if it tells any and may be believed."""
        self.on_trust = self.believing and hasattr(self.source, "leaves")
        told = told_leaves(self.source) if self.on_trust else None
        self.on_trust = told is not None
        self.leaves = told or Leaves()
        return self.on_trust

    def _look_through_covered(self, workers: int, chunk: int) -> None:
        """Take in what an audit record covers, as long as all of it is as it should be."""
        self.on_trust = True
        with glances(self.source, min(self.start, self.size), workers, chunk) as found:
            for glance in found:
                for index, brief in enumerate(glance.briefs(), len(self.leaves)):
                    self.reducer.cover(index, brief)
                self.leaves.extend(glance.leaves)

    def _compare(self, start: int, stop: int, read: int, leaves: bytes) -> None:
        """Raise unless so many entries were read from a position on, and are those hashed."""
        hashed = sha256(self.leaves.joined(start, stop)).digest()
        if (read, leaves) != (stop - start, hashed):
            where = f"entries from {start} are not what they were a moment ago"
            raise Unavailable("SOURCE-CHANGED", where)

    def _covered_too(self, rows: Iterable[StoredRow]) -> Iterator[StoredRow]:
        """Yield rows, and take in on the way those that an audit record covers."""
        for row in rows:
            if row.index < self.start:
                self.reducer.cover(row.index, covered(row))
            yield row

    def _continues(self, record: AuditRecord) -> bool:
        """Return whether the log is the one that the record is of, and what was read of it."""
        control = self.control
        marks = record_marks(
            record,
            control.authority,
            lambda: authority_at(self._bytes, control.chain, self.start),
            self.size,
            lambda size: self.roots_at([size], None)[size],
        )
        if not marks and self.reducer.ids_digest() != record.ids:
            marks = [Mark("RECORD-IDS", None, record.ids, self.reducer.ids_digest())]
        self.findings.add(marks)
        *earlier, last = control.chain
        controls = [*earlier, *([last] if is_control(self._event(last).statement) else ())]
        self.reducer.newest_control = max(
            (index for index in controls if index < self.start), default=0
        )
        self.not_checked.append(
            f"signatures, rights and documents of the first {self.start:,} entries: hashed again to"
            f" the root that {record.verifier} had audited, says the record"
        )
        return not marks

    def roots_at(self, sizes: Iterable[int], newest: Checkpoint | None) -> Mapping[int, bytes]:
        """Return the roots at many sizes in one sweep; sizes beyond the log are left out."""
        del newest  # the entries tell
        return self.leaves.roots(sizes)

    def _check_tree(self, newest: Checkpoint) -> bool:
        self.frontier = self.leaves.frontier()
        self.root = self.frontier.root()
        self.findings.count(3, self.size)
        if self.root == newest.root:
            return True
        self.findings.add([Mark("ROOT-DIFFERS", None, newest.root.hex(), self.root.hex())])
        return False

    def _mapped(self, workers: int | Engine, chunk: int) -> AbstractContextManager[Mapped]:
        control = self.control
        known = (control.authority, control.blind_after, self.tag_key)
        work = Work(self.source, self.size, self.start, *known)
        return mapped(work, workers, chunk)

    def _judge_entries(
        self, chunks: Iterable[ChunkResult], chunk: int, progress: Progress | None
    ) -> None:
        done = self.start
        try:
            for result in chunks:
                # What this read gave must be what the first read hashed, all of it: how many
                # entries a chunk has follows from the size, never from what came back.
                positions = range(done, min(done + chunk, self.size))
                read = len(result.briefs) if result.positions == positions else -1
                self._compare(done, positions.stop, read, result.leaves)
                self.reducer.take(result)
                done += len(result.briefs)
                if progress is not None:
                    progress(done, self.size)
            if done != self.size:
                raise Unavailable("SOURCE-CHANGED", f"{done} of {self.size} entries were judged")
        except LedgerError:
            self.findings.add(self.reducer.marks)
            raise
        self.compared = True
        self.end_reduce(self.size - self.start)

    def _check_store(self, store: LiveSource, stored_tags: int | None) -> None:
        found, reducer = self.findings, self.reducer
        if self.record is not None:
            self.not_checked.append("the tag index")
        elif stored_tags != whole(reducer.tags):
            index = TagIndex(store, self.size, reducer.unread, self._tags_at, self.tag_key)
            found.add(index.marks(reducer.tags))
        found.add(live.tile_marks(store, self.leaves))
        found.add(live.tree_row_marks(store, self.frontier, reducer))
        found.add(live.stray_marks(store))
        found.count(9, self.size)

    def _check_tiles(self) -> None:
        tiles = as_tiles(self.source)
        if tiles is not None:
            expected = upper_tiles(self.leaves)
            self.findings.add(tile_marks(tiles, expected))
            self.findings.count(9, self.size)

    def _tags_at(self, index: int) -> tuple[str, ...]:
        return tags_of(self._event(index).statement)

    def report(self) -> Report:
        """Return the report of what was found so far, columns beside the entries among it."""
        self.findings.add(self.columns)
        return super().report()
