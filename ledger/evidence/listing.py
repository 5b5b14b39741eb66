"""What a published log has beside C2SP's files: `chipledger/SIZE.jsonl`, one for each tree size.

The checkpoints that were shown outside, hand-overs among them, and the documents that are left out
by choice. Three kinds of lines, of which the last two are those of an evidence file:

    listing   format and tree size
    anchor    a checkpoint that was shown outside, with its time stamp
    absent    a document that events name and that was not published, by SHA-256

Each is canonical JSON and a line feed; anchors are sorted by size, note and token, the rest by
SHA-256, none is repeated. The file is of one tree size, so that whoever read the checkpoint of
that size finds the listing that belongs to it while a newer one is being published.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import msgspec

from ledger.canonical import Canonical
from ledger.errors import Malformed
from ledger.events.base import Count
from ledger.evidence.layout import listing_path, malformed
from ledger.evidence.lines import AbsentLine, AnchorLine
from ledger.source import Anchor

FORMAT: Final = "chipledger-published-v1"
LISTING_BYTES_MAX = 64 * 1024 * 1024


class ListingLine(Canonical, frozen=True, kw_only=True, tag_field="kind", tag="listing"):
    """The first line."""

    format: Literal["chipledger-published-v1"] = FORMAT
    size: Count


@dataclass(frozen=True, slots=True)
class Listing:
    """What stands beside the tree.

    Attributes:
        size: tree size that it is of.
        anchors: by size, note and token; none is of more entries than `size`.
        left_out: SHA-256 of the documents that are left out by choice.
    """

    size: int
    anchors: tuple[Anchor, ...] = ()
    left_out: frozenset[str] = frozenset()


def encode_listing(listing: Listing) -> bytes:
    """Return the bytes of a listing.

    Raises:
        Malformed: LISTING-SIZE beyond 64 MiB.
    """
    lines = [_ENCODER.encode(line) for line in _lines(listing)]
    data = b"".join(line + b"\n" for line in lines)
    if len(data) > LISTING_BYTES_MAX:
        raise Malformed(
            "LISTING-SIZE",
            f"the anchors and documents left out take {len(data):,} bytes",
            hint="publish documents, or leave out fewer",
        )
    return data


def decode_listing(data: bytes, size: int) -> Listing:
    """Return the listing, of the tree size given, that these bytes are the one spelling of.

    Raises:
        Malformed: PUBLISHED-MALFORMED.
    """
    try:
        lines = [_DECODER.decode(line) for line in data.splitlines()]
        listing = Listing(
            size=size,
            anchors=tuple(
                Anchor(one.size, one.note.encode(), one.raw(number))
                for number, one in enumerate(lines, 1)
                if isinstance(one, AnchorLine)
            ),
            left_out=frozenset(one.sha256 for one in lines if isinstance(one, AbsentLine)),
        )
        sound = encode_listing(listing) == data and _are_sorted(listing.anchors)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Malformed) as error:
        raise malformed(listing_path(size), str(error)) from error
    if not sound or any(anchor.size > size for anchor in listing.anchors):
        raise malformed(listing_path(size), "it is in no one spelling, or of another tree size")
    return listing


def anchor_order(anchor: Anchor) -> tuple[int, bytes, bytes]:
    """Return what anchors are sorted by."""
    return anchor.size, anchor.note, anchor.token or b""


_Line = ListingLine | AnchorLine | AbsentLine
_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER: msgspec.json.Decoder[_Line] = msgspec.json.Decoder(_Line, strict=True)


def _lines(listing: Listing) -> Iterator[_Line]:
    yield ListingLine(size=listing.size)
    for anchor in listing.anchors:
        token = None if anchor.token is None else base64.b64encode(anchor.token).decode()
        yield AnchorLine(note=anchor.note.decode(), size=anchor.size, token=token)
    yield from (AbsentLine(sha256=name) for name in sorted(listing.left_out))


def _are_sorted(anchors: Sequence[Anchor]) -> bool:
    return all(anchor_order(one) < anchor_order(other) for one, other in pairwise(anchors))
