"""Lines of an evidence file from their bytes.

Base64 makes most of a file. It is read in one step with its line, in place of being compared with
a pattern first and decoded later; encoding it again, of a document its last bytes alone, shows all
the same that it is in its one spelling. A line that is framed as an entry or as a document is read
as that, without looking for its kind first. Only what is not as it should be is taken apart, which
tells what is wrong.
"""

from binascii import b2a_base64
from typing import Final

import msgspec

from ledger.evidence.lines import (
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
    malformed,
)

_DATA: Final = b'{"data":"'
_GROUP: Final = 3
"""Bytes that four digits of base64 stand for."""


class _ReadTileLine(TileLine, frozen=True, kw_only=True, tag="tile"):
    """A tile line whose base64 was read with it."""

    hashes: bytes  # type: ignore[assignment]  # the same text in the file

    def raw(self, number: int) -> bytes:  # noqa: ARG002  as the line's
        """Return the hashes."""
        return self.hashes


class _ReadDocumentLine(DocumentLine, frozen=True, kw_only=True, tag="document"):
    """A document line whose base64 was read with it."""

    data: bytes  # type: ignore[assignment]  # the same text in the file

    def is_spelled(self, line: bytes) -> bool:
        """Say whether these bytes are its spelling, without encoding all of its data again.

        The line was read, so its base64 has digits and padding alone. It is as long as the data
        needs (an escape would take more), and the last four digits are those of the last bytes.
        """
        groups, rest = divmod(len(self.data), _GROUP)
        if groups and not rest:
            groups, rest = groups - 1, _GROUP
        end = b'%s","kind":"document","part":%d,"parts":%d,"sha256":"%s"}\n' % (
            b2a_base64(self.data[groups * _GROUP :], newline=False),
            self.part,
            self.parts,
            self.sha256.encode(),
        )
        return (
            len(line) == len(_DATA) + 4 * groups + len(end)
            and line.startswith(_DATA)
            and line.endswith(end)
        )

    def raw(self, number: int) -> bytes:  # noqa: ARG002  as the line's
        """Return the part's bytes."""
        return self.data


_ReadLine = Head | AnchorLine | _ReadTileLine | ConsistencyLine | SelectedLine | AbsentLine | End
_KINDS: Final = {_ReadTileLine: TileLine, _ReadDocumentLine: DocumentLine}
_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line, strict=True)
_decode_any = msgspec.json.Decoder(_ReadLine, strict=True).decode
_decode_entry = msgspec.json.Decoder(EntryLine, strict=True).decode
_decode_document = msgspec.json.Decoder(_ReadDocumentLine, strict=True).decode
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def is_entry(data: bytes) -> bool:
    """Say whether a line has an entry's frame."""
    return data.startswith(b'{"entry":"') and data.endswith(b'"kind":"entry"}\n')


def kind_of(line: Line) -> type:
    """Return which of the kinds in `ORDER` a line is of."""
    kind = type(line)
    return _KINDS.get(kind, kind)


def decode_line(data: bytes, number: int) -> Line:
    """Return the line that these bytes are the one spelling of.

    Args:
        data: the bytes with the line feed.
        number: of the line in its file, from 1, for the error.

    Raises:
        Malformed: EVIDENCE-MALFORMED.
    """
    try:
        if data.startswith(_DATA):
            document = _decode_document(data)
            if document.is_spelled(data):
                return document
        else:
            line: Line = _decode_entry(data) if is_entry(data) else _decode_any(data)
            if encode_line(line) == data:
                return line
    except _BROKEN:
        pass
    return _taken_apart(data, number)


def _taken_apart(data: bytes, number: int) -> Line:
    """Return a line as the file spells it: what of its base64 is wrong shows when that is read."""
    try:
        line = _DECODER.decode(data)
    except _BROKEN as error:
        raise malformed(number, f"it is no line of an evidence file: {error}") from error
    if encode_line(line) != data:
        raise malformed(number, "it is not in its one canonical spelling")
    return line
