"""Plans: what is said to come, how that changes, and the racks that are said to fulfil it."""

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
    *table(
        "plan_change",
        "planner! plan! stage cancelled# country! site! quantity# qualifier racks# racks_qualifier"
        " cluster owner! operator! supplier! for_party! purpose window_from@ window_to@ reason",
        "plan",
    ),
    *table("plan_rack", "operator! plan! rack!", "plan", "rack"),
)
_TERMS = "planner plan stage country site cluster owner operator supplier for_party purpose"


def planned(event: Event, data: noun.DeploymentPlanned, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a plan with its figures and what is known of them."""
    yield row("plan", event, data, f"{_TERMS} model", **_figures(data, zone))


def changed(event: Event, data: noun.DeploymentChanged, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a change of a plan; what is null stays as it was."""
    yield row("plan_change", event, data, f"{_TERMS} cancelled reason", **_figures(data, zone))


def _figures(
    data: noun.DeploymentPlanned | noun.DeploymentChanged, zone: ZoneInfo
) -> dict[str, object]:
    found = dated(zone, window_from=data.window_from, window_to=data.window_to)
    for name, qualifier, amount in (
        ("quantity", "qualifier", data.quantity),
        ("racks", "racks_qualifier", data.racks),
    ):
        found[name] = None if amount is None else amount.value
        found[qualifier] = None if amount is None else amount.qualifier
    return found


def fulfilled(event: Event, data: noun.DeploymentFulfilled, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a row for each rack that is said to fulfil a plan."""
    for rack in data.racks:
        yield row("plan_rack", event, data, "operator plan", rack=rack)


ROWS = {
    noun.DeploymentPlanned: planned,
    noun.DeploymentChanged: changed,
    noun.DeploymentFulfilled: fulfilled,
}
