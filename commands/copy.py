"""`chipledger copy`: a ledger moved between a file and a database, byte for byte, then verified."""

import os

import click

from commands.evidence_source import open_source
from commands.output import Progress, heading, safe
from ledger.copying import copy_ledger
from ledger.errors import EXIT_PASS
from ledger.place import Roles
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.words import report_lines


@click.command("copy")
@click.argument("origin", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--writer", metavar="ROLE", help="Role of the database TO that may record events.")
@click.option("--auditor", metavar="ROLE", help="Role of the database TO that may only read.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes; one a processor if absent.")
def command(
    *, origin: str, target: str, writer: str | None, auditor: str | None, workers: int | None
) -> None:
    """Copy the ledger FROM into the new store TO, compare them row by row, and audit the copy.

    Each is a ledger's file, or a postgresql:// URL without a password. FROM stays as it is: go on
    with one of the two only. Read models, keys and the high-water file stay where they are.

    Exit code 0 is PASS of the copy, 1 is FAIL, 3 is UNDECIDED.
    """
    size, fingerprint = copy_ledger(
        origin, target, Roles(writer, auditor), Progress("copying entries")
    )
    click.echo(f"copied {size:,} entries; both stores hold the same rows")
    trust = Trust(fingerprint=fingerprint, fingerprint_from="of the ledger that was copied")
    with open_source(target) as source:
        report = audit(
            source, trust, workers=workers or os.cpu_count() or 1, progress=Progress("verifying")
        )
    *lines, end, verdict = report_lines(report)
    for line in (*lines, end):
        click.echo(line)
    click.echo(heading(verdict))
    if report.exit_code != EXIT_PASS:
        raise click.exceptions.Exit(report.exit_code)
    click.echo(safe("next: chipledger config store URL, where this folder's ledger moved"))
