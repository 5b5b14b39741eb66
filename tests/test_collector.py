"""Python's collector of cycles: it looks seldom while asked to, and as before afterwards."""

import gc

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
