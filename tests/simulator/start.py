"""Ledgers with which a simulation begins: made once, copied for each seed."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.draft import Submission
from ledger.events.ledger import Purpose
from ledger.events.site import SiteRegistered
from projections import runner
from projections.view import View
from tests.harness import START, Story
from tests.simulator.stories import CAST, OPERATOR

LEDGER, HIGH_WATER, VIEW = "ledger.db", "high-water", "view.db"
TALL = 240
"""Entries of a ledger whose first tile is about to be full."""

_IN_MEMORY = Path("/dev/shm")  # noqa: S108  a folder of its own is made there


def room() -> tempfile.TemporaryDirectory[str]:
    """Return a folder in memory, where there is room for files, else on the disk."""
    return tempfile.TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None)


@contextmanager
def machine_time(clock: object) -> Iterator[None]:
    """Let the machine's clock, by which a ledger of record goes, be another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.appending.system_clock", clock)
        yield


class Starts:
    """Prepared ledgers, by purpose and height."""

    def __init__(self) -> None:
        self._room = room()
        self._made: dict[tuple[Purpose, bool], Path] = {}

    def put(self, purpose: Purpose, top: Path, *, tall: bool) -> None:
        """Copy the files of a prepared ledger into a folder."""
        kind = (purpose, tall)
        if kind not in self._made:
            folder = Path(self._room.name) / f"{purpose}-{tall}"
            folder.mkdir()
            _make(folder, purpose, tall=tall)
            self._made[kind] = folder
        for path in sorted(self._made[kind].iterdir()):
            shutil.copyfile(path, top / path.name)


def _make(folder: Path, purpose: Purpose, *, tall: bool) -> None:
    """Let a ledger be opened, and its cast be registered, with keys and roles."""
    with machine_time(lambda: START):
        made = Story(folder / LEDGER, high_water=folder / HIGH_WATER, purpose=purpose)
        made.operator = OPERATOR
        with made:
            for name, roles in CAST.items():
                made.party(name, *roles)
            if tall:
                made.ledger.append_many(
                    [_filler(made, number) for number in range(made.ledger.size, TALL)]
                )
            with View.open(folder / VIEW) as view:
                runner.catch_up(view, made.ledger)
    for path in folder.glob("*-shm"):
        path.unlink()


def _filler(made: Story, number: int) -> Submission:
    data = SiteRegistered(
        registrant=OPERATOR, site=f"WH{number}", name="store", country="MY", kind="warehouse"
    )
    return made.submission(data, OPERATOR)
