"""How long each question and each rule takes: about the whole ledger, and about one subject.

    python tests/bench/answers.py [--sizes 10000,100000] [--of 'on-*'] [--plan] [--most 20]

The ledgers are those of `run.py`, serial numbers left out; the read models are built once for each
size and version of the tables, and kept beside them. Everything is asked as of now; with
`--as-of DAY` and `--known-at ENTRY` as of then. Figures are processor time, the best of three where
that is short. `--plan` prints how SQLite goes about what it was asked.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ledger.occurred import utc_text
from projections.finding_rules import ANY, Rule, rules
from projections.finding_run import EVERYTHING, Clocks, Scope, findings
from projections.questions import Question, Reader, ask, questions, sqlite_reader
from projections.schema import SCHEMA_ID
from projections.view import View
from tests.bench import baselines, kept
from tests.bench.figures import taken

ALL, ONE = "everything", "one subject"
SUBJECT_BAR = 0.050
TOTAL_BAR = 120.0
"""Seconds: for one subject, and for everything together at a million events."""
_SHORT = 0.5
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


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that was asked.

    Attributes:
        name: the question or rule.
        about: `everything`, or which subject.
        seconds: processor time.
        rows: how many rows or findings it gave.
    """

    name: str
    about: str
    seconds: float
    rows: int


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


def asked_of_questions(reader: Reader, some: Sequence[Question], at: Clocks) -> Iterator[Asked]:
    """Yield what each question takes, without parameters and with each one alone."""
    names = _named(reader)
    for one in some:
        required = [each for each in one.parameters if each.required]
        needed = {each.name: names[each.kind] for each in required if each.kind in names}
        if len(needed) < len(required):
            continue
        if not needed:
            yield _asked(one.name, ALL, partial(_rows, reader, one, {}, at))
        for each in one.parameters:
            if each.kind in names and (each.required or not needed):
                given = needed | {each.name: names[each.kind]}
                about = f"{each.name} {given[each.name]}"
                yield _asked(one.name, about, partial(_rows, reader, one, given, at))


def asked_of_rules(reader: Reader, some: Sequence[Rule], at: Clocks) -> Iterator[Asked]:
    """Yield what each rule takes, for everything and for one subject of its kind."""
    names = _named(reader)
    for one in some:
        yield _asked(one.code, ALL, partial(_found, reader, one, at, EVERYTHING))
        for kind in ("shipment", "rack", "party") if one.subject == ANY else (one.subject,):
            if kind in names:
                scope = Scope((kind, names[kind]))
                about = f"{kind} {names[kind]}"
                yield _asked(one.code, about, partial(_found, reader, one, at, scope))


def _found(reader: Reader, one: Rule, at: Clocks, scope: Scope) -> int:
    return len(findings(reader, [one], at, scope))


def _rows(reader: Reader, one: Question, given: Mapping[str, object], at: Clocks) -> int:
    return len(ask(reader, one, given, as_of=at.as_of, known_at=at.known_at).rows)


def _named(reader: Reader) -> dict[str, str]:
    """Return what to ask about, by kind."""
    sql = "SELECT kind, value FROM named WHERE event_idx < 2000 ORDER BY event_idx"
    found = {str(kind): str(value) for kind, value in reader(sql, {})[1]}
    return found | _NAMES


def _asked(name: str, about: str, work: Callable[[], int]) -> Asked:
    rows: list[int] = []
    best = float("inf")
    for _ in range(3):
        best = min(best, taken(lambda: rows.append(work())).cpu)
        if best > _SHORT:
            break
    return Asked(name, about, best, rows[0])


def explained(view: View, sql: str, bound: dict[str, object]) -> Iterator[str]:
    """Yield the lines of SQLite's plan, indented as it nests."""
    depth = {0: 0}
    for row in view.connection.execute(f"EXPLAIN QUERY PLAN {sql}", bound):
        depth[row[0]] = depth[row[1]] + 1
        yield "  " * depth[row[0]] + str(row[3])


def show(size: int, took: Sequence[Asked], most: int) -> None:
    """Print the slowest, and the sums."""
    for title, some in (
        (ALL, [one for one in took if one.about == ALL]),
        (ONE, [one for one in took if one.about != ALL]),
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
    parser.add_argument("--plan", action="store_true")
    given = parser.parse_args()
    asked_for = [one for one in questions().values() if fnmatch(one.name, given.of)]
    rules_for = [one for one in rules().values() if fnmatch(one.name, given.of)]
    results = {}
    for size in sorted(int(one) for one in given.sizes.split(",")):
        kept.make([size])
        moment = given.as_of or utc_text(datetime.now(UTC))
        at = Clocks(moment, size if given.known_at is None else given.known_at)
        with View.open(view_of(size), readonly=True) as view:
            reader = sqlite_reader(view.connection)
            took = [*asked_of_questions(reader, asked_for, at)]
            took += asked_of_rules(reader, rules_for, at)
            show(size, took, given.most)
            if given.plan:
                for one in asked_for:
                    bound: dict[str, object] = {each.name: None for each in one.parameters}
                    bound |= {"as_of": at.as_of, "known_at": at.known_at}
                    print(one.name, *explained(view, one.sql, bound), sep="\n")
        results[size] = [(one.name, one.about, one.seconds, one.rows) for one in took]
    if given.json is not None:
        given.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
