"""`chipledger shipment`: dispatched, carried, received."""

from typing import Any

import click
from msgspec.structs import replace

from commands.act import Act, acting
from commands.classification import classified
from commands.lines import expand
from commands.names import country as country_code
from commands.sealing import Term, sealable
from commands.units import Units, parse_parts, units_options
from ledger import canonical
from ledger.errors import Unavailable
from ledger.events.base import Line
from ledger.events.shipment import (
    ShipmentDispatched,
    ShipmentLegReported,
    ShipmentReceived,
    ShippedItem,
)

_PURPOSES = ("sale", "move", "return", "rma")
_MILESTONES = (
    "taken_over", "exported", "arrived", "customs_entered", "released", "handed_over",
)  # fmt: skip
_STATES = ("stock", "installed", "operational", "quarantined", "decommissioned")
"""States of units that can be sent; of loose ones, the first in which some are recorded."""
_COUNTS = ("documents", "packages", "racks", "serials")


@click.group(name="shipment")
def command() -> None:
    """Dispatch, follow and receive shipments."""


@command.command("dispatch")
@click.argument("shipment")
@units_options
@click.option("--to", "consignee", metavar="PARTY", required=True, help="Who is to receive.")
@click.option("--to-site", metavar="SITE", help="Where it is to arrive.")
@click.option("--from-site", metavar="SITE", help="By default where the units are recorded.")
@click.option("--carrier", metavar="PARTY", help="Who holds it on the way.")
@click.option("--due", metavar="DATE", help="When it is expected.")
@click.option("--purpose", type=click.Choice(_PURPOSES), default="sale", show_default=True)
@click.option(
    "--authorization",
    "authorizations",
    metavar="[MODEL=]ID",
    multiple=True,
    help="What the export of all, or of one model, rests on.",
)
@click.option("--exporter", metavar="PARTY", help="Exporter of record.")
@click.option("--ultimate", "ultimate_consignee", metavar="PARTY", help="Ultimate consignee.")
@click.option("--incoterm", help="Incoterms 2020 rule, such as DAP.")
@click.option("--seal", "seals", multiple=True, help="Number of a seal; repeatable.")
@click.option("--state", type=click.Choice(_STATES), help="Only units in this state.")
@click.option("--to-ledger", metavar="ORIGIN", help="The other ledger that it leaves for.")
@acting
@sealable(Term("value_usd", "USD", "Value of the goods in US dollars."))
def dispatch(
    act: Act,
    *,
    shipment: str,
    units: Units,
    consignee: str,
    from_site: str | None,
    state: str | None,
    authorizations: tuple[str, ...],
    seals: tuple[str, ...],
    **facts: Any,
) -> None:
    """Record that units leave a site and are on the way."""
    shipment = act.identifier("shipment", shipment, shipment)
    units = units.required().spelled(act.names)
    site = act.site(units, from_site, holder=act.actor)
    lines = act.lines(units, *((state,) if state else _STATES), holder=act.actor, site=site)
    for name in ("carrier", "exporter", "ultimate_consignee"):
        facts[name] = act.names.maybe("party", facts[name])
    facts["to_site"] = act.names.maybe("site", facts["to_site"])
    data = ShipmentDispatched(
        consignor=act.actor,
        shipment=shipment,
        lines=lines,
        items=shipped_items(act, lines, authorizations),
        consignee=act.names.spelled("party", consignee),
        from_site=site,
        seals=canonical.ordered(*seals),
        **facts,
    )
    total = sum(line.total for line in lines)
    target = data.to_ledger or data.to_site or data.consignee
    told = f"{shipment}: {total:,} GPUs leave {site} for {target}"
    if data.to_ledger is None:
        then = f"chipledger shipment receive {shipment}"
    else:
        size = act.desk.reader().size
        then = f"chipledger show {size} --json, for `stock open --from-file` in {data.to_ledger}"
    act.tell(data, told, then)


def shipped_items(
    act: Act, lines: tuple[Line, ...], named: tuple[str, ...]
) -> tuple[ShippedItem, ...]:
    """Return how the models of a shipment are recorded as classified, and what they rest on."""
    rests: dict[str, str] = {}
    for text in named:
        model, _, authorization = text.rpartition("=")
        key = act.names.spelled("model", model).lower() if model else ""
        rests[key] = act.names.spelled("authorization", authorization)
    models = {line.model for line in lines}
    found = classified(act, models, {rack for line in lines for rack in line.racks})
    for model in sorted(models - {one.model for one in found}):
        act.names.doubt(f"{model} is not classified here, so its ECCN is left out")
    items = (
        ShippedItem(
            model=one.model,
            eccn=one.eccn,
            authorization=rests.get(one.model.lower(), rests.get("")),
        )
        for one in found
    )
    return canonical.ordered(*items)


@command.command("leg")
@click.argument("shipment")
@click.argument("milestone", type=click.Choice(_MILESTONES))
@click.option("--place", required=True, help="Where, for people.")
@click.option("--country", help="Name or code: Malaysia, MY.")
@click.option("--seal", "seals", multiple=True, help="Number of a seal seen; repeatable.")
@click.option("--to", "to_holder", metavar="PARTY", help="Who takes it over.")
@click.option("--id", "leg", help="Identifier of the act; derived if left out.")
@acting
def leg_reported(
    act: Act,
    *,
    shipment: str,
    milestone: str,
    place: str,
    country: str | None,
    seals: tuple[str, ...],
    to_holder: str | None,
    leg: str | None,
) -> None:
    """Record a milestone on the way; `handed_over` moves it to the next carrier."""
    shipment = act.names.spelled("shipment", shipment)
    leg = act.identifier("leg", leg, shipment)
    handed_over = milestone == "handed_over"
    if handed_over != (to_holder is not None):
        raise click.UsageError("--to goes with handed_over, and handed_over with --to")
    holder = _carrier(act, shipment) if handed_over else None
    lines = act.lines(Units(), "in_transit", shipment=shipment) if handed_over else ()
    data = ShipmentLegReported(
        carrier=act.actor,
        leg=leg,
        shipment=shipment,
        milestone=milestone,  # type: ignore[arg-type]  # click checked it
        place=place,
        country=None if country is None else country_code(country),
        seals=canonical.ordered(*seals),
        from_holder=holder,
        to_holder=act.names.maybe("party", to_holder),
        lines=lines,
    )
    told = f"{shipment}: {milestone.replace('_', ' ')}, {place}"
    act.tell(data, told, f"chipledger shipment receive {shipment}")


@command.command("receive")
@click.argument("shipment")
@units_options
@click.option("--damaged", metavar="RANGE", help="Racks that arrived damaged.")
@click.option(
    "--damaged-units", metavar="BATCH=GPUS", multiple=True, help="Loose GPUs that arrived damaged."
)
@click.option("--all-damaged", is_flag=True, help="Everything named arrived damaged.")
@click.option("--site", help="Where; by default where the dispatch sent it.")
@click.option("--from", "received_from", metavar="PARTY", help="Who had it on the way.")
@click.option("--counted-by", type=click.Choice(_COUNTS), default="racks", show_default=True)
@click.option("--seal", "seals", multiple=True, help="Number of a seal found; repeatable.")
@click.option("--more-to-come", is_flag=True, help="This is not the last of it.")
@click.option("--id", "receipt", help="Identifier of the act; derived if left out.")
@acting
def receive(
    act: Act,
    *,
    shipment: str,
    units: Units,
    damaged: str | None,
    damaged_units: tuple[str, ...],
    all_damaged: bool,
    site: str | None,
    received_from: str | None,
    counted_by: str,
    seals: tuple[str, ...],
    more_to_come: bool,
    receipt: str | None,
) -> None:
    """Record what arrived of a shipment: all that is still on the way, or what is named."""
    shipment = act.names.spelled("shipment", shipment)
    receipt = act.identifier("receipt", receipt, shipment)
    units = units.spelled(act.names)
    broken = [Units(racks=tuple(expand(damaged)))] if damaged else []
    parts = parse_parts(damaged_units, "--damaged-units")
    broken += [Units(batch=batch, quantity=count) for batch, count in parts.items()]
    holder = act.names.maybe("party", received_from) or _carrier(act, shipment)
    there = {"holder": holder, "shipment": shipment}
    whole: tuple[Line, ...] = ()
    if all_damaged:
        bad = act.lines(units, "in_transit", **there)
    else:
        hurt_units = [act.lines(one.spelled(act.names), "in_transit", **there) for one in broken]
        bad = canonical.ordered(*(line for lines in hurt_units for line in lines))
        whole = _whole(act, units, bad, there)
    data = ShipmentReceived(
        receiver=act.actor,
        receipt=receipt,
        shipment=shipment,
        received_from=holder,
        site=act.names.maybe("site", site) or _destination(act, shipment),
        lines=whole,
        damaged=bad,
        counted_by=counted_by,  # type: ignore[arg-type]  # click checked it
        seals=canonical.ordered(*seals),
        final=not more_to_come,
    )
    arrived, hurt = (sum(line.total for line in part) for part in (whole, bad))
    told = f"{shipment}: {arrived:,} GPUs arrive at {data.site}"
    told += f", {hurt:,} damaged" if hurt else ""
    left = _on_the_way(act, there) - arrived - hurt
    if data.final and left > 0:
        act.names.doubt(
            f"{left:,} GPUs are still on the way, and this says that nothing more comes;"
            " --more-to-come says otherwise"
        )
    then = f"chipledger title transfer --shipment {shipment} --to PARTY"
    act.tell(data, told, then)


def _whole(
    act: Act, units: Units, bad: tuple[Line, ...], there: dict[str, str]
) -> tuple[Line, ...]:
    """Return what arrived whole: what is named, or all that is on the way and not damaged."""
    if units or not bad:
        return act.lines(units, "in_transit", **there)
    racks = {rack.lower() for line in bad for rack in line.racks}
    loose = {line.batch.lower(): line.quantity for line in bad if not line.racks}
    left = []
    for line in act.lines(Units(), "in_transit", **there):
        kept = tuple(rack for rack in line.racks if rack.lower() not in racks)
        quantity = line.quantity
        if not line.racks:
            quantity -= loose.get(line.batch.lower(), 0)
        if quantity and (kept or not line.racks):
            left.append(replace(line, racks=kept, quantity=quantity))
    return canonical.ordered(*left)


def _on_the_way(act: Act, there: dict[str, str]) -> int:
    """Return how many GPUs are recorded on the way."""
    if not act.held(Units(), **there):
        return 0
    return sum(line.total for line in act.lines(Units(), "in_transit", **there))


def _carrier(act: Act, shipment: str) -> str:
    """Return who has a shipment on the way.

    Raises:
        Unavailable: CARRIER-UNCLEAR.
    """
    holders = sorted({one.holder for one in act.held(Units(), shipment=shipment)})
    if len(holders) == 1:
        return holders[0]
    told = f"is with {', '.join(holders)}" if holders else "has nothing on the way"
    raise Unavailable(
        "CARRIER-UNCLEAR",
        f"{shipment} {told}, as it is recorded",
        where=shipment,
        hint="; ".join(act.names.doubts)
        or f"`chipledger query shipment shipment={shipment}` shows it; else name --from PARTY and"
        " the units",
    )


def _destination(act: Act, shipment: str) -> str:
    site = act.recorded("shipment", shipment, ShipmentDispatched).to_site
    if site is None:
        raise Unavailable(
            "SITE-UNCLEAR",
            f"the dispatch of {shipment} names no site",
            where=shipment,
            hint="name where it arrived: --site SITE",
        )
    return site
