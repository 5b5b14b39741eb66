"""`chipledger enduse`: what the hardware will be used for, in the end user's words."""

from typing import Any

import click

from commands.act import Act, acting
from commands.sealing import Term, sealable
from ledger import canonical
from ledger.events.authorization import EndUseStated


@click.group(name="enduse")
def command() -> None:
    """Record statements of end use."""


@command.command("state")
@click.option("--use", "end_use", required=True, help="The use.")
@click.option("--user", "end_users", metavar="PARTY", multiple=True, help="Who will use it.")
@click.option("--no-military", is_flag=True, help="It states that there is no military end use.")
@click.option("--from", "valid_from", metavar="DATE", help="First day.")
@click.option("--until", "valid_to", metavar="DATE", help="Last day.")
@acting
@sealable(Term("detail", "TEXT", "Detail of the end use that not everybody may read."))
def state(act: Act, *, end_users: tuple[str, ...], **facts: Any) -> None:
    """Record what an end user says of the use and of the users."""
    data = EndUseStated(
        end_user=act.actor,
        end_users=canonical.ordered(*act.names.all("party", end_users)),
        **facts,
    )
    military = "no military end use stated" if data.no_military else "nothing on military end use"
    told = f"{data.end_user or 'somebody'} states the end use: {data.end_use}; {military}"
    act.tell(data, told, "chipledger log")
