"""`chipledger units`: set apart, released, scrapped, destroyed, lost, stolen, found again."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import click

from commands.act import Act, acting
from commands.named_units import named_units
from commands.units import Units, units_options
from ledger.draft import Document
from ledger.errors import Unavailable
from ledger.events.base import Line
from ledger.events.product import UnitsStateChanged
from projections.books.posting import UNKNOWN

F = TypeVar("F", bound=Callable[..., Any])
ToState = Literal[
    "quarantined", "released", "decommissioned", "destroyed", "lost", "stolen", "found"
]
_USABLE = ("stock", "installed", "operational")
LEAVES: Mapping[ToState, tuple[str, ...]] = {
    "quarantined": _USABLE,
    "released": ("quarantined",),
    "decommissioned": ("stock", "quarantined", "installed", "operational"),
    "destroyed": ("decommissioned", "quarantined", "stock", "installed", "operational"),
    "lost": (*_USABLE, "quarantined", "decommissioned"),
    "stolen": (*_USABLE, "quarantined", "decommissioned"),
    "found": ("lost", "stolen"),
}
"""What becomes of units, to the states that they may leave; the first that they are in counts."""

STATES = ("stock", "installed", "operational", "quarantined", "decommissioned", "lost", "stolen")
_OWNED = """
    SELECT owner, batch, rack, sum(quantity) AS quantity FROM posting
    WHERE book = 'title' AND (substr(owner, 1, 1) <> '@' OR owner = '@unknown')
        AND batch IN (SELECT value FROM json_each(:batches)) AND event_idx IS NOT :without
    GROUP BY owner, batch, rack"""


@click.group(name="units")
def command() -> None:
    """Set units apart, release, scrap or destroy them; report them lost, stolen or found."""


def _changing(function: F) -> F:
    """Add what all changes of state have in common."""
    for option in (
        click.option("--id", "change", help="Identifier of the act; derived if left out."),
        click.option("--certificate", metavar="NUMBER", help="Of destruction, or a police report."),
        click.option("--state", type=click.Choice(STATES), help="Only those in this state."),
        click.option("--site", help="Where they are; by default where they are recorded."),
        click.option("--serials", metavar="SERIAL,…", help="Single units, by serial number."),
    ):
        function = option(function)
    return units_options(function)


_METHOD = click.option("--method", metavar="TEXT", help="How, in a sentence.")


@command.command("quarantine")
@_changing
@_METHOD
@acting
def quarantine(act: Act, *, units: Units, **told: str | None) -> None:
    """Record that units are set apart; capacity that ran is capacity no more."""
    _change(act, units, "quarantined", told)


@command.command("release")
@_changing
@_METHOD
@acting
def release(act: Act, *, units: Units, **told: str | None) -> None:
    """Record that quarantined units are stock again."""
    _change(act, units, "released", told)


@command.command("decommission")
@_changing
@_METHOD
@acting
def decommission(act: Act, *, units: Units, **told: str | None) -> None:
    """Record that units are out of use for good."""
    _change(act, units, "decommissioned", told)


@command.command("destroy")
@_changing
@click.option("--method", metavar="TEXT", required=True, help="How they were destroyed.")
@click.option("--owner", metavar="PARTY", help="Whose they were; by default as recorded.")
@acting
def destroy(act: Act, *, units: Units, **told: str | None) -> None:
    """Record that units were destroyed: nobody owns them any more."""
    _change(act, units, "destroyed", told)


@command.command("lost")
@_changing
@_METHOD
@acting
def lost(act: Act, *, units: Units, **told: str | None) -> None:
    """Record that units cannot be found."""
    _change(act, units, "lost", told)


@command.command("stolen")
@_changing
@_METHOD
@acting
def stolen(act: Act, *, units: Units, **told: str | None) -> None:
    """Record that units were stolen."""
    _change(act, units, "stolen", told)


@command.command("found")
@_changing
@_METHOD
@acting
def found(act: Act, *, units: Units, **told: str | None) -> None:
    """Record that lost or stolen units are back, and stock."""
    _change(act, units, "found", told)


def _change(act: Act, units: Units, to_state: ToState, told: dict[str, str | None]) -> None:
    serials, state = told.pop("serials"), told.pop("state")
    states = LEAVES[to_state] if state is None else (state,)
    documents: list[Document] = []
    if serials is not None:
        if units:
            raise click.UsageError("--serials excludes --racks, --batch and --line")
        names = [one.strip() for one in serials.split(",")]
        given = act.names.maybe("site", told.pop("site"))
        named = named_units(act, names, *states, holder=act.actor, site=given)
        units, site = Units(lines=named.lines), named.site
        documents.append(named.listed)
        change = act.identifier("change", told.pop("change"), units.stem)
    else:
        units = units.required().spelled(act.names)
        change = act.identifier("change", told.pop("change"), units.stem)
        site = act.site(units, told.pop("site"), holder=act.actor)
    lines = act.lines(units, *states, holder=act.actor, site=site)
    owner = act.names.maybe("party", told.pop("owner", None))
    if to_state == "destroyed":
        owner = owner or _owner(act, lines)
        if owner is None:
            act.names.doubt("their owner is not known, so none is named")
    data = UnitsStateChanged(
        holder=act.actor,
        change=change,
        site=site,
        lines=lines,
        to_state=to_state,
        owner=owner,
        **told,
    )
    total = sum(line.total for line in lines)
    act.tell(data, f"{total:,} GPUs at {site} are {to_state}", _then(to_state, data), documents)


def _then(to_state: ToState, data: UnitsStateChanged) -> str:
    """Return what one would do next."""
    if to_state in {"lost", "stolen"}:
        return f"chipledger where --site {data.site}; report it, and answer with `units found`"
    return f"chipledger where --site {data.site}"


def _owner(act: Act, lines: tuple[Line, ...]) -> str | None:
    """Return the one owner of all the units by the title book, None where it is not known.

    Raises:
        Unavailable: OWNER-UNCLEAR.
    """
    batches = json.dumps(sorted({line.batch for line in lines}))
    without = None if act.standing is None else act.standing.index
    rows = act.view.rows(_OWNED, {"batches": batches, "without": without})
    of_rack: Counter[tuple[str, str, str]] = Counter()
    of_batch: Counter[tuple[str, str]] = Counter()
    for row in rows:
        owner, batch, rack = (str(row[name] or "").lower() for name in ("owner", "batch", "rack"))
        of_rack[batch, rack, owner] += int(str(row["quantity"]))
        of_batch[batch, owner] += int(str(row["quantity"]))
    owners: set[str] = set()
    for line in lines:
        for rack in line.racks or ("",):
            key = line.batch.lower(), rack.lower()
            here = {one[2] for one, left in of_rack.items() if one[:2] == key and left > 0}
            if rack == "" or len(here) != 1:
                here = {one[1] for one, left in of_batch.items() if one[0] == key[0] and left > 0}
            owners |= here or {UNKNOWN}
    if len(owners) > 1:
        raise Unavailable(
            "OWNER-UNCLEAR",
            f"the units are owned by {' and '.join(sorted(owners))}, as recorded",
            where="--owner",
            hint="name whose they were with --owner PARTY, those of each owner by themselves;"
            " `chipledger query title` shows who owns",
        )
    owner = owners.pop()
    return None if owner == UNKNOWN else act.names.as_recorded("party", owner)
