"""The packs as tables that questions and findings join."""

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from projections.packs.load import packs
from projections.packs.tables import TABLES, attach
from projections.questions import sqlite_reader
from projections.runner import catch_up
from projections.view import View
from tests.trade import trade

ZONE = ZoneInfo("Asia/Kuala_Lumpur")

IN_GROUP = """
SELECT grp FROM pack.country_group
WHERE country = :country AND member AND since <= :day AND :day < until ORDER BY grp"""

OF_CLASS = """
SELECT DISTINCT model.model, threshold.rule
FROM model
JOIN pack.threshold ON threshold.pack = 'EAR-3A090'
  AND threshold.since <= :day AND :day < threshold.until
GROUP BY model.model, threshold.rule, threshold.alternative
HAVING min(coalesce(
  CASE threshold.figure
    WHEN 'tpp' THEN CAST(model.tpp AS REAL)
    WHEN 'performance_density' THEN CAST(model.performance_density AS REAL)
  END >= coalesce(threshold.at_least, 0)
  AND CASE threshold.figure
    WHEN 'tpp' THEN CAST(model.tpp AS REAL)
    WHEN 'performance_density' THEN CAST(model.performance_density AS REAL)
  END < coalesce(threshold.below, 9e15), 0))
ORDER BY model.model, threshold.rule"""


def view_of(path: Path) -> View:
    told = trade()
    told.chip("LARGE", tpp="4800", performance_density="1")
    told.chip("DENSE", tpp="1600", performance_density="5.92")
    told.chip("MIDDLE", tpp="4799", performance_density="1.6")
    told.chip("SMALL", tpp="1599", performance_density="9")
    view = View.open(path)
    catch_up(view, told.log)
    return view


def ask(view: View, sql: str, **values: object) -> list[tuple[object, ...]]:
    return sqlite_reader(view.connection)(sql, values)[1]


def test_a_question_joins_groups_and_thresholds_by_date(tmp_path: Path) -> None:
    with view_of(tmp_path / "view.db") as view:
        before = view.view_hash()
        attach(view.connection, packs(), ZONE)
        now = "2026-06-01T00:00:00Z"
        assert ask(view, IN_GROUP, country="cn", day=now) == [
            ("D:1",),
            ("D:3",),
            ("D:4",),
            ("D:5",),
        ]
        assert ask(view, IN_GROUP, country="MY", day=now) == [("B",)]
        assert ask(view, OF_CLASS, day=now) == [
            ("DENSE", "3A090.a"),
            ("LARGE", "3A090.a"),
            ("MIDDLE", "3A090.b"),
        ]
        assert ask(view, OF_CLASS, day="2023-11-16T15:59:59Z") == []
        assert len(ask(view, OF_CLASS, day="2023-11-16T16:00:00Z")) == 3
        assert view.view_hash() == before


@pytest.mark.parametrize(
    ("instant", "inside"), [("2026-02-02T15:59:59Z", True), ("2026-02-02T16:00:00Z", False)]
)
def test_a_last_day_ends_in_the_ledgers_zone(tmp_path: Path, instant: str, *, inside: bool) -> None:
    with view_of(tmp_path / "view.db") as view:
        attach(view.connection, packs(), ZONE)
        assert bool(ask(view, IN_GROUP, country="KH", day=instant)) is inside


def test_the_tables_are_filled_and_filled_anew(tmp_path: Path) -> None:
    with view_of(tmp_path / "view.db") as view:
        for _ in range(2):
            attach(view.connection, packs(), ZONE)
            counts: Mapping[str, object] = {
                name: ask(view, f"SELECT count(*) FROM pack.{name}")[0][0]  # noqa: S608  our names
                for name in TABLES
            }
            assert all(counts.values()), counts
            assert counts["pack"] == len(packs().by_id)
        numbers = ask(view, "SELECT rule, name, number FROM pack.rule_number ORDER BY 1, 2")
        assert ("EAR-AFFILIATES.50", "percent", 50.0) in numbers
        assert ("MY-STA-12.permit", "notice_days", 30.0) in numbers
        assert ("US-CSA.location", "days", 180.0) in numbers
        periods = ask(
            view,
            "SELECT status, since, until FROM pack.rule_period WHERE rule = 'EAR-AFFILIATES.50'",
        )
        assert periods == [
            ("in_force", "2025-09-28T16:00:00Z", "2025-11-09T16:00:00Z"),
            ("suspended", "2025-11-09T16:00:00Z", "2026-11-09T16:00:00Z"),
            ("unknown", "2026-11-09T16:00:00Z", "9999-12-31T00:00:00Z"),
        ]
        assert ask(view, "SELECT quantity FROM pack.hardware_part WHERE part = 'GPU'") == [(72.0,)]


def test_a_file_opened_for_reading_gets_them_too(tmp_path: Path) -> None:
    view_of(tmp_path / "view.db").close()
    with View.open(tmp_path / "view.db", readonly=True) as view:
        attach(view.connection, packs(), ZONE)
        assert ask(view, "SELECT count(*) FROM pack.part_of") == [(1,)]
