"""A large evidence file read in parts, by several processes.

Only a full file that is all as it should be is read so. Where anything is otherwise, within a part
or between two of them, nothing is said of it here: the file is then read from its start line by
line (`ledger.evidence.index`), which tells what is wrong and where.
"""

import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import IO, NamedTuple

from ledger.collector import seldom_collected
from ledger.errors import LedgerError
from ledger.evidence.decoding import is_entry
from ledger.evidence.hashes import CarriedDocuments, HashSet
from ledger.evidence.index import Index, index_of
from ledger.evidence.lines import (
    LINE_BYTES_MAX,
    NAMES_MAX,
    ORDER,
    EntryLine,
    Head,
    malformed,
)
from ledger.evidence.reading import Reading

PART_BYTES = 16 * 1024 * 1024
_LARGE = 128 * 1024 * 1024
"""Below so many bytes other processes cost more to start than they save."""
_BLOCK = 1024 * 1024
_END_BYTES_MAX = 4_096
_LATER_PART = re.compile(rb'"part":(?!1,)[0-9]+,"parts":[0-9]+,"sha256":"[0-9a-f]{64}"}\n\Z')


class Task(NamedTuple):
    """A part to read: lines of entries, documents and what is left out.

    Attributes:
        path: the file.
        head: its first line.
        start: offset of the part's first line.
        stop: offset behind its last one.
    """

    path: Path
    head: Head
    start: int
    stop: int


class Part(NamedTuple):
    """What a part holds; lines are numbered from 1.

    Attributes:
        kinds: places in `ORDER` of the first line's kind and of the last one's.
        lines: how many it has.
        entries: offsets of its entries.
        absent: what is left out.
        documents: those that it carries.
    """

    kinds: tuple[int, int]
    lines: int
    entries: "array[int]"
    absent: HashSet
    documents: CarriedDocuments


Map = Callable[[Callable[[Task], Part | None], Iterable[Task]], Iterable[Part | None]]
"""As the built-in `map`; several processes may share the work."""


def is_large(path: Path) -> bool:
    """Say whether a file is worth reading in parts.

    Raises:
        OSError: it cannot be found.
    """
    return path.stat().st_size >= _LARGE


def read_part(task: Task) -> Part | None:
    """Return what a part holds, or None where not all is as it should be."""
    try:
        with task.path.open("rb", _BLOCK) as file, seldom_collected():
            file.seek(task.start)
            return _read_part(file, task)
    except (LedgerError, OSError):
        return None


def _read_part(file: IO[bytes], task: Task) -> Part | None:
    reading = Reading(number=1, head=[task.head], kind=ORDER.index(EntryLine))
    offset, first = task.start, -1
    while offset < task.stop:
        data = file.readline(LINE_BYTES_MAX + 1)
        reading.take(data, offset)
        offset += len(data)
        first = reading.kind if first < 0 else first
    if reading.in_document or offset != task.stop:
        return None
    return Part(
        (first, reading.kind),
        reading.number - 1,
        reading.entries,
        reading.absent,
        reading.documents,
    )


def read_in_parts(path: Path, share: Map, part_bytes: int = PART_BYTES) -> Index | None:
    """Return where the lines of a full file stand, or None where it is to be read line by line.

    Args:
        path: the file.
        share: maps the reading over the parts.
        part_bytes: about how many a part has.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file, ThreadPoolExecutor(1) as beside:
        try:
            return _Whole(path, file).read(share, part_bytes, beside)
        except LedgerError:
            return None


class _Whole:
    """A file that is read in parts."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        self._file = file
        self._reading = Reading()

    def read(self, share: Map, part_bytes: int, beside: ThreadPoolExecutor) -> Index | None:
        reading = self._reading
        start, (end, last) = self._read_front(), self._find_end()
        if reading.is_selection or start >= end:
            return None
        borders = [start, *self._borders(range(start + part_bytes, end, part_bytes), end), end]
        digest = beside.submit(_digest, self._path, end)
        tasks = [Task(self._path, reading.head[0], *span) for span in pairwise(borders)]
        for part in share(read_part, tasks):
            if part is None or not self._follows(part):
                return None
            self._take(part)
        reading.take(last, end)
        return index_of(reading, digest.result()) if reading.whole else None

    def _read_front(self) -> int:
        """Take in the lines before the first entry; return where that stands."""
        offset = 0
        while (data := self._file.readline(LINE_BYTES_MAX + 1)) and not is_entry(data):
            self._reading.take(data, offset)
            offset += len(data)
        return offset

    def _find_end(self) -> tuple[int, bytes]:
        """Return where the last line stands, and the line."""
        size = self._file.seek(0, 2)
        self._file.seek(max(0, size - _END_BYTES_MAX))
        end = self._file.read()
        last = end[end.rfind(b"\n", 0, -1) + 1 :]
        return size - len(last), last

    def _borders(self, wanted: Iterable[int], end: int) -> Iterator[int]:
        """Yield the first line behind each of these offsets with which a part can begin."""
        border = 0
        for offset in wanted:
            if offset <= border:
                continue
            self._file.seek(offset - 1)
            border = offset - 1 + len(self._line())
            while _LATER_PART.search(line := self._line()):
                border += len(line)
            if border >= end:
                return
            yield border

    def _line(self) -> bytes:
        line = self._file.readline(LINE_BYTES_MAX + 1)
        if len(line) > LINE_BYTES_MAX:
            raise malformed(0, "a line is too long")
        return line

    def _follows(self, part: Part) -> bool:
        """Say whether a part is what may stand behind those before it."""
        reading = self._reading
        documents, absent = reading.documents.names, reading.absent.hashes
        return (
            reading.kind <= part.kinds[0]
            and documents.is_before(part.documents.names)
            and absent.is_before(part.absent.hashes)
            and max(len(documents) + len(part.documents), len(absent) + len(part.absent))
            <= NAMES_MAX
        )

    def _take(self, part: Part) -> None:
        reading = self._reading
        reading.first_entry = reading.first_entry or reading.number + 1
        reading.entries.extend(part.entries)
        reading.absent.hashes.extend(part.absent.hashes)
        reading.documents.extend(part.documents, reading.number - 1)
        reading.kind = part.kinds[1]
        reading.number += part.lines


def _digest(path: Path, end: int) -> str:
    """Return the SHA-256 of a file up to an offset."""
    digest = sha256()
    with path.open("rb", 0) as file:
        while end > 0 and (block := file.read(min(_BLOCK, end))):
            digest.update(block)
            end -= len(block)
    return digest.hexdigest()
