"""Workloads over evidence: audits that go on from a record, files written and judged."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from ledger.application import Ledger
from ledger.evidence.writer import write_evidence
from ledger.trust import Trust
from ledger.trust.audit_record import AuditRecord
from ledger.verify.audit import audit, audit_to_record
from tests.bench import baselines, kept
from tests.bench.figures import Baseline, Figure, Taken, taken
from tests.bench.generator import record_story

NEW_PART = 100
"""One entry in so many is new since the audit that is gone on from."""
MEMORY_MAX = 400e6
REPEATS = 3
_PROGRAM = Path(__file__).with_name("judge_file.py")


def w3b_since(size: int, folder: Path, workers: int) -> Figure:
    """An audit that goes on from a record, all entries hashed again; against a full audit."""
    ledger, rounds = kept.writing(size, folder)
    with ledger:
        trust = Trust(fingerprint=ledger.fingerprint)
        _, record = audit_to_record(ledger.source(), trust, workers=workers)
        if record is None:
            raise SystemExit("the audit to go on from does not pass")
        ledger.append_many(list(rounds.submissions(930_000, size // NEW_PART)))
        ours, full = [], []
        for _ in range(REPEATS):
            ours.append(taken(_passes, ledger, record, workers))
            full.append(taken(_passes, ledger, None, workers))
        against = Baseline("the full audit's time", full, 8.0)
        name = f"W3b audit of what is new, 1 in {NEW_PART}, {workers} processes"
        return Figure.rate(name, ledger.size, ours, against)


def _passes(ledger: Ledger, record: AuditRecord | None, workers: int) -> None:
    trust = Trust(fingerprint=ledger.fingerprint, record=record)
    report = audit(ledger.source(), trust, workers=workers)
    if report.verdict != "PASS":
        raise SystemExit(f"the audit does not pass: {report.marks}")


def w8_file(size: int, folder: Path, workers: int) -> list[Figure]:
    """A full evidence file of a kept ledger, documents included: written, judged, its memory."""
    path = folder / "evidence.jsonl"
    with kept.reading(size) as ledger:
        written = taken(_write, ledger, path)
        checks = baselines.checks_of(ledger)
        fingerprint = ledger.fingerprint
    ours, bound, memory = [], [], 0.0
    for _ in range(REPEATS):
        judged = _judged(path, fingerprint, workers)
        ours.append(judged.took)
        memory = max(memory, judged.memory)
        bound.append(taken(baselines.verifying, checks, 2))
    megabytes = path.stat().st_size / 1e6
    path.unlink()
    name = f"W8 evidence file judged, {workers} processes"
    detail = f"of all processes, at most; the file has {megabytes:,.0f} MB"
    return [
        Figure.rate(name, size, ours, Baseline("verifying", bound, 0.6)),
        Figure("W8 memory", "MB", memory / 1e6, MEMORY_MAX / 1e6, smaller=True, detail=detail),
        Figure.seconds("W8 evidence file written", written, 10.0 * size / 10_000),
    ]


def case_file(folder: Path) -> list[Figure]:
    """The evidence file of the case as it is demonstrated."""
    stage = record_story(folder / "case")
    path = folder / "case.jsonl"
    with stage.ledger as ledger:
        written = taken(_write, ledger, path)
        judged = _judged(path, ledger.fingerprint, 2)
    return [
        Figure.seconds("the case's evidence file written", written, 10.0),
        Figure.seconds("the case's evidence file judged", judged.took, 10.0),
    ]


def _write(ledger: Ledger, path: Path) -> None:
    with path.open("wb") as out:
        write_evidence(ledger.source(), out)


class _Judged(NamedTuple):
    took: Taken
    memory: float


def _judged(path: Path, fingerprint: bytes, workers: int) -> _Judged:
    command = [sys.executable, str(_PROGRAM), str(path), fingerprint.hex(), str(workers)]
    # A process counts the memory of whoever started it as its own peak: a small shell starts it.
    shell = ["sh", "-c", '"$@"; exit "$?"', "sh"]
    done = subprocess.run([*shell, *command], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    if found["verdict"] != "PASS":
        raise SystemExit(f"the file does not pass: {done.stdout}")
    return _Judged(Taken(found["wall"], found["cpu"]), found["memory"])
