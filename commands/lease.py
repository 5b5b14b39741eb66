"""`chipledger lease`: who uses running capacity."""

from typing import Any

import click

from commands.act import Act, acting
from commands.lease_changes import SERVICES, TERMS, change, resume, suspend
from commands.leased import Leased
from commands.names import countries as country_codes
from commands.names import country as country_code
from commands.sealing import sealable
from commands.units import QUANTITY_MAX, Units, units_options
from ledger import canonical
from ledger.events.lease import LeaseEnded, LeaseStarted, Pool, UsageReported


@click.group(name="lease")
def command() -> None:
    """Start, change and end leases; report usage."""


for _verb in (change, suspend, resume):
    command.add_command(_verb)


@command.command("start")
@click.argument("lease")
@click.option("--to", "lessee", metavar="PARTY", required=True, help="Who uses it.")
@units_options
@click.option("--model", help="A pool of this chip model at the site, instead of racks.")
@click.option(
    "--pool", "pooled", type=click.IntRange(1, QUANTITY_MAX), help="GPUs of the pool, if known."
)
@click.option("--site", help="Where; by default where the racks are recorded.")
@click.option("--parent", "parent_lease", metavar="LEASE", help="The lease that it sublets from.")
@click.option("--service", type=click.Choice(SERVICES))
@click.option("--country", help="Where no site is known: Malaysia, MY.")
@click.option("--physical-access/--no-physical-access", default=None, help="May the lessee enter?")
@click.option("--purchase-option/--no-purchase-option", default=None, help="May it buy?")
@click.option("--purpose", help="What it is used for.")
@click.option("--agreed-on", metavar="DATE", help="Day of the agreement.")
@click.option("--until", metavar="DATE", help="Agreed end; it ends nothing by itself.")
@acting
@sealable(*TERMS)
def start(
    act: Act,
    *,
    lease: str,
    lessee: str,
    units: Units,
    model: str | None,
    pooled: int | None,
    site: str | None,
    parent_lease: str | None,
    country: str | None,
    **facts: Any,
) -> None:
    """Record that use begins, of racks or of a pool; --on is when it begins."""
    if bool(units) == (model is not None):
        raise click.UsageError("give racks, or --model for a pool")
    if pooled is not None and model is None:
        raise click.UsageError("--pool needs --model")
    lease = act.identifier("lease", lease, lease)
    units, pool = units.spelled(act.names), None
    if model is None:
        site = act.site(units, site, state="operational")
        lines = act.lines(units, "operational", site=site)
    else:
        at, chip = act.names.maybe("site", site), act.names.spelled("model", model)
        site, lines, pool = None, (), Pool(site=at, model=chip, quantity=pooled)
    data = LeaseStarted(
        lessor=act.actor,
        lease=lease,
        parent_lease=act.names.maybe("lease", parent_lease),
        lessee=act.names.spelled("party", lessee),
        site=site,
        lines=lines,
        pool=pool,
        country=None if country is None else country_code(country),
        **facts,
    )
    if data.parent_lease is not None:
        _check_sublease(act, data)
    total = pooled if pool else sum(line.total for line in lines)
    told = "an unknown number of GPUs" if total is None else f"{total:,} GPUs"
    then = f"chipledger lease usage {lease} --period 2026-08 --gpu-hours N"
    act.tell(data, f"{lease}: {data.lessee} uses {told} from now on", then)


def _check_sublease(act: Act, data: LeaseStarted) -> None:
    """Tell where the records have it that the lessor cannot sublet so; the books take its word."""
    parent = data.parent_lease
    if parent is None or not act.names.knows("lease", parent):
        return
    leased = Leased(act, parent)
    lessee = leased.begun.lessee
    if data.lessor is not None and data.lessor.lower() != lessee.lower():
        act.names.doubt(
            f"{parent} is leased to {lessee}, and this says that {data.lessor} sublets from it"
        )
    if leased.suspended is not None:
        act.names.doubt(f"{parent} is suspended since entry {leased.suspended}")
    if parent.lower() == data.lease.lower():
        act.names.doubt(f"{parent} cannot be a part of itself")


@command.command("end")
@click.argument("lease")
@click.option("--reason", required=True, help="Why, in a sentence.")
@acting
def end(act: Act, *, lease: str, reason: str) -> None:
    """Record that use ends; what is used under the lease now goes back."""
    lease = act.identifier("lease_end", act.names.spelled("lease", lease), lease)
    leased = Leased(act, lease)
    begun, left = leased.begun, leased.now()
    if not left and leased.suspended is None:
        act.names.doubt(f"nothing is recorded in use under {lease}, so nothing goes back")
    leased.tell_sublet()
    data = LeaseEnded(
        reporter=act.actor,
        lease=begun.lease,
        parent_lease=begun.parent_lease,
        lessee=begun.lessee,
        lessor=leased.lessor,
        site=left.site,
        lines=left.lines,
        pool=left.pool,
        service=leased.service,
        reason=reason,
    )
    told = f"{lease}: {begun.lessee} uses it no longer; {left.words} go back"
    act.tell(data, told, "chipledger query use")


@command.command("usage")
@click.argument("lease")
@click.option("--period", metavar="DATE", required=True, help="Month or day: 2026-08.")
@click.option("--gpu-hours", help="GPU-hours used.")
@click.option("--energy-mwh", help="Energy, MWh.")
@click.option("--country", "countries", multiple=True, help="Country of access; repeatable.")
@acting
def usage(act: Act, *, lease: str, countries: tuple[str, ...], **facts: Any) -> None:
    """Record what was used in a period, and from where."""
    data = UsageReported(
        reporter=act.actor,
        lease=act.names.spelled("lease", lease),
        countries=canonical.ordered(*country_codes(countries)),
        **facts,
    )
    act.tell(
        data,
        f"{data.lease}: used in {data.period}",
        f"chipledger query lease-book lease={data.lease}",
    )
