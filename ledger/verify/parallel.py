"""Workers for the map pass: the same chunks in this process or in several."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from ledger.authority import Authority
from ledger.source import LiveSource, Source
from ledger.verify.chunk import ChunkResult, judge

CHUNK = 2_000
PARALLEL_FROM = 4 * CHUNK
"""Below this size a second process costs more to start than it saves."""

Progress = Callable[[int, int], None]
"""Called with entries judged and entries in all."""


def chunk_results(
    source: Source, authority: Authority, size: int, workers: int, tag_key: bytes | None
) -> Iterator[ChunkResult]:
    """Yield the results of all chunks in order of position, whoever judged them."""
    starts = range(0, size, CHUNK)
    stops = (min(start + CHUNK, size) for start in starts)
    shareable = getattr(source, "shareable", False)
    if workers < 2 or size < PARALLEL_FROM or not shareable:  # noqa: PLR2004  two make a crowd
        for start, stop in zip(starts, stops, strict=True):
            yield judge(start, source.rows(start, stop), authority, tag_key)
        return
    # spawn, not fork: a fork would copy this process's threads' locks and its open database
    given = (source, authority, tag_key)
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin, given) as pool:
        yield from pool.map(_judge_here, starts, stops)


def as_live(source: Source) -> LiveSource | None:
    """Return the source as a live store, or None."""
    return source if hasattr(source, "tree_row") else None  # type: ignore[return-value]  # by shape


_worker: dict[str, tuple[Source, Authority, bytes | None]] = {}
"""What this worker process judges with; set once when it starts."""


def _begin(source: Source, authority: Authority, tag_key: bytes | None) -> None:
    _worker["here"] = source, authority, tag_key


def _judge_here(start: int, stop: int) -> ChunkResult:
    source, authority, tag_key = _worker["here"]
    return judge(start, source.rows(start, stop), authority, tag_key)
