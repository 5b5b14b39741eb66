"""What later events say of earlier ones: voids, stances, documents that came or went."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import correction as noun
from ledger.events import document
from projections.subjects.row import Row, dated, row, table

SCHEMA = (
    *table("void", "target_id reason", "target_id"),
    *table("stance", "target_id stance text", "target_id"),
    *table("attachment", "target_id remark", "target_id"),
    *table("disposal", "document reason retention_basis retained_until@ ordered_by", "document"),
)


def voided(event: Event, data: noun.EventVoided, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a void and its reason."""
    yield row("void", event, data, "reason", target_id=data.target.id)


def countersigned(event: Event, data: noun.Countersigned, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield the stance that a party takes, and what it excepts or disputes."""
    yield row("stance", event, data, "stance text", target_id=data.target.id)


def disposed(event: Event, data: document.DocumentDisposed, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a document that the ledger operator gave up."""
    fields = "document reason retention_basis ordered_by"
    yield row("disposal", event, data, fields, **dated(zone, retained_until=data.retained_until))


def attached(event: Event, data: document.DocumentAttached, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield what later documents are said to show; the documents are with the event."""
    yield row("attachment", event, data, "remark", target_id=data.target.id)


ROWS = {
    noun.EventVoided: voided,
    noun.Countersigned: countersigned,
    document.DocumentAttached: attached,
    document.DocumentDisposed: disposed,
}
