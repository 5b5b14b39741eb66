"""The evidence that goes along inside a report on paper."""

import io
from typing import Final

from commands.context import Desk
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.selection import Part, with_what_belongs
from ledger.evidence.writer import write_evidence
from projections.reports.model import Scope

EVIDENCE_BYTES_MAX: Final = 64 * 1024 * 1024


def evidence_for(desk: Desk, scope: Scope) -> bytes | None:
    """Return the evidence of a report, or None where it is too large to go along.

    What was handed over goes along as it is. Of the folder's own ledger all of it does, or what
    names the one thing of a scope; documents do, sealed annexes never.
    """
    if isinstance(desk.handed, EvidenceSource):
        return desk.handed.whole(EVIDENCE_BYTES_MAX)
    out = _Capped()
    try:
        if desk.handed is not None:
            write_evidence(desk.handed, out)
        else:
            ledger = desk.reader()
            source = ledger.source()
            write_evidence(source, out, part=_part(desk, scope, source.size()))
    except _TooLargeError:
        return None
    return out.getvalue()


def _part(desk: Desk, scope: Scope, size: int) -> Part | None:
    if scope.kind is None or scope.name is None:
        return None
    ledger = desk.reader()
    tag = f"{scope.kind}:{scope.name.lower()}"
    chosen = [one.index for one in ledger.tagged(tag)]
    return Part([tag], with_what_belongs(ledger, chosen, size), [], ledger)


class _TooLargeError(Exception):
    """There are more bytes than go along."""


class _Capped(io.BytesIO):
    """Bytes in memory, not too many of them."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # only bytes are written
        if self.tell() + len(data) > EVIDENCE_BYTES_MAX:
            raise _TooLargeError
        return super().write(data)
