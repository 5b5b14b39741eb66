"""Small ledgers to forge from: fixed keys, ids and dates, and nothing of the version that runs.

A `Log` is written past all admission (`tests.forger`), from its first entry on. So its bytes depend
on the formats and on the rights table alone, and the same case gives the same file every time.
"""

import base64
import functools
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from typing import Self

from msgspec import structs

from ledger.authority import public_key
from ledger.draft import Document
from ledger.entry import is_control
from ledger.events.base import EventData, Signatory, Statement, Target, WireStatement, signatories
from ledger.events.correction import Countersigned
from ledger.events.ledger import LedgerKeyRotated
from ledger.events.party import KeyEnrolled, PartyRegistered, RoleGranted
from ledger.evidence.lines import (
    PART_BYTES,
    AbsentLine,
    AnchorLine,
    DocumentLine,
    EntryLine,
    Head,
    Line,
    TileLine,
)
from ledger.log.checkpoint import ledger_fingerprint
from ledger.log.merkle import leaf_hash
from ledger.log.tiles import TILE_WIDTH
from ledger.source import Anchor
from ledger.store.reader import Anchor as StoredAnchor
from tests.evidence_lines import ended
from tests.forger import Forger, envelope_of, signed_by
from tests.harness import ORIGIN, Story, manifest, signatory, signer_of
from tests.told import commissioned, dispatched, received
from tests.trees import root_of

FIRST_ID = 1_000
"""Where each case begins to count the ids that it gives out."""
FINGERPRINT = ledger_fingerprint(ORIGIN, signer_of("ledger").public_key)

PARTIES = 7
"""Entries that bring in maker and buyer with their keys and roles."""
BATCH, SHIPMENT, RECEIPT, CORRECTION, ACCEPTANCE = range(PARTIES, PARTIES + 5)
MAKER_REGISTERED, MAKER_ENROLLED, MAKER_GRANTED, BUYER_REGISTERED, BUYER_ENROLLED, BUYER_GRANTED = (
    range(1, PARTIES)
)
MADE = BUYER_REGISTERED
"""Position of the batch where only the maker is brought in."""


class Log(Forger):
    """A log in the making, without a ledger that admits anything."""

    def __init__(self) -> None:
        super().__init__(_story(), 0)
        self.absent: set[str] = set()
        self.story.ids = FIRST_ID

    def copy(self, stop: int | None = None) -> Self:
        """Return a log that begins with this one's first entries."""
        other = type(self)()
        other.lines = self.lines[:stop]
        other.control, other._recorded_at = 0, ""
        for index in range(other.size):
            event = other.event(index)
            other.control = index if is_control(event.statement) else other.control
            other._recorded_at = event.entry.recorded_at
        other.documents = dict(self.documents)
        other.absent = set(self.absent)
        other.anchors = [one for one in self.anchors if one.size <= other.size]
        other.sign = self.sign
        return other

    def draft_of(self, data: EventData, by: str, *others: str, **given: object) -> Statement:
        """Return a statement that sees this log as it is now; parties sign with the story's keys.

        The documents that it names are kept.
        """
        draft = self.story.draft(data, by, *others, **given)  # type: ignore[arg-type]  # by name
        for paper in draft.documents:
            self.documents[sha256(paper).hexdigest()] = paper
        return structs.replace(draft.statement, seen=self.seen())

    def say(self, data: EventData, by: str, *others: str, **given: object) -> int:
        statement = self.draft_of(data, by, *others, **given)
        keys = {signatory(one, self.key_of(one)).key: self.key_of(one) for one in (by, *others)}
        return self.write_signed(statement, *(keys[one.key] for one in statement.signatories))

    def key_of(self, party: str) -> str:
        """Return the name of the key that a party signs with."""
        return self.story.keys[party]

    def write_signed(self, statement: Statement | WireStatement, *keys: str) -> int:
        """Write a statement that the keys of these names really sign."""
        return self.write(envelope_of(statement, *keys))

    def enrolment(self, party: str, key: str, *signers: Signatory) -> Statement:
        """Return the enrolment of a key that the operator and these sign."""
        data = KeyEnrolled(party=party, key=public_key(signer_of(key).public_key, "desk"))
        statement = self.draft_of(data, "operator")
        return structs.replace(statement, signatories=signatories(signatory("operator"), *signers))

    def enroll(self, party: str, key: str, *own: str) -> int:
        """Enrol a key, signed by it, the operator, and a party's own keys of these names."""
        names = [key, *own]
        statement = self.enrolment(party, key, *(signatory(party, name) for name in names))
        known = {signatory(party, name).key: name for name in names}
        known[signatory("operator").key] = "operator"
        return self.write_signed(statement, *(known[one.key] for one in statement.signatories))

    def party(self, name: str, *roles: str) -> None:
        """Register a party, enrol its key and grant it roles."""
        data = PartyRegistered(party=name, legal_name=f"{name} Ltd", display_name=name.title())
        self.say(data, "operator")
        self.enroll(name, name)
        for role in roles:
            self.say(RoleGranted(party=name, role=role), "operator")  # type: ignore[arg-type]  # from a literal

    def target(self, index: int) -> Target:
        """Return how a later event names an entry."""
        return self.event(index).target

    def note(self, size: int | None = None) -> bytes:
        """Return the checkpoint of the first entries, by whatever signs this log's."""
        stop = self.size if size is None else size
        return self.sign(stop, self.root_at(stop))

    def root_at(self, size: int) -> bytes:
        """Return the root over the first entries."""
        return root_of(leaf_hash(line.data) for line in self.lines[:size])

    def anchor(self, *keys: str, size: int | None = None) -> None:
        """Keep a checkpoint that the keys of these names signed."""
        stop = self.size if size is None else size
        note = signed_by(*keys)(stop, self.root_at(stop))
        self.anchors.append(StoredAnchor(stop, note, b""))

    def rotate(self, new: str = "ledger 2") -> int:
        """Give the ledger another key; the checkpoint that both sign is kept."""
        key = public_key(signer_of(new).public_key, "ledger")
        index = self.say(LedgerKeyRotated(checkpoint_key=key, reason="yearly"), "operator")
        self.anchor("ledger", new)
        self.sign = signed_by("ledger", new)
        return index

    def full(self) -> list[Line]:
        """Return the lines of a full evidence file, whatever the entries say."""
        entries = [line.data for line in self.lines]
        anchors = [Anchor(one.size, one.note, one.token or None) for one in self.anchors]
        return full_lines(entries, self.note(), anchors, self.documents, self.absent)


def full_lines(
    entries: Sequence[bytes],
    note: bytes,
    anchors: Iterable[Anchor] = (),
    documents: dict[str, bytes] | None = None,
    absent: Collection[str] = (),
) -> list[Line]:
    """Return the lines of a full file of these parts, whatever they say."""
    lines: list[Line] = [Head(checkpoint=note.decode(), scope="full", size=len(entries))]
    for size, shown, token in anchors:
        stamp = None if token is None else base64.b64encode(token).decode()
        lines.append(AnchorLine(note=shown.decode(), size=size, token=stamp))
    for start in range(0, len(entries), TILE_WIDTH):
        hashes = b"".join(map(leaf_hash, entries[start : start + TILE_WIDTH]))
        lines.append(TileLine(hashes=base64.b64encode(hashes).decode(), n=start // TILE_WIDTH))
    lines += (EntryLine(entry=data.decode(), index=at) for at, data in enumerate(entries))
    lines += (AbsentLine(sha256=name) for name in sorted(absent))
    for name, data in sorted((documents or {}).items()):
        lines += document_lines(name, data)
    return ended(lines)


def document_lines(name: str, data: bytes) -> list[DocumentLine]:
    """Return the lines of a document under any name."""
    parts = [data[at : at + PART_BYTES] for at in range(0, len(data), PART_BYTES)] or [b""]
    return [
        DocumentLine(data=base64.b64encode(part).decode(), part=at, parts=len(parts), sha256=name)
        for at, part in enumerate(parts, 1)
    ]


@functools.cache
def _story() -> Story:
    """Return who drafts statements; its own ledger holds nothing but its opening."""
    story = Story()
    story.keys |= {name: name for name in ("maker", "buyer", "auditor", "carrier")}
    return story


def opened() -> Log:
    """Return a log of entry 0 alone."""
    log = Log()
    log.write(_story().ledger.event(0).entry.envelope)
    return log


@functools.cache
def _makers() -> Log:
    log = opened()
    log.story.ids = 1
    log.party("maker", "maker")
    return log


@functools.cache
def _parties() -> Log:
    log = makers()
    log.story.ids = 50
    log.party("buyer", "owner")
    return log


@functools.cache
def _traded() -> Log:
    log = _parties().copy()
    log.story.ids = 100
    serials = manifest([f"GPU-{number:04}" for number in range(72)])
    log.say(commissioned(), "maker", documents=(serials,))
    sealed = {"price": "USD 5,000,000"}
    sent = log.say(dispatched("SHP-1"), "maker", sealed=sealed, salt=bytes(32))
    paper = Document(b"packing list", "packing_list", "packing list")
    got = log.say(received("RCV-1", "SHP-1", 71), "buyer", documents=(paper,))
    log.say(received("RCV-1", "SHP-1"), "buyer", corrects=log.target(got))
    log.say(Countersigned(target=log.target(sent), stance="accepts"), "buyer")
    # A sealed annex goes along only where somebody says so.
    annex = log.event(sent).statement.annex
    assert annex is not None
    del log.documents[annex]
    log.absent = {annex}
    return log


def makers() -> Log:
    """Return a log of a ledger with one party, the maker: `BUYER_REGISTERED` entries."""
    return _makers().copy()


def parties() -> Log:
    """Return a log of a ledger with two parties, maker and buyer: `PARTIES` entries."""
    return _parties().copy()


def traded() -> Log:
    """Return a log in which a batch is made, shipped, received, counted again and accepted."""
    return _traded().copy()
