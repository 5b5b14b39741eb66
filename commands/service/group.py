"""Group commit: what arrives while a commit is under way is recorded by the next one, together.

One thread writes. A commit costs what the disk costs, however many events it carries, so the
busier the service is, the more each commit carries. Each submission is decided alone.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

from ledger.draft import Submission
from ledger.errors import LedgerError, Unavailable
from ledger.writing import Receipt

Answer = Receipt | LedgerError
WAITING_MAX = 10_000
"""Submissions that wait for their commit; more are sent away."""

GROUP_MAX = 1_000
"""Submissions in one commit, so that nobody waits long for the commit of others."""

BUSY_SECONDS = 1
"""How long those who are sent away are asked to wait."""


class Told(NamedTuple):
    """What is told of submissions.

    Attributes:
        answers: of each, in order.
        present: which of the documents that were named the ledger holds.
    """

    answers: Sequence[Answer]
    present: frozenset[str]


class Appender(Protocol):
    """What records submissions; `ledger.application.Ledger` does."""

    def append_each(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Record them in one commit, each decided alone."""
        ...

    def present_documents(self, names: Iterable[str]) -> frozenset[str]:
        """Return those of these documents that are stored."""
        ...


class Group:
    """Takes submissions from an event loop and records them in groups.

    Attributes:
        committed: called with the number of submissions of each commit that ended.
    """

    def __init__(
        self, ledger: Appender, *, waiting_max: int = WAITING_MAX, group_max: int = GROUP_MAX
    ) -> None:
        self.committed: Callable[[int], None] = lambda _: None
        self._ledger = ledger
        self._waiting_max = waiting_max
        self._group_max = group_max
        self._lock = threading.Lock()
        self._waiting = 0
        self._stopping = False
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="group-commit")
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many submissions have no answer yet."""
        return self._waiting

    @property
    def is_open(self) -> bool:
        """Whether there is room for one more, and somebody who records it."""
        return not self._stopping and self._waiting < self._waiting_max and self._thread.is_alive()

    def submit(
        self, submissions: Sequence[Submission], names: frozenset[str] = frozenset()
    ) -> "asyncio.Future[Told]":
        """Have submissions recorded, in their order and in one commit; return without waiting.

        Args:
            submissions: in order.
            names: SHA-256 of documents; which of them the ledger then holds is told too.

        Raises:
            Unavailable: SERVICE-STOPPING, SERVICE-FULL; nothing will be recorded.
        """
        with self._lock:
            if self._stopping:
                raise Unavailable(
                    "SERVICE-STOPPING", "the service is stopping", hint="submit it again later"
                )
            if self._waiting and self._waiting + len(submissions) > self._waiting_max:
                raise Unavailable(
                    "SERVICE-FULL",
                    f"{self._waiting:,} submissions are waiting already",
                    hint=f"wait {BUSY_SECONDS} second and submit it again",
                )
            self._waiting += len(submissions)
            work = _Work(submissions, names, asyncio.get_running_loop().create_future())
            self._queue.put(work)
        return work.future

    def stop(self) -> None:
        """Take nothing more, record what waits, and return when all of it is answered."""
        with self._lock:
            if not self._stopping:
                self._stopping = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        ending = False
        while not ending:
            work = self._queue.get()
            group: list[_Work] = []
            count = 0
            while work is not None:
                group.append(work)
                count += len(work.submissions)
                if count >= self._group_max or self._queue.empty():
                    break
                work = self._queue.get()
            ending = work is None
            if group:
                self._record(group, count)

    def _record(self, group: "Sequence[_Work]", count: int) -> None:
        """Record a group, and answer everybody in it; no error ends the thread."""
        told: Sequence[Told | BaseException]
        try:
            told = self._told(group)
        except BaseException as error:  # noqa: BLE001  it is theirs who wait
            told = [error] * len(group)
        with self._lock:
            self._waiting -= count
        self.committed(count)
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            # once for all: whoever wakes the loop for each waits for it each time
            group[0].future.get_loop().call_soon_threadsafe(_answer, group, told)

    def _told(self, group: "Sequence[_Work]") -> list[Told]:
        answers = self._ledger.append_each([one for work in group for one in work.submissions])
        for one in answers:
            if isinstance(one, Receipt):
                one.proof()  # all made at once, here, and not one by one where each is sent
        names = frozenset().union(*(work.names for work in group))
        present = self._ledger.present_documents(names) if names else names
        told, start = [], 0
        for work in group:
            stop = start + len(work.submissions)
            told.append(Told(answers[start:stop], present & work.names))
            start = stop
        return told


class _Work(NamedTuple):
    submissions: Sequence[Submission]
    names: frozenset[str]
    future: asyncio.Future[Told]


def _answer(group: Sequence[_Work], told: "Sequence[Told | BaseException]") -> None:
    """Answer a group, in its loop."""
    for work, one in zip(group, told, strict=True):
        if work.future.done():  # who went away cancelled nothing but the waiting
            continue
        if isinstance(one, BaseException):
            work.future.set_exception(one)
        else:
            work.future.set_result(one)
