"""What events of EPCIS are made of: names as URIs, quantities by lot, parties, objects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ledger.events.base import Line
from ledger.events.lease import Pool
from ledger.events.rack import Part

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Uris:
    """Names of things as URIs below one beginning."""

    base: str

    def of(self, kind: str, *names: str) -> str:
        """Return the URI of a thing, such as a rack."""
        return "/".join((f"{self.base}{kind}", *(quote(one, safe="") for one in names)))

    def word(self, name: str) -> str:
        """Return a word of the ledger's own vocabulary."""
        return f"{self.base}vocabulary/{name}"


def by_lot(parts: Iterable[Line | Part], uris: Uris) -> list[Fields]:
    """Return units by their lot, which is the class that EPCIS counts them under."""
    return [
        {
            "epcClass": uris.of("lot", one.model, one.batch),
            "quantity": one.total if isinstance(one, Line) else one.quantity,
        }
        for one in parts
    ]


def parties(kind: str, uris: Uris, source: str | None, target: str | None) -> Fields:
    """Return from whom to whom, as far as the event names them."""
    found: Fields = {}
    if source is not None:
        found["sourceList"] = [{"type": kind, "source": uris.of("party", source)}]
    if target is not None:
        found["destinationList"] = [{"type": kind, "destination": uris.of("party", target)}]
    return found


def moved(lines: Sequence[Line], uris: Uris) -> Fields:
    """Return what moves: whole racks as objects, in which their units are, and loose units."""
    racks = {rack: None for line in lines for rack in line.racks}
    found: Fields = {"epcList": [uris.of("rack", rack) for rack in racks]}
    loose = by_lot((line for line in lines if not line.racks), uris)
    return found | ({"quantityList": loose} if loose else {})


def object_event(
    action: str, step: str, disposition: str, moved: Fields, site: str | None = None
) -> Fields:
    """Return an event of objects where they are."""
    found: Fields = {"type": "ObjectEvent", "action": action, "bizStep": step}
    found |= {"disposition": disposition, **moved}
    if site is not None:
        found |= {"readPoint": {"id": site}, "bizLocation": {"id": site}}
    return found


def of_shipment(name: str, uris: Uris) -> Fields:
    """Return the shipment as the dispatch advice that events are about."""
    return {"bizTransactionList": [{"type": "desadv", "bizTransaction": uris.of("shipment", name)}]}


def pool_quantities(pool: Pool | None, uris: Uris) -> list[Fields]:
    """Return capacity that is leased by number, if it is; the number may be unknown."""
    if pool is None:
        return []
    found: Fields = {"epcClass": uris.of("model", pool.model)}
    if pool.quantity is not None:
        found["quantity"] = pool.quantity
    return [found]
