"""`--from FILE`: answer from evidence that somebody handed over, after it was verified."""

import functools
import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from commands.context import Desk
from commands.evidence_source import open_source
from commands.output import Progress
from ledger.errors import EXIT_PASS, Malformed
from ledger.from_evidence import EvidenceLog
from ledger.signing.fingerprint import parse_fingerprint
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.report import Report
from ledger.verify.selection import as_partial
from ledger.verify.words import report_lines, verdict_line

F = TypeVar("F", bound=Callable[..., Any])


def from_evidence(function: F) -> F:
    """Add `--from SOURCE --fingerprint FPR`; the desk then answers from that, and from it alone.

    A source that is not a PASS gives its report, and no answer.
    """

    @click.option(
        "--from",
        "place",
        metavar="SOURCE",
        type=click.Path(),
        help="Answer from this evidence file, report with evidence inside (PDF) or published log"
        " (folder or https:// URL), verified first, instead of a ledger's folder.",
    )
    @click.option(
        "--fingerprint", metavar="FPR", help="Of the ledger that --from is of, got elsewhere."
    )
    @functools.wraps(function)
    def wrapped(
        desk: Desk, /, *args: Any, place: str | None, fingerprint: str | None, **rest: Any
    ) -> Any:
        if place is None and fingerprint is not None:
            raise click.UsageError("--fingerprint is of the file that --from names")
        if place is None:
            return function(desk, *args, **rest)
        with open_source(place) as source:
            partial = as_partial(source)
            if partial is None:
                raise Malformed(
                    "EVIDENCE-FORM",
                    "this is neither an evidence file nor a published log",
                    where=place,
                    hint="`chipledger export FILE` writes one, `chipledger publish DIR` the other",
                )
            report = audit(
                source, _trust(desk, fingerprint), workers=os.cpu_count() or 1, progress=_progress()
            )
            _require_pass(report)
            desk.answer_from(EvidenceLog(partial), report, source)
            return function(desk, *args, **rest)

    return wrapped  # type: ignore[return-value]  # functools.wraps keeps the meaning


def _progress() -> Progress:
    return Progress("verifying")


def _trust(desk: Desk, fingerprint: str | None) -> Trust:
    """Return what is trusted: the fingerprint given, else that of the folder one works in."""
    if fingerprint is not None:
        return Trust(fingerprint=parse_fingerprint(fingerprint))
    if not desk.is_here:
        return Trust()
    told = "from this folder's settings: compare it with what you were told"
    return Trust(fingerprint=bytes.fromhex(desk.config.fingerprint), fingerprint_from=told)


def _require_pass(report: Report) -> None:
    """Tell the verdict; end with the report and its exit code where it is no PASS."""
    if report.exit_code != EXIT_PASS:
        for line in report_lines(report):
            click.echo(line, err=True)
        raise click.exceptions.Exit(report.exit_code)
    click.echo(f"verified {report.source}: {verdict_line(report)}", err=True)
    if report.scope != "full":
        click.echo("what the selection leaves out is in no figure below", err=True)
