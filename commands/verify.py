"""`chipledger verify`: the audit, its report in words, and the verdict as exit code."""

import json
from pathlib import Path

import click

from commands.attachments import read_capped, write_new
from commands.audit_record import earlier_record, extending, signer_of, write_record
from commands.context import HIGH_WATER, VIEW, Desk, pass_desk, password_option
from commands.evidence_source import open_source, visiting
from commands.output import Progress, heading, safe
from commands.outside_trust import OutsideTrust, outside_options
from commands.statement_text import statement_lines
from commands.workers import Asked, engine, workers_option
from ledger import canonical
from ledger.auditing import last_shown
from ledger.errors import EXIT_PASS, Malformed, Tampered
from ledger.events.base import check_identifier
from ledger.evidence.single import read_proof
from ledger.evidence.site import Visit
from ledger.log.checkpoint import parse_checkpoint_text
from ledger.log.note import NOTE_SIZE_MAX, parse_note
from ledger.signing.fingerprint import parse_fingerprint
from ledger.trust import Trust, parse_pins
from ledger.trust.audit_record import AuditRecord
from ledger.verify.audit import audit_to_record
from ledger.verify.single import Judged, judge_fork, judge_proof
from ledger.verify.words import report_lines

_FILE = click.Path(path_type=Path, allow_dash=True)


@click.command("verify")
@click.argument("store", metavar="[SOURCE]", type=click.Path(allow_dash=True), required=False)
@click.option("--fingerprint", metavar="FPR", help="Of the ledger, got by another channel.")
@click.option("--pin", "pins", metavar="PARTY=FPR", multiple=True, help="A party's key, likewise.")
@click.option(
    "--require-pin", "required", metavar="PARTY", multiple=True, help="UNDECIDED without its pin."
)
@click.option(
    "--checkpoint", "notes", type=_FILE, multiple=True, help="A checkpoint that you kept earlier."
)
@click.option(
    "--keep-checkpoint",
    "kept",
    type=_FILE,
    help="After a PASS, write the checkpoint there.",
)
@click.option(
    "--extends", type=_FILE, help="An evidence file or copy audited earlier: nothing in it changed."
)
@click.option("--record", type=_FILE, help="After a PASS over all, write an audit record there.")
@click.option("--auditor-key", type=_FILE, help="Your own key, which signs the --record.")
@password_option
@click.option("--from-record", type=_FILE, help="Go on from an audit record; judge what is new.")
@click.option("--auditor", type=_FILE, help="Public key of whoever signed the --from-record.")
@outside_options
@workers_option
@click.option(
    "--fork",
    "forked",
    nargs=2,
    type=_FILE,
    metavar="NOTE NOTE",
    help="Instead of SOURCE: do two checkpoints contradict each other? FAIL proves it.",
)
@click.option(
    "--ledger-key",
    "verifier_keys",
    metavar="KEY",
    multiple=True,
    help="For --fork: the ledger's key as name+hash+key, got by another channel.",
)
@visiting
@click.option("--projection", is_flag=True, help="Project anew and compare with the read models.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@pass_desk
def command(
    desk: Desk,
    /,
    *,
    store: str | None,
    fingerprint: str | None,
    pins: tuple[str, ...],
    required: tuple[str, ...],
    notes: tuple[Path, ...],
    kept: Path | None,
    outside: OutsideTrust,
    workers: Asked | None,
    forked: tuple[Path, Path] | None,
    verifier_keys: tuple[str, ...],
    cache: Path | None,
    authorities: Path | None,
    projection: bool,
    as_json: bool,
    **audits: Path | None,
) -> None:
    """Audit the ledger of this folder, or SOURCE; trust nothing of it.

    SOURCE is a ledger's file or its postgresql:// URL, an evidence file, a report with evidence
    inside (PDF), a published log (its folder or https:// URL), or a file that `prove` wrote.

    Exit code 0 is PASS, 1 is FAIL, 3 is UNDECIDED.
    """
    if projection and (store is not None or forked):
        raise click.UsageError("--projection compares the read models of a ledger's folder")
    if bool(forked) != bool(verifier_keys) or (forked and store is not None):
        raise click.UsageError("--fork takes two notes and --ledger-key, and no SOURCE")
    signing = signer_of(desk, audits["record"], audits["auditor_key"])
    record = None
    if forked:
        contradicting = [_kept_note(path) for path in forked]
        judged = Judged(judge_fork(contradicting, verifier_keys, "two checkpoints"))
    else:
        given, told = _fingerprint(desk, fingerprint, store)
        trust = Trust(
            fingerprint=given,
            fingerprint_from=told,
            pins=parse_pins(pins),
            required_pins=tuple(check_identifier(party) for party in required),
            checkpoints=tuple(_kept_note(path) for path in notes),
            high_water=None if store else last_shown(desk.folder / HIGH_WATER),
            record=earlier_record(audits["from_record"], audits["auditor"]),
            policy=outside.policy,
            tsa_roots=outside.roots,
        )
        with extending(trust, audits["extends"]) as trust:
            visit = Visit(cache=cache, authorities=authorities)
            judged, record = _judged(store or str(desk.store), trust, visit, workers)
    report = judged.report
    _print(judged, as_json=as_json, compared=projection or bool(store or forked))
    if projection and report.exit_code == EXIT_PASS:
        _compare_projection(desk)
    if kept is not None and judged.note:
        write_new(kept, judged.note)
        click.echo(f"kept the checkpoint of {report.size:,} entries in {kept}", err=True)
    if signing is not None:
        write_record(record, *signing)
    if report.exit_code != EXIT_PASS:
        raise click.exceptions.Exit(report.exit_code)


def _judged(
    given: str, trust: Trust, visit: Visit, workers: Asked | None
) -> tuple[Judged, AuditRecord | None]:
    """Judge a proof, or audit what holds a log, which gives a record too."""
    proof = read_proof(Path(given))
    if proof is not None:
        if trust.record is not None or trust.extends is not None:
            raise click.UsageError("--from-record and --extends are for what holds a log")
        return judge_proof(proof, trust, f"proof {Path(given).name}"), None
    with open_source(given, visit) as source:
        with engine(workers, given, source, visit) as judging:
            report, record = audit_to_record(
                source, trust, workers=judging, progress=Progress("verifying")
            )
        note = source.checkpoint() if report.exit_code == EXIT_PASS else b""
        return Judged(report, note), record


def _fingerprint(desk: Desk, given: str | None, store: str | None) -> tuple[bytes | None, str]:
    """Return the fingerprint to compare with, and where it is from: yours before the folder's."""
    if given is not None:
        return parse_fingerprint(given), "given by you"
    if store is not None:
        return None, "nobody"
    digest = bytes.fromhex(desk.config.fingerprint)
    return digest, "from this folder's settings: compare it with what you were told"


def _kept_note(path: Path) -> bytes:
    """Return a checkpoint's note from its file. Whose it is and who signed it, the audit tells.

    Raises:
        Unavailable: DOCUMENT-UNREADABLE.
        Malformed: TOO-LARGE, CHECKPOINT-FORM.
    """
    note = read_capped(path, NOTE_SIZE_MAX)
    try:
        parse_checkpoint_text(parse_note(note).text)
    except Malformed as error:
        raise Malformed(
            "CHECKPOINT-FORM",
            f"the file is no checkpoint: {error.message}",
            where=str(path),
            hint="`chipledger ledger checkpoint --out FILE` writes one",
        ) from error
    return note


def _print(judged: Judged, *, as_json: bool, compared: bool) -> None:
    if as_json:
        click.echo(json.dumps(json.loads(canonical.encode(judged.report)), indent=2))
        return
    *lines, end, verdict = report_lines(judged.report)
    for line in lines:
        click.echo(line)
    if not compared:
        told = "the read models that `where` and `query` answer from: --projection compares them"
        click.echo(f"  {told}")
    if judged.event is not None:
        click.echo("\nthe entry says")
        for line in statement_lines(judged.event.statement):
            click.echo(f"  {safe(line)}")
    click.echo(end)
    click.echo(heading(verdict))


def _compare_projection(desk: Desk) -> None:
    """Project the whole log anew, and compare it with the read models as they stand.

    Raises:
        Tampered: VIEW-DIFFERS.
    """
    from projections.runner import catch_up  # noqa: PLC0415  an audit alone needs none
    from projections.view import MEMORY, View  # noqa: PLC0415  as above

    stored = desk.view()
    with View.open(MEMORY) as fresh:
        catch_up(fresh, desk.reader(), Progress("projecting anew"))
        expected, documents = fresh.view_hash(), fresh.documents_hash()
    found, fed = stored.view_hash(), stored.documents_hash()
    if (found, fed) != (expected, documents):
        other, meant = (found, expected) if found != expected else (fed[0], documents[0])
        what = "the log says" if found != expected else "its documents say"
        raise Tampered(
            "VIEW-DIFFERS",
            f"the read models are not what {what}: {other[:16]}…, not {meant[:16]}…",
            where=str(desk.folder / VIEW),
            hint="delete the file; it is built again from the log",
        )
    what = f"with {documents[1]:,} documents read"
    click.echo(f"read models equal a fresh projection: {found} ({what})", err=True)
