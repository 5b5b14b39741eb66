"""Products: models as they were classified, batches as they were commissioned."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import product as noun
from projections.subjects.row import Row, dated, row, table

SCHEMA = (
    *table(
        "model",
        "classifier! model! kind eccn hts tpp performance_density memory_bandwidth source dated@",
        "model",
    ),
    *table("model_alias", "model! alias!", "alias"),
    *table("model_contents", "model! contains! quantity#", "model"),
    *table("batch", "maker! batch! model! quantity# site!", "batch"),
)
_CLASSIFIED = "classifier model kind eccn hts tpp performance_density memory_bandwidth source"


def classified(event: Event, data: noun.ModelClassified, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a model's classification, its other names, and the chips of an assembly."""
    yield row("model", event, data, _CLASSIFIED, **dated(zone, dated=data.dated))
    for alias in data.aliases:
        yield row("model_alias", event, data, "model", alias=alias)
    for item in data.contains:
        yield row("model_contents", event, item, "quantity", model=data.model, contains=item.model)


def commissioned(event: Event, data: noun.BatchCommissioned, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a batch."""
    yield row("batch", event, data, "maker batch model quantity site")


ROWS = {noun.ModelClassified: classified, noun.BatchCommissioned: commissioned}
