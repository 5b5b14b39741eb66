"""When something happened, in one string that carries its own precision.

Five forms, from exact to vague:

* `2026-03-02T14:00:00+08:00`: whole seconds with a numeric offset,
* `2026-03-02`, `2026-03`, `2026`: a day, month or year in the ledger's declared zone,
* `../2025-01`: not later than the end of that day, month or year (an open interval of EDTF,
  ISO 8601-2).

Each stands for an interval of instants. What follows from an event is dated at the interval's
start, or at its end where the start is open.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta

from ledger.errors import Malformed

YEAR_MIN = 1970
YEAR_MAX = 2999

# [0-9] and not \d, which also matches the digits of other scripts.
_SECOND = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}"
_DATE = r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"
OCCURRED_PATTERN = rf"^({_SECOND}|(\.\./)?{_DATE})\Z"
RECORDED_AT_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\Z"

Occurred = Annotated[str, Meta(pattern=OCCURRED_PATTERN, max_length=25)]
RecordedAt = Annotated[str, Meta(pattern=RECORDED_AT_PATTERN, max_length=27)]

_FORM = re.compile(OCCURRED_PATTERN)
_RECORDED = re.compile(RECORDED_AT_PATTERN)
_HINT = "write 2026-03-02T14:00:00+08:00, 2026-03-02, 2026-03, 2026 or ../2025-01"
_OFFSET_MINUTES_MAX = 14 * 60
_LAST_SECOND = 253_402_300_799  # of the year 9999


class Interval(NamedTuple):
    """The instants that a date may mean: `start` inclusive (None: open), `end` exclusive, UTC."""

    start: datetime | None
    end: datetime

    @property
    def posts_at(self) -> datetime:
        """The instant that postings use: the start, or the last second where it is open."""
        return self.end - timedelta(seconds=1) if self.start is None else self.start


def interval(text: str, zone: ZoneInfo) -> Interval:
    """Return the interval that an `occurred` string means in the ledger's zone.

    Raises:
        Malformed: OCCURRED-FORM, or OCCURRED-DATE for a day that no calendar has, an offset
            beyond 14 hours or a year outside 1970 to 2999.
    """
    if _FORM.match(text) is None:
        raise Malformed("OCCURRED-FORM", f"{text[:40]!r} is no date of a known form", hint=_HINT)
    try:
        if "T" in text:
            start = _instant(text)
            return Interval(start, start + timedelta(seconds=1))
        first, after = _days(text.removeprefix("../"))
        begin = first.replace(tzinfo=zone).astimezone(UTC)
        end = after.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed("OCCURRED-DATE", f"{text!r} is no date: {error}", hint=_HINT) from error
    return Interval(None if text.startswith("../") else begin, end)


@lru_cache(maxsize=4096)  # a log has many events of one day
def check(text: str) -> str:
    """Return the text if it is a valid `occurred`; the zone does not matter for that.

    Raises:
        Malformed: as `interval`.
    """
    interval(text, ZoneInfo("UTC"))
    return text


def _instant(text: str) -> datetime:
    _check_year(text)
    hours, minutes = int(text[20:22]), int(text[23:25])
    if minutes > 59 or hours * 60 + minutes > _OFFSET_MINUTES_MAX:  # noqa: PLR2004  minutes an hour
        raise ValueError("the offset is beyond 14 hours")
    if text[19:] == "-00:00":
        raise ValueError("a zero offset is written +00:00")
    if text[11:13] == "24":  # Python 3.13 reads 24:00 as the next day, 3.11 refuses it
        raise ValueError("the hour is beyond 23")
    return datetime.fromisoformat(text).astimezone(UTC)


def _days(text: str) -> tuple[datetime, datetime]:
    """Return the first day and the day after the last, as naive local midnights."""
    _check_year(text)
    year, *rest = (int(part) for part in text.split("-"))
    if not rest:
        return datetime(year, 1, 1), datetime(year + 1, 1, 1)  # noqa: DTZ001  the caller adds the zone
    month = rest[0]
    if len(rest) == 1:
        first = datetime(year, month, 1)  # noqa: DTZ001  as above
        return first, (first + timedelta(days=31)).replace(day=1)
    first = datetime(year, month, rest[1])  # noqa: DTZ001  as above
    return first, first + timedelta(days=1)


def _check_year(text: str) -> None:
    if not YEAR_MIN <= int(text[:4]) <= YEAR_MAX:
        raise ValueError(f"the year is outside {YEAR_MIN} to {YEAR_MAX}")


def utc_text(moment: datetime) -> str:
    """Return an instant as `YYYY-MM-DDTHH:MM:SSZ`, which sorts as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def second_text(seconds: int) -> str:
    """Return a second since 1970 in UTC; one beyond the year 9999 by its number."""
    if not 0 <= seconds <= _LAST_SECOND:
        return f"second {seconds}"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def recorded_text(moment: datetime) -> str:
    """Return an instant as the `recorded_at` of an entry: microseconds, UTC, `Z`."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


@lru_cache(maxsize=64)  # the entries of one commit have one
def parse_recorded(text: str) -> datetime:
    """Return the instant of a `recorded_at`.

    Raises:
        Malformed: RECORDED-AT.
    """
    moment = None
    if _RECORDED.match(text) is not None and text[11:13] != "24":  # as in `_instant`
        with suppress(ValueError):
            moment = datetime.fromisoformat(text)
    if moment is None:
        raise Malformed("RECORDED-AT", f"{text[:40]!r} is no recorded_at")
    return moment


def load_zone(name: str) -> ZoneInfo:
    """Return a time zone of the IANA database.

    Raises:
        Malformed: ZONE-UNKNOWN.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Malformed(
            "ZONE-UNKNOWN",
            f"{name[:60]!r} is no time zone of the IANA database",
            hint="write a name such as Asia/Kuala_Lumpur or UTC",
        ) from error
