"""`chipledger lease change`, `suspend`, `resume`: a lease that goes on under other terms.

A change names the units that come and go, so that its postings follow from it alone. They are
filled in from the book of use.
"""

from typing import Any

import click

from commands.act import Act, acting
from commands.leased import Capacity, Leased, pool_of
from commands.lines import expand
from commands.sealing import Term, sealable
from commands.units import QUANTITY_MAX, Units
from ledger.errors import Unavailable
from ledger.events.lease import LeaseChanged

SERVICES = ("iaas", "bare_metal", "colocation")
TERMS = (
    Term("rate", "TEXT", "Rate, such as 2.10 USD a GPU-hour."),
    Term("terms", "TEXT", "Terms of the contract."),
)
"""What a lease costs, and on which terms."""
_GPUS = click.IntRange(1, QUANTITY_MAX)
_ID = click.option("--id", "change_id", help="Identifier of the act; derived if left out.")
_REASON = click.option("--reason", required=True, help="Why, in a sentence.")


@click.command("change")
@click.argument("lease")
@click.option("--add-racks", metavar="RANGE", help="Racks that come: R0001..R0020,R0031.")
@click.option("--remove-racks", metavar="RANGE", help="Racks that go back.")
@click.option("--add-pool", type=_GPUS, metavar="GPUS", help="Capacity by quantity that comes.")
@click.option("--remove-pool", type=_GPUS, metavar="GPUS", help="Capacity that goes back.")
@click.option("--site", help="Where; by default where it is recorded.")
@click.option("--model", help="Chip model of the pool; by default that of the lease.")
@click.option("--service", type=click.Choice(SERVICES), help="From now on.")
@click.option("--physical-access/--no-physical-access", default=None, help="May the lessee enter?")
@click.option("--purchase-option/--no-purchase-option", default=None, help="May it buy?")
@click.option("--purpose", help="What it is used for from now on.")
@click.option("--until", metavar="DATE", help="New agreed end; it ends nothing by itself.")
@_REASON
@_ID
@acting
@sealable(*TERMS)
def change(
    act: Act,
    *,
    lease: str,
    add_racks: str | None,
    remove_racks: str | None,
    add_pool: int | None,
    remove_pool: int | None,
    site: str | None,
    model: str | None,
    service: str | None,
    reason: str,
    change_id: str | None,
    **terms: Any,
) -> None:
    """Record that a lease gains or gives back capacity, or goes on under other terms.

    What is left out stays as it was.
    """
    moved = (add_racks, remove_racks, add_pool, remove_pool)
    altered = service is not None or any(value is not None for value in terms.values())
    if not altered and all(one is None for one in moved) and not act.is_sealing:
        raise click.UsageError("nothing changes: give racks, a pool or a term")
    leased = _leased(act, lease, change_id)
    site, model = act.names.maybe("site", site), act.names.maybe("model", model)
    went, came = Capacity(), Capacity()
    if remove_racks is not None:
        went = leased.racks(act.names.all("rack", expand(remove_racks)))
    if add_racks is not None:
        came = _running(act, add_racks, site)
    if went.lines and came.lines and (went.site or "").lower() != (came.site or "").lower():
        raise Unavailable(
            "LEASE-SITES",
            f"racks come at {came.site} and go at {went.site}, and one change names one site",
            where="racks",
            hint="record two changes",
        )
    added = None if add_pool is None else pool_of(leased, model, add_pool, site)
    removed = None if remove_pool is None else pool_of(leased, model, remove_pool, site)
    came = Capacity(came.site or went.site, came.lines, added)
    _tell(act, leased, went=Capacity(came.site, went.lines, removed), came=came, told="changed",
          change=change_id, service=service or leased.service, reason=reason, **terms)  # fmt: skip


@click.command("suspend")
@click.argument("lease")
@click.option("--site", help="At this site only.")
@click.option("--model", help="Of this model only.")
@_REASON
@_ID
@acting
def suspend(
    act: Act,
    *,
    lease: str,
    site: str | None,
    model: str | None,
    reason: str,
    change_id: str | None,
) -> None:
    """Record that a lease is suspended: what it has now goes back, until it is resumed."""
    leased = _leased(act, lease, change_id)
    site, model = act.names.maybe("site", site), act.names.maybe("model", model)
    went = leased.now(site, model)
    if not went:
        since = leased.suspended
        raise Unavailable(
            "LEASE-EMPTY",
            f"nothing is recorded in use under {leased.lease}"
            + (f"; it is suspended since entry {since}" if since is not None else ""),
            where=leased.lease,
            hint=f"`chipledger query lease-timeline lease={leased.lease}` shows its history",
        )
    leased.tell_sublet()
    _tell(act, leased, went=went, came=Capacity(), told="suspended",
          change=change_id, status="suspended", service=leased.service, reason=reason)  # fmt: skip


@click.command("resume")
@click.argument("lease")
@_REASON
@_ID
@acting
def resume(act: Act, *, lease: str, reason: str, change_id: str | None) -> None:
    """Record that a lease is resumed: what the newest suspension took away comes back."""
    leased = _leased(act, lease, change_id)
    _tell(act, leased, went=Capacity(), came=leased.suspension(), told="resumed",
          change=change_id, status="resumed", service=leased.service, reason=reason)  # fmt: skip


def _leased(act: Act, lease: str, change_id: str | None) -> Leased:
    """Look the lease up; first of all, which entry this act stands in the place of."""
    lease = act.names.spelled("lease", lease)
    act.identifier("lease_change", change_id, lease)
    return Leased(act, lease)


def _running(act: Act, racks: str, site: str | None) -> Capacity:
    """Return racks that come, as they run where they are recorded."""
    units = Units(racks=tuple(act.names.all("rack", expand(racks))))
    place = act.site(units, site, state="operational")
    return Capacity(place, act.lines(units, "operational", site=place))


def _tell(
    act: Act, leased: Leased, *, went: Capacity, came: Capacity, told: str, **facts: Any
) -> None:
    """Record the change with all that the lease says of itself."""
    begun = leased.begun
    lessor = begun.lessor
    if act.actor is not None and lessor is not None and act.actor.lower() != lessor.lower():
        act.names.doubt(f"the lessor of {leased.lease} is {lessor}, not {act.actor}")
    if facts["service"] == "colocation" != leased.service:
        act.names.doubt(
            "what is in use stays so in the books by a change to colocation: end this lease and"
            " start another, if the lessee's own units run there"
        )
    facts["change"] = act.identifier("lease_change", facts["change"], leased.lease)
    data = LeaseChanged(
        lessor=act.actor,
        lease=leased.lease,
        parent_lease=begun.parent_lease,
        lessee=begun.lessee,
        site=(came.site if came.lines else None) or (went.site if went.lines else None),
        added=came.lines,
        removed=went.lines,
        pool_added=came.pool,
        pool_removed=went.pool,
        **facts,
    )
    words = f"{leased.lease} to {begun.lessee} is {told}: {facts['reason']}"
    if came:
        words += f"; {came.words} come"
    if went:
        words += f"; {went.words} go back"
    act.tell(data, words, f"chipledger query lease-timeline lease={leased.lease}")
