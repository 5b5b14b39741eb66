"""What each stage costs at one size, in a process of its own: processor, memory, disk by table.

`python tests/bench/capacity.py LEDGER.db` prints the figures of docs/explanation/capacity.md. The
ledger is one that `run.py` keeps in `.bench/`; it is read only, and copied where it is written to.
"""

import argparse
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ledger.application import Ledger
from ledger.auditing import open_for_audit
from ledger.collector import seldom_collected
from ledger.evidence.folder import Folder
from ledger.evidence.published import PublishedSource
from ledger.evidence.publishing import publish
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.writer import write_evidence
from ledger.occurred import utc_text
from ledger.trust import Trust
from ledger.verify.audit import audit
from projections.questions import ask, questions, sqlite_reader
from projections.runner import catch_up
from projections.view import View


def published(store: Path, folder: Path) -> None:
    with Ledger.open(str(store)) as ledger:
        publish(ledger.source(), folder / "log")


def exported(store: Path, folder: Path) -> None:
    with Ledger.open(str(store)) as ledger, (folder / "evidence").open("wb") as out:
        write_evidence(ledger.source(), out)


def _fingerprint(store: Path) -> bytes:
    with Ledger.open(str(store)) as ledger:
        return ledger.fingerprint


def audited(store: Path, _folder: Path) -> None:
    with open_for_audit(store) as source:
        assert audit(source, Trust(fingerprint=_fingerprint(store))).verdict == "PASS"


def audited_log(store: Path, folder: Path) -> None:
    source = PublishedSource(Folder(folder / "log"))
    assert audit(source, Trust(fingerprint=_fingerprint(store))).verdict == "PASS"


def audited_file(store: Path, folder: Path) -> None:
    with EvidenceSource(folder / "evidence") as source:
        assert audit(source, Trust(fingerprint=_fingerprint(store))).verdict == "PASS"


def rebuilt(store: Path, folder: Path) -> None:
    """With serial numbers: what documents say too."""
    with Ledger.open(str(store)) as ledger, View.open(folder / "view.db") as view:
        catch_up(view, ledger, workers=0)


def hashed(_store: Path, folder: Path) -> None:
    with View.open(folder / "view.db") as view:
        view.view_hash()


def asked(store: Path, folder: Path) -> None:
    with Ledger.open(str(store)) as ledger, View.open(folder / "view.db", readonly=True) as view:
        now, newest = utc_text(datetime.now(UTC)), ledger.size - 1
        reader = sqlite_reader(view.connection)
        ask(reader, questions()["where"], {}, as_of=now, known_at=newest)


STAGES: dict[str, Callable[[Path, Path], None]] = {
    "publish": published,
    "export": exported,
    "audit of the store": audited,
    "audit of the published log": audited_log,
    "audit of the evidence file": audited_file,
    "rebuild, serial numbers too": rebuilt,
    "hash of the read models": hashed,
    "where is everything": asked,
}


def tables(path: Path) -> dict[str, int]:
    """Return bytes by table, its indexes with it."""
    with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True) as connection:
        sql = """SELECT coalesce(s.tbl_name, d.name), sum(d.pgsize)
                 FROM dbstat AS d LEFT JOIN sqlite_schema AS s ON s.name = d.name
                 WHERE d.aggregate = TRUE GROUP BY 1 ORDER BY 2 DESC"""
        return dict(connection.execute(sql).fetchall())


def measure(store: Path, folder: Path, stage: str) -> dict[str, float]:
    """Run a stage in a process of its own."""
    # A process counts the memory of whoever started it as its own peak: a small shell starts it.
    shell = ["sh", "-c", '"$@"; exit "$?"', "sh", sys.executable, __file__]
    command = [*shell, str(store), "--stage", stage, "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def run_stage(store: Path, folder: Path, stage: str) -> None:
    """Do one stage here, and print what it took."""
    before, start = time.process_time(), time.perf_counter()
    with seldom_collected():
        STAGES[stage](store, folder)
    took = {
        "processor": time.process_time() - before,
        "wall": time.perf_counter() - start,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(took))


def told(files: list[Path], what: str) -> None:
    """Print how many files there are, and how large they are together."""
    print(f"{what}: {len(files):,} files, {sum(one.stat().st_size for one in files):,} bytes")


def main() -> None:
    """Measure all stages and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--stage", choices=STAGES)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.stage is not None:
        run_stage(given.store, given.folder, given.stage)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = folder / "ledger.db"
        shutil.copy(given.store, store)
        with Ledger.open(str(store)) as ledger:
            size = ledger.size
        print(f"{size:,} events: us of processor an event, MiB at most")
        for stage in STAGES:
            took = measure(store, folder, stage)
            each = took["processor"] / size * 1e6
            took_at_most = f"{took['memory']:8.0f} MiB {took['wall']:6.1f} s"
            print(f"{stage:28} {each:8.1f} us {took_at_most}", flush=True)
        files = [one for one in (folder / "log").rglob("*") if one.is_file()]
        told(files, "published log")
        told([one for one in files if "document" in one.parts], "  of it documents")
        print(f"evidence file: {(folder / 'evidence').stat().st_size:,} bytes")
        for path in (store, folder / "view.db"):
            print(f"{path.name}: {path.stat().st_size:,} bytes")
            for table, taken in tables(path).items():
                print(f"  {table:24} {taken / size:8.1f} bytes an event")


if __name__ == "__main__":
    main()
