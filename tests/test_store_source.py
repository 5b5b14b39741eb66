"""A live store as a source: sent to other processes, and the same however it grows."""

import copy
from operator import methodcaller
from pathlib import Path

import pytest

from ledger.errors import Unavailable
from ledger.source import Anchor
from ledger.store import reader
from ledger.store.source import StoreSource
from tests.forger import copied
from tests.harness import Story
from tests.told import commissioned, told


def test_a_source_in_a_file_opens_it_again_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Story(path) as story:
        story.party("maker")
        source = story.ledger.source()
        assert (source.shareable, source.name) == (True, "live store ledger.sqlite")
        again = copy.copy(source)
        assert again._recorder is not source._recorder
        assert list(again.rows(0, 9)) == list(source.rows(0, 9))
        again.close()
        copy.copy(source).close()  # of a store that was never looked at, nothing is open
        source.close()  # that of the story stays open
        assert source.size() == story.ledger.size


def test_a_source_in_memory_stays_where_it_is() -> None:
    source = copied(told())
    assert (source.shareable, source.name) == (False, "live store")
    with pytest.raises(Unavailable, match="no file to open again"):
        copy.copy(source).size()


def test_a_source_is_what_it_was_at_the_first_look() -> None:
    with Story() as story:
        story.party("maker", "maker")
        source = story.ledger.source()
        before = (source.size(), source.checkpoint(), source.tree_row(), list(source.tags()))
        story.record(commissioned(), "maker")
        after = (source.size(), source.checkpoint(), source.tree_row(), list(source.tags()))
        assert before == after
        assert list(source.strays()) == []
        assert StoreSource(story.ledger._recorder, None).size() == before[0] + 1


def test_an_anchor_without_a_token_has_none() -> None:
    source = copied(told())
    for token in (b"", b"token"):
        stored = reader.Anchor(3, b"note", token)
        source._recorder.transact(methodcaller("add_anchor", stored))
    assert source.anchors() == [Anchor(3, b"note", None), Anchor(3, b"note", b"token")]
