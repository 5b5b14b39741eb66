"""Answers that take longer than a page may: made in a thread, and there at the next look."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

from commands.web.clocks import Clocks
from ledger.errors import LedgerError
from projections.questions import Answer

_KEPT = 64
ROWS_MAX = 5_000
"""An answer of more rows is not remembered: it is asked on a page of its own."""
Read = Callable[[Clocks, Callable[[Any], Any]], Any]


class Asked(NamedTuple):
    """A question at a moment."""

    question: str
    given: tuple[tuple[str, str], ...]
    as_of: str
    known_at: int


def asked(question: str, given: Mapping[str, str], as_of: str, known_at: int) -> Asked:
    """Return what names a question at a moment."""
    return Asked(question, tuple(sorted(given.items())), as_of, known_at)


class Later:
    """Asks one question after the other, and remembers the newest few answers."""

    def __init__(self, read: Read) -> None:
        """Ask by what `read` reads."""
        self._read = read
        self._kept: OrderedDict[Asked, Future[Answer | None]] = OrderedDict()
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="later")

    def answer(self, key: Asked) -> Answer | None:
        """Return an answer that is at hand, or None."""
        with self._lock:
            future = self._kept.get(key)
        if future is None or not future.done() or future.cancelled():
            return None
        return future.result()

    def begin(self, key: Asked, clocks: Clocks) -> None:
        """Ask what is not at hand, unless it is being asked."""
        with self._lock:
            if key not in self._kept:
                pinned = Clocks(clocks.as_of, key.known_at)
                self._kept[key] = self._worker.submit(self._ask, key, pinned)
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)[1].cancel()

    def close(self) -> None:
        """Begin nothing more."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _ask(self, key: Asked, clocks: Clocks) -> Answer | None:
        try:
            found: Answer = self._read(clocks, lambda now: now.ask(key.question, **dict(key.given)))
        except LedgerError:
            return None  # the page of its own tells why
        return found if len(found.rows) <= ROWS_MAX else None
