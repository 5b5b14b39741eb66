"""Rights: whether a party may assert a statement at a position, or why not.

`may` decides on form and authority alone (vocabulary, "Who may assert"): it never looks at a
balance, a date or the state of the world. The table it reads is `ledger.events`, in a version
that the ledger names by digest.
"""

import hashlib

from ledger.authority import Authority, raw_key
from ledger.errors import Conflict, Refused, Unavailable
from ledger.events import EVENT_TYPES
from ledger.events import ledger as ledger_noun
from ledger.events import party as party_noun
from ledger.events.base import Statement
from ledger.events.event_type import OPERATOR, TRADE_ROLES, EventType
from ledger.events.rights_table import rights_table
from ledger.signing.ed25519 import check_public_key
from ledger.signing.signer import key_id

RIGHTS_NAME = "chipledger-rights-v1"
RIGHTS_SHA256 = hashlib.sha256(rights_table()).hexdigest()
KNOWN_RIGHTS = {RIGHTS_NAME: RIGHTS_SHA256}
"""Every version of the table that this program can decide by."""


def may(authority: Authority, statement: Statement, index: int) -> None:
    """Allow a statement at a position, or raise.

    Raises:
        Refused: another ledger's, an unknown or unauthorised signer, a basis or role that the
            table does not allow; the code says which.
        Conflict: KEY-ENROLLED-BEFORE, ROLE-HELD.
        Malformed: KEY-… for a public key that is not canonical.
        Unavailable: RIGHTS-UNKNOWN.
    """
    row = EVENT_TYPES[statement.type]
    opening = isinstance(statement.data, ledger_noun.LedgerOpened)
    if opening != (index == 0):
        raise Refused(
            "NOT-THE-OPENING", "LedgerOpened is entry 0, and entry 0 is LedgerOpened", where="type"
        )
    if opening:
        _check_opening(statement, statement.data)
        return
    if statement.ledger != authority.opened.origin:
        raise Refused(
            "OTHER-LEDGER",
            f"the statement is for {statement.ledger}, this ledger is {authority.opened.origin}",
            where="ledger",
            hint="draft it against this ledger; a signature for one ledger counts in no other",
        )
    check_rights_known(authority, index)
    check_signers(authority, statement, index)
    check_basis(authority, statement, row, index)
    match statement.data:
        case party_noun.KeyEnrolled():
            _check_enrolment(authority, statement, statement.data, index)
        case party_noun.KeyRevoked():
            _check_revocation(authority, statement, statement.data, index)
        case party_noun.RoleGranted():
            _check_grant(authority, statement, statement.data, index)
        case party_noun.RoleWithdrawn():
            _check_withdrawal(authority, statement.data, index)
        case ledger_noun.LedgerKeyRotated():
            _check_rotation(authority, statement, statement.data, index)
        case ledger_noun.RightsAdopted():
            _check_known(statement.data.rights, statement.data.rights_sha256)


def check_rights_known(authority: Authority, index: int) -> None:
    """Raise unless this program knows the rights table in force at a position.

    Raises:
        Unavailable: RIGHTS-UNKNOWN.
    """
    _check_known(*authority.rights_at(index))


def _check_known(name: str, sha256: str) -> None:
    if KNOWN_RIGHTS.get(name) != sha256:
        raise Unavailable(
            "RIGHTS-UNKNOWN",
            f"the rights table {name} ({sha256[:8]}…) is not one that this version knows",
            hint="a newer chipledger may know it",
        )


def check_signers(authority: Authority, statement: Statement, index: int) -> None:
    """Raise unless every signatory's key is in force for it at this position.

    The key that KeyEnrolled carries may sign before it is in force.

    Raises:
        Refused: PARTY-UNKNOWN, KEY-UNENROLLED, KEY-OF-ANOTHER, KEY-NOT-YET or KEY-REVOKED.
    """
    new_key = None
    if isinstance(statement.data, party_noun.KeyEnrolled):
        new_key = key_id(raw_key(statement.data.key))
    for one in statement.signatories:
        if not authority.knows(one.party, index):
            raise Refused(
                "PARTY-UNKNOWN",
                f"{one.party} is not registered in this ledger",
                where="signatories",
                hint="`chipledger party add` registers a party",
            )
        if one.key == new_key and one.party == statement.data.party:
            continue
        authority.key(one.key, one.party, index)


def check_basis(authority: Authority, statement: Statement, row: EventType, index: int) -> None:
    """Raise unless the basis on which a party speaks is one that its roles give it.

    Raises:
        Refused: ROLE, BASIS or ACTOR.
    """
    party, actor = statement.asserted_by, row.actor(statement.data)
    held = {*authority.roles_of(party, index)}
    held |= {OPERATOR} if party.lower() == authority.operator.lower() else set()
    if row.acting is not None and actor is None and statement.basis != "third_party_report":
        raise Refused(
            "ACTOR",
            f"{row.acting} may be unknown only in a third-party report",
            where=row.acting,
        )
    if row.first_party_only and statement.basis != "first_party":
        raise Refused("BASIS", f"{row.name} is admitted as first_party only", where="basis")
    match statement.basis:
        case "first_party":
            agency = authority.agency(party, actor or party, index)
            _check_first_party(statement, row, agency, held)
        case "authority":
            _require(bool(held & {"authority"}), "ROLE", f"{party} does not hold role authority")
        case "counterparty":
            other = actor is not None and actor.lower() != party.lower()
            if not other:
                raise Refused(
                    "BASIS",
                    "a counterparty speaks of what another party did",
                    where="basis",
                    hint="name the party that did it, or leave the basis out for one's own acts",
                )
            _require(bool(held & TRADE_ROLES), "ROLE", f"{party} holds no trade role")
        case _:
            documented = bool(held & TRADE_ROLES) and bool(statement.documents)
            _require(
                bool(held & {"reporter", "auditor"}) or documented,
                "ROLE",
                f"a report by {party} needs role reporter or auditor, or the document attached",
            )


def _check_first_party(
    statement: Statement, row: EventType, agency: frozenset[str], held: set[str]
) -> None:
    party = statement.asserted_by
    actor = row.actor(statement.data) or party
    event = row.name.split(".")[0]
    if actor.lower() != party.lower() and event not in agency:
        raise Refused(
            "ACTOR",
            f"{party} is not {row.acting} {actor} and does not act for it",
            where=row.acting,
            hint="--basis counterparty records what another party did; "
            "`chipledger party role` lets one party act for another",
        )
    if not (held | {"-"}) & row.roles:
        roles = ", ".join(sorted(row.roles))
        other = "; what another party did is recorded with --by and --basis counterparty"
        raise Refused(
            "ROLE",
            f"{party} holds none of the roles that may assert {event}: {roles}",
            where="asserted_by",
            hint=f"`chipledger party role` grants a role{other if row.acting else ''}",
        )


def _require(condition: bool, code: str, message: str) -> None:  # noqa: FBT001  reads as a clause
    if not condition:
        raise Refused(
            code, message, where="asserted_by", hint="`chipledger party role` grants a role"
        )


def _check_opening(statement: Statement, data: ledger_noun.LedgerOpened) -> None:
    _check_known(data.rights, data.rights_sha256)
    keys = [raw_key(one) for one in (data.registrar_key, data.recovery_key, data.checkpoint_key)]
    for key in keys:
        check_public_key(key)
    signer = [(one.party, one.key) for one in statement.signatories]
    if signer != [(data.operator.party, key_id(keys[0]))]:
        raise Refused(
            "OPENING-SIGNER", "entry 0 is signed by the registrar key that it carries, alone"
        )
    if len(set(keys)) < len(keys):
        raise Refused("OPENING-KEYS", "the ledger's three keys must differ")
    if statement.ledger != data.origin:
        raise Refused("OTHER-LEDGER", "entry 0 opens another origin than it is for")
    if statement.basis != "first_party" or statement.seen is not None:
        raise Refused("BASIS", "entry 0 is first_party and has seen nothing before it")


def _check_enrolment(
    authority: Authority, statement: Statement, data: party_noun.KeyEnrolled, index: int
) -> None:
    raw = raw_key(data.key)
    check_public_key(raw)
    _check_known_party(authority, data.party, index)
    if authority.is_used(raw, index):
        raise Conflict(
            "KEY-ENROLLED-BEFORE",
            "a public key is enrolled once per ledger, for one party, and is no ledger key",
            where="key",
            hint="generate a new key",
        )
    if not any(one.key == key_id(raw) and one.party == data.party for one in statement.signatories):
        raise Refused(
            "KEY-NOT-PROVEN",
            "the new key must sign its own enrolment, for its party",
            where="signatories",
        )


def _check_revocation(
    authority: Authority, statement: Statement, data: party_noun.KeyRevoked, index: int
) -> None:
    key = authority.key(data.key, data.party, index)
    own = statement.asserted_by.lower() == key.party.lower()
    registrar = authority.holds(statement.asserted_by, "registrar", index)
    if not own and not registrar:
        raise Refused("ROLE", "a party revokes its own keys, the registrar any party's")
    if data.doubted_since is not None and not registrar:
        raise Refused("ROLE", "only the registrar doubts what a key signed before")
    if data.doubted_since is not None and data.doubted_since > index:
        raise Refused(
            "DOUBT-AHEAD",
            f"entry {data.doubted_since} is not recorded yet",
            hint="name the first entry in doubt",
        )
    if all(one.id == data.key for one in authority.registrar_keys(index)):
        raise Refused("LAST-REGISTRAR-KEY", "the last registrar key cannot be revoked")
    if registrar and data.key == statement.signatories[0].key:
        raise Refused(
            "KEY-SELF",
            "the registrar cannot revoke the key that it signs with",
            hint="sign with another key in force, such as the recovery key",
        )


def _check_grant(
    authority: Authority, statement: Statement, data: party_noun.RoleGranted, index: int
) -> None:
    _check_known_party(authority, data.party, index)
    if data.role is None and data.acts_for is None:
        raise Refused("GRANT-EMPTY", "a grant names a role, an agency or both")
    if data.role is not None and authority.holds(data.party, data.role, index):
        raise Conflict("ROLE-HELD", f"{data.party} holds role {data.role} already")
    if data.acts_for is not None:
        principal = data.acts_for.principal
        if not any(one.party.lower() == principal.lower() for one in statement.signatories):
            raise Refused("PRINCIPAL-ABSENT", f"the principal {principal} must sign the agency")


def _check_withdrawal(authority: Authority, data: party_noun.RoleWithdrawn, index: int) -> None:
    if data.role is None and data.acts_for is None:
        raise Refused("GRANT-EMPTY", "a withdrawal names a role, an agency or both")
    if data.role is not None and not authority.holds(data.party, data.role, index):
        raise Refused("ROLE-NOT-HELD", f"{data.party} does not hold role {data.role}")
    if data.acts_for is not None and not authority.agency(data.party, data.acts_for, index):
        raise Refused("ROLE-NOT-HELD", f"{data.party} does not act for {data.acts_for}")
    if data.role != "registrar":
        return
    party = data.party.lower()
    if party == authority.operator.lower():
        raise Refused("LAST-REGISTRAR", "the ledger operator is registrar for ever")
    if all(one.party.lower() == party for one in authority.registrar_keys(index)):
        raise Refused("LAST-REGISTRAR-KEY", "nobody else could act as registrar")


def _check_rotation(
    authority: Authority, statement: Statement, data: ledger_noun.LedgerKeyRotated, index: int
) -> None:
    raw = raw_key(data.checkpoint_key)
    check_public_key(raw)
    if statement.asserted_by.lower() != authority.operator.lower():
        raise Refused("ROLE", "only the ledger operator rotates the ledger's key")
    if authority.is_used(raw, index):
        raise Conflict("KEY-ENROLLED-BEFORE", "the ledger's new key must be a new key")


def _check_known_party(authority: Authority, party: str, index: int) -> None:
    if not authority.knows(party, index):
        raise Refused(
            "PARTY-UNKNOWN",
            f"{party} is not registered in this ledger",
            where="party",
            hint="`chipledger party add` registers a party",
        )
