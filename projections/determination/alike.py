"""Shipments of which the packs say the same: one of them is judged, for all.

What a rule says of a shipment follows from its goods, places and parties, from the authorizations
claimed for it, and from the day. Two that have all of these alike differ in their name alone, and
in the entries that tell it. So one is judged under no name, its own entries numbered -1, -2 and so
on; what is said holds of the others, with theirs in these places.
"""

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple, TypeVar, cast
from zoneinfo import ZoneInfo

from projections.determination.days import clocks_of
from projections.determination.determination import determination
from projections.determination.facts import Claimed, Said, Shipment
from projections.determination.remembering import Remembered, Remembering
from projections.determination.selects import SENT, SENT_SOME
from projections.determination.step import Step
from projections.packs.conditions import RemoteUse
from projections.packs.load import turns

Own = TypeVar("Own", Said, Claimed)


class Judged(NamedTuple):
    """A shipment, and what is said of all of its kind.

    Attributes:
        shipment: identifier.
        event_idx: the dispatch.
        day: whose rules are asked.
        kind: a number that those have in common which are alike.
        own: its own entries, which stand in what is said of the kind as -1, -2 and so on.
        steps: what is said, where it is the first of its kind; about the shipment if about "".
    """

    shipment: str
    event_idx: int
    day: str
    kind: int
    own: Sequence[int]
    steps: Sequence[Step]


def judged_shipments(
    asked: Remembering, zone: ZoneInfo, as_of: str, subjects: str | None
) -> Iterator[Judged]:
    """Yield every shipment that was sent, without what rules say of users and inspections.

    Args:
        asked: gathers what is recorded, and remembers it.
        zone: the ledger's zone.
        as_of: what became of a shipment before this instant counts.
        subjects: a JSON array of names to which it is limited, or None.
    """
    kinds: dict[tuple[object, ...], int] = {}
    days = turns(asked.packs)
    bound = {"as_of": as_of, "course": as_of, "known_at": asked.known_at, "subjects": subjects}
    for row in asked.reader(SENT if subjects is None else SENT_SOME, bound)[1]:
        sent = _Sent(*cast("tuple[Any, ...]", row))
        clocks = clocks_of(sent.occurred, zone, asked.known_at, as_of)
        gatherer = Remembered(asked, clocks)
        kind, own = _kind(sent, gatherer, bisect_right(days, clocks.day))
        steps: list[Step] = []
        if kind not in kinds:
            told = gatherer.shipment(sent.shipment)
            if told is None:  # pragma: no cover  it was sent by the end of that day
                continue
            kinds[kind] = len(kinds)
            if own is not None:
                told = _numbered(told, len(gatherer.countries(told.site)))
            steps = determination(asked.packs, told, clocks.day)
        said = [one for one in steps if not isinstance(one.rule.test, RemoteUse)]
        yield Judged(sent.shipment, sent.event_idx, clocks.day, kinds[kind], own or (), said)


class _Sent(NamedTuple):
    """A row of `SENT`."""

    shipment: str
    event_idx: int
    occurred: str
    from_site: str | None
    to_site: str | None
    consignee: str | None
    ultimate_consignee: str | None
    consignor: str | None
    exporter: str | None
    carrier: str | None
    told: int
    models: str
    receivers: str
    filed: str
    legs: str
    claimed: str


def _kind(
    sent: _Sent, gatherer: Remembered, turn: int
) -> tuple[tuple[object, ...], list[int] | None]:
    """Return what a shipment must have in common with another to be alike, and its own entries.

    A shipment that is told several times, or with racks that were built only later, is like no
    other, and what is said of it has its entries already.
    """
    models, since = json.loads(sent.models)
    if sent.told > 1 or since >= gatherer.clocks.as_of:
        return (sent.event_idx,), None
    receivers = json.loads(sent.receivers)
    parties = (sent.consignee, sent.ultimate_consignee, *receivers)
    parties += (sent.consignor, sent.exporter, sent.carrier)
    own = [json.loads(one) for one in (sent.filed, sent.legs, sent.claimed)]
    kind = (
        *(turn, gatherer.state_of_models, models, sent.from_site, sent.to_site, len(receivers)),
        *(None if one is None else id(gatherer.chain(one)) for one in parties),
        *(tuple(tuple(one[:-1]) for one in some) for some in own),
    )
    return kind, [one[-1] for some in own for one in some]


def _numbered(told: Shipment, of_site: int) -> Shipment:
    """Return a shipment without a name, its own entries numbered.

    Args:
        told: the shipment.
        of_site: how many of its destinations are told of the site, and not of the shipment.
    """
    numbers = count(-1, -1)

    def numbered(some: tuple[Own, ...]) -> tuple[Own, ...]:
        return tuple(one._replace(word=one.word._replace(entry=next(numbers))) for one in some)

    return told._replace(
        shipment="",
        destinations=(*told.destinations[:of_site], *numbered(told.destinations[of_site:])),
        legs=numbered(told.legs),
        authorizations=numbered(told.authorizations),
    )
