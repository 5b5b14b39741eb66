"""Leases: begun, changed, ended, and what use was reported."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import lease as noun
from projections.subjects.row import Row, dated, lines, row, table

SCHEMA = (
    *table(
        "lease",
        "lessor! lease! parent_lease! lessee! site! pool_model! pool_quantity# service country!"
        " physical_access# purchase_option# purpose agreed_on@ until@",
        "lease",
        "lessee",
        "parent_lease",
    ),
    *table(
        "lease_change",
        "lessor! change! lease! parent_lease! lessee! status site! added_model! added_site!"
        " added_quantity# removed_model! removed_site! removed_quantity# service"
        " physical_access# purchase_option# purpose until@ reason",
        "lease",
    ),
    *table(
        "lease_end",
        "reporter! lease! parent_lease! lessee! lessor! site! pool_model! pool_quantity# service"
        " reason",
        "lease",
    ),
    *table("usage", "reporter! lease! period@ gpu_hours energy_mwh", "lease"),
    *table("usage_country", "lease! country!", "lease"),
)
_STARTED = (
    "lessor lease parent_lease lessee service country physical_access purchase_option purpose"
)


_CHANGED = (
    "lessor change lease parent_lease lessee status site service physical_access purchase_option"
    " purpose reason"
)


def started(event: Event, data: noun.LeaseStarted, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a lease and its units by rack; a pool's site and quantity stand in the lease itself."""
    more = dated(zone, agreed_on=data.agreed_on, until=data.until) | _pool(data)
    yield row("lease", event, data, _STARTED, **more)
    yield from lines(event, data.lines)


def changed(event: Event, data: noun.LeaseChanged, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a change of a lease and the units that come and go; pools stand in the change itself.

    How many GPUs a pool adds is unknown where its model is named and its quantity is not.
    """
    more = dated(zone, until=data.until)
    for name, pool in (("added", data.pool_added), ("removed", data.pool_removed)):
        more |= {
            f"{name}_model": None if pool is None else pool.model,
            f"{name}_site": None if pool is None else pool.site,
            f"{name}_quantity": None if pool is None else pool.quantity,
        }
    yield row("lease_change", event, data, _CHANGED, **more)
    yield from lines(event, data.added, "added")
    yield from lines(event, data.removed, "removed")


def ended(event: Event, data: noun.LeaseEnded, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield the end of a lease and the units that go back."""
    fields = "reporter lease parent_lease lessee lessor service reason"
    yield row("lease_end", event, data, fields, **_pool(data))
    yield from lines(event, data.lines)


def reported(event: Event, data: noun.UsageReported, zone: ZoneInfo) -> Iterator[Row]:
    """Yield the use of a period and the countries from which it was used."""
    fields = "reporter lease gpu_hours energy_mwh"
    yield row("usage", event, data, fields, **dated(zone, period=data.period))
    for country in data.countries:
        yield row("usage_country", event, data, "lease", country=country)


def _pool(data: noun.LeaseStarted | noun.LeaseEnded) -> dict[str, object]:
    if data.pool is None:
        return {"site": data.site, "pool_model": None, "pool_quantity": None}
    pool = data.pool
    return {"site": pool.site, "pool_model": pool.model, "pool_quantity": pool.quantity}


ROWS = {
    noun.LeaseStarted: started,
    noun.LeaseChanged: changed,
    noun.LeaseEnded: ended,
    noun.UsageReported: reported,
}
