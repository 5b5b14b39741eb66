"""What a recording command shows before it signs, and answers afterwards."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import click

from commands import statement_text
from commands.context import Desk
from commands.output import DEMONSTRATION, Format, heading, print_json, print_rows, safe
from commands.preflight import Report
from commands.sealing import read_annex
from ledger.draft import Draft, Submission, unsigned
from ledger.events import decode_statement
from ledger.events.base import Statement
from ledger.history import Recorded
from ledger.log.checkpoint import open_checkpoint
from ledger.signing.fingerprint import speakable
from ledger.writing import Receipt

RECEIPT = "chipledger.receipt/1"
DRY_RUN = "chipledger.dry-run/1"
DRAFTED = "chipledger.drafted/1"
TOTALS = ("model", "batch", "state", "GPUs", "racks")


def show(
    desk: Desk, drafts: Sequence[Draft], summary: Sequence[str], report: Report, *, to_stderr: bool
) -> None:
    """Show what will be signed: in a sentence, by whom, with which totals, and what is doubtful."""
    statements = [draft.statement for draft in drafts]
    first = statements[0]
    if desk.demonstration:
        click.echo(DEMONSTRATION, err=to_stderr)
    for line in summary:
        click.echo(heading(safe(line)), err=to_stderr)
    kinds = ", ".join(dict.fromkeys(one.type for one in statements))
    signing = dict.fromkeys(signer for one in statements for signer in one.signatories)
    signers = ", ".join(f"{one.party} ({one.key[:8]}…)" for one in signing)
    count = f"{len(statements):,} events: " if len(statements) > 1 else ""
    click.echo(f"  what      {count}{kinds}", err=to_stderr)
    bases = ", ".join(dict.fromkeys(one.basis for one in statements))
    click.echo(f"  occurred  {first.occurred}, basis {bases}", err=to_stderr)
    click.echo(f"  signed by {signers}", err=to_stderr)
    for line in statement_text.particulars(first) if len(statements) == 1 else ():
        click.echo(safe(f"  {line}"), err=to_stderr)
    names = dict.fromkeys(name for draft in drafts for name in _sealed(draft))
    if names:
        told = ", ".join(names)
        click.echo(safe(f"  sealed    {told}: in the annex, not in the statement"), err=to_stderr)
    for one in {one.sha256: one for part in statements for one in part.documents}.values():
        text = f"  document  {one.kind} {one.title}, {one.size:,} bytes"
        click.echo(safe(text), err=to_stderr)
    moved = statement_text.totals(statements)
    if moved and not to_stderr:
        form = Format("table")
        print_rows(moved, TOTALS, form, title="", schema="", demonstration=False)
    for warning in report.warnings:
        click.echo(safe(f"warning: {warning}"), err=True)


def _sealed(draft: Draft) -> Iterator[str]:
    """Yield the names of what the annex of a draft holds; what it holds is not shown again."""
    for data in draft.documents if draft.statement.annex is not None else ():
        if sha256(data).hexdigest() == draft.statement.annex:
            yield from (one.name for one in read_annex(data) or ())


def print_repeated(desk: Desk, repeated: Sequence[Recorded], *, as_json: bool) -> None:
    """Say that all of it is recorded already; that is a success."""
    if as_json:
        rows = [_entry(one.index, one.id, one.type, repeated=True) for one in repeated]
        print_json(RECEIPT, {"entries": rows}, demonstration=desk.demonstration)
        return
    for one in repeated:
        click.echo(f"already recorded as entry {one.index}")


def print_dry_run(desk: Desk, drafts: Sequence[Draft], report: Report, *, as_json: bool) -> None:
    """Say that nothing was done, and to programs what would have been."""
    if not as_json:
        click.echo("dry run: nothing was signed, nothing was written")
        return
    types = [draft.statement.type for draft in drafts]
    value = {"types": types, "warnings": report.warnings, "doubts": _doubts(report)}
    print_json(DRY_RUN, value, demonstration=desk.demonstration)


def print_drafted(
    path: Path, submission: Submission, *, as_json: bool, to_stderr: bool = False
) -> None:
    """Say where the draft is and who still has to sign it."""
    statement = decode_statement(submission.envelope.statement_bytes())
    left = unsigned(statement, submission.envelope)
    if as_json:
        value = {"file": str(path), "missing": [{"party": a.party, "key": a.key} for a in left]}
        print_json(DRAFTED, value)
        return
    names = ", ".join(one.party for one in left) or "nobody"
    click.echo(f"draft written to {path}; still to sign: {names}", err=to_stderr)
    click.echo(f"next: chipledger submit {path}", err=to_stderr)


def print_recorded(
    desk: Desk,
    recorded: Sequence[Receipt],
    drafts: Sequence[Draft],
    report: Report,
    next_command: str,
    *,
    as_json: bool,
) -> None:
    """Print the receipt: entries, checkpoint and the ledger's fingerprint, then the next command.

    Receipt number n is that of draft number n.
    """
    ledger = desk.reader()
    newest = recorded[-1]
    key = ledger.authority.checkpoint_key(newest.size)
    checkpoint = open_checkpoint(newest.checkpoint, ledger.origin, key)
    pairs = list(zip(recorded, (draft.statement for draft in drafts), strict=True))
    if as_json:
        rows = [_entry(a.index, a.id, b.type, repeated=a.repeated) for a, b in pairs]
        value = {
            "entries": rows,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "fingerprint": ledger.fingerprint.hex(),
            "warnings": report.warnings,
        }
        print_json(RECEIPT, value, demonstration=desk.demonstration)
        return
    click.echo(heading(_sentence(pairs)))
    if len(pairs) == 1:
        click.echo(f"  id          {newest.id}")
    click.echo(f"  checkpoint  size {checkpoint.size:,}, root {checkpoint.root.hex()}")
    click.echo(f"  ledger      {speakable(ledger.fingerprint)}")
    if next_command:
        click.echo(safe(f"next: {next_command}"))


def _sentence(pairs: Sequence[tuple[Receipt, Statement]]) -> str:
    known = [receipt.index for receipt, _ in pairs if receipt.repeated]
    new = [receipt.index for receipt, _ in pairs if not receipt.repeated]
    told = ""
    if len(new) == 1:
        told = f"recorded as entry {new[0]}"
    elif new:
        told = f"recorded as entries {new[0]} to {new[-1]}"
    if known:
        told += ("; " if told else "") + f"{len(known):,} recorded already"
    return told


def _entry(index: int, identifier: str, kind: str, *, repeated: bool) -> dict[str, object]:
    return {"entry": index, "id": identifier, "type": kind, "already_recorded": repeated}


def _doubts(report: Report) -> list[dict[str, str]]:
    return [{"code": one.code, "text": one.text} for one in report.doubts]
