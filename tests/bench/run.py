"""Measure the ledger against baselines in the same run, and print ratios.

    python tests/bench/run.py [--sizes 10000,100000] [--json FILE] [--write-docs --date 2026-11-25]

A million events take an hour or more and 12 GB: `--sizes 10000,100000,1000000`. The ledgers are
made once and kept in `.bench/`. Absolute figures move by a third between runs on a shared machine:
compare the ratios. Rounds of a workload and of its baseline are interleaved; figures are medians.
Processor time is given beside wall time: on a machine that others use too, it moves less.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ledger.application import Ledger
from ledger.draft import Submission
from ledger.log.proofs import verify_inclusion
from tests.bench import baselines, evidence, kept, page
from tests.bench.figures import Baseline, Figure, Taken, taken
from tests.bench.generator import Rounds

SINGLE = 300
BULK = 20_000
REPEATS = 3
SERIALS_UP_TO = 100_000
"""Beyond this size serial numbers are left out of the rebuild: 97 rows an event."""


def w1_single(ledger: Ledger, rounds: Rounds, folder: Path) -> list[Figure]:
    """One event: recorded, durable, with its checkpoint; against commits of the same bytes."""
    submissions = list(rounds.submissions(900_000, SINGLE * REPEATS))
    ours, bare, peer = [], [], []
    for repeat in range(REPEATS):
        part = submissions[repeat * SINGLE : (repeat + 1) * SINGLE]
        start = ledger.size
        ours.append(taken(_one_by_one, ledger, part))
        written = [ledger.entry_bytes(start + i) for i in range(SINGLE)]
        rows = [(data, one.documents) for data, one in zip(written, part, strict=True)]
        bare.append(taken(baselines.bare_commits, folder / f"bare{repeat}.db", rows))
        rate = baselines.auditchain_appends(folder / f"chain{repeat}.db", written)
        peer += [] if rate is None else [rate]
    against = Baseline("bare commits", bare, 0.45)
    figures = [Figure.rate("W1 one event, durable", SINGLE, ours, against)]
    if peer:
        times = SINGLE / median(one.wall for one in ours) / median(peer)
        figures.append(Figure("W1 against auditchain 0.3.0", "times as many", times, 1.0))
    return figures


def _one_by_one(ledger: Ledger, submissions: Sequence[Submission]) -> None:
    for one in submissions:
        ledger.append(one)


def w2_bulk(ledger: Ledger, rounds: Rounds) -> list[Figure]:
    """Bulk import of signed events; against signing alone on two threads."""
    list(ledger.append_stream(rounds.submissions(905_000, BULK // 10)))  # the helpers start
    ours, bound = [], []
    for repeat in range(REPEATS):
        batch = list(rounds.submissions(910_000 + 1_000 * repeat, BULK))
        ours.append(taken(lambda some: list(ledger.append_stream(some)), batch))
        bound.append(taken(baselines.signing, 2, BULK))
    return [Figure.rate("W2 more in bulk", BULK, ours, Baseline("signing", bound, 0.2))]


def w2_import(size: int) -> Figure:
    """Import from nothing to a size; noted when the kept ledger was made."""
    took = kept.imported(size)
    ours = [Taken(took.seconds, took.cpu_seconds)]
    bound = [Taken(took.size / took.bound, took.size * took.bound_cpu)]
    against = Baseline("signing", bound, 0.2)
    return Figure.rate("W2 import from nothing", took.size, ours, against)


def w4_w5_view(size: int, folder: Path) -> list[Figure]:
    """Rebuild the read models, then ask about one thing, and about the whole ledger."""
    with kept.reading(size) as ledger:
        rebuilt = taken(baselines.rebuilt, ledger, folder / "view.db", serials=False)
        figures = [Figure.seconds("W4 rebuild from entries", rebuilt, 90.0 * size / 1_000_000)]
        figures += baselines.question_figures(ledger, folder / "view.db")
        (folder / "view.db").unlink()
        if size <= SERIALS_UP_TO:
            both = taken(baselines.rebuilt, ledger, folder / "view.db", serials=True)
            name = "W4 rebuild, serial numbers too"
            figures.insert(1, Figure.seconds(name, both, 90.0 * size / 1_000_000))
    return figures


def w6_proofs(size: int) -> list[Figure]:
    """Inclusion proofs, made and checked."""
    made, checked = [], []
    with kept.reading(size) as ledger:
        root = ledger.root_at(size)
        for index in range(0, size, size // 200):
            leaf = baselines.leaf_of(ledger, index)
            proof = ledger.prove(index, size)
            made.append(taken(ledger.prove, index, size))
            checked.append(taken(verify_inclusion, leaf, index, size, root, proof))
            if not verify_inclusion(leaf, index, size, root, proof):
                raise SystemExit(f"the proof of entry {index} does not verify")
    return [
        Figure.milliseconds("W6 proof made", made, 2.0),
        Figure.milliseconds("W6 proof checked", checked, 0.1),
    ]


def w7_growth(found: dict[int, list[Figure]]) -> list[Figure]:
    """Return what an event costs at the largest size against the smallest, by processor time."""
    small, large = min(found), max(found)
    if small == large:
        return []
    figures = []
    for name in ("W1 one event, durable", "W2 more in bulk"):
        first, last = (
            next(one for one in found[size] if one.name == name) for size in (small, large)
        )
        times = first.cpu_ratio / last.cpu_ratio
        label = f"W7 {name[3:]}: {large:,} against {small:,}"
        figures.append(Figure(label, "times the cost, by ratio", times, 1.5, smaller=True))
    return figures


def programs(folder: Path) -> list[Figure]:
    """Whole processes: help, and one dispatch at the size of the case."""
    program = str(Path(sys.executable).parent / "chipledger")
    subprocess.run([program, "demo", folder], check=True, capture_output=True)
    helped, dispatched = [], []
    for number in range(2 * REPEATS + 1):
        words = f"-C {folder} shipment dispatch SHP-9{number} --racks R000{number + 1} --to aivres"
        ask = [program, *words.split(), "--yes"]
        helped.append(taken(_run, [program, "--help"]))
        dispatched.append(taken(_run, ask))
    return [
        Figure.milliseconds("chipledger --help", helped, 200.0),
        Figure.milliseconds("chipledger shipment dispatch --yes", dispatched, 800.0),
    ]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")


def measure(size: int, workers: int) -> list[Figure]:
    """Return every workload's figures at one size."""
    with tempfile.TemporaryDirectory(dir=kept.KEPT) as name:
        folder = Path(name)
        figures = [w2_import(size), *evidence.w3_audit(size, workers)]
        figures += w4_w5_view(size, folder)
        figures += w6_proofs(size)
        figures += [evidence.w3b_since(size, folder / "since", workers)]
        figures += evidence.w8_file(size, folder, workers)
        ledger, rounds = kept.writing(size, folder, workers)
        with ledger:
            figures += [*w1_single(ledger, rounds, folder), *w2_bulk(ledger, rounds)]
    return sorted(figures, key=lambda one: one.name[:2])


def main() -> None:
    """Run the workloads and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--date", default="an unknown day", help="of this run, for --write-docs")
    given = parser.parse_args()
    sizes = sorted(int(one) for one in given.sizes.split(","))
    kept.make(sizes)
    found: dict[int, list[Figure]] = {}
    for size in sizes:
        found[size] = measure(size, given.workers)
        for figure in found[size]:
            print(f"{size:>9,}  {figure.line()}", flush=True)
    with tempfile.TemporaryDirectory(dir=kept.KEPT) as name:
        rest = [*w7_growth(found), *programs(Path(name) / "demo")]
        rest += evidence.case_file(Path(name))
    for figure in rest:
        print(f"{'':>9}  {figure.line()}", flush=True)
    if given.json is not None:
        rows = {str(size): [asdict(one) for one in many] for size, many in found.items()}
        rows["any"] = [asdict(one) for one in rest]
        given.json.write_text(json.dumps(rows, indent=1) + "\n")
    if given.write_docs:
        page.write(found, rest, given.date)


if __name__ == "__main__":
    main()
