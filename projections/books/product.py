"""Postings of products: a batch comes into being in its maker's stock, owned by its maker."""

from collections.abc import Iterator

from ledger.events.product import BatchCommissioned
from projections.books.posting import (
    COMMISSIONED,
    UNKNOWN,
    Custody,
    Posting,
    Units,
    possession,
    title,
)


def batch_commissioned(data: BatchCommissioned) -> Iterator[Posting]:
    """Possession and title: commissioned → the maker's stock at the site, the maker's own."""
    units = Units(data.model, data.batch, data.quantity)
    maker = data.maker or UNKNOWN
    yield from possession(units, Custody(COMMISSIONED), Custody(maker, data.site, "stock"))
    yield from title(units, None, COMMISSIONED, maker)
