"""Postings of shipments: out of stock, over the carriers' hands, into stock."""

from collections.abc import Iterator

from ledger.events.base import Line
from ledger.events.shipment import ShipmentDispatched, ShipmentLegReported, ShipmentReceived
from projections.books.posting import (
    IN_TRANSIT,
    TRANSFERRED,
    UNKNOWN,
    Custody,
    Posting,
    by_rack,
    possession,
)


def shipment_dispatched(data: ShipmentDispatched) -> Iterator[Posting]:
    """Possession: the consignor's → in transit with the carrier, else with the consignor.

    What leaves for another ledger is transferred: it will not arrive in this one.
    """
    consignor = data.consignor or UNKNOWN
    gone = data.to_ledger is not None
    holder, state = (TRANSFERRED, None) if gone else (data.carrier or consignor, IN_TRANSIT)
    for line, units, rack in by_rack(data.lines):
        yield from possession(
            units,
            Custody(consignor, data.from_site, line.state, rack=rack),
            Custody(holder, None, state, data.shipment, rack),
        )


def shipment_leg_reported(data: ShipmentLegReported) -> Iterator[Posting]:
    """Possession: in transit, from one carrier to the next; other milestones move nothing."""
    if data.milestone != "handed_over":
        return
    source, target = data.from_holder or UNKNOWN, data.to_holder or UNKNOWN
    for _, units, rack in by_rack(data.lines):
        yield from possession(
            units,
            Custody(source, None, IN_TRANSIT, data.shipment, rack),
            Custody(target, None, IN_TRANSIT, data.shipment, rack),
        )


def shipment_received(data: ShipmentReceived) -> Iterator[Posting]:
    """Possession: in transit → the receiver's stock; damaged units into quarantine."""
    yield from _received(data, data.lines, "stock")
    yield from _received(data, data.damaged, "quarantined")


def _received(data: ShipmentReceived, lines: tuple[Line, ...], state: str) -> Iterator[Posting]:
    receiver = data.receiver or UNKNOWN
    for _, units, rack in by_rack(lines):
        yield from possession(
            units,
            Custody(data.received_from, None, IN_TRANSIT, data.shipment, rack),
            Custody(receiver, data.site, state, rack=rack),
        )
