"""`chipledger report`: what the ledger says, as page, paper and workbook; and checking one."""

from hashlib import sha256
from pathlib import Path

import click

from commands.asking import Clocks, moment_of
from commands.attachments import read_capped, write_new
from commands.context import Desk, pass_desk
from commands.evidence_source import REPORT_BYTES_MAX
from commands.from_evidence import from_evidence
from commands.output import safe
from commands.report_evidence import EVIDENCE_BYTES_MAX, evidence_for
from commands.report_forms import FORMS, form_of, read_report
from commands.report_scope import scope_of
from commands.steps import packs_option
from ledger.errors import EXIT_FAIL, EXIT_UNDECIDED
from ledger.version import __version__
from projections.determination.tables import judging
from projections.packs.load import Packs, packs
from projections.questions import questions
from projections.reports.check import differences
from projections.reports.judged import pack_names
from projections.reports.make import make_report
from projections.reports.model import Head, Report, Scope

SOFTWARE = f"chipledger {__version__}"
GOING = ("all", "part", "none")
_TRUTH = "whether the statements are true"


@click.command("report")
@click.option(
    "-o",
    "--output",
    "files",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="New file: .html, .pdf or .xlsx. Several may be given.",
)
@click.option("--site", help="Of this site alone.")
@click.option("--party", help="Of this party alone.")
@click.option("--batch", help="Of this batch alone.")
@click.option("--shipment", help="Of this shipment alone.")
@click.option("--lease", help="Of this lease alone.")
@click.option(
    "--transaction",
    metavar="NAME|TYPE:VALUE",
    help="Of the shipment or lease with this name or number on its papers, such as inv:17.",
)
@click.option("--as-of", metavar="DATE", help="What was true at the end of it.")
@click.option(
    "--known-at", metavar="ENTRY", type=click.IntRange(0), help="As known up to this entry."
)
@click.option(
    "--check",
    "checked",
    metavar="REPORT",
    type=click.Path(path_type=Path),
    help="Compute every figure of this report again, and compare.",
)
@click.option(
    "--evidence",
    "going",
    type=click.Choice(GOING),
    default="part",
    show_default=True,
    help="What goes along inside a .pdf: of everything all, of one thing the part that names it.",
)
@packs_option
@pass_desk
@from_evidence
def command(
    desk: Desk,
    /,
    *,
    files: tuple[Path, ...],
    as_of: str | None,
    known_at: int | None,
    checked: Path | None,
    going: str,
    packs_folder: Path | None,
    **of: str | None,
) -> None:
    """Write what the ledger says into new files, or check such a file.

    The same log, the same dates and the same version give the same bytes.
    """
    given = {kind: name for kind, name in of.items() if name is not None}
    if checked is not None:
        if files or given or as_of is not None or known_at is not None:
            raise click.UsageError("--check takes scope and dates from the report")
        _check(desk, checked, packs(packs_folder))
        return
    if not files:
        raise click.UsageError(f"name a file with -o: {', '.join(sorted(FORMS))}")
    if len(given) > 1:
        raise click.UsageError("a report is of everything, or of one thing")
    writers = [(path, form_of(path)) for path in files]
    report = _make(desk, packs(packs_folder), scope_of(desk, given), Clocks(as_of, known_at))
    carries = going != "none" and any(form.carries for _, form in writers)
    evidence = evidence_for(desk, Scope() if going == "all" else report.scope) if carries else None
    if carries and evidence is None:
        click.echo(f"evidence of more than {EVIDENCE_BYTES_MAX:,} bytes is left out", err=True)
    for path, form in writers:
        write_new(path, form.write(report, evidence))
        click.echo(safe(f"wrote {path}"), err=True)
    click.echo(f"SHA-256 of all figures {report.digest}", err=True)


def _make(desk: Desk, some: Packs, scope: Scope, clocks: Clocks) -> Report:
    connection = desk.view().connection
    reader = judging(connection, some, desk.log().zone)
    return make_report(reader, questions(), some, _head(desk, some, clocks), scope)


def _head(desk: Desk, some: Packs, clocks: Clocks) -> Head:
    log, audited = desk.log(), desk.audited
    moment = moment_of(desk, clocks)
    if audited is None:
        source, audit = "the ledger's own store", "none for this report: `chipledger verify` audits"
        unchecked: tuple[str, ...] = (_TRUTH, "the log, its signatures and its documents")
    else:
        source = f"evidence that was handed over, scope {audited.scope}"
        audit = f"{audited.verdict}, before any figure was computed"
        rest = tuple(one for one in audited.not_checked if one != _TRUTH)
        unchecked = (_TRUTH, *rest)
    return Head(
        origin=log.origin,
        fingerprint=log.fingerprint.hex(),
        purpose=log.opening.purpose,
        opened_by=log.opening.operator.party,
        size=log.size,
        held=len(log.holds(0, log.size)),
        root=log.root_at(log.size).hex(),
        recorded_at=log.event(log.size - 1).entry.recorded_at,
        zone=log.zone.key,
        day=moment.day,
        as_of=moment.as_of,
        known_at=moment.known_at,
        software=SOFTWARE,
        source=source,
        audit=audit,
        packs=pack_names(some),
        not_checked=unchecked,
    )


def _check(desk: Desk, path: Path, some: Packs) -> None:
    """Say whether a report is what this log gives; end with 1 where not, 3 where nobody knows."""
    data = read_capped(path, REPORT_BYTES_MAX)
    told, form = read_report(data)
    head = told.head
    click.echo(safe(f"report {path}: {head.origin}, {head.size:,} entries, {head.day}"))
    doubt = _doubt(desk, told, some) or form.stranger(data)
    if doubt is not None:
        click.echo(safe(f"UNDECIDED: {doubt}"))
        raise click.exceptions.Exit(EXIT_UNDECIDED)
    anew = _make(desk, some, told.scope, Clocks(head.day, head.known_at))
    found = [*_of_checkpoint(desk, head), *differences(told, anew)]
    # A report that says otherwise is not written again: nothing in it is known to be well-formed.
    if not found and not form.same(form.again(told, data), data):
        found.append("what the file shows is not what its machine-readable copy says")
    for line in found:
        click.echo(safe(f"  {line}"))
    if found:
        click.echo("FAIL: the report differs from what the log gives")
        raise click.exceptions.Exit(EXIT_FAIL)
    rows = sum(one.total for one in told.tables)
    click.echo(f"  {len(told.tables)} sections, {rows:,} rows, computed again: the same")
    click.echo(f"SHA-256 of all figures {told.digest}")
    _tell_evidence(form.evidence(data), path)
    click.echo("PASS: every figure is what this log gives; nothing here shows that it is true")


def _tell_evidence(inside: bytes | None, path: Path) -> None:
    if inside is not None:
        click.echo(f"evidence inside: {len(inside):,} bytes, SHA-256 {sha256(inside).hexdigest()}")
        click.echo(safe(f"  `chipledger verify {path}` audits it; --from {path} answers from it"))


def _doubt(desk: Desk, told: Report, some: Packs) -> str | None:
    """Return why the log at hand cannot decide about a report, or None."""
    log = desk.log()
    if told.head.software != SOFTWARE:
        return f"{told.head.software} wrote the report, and this is {SOFTWARE}"
    if told.head.packs != pack_names(some):
        return "the report asked other rule packs: name their folder with --packs"
    if told.head.fingerprint != log.fingerprint.hex():
        return "the report is of another ledger"
    if told.head.size > log.size or told.head.known_at >= told.head.size:
        return f"the report knows {told.head.size:,} entries, and here are {log.size:,}"
    return _doubt_of_part(desk, told.head)


def _doubt_of_part(desk: Desk, head: Head) -> str | None:
    log = desk.log()
    held = len(log.holds(0, head.size))
    if held != head.held:
        return f"the report rests on {head.held:,} entries, and here are {held:,} of them"
    if held != head.size != log.size:
        return "a selection of a later log does not give the figures of an earlier one"
    return None


def _of_checkpoint(desk: Desk, head: Head) -> list[str]:
    log = desk.log()
    newest = log.event(head.size - 1).entry.recorded_at
    found = [] if log.root_at(head.size).hex() == head.root else ["another root"]
    found += [] if newest == head.recorded_at else ["another time"]
    return [f"the checkpoint has {one} than the log" for one in found]
