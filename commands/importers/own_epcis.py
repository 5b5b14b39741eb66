"""EPCIS documents that chipledger wrote: each event with its own fields, as its ledger had it.

What stands under `chipledger:` is taken, but only where the members of EPCIS beside it say the
same: nobody can show a partner's system one thing and a ledger another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from commands.epcis_events import epcis_events
from commands.epcis_extension import PREFIX, REGISTRATION
from commands.epcis_words import Uris
from commands.importers.epcis_document import ForeignEvent, foreign_event
from commands.importers.table import Problem
from ledger.errors import LedgerError, Malformed
from ledger.events import EVENT_TYPES
from ledger.events.base import EventData, Reference

EVENTS_MAX = 100_000
_HEAD = {"eventTime", "eventTimeZoneOffset", "recordTime", "errorDeclaration"}
_UUID = "urn:uuid:"
_DAY_LENGTH = len("2026-07-01")


class _Unit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    serial: str
    batch: str = ""
    rack: str | None = None
    tray: str | None = None
    slot: str | None = None


class _Told(msgspec.Struct, frozen=True, rename="camel"):
    """What stands under `chipledger:` beside an event, or in master data beside a name."""

    type: str
    occurred: str
    asserted_by: str
    data: dict[str, Any]
    id: str = ""
    basis: str = "first_party"
    references: tuple[Reference, ...] = ()
    units: tuple[_Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """An event of another ledger, or a name that it registered.

    Attributes:
        number: its place in the document, from 1; 0 for a name.
        id: UUID of the event there.
        type: its type.
        occurred: when, as precisely as was said.
        asserted_by: whose word it was there.
        basis: on which basis.
        data: what the event type carries.
        references: numbers on paper.
        units: units of its manifests.
        recorded: when that ledger recorded it.
        corrects: URI of the event that it stands in place of, or None.
        voided: when and why it was said not to have occurred, or None.
    """

    number: int
    id: str
    type: str
    occurred: str
    asserted_by: str
    basis: str
    data: EventData
    references: tuple[Reference, ...] = ()
    units: tuple[_Unit, ...] = ()
    recorded: str = ""
    corrects: str | None = None
    voided: tuple[str, str] | None = None

    @property
    def uri(self) -> str:
        """What it is called in EPCIS."""
        return f"{_UUID}{self.id}"


@dataclass(frozen=True, slots=True)
class OwnDocument:
    """A document read.

    Attributes:
        ledger: which ledger wrote it, as it says.
        names: parties, sites and models, as they were registered last.
        events: in the order of that ledger.
        others: events of other systems that stand among them.
        problems: events that cannot be taken.
    """

    ledger: str
    names: tuple[OwnEvent, ...]
    events: tuple[OwnEvent, ...]
    others: tuple[ForeignEvent, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Reading:
    uris: Uris
    events: list[OwnEvent] = field(default_factory=list)
    others: list[ForeignEvent] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_own(tree: Any, where: str) -> OwnDocument | None:
    """Return what a document of ours says, or None for one of another system.

    Raises:
        Malformed: EPCIS-LARGE (more than 100,000 events).
    """
    base = _base(tree.get("@context"))
    events = tree["epcisBody"]["eventList"]
    if base is None or not any(_is_own(one) for one in events):
        return None
    if len(events) > EVENTS_MAX:
        raise Malformed(
            "EPCIS-LARGE",
            f"the document has more than {EVENTS_MAX:,} events",
            where=where,
            hint="ask for it in parts",
        )
    reading = _Reading(Uris(base))
    for number, group in _groups(events):
        try:
            _take(reading, number, group)
        except (msgspec.MsgspecError, LedgerError, TypeError, ValueError, KeyError) as error:
            told = f"what stands beside it under chipledger: cannot be read: {str(error)[:200]}"
            reading.problems.append(Problem(number, "EPCIS-OWN", told))
    _correct(reading, events)
    ledger = tree.get(f"{PREFIX}ledger")
    return OwnDocument(
        ledger if isinstance(ledger, str) else base,
        tuple(_names(tree, reading)),
        tuple(reading.events),
        tuple(reading.others),
        tuple(reading.problems),
    )


def _base(context: object) -> str | None:
    """Return what the names of a document begin with, where it has words of ours."""
    for one in context if isinstance(context, list) else []:
        words = one.get("chipledger") if isinstance(one, dict) else None
        if isinstance(words, str) and words.endswith("vocabulary/"):
            return words.removesuffix("vocabulary/")
    return None


def _is_own(event: object) -> bool:
    return isinstance(event, dict) and f"{PREFIX}data" in event


def _groups(events: Sequence[Any]) -> Iterator[tuple[int, list[Any]]]:
    """Yield the events of EPCIS that one event of ours became, with the place of the first."""
    group: list[Any] = []
    first = 0
    for number, one in enumerate(events, 1):
        if group and _is_own(one) and _is_own(group[0]) and _entry(one) == _entry(group[0]):
            group.append(one)
            continue
        if group:
            yield first, group
        first, group = number, [one]
    yield first, group


def _entry(event: Mapping[str, Any]) -> object:
    return event.get(f"{PREFIX}entry"), event.get(f"{PREFIX}payloadSha256")


def _take(reading: _Reading, number: int, group: list[Any]) -> None:
    """Take in one event, or the problem with it."""
    head = group[0]
    if not _is_own(head):
        found = foreign_event(number, head)
        if isinstance(found, Problem):
            reading.problems.append(found)
        else:
            reading.others.append(found)
        return
    beside = {
        name.removeprefix(PREFIX): value for name, value in head.items() if name.startswith(PREFIX)
    }
    event = _event(number, msgspec.convert({**beside, "id": head["eventID"]}, _Told))
    serials = [one.serial for one in event.units]
    plain = [
        {name: value for name, value in one.items() if not name.startswith(PREFIX)} for one in group
    ]
    shown = [{name: one[name] for name in one if name not in _HEAD} for one in plain]
    same = shown == list(epcis_events(event, reading.uris, serials))
    if not same or not _is_then(head, event.occurred):
        told = "its members say otherwise than what stands beside them under chipledger:"
        reading.problems.append(Problem(number, "EPCIS-DIFFERS", told))
        return
    reading.events.append(replace(event, recorded=str(head.get("recordTime"))))


def _event(number: int, told: _Told) -> OwnEvent:
    row = EVENT_TYPES.get(told.type)
    if row is None or not told.id.startswith(_UUID):
        raise ValueError(f"{told.type[:60]} is no event type that this version knows")
    return OwnEvent(
        number,
        told.id.removeprefix(_UUID),
        told.type,
        told.occurred,
        told.asserted_by,
        told.basis,
        msgspec.convert(told.data, row.data),
        told.references,
        told.units,
    )


def _is_then(event: Mapping[str, Any], occurred: str) -> bool:
    """Say whether the time of EPCIS is that of the event; an open interval has none of its own."""
    told = str(event.get("eventTime"))
    if occurred.startswith("../"):
        return True
    if len(occurred) <= _DAY_LENGTH:
        return told.startswith(occurred)
    return datetime.fromisoformat(told) == datetime.fromisoformat(occurred)


def _correct(reading: _Reading, events: Sequence[Any]) -> None:
    """Take in which event stands in place of which, and which did not occur."""
    places = {one.uri: place for place, one in enumerate(reading.events)}
    for event in events:
        error = event.get("errorDeclaration") if isinstance(event, dict) else None
        place = places.get(str(event.get("eventID"))) if isinstance(event, dict) else None
        if not isinstance(error, dict) or place is None:
            continue
        told = reading.events[place]
        follows = error.get("correctiveEventIDs")
        if error.get("reason") == "did_not_occur":
            reason = str(error.get(f"{PREFIX}reason") or "declared not to have occurred")
            voided = (str(error.get("declarationTime")), reason)
            reading.events[place] = replace(told, voided=voided)
        elif isinstance(follows, list) and len(follows) == 1 and str(follows[0]) in places:
            other = places[str(follows[0])]
            reading.events[other] = replace(reading.events[other], corrects=told.uri)
        else:
            message = "it is declared an error, and what stands in its place is not in the document"
            reading.problems.append(Problem(told.number, "EPCIS-CORRECTION", message))


def _names(tree: Mapping[str, Any], reading: _Reading) -> Iterator[OwnEvent]:
    """Yield the parties, sites and models of the master data that are told in our own words."""
    word = reading.uris.word(REGISTRATION)
    try:
        for vocabulary in tree["epcisHeader"]["epcisMasterData"]["vocabularyList"]:
            for element in vocabulary["vocabularyElementList"]:
                for one in element["attributes"]:
                    if one["id"] == word:
                        yield _event(0, msgspec.convert(one["attribute"], _Told))
    except (msgspec.MsgspecError, LedgerError, TypeError, ValueError, KeyError) as error:
        told = f"its master data cannot be read: {str(error)[:200]}"
        reading.problems.append(Problem(0, "EPCIS-OWN", told))
