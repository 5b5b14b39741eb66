"""Reading an evidence file as something to audit; it is never held in memory whole.

One pass over the file checks the order of its lines and notes where each stands; over a large file
several processes share it (`ledger.evidence.parts`). What is needed is then read again from there,
and each line is checked to be in its one spelling when it is decoded: an audit decodes all of them.
"""

from bisect import bisect_left
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Self

from ledger.errors import LedgerError
from ledger.evidence.decoding import decode_line
from ledger.evidence.hashes import CarriedDocuments
from ledger.evidence.index import EvidenceRow, Index, read_index
from ledger.evidence.lines import (
    LINE_BYTES_MAX,
    DocumentLine,
    EntryLine,
    Line,
    SelectedLine,
    TileLine,
    malformed,
    unreadable,
)
from ledger.evidence.parts import Map, is_large, read_in_parts
from ledger.log.leaves import Leaves
from ledger.log.merkle import HASH_SIZE, leaf_hash
from ledger.log.tiles import TILE_WIDTH
from ledger.source import Anchor, Carried, Damage, Earlier, Selection

_BUFFER = 64 * 1024
"""Bytes read at a time: lines have thousands."""


class EvidenceSource:
    """An evidence file to audit; sent to another process, it opens the file again there."""

    def __init__(
        self, path: Path, index: Index | None = None, file: IO[bytes] | None = None
    ) -> None:
        """Name a file; it is opened, and read through once, when it is first asked.

        Args:
            path: the file.
            index: what another reader of the same file found in it, or None.
            file: the file where it is open already, and has no name; it is closed with this.
        """
        self._path = path
        self._given = index
        self.shareable = file is None
        if file is not None:
            self._file = file

    @classmethod
    def of_stream(cls, stream: IO[bytes]) -> Self:
        """Read a stream to its end into a file without a name, which goes when this is closed.

        Raises:
            Unavailable: EVIDENCE-UNREADABLE.
        """
        spool = TemporaryFile()  # noqa: SIM115  closed with the source
        try:
            copyfileobj(stream, spool)
        except OSError as error:
            spool.close()
            raise unreadable(Path("-"), error) from error
        return cls(Path("-"), file=spool)

    def __reduce__(self) -> tuple[type["EvidenceSource"], tuple[Path, Index]]:
        # Workers judge entries: a million documents need not stand in the memory of each.
        index = replace(self._index, documents=CarriedDocuments(), absent=frozenset())
        return EvidenceSource, (self._path, index)

    def close(self) -> None:
        """Close the file; closing again does nothing."""
        if "_file" in self.__dict__:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Tell of a file that the system does not let read, or not from any place in it."""
        try:
            yield
        except (OSError, ValueError) as error:
            raise unreadable(self._path, error) from error

    @cached_property
    def _file(self) -> IO[bytes]:
        with self._reading():
            return self._path.open("rb", _BUFFER)

    @cached_property
    def _index(self) -> Index:
        if self._given is not None:
            return self._given
        file = self._file
        with self._reading():
            return read_index(file)

    @property
    def in_parts(self) -> bool:
        """Whether it is so large that several processes should read it, each some parts."""
        with self._reading():
            return self.shareable and self._given is None and is_large(self._path)

    def read_in_parts(self, share: Map) -> None:
        """Read it through in parts, over which `share` maps the reading, if all is as it should be.

        Raises:
            Unavailable: EVIDENCE-UNREADABLE.
        """
        with self._reading():
            self._given = read_in_parts(self._path, share)

    def leaves(self) -> Leaves:
        """Return the leaf hashes that stand in its tiles; a selection has none.

        Raises:
            As `selection`.
        """
        return Leaves(map(self._tile, range(len(self._index.tiles))))

    def whole(self, size_max: int) -> bytes | None:
        """Return the file as it is, or None where it has more bytes than this.

        Raises:
            Unavailable: EVIDENCE-UNREADABLE.
        """
        with self._reading():
            self._file.seek(0)
            data = self._file.read(size_max + 1)
        return data if len(data) <= size_max else None

    @property
    def scope(self) -> str:
        """`full`, `selection n of N`, or `unknown` where the file cannot be read so far."""
        try:
            index = self._index
        except LedgerError:
            return "unknown"
        if index.head.scope == "full":
            return "full"
        return f"selection {len(index.positions):,} of {index.head.size:,}"

    def selection(self) -> Selection | None:
        """Return what it holds of the log and what leads from there to earlier trees.

        None where it holds all of the log.
        """
        index = self._index
        if index.head.scope == "full":
            return None
        return Selection(
            asked=index.head.asked,
            positions=index.positions,
            earlier=tuple(
                Earlier(one.size, bytes.fromhex(one.root), one.raw(0)) for one in index.consistency
            ),
        )

    def proofs(self) -> Iterator[tuple[int, bytes, tuple[bytes, ...]]]:
        """Yield (position, leaf hash, inclusion proof) of each entry of a selection, by position.

        Raises:
            Malformed: EVIDENCE-MALFORMED.
        """
        for at, position in enumerate(self._index.positions):
            line = self._selected(at, position)
            yield position, leaf_hash(line.entry.encode()), line.raw(0)

    def damage(self) -> Damage | None:
        """Return what its bytes hash to and should, where these differ; the rest may be judged.

        Raises:
            As `selection`.
        """
        return self._index.damage

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
        first, last = bisect_left(index.positions, start), bisect_left(index.positions, stop)
        if index.head.scope == "selection":
            for at in range(first, last):
                data = self._selected(at, index.positions[at]).entry.encode()
                yield EvidenceRow(index.positions[at], None, data, leaf_hash(data))
            return
        for n in range(first // TILE_WIDTH, -(-last // TILE_WIDTH)):
            yield from self._full_rows(max(first, n * TILE_WIDTH), min(last, (n + 1) * TILE_WIDTH))

    def _full_rows(self, start: int, stop: int) -> Iterator[EvidenceRow]:
        """Yield entries that stand under one tile."""
        index, n = self._index, start // TILE_WIDTH
        leaves = self._tile(n)
        self._seek(index.entries[start])
        for position in range(start, stop):
            line = self._line(index.first_entry + position)
            if not isinstance(line, EntryLine) or line.index != position:
                raise malformed(index.first_entry + position, f"entry {position} should stand here")
            at = (position - n * TILE_WIDTH) * HASH_SIZE
            leaf = leaves[at : at + HASH_SIZE]
            yield EvidenceRow(position, None, line.entry.encode(), leaf)

    def _tile(self, n: int) -> bytes:
        """Return the hashes of a tile."""
        self._seek(self._index.tiles[n])
        tile = self._line(0)
        return tile.raw(0) if isinstance(tile, TileLine) else b""

    def _selected(self, at: int, position: int) -> SelectedLine:
        """Return the line of the entry that is the `at`-th of a selection."""
        self._seek(self._index.entries[at])
        number = self._index.first_entry + at
        line = self._line(number)
        if not isinstance(line, SelectedLine) or line.index != position:
            raise malformed(number, f"entry {position} should stand here")
        return line

    def document(self, sha256: str) -> bytes | None:
        """Return a document's bytes, or None where the file carries none.

        Raises:
            Malformed: EVIDENCE-MALFORMED.
        """
        if sha256 not in self._index.documents:
            return None
        carried = self._index.documents[sha256]
        number = carried.number
        self._seek(carried.offset)
        data = bytearray()
        part, parts = 0, 1
        while part < parts:
            line = self._line(number + part)
            if not isinstance(line, DocumentLine) or line.sha256 != sha256:
                raise malformed(number + part, f"the document {sha256[:8]}… should stand here")
            data += line.raw(number + part)
            part, parts = part + 1, line.parts
        return bytes(data)

    def carried(self) -> Iterator[Carried]:
        """Yield what was found of each document when the file was read through."""
        return self._index.documents.measured()

    def document_names(self) -> Iterator[str]:
        """Yield the SHA-256 of the documents that it carries."""
        return iter(self._index.documents)

    def left_out(self) -> AbstractSet[str]:
        """Return the SHA-256 of the documents and annexes that are left out by choice."""
        return self._index.absent

    def _seek(self, offset: int) -> None:
        file = self._file
        with self._reading():
            file.seek(offset)

    def _line(self, number: int) -> Line:
        try:
            data = self._file.readline(LINE_BYTES_MAX + 1)
        except (OSError, ValueError) as error:  # as `_reading`, which costs as much as the reading
            raise unreadable(self._path, error) from error
        return decode_line(data, number)
