"""The map pass: everything that can be judged of an entry without its neighbours.

Chunks of positions are judged alone, in any order, on any worker; what the reduce needs of each
entry comes back as a small tuple.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from msgspec import Struct, msgpack

from ledger import canonical
from ledger.authority import Authority, raw_key
from ledger.entry import (
    OpenEntry,
    disposed_document,
    idempotency_key,
    is_control,
    named_checkpoints,
    open_entry,
    replaced_by,
    tag_set,
    targets_of,
)
from ledger.errors import Malformed, Unavailable
from ledger.events import EVENT_TYPES, decode_statement
from ledger.events import ledger as ledger_noun
from ledger.events import party as party_noun
from ledger.events.base import STATEMENT_BYTES_MAX, Seen, Statement, WireStatement
from ledger.log.merkle import leaf_hash
from ledger.signing.ed25519 import verify_many
from ledger.signing.envelope import pae
from ledger.signing.signer import key_id
from ledger.source import StoredRow
from ledger.verify.report import Mark
from ledger.verify.rights import RightsJudge
from ledger.verify.tags import SPAN, TagNumbers, entry_sum

Check = tuple[bytes, bytes, bytes]
"""Public key, message, signature."""

Head = Statement | WireStatement
"""A statement, or what can be read of one whose type this version does not know."""


class Brief(Struct, frozen=True, array_like=True, gc=False):
    """What the reduce needs of one entry; a chunk of them travels between processes as one text.

    Attributes:
        id: the UUID's hex digits.
        recorded_at: as stored.
        control: the control entry that it names.
        is_control: whether it is one itself; None where its type is not known.
        opened: identifier that it opens, or None.
        target: hex digits of the id that it is about, or None.
        replaced: hex digits of the id that it corrects or voids, or None.
        idempotency: asserting party and key, or None.
        seen: (size, root) of each checkpoint that it names.
    """

    id: str
    recorded_at: str
    control: int
    is_control: bool | None
    opened: str | None = None
    target: str | None = None
    replaced: str | None = None
    idempotency: tuple[str, str] | None = None
    seen: tuple[tuple[int, str], ...] = ()


@dataclass(slots=True)
class ChunkResult:
    """What the map pass says of a chunk.

    Attributes:
        positions: those that it is of, ascending.
        leaves: SHA-256 over the leaf hashes of the bytes that were judged.
        briefs: one for each position, None where the entry has no one spelling.
        marks: conditions met.
        signatures: how many signatures were checked.
        documents: (SHA-256, signed size; None for an annex) to the first entry that names it.
        disposed: documents that the ledger operator gave up, and nothing here names again.
        anchored: positions of checkpoints that were dated or cosigned outside.
        tags: span to the sum of the tags that its entries have here.
    """

    positions: Sequence[int]
    leaves: bytes = b""
    briefs: list[Brief | None] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    signatures: int = 0
    documents: dict[tuple[str, int | None], int] = field(default_factory=dict)
    disposed: set[str] = field(default_factory=set)
    anchored: list[int] = field(default_factory=list)
    tags: dict[int, int] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, object]:
        """Return the fields, the briefs packed: an object for each would take longer to send."""
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        return own | {"briefs": msgpack.encode(self.briefs)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the fields that `__getstate__` gave."""
        for name, value in (state | {"briefs": _BRIEFS.decode(state["briefs"])}).items():
            setattr(self, name, value)


_BRIEFS = msgpack.Decoder(list[Brief | None])


class ChunkJudge:
    """Judges chunks: spelling, ledger, signatures, rights, the type beside the bytes.

    One is made in each worker and remembers what many entries share.
    """

    def __init__(self, authority: Authority, blind_after: int, tag_key: bytes | None) -> None:
        """Take what all chunks are judged by.

        Args:
            authority: folded over the whole control chain.
            blind_after: position behind which authority is not known.
            tag_key: secret of the sums of tags; None where the source has no tag index.
        """
        self._origin = authority.opened.origin
        self._rights = RightsJudge(authority)
        self._blind_after = blind_after
        self._keys = {name: key.public_key for name, key in authority.keys.items()}
        self._numbers = None if tag_key is None else TagNumbers(tag_key)

    def judge(self, positions: Sequence[int], rows: Iterable[StoredRow]) -> ChunkResult:
        """Judge the entries at some positions, as far as there are rows.

        Raises:
            Unavailable: SOURCE-CHANGED for a row that is not at the next position: an entry is
                judged by the rights at its own.
        """
        result = ChunkResult(positions)
        leaves = sha256()
        checks: list[Check] = []
        signed: list[int] = []
        for index, row in zip(positions, rows, strict=False):
            if row.index != index:
                raise Unavailable("SOURCE-CHANGED", f"entry {index} is not where it was")
            leaves.update(leaf_hash(row.data))
            try:
                read = _read(row.data)
            except Malformed as error:
                spelling = "its one canonical spelling"
                result.marks.append(Mark("ENTRY-MALFORMED", row.index, spelling, str(error)))
                result.briefs.append(None)
                continue
            result.briefs.append(_brief(read))
            result.marks += self._marks(row, read)
            own = self._checks(read)
            checks += own
            signed += [row.index] * len(own)
            self._collect(row.index, read.head, result)
        result.leaves = leaves.digest()
        result.signatures = len(checks)
        for index, counts in zip(signed, verify_many(checks), strict=True):
            if not counts:
                result.marks.append(
                    Mark("SIGNATURE", index, "a signature that verifies", "it does not")
                )
        return result

    def _marks(self, row: StoredRow, read: "_Read") -> Iterator[Mark]:
        index, head = row.index, read.head
        if row.type is not None and row.type != head.type:
            yield Mark("COLUMN-TYPE", index, head.type, row.type)
        signed_by = [one.keyid for one in read.entry.envelope.signatures]
        if signed_by != [one.key for one in head.signatories]:
            signers = ", ".join(f"{one.party} {one.key[:8]}…" for one in head.signatories)
            found = ", ".join(f"{keyid[:8]}…" for keyid in signed_by)
            yield Mark("SIGNATURE-COUNT", index, signers, found or "none")
        if isinstance(head, WireStatement):
            yield Mark("TYPE-UNKNOWN", index, "a type that this version knows", head.type)
            if head.ledger != self._origin:
                yield Mark("OTHER-LEDGER", index, self._origin, head.ledger)
        elif index <= self._blind_after:
            error = self._rights.error(head, index)
            if error is not None:
                yield Mark(error.code, index, "what the rights in force allow", error.message)

    def _checks(self, read: "_Read") -> list[Check]:
        """Return what must verify; a key that is not known is for the rights to mark."""
        keys, carried = self._keys, _carried(read.head)
        envelope = read.entry.envelope
        message = pae(envelope.payload)
        return [
            (key, message, one.sig)
            for one in envelope.signatures
            if (key := keys.get(one.keyid) or carried.get(one.keyid)) is not None
        ]

    def _collect(self, index: int, head: Head, result: ChunkResult) -> None:
        for document in head.documents:
            result.documents.setdefault((document.sha256, document.size), index)
        if head.annex is not None:
            result.documents.setdefault((head.annex, None), index)
        if result.disposed:  # what is named again after that is kept again
            result.disposed -= {head.annex, *(one.sha256 for one in head.documents)}
        if isinstance(head, WireStatement):
            return
        disposed = disposed_document(head)
        if disposed is not None:
            result.disposed.add(disposed)
        if isinstance(head.data, ledger_noun.CheckpointAnchored):
            result.anchored.append(index)
        if self._numbers is not None:
            span = index // SPAN
            own = entry_sum(self._numbers, index, tag_set(head))
            result.tags[span] = result.tags.get(span, 0) + own


class _Read(NamedTuple):
    """An entry decoded, every layer once."""

    entry: OpenEntry
    head: Head


def _read(data: bytes) -> _Read:
    """Return an entry's layers.

    Raises:
        Malformed: whatever `ledger.entry.read_event` refuses.
    """
    entry = open_entry(data)
    payload = entry.envelope.payload
    try:
        return _Read(entry, decode_statement(payload))
    except Unavailable:  # TYPE-UNKNOWN: what stands around the data is the same for every type
        head = canonical.decode(
            payload, WireStatement, size_max=STATEMENT_BYTES_MAX, what="statement"
        )
        return _Read(entry, head)


def _brief(read: _Read) -> Brief:
    entry, head = read.entry, read.head
    if isinstance(head, WireStatement):
        seen = () if head.seen is None else (head.seen,)
        return Brief(head.id, entry.recorded_at, entry.control, None, seen=_seen(seen))
    targets, replaced, key = targets_of(head), replaced_by(head), idempotency_key(head)
    return Brief(
        id=head.id,
        recorded_at=entry.recorded_at,
        control=entry.control,
        is_control=is_control(head),
        opened=EVENT_TYPES[head.type].opened(head.data),
        target=targets[0].id if targets else None,
        replaced=None if replaced is None else replaced.id,
        idempotency=None if key is None else (head.asserted_by.lower(), key),
        seen=_seen(named_checkpoints(head)),
    )


@lru_cache(maxsize=64)
def _seen(named: tuple[Seen, ...]) -> tuple[tuple[int, str], ...]:
    """Return size and root of checkpoints: one object for neighbours."""
    return tuple((one.size, one.root) for one in named)


def _carried(head: Head) -> dict[str, bytes]:
    """Return the keys, by id, that a statement carries and that may sign it."""
    match head.data:
        case ledger_noun.LedgerOpened(registrar_key=key) | party_noun.KeyEnrolled(key=key):
            raw = raw_key(key)
            return {key_id(raw): raw}
        case _:
            return {}
