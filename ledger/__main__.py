"""`python -m ledger FILE --key FINGERPRINT`: judge what was handed over, on bare Python.

FILE is an evidence file, the folder of a published log, or a proof of one entry or of consistency.

Needs `cryptography` and `msgspec` alone, no network, no writable folder and no right clock. It ends
with 0 for PASS, 1 for FAIL, 3 for UNDECIDED and 2 for a mistake in the call.
"""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from ledger import canonical
from ledger.errors import EXIT_UNDECIDED, EXIT_USAGE, LedgerError, Unavailable
from ledger.evidence.folder import Folder
from ledger.evidence.published import PublishedSource
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.single import read_proof
from ledger.log.note import NOTE_SIZE_MAX
from ledger.signing.fingerprint import parse_fingerprint
from ledger.trust import Trust, parse_pins
from ledger.trust.policy import POLICY_BYTES_MAX, Policy, parse_policy
from ledger.trust.timestamps import ROOTS_BYTES_MAX, parse_roots
from ledger.verify.audit import audit
from ledger.verify.single import judge_proof
from ledger.verify.words import printable, report_lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit the file that the arguments name, print the report, and return the exit code."""
    given = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal of few letters must not end this
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        proof = read_proof(given.file)
        source = _opened(given.file) if proof is None else None
        trust = Trust(
            fingerprint=None if given.key is None else parse_fingerprint(given.key),
            pins=parse_pins(given.pin),
            required_pins=tuple(given.require_pin),
            checkpoints=tuple(_read(path, NOTE_SIZE_MAX) for path in given.checkpoint),
            policy=None if given.policy is None else _policy(given.policy),
            tsa_roots=tuple(root for path in given.tsa_root for root in _roots(path)),
        )
    except LedgerError as error:
        sys.stderr.write(f"error: {printable(str(error))}\n  {error.hint or ''}\n")
        return EXIT_USAGE
    try:
        if source is not None:
            with closing(source):
                report = audit(source, trust, workers=given.workers)
        else:
            report = judge_proof(proof or b"", trust, f"proof {given.file.name}").report
        told = canonical.encode(report).decode() if given.json else "\n".join(report_lines(report))
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()
    except Exception as error:  # noqa: BLE001  the last resort: nothing may look like a verdict
        sys.stderr.write(f"error: INTERNAL: the report cannot be told: {printable(repr(error))}\n")
        _drop_output()
        return EXIT_UNDECIDED
    return report.exit_code


def _opened(path: Path) -> EvidenceSource | PublishedSource:
    if str(path) == "-":
        return EvidenceSource.of_stream(sys.stdin.buffer)
    return PublishedSource(Folder(path)) if path.is_dir() else EvidenceSource(path)


def _drop_output() -> None:
    """Let what is still buffered go nowhere; else it would fail again when the interpreter ends."""
    with suppress(OSError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ledger", description=(__doc__ or "").splitlines()[4], allow_abbrev=False
    )
    parser.add_argument("file", type=Path, help="what was handed over; - for standard input")
    parser.add_argument("--key", help="the ledger's fingerprint, got by another channel")
    parser.add_argument("--pin", action="append", default=[], metavar="PARTY=FPR")
    parser.add_argument("--require-pin", action="append", default=[], metavar="PARTY")
    parser.add_argument("--checkpoint", action="append", default=[], type=Path, metavar="NOTE")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="witnesses (C2SP tlog-policy)")
    parser.add_argument("--tsa-root", action="append", default=[], type=Path, metavar="PEM")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _policy(path: Path) -> Policy:
    return parse_policy(_read(path, POLICY_BYTES_MAX))


def _roots(path: Path) -> tuple[bytes, ...]:
    return parse_roots(_read(path, ROOTS_BYTES_MAX))


def _read(path: Path, size_max: int) -> bytes:
    """Return a file's first bytes, one more than may be; what they are, others tell.

    Raises:
        Unavailable: TRUST-UNREADABLE.
    """
    try:
        with path.open("rb") as file:
            return file.read(size_max + 1)
    except OSError as error:
        raise Unavailable(
            "TRUST-UNREADABLE", f"the file cannot be read: {error.strerror}", where=str(path)
        ) from error


if __name__ == "__main__":
    sys.exit(main())
