"""Both stores give the same verdict on the same tampering, and it is never PASS."""

# ruff: noqa: S608  statements of somebody who goes around the program, about numbers and bytes
from collections.abc import Callable, Iterator

import pytest

from ledger.log.merkle import leaf_hash
from ledger.store.places import open_place
from ledger.store.source import StoreSource
from ledger.verify.audit import audit
from tests.bare_store import EMPTY_SHA256
from tests.harness import Story
from tests.stores import Store
from tests.told import dispatched

SIZE = 262
"""Entries of the ledger: one tile is full."""


@pytest.fixture
def story(store: Store) -> Iterator[Story]:
    with Story(store.place) as told:
        told.party("maker", "maker")
        more = [told.submission(dispatched(f"S-{one}"), "maker") for one in range(SIZE)]
        told.ledger.append_many(more[: SIZE - told.ledger.size])
        yield told


def changes(blob: Callable[[bytes], str], data: bytes) -> list[str]:
    """Return statements of somebody who goes around the program."""
    changed = data[:40] + bytes((data[40] ^ 1,)) + data[41:]
    other, leaf, zeros = blob(changed), blob(leaf_hash(changed)), blob(bytes(32))
    tile = blob(bytes(8192))
    return [
        f"UPDATE entry SET data = {other} WHERE idx = 200",
        f"UPDATE entry SET data = {other}, leaf = {leaf} WHERE idx = 200",
        f"UPDATE entry SET leaf = {zeros} WHERE idx = 7",
        "UPDATE entry SET type = 'Other.v1' WHERE idx = 7",
        "DELETE FROM entry WHERE idx = 261",
        "DELETE FROM entry WHERE idx = 0",
        f"INSERT INTO entry VALUES (9999, 'Other.v1', {other}, {leaf})",
        f"INSERT INTO entry VALUES (-1, 'Other.v1', {other}, {leaf})",
        "DELETE FROM entry_tag WHERE idx = 100",
        "INSERT INTO entry_tag VALUES ('id:x', 100)",
        "UPDATE entry_tag SET tag = 'id:x' || tag WHERE idx = 1",
        "DELETE FROM tile",
        f"UPDATE tile SET hashes = {tile}",
        f"INSERT INTO tile VALUES (3, 5, {tile})",
        "UPDATE tree SET size = 263",
        f"UPDATE tree SET frontier = {zeros}",
        "UPDATE tree SET recorded_at = '2020-01-01T00:00:00.000000Z'",
        "UPDATE tree SET control = 261",
        f"UPDATE tree SET checkpoint = {zeros}",
        f"INSERT INTO document VALUES ('{EMPTY_SHA256}', {zeros})",
        f"INSERT INTO anchor VALUES (5, {zeros}, {zeros})",
    ]


COUNT = len(changes(repr, bytes(50)))


@pytest.mark.parametrize("number", range(COUNT))
def test_whatever_is_changed_the_audit_says_so(store: Store, story: Story, number: int) -> None:
    statement = changes(store.blob, story.ledger.entry_bytes(200))[number]
    assert story.audit().verdict == "PASS"
    store.without_triggers(statement)
    with open_place(store.place, readonly=True) as recorder:
        report = audit(StoreSource(recorder, store.place), story.trust())
    assert report.verdict == "FAIL", statement
