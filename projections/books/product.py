"""Postings of products: batches come into being, stock is opened, units change their state."""

from collections.abc import Iterator

from ledger.events.product import BatchCommissioned, StockOpened, UnitsStateChanged
from projections.books.posting import (
    COMMISSIONED,
    DESTROYED,
    OPENING,
    UNKNOWN,
    Custody,
    Posting,
    Units,
    by_rack,
    possession,
    title,
)

_BACK_INTO_STOCK = frozenset({"found", "released"})


def batch_commissioned(data: BatchCommissioned) -> Iterator[Posting]:
    """Possession and title: commissioned → the maker's stock at the site, the maker's own."""
    units = Units(data.model, data.batch, data.quantity)
    maker = data.maker or UNKNOWN
    yield from possession(units, Custody(COMMISSIONED), Custody(maker, data.site, "stock"))
    yield from title(units, None, COMMISSIONED, maker)


def stock_opened(data: StockOpened) -> Iterator[Posting]:
    """Possession and title: opening → the holder's, in the state found; the owner's or unknown."""
    holder, owner = data.holder or UNKNOWN, data.owner or UNKNOWN
    for line, units, rack in by_rack(data.lines):
        there = Custody(holder, data.site, line.state, rack=rack)
        yield from possession(units, Custody(OPENING), there)
        yield from title(units, rack, OPENING, owner)


def units_state_changed(data: UnitsStateChanged) -> Iterator[Posting]:
    """Possession: state → state, where they are; title: destroyed units have no owner any more.

    What was destroyed already loses no owner again, and what is no longer so has one again.
    """
    holder, owner = data.holder or UNKNOWN, data.owner or UNKNOWN
    state = "stock" if data.to_state in _BACK_INTO_STOCK else data.to_state
    for line, units, rack in by_rack(data.lines):
        yield from possession(
            units,
            Custody(holder, data.site, line.state, rack=rack),
            Custody(holder, data.site, state, rack=rack),
        )
        if (line.state == "destroyed") == (state == "destroyed"):
            continue
        sides = (owner, DESTROYED) if state == "destroyed" else (DESTROYED, owner)
        yield from title(units, rack, *sides)
