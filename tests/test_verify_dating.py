"""Between which moments an entry came into the log: bounds from what outsiders said."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.verify.dating import Bound, Bounds, Dated, bounds

SAID = st.builds(
    lambda size, at, wide, entry: Dated(size, at, at + wide, "x", entry),
    st.integers(1, 20),
    st.integers(0, 100),
    st.integers(0, 3),
    st.none() | st.integers(0, 20),
)


def test_nobody_said_anything() -> None:
    assert bounds(3, []) == Bounds(3, None, None)


def test_a_checkpoint_that_was_dated_bounds_what_it_holds_from_above() -> None:
    said = [Dated(10, 100, 102, "a"), Dated(20, 200, 202, "b")]
    assert bounds(9, said).not_after == Bound(102, "a")
    assert bounds(10, said).not_after == Bound(202, "b")
    assert bounds(20, said) == Bounds(20, None, None)


def test_the_earliest_counts_though_a_larger_tree_has_it() -> None:
    said = [Dated(10, 300, 302, "late"), Dated(20, 200, 202, "b")]
    assert bounds(9, said).not_after == Bound(202, "b")


def test_an_entry_that_holds_a_date_bounds_itself_and_what_follows_from_below() -> None:
    said = [Dated(10, 100, 102, "a", entry=12), Dated(15, 150, 152, "b", entry=17)]
    assert bounds(11, said).not_before is None
    assert bounds(12, said).not_before == Bound(100, "a")
    assert bounds(17, said).not_before == Bound(150, "b")
    assert str(bounds(17, said).not_before) == "1970-01-01T00:02:30Z (b)"


def test_a_second_that_no_calendar_has_is_shown_as_a_number() -> None:
    assert str(Bound(2**63 - 1, "w")) == "second 9223372036854775807 (w)"


@given(st.lists(SAID, max_size=8), st.integers(0, 21))
def test_bounds_are_the_tightest_that_follow_and_move_only_upwards(
    said: list[Dated], index: int
) -> None:
    found = bounds(index, said)
    after = [one.latest for one in said if one.size > index]
    before = [one.earliest for one in said if one.entry is not None and one.entry <= index]
    assert (found.not_after and found.not_after.at) == min(after, default=None)
    assert (found.not_before and found.not_before.at) == max(before, default=None)
    later = bounds(index + 1, said)
    if later.not_after is not None:
        assert found.not_after is not None
        assert found.not_after.at <= later.not_after.at
    if found.not_before is not None:
        assert later.not_before is not None
        assert later.not_before.at >= found.not_before.at
