"""Finding an entry by what people call it: its number, its id, or what it opened."""

import re

from ledger.entry import Event
from ledger.errors import Malformed, Unavailable
from ledger.events.base import UUID7_PATTERN
from ledger.reader import LogReader

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,15})\Z")
_ID = re.compile(UUID7_PATTERN)


def find_event(reader: LogReader, text: str) -> Event:
    """Return the event that a number or an id names.

    Raises:
        Malformed: ENTRY-FORM.
        Unavailable: ENTRY-UNKNOWN.
    """
    if _NUMBER.match(text):
        return reader.event(int(text))
    if not _ID.match(text):
        raise Malformed(
            "ENTRY-FORM",
            f"{text[:60]!r} is neither the number of an entry nor an id",
            hint="write its number; `chipledger log` lists entries",
        )
    found = reader.tagged(f"id:{text}")
    if not found:
        raise Unavailable(
            "ENTRY-UNKNOWN", f"no entry has the id {text}", hint="`chipledger log` lists entries"
        )
    return found[0]
