"""What an entry says of itself: its dates, who signed, which papers and names it carries.

Pure: rows follow from the event, the ledger's zone, and the position of the event it targets.
Each function returns rows in the column order of `projections.schema`.
"""

from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from ledger.entry import Event
from ledger.events import EVENT_TYPES
from ledger.events.base import Line
from ledger.events.correction import Countersigned, EventVoided
from ledger.events.event_type import EventType, named
from ledger.events.product import BatchCommissioned
from ledger.occurred import interval, utc_text

Values = tuple[int | str | None, ...]
KEY_DIGITS = 16
"""So many hex digits tell a ledger's keys apart, and keep the rows short."""


@lru_cache(maxsize=65_536)
def valid(occurred: str, zone: ZoneInfo) -> tuple[str, str]:
    """Return when an event's postings count from, and the end of its interval (exclusive), UTC."""
    bounds = interval(occurred, zone)
    return utc_text(bounds.posts_at), utc_text(bounds.end)


def event_row(event: Event, zone: ZoneInfo, target: int | None) -> Values:
    """Return the row of table `event`; `target` is the position that it corrects or voids."""
    statement = event.statement
    row = EVENT_TYPES[statement.type]
    valid_at, valid_until = valid(statement.occurred, zone)
    return (
        event.index,
        statement.id,
        event.payload_sha256,
        statement.type,
        row.noun,
        statement.occurred,
        valid_at,
        valid_until,
        event.entry.recorded_at,
        statement.asserted_by,
        statement.basis,
        None if statement.corrects is None else target,
        target if isinstance(statement.data, EventVoided) else None,
        row.opened(statement.data),
        summary(row, statement.data, target),
    )


def summary(row: EventType, data: Struct, target: int | None) -> str:
    """Return an event in a few words: what it is, of what, how many GPUs."""
    words = row.name.partition(".")[0]
    if row.opens is not None:
        words += f" {getattr(data, row.opens[1])}"
    elif target is not None:
        words += f" of entry {target}"
    else:
        words += next((f" {value}" for _, value in named(data)), "")
    if isinstance(data, BatchCommissioned):
        return f"{words}: {data.quantity:,} GPUs"
    lines = [one for one in getattr(data, "lines", ()) if isinstance(one, Line)]
    if not lines:
        return words
    count = len({rack.lower() for one in lines for rack in one.racks})
    place = f" in {count:,} rack{'s' if count > 1 else ''}" if count else ""
    return f"{words}: {sum(one.total for one in lines):,} GPUs{place}"


def signature_rows(event: Event, target: int | None) -> list[Values]:
    """Return the rows of table `signature`: who signed this event, and which one it countersigns.

    A counter-signature is the word of the party that asserts it, whoever else signs its bytes.
    """
    statement = event.statement
    index = event.index
    rows: list[Values] = [
        (index, one.party, index, "signed", one.key[:KEY_DIGITS]) for one in statement.signatories
    ]
    if isinstance(statement.data, Countersigned) and target is not None:
        key = statement.signatories[0].key[:KEY_DIGITS]
        rows.append((target, statement.asserted_by, index, statement.data.stance, key))
    return rows


def expected_rows(event: Event) -> list[Values]:
    """Return the rows of `expected`: parties whose signature the event leads one to expect."""
    row = EVENT_TYPES[event.statement.type]
    return [(event.index, party) for party in row.expected_signers(event.statement)]


def document_rows(event: Event) -> list[Values]:
    """Return the rows of table `document_ref`: the papers that the event names."""
    return [
        (event.index, one.sha256, one.size, one.media_type, one.kind, one.title)
        for one in event.statement.documents
    ]


def reference_rows(event: Event) -> list[Values]:
    """Return the rows of table `reference`: numbers on paper."""
    return [(event.index, one.type, one.value) for one in event.statement.references]


def named_rows(event: Event) -> list[Values]:
    """Return the rows of table `named`: every identifier, country and party, its signers too.

    Each once, in the spelling that comes first.
    """
    index = event.index
    found = [("party", one.party) for one in event.statement.signatories]
    found += named(event.statement.data)
    once: dict[tuple[str, str], Values] = {}
    for kind, value in found:
        once.setdefault((kind, value.lower()), (kind, value, index))
    return list(once.values())
