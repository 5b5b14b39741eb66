"""Bars under a table, where a person looks on."""

import pytest

from commands.bars import bars, months, places, print_bars
from projections.questions import Answer


def test_the_largest_bar_is_the_longest_and_the_least_is_seen() -> None:
    lines = bars([("a", 1), ("b: x", 36_000), ("none", 0), ("owed", -4)], 40)
    assert lines == ["a         1 ▏", "b: x 36,000 " + "█" * 27]
    assert bars([], 40) == []
    assert bars([("a", 1), ("b", 4)], 20, blocks=False) == ["a 1 ####", "b 4 " + "#" * 15]


def test_labels_are_cut_and_control_nothing() -> None:
    [line] = bars([("\x1b[31m" + "x" * 99, 1)], 80)
    assert line.startswith("\\u001b[31m")
    assert "…" in line
    assert len(line) <= 80


def test_places_and_months_are_what_is_counted() -> None:
    columns = ("holder", "site", "state", "quantity")
    rows: list[tuple[object, ...]] = [("a", "S", "in_transit", 5), ("@transferred", None, None, 2)]
    assert places(Answer(columns, rows)) == [
        ("S: a in transit", 5),
        ("on the way: @transferred", 2),
    ]
    told = [{"occurred": one} for one in ("2026-02-01", "../2026-01", "2026-02-03T00:00Z", "")]
    assert months(told) == [("2026-01", 1), ("2026-02", 2)]


@pytest.mark.parametrize(("term", "sign"), [("xterm", "█"), ("dumb", "#")])
def test_bars_are_for_terminals_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], term: str, sign: str
) -> None:
    print_bars("Places", lambda: [("a", 1)])
    assert capsys.readouterr().out == ""
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    print_bars("Places", lambda: [("a", 1)])
    assert sign in capsys.readouterr().out
    print_bars("Places", list)
    assert capsys.readouterr().out == ""
