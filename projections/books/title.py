"""Postings of title: seller → buyer. Neither possession nor use follows."""

from collections.abc import Iterator

from ledger.events.title import TitleTransferred
from projections.books.posting import UNKNOWN, Posting, by_rack, title


def title_transferred(data: TitleTransferred) -> Iterator[Posting]:
    """Title: seller → buyer."""
    seller = data.seller or UNKNOWN
    for _, units, rack in by_rack(data.lines):
        yield from title(units, rack, seller, data.buyer)
