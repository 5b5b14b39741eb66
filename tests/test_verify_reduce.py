"""The reduce pass: what only the order of all entries shows."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.entry import Event
from ledger.errors import Unavailable
from ledger.events.base import Reference
from ledger.verify.chunk import Brief, ChunkResult
from ledger.verify.reduce import Reducer, SeenCheckpoints, judge_seen
from tests.harness import Story
from tests.told import dispatched, told


def brief(control: int = 0, is_control: bool | None = False, **more: object) -> Brief:  # noqa: FBT001, FBT002  as a Brief
    return Brief(str(UUID(int=next(NUMBERS))), "2026", control, is_control, **more)  # type: ignore[arg-type]  # by name


NUMBERS = iter(range(10**9))


def reduced(*briefs: Brief | None, start: int = 0) -> Reducer:
    reducer = Reducer(told().ledger.event)
    reducer.take(ChunkResult(range(start, start + len(briefs)), briefs=list(briefs)))
    return reducer


def broken(reducer: Reducer) -> list[int | None]:
    return [mark.index for mark in reducer.marks if mark.code == "CONTROL-CHAIN"]


def test_each_entry_names_the_newest_control_entry_before_it() -> None:
    assert broken(reduced(brief(0, True), brief(0), brief(0, True), brief(2), brief(2))) == []
    assert broken(reduced(brief(0, True), brief(0, True), brief(0))) == [2]
    assert broken(reduced(brief(0, True), brief(0), brief(1))) == [2]


def test_an_entry_that_cannot_be_read_may_have_been_a_control_entry_or_not() -> None:
    """Only the entry after it says which; from then on that is settled."""
    assert broken(reduced(brief(0, True), None, brief(1), brief(1))) == []
    assert broken(reduced(brief(0, True), None, brief(0), brief(0))) == []
    assert broken(reduced(brief(0, True), None, brief(0), brief(1))) == [3]
    assert broken(reduced(brief(0, True), None, None, brief(1), brief(1))) == []
    assert broken(reduced(brief(0, True), brief(0, None), brief(1, None), brief(2))) == []
    assert broken(reduced(brief(0, True), brief(0, None), brief(0, None), brief(1))) == [3]


def test_a_signer_saw_no_more_than_was_there_before_its_entry() -> None:
    """An entry at index 2 follows two others: its signer may have seen both, and no third."""
    root = "00" * 32
    assert reduced(brief(seen=((2, root),)), start=2).marks == []
    marks = reduced(brief(seen=((3, root),)), start=2).marks
    assert [(mark.code, mark.index, mark.found) for mark in marks] == [("SEEN-AHEAD", 2, "3")]


def test_what_cannot_be_read_is_remembered_as_such() -> None:
    assert reduced(brief(0, True), None, brief(0, None), brief(2)).unread == {1, 2}


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(1, 7))
def test_chunks_of_any_size_give_the_same(controls: list[bool], size: int) -> None:
    newest, briefs = 0, list[Brief]()
    for index, is_control in enumerate(controls):
        briefs.append(brief(newest, is_control))
        newest = index if is_control else newest
    reducer = Reducer(told().ledger.event)
    for start in range(0, len(briefs), size):
        reducer.take(
            ChunkResult(range(start, start + size), briefs=list(briefs[start : start + size]))
        )
    assert (reducer.marks, reducer.newest_control) == ([], newest)


def test_the_past_answers_as_admission_asks() -> None:
    """What `ledger.history` asks of a store's tags is asked here of one pass."""
    with Story() as story:
        story.party("maker", "maker")
        key = Reference(type="idempotency", value="K-1")
        receipt = story.record(dispatched("SHP-1"), "maker", references=(key,))
        reducer, covering = Reducer(story.ledger.event), Reducer(story.ledger.event)
        assert reducer.with_key("Maker", "K-1") is None
        one = Brief(
            receipt.id, "", 0, False, opened="shipment/shp-1",
            idempotency=("maker", "K-1"), replaced="another",
        )  # fmt: skip
        reducer.take(ChunkResult([receipt.index], briefs=[one]))
        covering.cover(receipt.index, one)
        assert list(covering.ids_lines()) == list(reducer.ids_lines())
        found = reducer.with_key("Maker", "K-1")
        assert found is not None
        assert found.index == receipt.index
        assert reducer.by_id(receipt.id) == found
        assert reducer.openers("shipment/shp-1") == [found]
        assert reducer.openers("shipment/other") == []
        assert reducer.successor("another") == found
        assert reducer.successor(receipt.id) is None


def test_a_source_that_fails_is_not_taken_for_a_contradiction() -> None:
    def read(_index: int) -> Event:
        raise Unavailable("STORE-UNREADABLE", "gone")

    reducer = Reducer(read)
    with pytest.raises(Unavailable, match="gone"):
        reducer.take(ChunkResult([0], briefs=[brief(target="0" * 36)]))


def test_roots_that_signers_saw() -> None:
    roots = {0: bytes(32), 2: b"\2" * 32}
    seen: Sequence[tuple[int, str]] = [
        (0, "00" * 32), (2, "03" * 32), (3, "00" * 32), (9, "00" * 32),
    ]  # fmt: skip
    first = SeenCheckpoints()
    for index, one in enumerate(seen):
        first.note(one, index)
        first.note(one, index + 10)
    assert sorted(first.sizes()) == sorted(size for size, _ in seen)
    marks = list(judge_seen(first.in_order(), roots, 8))
    assert [(mark.code, mark.index, mark.found) for mark in marks] == [
        ("SEEN-DIFFERS", 1, "03" * 32),
        ("SEEN-UNPROVEN", 2, "none"),
    ]
