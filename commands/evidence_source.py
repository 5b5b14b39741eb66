"""What somebody hands over to be audited, opened by what it is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.auditing import open_for_audit
from ledger.evidence.reader import EvidenceSource
from ledger.source import Source

STANDARD_INPUT = Path("-")


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open what a path names as something to audit; nothing in it is trusted or changed.

    Raises:
        Unavailable, Malformed, Tampered: as `open_for_audit`; what is no evidence file, the audit
            tells.
    """
    if path == STANDARD_INPUT:
        with EvidenceSource.of_stream(sys.stdin.buffer) as source:
            yield source
        return
    if _begins(path, b'{"asked":'):
        with EvidenceSource(path) as source:
            yield source
        return
    with open_for_audit(path) as store:
        yield store


def _begins(path: Path, with_: bytes) -> bool:
    """Say whether a file begins so; what cannot be read begins with nothing."""
    try:
        with path.open("rb") as file:
            return file.read(len(with_)) == with_
    except OSError:
        return False
