"""Measure appending to PostgreSQL against bare commits of the same bytes, and print ratios.

    python tests/bench/postgres.py [--single 200] [--bulk 20000] [--repeats 3]

The server is made for this and listens on a socket; it syncs as an installed one does. Its
processor time is given beside the client's: both share the machine.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import ParamSpec

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psycopg

from commands.demo.stage import demonstration_key
from ledger.application import Ledger
from ledger.copying import copy_ledger
from ledger.draft import Submission
from ledger.writing import Writing
from tests.bench import baselines, kept
from tests.bench.figures import Taken, of_process, taken
from tests.bench.generator import Rounds, record_story, templates
from tests.postgres_server import Server, programs

_SETTINGS = {"fsync": "on", "shared_buffers": "256MB", "max_wal_size": "2GB"}
P = ParamSpec("P")
Rows = list[tuple[int, bytes, tuple[bytes, ...]]]


def measured(
    server: Server, count: int, work: Callable[P, object], *given: P.args, **named: P.kwargs
) -> Taken:
    """Return what some work took of each event, the server's processor time included."""
    before = server_seconds(server)
    took = taken(work, *given, **named)
    cpu = took.cpu + server_seconds(server) - before
    return Taken(took.wall / count, cpu / count)


def server_seconds(server: Server) -> float:
    """Return the processor time of the server's processes that are there."""
    return sum(map(of_process, server.processes()))


def bare_commits(connection: "psycopg.Connection[tuple[object, ...]]", rows: Rows) -> None:
    """Commit each entry with its documents: the bytes that stay, in one trip to the server."""
    for index, data, documents in rows:
        with connection.pipeline():
            connection.execute("BEGIN")
            connection.execute("INSERT INTO entry VALUES (%s, %b)", (index, data))
            for document in documents:
                connection.execute("INSERT INTO document (bytes) VALUES (%b)", (document,))
            connection.execute("COMMIT")


def one_by_one(ledger: Ledger, submissions: Sequence[Submission]) -> None:
    """Record them, each durable before the next."""
    for one in submissions:
        ledger.append(one)


def single(server: Server, ledger: Ledger, rounds: Rounds, count: int, repeats: int) -> None:
    """One event: recorded, durable, with its checkpoint."""
    ours, bare = [], []
    with psycopg.connect(server.url(server.database()), autocommit=True) as connection:
        connection.execute("CREATE TABLE entry (idx bigint PRIMARY KEY, data bytea)")
        connection.execute("CREATE TABLE document (idx bigserial PRIMARY KEY, bytes bytea)")
        for repeat in range(repeats):
            part, start = list(rounds.submissions(900_000 + 100 * repeat, count)), ledger.size
            ours.append(measured(server, count, one_by_one, ledger, part))
            rows = [(start + i, ledger.entry_bytes(start + i), one.documents)
                    for i, one in enumerate(part)]  # fmt: skip
            bare.append(measured(server, count, bare_commits, connection, rows))
    show("one event, durable", ours, "bare commits", bare)


def bulk(server: Server, ledger: Ledger, rounds: Rounds, count: int, repeats: int) -> None:
    """Many events, ten thousand in a transaction."""
    list(ledger.append_stream(rounds.submissions(905_000, 2_000)))  # the helpers start
    ours, bound = [], []
    for repeat in range(repeats):
        part = list(rounds.submissions(910_000 + 1_000 * repeat, count))
        ours.append(measured(server, count, lambda some: list(ledger.append_stream(some)), part))
        took = taken(baselines.signing, 2, count)
        bound.append(Taken(took.wall / count, took.cpu / count))
    show("in bulk", ours, "signing", bound)


def show(what: str, ours: list[Taken], name: str, theirs: list[Taken]) -> None:
    """Print a line: how much of the baseline's speed, and the figures behind it."""
    wall, cpu = (median(one[i] for one in ours) for i in (0, 1))
    base, base_cpu = (median(one[i] for one in theirs) for i in (0, 1))
    print(
        f"{what}: {base / wall:.3f} of {name} ({base_cpu / cpu:.2f} by processor time);"
        f" {1 / wall:,.0f}/s, {cpu * 1e6:,.0f} us of processor; {1 / base:,.0f}/s,"
        f" {base_cpu * 1e6:,.0f} us",
        flush=True,
    )


def main() -> None:
    """Make a server and a ledger in it, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--single", type=int, default=200)
    parser.add_argument("--bulk", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    bin_ = programs()
    if bin_ is None:
        raise SystemExit("PostgreSQL is missing: apt-get install postgresql")
    kept.KEPT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.KEPT) as name:
        folder = Path(name)
        os.chmod(folder, 0o755)  # noqa: PTH101, S103  the server's own user passes through
        (folder / "server").mkdir()
        server = Server(bin_, folder / "server", _SETTINGS)
        try:
            stage = record_story(folder / "story")
            rounds = Rounds(templates(stage))
            stage.ledger.close()
            url = server.url(server.database())
            copy_ledger(str(folder / "story" / "ledger.db"), url)
            settings = Writing(
                signer=demonstration_key("ledger"), clock=stage._clock,
                high_water=folder / "high-water", installation="demonstration", helpers=2,
            )  # fmt: skip
            with Ledger.open(url, settings) as ledger:
                single(server, ledger, rounds, given.single, given.repeats)
                bulk(server, ledger, rounds, given.bulk, given.repeats)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
