"""The lines of an evidence file (JSON Lines), each a canonical JSON object and a line feed.

In this order:

    head      format, scope, tree size, and the newest checkpoint
    anchor    each checkpoint that was shown outside, with its time stamp
    tile      the level-0 tiles: 256 leaf hashes each, the last one fewer (C2SP tlog-tiles)
    entry     the entries by position; an entry's bytes are the text of its JSON string
    absent    the documents and annexes that events name and the file leaves out, by SHA-256
    document  those that it carries, by SHA-256, in parts
    end       how many lines stand before it

An object has one spelling, so a file has one as well: a reader decodes each line, encodes it again
and compares. No line is longer than `LINE_BYTES_MAX`, so no file costs more memory than that.
"""

import base64
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from ledger.canonical import Canonical, Sha256Hex
from ledger.errors import Malformed
from ledger.events.base import DOCUMENT_BYTES_MAX, Count

FORMAT: Final = "chipledger-evidence-v1"
PART_BYTES = 512 * 1024
"""A document is cut into parts of this size, the last one shorter."""
LINE_BYTES_MAX = 2 * 1024 * 1024
NOTE_BYTES_MAX = 65_536
TOKEN_BYTES_MAX = 1_048_576
_PARTS_MAX = DOCUMENT_BYTES_MAX // PART_BYTES

Base64 = Annotated[
    str, Meta(pattern=r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")
]
Note = Annotated[str, Meta(min_length=1, max_length=NOTE_BYTES_MAX)]
Part = Annotated[int, Meta(ge=1, le=_PARTS_MAX)]


class _Line(Canonical, frozen=True, kw_only=True, tag_field="kind"):
    """One line."""


class Head(_Line, frozen=True, kw_only=True, tag="head"):
    """What the file is, and the newest checkpoint of the log that it is of."""

    checkpoint: Note
    format: Literal["chipledger-evidence-v1"] = FORMAT
    scope: Literal["full"]
    size: Count


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
    """The last line: the file is whole."""

    lines: Count


Line = Head | AnchorLine | TileLine | EntryLine | AbsentLine | DocumentLine | End
ORDER = (Head, AnchorLine, TileLine, EntryLine, AbsentLine, DocumentLine, End)
"""The kinds of lines in the order in which they stand."""

_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line, strict=True)


def encode_line(line: Line) -> bytes:
    """Return a line's bytes with its line feed."""
    return _ENCODER.encode(line) + b"\n"


def decode_line(data: bytes, number: int) -> Line:
    """Return the line that these bytes are the one spelling of.

    Args:
        data: the bytes with the line feed.
        number: of the line in its file, from 1, for the error.

    Raises:
        Malformed: EVIDENCE-MALFORMED.
    """
    try:
        line = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(number, f"it is no line of an evidence file: {error}") from error
    if encode_line(line) != data:
        raise malformed(number, "it is not in its one canonical spelling")
    return line


def malformed(number: int, reason: str) -> Malformed:
    """Return the error of a line."""
    return Malformed(
        "EVIDENCE-MALFORMED",
        f"line {number:,}: {reason[:300]}",
        where=f"line {number}",
        hint="ask for the file again; what was altered or damaged proves nothing",
    )


def _raw(text: str, number: int) -> bytes:
    data = base64.b64decode(text)
    if base64.b64encode(data).decode() != text:  # bits behind the last byte that are not zero
        raise malformed(number, "its base64 is not in its one spelling")
    return data
