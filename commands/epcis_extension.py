"""What a document of ours carries beside EPCIS: whose word an event is, its own fields, its units.

All of it stands under `chipledger:`, so that no reader takes it for EPCIS, and a ledger that gets
the document loses nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from commands.epcis_words import Fields, Uris
from ledger.entry import Event
from ledger.events.base import EventData
from ledger.events.ledger import LedgerOpened
from ledger.events.party import PartyRegistered
from ledger.events.product import ModelClassified
from ledger.events.rack import ComponentReplaced
from ledger.events.site import SiteRegistered
from projections.units import Unit

PREFIX = "chipledger:"
REGISTRATION = "registration"
"""The attribute of master data that holds what a name was registered as."""

NAMED: Mapping[type[EventData], tuple[str, str, str]] = {
    PartyRegistered: ("SourceDest", "party", "party"),
    SiteRegistered: ("Location", "site", "site"),
    ModelClassified: ("EPCClass", "model", "model"),
}
"""Types whose newest event becomes master data: its vocabulary, and the kind and field named."""


def extension(event: Event, units: Sequence[Unit] = ()) -> Fields:
    """Return what EPCIS has no field for: whose word it is, and the event's own fields.

    Args:
        event: the event.
        units: units that its manifests name; those of a repair stand in its own fields.
    """
    statement = event.statement
    told = {
        "entry": event.index,
        "type": statement.type,
        "occurred": statement.occurred,
        "basis": statement.basis,
        "assertedBy": statement.signatories[0].party,
        "payloadSha256": event.payload_sha256,
        "references": msgspec.to_builtins(statement.references),
        "data": msgspec.to_builtins(statement.data),
    }
    if units and not isinstance(statement.data, ComponentReplaced):
        told["units"] = [
            {name: value for name, value in one._asdict().items() if value is not None}
            for one in units
        ]
    return {PREFIX + name: value for name, value in told.items()}


def master_data(events: Iterable[Event], uris: Uris) -> Fields:
    """Return the names that a document uses, each as it was registered last: EPCIS' master data."""
    newest: dict[tuple[str, str], Fields] = {}
    for event in events:
        for data in _registered(event):
            vocabulary, kind, field = NAMED[type(data)]
            name = str(getattr(data, field))
            newest[vocabulary, name.lower()] = {
                "id": uris.of(kind, name),
                "attributes": [*_described(data), _registration(event, data, uris)],
            }
    listed: dict[str, list[Fields]] = {}
    for (vocabulary, _), element in newest.items():
        listed.setdefault(f"urn:epcglobal:epcis:vtype:{vocabulary}", []).append(element)
    told = [{"type": kind, "vocabularyElementList": of} for kind, of in listed.items()]
    return {"epcisMasterData": {"vocabularyList": told}}


def _registered(event: Event) -> Iterator[EventData]:
    """Yield what a name was registered as; the ledger's operator is by the opening."""
    data = event.statement.data
    if isinstance(data, LedgerOpened):
        yield PartyRegistered(**msgspec.structs.asdict(data.operator))
    elif type(data) in NAMED and event.statement.basis != "third_party_report":
        yield data


def _described(data: EventData) -> Iterator[Fields]:
    """Yield what the Core Business Vocabulary has words for."""
    for field, word in (
        ("display_name", "name"), ("name", "name"), ("country", "countryCode"),
    ):  # fmt: skip
        value = getattr(data, field, None)
        if value is not None:
            yield {"id": f"urn:epcglobal:cbv:mda:{word}", "attribute": str(value)}


def _registration(event: Event, data: EventData, uris: Uris) -> Fields:
    statement = event.statement
    told = {
        "id": f"urn:uuid:{statement.id}",
        "type": f"{type(data).__name__}.v1",
        "occurred": statement.occurred,
        "assertedBy": statement.signatories[0].party,
        "data": msgspec.to_builtins(data),
    }
    return {"id": uris.word(REGISTRATION), "attribute": told}
