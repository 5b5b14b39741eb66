"""Postings of leases: who uses running capacity.

A lease by rack posts the batch; a lease by quantity posts to the pool of its site and model, with
no batch. Colocation rents out space and power: the tenant's own units run there, so it posts
nothing, and neither does a quantity that nobody knows.
"""

from collections.abc import Iterator

from ledger.events.lease import LeaseEnded, LeaseStarted
from projections.books.posting import UNALLOCATED, UNKNOWN, Posting, Units, Use, by_rack, use


def lease_started(data: LeaseStarted) -> Iterator[Posting]:
    """Use: unallocated → lessee; a sublease: the lessee of the parent lease → sub-lessee."""
    return _moved(data, _lessor(data), Use(data.lessee, data.lease))


def lease_ended(data: LeaseEnded) -> Iterator[Posting]:
    """Use: lessee → unallocated; a sublease: sub-lessee → the lessee of the parent lease."""
    return _moved(data, Use(data.lessee, data.lease), _lessor(data))


def _lessor(data: LeaseStarted | LeaseEnded) -> Use:
    """Return the account that the capacity comes out of and goes back to."""
    if data.parent_lease is None:
        return Use(UNALLOCATED)
    return Use(data.lessor or UNKNOWN, data.parent_lease)


def _moved(data: LeaseStarted | LeaseEnded, source: Use, target: Use) -> Iterator[Posting]:
    if data.service == "colocation":
        return
    for _, units, rack in by_rack(data.lines):
        yield from use(units, (data.site, rack), source, target)
    pool = data.pool
    if pool is not None and pool.quantity is not None:
        units = Units(pool.model, None, pool.quantity)
        yield from use(units, (pool.site, None), source, target)
