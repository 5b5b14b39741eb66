"""Events of the ledger in the words of EPCIS 2.0 and the Core Business Vocabulary.

Where the vocabulary has no word, a URI of the ledger's own stands. What EPCIS has no field for goes
beside it under `chipledger:`, the event's own fields among it, so that nothing is lost.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID, uuid5

import msgspec

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
from ledger.entry import Event
from ledger.events.assurance import InspectionPerformed
from ledger.events.base import EventData
from ledger.events.lease import LeaseEnded, LeaseStarted
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


def epcis_events(event: Event, uris: Uris, serials: Sequence[str]) -> Iterator[Fields]:
    """Yield what an event is in EPCIS, without its head: nothing where EPCIS has no such thing.

    Args:
        event: the event.
        uris: how things are named.
        serials: serial numbers that its manifest names.
    """
    data = event.statement.data
    tell = _TOLD.get(type(data))
    if tell is None:
        return
    for number, told in enumerate(tell(data, uris, serials)):
        papers = [*told.pop("bizTransactionList", ()), *_papers(event, uris)]
        whole = {"eventID": _id(event, number), **told}
        if papers:
            whole["bizTransactionList"] = papers
        yield whole


def _id(event: Event, number: int) -> str:
    """Return the id of an event, or of its further parts."""
    first = UUID(event.statement.id)
    return f"urn:uuid:{uuid5(first, str(number)) if number else first}"


def _papers(event: Event, uris: Uris) -> Iterator[Fields]:
    for one in event.statement.references:
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


def extension(event: Event) -> Fields:
    """Return what EPCIS has no field for: whose word it is, and the event's own fields."""
    statement = event.statement
    return {
        "chipledger:entry": event.index,
        "chipledger:type": statement.type,
        "chipledger:occurred": statement.occurred,
        "chipledger:basis": statement.basis,
        "chipledger:assertedBy": statement.signatories[0].party,
        "chipledger:payloadSha256": event.payload_sha256,
        "chipledger:data": msgspec.to_builtins(statement.data),
    }


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
    UnitsStateChanged: _changed,
    InspectionPerformed: _inspected,
}
