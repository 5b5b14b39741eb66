"""`chipledger prove`: one file that shows one entry, or that a checkpoint was continued."""

from pathlib import Path

import click

from commands.attachments import read_capped, write_new
from commands.context import Desk, pass_desk
from commands.lookup import find_event
from commands.output import Format, announce, safe
from commands.own_checkpoint import own_checkpoint
from ledger.evidence.single import encode_consistency, prove_continued, prove_entry
from ledger.log.note import NOTE_SIZE_MAX
from ledger.log.tlog_proof import format_tlog_proof
from ledger.signing.fingerprint import speakable


@click.command("prove")
@click.argument("ref", metavar="[REF]", required=False)
@click.option(
    "--consistency",
    "earlier",
    metavar="NOTE",
    type=click.Path(path_type=Path),
    help="Prove that the log continues the earlier checkpoint in the file NOTE.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write it to a new file.")
@pass_desk
def command(desk: Desk, *, ref: str | None, earlier: Path | None, out: Path | None) -> None:
    """Prove that the log holds the entry REF, in one file that others can judge alone.

    REF is an entry's number or id. The file is a C2SP tlog-proof: the entry, its inclusion proof,
    the newest checkpoint, and what leads from the ledger's fingerprint to the checkpoint's key.
    """
    if (ref is None) == (earlier is None):
        raise click.UsageError("name an entry, or a checkpoint with --consistency")
    reader = desk.reader()
    if earlier is not None:
        note = read_capped(earlier, NOTE_SIZE_MAX)
        own_checkpoint(reader, note, earlier)
        data = encode_consistency(prove_continued(reader, note))
        told = "that the log continues that checkpoint"
    else:
        index = find_event(reader, ref or "").index
        data = format_tlog_proof(prove_entry(reader, index))
        told = f"that the log holds entry {index}"
    if out is None:
        click.echo(data, nl=False)
        return
    announce(Format(), demonstration=desk.demonstration)
    write_new(out, data)
    click.echo(safe(f"wrote {out}: it shows {told}"))
    key = speakable(reader.fingerprint)
    click.echo(safe(f"next: chipledger verify {out} --fingerprint {key}"))
