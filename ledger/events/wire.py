"""Statements from bytes: the whole at once where all is as it should be, else layer by layer."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from ledger import canonical
from ledger.errors import Malformed
from ledger.events import well_formed
from ledger.events.base import STATEMENT_BYTES_MAX, Statement, WireStatement
from ledger.events.event_type import EventType


class StatementDecoder:
    """Decodes statements of the types of one table.

    In canonical bytes the type is the last field. So nearly always the whole is decoded in one
    step, typed by it; only what is not as it should be is taken apart, which tells what is wrong.
    """

    def __init__(self, row_of: Callable[[str], EventType]) -> None:
        """Take the table; `row_of` returns a type's row, or raises Unavailable TYPE-UNKNOWN."""
        self._row_of = row_of
        self._wholes: dict[bytes, type[WireStatement]] = {}

    def decode(self, payload: bytes) -> Statement:
        """Return the statement that these bytes are the one spelling of.

        Raises:
            Malformed, Unavailable: as `ledger.events.decode_statement`.
        """
        name = payload[payload.rfind(b'"', 0, -2) + 1 : -2]
        whole = self._wholes.get(name)
        if whole is None:
            return self._decode_layers(payload)
        try:
            read = canonical.decode(payload, whole, size_max=STATEMENT_BYTES_MAX, what="statement")
        except Malformed:
            return self._decode_layers(payload)
        return _checked(read, read.data)

    def _decode_layers(self, payload: bytes) -> Statement:
        size_max = STATEMENT_BYTES_MAX
        if len(payload) <= size_max:
            canonical.check_depth(payload, "statement")
        wire = canonical.decode(payload, WireStatement, size_max=size_max, what="statement")
        row = self._row_of(wire.type)
        what = f"{wire.type} data"
        data = canonical.decode(bytes(wire.data), row.data, size_max=size_max, what=what)
        self._wholes[row.name.encode()] = _whole(row)
        return _checked(wire, data)


def _whole(row: EventType) -> type[WireStatement]:
    """Return the struct of a type's statements with their data in them."""
    fields = [("type", Literal[row.name]), ("data", row.data)]
    settings = {"bases": (WireStatement,), "frozen": True, "kw_only": True, "gc": False}
    return msgspec.defstruct("WholeStatement", fields, **settings)  # type: ignore[return-value,arg-type]  # of these bases


def _checked(wire: WireStatement, data: Any) -> Statement:
    """Return a statement with its data, after the checks that no type of a field can state.

    Raises:
        Malformed: as `well_formed.check`.
    """
    statement = Statement(
        ledger=wire.ledger,
        id=wire.id,
        type=wire.type,
        occurred=wire.occurred,
        asserted_by=wire.asserted_by,
        basis=wire.basis,
        signatories=wire.signatories,
        corrects=wire.corrects,
        references=wire.references,
        documents=wire.documents,
        annex=wire.annex,
        seen=wire.seen,
        data=data,
    )
    well_formed.check(statement)
    return statement
