"""What it takes to import 36,000 rows: read, checked and previewed; then signed and recorded.

    python tests/bench/imports.py [--rows 36000] [--profile]

A packing list of racks of 72, as CSV and as XLSX, is imported into a ledger that knows its batches,
and an inventory of the same size into one that knows nothing. Wall and processor time are printed
beside the bars: 5 s for the preview, 15 s for the import.
"""

import argparse
import cProfile
import pstats
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.figures import taken
from tests.desk_story import DeskStory, furnish, open_desk
from tests.workbooks import xlsx

RACK = 72
BATCH = 4000
PREVIEW_SECONDS, RECORD_SECONDS = 5.0, 15.0
HEAD = ("Cabinet", "Compute Tray", "Position", "S/N", "Lot", "Rack Serial")
PACKING = "import packing-list {path} --model NVL72 --site PLANT --as aivres --on 2026-01-10 --yes"
STOCK = (
    "import inventory {path} --site JHR-1 --owner aolani --model NVL72 --chip GPU --on 2026-01-10"
    " --yes"
)


def rows(count: int) -> list[tuple[str, ...]]:
    """Return the rows of a list: racks of 72 in 18 trays, batches of 4,000."""
    found: list[tuple[str, ...]] = []
    for number in range(count):
        rack, unit = divmod(number, RACK)
        found.append(
            (
                f"R{rack + 1:04}",
                str(unit // 4 + 1),
                str(unit % 4 + 1),
                f"{1650522000000 + number}",
                f"P-{number // BATCH + 1:02}",
                f"CH-{rack + 1:06}",
            )
        )
    return found


def measured(name: str, bar: float, work: Callable[[], object], *, profile: bool) -> bool:
    """Print what some work took; return whether its processor time is within the bar."""
    if profile:
        found = cProfile.Profile()
        found.runcall(work)
        pstats.Stats(found).sort_stats("cumulative").print_stats(45)
        return True
    took = taken(work)
    verdict = "ok" if took.cpu <= bar else "MISSED"
    print(f"{name:<44} {took.wall:6.2f} s wall {took.cpu:6.2f} s cpu  bar {bar:4.0f} s  {verdict}")
    return took.cpu <= bar


def main() -> int:
    """Measure, print, and return whether a bar was missed."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=36_000)
    options.add_argument("--profile", action="store_true")
    given = options.parse_args()
    table = rows(given.rows)
    with tempfile.TemporaryDirectory() as place:
        desk = open_desk(Path(place) / "ledger")
        furnish(desk)
        _commission(desk, -(-given.rows // BATCH))
        files = {
            "CSV": desk.file("list.csv", "\r\n".join(map(",".join, [HEAD, *table]))),
            "XLSX": desk.file("list.xlsx", xlsx([HEAD, *table])),
        }
        within = True
        for what, line in (("packing list", PACKING), ("inventory", STOCK)):
            for kind, path in files.items():
                (Path(place) / f"{what}-{kind}").mkdir()
                ledger = desk.copy(Path(place) / f"{what}-{kind}")
                typed = line.format(path=path)
                for words, bar, command in (
                    ("previewed", PREVIEW_SECONDS, f"{typed} --dry-run"),
                    ("signed and recorded", RECORD_SECONDS, typed),
                ):
                    name = f"{what}, {kind}, {len(table):,} rows {words}"
                    work = _typed(ledger, command)
                    within &= measured(name, bar, work, profile=given.profile)
    return 0 if within else 1


def _commission(desk: DeskStory, batches: int) -> None:
    """Bring the batches that the racks are made of to the plant."""
    nvidia = "--as nvidia --on 2026-01-05 --yes"
    for number in range(1, batches + 1):
        batch = f"P-{number:02}"
        desk.run(f"batch commission {batch} --model gpu --site NV-WH --quantity {BATCH} {nvidia}")
        desk.run(
            f"shipment dispatch N-{batch} --batch {batch} --to aivres --to-site PLANT {nvidia}"
        )
        desk.run(f"shipment receive N-{batch} --as aivres --on 2026-01-08 --yes")


def _typed(desk: DeskStory, command: str) -> Callable[[], object]:
    return lambda: desk.run(command)


if __name__ == "__main__":
    sys.exit(main())
