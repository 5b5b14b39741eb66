"""The same log, packs and parameters give the same bytes: however the read models came, whenever.

Findings, determinations, questions, the file of a transaction, the report of half a year and the
whole report, each at two pairs of clocks.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main
from ledger.application import Ledger
from ledger.entry import Event
from ledger.writing import system_clock
from projections.runner import catch_up
from projections.view import View

CLOCKS = ("--as-of 2026-10-19", "--as-of 2026-08-02 --known-at 780")
ASKED = (
    "findings --json", "findings --resolved 200 --code NAME-UNKNOWN --csv",
    "determine SHP-05 --json", "query three-way --json", "file SHP-05 --json",
)  # fmt: skip
WORDS = (
    *(f"{words} {clocks}" for clocks in CLOCKS for words in ASKED),
    "veu-report 2026-H1 --known-at 780 --json",
)
REPORT = ("report", "--as-of", "2026-10-19")
STEP = 150


class Prefix:
    """A log as it was when it had fewer entries."""

    def __init__(self, log: Ledger, size: int) -> None:
        self._log, self.size = log, size
        self.origin, self.zone = log.origin, log.zone
        self.root_at, self.document = log.root_at, log.document

    def holds(self, start: int, stop: int) -> Sequence[int]:
        return self._log.holds(start, min(stop, self.size))

    def read(self, start: int, stop: int) -> Iterator[Event]:
        return self._log.read(start, min(stop, self.size))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("same") / "ledger"
    assert CliRunner().invoke(main, ["demo", str(made)]).exit_code == 0
    return made


@pytest.fixture(scope="module")
def first(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return told(folder, tmp_path_factory.mktemp("first"))


def told(folder: Path, to: Path) -> dict[str, bytes]:
    """Return the bytes of every report."""
    found = {}
    for words in WORDS:
        ran = CliRunner().invoke(main, ["-C", str(folder), *words.split()])
        assert ran.exit_code == 0, (words, ran.output)
        found[words] = ran.stdout_bytes
    ran = CliRunner().invoke(main, ["-C", str(folder), *REPORT, "-o", str(to / "a.html")])
    assert ran.exit_code == 0, ran.output
    found["report"] = (to / "a.html").read_bytes()
    return found


@pytest.fixture
def again(folder: Path, tmp_path: Path) -> Path:
    """The same ledger in another folder, without read models."""
    copy = tmp_path / "again"
    shutil.copytree(folder, copy)
    for name in ("view.db", "view.db-wal", "view.db-shm"):
        (copy / name).unlink(missing_ok=True)
    return copy


def test_after_a_rebuild(first: dict[str, bytes], again: Path, tmp_path: Path) -> None:
    assert told(again, tmp_path) == first


def test_after_catching_up_in_parts_and_next_year(
    first: dict[str, bytes], again: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger.open(str(again / "ledger.db")) as log:
        for size in range(STEP, log.size, STEP):
            with View.open(again / "view.db") as view:
                catch_up(view, Prefix(log, size))
                assert view.position.next_idx == size
    later = timedelta(days=400)
    monkeypatch.setattr("commands.context.system_clock", lambda: system_clock() + later)
    assert told(again, tmp_path) == first


@pytest.mark.parametrize("words", [WORDS[0], WORDS[2], WORDS[-1]])
def test_in_another_process_with_other_hashes_and_another_zone(
    first: dict[str, bytes], again: Path, words: str
) -> None:
    env = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    run = [
        sys.executable,
        "-c",
        "from commands.main import main; main()",
        "-C",
        str(again),
        *words.split(),
    ]
    ran = subprocess.run(run, env=env, capture_output=True, check=False)
    assert ran.stdout == first[words], ran.stderr


def test_reports_differ_where_the_clocks_do(first: dict[str, bytes]) -> None:
    now, then = (tuple(f"{words} {clocks}" for words in ASKED) for clocks in CLOCKS)
    same = [one for one, two in zip(now, then, strict=True) if first[one] == first[two]]
    assert same == [now[1]]
