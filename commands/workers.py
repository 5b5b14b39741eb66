"""`--workers`: who judges the chunks of an audit, or makes rows; what comes out is the same."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from ledger.evidence.site import Visit
from ledger.source import Source
from ledger.verify.parallel import Engine, Threads

WORKERS_MAX = 64
_CLUSTERS = ("tcp://", "tls://")
_Callback = Callable[[click.Context, click.Parameter, str | None], "Asked | None"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What `--workers` says.

    Attributes:
        kind: `processes`, `threads` or `cluster`.
        count: how many, of processes or threads.
        address: of a cluster's scheduler.
    """

    kind: str
    count: int = 0
    address: str = ""


def _asked(kinds: tuple[str, ...], least: int) -> _Callback:
    """Return what reads the option: so many at least, of these kinds."""
    forms = ", ".join(["a number", *(f"{kind}:N" for kind in kinds), "tcp://HOST:PORT"])

    def read(context: click.Context, parameter: click.Parameter, value: str | None) -> Asked | None:
        if value is None:
            return None
        if value.startswith(_CLUSTERS):
            return Asked("cluster", address=value)
        kind, _, count = value.rpartition(":")
        if kind not in {"", *kinds} or not count.isdecimal():
            raise click.BadParameter(f"{value!r} is none of: {forms}", context, parameter)
        if not least <= int(count) <= WORKERS_MAX:
            told = f"{value!r} is not in the range {least}<=x<={WORKERS_MAX}"
            raise click.BadParameter(told, context, parameter)
        return Asked(kind or "processes", int(count))

    return read


workers_option = click.option(
    "--workers",
    metavar="N|threads:N|tcp://HOST:PORT",
    callback=_asked(("processes", "threads"), 1),
    help="Processes, threads, or a Dask cluster that you run; a process for each processor by"
    " default.",
)
rows_option = click.option(
    "--workers",
    metavar="N|tcp://HOST:PORT",
    callback=_asked(("processes",), 0),
    help="Processes that make rows beside the one that writes them, 0 for none, or a Dask cluster"
    " that you run; by default one less than there are processors.",
)


@contextmanager
def engine(asked: Asked | None, given: str, source: Source, visit: Visit) -> Iterator[int | Engine]:
    """Return what `ledger.verify.audit.audit` takes as workers.

    Args:
        asked: what was typed, or None.
        given: the source as it was named.
        source: the source, open here.
        visit: how a web server is visited.

    Raises:
        Unavailable: CLUSTER-EXTRA, CLUSTER-UNREACHABLE, WORKERS-VERSION.
        Refused: CLUSTER-SOURCE.
    """
    if asked is None:
        yield os.cpu_count() or 1
    elif asked.kind == "processes":
        yield asked.count
    elif asked.kind == "threads":
        yield Threads(asked.count)
    else:
        from commands.cluster import cluster, for_workers  # noqa: PLC0415  few have one

        with cluster(asked.address, for_workers(given, source, visit)) as connected:
            yield connected
