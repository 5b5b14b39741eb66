"""Title: transfers as they were signed; who owns what follows from the postings."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import title as noun
from projections.subjects.row import Row, lines, row, table

SCHEMA = table(
    "title_transfer",
    "seller! buyer! title! contract! authorization!",
    "title",
    "authorization",
    "buyer",
)


def transferred(event: Event, data: noun.TitleTransferred, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a transfer and its units."""
    yield row("title_transfer", event, data, "seller buyer title contract authorization")
    yield from lines(event, data.lines)


ROWS = {noun.TitleTransferred: transferred}
