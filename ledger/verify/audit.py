"""An audit of a full source: ten numbered steps, from what ends most tampering to what costs most.

Steps 1 to 3 take seconds and stop the audit when they fail: nothing below a tree that does not
match its checkpoint is worth judging. Steps 4 to 8 are one map over chunks and one reduce. It
needs no network, no writable folder and no clock, and trusts nothing that it reads.
"""

import secrets
from collections.abc import Iterable, Iterator

from ledger.authority import Authority
from ledger.entry import Event, is_control, read_event
from ledger.errors import LedgerError, Malformed, Refused, Unavailable
from ledger.events.ledger import LedgerOpened
from ledger.log.checkpoint import Checkpoint, ledger_fingerprint
from ledger.log.merkle import EMPTY_FRONTIER, Frontier, leaf_hash, root_of
from ledger.source import Source
from ledger.trust import Trust
from ledger.verify import checkpoints, live
from ledger.verify.keys import key_rows, pin_marks, trust_row
from ledger.verify.parallel import Progress, as_live, chunk_results
from ledger.verify.reduce import Reducer, judge_seen
from ledger.verify.report import Findings, Mark, Report


def audit(
    source: Source, trust: Trust, *, workers: int = 1, progress: Progress | None = None
) -> Report:
    """Audit a full source and return the report.

    Args:
        source: what to audit.
        trust: what the auditor brings.
        workers: processes for the map pass; the report is the same for any number.
        progress: called with entries judged and entries in all.
    """
    run = _Audit(source, trust)
    try:
        run.steps(workers, progress)
    except Unavailable as error:
        run.findings.add([Mark("SOURCE-UNREADABLE", None, "to be read to the end", str(error))])
    except LedgerError as error:
        run.findings.add([Mark("STORE-UNSOUND", None, "rows of the declared form", str(error))])
    return run.report()


class _Audit:
    """One audit's state; `steps` is the list to read."""

    def __init__(self, source: Source, trust: Trust) -> None:
        self.source = source
        self.trust = trust
        self.findings = Findings()
        self.authority = Authority()
        self.size = 0
        self.leaves: list[bytes] = []
        self.frontier: Frontier | None = None
        self.reducer = Reducer(self._event)
        self.tag_key = secrets.token_bytes(16)
        self.tags = 0

    def steps(self, workers: int, progress: Progress | None) -> None:
        """Run the steps in order; return early where going on would say nothing."""
        # 1 entry 0 and checkpoint (the control chain is read first: it names the ledger's keys)
        self.size = self.source.size()
        if not self._fold_authority():
            return
        self._hash_leaves()
        checkpoint = self._check_checkpoints()
        # 2 witnesses and time stamps: no policy is asked for, none is checked
        # 3 tree
        self._check_tree(checkpoint)
        if self.findings.failed:
            return
        # 4 spelling, 6 signatures, 7 rights: a map over chunks; 5 control chain, 8 order: a reduce
        self._judge_entries(workers, progress)
        self.findings.add(pin_marks(self.authority, self.trust))
        roots = self._roots_at(size for size, _ in self.reducer.seen)
        self.findings.add(judge_seen(self.reducer.seen, roots))
        # 9 a live store's index, tiles and tree row
        store = as_live(self.source)
        if store is not None:
            key, total = self.tag_key, self.tags % 2**128
            self.findings.add(live.tag_marks(store, self.size, total, key, self._event))
            self.findings.add(live.tile_marks(store, self.leaves, self.findings))
            self.findings.add(live.tree_row_marks(store, self.frontier, self.reducer))
            self.findings.count(9, self.size)
        # 10 documents
        self.findings.add(live.document_marks(self.source, self.reducer.documents, self.findings))

    def _event(self, index: int) -> Event:
        for row in self.source.rows(index, index + 1):
            return read_event(index, row.data)
        raise Malformed("ENTRY-UNKNOWN", f"there is no entry {index}")

    def _fold_authority(self) -> bool:
        """Fold the control chain that the last entry names; return whether it could be read."""
        if self.size == 0:
            self.findings.add([Mark("ENTRY0-MISSING", None, "LedgerOpened", "no entries")])
            return False
        try:
            chain = list(self._control_chain())
        except Unavailable:
            raise
        except LedgerError as error:
            self.findings.add([Mark("ENTRY-MALFORMED", None, "a readable chain", str(error))])
            return False
        first = chain[-1].statement.data
        if not isinstance(first, LedgerOpened):
            self.findings.add([Mark("ENTRY0-MALFORMED", 0, "LedgerOpened", type(first).__name__)])
            return False
        for event in reversed(chain):
            self.authority.apply(event.index, event.statement)
        return True

    def _control_chain(self) -> Iterator[Event]:
        """Yield the control entries, newest first, as each entry names the one before."""
        event = self._event(self.size - 1)
        if is_control(event.statement):
            yield event
        while event.index > 0:
            if event.entry.control >= event.index:
                raise Refused(
                    "CONTROL-CHAIN", f"entry {event.index} names no earlier control entry"
                )
            event = self._event(event.entry.control)
            yield event
        if not is_control(event.statement):
            raise Malformed("ENTRY0-MALFORMED", "entry 0 is no control entry")

    def _hash_leaves(self) -> None:
        """Hash every entry's bytes again; the columns beside them are not trusted."""
        for row in self.source.rows(0, self.size):
            if row.index != len(self.leaves):
                self.findings.add(
                    [Mark("POSITION-GAP", row.index, str(len(self.leaves)), str(row.index))]
                )
                return
            self.leaves.append(leaf_hash(row.data))
        if len(self.leaves) != self.size:
            found = f"{len(self.leaves)} entries"
            self.findings.add([Mark("POSITION-GAP", None, f"{self.size} entries", found)])

    def _root_at(self, size: int) -> bytes:
        return root_of(self.leaves[:size])

    def _roots_at(self, sizes: Iterable[int]) -> dict[int, bytes]:
        """Return the roots at many sizes in one sweep; sizes beyond the log are left out."""
        roots, frontier = {}, EMPTY_FRONTIER
        for size in sorted(set(sizes)):
            if size <= self.size:
                frontier = frontier.extend(self.leaves[frontier.size : size])
                roots[size] = frontier.root()
        return roots

    def _check_checkpoints(self) -> Checkpoint | None:
        """Check fingerprint, newest checkpoint, anchors, hand-overs and what was seen earlier."""
        found = self.findings
        found.add(checkpoints.fingerprint_marks(self.authority, self.trust))
        checkpoint = checkpoints.newest(self.source, self.authority, self.size, found)
        if len(self.leaves) == self.size:
            found.add(checkpoints.anchor_marks(self.source, self.authority, self._root_at, found))
            found.add(checkpoints.trust_marks(self.trust, self.authority, self.size, self._root_at))
        found.count(1, 1)
        return checkpoint

    def _check_tree(self, checkpoint: Checkpoint | None) -> None:
        self.findings.count(3, len(self.leaves))
        if checkpoint is None or len(self.leaves) != self.size:
            return
        self.frontier = EMPTY_FRONTIER.extend(self.leaves)
        root = self.frontier.root()
        if root != checkpoint.root:
            found = [Mark("ROOT-DIFFERS", None, checkpoint.root.hex(), root.hex())]
            for row in self.source.rows(0, self.size):
                if row.leaf != self.leaves[row.index]:
                    leaf = self.leaves[row.index].hex()
                    found.append(Mark("COLUMN-LEAF", row.index, leaf, row.leaf.hex()))
            self.findings.add(found)

    def _judge_entries(self, workers: int, progress: Progress | None) -> None:
        done = 0
        key = self.tag_key if as_live(self.source) is not None else None
        for result in chunk_results(self.source, self.authority, self.size, workers, key):
            self.reducer.take(result)
            self.tags += result.tags
            done += len(result.briefs)
            for step in (4, 5, 7, 8):
                self.findings.count(step, len(result.briefs))
            self.findings.count(6, result.signatures)
            if progress is not None:
                progress(done, self.size)
        self.findings.add(self.reducer.marks)

    def report(self) -> Report:
        """Return the report of what was found so far."""
        opening = self.authority.opening
        fingerprint = None
        if opening is not None:
            key = self.authority.checkpoint_keys[0][1]
            fingerprint = ledger_fingerprint(opening.origin, key).hex()
        recorded_to = self.reducer.recorded_at
        return Report(
            verdict=self.findings.verdict(),
            scope=self.source.scope,
            source=self.source.name,
            demonstration=opening is not None and opening.purpose == "demonstration",
            origin=None if opening is None else opening.origin,
            fingerprint=fingerprint,
            size=self.size,
            root=None if self.frontier is None else self.frontier.root().hex(),
            recorded_from=self.reducer.first_recorded_at,
            recorded_to=recorded_to or None,
            steps=self.findings.steps(),
            marks=self.findings.shown(),
            keys=key_rows(self.authority, self.trust),
            trust=trust_row(self.trust),
            not_checked=live.not_checked(self.source, self.reducer.documents),
        )
