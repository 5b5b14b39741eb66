"""The body of a request to a witness: read as it is written, and in no other way."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.log.add_checkpoint import (
    PROOF_MAX,
    REQUEST_BYTES_MAX,
    AddCheckpoint,
    parse_add_checkpoint,
    parse_size,
)

NOTE = b"ledger.example/x\n1\nAAAA\n\n\xe2\x80\x94 ledger.example/x AAAAAAAA\n"
HASH = b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw="


def test_the_example_of_the_specification_is_read() -> None:
    body = b"old 20852014\n" + HASH + b"\n" + HASH + b"\n\n" + NOTE
    request = parse_add_checkpoint(body)
    assert (request.old, len(request.proof), request.checkpoint) == (20_852_014, 2, NOTE)
    assert request.to_bytes() == body


@given(st.integers(0, 10**16 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_what_is_written_is_read(old: int, proof: list[bytes]) -> None:
    request = AddCheckpoint(old, tuple(proof), NOTE)
    assert parse_add_checkpoint(request.to_bytes()) == request


@pytest.mark.parametrize(
    "body",
    [
        b"",
        NOTE,
        b"old 1\n" + NOTE,
        b"\n\n" + NOTE,
        b"old\n\n" + NOTE,
        b"old \n\n" + NOTE,
        b"old 01\n\n" + NOTE,
        b"old +1\n\n" + NOTE,
        b"old -1\n\n" + NOTE,
        b"old 1_0\n\n" + NOTE,
        b"old  1\n\n" + NOTE,
        b"old\t1\n\n" + NOTE,
        b"Old 1\n\n" + NOTE,
        b" old 1\n\n" + NOTE,
        b"old 1 \n\n" + NOTE,
        b"old 1\r\n\r\n" + NOTE,
        b"old \xd9\xa1\n\n" + NOTE,
        b"old 12345678901234567\n\n" + NOTE,
        b"old 1\n" + HASH[:-1] + b"\n\n" + NOTE,
        b"old 1\n" + HASH + b" \n\n" + NOTE,
        b"old 1\n" + HASH + HASH + b"\n\n" + NOTE,
        b"old 1\n" + HASH.replace(b"P", b"-", 1) + b"\n\n" + NOTE,
        b"old 1\n" + HASH[:-2] + b"x=\n\n" + NOTE,
        b"old 1\n" + (HASH + b"\n") * (PROOF_MAX + 1) + b"\n" + NOTE,
        b"old 1\n\n" + b"x" * REQUEST_BYTES_MAX,
    ],
)
def test_everything_else_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match="WITNESS-REQUEST"):
        parse_add_checkpoint(body)


def test_sixty_three_hashes_are_allowed() -> None:
    assert len(parse_add_checkpoint(b"old 1\n" + (HASH + b"\n") * 63 + b"\n" + NOTE).proof) == 63


def test_a_size_is_digits_and_a_line_feed() -> None:
    assert parse_size(b"0\n") == 0
    assert parse_size(b"20852163\n") == 20_852_163
    for body in (
        b"",
        b"1",
        b"01\n",
        b"-1\n",
        b"1\n\n",
        b"1\r\n",
        b"12345678901234567\n",
        b"\xff\n",
    ):
        with pytest.raises(Malformed, match="WITNESS-SIZE"):
            parse_size(body)


@given(st.binary(max_size=200))
def test_no_bytes_break_it(body: bytes) -> None:
    with suppress(Malformed):
        parse_add_checkpoint(b"old 1\n" + body)
    with suppress(Malformed):
        parse_add_checkpoint(body)
    with suppress(Malformed):
        parse_size(body)
