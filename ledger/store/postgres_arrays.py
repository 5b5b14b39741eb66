"""Rows as PostgreSQL takes many of them at once: an array for each column."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

PART_BYTES: Final = 4_000_000


def columns(count: int, rows: Iterable[Sequence[object]]) -> list[list[object]]:
    """Return so many columns of a table as arrays, empty ones where it has no rows."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(count)]


def in_parts(documents: Sequence[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    """Yield documents a few megabytes at a time: a message has at most one gigabyte."""
    part: list[tuple[str, bytes]] = []
    size = 0
    for name, data in documents:
        if size + len(data) > PART_BYTES and part:
            yield part
            part, size = [], 0
        part.append((name, data))
        size += len(data)
    if part:
        yield part
