"""Letters that the fonts of a paper have, and about how wide they are. Pure.

Typst brings its fonts along, so that a paper is the same on every machine; letters that they lack
are spelled out. Marks that combine with the letter before them, or turn the direction of writing,
are among these: nothing that is written can change how the rest is shown.
"""

import re
from typing import Final

from ledger.verify.words import printable

# What Libertinus Serif and DejaVu Sans Mono both have, in ranges that leave no holes.
_COVERED: Final = (
    r" -~\u00a1-\u00ac\u00ae-\u017f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce"
    r"\u0400-\u045f\u1e00-\u1e99\u1ea0-\u1ef9\u2010-\u2015\u2018-\u201e\u2020-\u2022\u2026\u2030"
    r"\u2039\u203a\u20ac\u2122\u2190-\u2193\u2212\u2260\u2264\u2265"
)
_LACKED: Final = re.compile(f"[^{_COVERED}]")
_FOUR_DIGITS_MAX: Final = 0xFFFF
_NARROW: Final = frozenset("fijlrtI.,:;'|!()[] -/")
_BROAD: Final = frozenset("mwMW@%&")
_CHUNK: Final = 3
"""Letters of a long word that stay together."""
_ROUNDING: Final = 0.05
MONO: Final = 0.5
"""Width of a letter of a key, which is set smaller than the text beside it, in its size."""


def covered(text: str) -> str:
    """Return text in one line of letters that the fonts have; others are spelled out."""
    return _LACKED.sub(_spelled, printable(text))


def width(text: str, *, mono: bool = False) -> float:
    """Return about how wide text is, rather too wide, in the size of its font."""
    return MONO * len(text) if mono else sum(map(_width, text))


def words_width(text: str, *, mono: bool = False) -> float:
    """Return about how wide the longest word of a text is."""
    return max((width(one, mono=mono) for one in text.split(" ")), default=0.0)


def broken(text: str, room: float, *, mono: bool = False) -> str | list[str | list[str]]:
    """Return text so that it can be set within a room: words that are longer in small pieces.

    A piece is put into a box of its own, and a line may end between boxes: what is copied from the
    paper is the word as it is written, with no hyphen and no mark in it.
    """
    room += _ROUNDING
    if words_width(text, mono=mono) <= room:
        return text
    parts: list[str | list[str]] = []
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
    if letter in _NARROW:
        return 0.36
    if letter in _BROAD:
        return 0.95
    return 0.7 if letter.isupper() else 0.53
