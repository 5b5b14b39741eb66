"""The map pass: what a chunk says of its entries, without their neighbours."""

from hashlib import sha256

import pytest

from ledger.errors import Unavailable
from ledger.verify.chunk import Brief, ChunkJudge
from tests.forger import Forger, envelope_of
from tests.forgeries import draft, of_unknown_type
from tests.harness import Story
from tests.told import ACCEPTANCE, BATCH, CORRECTION, ENROLLED, RECEIPT, SHIPMENT, dispatched, told


def judge(story: Story = told(), tag_key: bytes | None = None) -> ChunkJudge:  # noqa: B008  cached
    return ChunkJudge(story.ledger.authority, 2**53, tag_key)


def rows(start: int, stop: int):  # type: ignore[no-untyped-def]  # noqa: ANN201  the store's own
    return told().ledger.source().rows(start, stop)


def test_what_the_reduce_needs_of_an_entry() -> None:
    [correction, acceptance] = judge().judge(range(CORRECTION, 18), rows(CORRECTION, 18)).briefs
    event = told().ledger.event(CORRECTION)
    receipt = told().ledger.event(RECEIPT).statement.id
    assert event.statement.seen is not None
    assert correction == Brief(
        id=event.statement.id,
        recorded_at=event.entry.recorded_at,
        control=BATCH - 1,
        is_control=True,
        opened="receipt/rcv-1",
        target=receipt,
        replaced=receipt,
        idempotency=None,
        seen=((CORRECTION, event.statement.seen.root),),
    )
    assert acceptance is not None
    assert acceptance.target == told().ledger.event(SHIPMENT).statement.id
    assert (acceptance.replaced, acceptance.opened, acceptance.is_control) == (None, None, False)


def test_every_signature_is_checked_also_of_keys_that_the_statement_carries() -> None:
    result = judge().judge(range(ENROLLED + 1), rows(0, ENROLLED + 1))
    assert (result.signatures, result.marks) == (1 + 1 + 2, [])
    assert (
        judge().judge(range(SHIPMENT, SHIPMENT + 1), rows(SHIPMENT, SHIPMENT + 1)).signatures == 2
    )


def test_documents_are_told_with_the_first_entry_that_names_them() -> None:
    result = judge().judge(range(BATCH, ACCEPTANCE + 1), rows(BATCH, ACCEPTANCE + 1))
    statements = {index: told().ledger.event(index).statement for index in (BATCH, SHIPMENT)}
    [made] = statements[BATCH].documents
    assert result.documents[made.sha256, made.size] == BATCH
    assert result.documents[statements[SHIPMENT].annex, None] == SHIPMENT  # type: ignore[index]  # it has one


def test_the_leaves_that_were_judged_are_told() -> None:
    leaves = [row.leaf for row in rows(3, 6)]
    assert judge().judge(range(3, 6), rows(3, 6)).leaves == sha256(b"".join(leaves)).digest()


def test_an_entry_that_is_not_at_its_position_is_not_judged_by_the_rights_there() -> None:
    with pytest.raises(Unavailable, match="entry 4 is not where it was"):
        judge().judge(range(4, 6), rows(5, 6))


def test_of_an_entry_of_a_later_version_what_stands_around_its_data() -> None:
    forger = Forger(told())
    statement = of_unknown_type(draft(dispatched("SHP-9")))
    index = forger.write(envelope_of(statement, "maker"))
    source = forger.source()
    result = judge(tag_key=bytes(16)).judge([index], source.rows(index, index + 1))
    [brief] = result.briefs
    assert brief is not None
    assert statement.seen is not None
    assert (brief.id, brief.is_control, brief.seen) == (
        statement.id,
        None,
        ((statement.seen.size, statement.seen.root),),
    )
    assert (result.signatures, result.tags) == (1, {})
