"""`chipledger import epcis`: another party's events are its word, so they become claims."""

import click

from commands.act import Act, asserting
from commands.fields import check_fields
from commands.importers.epcis_document import ForeignDocument, read_epcis
from commands.importers.table import Origin, Row, Table, reject
from commands.output import safe
from commands.recording import Item, record_all
from commands.source_file import SourceFile, source_file
from ledger import canonical
from ledger.events.claim import ClaimReported

_OPENED = "SELECT 1 FROM event WHERE opened = ? AND asserted_by = ? LIMIT 1"


@click.command("epcis")
@source_file("epcis_document", columns=False)
@click.option("--publisher", required=True, help="Whose system wrote the document.")
@click.option(
    "--speaker", metavar="PARTY", help="The party that speaks in it, if it is known here."
)
@click.option("--about", "subject", metavar="PARTY", multiple=True, help="Whom it is about.")
@asserting
def epcis(
    act: Act, *, source: SourceFile, publisher: str, speaker: str | None, subject: tuple[str, ...]
) -> None:
    """Record each event of an EPCIS 2.0 document (JSON-LD) as a claim: it moves nothing.

    Its identifiers are another system's, so nobody here can say which of our units they mean. What
    was recorded already is skipped.
    """
    where = source.path.name
    found = read_epcis(source.document.data, where)
    table = _table(found, where)
    if found.problems:
        reject(found.problems, table.origin)
    speaks = act.names.maybe("party", speaker)
    about = canonical.ordered(*act.names.all("party", subject))
    new = [
        one
        for one in {one.name: one for one in found.events}.values()
        if not list(act.view.rows(_OPENED, (f"claim/{one.name}".lower(), act.speaker)))
    ]
    source.tell(table, dry_run=act.given.dry_run)
    if found.unread:
        told = ", ".join(f"{name} {count:,}" for name, count in sorted(found.unread.items()))
        click.echo(safe(f"members that had no place: {told}"), err=True)
    if len(new) < len(found.events):
        left = len(found.events) - len(new)
        click.echo(f"recorded already: {left:,} of {len(found.events):,} events", err=True)
    if not new:
        return
    paper = source.evidence(table)
    items = []
    for one in new:
        data = ClaimReported(
            claim=one.name, speaker=speaks, subject=about, quotation=one.told, publisher=publisher
        )
        check_fields(data)
        items.append(Item(data, (paper,), occurred=one.occurred))
    record_all(
        act.desk,
        act.given,
        items,
        summary=[f"claims: {len(new):,} events, as {publisher} tells them", *act.names.doubts],
        next_command="chipledger query claims",
    )


def _table(found: ForeignDocument, where: str) -> Table:
    rows = [
        Row(one.number, {"event": one.name, "occurred": one.occurred, "told": one.told})
        for one in found.events
    ]
    return Table(Origin(where=where, item="event"), tuple(rows), secrets=found.secrets)
