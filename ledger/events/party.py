"""Parties: who they are, which keys and roles they have, who stands behind them."""

from typing import Annotated, Literal

from msgspec import Meta

from ledger.canonical import Canonical, Decimal, Sha256Hex
from ledger.events.base import Count, Country, EventData, Name, PartyId, PublicKey, Text
from ledger.occurred import Occurred

Role = Literal[
    "registrar",
    "maker",
    "integrator",
    "exporter",
    "forwarder",
    "operator",
    "owner",
    "lessee",
    "certifier",
    "authority",
    "auditor",
    "reporter",
]
PartyKind = Literal["listed", "private", "holding", "state", "natural"]
Lei = Annotated[str, Meta(pattern=r"^[0-9A-Z]{18}[0-9]{2}\Z")]


class PartyFields(EventData, frozen=True, kw_only=True):
    """What a registration says of a party.

    Attributes:
        party: identifier.
        legal_name: name in the register of companies.
        display_name: name that tables and reports print.
        kind: `listed`, `private`, `holding`, `state` or `natural`; None where unknown.
        founded: date with its precision, or None.
        country: country of registration (ISO 3166-1), or None.
        lei: legal entity identifier (ISO 17442), or None.
    """

    party: PartyId
    legal_name: Name
    display_name: Name
    kind: PartyKind | None = None
    founded: Occurred | None = None
    country: Country | None = None
    lei: Lei | None = None


class PartyRegistered(PartyFields, frozen=True, kw_only=True):
    """A party is known to this ledger; the registrar's own act. Again by the same: an update."""


class ActsFor(Canonical, frozen=True, kw_only=True):
    """An agency: the party may assert first-party statements of the principal's.

    Attributes:
        principal: the party whose acts the agent states; it signs the grant.
        types: names of the event types that the agency covers.
    """

    principal: PartyId
    types: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[A-Z][A-Za-z]{1,40}\Z")], ...], Meta(min_length=1)
    ]


class RoleGranted(EventData, frozen=True, kw_only=True):
    """A party holds a role from this entry on, or acts for a principal.

    Attributes:
        party: who gets it.
        role: the role; None where the grant is an agency alone.
        acts_for: the agency, or None.
    """

    party: PartyId
    role: Role | None = None
    acts_for: ActsFor | None = None


class RoleWithdrawn(EventData, frozen=True, kw_only=True):
    """A role or an agency ends at this entry.

    Attributes:
        party: who loses it.
        role: the role, or None.
        acts_for: the agency's principal, or None.
        reason: why, in a sentence.
    """

    party: PartyId
    role: Role | None = None
    acts_for: PartyId | None = None
    reason: Name


class KeyEnrolled(EventData, frozen=True, kw_only=True):
    """A public key signs for a party from this entry on; once per ledger, for one party, for ever.

    Signed by the registrar, by the new key and, where the party has one, by its key in force.

    Attributes:
        party: whose key it is.
        key: the key, its algorithm, and the post or device that keeps it.
    """

    party: PartyId
    key: PublicKey


class KeyRevoked(EventData, frozen=True, kw_only=True):
    """A key signs no longer from this entry on; what it signed before stays valid.

    Attributes:
        party: whose key it is.
        key: SHA-256 of the raw public key.
        reason: why.
        doubted_since: index of the first entry of this key that the registrar doubts, or None;
            those entries stay valid and raise KEY-DOUBTED.
    """

    party: PartyId
    key: Sha256Hex
    reason: Literal["superseded", "lost", "compromised", "holder_left", "other"]
    doubted_since: Count | None = None


class HeadquartersDeclared(EventData, frozen=True, kw_only=True):
    """Where a party is headquartered, and where its ultimate parent is.

    Attributes:
        party: about whom.
        country: country of its headquarters.
        parent_country: country of the ultimate parent's headquarters, if different.
    """

    party: PartyId
    country: Country
    parent_country: Country | None = None


class OwnershipDeclared(EventData, frozen=True, kw_only=True):
    """One party owns a share of another.

    Attributes:
        owner: who owns; None where the source names nobody.
        owned: who is owned.
        percent: share as a decimal, "0" ends it; None where unknown.
        direct: whether it is held directly; None where unknown.
    """

    owner: PartyId | None = None
    owned: PartyId
    percent: Decimal | None = None
    direct: bool | None = None


class PartyChecked(EventData, frozen=True, kw_only=True):
    """A party was checked against a list, or by questions.

    Attributes:
        party: about whom.
        kind: what was checked.
        list_name: name and date of the list, or None.
        list_sha256: SHA-256 of the list as used, or None.
        result: `clear`, `match` or `inconclusive`.
        remark: what was found, or None.
    """

    party: PartyId
    kind: Literal["list", "kyc", "end_use", "military_wmd", "users"]
    list_name: Name | None = None
    list_sha256: Sha256Hex | None = None
    result: Literal["clear", "match", "inconclusive"]
    remark: Text | None = None
