"""Workloads over evidence: audits, whole and gone on from a record; files written and judged."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ledger.application import Ledger
from ledger.evidence.writer import Choice, write_evidence
from ledger.signing.ed25519 import active_backend
from ledger.store.source import StoreSource
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
ONCE_ABOVE = 100_000
"""Events beyond which an audit is measured once."""
_PROGRAM = Path(__file__).with_name("judge_file.py")


class WithoutDocuments(StoreSource):
    """A store that leaves its documents out by choice: all of an audit but their step."""

    def document_names(self) -> Iterator[str]:
        """Return nothing."""
        return iter(())

    def document(self, sha256: str) -> bytes | None:  # noqa: ARG002  as the store's
        """Return None for every document."""
        return None

    def left_out(self) -> frozenset[str]:
        """Return the names of all documents."""
        return frozenset(super().document_names())


def w3_audit(size: int, workers: int) -> list[Figure]:
    """A full audit, without documents and with them; against verifying alone on two threads."""
    with kept.reading(size) as ledger:
        checks = baselines.checks_of(ledger)
        bare, whole, bound = [], [], []
        for _ in range(repeats(size)):
            entries = WithoutDocuments(None, kept.kept(size))
            bare.append(taken(_passes, entries, Trust(fingerprint=ledger.fingerprint), workers))
            bound.append(taken(baselines.verifying, checks, 2))
            whole.append(taken(_audited, ledger, None, workers))
    name = f"W3 full audit, {workers} processes, {active_backend().name}"
    against = Baseline("verifying", bound, 0.7)
    return [
        Figure.rate(name, size, bare, against),
        Figure.rate("W3 the same with its documents", size, whole, against._replace(bar=0.0)),
    ]


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
        for _ in range(repeats(size)):
            ours.append(taken(_audited, ledger, record, workers))
            full.append(taken(_audited, ledger, None, workers))
        against = Baseline("the full audit's time", full, 8.0)
        name = f"W3b audit of what is new, 1 in {NEW_PART}, {workers} processes"
        return Figure.rate(name, ledger.size, ours, against)


def repeats(size: int) -> int:
    """Return how often an audit is measured: once where it takes minutes."""
    return REPEATS if size <= ONCE_ABOVE else 1


def _audited(ledger: Ledger, record: AuditRecord | None, workers: int) -> None:
    _passes(ledger.source(), Trust(fingerprint=ledger.fingerprint, record=record), workers)


def _passes(source: StoreSource, trust: Trust, workers: int) -> None:
    report = audit(source, trust, workers=workers)
    if report.verdict != "PASS":
        raise SystemExit(f"the audit does not pass: {report.marks}")


def w8_file(size: int, folder: Path, workers: int) -> list[Figure]:
    """A full evidence file of a kept ledger: written, judged, its memory.

    Judged with each library of signatures; with its documents, which are more than half of it, and
    without them. The bar is of `cryptography`: no other is asked of a stranger to install.
    """
    path, bare = folder / "evidence.jsonl", folder / "entries.jsonl"
    with kept.reading(size) as ledger:
        written = taken(_write, ledger, path)
        _write(ledger, bare, Choice(documents=()))
        checks = baselines.checks_of(ledger)
        fingerprint = ledger.fingerprint
    figures = []
    for library in ("cryptography", *({active_backend().name} - {"cryptography"})):
        bar = 0.6 if library == "cryptography" else 0.0
        ours, entries, bound, judged = [], [], [], []
        for _ in range(repeats(size)):
            judged.append(_judged(path, fingerprint, workers, library))
            ours.append(judged[-1].took)
            bound.append(taken(baselines.verifying, checks, 2, library))
            entries.append(_judged(bare, fingerprint, workers, library).took)
        against = Baseline("verifying", bound, bar)
        name = f"W8 evidence file judged, {workers} processes, {library}"
        figures.append(Figure.rate(name, size, ours, against))
        name = f"W8 the same without documents, {library}"
        figures.append(Figure.rate(name, size, entries, against._replace(bar=0.0)))
        most = max(judged, key=lambda one: one.memory)
        figures.append(_memory(library, most, path.stat().st_size / 1e6))
    path.unlink()
    bare.unlink()
    figures.append(Figure.seconds("W8 evidence file written", written, 10.0 * size / 10_000))
    return figures


def _memory(library: str, judged: "_Judged", megabytes: float) -> Figure:
    """Return the memory of all processes together, at most."""
    detail = (
        f"the first process {judged.parent / 1e6:,.0f}, each worker {judged.worker / 1e6:,.0f};"
        f" the file has {megabytes:,.0f} MB"
    )
    name, bar = f"W8 memory of all processes, {library}", MEMORY_MAX / 1e6
    return Figure(name, "MB", judged.memory / 1e6, bar, smaller=True, detail=detail)


def case_file(folder: Path) -> list[Figure]:
    """The evidence file of the case as it is demonstrated."""
    stage = record_story(folder / "case")
    path = folder / "case.jsonl"
    with stage.ledger as ledger:
        written = taken(_write, ledger, path)
        judged = _judged(path, ledger.fingerprint, 2, active_backend().name)
    return [
        Figure.seconds("the case's evidence file written", written, 10.0),
        Figure.seconds("the case's evidence file judged", judged.took, 10.0),
    ]


def _write(ledger: Ledger, path: Path, choice: Choice | None = None) -> None:
    with path.open("wb") as out:
        write_evidence(ledger.source(), out, choice)


class _Judged(NamedTuple):
    took: Taken
    parent: float
    worker: float
    memory: float


def _judged(path: Path, fingerprint: bytes, workers: int, library: str) -> _Judged:
    command = [sys.executable, str(_PROGRAM), str(path), fingerprint.hex(), str(workers), library]
    # A process counts the memory of whoever started it as its own peak: a small shell starts it.
    shell = ["sh", "-c", '"$@"; exit "$?"', "sh"]
    done = subprocess.run([*shell, *command], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    if found["verdict"] != "PASS":
        raise SystemExit(f"the file does not pass: {done.stdout}")
    took = Taken(found["wall"], found["cpu"])
    return _Judged(took, found["parent"], found["worker"], found["memory"])
