"""EPCIS 2.0 documents of others: each event as what its sender says, and what had no place."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from commands.importers import secrets
from commands.importers.table import Problem
from ledger.errors import Malformed

EVENTS_MAX = 1000
QUOTED_MAX = 4000
ERROR = "declared an error"
"""What is told of an event that its own system takes back."""

_NAMED_MAX = 20
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})\Z"
)
_KNOWN = {
    "@context", "type", "eventID", "eventTime", "eventTimeZoneOffset", "recordTime",
    "action", "bizStep", "disposition", "parentID", "epcList", "childEPCs", "inputEPCList",
    "outputEPCList", "quantityList", "childQuantityList", "readPoint", "bizLocation",
    "sourceList", "destinationList", "bizTransactionList", "errorDeclaration",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ForeignEvent:
    """An event of another party's system.

    Attributes:
        number: its place in the document, from 1.
        name: an identifier that is the same each time the event is read.
        occurred: when, in whole seconds with its offset.
        told: what it says, in words.
        speaker: the party that says it, where the document names one of ours.
        is_error: whether its own system takes it back.
    """

    number: int
    name: str
    occurred: str
    told: str
    speaker: str | None = None
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class ForeignDocument:
    """A document read.

    Attributes:
        events: its events.
        unread: members that had no place, with how often they came.
        problems: events that could not be read.
        secrets: where it seems to hold a password.
    """

    events: tuple[ForeignEvent, ...]
    unread: Counter[str]
    problems: tuple[Problem, ...]
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EpcisTree:
    """A document decoded: the tree, its events, and where it seems to hold a password."""

    tree: dict[str, Any]
    events: list[Any]
    secrets: tuple[str, ...]


def read_tree(content: bytes, where: str) -> EpcisTree:
    """Return a document decoded.

    Raises:
        Malformed: EPCIS-FORM.
    """
    try:
        tree = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
        hidden = (*secrets.in_tree(tree, where), *secrets.in_text(content.decode(), where))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _no_document(where, str(error)) from error
    return EpcisTree(tree, _events(tree, where), hidden)


def read_epcis(content: bytes, where: str) -> ForeignDocument:
    """Return the events of a document of another system.

    Raises:
        Malformed: as `read_tree` and `read_foreign`.
    """
    return read_foreign(read_tree(content, where), where)


def read_foreign(decoded: EpcisTree, where: str) -> ForeignDocument:
    """Return the events of a document, each in words.

    Raises:
        Malformed: EPCIS-LARGE (more than 1,000 events).
    """
    events = decoded.events
    if len(events) > EVENTS_MAX:
        raise Malformed(
            "EPCIS-LARGE",
            f"the document has more than {EVENTS_MAX:,} events",
            where=where,
            hint="ask for it in parts",
        )
    unread: Counter[str] = Counter()
    found: list[ForeignEvent] = []
    problems: list[Problem] = []
    for number, one in enumerate(events, 1):
        read = foreign_event(number, one)
        if isinstance(read, Problem):
            problems.append(read)
        else:
            found.append(read)
            unread.update(name for name in one if name not in _KNOWN)
    return ForeignDocument(tuple(found), unread, tuple(problems), decoded.secrets)


def _events(tree: Any, where: str) -> list[Any]:
    body = tree.get("epcisBody") if isinstance(tree, dict) else None
    events = body.get("eventList") if isinstance(body, dict) else None
    if not isinstance(events, list) or not events or tree.get("type") != "EPCISDocument":
        raise _no_document(where, "it is no EPCISDocument with an eventList in its epcisBody")
    return events


def foreign_event(number: int, event: Any) -> ForeignEvent | Problem:
    """Return an event in words, or why it cannot be read."""
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return Problem(number, "EPCIS-EVENT", "it is no event with a type")
    at = _TIME.match(str(event.get("eventTime")))
    if at is None:
        told = f"eventTime {str(event.get('eventTime'))[:40]!r} is no date and time with an offset"
        return Problem(number, "EPCIS-TIME", told)
    text = "; ".join(_words(event))
    if any(secrets.in_text(text, "")):
        return Problem(number, "EPCIS-SECRET", "what it says seems to hold a password")
    known = event.get("eventID")
    stem = known.encode() if isinstance(known, str) else msgspec.json.encode(event, order="sorted")
    name = f"EPCIS-{hashlib.sha256(stem).hexdigest()[:16]}"
    occurred = at[1] + ("+00:00" if at[2] == "Z" else at[2])
    is_error = isinstance(event.get("errorDeclaration"), dict)
    return ForeignEvent(number, name, occurred, text[:QUOTED_MAX], is_error=is_error)


def _words(event: Mapping[str, Any]) -> Iterator[str]:
    """Yield what an event says, a part each."""
    yield " ".join(
        str(event[name]) for name in ("type", "action", "bizStep", "disposition") if event.get(name)
    )
    error = event.get("errorDeclaration")
    if isinstance(error, dict):
        yield f"{ERROR}: {error.get('reason', 'no reason given')}"
    for name, said in (
        ("parentID", "parent"), ("epcList", "objects"), ("childEPCs", "children"),
        ("inputEPCList", "from"), ("outputEPCList", "to"),
    ):  # fmt: skip
        things = event.get(name)
        if things:
            yield f"{said} {_listed(things if isinstance(things, list) else [things])}"
    for name in ("quantityList", "childQuantityList"):
        for one in _structs(event.get(name)):
            yield f"{one.get('quantity', 'some')} of {one.get('epcClass')}"
    for name, said in (("readPoint", "read at"), ("bizLocation", "now at")):
        place = event.get(name)
        if isinstance(place, dict):
            yield f"{said} {place.get('id')}"
    for name, member, said in (
        ("sourceList", "source", "source"), ("destinationList", "destination", "destination"),
        ("bizTransactionList", "bizTransaction", "paper"),
    ):  # fmt: skip
        for one in _structs(event.get(name)):
            yield f"{said} {one.get('type', '')} {one.get(member)}".replace("  ", " ")
    yield f"eventID {event.get('eventID', 'none')}"


def _structs(value: object) -> list[dict[str, Any]]:
    found = value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, dict)][:_NAMED_MAX]


def _listed(things: list[Any]) -> str:
    more = f" and {len(things) - _NAMED_MAX:,} more" if len(things) > _NAMED_MAX else ""
    return ", ".join(str(one) for one in things[:_NAMED_MAX]) + more


def _no_document(where: str, told: str) -> Malformed:
    return Malformed(
        "EPCIS-FORM",
        f"this is no EPCIS document that can be read: {told[:200]}",
        where=where,
        hint="EPCIS 2.0 as JSON-LD is read: an EPCISDocument with epcisBody/eventList",
    )
