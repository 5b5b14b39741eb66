"""Which day's rules are asked, and what counts by its end."""

from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ledger.occurred import interval, utc_text
from projections.determination.facts import Clocks

EVER = "9999-12-31T00:00:00Z"


def clocks_of(occurred: str, zone: ZoneInfo, known_at: int, course: str | None = None) -> Clocks:
    """Return the clocks at the end of the day in which a date ends.

    Args:
        occurred: a date with its precision: of a month its last day is asked, of an instant its
            day in the ledger's zone.
        zone: the ledger's zone.
        known_at: entries up to and including this index count.
        course: what became of a shipment before this instant counts; None: by the end of the day.

    Raises:
        Malformed: as `ledger.occurred.interval`.
    """
    last = interval(occurred, zone).end - timedelta(seconds=1)
    day = last.astimezone(zone).date().isoformat()
    as_of = _end(day, zone)
    return Clocks(as_of, known_at, day, course or as_of)


@lru_cache(maxsize=4096)
def _end(day: str, zone: ZoneInfo) -> str:
    return utc_text(interval(day, zone).end)
