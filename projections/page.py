"""One page of entries as rows: what one transaction writes for a run of events.

No I/O of its own: what it needs to know of the log before it comes with the arguments.
"""

from collections.abc import Callable, Iterable, Mapping
from zoneinfo import ZoneInfo

from ledger.entry import Event
from projections import entries
from projections.accounts import Posted
from projections.books import Posting, postings
from projections.books.reducer import Reducer, Switch, Version
from projections.made import Made, Values


class Page:
    """What a run of events adds to the read models, with what came before.

    Attributes:
        events: rows of `event`, of those that name where their target stands.
        signatures: rows of `signature`, of the same.
        started: (event, entry) for each event that starts to count, by which entry.
        stopped: the same for each that stops, in log order.
        posted: what they post by that.
    """

    def __init__(
        self,
        made: Made,
        zone: ZoneInfo,
        known: Iterable[Version],
        positions: Mapping[str, int],
        read: Callable[[int], Event],
    ) -> None:
        """Go through a run of events.

        Args:
            made: what they say by themselves.
            zone: the ledger's time zone.
            known: the versions that they can touch (see `Reducer`).
            positions: position by id of the earlier events that they target.
            read: returns an event of the run, or an earlier one, by its position.
        """
        self.events: list[Values] = []
        self.signatures: list[Values] = []
        self.started: list[tuple[int, int]] = []
        self.stopped: list[tuple[int, int]] = []
        self.posted = Posted()
        self._made = made
        self._reducer = Reducer(known)
        self._read = read
        there = dict(positions)
        for arrival in made.arrivals:
            index = arrival.index
            there[arrival.id] = index
            if index in made.targets:
                event, target = read(index), there.get(made.targets[index])
                self.events.append(entries.event_row(event, zone, target))
                self.signatures += entries.signature_rows(event, target)
            # in one order, whatever was known first
            for switch in sorted(self._reducer.apply(arrival)):
                self._switch(switch, index)

    def versions(self) -> tuple[list[tuple[int]], list[Values]]:
        """Return the rows of `version` to delete (by head), and those to write."""
        superseded, touched = self._reducer.changes()
        rows = [(one.head, one.root, one.rank, one.counts, one.voided) for one in touched]
        return [(head,) for head in superseded], list(rows)

    def _switch(self, switch: Switch, by: int) -> None:
        """Post an event by the entry that makes it count, or reverse it by the one that ends it."""
        index, on = switch
        (self.started if on else self.stopped).append((index, by))
        self.posted.add(by, index, self._postings(index), 1 if on else -1)

    def _postings(self, index: int) -> tuple[Posting, ...]:
        if index < self._made.start:
            return postings(self._read(index))
        return self._made.postings.get(index, ())
