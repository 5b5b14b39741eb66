"""What left one ledger for another: which dispatch and which opening of stock belong together.

A dispatch that names another ledger (`to_ledger`) and an opening of stock there belong together:
the opening names the dispatch's entry by origin, position and leaf hash. Where it names none, a
number on paper or the racks that both name tell that they may be one. What has no other side, and
counts that differ, are told with the entries that show them; nothing here says why.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from projections.view import View

State = Literal["paired", "counts differ", "not opened", "not dispatched", "ledger not here"]
By = Literal["entry", "reference", "racks"]

_WORD = "event.basis <> 'third_party_report'"
_LINES = """
    (SELECT json_group_array(json_array(line.model, line.batch, line.rack, line.quantity))
     FROM line WHERE line.event_idx = event.idx AND line.part = 'lines')"""
_NUMBERS = """
    (SELECT json_group_array(reference.type || ':' || reference.value)
     FROM reference WHERE reference.event_idx = event.idx AND reference.type <> 'idempotency')"""
_SENT = f"""
    SELECT event.idx, shipment.shipment, shipment.to_ledger, event.valid_at, {_LINES}, {_NUMBERS}
    FROM shipment JOIN event ON event.idx = shipment.event_idx AND {_WORD}
    JOIN counting ON counting.event_idx = event.idx AND counting.to_idx IS NULL
    WHERE shipment.to_ledger IS NOT NULL ORDER BY event.idx"""  # noqa: S608  our own words
_OPENED = f"""
    SELECT event.idx, stock_opening.stock, stock_opening.from_origin, event.valid_at,
           {_LINES}, {_NUMBERS}, stock_opening.from_index, stock_opening.from_leaf
    FROM stock_opening JOIN event ON event.idx = stock_opening.event_idx AND {_WORD}
    JOIN counting ON counting.event_idx = event.idx AND counting.to_idx IS NULL
    ORDER BY event.idx"""  # noqa: S608  as above

Unit = tuple[str, str | None, str | None, int | None]
"""Model, batch, rack and quantity of a line."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of the ledgers.

    Attributes:
        origin: its name.
        view: its read models, caught up with what was verified.
        leaf: returns the leaf hash of one of its entries, in hex.
    """

    origin: str
    view: View
    leaf: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Side:
    """A dispatch to another ledger, or an opening of stock.

    Attributes:
        origin: the ledger that says so.
        entry: at which position.
        name: the shipment, or the stock.
        other: the other ledger that it names, or None.
        valid_at: when, UTC.
        units: its lines.
        numbers: numbers on paper, as `type:value`.
        named: position and leaf hash of the entry that an opening names, or None.
    """

    origin: str
    entry: int
    name: str
    other: str | None
    valid_at: str
    units: tuple[Unit, ...]
    numbers: frozenset[str]
    named: tuple[int, str] | None = None

    @property
    def racks(self) -> frozenset[str]:
        """The racks that it names, in lower case."""
        return frozenset(rack.lower() for _, _, rack, _ in self.units if rack is not None)

    def by_model(self) -> dict[str, int]:
        """Return how many units of each model, by its name in lower case."""
        found: defaultdict[str, int] = defaultdict(int)
        for model, _, _, quantity in self.units:
            found[model.lower()] += quantity or 0
        return dict(found)


@dataclass(frozen=True, slots=True)
class Crossing:
    """Units that left one ledger for another: both sides, or the one that there is.

    Attributes:
        state: what there is to say.
        sent: the dispatch, or None.
        opened: the opening, or None.
        by: what ties them together, or None.
        told: in words what is missing or differs, or None.
    """

    state: State
    sent: Side | None
    opened: Side | None
    by: By | None = None
    told: str | None = None


def crossings(members: Sequence[Member]) -> list[Crossing]:
    """Return what crossed between ledgers: dispatches in order, then openings without one.

    Args:
        members: the ledgers; no two have one origin.
    """
    found = _Crossings(members)
    return [*found.of_dispatches(), *found.of_openings()]


@dataclass
class _Crossings:
    members: Sequence[Member]
    taken: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.leaf = {one.origin: one.leaf for one in self.members}
        self.views = {one.origin: one.view for one in self.members}
        self.sent = [side for one in self.members for side in _sides(one, _SENT)]
        self.opened = [side for one in self.members for side in _sides(one, _OPENED)]

    def of_dispatches(self) -> Iterator[Crossing]:
        exact: dict[tuple[str, int], Side] = {}
        for opened in self.opened:
            if opened.named is not None and opened.other in self.leaf:
                entry, leaf = opened.named
                if self.leaf[opened.other](entry) == leaf:
                    exact.setdefault((opened.other, self._newest(opened.other, entry)), opened)
        pairs: dict[int, tuple[Side, By]] = {}
        for number, sent in enumerate(self.sent):
            found = exact.get((sent.origin, sent.entry))
            if found is not None and found.origin == sent.other:
                self.taken.add((found.origin, found.entry))
                pairs[number] = found, "entry"
        for number, sent in enumerate(self.sent):  # what names an entry has been taken by now
            pair = pairs.get(number) or self._likely(sent)
            if pair is not None:
                yield _pair(sent, *pair)
            elif sent.other not in self.leaf:
                yield Crossing("ledger not here", sent, None, told=f"left for {sent.other}")
            else:
                told = f"{sent.other} has no opening that names it"
                yield Crossing("not opened", sent, None, told=told)

    def _newest(self, origin: str, entry: int) -> int:
        """Return the newest correction of an entry, which speaks for it."""
        while True:
            sql = "SELECT max(idx) FROM event WHERE corrects_idx = ?"
            (later,) = self.views[origin].connection.execute(sql, (entry,)).fetchone()
            if later is None:
                return entry
            entry = later

    def _likely(self, sent: Side) -> tuple[Side, By] | None:
        """Return an opening that names no entry, and is tied to a dispatch otherwise."""
        free = [
            one
            for one in self.opened
            if one.origin == sent.other and one.named is None
            if (one.origin, one.entry) not in self.taken
        ]
        by_number = next((one for one in free if one.numbers & sent.numbers), None)
        same_racks = (one for one in free if sent.racks and one.racks == sent.racks)
        opened = by_number or next(same_racks, None)
        if opened is None:
            return None
        self.taken.add((opened.origin, opened.entry))
        return opened, "reference" if by_number else "racks"

    def of_openings(self) -> Iterator[Crossing]:
        for opened in self.opened:
            if opened.named is None or (opened.origin, opened.entry) in self.taken:
                continue
            if opened.other not in self.leaf:
                told = f"from entry {opened.named[0]} of {opened.other}"
                yield Crossing("ledger not here", None, opened, told=told)
            else:
                told = self._why_not(opened, *opened.named)
                yield Crossing("not dispatched", None, opened, told=told)

    def _why_not(self, opened: Side, entry: int, leaf: str) -> str:
        """Return why the entry that an opening names is no dispatch to it."""
        there = str(opened.other)
        if self.leaf[there](entry) != leaf:
            return f"entry {entry} of {there} has another leaf hash than the one named"
        newest = self._newest(there, entry)
        same = [one for one in self.sent if (one.origin, one.entry) == (there, newest)]
        if not same:
            return f"entry {entry} of {there} sends nothing to another ledger, or counts no more"
        if same[0].other != opened.origin:
            return f"entry {entry} of {there} left for {same[0].other}"
        return f"entry {entry} of {there} was opened before by another entry here"


def _sides(member: Member, sql: str) -> Iterator[Side]:
    for idx, name, other, valid_at, lines, numbers, *entry in member.view.connection.execute(sql):
        yield Side(
            origin=member.origin,
            entry=idx,
            name=name,
            other=other,
            valid_at=valid_at,
            units=tuple(tuple(one) for one in json.loads(lines)),
            numbers=frozenset(one.lower() for one in json.loads(numbers)),
            named=(entry[0], entry[1]) if entry and entry[0] is not None else None,
        )


def _pair(sent: Side, opened: Side, by: By) -> Crossing:
    left, came = sent.by_model(), opened.by_model()
    if left == came:
        return Crossing("paired", sent, opened, by)
    names = {model.lower(): model for model, *_ in (*opened.units, *sent.units)}
    models = sorted(left.keys() | came.keys())
    told = ", ".join(
        f"{names[model]}: {left.get(model, 0):,} left, {came.get(model, 0):,} opened"
        for model in models
        if left.get(model, 0) != came.get(model, 0)
    )
    return Crossing("counts differ", sent, opened, by, told)
