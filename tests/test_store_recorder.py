"""The ledger as a `DCBRecorder`: the library's own test case, conditions and subscriptions."""

import threading
from collections.abc import Sequence

import pytest
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem
from eventsourcing.dcb.tests import DCBRecorderTestCase
from eventsourcing.persistence import IntegrityError

from ledger.errors import Conflict, Malformed, Refused
from ledger.store import recorder as recorder_module
from ledger.store.recorder import LedgerRecorder
from tests.bare_store import (
    assert_sound,
    record,
)

# The library's test case; pytest does not collect its methods by themselves.
LIBRARY = DCBRecorderTestCase()


def test_the_librarys_test_of_appending_and_reading(recorder: LedgerRecorder) -> None:
    LIBRARY._test_append_read(recorder)
    assert recorder.head().size == 13
    assert_sound(recorder)


def test_the_librarys_test_of_subscribing(recorder: LedgerRecorder) -> None:
    LIBRARY._test_append_subscribe(recorder)
    assert recorder.head().size == 2
    assert_sound(recorder)


def test_a_failed_append_condition_is_a_conflict_and_the_librarys_integrity_error(
    recorder: LedgerRecorder,
) -> None:
    event = DCBEvent("type1", b"data", ["tag:x"])
    recorder.append([event])
    with pytest.raises(Conflict) as caught:
        recorder.append([event], DCBAppendCondition())
    assert isinstance(caught.value, IntegrityError)
    assert caught.value.code == "CONDITION-FAILED"
    assert recorder.head().size == 1


def test_an_append_without_events_is_malformed(recorder: LedgerRecorder) -> None:
    with pytest.raises(Malformed, match="EVENTS-NONE"):
        recorder.append([])


def test_bare_events_are_refused_by_a_ledger_that_signs(recorder: LedgerRecorder) -> None:
    record(recorder, "signed")
    with pytest.raises(Refused, match="CHECKPOINT-NEEDED"):
        recorder.append([DCBEvent("type1", b"bare", [])])
    assert recorder.head().size == 1


def test_a_query_item_without_types_and_tags_matches_all(recorder: LedgerRecorder) -> None:
    recorder.append([DCBEvent("type1", b"a", ["t:1", "t:1"]), DCBEvent("type2", b"b", [])])
    response = recorder.read(DCBQuery([DCBQueryItem()]))
    assert [(one.position, one.event.data, one.event.tags) for one in response] == [
        (1, b"a", ["t:1"]),
        (2, b"b", []),
    ]


def test_what_is_committed_during_a_read_belongs_to_the_next(
    recorder: LedgerRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer commits each time after the size was read and before the tags are."""
    matching = recorder.matching

    def interrupted(
        types: Sequence[str], tags: Sequence[str], start: int, limit: int | None
    ) -> list[int]:
        recorder.append([DCBEvent("type1", b"late", ["t:1"])])
        return matching(types, tags, start, limit)

    monkeypatch.setattr(recorder, "matching", interrupted)
    recorder.append([DCBEvent("type1", b"early", ["t:1"])])
    for size in (1, 2):
        response = recorder.read(DCBQuery([DCBQueryItem(tags=["t:1"])]))
        assert response.head == size
        assert [one.position for one in response] == list(range(1, size + 1))


def test_reading_goes_on_over_pages(
    recorder: LedgerRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "_READ_PAGE", 3)
    recorder.append([DCBEvent("type1", b"%d" % i, [f"n:{i}"]) for i in range(10)])
    assert [one.event.tags for one in recorder.read(after=2)] == [[f"n:{i}"] for i in range(2, 10)]


def test_a_subscription_gives_only_what_matches_and_ends_when_stopped(
    recorder: LedgerRecorder,
) -> None:
    recorder.append([DCBEvent("type1", b"a", ["t:1"]), DCBEvent("type1", b"b", ["t:2"])])
    got: list[bytes] = []
    arrived = threading.Event()

    def listen() -> None:
        for one in subscription:
            got.append(one.event.data)
            if one.event.data == b"d":
                arrived.set()

    with recorder.subscribe(DCBQuery([DCBQueryItem(tags=["t:2"])])) as subscription:
        thread = threading.Thread(target=listen)
        thread.start()
        recorder.append([DCBEvent("type1", b"c", ["t:1"])])
        recorder.append([DCBEvent("type1", b"d", ["t:2"])])
        assert arrived.wait(5)
    thread.join(5)
    assert not thread.is_alive()
    assert got == [b"b", b"d"]
