"""`chipledger authorization`: licences, exceptions, permits that somebody rests on."""

from typing import Any

import click

from commands.act import Act, acting
from commands.classification import eccn_of
from commands.names import country as country_code
from commands.sealing import Term, sealable
from commands.units import parse_count
from ledger import canonical
from ledger.events.authorization import AuthorizationChanged, AuthorizationRecorded, AuthorizedItem
from ledger.events.base import check_identifier

_KINDS = ("licence", "exception", "nlr", "permit", "veu")
_ACTIVITIES = ("export", "reexport", "in_country_transfer", "transit")
_STATUSES = ("suspended", "revoked", "reinstated")
_DECLARED = """
    SELECT DISTINCT declarant FROM authorization
    WHERE authorization = ? AND declarant IS NOT NULL ORDER BY declarant"""
VALUE_LIMIT = Term(
    "value_limit_usd", "WHOLE-USD", "Limit of its value in US dollars.", openable=True
)


@click.group(name="authorization")
def command() -> None:
    """Record licences and exceptions, and how they change."""


@command.command("record")
@click.argument("authorization")
@click.option("--kind", type=click.Choice(_KINDS), required=True)
@click.option("--activity", type=click.Choice(_ACTIVITIES), required=True)
@click.option("--authority", required=True, help="Who gave it, or whose rule it is.")
@click.option("--destination", required=True, help="Country: Malaysia, MY.")
@click.option(
    "--item",
    "items",
    metavar="MODEL[:ECCN][=GPUS]",
    multiple=True,
    help="What it covers; the ECCN is the recorded one if left out.",
)
@click.option("--to", "consignees", metavar="PARTY", multiple=True, help="Who may receive.")
@click.option("--number", help="Number on the paper.")
@click.option("--end-use", help="End use that it names.")
@click.option("--from", "valid_from", metavar="DATE", help="First day.")
@click.option("--until", "valid_to", metavar="DATE", help="Last day.")
@click.option("--rules", "rule_pack", help="Name and date of the rules that it rests on.")
@acting
@sealable(VALUE_LIMIT)
def record(
    act: Act,
    *,
    authorization: str,
    destination: str,
    items: tuple[str, ...],
    consignees: tuple[str, ...],
    **facts: Any,
) -> None:
    """Record an authorization as its exporter claims it, or as its authority gave it."""
    data = AuthorizationRecorded(
        declarant=act.actor,
        authorization=check_identifier(authorization),
        items=canonical.ordered(*(_item(act, text) for text in items)),
        consignees=canonical.ordered(*act.names.all("party", consignees)),
        destination=country_code(destination),
        **facts,
    )
    told = f"{data.declarant or 'somebody'} records {authorization}: {data.kind} for"
    told += f" {data.activity.replace('_', ' ')} to {data.destination}, as it claims it"
    then = f"chipledger query authorization-timeline authorization={authorization}"
    act.tell(data, told, then)


@command.command("change")
@click.argument("authorization")
@click.option("--status", type=click.Choice(_STATUSES), help="New status.")
@click.option(
    "--item",
    "items",
    metavar="MODEL[:ECCN][=GPUS]",
    multiple=True,
    help="What it covers from now on, all of it.",
)
@click.option("--to", "consignees", metavar="PARTY", multiple=True, help="Who may receive, all.")
@click.option("--destination", help="New country: Malaysia, MY.")
@click.option("--end-use", help="New end use that it names.")
@click.option("--from", "valid_from", metavar="DATE", help="New first day.")
@click.option("--until", "valid_to", metavar="DATE", help="New last day.")
@click.option("--reason", required=True, help="Why, in a sentence.")
@acting
@sealable(VALUE_LIMIT)
def change(
    act: Act,
    *,
    authorization: str,
    items: tuple[str, ...],
    consignees: tuple[str, ...],
    destination: str | None,
    **facts: Any,
) -> None:
    """Record that an authorization is suspended, revoked, reinstated, or its terms altered.

    What is left out stays as it was.
    """
    said = any(value is not None for name, value in facts.items() if name != "reason")
    if not (said or items or consignees or destination or act.is_sealing):
        raise click.UsageError("nothing changes: give --status or a term")
    authorization = act.names.spelled("authorization", authorization)
    _check_declarant(act, authorization)
    data = AuthorizationChanged(
        declarant=act.actor,
        authorization=authorization,
        items=canonical.ordered(*(_item(act, text) for text in items)),
        consignees=canonical.ordered(*act.names.all("party", consignees)),
        destination=None if destination is None else country_code(destination),
        **facts,
    )
    told = f"{authorization}: {data.status or 'altered'}, {data.reason}"
    then = f"chipledger query authorization-timeline authorization={authorization}"
    act.tell(data, told, then)


def _check_declarant(act: Act, authorization: str) -> None:
    """Tell who recorded it where another party changes it on its own word."""
    rows = act.view.rows(_DECLARED, (authorization,))
    declarants = [str(row["declarant"]) for row in rows]
    actor = act.actor
    if actor and declarants and actor.lower() not in {one.lower() for one in declarants}:
        act.names.doubt(f"{authorization} was recorded by {', '.join(declarants)}, not by {actor}")


def _item(act: Act, text: str) -> AuthorizedItem:
    name, equals, count = text.partition("=")
    typed, _, eccn = name.partition(":")
    model = act.names.spelled("model", typed)
    quantity = parse_count(count) if equals else None
    return AuthorizedItem(model=model, eccn=eccn or eccn_of(act, model), quantity=quantity)
