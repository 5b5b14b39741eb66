"""Certifications, such as a maker's tier-1 cloud partner programme."""

from typing import Literal

from ledger.canonical import Canonical
from ledger.events.base import (
    CertificationId,
    Code,
    Country,
    EventData,
    ModelId,
    Name,
    PartyId,
    SiteId,
)
from ledger.occurred import Occurred


class Scope(Canonical, frozen=True, kw_only=True):
    """What a certification covers; an empty list sets no limit of that kind."""

    models: tuple[ModelId, ...] = ()
    countries: tuple[Country, ...] = ()
    sites: tuple[SiteId, ...] = ()


class CertificationGranted(EventData, frozen=True, kw_only=True):
    """A certifier grants a level of a scheme to a party.

    Attributes:
        certifier: the acting party.
        certification: identifier.
        party: who is certified.
        scheme: name of the programme.
        level: level, such as tier-1.
        scope: what it covers.
        checks: names of the checks passed.
        valid_from: first day, or None.
        valid_to: last day, or None where it is open.
    """

    certifier: PartyId | None = None
    certification: CertificationId
    party: PartyId
    scheme: Name
    level: Code
    scope: Scope
    checks: tuple[Name, ...] = ()
    valid_from: Occurred | None = None
    valid_to: Occurred | None = None


class CertificationChanged(EventData, frozen=True, kw_only=True):
    """A certification is suspended, reinstated or revoked, or its scope or validity altered.

    Attributes:
        certifier: the acting party.
        certification: which one.
        party: who is certified.
        status: new status, or None where only terms change.
        scope: new scope, or None.
        valid_to: new last day, or None.
        reason: why, in a sentence.
    """

    certifier: PartyId | None = None
    certification: CertificationId
    party: PartyId
    status: Literal["suspended", "reinstated", "revoked"] | None = None
    scope: Scope | None = None
    valid_to: Occurred | None = None
    reason: Name
