"""Rows as tables, JSON and CSV; nothing hostile reaches a terminal or a spreadsheet."""

import csv
import io
import json
import unicodedata
from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from commands.bars import bars
from commands.main import main
from commands.output import (
    DEMONSTRATION,
    Format,
    Progress,
    cell,
    formats,
    heading,
    print_rows,
    safe,
    safe_lines,
)

ROWS = [("R0001", 36_000, None), ("0012", -72, "=1+1")]
COLUMNS = ("rack", "GPUs", "remark")
HOSTILE = "\x1b]0;x\x07\u202eevil\r\n\x9b2J"


@click.command()
@click.option("--demonstration", is_flag=True)
@formats
def rows(*, demonstration: bool, form: Format) -> None:
    print_rows(
        [*ROWS, {"rack": "r", "GPUs": True}] if demonstration else ROWS,
        COLUMNS,
        form,
        title="Where",
        schema="chipledger.test/1",
        demonstration=demonstration,
        notes=["a note"],
    )


def printed(*arguments: str) -> str:
    return CliRunner().invoke(rows, arguments, catch_exceptions=False).stdout


def test_a_table_keeps_serials_and_sets_numbers_to_the_right() -> None:
    assert printed().splitlines() == [
        "Where",
        "rack      GPUs  remark",
        "R0001   36,000",
        "0012       -72  =1+1",
        "a note",
    ]


def test_json_carries_its_schema_and_nothing_else_reaches_stdout() -> None:
    result = CliRunner().invoke(rows, ["--json", "--demonstration"])
    value = json.loads(result.stdout)
    assert (value["schema"], value["demonstration"]) == ("chipledger.test/1", True)
    assert value["rows"][0] == {"rack": "R0001", "GPUs": 36_000, "remark": None}
    assert result.stderr == f"{DEMONSTRATION}\n"


def test_lines_of_json() -> None:
    lines = [json.loads(line) for line in printed("--nl").splitlines()]
    assert lines[1] == {"rack": "0012", "GPUs": -72, "remark": "=1+1"}
    assert '"demonstration": true' in printed("--nl", "--demonstration")


def test_no_cell_of_csv_or_tsv_is_a_formula() -> None:
    for option, delimiter in (("--csv", ","), ("--tsv", "\t")):
        table = list(csv.reader(io.StringIO(printed(option)), delimiter=delimiter))
        assert table == [list(COLUMNS), ["R0001", "36000", ""], ["0012", "-72", "'=1+1"]]


def test_a_demonstration_says_so_first() -> None:
    assert printed("--demonstration").splitlines()[0] == DEMONSTRATION


def test_other_table_formats() -> None:
    assert printed("--fmt", "github").splitlines()[1].startswith("| rack")
    for name in ("nonsense", "unsafehtml"):
        result = CliRunner().invoke(rows, ["--fmt", name])
        assert (result.exit_code, "is no table format" in result.stderr) == (2, True)


def test_one_form_at_a_time() -> None:
    assert CliRunner().invoke(rows, ["--json", "--csv"]).exit_code == 2


def test_no_rows_are_told() -> None:
    @click.command()
    def none() -> None:
        print_rows([], COLUMNS, Format(), title="", schema="", demonstration=False)

    assert CliRunner().invoke(none).stdout == "(none)\n"


def test_cells() -> None:
    values = [None, True, False, 36_000, "x", "\ud800", HOSTILE]
    assert [cell(one) for one in values] == [
        "",
        "yes",
        "no",
        "36,000",
        "x",
        "\ufffd",
        "\\u001b]0;x\\u0007\\u202eevil\\u000d\\u000a\\u009b2J",
    ]
    assert safe("two\nlines\x1b") == "two\\u000alines\\u001b"
    assert safe_lines("two\nlines\x1b") == "two\nlines\\u001b"


@given(st.text(min_size=1) | st.just(HOSTILE), st.sampled_from([None, "github", "simple_grid"]))
def test_nothing_that_people_see_controls_their_terminal(text: str, fmt: str | None) -> None:
    @click.command()
    def one() -> None:
        form = Format(fmt=fmt)
        print_rows([(text, 1)], ("t", "n"), form, title=text, schema="s", demonstration=False)

    shown = CliRunner().invoke(one, catch_exceptions=False).stdout
    lines = [*shown.split("\n"), *bars([(text, 1)], 80)]
    kinds = {unicodedata.category(letter) for line in lines for letter in line}
    assert kinds.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
    assert len(lines) == {None: 5, "github": 6, "simple_grid": 8}[fmt]


@given(st.text())
def test_what_is_printed_as_json_is_read_as_the_same(text: str) -> None:
    @click.command()
    def one() -> None:
        form = Format("json")
        print_rows([(text,)], ("t",), form, title="", schema="s", demonstration=False)

    shown = CliRunner().invoke(one, catch_exceptions=False).stdout
    assert json.loads(shown)["rows"][0]["t"] == text
    assert not any(ord(letter) < 32 and letter != "\n" for letter in shown)
    assert "\x9b" not in shown


class Screen(io.StringIO):
    def __init__(self, *, live: bool) -> None:
        super().__init__()
        self.live = live

    def isatty(self) -> bool:
        return self.live


def ticking(*moments: float) -> Callable[[], float]:
    left = list(moments)
    return lambda: left.pop(0)


def test_progress_is_quiet_for_two_seconds_then_tells_the_time_left() -> None:
    screen = Screen(live=False)
    progress = Progress("reading", screen, ticking(0, 1, 3, 5, 14, 20))
    for done in (10, 25, 40, 75, 100):
        progress(done, 100)
    assert screen.getvalue().splitlines() == [
        "reading: 25 of 100, 9 s left",
        "reading: 75 of 100, 5 s left",
    ]


def test_progress_on_a_terminal_stays_on_its_line() -> None:
    screen = Screen(live=True)
    progress = Progress("reading", screen, ticking(0, 3, 3.1, 4, 6))
    for done in (25, 30, 50, 100):
        progress(done, 100)
    assert screen.getvalue() == (
        "\r\x1b[Kreading: 25 of 100, 9 s left"
        "\r\x1b[Kreading: 50 of 100, 4 s left"
        "\r\x1b[Kreading: 100 of 100\n"
    )


def test_progress_says_nothing_of_what_was_quick() -> None:
    screen = Screen(live=True)
    progress = Progress("reading", screen, ticking(0, 1, 5))
    progress(100, 100)
    progress(0, 100)
    assert screen.getvalue() == ""


def test_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bold is for terminals whose owner does not object."""
    assert "\x1b" not in CliRunner().invoke(main, ["events", "RackPlaced"], color=True).stdout
    monkeypatch.setattr("commands.output.sys.stdout", Screen(live=True))
    assert heading("x") == "\x1b[1mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert heading("x") == "x"
