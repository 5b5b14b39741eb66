"""The entries that an audit record covers: read again for what later ones may not repeat.

Nothing of them is judged: their bytes lead to the root whose audit the record is of. Several
processes share the reading, as long as all is as it should be; else one process reads them all
again, which tells what is wrong (`ledger.verify.audit`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import msgspec

from ledger.errors import Malformed
from ledger.events import EVENT_TYPES
from ledger.events.base import IDEMPOTENCY, Target, Uuid7
from ledger.log.merkle import leaf_hash
from ledger.signing.envelope import decode_base64
from ledger.source import Source, StoredRow
from ledger.verify.chunk import Brief
from ledger.verify.parallel import Failure, closed, opened, processes, shared

_VOID = "EventVoided.v1"
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, Malformed, KeyError)


class _Envelope(msgspec.Struct, gc=False):
    payload: str


class _Entry(msgspec.Struct, gc=False):
    envelope: _Envelope
    recorded_at: str
    control: int


class _OpenEnvelope(msgspec.Struct, gc=False):
    payload: bytes


class _OpenEntry(msgspec.Struct, gc=False):
    """An `_Entry` whose base64 is read with it, in whatever spelling."""

    envelope: _OpenEnvelope
    recorded_at: str
    control: int


class _Reference(msgspec.Struct, gc=False):
    type: str
    value: str


class _Statement(msgspec.Struct, gc=False):
    id: Uuid7
    type: str
    asserted_by: str
    corrects: Target | None
    references: tuple[_Reference, ...]
    data: msgspec.Raw


class _Voided(msgspec.Struct, gc=False):
    target: Target


_decode_entry = msgspec.json.Decoder(_Entry).decode
_decode_open_entry = msgspec.json.Decoder(_OpenEntry).decode
_decode_statement = msgspec.json.Decoder(_Statement).decode
_decode_voided = msgspec.json.Decoder(_Voided).decode


def covered(row: StoredRow) -> Brief:
    """Return what later entries may not repeat, of an entry whose bytes were audited.

    Raises:
        Malformed: RECORD-PREFIX for bytes that no audit can have passed.
    """
    try:
        entry = _decode_entry(row.data)
        statement = _decode_statement(decode_base64(entry.envelope.payload, "payload"))
        return _brief(entry, statement)
    except _BROKEN as error:
        raise _refused(row.index, error) from error


class Glance(msgspec.Struct, frozen=True, gc=False):
    """What was seen of some entries that stand one behind the other.

    Attributes:
        leaves: their leaf hashes, concatenated.
        packed: a brief for each.
    """

    leaves: bytes
    packed: bytes

    def briefs(self) -> list[Brief]:
        """Return what later entries may not repeat, of each."""
        return _unpack(self.packed)


_unpack = msgspec.msgpack.Decoder(list[Brief]).decode


@contextmanager
def glances(source: Source, size: int, workers: int, chunk: int) -> Iterator[Iterator[Glance]]:
    """Look through the first entries, so many at a time, in processes where these are worth it.

    Raises:
        LedgerError: whatever the source raises, and WORKERS-FAILED, as they are taken.
    """
    spans = [(start, min(start + chunk, size)) for start in range(0, size, chunk)]
    # Reading takes a tenth of the time of judging, and the start of a process as long.
    if not shared(source, size // 10, workers):
        yield (_glance(source, *span) for span in spans)
        return
    with processes(workers, _begin, source) as pool:
        yield map(opened, pool.map(_glance_there, spans))


def _glance(source: Source, start: int, stop: int) -> Glance:
    """Look through entries.

    Raises:
        Malformed: RECORD-PREFIX for one that cannot be read, has another hash beside it, or is not
            at its position.
    """
    leaves, briefs = bytearray(), []
    for index, row in enumerate(source.rows(start, stop), start):
        leaf = leaf_hash(row.data)
        if row.index != index or row.leaf != leaf:
            raise _refused(index, "it is not what stands beside it")
        leaves += leaf
        try:
            entry = _decode_open_entry(row.data)
            briefs.append(_brief(entry, _decode_statement(entry.envelope.payload)))
        except _BROKEN as error:
            raise _refused(index, error) from error
    return Glance(bytes(leaves), msgspec.msgpack.encode(briefs))


def _refused(index: int, error: object) -> Malformed:
    return Malformed("RECORD-PREFIX", f"entry {index} is none that an audit passed: {error}")


_here: list[Source] = []
"""That of this worker process; noted when it starts."""


def _begin(source: Source) -> None:
    _here[:] = [source]


def _glance_there(span: tuple[int, int]) -> Glance | Failure:
    return closed(lambda: _glance(_here[0], *span))


def _brief(entry: _Entry | _OpenEntry, statement: _Statement) -> Brief:
    replaced = statement.corrects
    if statement.type == _VOID:
        replaced = _decode_voided(statement.data).target
    keys = [one.value for one in statement.references if one.type == IDEMPOTENCY]
    return Brief(
        id=statement.id,
        recorded_at=entry.recorded_at,
        control=entry.control,
        is_control=None,
        opened=_opened(statement),
        replaced=None if replaced is None else replaced.id,
        idempotency=(statement.asserted_by.lower(), keys[0]) if keys else None,
    )


def _opened(statement: _Statement) -> str | None:
    decode = _opener(statement.type)
    if decode is None:
        return None
    kind, decoder = decode
    return f"{kind}/{decoder.decode(statement.data).value}".lower()


@lru_cache(maxsize=256)
def _opener(type_name: str) -> "tuple[str, msgspec.json.Decoder[_Opened]] | None":
    """Return the kind of identifier that a type opens, and what reads its field alone."""
    opens = EVENT_TYPES[type_name].opens
    if opens is None:
        return None
    kind, name = opens
    struct = msgspec.defstruct("Opened", [("value", str)], rename={"value": name}, gc=False)
    return kind, msgspec.json.Decoder(struct)


class _Opened(msgspec.Struct):
    value: str
