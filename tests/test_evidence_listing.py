"""The listing beside a published log: anchors and what is left out, in one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.evidence import listing as listings
from ledger.evidence.layout import listing_path, published_checkpoint
from ledger.evidence.listing import Listing, decode_listing, encode_listing
from ledger.source import Anchor
from tests.told import told

ANCHORS = (Anchor(2, b"a note\n", None), Anchor(2, b"a note\n", b"stamp"), Anchor(7, b"b", None))
FULL = Listing(7, ANCHORS, frozenset({"ab" * 32, "00" * 32}))


def test_a_listing_is_lines_of_canonical_json() -> None:
    assert encode_listing(FULL).decode().splitlines() == [
        '{"format":"chipledger-published-v1","kind":"listing","size":7}',
        '{"kind":"anchor","note":"a note\\n","size":2,"token":null}',
        '{"kind":"anchor","note":"a note\\n","size":2,"token":"c3RhbXA="}',
        '{"kind":"anchor","note":"b","size":7,"token":null}',
        f'{{"kind":"absent","sha256":"{"00" * 32}"}}',
        f'{{"kind":"absent","sha256":"{"ab" * 32}"}}',
    ]
    assert decode_listing(encode_listing(FULL), 7) == FULL
    assert listing_path(7) == "chipledger/7.jsonl"


LINES = encode_listing(FULL).splitlines(keepends=True)
BROKEN = {
    "nothing": b"",
    "of another size": encode_listing(Listing(8)),
    "an anchor of more entries than there are": encode_listing(
        Listing(7, (Anchor(8, b"x", None),))
    ),
    "no first line": b"".join(LINES[1:]),
    "two first lines": LINES[0] + b"".join(LINES),
    "an anchor twice": b"".join([LINES[0], LINES[1], LINES[1]]),
    "anchors in another order": b"".join([LINES[0], LINES[3], LINES[1]]),
    "documents in another order": b"".join([LINES[0], LINES[5], LINES[4]]),
    "kinds in another order": b"".join([LINES[0], LINES[4], LINES[1]]),
    "spaces": LINES[0].replace(b":", b": "),
    "no last line feed": LINES[0][:-1],
    "an empty line": LINES[0] + b"\n",
    "not UTF-8": LINES[0] + b'{"kind":"absent","sha256":"\xff"}\n',
    "another kind": LINES[0] + b'{"kind":"end","lines":1}\n',
    "base64 in another spelling": LINES[0] + LINES[2].replace(b"c3RhbXA=", b"c3RhbXB="),
    "no digest": LINES[0] + b'{"kind":"absent","sha256":"00"}\n',
}


@pytest.mark.parametrize("name", BROKEN)
def test_any_other_bytes_are_refused(name: str) -> None:
    with pytest.raises(Malformed, match="PUBLISHED-MALFORMED"):
        decode_listing(BROKEN[name], 7)


def test_a_listing_that_nobody_would_read_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "LISTING_BYTES_MAX", 100)
    with pytest.raises(Malformed, match="LISTING-SIZE"):
        encode_listing(FULL)


@given(st.binary(max_size=80), st.integers(0, len(b"".join(LINES))), st.integers(0, 3))
def test_any_change_is_refused_or_is_another_listing(put: bytes, at: int, cut: int) -> None:
    data = b"".join(LINES)
    changed = data[:at] + put + data[at + cut :]
    try:
        listing = decode_listing(changed, 7)
    except Malformed:
        return
    assert encode_listing(listing) == changed


def test_a_checkpoint_that_is_none_is_told() -> None:
    assert published_checkpoint(told().ledger.checkpoint()).size == told().ledger.size
    with pytest.raises(Malformed, match="CHECKPOINT-MALFORMED"):
        published_checkpoint(b"\xff")
