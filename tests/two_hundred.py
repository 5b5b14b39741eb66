"""A sound ledger of 200 entries with every event type, to be tampered with; nobody writes to it.

The examples come first, then counter-signatures by parties that they name, what a counterparty
tells of the same events, corrections that are voided, and dispatches to the end. Few entries change
who may do what, because an audit reads those first.
"""

import functools
from collections.abc import Iterator
from itertools import count
from typing import Any

from ledger.draft import Document, Submission
from ledger.entry import Event, parties_of
from ledger.events import EVENT_TYPES
from ledger.events.correction import Countersigned, EventVoided
from tests.examples import CAST, play
from tests.harness import Story
from tests.told import dispatched

SIZE = 200
LEDGER_KEY = "ledger-2"
"""The key that signs the ledger's checkpoints once the examples are recorded."""

KEY_OF = {name: name for name in CAST} | {"aivres": "aivres-2"}
"""The key that each party of the cast signs with from then on."""

CORRECTED = ("ShipmentReceived.v1", "LeaseStarted.v1", "RackAssembled.v1", "DocumentAttached.v1")


@functools.cache
def two_hundred() -> Story:
    """Return the story."""
    story = Story()
    submissions = _submissions(story)
    while story.ledger.size < SIZE:
        story.ledger.append(next(submissions))
    return story


def _submissions(story: Story) -> Iterator[Submission]:
    receipts = play(story)
    story.keys |= KEY_OF
    events = {name: story.ledger.event(one.index) for name, one in receipts.items()}
    for name, event in events.items():
        if name != "Countersigned.v1":
            who = min(parties_of(event.statement) & KEY_OF.keys())
            yield story.submission(Countersigned(target=event.target, stance="accepts"), who)
    for name, event in events.items():
        if EVENT_TYPES[name].acting is not None:
            yield _retold(story, event, "operator", basis="counterparty")
    for name in CORRECTED:
        event = events[name]
        yield _retold(story, event, event.statement.asserted_by, corrects=event.target)
        event = story.ledger.event(story.ledger.size - 1)
        void = EventVoided(target=event.target, reason="it is told in another ledger")
        yield story.submission(void, event.statement.asserted_by)
    for number in count(2):
        yield story.submission(dispatched(f"SHP-{number}", "aolani", "nvidia"), "aolani")


def _retold(story: Story, event: Event, by: str, **more: Any) -> Submission:
    """Return what an event says, told again by one party alone."""
    statement = event.statement
    papers = [
        Document(story.ledger.document(one.sha256) or b"", one.kind, one.title, one.media_type)
        for one in statement.documents
    ]
    given = {"occurred": statement.occurred, "documents": papers} | more
    return story.submission(statement.data, by, **given)
