"""Lines of an evidence file from their bytes.

Base64 makes most of a file. It is read in one step with its line, in place of being compared with
a pattern first and decoded later; encoding it again, of a document its last bytes alone, shows all
the same that it is in its one spelling. Only what is not is taken apart, which tells what is wrong.
"""

from typing import Final

import msgspec
from msgspec import structs

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
        size = len(self.data)
        rest = size - 1 - (size - 1) % 3 if size else 0
        short = encode_line(structs.replace(self, data=self.data[rest:]))
        return (
            len(line) == len(short) + rest // 3 * 4
            and line.startswith(_DATA)
            and line.endswith(short[len(_DATA) :])
        )

    def raw(self, number: int) -> bytes:  # noqa: ARG002  as the line's
        """Return the part's bytes."""
        return self.data


_ReadLine = (
    Head
    | AnchorLine
    | _ReadTileLine
    | EntryLine
    | ConsistencyLine
    | SelectedLine
    | AbsentLine
    | _ReadDocumentLine
    | End
)
_KINDS: Final = {_ReadTileLine: TileLine, _ReadDocumentLine: DocumentLine}
_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line, strict=True)
_QUICK_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(_ReadLine, strict=True)
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


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
        line = _QUICK_DECODER.decode(data)
    except _BROKEN:
        return _taken_apart(data, number)
    if isinstance(line, _ReadDocumentLine):
        is_spelled = line.is_spelled(data)
    else:
        is_spelled = encode_line(line) == data
    return line if is_spelled else _taken_apart(data, number)


def _taken_apart(data: bytes, number: int) -> Line:
    """Return a line as the file spells it: what of its base64 is wrong shows when that is read."""
    try:
        line = _DECODER.decode(data)
    except _BROKEN as error:
        raise malformed(number, f"it is no line of an evidence file: {error}") from error
    if encode_line(line) != data:
        raise malformed(number, "it is not in its one canonical spelling")
    return line
