"""Events -> rows about parties, sites, racks, shipments, leases … Pure; one noun a file.

A row says what one event said, and is never changed or deleted. Both clocks come from joining
`event` (when it was true) and `counting` (in which states of knowledge the event counts).
"""

from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from ledger.entry import Event
from projections.subjects import (
    assurance,
    authorization,
    certification,
    claim,
    content,
    correction,
    lease,
    ledger,
    party,
    plan,
    product,
    rack,
    shipment,
    site,
    title,
)
from projections.subjects.row import LINES, Row

_NOUNS = (
    ledger,
    party,
    product,
    site,
    authorization,
    rack,
    shipment,
    title,
    certification,
    lease,
    plan,
    claim,
    assurance,
    correction,
)

SCHEMA: tuple[str, ...] = (
    *LINES,
    *content.SCHEMA,
    *(one for noun in _NOUNS for one in noun.SCHEMA),
)
"""Statements that make the tables and their indexes."""

_ROWS: dict[type, Callable[[Event, Any, ZoneInfo], Iterator[Row]]] = {}
for _noun in _NOUNS:
    _ROWS.update(_noun.ROWS)


def rows(event: Event, zone: ZoneInfo) -> Iterator[Row]:
    """Yield (table, row) for what an event says of its subjects.

    Args:
        event: an entry read.
        zone: the ledger's time zone, in which dates without a time are read.
    """
    yield from content.content(event)
    make = _ROWS.get(type(event.statement.data))
    if make is not None:
        yield from make(event, event.statement.data, zone)
