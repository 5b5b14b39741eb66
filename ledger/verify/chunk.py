"""The map pass: everything that can be judged of an entry without its neighbours.

Chunks of positions are judged alone, in any order, on any worker; what the reduce needs of each
entry comes back as a small tuple.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from ledger.authority import Authority, raw_key
from ledger.entry import Event, idempotency_key, is_control, read_event, tags_of, target_of
from ledger.errors import LedgerError, Unavailable
from ledger.events import EVENT_TYPES
from ledger.events import ledger as ledger_noun
from ledger.events import party as party_noun
from ledger.events.base import Statement
from ledger.events.correction import EventVoided
from ledger.log.merkle import leaf_hash
from ledger.rights import may
from ledger.signing.ed25519 import verify_many
from ledger.signing.envelope import pae
from ledger.signing.signer import key_id
from ledger.source import StoredRow
from ledger.verify.conditions import CONDITIONS
from ledger.verify.report import Mark

Check = tuple[bytes, bytes, bytes]


class Brief(NamedTuple):
    """What the reduce needs of one entry.

    Attributes:
        id: the 16 bytes of the UUID.
        recorded_at: as stored.
        control: the control entry that it names.
        is_control: whether it is one itself.
        opened: identifier that it opens, with the asserting party, or None.
        target: the 16 bytes of the id that it is about, or None.
        replaces: whether it corrects or voids that target.
        idempotency: key with the asserting party, or None.
        seen: (size, root) that its signer verified, or None.
    """

    id: bytes
    recorded_at: str
    control: int
    is_control: bool
    opened: tuple[str, str] | None
    target: bytes | None
    replaces: bool
    idempotency: tuple[str, str] | None
    seen: tuple[int, str] | None


@dataclass(slots=True)
class ChunkResult:
    """What the map pass says of a chunk.

    Attributes:
        start: first position.
        briefs: one for each position, None where the entry has no one spelling.
        marks: conditions met.
        signatures: how many signatures were checked.
        documents: SHA-256 to signed size (None for an annex) of what the entries name.
        tags: `tag_sum` of the tags that the entries have.
    """

    start: int
    briefs: list[Brief | None] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    signatures: int = 0
    documents: dict[str, int | None] = field(default_factory=dict)
    tags: int = 0


def judge(
    start: int,
    rows: Iterable[StoredRow],
    authority: Authority,
    tag_key: bytes | None,
) -> ChunkResult:
    """Judge a chunk: spelling, ledger, signatures, rights, and a live store's columns.

    Args:
        start: first position.
        rows: the entries, by position.
        authority: folded over the whole control chain.
        tag_key: key of `tag_sum`; None where the source has no tag index.
    """
    result = ChunkResult(start)
    checks: list[Check] = []
    owners: list[int] = []
    for row in rows:
        try:
            event = read_event(row.index, row.data)
        except LedgerError as error:
            code = "TYPE-UNKNOWN" if isinstance(error, Unavailable) else "ENTRY-MALFORMED"
            result.marks.append(Mark(code, row.index, "its one canonical spelling", str(error)))
            result.briefs.append(None)
            continue
        result.briefs.append(_brief(event))
        result.marks += _columns(row, event)
        result.marks += _judge_event(event, authority)
        for check in _signatures(event, authority, result.marks):
            checks.append(check)
            owners.append(row.index)
        if tag_key is not None:
            tags = ((row.index, tag) for tag in tags_of(event.statement))
            result.tags += tag_sum(tags, tag_key)
        _take_documents(event.statement, result.documents)
    result.signatures = len(checks)
    for owner, verdict in zip(owners, verify_many(checks), strict=True):
        if not verdict:
            result.marks.append(
                Mark("SIGNATURE", owner, "a signature that verifies", "it does not")
            )
    return result


def mark_of(error: LedgerError, index: int) -> Mark:
    """Return the mark of what admission would have refused."""
    code = error.code if error.code in CONDITIONS else "ENTRY-MALFORMED"
    return Mark(code, index, "what admission demands", error.message)


def _brief(event: Event) -> Brief:
    statement = event.statement
    party = statement.asserted_by.lower()
    opened = EVENT_TYPES[statement.type].opened(statement.data)
    target = target_of(statement)
    key = idempotency_key(statement)
    seen = statement.seen
    return Brief(
        id=uuid.UUID(statement.id).bytes,
        recorded_at=event.entry.recorded_at,
        control=event.entry.control,
        is_control=is_control(statement),
        opened=None if opened is None else (opened, party),
        target=None if target is None else uuid.UUID(target.id).bytes,
        replaces=statement.corrects is not None or isinstance(statement.data, EventVoided),
        idempotency=None if key is None else (party, key),
        seen=None if seen is None else (seen.size, seen.root),
    )


def _columns(row: StoredRow, event: Event) -> Iterator[Mark]:
    if row.type != event.statement.type:
        yield Mark("COLUMN-TYPE", row.index, event.statement.type, row.type)
    leaf = leaf_hash(row.data)
    if row.leaf != leaf:
        yield Mark("COLUMN-LEAF", row.index, leaf.hex(), row.leaf.hex())


def _judge_event(event: Event, authority: Authority) -> Iterator[Mark]:
    statement = event.statement
    if statement.ledger != authority.opened.origin:
        yield Mark("OTHER-LEDGER", event.index, authority.opened.origin, statement.ledger)
        return
    try:
        may(authority, statement, event.index)
    except LedgerError as error:
        yield mark_of(error, event.index)


def _signatures(event: Event, authority: Authority, marks: list[Mark]) -> Iterator[Check]:
    """Yield (key, message, signature) of each signatory whose key is known; mark the others."""
    statement, envelope = event.statement, event.entry.envelope
    keyids = [one.keyid for one in envelope.signatures]
    if keyids != [one.key for one in statement.signatories]:
        marks.append(
            Mark(
                "SIGNATURE-COUNT",
                event.index,
                ", ".join(one.key[:8] for one in statement.signatories),
                ", ".join(one[:8] for one in keyids) or "none",
            )
        )
        return
    carried = {key_id(key): key for key in _carried_keys(statement)}
    try:
        message = pae(envelope.statement_bytes())
        for signatory, signature in zip(statement.signatories, envelope.signatures, strict=True):
            key = carried.get(signatory.key)
            if key is None and signatory.key in authority.keys:
                key = authority.keys[signatory.key].public_key
            if key is not None:  # an unknown key is marked by the rights check
                yield key, message, signature.raw()
    except LedgerError as error:
        marks.append(mark_of(error, event.index))


def _carried_keys(statement: Statement) -> Sequence[bytes]:
    data = statement.data
    if isinstance(data, ledger_noun.LedgerOpened):
        return (raw_key(data.registrar_key),)
    if isinstance(data, party_noun.KeyEnrolled):
        return (raw_key(data.key),)
    return ()


def _take_documents(statement: Statement, documents: dict[str, int | None]) -> None:
    for document in statement.documents:
        documents[document.sha256] = document.size
    if statement.annex is not None:
        documents.setdefault(statement.annex, None)


def tag_sum(rows: Iterable[tuple[int, str]], key: bytes) -> int:
    """Return the sum of keyed hashes of (position, tag), the same in any order.

    The key is drawn anew for each audit, so nobody can choose tags whose sums agree.
    """
    total = 0
    for index, tag in rows:
        digest = blake2b(b"%d %s" % (index, tag.encode()), key=key, digest_size=16).digest()
        total += int.from_bytes(digest, "little")
    return total % 2**128
