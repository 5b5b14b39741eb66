"""Plans: what is said to come, and the racks that are said to fulfil it."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import plan as noun
from projections.subjects.row import Row, dated, row, table

SCHEMA = (
    *table(
        "plan",
        "planner! plan! stage country! site! model! quantity# qualifier racks# racks_qualifier"
        " cluster owner! operator! supplier! for_party! purpose window_from@ window_to@",
        "plan",
    ),
    *table("plan_rack", "operator! plan! rack!", "plan", "rack"),
)
_PLANNED = "planner plan stage country site model cluster owner operator supplier for_party purpose"


def planned(event: Event, data: noun.DeploymentPlanned, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a plan with its figures and what is known of them."""
    racks = data.racks
    figures = {
        "quantity": data.quantity.value,
        "qualifier": data.quantity.qualifier,
        "racks": None if racks is None else racks.value,
        "racks_qualifier": None if racks is None else racks.qualifier,
    }
    window = dated(zone, window_from=data.window_from, window_to=data.window_to)
    yield row("plan", event, data, _PLANNED, **figures, **window)


def fulfilled(event: Event, data: noun.DeploymentFulfilled, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a row for each rack that is said to fulfil a plan."""
    for rack in data.racks:
        yield row("plan_rack", event, data, "operator plan", rack=rack)


ROWS = {noun.DeploymentPlanned: planned, noun.DeploymentFulfilled: fulfilled}
