"""A ledger in memory, for the tests of programs that embed it.

It says of itself that its events are invented. A name stands for the same key in every test, so
anybody can sign with these keys: they are for nothing else.
"""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

from ledger.application import Ledger
from ledger.authority import public_key
from ledger.draft import Circumstances, Submission
from ledger.events.base import EventData, Signatory, new_id
from ledger.events.party import KeyEnrolled, PartyFields, PartyRegistered, Role, RoleGranted
from ledger.opening import Opening
from ledger.signing.signer import MemorySigner, key_id
from ledger.writing import MEMORY, Receipt, Writing

ORIGIN = "ledger.example.invalid/test"
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class Rehearsal:
    """An open ledger in memory with a clock that stands still; its own context manager.

    The same calls give the same bytes in every run.

    Attributes:
        ledger: the ledger.
        now: what its clock says; set it to let time pass.
    """

    def __init__(self, operator: str = "operator", *, zone: str = "UTC") -> None:
        self.now = START
        self._operator = operator
        self._ids = 0
        opening = Opening(
            origin=ORIGIN,
            operator=PartyFields(party=operator, legal_name=operator, display_name=operator),
            ledger_key=public_key(self.signer("@ledger").public_key, "ledger"),
            registrar_key=public_key(self.signer(operator).public_key, "desk"),
            recovery_key=public_key(self.signer("@recovery").public_key, "safe"),
            zone=zone,
            purpose="demonstration",
        )
        draft = opening.draft(self.now, identifier=self._next_id())
        writing = Writing(
            signer=self.signer("@ledger"), clock=lambda: self.now, installation="test"
        )
        self.ledger = Ledger.create(MEMORY, draft.sign(self.signer(operator)), writing)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ledger.close()

    def signer(self, party: str) -> MemorySigner:
        """Return the key that a party signs with here."""
        return MemorySigner.from_seed(sha256(f"rehearsal: {party}".encode()).digest())

    def signatory(self, party: str) -> Signatory:
        """Return a party with its key, as statements name it."""
        return Signatory(party=party, key=key_id(self.signer(party).public_key))

    def party(self, name: str, *roles: Role) -> Signatory:
        """Register a party, enrol its key and grant it roles; the operator only gets the roles.

        Raises:
            Malformed, Refused, Conflict: as `Ledger.append`.
        """
        if name != self._operator:
            self.record(PartyRegistered(party=name, legal_name=name, display_name=name))
            key = public_key(self.signer(name).public_key, "desk")
            self.record(KeyEnrolled(party=name, key=key), self._operator, name)
        for role in roles:
            self.record(RoleGranted(party=name, role=role))
        return self.signatory(name)

    def sign(
        self,
        data: EventData,
        by: str | None = None,
        *others: str,
        given: Circumstances | None = None,
    ) -> Submission:
        """Draft an event and sign it for everybody named.

        Args:
            data: what the event type carries.
            by: whose word it is; the operator's when None.
            others: who signs the same bytes too.
            given: when it happened and the rest; today by the ledger's clock when None.

        Raises:
            Malformed: as `Ledger.draft`.
        """
        names = (by or self._operator, *others)
        today = self.now.astimezone(self.ledger.zone).date().isoformat()
        given = given or Circumstances(occurred=today)
        given = replace(given, id=given.id or self._next_id())
        first, *rest = map(self.signatory, names)
        draft = self.ledger.draft(data, first, given, rest)
        return draft.sign(*map(self.signer, names))

    def record(
        self,
        data: EventData,
        by: str | None = None,
        *others: str,
        given: Circumstances | None = None,
    ) -> Receipt:
        """Draft, sign and append an event; arguments as `sign`.

        Raises:
            Malformed, Refused, Conflict: as `Ledger.append`.
        """
        return self.ledger.append(self.sign(data, by, *others, given=given))

    def _next_id(self) -> str:
        self._ids += 1
        return new_id(self.now, self._ids.to_bytes(10, "big"))
