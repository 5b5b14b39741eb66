"""The lines of an evidence file (JSON Lines), each a canonical JSON object and a line feed.

In this order, those marked F in a full file only, those marked S in a selection only:

    head         format, scope, what was asked for, tree size, and the newest checkpoint
    anchor       each checkpoint that was shown outside, with its time stamp
    tile      F  the level-0 tiles: 256 leaf hashes each, the last one fewer (C2SP tlog-tiles)
    entry     F  the entries by position; an entry's bytes are the text of its JSON string
    consistency S an earlier size and root, with the proof that the log continues it
    selected  S  an entry with the proof that it stands at its position
    absent       the documents and annexes that events name and the file leaves out, by SHA-256
    document     those that it carries, by SHA-256, in parts
    end          how many lines stand before it, and the SHA-256 over all their bytes

An object has one spelling, so a file has one as well: a reader decodes each line, encodes it again
and compares. Lines have a greatest length, and what a reader must remember of a file is capped.
Nobody signs all of its bytes (a witness that the auditor does not know may have cosigned, or a
time stamp stand beside an anchor): the digest in the last line tells damage, and no author.
"""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from ledger.canonical import Canonical, Sha256Hex
from ledger.errors import Malformed, Unavailable
from ledger.events.base import DOCUMENT_BYTES_MAX, Count
from ledger.log.merkle import HASH_SIZE

FORMAT: Final = "chipledger-evidence-v1"
PART_BYTES = 512 * 1024
"""A document is cut into parts of this size, the last one shorter."""
LINE_BYTES_MAX = 2 * 1024 * 1024
ENTRY_BYTES_MIN = 512
"""No entry is shorter: its envelope names a key and carries a signature."""
NAMES_MAX = 1_000_000
"""Documents that a file carries or lists as left out."""
ANCHORS_BYTES_MAX = 64 * 1024 * 1024
"""Notes and time stamps of all anchors together."""
EARLIER_MAX = 100_000
"""Earlier sizes with a consistency proof."""
NOTE_BYTES_MAX = 65_536
TOKEN_BYTES_MAX = 1_048_576
_PARTS_MAX = DOCUMENT_BYTES_MAX // PART_BYTES
PROOF_HASHES_MAX = 64
"""No tree that can be numbered has a longer path."""

Base64 = Annotated[
    str, Meta(pattern=r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")
]
Asked = Annotated[str, Meta(min_length=1, max_length=300)]
Note = Annotated[str, Meta(min_length=1, max_length=NOTE_BYTES_MAX)]
Part = Annotated[int, Meta(ge=1, le=_PARTS_MAX)]


class _Line(Canonical, frozen=True, kw_only=True, tag_field="kind"):
    """One line."""


class Head(_Line, frozen=True, kw_only=True, tag="head"):
    """What the file is, what was asked for, and the newest checkpoint of the log that it is of."""

    asked: tuple[Asked, ...] = ()
    checkpoint: Note
    format: Literal["chipledger-evidence-v1"] = FORMAT
    scope: Literal["full", "selection"]
    size: Count

    def check(self, number: int) -> None:
        """Refuse a selection of nothing, or questions in another order than theirs.

        Raises:
            Malformed: EVIDENCE-MALFORMED.
        """
        in_order = list(self.asked) == sorted(set(self.asked))
        if not in_order or (self.scope == "selection") != bool(self.asked):
            raise malformed(number, "what was asked for is not sorted, or is not of this scope")


class AnchorLine(_Line, frozen=True, kw_only=True, tag="anchor"):
    """A checkpoint that was shown outside; the token is DER in base64."""

    note: Note
    size: Count
    token: Base64 | None

    def raw(self, number: int) -> bytes | None:
        """Return the token's bytes.

        Raises:
            Malformed: EVIDENCE-MALFORMED for more than a megabyte, or another spelling.
        """
        if self.token is None:
            return None
        data = _raw(self.token, number)
        if len(data) > TOKEN_BYTES_MAX:
            raise malformed(number, f"the token has more than {TOKEN_BYTES_MAX:,} bytes")
        return data


class TileLine(_Line, frozen=True, kw_only=True, tag="tile"):
    """Leaf hashes `n` * 256 and on: up to 256 of 32 bytes."""

    hashes: Base64
    n: Count

    def raw(self, number: int) -> bytes:
        """Return the hashes; raises as `AnchorLine.raw`."""
        return _raw(self.hashes, number)


class EntryLine(_Line, frozen=True, kw_only=True, tag="entry"):
    """The entry at a position: its bytes are the UTF-8 form of `entry`."""

    entry: str
    index: Count


class ConsistencyLine(_Line, frozen=True, kw_only=True, tag="consistency"):
    """The root at an earlier size; `proof` are the hashes that lead to the newest tree."""

    proof: Base64
    root: Sha256Hex
    size: Count

    def raw(self, number: int) -> tuple[bytes, ...]:
        """Return the proof's hashes.

        Raises:
            Malformed: EVIDENCE-MALFORMED.
        """
        return _hashes(self.proof, number)


class SelectedLine(_Line, frozen=True, kw_only=True, tag="selected"):
    """An entry of a selection; `proof` are the hashes from its leaf up to the newest root."""

    entry: str
    index: Count
    proof: Base64

    def raw(self, number: int) -> tuple[bytes, ...]:
        """Return the proof's hashes; raises as `ConsistencyLine.raw`."""
        return _hashes(self.proof, number)


class AbsentLine(_Line, frozen=True, kw_only=True, tag="absent"):
    """A document or annex that is left out by choice."""

    sha256: Sha256Hex


class DocumentLine(_Line, frozen=True, kw_only=True, tag="document"):
    """Part `part` of `parts` of a document."""

    data: Base64
    part: Part
    parts: Part
    sha256: Sha256Hex

    def raw(self, number: int) -> bytes:
        """Return the part's bytes; raises as `AnchorLine.raw`."""
        return _raw(self.data, number)

    def check_length(self, number: int) -> None:
        """Refuse a part of another length than documents are cut into.

        Raises:
            Malformed: EVIDENCE-MALFORMED.
        """
        size = len(self.raw(number))
        last = self.part == self.parts
        empty = size == 0 and self.parts > 1
        if self.part > self.parts or size > PART_BYTES or empty or (size < PART_BYTES and not last):
            raise malformed(number, "it is no part of a document")


class End(_Line, frozen=True, kw_only=True, tag="end"):
    """The last line: the file is whole, and `sha256` is over all bytes before this line."""

    lines: Count
    sha256: Sha256Hex


Line = (
    Head
    | AnchorLine
    | TileLine
    | EntryLine
    | ConsistencyLine
    | SelectedLine
    | AbsentLine
    | DocumentLine
    | End
)
ORDER = (
    Head,
    AnchorLine,
    TileLine,
    EntryLine,
    ConsistencyLine,
    SelectedLine,
    AbsentLine,
    DocumentLine,
    End,
)
"""The kinds of lines in the order in which they stand."""

_ENCODER = msgspec.json.Encoder(order="sorted")


def encode_line(line: Line) -> bytes:
    """Return a line's bytes with its line feed."""
    return _ENCODER.encode(line) + b"\n"


def malformed(number: int, reason: str) -> Malformed:
    """Return the error of a line."""
    return Malformed(
        "EVIDENCE-MALFORMED",
        f"line {number:,}: {reason[:300]}",
        where=f"line {number}",
        hint="ask for the file again; what was altered or damaged proves nothing",
    )


def unreadable(path: Path, error: Exception) -> Unavailable:
    """Return the error of a file that the system does not let read."""
    return Unavailable(
        "EVIDENCE-UNREADABLE",
        f"the file cannot be read: {getattr(error, 'strerror', None) or error}",
        where=str(path),
        hint="check its name and permissions; - stands for what comes through a pipe",
    )


def hashes_text(proof: Sequence[bytes]) -> str:
    """Return a proof's hashes as a line spells them."""
    return base64.b64encode(b"".join(proof)).decode()


def _hashes(text: str, number: int) -> tuple[bytes, ...]:
    data = _raw(text, number)
    if len(data) % HASH_SIZE or len(data) > PROOF_HASHES_MAX * HASH_SIZE:
        raise malformed(number, "its proof is no list of hashes")
    return tuple(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE))


def _raw(text: str, number: int) -> bytes:
    data = base64.b64decode(text)
    if base64.b64encode(data).decode() != text:  # bits behind the last byte that are not zero
        raise malformed(number, "its base64 is not in its one spelling")
    return data
