"""The entry: what the ledger stores, hashes and exports for one event."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from msgspec import Meta, Raw, structs

from ledger import canonical
from ledger.canonical import Canonical
from ledger.errors import Malformed
from ledger.events import EVENT_TYPES, decode_statement
from ledger.events.assurance import FindingAnswered
from ledger.events.base import (
    IDEMPOTENCY,
    Count,
    Seen,
    Statement,
    Target,
)
from ledger.events.correction import Countersigned, EventVoided
from ledger.events.document import DocumentAttached, DocumentDisposed
from ledger.events.event_type import named
from ledger.events.ledger import CheckpointAnchored
from ledger.occurred import RecordedAt, parse_recorded
from ledger.signing.envelope import Envelope, OpenEnvelope, decode_base64

ENTRY_BYTES_MAX = 65_535

LABEL_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\Z"

Label = Annotated[str, Meta(pattern=LABEL_PATTERN, max_length=64)]


class Recorder(Canonical, frozen=True, kw_only=True):
    """Which software, in which version, on which installation took the entry in."""

    software: Label
    version: Label
    installation: Label

    def opened(self) -> "OpenRecorder":
        """Return it as an `OpenEntry` holds it."""
        return OpenRecorder(
            software=self.software, version=self.version, installation=self.installation
        )


class Entry(Canonical, frozen=True, kw_only=True):
    """The stored form of one event.

    Attributes:
        envelope: the signed statement.
        recorded_at: the operator's clock, never before the previous entry; shown as its claim.
        recorder: the software that took it in.
        control: index of the newest control entry before this one; 0 in entry 0.
    """

    envelope: Envelope
    recorded_at: RecordedAt
    recorder: Recorder
    control: Count

    def opened(self) -> "OpenEntry":
        """Return it with its base64 read.

        Raises:
            Malformed: BASE64.
        """
        return OpenEntry(
            envelope=self.envelope.opened(),
            recorded_at=self.recorded_at,
            recorder=self.recorder.opened(),
            control=self.control,
        )


class OpenRecorder(Canonical, frozen=True, kw_only=True):
    """A `Recorder` whose labels are checked apart: they are the same in nearly all entries."""

    software: str
    version: str
    installation: str


class OpenEntry(Canonical, frozen=True, kw_only=True):
    """An `Entry` whose base64 is read with it: the same value, spelled by the same bytes."""

    envelope: OpenEnvelope
    recorded_at: str
    recorder: OpenRecorder
    control: Count


class SealedEntry(Canonical, frozen=True, kw_only=True):
    """An `Entry` around the canonical bytes of its envelope: the same value, the same bytes."""

    envelope: Raw
    recorded_at: str
    recorder: Recorder
    control: Count


@dataclass(frozen=True, slots=True)
class Event:
    """An entry read: its position, its parts decoded, and the digest of its statement.

    Attributes:
        index: position in the log, from 0.
        entry: the stored entry.
        statement: the statement in it.
        payload_sha256: hex SHA-256 of the statement's bytes.
    """

    index: int
    entry: Entry
    statement: Statement
    payload_sha256: str

    @property
    def target(self) -> Target:
        """This event as a later one names it."""
        return Target(id=self.statement.id, payload_sha256=self.payload_sha256)


def encode_entry(entry: Entry | OpenEntry | SealedEntry) -> bytes:
    """Return the entry's bytes.

    Raises:
        Malformed: TOO-LARGE.
    """
    data = canonical.encode(entry)
    if len(data) > ENTRY_BYTES_MAX:
        raise Malformed(
            "TOO-LARGE",
            f"the entry has {len(data):,} bytes, more than {ENTRY_BYTES_MAX:,}",
            hint="split the event, or put the bulk into a document",
        )
    return data


def decode_entry(data: bytes) -> Entry:
    """Return the entry that these bytes are the one spelling of.

    Raises:
        Malformed: TOO-LARGE, NOT-TYPED, NOT-CANONICAL or RECORDED-AT.
    """
    entry = canonical.decode(data, Entry, size_max=ENTRY_BYTES_MAX, what="entry")
    parse_recorded(entry.recorded_at)
    return entry


def open_entry(data: bytes) -> OpenEntry:
    """Return the entry that these bytes are the one spelling of, its base64 read with it.

    Raises:
        Malformed: as `decode_entry`; BASE64.
    """
    try:
        entry = canonical.decode(data, OpenEntry, size_max=ENTRY_BYTES_MAX, what="entry")
        parse_recorded(entry.recorded_at)
        _check_recorder(entry.recorder)
    except Malformed:
        return decode_entry(data).opened()  # which tells what is wrong
    return entry


@lru_cache(maxsize=64)
def _check_recorder(recorder: OpenRecorder) -> None:
    canonical.decode(canonical.encode(recorder), Recorder, size_max=ENTRY_BYTES_MAX, what="entry")


def read_event(index: int, data: bytes) -> Event:
    """Return the event at a position, every layer decoded in its one spelling.

    Raises:
        Malformed: as `decode_entry` and `decode_statement`.
        Unavailable: TYPE-UNKNOWN.
    """
    entry = decode_entry(data)
    payload = decode_base64(entry.envelope.payload, "payload")
    return Event(index, entry, decode_statement(payload), hashlib.sha256(payload).hexdigest())


def is_control(statement: Statement) -> bool:
    """Say whether a statement changes authority, or ends or replaces another event."""
    return EVENT_TYPES[statement.type].control or statement.corrects is not None


def target_of(statement: Statement) -> Target | None:
    """Return the event that a statement corrects, voids, signs, answers or adds to, or None."""
    return next(iter(targets_of(statement)), None)


def replaced_by(statement: Statement) -> Target | None:
    """Return the event that a statement corrects or voids, or None."""
    if statement.corrects is not None:
        return statement.corrects
    return statement.data.target if isinstance(statement.data, EventVoided) else None


_OF_AN_EVENT = (EventVoided, Countersigned, DocumentAttached)


def targets_of(statement: Statement) -> list[Target]:
    """Return the event that a statement corrects, then the one that its data is about."""
    data, found = statement.data, []
    if statement.corrects is not None:
        found.append(statement.corrects)
    if isinstance(data, _OF_AN_EVENT):
        found.append(data.target)
    elif isinstance(data, FindingAnswered) and isinstance(data.entry, Target):
        found.append(data.entry)
    return found


def named_checkpoints(statement: Statement) -> tuple[Seen, ...]:
    """Return the checkpoints of this ledger that a statement names: seen, and anchored by it."""
    named = () if statement.seen is None else (statement.seen,)
    if isinstance(statement.data, CheckpointAnchored):
        return *named, Seen(size=statement.data.size, root=statement.data.root)
    return named


def disposed_document(statement: Statement) -> str | None:
    """Return the SHA-256 of the document that a statement gives up, or None.

    Only on its own word: the rights give that to the ledger operator alone.
    """
    if statement.basis == "first_party" and isinstance(statement.data, DocumentDisposed):
        return statement.data.document
    return None


def idempotency_key(statement: Statement) -> str | None:
    """Return the explicit idempotency key, or None."""
    for one in statement.references:
        if one.type == IDEMPOTENCY:
            return one.value
    return None


def content_digest(statement: Statement) -> str:
    """Return the SHA-256 of what a statement says, apart from who signs it, when and what it saw.

    Two statements with one content digest say the same thing twice.
    """
    said = structs.replace(
        statement,
        id=None,
        signatories=None,
        annex=None,
        seen=None,
        references=tuple(one for one in statement.references if one.type != IDEMPOTENCY),
    )
    return hashlib.sha256(canonical.encode(said)).hexdigest()


def parties_of(statement: Statement) -> frozenset[str]:
    """Return every party that a statement names, its signatories among them, in lower case."""
    found = {value.lower() for kind, value in named(statement.data) if kind == "party"}
    return frozenset(found | {one.party.lower() for one in statement.signatories})


def tags_of(statement: Statement) -> tuple[str, ...]:
    """Return the tags under which an entry is found: `kind:value`, sorted.

    Identifiers and references are in lower case, as they are unique without regard to case.
    `opens:KIND/ID` marks the event that opens an identifier, `target:ID` what is about an event.
    References have a room of their own, so that none can pass for a control entry.
    """
    return tuple(sorted(tag_set(statement)))


def tag_set(statement: Statement) -> set[str]:
    """Return the tags under which an entry is found, as `tags_of`, in no order."""
    tags = {f"{kind}:{value.lower()}" for kind, value in named(statement.data)}
    tags.update(_head_tags(statement))
    return tags


def _head_tags(statement: Statement) -> Iterator[str]:
    yield f"id:{statement.id}"
    yield f"content:{content_digest(statement)}"
    for one in statement.signatories:
        yield f"party:{one.party.lower()}"
    for reference in statement.references:
        if reference.type == IDEMPOTENCY:
            yield f"idempotency:{statement.asserted_by.lower()}/{reference.value}"
        else:
            yield f"reference:{reference.type}/{reference.value.lower()}"
    opened = EVENT_TYPES[statement.type].opened(statement.data)
    if opened is not None:
        yield f"opens:{opened}"
    for target in targets_of(statement):
        yield f"target:{target.id}"
    if is_control(statement):
        yield "control:1"
