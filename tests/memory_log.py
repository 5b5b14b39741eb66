"""A log in memory, to project from: real statements, envelopes and entries, under a real tree.

The signatures are well-formed and no more: projections never look at one, verification does.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from ledger.authority import public_key
from ledger.canonical import ordered
from ledger.entry import Entry, Event, Recorder, encode_entry, read_event
from ledger.events import EVENT_TYPES, encode_statement
from ledger.events.base import (
    Basis,
    DocumentRef,
    EventData,
    Line,
    Reference,
    Signatory,
    Statement,
    new_id,
    signatories,
)
from ledger.events.correction import Countersigned, EventVoided
from ledger.events.ledger import LedgerOpened
from ledger.events.party import PartyFields
from ledger.log.merkle import leaf_hash
from ledger.occurred import recorded_text
from ledger.signing.envelope import Signature, seal
from tests.trees import root_of

ORIGIN = "ledger.test.invalid"
CHIP = "GB200-GPU"
START = datetime(2026, 1, 1, tzinfo=UTC)


def line(batch: str, quantity: int, *racks: str, state: Any = "stock") -> Line:
    return Line(model=CHIP, batch=batch, quantity=quantity, racks=ordered(*racks), state=state)


def document(content: bytes, kind: str) -> DocumentRef:
    return DocumentRef(
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        media_type="text/csv",
        kind=kind,
        title=kind,
    )


def _signatory(name: str) -> Signatory:
    """Return `party`, or `party:key` for a second key of one party."""
    party, _, _ = name.partition(":")
    return Signatory(party=party, key=hashlib.sha256(name.encode()).hexdigest())


def opening(zone: str = "Asia/Kuala_Lumpur") -> LedgerOpened:
    key = public_key(bytes(32), "desk")
    return LedgerOpened(
        origin=ORIGIN,
        purpose="demonstration",
        zone=zone,
        rights="chipledger-rights-v1",
        rights_sha256="0" * 64,
        checkpoint_key=key,
        operator=PartyFields(party="aolani", legal_name="Aolani", display_name="Aolani"),
        registrar_key=key,
        recovery_key=key,
    )


class MemoryLog:
    """A log that grows by `say`; entry 0 opens it."""

    def __init__(self, zone: str = "Asia/Kuala_Lumpur", origin: str = ORIGIN) -> None:
        self.origin = origin
        self.zone = ZoneInfo(zone)
        self.documents: dict[str, bytes] = {}
        self._events: list[Event] = []
        self._leaves: list[bytes] = []
        self.say("aolani", opening(zone), "2026-01-01")

    @property
    def size(self) -> int:
        return len(self._events)

    def __getitem__(self, index: int) -> Event:
        return self._events[index]

    def read(self, start: int, stop: int) -> Iterator[Event]:
        return iter(self._events[start:stop])

    def holds(self, start: int, stop: int) -> range:
        return range(start, stop)

    def document(self, sha256: str) -> bytes | None:
        return self.documents.get(sha256)

    def root_at(self, size: int) -> bytes:
        return root_of(self._leaves[:size])

    def say(  # noqa: PLR0913  a statement has that many parts
        self,
        who: str,
        data: EventData,
        occurred: str = "2026-02-01",
        *,
        also: Sequence[str] = (),
        basis: Basis = "first_party",
        corrects: Event | None = None,
        documents: Sequence[DocumentRef] = (),
        references: Sequence[Reference] = (),
    ) -> Event:
        """Append what a party says, and return it as read from the log."""
        index = self.size
        moment = self.recorded_at(index, occurred)
        statement = Statement(
            ledger=self.origin,
            id=new_id(moment, index.to_bytes(10, "big")),
            type=f"{type(data).__name__}.v1",
            occurred=occurred,
            asserted_by=who,
            basis=basis,
            signatories=signatories(_signatory(who), *(_signatory(one) for one in also)),
            corrects=None if corrects is None else corrects.target,
            references=ordered(*references),
            documents=ordered(*documents),
            data=data,
        )
        signature = base64.b64encode(bytes(64)).decode()
        entry = Entry(
            envelope=seal(
                encode_statement(statement),
                [Signature(keyid=one.key, sig=signature) for one in statement.signatories],
            ),
            recorded_at=recorded_text(moment),
            recorder=Recorder(software="chipledger", version="1", installation="test"),
            control=0,
        )
        content = encode_entry(entry)
        self._events.append(read_event(index, content))
        self._leaves.append(leaf_hash(content))
        return self._events[-1]

    def recorded_at(self, index: int, occurred: str) -> datetime:  # noqa: ARG002  others look
        """Return when the next entry is recorded: a minute after the one before."""
        return START + timedelta(minutes=index)

    def void(self, target: Event) -> Event:
        data = EventVoided(target=target.target, reason="it did not occur")
        return self.say(target.statement.asserted_by, data)

    def countersign(self, who: str, target: Event, stance: Any = "accepts") -> Event:
        return self.say(who, Countersigned(target=target.target, stance=stance))

    def take_back(self) -> None:
        """Forget the newest entry, as if the ledger had refused it."""
        self._events.pop()
        self._leaves.pop()


def renamed(statement: Statement, name: str) -> Any:
    """Return a statement's data with another identifier opened, where it opens one."""
    opens = EVENT_TYPES[statement.type].opens
    return statement.data if opens is None else replace(statement.data, **{opens[1]: name})
