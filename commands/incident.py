"""`chipledger incident`: what went wrong, or is suspected to."""

from typing import Any

import click

from commands.act import Act, asserting
from commands.lines import expand
from commands.plan import parse_amount
from commands.sealing import Term, sealable
from ledger import canonical
from ledger.events.assurance import IncidentReported

_KINDS = ("theft", "loss", "tamper", "diversion_suspected")
_STATES = {"theft": "stolen", "loss": "lost"}
"""What went wrong, to the verb of `chipledger units` that takes the units out of the books."""


@click.group(name="incident")
def command() -> None:
    """Report theft, loss, tampering, suspected diversion."""


@command.command("report")
@click.argument("incident")
@click.option("--kind", type=click.Choice(_KINDS), required=True)
@click.option("--party", metavar="PARTY", help="Who is concerned.")
@click.option("--site", help="Where.")
@click.option("--shipment", help="On which shipment.")
@click.option("--lease", help="Under which lease.")
@click.option("--batch", "batches", multiple=True, help="What it is about; repeatable.")
@click.option("--racks", metavar="RANGE", help="What it is about: R0001..R0020,R0031.")
@click.option("--serial", "serials", multiple=True, help="What it is about; repeatable.")
@click.option("--quantity", metavar="[QUALIFIER:]GPUS", help="40, about:40 or unknown.")
@click.option("--discovered", metavar="DATE", help="When it was found out.")
@click.option("--reported-to", help="The authority that was told.")
@click.option("--case", "case_number", help="Its number for the case.")
@asserting
@sealable(Term("narrative", "TEXT", "The account of it; @FILE reads it."))
def report(
    act: Act,
    *,
    incident: str,
    batches: tuple[str, ...],
    racks: str | None,
    serials: tuple[str, ...],
    quantity: str | None,
    **facts: Any,
) -> None:
    """Record that something went wrong, or is suspected to. It moves no units."""
    for kind in ("party", "site", "shipment", "lease"):
        facts[kind] = act.names.maybe(kind, facts[kind])
    named = [] if racks is None else act.names.all("rack", expand(racks))
    incident = act.identifier("incident", incident, incident)
    data = IncidentReported(
        incident=incident,
        batches=canonical.ordered(*act.names.all("batch", batches)),
        racks=canonical.ordered(*named),
        serials=canonical.ordered(*serials),
        quantity=None if quantity is None else parse_amount(quantity),
        **facts,
    )
    told = f"{incident}: {data.kind.replace('_', ' ')}"
    told += "".join(f", {kind} {facts[kind]}" for kind in ("site", "shipment") if facts[kind])
    then = f"chipledger query incidents incident={incident}"
    if data.kind in _STATES:  # whose holder says so moves the units
        then = f"chipledger units {_STATES[data.kind]} --racks {racks or 'RANGE'}"
    act.tell(data, f"{told}; it moves no units", then)
