"""Workers for the map pass: the same chunks in this process, in several, or on other machines."""

import copy
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Protocol, TypeVar

from ledger.authority import Authority
from ledger.collector import seldom_collected
from ledger.errors import LedgerError, Unavailable
from ledger.log.leaves import Leaves
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


class Engine(Protocol):
    """What runs the map pass somewhere else: the report is the same as without.

    Whoever runs it decides what its workers answer: that these read the entries that this process
    hashed is compared here, what they say of signatures and rights is believed.
    """

    def mapped(self, work: Work, chunk: int) -> AbstractContextManager[Mapped]:
        """Run the map pass over chunks of so many entries.

        Raises:
            Unavailable: WORKERS-FAILED and the like, while the results are taken; also whatever
                the source raises, in the order of positions.
        """
        ...


def as_live(source: Source) -> LiveSource | None:
    """Return the source as a live store, or None."""
    return source if hasattr(source, "tree_row") else None  # type: ignore[return-value]  # by shape


@contextmanager
def mapped(work: Work, workers: int | Engine, chunk: int) -> Iterator[Mapped]:
    """Run the map pass on an engine, or in so many processes where these are worth their start.

    Raises:
        Unavailable: WORKERS-FAILED; also whatever the source raises, in the order of positions.
    """
    if not isinstance(workers, int):
        with workers.mapped(work, chunk) as elsewhere:
            yield elsewhere
        return
    if not shared(work.source, work.size - work.start, workers):
        worker = Worker(work)
        chunks = (worker.judge(start, chunk) for start in starts(work, chunk))
        yield Mapped(chunks, worker.stored_tags)
        return
    with processes(workers, _begin, work) as pool:
        tags = pool.submit(_stored_tags)
        begins = starts(work, chunk)
        results = pool.map(_judge, begins, [chunk] * len(begins))
        yield Mapped(map(opened, results), lambda: opened(tags.result()))


def shared(source: Source, entries: int, workers: int) -> bool:
    """Say whether so many processes are to share the work on so many entries of a source."""
    worth = workers > 1 and entries >= PARALLEL_FROM
    return worth and bool(getattr(source, "shareable", False))


def starts(work: Work, chunk: int) -> range:
    """Return where chunks of so many entries begin."""
    return range(work.start, work.size, chunk)


@dataclass(frozen=True, slots=True)
class Threads:
    """An engine of threads in this process; each opens the source again for itself.

    They wait for a server or a slow disk at one time; Python itself runs one of them at a time.

    Attributes:
        count: how many.
    """

    count: int

    @contextmanager
    def mapped(self, work: Work, chunk: int) -> Iterator[Mapped]:
        """Run the map pass; a source that cannot be opened again is read by one thread."""
        again = getattr(work.source, "shareable", False)
        here = threading.local()
        workers: list[Worker] = []

        def begin() -> None:
            here.worker = Worker(replace(work, source=copy.copy(work.source)) if again else work)
            workers.append(here.worker)

        def stored_tags() -> int | None:
            worker: Worker = here.worker
            return worker.stored_tags()

        def judge(start: int) -> ChunkResult:
            worker: Worker = here.worker
            return worker.judge(start, chunk)

        pool = ThreadPoolExecutor(self.count if again else 1, "audit", begin)
        try:
            tags = pool.submit(stored_tags)
            results = pool.map(judge, starts(work, chunk))
            yield Mapped(results, tags.result)
        finally:
            pool.shutdown(cancel_futures=True)
            for worker in workers if again else ():
                worker.close()


def read_ahead(source: Source, workers: int | Engine) -> None:
    """Let processes here read a source through that is large and can be read in parts.

    Raises:
        Unavailable: WORKERS-FAILED; also as the source does.
    """
    if isinstance(workers, int) and workers > 1 and getattr(source, "in_parts", False):
        with processes(workers) as pool:
            source.read_in_parts(pool.map)  # type: ignore[attr-defined]  # by shape


def told_leaves(source: Source) -> Leaves | None:
    """Return the leaf hashes that a source says it has, none compared with an entry, or None.

    Raises:
        LedgerError: whatever the source raises.
    """
    told: Callable[[], Leaves | None] | None = getattr(source, "leaves", None)
    return None if told is None else told()


@contextmanager
def processes(
    workers: int, begin: Callable[..., None] | None = None, *given: object
) -> Iterator[ProcessPoolExecutor]:
    """Start so many processes, each of which begins with a call; they end with the block.

    Raises:
        Unavailable: WORKERS-FAILED.
    """
    try:
        # spawn, not fork: a fork would copy this process's threads' locks and its open database
        pool = ProcessPoolExecutor(workers, get_context("spawn"), begin, given)  # type: ignore[arg-type]  # as many as it takes
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


class Worker:
    """Judges chunks of one source; each process or thread has one."""

    def __init__(self, work: Work) -> None:
        """Take what the map pass is about."""
        self._work = work
        # An audit that goes on from a record does not compare the index: it would have to judge the
        # entries again that the record covers.
        self._live = as_live(work.source) if work.start == 0 else None
        key = None if self._live is None else work.tag_key
        self._judge = ChunkJudge(work.authority, work.blind_after, key)

    def judge(self, start: int, chunk: int) -> ChunkResult:
        """Judge a chunk of so many entries.

        Raises:
            LedgerError: whatever the source raises.
        """
        stop = min(start + chunk, self._work.size)
        return self._judge.judge(range(start, stop), self._work.source.rows(start, stop))

    def stored_tags(self) -> int | None:
        """Return the sum of the store's tag index, None where it names other positions.

        Raises:
            LedgerError: whatever the source raises.
        """
        if self._live is None:
            return None
        return stored_sum(self._live, self._work.size, self._work.tag_key)

    def close(self) -> None:
        """Close a source that was opened for this worker alone."""
        self._work.source.close()  # type: ignore[attr-defined]  # one that can be opened again


_here: list[Worker] = []
"""The one of this worker process; made when it starts."""

Failure = tuple[type[LedgerError], str, str, str | None]
"""Class, code, message and place: what of a LedgerError can travel between processes."""


def _begin(work: Work) -> None:
    _here[:] = [Worker(work)]


def _judge(start: int, chunk: int) -> ChunkResult | Failure:
    with seldom_collected():
        return closed(lambda: _here[0].judge(start, chunk))


def _stored_tags() -> int | Failure | None:
    return closed(_here[0].stored_tags)


def closed(call: Callable[[], T]) -> T | Failure:
    """Return what a call returns, or the parts of the error that it raises."""
    try:
        return call()
    except LedgerError as error:
        return type(error), error.code, error.message, error.where


def opened(result: T | Failure) -> T:
    """Return what a worker returned, or raise what it raised.

    Raises:
        LedgerError: as it was raised there.
    """
    if isinstance(result, tuple):
        family, code, message, where = result
        raise family(code, message, where=where)
    return result
