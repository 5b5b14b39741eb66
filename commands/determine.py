"""`chipledger determine`: what every rule pack says of a shipment, step by step."""

from pathlib import Path

import click

from commands.asking import Clocks, asking, known_entry
from commands.context import Desk, pass_desk
from commands.from_evidence import from_evidence
from commands.names import Names
from commands.output import Format
from commands.steps import packs_option, print_steps
from ledger.errors import Unavailable
from projections.determination.days import EVER, clocks_of
from projections.determination.determination import determination
from projections.determination.gather import Gatherer, dispatched_on
from projections.packs.load import packs
from projections.questions import sqlite_reader

COURSE = (
    "Legs, receipts, filings and authorizations of the shipment count whenever they were; with"
    " --as-of, those by its end."
)


@click.command(name="determine")
@click.argument("shipment")
@packs_option
@asking
@pass_desk
@from_evidence
def command(
    desk: Desk, /, *, shipment: str, packs_folder: Path | None, clocks: Clocks, form: Format
) -> None:
    """Show what rule packs say of SHIPMENT, and how each comes to it.

    The rules, the facts and the owners are those of the day of dispatch, unless `--as-of` names
    another; `--known-at` says up to which entry facts are known.
    """
    found = packs(packs_folder)
    view, zone = desk.view(), desk.log().zone
    names = Names(view)
    name = names.spelled("shipment", shipment)
    known_at = known_entry(desk, clocks)
    reader = sqlite_reader(view.connection)
    dispatched = dispatched_on(reader, name, known_at)
    if dispatched is None:
        raise _unknown(name, "; ".join(names.doubts))
    course = EVER if clocks.as_of is None else None
    facts = clocks_of(clocks.as_of or dispatched, zone, known_at, course)
    told = Gatherer(reader, found, facts).shipment(name)
    if told is None:
        raise _unknown(name, f"it was dispatched {dispatched}")
    print_steps(
        desk,
        determination(found, told, facts.day),
        form,
        title=f"What rule packs say of shipment {name}, dispatched {dispatched}, at the end of"
        f" {facts.day} ({zone.key}), known at entry {known_at:,}",
        schema="chipledger.determination/1",
        notes=[*names.doubts, *([] if course is None else [COURSE])],
    )


def _unknown(name: str, hint: str) -> Unavailable:
    return Unavailable(
        "SHIPMENT-UNKNOWN",
        f"no dispatch of {name} is recorded by then",
        where=name,
        hint=hint or "a report is no dispatch; `chipledger query shipment` lists what is recorded",
    )
