"""`chipledger void`: an event did not occur, and what rests on it is told before."""

from collections.abc import Iterator

import click

from commands.balances import reversal_shortfalls
from commands.context import Desk
from commands.lookup import find_event
from commands.recording import Given, record, recording
from ledger.entry import Event
from ledger.events import EVENT_TYPES
from ledger.events.correction import EventVoided
from ledger.events.rack import RackAssembled

SHOWN = 20
_NAMING = """
    SELECT e.idx, e.summary FROM named AS n JOIN event AS e ON e.idx = n.event_idx
    WHERE n.kind = ? AND n.value = ? AND e.idx > ? ORDER BY e.idx"""


@click.command("void")
@click.argument("entry")
@click.option("--reason", required=True, help="Why, in a sentence.")
@recording
def command(desk: Desk, *, given: Given, entry: str, reason: str) -> None:
    """State that the event of ENTRY did not occur; it and its corrections are reversed."""
    event = find_event(desk.reader(), entry)
    resting = list(_resting_on(desk, event))
    summary = [f"Void entry {event.index}, {event.statement.type} of {event.statement.asserted_by}"]
    if resting:
        summary.append("What rests on it stays, and is flagged DEPENDS-ON-VOID:")
        summary += [f"  {line}" for line in resting[:SHOWN]]
    if len(resting) > SHOWN:
        summary.append(f"  and {len(resting) - SHOWN:,} more")
    summary += [f"without it, {line}" for line in reversal_shortfalls(desk.view(), event.index)]
    data = EventVoided(target=event.target, reason=reason)
    record(desk, given, data, summary=summary, next_command=f"chipledger show {event.index}")


def _resting_on(desk: Desk, event: Event) -> Iterator[str]:
    """Yield later entries that name what this one opened, or the rack that it built."""
    data = event.statement.data
    opened = EVENT_TYPES[event.statement.type].opened(data)
    names = [] if opened is None else [tuple(opened.split("/", 1))]
    if isinstance(data, RackAssembled):
        names.append(("rack", data.rack))
    for kind, name in names:
        for row in desk.view().rows(_NAMING, (kind, name, event.index)):
            yield f"entry {row['idx']}: {row['summary']}"
