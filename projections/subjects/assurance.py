"""Assurance: sample plans committed to, inspections and what they found."""

import hashlib
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger import canonical
from ledger.entry import Event
from ledger.events import assurance as noun
from projections.subjects.row import Row, dated, row, table

SCHEMA = (
    *table("sample_plan", "sample! plan_sha256 site! made@", "sample"),
    *table(
        "inspection",
        "inspection! site! host! sample! plan_sha256 plan_size# plan_count# method strength#"
        " counted# found# limits",
        "site",
        "inspection",
    ),
    *table("inspection_exception", "inspection! exception"),
    *table("inspection_presence", "inspection! present"),
)


def _digest(plan: noun.SamplePlan) -> str:
    return hashlib.sha256(canonical.encode(plan)).hexdigest()


def committed(event: Event, data: noun.SamplePlanCommitted, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a sample plan by its digest."""
    yield row("sample_plan", event, data, "sample plan_sha256 site", **dated(zone, made=data.made))


def performed(event: Event, data: noun.InspectionPerformed, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield an inspection, the digest of the plan that it reveals, exceptions and presence."""
    fields = "inspection site host sample method strength counted found limits"
    plan = data.plan
    revealed = {
        "plan_sha256": None if plan is None else _digest(plan),
        "plan_size": None if plan is None else plan.size,
        "plan_count": None if plan is None else plan.count,
    }
    yield row("inspection", event, data, fields, **revealed)
    for exception in data.exceptions:
        yield row("inspection_exception", event, data, "inspection", exception=exception)
    for present in data.present:
        yield row("inspection_presence", event, data, "inspection", present=present)


ROWS = {noun.SamplePlanCommitted: committed, noun.InspectionPerformed: performed}
