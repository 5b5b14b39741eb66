"""Selections to audit, written from stories and from logs that were forged."""

import io
import weakref
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from msgspec import structs

from ledger.evidence.decoding import decode_line
from ledger.evidence.lines import (
    ConsistencyLine,
    Line,
    SelectedLine,
    encode_line,
)
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.selection import Part, with_what_belongs
from ledger.evidence.writer import Choice, write_evidence
from ledger.reader import LedgerReader
from ledger.source import Source
from ledger.store.source import StoreSource
from tests.evidence_lines import ended
from tests.forger import Forger


def selected(
    ledger: LedgerReader,
    positions: Iterable[int],
    *,
    choice: Choice | None = None,
    earlier: Collection[int] = (),
    source: Source | None = None,
) -> bytes:
    """Return an evidence file of these entries and what belongs to them."""
    taken = source or ledger.source()
    whole = with_what_belongs(ledger, positions, taken.size())
    out = io.BytesIO()
    write_evidence(taken, out, choice, Part(["entry:some"], whole, earlier, ledger))
    return out.getvalue()


def forged_selection(forger: Forger, positions: Iterable[int]) -> list[Line]:
    """Return the lines of a selection of a log that admission never saw."""
    source = forger.source()
    assert isinstance(source, StoreSource)
    reader = LedgerReader(source._recorder, None)
    return lines_of(selected(reader, positions, source=source))


def lines_of(data: bytes) -> list[Line]:
    """Return the lines of a file."""
    return [decode_line(line, number) for number, line in enumerate(data.splitlines(True), 1)]


def file_of(lines: Sequence[Line]) -> bytes:
    """Return the file of these lines, its end counted anew."""
    *body, _ = lines
    return b"".join(map(encode_line, ended(body)))


def without(lines: Sequence[Line], *indexes: int) -> list[Line]:
    """Return the lines without some entries."""
    return [one for one in lines if not isinstance(one, SelectedLine) or one.index not in indexes]


def unproven(lines: Sequence[Line], *sizes: int) -> list[Line]:
    """Return the lines without the consistency proofs from some sizes."""
    return [one for one in lines if not isinstance(one, ConsistencyLine) or one.size not in sizes]


def bent(line: Line) -> Line:
    """Return a line whose proof has one hash another."""
    assert isinstance(line, SelectedLine | ConsistencyLine)
    first = "B" if line.proof[0] == "A" else "A"
    return structs.replace(line, proof=first + line.proof[1:])


def opened(data: bytes) -> EvidenceSource:
    """Return a file as something to audit; it is gone with the source."""
    with NamedTemporaryFile(delete=False) as file:
        file.write(data)
    path = Path(file.name)
    source = EvidenceSource(path)
    weakref.finalize(source, _gone, source._file, path)
    return source


def _gone(file: IO[bytes], path: Path) -> None:
    file.close()
    path.unlink(missing_ok=True)
