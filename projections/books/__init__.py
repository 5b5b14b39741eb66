"""Books: what an event posts, as a pure function of that event alone.

The rules are the table "Postings" of the vocabulary; one noun a file, like the events. Whether and
when an event's postings count is decided in `projections.books.reducer`.
"""

from collections.abc import Callable, Iterator
from typing import Any

from ledger.entry import Event
from projections.books import lease, product, rack, shipment, title
from projections.books.posting import Posting

__all__ = ["POSTS", "Posting", "postings"]

POSTS: dict[str, Callable[[Any], Iterator[Posting]]] = {
    "BatchCommissioned.v1": product.batch_commissioned,
    "StockOpened.v1": product.stock_opened,
    "UnitsStateChanged.v1": product.units_state_changed,
    "RackAssembled.v1": rack.rack_assembled,
    "RackDisassembled.v1": rack.rack_disassembled,
    "RackPlaced.v1": rack.rack_placed,
    "ComponentReplaced.v1": rack.component_replaced,
    "ShipmentDispatched.v1": shipment.shipment_dispatched,
    "ShipmentLegReported.v1": shipment.shipment_leg_reported,
    "ShipmentReceived.v1": shipment.shipment_received,
    "TitleTransferred.v1": title.title_transferred,
    "LeaseStarted.v1": lease.lease_started,
    "LeaseChanged.v1": lease.lease_changed,
    "LeaseEnded.v1": lease.lease_ended,
}
"""Event type to its rule; a type that is not here moves nothing."""


def postings(event: Event) -> tuple[Posting, ...]:
    """Return what an event posts if it counts: two sides of each move, zero in every book.

    A third-party report moves nothing, whatever it reports.
    """
    rule = POSTS.get(event.statement.type)
    if rule is None or event.statement.basis == "third_party_report":
        return ()
    return tuple(rule(event.statement.data))
