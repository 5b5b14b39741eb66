"""Pictures of a report's tables: each is drawn of what its table says, and of nothing else."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from projections.reports import over_time
from projections.reports.columns import count, rows_of, text
from projections.reports.model import Head, Table
from projections.reports.sections import Picture
from projections.reports.svg import COLOURS, INK, PALE, PAPER, RULE, WIDTH, Days, Drawing, width_of

_ROWS_MAX: Final = 40
_BOX: Final = 108
"""Width of a box with a party."""
_BETWEEN: Final = WIDTH - 2 * _BOX
"""Room of words between two boxes."""
_STATES: Final = (
    "operational", "installed", "stock", "in_transit", "quarantined", "decommissioned",
)  # fmt: skip
_APART: Final = 14.0
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_NOT_HELD: Final = "@"


def draw(name: Picture, table: Table, head: Head) -> str | None:
    """Return the picture of a table; None where the table has nothing to draw, or too much."""
    return _DRAWN[name](table, head)


def _places(table: Table, _: Head) -> str | None:
    """Bars of what each holder has, place by place; nothing between the places."""
    held = sorted(
        (row for row in rows_of(table) if count(row, "quantity") > 0),
        key=lambda row: (text(row, "country", "~"), text(row, "site", "~"), text(row, "holder")),
    )
    if not held or len(held) > _ROWS_MAX:
        return None
    most = max(count(row, "quantity") for row in held)
    places = [(text(row, "country"), text(row, "site")) for row in held]
    height = 44 * len(held) + 30 * len(set(places)) + 6
    drawing = Drawing(height, "Where the units are", "Bars by country and site. No routes.")
    y, shown = 0.0, None
    for row, place in zip(held, places, strict=True):
        _cut(drawing, int(y), y)
        if place != shown:
            shown = place
            drawing.text((0, y + 19), _place_words(*place), WIDTH, bold=True)
            drawing.line([(0, y + 25), (WIDTH, y + 25)], RULE)
            y += 30
        quantity = count(row, "quantity")
        state = text(row, "state", "no state")
        words = f"{text(row, 'holder')}: {state.replace('_', ' ')} {text(row, 'model')}"
        drawing.text((0, y + 14), words, WIDTH - 90)
        drawing.text((WIDTH, y + 14), f"{quantity:,} GPUs", 90, anchor="end", bold=True)
        drawing.rect((0, y + 19, WIDTH, 15), "#f0f0f0")
        drawing.rect((0, y + 19, max(2, WIDTH * quantity / most), 15), _colour_of(state))
        y += 44
    return drawing.done()


def _place_words(country: str, site: str) -> str:
    if not site:
        return "at no site: on the way, or outside this ledger"
    return f"{site}, {country or 'country not recorded'}"


def _colour_of(state: str) -> str:
    return COLOURS[_STATES.index(state)] if state in _STATES else COLOURS[-1]


def _path(table: Table, _: Head) -> str | None:
    """Handovers in the order in which they first happened, one a row."""
    went = rows_of(table)
    if not went or len(went) > _ROWS_MAX:
        return None
    drawing = Drawing(
        58 * len(went) + 4,
        "Possession from maker to holder",
        "Handovers in the order in which each first happened.",
    )
    for place, row in enumerate(went):
        y = 58.0 * place + 4
        _cut(drawing, place, y - 4)
        quantity = row["quantity"]
        amount = "units" if quantity is None else f"{count(row, 'quantity'):,} GPUs"
        events = count(row, "events")
        first, last = text(row, "first"), text(row, "last")
        days = first if first == last else f"{first} to {last}"
        _box(drawing, 0, y, _party_words(text(row, "giver")))
        _box(drawing, WIDTH - _BOX, y, _party_words(text(row, "receiver")))
        middle = WIDTH / 2
        times = "once" if events == 1 else f"{events:,} times"
        drawing.text((middle, y + 14), f"{amount}, {times}", _BETWEEN, anchor="middle", bold=True)
        drawing.arrow((_BOX + 4, y + 21), (WIDTH - _BOX - 4, y + 21))
        drawing.text((middle, y + 38), days, _BETWEEN, anchor="middle", pale=True)
    return drawing.done()


def _cut(drawing: Drawing, place: int, y: float) -> None:
    if place:
        drawing.cut(y)


def _party_words(name: str) -> str:
    return {
        "@commissioned": "made",
        "@opening": "there before",
        "@transferred": "another ledger",
        "@destroyed": "destroyed",
    }.get(name, name)


def _box(drawing: Drawing, x: float, y: float, words: str, dash: str = "") -> None:
    drawing.rect((x + 1, y + 1, _BOX - 2, 40), PAPER, line=INK, dash=dash)
    drawing.text((x + _BOX / 2, y + 26), words, _BOX - 4, anchor="middle")


def _service(table: Table, _: Head) -> str | None:
    """Who uses running capacity as a service: dashed, apart from possession."""
    used = [row for row in rows_of(table) if row["lessee"] is not None]
    if not used or len(used) > _ROWS_MAX:
        return None
    drawing = Drawing(
        58 * len(used) + 4,
        "Used as a service, not held",
        "Capacity that runs at a site and that a lessee uses under a lease. The units stay.",
    )
    for place, row in enumerate(used):
        y = 58.0 * place + 4
        _cut(drawing, place, y - 4)
        _box(drawing, 0, y, f"runs at {text(row, 'site')}")
        _box(drawing, WIDTH - _BOX, y, text(row, "lessee"), dash="5 4")
        middle = WIDTH / 2
        amount = f"{count(row, 'quantity'):,} GPUs"
        drawing.text((middle, y + 14), amount, _BETWEEN, anchor="middle", bold=True)
        drawing.arrow((_BOX + 4, y + 21), (WIDTH - _BOX - 4, y + 21), dash="5 4")
        drawing.text((middle, y + 38), _lease_words(row), _BETWEEN, anchor="middle", pale=True)
    return drawing.done()


def _lease_words(row: Mapping[str, object]) -> str:
    if "lease" in row:
        return f"service under {text(row, 'lease')}"
    leases = count(row, "leases")
    return "service under 1 lease" if leases == 1 else f"service under {leases:,} leases"


def _certifications(table: Table, head: Head) -> str | None:
    """A bar for each certification; its standing is written on it."""
    told: dict[tuple[str, str, bool], list[Mapping[str, object]]] = {}
    for row in rows_of(table):
        reported = text(row, "word") == "as reported"
        told.setdefault((text(row, "party"), text(row, "certification"), reported), []).append(row)
    dated = [_day(text(row, "occurred")) for rows in told.values() for row in rows]
    if not told or len(told) > _ROWS_MAX or None in dated:
        return None
    today = datetime.fromisoformat(head.as_of).astimezone(ZoneInfo(head.zone)).toordinal()
    days = Days(min(one for one in dated if one is not None), today, 0, WIDTH)
    height = 52.0 * len(told) + 28
    drawing = Drawing(height, "Certifications over time", "Bars from grant to the day asked about.")
    for place, ((party, certification, reported), rows) in enumerate(told.items()):
        y = 52.0 * place
        _cut(drawing, place, y)
        level = text(rows[0], "level") or text(rows[0], "scheme")
        words = f"{party}: {certification}" + (f", {level}" if level else "")
        drawing.text((0, y + 14), words + (", as reported" if reported else ""), WIDTH, bold=True)
        _standings(drawing, y + 20, rows, days, reported=reported)
    _axis(drawing, days, height - 24)
    return drawing.done()


def _standings(
    drawing: Drawing,
    y: float,
    rows: Sequence[Mapping[str, object]],
    days: Days,
    *,
    reported: bool,
) -> None:
    """Draw what a certification was from each of its events to the next."""
    starts = [_day(text(row, "occurred")) or int(days.first) for row in rows]
    for row, start, end in zip(rows, starts, [*starts[1:], int(days.last)], strict=True):
        left, right = days.at(start), days.at(max(end, start))
        standing = text(row, "standing")
        stood = standing == "granted"
        fill = PAPER if reported or not stood else COLOURS[0]
        box = (left + 1, y, max(3.0, right - left - 2), 20)
        drawing.rect(box, fill, line=INK if reported or not stood else COLOURS[0],
                     dash="5 4" if reported else "")  # fmt: skip
        words = standing + (", last day over" if row.get("lapsed") == 1 else "")
        if width_of(words) < box[2] - 8:
            drawing.text((left + 8, y + 15), words, box[2] - 8, on=fill)


def _axis(drawing: Drawing, days: Days, y: float) -> None:
    """Draw a scale of days; words that would run into those before them are left out."""
    drawing.line([(0, y), (WIDTH, y)], PALE)
    free = 0.0
    for x, words in days.ticks():
        drawing.line([(x, y), (x, y + 5)], PALE)
        ends = x > WIDTH - width_of(words)
        if (x - width_of(words) if ends else x) >= free:
            anchor = "end" if ends else "start"
            drawing.text((x, y + 19), words, 90, anchor=anchor, pale=True)
            free = x + width_of(words) + _APART


def _day(words: str) -> int | None:
    """Return the first day that a time as signed names."""
    found = _DATE.search(words)
    if found is None:
        return None
    year, month, day = (int(one) for one in f"{found[0]}-01-01".split("-")[:3])
    return date(year, month, day).toordinal()


_DRAWN: Final[Mapping[Picture, Callable[[Table, Head], str | None]]] = MappingProxyType(
    {
        "possession": over_time.possession,
        "places": _places,
        "path": _path,
        "service": _service,
        "capacity": over_time.capacity,
        "certifications": _certifications,
    }
)
