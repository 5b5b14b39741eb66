"""A ledger to tell stories with: parties with keys, one clock, an audit after every step.

Keys come from the party's name and ids from a counter, so that the same story always gives the
same bytes.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from msgspec import structs

from ledger import canonical
from ledger.application import Ledger
from ledger.authority import public_key
from ledger.draft import Circumstances, Document, Draft, Submission
from ledger.events.base import EventData, Signatory, Statement, new_id, signatories
from ledger.events.ledger import LedgerOpened, Purpose
from ledger.events.party import KeyEnrolled, PartyFields, PartyRegistered, RoleGranted
from ledger.place import Place
from ledger.rights import RIGHTS_NAME, RIGHTS_SHA256
from ledger.signing.signer import MemorySigner, key_id
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.report import Report
from ledger.writing import MEMORY, Receipt, Writing

ORIGIN = "ledger.operator.invalid/test"
START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def signer_of(name: str) -> MemorySigner:
    """Return the key that a name stands for, the same every time."""
    return MemorySigner.from_seed(hashlib.sha256(f"test key: {name}".encode()).digest())


def signatory(party: str, name: str | None = None) -> Signatory:
    return Signatory(party=party, key=key_id(signer_of(name or party).public_key))


def opening_data(purpose: Purpose = "demonstration", **more: object) -> LedgerOpened:
    """Return what entry 0 says; `more` names what is otherwise than usual."""
    usual = LedgerOpened(
        origin=ORIGIN,
        purpose=purpose,
        zone="Asia/Kuala_Lumpur",
        rights=RIGHTS_NAME,
        rights_sha256=RIGHTS_SHA256,
        checkpoint_key=public_key(signer_of("ledger").public_key, "ledger"),
        operator=PartyFields(
            party="operator", legal_name="Operator Sdn Bhd", display_name="Operator"
        ),
        registrar_key=public_key(signer_of("operator").public_key, "compliance desk"),
        recovery_key=public_key(signer_of("recovery").public_key, "safe"),
    )
    return structs.replace(usual, **more)


class Story:
    """An open ledger with its operator; a context manager."""

    def __init__(
        self,
        place: Place | None = None,
        *,
        high_water: Path | None = None,
        purpose: Purpose = "demonstration",
    ) -> None:
        self.now = START
        self.opening = opening_data(purpose)
        self.ids = 0
        self.high_water = high_water
        self.operator = "operator"
        self.keys: dict[str, str] = {"operator": "operator"}
        self.url = MEMORY if place is None else str(place)
        self.ledger = Ledger.create(self.url, self._opening(), self.writing())

    def writing(self, key: str = "ledger") -> Writing:
        """Return what writing with this key needs; a ledger of record has the machine's clock."""
        return Writing(
            signer=signer_of(key),
            high_water=self.high_water,
            clock=self.clock if self.opening.purpose == "demonstration" else None,
            installation="test",
        )

    def clock(self) -> datetime:
        """Return a time that moves on a second with each look."""
        self.now += timedelta(seconds=1)
        return self.now

    def next_id(self) -> str:
        self.ids += 1
        random = hashlib.sha256(f"id {self.ids}".encode()).digest()[:10]
        return new_id(START + timedelta(seconds=self.ids), random)

    def _opening(self) -> Submission:
        statement = Statement(
            ledger=ORIGIN,
            id=self.next_id(),
            type="LedgerOpened.v1",
            occurred="2026-01-05",
            asserted_by="operator",
            basis="first_party",
            signatories=signatories(signatory("operator")),
            data=self.opening,
        )
        return Draft(statement).sign(signer_of("operator"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ledger.close()

    def signatory(self, party: str) -> Signatory:
        """Return a party with the key that it signs with at present."""
        return signatory(party, self.keys[party])

    def draft(
        self,
        data: EventData,
        by: str,
        *others: str,
        occurred: str = "2026-01-05",
        **given: object,
    ) -> Draft:
        """Draft a statement that `by` and the others are to sign with their present keys."""
        circumstances = Circumstances(occurred=occurred, id=self.next_id(), **given)  # type: ignore[arg-type]  # by name
        named = [self.signatory(one) for one in others]
        return self.ledger.draft(data, self.signatory(by), circumstances, named)

    def submission(self, data: EventData, by: str, *others: str, **given: object) -> Submission:
        """Draft and sign."""
        draft = self.draft(data, by, *others, **given)  # type: ignore[arg-type]  # by name
        return draft.sign(*(signer_of(self.keys[one]) for one in (by, *others)))

    def record(self, data: EventData, by: str, *others: str, **given: object) -> Receipt:
        """Draft, sign and append one event."""
        return self.ledger.append(self.submission(data, by, *others, **given))

    def enrollment(self, party: str, key: str, *others: str) -> Submission:
        """Sign the enrolment of the key `key` for a party by operator, that key and others."""
        data = KeyEnrolled(party=party, key=public_key(signer_of(key).public_key, "desk"))
        signers = [signatory(party, key), *(signatory(one, self.keys[one]) for one in others)]
        circumstances = Circumstances(occurred="2026-01-05", id=self.next_id())
        draft = self.ledger.draft(data, self.signatory("operator"), circumstances, signers)
        names = [self.keys["operator"], key, *(self.keys[one] for one in others)]
        return draft.sign(*map(signer_of, names))

    def party(self, name: str, *roles: str) -> str:
        """Register a party, enrol its key and grant it roles."""
        if name != self.operator:
            data = PartyRegistered(party=name, legal_name=f"{name} Ltd", display_name=name.title())
            self.record(data, "operator")
            self.ledger.append(self.enrollment(name, name))
            self.keys[name] = name
        for role in roles:
            self.record(RoleGranted(party=name, role=role), "operator")  # type: ignore[arg-type]  # from a literal
        return name

    def trust(self, **more: object) -> Trust:
        """Return what an auditor who knows this ledger brings."""
        return Trust(fingerprint=self.ledger.fingerprint, **more)  # type: ignore[arg-type]  # by name

    def audit(self, *, workers: int = 1, **more: object) -> Report:
        """Audit the whole ledger."""
        return audit(self.ledger.source(), self.trust(**more), workers=workers)


def codes(report: Report) -> set[str]:
    """Return the codes of the conditions that a report names."""
    return {mark.code for mark in report.marks}


def manifest(serials: Sequence[str], title: str = "serials") -> Document:
    """Return a batch manifest with these serial numbers."""
    text = "serial\n" + "".join(f"{one}\n" for one in serials)
    return Document(text.encode(), "serial_manifest", title, "text/csv")


ordered = canonical.ordered
