"""What EPCIS events leave behind: which serial numbers are there when the last of them is over.

EPCIS tells what happened. To compare it as an inventory, each event is played in order of its time:
what is seen or added is there, what is deleted is not, what is put into a rack goes where it goes.
Counted units are taken where an event says in which rack they are; other counts are no list.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from commands.epcis_extension import PREFIX
from commands.importers.epcis_document import read_tree
from commands.importers.table import Origin, Problem, Row, Table
from ledger.errors import Malformed

_SERIAL = (
    re.compile(r"urn:epc:id:(?:sgtin|cpi):[^.]+\.[^.]+\.(.+)\Z"),
    re.compile(r"urn:epc:id:itip:(?:[^.]+\.){4}(.+)\Z"),
    re.compile(r"https?://[^?#]+/21/([^/?#]+)\Z"),
    re.compile(r"https?://[^?#]+/serial/([^/?#]+)\Z"),
)
_RACK = re.compile(r"https?://[^?#]+/rack/([^/?#]+)\Z")
_SITE = re.compile(r"https?://[^?#]+/site/([^/?#]+)\Z")
_LOT = re.compile(r"https?://[^?#]+/lot/[^/?#]+/([^/?#]+)\Z")
_FACTS = ("tray", "slot", "batch")


def is_epcis(content: bytes) -> bool:
    """Say whether a file is an EPCIS document, as far as its beginning and its words tell."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and b'"epcisBody"' in content


def read_left(content: bytes, where: str) -> Table:
    """Return the units that the events of a document leave behind, a row each.

    Raises:
        Malformed: as `read_tree`; EPCIS-EMPTY where no unit is left.
    """
    decoded = read_tree(content, where)
    timed, problems = _in_order(decoded.events)
    left = _Left()
    for number, event in timed:
        left.play(number, event)
    rows = tuple(left.rows())
    if not rows and not problems:
        raise Malformed(
            "EPCIS-EMPTY",
            "no event leaves a unit that has a serial number, or is counted in a rack",
            where=where,
            hint="assets, pallets and loose counts are no list of units: compare an inventory",
        )
    return Table(
        Origin(where=where, item="event"),
        rows,
        problems=tuple(problems),
        secrets=decoded.secrets,
        remarks=tuple(left.remarks()),
    )


def _in_order(events: Sequence[Any]) -> tuple[list[tuple[int, Mapping[str, Any]]], list[Problem]]:
    """Return the events that are not declared errors, by time, and those that have none."""
    timed, problems = [], []
    for number, one in enumerate(events, 1):
        try:
            at = datetime.fromisoformat(str(one["eventTime"])).timestamp()
        except (KeyError, TypeError, ValueError, OverflowError):
            problems.append(Problem(number, "EPCIS-TIME", "it is no event with a date and time"))
            continue
        if not isinstance(one.get("errorDeclaration"), dict):
            timed.append((at, number, one))
    timed.sort(key=lambda entry: entry[0])
    return [(number, one) for _, number, one in timed], problems


@dataclass(slots=True)
class _Thing:
    """An object as the events so far leave it; `counts` by class are what is counted inside it."""

    number: int = 0
    here: bool = True
    site: str | None = None
    parent: str | None = None
    facts: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


class _Left:
    """Plays events, one after the other."""

    def __init__(self) -> None:
        self._things: dict[str, _Thing] = {}
        self._serials: dict[str, _Thing] = {}
        self._uncounted = 0

    def play(self, number: int, event: Mapping[str, Any]) -> None:
        """Take in an event."""
        action = str(event.get("action", "OBSERVE"))
        site = _site(event)
        for epc in (*_names(event.get("epcList")), *_names(event.get("outputEPCList"))):
            self._seen(epc, number, site, here=action != "DELETE")
        for epc in _names(event.get("inputEPCList")):
            self._seen(epc, number, site, here=False)
        if isinstance(event.get("parentID"), str) and event.get("type") != "TransactionEvent":
            self._inside(event, number, site, away=action == "DELETE")
        else:
            self._uncounted += len(_counts(event.get("quantityList")))
        for one in event.get(f"{PREFIX}units") or ():
            self._told(one)

    def rows(self) -> Iterator[Row]:
        """Yield a row for each unit that is there, then for what is counted in racks."""
        for epc, thing in self._things.items():
            serial = _name(_SERIAL, epc)
            if serial is not None and thing.here:
                above = self._things.get(thing.parent or "")
                site = thing.site if above is None or above.site is None else above.site
                values = {"serial": serial, "rack": _rack(thing.parent), "site": site}
                yield Row(thing.number, values | thing.facts)
        for epc, thing in self._things.items():
            for lot, count in thing.counts.items():
                if count > 0:
                    values = {"serial": None, "rack": _rack(epc), "quantity": str(count)}
                    batch = _name((_LOT,), lot)
                    yield Row(thing.number, values | {"site": thing.site, "batch": batch})

    def remarks(self) -> Iterator[str]:
        """Yield what is worth a look all the same."""
        if self._uncounted:
            yield f"counted, and in no rack: {self._uncounted:,} times, not compared"

    def _seen(self, epc: str, number: int, site: str | None, *, here: bool) -> None:
        thing = self._things.get(epc)
        if thing is None:
            thing = self._things[epc] = _Thing()
            self._serials[_name(_SERIAL, epc) or epc] = thing
        thing.number, thing.here = number, here
        thing.site = site or thing.site

    def _inside(
        self, event: Mapping[str, Any], number: int, site: str | None, *, away: bool
    ) -> None:
        """Put what an event names into its parent, or take it out; none named is all of it."""
        parent, children = str(event["parentID"]), _names(event.get("childEPCs"))
        counted = _counts(event.get("childQuantityList"))
        self._seen(parent, number, site, here=True)
        above = self._things[parent]
        if away and not children and not counted:
            children = [epc for epc, one in self._things.items() if one.parent == parent]
            above.counts.clear()
        for epc in children:
            self._seen(epc, number, site, here=True)
            self._things[epc].parent = None if away else parent
        for lot, count in counted:
            before = 0 if event.get("action") == "OBSERVE" else above.counts.get(lot, 0)
            above.counts[lot] = before - count if away else before + count

    def _told(self, unit: Any) -> None:
        """Take in where in its rack a unit is, which a document of ours says beside the event."""
        serial = unit.get("serial") if isinstance(unit, dict) else None
        thing = self._serials.get(str(serial))
        if thing is not None:
            thing.facts |= {name: unit[name] for name in _FACTS if isinstance(unit.get(name), str)}


def _names(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _counts(value: object) -> list[tuple[str, int]]:
    """Return classes and how many of each; what is weighed, or of no class, is no unit."""
    found = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    return [
        (str(one.get("epcClass")), int(one["quantity"]))
        for one in found
        if isinstance(one.get("quantity"), int) and "uom" not in one
    ]


def _site(event: Mapping[str, Any]) -> str | None:
    for name in ("bizLocation", "readPoint"):
        place = event.get(name)
        if isinstance(place, dict) and isinstance(place.get("id"), str):
            return _name((_SITE,), place["id"])
    return None


def _rack(parent: str | None) -> str | None:
    return None if parent is None else _name((_RACK,), parent)


def _name(patterns: Sequence[re.Pattern[str]], uri: str) -> str | None:
    """Return the name at the end of a URI of one of these forms, or None."""
    for one in patterns:
        found = one.match(uri)
        if found is not None:
            return unquote(found[1])
    return None
