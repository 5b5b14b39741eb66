"""`chipledger site`: places where hardware is, and what power they have."""

import click

from commands.act import Act, acting
from commands.names import country as country_code
from ledger.events.base import check_identifier
from ledger.events.site import SiteCapacityAttested, SiteRegistered

KINDS = ("factory", "warehouse", "port", "data_center")


@click.group(name="site")
def command() -> None:
    """Register sites and attest their power."""


@command.command("add")
@click.argument("site")
@click.option("--name", required=True, help="Name for people.")
@click.option("--country", required=True, help="Name or code: Malaysia, MY.")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option("--operator", metavar="PARTY", help="Who runs it.")
@click.option("--locode", help="UN/LOCODE, such as MYJHB.")
@click.option("--address", help="Postal address.")
@click.option("--latitude", help="Degrees north, WGS 84.")
@click.option("--longitude", help="Degrees east.")
@acting
def add(
    act: Act, site: str, country: str, kind: str, operator: str | None, **facts: str | None
) -> None:
    """Register a site; again by the same party: an update."""
    data = SiteRegistered(
        registrant=act.actor,
        site=check_identifier(site),
        country=country_code(country),
        kind=kind,  # type: ignore[arg-type]  # click checked it
        operator=act.names.maybe("party", operator),
        **facts,  # type: ignore[arg-type]  # checked when drafted
    )
    summary = f"{site}: {data.name}, {kind.replace('_', ' ')} in {data.country}"
    act.tell(data, summary, f"chipledger site attest {site} --megawatts MW")


@command.command("attest")
@click.argument("site")
@click.option("--megawatts", "it_megawatts", required=True, help="Power for IT equipment, MW.")
@click.option("--metered-mwh", help="Energy metered in the period, MWh.")
@click.option("--period", metavar="DATE", help="Month or year of the metering.")
@acting
def attest(act: Act, site: str, it_megawatts: str, **facts: str | None) -> None:
    """Record what power a site's operator says that it has."""
    data = SiteCapacityAttested(
        operator=act.actor,
        site=act.names.spelled("site", site),
        it_megawatts=it_megawatts,
        **facts,
    )
    act.tell(data, f"{data.site}: {it_megawatts} MW for IT", f"chipledger where --site {data.site}")
