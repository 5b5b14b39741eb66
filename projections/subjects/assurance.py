"""Assurance: inspections and samples, incidents, answers to findings, legal holds."""

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
    *table("inspection_notice", "site! host! starts@ ends@ method", "site"),
    *table(
        "incident",
        "incident! kind party! site! shipment! lease! quantity# qualifier discovered@ reported_to"
        " case_number!",
        "incident",
    ),
    *table("incident_subject", "incident! kind value!", "incident", "value"),
    *table("finding_answer", "code subject! entry_id answer reason", "code"),
    *table("hold", "hold! requested_by reason", "hold"),
    *table("hold_scope", "hold! kind value!", "hold", "value"),
    *table("hold_release", "hold! reason", "hold"),
)

_INCIDENT = "incident kind party site shipment lease reported_to case_number"


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


def announced(event: Event, data: noun.InspectionAnnounced, zone: ZoneInfo) -> Iterator[Row]:
    """Yield an inspection that is announced."""
    days = dated(zone, starts=data.starts, ends=data.ends)
    yield row("inspection_notice", event, data, "site host method", **days)


def incident(event: Event, data: noun.IncidentReported, zone: ZoneInfo) -> Iterator[Row]:
    """Yield an incident, and each batch, rack and unit that it is about."""
    amount = data.quantity
    more = dated(zone, discovered=data.discovered) | {
        "quantity": None if amount is None else amount.value,
        "qualifier": None if amount is None else amount.qualifier,
    }
    yield row("incident", event, data, _INCIDENT, **more)
    kinds = (("batch", data.batches), ("rack", data.racks), ("serial", data.serials))
    for kind, values in kinds:
        for value in values:
            yield row("incident_subject", event, data, "incident", kind=kind, value=value)


def answered(event: Event, data: noun.FindingAnswered, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield an answer to a finding."""
    entry = None if data.entry is None else data.entry.id
    yield row("finding_answer", event, data, "code subject answer reason", entry_id=entry)


def hold_placed(event: Event, data: noun.LegalHoldPlaced, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a hold and what it covers; no scope row stands for everything."""
    yield row("hold", event, data, "hold requested_by reason")
    scope = data.scope
    for kind, values in (
        ("party", scope.parties),
        ("site", scope.sites),
        ("batch", scope.batches),
        ("rack", scope.racks),
        ("shipment", scope.shipments),
        ("lease", scope.leases),
        ("document", scope.documents),
    ):
        for value in values:
            yield row("hold_scope", event, data, "hold", kind=kind, value=value)


def hold_released(event: Event, data: noun.LegalHoldReleased, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield the end of a hold."""
    yield row("hold_release", event, data, "hold reason")


ROWS = {
    noun.SamplePlanCommitted: committed,
    noun.InspectionAnnounced: announced,
    noun.InspectionPerformed: performed,
    noun.IncidentReported: incident,
    noun.FindingAnswered: answered,
    noun.LegalHoldPlaced: hold_placed,
    noun.LegalHoldReleased: hold_released,
}
