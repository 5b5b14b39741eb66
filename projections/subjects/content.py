"""A digest of what each event says that can have versions, so that versions can be compared."""

import hashlib
from collections.abc import Iterator

from ledger import canonical
from ledger.entry import Event
from ledger.events import EVENT_TYPES
from projections.subjects.row import Row, row, table

SCHEMA = table("content", "sha256")


def content(event: Event) -> Iterator[Row]:
    """Yield the digest of an event's data, where it opens an identifier that others may open too.

    Two versions with one digest say the same; `event.occurred` says when.
    """
    data = event.statement.data
    if EVENT_TYPES[event.statement.type].opens is not None:
        sha256 = hashlib.sha256(canonical.encode(data)).hexdigest()
        yield row("content", event, data, sha256=sha256)
