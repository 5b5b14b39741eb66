"""One page of entries as rows: what one transaction writes for a run of events.

No I/O of its own: what it needs to know of the log before it comes with the arguments.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from zoneinfo import ZoneInfo

from ledger.entry import Event, target_of
from projections import entries, subjects, units
from projections.accounts import Posted
from projections.books import postings
from projections.books.reducer import Reducer, Switch, Version

Values = tuple[object, ...]


class Page:
    """Rows of a run of events, gathered table by table.

    Attributes:
        rows: rows by table, in the column order of `projections.schema`.
        subjects: rows of subject tables by (table, column, column …), in that order.
        started: (event, entry) for each event that starts to count, by which entry.
        stopped: the same for each that stops, in log order.
        posted: what they post by that.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        known: Iterable[Version],
        positions: Mapping[str, int],
        read: Callable[[int], Event],
    ) -> None:
        """Begin a page.

        Args:
            zone: the ledger's time zone.
            known: the versions that the page's events can touch (see `Reducer`).
            positions: position by id of the earlier events that the page's events target.
            read: returns an earlier event by its position.
        """
        self.rows: defaultdict[str, list[Values]] = defaultdict(list)
        self.subjects: defaultdict[tuple[str, ...], list[Values]] = defaultdict(list)
        self.started: list[tuple[int, int]] = []
        self.stopped: list[tuple[int, int]] = []
        self.posted = Posted()
        self._zone = zone
        self._reducer = Reducer(known)
        self._positions = dict(positions)
        self._read = read
        self._events: dict[int, Event] = {}

    def add(self, event: Event) -> None:
        """Take in the next event."""
        self._events[event.index] = event
        self._positions[event.statement.id] = event.index
        named = target_of(event.statement)
        target = None if named is None else self._positions.get(named.id)
        rows = self.rows
        rows["event"].append(entries.event_row(event, self._zone, target))
        rows["signature"] += entries.signature_rows(event, target)
        rows["expected"] += entries.expected_rows(event)
        rows["document_ref"] += entries.document_rows(event)
        rows["reference"] += entries.reference_rows(event)
        rows["named"] += entries.named_rows(event)
        self._add_units(event)
        for table, row in subjects.rows(event, self._zone):
            self.subjects[table, *row].append(tuple(row.values()))
        for switch in sorted(self._reducer.apply(event)):  # in one order, whatever was known first
            self._switch(switch, event.index)

    def versions(self) -> tuple[list[tuple[int]], list[Values]]:
        """Return the rows of `version` to delete (by head), and those to write."""
        superseded, touched = self._reducer.changes()
        rows = [(one.head, one.root, one.rank, one.counts, one.voided) for one in touched]
        return [(head,) for head in superseded], list(rows)

    def _add_units(self, event: Event) -> None:
        valid_at, _ = entries.valid(event.statement.occurred, self._zone)
        self.rows["unit"] += [(*one, event.index, valid_at) for one in units.replaced(event)]

    def _switch(self, switch: Switch, by: int) -> None:
        """Post an event by the entry that makes it count, or reverse it by the one that ends it."""
        index, on = switch
        (self.started if on else self.stopped).append((index, by))
        event = self._events.get(index) or self._read(index)
        self.posted.add(by, index, postings(event), 1 if on else -1)
