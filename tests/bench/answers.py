"""How long each question and each rule takes: about the whole ledger, and about one subject.

    python tests/bench/answers.py [--sizes 10000,100000] [--of 'on-*'] [--plan] [--most 20]
    python tests/bench/answers.py --sizes 10000,100000,1000000 --json FILE --write-docs

The ledgers are those of `run.py`, serial numbers left out; the read models are built once for each
size and version of the tables, and kept beside them. Everything is asked as of now; with
`--as-of DAY` and `--known-at ENTRY` as of then. Figures are processor time, the best of three where
that is short. What the rule packs say of all shipments and parties is worked out once for all
rules, and is two lines of its own; of one subject it is worked out anew for each rule.

`--plan` prints how SQLite goes about what it was asked. `--json` keeps the figures in a file, those
of other sizes that stand there too; `--write-docs` writes the table of them into
`docs/explanation/performance.md`.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ledger.errors import Unavailable
from ledger.occurred import utc_text
from projections.determination.tables import judging
from projections.finding_rules import ANY, Rule, rules
from projections.finding_run import EVERYTHING, Clocks, Scope, findings
from projections.packs.load import packs
from projections.questions import Question, Reader, ask, questions
from projections.schema import SCHEMA_ID
from projections.view import View
from tests.bench import baselines, kept
from tests.bench.answers_table import (
    ALL,
    SUBJECT_BAR,
    Asked,
    keep_answers,
    kept_answers,
    write_answers,
)
from tests.bench.figures import taken

_SHORT = 0.5
_STEPS = 20_000
_JUDGED = {"step": "shipment", "party": "party"}
_NAMES = {
    "authorization": "DCVEU-2025-11-000001",
    "batch": "B-01-000001",
    "country": "MY",
    "model": "NVIDIA-GB200",
    "party": "aolani",
    "rack": "R0056-000001",
    "serial": "1654000001",
    "shipment": "SHP-13-000001",
    "day": "2026-06-01",
    "entry": "1000",
}
"""What is asked about, by kind; of other kinds, what an event in the middle of the ledger names."""


class Asking:
    """A file of read models, and the packs beside it, asked as of two clocks."""

    def __init__(self, view: View, at: Clocks, zone: ZoneInfo, limit: float | None = None) -> None:
        """Ask an open file; after `limit` seconds of processor a question is stopped."""
        self.at = at
        self._limit = limit
        self.connection = view.connection
        self.reader: Reader = judging(view.connection, packs(), zone)

    def said(self, table: str) -> int:
        """Let the packs say what they say of everything, and return how many rows that is."""
        bound = {"as_of": self.at.as_of, "known_at": self.at.known_at}
        sql = f"SELECT count(*) FROM pack.{table}"  # noqa: S608  our own names
        return int(str(self.reader(sql, bound)[1][0][0]))

    def forget(self) -> None:
        """Forget what the packs said, so that it is worked out when it is asked for."""
        self.connection.execute("DELETE FROM pack.filled")
        self.connection.commit()

    def limited(self, work: Callable[[], int]) -> int:
        """Return what some work returns, or -1 where it was stopped."""
        if self._limit is None:
            return work()
        end = process_time() + self._limit
        self.connection.set_progress_handler(lambda: process_time() > end, _STEPS)
        try:
            return work()
        except Unavailable:
            return -1
        finally:
            self.connection.set_progress_handler(None, 0)

    def rows(self, one: Question, given: Mapping[str, object]) -> int:
        """Ask a question, and return how many rows the answer has."""
        at = self.at
        return self.limited(
            lambda: len(ask(self.reader, one, given, as_of=at.as_of, known_at=at.known_at).rows)
        )

    def found(self, one: Rule, scope: Scope) -> int:
        """Return how many findings a rule gives."""
        return self.limited(lambda: len(findings(self.reader, [one], self.at, scope)))


def view_of(size: int) -> Path:
    """Return the read models of a kept ledger, built where there are none of this version."""
    path = kept.kept(size).with_suffix(f".{SCHEMA_ID}.view")
    if not path.exists():
        building = path.with_suffix(".building")
        building.unlink(missing_ok=True)
        with kept.reading(size) as ledger:
            took = taken(baselines.rebuilt, ledger, building, serials=False)
        print(f"{size:>9,}  rebuilt in {took.cpu:.1f} s of processor, {took.wall:.1f} s")
        building.rename(path)
    return path


def asked_of_questions(asking: Asking, some: Sequence[Question]) -> Iterator[Asked]:
    """Yield what each question takes, without parameters and with each one alone."""
    names = _named(asking.reader)
    for one in some:
        required = [each for each in one.parameters if each.required]
        needed = {each.name: names[each.kind] for each in required if each.kind in names}
        if len(needed) < len(required):
            continue
        if not needed:
            yield _asked(one.name, ALL, partial(asking.rows, one, {}))
        for each in one.parameters:
            if each.kind in names and (each.required or not needed):
                given = needed | {each.name: names[each.kind]}
                about = f"{each.name} {given[each.name]}"
                yield _asked(one.name, about, partial(asking.rows, one, given))


def asked_of_rules(asking: Asking, some: Sequence[Rule]) -> Iterator[Asked]:
    """Yield what each rule takes, for everything and for one subject of its kind."""
    names = _named(asking.reader)
    for table in ("step", "party"):
        yield _asked(f"packs on every {_JUDGED[table]}", ALL, partial(asking.said, table), 1)
    for one in some:
        yield _asked(one.name, ALL, partial(asking.found, one, EVERYTHING))
    asking.forget()
    for one in some:
        for kind in ("shipment", "rack", "party") if one.subject == ANY else (one.subject,):
            if kind in names:
                scope = Scope((kind, names[kind]))
                work = partial(asking.found, one, scope)
                about = f"{kind} {names[kind]}"
                yield _asked(one.name, about, work, before=asking.forget)


def _named(reader: Reader) -> dict[str, str]:
    """Return what to ask about, by kind."""
    sql = "SELECT kind, value FROM named WHERE event_idx < 2000 ORDER BY event_idx"
    found = {str(kind): str(value) for kind, value in reader(sql, {})[1]}
    return found | _NAMES


def _asked(
    name: str,
    about: str,
    work: Callable[[], int],
    times: int = 3,
    before: Callable[[], None] | None = None,
) -> Asked:
    rows: list[int] = []
    best = float("inf")
    for _ in range(times):
        if before is not None:
            before()
        best = min(best, taken(lambda: rows.append(work())).cpu)
        if best > _SHORT:
            break
    return Asked(name, about, best, rows[0])


def explained(view: View, sql: str) -> Iterator[str]:
    """Yield the lines of SQLite's plan, indented as it nests."""
    depth = {0: 0}
    bound: defaultdict[str, None] = defaultdict(lambda: None)
    for row in view.connection.execute(f"EXPLAIN QUERY PLAN {sql}", bound):
        depth[row[0]] = depth[row[1]] + 1
        yield "  " * depth[row[0]] + str(row[3])


def show(size: int, took: Sequence[Asked], most: int) -> None:
    """Print the slowest, and the sums."""
    for title, some in (
        (ALL, [one for one in took if one.about == ALL]),
        ("one subject", [one for one in took if one.about != ALL]),
    ):
        print(f"\n{size:,} events, {title}: {sum(one.seconds for one in some):.2f} s together")
        for one in sorted(some, key=lambda one: -one.seconds)[:most]:
            print(f"{one.seconds * 1000:>10,.1f} ms  {one.rows:>8,} rows  {one.name}  {one.about}")
    slow = [one for one in took if one.about != ALL and one.seconds > SUBJECT_BAR]
    print(f"\n{len(slow)} about one subject above {SUBJECT_BAR * 1000:.0f} ms")


def main() -> None:
    """Ask everything that is meant, and print what was slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--of", default="*", help="names of the files: a pattern")
    parser.add_argument("--most", type=int, default=20)
    parser.add_argument("--as-of")
    parser.add_argument("--known-at", type=int)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--plan", action="store_true")
    parser.add_argument("--limit", type=float, help="seconds after which a question is stopped")
    given = parser.parse_args()
    asked_for = [one for one in questions().values() if fnmatch(one.name, given.of)]
    rules_for = [one for one in rules().values() if fnmatch(one.name, given.of)]
    results = kept_answers(given.json)
    for size in sorted(int(one) for one in given.sizes.split(",") if one):
        kept.make([size])
        moment = given.as_of or utc_text(datetime.now(UTC))
        at = Clocks(moment, size if given.known_at is None else given.known_at)
        with View.open(view_of(size), readonly=True) as view:
            asking = Asking(view, at, ZoneInfo("UTC"), given.limit)
            took = [*asked_of_questions(asking, asked_for), *asked_of_rules(asking, rules_for)]
            show(size, took, given.most)
            if given.plan:
                plans = [(one.name, one.sql) for one in asked_for]
                plans += [(one.name, one.for_all) for one in rules_for]
                for name, sql in plans:
                    print(name, *explained(view, sql), sep="\n")
        results[size] = took
    if given.json is not None:
        keep_answers(given.json, results)
    if given.write_docs:
        write_answers(results)


if __name__ == "__main__":
    main()
