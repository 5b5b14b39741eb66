"""Reading an evidence file as something to audit; it is never held in memory whole.

One pass over the file checks the order of its lines and notes where each stands. What is needed is
then read again from there, and each line is checked to be in its one spelling when it is decoded:
an audit decodes all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

from ledger.errors import Unavailable
from ledger.evidence.index import Index, read_index
from ledger.evidence.lines import (
    LINE_BYTES_MAX,
    DocumentLine,
    EntryLine,
    Line,
    decode_line,
    malformed,
)
from ledger.source import Anchor


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """An entry as an evidence file holds it: no type stands beside its bytes."""

    index: int
    type: None
    data: bytes
    leaf: bytes


class EvidenceSource:
    """An evidence file to audit; sent to another process, it opens the file again there."""

    shareable = True
    scope = "full"

    def __init__(self, path: Path, index: Index | None = None) -> None:
        """Name a file; it is opened, and read through once, when it is first asked.

        Args:
            path: the file.
            index: what another reader of the same file found in it, or None.
        """
        self._path = path
        self._given = index

    def __reduce__(self) -> tuple[type["EvidenceSource"], tuple[Path, Index]]:
        return EvidenceSource, (self._path, self._index)

    def close(self) -> None:
        """Close the file; closing again does nothing."""
        if "_file" in self.__dict__:
            self._file.close()

    @cached_property
    def _file(self) -> IO[bytes]:
        try:
            return self._path.open("rb")
        except (OSError, ValueError) as error:
            raise Unavailable(
                "EVIDENCE-UNREADABLE",
                f"the file cannot be read: {getattr(error, 'strerror', None) or error}",
                where=str(self._path),
                hint="check its name and permissions",
            ) from error

    @cached_property
    def _index(self) -> Index:
        return self._given or read_index(self._file)

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return f"evidence file {self._path.name}"

    def checkpoint(self) -> bytes:
        """Return the checkpoint that it is of."""
        return self._index.head.checkpoint.encode()

    def size(self) -> int:
        """Return the size that its first line claims."""
        return self._index.head.size

    def anchors(self) -> list[Anchor]:
        """Return the checkpoints that were shown outside, by size."""
        return list(self._index.anchors)

    def rows(self, start: int, stop: int) -> Iterator[EvidenceRow]:
        """Yield the entries of these positions that are there.

        Raises:
            Malformed: EVIDENCE-MALFORMED.
        """
        index = self._index
        stop = min(stop, len(index.entries))
        for position in range(start, stop):
            if position == start:
                self._file.seek(index.entries[position])
            line = self._line(index.first_entry + position)
            if not isinstance(line, EntryLine) or line.index != position:
                raise malformed(index.first_entry + position, f"entry {position} should stand here")
            leaf = bytes(index.leaves[position * 32 : position * 32 + 32])
            yield EvidenceRow(position, None, line.entry.encode(), leaf)

    def document(self, sha256: str) -> bytes | None:
        """Return a document's bytes, or None where the file carries none.

        Raises:
            Malformed: EVIDENCE-MALFORMED.
        """
        if sha256 not in self._index.documents:
            return None
        offset, number = self._index.documents[sha256]
        self._file.seek(offset)
        data = bytearray()
        part, parts = 0, 1
        while part < parts:
            line = self._line(number + part)
            if not isinstance(line, DocumentLine) or line.sha256 != sha256:
                raise malformed(number + part, f"the document {sha256[:8]}… should stand here")
            data += line.raw(number + part)
            part, parts = part + 1, line.parts
        return bytes(data)

    def document_names(self) -> Iterator[str]:
        """Yield the SHA-256 of the documents that it carries."""
        return iter(self._index.documents)

    def left_out(self) -> frozenset[str]:
        """Return the SHA-256 of the documents and annexes that are left out by choice."""
        return self._index.absent

    def _line(self, number: int) -> Line:
        return decode_line(self._file.readline(LINE_BYTES_MAX + 1), number)
