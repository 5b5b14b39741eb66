"""Dates that carry their own precision, in a zone."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerError, Malformed
from ledger.occurred import (
    Interval,
    check,
    interval,
    load_zone,
    parse_recorded,
    recorded_text,
    utc_text,
)

KUALA_LUMPUR = ZoneInfo("Asia/Kuala_Lumpur")
BERLIN = ZoneInfo("Europe/Berlin")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
APIA = ZoneInfo("Pacific/Apia")
ZONES = [KUALA_LUMPUR, BERLIN, SAO_PAULO, APIA, ZoneInfo("UTC"), ZoneInfo("Africa/Monrovia")]


def between(text: str, zone: ZoneInfo = KUALA_LUMPUR) -> tuple[str | None, str]:
    found = interval(text, zone)
    return None if found.start is None else utc_text(found.start), utc_text(found.end)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-03-02T14:00:00+08:00", "2026-03-02T06:00:00Z", "2026-03-02T06:00:01Z"),
        ("2026-03-02T14:00:00-05:30", "2026-03-02T19:30:00Z", "2026-03-02T19:30:01Z"),
        ("2026-03-02T14:00:00+14:00", "2026-03-02T00:00:00Z", "2026-03-02T00:00:01Z"),
        ("2026-03-02T00:00:00-14:00", "2026-03-02T14:00:00Z", "2026-03-02T14:00:01Z"),
        ("2026-03-02T00:00:00+00:00", "2026-03-02T00:00:00Z", "2026-03-02T00:00:01Z"),
        ("2026-03-02", "2026-03-01T16:00:00Z", "2026-03-02T16:00:00Z"),
        ("2026-02", "2026-01-31T16:00:00Z", "2026-02-28T16:00:00Z"),
        ("2024-02", "2024-01-31T16:00:00Z", "2024-02-29T16:00:00Z"),
        ("2026-12", "2026-11-30T16:00:00Z", "2026-12-31T16:00:00Z"),
        ("2026", "2025-12-31T16:00:00Z", "2026-12-31T16:00:00Z"),
        ("../2026-03-02", None, "2026-03-02T16:00:00Z"),
        ("../2025-01", None, "2025-01-31T16:00:00Z"),
        ("../2025", None, "2025-12-31T16:00:00Z"),
        ("1970", "1969-12-31T16:30:00Z", "1970-12-31T16:30:00Z"),  # it was +07:30 then
        ("2999-12-31", "2999-12-30T16:00:00Z", "2999-12-31T16:00:00Z"),
    ],
)
def test_each_form_means_an_interval_in_the_ledgers_zone(
    text: str, start: str | None, end: str
) -> None:
    assert between(text) == (start, end)
    assert check(text) == text


@pytest.mark.parametrize(
    ("text", "zone", "hours"),
    [
        ("2026-03-29", BERLIN, 23),
        ("2026-10-25", BERLIN, 25),
        ("2026-03", BERLIN, 31 * 24 - 1),
        ("2018-11-04", SAO_PAULO, 23),  # its midnight never was: clocks went from 0:00 to 1:00
        ("2018-02-17", SAO_PAULO, 25),  # its last hour was twice
        ("2011-12-30", APIA, 0),  # the day that Samoa left out
        ("2026", BERLIN, 365 * 24),
    ],
)
def test_days_are_as_long_as_the_zone_makes_them(text: str, zone: ZoneInfo, hours: int) -> None:
    found = interval(text, zone)
    assert found.start is not None
    assert found.end - found.start == timedelta(hours=hours)


def test_an_instant_does_not_depend_on_the_zone() -> None:
    text = "2026-10-25T02:30:00+01:00"
    assert len({interval(text, zone) for zone in ZONES}) == 1


def test_postings_use_the_start_and_the_last_second_of_what_has_none() -> None:
    assert utc_text(interval("2026-03", KUALA_LUMPUR).posts_at) == "2026-02-28T16:00:00Z"
    assert utc_text(interval("../2026-03", KUALA_LUMPUR).posts_at) == "2026-03-31T15:59:59Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2026-3-2",
        "26",
        "20260302",
        "2026-03-02 ",
        " 2026-03-02",
        "2026-03-02\n",
        "2026-03-02T14:00:00+08:00\n",
        "2026-03-02T14:00:00Z",
        "2026-03-02T14:00:00",
        "2026-03-02T14:00+08:00",
        "2026-03-02T14:00:00.5+08:00",
        "2026-03-02t14:00:00+08:00",
        "2026-03-02 14:00:00+08:00",
        "2026-03-02T14:00:00+0800",
        "2026-03-02T14:00:00+08",
        "../2026-03-02T14:00:00+08:00",
        "2025-01/..",
        "2025-01/2025-02",
        "..",
        "../",
        "../../2025",
        ".../2025",
        "2026-W10",
        "2026-061",
        "2026-03~",
        "-2026",
        "+2026",
        "２０２６",  # noqa: RUF001  full-width digits are the point
        "٢٠٢٦",
        "2026-03-0٢",
        "2026\0",
        "0x7E2",
        "2_26",
        "2026-03-02" * 1000,
    ],
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="OCCURRED-FORM") as refusal:
        interval(text, KUALA_LUMPUR)
    assert refusal.value.hint is not None
    assert len(refusal.value.message) < 120


@pytest.mark.parametrize(
    "text",
    [
        "2026-00",
        "2026-13",
        "2026-01-00",
        "2026-01-32",
        "2026-02-29",
        "2100-02-29",
        "2026-04-31",
        "../2026-02-30",
        "1969",
        "0000",
        "0001-01-01",
        "3000",
        "9999-12-31",
        "../9999",
        "1969-12-31T23:59:59+00:00",
        "3000-01-01T00:00:00+00:00",
        "9999-12-31T23:59:59-14:00",
        "2026-03-02T24:00:00+08:00",
        "2026-03-02T14:60:00+08:00",
        "2026-03-02T14:00:60+08:00",  # leap seconds have no place in a count of seconds
        "2026-03-02T14:00:00+14:01",
        "2026-03-02T14:00:00-15:00",
        "2026-03-02T14:00:00+99:99",
        "2026-03-02T14:00:00+08:60",
        "2026-03-02T14:00:00-00:00",
    ],
)
def test_a_date_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="OCCURRED-DATE"):
        interval(text, KUALA_LUMPUR)
    with pytest.raises(Malformed, match="OCCURRED-DATE"):
        check(text)


@given(st.text(max_size=30))
def test_no_text_does_anything_but_mean_a_date_or_be_malformed(text: str) -> None:
    try:
        found = interval(text, BERLIN)
    except LedgerError:
        return
    assert found.end > datetime(1969, 12, 31, tzinfo=UTC)


DIGITS = st.text("0123456789-T:+./", max_size=26)


@given(DIGITS, st.sampled_from(ZONES))
def test_nothing_near_a_date_does_anything_else_either(text: str, zone: ZoneInfo) -> None:
    for spelling in (text, f"2026-{text}", f"2026-03-02T{text}", f"../{text}"):
        try:
            found = interval(spelling, zone)
        except LedgerError:
            continue
        assert found.start is None or found.start <= found.end


@given(
    st.dates(date(1970, 1, 1), date(2999, 12, 30)),
    st.sampled_from(ZONES),
)
def test_days_follow_each_other_and_lie_in_their_month_and_year(day: date, zone: ZoneInfo) -> None:
    today = interval(f"{day:%Y-%m-%d}", zone)
    tomorrow = interval(f"{day + timedelta(days=1):%Y-%m-%d}", zone)
    assert today.end == tomorrow.start
    for wider in (f"{day:%Y-%m}", f"{day:%Y}"):
        found = interval(wider, zone)
        assert found.start is not None
        assert today.start is not None
        assert found.start <= today.start <= today.end <= found.end
        assert interval(f"../{wider}", zone) == Interval(None, found.end)


MOMENTS = st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001  the strategy adds the zone
    datetime(2999, 12, 31),  # noqa: DTZ001  as above
    timezones=st.just(UTC),
)


@given(MOMENTS)
def test_recorded_at_is_read_as_it_is_written_and_sorts_as_time(moment: datetime) -> None:
    text = recorded_text(moment)
    assert parse_recorded(text) == moment
    later = moment + timedelta(microseconds=1)
    assert recorded_text(later) > text
    assert utc_text(moment) == text[:19] + "Z"


def test_a_local_time_is_recorded_in_utc() -> None:
    moment = datetime(2026, 3, 2, 14, 0, 0, 5, tzinfo=timezone(timedelta(hours=8)))
    assert recorded_text(moment) == "2026-03-02T06:00:00.000005Z"
    assert utc_text(moment) == "2026-03-02T06:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-02T06:00:00Z",
        "2026-3-2T6:0:0.5Z",
        "2026-03-02T06:00:00.000000+00:00",
        "2026-03-02T06:00:00.000000Z\n",
        "2026-13-02T06:00:00.000000Z",
        "2026-02-30T06:00:00.000000Z",
        "2026-03-02T24:00:00.000000Z",
        "2026-03-02T06:00:60.000000Z",
        "0000-03-02T06:00:00.000000Z",
    ],
)
def test_what_is_no_recorded_at_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="RECORDED-AT"):
        parse_recorded(text)


def test_a_zone_is_one_of_the_iana_database() -> None:
    assert load_zone("Asia/Kuala_Lumpur").key == "Asia/Kuala_Lumpur"


@pytest.mark.parametrize(
    "name",
    ["Asia/Johor", "", "..", "../../../etc/passwd", "/etc/localtime", "Asia", "UTC\0", "x" * 5000],
)
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Malformed, match="ZONE-UNKNOWN"):
        load_zone(name)


@given(st.text(max_size=40))
def test_no_zone_name_does_anything_but_be_one_or_be_refused(name: str) -> None:
    try:
        zone = load_zone(name)
    except Malformed:
        return
    assert zone.key == name
