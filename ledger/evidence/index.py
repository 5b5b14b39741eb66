"""Where the lines of an evidence file stand: what one pass that checks their order finds."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import sha256
from typing import IO

from msgspec import Struct

from ledger.errors import Unavailable
from ledger.evidence.hashes import CarriedDocuments
from ledger.evidence.lines import LINE_BYTES_MAX, ConsistencyLine, Head, malformed
from ledger.evidence.reading import Reading
from ledger.source import Anchor, Damage


class EvidenceRow(Struct, frozen=True, gc=False):
    """An entry as an evidence file holds it: no type stands beside its bytes."""

    index: int
    type: None
    data: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Index:
    """What one pass over a file finds.

    Attributes:
        head: the first line.
        anchors: the checkpoints that were shown outside.
        tiles: offsets of the tiles of leaf hashes.
        consistency: the roots at earlier sizes, with their proofs.
        positions: those of the entries that it holds, ascending.
        entries: offsets of the entries, in that order.
        first_entry: number of the first entry's line.
        absent: SHA-256 of what is left out.
        documents: by the SHA-256 that their lines name.
        damage: digests of the bytes, where they are not those that the last line is over.
    """

    head: Head
    anchors: Sequence[Anchor]
    tiles: Sequence[int]
    consistency: Sequence[ConsistencyLine]
    positions: Sequence[int]
    entries: Sequence[int]
    first_entry: int
    absent: AbstractSet[str]
    documents: CarriedDocuments
    damage: Damage | None


def read_index(file: IO[bytes]) -> Index:
    """Return where the lines of a file stand.

    Raises:
        Malformed: EVIDENCE-MALFORMED for a line that is none, too long, or in another place than
            the format gives it.
        Unavailable: EVIDENCE-TRUNCATED for a file without its last line.
    """
    file.seek(0)
    reading = Reading()
    digest = sha256()
    offset = 0
    while data := file.readline(LINE_BYTES_MAX + 1):
        if reading.whole:
            raise malformed(reading.number + 1, "something stands behind the last line")
        if not data.endswith(b"\n") and len(data) <= LINE_BYTES_MAX:
            break
        reading.take(data, offset)
        if not reading.whole:
            digest.update(data)
        offset += len(data)
    if not reading.whole:
        raise Unavailable(
            "EVIDENCE-TRUNCATED",
            f"the file ends after {reading.number:,} lines without its last line",
            hint="copy it again; it was cut off on its way",
        )
    return index_of(reading, digest.hexdigest())


def index_of(reading: Reading, found: str) -> Index:
    """Return what a file is that was read to its end.

    Args:
        reading: what its lines were.
        found: SHA-256 over all bytes before the last line.
    """
    return Index(
        head=reading.head[0],
        anchors=tuple(reading.anchors),
        tiles=reading.tiles,
        consistency=tuple(reading.consistency),
        positions=reading.positions if reading.is_selection else range(len(reading.entries)),
        entries=reading.entries,
        first_entry=reading.first_entry,
        absent=reading.absent,
        documents=reading.documents,
        damage=None if found == reading.digest else Damage(reading.digest, found),
    )
