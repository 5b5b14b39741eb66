"""Scalable vector graphics, as little of it as pictures of a report need. Pure text.

Texts are made harmless and cut to the room that they have. Coordinates have one decimal, so that
the same figures give the same bytes on every machine.
"""

import re
from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Final

from ledger.verify.words import printable

Point = tuple[float, float]
WIDTH: Final = 400
"""So that words are large enough to read on a telephone."""
FONT: Final = 13
_LETTER: Final = 7.0
"""Width of a letter in the font's size, rather too wide."""
INK: Final = "#1a1a1a"
PALE: Final = "#595959"
RULE: Final = "#c8c8c8"
PAPER: Final = "#ffffff"
COLOURS: Final = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f",
)  # fmt: skip
"""Told apart by people who are colour-blind (Okabe and Ito); `DASHES` and labels tell them too."""
_TICKS_APART: Final = 92.0
_BOX: Final = re.compile(rf'viewBox="0 0 {WIDTH} ([0-9.]+)"')
_CUTS: Final = re.compile(r'data-cuts="([0-9. ]+)"')
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60, 120)


class Drawing:
    """Shapes, put down one after the other."""

    def __init__(self, height: float, title: str, description: str) -> None:
        """Begin a drawing; title and description are read out to whoever does not see it."""
        self.height = height
        self._title = printable(title)
        self._description = printable(description)
        self._parts: list[str] = []
        self._cuts: list[float] = []

    def cut(self, y: float) -> None:
        """Say that a tall drawing may be parted here: nothing crosses this height."""
        self._cuts.append(y)

    def rect(
        self, box: tuple[float, float, float, float], fill: str, *, line: str = "", dash: str = ""
    ) -> None:
        """Draw a rectangle from x, y, width, height."""
        x, y, wide, high = map(number, box)
        stroke = f' stroke="{line}" stroke-width="1.5"' if line else ""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" fill="{fill}"{stroke}{dashed}/>'
        )

    def line(
        self,
        points: Sequence[Point],
        colour: str,
        *,
        width: float = 1,
        dash: str = "",
    ) -> None:
        """Draw a line through points."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<polyline points="{_points(points)}" fill="none" stroke="{colour}"'
            f' stroke-width="{number(width)}"{dashed}/>'
        )

    def area(self, points: Sequence[Point], fill: str, line: str) -> None:
        """Fill the area within points."""
        self._parts.append(
            f'<polygon points="{_points(points)}" fill="{fill}" stroke="{line}" stroke-width="1"/>'
        )

    def arrow(self, start: Point, end: Point, dash: str = "") -> None:
        """Draw an arrow that points to the right."""
        x, y = end
        self.line([start, (x - 7, y)], INK, width=1.5, dash=dash)
        self.area([(x, y), (x - 8, y - 4.5), (x - 8, y + 4.5)], INK, INK)

    def text(  # noqa: PLR0913  each with a name of its own
        self,
        at: Point,
        words: str,
        room: float,
        *,
        anchor: str = "start",
        pale: bool = False,
        bold: bool = False,
        on: str = "",
    ) -> None:
        """Write words, cut to the room that they have; `on` is the colour that they stand on."""
        x, y = map(number, at)
        colour = _ink(on) if on else PALE if pale else INK
        weight = ' font-weight="600"' if bold else ""
        place = f' text-anchor="{anchor}"' if anchor != "start" else ""
        whole = printable(words)
        shown = cut(whole, room)
        hover = "" if shown == whole else f"<title>{escape(whole)}</title>"
        self._parts.append(
            f'<text x="{x}" y="{y}" fill="{colour}"{place}{weight}>{escape(shown)}{hover}</text>'
        )

    def done(self) -> str:
        """Return the drawing."""
        height = number(self.height)
        cuts = f' data-cuts="{" ".join(map(number, self._cuts))}"' if self._cuts else ""
        return (
            f'<svg viewBox="0 0 {WIDTH} {height}" role="img" font-size="{FONT}"{cuts}'
            ' font-family="system-ui, sans-serif" xmlns="http://www.w3.org/2000/svg">'
            f"<title>{escape(self._title)}</title><desc>{escape(self._description)}</desc>"
            f"{''.join(self._parts)}</svg>"
        )


def slices(drawn: str, high: float) -> list[tuple[str, float]]:
    """Return a drawing in parts no higher than this where it may be parted, each with its height.

    A part is the whole drawing, looked at through a lower window.
    """
    box = _BOX.search(drawn)
    cuts = _CUTS.search(drawn)
    whole = float(box[1]) if box else 0.0
    places = [*(map(float, cuts[1].split()) if cuts else ()), whole]
    found, start = [], 0.0
    for place, after in zip(places, [*places[1:], None], strict=True):
        if after is None or after - start > high:
            window = f'viewBox="0 {number(start)} {WIDTH} {number(place - start)}"'
            found.append((_BOX.sub(window, drawn, count=1), place - start))
            start = place
    return found


def number(value: float) -> str:
    """Return a coordinate with one decimal at most."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def cut(words: str, room: float) -> str:
    """Return as much of words as has room."""
    most = max(1, int(room / _LETTER))
    return words if len(words) <= most else words[: most - 1] + "…"


def width_of(words: str) -> float:
    """Return about how wide words are."""
    return len(words) * _LETTER


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def _ink(paper: str) -> str:
    """Return black or white, whichever reads better on a colour."""
    red, green, blue = (int(paper[place : place + 2], 16) for place in (1, 3, 5))
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    return INK if light > 90 else PAPER  # noqa: PLR2004  as the contrast of both says


def steps_up_to(most: int) -> list[int]:
    """Return round numbers from 0 up to at least `most`, five at most beside 0."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if size * factor * 5 >= most:
                step = size * factor
                return [step * one for one in range(-(-max(most, 1) // step) + 1)]
        size *= 10


class Days:
    """A scale of days from left to right."""

    def __init__(self, first: float, last: float, left: float, right: float) -> None:
        """Lay days, as `date.toordinal` counts them, between two places."""
        self.first, self.last = first, max(last, first + 1)
        self._left, self._right = left, right

    def at(self, day: float) -> float:
        """Return where a day is."""
        part = (min(max(day, self.first), self.last) - self.first) / (self.last - self.first)
        return self._left + part * (self._right - self._left)

    def ticks(self) -> list[tuple[float, str]]:
        """Return first days of months, each with its words, as far apart as they can be read."""
        most = max(1, int((self._right - self._left) / _TICKS_APART))
        months = (self.last - self.first) / 30.4
        every = next((one for one in _MONTHS if months / one <= most), _MONTHS[-1])
        start = date.fromordinal(int(self.first))
        found = []
        for month in range(start.year * 12, date.fromordinal(int(self.last)).year * 12 + 12, every):
            day = date(month // 12, month % 12 + 1, 1)
            if self.first <= day.toordinal() <= self.last:
                found.append((self.at(day.toordinal()), day.isoformat()[:7]))
        return found or [(self._left, start.isoformat())]
