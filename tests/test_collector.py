"""Python's collector of cycles: it looks seldom while asked to, and as before afterwards."""

import gc
from contextlib import ExitStack

import pytest

from ledger.collector import seldom_collected


def test_it_looks_seldom_inside_and_as_before_outside() -> None:
    before = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold() == (100_000, *before[1:])
    assert gc.get_threshold() == before


def test_it_looks_as_before_after_an_error() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), seldom_collected():
        raise KeyError
    assert gc.get_threshold() == before


def test_of_several_that_overlap_the_last_one_puts_it_back() -> None:
    before = gc.get_threshold()
    first, second = seldom_collected(), seldom_collected()
    with ExitStack() as outer, ExitStack() as inner:
        outer.enter_context(first)
        inner.enter_context(second)
        outer.close()
        assert gc.get_threshold() != before
        inner.close()
        assert gc.get_threshold() == before
