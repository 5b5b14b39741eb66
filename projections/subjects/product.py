"""Products: models as classified, batches as commissioned, stock as opened, units' states."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import product as noun
from projections.subjects.row import Row, dated, lines, row, table

SCHEMA = (
    *table(
        "model",
        "classifier! model! kind eccn hts tpp performance_density memory_bandwidth source dated@",
        "model",
    ),
    *table("model_alias", "model! alias!", "alias"),
    *table("model_contents", "model! contains! quantity#", "model"),
    *table("batch", "maker! batch! model! quantity# site!", "batch"),
    *table(
        "stock_opening",
        "holder! stock! site! owner! supplier! from_origin from_index# from_leaf",
        "stock",
    ),
    *table("stocked_rack", "stock! rack! model! chassis_serial!", "rack"),
    *table("units_change", "holder! change! site! to_state owner! method certificate!", "change"),
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


def opened(event: Event, data: noun.StockOpened, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield an opening of stock, the racks that it brings, and its units."""
    other = data.from_entry
    more = {
        "from_origin": None if other is None else other.origin,
        "from_index": None if other is None else other.index,
        "from_leaf": None if other is None else other.leaf,
    }
    yield row("stock_opening", event, data, "holder stock site owner supplier", **more)
    for rack in data.racks:
        yield row("stocked_rack", event, rack, "rack model chassis_serial", stock=data.stock)
    yield from lines(event, data.lines)


def changed(event: Event, data: noun.UnitsStateChanged, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield what became of units, and the units."""
    yield row("units_change", event, data, "holder change site to_state owner method certificate")
    yield from lines(event, data.lines)


ROWS = {
    noun.ModelClassified: classified,
    noun.BatchCommissioned: commissioned,
    noun.StockOpened: opened,
    noun.UnitsStateChanged: changed,
}
