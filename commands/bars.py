"""Pictures for a terminal: bars of letters under the table that they are drawn of.

Only where a person looks on: what is piped or redirected gets the table alone.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

import click

from commands.output import heading, safe
from projections.questions import Answer

_EIGHTHS = " ▏▎▍▌▋▊▉"
_WHOLE = "█"
_WIDTH_MAX = 100
_LABEL_MAX = 44
_BAR_MIN = 8
_MONTH = re.compile(r"[0-9]{4}(?:-[0-9]{2})?")
Parts = Sequence[tuple[str, int]]


def print_bars(title: str, parts: Callable[[], Parts]) -> None:
    """Print bars of what `parts` returns under a title, where standard output is a terminal."""
    if sys.stdout.isatty():
        width = min(_WIDTH_MAX, shutil.get_terminal_size().columns)
        lines = bars(parts(), width, blocks=_shows_blocks())
        if lines:
            click.echo("\n".join(["", heading(title), *lines]))


def bars(parts: Parts, width: int, *, blocks: bool = True) -> list[str]:
    """Return a line with a bar for each part that is more than nothing, the largest the longest.

    Args:
        parts: labels with what they count.
        width: columns of the terminal.
        blocks: whether it shows blocks; else bars are of number signs.
    """
    shown = [(safe(label), count) for label, count in parts if count > 0]
    if not shown:
        return []
    most = max(count for _, count in shown)
    label_width = min(_LABEL_MAX, max(len(label) for label, _ in shown))
    count_width = len(f"{most:,}")
    room = max(_BAR_MIN, width - label_width - count_width - 3)
    return [
        f"{_cut(label, label_width):<{label_width}} {count:>{count_width},} "
        + _bar(count / most * room, blocks=blocks)
        for label, count in shown
    ]


def places(answer: Answer) -> list[tuple[str, int]]:
    """Return what each holder has at each place, of an answer to `where`."""
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    return [(_place(row), int(str(row["quantity"]))) for row in rows]


def months(rows: Iterable[Mapping[str, object]]) -> list[tuple[str, int]]:
    """Return how many entries each month has by when they happened, oldest first."""
    found = (_MONTH.search(str(row["occurred"])) for row in rows)
    return [
        (month, len(list(same))) for month, same in groupby(sorted(one[0] for one in found if one))
    ]


def _place(row: Mapping[str, object]) -> str:
    place = row["site"] or "on the way"
    state = str(row["state"] or "").replace("_", " ")
    return " ".join(filter(None, (f"{place}:", str(row["holder"]), state)))


def _bar(length: float, *, blocks: bool) -> str:
    if not blocks:
        return "#" * max(1, round(length))
    eighths = max(1, round(length * 8))
    return _WHOLE * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _cut(label: str, width: int) -> str:
    return label if len(label) <= width else label[: width - 1] + "…"


def _shows_blocks() -> bool:
    """Say whether the terminal is likely to show blocks: it takes UTF-8 and is not a dumb one."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return encoding == "utf8" and os.environ.get("TERM") != "dumb"
