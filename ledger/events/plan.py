"""Plans: what is said to come. They never touch a balance."""

from typing import Annotated, Literal

from msgspec import Meta

from ledger.events.base import (
    Amount,
    Country,
    EventData,
    ModelId,
    Name,
    PartyId,
    PlanId,
    RackId,
    SiteId,
)
from ledger.occurred import Occurred


class DeploymentPlanned(EventData, frozen=True, kw_only=True):
    """A deployment is considered, planned or contracted.

    Attributes:
        planner: the acting party; None in a third-party report.
        plan: identifier.
        stage: how firm it is.
        country: where, or None.
        site: where, if known.
        model: chip model.
        quantity: GPUs, with what is known of the figure.
        racks: racks, with what is known of the figure, or None.
        cluster: name of the cluster, or None.
        owner: who is to own, or None.
        operator: who is to operate, or None.
        supplier: who is to supply, or None.
        for_party: who is to use it, or None.
        purpose: what for, or None.
        window_from: earliest date, or None.
        window_to: latest date, or None.
    """

    planner: PartyId | None = None
    plan: PlanId
    stage: Literal["considered", "planned", "contracted"]
    country: Country | None = None
    site: SiteId | None = None
    model: ModelId
    quantity: Amount
    racks: Amount | None = None
    cluster: Name | None = None
    owner: PartyId | None = None
    operator: PartyId | None = None
    supplier: PartyId | None = None
    for_party: PartyId | None = None
    purpose: Name | None = None
    window_from: Occurred | None = None
    window_to: Occurred | None = None


class DeploymentChanged(EventData, frozen=True, kw_only=True):
    """A plan becomes firmer or vaguer, changes in its particulars, or is cancelled.

    Attributes:
        planner: the acting party; None in a third-party report.
        plan: which plan.
        stage: how firm it is from now on, or None where that stays.
        cancelled: whether it is given up.
        country: new country, or None where it stays; so with all that follow.
        site: where.
        quantity: GPUs, with what is known of the figure.
        racks: racks, likewise.
        cluster: name of the cluster.
        owner: who is to own.
        operator: who is to operate.
        supplier: who is to supply.
        for_party: who is to use it.
        purpose: what for.
        window_from: earliest date.
        window_to: latest date.
        reason: why, in a sentence, or None.
    """

    planner: PartyId | None = None
    plan: PlanId
    stage: Literal["considered", "planned", "contracted"] | None = None
    cancelled: bool = False
    country: Country | None = None
    site: SiteId | None = None
    quantity: Amount | None = None
    racks: Amount | None = None
    cluster: Name | None = None
    owner: PartyId | None = None
    operator: PartyId | None = None
    supplier: PartyId | None = None
    for_party: PartyId | None = None
    purpose: Name | None = None
    window_from: Occurred | None = None
    window_to: Occurred | None = None
    reason: Name | None = None


class DeploymentFulfilled(EventData, frozen=True, kw_only=True):
    """Racks that exist fulfil a plan, in whole or in part.

    Attributes:
        operator: the acting party: operator, holder or owner.
        plan: which plan.
        racks: the racks.
    """

    operator: PartyId | None = None
    plan: PlanId
    racks: Annotated[tuple[RackId, ...], Meta(min_length=1)]
