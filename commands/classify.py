"""`chipledger classify`: of which class the rule packs take a model to be, and why."""

from pathlib import Path

import click

from commands.asking import Clocks, asking, known_entry, today
from commands.context import Desk, pass_desk
from commands.from_evidence import from_evidence
from commands.names import Names
from commands.output import Format
from commands.steps import packs_option, print_steps
from projections.determination.days import clocks_of
from projections.determination.gather import Gatherer, catalogue_names, plain
from projections.determination.items import classification
from projections.packs.load import packs
from projections.questions import sqlite_reader


@click.command(name="classify")
@click.argument("model")
@packs_option
@asking
@pass_desk
@from_evidence
def command(
    desk: Desk, /, *, model: str, packs_folder: Path | None, clocks: Clocks, form: Format
) -> None:
    """Show what rule packs say of MODEL, as recorded here or in the packs' catalogue.

    `--as-of` says on which day's rules; without it, today's.
    """
    found = packs(packs_folder)
    view, zone = desk.view(), desk.log().zone
    names = Names(view)
    name = names.as_recorded("model", model)
    if not names.knows("model", name):
        name = catalogue_names(found).get(plain(model)) or names.spelled("model", model)
    known_at = known_entry(desk, clocks)
    facts = clocks_of(clocks.as_of or today(desk), zone, known_at)
    gathered = Gatherer(sqlite_reader(view.connection), found, facts).model(name)
    nobody = not gathered.kinds and not gathered.eccns
    print_steps(
        desk,
        classification(found, gathered, facts.day),
        form,
        title=f"What rule packs say of {name}, at the end of {facts.day} ({zone.key}),"
        f" known at entry {known_at:,}",
        schema="chipledger.classification/1",
        notes=[
            *names.doubts,
            *([f"{name} was never recorded here, and no pack lists it"] if nobody else []),
        ],
    )
