"""Workers for the map pass: the same chunks in this process or in several."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeVar

from ledger.authority import Authority
from ledger.collector import seldom_collected
from ledger.errors import LedgerError, Unavailable
from ledger.source import LiveSource, Source
from ledger.verify.chunk import ChunkJudge, ChunkResult
from ledger.verify.tags import stored_sum

T = TypeVar("T")

CHUNK = 2_000
PARALLEL_FROM = 8_000
"""Below this size a second process costs more to start than it saves."""

Progress = Callable[[int, int], None]
"""Called with entries judged and entries in all."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the map pass is about; sent to each worker once.

    Attributes:
        source: what is audited.
        size: entries in it.
        start: the first that is judged.
        authority: folded over the whole control chain.
        blind_after: position behind which authority is not known.
        tag_key: secret of the sums of tags.
    """

    source: Source
    size: int
    start: int
    authority: Authority
    blind_after: int
    tag_key: bytes


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the map pass gives.

    Attributes:
        chunks: the results of all chunks in order of position, whoever judged them.
        stored_tags: returns the sum of the store's tag index, None where it names other positions.
    """

    chunks: Iterator[ChunkResult]
    stored_tags: Callable[[], int | None]


def as_live(source: Source) -> LiveSource | None:
    """Return the source as a live store, or None."""
    return source if hasattr(source, "tree_row") else None  # type: ignore[return-value]  # by shape


@contextmanager
def mapped(work: Work, workers: int, chunk: int) -> Iterator[Mapped]:
    """Run the map pass, in worker processes where these are worth their start.

    Raises:
        Unavailable: WORKERS-FAILED; also whatever the source raises, in the order of positions.
    """
    starts = range(work.start, work.size, chunk)
    shareable = getattr(work.source, "shareable", False)
    if workers < 2 or work.size - work.start < PARALLEL_FROM or not shareable:  # noqa: PLR2004  two make a crowd
        worker = _Worker(work)
        yield Mapped((worker.judge(start, chunk) for start in starts), worker.stored_tags)
        return
    with _pool(work, workers) as pool:
        tags = pool.submit(_stored_tags)
        results = pool.map(_judge, starts, [chunk] * len(starts))
        yield Mapped(map(_opened, results), lambda: _opened(tags.result()))


@contextmanager
def _pool(work: Work, workers: int) -> Iterator[ProcessPoolExecutor]:
    try:
        # spawn, not fork: a fork would copy this process's threads' locks and its open database
        pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (work,))
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)
    except BrokenProcessPool as error:
        raise Unavailable(
            "WORKERS-FAILED",
            "a worker process ended early",
            hint="audit again with one worker",
        ) from error


class _Worker:
    """Judges chunks of one source; each process has one."""

    def __init__(self, work: Work) -> None:
        self._work = work
        # An audit that goes on from a record does not compare the index: it would have to judge the
        # entries again that the record covers.
        self._live = as_live(work.source) if work.start == 0 else None
        key = None if self._live is None else work.tag_key
        self._judge = ChunkJudge(work.authority, work.blind_after, key)

    def judge(self, start: int, chunk: int) -> ChunkResult:
        stop = min(start + chunk, self._work.size)
        return self._judge.judge(range(start, stop), self._work.source.rows(start, stop))

    def stored_tags(self) -> int | None:
        if self._live is None:
            return None
        return stored_sum(self._live, self._work.size, self._work.tag_key)


_here: list[_Worker] = []
"""The one of this worker process; made when it starts."""

_Failure = tuple[type[LedgerError], str, str, str | None]
"""Class, code, message and place: what of a LedgerError can travel between processes."""


def _begin(work: Work) -> None:
    _here[:] = [_Worker(work)]


def _judge(start: int, chunk: int) -> ChunkResult | _Failure:
    with seldom_collected():
        return _closed(lambda: _here[0].judge(start, chunk))


def _stored_tags() -> int | _Failure | None:
    return _closed(_here[0].stored_tags)


def _closed(call: Callable[[], T]) -> T | _Failure:
    try:
        return call()
    except LedgerError as error:
        return type(error), error.code, error.message, error.where


def _opened(result: T | _Failure) -> T:
    if isinstance(result, tuple):
        family, code, message, where = result
        raise family(code, message, where=where)
    return result
