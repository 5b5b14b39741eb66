"""Shipments: dispatched, carried, received."""

from typing import Annotated, Literal

from msgspec import Meta

from ledger.canonical import Canonical
from ledger.events.base import (
    AuthorizationId,
    Code,
    Country,
    EventData,
    LegId,
    Line,
    ModelId,
    Name,
    Origin,
    PartyId,
    ReceiptId,
    ShipmentId,
    SiteId,
)
from ledger.events.product import Lines
from ledger.occurred import Occurred


class ShippedItem(Canonical, frozen=True, kw_only=True):
    """How a model in the shipment is classified, and the authorization claimed for it."""

    model: ModelId
    eccn: Code
    authorization: AuthorizationId | None = None


class ShipmentDispatched(EventData, frozen=True, kw_only=True):
    """Units leave a consignor's site and are in transit.

    Attributes:
        consignor: the acting party, who held them.
        shipment: identifier.
        purpose: `sale`, `move`, `return` or `rma`.
        lines: the units; `state` is the state that they leave.
        items: classification and authorization by model.
        exporter: exporter of record, or None.
        consignee: who is to receive.
        ultimate_consignee: who receives in the end, or None.
        carrier: who holds them on the way; None: the consignor.
        from_site: where they leave.
        to_site: where they are to arrive, or None.
        incoterm: Incoterms 2020 rule, or None.
        seals: seal numbers.
        due: expected day of arrival, or None.
        to_ledger: origin of the ledger that they leave for, or None.
    """

    consignor: PartyId | None = None
    shipment: ShipmentId
    purpose: Literal["sale", "move", "return", "rma"]
    lines: Lines
    items: tuple[ShippedItem, ...] = ()
    exporter: PartyId | None = None
    consignee: PartyId
    ultimate_consignee: PartyId | None = None
    carrier: PartyId | None = None
    from_site: SiteId
    to_site: SiteId | None = None
    incoterm: Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")] | None = None
    seals: tuple[Code, ...] = ()
    due: Occurred | None = None
    to_ledger: Origin | None = None


class ShipmentLegReported(EventData, frozen=True, kw_only=True):
    """A milestone on the way. `handed_over` moves possession from one carrier to the next.

    Attributes:
        carrier: the acting party.
        leg: identifier.
        shipment: which shipment.
        milestone: what happened.
        place: where, for people.
        country: where, or None.
        seals: seal numbers seen.
        from_holder: who hands over; None unless `handed_over`.
        to_holder: who takes over; None unless `handed_over`.
        lines: the units handed over; empty unless `handed_over`.
    """

    carrier: PartyId | None = None
    leg: LegId
    shipment: ShipmentId
    milestone: Literal[
        "taken_over", "exported", "arrived", "customs_entered", "released", "handed_over"
    ]
    place: Name
    country: Country | None = None
    seals: tuple[Code, ...] = ()
    from_holder: PartyId | None = None
    to_holder: PartyId | None = None
    lines: tuple[Line, ...] = ()


class ShipmentReceived(EventData, frozen=True, kw_only=True):
    """A receiver counts what arrived: whole units into stock, damaged ones into quarantine.

    Attributes:
        receiver: the acting party.
        receipt: identifier.
        shipment: which shipment.
        received_from: who held them in transit.
        site: where.
        lines: units received whole.
        damaged: units received damaged.
        counted_by: how they were counted.
        seals: seal numbers found.
        final: whether nothing more is to come.
    """

    receiver: PartyId | None = None
    receipt: ReceiptId
    shipment: ShipmentId
    received_from: PartyId
    site: SiteId
    lines: tuple[Line, ...] = ()
    damaged: tuple[Line, ...] = ()
    counted_by: Literal["documents", "packages", "racks", "serials"]
    seals: tuple[Code, ...] = ()
    final: bool
