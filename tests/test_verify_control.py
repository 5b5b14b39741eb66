"""The control chain: followed backwards, folded forwards, and where it ends."""

import pytest
from msgspec import structs

from ledger.errors import Unavailable
from ledger.verify.control import SEES_ALL, read_control
from tests.forger import Forger, envelope_of
from tests.forgeries import draft, of_unknown_type
from tests.told import BATCH, dispatched, told


def test_the_chain_gives_the_authority_that_admission_folded() -> None:
    control = read_control(told().ledger.entry_bytes, told().ledger.size)
    assert control.mark is None
    assert control.blind_after == SEES_ALL
    assert control.authority == told().ledger.authority


def test_only_the_chain_and_the_last_entry_are_read() -> None:
    read: list[int] = []

    def entry_bytes(index: int) -> bytes:
        read.append(index)
        return told().ledger.entry_bytes(index)

    read_control(entry_bytes, BATCH + 2)
    assert set(read) == {*range(BATCH), BATCH + 1}


def test_a_chain_of_one_entry() -> None:
    control = read_control(told().ledger.entry_bytes, 1)
    assert control.authority.operator == "operator"


@pytest.mark.parametrize("index", [0, 3, 17])
def test_an_entry_of_the_chain_that_cannot_be_read_is_named(index: int) -> None:
    def entry_bytes(at: int) -> bytes:
        return b"{}" if at == index else told().ledger.entry_bytes(at)

    mark = read_control(entry_bytes, 18).mark
    assert mark is not None
    assert (mark.code, mark.index) == ("ENTRY-MALFORMED" if index else "ENTRY0-MALFORMED", index)


def test_a_statement_of_the_chain_that_cannot_be_read_is_named() -> None:
    """Its entry is well spelled, so the chain can be followed through it; its statement is not."""
    forger = Forger(told(), BATCH)
    envelope = told().ledger.event(BATCH).entry.envelope
    index = forger.write_bytes(
        forger.entry_bytes(structs.replace(envelope, payload="e30="))  # {}
    )
    mark = read_control(lambda at: forger.lines[at].data, forger.size).mark
    assert mark is not None
    assert (mark.code, mark.index) == ("ENTRY-MALFORMED", index)


@pytest.mark.parametrize("call", [1, 5, 20])
def test_a_source_that_fails_is_not_taken_for_a_chain_that_does(call: int) -> None:
    calls = 0

    def entry_bytes(index: int) -> bytes:
        nonlocal calls
        calls += 1
        if calls == call:
            raise Unavailable("STORE-UNREADABLE", "gone")
        return told().ledger.entry_bytes(index)

    with pytest.raises(Unavailable, match="gone"):
        read_control(entry_bytes, 18)


def test_authority_behind_an_unknown_control_entry_is_not_folded() -> None:
    forger = Forger(told(), 3)
    unknown = of_unknown_type(draft(dispatched("SHP-9")), "RoleGranted.v2")
    forger.control = forger.write(envelope_of(unknown, "maker"))
    forger.write(told().ledger.event(3).entry.envelope)
    control = read_control(lambda at: forger.lines[at].data, forger.size)
    assert (control.mark, control.blind_after) == (None, 3)
    assert not control.authority.holds("maker", "maker", 100)
