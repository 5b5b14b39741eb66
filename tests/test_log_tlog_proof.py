"""Files that prove one entry, read as strictly as written (C2SP tlog-proof)."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.log.tlog_proof import TlogProof, format_tlog_proof, parse_tlog_proof

A, B = bytes(32), b"\xff" * 32
NOTE = b"example.com/log\n9\nroot\n\n\xe2\x80\x94 example.com/log AAAA\n"
PROOF = TlogProof(5, (A, B), NOTE, b"more")
FILE = format_tlog_proof(PROOF)

# The example of the specification, with its elided signatures left as they are.
FOREIGN = (
    "c2sp.org/tlog-proof@v1\n"
    "index 73894\n"
    "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n"
    "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n"
    "\n"
    "example.com/fancylog\n"
    "109482\n"
    "sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n"
    "\n"
    "— example.com/fancylog hI2DJw[...]1roloI=\n"
).encode()


def test_the_specifications_example_is_read_and_written() -> None:
    proof = parse_tlog_proof(FOREIGN)
    assert (proof.index, len(proof.proof), proof.extra) == (73_894, 2, None)
    assert proof.checkpoint.startswith(b"example.com/fancylog\n109482\n")
    assert format_tlog_proof(proof) == FOREIGN


def test_the_lines_are_header_extra_index_hashes_blank_and_checkpoint() -> None:
    assert FILE.split(b"\n")[:6] == [
        b"c2sp.org/tlog-proof@v1",
        b"extra bW9yZQ==",
        b"index 5",
        base64.b64encode(A),
        base64.b64encode(B),
        b"",
    ]
    assert FILE.endswith(b"\n\n" + NOTE)


def changed(old: str, new: str) -> bytes:
    assert old.encode() in FILE
    return FILE.replace(old.encode(), new.encode(), 1)


BROKEN = {
    "nothing": b"",
    "another version": changed("@v1", "@v2"),
    "a carriage return": changed("@v1\n", "@v1\r\n"),
    "no header": changed("c2sp.org/tlog-proof@v1\n", ""),
    "no index": changed("index 5\n", ""),
    "the index first": b"c2sp.org/tlog-proof@v1\nindex 5\nextra bW9yZQ==\n\n" + NOTE,
    "two indexes": changed("index 5\n", "index 5\nindex 5\n"),
    "two spaces": changed("index 5", "index  5"),
    "a leading zero": changed("index 5", "index 05"),
    "a sign": changed("index 5", "index +5"),
    "a digit of another script": changed("index 5", "index \N{ARABIC-INDIC DIGIT FIVE}"),
    "a position beyond all trees": changed("index 5", "index 9007199254740992"),
    "an index of many digits": changed("index 5", "index " + "9" * 5_000),
    "extra in another spelling": changed("bW9yZQ==", "bW9yZR=="),
    "extra without padding": changed("bW9yZQ==", "bW9yZQ"),
    "extra that is no base64": changed("bW9yZQ==", "!!!!"),
    "a hash too short": changed(base64.b64encode(A).decode(), "AAAA"),
    "an empty hash": changed("index 5\n", "index 5\n \n"),
    "too many hashes": changed(
        "index 5\n", "index 5\n" + (base64.b64encode(A).decode() + "\n") * 62
    ),
    "no blank line": FILE.replace(b"\n\n", b"\n"),
    "not ASCII": changed("@v1", "@v1\N{NO-BREAK SPACE}"),
    "a checkpoint that is too large": FILE + b"x" * 70_000,
    "a file that is too large": changed("bW9yZQ==", "AAAA" * 5_000_000),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_proof_is_refused(name: str) -> None:
    with pytest.raises(Malformed, match="TLOG-PROOF"):
        parse_tlog_proof(BROKEN[name])


@given(
    st.integers(0, 2**53 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
    st.none() | st.binary(max_size=50),
    st.binary(max_size=50),
)
def test_every_proof_is_read_back(
    index: int, hashes: tuple[bytes, ...], extra: bytes | None, note: bytes
) -> None:
    proof = TlogProof(index, hashes, note, extra)
    assert parse_tlog_proof(format_tlog_proof(proof)) == proof


@given(st.binary(max_size=8), st.integers(0, len(FILE)), st.integers(0, 3))
def test_any_change_is_refused_or_is_another_proof(put: bytes, at: int, cut: int) -> None:
    data = FILE[:at] + put + FILE[at + cut :]
    try:
        proof = parse_tlog_proof(data)
    except Malformed:
        return
    assert format_tlog_proof(proof) == data
