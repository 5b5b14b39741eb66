"""A posting: so many GPUs into (or, negative, out of) one account of one book.

Three books, never merged: who holds and where, who owns, who uses. Each move is written as two
postings that sum to zero. Beside parties, accounts are held by the system: their names begin with
`@`, which no identifier can.
"""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from msgspec import Struct

from ledger.events.base import Line

Book = Literal["possession", "title", "use"]

COMMISSIONED: Final = "@commissioned"
"""Where units come from that a maker brings into being."""
OPENING: Final = "@opening"
"""Where units come from that existed before this ledger knew of them."""
DESTROYED: Final = "@destroyed"
"""Owner of units that are no more."""
TRANSFERRED: Final = "@transferred"
"""Holder of units that left for another ledger."""
CAPACITY: Final = "@capacity"
"""Source of the use book: the negative of what is operational."""
UNALLOCATED: Final = "@unallocated"
"""Running capacity that nobody leases; negative where more is leased than runs."""
UNKNOWN: Final = "@unknown"
"""A party that the event does not name."""

IN_TRANSIT: Final = "in_transit"
OPERATIONAL: Final = "operational"


class Posting(Struct, frozen=True, array_like=True, gc=False):
    """One side of a move. It knows neither when nor by which event: the view adds both.

    Attributes:
        book: which book.
        model: chip model.
        batch: batch; None where capacity is leased by quantity.
        rack: rack; None for loose units.
        holder: who holds, in the possession book.
        site: where; None in transit.
        state: custody state, in the possession book.
        shipment: the shipment that they travel in, else None.
        owner: who owns, in the title book.
        lessee: who uses, in the use book.
        lease: under which lease, in the use book.
        quantity: GPUs; negative out of the account.
    """

    book: Book
    model: str
    batch: str | None
    rack: str | None
    holder: str | None
    site: str | None
    state: str | None
    shipment: str | None
    owner: str | None
    lessee: str | None
    lease: str | None
    quantity: int


class Units(NamedTuple):
    """What moves: so many GPUs of one model, of one batch where that is known."""

    model: str
    batch: str | None
    quantity: int


class Custody(NamedTuple):
    """A possession account without its units: who holds, where, in which state."""

    holder: str
    site: str | None = None
    state: str | None = None
    shipment: str | None = None
    rack: str | None = None


class Use(NamedTuple):
    """A use account without its units: who uses, and under which lease."""

    lessee: str
    lease: str | None = None


def by_rack(lines: tuple[Line, ...]) -> Iterator[tuple[Line, Units, str | None]]:
    """Yield (line, units, rack) for each rack that lines name, or once where they name none."""
    for line in lines:
        units = Units(line.model, line.batch, line.quantity)
        for rack in line.racks or (None,):
            yield line, units, rack


def possession(units: Units, source: Custody, target: Custody) -> tuple[Posting, ...]:
    """Move units from one custody to another; running capacity follows into the use book.

    Units that leave `operational` are no capacity any more, units that enter it are: so the source
    of the use book always equals what the possession book has operational.
    """
    if source == target:
        return ()
    moved = _held(units, source, -units.quantity), _held(units, target, units.quantity)
    if OPERATIONAL not in (source.state, target.state):
        return moved
    return moved + _capacity(units, source, -1) + _capacity(units, target, 1)


def title(units: Units, rack: str | None, seller: str, buyer: str) -> tuple[Posting, ...]:
    """Move the ownership of units from seller to buyer."""
    return _owned(units, rack, seller, -units.quantity), _owned(units, rack, buyer, units.quantity)


def use(
    units: Units, place: tuple[str | None, str | None], source: Use, target: Use
) -> tuple[Posting, ...]:
    """Move the use of units from one account to another; `place` is (site, rack)."""
    quantity = units.quantity
    return _used(units, place, source, -quantity), _used(units, place, target, quantity)


def _capacity(units: Units, custody: Custody, sign: Literal[-1, 1]) -> tuple[Posting, ...]:
    """Post what a custody adds to running capacity (sign 1), or takes away (-1)."""
    if custody.state != OPERATIONAL:
        return ()
    place, quantity = (custody.site, custody.rack), sign * units.quantity
    return (
        _used(units, place, Use(CAPACITY), -quantity),
        _used(units, place, Use(UNALLOCATED), quantity),
    )


# By position, in the order of Posting's fields: a rack-scale event has hundreds of these.
def _held(units: Units, custody: Custody, quantity: int) -> Posting:
    model, batch, _ = units
    holder, site, state, shipment, rack = custody
    return Posting(
        "possession", model, batch, rack, holder, site, state, shipment, None, None, None, quantity
    )


def _owned(units: Units, rack: str | None, owner: str, quantity: int) -> Posting:
    model, batch, _ = units
    return Posting("title", model, batch, rack, None, None, None, None, owner, None, None, quantity)


def _used(
    units: Units, place: tuple[str | None, str | None], account: Use, quantity: int
) -> Posting:
    model, batch, _ = units
    site, rack = place
    lessee, lease = account
    return Posting("use", model, batch, rack, None, site, None, None, None, lessee, lease, quantity)
