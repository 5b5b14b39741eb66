"""Leases: who uses running capacity."""

from typing import Literal

from ledger.canonical import Canonical, Decimal
from ledger.events.base import (
    Country,
    EventData,
    LeaseChangeId,
    LeaseId,
    Line,
    ModelId,
    Name,
    PartyId,
    Quantity,
    SiteId,
)
from ledger.occurred import Occurred


class Pool(Canonical, frozen=True, kw_only=True):
    """Capacity leased by quantity, not by rack.

    Attributes:
        site: where, or None where the source does not say.
        model: chip model.
        quantity: GPUs, or None where unknown.
    """

    site: SiteId | None = None
    model: ModelId
    quantity: Quantity | None = None


class LeaseStarted(EventData, frozen=True, kw_only=True):
    """Use of capacity begins. `occurred` is when use begins, not when it was agreed.

    Attributes:
        lessor: the acting party; None in a third-party report that names none.
        lease: identifier.
        parent_lease: the lease that this one sublets from, or None.
        lessee: who uses.
        site: where the lines are; None with a pool.
        lines: the units by rack, or none with a pool.
        pool: capacity by quantity, or None with lines.
        service: `iaas`, `bare_metal` or `colocation`; None where unknown.
        country: country of the capacity where no site is known, or None.
        physical_access: whether the lessee may enter; None where unknown.
        purchase_option: whether the lessee may buy; None where unknown.
        purpose: what it is used for, or None.
        agreed_on: day of the agreement, or None.
        until: agreed end, or None; it ends nothing by itself.
    """

    lessor: PartyId | None = None
    lease: LeaseId
    parent_lease: LeaseId | None = None
    lessee: PartyId
    site: SiteId | None = None
    lines: tuple[Line, ...] = ()
    pool: Pool | None = None
    service: Literal["iaas", "bare_metal", "colocation"] | None = None
    country: Country | None = None
    physical_access: bool | None = None
    purchase_option: bool | None = None
    purpose: Name | None = None
    agreed_on: Occurred | None = None
    until: Occurred | None = None


class LeaseChanged(EventData, frozen=True, kw_only=True):
    """A lease is suspended or resumed, gains or gives back capacity, or its terms are altered.

    It names the units that come and go, so that what it posts depends on it alone.

    Attributes:
        lessor: the acting party.
        change: identifier of the act.
        lease: which lease.
        parent_lease: the lease that it is a part of, or None.
        lessee: who uses.
        status: `suspended` or `resumed`; None where only units or terms change.
        site: where the lines are; None where none move.
        added: units that the lessee uses from now on, by rack.
        removed: units that go back, by rack.
        pool_added: capacity by quantity that comes, or None.
        pool_removed: capacity by quantity that goes back, or None.
        service: `iaas`, `bare_metal` or `colocation`, as it is from now on; None where unknown.
        physical_access: whether the lessee may enter from now on, or None where it stays.
        purchase_option: whether the lessee may buy from now on, or None where it stays.
        purpose: what it is used for from now on, or None where it stays.
        until: new agreed end, or None where it stays.
        reason: why, in a sentence.
    """

    lessor: PartyId | None = None
    change: LeaseChangeId
    lease: LeaseId
    parent_lease: LeaseId | None = None
    lessee: PartyId
    status: Literal["suspended", "resumed"] | None = None
    site: SiteId | None = None
    added: tuple[Line, ...] = ()
    removed: tuple[Line, ...] = ()
    pool_added: Pool | None = None
    pool_removed: Pool | None = None
    service: Literal["iaas", "bare_metal", "colocation"] | None = None
    physical_access: bool | None = None
    purchase_option: bool | None = None
    purpose: Name | None = None
    until: Occurred | None = None
    reason: Name


class LeaseEnded(EventData, frozen=True, kw_only=True):
    """Use ends. It names the units again, so that what it posts depends on it alone.

    Attributes:
        reporter: the acting party: lessor or lessee.
        lease: which lease.
        parent_lease: the lease that it was a part of, or None.
        lessee: who used.
        lessor: who gets the capacity back; of a sublease, the lessee of the parent lease.
        site: where the lines are; None with a pool.
        lines: the units by rack, or none with a pool.
        pool: capacity by quantity, or None with lines.
        service: as in the lease; None where unknown.
        reason: why, in a sentence.
    """

    reporter: PartyId | None = None
    lease: LeaseId
    parent_lease: LeaseId | None = None
    lessee: PartyId
    lessor: PartyId | None = None
    site: SiteId | None = None
    lines: tuple[Line, ...] = ()
    pool: Pool | None = None
    service: Literal["iaas", "bare_metal", "colocation"] | None = None
    reason: Name


class UsageReported(EventData, frozen=True, kw_only=True):
    """What was used in a period.

    Attributes:
        reporter: the acting party: lessor or lessee.
        lease: which lease.
        period: month or day.
        gpu_hours: GPU-hours used, or None.
        energy_mwh: energy, MWh, or None.
        countries: countries of access.
    """

    reporter: PartyId | None = None
    lease: LeaseId
    period: Occurred
    gpu_hours: Decimal | None = None
    energy_mwh: Decimal | None = None
    countries: tuple[Country, ...] = ()
