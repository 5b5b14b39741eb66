"""Events as they would be recorded, and the findings that they would raise."""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256

from commands.context import Desk
from ledger import canonical
from ledger.draft import Draft, document_digest
from ledger.entry import Entry, Event, Recorder
from ledger.events.base import Statement
from ledger.occurred import parse_recorded, recorded_text
from ledger.signing.envelope import seal
from projections.finding_rules import rules
from projections.would_find import WithDocuments, would_find

_SHOWN_MAX = 10
_CODE = re.compile(r"\(([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+)\)\Z")


def as_event(statement: Statement, index: int = 0, recorded_at: str = "") -> Event:
    """Return the event that the statement would be, without any signature."""
    payload = canonical.encode(statement)
    label = Recorder(software="preview", version="0", installation="preview")
    entry = Entry(envelope=seal(payload), recorded_at=recorded_at, recorder=label, control=0)
    return Event(index, entry, statement, sha256(payload).hexdigest())


def would_raise(desk: Desk, drafts: Sequence[Draft], told: Sequence[str]) -> Iterator[str]:
    """Yield a line for each finding that these drafts would raise, the first few.

    Args:
        desk: where they would be recorded.
        drafts: all of one transaction.
        told: warnings that people get already; a code that one ends with is not told again.
    """
    view, reader = desk.view(), desk.reader()
    newest = parse_recorded(reader.event(reader.size - 1).entry.recorded_at)
    moment = recorded_text(max(newest, desk.now()))
    events = [
        as_event(one.statement, reader.size + number, moment) for number, one in enumerate(drafts)
    ]
    documents = {document_digest(data): data for one in drafts for data in one.documents}
    known = {found[1] for found in map(_CODE.search, told) if found}
    if desk.demonstration:  # its story is told on another day than it happens
        known |= {"BACKDATED", "FUTURE-DATED"}
    lines = [
        f"{one.about}: {one.facts} ({one.rule.code}, {one.severity})"
        for one in would_find(view, WithDocuments(reader, documents), events, rules().values())
        if one.rule.code not in known
    ]
    yield from lines[:_SHOWN_MAX]
    if len(lines) > _SHOWN_MAX:
        yield f"{len(lines) - _SHOWN_MAX:,} more findings would be raised"
