"""Entry bundles: entries with their lengths before them, read as strictly as written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.log.bundles import bundle_size_max, decode_bundle, encode_bundle

LONGEST = b"x" * 65_535


def test_the_length_stands_before_each_entry_in_two_bytes_the_high_one_first() -> None:
    assert encode_bundle([b"abc", b"", bytes(258)]) == (
        b"\x00\x03abc" + b"\x00\x00" + b"\x01\x02" + bytes(258)
    )


def test_a_bundle_of_256_of_the_longest_entries_is_the_largest() -> None:
    data = encode_bundle([LONGEST] * 256)
    assert len(data) == bundle_size_max(256)
    assert decode_bundle(data, 256) == [LONGEST] * 256


def test_a_longer_entry_fits_no_bundle() -> None:
    with pytest.raises(Malformed, match="BUNDLE-ENTRY"):
        encode_bundle([LONGEST + b"x"])


@pytest.mark.parametrize(
    ("data", "width"),
    [
        (b"", 1),
        (b"\x00", 1),
        (b"\x00\x01", 1),
        (b"\x00\x02a", 1),
        (b"\x00\x01a\x00", 1),
        (b"\x00\x01a\x00", 2),
        (b"\x00\x01a\x00\x01a", 1),
        (b"\x00\x01a", 2),
        (b"\x00\x00", 0),
    ],
)
def test_what_is_not_so_many_entries_is_refused(data: bytes, width: int) -> None:
    with pytest.raises(Malformed, match="BUNDLE-FORM"):
        decode_bundle(data, width)


@given(st.lists(st.binary(max_size=600), max_size=5))
def test_a_bundle_reads_back(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


@given(st.binary(max_size=40), st.integers(0, 4))
def test_any_bytes_are_a_bundle_in_its_one_spelling_or_malformed(data: bytes, width: int) -> None:
    try:
        entries = decode_bundle(data, width)
    except Malformed:
        return
    assert encode_bundle(entries) == data
