"""The tag index against the entries: one sum where they agree, rows where they differ."""

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ledger.verify.report import Mark
from ledger.verify.tags import SPAN, TagIndex, TagNumbers, entry_sum, stored_sum, whole

KEY = b"sixteen bytes .."
SIZE = 3 * SPAN - 10
ROWS = st.sets(st.tuples(st.integers(0, SIZE - 1), st.sampled_from("abcdefgh")), max_size=40)


@dataclass
class Index:
    """A tag index that holds these rows, in this order."""

    rows: list[tuple[int, str]]

    def tags(self) -> Iterator[tuple[int, str]]:
        yield from self.rows


def sums(rows: set[tuple[int, str]]) -> dict[int, int]:
    """Return the sums by span, taken entry by entry."""
    numbers, spans = TagNumbers(KEY), dict[int, int]()
    for index in {index for index, _ in rows}:
        tags = [tag for at, tag in rows if at == index]
        spans[index // SPAN] = spans.get(index // SPAN, 0) + entry_sum(numbers, index, tags)
    return spans


def compared(
    stored: list[tuple[int, str]], expected: set[tuple[int, str]], unread: frozenset[int]
) -> list[Mark]:
    index = TagIndex(
        Index(stored),  # type: ignore[arg-type]  # all that is asked of a store here
        SIZE,
        unread,
        lambda at: [tag for where, tag in expected if where == at],
        KEY,
    )
    kept = {row for row in expected if row[0] not in unread}
    return list(index.marks(sums(kept)))


@given(ROWS, st.randoms(use_true_random=False))
def test_the_same_rows_in_any_order_give_one_sum(
    rows: set[tuple[int, str]], random: object
) -> None:
    shuffled = sorted(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' Random
    assert stored_sum(Index(shuffled), SIZE, KEY) == whole(sums(rows))  # type: ignore[arg-type]  # as above


@given(ROWS, ROWS)
def test_other_rows_give_another_sum_and_marks_that_name_them(
    ours: set[tuple[int, str]], theirs: set[tuple[int, str]]
) -> None:
    same = ours == theirs
    total = stored_sum(Index(sorted(theirs)), SIZE, KEY)  # type: ignore[arg-type]  # as above
    assert (total == whole(sums(ours))) is same
    marks = compared(sorted(theirs), ours, frozenset())
    assert (not marks) is same
    differing = {index // SPAN for index, _ in ours ^ theirs}
    assert {(mark.index or 0) // SPAN for mark in marks} == differing
    if differing:
        first = min(differing)
        rows = {(index, tag) for index, tag in ours ^ theirs if index // SPAN == first}
        named = [mark for mark in marks if (mark.index or 0) // SPAN == first]
        assert len(named) == len(rows)


def test_a_missing_row_and_one_too_many_are_told_apart() -> None:
    missing, stray = compared([(5, "new")], {(7, "old")}, frozenset())[::-1]
    assert (missing.index, missing.expected, missing.found) == (7, "old", "no such tag")
    assert (stray.index, stray.expected, stray.found) == (5, "no such tag", "new")


def test_each_further_span_that_differs_is_named_with_its_last_entry() -> None:
    first, second, third = compared([(1, "x"), (SPAN, "x"), (2 * SPAN, "x")], set(), frozenset())
    assert first.index == 1
    assert (second.index, second.expected) == (SPAN, f"the tags of entries to {2 * SPAN - 1}")
    assert (third.index, third.expected) == (2 * SPAN, f"the tags of entries to {SIZE - 1}")


def test_rows_of_positions_that_are_not_there_have_no_sum() -> None:
    for index in (-1, SIZE):
        stored = [(0, "a"), (index, "a")]
        assert stored_sum(Index(stored), SIZE, KEY) is None  # type: ignore[arg-type]  # as above
        [stray] = compared(stored, {(0, "a")}, frozenset())
        assert (stray.code, stray.index) == ("TAGS-STRAY", index)


def test_what_this_version_cannot_tag_is_left_out_on_both_sides() -> None:
    expected = {(3, "a"), (4, "unknown")}
    assert compared([(3, "a"), (4, "b"), (4, "c")], expected, frozenset({4})) == []


def test_numbers_are_forgotten_and_drawn_again_alike() -> None:
    numbers = TagNumbers(KEY)
    first = numbers["tag"], numbers.position(1), numbers.position(SPAN)
    for count in range(100_001):
        numbers[str(count)]
    assert "tag" not in numbers
    assert (numbers["tag"], numbers.position(1), numbers.position(SPAN)) == first
    assert numbers.positions(SPAN + 1)[1] == first[1]
    assert numbers.positions(SPAN + 1)[SPAN] == first[2]


def test_another_key_gives_other_numbers() -> None:
    rows = [(1, "a"), (2, "b")]
    other = stored_sum(Index(rows), SIZE, b"another key ....")  # type: ignore[arg-type]  # as above
    assert other != stored_sum(Index(rows), SIZE, KEY)  # type: ignore[arg-type]  # as above
