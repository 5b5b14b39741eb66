"""`chipledger claim`: what somebody is reported to have said."""

from typing import Any

import click

from commands.act import Act, asserting
from ledger import canonical
from ledger.events.base import check_identifier
from ledger.events.claim import ClaimReported


@click.group(name="claim")
def command() -> None:
    """Record what somebody is reported to have said."""


@command.command("add")
@click.argument("claim")
@click.option("--quote", "quotation", required=True, help="The statement, in your words or theirs.")
@click.option("--publisher", required=True, help="Who published it.")
@click.option("--speaker", metavar="PARTY", help="Who said it, if not the publisher.")
@click.option("--about", "subject", metavar="PARTY", multiple=True, help="Whom it is about.")
@click.option("--published-on", metavar="DATE")
@click.option("--retrieved-on", metavar="DATE")
@asserting
def add(
    act: Act, *, claim: str, speaker: str | None, subject: tuple[str, ...], **facts: Any
) -> None:
    """Record a statement as reported: evidence of having been said, and of nothing else."""
    data = ClaimReported(
        claim=check_identifier(claim),
        speaker=act.names.maybe("party", speaker),
        subject=canonical.ordered(*act.names.all("party", subject)),
        **facts,
    )
    told = f"{claim}: {data.speaker or data.publisher} is reported to have said: {data.quotation}"
    act.tell(data, told, "chipledger query claims")
