"""Postings of leases: who uses running capacity.

A lease by rack posts the batch; a lease by quantity posts to the pool of its site and model, with
no batch. Colocation rents out space and power: the tenant's own units run there, so it posts
nothing, and neither does a quantity that nobody knows.
"""

from collections.abc import Iterator

from ledger.events.base import Line
from ledger.events.lease import LeaseChanged, LeaseEnded, LeaseStarted, Pool
from projections.books.posting import UNALLOCATED, UNKNOWN, Posting, Units, Use, by_rack, use


def lease_started(data: LeaseStarted) -> Iterator[Posting]:
    """Use: unallocated → lessee; a sublease: the lessee of the parent lease → sub-lessee."""
    return _moved(data, (data.lines, data.pool), _lessor(data), Use(data.lessee, data.lease))


def lease_changed(data: LeaseChanged) -> Iterator[Posting]:
    """Use: what goes back, lessee → unallocated, then what comes, unallocated → lessee."""
    lessor, lessee = _lessor(data), Use(data.lessee, data.lease)
    yield from _moved(data, (data.removed, data.pool_removed), lessee, lessor)
    yield from _moved(data, (data.added, data.pool_added), lessor, lessee)


def lease_ended(data: LeaseEnded) -> Iterator[Posting]:
    """Use: lessee → unallocated; a sublease: sub-lessee → the lessee of the parent lease."""
    return _moved(data, (data.lines, data.pool), Use(data.lessee, data.lease), _lessor(data))


def _lessor(data: LeaseStarted | LeaseChanged | LeaseEnded) -> Use:
    """Return the account that the capacity comes out of and goes back to."""
    if data.parent_lease is None:
        return Use(UNALLOCATED)
    return Use(data.lessor or UNKNOWN, data.parent_lease)


def _moved(
    data: LeaseStarted | LeaseChanged | LeaseEnded,
    capacity: tuple[tuple[Line, ...], Pool | None],
    source: Use,
    target: Use,
) -> Iterator[Posting]:
    if data.service == "colocation":
        return
    lines, pool = capacity
    for _, units, rack in by_rack(lines):
        yield from use(units, (data.site, rack), source, target)
    if pool is not None and pool.quantity is not None:
        units = Units(pool.model, None, pool.quantity)
        yield from use(units, (pool.site, None), source, target)
