"""`chipledger where`: who holds how many units, at which site, in which state."""

import click

from commands.asking import Clocks, asking, print_answer
from commands.bars import places, print_bars
from commands.context import Desk, pass_desk
from commands.from_evidence import from_evidence
from commands.output import Format
from projections.questions import find, questions


@click.command(name="where")
@click.option("--batch", help="Units of this batch.")
@click.option("--rack", help="Units in this rack.")
@click.option("--shipment", help="Units on the way under this shipment.")
@click.option("--party", "holder", metavar="PARTY", help="Units that this party holds.")
@click.option("--site", help="Units at this site.")
@click.option("--country", help="Units at sites in this country: Malaysia, MY.")
@asking
@pass_desk
@from_evidence
def command(desk: Desk, /, *, clocks: Clocks, form: Format, **given: str | None) -> None:
    """Show where everything is, or a part of it."""
    answer = print_answer(desk, find(questions(), "where"), given, clocks, form)
    if form.for_people:
        print_bars("GPUs by place", lambda: places(answer))
