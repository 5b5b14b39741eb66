"""What a run of entries says by itself: rows, postings, lists of serial numbers.

It follows from these entries and their documents alone, so it can be made anywhere and in any
order. What needs what came before (which version counts, where a target stands) is for
`projections.page`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from ledger.entry import Event, disposed_document, target_of
from ledger.events.assurance import InspectionPerformed
from projections import entries, subjects, units
from projections.books import Posting, postings
from projections.books.reducer import Arrival, arrival_of
from projections.sightings import Sightings, read_sightings
from projections.units import Manifest, manifests, read_manifest

Values = Sequence[Any]
"""A row: texts, numbers, None."""


class Fed(Struct, frozen=True, array_like=True):
    """What a manifest of an event says, and how reading it went.

    Attributes:
        event_idx: the event.
        sha256: the document.
        table: `unit` or `sighting`.
        rows: rows of that table.
        skipped: how many of its rows are not well-formed.
        problem: the first thing that is wrong, or None.
    """

    event_idx: int
    sha256: str
    table: str
    rows: Sequence[Values]
    skipped: int
    problem: str | None


class Made(Struct, frozen=True, array_like=True):
    """What the entries start to stop - 1 say by themselves, as far as the log holds them.

    Attributes:
        start: the first position.
        stop: the position after the last.
        rows: rows by table, in the column order of `projections.schema`.
        subjects: rows of subject tables, by (table, column, column …).
        arrivals: what the choice of versions needs of each event, in log order.
        targets: position to the id of the event that it is about. What such an event says of
            itself names where that one stands: its rows of `event` and `signature` are not made.
        postings: position to what the event posts if it counts.
        fed: what its manifests say.
        disposed: documents that were given up.
    """

    start: int
    stop: int
    rows: dict[str, list[Values]]
    subjects: list[tuple[tuple[str, ...], list[Values]]]
    arrivals: list[Arrival]
    targets: dict[int, str]
    postings: dict[int, tuple[Posting, ...]]
    fed: list[Fed]
    disposed: list[str]


def make(
    span: range,
    events: Iterable[Event],
    zone: ZoneInfo,
    document: Callable[[str], bytes | None],
) -> Made:
    """Make what a run of entries says by itself.

    Args:
        span: their positions.
        events: the entries at these that there are, in order.
        zone: the ledger's time zone.
        document: returns a document's bytes by its digest, or None.
    """
    rows: defaultdict[str, list[Values]] = defaultdict(list)
    about: defaultdict[tuple[str, ...], list[Values]] = defaultdict(list)
    made = Made(span.start, span.stop, rows, [], [], {}, {}, [], [])
    for event in events:
        target = target_of(event.statement)
        if target is None:
            rows["event"].append(entries.event_row(event, zone, None))
            rows["signature"] += entries.signature_rows(event, None)
        else:
            made.targets[event.index] = target.id
        rows["expected"] += entries.expected_rows(event)
        rows["document_ref"] += entries.document_rows(event)
        rows["reference"] += entries.reference_rows(event)
        rows["named"] += entries.named_rows(event)
        valid_at, _ = entries.valid(event.statement.occurred, zone)
        rows["unit"] += [(*one, event.index, valid_at) for one in units.replaced(event)]
        for table, row in subjects.rows(event, zone):
            about[table, *row].append(tuple(row.values()))
        made.arrivals.append(arrival_of(event))
        posted = postings(event)
        if posted:
            made.postings[event.index] = posted
        made.fed.extend(fed(event, one, document(one), zone) for one in manifests(event))
        disposed = disposed_document(event.statement)
        if disposed is not None:
            made.disposed.append(disposed)
    made.subjects.extend(about.items())
    return made


def fed(event: Event, sha256: str, content: bytes | None, zone: ZoneInfo) -> Fed:
    """Return what a manifest of an event says; `content` is None where the document is absent."""
    found: Manifest | Sightings
    rows: list[Values]
    if isinstance(event.statement.data, InspectionPerformed):
        found = read_sightings(sha256, content)
        table, rows = "sighting", [(*one, event.index) for one in found.rows]
    else:
        found = read_manifest(event, sha256, content)
        valid_at, _ = entries.valid(event.statement.occurred, zone)
        table, rows = "unit", [(*one, event.index, valid_at) for one in found.units]
    return Fed(event.index, sha256, table, rows, found.skipped, found.problem)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Made)


def packed(made: Made) -> bytes:
    """Return it as bytes that travel between processes."""
    return _encoder.encode(made)


def unpacked(data: bytes) -> Made:
    """Return what was packed; rows are lists where they were tuples."""
    return _decoder.decode(data)
