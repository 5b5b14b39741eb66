"""`chipledger plan`: deployments that are said to come."""

from typing import Any, get_args

import click

from commands.act import Act, acting
from commands.lines import expand
from commands.names import country as country_code
from commands.units import parse_count
from ledger import canonical
from ledger.errors import Malformed
from ledger.events.base import Amount, Qualifier, check_identifier
from ledger.events.plan import DeploymentChanged, DeploymentFulfilled, DeploymentPlanned

_STAGES = ("considered", "planned", "contracted")
_PARTIES = ("owner", "operator", "supplier", "for_party")


@click.group(name="plan")
def command() -> None:
    """Record deployment plans, how they change, and what fulfils them."""


@command.command("add")
@click.argument("plan")
@click.option("--stage", type=click.Choice(_STAGES), required=True)
@click.option("--model", required=True, help="Chip model.")
@click.option("--quantity", metavar="[QUALIFIER:]GPUS", required=True,
              help="36000, about:36000, at_least:…, more_than:7000 or unknown.")  # fmt: skip
@click.option("--racks", metavar="[QUALIFIER:]COUNT", help="Racks, likewise.")
@click.option("--country", help="Name or code: Malaysia, MY.")
@click.option("--site", help="Where, if known.")
@click.option("--cluster", help="Name of the cluster.")
@click.option("--owner", metavar="PARTY", help="Who is to own.")
@click.option("--operator", metavar="PARTY", help="Who is to operate.")
@click.option("--supplier", metavar="PARTY", help="Who is to supply.")
@click.option("--for", "for_party", metavar="PARTY", help="Who is to use it.")
@click.option("--purpose", help="What for.")
@click.option("--from", "window_from", metavar="DATE", help="Earliest date.")
@click.option("--until", "window_to", metavar="DATE", help="Latest date.")
@acting
def add(
    act: Act,
    *,
    plan: str,
    model: str,
    quantity: str,
    racks: str | None,
    country: str | None,
    site: str | None,
    **facts: Any,
) -> None:
    """Record that a deployment is considered, planned or contracted. It moves no units."""
    for name in _PARTIES:
        facts[name] = act.names.maybe("party", facts[name])
    data = DeploymentPlanned(
        planner=act.actor,
        plan=check_identifier(plan),
        country=None if country is None else country_code(country),
        site=act.names.maybe("site", site),
        model=act.names.spelled("model", model),
        quantity=parse_amount(quantity),
        racks=None if racks is None else parse_amount(racks),
        **facts,
    )
    place = data.site or data.country or "no place named"
    told = f"{plan}: {quantity} {data.model}, {data.stage}, {place}"
    act.tell(data, told, f"chipledger query plans plan={plan}")


@command.command("change")
@click.argument("plan")
@click.option("--stage", type=click.Choice(_STAGES), help="How firm it is from now on.")
@click.option("--cancel", "cancelled", is_flag=True, help="It is given up.")
@click.option("--quantity", metavar="[QUALIFIER:]GPUS", help="GPUs, as in `plan add`.")
@click.option("--racks", metavar="[QUALIFIER:]COUNT", help="Racks, likewise.")
@click.option("--country", help="Name or code: Malaysia, MY.")
@click.option("--site", help="Where.")
@click.option("--cluster", help="Name of the cluster.")
@click.option("--owner", metavar="PARTY", help="Who is to own.")
@click.option("--operator", metavar="PARTY", help="Who is to operate.")
@click.option("--supplier", metavar="PARTY", help="Who is to supply.")
@click.option("--for", "for_party", metavar="PARTY", help="Who is to use it.")
@click.option("--purpose", help="What for.")
@click.option("--from", "window_from", metavar="DATE", help="Earliest date.")
@click.option("--until", "window_to", metavar="DATE", help="Latest date.")
@click.option("--reason", help="Why, in a sentence.")
@acting
def change(
    act: Act,
    *,
    plan: str,
    cancelled: bool,
    reason: str | None,
    quantity: str | None,
    racks: str | None,
    country: str | None,
    site: str | None,
    **facts: Any,
) -> None:
    """Record that a plan becomes firmer or vaguer, changes, or is cancelled.

    What is left out stays as it was.
    """
    facts |= {"quantity": quantity, "racks": racks, "country": country, "site": site}
    changes = {name: value for name, value in facts.items() if value is not None}
    if not changes and not cancelled:
        raise click.UsageError("nothing changes: give a stage, a figure, a place … or --cancel")
    if cancelled and changes:
        raise click.UsageError("--cancel gives the plan up: nothing else goes with it")
    told = [f"{name.replace('_', ' ')} {value}" for name, value in changes.items()]
    for name in _PARTIES:
        facts[name] = act.names.maybe("party", facts[name])
    for name in ("quantity", "racks"):
        facts[name] = None if facts[name] is None else parse_amount(facts[name])
    facts["country"] = None if country is None else country_code(country)
    facts["site"] = act.names.maybe("site", site)
    plan = act.names.spelled("plan", plan)
    _check_planner(act, plan)
    data = DeploymentChanged(
        planner=act.actor, plan=plan, cancelled=cancelled, reason=reason, **facts
    )
    words = "it is cancelled" if cancelled else "; ".join(told)
    act.tell(data, f"{plan}: {words}", f"chipledger query plans plan={plan}")


def _check_planner(act: Act, plan: str) -> None:
    """Tell whose plan it is where somebody else speaks of it: `query plans` takes its word."""
    rows = act.view.rows("SELECT DISTINCT asserted_by FROM event WHERE opened = ?",
                         (f"plan/{plan}".lower(),))  # fmt: skip
    planners = [str(row["asserted_by"]) for row in rows]
    if planners and act.speaker.lower() not in {one.lower() for one in planners}:
        act.names.doubt(f"{plan} is told by {', '.join(planners)}, not by {act.speaker}")


@command.command("fulfil")
@click.argument("plan")
@click.option("--racks", metavar="RANGE", required=True, help="R0001..R0020,R0031.")
@acting
def fulfil(act: Act, *, plan: str, racks: str) -> None:
    """Record that racks which exist fulfil a plan, in whole or in part."""
    named = act.names.all("rack", expand(racks))
    data = DeploymentFulfilled(
        operator=act.actor,
        plan=act.names.spelled("plan", plan),
        racks=canonical.ordered(*named),
    )
    told = f"{data.plan}: fulfilled by {len(named):,} racks, which stay counted where they are"
    act.tell(data, told, f"chipledger query plans plan={data.plan}")


def parse_amount(text: str) -> Amount:
    """Return the quantity that `36000`, `about:36000` or `unknown` stands for.

    Raises:
        Malformed: AMOUNT.
    """
    qualifier, colon, count = text.rpartition(":")
    if text == "unknown":
        return Amount(qualifier="unknown")
    known = set(get_args(Qualifier)) - {"unknown"}
    try:
        if (colon and qualifier in known) or not colon:
            value = parse_count(count)
            return Amount(qualifier=qualifier or "exact", value=value)  # type: ignore[arg-type]  # as checked
    except Malformed:
        pass
    raise Malformed(
        "AMOUNT",
        f"{text[:60]!r} is no quantity",
        hint="write 36000, about:36000, at_least:500, more_than:7000 or unknown",
    )
