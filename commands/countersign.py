"""`chipledger countersign`: to sign an entry later, with exceptions, or to dispute it."""

import click

from commands.context import Desk
from commands.lookup import find_event
from commands.recording import Given, record, recording
from commands.statement_text import statement_lines
from ledger.errors import Malformed
from ledger.events.correction import Countersigned

WORDS = {"accepts": "Accept", "accepts_except": "Accept, with exceptions,", "disputes": "Dispute"}


@click.command("countersign")
@click.argument("entry")
@click.option("--except", "excepted", metavar="TEXT", help="Accept all but this.")
@click.option("--dispute", metavar="TEXT", help="Dispute it, for this reason.")
@recording
def command(
    desk: Desk, *, given: Given, entry: str, excepted: str | None, dispute: str | None
) -> None:
    """Sign what ENTRY says; `--except` and `--dispute` say what you do not accept."""
    if excepted is not None and dispute is not None:
        raise Malformed("STANCE", "--except and --dispute exclude each other")
    event = find_event(desk.reader(), entry)
    stance = "disputes" if dispute else "accepts_except" if excepted else "accepts"
    data = Countersigned(target=event.target, stance=stance, text=dispute or excepted)  # type: ignore[arg-type]  # one of the three
    summary = [f"{WORDS[stance]} entry {event.index}, which says:"]
    summary += [f"  {line}" for line in statement_lines(event.statement)]
    record(desk, given, data, summary=summary, next_command=f"chipledger show {event.index}")
