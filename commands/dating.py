"""Between which moments an entry came into the ledger, as outsiders whom the asker trusts say."""

from collections.abc import Iterator

from commands.context import Desk
from commands.outside_trust import OutsideTrust
from ledger.errors import LedgerError
from ledger.log.checkpoint import open_checkpoint
from ledger.reader import LogReader
from ledger.source import Anchor
from ledger.trust import Trust
from ledger.verify.dating import Bound, Bounds
from ledger.verify.outside import Outside
from ledger.verify.report import Findings

_RECORDED = "SELECT idx FROM event WHERE type = 'CheckpointAnchored.v1' ORDER BY idx"


def entry_bounds(desk: Desk, outside: OutsideTrust, index: int) -> Bounds:
    """Return the bounds of an entry; without anybody who is trusted there are none."""
    reader = desk.log()
    said = Outside(Trust(policy=outside.policy, tsa_roots=outside.roots))
    if said.asked:
        said.judge(reader.authority, _Own(reader), Findings())
        rows = desk.view().rows(_RECORDED)
        said.take_recorded(reader.origin, (reader.event(int(str(row["idx"]))) for row in rows))
    return said.bounds(index)


def bounds_lines(found: Bounds, outside: OutsideTrust) -> Iterator[str]:
    """Yield what `show` prints beside the operator's own clock."""
    if outside.asked:
        yield f"  not before     {found.not_before or 'nobody says'}"
        yield f"  not after      {found.not_after or 'nobody says'}"


def bounds_object(found: Bounds) -> dict[str, object]:
    """Return the bounds for programs."""
    return {"not_before": _one(found.not_before), "not_after": _one(found.not_after)}


def _one(bound: Bound | None) -> dict[str, object] | None:
    return None if bound is None else {"at": bound.moment, "by": bound.by}


class _Own:
    """The ledger's own checkpoints; an anchor of another tree is left out."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader

    def checkpoint(self) -> bytes:
        return self._reader.checkpoint()

    def size(self) -> int:
        return self._reader.size

    def anchors(self) -> list[Anchor]:
        return [one for one in self._reader.anchors() if self._is_own(one)]

    def _is_own(self, anchor: Anchor) -> bool:
        reader = self._reader
        try:
            key = reader.authority.checkpoint_key(anchor.size)
            shown = open_checkpoint(anchor.note, reader.origin, key)
            return (shown.size, shown.root) == (anchor.size, reader.root_at(anchor.size))
        except LedgerError:
            return False
