"""Statements from bytes: in two parts where all is as it should be, else layer by layer."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, get_type_hints

import msgspec

from ledger import canonical
from ledger.canonical import Canonical
from ledger.errors import Malformed
from ledger.events import well_formed
from ledger.events.base import STATEMENT_BYTES_MAX, Statement, WireStatement
from ledger.events.event_type import EventType

_END = "ledger"
"""The first field of the second part of a statement: in canonical bytes fields are sorted."""
_CUT = f',"{_END}":'.encode()
_END_BYTES_MAX = 2_000
_ENDS = 1_000


class StatementDecoder:
    """Decodes statements of the types of one table.

    From the field `ledger` on, neighbours are often alike to the byte: one ledger, one day, one
    party that saw one checkpoint. So a statement is cut there, and its end, which names its type,
    is decoded once for all that have it; the front is decoded with its data in one step. Each part,
    with a brace, must be in its one spelling: then the whole is, for it has the fields of both in
    one order. Only what is not as it should be is taken apart, which tells what is wrong.
    """

    def __init__(self, row_of: Callable[[str], EventType]) -> None:
        """Take the table; `row_of` returns a type's row, or raises Unavailable TYPE-UNKNOWN."""
        self._row_of = row_of
        self._fronts: dict[bytes, Any] = {}

    def decode(self, payload: bytes) -> Statement:
        """Return the statement that these bytes are the one spelling of.

        Raises:
            Malformed, Unavailable: as `ledger.events.decode_statement`.
        """
        struct = self._fronts.get(payload[payload.rfind(b'"', 0, -2) + 1 : -2])
        cut = payload.rfind(_CUT)
        if struct is None or cut < 0 or len(payload) > STATEMENT_BYTES_MAX:
            return self._decode_layers(payload)
        try:
            end = _end_of(payload[cut + 1 :])
            front = _decode(payload[:cut] + b"}", struct)
        except Malformed:
            return self._decode_layers(payload)
        return _checked(front, end, front.data)

    def _decode_layers(self, payload: bytes) -> Statement:
        size_max = STATEMENT_BYTES_MAX
        if len(payload) <= size_max:
            canonical.check_depth(payload, "statement")
        wire = canonical.decode(payload, WireStatement, size_max=size_max, what="statement")
        row = self._row_of(wire.type)
        what = f"{wire.type} data"
        data = canonical.decode(bytes(wire.data), row.data, size_max=size_max, what=what)
        self._fronts[row.name.encode()] = _part("StatementFront", {"data": row.data}, _is_front)
        return _checked(wire, wire, data)


def _is_front(name: str) -> bool:
    return name < _END


def _part(struct: str, own: dict[str, Any], has: Callable[[str], bool]) -> Any:
    """Return a struct of some fields of a statement, of their types or of types of its own."""
    hints = get_type_hints(WireStatement, include_extras=True) | own
    fields = [(name, hints[name]) for name in WireStatement.__struct_fields__ if has(name)]
    settings: Any = {"bases": (Canonical,), "frozen": True, "kw_only": True, "gc": False}
    in_order = {"ordered_fields": WireStatement.ordered_fields}
    return msgspec.defstruct(struct, fields, namespace=in_order, **settings)


_StatementEnd = _part("StatementEnd", {}, lambda name: not _is_front(name))


def _decode(part: bytes, struct: Any) -> Any:
    return canonical.decode(part, struct, size_max=STATEMENT_BYTES_MAX, what="statement")


def _end_of(data: bytes) -> Any:
    """Return the second part of a statement; a short one is remembered."""
    read = _remembered_end if len(data) <= _END_BYTES_MAX else _remembered_end.__wrapped__
    return read(data)


@lru_cache(maxsize=_ENDS)
def _remembered_end(data: bytes) -> Any:
    return _decode(b"{" + data, _StatementEnd)


def _checked(wire: Any, end: Any, data: Any) -> Statement:
    """Return a statement with its data, after the checks that no type of a field can state.

    Args:
        wire: what has the first fields.
        end: what has those from `ledger` on.
        data: what stands between them.

    Raises:
        Malformed: as `well_formed.check`.
    """
    statement = Statement(
        ledger=end.ledger,
        id=wire.id,
        type=end.type,
        occurred=end.occurred,
        asserted_by=wire.asserted_by,
        basis=wire.basis,
        signatories=end.signatories,
        corrects=wire.corrects,
        references=end.references,
        documents=wire.documents,
        annex=wire.annex,
        seen=end.seen,
        data=data,
    )
    well_formed.check(statement)
    return statement
