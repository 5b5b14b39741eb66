"""Lines are taken in one by one: what stands where it may not is refused with its number."""

import io
from base64 import b64encode

import pytest

from ledger.errors import Malformed
from ledger.evidence.decoding import is_entry
from ledger.evidence.lines import PART_BYTES, DocumentLine, encode_line
from ledger.evidence.reading import Reading
from ledger.evidence.writer import write_evidence
from tests.told import told


def test_lines_are_taken_in_their_order_and_none_twice() -> None:
    out = io.BytesIO()
    write_evidence(told().ledger.source(), out)
    lines = out.getvalue().splitlines(keepends=True)
    reading, offset = Reading(), 0
    for line in lines[:-1]:
        reading.take(line, offset)
        offset += len(line)
    assert not reading.whole
    with pytest.raises(Malformed, match=f"line {len(lines)}"):
        reading.take(lines[0], offset)
    assert len(reading.entries) == sum(map(is_entry, lines)) == told().ledger.size


def test_a_document_is_not_whole_before_its_last_part() -> None:
    reading = Reading(number=1)
    first, second, other = (
        DocumentLine(data=b64encode(data).decode(), part=part, parts=parts, sha256=name * 32)
        for data, part, parts, name in (
            (bytes(PART_BYTES), 1, 2, "aa"), (b"x", 2, 2, "aa"), (b"x", 1, 1, "bb"),
        )
    )  # fmt: skip
    reading.take(encode_line(first), 0)
    unfinished = [reading.in_document]
    with pytest.raises(Malformed, match="next part"):
        reading.take(encode_line(other), 0)
    reading.take(encode_line(second), 0)
    reading.take(encode_line(other), 0)
    unfinished.append(reading.in_document)
    assert unfinished == [True, False]
    assert [one.size for one in reading.documents.values()] == [PART_BYTES + 1, 1]
