"""Tables on paper: cells set within the width of their columns, and a wide table in parts."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from projections.reports import excerpt, words
from projections.reports.letters import broken, covered, width, words_width
from projections.reports.model import Table
from projections.reports.widths import LEGIBLE, PADDING, in_one_line, setting

_ROOM: Final = 762.0
"""Points between the margins."""
_HALF: Final = 371.0
"""Points of one of two columns beside each other."""
_BOLD: Final = 1.08
_TALL: Final = 30
"""Rows from which on a narrow table is set in two columns."""
_PARTED: Final = 1_500
"""Letters of a cell from which on its row may go on on the next page."""
_PARTS_MAX: Final = 4
_KEY_LETTERS: Final = 40


class _Column(NamedTuple):
    """A column as it is to be set; widths are in the size of the font."""

    name: str
    cells: tuple[str, ...]
    key: bool
    number: bool
    word: float
    line: float


def tables_of(table: Table) -> list[dict[str, Any]]:
    """Return a table as the paper sets it; in parts below each other if it would be too small.

    Each part begins with the number of the row and the first column.
    """
    columns = _columns(table)
    parts = [_set(columns)]
    if parts[0]["size"] >= LEGIBLE:
        return parts
    numbers = _measured("row", [str(one + 1) for one in range(len(table.rows))], number=True)
    for count in range(2, _PARTS_MAX + 1):
        parts = [_set([numbers, columns[0], *one]) for one in _parted(columns[1:], count)]
        if min(one["size"] for one in parts) >= LEGIBLE:
            break
    return parts


def remark(parts: Sequence[object]) -> str | None:
    """Return that a table is set in parts, or None."""
    if len(parts) <= 1:
        return None
    return f"A wide table, in {len(parts)} parts: `row` and the first column say what is one row."


def _columns(table: Table) -> list[_Column]:
    told = excerpt.in_words(table)
    kept = excerpt.columns(told)
    return [
        _measured(
            table.columns[place].replace("_", " "),
            [words.shown(row[place], table.columns[place]) for row in told.rows],
            number=place in kept.numbers,
        )
        for place in kept.kept
    ]


def _measured(name: str, cells: Sequence[str], *, number: bool) -> _Column:
    name = covered(name)
    shown = tuple(covered(one, boxed=True) for one in cells)
    key = any(len(one) >= _KEY_LETTERS and " " not in one for one in shown)
    return _Column(
        name, shown, key, number,
        max(words_width(name) * _BOLD, *(words_width(one, mono=key) for one in shown)),
        max(width(name) * _BOLD, *(width(one, mono=key) for one in shown)),
    )  # fmt: skip


def _parted(columns: Sequence[_Column], count: int) -> list[list[_Column]]:
    """Return columns in so many parts of about the same width, in order."""
    whole = sum(one.line for one in columns)
    parts: list[list[_Column]] = [[] for _ in range(count)]
    reached = 0.0
    for one in columns:
        parts[min(count - 1, int(count * (reached + one.line / 2) / whole))].append(one)
        reached += one.line
    return [one for one in parts if one]


def _set(columns: Sequence[_Column]) -> dict[str, Any]:
    """Return columns with their widths, and the rows of their cells."""
    rows = list(zip(*(one.cells for one in columns), strict=True))
    lines = [one.line for one in columns]
    beside = len(rows) >= _TALL and in_one_line(lines, _HALF)
    size, widths = setting([one.word for one in columns], lines, _HALF if beside else _ROOM)
    rooms = [(one - PADDING) / size for one in widths]
    return {
        "size": size,
        "beside": beside,
        "columns": [
            {"name": broken(one.name, room), "width": wide, "key": one.key, "number": one.number}
            for one, wide, room in zip(columns, widths, rooms, strict=True)
        ],
        "rows": [
            {
                "cells": [
                    broken(cell, room, mono=one.key)
                    for cell, room, one in zip(row, rooms, columns, strict=True)
                ],
                "parted": max(map(len, row)) > _PARTED,
            }
            for row in rows
        ],
    }
