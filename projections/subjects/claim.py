"""Claims: who is reported to have said what."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import claim as noun
from projections.subjects.row import Row, dated, row, table

SCHEMA = (
    *table(
        "claim",
        "claim! speaker! quotation publisher published_on@ retrieved_on",
        "claim",
        "speaker",
    ),
    *table("claim_subject", "claim! party!", "party"),
)


def reported(event: Event, data: noun.ClaimReported, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a statement as reported, and the parties that it is about."""
    fields = "claim speaker quotation publisher retrieved_on"
    yield row("claim", event, data, fields, **dated(zone, published_on=data.published_on))
    for party in data.subject:
        yield row("claim_subject", event, data, "claim", party=party)


ROWS = {noun.ClaimReported: reported}
