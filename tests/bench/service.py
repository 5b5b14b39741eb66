"""Measure the service and the PostgreSQL store, each against the least that the same costs.

    python tests/bench/service.py [--json FILE] [--write-docs --date 2026-11-25]

The load comes from a process of its own, whose share of the processor is printed, with requests
that were signed and written beforehand. Documents are not uploaded. It starts a PostgreSQL server
of its own, which syncs every commit.
"""

import argparse
import json
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psycopg

from ledger.application import Ledger
from ledger.copying import copy_ledger
from ledger.draft import Submission
from ledger.place import Roles
from ledger.trust import Trust
from ledger.verify.audit import audit
from tests.bench import hostile, page
from tests.bench.desk import Desk, Load, posted, send
from tests.bench.figures import Baseline, Figure, taken
from tests.bench.generator import Rounds, record_story, templates
from tests.postgres_server import Server, running

REPEATS = 3
SINGLE = 200
BULK = 10_000
CLIENTS = 64
ONE_CLIENT = 250
MANY_CLIENTS = 3_200
_DURABLE = {"max_connections": "60", "shared_buffers": "256MB", "max_wal_size": "2GB"}
"""Settings of the server; it syncs every commit unless it is told otherwise."""

_TABLES = (
    "CREATE TABLE entry (idx bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data bytea)",
    "CREATE TABLE document (idx bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, bytes bytea)",
)


# --- the library over PostgreSQL ---------------------------------------------------------------


def bare_commits(server: Server, rows: list[tuple[bytes, tuple[bytes, ...]]]) -> None:
    """Make one durable commit for each entry and its documents, in one round trip each."""
    with psycopg.connect(server.url("bare"), autocommit=True) as connection:
        for data, documents in rows:
            if not documents:
                connection.execute("INSERT INTO entry (data) VALUES (%b)", (data,), prepare=True)
                continue
            with connection.pipeline(), connection.transaction():
                connection.execute("INSERT INTO entry (data) VALUES (%b)", (data,), prepare=True)
                for one in documents:
                    insert = "INSERT INTO document (bytes) VALUES (%b)"
                    connection.execute(insert, (one,), prepare=True)


def single(ledger: Ledger, server: Server, submissions: Iterator[Submission]) -> Figure:
    """One event by the library, against bare commits of the same bytes."""
    server.run("postgres", "CREATE DATABASE bare")
    server.run("bare", *_TABLES)
    ours, bare = [], []
    for _ in range(REPEATS):
        part, start = list(islice(submissions, SINGLE)), ledger.size
        ours.append(taken(_one_by_one, ledger, part))
        written = [ledger.entry_bytes(start + i) for i in range(SINGLE)]
        rows = [(data, one.documents) for data, one in zip(written, part, strict=True)]
        bare.append(taken(bare_commits, server, rows))
    return Figure.rate("one event", SINGLE, ours, Baseline("bare commits", bare, 0.3))


def _one_by_one(ledger: Ledger, submissions: Sequence[Submission]) -> None:
    for one in submissions:
        ledger.append(one)


def bulk(ledger: Ledger, submissions: Iterator[Submission], count: int, helpers: int) -> Figure:
    """Imports, 10,000 events in a transaction."""

    def stream(some: list[Submission]) -> None:
        for _ in ledger.append_stream(some):
            pass

    stream(list(islice(submissions, 2_000)))  # helpers start
    took = [taken(stream, list(islice(submissions, count))) for _ in range(REPEATS)]
    wall, cpu = median(one.wall for one in took), median(one.cpu for one in took)
    name, bar = f"{count:,} in bulk, {helpers} helpers", 10_000.0 if helpers else 0.0
    detail = f"{cpu / count * 1e6:,.0f} us of processor an event in this process"
    return Figure(name, "events/s", count / wall, bar, detail=detail)


def contention(desk: Desk, submissions: Iterator[Submission]) -> Figure:
    """Eight programs' worth of threads that append alone, each waiting for the row."""
    threads = 8
    took = []
    ledgers = [desk.writing() for _ in range(threads)]
    alone = taken(_one_by_one, ledgers[0], list(islice(submissions, SINGLE)))
    parts = [list(islice(submissions, SINGLE // 8)) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        took.append(taken(lambda: list(pool.map(_one_by_one, ledgers, parts))))
    for one in ledgers:
        one.close()
    rate, single_rate = SINGLE / took[0].wall, SINGLE / alone.wall
    detail = f"{rate:,.0f} events/s together, {single_rate:,.0f} from one alone; no group commit"
    return Figure(
        "8 writers at one row", "times one writer", rate / single_rate, 0.0, detail=detail
    )


def audits(desk: Desk) -> Figure:
    """A full audit over the database, against one over a file with the same rows."""
    path = desk.folder / "copy.db"
    copy_ledger(desk.store, str(path), Roles(None, None))
    over, against = [], []
    with Ledger.open(desk.store) as ledger, Ledger.open(str(path)) as file:
        trust, size = Trust(fingerprint=ledger.fingerprint), ledger.size
        for _ in range(REPEATS):
            over.append(taken(_passes, ledger, trust))
            against.append(taken(_passes, file, trust))
    baseline = Baseline("the audit of a file", against, 0.9)
    return Figure.rate(f"full audit of {size:,}", size, over, baseline)


def _passes(ledger: Ledger, trust: Trust) -> None:
    report = audit(ledger.source(), trust, workers=2)
    if report.verdict != "PASS":
        raise SystemExit(f"the audit says {report.verdict}")


# --- the service -------------------------------------------------------------------------------


def loads(name: str, desk: Desk, submissions: Iterator[Submission], bar: float) -> list[Figure]:
    """One client, and 64 at once, in turns."""
    one, many = [], []
    for _ in range(REPEATS):
        one.append(desk.load(list(islice(submissions, ONE_CLIENT)), 1))
        many.append(desk.load(list(islice(submissions, MANY_CLIENTS)), CLIENTS))
    for found in (*one, *many):
        if found.statuses != {"201": found.count}:
            print(f"not all were recorded: {found.statuses}", file=sys.stderr)
    alone = sorted(one, key=lambda load: load.rate)[REPEATS // 2]
    together = sorted(many, key=lambda load: load.rate)[REPEATS // 2]
    times = together.rate / alone.rate
    return [
        Figure(f"{name}: one client", "events/s", alone.rate, 0.0, detail=alone.text()),
        Figure(f"{name}: {CLIENTS} clients", "times one", times, bar, detail=together.text()),
    ]


def under_attack(desk: Desk, submissions: Iterator[Submission]) -> list[Figure]:
    """How long an honest client waits while others do their worst, and what memory they get."""
    quiet = desk.load(list(islice(submissions, ONE_CLIENT)), 1)
    with desk.service() as (port, pid):
        start = hostile.megabytes(pid)
        end = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            attack = pool.submit(hostile.attack, port, end)
            requests = [posted(one) for one in islice(submissions, ONE_CLIENT)]
            told = send(port, requests, 1, desk.folder)
            end.set()
            counts = attack.result()
        grown = hostile.megabytes(pid) - start
    noisy = Load(service=0.0, database=0.0, **told)
    detail = (
        f"p50 {quiet.p50_ms:.1f} ms, p99 {quiet.p99_ms:.1f} ms alone; p50 {noisy.p50_ms:.1f} ms,"
        f" p99 {noisy.p99_ms:.1f} ms during {counts}; answers {noisy.statuses}"
    )
    times = noisy.p50_ms / quiet.p50_ms
    return [
        Figure("an honest client among hostile ones", "times as long", times, 0.0, detail=detail),
        Figure("memory that they get", "MB", grown, 300.0, smaller=True, detail="at its peak"),
    ]


def measure(folder: Path, server: Server) -> Iterator[Figure]:
    """Yield all figures."""
    stage = record_story(folder / "story")
    rounds = Rounds([one for one in templates(stage) if one.corrects is None])
    stage.ledger.close()
    submissions = rounds.submissions(1, 10**6)
    over, file = Desk(folder / "over", server), Desk(folder / "file", None)
    with over.writing() as ledger:
        yield single(ledger, server, submissions)
        yield bulk(ledger, submissions, BULK, 0)
    with over.writing(helpers=2) as ledger:
        yield bulk(ledger, submissions, 2 * BULK, 2)
    yield audits(over)
    yield contention(over, submissions)
    yield from loads("service over PostgreSQL", over, submissions, 5.0)
    yield from loads("service over a file", file, submissions, 0.0)
    yield from under_attack(over, submissions)


def main() -> None:
    """Run, and print a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--date", default="an unknown day", help="of this run, for --write-docs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, running(_DURABLE) as server:
        figures = []
        for figure in measure(Path(name), server):
            print(figure.line(), flush=True)
            figures.append(figure)
    if given.json is not None:
        given.json.write_text(json.dumps([asdict(one) for one in figures], indent=1) + "\n")
    if given.write_docs:
        page.write_block("service", page.table("The service, and PostgreSQL", figures), given.date)


if __name__ == "__main__":
    main()
