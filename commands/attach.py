"""`chipledger attach`: documents that came later than the event they belong to."""

from pathlib import Path

import click

from commands.attachments import DEFAULT_KIND, read_document
from commands.context import Desk
from commands.lookup import find_event
from commands.recording import Given, Item, record_all, recording
from ledger.events.document import DocumentAttached


@click.command("attach")
@click.argument("entry")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--kind", default=DEFAULT_KIND, show_default=True, help="Such as invoice, permit.")
@click.option("--remark", required=True, help="What they show, in a sentence.")
@recording
def command(
    desk: Desk, *, given: Given, entry: str, files: tuple[Path, ...], kind: str, remark: str
) -> None:
    """Add the documents FILES to the event of ENTRY."""
    event = find_event(desk.reader(), entry)
    documents = tuple(read_document(path, kind) for path in files)
    data = DocumentAttached(target=event.target, remark=remark)
    count = "1 document" if len(files) == 1 else f"{len(files)} documents"
    what = f"entry {event.index}, {event.statement.type} of {event.statement.asserted_by}"
    record_all(
        desk,
        given,
        [Item(data, documents)],
        summary=[f"Attach {count} to {what}: {remark}"],
        next_command=f"chipledger show {event.index}",
    )
