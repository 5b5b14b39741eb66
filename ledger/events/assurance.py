"""Assurance: sample plans committed to beforehand, and inspections."""

from typing import Annotated

from msgspec import Meta

from ledger.canonical import Canonical, Sha256Hex
from ledger.events.base import (
    Count,
    EventData,
    InspectionId,
    Name,
    PartyId,
    Quantity,
    SamplePlanId,
    SiteId,
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
