"""What honest people have to say: the histories of tests/honest.py, ready to be really signed.

Those are told into a log without keys. Here each event becomes a saying, which a world lets its
parties draft, sign and submit, in the same order. What the registrar alone may say, the ledger
operator says.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from ledger.entry import Event, parties_of
from ledger.events.base import DocumentRef, EventData, Statement, Target
from ledger.events.correction import Countersigned
from ledger.events.party import KeyEnrolled, PartyRegistered, RoleGranted
from tests.honest import honest
from tests.memory_log import MemoryLog

STORIES = 16
LENGTH = (10, 40)
OPERATOR = "operator"
CAST: dict[str, tuple[str, ...]] = {
    "nvidia": ("certifier", "exporter", "maker"),
    "aivres": ("exporter", "integrator", "maker"),
    "aolani": ("operator", "owner"),
    "carrier": ("forwarder",),
    "bytedance": ("lessee",),
    "auditor": ("auditor",),
    "helios": ("lessee", "operator", "owner"),
    "carrier2": ("forwarder",),
}
"""Who has a key from the beginning, and which roles."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One event of a story.

    Attributes:
        told: the statement, as the story has it.
        documents: what it names, by bytes.
        targets: ids, in the story, of the events that it is about.
    """

    told: Statement
    documents: tuple[bytes, ...]
    targets: frozenset[str]


@cache
def story(number: int) -> tuple[Saying, ...]:
    """Return one of the stories, without what this cast has or does by itself."""
    log = honest(number % STORIES, LENGTH).tale.log
    granted = defaultdict[str, set[str]](set) | {who: set(roles) for who, roles in CAST.items()}
    sayings: list[Saying] = []
    named: dict[str, Collection[str]] = defaultdict(tuple)
    left_out: set[str] = set()
    for event in log.read(1, log.size):
        data = event.statement.data
        targets = frozenset(_targets(event))
        known = isinstance(data, RoleGranted) and data.role in granted[data.party]
        if isinstance(data, Countersigned):  # who signs beside an event must be named in it
            known = event.statement.asserted_by not in named[data.target.id]
        mute = {one.party for one in event.statement.signatories} - CAST.keys() - {OPERATOR}
        if known or mute or isinstance(data, KeyEnrolled) or targets & left_out:
            left_out.add(event.statement.id)
            continue
        if isinstance(data, RoleGranted) and data.role is not None:
            granted[data.party].add(data.role)
        named[event.statement.id] = parties_of(event.statement)
        documents = tuple(_bytes(log, one) for one in event.statement.documents)
        sayings.append(Saying(event.statement, documents, targets))
    return tuple(sayings)


def speaker(saying: Saying) -> str:
    """Return who asserts it in this cast."""
    by_registrar = isinstance(saying.told.data, PartyRegistered | RoleGranted)
    return OPERATOR if by_registrar else saying.told.asserted_by


def about(data: EventData, targets: dict[str, Target]) -> EventData:
    """Return what an event says, about the events as they are recorded here."""
    changes: dict[str, Any] = {
        name: targets[getattr(data, name).id]
        for name in data.__struct_fields__
        if isinstance(getattr(data, name), Target)
    }
    return type(data)(**{one: getattr(data, one) for one in data.__struct_fields__} | changes)


def _targets(event: Event) -> set[str]:
    statement = event.statement
    named = [getattr(statement.data, name) for name in statement.data.__struct_fields__]
    found = {one.id for one in named if isinstance(one, Target)}
    return found | ({statement.corrects.id} if statement.corrects else set())


def _bytes(log: MemoryLog, paper: DocumentRef) -> bytes:
    """Return a document of a story; those without rows are their kind in letters."""
    found = log.documents.get(paper.sha256, paper.kind.encode())
    assert sha256(found).hexdigest() == paper.sha256
    return found
