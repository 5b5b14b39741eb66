"""`chipledger hold`: nothing of a scope may be given up until the hold is released."""

import re

import click

from commands.act import Act, asserting
from commands.lines import expand
from commands.papers import answered, find_paper
from ledger import canonical
from ledger.errors import Unavailable
from ledger.events.assurance import HoldScope, LegalHoldPlaced, LegalHoldReleased

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@click.group(name="hold")
def command() -> None:
    """Place and release legal holds."""


@command.command("place")
@click.argument("hold")
@click.option("--everything", is_flag=True, help="It covers every document of the ledger.")
@click.option("--party", "parties", metavar="PARTY", multiple=True, help="What names this party.")
@click.option("--site", "sites", multiple=True, help="What names this site; repeatable.")
@click.option("--batch", "batches", multiple=True, help="What names this batch; repeatable.")
@click.option("--racks", metavar="RANGE", help="What names these racks: R0001..R0020,R0031.")
@click.option("--shipment", "shipments", multiple=True, help="What names it; repeatable.")
@click.option("--lease", "leases", multiple=True, help="What names this lease; repeatable.")
@click.option("--document", "documents", metavar="SHA256", multiple=True, help="This document.")
@click.option("--requested-by", help="Who asks for it, such as an authority.")
@click.option("--reason", required=True, help="Why, in a sentence.")
@asserting
def place(
    act: Act,
    *,
    hold: str,
    everything: bool,
    parties: tuple[str, ...],
    sites: tuple[str, ...],
    batches: tuple[str, ...],
    racks: str | None,
    shipments: tuple[str, ...],
    leases: tuple[str, ...],
    documents: tuple[str, ...],
    requested_by: str | None,
    reason: str,
) -> None:
    """Record that nothing of a scope may be given up: its parts add to each other."""
    hold = act.identifier("hold", hold, hold)
    named = [] if racks is None else act.names.all("rack", expand(racks))
    scope = HoldScope(
        parties=canonical.ordered(*act.names.all("party", parties)),
        sites=canonical.ordered(*act.names.all("site", sites)),
        batches=canonical.ordered(*act.names.all("batch", batches)),
        racks=canonical.ordered(*named),
        shipments=canonical.ordered(*act.names.all("shipment", shipments)),
        leases=canonical.ordered(*act.names.all("lease", leases)),
        documents=canonical.ordered(*(_digest(act, text) for text in documents)),
    )
    if everything == (scope != HoldScope()):
        raise click.UsageError("say what it covers, or --everything: one of the two")
    data = LegalHoldPlaced(hold=hold, scope=scope, requested_by=requested_by, reason=reason)
    what = "everything" if everything else "what the scope below names"
    told = f"{hold}: nothing of {what} may be given up until it is released"
    act.tell(data, told, f"chipledger query holds hold={hold}")


@command.command("release")
@click.argument("hold")
@click.option("--reason", required=True, help="Why, in a sentence.")
@asserting
def release(act: Act, *, hold: str, reason: str) -> None:
    """Record that a hold ends: what it covered may go again, when its time is over.

    It is released by the party that placed it, or on the word of an authority.
    """
    hold = act.names.spelled("hold", hold)
    found = answered(act.desk, "holds", {"hold": hold})
    placed = {str(row["placed_by"]).lower() for row in found if row["in_force"]}
    if not placed:
        act.names.doubt(f"no hold {hold} is in force, as it is recorded")
    elif act.speaker.lower() not in placed and act.given.basis != "authority":
        act.names.doubt(
            f"{hold} was placed by {', '.join(sorted(placed))}: released by {act.speaker} on its"
            " own word, it stays in force"
        )
    data = LegalHoldReleased(hold=hold, reason=reason)
    act.tell(data, f"{hold} is released: {reason}", f"chipledger query holds hold={hold}")


def _digest(act: Act, text: str) -> str:
    """Return the SHA-256 that digits stand for; one that nothing names yet must be complete.

    Raises:
        Malformed: DIGEST-FORM.
        Unavailable: DOCUMENT-UNKNOWN.
    """
    try:
        return find_paper(act.view, text).sha256
    except Unavailable:
        if not _SHA256.match(text.lower()):
            raise
        act.names.doubt(f"no entry names the document {text[:16]}…")
        return text.lower()
