"""`chipledger import epcis`: events of another ledger; of another system, its word: claims."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import click
import msgspec

from commands.act import Act, asserting
from commands.fields import check_fields
from commands.import_own_epcis import Import
from commands.importers.epcis_document import (
    ERROR,
    QUOTED_MAX,
    EpcisTree,
    ForeignEvent,
    read_foreign,
    read_tree,
)
from commands.importers.own_epcis import OwnDocument, OwnEvent, read_own
from commands.importers.table import Origin, Row, Table, reject
from commands.names import Names
from commands.output import safe
from commands.recording import Item, record_all
from commands.source_file import SourceFile, source_file
from ledger import canonical
from ledger.draft import Document
from ledger.events.base import Target
from ledger.events.claim import ClaimReported

_OPENED = """
    SELECT event.id, event.payload_sha256, claim.quotation FROM event
    JOIN claim ON claim.event_idx = event.idx
    WHERE opened = ? AND asserted_by = ? ORDER BY event.idx DESC LIMIT 1"""


@click.command("epcis")
@source_file("epcis_document", columns=False)
@click.option("--publisher", help="Whose system wrote the document, where it was no chipledger.")
@click.option(
    "--speaker", metavar="PARTY", help="The party that speaks in it, if it is known here."
)
@click.option("--about", "subject", metavar="PARTY", multiple=True, help="Whom it is about.")
@click.option(
    "--names", is_flag=True, help="Register parties, sites and models that are not known here."
)
@click.option("--as-claims", is_flag=True, help="Record every event as a claim.")
@asserting
def epcis(
    act: Act,
    *,
    source: SourceFile,
    publisher: str | None,
    speaker: str | None,
    subject: tuple[str, ...],
    names: bool,
    as_claims: bool,
) -> None:
    """Record the events of an EPCIS 2.0 document (JSON-LD).

    What `chipledger epcis export` wrote becomes the same events again: your own acts in your own
    name, those of others as their counterparty, on your word alone. Nobody signed the document, so
    no other signature comes with it. Without a trade role they are reports, which move nothing.

    Another system's identifiers are its own, so nobody here can say which of our units they mean:
    each of its events is recorded as a claim, which moves nothing.

    What was recorded already is skipped.
    """
    where = source.path.name
    decoded = read_tree(source.document.data, where)
    own = None if as_claims else read_own(decoded.tree, where)
    claims = _Claims(act, publisher, speaker, subject)
    if own is None:
        if publisher is None:
            raise click.UsageError("say whose system wrote the document: --publisher TEXT")
        claims.record(source, *_foreign(decoded, source))
        return
    claims.publisher = publisher or f"EPCIS of {own.ledger}"[:120]
    table = _own_table(own, where, decoded.secrets)
    if own.problems:
        reject(own.problems, table.origin)
    source.tell(table, dry_run=act.given.dry_run)
    importing = Import(act, source.evidence(table))
    unknown = importing.unnamed(own.names)
    if unknown and not names:
        act.names.doubt(f"not known here: {', '.join(unknown)}; --names registers what it tells")
    importing.record(own, names=names)
    for why, count in importing.left.items():
        click.echo(safe(f"left out: {count:,} {why}"), err=True)
    told = [*own.others, *(_as_claim(one) for one in importing.others)]
    if told:
        claims.record(source, told, table)


class _Claims:
    """Events that are recorded as what somebody says.

    Attributes:
        publisher: whose system says it.
    """

    def __init__(
        self, act: Act, publisher: str | None, speaker: str | None, subject: Sequence[str]
    ) -> None:
        self._act = act
        self.publisher = publisher or ""
        self._speaker = act.names.maybe("party", speaker)
        self._subject = canonical.ordered(*act.names.all("party", subject))

    def record(self, source: SourceFile, told: Sequence[ForeignEvent], table: Table) -> None:
        """Record the events that are new, and those that were declared an error since."""
        one_each = {one.name: one for one in told}.values()
        found = [(one, self._recorded(one)) for one in one_each]
        new = [(one, before) for one, before in found if before is None or before.is_other(one)]
        if len(new) < len(told):
            left = len(told) - len(new)
            click.echo(f"recorded already: {left:,} of {len(told):,} events", err=True)
        if not new:
            return
        paper = source.evidence(table)
        record_all(
            self._act.desk,
            self._act.given,
            [self._item(one, paper, before) for one, before in new],
            summary=[
                f"claims: {len(new):,} events, as {self.publisher} tells them",
                *self._act.names.doubts,
            ],
            next_command="chipledger query claims",
        )

    def _item(self, one: ForeignEvent, paper: Document, before: "_Before | None") -> Item:
        speaker = self._speaker
        if speaker is None and one.speaker and Names(self._act.view).knows("party", one.speaker):
            speaker = one.speaker  # who may have been registered by this very import
        data = ClaimReported(
            claim=one.name,
            speaker=speaker,
            subject=self._subject,
            quotation=one.told,
            publisher=self.publisher,
        )
        check_fields(data)
        target = None if before is None else before.target
        return Item(data, (paper,), occurred=one.occurred, corrects=target)

    def _recorded(self, one: ForeignEvent) -> "_Before | None":
        rows = self._act.view.rows(_OPENED, (f"claim/{one.name}".lower(), self._act.speaker))
        for row in rows:
            target = Target(id=str(row["id"]), payload_sha256=str(row["payload_sha256"]))
            return _Before(target, str(row["quotation"]))
        return None


@dataclass(frozen=True, slots=True)
class _Before:
    """A claim as it is recorded."""

    target: Target
    told: str

    def is_other(self, one: ForeignEvent) -> bool:
        """Whether the event was declared an error since."""
        return one.is_error and ERROR not in self.told


def _own_table(own: OwnDocument, where: str, hidden: tuple[str, ...]) -> Table:
    rows = [
        Row(one.number, {"event": one.uri, "type": one.type, "occurred": one.occurred})
        for one in own.events
    ]
    return Table(Origin(where=where, item="event"), tuple(rows), secrets=hidden)


def _as_claim(event: OwnEvent) -> ForeignEvent:
    """Return an event that nobody else may assert as what its ledger says."""
    name = f"EPCIS-{hashlib.sha256(event.uri.encode()).hexdigest()[:16]}"
    fields = msgspec.to_builtins(event.data)
    words = "; ".join(f"{field} {value}" for field, value in fields.items() if value)
    text = f"{event.type} of {event.occurred} by {event.asserted_by}: {words}"
    return ForeignEvent(event.number, name, event.occurred, text[:QUOTED_MAX], event.asserted_by)


def _foreign(decoded: EpcisTree, source: SourceFile) -> tuple[Sequence[ForeignEvent], Table]:
    """Return the events of another system, and the table that they make."""
    where = source.path.name
    found = read_foreign(decoded, where)
    rows = [
        Row(one.number, {"event": one.name, "occurred": one.occurred, "told": one.told})
        for one in found.events
    ]
    table = Table(Origin(where=where, item="event"), tuple(rows), secrets=found.secrets)
    if found.problems:
        reject(found.problems, table.origin)
    if found.unread:
        told = ", ".join(f"{name} {count:,}" for name, count in sorted(found.unread.items()))
        click.echo(safe(f"members that had no place: {told}"), err=True)
    return found.events, table
