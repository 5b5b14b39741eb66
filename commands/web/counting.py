"""All findings at a moment, found once and remembered: they take longer than a page may."""

import threading
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from commands.web.clocks import Clocks
from commands.web.reading import Reading
from projections.finding_rules import ENTRY, SEVERITIES, rules
from projections.finding_run import Clocks as RuleClocks
from projections.finding_run import Finding, findings

_KEPT = 8
Read = Callable[[Clocks, Callable[[Reading], Any]], Any]


@dataclass(frozen=True)
class Found:
    """All findings at a moment; they may be many, so that what pages look up is put in order once.

    Attributes:
        as_of: what had happened before this instant counts.
        known_at: the newest entry that counts.
        found: the gravest first.
    """

    as_of: str
    known_at: int
    found: tuple[Finding, ...]

    @cached_property
    def counts(self) -> list[tuple[str, int, int]]:
        """Each severity with how many there are, and how many of them are open."""
        every = Counter(one.severity for one in self.found)
        still = Counter(one.severity for one in self.found if one.status == "open")
        return [(name, every[name], still[name]) for name in SEVERITIES]

    @cached_property
    def by_code(self) -> Mapping[str, Sequence[Finding]]:
        """The findings of each rule's code."""
        found: defaultdict[str, list[Finding]] = defaultdict(list)
        for one in self.found:
            found[one.rule.code].append(one)
        return found

    @cached_property
    def places(self) -> Mapping[tuple[str, str], Sequence[int]]:
        """Where in `found` those about a subject stand: by its kind and its name in lower case."""
        found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for place, one in enumerate(self.found):
            if one.rule.subject == ENTRY or one.subject[0] != ENTRY:
                kind = ENTRY if one.rule.subject == ENTRY else one.subject[0]
                found[kind, one.subject[1].lower()].append(place)
        return found

    def prepared(self) -> Self:
        """Return it with all of this put in order, so that no page waits for it."""
        for made in (self.counts, self.by_code, self.places):
            del made
        return self


class FindingsCache:
    """Finds in a thread of its own, the newest few moments remembered."""

    def __init__(self, read: Read) -> None:
        """Find by what `read` reads."""
        self._read = read
        self._kept: OrderedDict[tuple[str, int], Future[Found]] = OrderedDict()
        self._asked: dict[tuple[str, int], float] = {}
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="findings")
        self._waiting: Future[Found] | None = None
        self.newest: Found | None = None
        """Of those with everything known, the newest that are at hand."""

    def ask(self, clocks: Clocks, as_of: str, known_at: int) -> "Future[Found]":
        """Return what will be found at a moment; it is begun if nobody asked before."""
        with self._lock:
            future = self._kept.get((as_of, known_at))
            if future is None or (future.done() and future.exception() is not None):
                future = self._worker.submit(self._find, clocks, known_at)
                self._kept[as_of, known_at] = future
                self._asked[as_of, known_at] = time.monotonic()
            self._kept.move_to_end((as_of, known_at))
            while len(self._kept) > _KEPT:
                gone, waiting = self._kept.popitem(last=False)
                self._asked.pop(gone, None)
                waiting.cancel()
            return future

    def waited(self, as_of: str, known_at: int) -> float:
        """Return the seconds since somebody first asked for the findings of a moment."""
        with self._lock:
            return time.monotonic() - self._asked.get((as_of, known_at), time.monotonic())

    def at_hand(self, as_of: str, known_at: int) -> Found | None:
        """Return what was found at a moment, or None where it was not looked for, or not yet."""
        with self._lock:
            future = self._kept.get((as_of, known_at))
        if future is None or not future.done() or future.cancelled():
            return None
        return None if future.exception() is not None else future.result()

    def refresh(self) -> None:
        """Find at the newest moment, ahead of anybody who asks; one that waits is enough."""
        with self._lock:
            if self._waiting is None or self._waiting.running() or self._waiting.done():
                self._waiting = self._worker.submit(self._find, Clocks(), None)

    def close(self) -> None:
        """Begin nothing more."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _find(self, clocks: Clocks, known_at: int | None) -> Found:
        if known_at is not None:
            clocks = Clocks(clocks.as_of, known_at)
        found: Found = self._read(clocks, _all)
        if clocks.as_of is None and (known_at is None or self._is_newer(found)):
            self.newest = found
            with self._lock:
                kept: Future[Found] = Future()
                kept.set_result(found)
                self._kept[found.as_of, found.known_at] = kept
        return found

    def _is_newer(self, found: Found) -> bool:
        return self.newest is None or found.known_at >= self.newest.known_at


def _all(now: Reading) -> Found:
    clocks = RuleClocks(now.moment.as_of, now.moment.known_at)
    found = findings(now.reader, rules().values(), clocks)
    return Found(clocks.as_of, clocks.known_at, tuple(found)).prepared()
