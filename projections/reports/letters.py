"""Letters that the fonts of a paper have, and about how wide they are. Pure.

The fonts come along, typst's own and those in `fonts/`, so that a paper is the same on every
machine; letters that they lack are spelled out. Marks that combine with the letter before them, or
turn the direction of writing, are among these. Words of Arabic and Hebrew letters, which run to the
left, are put into boxes of their own: nothing that is written can change how the rest is shown.
"""

import re
from typing import Final, TypedDict

from ledger.verify.words import printable

# What Libertinus Serif and DejaVu Sans Mono both have, in ranges that leave no holes.
_COVERED: Final = (
    r" -~\u00a1-\u00ac\u00ae-\u017f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce"
    r"\u0400-\u045f\u1e00-\u1e99\u1ea0-\u1ef9\u2010-\u2015\u2018-\u201e\u2020-\u2022\u2026\u2030"
    r"\u2039\u203a\u20ac\u2122\u2190-\u2193\u2212\u2260\u2264\u2265"
)
# Chinese, Japanese and Korean: what WenQuanYi Micro Hei has.
_SQUARE: Final = (
    r"\u3001-\u3003\u3005-\u3011\u3041-\u3093\u30a1-\u30f6\u30fb\u30fc\u4e00-\u9fa5"
    r"\uac00-\ud7a3\uff01-\uff5e"
)
# Letters and digits, no marks: what Noto Sans Hebrew and Noto Sans Arabic have.
_TO_THE_LEFT: Final = (
    r"\u05d0-\u05ea\u0621-\u063a\u0641-\u064a\u0660-\u0669\u066e\u066f\u0671-\u06d3\u06d5"
    r"\u06f0-\u06f9"
)
_LACKED: Final = re.compile(f"[^{_COVERED}{_SQUARE}]")
_LACKED_BOXED: Final = re.compile(f"[^{_COVERED}{_SQUARE}{_TO_THE_LEFT}]")
_BOXED: Final = re.compile(f"[{_TO_THE_LEFT}]+(?: [{_TO_THE_LEFT}]+)*")
_FOUR_DIGITS_MAX: Final = 0xFFFF
_NARROW: Final = frozenset("fijlrtI.,:;'|!()[] -/")
_BROAD: Final = frozenset("mwMW@%&")
_CHUNK: Final = 3
"""Letters of a long word that stay together."""
_ROUNDING: Final = 0.05
_SQUARE_FIRST: Final = "\u3001"
MONO: Final = 0.5
"""Width of a letter of a key, which is set smaller than the text beside it, in its size."""


class ToTheLeft(TypedDict):
    """Words that run to the left, and how wide their box is, or None for as wide as they are."""

    words: str
    room: float | None


Piece = str | list[str] | ToTheLeft
"""A word; one in pieces that a line may end between; or words in a box of their own."""


def covered(text: str, *, boxed: bool = False) -> str:
    """Return text in one line of letters that the fonts have; others are spelled out.

    Letters that run to the left are kept only for `broken`, which puts them into boxes.
    """
    return (_LACKED_BOXED if boxed else _LACKED).sub(_spelled, printable(text))


def width(text: str, *, mono: bool = False) -> float:
    """Return about how wide text is, rather too wide, in the size of its font."""
    if mono:
        return MONO * len(text) + MONO * sum(one >= _SQUARE_FIRST for one in text)
    return sum(map(_width, text))


def words_width(text: str, *, mono: bool = False) -> float:
    """Return about how wide the longest word of a text is."""
    return max((width(one, mono=mono) for one in text.split(" ")), default=0.0)


def broken(text: str, room: float, *, mono: bool = False) -> str | list[Piece]:
    """Return text so that it can be set within a room: words that are longer in small pieces.

    A piece is put into a box of its own, and a line may end between boxes: what is copied from the
    paper is the word as it is written, with no hyphen and no mark in it. Words that run to the left
    are a box as well, with its width where it must have several lines.
    """
    room += _ROUNDING
    parts: list[Piece] = []
    at = 0
    for found in _BOXED.finditer(text):
        parts += _pieces(text[at : found.start()], room, mono=mono)
        long = width(found[0], mono=mono) > room
        parts.append(ToTheLeft(words=found[0], room=room if long else None))
        at = found.end()
    if not at and words_width(text, mono=mono) <= room:
        return text
    return [*parts, *_pieces(text[at:], room, mono=mono)]


def _pieces(text: str, room: float, *, mono: bool) -> list[Piece]:
    parts: list[Piece] = []
    for place, word in enumerate(text.split(" ")):
        if place:
            parts.append(" ")
        if width(word, mono=mono) <= room:
            parts.append(word)
        else:
            parts.append([word[at : at + _CHUNK] for at in range(0, len(word), _CHUNK)])
    return parts


def _spelled(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\u{number:04x}" if number <= _FOUR_DIGITS_MAX else f"\\U{number:08x}"


def _width(letter: str) -> float:
    if letter >= _SQUARE_FIRST:
        return 1.0
    if letter in _NARROW:
        return 0.36
    if letter in _BROAD:
        return 0.95
    return 0.7 if letter.isupper() else 0.53
