"""The lines of an evidence file as they are taken in, each checked to be where it may stand."""

from array import array
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.evidence.decoding import decode_line, is_entry, kind_of
from ledger.evidence.hashes import CarriedDocuments, HashSet, Paper
from ledger.evidence.lines import (
    ANCHORS_BYTES_MAX,
    EARLIER_MAX,
    ENTRY_BYTES_MIN,
    LINE_BYTES_MAX,
    NAMES_MAX,
    ORDER,
    AbsentLine,
    AnchorLine,
    ConsistencyLine,
    DocumentLine,
    End,
    EntryLine,
    Head,
    Line,
    SelectedLine,
    TileLine,
    malformed,
)
from ledger.log.merkle import HASH_SIZE
from ledger.log.tiles import TILE_WIDTH
from ledger.source import Anchor

_TILE_BYTES = TILE_WIDTH * HASH_SIZE
_OTHER_SCOPE: dict[bool, tuple[type, ...]] = {
    False: (ConsistencyLine, SelectedLine),
    True: (TileLine, EntryLine),
}
"""Whether it is a selection, to the kinds of lines that it has none of."""
_ENTRY, _DOCUMENT = ORDER.index(EntryLine), ORDER.index(DocumentLine)


class _Document:
    """A document as far as it was read."""

    def __init__(self, offset: int, number: int) -> None:
        self._place = offset, number
        self._size = 0
        self._digest = sha256()

    def take(self, part: bytes) -> None:
        self._size += len(part)
        self._digest.update(part)

    def paper(self) -> Paper:
        return Paper(*self._place, self._size, self._digest.hexdigest())


@dataclass(slots=True)
class Reading:
    """A file as far as it was read."""

    number: int = 0
    whole: bool = False
    head: list[Head] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    anchors_bytes: int = 0
    tiles: "array[int]" = field(default_factory=lambda: array("Q"))
    consistency: list[ConsistencyLine] = field(default_factory=list)
    positions: "array[int]" = field(default_factory=lambda: array("Q"))
    entries: "array[int]" = field(default_factory=lambda: array("Q"))
    first_entry: int = 0
    absent: HashSet = field(default_factory=HashSet)
    documents: CarriedDocuments = field(default_factory=CarriedDocuments)
    document: _Document = field(init=False)
    last: Line | None = None
    kind: int = -1
    digest: str = ""

    @property
    def is_selection(self) -> bool:
        """Whether the first line says that it is a selection."""
        return bool(self.head) and self.head[0].scope == "selection"

    @property
    def in_document(self) -> bool:
        """Whether the last line was a part of a document, and not its last part."""
        return isinstance(self.last, DocumentLine) and self.last.part < self.last.parts

    def take(self, data: bytes, offset: int) -> None:
        """Take the next line in.

        Raises:
            Malformed: EVIDENCE-MALFORMED.
        """
        self.number += 1
        if len(data) > LINE_BYTES_MAX:
            raise malformed(self.number, f"it has more than {LINE_BYTES_MAX:,} bytes")
        # Entries are so many that only their frame is looked at now, and decoded when needed.
        if is_entry(data):
            if self.kind != _ENTRY:
                self._check_order(EntryLine)
            self._check_long(data)
            self.first_entry = self.first_entry or self.number
            self.entries.append(offset)
            return
        line = decode_line(data, self.number)
        if self.kind != _DOCUMENT or not isinstance(line, DocumentLine):
            self._check_order(kind_of(line))
        self._take(line, offset, data)
        self.last = line

    def _take(self, line: Line, offset: int, data: bytes) -> None:
        match line:
            case DocumentLine():  # most of what is decoded
                self._take_part(line, offset)
            case Head():
                line.check(self.number)
                self.head.append(line)
            case AnchorLine():
                self._take_anchor(line, data)
            case TileLine():
                self._take_tile(line, offset)
            case ConsistencyLine():
                self._take_consistency(line)
            case SelectedLine():
                self._check_long(data)
                self._take_selected(line, offset)
            case AbsentLine():
                self._take_absent(line)
            case _:
                assert isinstance(line, End)  # noqa: S101  an entry's spelling begins with its frame
                self._take_end(line)

    def _check_order(self, kind: type) -> None:
        place = ORDER.index(kind)
        first = self.number == 1
        if place < self.kind or first != (kind is Head):
            raise malformed(self.number, f"a line of this kind ({kind.__name__}) stands elsewhere")
        if self.in_document and kind is not DocumentLine:
            raise malformed(self.number, "the document before it is not whole")
        if kind in _OTHER_SCOPE[self.is_selection]:
            raise malformed(self.number, "a line of this kind is of another scope")
        self.kind = place

    def _check_sorted(self, before: AbsentLine | DocumentLine | None, name: str) -> None:
        if before is not None and before.sha256 >= name:
            raise malformed(self.number, "lines of this kind are sorted, and none is repeated")

    def _check_long(self, data: bytes) -> None:
        if len(data) < ENTRY_BYTES_MIN:
            raise malformed(self.number, f"no entry has less than {ENTRY_BYTES_MIN} bytes")

    def _check_count(self, count: int, most: int) -> None:
        if count >= most:
            raise malformed(self.number, f"of this kind of line a file holds {most:,} at most")

    def _take_anchor(self, line: AnchorLine, data: bytes) -> None:
        token = line.raw(self.number)
        anchor = Anchor(line.size, line.note.encode(), token)
        if self.anchors and _order(self.anchors[-1]) >= _order(anchor):
            raise malformed(self.number, "lines of this kind are sorted, and none is repeated")
        self.anchors_bytes += len(data)
        self._check_count(self.anchors_bytes, ANCHORS_BYTES_MAX)
        self.anchors.append(anchor)

    def _take_tile(self, line: TileLine, offset: int) -> None:
        n = len(self.tiles)
        expected = min(self.head[0].size * HASH_SIZE - n * _TILE_BYTES, _TILE_BYTES)
        if line.n != n or len(line.raw(self.number)) != expected or expected <= 0:
            raise malformed(self.number, "it is not the next tile of a log of this size")
        self.tiles.append(offset)

    def _take_consistency(self, line: ConsistencyLine) -> None:
        before = self.consistency[-1].size if self.consistency else -1
        if not before < line.size <= self.head[0].size:
            raise malformed(self.number, "its size is not behind the one before it")
        line.raw(self.number)
        self._check_count(len(self.consistency), EARLIER_MAX)
        self.consistency.append(line)

    def _take_selected(self, line: SelectedLine, offset: int) -> None:
        before = self.positions[-1] if self.positions else -1
        if not before < line.index < self.head[0].size:
            raise malformed(self.number, "its position is not behind the one before it")
        line.raw(self.number)
        self.first_entry = self.first_entry or self.number
        self.positions.append(line.index)
        self.entries.append(offset)

    def _take_absent(self, line: AbsentLine) -> None:
        before = self.last if isinstance(self.last, AbsentLine) else None
        self._check_sorted(before, line.sha256)
        self._check_count(len(self.absent), NAMES_MAX)
        self.absent.hashes.add(bytes.fromhex(line.sha256))

    def _take_part(self, line: DocumentLine, offset: int) -> None:
        before = self.last if isinstance(self.last, DocumentLine) else None
        if before is None or before.part == before.parts:
            if line.part != 1:
                raise malformed(self.number, "a document begins with its first part")
            self._check_sorted(before, line.sha256)
            self._check_count(len(self.documents), NAMES_MAX)
            self.document = _Document(offset, self.number)
        elif (line.sha256, line.part, line.parts) != (before.sha256, before.part + 1, before.parts):
            raise malformed(self.number, "it is not the next part of the document before it")
        line.check_length(self.number)
        self.document.take(line.raw(self.number))
        if line.part == line.parts:
            self.documents.add(line.sha256, self.document.paper())

    def _take_end(self, line: End) -> None:
        size = self.head[0].size
        if line.lines != self.number - 1:
            raise malformed(self.number, f"it counts {line.lines:,} lines before it")
        tiles = -(-size // TILE_WIDTH)
        if not self.is_selection and (len(self.entries), len(self.tiles)) != (size, tiles):
            raise malformed(
                self.number, f"there are not {size:,} entries and leaf hashes before it"
            )
        self.digest = line.sha256
        self.whole = True


def _order(anchor: Anchor) -> tuple[int, bytes, bytes]:
    return anchor.size, anchor.note, anchor.token or b""
