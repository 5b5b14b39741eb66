"""Parties: registrations, roles, keys, headquarters, owners and checks, each as it was said."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.authority import raw_key
from ledger.entry import Event
from ledger.events import ledger as ledger_noun
from ledger.events import party as noun
from ledger.events.base import PublicKey
from ledger.signing.signer import key_id
from projections.subjects.row import Row, dated, row, table

SCHEMA = (
    *table("party", "party! legal_name display_name kind founded@ country! lei", "party"),
    *table("role_change", "party! role granted# reason", "party"),
    *table("agency_change", "party! principal! type granted# reason", "party", "principal"),
    *table("party_key", "party! key algorithm holder signatures#", "party", "key"),
    *table("key_revocation", "party! key reason doubted_since#", "key"),
    *table("headquarters", "party! country! parent_country!", "party"),
    *table("ownership", "owner! owned! percent direct#", "owned", "owner"),
    *table("party_check", "party! kind list_name list_sha256 result remark", "party"),
)


def opened(event: Event, data: ledger_noun.LedgerOpened, zone: ZoneInfo) -> Iterator[Row]:
    """Yield what the opening says of the ledger's operator: its registration, role and keys."""
    operator = data.operator
    yield _registration(event, operator, zone)
    yield row("role_change", event, operator, "party", role="registrar", granted=True, reason=None)
    for key in (data.registrar_key, data.recovery_key):
        yield _key(event, operator.party, key)


def registered(event: Event, data: noun.PartyRegistered, zone: ZoneInfo) -> Iterator[Row]:
    """Yield a registration; the newest that counts is what the party is called."""
    yield _registration(event, data, zone)


def _registration(event: Event, data: noun.PartyFields, zone: ZoneInfo) -> Row:
    fields = "party legal_name display_name kind country lei"
    return row("party", event, data, fields, **dated(zone, founded=data.founded))


def granted(event: Event, data: noun.RoleGranted, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a role granted, and one row for each event type of an agency."""
    if data.role is not None:
        yield row("role_change", event, data, "party role", granted=True, reason=None)
    if data.acts_for is not None:
        more = {"principal": data.acts_for.principal, "granted": True, "reason": None}
        for name in data.acts_for.types:
            yield row("agency_change", event, data, "party", type=name, **more)


def withdrawn(event: Event, data: noun.RoleWithdrawn, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a role withdrawn, and an agency that ends with all its types."""
    if data.role is not None:
        yield row("role_change", event, data, "party role reason", granted=False)
    if data.acts_for is not None:
        more = {"principal": data.acts_for, "type": None, "granted": False}
        yield row("agency_change", event, data, "party reason", **more)


def enrolled(event: Event, data: noun.KeyEnrolled, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a key, named by the SHA-256 of its raw bytes, and how many of the party's keys sign."""
    yield _key(event, data.party, data.key)


def _key(event: Event, party: str, key: PublicKey) -> Row:
    own = sum(one.party.lower() == party.lower() for one in event.statement.signatories)
    more = {"party": party, "key": key_id(raw_key(key)), "signatures": own}
    return row("party_key", event, key, "algorithm holder", **more)


def revoked(event: Event, data: noun.KeyRevoked, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a key's revocation."""
    yield row("key_revocation", event, data, "party key reason doubted_since")


def headquartered(event: Event, data: noun.HeadquartersDeclared, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield where somebody says that a party and its ultimate parent are headquartered."""
    yield row("headquarters", event, data, "party country parent_country")


def owned(event: Event, data: noun.OwnershipDeclared, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield who somebody says owns a party; the owner is null where nobody is named."""
    yield row("ownership", event, data, "owner owned percent direct")


def checked(event: Event, data: noun.PartyChecked, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a check of a party."""
    yield row("party_check", event, data, "party kind list_name list_sha256 result remark")


ROWS = {
    ledger_noun.LedgerOpened: opened,
    noun.PartyRegistered: registered,
    noun.RoleGranted: granted,
    noun.RoleWithdrawn: withdrawn,
    noun.KeyEnrolled: enrolled,
    noun.KeyRevoked: revoked,
    noun.HeadquartersDeclared: headquartered,
    noun.OwnershipDeclared: owned,
    noun.PartyChecked: checked,
}
