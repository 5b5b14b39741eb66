"""`python -m ledger FILE --key FINGERPRINT`: judge what was handed over, on bare Python.

FILE is an evidence file, the folder of a published log, or a proof of one entry or of consistency.
The options mean what those of `chipledger verify` mean; --key is its --fingerprint.

Needs `cryptography` and `msgspec` alone, no network, no writable folder and no right clock. It ends
with 0 for PASS, 1 for FAIL, 3 for UNDECIDED and 2 for a mistake in the call.
"""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from ledger import canonical
from ledger.errors import EXIT_UNDECIDED, EXIT_USAGE, LedgerError, Unavailable
from ledger.events.base import check_identifier
from ledger.evidence.folder import Folder
from ledger.evidence.published import PublishedSource
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.single import read_proof
from ledger.log.note import NOTE_SIZE_MAX
from ledger.signing.fingerprint import parse_fingerprint
from ledger.signing.keyfile import public_path, read_public
from ledger.source import Source
from ledger.trust import Trust, parse_pins
from ledger.trust.audit_record import RECORD_BYTES_MAX, AuditRecord, open_record
from ledger.trust.policy import POLICY_BYTES_MAX, Policy, parse_policy
from ledger.trust.timestamps import ROOTS_BYTES_MAX, parse_roots
from ledger.verify.audit import audit
from ledger.verify.single import judge_proof
from ledger.verify.words import printable, report_lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit the file that the arguments name, print the report, and return the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if (given.from_record is None) != (given.auditor is None):
        parser.error("--from-record FILE and --auditor KEY.pub go together")
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal of few letters must not end this
        sys.stdout.reconfigure(errors="backslashreplace")
    with ExitStack() as opened:
        try:
            proof = read_proof(given.file)
            if proof is not None and (given.from_record or given.extends):
                parser.error("--from-record and --extends are for what holds a log")
            source = None if proof is not None else _opened(given.file, opened)
            trust = _trust(given, opened)
        except LedgerError as error:
            sys.stderr.write(f"error: {printable(str(error))}\n  {error.hint or ''}\n")
            return EXIT_USAGE
        return _judge(given, trust, source, proof)


def _judge(
    given: argparse.Namespace, trust: Trust, source: Source | None, proof: bytes | None
) -> int:
    """Audit a source, or judge a proof; print the report and return the exit code."""
    try:
        if source is not None:
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


def _opened(path: Path, opened: ExitStack) -> EvidenceSource | PublishedSource:
    """Return what a path names as something to audit; it is closed with the stack."""
    if str(path) == "-":
        return opened.enter_context(EvidenceSource.of_stream(sys.stdin.buffer))
    if path.is_dir():
        return opened.enter_context(closing(PublishedSource(Folder(path))))
    return opened.enter_context(EvidenceSource(path))


def _trust(given: argparse.Namespace, opened: ExitStack) -> Trust:
    """Return what the auditor brings."""
    old = None if given.extends is None else _opened(given.extends, opened)
    kept = () if old is None else (old.checkpoint(),)
    return Trust(
        fingerprint=None if given.key is None else parse_fingerprint(given.key),
        pins=parse_pins(given.pin),
        required_pins=tuple(check_identifier(party) for party in given.require_pin),
        checkpoints=(*(_read(path, NOTE_SIZE_MAX) for path in given.checkpoint), *kept),
        extends=old,
        record=_record(given.from_record, given.auditor),
        policy=None if given.policy is None else _policy(given.policy),
        tsa_roots=tuple(root for path in given.tsa_root for root in _roots(path)),
    )


def _record(path: Path | None, auditor: Path | None) -> AuditRecord | None:
    """Return the record that is gone on from, None where none is named."""
    if path is None or auditor is None:
        return None
    beside = public_path(auditor)
    public = read_public(beside if beside.is_file() else auditor)
    return open_record(_read(path, 2 * RECORD_BYTES_MAX), public)


def _drop_output() -> None:
    """Let what is still buffered go nowhere; else it would fail again when the interpreter ends."""
    with suppress(OSError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ledger", description=(__doc__ or "").splitlines()[5], allow_abbrev=False
    )
    parser.add_argument("file", type=Path, help="what was handed over; - for standard input")
    parser.add_argument("--key", help="the ledger's fingerprint, got by another channel")
    parser.add_argument("--pin", action="append", default=[], metavar="PARTY=FPR")
    parser.add_argument("--require-pin", action="append", default=[], metavar="PARTY")
    parser.add_argument("--checkpoint", action="append", default=[], type=Path, metavar="NOTE")
    parser.add_argument("--extends", type=Path, metavar="OLD", help="evidence audited earlier")
    parser.add_argument("--from-record", type=Path, metavar="FILE", help="judge only what is new")
    parser.add_argument("--auditor", type=Path, metavar="KEY.pub", help="who signed that record")
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
