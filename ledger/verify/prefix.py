"""The entries that an audit record covers: read again for what later ones may not repeat.

Nothing of them is judged: their bytes lead to the root whose audit the record is of.
"""

from functools import lru_cache

import msgspec

from ledger.errors import Malformed
from ledger.events import EVENT_TYPES
from ledger.events.base import IDEMPOTENCY, Target, Uuid7
from ledger.signing.envelope import decode_base64
from ledger.source import StoredRow
from ledger.verify.chunk import Brief

_VOID = "EventVoided.v1"


class _Envelope(msgspec.Struct, gc=False):
    payload: str


class _Entry(msgspec.Struct, gc=False):
    envelope: _Envelope
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
    except (msgspec.DecodeError, UnicodeDecodeError, Malformed, KeyError) as error:
        raise Malformed(
            "RECORD-PREFIX", f"entry {row.index} is none that an audit passed: {error}"
        ) from error


def _brief(entry: _Entry, statement: _Statement) -> Brief:
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
