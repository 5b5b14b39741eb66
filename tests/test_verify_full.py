"""The audit of a whole log: leaf hashes that a source tells save time, and change no report."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.evidence.index import EvidenceRow
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.writer import write_evidence
from ledger.log.leaves import Leaves
from ledger.verify.audit import audit
from ledger.verify.report import Report
from tests.evidence_lines import closed
from tests.test_evidence_file import BROKEN
from tests.told import told


class Counted(EvidenceSource):
    """A file of which is counted how many entries were read."""

    read = 0

    def rows(self, start: int, stop: int) -> Iterator[EvidenceRow]:
        """Yield the rows and count them."""
        for row in super().rows(start, stop):
            self.read += 1
            yield row


class Untold(Counted):
    """The same, and it tells no leaf hashes."""

    def leaves(self) -> Leaves | None:  # type: ignore[override]  # as a source may
        """Return None."""
        return None


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """Return the lines of a file."""
    out = io.BytesIO()
    write_evidence(told().ledger.source(), out)
    return out.getvalue().splitlines(keepends=True)


def judged(kind: type[Counted], data: bytes, path: Path) -> tuple[Report, int]:
    path.write_bytes(closed(data))
    with kind(path) as source:
        return audit(source, told().trust()), source.read


def test_entries_are_read_once_where_all_is_as_it_was_told(
    lines: list[bytes], tmp_path: Path
) -> None:
    (one, read), (other, hashed) = (
        judged(kind, b"".join(lines), tmp_path / "e") for kind in (Counted, Untold)
    )
    assert one == other
    assert one.verdict == "PASS"
    assert hashed - read == told().ledger.size


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "an entry": lambda data: data.replace(b'recorded_at\\":\\"2026', b'recorded_at\\":\\"2025', 1),
    "a version in an entry": lambda data: data.replace(b'version\\":\\"', b'version\\":\\"9', 1),
    "a tile": lambda data: data.replace(b'"hashes":"', b'"hashes":"AAAA', 1).replace(
        data.split(b'"hashes":"')[1][:4], b"", 1
    ),
    "a position": lambda data: data.replace(b'"index":3,', b'"index":4,'),
}


@pytest.mark.parametrize("change", [*CHANGES, *BROKEN])
def test_what_is_otherwise_is_reported_as_by_hashing_first(
    change: str, lines: list[bytes], tmp_path: Path
) -> None:
    whole = b"".join(lines)
    data = CHANGES[change](whole) if change in CHANGES else b"".join(BROKEN[change](list(lines)))
    assert data != whole
    reports = [judged(kind, data, tmp_path / "e")[0] for kind in (Counted, Untold)]
    assert reports[0] == reports[1]
    assert reports[0].verdict != "PASS"
