"""Authority: who holds which key and role at each position of the log.

A fold over control entries, without I/O. Everything is kept as half-open intervals of positions,
so one folded state answers for every position, and nothing that comes later changes an answer
for an earlier one. A key or role counts from the entry after the one that grants it to the entry
that withdraws it, inclusive: the withdrawing statement itself may still be signed with it.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from ledger.errors import Refused
from ledger.events import ledger as ledger_noun
from ledger.events import party as party_noun
from ledger.events.base import PublicKey, Statement
from ledger.events.event_type import ROLES
from ledger.signing.signer import key_id

Voucher = Literal["opening", "own previous key", "another party", "registrar only"]
_FOREVER = 2**53
_ROLES = tuple(sorted(ROLES))


@dataclass(frozen=True, slots=True)
class EnrolledKey:
    """A public key that a party signs with.

    Attributes:
        id: SHA-256 of the raw key in hex.
        party: whose it is.
        public_key: 32 raw bytes.
        holder: the post or device that keeps it.
        enrolled: index of the entry that enrolled it.
        revoked: index of the entry that revoked it, or None.
        reason: reason of the revocation, or None.
        doubted_since: index from which the registrar doubts it, or None.
        voucher: who vouches for it beside the registrar.
        vouched_by: the parties behind that word.
        previous: ids of the party's own keys that signed its enrolment.
        reset: whether the party had a key before and none of its keys signed this enrolment.
    """

    id: str
    party: str
    public_key: bytes
    holder: str
    enrolled: int
    voucher: Voucher
    vouched_by: tuple[str, ...]
    previous: tuple[str, ...] = ()
    reset: bool = False
    revoked: int | None = None
    reason: str | None = None
    doubted_since: int | None = None

    def in_force(self, index: int) -> bool:
        """Say whether an entry at this position may be signed with it."""
        after = self.enrolled < index or index == 0
        return after and (self.revoked is None or index <= self.revoked)


@dataclass(slots=True)
class Grant:
    """A role or agency in force over positions `start` < index <= `end`."""

    start: int
    end: int = _FOREVER
    types: tuple[str, ...] = ()

    def covers(self, index: int) -> bool:
        """Say whether it counts for an entry at this position."""
        return self.start < index <= self.end


@dataclass
class Authority:
    """The folded state. `apply` adds one control entry; every other method only reads.

    Party names are compared without regard to case.
    """

    opening: ledger_noun.LedgerOpened | None = None
    parties: dict[str, int] = field(default_factory=dict)
    keys: dict[str, EnrolledKey] = field(default_factory=dict)
    roles: dict[tuple[str, str], list[Grant]] = field(default_factory=dict)
    agencies: dict[tuple[str, str], list[Grant]] = field(default_factory=dict)
    checkpoint_keys: list[tuple[int, bytes]] = field(default_factory=list)
    rights: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def opened(self) -> ledger_noun.LedgerOpened:
        """What entry 0 says.

        Raises:
            Refused: LEDGER-NOT-OPENED before entry 0.
        """
        if self.opening is None:
            raise Refused("LEDGER-NOT-OPENED", "entry 0 must be LedgerOpened")
        return self.opening

    @property
    def operator(self) -> str:
        """The ledger operator, for ever."""
        return self.opened.operator.party

    def knows(self, party: str, index: int) -> bool:
        """Say whether a party is registered before this position (entry 0 registers its own)."""
        first = self.parties.get(party.lower())
        return first is not None and (first < index or index == 0)

    def holds(self, party: str, role: str, index: int) -> bool:
        """Say whether a party holds a role for an entry at this position."""
        grants = self.roles.get((party.lower(), role), ())
        return any(grant.covers(index) for grant in grants)

    def roles_of(self, party: str, index: int) -> tuple[str, ...]:
        """Return the roles that a party holds for an entry at this position, sorted."""
        name = party.lower()
        found = [(role, self.roles[name, role]) for role in _ROLES if (name, role) in self.roles]
        return tuple(role for role, grants in found if any(one.covers(index) for one in grants))

    def agency(self, agent: str, principal: str, index: int) -> frozenset[str]:
        """Return the types (without version) of `principal`'s that `agent` may assert."""
        grants = self.agencies.get((agent.lower(), principal.lower()), ())
        return frozenset(name for one in grants if one.covers(index) for name in one.types)

    def key(self, identifier: str, party: str, index: int) -> EnrolledKey:
        """Return the party's key that is in force for an entry at this position.

        Raises:
            Refused: KEY-UNENROLLED, KEY-OF-ANOTHER, KEY-NOT-YET or KEY-REVOKED.
        """
        found = self.keys.get(identifier)
        where = f"key {identifier[:8]}…"
        if found is None:
            raise Refused(
                "KEY-UNENROLLED",
                f"the key {identifier[:8]}… is not enrolled for {party}",
                where=where,
                hint="`chipledger key enroll` brings a party's key into the ledger",
            )
        if found.party.lower() != party.lower():
            raise Refused(
                "KEY-OF-ANOTHER",
                f"the key {identifier[:8]}… is enrolled for {found.party}, not for {party}",
                where=where,
            )
        if found.in_force(index):
            return found
        if found.revoked is not None and index > found.revoked:
            raise Refused(
                "KEY-REVOKED",
                f"the key {identifier[:8]}… of {party} was revoked by entry {found.revoked}",
                where=where,
                hint="sign with a key in force; `chipledger key list` shows them",
            )
        raise Refused(
            "KEY-NOT-YET",
            f"the key {identifier[:8]}… of {party} counts only after entry {found.enrolled}",
            where=where,
        )

    def keys_of(self, party: str, index: int) -> tuple[EnrolledKey, ...]:
        """Return the keys of a party that are in force for an entry at this position."""
        own = (key for key in self.keys.values() if key.party.lower() == party.lower())
        return tuple(key for key in own if key.in_force(index))

    def registrar_keys(self, index: int) -> Iterator[EnrolledKey]:
        """Yield the keys in force of every party that holds the role registrar."""
        for (party, role), grants in self.roles.items():
            if role == "registrar" and any(grant.covers(index) for grant in grants):
                yield from self.keys_of(party, index)

    def rights_at(self, index: int) -> tuple[str, str]:
        """Return name and SHA-256 of the rights table in force for an entry at this position."""
        adopted = [one for one in self.rights if one[0] < index or one[0] == 0]
        return adopted[-1][1], adopted[-1][2]

    def checkpoint_key(self, size: int) -> bytes:
        """Return the raw public key that signs a checkpoint of this size.

        A rotation at index i counts from size i+1 on; that checkpoint carries both signatures.
        """
        return [key for start, key in self.checkpoint_keys if start < size or start == 0][-1]

    def is_used(self, public_key: bytes, index: int) -> bool:
        """Say whether a raw public key was a party's or the ledger's before this position."""
        party_key = self.keys.get(key_id(public_key))
        return (party_key is not None and party_key.enrolled < index) or any(
            key == public_key and start < index for start, key in self.checkpoint_keys
        )

    def apply(self, index: int, statement: Statement) -> None:
        """Fold in one control entry.

        An audit folds before it judges, so a statement that `ledger.rights` would refuse must
        change no earlier answer: first enrolments and first revocations stand.
        """
        data = statement.data
        match data:
            case ledger_noun.LedgerOpened() if index == 0:
                self._open(data)
            case ledger_noun.LedgerKeyRotated():
                self.checkpoint_keys.append((index, raw_key(data.checkpoint_key)))
            case ledger_noun.RightsAdopted():
                self.rights.append((index, data.rights, data.rights_sha256))
            case party_noun.PartyRegistered():
                self.parties.setdefault(data.party.lower(), index)
            case party_noun.RoleGranted():
                self._grant(index, data)
            case party_noun.RoleWithdrawn():
                self._withdraw(index, data)
            case party_noun.KeyEnrolled():
                self._enroll(index, statement, data)
            case party_noun.KeyRevoked():
                self._revoke(index, data)
            case _:  # EventVoided and corrections end events, not authority; a ledger opens once
                pass

    def _open(self, data: ledger_noun.LedgerOpened) -> None:
        self.opening = data
        party = data.operator.party
        self.parties[party.lower()] = 0
        self.roles[party.lower(), "registrar"] = [Grant(-1)]
        self.checkpoint_keys.append((0, raw_key(data.checkpoint_key)))
        self.rights.append((0, data.rights, data.rights_sha256))
        for key in (data.registrar_key, data.recovery_key):
            raw = raw_key(key)
            self.keys[key_id(raw)] = EnrolledKey(
                id=key_id(raw),
                party=party,
                public_key=raw,
                holder=key.holder,
                enrolled=0,
                voucher="opening",
                vouched_by=(party,),
            )

    def _grant(self, index: int, data: party_noun.RoleGranted) -> None:
        if data.role is not None:
            self.roles.setdefault((data.party.lower(), data.role), []).append(Grant(index))
        if data.acts_for is not None:
            pair = (data.party.lower(), data.acts_for.principal.lower())
            grant = Grant(index, types=data.acts_for.types)
            self.agencies.setdefault(pair, []).append(grant)

    def _revoke(self, index: int, data: party_noun.KeyRevoked) -> None:
        key = self.keys.get(data.key)
        if key is not None and key.revoked is None:
            self.keys[data.key] = replace(
                key, revoked=index, reason=data.reason, doubted_since=data.doubted_since
            )

    def _withdraw(self, index: int, data: party_noun.RoleWithdrawn) -> None:
        ended = []
        if data.role is not None:
            ended += self.roles.get((data.party.lower(), data.role), [])
        if data.acts_for is not None:
            ended += self.agencies.get((data.party.lower(), data.acts_for.lower()), [])
        for grant in ended:
            grant.end = min(grant.end, index)

    def _enroll(self, index: int, statement: Statement, data: party_noun.KeyEnrolled) -> None:
        raw = raw_key(data.key)
        if key_id(raw) in self.keys:  # the first enrolment stands, for ever
            return
        own = {key.id for key in self.keys.values() if key.party.lower() == data.party.lower()}
        signers = statement.signatories
        concerned = {statement.asserted_by.lower(), data.party.lower()}
        others = {one.party for one in signers if one.party.lower() not in concerned}
        voucher: Voucher = "registrar only"
        vouched_by: tuple[str, ...] = (statement.asserted_by,)
        previous = tuple(one.key for one in signers if one.key in own)
        if previous:
            voucher, vouched_by = "own previous key", (data.party,)
        elif others:
            voucher, vouched_by = "another party", tuple(sorted(others))
        self.keys[key_id(raw)] = EnrolledKey(
            id=key_id(raw),
            party=data.party,
            public_key=raw,
            holder=data.key.holder,
            enrolled=index,
            voucher=voucher,
            vouched_by=vouched_by,
            previous=previous,
            reset=bool(own) and not previous,
        )


def raw_key(key: PublicKey) -> bytes:
    """Return the 32 raw bytes of an enrolled public key."""
    return base64.b64decode(key.key)


def public_key(raw: bytes, holder: str) -> PublicKey:
    """Return a raw public key in the form that events carry."""
    return PublicKey(algorithm="ed25519", key=base64.b64encode(raw).decode(), holder=holder)
