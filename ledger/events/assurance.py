"""Assurance: inspections and their samples, incidents, answers to findings, legal holds."""

from typing import Annotated, Literal

from msgspec import Meta

from ledger.canonical import Canonical, Sha256Hex
from ledger.events.base import (
    Amount,
    BatchId,
    Code,
    Count,
    EventData,
    HoldId,
    IncidentId,
    InspectionId,
    LeaseId,
    Name,
    PartyId,
    Quantity,
    RackId,
    SamplePlanId,
    ShipmentId,
    SiteId,
    Target,
    Text,
)
from ledger.occurred import Occurred


class SamplePlan(Canonical, frozen=True, kw_only=True):
    """What an auditor commits to before the custodian knows of it.

    The draw takes the `count` serials (racks where no serial is recorded) with the lowest
    SHA-256(seed, root, serial).

    Attributes:
        seed: 32 random bytes in hex.
        size: tree size of the checkpoint whose stock is sampled.
        root: its root hash.
        site: where.
        count: how many to draw.
    """

    seed: Sha256Hex
    size: Count
    root: Sha256Hex
    site: SiteId
    count: Quantity


class SamplePlanCommitted(EventData, frozen=True, kw_only=True):
    """An auditor commits to a sample plan by its digest.

    Attributes:
        sample: identifier.
        plan_sha256: SHA-256 of the plan's canonical bytes.
        site: where, or None while it stays undisclosed.
        made: when the plan was made.
    """

    sample: SamplePlanId
    plan_sha256: Sha256Hex
    site: SiteId | None = None
    made: Occurred


class InspectionAnnounced(EventData, frozen=True, kw_only=True):
    """An auditor or authority tells that it will inspect a site.

    What is recorded after the announcement of what was before it is looked at twice.

    Attributes:
        site: where.
        host: the party whose site it is, or None.
        starts: earliest day of the inspection.
        ends: latest day, or None.
        method: how, for people.
    """

    site: SiteId
    host: PartyId | None = None
    starts: Occurred
    ends: Occurred | None = None
    method: Text


class InspectionPerformed(EventData, frozen=True, kw_only=True):
    """An auditor or authority looked, and what was found.

    Attributes:
        inspection: identifier.
        site: where.
        host: the party whose site it is; its signature is expected.
        sample: the committed sample plan, or None.
        plan: the plan revealed, or None.
        method: how, for people.
        strength: 0 self-declaration, 1 labels, 2 witnessed count, 3 in-band telemetry, 4 device
            attestation, 5 attestation with the auditor's nonce and a proof of place.
        counted: units looked at.
        found: units found as recorded.
        exceptions: what was not as recorded.
        present: posts or organisations present; no person's name.
        limits: what could not be looked at, or None.
    """

    inspection: InspectionId
    site: SiteId
    host: PartyId | None = None
    sample: SamplePlanId | None = None
    plan: SamplePlan | None = None
    method: Text
    strength: Annotated[int, Meta(ge=0, le=5)]
    counted: Count
    found: Count
    exceptions: tuple[Text, ...] = ()
    present: tuple[Name, ...] = ()
    limits: Text | None = None


class IncidentReported(EventData, frozen=True, kw_only=True):
    """Something went wrong, or is suspected to. It moves nothing; the account goes into the annex.

    Attributes:
        incident: identifier.
        kind: `theft`, `loss`, `tamper` or `diversion_suspected`.
        party: who is concerned, or None.
        site: where, or None.
        shipment: on which shipment, or None.
        lease: under which lease, or None.
        batches: of which batches.
        racks: which racks.
        serials: which units, where known.
        quantity: GPUs concerned, with what is known of the figure, or None.
        discovered: when it was found out, or None.
        reported_to: authority that was told, or None; free text, as it need not be a party.
        case_number: its number for the case, or None.
    """

    incident: IncidentId
    kind: Literal["theft", "loss", "tamper", "diversion_suspected"]
    party: PartyId | None = None
    site: SiteId | None = None
    shipment: ShipmentId | None = None
    lease: LeaseId | None = None
    batches: tuple[BatchId, ...] = ()
    racks: tuple[RackId, ...] = ()
    serials: tuple[Code, ...] = ()
    quantity: Amount | None = None
    discovered: Occurred | None = None
    reported_to: Name | None = None
    case_number: Code | None = None


class FindingAnswered(EventData, frozen=True, kw_only=True):
    """A party explains or accepts a finding. The finding stays, with the answer beside it.

    Attributes:
        code: code of the finding, such as SHIP-OVERDUE.
        subject: what it is about, as `kind:name`, such as `shipment:SHP-13`.
        entry: the entry that the finding names first, or None.
        answer: `explained` or `accepted`.
        reason: why.
    """

    code: Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*\Z", max_length=40)]
    subject: Annotated[
        str, Meta(pattern=r"^[a-z][a-z_]{0,31}:[!-~]([ -~]*[!-~])?\Z", max_length=100)
    ]
    entry: Target | None = None
    answer: Literal["explained", "accepted"]
    reason: Text


class HoldScope(Canonical, frozen=True, kw_only=True):
    """What a hold covers; each list adds to it, and all of them empty stand for everything."""

    parties: tuple[PartyId, ...] = ()
    sites: tuple[SiteId, ...] = ()
    batches: tuple[BatchId, ...] = ()
    racks: tuple[RackId, ...] = ()
    shipments: tuple[ShipmentId, ...] = ()
    leases: tuple[LeaseId, ...] = ()
    documents: tuple[Sha256Hex, ...] = ()


class LegalHoldPlaced(EventData, frozen=True, kw_only=True):
    """Nothing of a scope may be disposed of until the hold is released (15 CFR 762.6(b)).

    Attributes:
        hold: identifier.
        scope: what it covers.
        requested_by: who asks for it, or None; free text, as it need not be a party.
        reason: why, in a sentence.
    """

    hold: HoldId
    scope: HoldScope
    requested_by: Name | None = None
    reason: Name


class LegalHoldReleased(EventData, frozen=True, kw_only=True):
    """A legal hold ends: what it covered may be disposed of again, by its terms.

    Attributes:
        hold: which hold.
        reason: why, in a sentence.
    """

    hold: HoldId
    reason: Name
