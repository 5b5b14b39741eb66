"""The stage of the demonstration: a ledger with scripted clocks, ids and keys.

Keys come from public names, so they protect nothing: that is why the ledger says demonstration.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from ledger.application import Ledger
from ledger.authority import public_key
from ledger.draft import Circumstances, Document, Draft, Submission
from ledger.events.base import (
    Basis,
    EventData,
    Reference,
    Signatory,
    Statement,
    Target,
    new_id,
    signatories,
)
from ledger.events.ledger import LedgerOpened
from ledger.events.party import KeyEnrolled, KeyRevoked, PartyFields, PartyRegistered, RoleGranted
from ledger.rights import RIGHTS_NAME, RIGHTS_SHA256
from ledger.signing.keyfile import public_path, write_key, write_public
from ledger.signing.signer import MemorySigner, key_id
from ledger.writing import Receipt, Writing

ORIGIN = "ledger.aolani-demonstration.invalid"
ZONE = "Asia/Kuala_Lumpur"
OPERATOR = "aolani"


def demonstration_key(name: str) -> MemorySigner:
    """Return the key that a name stands for. Anybody can make it."""
    return MemorySigner.from_seed(sha256(f"chipledger demonstration: {name}".encode()).digest())


@dataclass(frozen=True, slots=True)
class Setting:
    """What a demonstration ledger is called, and when it opens.

    Attributes:
        origin: the ledger's name.
        opens: its first day.
        ledger_key: name of the key of its checkpoints.
    """

    origin: str
    opens: str
    ledger_key: str


THE_CASE = Setting(ORIGIN, "2025-12-01", "ledger")


def text_document(kind: str, title: str, text: str) -> Document:
    """Return a plain text document."""
    return Document(text.encode(), kind, title, "text/plain")


def csv_document(kind: str, title: str, text: str) -> Document:
    """Return a CSV document."""
    return Document(text.encode(), kind, title, "text/csv")


class Stage:
    """A demonstration ledger in a folder, with everybody's keys."""

    def __init__(self, folder: Path, operator: PartyFields, setting: Setting = THE_CASE) -> None:
        """Make folder, keys and ledger; the first act is dated by `at`."""
        self.folder = folder
        self.setting = setting
        self.operator = name = operator.party
        self.keys = {name: name}
        self._ids = 0
        self._pending: list[Submission] = []
        self._now = datetime.fromisoformat(f"{setting.opens}T01:00:00+00:00")
        (folder / "keys").mkdir(parents=True)
        self._keep_key(folder / "ledger.key", setting.ledger_key)
        self._keep_key(folder / "keys" / f"{name}.key", name)
        self._keep_key(folder / "keys" / f"{name}-recovery.key", f"{name} recovery")
        writing = Writing(
            signer=demonstration_key(setting.ledger_key),
            high_water=folder / "high-water",
            clock=self._clock,
            installation="demonstration",
        )
        self.ledger = Ledger.create(str(folder / "ledger.db"), self._opening(operator), writing)

    def at(self, day: str) -> None:
        """Record what is pending, and move the clock to a day, nine in the morning."""
        self.flush()
        self._now = datetime.fromisoformat(f"{day}T01:00:00+00:00")

    def party(self, fields: PartyFields, *roles: str, document: Document | None = None) -> None:
        """Register a party, enrol its key, grant its roles; the registrar's own acts."""
        data = PartyRegistered(**{name: getattr(fields, name) for name in fields.__struct_fields__})
        day = self._now.date().isoformat()
        self.say(data, self.operator, on=day, documents=(document,) if document else ())
        if fields.party not in self.keys:
            self.enroll(fields.party, fields.party)
        for role in roles:
            self.party_role(fields.party, role)

    def party_role(self, party: str, role: str) -> None:
        """Grant a role; the registrar's own act."""
        grant = RoleGranted(party=party, role=role)  # type: ignore[arg-type]  # from the cast
        self.say(grant, self.operator, on=self._now.date().isoformat())

    def enroll(self, party: str, key: str) -> None:
        """Enrol a key for a party; its key in force signs too, where it has one."""
        signer = demonstration_key(key)
        data = KeyEnrolled(party=party, key=public_key(signer.public_key, "compliance desk"))
        others = [Signatory(party=party, key=key_id(signer.public_key))]
        names = [key]
        if party in self.keys and party != self.operator:
            others.append(self._signatory(party))
            names.append(self.keys[party])
        given = self._given(self._now.date().isoformat())
        draft = self.ledger.draft(data, self._signatory(self.operator), given, others)
        signers = [demonstration_key(name) for name in (self.keys[self.operator], *names)]
        self._pending.append(draft.sign(*signers))
        self.keys[party] = key
        self._keep_key(self.folder / "keys" / f"{key}.key", key)

    def rotate(self, party: str, key: str) -> None:
        """Replace a party's key: the new one is enrolled, the old one revoked by the party."""
        old = key_id(demonstration_key(self.keys[party]).public_key)
        self.enroll(party, key)
        data = KeyRevoked(party=party, key=old, reason="superseded")
        self.say(data, party, on=self._now.date().isoformat())

    def say(
        self,
        data: EventData,
        by: str,
        *others: str,
        on: str,
        basis: Basis = "first_party",
        **given: object,
    ) -> None:
        """Draft and sign an event; it is recorded on its day, with the next `flush`."""
        if len(on) == len("2026-01-01") and on > self._now.date().isoformat():
            self.at(on)
        draft = self.draft(data, by, *others, on=on, basis=basis, **given)
        signers = [demonstration_key(self.keys[one]) for one in (by, *others)]
        self._pending.append(draft.sign(*signers))

    def draft(self, data: EventData, by: str, *others: str, on: str, **given: object) -> Draft:
        """Draft an event that these parties are to sign with their present keys."""
        named = [self._signatory(one) for one in others]
        return self.ledger.draft(data, self._signatory(by), self._given(on, **given), named)

    def record(self, data: EventData, by: str, *others: str, on: str, **given: object) -> Receipt:
        """Draft, sign and record one event at once."""
        self.flush()
        self.say(data, by, *others, on=on, **given)  # type: ignore[arg-type]  # passed on by name
        return self.flush()[-1]

    def flush(self) -> list[Receipt]:
        """Record what is pending in one transaction."""
        if not self._pending:
            return []
        receipts = self.ledger.append_many(self._pending)
        self._pending = []
        return receipts

    def target(self, index: int) -> Target:
        """Return a recorded event as a later one names it."""
        return self.ledger.event(index).target

    def _given(self, on: str, **given: object) -> Circumstances:
        self._ids += 1
        salt = sha256(f"salt {self._ids}".encode()).digest()
        return Circumstances(occurred=on, id=self._id(), salt=salt, **given)  # type: ignore[arg-type]  # by name

    def _id(self) -> str:
        random = sha256(f"id {self._ids}".encode()).digest()[:10]
        return new_id(self._now + timedelta(milliseconds=self._ids), random)

    def _signatory(self, party: str) -> Signatory:
        key = demonstration_key(self.keys[party])
        return Signatory(party=party, key=key_id(key.public_key))

    def _clock(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def _keep_key(self, path: Path, name: str) -> None:
        signer = demonstration_key(name)
        write_key(path, signer, None)
        write_public(public_path(path), signer.public_key)

    def _opening(self, operator: PartyFields) -> Submission:
        name, setting = self.operator, self.setting
        data = LedgerOpened(
            origin=setting.origin,
            purpose="demonstration",
            zone=ZONE,
            rights=RIGHTS_NAME,
            rights_sha256=RIGHTS_SHA256,
            checkpoint_key=public_key(demonstration_key(setting.ledger_key).public_key, "ledger"),
            operator=operator,
            registrar_key=public_key(demonstration_key(name).public_key, "compliance desk"),
            recovery_key=public_key(demonstration_key(f"{name} recovery").public_key, "safe"),
        )
        statement = Statement(
            ledger=setting.origin,
            id=self._id(),
            type="LedgerOpened.v1",
            occurred=setting.opens,
            asserted_by=self.operator,
            basis="first_party",
            signatories=signatories(self._signatory(self.operator)),
            data=data,
        )
        return Draft(statement).sign(demonstration_key(name))


def reference(kind: str, value: str) -> Reference:
    """Return a number on paper."""
    return Reference(type=kind, value=value)
