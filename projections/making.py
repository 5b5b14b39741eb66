"""Rows made by other processes, while this one writes what they made before: all, in order."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Protocol, TypeVar, cast
from zoneinfo import ZoneInfo

from ledger.collector import seldom_collected
from ledger.errors import LedgerError, Unavailable
from ledger.reader import checked_event
from ledger.source import Source
from ledger.verify.parallel import Failure, closed, opened
from projections.made import Made, make, packed, unpacked

P = TypeVar("P")
F = TypeVar("F")
R = TypeVar("R")

PARALLEL_FROM = 8_000
"""With fewer new entries a second process costs more to start than it saves."""
_AHEAD = 3
"""Pages that wait for each process: one that it makes, and two so that nobody is idle."""


class Shared(Protocol):
    """A log that others can open too: where it is, or None where it is in this process alone."""

    @property
    def zone(self) -> ZoneInfo:
        """Time zone in which dates without a time are read."""
        ...

    def shared(self) -> Source | None:
        """Return the whole log as something that opens again where it is sent."""
        ...


@dataclass(frozen=True, slots=True)
class Making:
    """What rows are made of; sent to each worker once.

    Attributes:
        source: the log, audited or opened live by whoever asks.
        zone: the ledger's time zone.
    """

    source: Source
    zone: ZoneInfo

    def close(self) -> None:
        """Close a source that was opened for this worker alone."""
        self.source.close()  # type: ignore[attr-defined]  # one that can be opened again


class Engine(Protocol):
    """What makes rows somewhere else; they are written here, as if they had been made here."""

    def made(
        self, making: Making, spans: Sequence[range]
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Yield what each of these runs of entries gives, packed, in order.

        Raises:
            Unavailable: WORKERS-FAILED and the like, while the results are taken; also whatever
                the source raises.
        """
        ...


@contextmanager
def made_elsewhere(
    log: object, span: range, page: int, workers: int | Engine | None
) -> Iterator[Iterator[Made]]:
    """Have the pages of a run of entries made by workers; yield none where they are made here.

    Args:
        log: the log; others can open it if it has `shared`.
        span: positions of the entries.
        page: entries in a page.
        workers: as `projections.runner.catch_up` takes them.

    Raises:
        Unavailable: WORKERS-FAILED; whatever the source raises.
    """
    asked = workers
    if workers is None:
        workers = (os.cpu_count() or 1) - 1 if len(span) >= PARALLEL_FROM else 0
    making = None if workers == 0 or not span else _making(log)
    if making is None:
        yield iter(())
        return
    engine = Processes(workers) if isinstance(workers, int) else workers
    spans = [range(start, min(start + page, span.stop)) for start in span[::page]]
    with engine.made(making, spans) as results:
        yield map(unpacked, _as_far_as_they_go(results) if asked is None else results)


def _as_far_as_they_go(results: Iterator[bytes]) -> Iterator[bytes]:
    """Yield results up to the first that fails: nobody asked for workers, so it is tried here."""
    with suppress(LedgerError):
        yield from results


def _making(log: object) -> Making | None:
    if not hasattr(log, "shared"):
        return None
    shared = cast("Shared", log)
    source = shared.shared()
    return None if source is None else Making(source, shared.zone)


@dataclass(frozen=True, slots=True)
class Processes:
    """An engine of so many processes on this machine.

    Attributes:
        count: how many, beside the one that writes.
    """

    count: int

    @contextmanager
    def made(self, making: Making, spans: Sequence[range]) -> Iterator[Iterator[bytes]]:
        """Have them made."""
        # spawn, not fork: a fork would copy this process's threads' locks and its open database
        pool = ProcessPoolExecutor(self.count, get_context("spawn"), _begin, (making,))
        try:
            yield self._results(pool, spans)
        finally:
            pool.shutdown(cancel_futures=True)

    def _results(self, pool: ProcessPoolExecutor, spans: Sequence[range]) -> Iterator[bytes]:
        ahead = self.count * _AHEAD
        try:
            yield from in_order(lambda span: pool.submit(_made, span), spans, ahead, _result)
        except BrokenProcessPool as error:
            raise Unavailable(
                "WORKERS-FAILED",
                "a worker process ended early",
                hint="`chipledger rebuild --workers 0` needs none",
            ) from error


def in_order(
    submit: Callable[[P], F], parts: Sequence[P], ahead: int, result: Callable[[F], R]
) -> Iterator[R]:
    """Yield results in the order of their parts, with only so many under way."""
    waiting: deque[F] = deque()
    for part in parts:
        waiting.append(submit(part))
        if len(waiting) >= ahead:
            yield result(waiting.popleft())
    while waiting:
        yield result(waiting.popleft())


def make_page(making: Making, span: range) -> bytes:
    """Make the rows of a run of entries, packed.

    Raises:
        Unavailable: LOG-INCOMPLETE; whatever the source raises.
    """
    source = making.source
    events = [checked_event(row) for row in source.rows(span.start, span.stop)]
    if [event.index for event in events] != list(span):
        raise Unavailable(
            "LOG-INCOMPLETE",
            f"the log does not give all of the entries {span.start} to {span.stop - 1}",
            hint="verify the ledger",
        )
    return packed(make(span, events, making.zone, source.document))


_here: list[Making] = []
"""That of this worker process; set when it starts."""


def _begin(making: Making) -> None:
    _here[:] = [making]


def _made(span: range) -> bytes | Failure:
    with seldom_collected():
        return closed(lambda: make_page(_here[0], span))


def _result(future: "Future[bytes | Failure]") -> bytes:
    return opened(future.result())
