"""What can be audited: a live store answers everything that an audit asks of a source."""

from ledger.source import Anchor, LiveSource, Source
from ledger.store.source import StoreSource
from tests.forger import copied
from tests.told import told


def asked(protocol: type) -> set[str]:
    return {name for one in protocol.__mro__ for name in vars(one) if not name.startswith("_")}


def test_a_live_store_answers_everything() -> None:
    source: LiveSource = copied(told())
    assert asked(Source) < asked(LiveSource)
    assert {name for name in asked(LiveSource) if not hasattr(StoreSource, name)} == set()
    assert source.scope == "full"
    assert [row.index for row in source.rows(3, 6)] == [3, 4, 5]
    assert list(source.rows(17, 99)) == [*source.rows(17, 18)]


def test_an_anchor_is_a_plain_tuple() -> None:
    assert Anchor(3, b"note", None) == (3, b"note", None)
