"""Follows the log as it grows: the one place of the server that writes, and only read models.

Pages read the file of read models by connections of their own, which can do nothing else. A
thread of this server brings the file up to the log, as every other command does.
"""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from ledger.errors import LedgerError
from ledger.reader import LogReader
from ledger.writing import system_clock
from projections.runner import catch_up
from projections.view import View

LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Freshness:
    """How the read models stand to the log.

    Attributes:
        size: entries of the log when it was last looked at.
        looked: when that was, or None before the first look.
        problem: why the last look failed, or None.
    """

    size: int
    looked: datetime | None = None
    problem: str | None = None


class Follower:
    """A thread that looks at the log every second; use it as a context manager."""

    def __init__(self, log: LogReader, path: Path, caught_up: Callable[[], None]) -> None:
        """Follow a log into a file of read models; `caught_up` is called after it has grown."""
        self._log = log
        self._path = path
        self._caught_up = caught_up
        self._ends = threading.Event()
        self._looks = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="following", daemon=True)
        self.freshness = Freshness(log.size)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join(timeout=5 * LOOK_SECONDS)

    def look(self) -> None:
        """Look at the log once, and bring the read models up to it."""
        with self._looks:
            try:
                size = self._log.size
                with View.open(self._path) as view:
                    behind = view.position.next_idx != size
                    if behind:
                        catch_up(view, self._log)
                self.freshness = Freshness(size, system_clock())
            except LedgerError as error:
                self.freshness = replace(self.freshness, problem=f"{error.message} ({error.code})")
                return
        if behind:
            self._caught_up()

    def _run(self) -> None:
        with ExitStack() as stack:
            # Kept open, so that the write-ahead log stays where readers look for it.
            while True:
                try:
                    stack.enter_context(View.open(self._path))
                    break
                except LedgerError as error:
                    told = f"{error.message} ({error.code})"
                    self.freshness = replace(self.freshness, problem=told)
                    if self._ends.wait(LOOK_SECONDS):
                        return
            while not self._ends.wait(LOOK_SECONDS):
                self.look()


def ago(moment: datetime) -> str:
    """Return how long ago a moment was, in words."""
    seconds = max(0, int((system_clock() - moment).total_seconds()))
    if seconds < 60:  # noqa: PLR2004  a minute
        return "a moment ago" if seconds < 2 else f"{seconds} seconds ago"  # noqa: PLR2004  as above
    return f"{seconds // 60:,} minutes ago"


__all__ = ["LOOK_SECONDS", "Follower", "Freshness", "ago"]
