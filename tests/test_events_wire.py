"""Statements from bytes, at once or layer by layer: both read alike and fail alike."""

import pytest

from ledger import canonical
from ledger.errors import LedgerError
from ledger.events import EVENT_TYPES, event_type
from ledger.events.wire import StatementDecoder
from tests.golden.generate import statements

STATEMENTS = statements()


def outcome(decoder: StatementDecoder, payload: bytes) -> object:
    try:
        return decoder.decode(payload)
    except LedgerError as error:
        return type(error), error.code, error.message, error.where


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_second_statement_of_a_type_reads_like_the_first(name: str) -> None:
    payload = canonical.encode(STATEMENTS[name])
    decoder = StatementDecoder(event_type)
    first, second = decoder.decode(payload), decoder.decode(payload)
    assert first == second == STATEMENTS[name]
    assert type(first.data) is type(second.data) is EVENT_TYPES[name].data


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"ledger":', b'"ledger": '),
        (b'"type":"ShipmentDispatched.v1"', b'"type":"ShipmentReceived.v1"'),
        (b'"type":"ShipmentDispatched.v1"', b'"type":"ShipmentVanished.v1"'),
        (b'"data":{', b'"data":{"extra":1,'),
        (b'"basis":"first_party"', b'"basis":"hearsay"'),
        (b'"basis":"first_party"', b'"basis":"first_party","basis":"first_party"'),
        (b'"type":"ShipmentDispatched.v1"}', b'"type":"ShipmentDispatched.v1"} '),
        (b"{", b""),
    ],
)
def test_what_is_wrong_is_told_alike(old: bytes, new: bytes) -> None:
    payload = canonical.encode(STATEMENTS["ShipmentDispatched.v1"])
    altered = payload.replace(old, new, 1)
    assert altered != payload
    warm = StatementDecoder(event_type)
    for statement in STATEMENTS.values():
        warm.decode(canonical.encode(statement))
    assert outcome(warm, altered) == outcome(StatementDecoder(event_type), altered)
    assert isinstance(outcome(warm, altered), tuple)
