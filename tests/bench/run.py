"""Measure the ledger against baselines in the same run, and print ratios.

    python tests/bench/run.py [--sizes 10000,100000] [--json FILE]

Absolute figures move by a third between runs on a shared machine: compare the ratios. Rounds of
a workload and of its baseline are interleaved; figures are medians.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ledger.log.proofs import verify_inclusion
from ledger.signing.ed25519 import active_backend
from ledger.trust import Trust
from ledger.verify.audit import audit
from tests.bench import baselines
from tests.bench.generator import Rounds, fresh

Row = dict[str, object]
SINGLE = 300
BULK = 10_000
REPEATS = 3


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def w1_single(stage: object, rounds: Rounds, folder: Path) -> Row:
    """One event: signed, recorded, durable, with its checkpoint; against bare commits."""
    ledger = stage.ledger  # type: ignore[attr-defined]  # a demonstration's stage
    submissions = list(rounds.submissions(900_000, SINGLE * REPEATS))
    ours, bare, peer = [], [], []
    for repeat in range(REPEATS):
        part = submissions[repeat * SINGLE : (repeat + 1) * SINGLE]
        start = ledger.size
        ours.append(SINGLE / timed(lambda part=part: [ledger.append(one) for one in part]))  # type: ignore[misc]  # bound at once
        written = [ledger.entry_bytes(start + i) for i in range(SINGLE)]
        bare.append(SINGLE / baselines.bare_commits(folder / f"bare{repeat}.db", written))
        rate = baselines.auditchain_appends(folder / f"chain{repeat}.db", written)
        peer += [] if rate is None else [rate]
    row: Row = {
        "workload": "W1 one event, durable",
        "events/s": median(ours),
        "baseline": "bare SQLite commits/s",
        "baseline/s": median(bare),
        "ratio": median(ours) / median(bare),
        "bar": 0.45,
    }
    if peer:
        row["auditchain/s"] = median(peer)
        row["times auditchain"] = median(ours) / median(peer)
    return row


def w2_bulk(stage: object, rounds: Rounds) -> Row:
    """Bulk import of signed events; against signing on two threads."""
    ledger = stage.ledger  # type: ignore[attr-defined]  # as above
    ours, bound = [], []
    for repeat in range(REPEATS):
        batch = list(rounds.submissions(910_000 + 1_000 * repeat, BULK))
        ours.append(BULK / timed(lambda batch=batch: ledger.append_many(batch)))  # type: ignore[misc]  # as above
        bound.append(baselines.signing_bound(threads=2))
    return {
        "workload": "W2 bulk import of signed events",
        "events/s": median(ours),
        "baseline": "signatures made/s on two threads",
        "baseline/s": median(bound),
        "ratio": median(ours) / median(bound),
        "bar": 0.2,
    }


def w3_audit(stage: object, workers: int) -> Row:
    """A full audit but for documents' share; against verifying the same signatures."""
    ledger = stage.ledger  # type: ignore[attr-defined]  # as above
    size = ledger.size
    checks = baselines.checks_of(ledger)
    ours, bound = [], []
    for _ in range(REPEATS if size <= 20_000 else 1):
        trust = Trust(fingerprint=ledger.fingerprint)
        source = ledger.source()
        ours.append(timed(lambda source=source, trust=trust: _passes(source, trust, workers)))  # type: ignore[misc]  # as above
        bound.append(baselines.verifying_seconds(checks, threads=2))
    return {
        "workload": f"W3 full audit, {workers} workers, {active_backend().name}",
        "events/s": size / median(ours),
        "baseline": "its signatures verified on two threads, events/s",
        "baseline/s": size / median(bound),
        "ratio": median(bound) / median(ours),
        "bar": 0.7,
    }


def _passes(source: object, trust: Trust, workers: int) -> None:
    report = audit(source, trust, workers=workers)  # type: ignore[arg-type]  # a store's source
    if report.verdict != "PASS":
        raise SystemExit(f"the audit does not pass: {report.marks}")


def w5_questions(stage: object, folder: Path) -> list[Row]:
    """Questions about one thing, and about the whole ledger."""
    timings = baselines.question_timings(stage.ledger, folder / "view.db")  # type: ignore[attr-defined]  # as above
    return [
        {
            "workload": f"W5 {name}",
            "milliseconds": seconds * 1000,
            "bar": bar,
            "ratio to the bar": seconds * 1000 / bar,
        }
        for name, seconds, bar in timings
    ]


def w6_proofs(stage: object) -> Row:
    """Inclusion proofs, made and checked."""
    ledger = stage.ledger  # type: ignore[attr-defined]  # as above
    size, step = ledger.size, max(1, ledger.size // 200)
    root = ledger.root_at(size)
    leaves = {i: baselines.leaf_of(ledger, i) for i in range(0, size, step)}
    made, checked = [], []
    for index, leaf in leaves.items():
        start = perf_counter()
        proof = ledger.prove(index, size)
        middle = perf_counter()
        if not verify_inclusion(leaf, index, size, root, proof):
            raise SystemExit(f"the proof of entry {index} does not verify")
        made.append(middle - start)
        checked.append(perf_counter() - middle)
    return {
        "workload": "W6 inclusion proof",
        "milliseconds": median(made) * 1000,
        "bar": 2.0,
        "ratio to the bar": median(made) * 1000 / 2.0,
        "check ms": median(checked) * 1000,
        "check bar": 0.1,
    }


def measure(size: int, workers: int) -> list[Row]:
    """Return every workload's figures at one size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = perf_counter()
        stage, rounds = fresh(size, folder / "ledger")
        made = perf_counter() - start
        print(f"\n{stage.ledger.size:,} events made in {made:.1f} s", file=sys.stderr)
        rows = [w3_audit(stage, workers), *w5_questions(stage, folder), w6_proofs(stage)]
        rows += [w1_single(stage, rounds, folder), w2_bulk(stage, rounds)]
        stage.ledger.close()
    return [{"size": size, **row} for row in rows]


def show(row: Row) -> str:
    """Return a row as one line."""
    figures = (
        f"{key} {value:,.3g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in row.items()
        if key not in {"size", "workload", "baseline"}
    )
    return f"{row['size']:>9,}  {row['workload']}: " + ", ".join(figures)


def main() -> None:
    """Run the workloads and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = []
    for size in (int(one) for one in given.sizes.split(",")):
        for row in measure(size, given.workers):
            print(show(row), flush=True)
            rows.append(row)
    if given.json is not None:
        given.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
