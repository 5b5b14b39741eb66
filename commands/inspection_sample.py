"""Samples of `chipledger inspection`: how large, committed to outside, planned, drawn."""

import secrets
from pathlib import Path

import click

from commands.act import Act, asserting
from commands.attachments import write_new
from commands.context import Desk, pass_desk
from commands.from_evidence import from_evidence
from commands.names import Names, tell_unregistered
from commands.output import Format, formats, print_rows
from commands.sample_plans import (
    design_of,
    foreign,
    frame,
    read_design,
    read_plan,
    revealed,
    write_plan,
)
from commands.sample_proof import proof
from commands.units import QUANTITY_MAX
from ledger import canonical, sampling
from ledger.errors import Conflict
from ledger.events.assurance import SamplePlan, SamplePlanCommitted
from ledger.events.base import check_identifier
from ledger.sampling import SampleDesign

POPULATION_MAX = 10_000_000
PLAN_FILE = click.option(
    "--plan", "path", type=click.Path(path_type=Path), help="File of the sample plan; a secret."
)
DESIGN_FILE = click.option(
    "--design", type=click.Path(path_type=Path), help="File of the sample's design; a secret."
)
_SURE = click.option(
    "--confidence", metavar="PERCENT", default="95", show_default=True,
    help="How sure one of the missing is to be drawn.",
)  # fmt: skip
_MISSING = click.option(
    "--missing", metavar="NUMBER|SHARE", default="5%", show_default=True,
    help="How many missing units are to be noticed.",
)  # fmt: skip


@click.command("size")
@click.option("--population", type=click.IntRange(1, POPULATION_MAX), help="How many there are.")
@click.option("--site", help="Instead: what is recorded in racks at this site now.")
@_MISSING
@_SURE
@click.option(
    "--all-found",
    type=click.IntRange(0),
    help="So many were drawn and all found: how many may be missing all the same?",
)
@formats
@pass_desk
def size(
    desk: Desk,
    *,
    population: int | None,
    site: str | None,
    missing: str,
    confidence: str,
    all_found: int | None,
    form: Format,
) -> None:
    """Say how many units to draw so that one of the missing is among them.

    By the hypergeometric distribution, in whole numbers: no unit is drawn twice.
    """
    if (population is None) == (site is None):
        raise click.UsageError("give --population NUMBER, or --site SITE")
    if population is None:
        spelled = Names(desk.view()).spelled("site", site or "")
        population = len(frame(desk, spelled, desk.log().size))
    sure = sampling.percent(confidence)
    units = sampling.missing_of(missing, population)
    row: dict[str, object] = {
        "population": population,
        "missing": units,
        "confidence": f"{confidence} %",
        "draw": sampling.sample_size(population, units, sure),
    }
    if all_found is not None:
        if all_found > population:
            raise click.UsageError("--all-found is more than there are")
        row["may be missing"] = sampling.missing_at_most(population, all_found, sure)
    print_rows(
        [row],
        list(row),
        form,
        title="",
        schema="chipledger.sample-size/1",
        demonstration=False,
        notes=["a sample shows what is missing by chance alone: draw it as nobody can choose"],
    )


@click.command("sample")
@click.argument("sample")
@click.option("--site", required=True, help="Where the sample will be drawn.")
@_MISSING
@_SURE
@click.option(
    "--racks",
    type=click.Choice(["spread", "whole"]),
    help="Spread the sample over the racks evenly, or draw whole racks.",
)
@click.option(
    "--commit",
    "commitment",
    type=click.Path(path_type=Path),
    required=True,
    help="New file for the commitment, which others can date.",
)
@DESIGN_FILE
@pass_desk
@from_evidence
def take(
    desk: Desk, /, *, sample: str, site: str, commitment: Path, design: Path | None, **decided: str
) -> None:
    """Decide on a sample before anybody knows what there will be, and commit to it outside.

    The design stays secret, in its own file. The commitment tells nothing of it: have it dated by
    a time-stamp authority, mail it, or have it printed. Nothing is recorded.
    """
    made = SampleDesign(
        origin=desk.log().origin,
        sample=check_identifier(sample),
        site=Names(desk.view()).spelled("site", site),
        secret=secrets.token_hex(32),
        **decided,  # type: ignore[arg-type]  # missing, confidence, racks: checked below
    )
    made.count(POPULATION_MAX)
    tell_unregistered(desk.view(), made.site)
    where = design or Path(f"{made.sample}.design.json")
    write_new(where, canonical.encode(made))
    write_new(commitment, made.commitment)
    click.echo(f"the design stays in {where}: whoever reads it knows the draw")
    click.echo(f"the commitment in {commitment}: {made.commitment.decode().splitlines()[-1]}")
    click.echo(f"  openssl ts -query -data {commitment} -sha256 -cert -out {commitment}.tsq")
    click.echo(f"next, once it is dated: chipledger inspection commit {sample} --design {where}")


@click.command("commit")
@click.argument("sample")
@click.option("--site", help="Where the sample will be drawn.")
@click.option("--count", type=click.IntRange(1, QUANTITY_MAX), help="How many.")
@PLAN_FILE
@DESIGN_FILE
@click.option("--undisclosed", is_flag=True, help="Do not name the site in the ledger yet.")
@asserting
def commit(
    act: Act,
    *,
    sample: str,
    site: str | None,
    count: int | None,
    path: Path | None,
    design: Path | None,
    undisclosed: bool,
) -> None:
    """Fix the population by the checkpoint of now, keep the plan in a file, record its digest.

    Site, count and seed come from the design; without one, a seed is drawn now.
    """
    where = path or Path(f"{check_identifier(sample)}.plan.json")
    repeated = where.exists()
    plan = _read_or_make(act, where, design, sample, (site, count))
    if not repeated and not act.given.dry_run:
        write_plan(where, plan)
    data = SamplePlanCommitted(
        sample=check_identifier(sample),
        plan_sha256=sampling.plan_digest(plan),
        site=None if undisclosed else plan.site,
        made=act.given.on or act.today(),
    )
    told = f"{sample}: a sample of {plan.count:,} is committed to; the plan stays in {where}"
    act.tell(data, told, f"chipledger inspection draw --plan {where}")


def _read_or_make(
    act: Act, where: Path, design: Path | None, sample: str, given: tuple[str | None, int | None]
) -> SamplePlan:
    """Return the plan of the file, or a new one from the design, or from site and count.

    Raises:
        Conflict: PLAN-EXISTS, PLAN-DESIGN.
        Malformed: as `SampleDesign.count`.
    """
    site, count = given
    decided = None if design is None else read_design(design)
    if decided is None:
        if site is None or count is None:
            raise click.UsageError("give --design FILE, or --site and --count")
        seed = secrets.token_hex(32)
    else:
        if site is not None or count is not None:
            raise click.UsageError("site and count follow from the design")
        if (decided.origin, decided.sample) != (act.desk.log().origin, sample):
            raise _other_design(f"the design is of {decided.sample} in {decided.origin}", design)
        seed, site = decided.seed, decided.site
    if where.exists():
        plan = read_plan(where)
        same = plan.seed == seed if decided is not None else plan.count == count
        if plan.site.lower() != site.lower() or not same:
            raise Conflict(
                "PLAN-EXISTS",
                "there is another plan in this file",
                where=str(where),
                hint="name another file with --plan",
            )
        return plan
    seen = act.desk.reader().seen()
    if decided is not None:
        found = frame(act.desk, site, seen.size)
        population = set(found.values()) if decided.racks == "whole" else found
        count = decided.count(len(population))
    return SamplePlan(
        seed=seed,
        size=seen.size,
        root=seen.root,
        site=act.names.spelled("site", site),
        count=count or 0,
    )


@click.command("draw")
@PLAN_FILE
@click.option("--inspection", help="The plan that this inspection revealed, instead of a file.")
@DESIGN_FILE
@click.option(
    "--time-stamp",
    "stamp",
    type=click.Path(path_type=Path),
    help="Of the commitment: a .tsr file, to show that it is older than the root.",
)
@formats
@pass_desk
@from_evidence
def draw(
    desk: Desk,
    *,
    path: Path | None,
    inspection: str | None,
    design: Path | None,
    stamp: Path | None,
    form: Format,
) -> None:
    """List what a plan draws: serial numbers at the site, and racks of which none is recorded.

    Whoever has the ledger draws the same again, once the plan is revealed. With a design it is
    shown that the plan follows from it, and when the commitment was dated.
    """
    if (path is None) == (inspection is None):
        raise click.UsageError("name the plan: --plan FILE, or --inspection ID")
    plan = revealed(desk, inspection or "") if path is None else read_plan(path)
    problem = foreign(desk, plan)
    if problem is not None:
        raise Conflict(
            "PLAN-ROOT",
            problem,
            where=str(path or inspection),
            hint="draw it in the ledger for which it was made",
        )
    decided = design_of(desk, plan) if design is None else read_design(design)
    if decided is not None and decided.seed != plan.seed:
        raise _other_design("the plan's seed is not that of the design", design)
    if stamp is not None and decided is None:
        raise click.UsageError("--time-stamp is of a design: name it with --design")
    found = frame(desk, plan.site, plan.size)
    racks = None if decided is None else decided.racks
    names = sampling.draw(plan, found, racks, rack_of=found)
    serials = racks != "whole" and all(name != rack for name, rack in found.items())
    of = len(set(found.values())) if racks == "whole" else len(found)
    shown = () if decided is None else tuple(proof(desk, plan, decided, of, stamp))
    print_rows(
        sorted((found.get(name, name), name) for name in names),
        ("rack", "serial" if serials else "drawn"),
        form,
        title=f"{plan.count:,} of {of:,} at {plan.site}, as recorded in {plan.size:,} entries",
        schema="chipledger.sample/1",
        demonstration=desk.demonstration,
        notes=shown,
    )
    if not form.for_people:
        for line in shown:
            click.echo(line, err=True)


def _other_design(said: str, path: Path | None) -> Conflict:
    return Conflict(
        "PLAN-DESIGN",
        said,
        where=str(path),
        hint="name the design that the sample was taken with",
    )
