"""The packs as tables beside the read models, so that a question or a finding can join them.

They are in memory, in a schema of their own, `pack`; the file of read models stays as it is. Days
become instants in the ledger's zone, which compare with `event.valid_at` and `:as_of`: a row holds
where `since <= valid_at AND valid_at < until`. Where a pack names no first day `since` is empty,
and where it names no last one `until` is the year 9999.
"""

import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from ledger.occurred import interval, utc_text
from projections.packs.conditions import (
    Condition,
    Destination,
    Items,
    ListedOwners,
    Located,
    Passage,
    Places,
    Thresholds,
    Window,
)
from projections.packs.form import Pack
from projections.packs.load import Packs

NAME = "pack"
NEVER = "9999-12-31T00:00:00Z"

TABLES = {
    "pack": "pack TEXT, dated TEXT, title TEXT, jurisdiction TEXT",
    "rule": "pack TEXT, rule TEXT, kind TEXT, title TEXT, says TEXT, citation TEXT",
    "rule_period": "pack TEXT, rule TEXT, status TEXT, since TEXT, until TEXT",
    "rule_place": "pack TEXT, rule TEXT, part TEXT, grp TEXT, country TEXT COLLATE NOCASE",
    "rule_number": "pack TEXT, rule TEXT, name TEXT, number REAL",
    "rule_item": "pack TEXT, rule TEXT, eccn TEXT",
    "threshold": "pack TEXT, rule TEXT, alternative INTEGER, figure TEXT, at_least REAL,"
    " below REAL, since TEXT, until TEXT",
    "country_group": "pack TEXT, country TEXT COLLATE NOCASE, grp TEXT, member INTEGER,"
    " listed TEXT, since TEXT, until TEXT",
    "whole_group": "pack TEXT, grp TEXT, listed TEXT, since TEXT, until TEXT",
    "part_of": "pack TEXT, country TEXT COLLATE NOCASE, whole TEXT COLLATE NOCASE",
    "hardware": "pack TEXT, name TEXT, kind TEXT, figure TEXT, low REAL, high REAL, about INTEGER,"
    " basis TEXT, sources TEXT",
    "hardware_name": "pack TEXT, name TEXT, called TEXT COLLATE NOCASE",
    "hardware_part": "pack TEXT, name TEXT, part TEXT, quantity REAL, unit TEXT, about INTEGER,"
    " sources TEXT",
}
"""Tables of the schema `pack` with their columns."""

Row = tuple[str, tuple[object, ...]]


def attach(connection: sqlite3.Connection, packs: Packs, zone: ZoneInfo) -> None:
    """Put the packs' tables beside the read models, in the place of any that are there.

    Args:
        connection: of the read models, with no transaction open.
        packs: the packs.
        zone: the ledger's zone, in which a rule's days begin and end.
    """
    attached = {row[1] for row in connection.execute("PRAGMA database_list")}
    if NAME in attached:
        connection.execute(f"DETACH {NAME}")
    connection.execute(f"ATTACH ':memory:' AS {NAME}")
    for table, columns in TABLES.items():
        connection.execute(f"CREATE TABLE {NAME}.{table} ({columns})")
    for pack in packs:
        for table, values in _rows(pack, zone):
            marks = ", ".join("?" * len(values))
            connection.execute(f"INSERT INTO {NAME}.{table} VALUES ({marks})", values)  # noqa: S608  our own names
    connection.commit()


def _rows(pack: Pack, zone: ZoneInfo) -> Iterator[Row]:
    yield "pack", (pack.pack, pack.dated, pack.title, pack.jurisdiction)
    yield from _rules(pack, zone)
    for one in pack.memberships:
        bounds = (_start(one.since, zone), _end(one.until, zone))
        for group in one.groups:
            if one.complete:
                yield "whole_group", (pack.pack, group, one.listed, *bounds)
            for country in one.countries:
                member = int(one.member)
                yield "country_group", (pack.pack, country, group, member, one.listed, *bounds)
    for part in pack.part_of:
        yield "part_of", (pack.pack, part.country, part.of)
    for thing in pack.hardware:
        for name in (thing.name, *thing.names):
            yield "hardware_name", (pack.pack, thing.name, name)
        for figure in thing.figures:
            given = (figure.figure, float(figure.low), float(figure.high), int(figure.about))
            more = (figure.basis, ", ".join(figure.sources))
            yield "hardware", (pack.pack, thing.name, thing.kind, *given, *more)
        for piece in thing.parts:
            counted = (piece.part, float(piece.quantity), piece.unit, int(piece.about))
            cited = ", ".join(piece.sources)
            yield "hardware_part", (pack.pack, thing.name, *counted, cited)


def _rules(pack: Pack, zone: ZoneInfo) -> Iterator[Row]:
    for rule in pack.rules:
        named = (pack.pack, rule.rule)
        kind = str(type(rule.test).__struct_config__.tag)
        yield "rule", (*named, kind, rule.title, rule.says, rule.citation)
        for period in rule.periods:
            bounds = (_start(period.since, zone), _end(period.until, zone))
            yield "rule_period", (*named, period.status, *bounds)
        places = getattr(rule.test, "places", None)
        if isinstance(places, Places):
            yield from (("rule_place", (*named, *place)) for place in _places(places))
        yield from (("rule_number", (*named, *one)) for one in _numbers(rule.test))
        items = getattr(rule.test, "items", None)
        if isinstance(items, Items):
            yield from (("rule_item", (*named, form.lower())) for form in items.eccns)
        whole = (_start(rule.periods[0].since, zone), _end(rule.periods[-1].until, zone))
        for number, condition in enumerate(_conditions(rule.test), 1):
            for figure, bound in condition.bounds():
                least, below = _real(bound.at_least), _real(bound.below)
                yield "threshold", (*named, number, figure, least, below, *whole)


def _places(places: Places) -> Iterator[tuple[str, str | None, str | None]]:
    yield from (("in", group, None) for group in places.groups)
    yield from (("in", None, country) for country in places.countries)
    yield from (("except", group, None) for group in places.except_groups)


def _numbers(test: object) -> Iterator[tuple[str, float]]:
    match test:
        case ListedOwners():
            yield "percent", float(test.percent)
        case Passage():
            yield "notice_days", float(test.notice_days)
        case Located():
            yield "days", float(test.days)
        case Destination():
            yield "anywhere", float(test.anywhere)
        case Window():
            yield "outside", float(test.outside)


def _conditions(test: object) -> tuple[Condition, ...]:
    if isinstance(test, Thresholds):
        return test.any
    return (test.condition,) if isinstance(test, Window) else ()


def _real(text: str | None) -> float | None:
    return None if text is None else float(text)


def _start(day: str | None, zone: ZoneInfo) -> str:
    return "" if day is None else _midnight(date.fromisoformat(day), zone)


def _end(day: str | None, zone: ZoneInfo) -> str:
    return NEVER if day is None else utc_text(interval(day, zone).end)


def _midnight(day: date, zone: ZoneInfo) -> str:
    return utc_text(interval((day - timedelta(days=1)).isoformat(), zone).end)
