"""Lines of an evidence file read in one step, and told apart where something is wrong."""

import base64

import pytest
from msgspec import structs

from ledger.errors import Malformed
from ledger.evidence.decoding import decode_line, kind_of
from ledger.evidence.lines import AbsentLine, DocumentLine, Line, TileLine, encode_line

NAME = "ab" * 32
TILE = TileLine(hashes=base64.b64encode(bytes(range(32))).decode(), n=0)
PAPER = DocumentLine(data=base64.b64encode(b"serial\n").decode(), part=1, parts=1, sha256=NAME)


@pytest.mark.parametrize(("line", "raw"), [(TILE, bytes(range(32))), (PAPER, b"serial\n")])
def test_base64_is_read_with_its_line(line: TileLine | DocumentLine, raw: bytes) -> None:
    read = decode_line(encode_line(line), 7)
    assert isinstance(read, type(line))
    assert read.raw(7) == line.raw(7) == raw
    assert encode_line(read) == encode_line(line)
    assert kind_of(read) is kind_of(line) is type(line)


def test_other_lines_are_what_they_were() -> None:
    line = AbsentLine(sha256=NAME)
    assert decode_line(encode_line(line), 1) == line
    assert kind_of(line) is AbsentLine


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("c2VyaWFsCh==", "one spelling"),  # bits behind the last byte
        ("c2VyaWFsCg=", "no line"),
        ("c2VyaWFsCg", "no line"),
        ("c2VyaWFs Cg==", "no line"),
        ("c2VyaWFs-_8=", "no line"),
        ("=", "no line"),
    ],
)
@pytest.mark.parametrize("line", [TILE, PAPER])
def test_other_base64_is_refused(line: Line, text: str, said: str) -> None:
    field = "hashes" if isinstance(line, TileLine) else "data"
    bent = encode_line(structs.replace(line, **{field: text}))
    with pytest.raises(Malformed, match=said) as caught:
        decode_line(bent, 3).raw(3)  # type: ignore[union-attr]  # of these two kinds
    assert (caught.value.code, caught.value.where) == ("EVIDENCE-MALFORMED", "line 3")


@pytest.mark.parametrize(
    "bent",
    [
        encode_line(PAPER).replace(b'"part":1,', b'"part": 1,'),
        encode_line(TILE).replace(b'{"hashes"', b'{"hashes":"","hashes"'),
        encode_line(PAPER)[:-1],
    ],
)
def test_another_spelling_is_refused(bent: bytes) -> None:
    with pytest.raises(Malformed, match="canonical spelling"):
        decode_line(bent, 3)


@pytest.mark.parametrize("size", range(8))
def test_a_document_line_is_accepted_in_its_one_spelling_alone(size: int) -> None:
    """Of a long one not all is encoded again: whatever is accepted must be what is written."""
    text = base64.b64encode(bytes(range(size))).decode()
    line = encode_line(structs.replace(PAPER, data=text))
    assert encode_line(decode_line(line, 1)) == line
    inserted = (b" ", b"=", b"\\u0041", b"\\/", b"AAAA", b"AAA=", b'","data":"', b'{"data":"",')
    changes = [line[:at] + more + line[at:] for at in range(len(text) + 12) for more in inserted]
    changes += [
        line[:at] + bytes([byte]) + line[at + 1 :]
        for at in range(len(text) + 12)
        for byte in b'Ab+/="\\ 09'
    ]
    for changed in changes:
        try:
            read = decode_line(changed, 1)
            raw = read.raw(1) if isinstance(read, DocumentLine) else b""
        except Malformed:
            continue
        assert changed == encode_line(structs.replace(PAPER, data=base64.b64encode(raw).decode()))
