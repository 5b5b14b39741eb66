"""`chipledger title`: who owns."""

import click

from commands.act import Act, acting
from commands.sealing import Term, sealable
from commands.units import Units, units_options
from ledger.events.shipment import ShipmentDispatched
from ledger.events.title import TitleTransferred


@click.group(name="title")
def command() -> None:
    """Transfer ownership."""


@command.command("transfer")
@units_options
@click.option("--shipment", help="All that was dispatched under a shipment.")
@click.option("--to", "buyer", metavar="PARTY", required=True, help="Who owns from here on.")
@click.option("--contract", help="Number of the contract or invoice.")
@click.option("--authorization", metavar="ID", help="What a transfer in the country rests on.")
@click.option("--id", "title", help="Identifier of the transfer; derived if left out.")
@acting
@sealable(
    Term("price_usd", "USD", "Price in US dollars."),
    Term("price", "USD", "Price in the currency of --currency."),
    Term("currency", "CODE", "Currency of --price."),
    Term("terms", "TEXT", "Terms of payment and delivery."),
)
def transfer(
    act: Act,
    *,
    units: Units,
    shipment: str | None,
    buyer: str,
    contract: str | None,
    authorization: str | None,
    title: str | None,
) -> None:
    """Record that ownership passes; price and terms are sealed."""
    if bool(units) == (shipment is not None):
        raise click.UsageError("give one of --racks, --batch, --line and --shipment")
    units = units.spelled(act.names)
    shipment = act.names.maybe("shipment", shipment)
    title = act.identifier("title", title, shipment or units.stem)
    if shipment is None:
        lines = act.lines(units)
    else:
        lines = act.recorded("shipment", shipment, ShipmentDispatched).lines
    data = TitleTransferred(
        seller=act.actor,
        buyer=act.names.spelled("party", buyer),
        title=title,
        lines=lines,
        contract=contract,
        authorization=act.names.maybe("authorization", authorization),
    )
    total = sum(line.total for line in lines)
    told = f"title to {total:,} GPUs passes from {data.seller or 'somebody'} to {data.buyer}"
    act.tell(data, told, "chipledger query title")
