"""The two clocks of a page: taken from its address, and carried along to every page it leads to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from ledger.errors import Malformed

_ENTRY = re.compile(r"[0-9]{1,15}\Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")


@dataclass(frozen=True, slots=True)
class Clocks:
    """What an address says of the clocks; None: today, and everything known."""

    as_of: str | None = None
    known_at: int | None = None

    @property
    def day(self) -> str:
        """The date as a field of a form for days shows it; empty for another precision."""
        return self.as_of if self.as_of is not None and _DAY.match(self.as_of) else ""

    def query(self, **more: str) -> str:
        """Return the part of an address behind the path that keeps the clocks."""
        given = dict(more)
        if self.as_of is not None:
            given["as_of"] = self.as_of
        if self.known_at is not None:
            given["known_at"] = str(self.known_at)
        return f"?{urlencode(given)}" if given else ""


def read_clocks(given: Mapping[str, str]) -> Clocks:
    """Return the clocks that an address names; an empty field is none.

    Raises:
        Malformed: ENTRY-FORM.
    """
    known = given.get("known_at", "").strip()
    if known and not _ENTRY.match(known):
        raise Malformed("ENTRY-FORM", f"{known[:40]!r} is no number of an entry", where="known at")
    return Clocks(given.get("as_of", "").strip() or None, int(known) if known else None)
