"""Sound evidence files of every kind, and every way in which a few of their bytes may change."""

import functools
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from ledger.evidence.lines import encode_line
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.writer import Choice
from ledger.store.reader import Anchor
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.report import Report
from tests.vectors import stamps
from tests.vectors.good import traded_with_annex, witnessed, written
from tests.vectors.log import FINGERPRINT, MADE, Log, makers
from tests.vectors.selections import batched, chosen

TRUST = Trust(fingerprint=FINGERPRINT)


def _shown() -> Log:
    """Return a log whose newest checkpoint and anchors strangers cosigned, one with a time stamp.

    The auditor knows neither the witnesses nor the time-stamp authority.
    """
    log = stamps.dated()
    note = witnessed(log.note())
    log.anchors += [
        Anchor(1, witnessed(log.note(1)), b""),
        Anchor(2, note, b""),
        Anchor(2, note, stamps.TOKEN.read_bytes()),
    ]
    log.sign = lambda _size, _root: note
    return log


def _handed_over() -> Log:
    log = makers()
    log.rotate()
    return log


KINDS: Mapping[str, Callable[[], bytes]] = {
    "two entries": lambda: written(stamps.dated()),
    "cosigned and stamped": lambda: written(_shown()),
    "handed over": lambda: written(_handed_over()),
    "documents": lambda: written(batched()),
    "documents left out": lambda: written(batched(), Choice(documents=())),
    "sealed annex": traded_with_annex,
    "selection": lambda: b"".join(map(encode_line, chosen(batched(), MADE))),
    "selection, cosigned and stamped": lambda: b"".join(map(encode_line, chosen(_shown(), 1))),
}


@functools.cache
def kind(name: str) -> bytes:
    """Return a sound file."""
    return KINDS[name]()


def judged(data: bytes) -> Report:
    """Audit a file as the auditor does who has the fingerprint alone."""
    with EvidenceSource.of_stream(io.BytesIO(data)) as source:
        return audit(source, TRUST)


@dataclass(frozen=True)
class Change:
    """What is done to one byte or line of a file.

    Attributes:
        lines: whether it is a line.
        what: change, drop, insert or swap.
        at: which one, modulo their number.
        other: what it is swapped with, or the byte or the line that is put there, likewise.
    """

    lines: bool
    what: str
    at: int
    other: int

    def of(self, data: bytes) -> bytes:
        """Return the file with the change made; it may be what it was."""
        parts = data.splitlines(keepends=True) if self.lines else [bytes([one]) for one in data]
        at, other = self.at % len(parts), self.other % len(parts)
        put = parts[other] if self.lines else bytes([self.other % 256])
        match self.what:
            case "change":
                parts[at] = put
            case "drop":
                del parts[at]
            case "insert":
                parts.insert(at, put)
            case _:
                parts[at], parts[other] = parts[other], parts[at]
        return b"".join(parts)


_ANY = st.integers(0, 2**20)
changes = st.builds(
    Change,
    lines=st.booleans(),
    what=st.sampled_from(["change", "drop", "insert", "swap"]),
    at=_ANY,
    other=_ANY,
)
