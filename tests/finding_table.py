"""A table of rules: for each a tale that raises it, one that just misses it, and what clears it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from projections.finding_run import Scope
from tests.tale import Tale, found

USUAL_DAY = "2026-04-01"
Told = Callable[[], Tale] | tuple[Callable[[], Tale], str]
"""A tale, and the day at whose end it is looked at where that matters."""


@dataclass(frozen=True)
class Row:
    """What is expected of one rule.

    Attributes:
        code: its code.
        subject: what its finding is about; an entry by its type, the first of it.
        hit: a tale that raises it.
        miss: a tale that just misses it.
        clear: what is told after `hit`, so that it is raised no more.
        certainty: what its finding says.
    """

    code: str
    subject: str
    hit: Told
    miss: Told
    clear: Callable[[Tale], Any]
    certainty: str = "indicator"

    def name(self) -> str:
        return f"{self.code} {self.subject}"


def check(row: Row) -> None:
    tale, day = _told(row.hit)
    raised = found(tale, row.code, day)
    kind, _, name = row.subject.partition(":")
    if kind == "entry":
        name = str(tale.first(name).index)
    about = f"{kind}:{name}"
    assert [(one.about, one.certainty) for one in raised] == [(about, row.certainty)]
    assert found(tale, row.code, day, Scope((kind, name.lower()))) == raised
    assert not found(tale, row.code, day, Scope((kind, "other-1" if kind != "entry" else "0")))
    assert not found(*_then(_told(row.miss), row.code))
    row.clear(tale)
    assert not [one for one in found(tale, row.code, day) if one.about == about]


def _told(told: Told) -> tuple[Tale, str]:
    tell, day = told if isinstance(told, tuple) else (told, USUAL_DAY)
    return tell(), day


def _then(told: tuple[Tale, str], code: str) -> tuple[Tale, str, str]:
    return told[0], code, told[1]
