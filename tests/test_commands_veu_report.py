"""Half a year as a data centre VEU reports it, every figure with whose word it rests on."""

import csv
import io
import json
from typing import Any

import pytest

from commands.veu_report import FIGURES, _figures
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    desk = open_desk(tmp_path_factory.mktemp("veu") / "ledger", furnish, build, deliver)
    desk.run("site attest JHR-1 --megawatts 0.5 --on 2026-01-09 --yes")
    desk.run("lease start L-1 --to bytedance --racks R0001 --on 2026-03-01 --yes --with bytedance")
    desk.run("party headquarters bytedance CN --on 2026-03-01 --yes")
    return desk


def report(desk: DeskStory, words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(desk.run(f"veu-report {words} --json").stdout)
    return found


def test_every_section_of_a_half_year(running: DeskStory) -> None:
    found = report(running, "2026-H1 --site jhr-1")
    assert (found["since"], found["until"]) == ("2026-01-01", "2026-06-30")
    figures = {row["figure"]: row for row in found["figures"]}
    assert figures["GPUs on site"]["quantity"] == 144
    assert figures["of them operational"]["on_one_word"] == 144
    assert figures["used under leases"]["on_two_words"] == 72
    assert figures["used, parent said to be in CN"]["quantity"] == 72
    assert figures["received in the period"]["quantity"] == 144
    assert all(
        row["on_one_word"] + row["on_two_words"] + row["on_opening"] == row["quantity"]
        for row in figures.values()
    )
    (held,) = found["inventory"]
    assert held["eccn"] == "3A090.a"
    assert held["first_came"] == held["last_came"] != ""
    (user,) = found["users"]
    assert (user["lessee"], user["since"]) == ("bytedance", "2026-03-01")
    assert found["capacity"][0]["it_megawatts"] == "0.5"
    assert {row["change"] for row in found["transfers"]} >= {"received"}
    assert found["assurance"][0]["strength"] is None
    assert "computing power of a model" in {row["unknown"] for row in found["unknown"]}
    assert figures["operational, of unknown TPP"]["quantity"] == 144


def test_a_period_of_days_and_what_was_known_then(running: DeskStory) -> None:
    before = report(running, "--since 2026-01-01 --until 2026-01-05")
    assert before["transfers"] != []
    figures = {row["figure"]: row["quantity"] for row in before["figures"]}
    assert figures["of them operational"] == 0
    after = report(running, "2026-H2 --site JHR-1")
    assert after["transfers"] == []
    assert {row["figure"] for row in after["figures"]} >= {"GPUs on site"}
    known = report(running, "2026-H1 --known-at 12")
    assert {row["quantity"] for row in known["figures"]} == {0}


def test_forms_of_output(running: DeskStory) -> None:
    said = running.run("veu-report 2026-H1").stdout
    for words in (
        "Figures: 2026-01-01 to 2026-06-30",
        "Users, by the country",
        "What is not known",
    ):
        assert words in said
    assert "recorded statements, and no finding of fact" in said
    text = running.run("veu-report 2026-H1 --section figures --csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == FIGURES
    one = json.loads(running.run("veu-report 2026-H1 --section users --json").stdout)
    assert one["schema"] == "chipledger.veu-report-users/1"
    evidence = running.folder.parent / "all.jsonl"
    running.run(f"export {evidence}")
    there = report(running, f"2026-H1 --from {evidence}")
    assert there["figures"] == report(running, "2026-H1")["figures"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("", "PERIOD"),
        ("2026", "PERIOD"),
        ("2026-H3", "PERIOD"),
        ("2026-H1 --since 2026-01-01", "PERIOD"),
        ("--since 2026-01-01", "PERIOD"),
        ("--since 2026-01 --until 2026-02", "PERIOD"),
        ("--since 2026-02-01 --until 2026-01-01", "PERIOD"),
        ("--since 2026-02-31 --until 2026-03-01", "OCCURRED-DATE"),
        ("2026-H1 --csv", "USAGE"),
    ],
)
def test_a_period_is_named_once(running: DeskStory, words: str, code: str) -> None:
    running.refused(f"veu-report {words}", code=code)


def test_power_rests_on_words_as_the_units_do() -> None:
    inventory = [
        {"state": "operational", "quantity": 10, "tpp_total": 1_000, "on_one_word": 4,
         "on_two_words": 5, "on_opening": 1},
        {"state": "lost", "quantity": 1, "tpp_total": 100, "on_one_word": 1, "on_two_words": 0,
         "on_opening": 0},
    ]  # fmt: skip
    user = {"parent_country": None, "quantity": 3, "on_one_word": 1, "on_two_words": 2}
    rows = _figures({"inventory": inventory, "users": [user], "transfers": []})
    figures = {row["figure"]: tuple(row.values())[1:] for row in rows}
    assert figures["GPUs on site"] == (10, 4, 5, 1)
    assert figures["TPP of what is operational"] == (1_000, 400, 500, 100)
    assert figures["used, nobody says where the parent is"] == (3, 1, 2, 0)
