"""How wide the columns of a table on paper are, and how large its letters. Pure arithmetic."""

from collections.abc import Sequence
from typing import Final, NamedTuple

SIZES: Final = (8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0)
"""Sizes of letters in points, from the one that is wished for to the smallest."""
LEGIBLE: Final = 6.5
"""Size below which a table is set in parts."""
WRAPPED: Final = 7.0
"""Size from which on downwards cells may need several lines."""
PADDING: Final = 5.0
"""Points of a column beside its text."""
_WORD_MAX: Final = 15.0
"""Letters of a word that has to be kept whole, in the size of the font."""
_LEAST: Final = 3.0


class Setting(NamedTuple):
    """Size of the letters and width of each column, in points."""

    size: float
    widths: tuple[float, ...]


def setting(words: Sequence[float], lines: Sequence[float], room: float) -> Setting:
    """Return how a table is set within a room.

    The largest size is taken in which each cell holds one line, or else words stay whole. Room that
    is left goes to the columns in proportion to what they lack to hold each cell in one line.

    Args:
        words: width of the longest word of each column, in the size of the font.
        lines: width of the longest cell of each column in one line, the same.
        room: in points.
    """
    needed = [min(max(one, _LEAST), _WORD_MAX) for one in words]
    size = next(
        (one for one in SIZES if _points(needed if one <= WRAPPED else lines, one) <= room),
        SIZES[-1],
    )
    inner = (room - PADDING * len(words)) / size
    if sum(needed) > inner:
        return _rounded(size, [one * inner / sum(needed) for one in needed])
    wished = [max(one, least) for one, least in zip(lines, needed, strict=True)]
    lacking = sum(wished) - sum(needed)
    part = 1.0 if lacking <= 0 else min(1.0, (inner - sum(needed)) / lacking)
    widths = [low + part * (high - low) for low, high in zip(needed, wished, strict=True)]
    return _rounded(size, widths)


def in_one_line(lines: Sequence[float], room: float) -> bool:
    """Say whether each cell fits into one line within a room, in letters that are large enough."""
    return _points(lines, WRAPPED) <= room


def _points(widths: Sequence[float], size: float) -> float:
    return sum(widths) * size + PADDING * len(widths)


def _rounded(size: float, widths: Sequence[float]) -> Setting:
    return Setting(size, tuple(int((one * size + PADDING) * 10) / 10 for one in widths))
