"""One sound ledger that many tests read, copy and forge from; nobody writes to it."""

import functools

from ledger.draft import Document
from ledger.events.base import Line
from ledger.events.correction import Countersigned
from ledger.events.product import BatchCommissioned
from ledger.events.shipment import ShipmentDispatched, ShipmentReceived
from tests.harness import Story, manifest

LINE = Line(model="B200", batch="B-01", quantity=72)


def commissioned(batch: str = "B-01") -> BatchCommissioned:
    return BatchCommissioned(maker="maker", batch=batch, model="B200", quantity=72, site="FAB")


def dispatched(
    shipment: str, consignor: str = "maker", consignee: str = "buyer"
) -> ShipmentDispatched:
    return ShipmentDispatched(
        consignor=consignor,
        shipment=shipment,
        purpose="sale",
        lines=(LINE,),
        consignee=consignee,
        carrier="carrier",
        from_site="FAB",
        to_site="DC",
    )


def received(receipt: str, shipment: str, quantity: int = 72) -> ShipmentReceived:
    return ShipmentReceived(
        receiver="buyer",
        receipt=receipt,
        shipment=shipment,
        received_from="carrier",
        site="DC",
        lines=(Line(model="B200", batch="B-01", quantity=quantity, state="stock"),),
        counted_by="packages",
        final=True,
    )


@functools.cache
def told() -> Story:
    """Return the story of a batch that is made, shipped, received and accepted.

    Entries 0 to 12 open the ledger and bring in maker, buyer, carrier and auditor with their keys;
    `BATCH` and the names after it say where the rest stands.
    """
    story = Story()
    story.party("maker", "maker")
    story.party("buyer", "owner")
    story.party("carrier", "forwarder")
    story.party("auditor", "auditor")
    made = manifest([f"GPU-{number:04}" for number in range(72)])
    story.record(commissioned(), "maker", documents=(made,))
    sent = story.record(
        dispatched("SHP-1"), "maker", "carrier", sealed={"price": "USD 5,000,000"}, salt=bytes(32)
    )
    story.record(received("RCV-1", "SHP-1", 71), "buyer", documents=(_paper("packing list"),))
    story.record(received("RCV-1", "SHP-1"), "buyer", corrects=story.ledger.event(RECEIPT).target)
    target = story.ledger.event(sent.index).target
    story.record(Countersigned(target=target, stance="accepts"), "buyer")
    return story


BATCH, SHIPMENT, RECEIPT, CORRECTION, ACCEPTANCE = range(13, 18)
REGISTERED, ENROLLED, GRANTED = 1, 2, 3
"""The first three entries about the maker."""


def _paper(title: str) -> Document:
    return Document(title.encode(), "packing_list", title)
