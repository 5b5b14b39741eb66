"""Between which moments an entry came into the log, from what outsiders said; nothing is read here.

`recorded_at` is the operator's word. Who dated a checkpoint of n entries said with it that entries
0 to n - 1 were there: an upper bound for each. Where the log itself holds that word in entry j
(CheckpointAnchored), entry j and all behind it came later: a lower bound.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.occurred import second_text


@dataclass(frozen=True, slots=True)
class Dated:
    """A checkpoint that outsiders dated, as far as it was checked.

    Attributes:
        size: entries in it.
        earliest: the first second, since 1970, at which they may have said so.
        latest: the last one.
        by: who, for people.
        entry: position at which the log holds their word, None where only the source keeps it.
    """

    size: int
    earliest: int
    latest: int
    by: str
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A second since 1970, and from what it follows."""

    at: int
    by: str

    @property
    def moment(self) -> str:
        """The second in UTC."""
        return second_text(self.at)

    def __str__(self) -> str:
        return f"{self.moment} ({self.by})"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which moments an entry came into the log.

    Attributes:
        index: position of the entry.
        not_before: the latest lower bound, or None.
        not_after: the earliest upper bound, or None.
    """

    index: int
    not_before: Bound | None
    not_after: Bound | None


def bounds(index: int, dated: Iterable[Dated]) -> Bounds:
    """Return between which moments the entry at a position came into the log."""
    known = list(dated)
    before = [one for one in known if one.entry is not None and one.entry <= index]
    after = [one for one in known if one.size > index]
    lower = max(before, key=lambda one: (one.earliest, one.by), default=None)
    upper = min(after, key=lambda one: (one.latest, one.by), default=None)
    return Bounds(
        index,
        None if lower is None else Bound(lower.earliest, lower.by),
        None if upper is None else Bound(upper.latest, upper.by),
    )
