"""`chipledger certification`: a maker's programme for its partners, such as tier-1."""

from typing import Any

import click

from commands.act import Act, acting
from commands.names import countries as country_codes
from ledger import canonical
from ledger.events.base import check_identifier
from ledger.events.certification import CertificationChanged, CertificationGranted, Scope

_STATUSES = ("suspended", "reinstated", "revoked")


def _scope_options(function: Any) -> Any:
    for option in (
        click.option("--site", "sites", multiple=True, help="Covers this site; repeatable."),
        click.option("--country", "countries", multiple=True, help="Covers it; repeatable."),
        click.option("--model", "models", multiple=True, help="Covers this model; repeatable."),
    ):
        function = option(function)
    return function


@click.group(name="certification")
def command() -> None:
    """Grant and change certifications."""


@command.command("grant")
@click.argument("certification")
@click.option("--to", "party", metavar="PARTY", required=True, help="Who is certified.")
@click.option("--scheme", required=True, help="Name of the programme.")
@click.option("--level", required=True, help="Such as tier-1.")
@_scope_options
@click.option("--check", "checks", multiple=True, help="Name of a check passed; repeatable.")
@click.option("--from", "valid_from", metavar="DATE", help="First day.")
@click.option("--until", "valid_to", metavar="DATE", help="Last day.")
@acting
def grant(
    act: Act,
    *,
    certification: str,
    party: str,
    models: tuple[str, ...],
    countries: tuple[str, ...],
    sites: tuple[str, ...],
    checks: tuple[str, ...],
    **facts: Any,
) -> None:
    """Record that a certifier grants a level of a programme to a party."""
    data = CertificationGranted(
        certifier=act.actor,
        certification=check_identifier(certification),
        party=act.names.spelled("party", party),
        scope=_scope(act, models, countries, sites),
        checks=canonical.ordered(*checks),
        **facts,
    )
    told = f"{data.certifier or 'somebody'} certifies {data.party}: {data.scheme}, {data.level}"
    act.tell(data, told, f"chipledger query certification-timeline party={data.party}")


@command.command("change")
@click.argument("certification")
@click.option("--status", type=click.Choice(_STATUSES), help="New status.")
@_scope_options
@click.option("--until", "valid_to", metavar="DATE", help="New last day.")
@click.option("--reason", required=True, help="Why, in a sentence.")
@acting
def change(
    act: Act,
    *,
    certification: str,
    status: str | None,
    models: tuple[str, ...],
    countries: tuple[str, ...],
    sites: tuple[str, ...],
    valid_to: str | None,
    reason: str,
) -> None:
    """Record that a certification is suspended, reinstated, revoked or altered."""
    rescoped = bool(models or countries or sites)
    if status is None and valid_to is None and not rescoped:
        raise click.UsageError("nothing changes: give --status, --until or a scope")
    certification = act.names.spelled("certification", certification)
    data = CertificationChanged(
        certifier=act.actor,
        certification=certification,
        party=act.recorded("certification", certification, CertificationGranted).party,
        status=status,  # type: ignore[arg-type]  # click checked it
        scope=_scope(act, models, countries, sites) if rescoped else None,
        valid_to=valid_to,
        reason=reason,
    )
    told = f"{certification} of {data.party}: {status or 'altered'}, {reason}"
    act.tell(data, told, f"chipledger query certification-timeline party={data.party}")


def _scope(
    act: Act, models: tuple[str, ...], countries: tuple[str, ...], sites: tuple[str, ...]
) -> Scope:
    return Scope(
        models=canonical.ordered(*act.names.all("model", models)),
        countries=canonical.ordered(*country_codes(countries)),
        sites=canonical.ordered(*act.names.all("site", sites)),
    )
