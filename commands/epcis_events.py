"""Events of the ledger in the words of EPCIS 2.0 and the Core Business Vocabulary.

Where the vocabulary has no word, a URI of the ledger's own stands. What EPCIS has no field for goes
beside it (`commands.epcis_extension`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol
from uuid import UUID, uuid5

from commands.epcis_words import (
    Fields,
    Uris,
    by_lot,
    moved,
    object_event,
    of_shipment,
    parties,
    pool_quantities,
)
from ledger.events.assurance import InspectionPerformed
from ledger.events.base import EventData, Reference
from ledger.events.lease import LeaseChanged, LeaseEnded, LeaseStarted
from ledger.events.product import BatchCommissioned, StockOpened, UnitsStateChanged
from ledger.events.rack import (
    ComponentReplaced,
    RackAssembled,
    RackDisassembled,
    RackPlaced,
)
from ledger.events.shipment import ShipmentDispatched, ShipmentLegReported, ShipmentReceived
from ledger.events.title import TitleTransferred

_STATES = {
    "quarantined": ("holding", "non_sellable_other"),
    "decommissioned": ("decommissioning", "inactive"),
    "destroyed": ("destroying", "destroyed"),
    "stolen": ("other", "stolen"),
    "lost": ("other", "unavailable"),
    "found": ("stocking", "available"),
    "released": ("stocking", "available"),
}
_PLACED = {
    "installed": ("installing", "available"),
    "operational": ("installing", "active"),
    "stock": ("removing", "inactive"),
}
_MILESTONES = {
    "taken_over": "collecting",
    "exported": "departing",
    "arrived": "arriving",
    "customs_entered": "holding",
    "released": "accepting",
    "handed_over": "loading",
}
_PAPERS = {"bol", "cert", "desadv", "inv", "po", "prodorder", "recadv", "rma"}


class Said(Protocol):
    """What of a statement EPCIS tells."""

    @property
    def id(self) -> str:
        """UUID of the event."""

    @property
    def data(self) -> EventData:
        """What the event type carries."""

    @property
    def references(self) -> Sequence[Reference]:
        """Numbers on paper."""


def epcis_events(said: Said, uris: Uris, serials: Sequence[str]) -> Iterator[Fields]:
    """Yield what an event is in EPCIS, without its head: nothing where EPCIS has no such thing.

    Args:
        said: the event's statement.
        uris: how things are named.
        serials: serial numbers that its manifest names.
    """
    data = said.data
    tell = _TOLD.get(type(data))
    if tell is None:
        return
    for number, told in enumerate(tell(data, uris, serials)):
        papers = [*told.pop("bizTransactionList", ()), *_papers(said, uris)]
        whole = {"eventID": _id(said.id, number), **told}
        if papers:
            whole["bizTransactionList"] = papers
        yield whole


def _id(identifier: str, number: int) -> str:
    """Return the id of an event, or of its further parts."""
    first = UUID(identifier)
    return f"urn:uuid:{uuid5(first, str(number)) if number else first}"


def _papers(said: Said, uris: Uris) -> Iterator[Fields]:
    for one in said.references:
        kind = one.type if one.type in _PAPERS else uris.word(one.type)
        yield {"type": kind, "bizTransaction": uris.of("reference", one.type, one.value)}


def _commissioned(data: BatchCommissioned, uris: Uris, serials: Sequence[str]) -> Iterator[Fields]:
    if len(serials) == data.quantity:
        made: Fields = {"epcList": [uris.of("serial", one) for one in serials]}
    else:
        lot = {"epcClass": uris.of("lot", data.model, data.batch), "quantity": data.quantity}
        made = {"epcList": [], "quantityList": [lot]}
    yield object_event("ADD", "commissioning", "active", made, uris.of("site", data.site))


def _opened(data: StockOpened, uris: Uris, _: Sequence[str]) -> Iterator[Fields]:
    step, site = uris.word("opening"), uris.of("site", data.site)
    yield object_event("OBSERVE", step, "available", moved(data.lines, uris), site)
    inside: defaultdict[str, list[Fields]] = defaultdict(list)
    for line in data.lines:
        for rack in line.racks:
            lot = uris.of("lot", line.model, line.batch)
            inside[rack].append({"epcClass": lot, "quantity": line.quantity})
    for rack, quantities in inside.items():
        yield {
            "type": "AssociationEvent",
            "action": "OBSERVE",
            "bizStep": step,
            "parentID": uris.of("rack", rack),
            "childQuantityList": quantities,
            "readPoint": {"id": site},
        }


def _assembled(data: RackAssembled, uris: Uris, serials: Sequence[str]) -> Iterator[Fields]:
    found: Fields = {
        "type": "AssociationEvent",
        "action": "ADD",
        "bizStep": "assembling",
        "disposition": "active",
        "parentID": uris.of("rack", data.rack),
        "readPoint": {"id": uris.of("site", data.site)},
    }
    if len(serials) == sum(line.total for line in data.lines):
        found["childEPCs"] = [uris.of("serial", one) for one in serials]
    else:
        found["childQuantityList"] = by_lot(data.lines, uris)
    yield found


def _disassembled(data: RackDisassembled, uris: Uris, _: Sequence[str]) -> Iterator[Fields]:
    yield {
        "type": "AssociationEvent",
        "action": "DELETE",
        "bizStep": "disassembling",
        "parentID": uris.of("rack", data.rack),
        "readPoint": {"id": uris.of("site", data.site)},
    }


def _replaced(data: ComponentReplaced, uris: Uris, _: Sequence[str]) -> Iterator[Fields]:
    for action, step, disposition, parts in (
        ("DELETE", "removing", "needs_replacement", data.out),
        ("ADD", "installing", "active", data.into),
    ):
        yield {
            "type": "AssociationEvent",
            "action": action,
            "bizStep": step,
            "disposition": disposition,
            "parentID": uris.of("rack", data.rack),
            "childQuantityList": by_lot(parts, uris),
            "readPoint": {"id": uris.of("site", data.site)},
        }


def _placed(data: RackPlaced, uris: Uris, _: Sequence[str]) -> Iterator[Fields]:
    step, disposition = _PLACED[data.to_state]
    site = uris.of("site", data.site)
    yield object_event("OBSERVE", step, disposition, moved(data.lines, uris), site)


def _dispatched(data: ShipmentDispatched, uris: Uris, _: Sequence[str]) -> Iterator[Fields]:
    site = uris.of("site", data.from_site)
    found = object_event("OBSERVE", "shipping", "in_transit", moved(data.lines, uris), site)
    del found["bizLocation"]  # from now on it is at none
    found |= parties("possessing_party", uris, data.consignor, data.consignee)
    if data.to_site is not None:
        place = {"type": "location", "destination": uris.of("site", data.to_site)}
        found["destinationList"].append(place)
    yield found | of_shipment(data.shipment, uris)


def _leg(data: ShipmentLegReported, uris: Uris, _: Sequence[str]) -> Iterator[Fields]:
    step = _MILESTONES[data.milestone]
    found = object_event("OBSERVE", step, "in_transit", moved(data.lines, uris))
    found |= parties("possessing_party", uris, data.from_holder, data.to_holder)
    yield found | of_shipment(data.shipment, uris)


def _received(data: ShipmentReceived, uris: Uris, _: Sequence[str]) -> Iterator[Fields]:
    site = uris.of("site", data.site)
    for disposition, lines in (("in_progress", data.lines), ("damaged", data.damaged)):
        if lines:
            found = object_event("OBSERVE", "receiving", disposition, moved(lines, uris), site)
            found |= parties("possessing_party", uris, data.received_from, data.receiver)
            yield found | of_shipment(data.shipment, uris)


def _titled(data: TitleTransferred, uris: Uris, _: Sequence[str]) -> Iterator[Fields]:
    act = {"type": uris.word("title"), "bizTransaction": uris.of("title", data.title)}
    yield {
        "type": "TransactionEvent",
        "action": "ADD",
        "bizStep": "other",
        "quantityList": by_lot(data.lines, uris),
        "bizTransactionList": [act],
        **parties("owning_party", uris, data.seller, data.buyer),
    }


def _leased(data: LeaseStarted | LeaseEnded, uris: Uris, _: Sequence[str]) -> Iterator[Fields]:
    starts = isinstance(data, LeaseStarted)
    found: Fields = {
        "type": "TransactionEvent",
        "action": "ADD" if starts else "DELETE",
        "bizStep": "reserving",
        "disposition": "reserved" if starts else "available",
        "bizTransactionList": [
            {"type": uris.word("lease"), "bizTransaction": uris.of("lease", data.lease)}
        ],
    }
    quantities = by_lot(data.lines, uris) + pool_quantities(data.pool, uris)
    found |= {"quantityList": quantities} if quantities else {"epcList": []}
    kind = uris.word("using_party")
    yield found | parties(kind, uris, data.lessor, data.lessee)


def _lease_changed(data: LeaseChanged, uris: Uris, _: Sequence[str]) -> Iterator[Fields]:
    moved_units = [
        ("ADD", by_lot(data.added, uris) + pool_quantities(data.pool_added, uris)),
        ("DELETE", by_lot(data.removed, uris) + pool_quantities(data.pool_removed, uris)),
    ]
    lease = {"type": uris.word("lease"), "bizTransaction": uris.of("lease", data.lease)}
    for action, quantities in [one for one in moved_units if one[1]] or [("OBSERVE", [])]:
        found: Fields = {
            "type": "TransactionEvent",
            "action": action,
            "bizStep": "reserving",
            "bizTransactionList": [lease],
        }
        found |= {"quantityList": quantities} if quantities else {"epcList": []}
        yield found | parties(uris.word("using_party"), uris, data.lessor, data.lessee)


def _changed(data: UnitsStateChanged, uris: Uris, _: Sequence[str]) -> Iterator[Fields]:
    step, disposition = _STATES[data.to_state]
    action = "DELETE" if data.to_state == "destroyed" else "OBSERVE"
    site = uris.of("site", data.site)
    yield object_event(action, step, disposition, moved(data.lines, uris), site)


def _inspected(data: InspectionPerformed, uris: Uris, _: Sequence[str]) -> Iterator[Fields]:
    conformant = data.counted == data.found and not data.exceptions
    disposition = "conformant" if conformant else "non_conformant"
    found = object_event(
        "OBSERVE", "inspecting", disposition, {"epcList": []}, uris.of("site", data.site)
    )
    act = {"type": "testres", "bizTransaction": uris.of("inspection", data.inspection)}
    yield found | {"bizTransactionList": [act]}


_Told = Callable[[Any, Uris, Sequence[str]], Iterator[Fields]]
_TOLD: dict[type[EventData], _Told] = {
    BatchCommissioned: _commissioned,
    StockOpened: _opened,
    RackAssembled: _assembled,
    RackDisassembled: _disassembled,
    ComponentReplaced: _replaced,
    RackPlaced: _placed,
    ShipmentDispatched: _dispatched,
    ShipmentLegReported: _leg,
    ShipmentReceived: _received,
    TitleTransferred: _titled,
    LeaseStarted: _leased,
    LeaseEnded: _leased,
    LeaseChanged: _lease_changed,
    UnitsStateChanged: _changed,
    InspectionPerformed: _inspected,
}
