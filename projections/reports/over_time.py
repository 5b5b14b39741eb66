"""Pictures with days from left to right and units from below: what held from each change on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from projections.reports.columns import count, rows_of, text
from projections.reports.model import Cell, Head, Table
from projections.reports.svg import (
    COLOURS,
    INK,
    PALE,
    PAPER,
    RULE,
    WIDTH,
    Days,
    Drawing,
    Point,
    steps_up_to,
)

_LEFT: Final = 58.0
_PLOT: Final = 200.0
_TOP: Final = 10.0
_LEGEND: Final = 21.0
_MOMENTS_MAX: Final = 2_000
_SERIES_MAX: Final = len(COLOURS) - 1
_MODELS_MAX: Final = 6
_NOW: Final = 80.0
"""Room of a number at the end of a line of the legend."""
_MARK: Final = 12.0
"""Room that the number of an area needs."""
Named = Mapping[str, Cell]


def possession(table: Table, head: Head) -> str | None:
    """Areas on top of each other: how many units each holder had in each state."""
    rows = rows_of(table)
    if not rows or len(rows) > _MOMENTS_MAX:
        return None
    series = _series(rows)
    names = _largest(series)
    moments = sorted({text(row, "moment") for row in rows})
    stacked = [_held(series[name], moments) for name in names]
    rest = [name for name in series if name not in names]
    if rest:
        names.append("all others")
        others = [_held(series[name], moments) for name in rest]
        stacked.append([sum(one) for one in zip(*others, strict=True)])
    highest = max(sum(max(0, one[place]) for one in stacked) for place in range(len(moments)))
    height = _TOP + _PLOT + 30 + _LEGEND * (len(names) + 1)
    drawing = Drawing(height, "Possession over time", "Areas on top of each other, GPUs by holder.")
    days = _days(moments[0], head, _LEFT)
    scale = _Scale(drawing, highest, _TOP)
    base = [0] * len(moments)
    labels: list[Point | None] = []
    for place, values in enumerate(stacked):
        above = [low + max(0, value) for low, value in zip(base, values, strict=True)]
        top = _steps(moments, above, days, scale, head)
        outline = [*top, *reversed(_steps(moments, base, days, scale, head))]
        drawing.area(outline, COLOURS[place], PAPER)
        labels.append(_widest(outline))
        base = above
    scale.axes(days)
    for place, label in enumerate(labels):
        if label is not None:
            drawing.text(label, str(place + 1), 20, anchor="middle", bold=True, on=COLOURS[place])
    y = _TOP + _PLOT + 34
    drawing.text((WIDTH, y + 11), f"on {head.day}", 160, anchor="end", pale=True)
    for place, (name, values) in enumerate(zip(names, stacked, strict=True)):
        y += _LEGEND
        drawing.rect((0, y - 2, 16, 16), COLOURS[place])
        mark = str(place + 1)
        drawing.text((8, y + 11), mark, 16, anchor="middle", bold=True, on=COLOURS[place])
        drawing.text((24, y + 11), name, WIDTH - 24 - _NOW)
        drawing.text((WIDTH, y + 11), f"{values[-1]:,}", _NOW, anchor="end", bold=values[-1] > 0)
    return drawing.done()


def capacity(table: Table, head: Head) -> str | None:
    """For each site and model: what is leased as an area, what runs as a line above it."""
    by_place: dict[tuple[str, str], list[Named]] = {}
    for row in rows_of(table):
        by_place.setdefault((text(row, "site"), text(row, "model")), []).append(row)
    if not by_place or len(by_place) > _MODELS_MAX or len(table.rows) > _MOMENTS_MAX:
        return None
    each = 26 + _TOP + _PLOT + 34 + 2 * _LEGEND + 8
    drawing = Drawing(
        each * len(by_place), "Leases against running capacity", "Leased GPUs under running ones."
    )
    for place, ((site, model), rows) in enumerate(by_place.items()):
        if place:
            drawing.cut(each * place)
        _one_place(drawing, each * place, f"{model} at {site or 'no site'}", rows, head)
    return drawing.done()


def _one_place(drawing: Drawing, top: float, title: str, rows: list[Named], head: Head) -> None:
    drawing.text((0, top + 16), title, WIDTH, bold=True)
    moments = [text(row, "moment") for row in rows]
    runs = [count(row, "operational") for row in rows]
    leased = [count(row, "leased") for row in rows]
    days = _days(moments[0], head, _LEFT)
    scale = _Scale(drawing, max(*runs, *leased, 1), top + 26 + _TOP)
    ground = _steps(moments, [0] * len(rows), days, scale, head)
    area = [*_steps(moments, leased, days, scale, head), *reversed(ground)]
    drawing.area(area, COLOURS[1], COLOURS[1])
    drawing.line(_steps(moments, runs, days, scale, head), INK, width=2.5)
    scale.axes(days)
    y = scale.floor + 34
    drawing.line([(_LEFT, y + 6), (_LEFT + 14, y + 6)], INK, width=2.5)
    drawing.text((_LEFT + 21, y + 11), "running", 200)
    drawing.text((WIDTH, y + 11), f"{runs[-1]:,} on {head.day}", 160, anchor="end", bold=True)
    y += _LEGEND
    drawing.rect((_LEFT, y, 14, 12), COLOURS[1])
    drawing.text((_LEFT + 21, y + 11), "leased", 200)
    drawing.text((WIDTH, y + 11), f"{leased[-1]:,} on {head.day}", 160, anchor="end", bold=True)


class _Scale:
    """Units from below, with the round numbers beside them."""

    def __init__(self, drawing: Drawing, most: int, top: float) -> None:
        self._drawing = drawing
        self._marks = steps_up_to(most)
        self.floor = top + _PLOT

    def at(self, value: int) -> float:
        return self.floor - _PLOT * max(0, value) / self._marks[-1]

    def axes(self, days: Days) -> None:
        for mark in self._marks:
            y = self.at(mark)
            if mark:
                self._drawing.line([(_LEFT, y), (WIDTH, y)], RULE, dash="2 3")
            self._drawing.text((_LEFT - 7, y + 4), f"{mark:,}", _LEFT, anchor="end", pale=True)
        self._drawing.line([(_LEFT, self.floor), (WIDTH, self.floor)], PALE)
        for x, words in days.ticks():
            self._drawing.line([(x, self.floor), (x, self.floor + 5)], PALE)
            near = "end" if x > WIDTH - 40 else "start" if x < _LEFT + 30 else "middle"
            self._drawing.text((x, self.floor + 19), words, 90, anchor=near, pale=True)


def _steps(
    moments: list[str], values: list[int], days: Days, scale: _Scale, head: Head
) -> list[Point]:
    """Return the corners of a line that changes at moments and holds between them."""
    zone = ZoneInfo(head.zone)
    xs = [days.at(_ordinal(one, zone)) for one in moments]
    points: list[Point] = []
    for x, after, value in zip(xs, [*xs[1:], WIDTH], values, strict=True):
        points += [(x, scale.at(value)), (after, scale.at(value))]
    return points


def _widest(outline: list[Point]) -> Point | None:
    """Return where an area is largest, for its number; None where none has room for it."""
    half = len(outline) // 2
    top, bottom = outline[:half], outline[half:][::-1]
    found, most = None, 0.0
    for place in range(0, half, 2):
        left, right = top[place][0], top[place + 1][0]
        tall = bottom[place][1] - top[place][1]
        if right - left >= _MARK and tall >= _MARK and (right - left) * tall > most:
            most = (right - left) * tall
            found = ((left + right) / 2, top[place][1] + tall / 2 + 5)
    return found


def _days(first: str, head: Head, left: float) -> Days:
    zone = ZoneInfo(head.zone)
    return Days(_ordinal(first, zone), _ordinal(head.as_of, zone), left, WIDTH)


def _ordinal(moment: str, zone: ZoneInfo) -> float:
    """Return a moment, UTC, as days in the ledger's zone."""
    local = datetime.fromisoformat(moment).astimezone(zone)
    return local.toordinal() + local.hour / 24 + local.minute / 1440


def _series(rows: list[dict[str, Cell]]) -> dict[str, dict[str, int]]:
    """Return what each holder had in each state, at the moments that changed it."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        state = text(row, "state", "").replace("_", " ")
        holder = text(row, "holder")
        name = f"{holder}: {state}" if state else holder
        found.setdefault(name, {})[text(row, "moment")] = count(row, "quantity")
    return found


def _largest(series: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return those that ever had most, in the order in which they first had something."""
    most = sorted(series, key=lambda name: (-max(series[name].values()), name))[:_SERIES_MAX]
    return sorted(most, key=lambda name: (min(series[name]), name))


def _held(changes: Mapping[str, int], moments: list[str]) -> list[int]:
    """Return what an account held after each moment: what its newest change until then left."""
    found, now = [], 0
    for one in moments:
        now = changes.get(one, now)
        found.append(now)
    return found
