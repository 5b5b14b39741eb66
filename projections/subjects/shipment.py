"""Shipments: dispatched, on their way, received; one row for each statement of it."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import shipment as noun
from projections.subjects.row import Row, dated, lines, row, table

SCHEMA = (
    *table(
        "shipment",
        "consignor! shipment! purpose exporter! consignee! ultimate_consignee! carrier! from_site!"
        " to_site! incoterm due@ to_ledger",
        "shipment",
        "consignee",
    ),
    *table("shipment_item", "shipment! model! eccn authorization!", "shipment", "authorization"),
    *table(
        "leg",
        "carrier! leg! shipment! milestone place country! from_holder! to_holder!",
        "shipment",
    ),
    *table(
        "receipt",
        "receiver! receipt! shipment! received_from! site! counted_by final#",
        "shipment",
        "receiver",
    ),
    *table("seal", "shipment! seal!", "shipment"),
)
_DISPATCHED = (
    "consignor shipment purpose exporter consignee ultimate_consignee carrier from_site to_site"
    " incoterm to_ledger"
)


def dispatched(event: Event, data: noun.ShipmentDispatched, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a dispatch, its units, how they are classified, and its seals."""
    yield row("shipment", event, data, _DISPATCHED, **dated(zone, due=data.due))
    for item in data.items:
        fields = "model eccn authorization"
        yield row("shipment_item", event, item, fields, shipment=data.shipment)
    yield from _sealed(event, data, data.seals)
    yield from lines(event, data.lines)


def reported(event: Event, data: noun.ShipmentLegReported, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a milestone, the units handed over, and the seals seen."""
    fields = "carrier leg shipment milestone place country from_holder to_holder"
    yield row("leg", event, data, fields)
    yield from _sealed(event, data, data.seals)
    yield from lines(event, data.lines)


def received(event: Event, data: noun.ShipmentReceived, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a receipt, the units that came whole or damaged, and the seals found."""
    yield row(
        "receipt", event, data, "receiver receipt shipment received_from site counted_by final"
    )
    yield from _sealed(event, data, data.seals)
    yield from lines(event, data.lines)
    yield from lines(event, data.damaged, "damaged")


def _sealed(
    event: Event,
    data: noun.ShipmentDispatched | noun.ShipmentLegReported | noun.ShipmentReceived,
    seals: tuple[str, ...],
) -> Iterator[Row]:
    for seal in seals:
        yield row("seal", event, data, "shipment", seal=seal)


ROWS = {
    noun.ShipmentDispatched: dispatched,
    noun.ShipmentLegReported: reported,
    noun.ShipmentReceived: received,
}
