"""Writing an evidence file, all of a log or a part, from anything that can be audited."""

import base64
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from ledger.entry import disposed_document, named_checkpoints, read_event
from ledger.errors import Unavailable
from ledger.events.base import Statement
from ledger.evidence.lines import (
    PART_BYTES,
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
    encode_line,
    hashes_text,
)
from ledger.evidence.selection import Part
from ledger.log.merkle import HASH_SIZE, leaf_hash
from ledger.log.tiles import TILE_WIDTH
from ledger.source import Source, StoredRow

_PAGE = 1_000


class Out(Protocol):
    """What takes bytes: a file open for writing."""

    def write(self, data: bytes, /) -> object:
        """Write."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """Which documents go along; what events name and does not go is listed as left out.

    Attributes:
        documents: SHA-256 of the documents that go; None for all that the source holds.
        annexes: SHA-256 of the sealed annexes that go; none unless named.
    """

    documents: Collection[str] | None = None
    annexes: Collection[str] = ()


def write_evidence(
    source: Source, out: Out, choice: Choice | None = None, part: Part | None = None
) -> int:
    """Write an evidence file and return how many lines it has.

    Args:
        source: what it is of. It is read twice, in pages, and must not change in between.
        out: where the bytes go.
        choice: which documents go along; all documents and no annex where None.
        part: which entries go along; all where None.

    Raises:
        Unavailable: SOURCE-CHANGED; whatever the source raises.
        Malformed: an entry that is in no one spelling: audit the source first.
    """
    writing = _Writing(source, choice or Choice())
    count, digest = 0, sha256()
    for line in writing.full() if part is None else writing.selected(part):
        data = encode_line(line)
        digest.update(data)
        out.write(data)
        count += 1
    out.write(encode_line(End(lines=count, sha256=digest.hexdigest())))
    return count + 1


class _Writing:
    """The lines of one file, and what its entries name."""

    def __init__(self, source: Source, choice: Choice) -> None:
        self._source = source
        self._choice = choice
        self._documents: set[str] = set()
        self._annexes: set[str] = set()
        self._disposed: set[str] = set()
        self._whole = False

    def full(self) -> Iterator[Line]:
        """Yield the lines of a file that holds all entries."""
        self._whole = True
        source = self._source
        size = source.size()
        yield Head(checkpoint=source.checkpoint().decode(), scope="full", size=size)
        yield from self._anchors()
        leaves = bytearray()
        for row in source.rows(0, size):
            leaves += leaf_hash(row.data)
        width = TILE_WIDTH * HASH_SIZE
        for n, start in enumerate(range(0, len(leaves), width)):
            yield TileLine(hashes=_base64(leaves[start : start + width]), n=n)
        for row in source.rows(0, size):
            at = row.index * HASH_SIZE
            if leaf_hash(row.data) != leaves[at : at + HASH_SIZE]:
                raise Unavailable("SOURCE-CHANGED", f"entry {row.index} is not what it was")
            self._note(read_event(row.index, row.data).statement)
            yield EntryLine(entry=row.data.decode(), index=row.index)
        yield from self._papers()

    def selected(self, part: Part) -> Iterator[Line]:
        """Yield the lines of a file that holds a part."""
        source = self._source
        size = source.size()
        yield Head(
            asked=tuple(sorted(set(part.asked))),
            checkpoint=source.checkpoint().decode(),
            scope="selection",
            size=size,
        )
        yield from self._anchors()
        sizes = {*part.earlier, *(anchor.size for anchor in source.anchors())}
        for row in self._rows(part):
            statement = read_event(row.index, row.data).statement
            self._note(statement)
            sizes.update(one.size for one in named_checkpoints(statement))
        for earlier in sorted(one for one in sizes if 0 < one <= size):
            proof = hashes_text(part.log.prove_consistency(earlier, size))
            root = part.log.root_at(earlier).hex()
            yield ConsistencyLine(proof=proof, root=root, size=earlier)
        for at in range(0, len(part.positions), _PAGE):
            page = part.positions[at : at + _PAGE]
            proofs = dict(zip(page, part.log.prove_many(page, size), strict=True))
            for row in self._rows(replace(part, positions=page)):
                proof = hashes_text(proofs[row.index])
                yield SelectedLine(entry=row.data.decode(), index=row.index, proof=proof)
        yield from self._papers()

    def _anchors(self) -> Iterator[Line]:
        for anchor in self._source.anchors():
            token = None if anchor.token is None else _base64(anchor.token)
            yield AnchorLine(note=anchor.note.decode(), size=anchor.size, token=token)

    def _rows(self, part: Part) -> Iterator[StoredRow]:
        """Yield the rows of a part, neighbours in one read."""
        start = 0
        positions = part.positions
        for at, index in enumerate(positions, 1):
            if at == len(positions) or positions[at] != index + 1:
                yield from self._source.rows(positions[start], index + 1)
                start = at

    def _note(self, statement: Statement) -> None:
        self._documents.update(one.sha256 for one in statement.documents)
        self._annexes.update(() if statement.annex is None else (statement.annex,))
        given_up = disposed_document(statement)
        self._disposed.update(() if given_up is None else (given_up,))

    def _papers(self) -> Iterator[Line]:
        """Yield what is left out, then what goes along; both by SHA-256."""
        choice, documents = self._choice, self._documents
        # A digest that is a document's is no secret, whatever else names it as its annex.
        wanted = documents if choice.documents is None else documents & set(choice.documents)
        wanted = wanted | (self._annexes & set(choice.annexes))
        going = wanted & set(self._source.document_names())
        # What is wanted and not there was lost, and the audit is to say so, unless somebody gave it
        # up; the entry that says so may lie outside a selection.
        lost = wanted - going - self._disposed if self._whole else set()
        absent = (documents | self._annexes) - going - lost
        yield from (AbsentLine(sha256=name) for name in sorted(absent))
        for name in sorted(going):
            data = self._source.document(name)
            if data is None:
                raise Unavailable("SOURCE-CHANGED", f"the document {name[:8]}… is gone")
            parts = [data[at : at + PART_BYTES] for at in range(0, len(data), PART_BYTES)] or [b""]
            for number, part in enumerate(parts, 1):
                yield DocumentLine(data=_base64(part), part=number, parts=len(parts), sha256=name)


def _base64(data: bytes | bytearray) -> str:
    return base64.b64encode(data).decode()
