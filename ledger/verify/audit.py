"""An audit: ten numbered steps, from what ends most tampering to what costs most.

They stand in `ledger.verify.full` for a whole log, and in `ledger.verify.selection` for a source
that holds a part of one. Where a source tells its leaf hashes, these are taken, and each entry is
hashed when it is judged; what an audit record covers is looked through by all processes. Unless
every entry was then found to be what it should be, all is done again, each entry hashed first.
"""

from ledger.collector import seldom_collected
from ledger.errors import LedgerError
from ledger.source import Source
from ledger.trust import Trust
from ledger.trust.audit_record import AuditRecord
from ledger.verify.continued import record_of
from ledger.verify.full import FullAudit
from ledger.verify.parallel import CHUNK, Engine, Progress, read_ahead
from ledger.verify.report import Report
from ledger.verify.run import Run
from ledger.verify.selection import SelectionAudit, as_partial


def audit(
    source: Source,
    trust: Trust,
    *,
    workers: int | Engine = 1,
    progress: Progress | None = None,
    chunk: int = CHUNK,
) -> Report:
    """Audit a source and return the report; no error of the source gets out.

    Args:
        source: what to audit: all of a log, or a selection.
        trust: what the auditor brings.
        workers: for the map pass of a full source, so many processes, or an engine; the report is
            the same for any.
        progress: called with entries judged and entries in all.
        chunk: entries judged at a time; the report is the same for any number.
    """
    return _audited(source, trust, workers, chunk, progress)[0]


def audit_to_record(
    source: Source,
    trust: Trust,
    *,
    workers: int | Engine = 1,
    progress: Progress | None = None,
    chunk: int = CHUNK,
) -> tuple[Report, AuditRecord | None]:
    """As `audit`; beside the report, for a PASS over a whole log, what may be gone on from."""
    report, full = _audited(source, trust, workers, chunk, progress)
    return report, record_of(report, trust, full.control.authority, full.reducer.ids_digest)


def _audited(
    source: Source, trust: Trust, workers: int | Engine, chunk: int, progress: Progress | None
) -> tuple[Report, FullAudit]:
    """Audit by the leaf hashes that the source tells; by its entries' own unless all are those."""
    full = FullAudit(source, trust)
    report = _run(full, workers, chunk, progress)
    if full.on_trust and not full.compared:
        full = FullAudit(source, trust, believing=False)
        report = _run(full, workers, chunk, progress)
    return report, full


def _run(full: FullAudit, workers: int | Engine, chunk: int, progress: Progress | None) -> Report:
    """Run the audit, or that of a selection where the source holds one."""
    run: Run = full
    source = full.source
    try:
        full.findings.begin(1)  # what is no source at all ends here
        read_ahead(source, workers)
        partial = as_partial(source)
        selection = None if partial is None else partial.selection()
        with seldom_collected():
            if partial is None or selection is None:
                full.steps(workers, chunk, progress)
            else:
                run = chosen = SelectionAudit(partial, selection, full.trust)
                chosen.steps(progress)
    except LedgerError as error:
        run.fail(error)
    return run.report()
