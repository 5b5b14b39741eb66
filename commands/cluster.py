"""A Dask cluster as workers: chunks are judged there, rows made; only results come back.

`distributed` is imported where a cluster is asked for, and nowhere else. Its own settings decide on
TLS: https://distributed.dask.org/en/stable/tls.html. The functions that workers call are here too.
"""

import copy
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import ledger
from ledger.collector import seldom_collected
from ledger.errors import Refused, Unavailable
from ledger.evidence.folder import Folder
from ledger.evidence.published import PublishedSource
from ledger.evidence.site import Site, Visit
from ledger.source import Source
from ledger.verify.chunk import ChunkResult
from ledger.verify.parallel import Failure, Mapped, Work, Worker, closed, opened, starts
from ledger.version import __version__
from projections.making import Making, in_order, make_page

T = TypeVar("T")
Client = Any
"""`distributed.Client`, which has types for a part of what it does."""

CONNECT_SECONDS = 10
LOOK_SECONDS = 2.0
"""So often it is looked whether there still are workers."""
LOST_SECONDS = 30.0
"""So long a cluster may be without any; lost ones are often started again."""
_AHEAD = 4
"""Chunks that wait for each thread of a cluster, so that none is idle and few results pile up."""


@cache
def program() -> str:
    """Return what tells two builds of this program apart: version, and a digest of its sources."""
    root = Path(ledger.__file__).parent.parent
    digest = sha256()
    for package in ("ledger", "projections", "commands"):
        for path in sorted((root / package).rglob("*.py")):
            digest.update(f"{path.relative_to(root).as_posix()}\n".encode())
            digest.update(sha256(path.read_bytes()).digest())
    return f"{__version__} ({digest.hexdigest()[:16]})"


class Cluster:
    """An engine of `ledger.verify.parallel` and of `projections.making`.

    Workers open the source themselves; a task whose worker is lost is done again by another.
    """

    def __init__(self, client: Client, source: Source) -> None:
        """Take a connection, and the source as workers can open it."""
        self._client = client
        self._source = source

    @contextmanager
    def mapped(self, work: Work, chunk: int) -> Iterator[Mapped]:
        """Run the map pass of an audit."""
        with self._sent(replace(work, source=self._source)) as sent:
            tags = self._submit(stored_tags, *sent)
            judging = self._in_order(judge, sent, [(one, chunk) for one in starts(work, chunk)])
            yield Mapped(judging, lambda: opened(self._taken(tags)))

    @contextmanager
    def made(self, making: Making, spans: Sequence[range]) -> Iterator[Iterator[bytes]]:
        """Have the rows of read models made."""
        with self._sent(replace(making, source=self._source)) as sent:
            yield self._in_order(make_rows, sent, [(one.start, one.stop) for one in spans])

    @contextmanager
    def _sent(self, task: Work | Making) -> Iterator[tuple[Any, str]]:
        """Send what all tasks are about, once; workers forget it in the end."""
        name = secrets.token_hex(16)
        try:
            # A result that is lost with its worker is made again: so is this one.
            yield self._client.submit(same, task, pure=False), name
        finally:
            with suppress(Exception):  # of a cluster that is gone nothing is left to forget
                self._client.run(forget, name)

    def _submit(self, function: Callable[..., object], *arguments: object) -> Any:
        return self._client.submit(function, *arguments, program(), pure=False)

    def _in_order(
        self,
        function: Callable[..., T | Failure],
        sent: tuple[Any, str],
        parts: Sequence[tuple[int, int]],
    ) -> Iterator[T]:
        ahead = _AHEAD * max(1, sum(self._threads().values()))
        return in_order(
            lambda part: self._submit(function, *sent, *part),
            parts,
            ahead,
            lambda future: opened(self._taken(future)),
        )

    def _taken(self, future: Any) -> Any:
        """Return a result when it is there.

        Raises:
            Unavailable: WORKERS-FAILED.
        """
        lost_since = None
        while True:
            try:
                return future.result(timeout=LOOK_SECONDS)
            except TimeoutError as error:
                if future.done():  # it came just now, or is what the worker met with
                    if future.status != "finished":
                        raise _failed(error) from error
                    continue
            except Exception as error:  # whatever a cluster meets with, it is no verdict
                raise _failed(error) from error
            now = time.monotonic()
            lost_since = None if self._threads() else lost_since or now
            if lost_since is not None and now - lost_since >= LOST_SECONDS:
                raise _failed("it has no workers left")

    def _threads(self) -> dict[str, int]:
        """Return how many threads each worker has now."""
        try:
            threads: dict[str, int] = self._client.nthreads()
        except Exception as error:
            raise _failed(error) from error
        return threads


@contextmanager
def cluster(address: str, source: Source) -> Iterator[Cluster]:
    """Connect with a cluster whose workers run this very program.

    Args:
        address: of the scheduler, tcp://HOST:PORT or tls://HOST:PORT.
        source: what is audited, as workers can open it.

    Raises:
        Unavailable: CLUSTER-EXTRA, CLUSTER-UNREACHABLE, WORKERS-VERSION.
    """
    try:
        import distributed  # noqa: PLC0415  an extra, and slow to import
    except ImportError as error:
        raise Unavailable(
            "CLUSTER-EXTRA",
            "this installation does not speak with Dask",
            hint="install it: pip install 'chipledger[cluster]'",
        ) from error
    connect: Client = distributed.Client
    try:
        client = connect(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except Exception as error:
        raise _unreachable(address, f"{type(error).__name__}: {error}") from error
    try:
        _check_workers(client, address)
        yield Cluster(client, source)
    finally:
        with suppress(Exception):
            client.close()


def for_workers(given: str, source: Source, visit: Visit) -> Source:
    """Return a source as workers on other machines can open it.

    Raises:
        Refused: CLUSTER-SOURCE.
    """
    if given.startswith("postgresql://"):
        return source
    if "://" in given:
        return PublishedSource(Site(given, replace(visit, cache=None)), source.checkpoint())
    if Path(given).is_dir():
        return PublishedSource(Folder(Path(given).resolve()), source.checkpoint())
    raise Refused(
        "CLUSTER-SOURCE",
        "workers of a cluster cannot open this themselves",
        where=given,
        hint="`chipledger publish DIR` makes what they can: a folder that all see, or an https://"
        " URL; so is a ledger in PostgreSQL",
    )


def _check_workers(client: Client, address: str) -> None:
    """Ask each worker what it runs.

    Raises:
        Unavailable: CLUSTER-UNREACHABLE where there are none; WORKERS-VERSION.
    """
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        run: dict[str, Any] = client.run(program, on_error="return")
    except Exception as error:
        raise _unreachable(address, f"it has no workers: {error}") from error
    for worker, found in sorted(run.items()):
        if found != program():
            raise _other_program(found, worker)


def _other_program(found: object, where: str | None = None) -> Unavailable:
    return Unavailable(
        "WORKERS-VERSION",
        f"a worker runs another chipledger than this one, {program()}: {str(found)[:200]}",
        where=where,
        hint="install the same version, with the same Python, on every machine",
    )


def _unreachable(address: str, reason: str) -> Unavailable:
    return Unavailable(
        "CLUSTER-UNREACHABLE",
        f"the cluster cannot be used: {reason[:300]}",
        where=address,
        hint="start it (`dask scheduler`, `dask worker`), or name --workers as a number",
    )


def _failed(error: object) -> Unavailable:
    return Unavailable(
        "WORKERS-FAILED",
        f"the cluster does not answer as it should: {str(error)[:300] or type(error).__name__}",
        hint="audit again; with --workers 1 no cluster is needed",
    )


# What workers call.

_kept: dict[int, tuple[str, Worker | Making]] = {}
"""Of each thread of this process: what it last worked on, by the name of the task."""


def same(task: T) -> T:
    """Return what tasks are about, on a worker, where it then stays."""
    return task


def judge(work: Work, name: str, start: int, chunk: int, expected: str) -> ChunkResult | Failure:
    """Judge a chunk, on a worker."""
    with seldom_collected():
        return closed(lambda: _worker(work, name, expected).judge(start, chunk))


def stored_tags(work: Work, name: str, expected: str) -> int | Failure | None:
    """Return the sum of a store's tag index, on a worker."""
    return closed(lambda: _worker(work, name, expected).stored_tags())


def make_rows(making: Making, name: str, start: int, stop: int, expected: str) -> bytes | Failure:
    """Make the rows of a run of entries, on a worker."""
    with seldom_collected():
        return closed(lambda: make_page(_maker(making, name, expected), range(start, stop)))


def forget(name: str) -> None:
    """Close what was opened for a task, on a worker."""
    for thread, (kept, worker) in list(_kept.items()):
        if kept == name:
            del _kept[thread]
            worker.close()


def _worker(work: Work, name: str, expected: str) -> Worker:
    worker = _mine(name, expected, lambda: Worker(replace(work, source=copy.copy(work.source))))
    assert isinstance(worker, Worker)  # noqa: S101  names are not used twice
    return worker


def _maker(making: Making, name: str, expected: str) -> Making:
    maker = _mine(name, expected, lambda: replace(making, source=copy.copy(making.source)))
    assert isinstance(maker, Making)  # noqa: S101  as above
    return maker


def _mine(name: str, expected: str, opened_again: Callable[[], Worker | Making]) -> Worker | Making:
    """Return what this thread has open for a task; opened once more the first time."""
    if program() != expected:  # it joined after all were asked
        raise _other_program(expected)
    thread = threading.get_ident()
    if thread not in _kept or _kept[thread][0] != name:
        _kept[thread] = name, opened_again()
    return _kept[thread][1]
