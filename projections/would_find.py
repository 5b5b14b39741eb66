"""What the rules would find if certain events were recorded, and do not find now.

The events are projected as if they came next, in a transaction that is rolled back. Looked at are
the rules about what the events name, so that it takes no longer than asking about these.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from ledger.entry import Event, target_of
from ledger.events import EVENT_TYPES
from ledger.events.base import Target
from ledger.events.event_type import named
from ledger.occurred import interval, utc_text
from projections.determination.tables import judging
from projections.finding_rules import ANY, ENTRY, SEVERITIES, Rule
from projections.finding_run import Clocks, Finding, answered, run
from projections.packs.load import packs
from projections.questions import Reader, answer
from projections.runner import Log, apply_events
from projections.view import View

NAMES_MAX = 100
"""So many names of one kind are looked at; the first of a longer list stand for it."""
ENTRIES_MAX = 1_000
"""So many entries are looked at, the newest."""

_NEWEST_ENTRIES = 1_000
_LATEST = """
    SELECT max(valid_until) FROM event WHERE idx > (SELECT max(idx) FROM event) - :entries"""
_TARGET = "SELECT idx, opened FROM event WHERE id = :id"
_NAMED = "SELECT kind, value FROM named WHERE event_idx = :idx"
_BESIDE = """
    SELECT DISTINCT beside.kind, beside.value
    FROM named CROSS JOIN named AS beside ON beside.event_idx = named.event_idx
    WHERE named.kind = :kind AND named.value = :value AND beside.kind <> 'rack' LIMIT :most"""
_DEPENDS = """
    SELECT event_idx FROM named WHERE kind = :kind AND value = :value LIMIT :most"""


class WithDocuments:
    """A log, and documents that would come to it with the next events."""

    def __init__(self, log: Log, documents: Mapping[str, bytes]) -> None:
        """Look into `documents`, by SHA-256, before the log."""
        self._log = log
        self._documents = documents
        self.read, self.holds, self.root_at = log.read, log.holds, log.root_at

    @property
    def size(self) -> int:
        """Number of entries."""
        return self._log.size

    @property
    def origin(self) -> str:
        """Name of the ledger."""
        return self._log.origin

    @property
    def zone(self) -> ZoneInfo:
        """Time zone in which dates without a time are read."""
        return self._log.zone

    def document(self, sha256: str) -> bytes | None:
        """Return a document's bytes, or None where they are absent."""
        content = self._documents.get(sha256)
        return self._log.document(sha256) if content is None else content


def would_find(
    view: View, log: Log, events: Sequence[Event], some: Iterable[Rule]
) -> list[Finding]:
    """Return the findings that these events would raise, at the latest moment spoken of.

    What only time raises, such as a receipt that does not come, is not theirs.

    Args:
        view: read models that are caught up with the log.
        log: the log, with the documents that the events bring.
        events: what would be recorded next, at their positions.
        some: the rules.

    Raises:
        As `projections.finding_run.run`, and Unavailable: VIEW-BUSY.
    """
    reader = judging(view.connection, packs(), log.zone)
    names = _names(reader, events)
    listed = [one for one in some if one.subject in names and not one.waits]
    latest = max(
        str(answer(reader, _LATEST, {"entries": _NEWEST_ENTRIES}, "latest").rows[0][0]),
        *(utc_text(interval(one.statement.occurred, log.zone).end) for one in events),
    )
    size = events[0].index
    before = _found(reader, listed, Clocks(latest, size - 1), names)
    with view.supposing() as connection:
        apply_events(connection, log, events)
        after = _found(reader, listed, Clocks(latest, size + len(events) - 1), names)
    return [one for key, one in after.items() if key not in before]


def found_on(view: View, log: Log, event: Event, some: Iterable[Rule], at: Clocks) -> list[Finding]:
    """Return what the rules find that rests on an event, the gravest first.

    Looked at are the rules about what the event names, as in `would_find`, and about what is named
    together with what it opened: the shipments under an authorization, the leases at a site.
    """
    reader = judging(view.connection, packs(), log.zone)
    opened = EVENT_TYPES[event.statement.type].opened(event.statement.data)
    kind, _, value = (opened or "").partition("/")
    bound = {"kind": kind, "value": value, "most": ENTRIES_MAX}
    names = _names(reader, [event], answer(reader, _BESIDE, bound, "beside").rows)
    listed = [one for one in some if one.subject in names]
    resting = [
        one for one in _found(reader, listed, at, names).values() if event.index in one.entries
    ]
    return answered(reader, sorted(resting, key=_gravest), at)


def _gravest(one: Finding) -> tuple[object, ...]:
    return SEVERITIES.index(one.severity), one.rule.code, one.subject


def _found(
    reader: Reader, some: Iterable[Rule], clocks: Clocks, names: Mapping[str, list[str | int]]
) -> dict[tuple[str, ...], Finding]:
    return {
        (one.rule.code, *one.subject): one
        for rule in some
        for one in run(reader, rule, clocks, names=names[rule.subject])
    }


def _names(
    reader: Reader, events: Sequence[Event], beside: Iterable[Sequence[object]] = ()
) -> dict[str, list[str | int]]:
    """Return what the events, and those that they are about, speak of, by kind.

    Of entries their own positions, those of their targets, and those that name what a target
    brought into the ledger.
    """
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    entries: list[str | int] = []
    for event in events:
        for kind, name in named(event.statement.data):
            found[kind].setdefault(name.lower())
        for one in event.statement.signatories:
            found["party"].setdefault(one.party.lower())
        target = target_of(event.statement)
        if target is not None:
            for kind, name in _of_target(reader, target, entries):
                found[kind].setdefault(name.lower())
        entries.append(event.index)
    for kind_beside, name_beside in beside:
        found[str(kind_beside)].setdefault(str(name_beside).lower())
    names: dict[str, list[str | int]] = {ENTRY: entries[-ENTRIES_MAX:], ANY: []}
    for kind, values in found.items():
        some = list(values)[:NAMES_MAX]
        names[kind] = [*some]
        names[ANY] += [*some, *(f"{kind}/{name}" for name in some)]
    return names


def _of_target(
    reader: Reader, target: Target, entries: list[str | int]
) -> Iterator[tuple[str, str]]:
    """Yield what a target speaks of; add it, and what names the thing it opened, to entries."""
    for idx, opened in answer(reader, _TARGET, {"id": target.id}, "target").rows:
        entries.append(int(str(idx)))
        kind, _, value = str(opened or "").partition("/")
        bound = {"kind": kind, "value": value, "most": NAMES_MAX}
        entries += [int(str(row[0])) for row in answer(reader, _DEPENDS, bound, "depends").rows]
        for row in answer(reader, _NAMED, {"idx": idx}, "named").rows:
            yield str(row[0]), str(row[1])
