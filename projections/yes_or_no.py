"""Columns that say yes or no: 1 and 0 for programs, words for people.

A column is one of them where the head of its file explains it by `yes if …`.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

_BEGINS = "yes if "


def worded(
    columns: Sequence[str], meanings: Iterable[tuple[str, str]], rows: Iterable[Sequence[T]]
) -> list[tuple[T | str, ...]]:
    """Return rows with `yes` and `no` in the columns that say so; what is unknown stays None.

    Args:
        columns: names of the columns.
        meanings: columns that are explained, each with its meaning.
        rows: values in the order of `columns`.
    """
    told = {name for name, meaning in meanings if meaning.startswith(_BEGINS)}
    places = [place for place, name in enumerate(columns) if name in told]
    found: list[tuple[T | str, ...]] = []
    for row in rows:
        cells: list[T | str] = list(row)
        for place in places:
            if cells[place] is not None:
                cells[place] = "yes" if cells[place] else "no"
        found.append(tuple(cells))
    return found
