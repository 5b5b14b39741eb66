"""`chipledger publish`: the log as static files, for any web server or object store."""

from pathlib import Path

import click

from commands.context import Desk, pass_desk
from commands.output import Format, Progress, announce, safe
from ledger.evidence.publishing import publish
from ledger.signing.fingerprint import speakable


@click.command("publish")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), required=False)
@click.option("--no-documents", is_flag=True, help="Publish entries alone; list documents by hash.")
@pass_desk
def command(desk: Desk, *, folder: Path | None, no_documents: bool) -> None:
    """Write what the log has grown by into DIR, in the layout of C2SP tlog-tiles.

    DIR is made where it is missing, and refused where it holds anything but an earlier state of
    this log. Sealed annexes never go along. Whoever serves or copies DIR copies `checkpoint` last.
    Without DIR it is the folder that `chipledger config published DIR` names, which this ledger is
    then compared with before anything is recorded.
    """
    folder = folder or desk.published
    if folder is None:
        raise click.UsageError("name a folder, or set one: chipledger config published DIR")
    reader = desk.reader()
    announce(Format(), demonstration=desk.demonstration)
    done = publish(
        reader.source(), folder, documents=not no_documents, progress=Progress("publishing")
    )
    if done.written == 0:
        click.echo(safe(f"{folder} has these {done.size:,} entries already"))
    else:
        grown = f"{done.size - done.before:,} entries more, {done.size:,} in all"
        told = f"{done.written:,} files written, {done.documents:,} of them documents"
        click.echo(safe(f"published {grown} in {folder}: {told}"))
    for name in done.removed:
        click.echo(f"took away the document {name}: it was disposed of")
    key = speakable(reader.fingerprint)
    click.echo(safe(f"next: chipledger verify {folder} --fingerprint {key}"))
