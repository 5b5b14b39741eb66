"""Files attached to a PDF as typst writes it, by their names: found without a library."""

import re
import zlib
from typing import Final

from ledger.errors import Malformed

FIGURES: Final = "figures.json"
EVIDENCE: Final = "evidence.jsonl"
_SIZE_MAX: Final = 256 * 1024**2
_FILESPEC: Final = re.compile(
    rb"<<\s*/Type\s*/Filespec\s*/F\s*\(([a-z.]{1,40})\)\s*/UF\s*\([a-z.]{1,40}\)"
    rb"\s*/EF\s*<<\s*/F ([0-9]{1,9}) 0 R[^>]{0,80}>>"
    rb"\s*/AFRelationship\s*/[A-Za-z]+\s*/Desc\s*\(([A-Za-z0-9 ,.-]{0,200})\)\s*>>"
)
_STREAM: Final = rb"\n%b 0 obj\s*<<.{0,400}?/Length ([0-9]{1,10}).{0,400}?>>\s*stream\n"


class Attached:
    """What a file brings along: bytes and description of each attachment, by name."""

    def __init__(self, data: bytes) -> None:
        """Look through a PDF."""
        self._data = data
        self._found: dict[bytes, tuple[bytes, bytes]] = {}
        for name, number, description in _FILESPEC.findall(data):
            if name in self._found:
                raise broken_paper()
            self._found[name] = number, description

    def description(self, name: str) -> str:
        """Return the description of an attachment.

        Raises:
            Malformed: REPORT-COPY where there is none of this name.
        """
        return self._of(name)[1].decode("ascii")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.encode() in self._found

    def bytes_of(self, name: str) -> bytes:
        """Return an attachment.

        Raises:
            Malformed: REPORT-COPY where there is none of this name, or it cannot be read.
        """
        found = re.search(_STREAM % self._of(name)[0], self._data, re.DOTALL)
        if found is None:
            raise broken_paper()
        packed = self._data[found.end() : found.end() + int(found[1])]
        if b"/FlateDecode" not in found[0]:
            return packed
        unpacking = zlib.decompressobj()
        try:
            whole = unpacking.decompress(packed, _SIZE_MAX)
        except zlib.error as error:
            raise broken_paper() from error
        if unpacking.unconsumed_tail or not unpacking.eof:
            raise broken_paper()
        return whole

    def _of(self, name: str) -> tuple[bytes, bytes]:
        if name.encode() not in self._found:
            raise broken_paper()
        return self._found[name.encode()]


def evidence_of(data: bytes) -> bytes | None:
    """Return the evidence file inside a PDF, or None where there is none.

    Raises:
        Malformed: REPORT-COPY.
    """
    inside = Attached(data)
    return inside.bytes_of(EVIDENCE) if EVIDENCE in inside else None


def broken_paper() -> Malformed:
    """Return the refusal of a PDF that is no report, or no whole one."""
    return Malformed(
        "REPORT-COPY",
        "this PDF has no machine-readable copy of its figures",
        hint="programs that save a PDF anew may change it: ask for the report once more",
    )
