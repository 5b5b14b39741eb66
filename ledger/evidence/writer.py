"""Writing an evidence file from anything that can be audited, line by line."""

import base64
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

from ledger.entry import read_event
from ledger.errors import Unavailable
from ledger.evidence.lines import (
    PART_BYTES,
    AbsentLine,
    AnchorLine,
    DocumentLine,
    End,
    EntryLine,
    Head,
    Line,
    TileLine,
    encode_line,
)
from ledger.log.merkle import leaf_hash
from ledger.log.tiles import TILE_WIDTH
from ledger.source import Source


class Out(Protocol):
    """What takes bytes: a file open for writing."""

    def write(self, data: bytes, /) -> object:
        """Write."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """Which documents go along; what events name and does not go is listed as left out.

    Attributes:
        documents: whether documents go, all that the source holds.
        annexes: SHA-256 of the sealed annexes that go; none unless named.
    """

    documents: bool = True
    annexes: Collection[str] = ()


def write_evidence(source: Source, out: Out, choice: Choice | None = None) -> int:
    """Write a full evidence file and return how many lines it has.

    Args:
        source: what it is of. It is read twice, in pages, and must not change in between.
        out: where the bytes go.
        choice: which documents go along; all documents and no annex where None.

    Raises:
        Unavailable: SOURCE-CHANGED; whatever the source raises.
        Malformed: an entry that is in no one spelling: audit the source first.
    """
    count = 0
    for line in _lines(source, choice or Choice()):
        out.write(encode_line(line))
        count += 1
    out.write(encode_line(End(lines=count)))
    return count + 1


def _lines(source: Source, choice: Choice) -> Iterator[Line]:
    size = source.size()
    yield Head(checkpoint=source.checkpoint().decode(), scope="full", size=size)
    for anchor in source.anchors():
        token = None if anchor.token is None else _base64(anchor.token)
        yield AnchorLine(note=anchor.note.decode(), size=anchor.size, token=token)
    leaves = bytearray()
    for row in source.rows(0, size):
        leaves += leaf_hash(row.data)
    width = TILE_WIDTH * 32
    for n, start in enumerate(range(0, len(leaves), width)):
        yield TileLine(hashes=_base64(leaves[start : start + width]), n=n)
    documents: set[str] = set()
    annexes: set[str] = set()
    for row in source.rows(0, size):
        if leaf_hash(row.data) != leaves[row.index * 32 : row.index * 32 + 32]:
            raise Unavailable("SOURCE-CHANGED", f"entry {row.index} is not what it was")
        statement = read_event(row.index, row.data).statement
        documents.update(one.sha256 for one in statement.documents)
        annexes.update(() if statement.annex is None else (statement.annex,))
        yield EntryLine(entry=row.data.decode(), index=row.index)
    yield from _documents(source, choice, documents, annexes)


def _documents(
    source: Source, choice: Choice, documents: set[str], annexes: set[str]
) -> Iterator[Line]:
    """Yield what is left out, then what goes along; both by SHA-256."""
    # A digest that is a document's is no secret, whatever else names it as its annex.
    wanted = documents if choice.documents else set()
    wanted |= annexes & set(choice.annexes)
    held = set(source.document_names())
    yield from (AbsentLine(sha256=name) for name in sorted((documents | annexes) - (wanted & held)))
    for name in sorted(wanted & held):
        data = source.document(name)
        if data is None:
            raise Unavailable("SOURCE-CHANGED", f"the document {name[:8]}… is gone")
        parts = [data[at : at + PART_BYTES] for at in range(0, len(data), PART_BYTES)] or [b""]
        for number, part in enumerate(parts, 1):
            yield DocumentLine(data=_base64(part), part=number, parts=len(parts), sha256=name)


def _base64(data: bytes | bytearray) -> str:
    return base64.b64encode(data).decode()
