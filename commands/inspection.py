"""`chipledger inspection`: sample plans committed to beforehand, and what was found."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from commands import files
from commands.act import Act, asserting
from commands.attachments import read_capped
from commands.context import Desk, pass_desk
from commands.output import Format, formats, print_rows
from commands.units import QUANTITY_MAX
from ledger import canonical, sampling
from ledger.errors import Conflict, Unavailable
from ledger.events.assurance import (
    InspectionAnnounced,
    InspectionPerformed,
    SamplePlan,
    SamplePlanCommitted,
)
from ledger.events.base import check_identifier
from ledger.events.site import SiteRegistered

PLAN_BYTES_MAX = 4096
STRENGTHS = 5
_PLAN_FILE = click.option(
    "--plan", "path", type=click.Path(path_type=Path), help="File of the sample plan; a secret."
)
_COMMITTED = """
    SELECT sample_plan.plan_sha256, event.asserted_by
    FROM sample_plan JOIN event ON event.idx = sample_plan.event_idx
    JOIN counting ON counting.event_idx = event.idx AND counting.to_idx IS NULL
    WHERE sample_plan.sample = ? ORDER BY event.idx"""
_INSPECTED = "SELECT idx FROM event WHERE opened = ? ORDER BY idx DESC"
_FRAME = """
    WITH here AS (
      SELECT rack FROM posting
      WHERE book = 'possession' AND site = :site AND rack IS NOT NULL AND idx < :size
      GROUP BY rack HAVING sum(quantity) > 0
    ), newest AS (
      SELECT serial, rack, max(valid_at || printf('%012d', event_idx))
      FROM unit JOIN counting USING (event_idx)
      WHERE from_idx < :size AND (to_idx IS NULL OR to_idx >= :size)
      GROUP BY serial
    )
    SELECT here.rack, newest.serial FROM here LEFT JOIN newest USING (rack)"""


@click.group(name="inspection")
def command() -> None:
    """Announce inspections, commit to samples, record what was found."""


@command.command("announce")
@click.option("--site", required=True, help="Where.")
@click.option("--host", metavar="PARTY", help="Whose site it is; by default its operator.")
@click.option("--from", "starts", metavar="DATE", required=True, help="Earliest day.")
@click.option("--until", "ends", metavar="DATE", help="Latest day.")
@click.option("--method", required=True, help="How, for people.")
@asserting
def announce(act: Act, *, site: str, host: str | None, **facts: Any) -> None:
    """Record that a site was told of an inspection to come.

    What is recorded afterwards, of what was before, deserves a second look.
    """
    site = act.names.spelled("site", site)
    data = InspectionAnnounced(
        site=site,
        host=act.names.maybe("party", host) or _operator(act, site),
        **facts,
    )
    window = data.starts if data.ends is None else f"between {data.starts} and {data.ends}"
    told = f"{site} is told of an inspection, {window}: {data.method}"
    act.tell(data, told, f"chipledger query announcements site={site}")


def _operator(act: Act, site: str) -> str | None:
    """Return who operates a site, as it is registered."""
    if not act.names.knows("site", site):
        return None
    return act.recorded("site", site, SiteRegistered).operator


@command.command("commit")
@click.argument("sample")
@click.option("--site", required=True, help="Where the sample will be drawn.")
@click.option("--count", type=click.IntRange(1, QUANTITY_MAX), required=True, help="How many.")
@_PLAN_FILE
@click.option("--undisclosed", is_flag=True, help="Do not name the site in the ledger yet.")
@asserting
def commit(
    act: Act, *, sample: str, site: str, count: int, path: Path | None, undisclosed: bool
) -> None:
    """Draw a seed, keep the plan in a file, and record only its digest."""
    reader = act.desk.reader()
    seen = reader.seen()
    where = path or Path(f"{check_identifier(sample)}.plan.json")
    repeated = where.exists()
    plan = _read_plan(where) if repeated else SamplePlan(
        seed=secrets.token_hex(32),
        size=seen.size,
        root=seen.root,
        site=act.names.spelled("site", site),
        count=count,
    )  # fmt: skip
    if (plan.site.lower(), plan.count) != (site.lower(), count):
        raise Conflict(
            "PLAN-EXISTS",
            "there is another plan in this file",
            where=str(where),
            hint="name another file with --plan",
        )
    if not repeated and not act.given.dry_run:
        _write_plan(where, plan)
    data = SamplePlanCommitted(
        sample=check_identifier(sample),
        plan_sha256=sampling.plan_digest(plan),
        site=None if undisclosed else plan.site,
        made=act.given.on or act.today(),
    )
    told = f"{sample}: a sample of {plan.count:,} is committed to; the plan stays in {where}"
    act.tell(data, told, f"chipledger inspection draw --plan {where}")


@command.command("draw")
@_PLAN_FILE
@click.option("--inspection", help="The plan that this inspection revealed, instead of a file.")
@formats
@pass_desk
def draw(desk: Desk, *, path: Path | None, inspection: str | None, form: Format) -> None:
    """List what a plan draws: serial numbers at the site, and racks of which none is recorded.

    Whoever has the ledger draws the same again, once the plan is revealed.
    """
    if (path is None) == (inspection is None):
        raise click.UsageError("name the plan: --plan FILE, or --inspection ID")
    plan = _revealed(desk, inspection or "") if path is None else _read_plan(path)
    problem = _foreign(desk, plan)
    if problem is not None:
        raise Conflict(
            "PLAN-ROOT",
            problem,
            where=str(path or inspection),
            hint="draw it in the ledger for which it was made",
        )
    bound = {"site": plan.site, "size": plan.size}
    found = list(desk.view().rows(_FRAME, bound))
    frame = {str(row["serial"] or row["rack"]): str(row["rack"]) for row in found}
    serials = all(row["serial"] is not None for row in found)
    rows = [(frame[name], name) for name in sampling.draw(plan, frame)]
    print_rows(
        sorted(rows),
        ("rack", "serial" if serials else "drawn"),
        form,
        title=f"{plan.count:,} of {len(frame):,} at {plan.site}, as recorded in {plan.size:,}"
        " entries",
        schema="chipledger.sample/1",
        demonstration=desk.demonstration,
    )


@command.command("perform")
@click.argument("inspection")
@click.option("--site", required=True, help="Where.")
@click.option("--method", required=True, help="How, for people.")
@click.option("--strength", type=click.IntRange(0, STRENGTHS), required=True,
              help="0 self-declaration … 4 device attestation, 5 with proof of place.")  # fmt: skip
@click.option("--counted", type=click.IntRange(0), required=True, help="Units looked at.")
@click.option("--found", type=click.IntRange(0), required=True, help="Units found as recorded.")
@click.option("--host", metavar="PARTY", help="Whose site it is.")
@click.option("--sample", help="The sample plan committed to.")
@_PLAN_FILE
@click.option("--exception", "exceptions", multiple=True, help="What was not as recorded.")
@click.option("--present", multiple=True, help="Post or organisation; no person's name.")
@click.option("--limits", help="What could not be looked at.")
@asserting
def perform(
    act: Act,
    *,
    inspection: str,
    site: str,
    host: str | None,
    path: Path | None,
    exceptions: tuple[str, ...],
    present: tuple[str, ...],
    **facts: Any,
) -> None:
    """Record what an auditor or authority looked at, and found; reveals the plan."""
    plan = None if path is None else _read_plan(path)
    for doubt in _plan_doubts(act, plan, facts["sample"], site):
        act.names.doubt(doubt)
    data = InspectionPerformed(
        inspection=check_identifier(inspection),
        site=act.names.spelled("site", site),
        host=act.names.maybe("party", host),
        plan=plan,
        exceptions=canonical.ordered(*exceptions),
        present=canonical.ordered(*present),
        **facts,
    )
    told = f"{inspection} at {data.site}: {data.found:,} of {data.counted:,} found as recorded"
    act.tell(data, told, f"chipledger query inspections site={data.site}")


def _plan_doubts(act: Act, plan: SamplePlan | None, sample: str | None, site: str) -> Iterator[str]:
    """Yield what is odd about a plan that is revealed, or is not."""
    if sample is None:
        if plan is not None:
            yield "the plan is revealed, but --sample does not say which commitment it is of"
        return
    committed = list(act.view.rows(_COMMITTED, (sample,)))
    if not committed:
        yield f"no commitment to {sample} is recorded, so nobody can tell when it was made"
    if plan is None:
        yield f"the plan of {sample} is not revealed: --plan FILE reveals it"
        return
    if committed and sampling.plan_digest(plan) not in {one["plan_sha256"] for one in committed}:
        yield f"this is not the plan that was committed to as {sample}"
    if committed and act.speaker.lower() not in {
        str(one["asserted_by"]).lower() for one in committed
    }:
        yield f"{sample} was committed to by {committed[0]['asserted_by']}, not by {act.speaker}"
    if plan.site.lower() != site.lower():
        yield f"the plan is of {plan.site}, not of {site}"
    problem = _foreign(act.desk, plan)
    if problem is not None:
        yield problem


def _foreign(desk: Desk, plan: SamplePlan) -> str | None:
    """Return why a plan is not of this ledger's history, or None."""
    reader = desk.reader()
    if plan.size > reader.size:
        return f"the plan is of {plan.size:,} entries, and the ledger has {reader.size:,}"
    if reader.root_at(plan.size).hex() != plan.root:
        return f"the first {plan.size:,} entries of this ledger have another root than the plan's"
    return None


def _revealed(desk: Desk, inspection: str) -> SamplePlan:
    """Return the plan that an inspection revealed.

    Raises:
        Unavailable: PLAN-UNREVEALED.
    """
    found = list(desk.view().rows(_INSPECTED, (f"inspection/{inspection}".lower(),)))
    for row in found:
        data = desk.reader().event(int(str(row["idx"]))).statement.data
        if isinstance(data, InspectionPerformed) and data.plan is not None:
            return data.plan
    raise Unavailable(
        "PLAN-UNREVEALED",
        f"{len(found)} entries tell of the inspection {inspection[:60]}, and none reveals a plan",
        where="--inspection",
        hint="`chipledger query inspections` lists inspections",
    )


def _read_plan(path: Path) -> SamplePlan:
    """Return a plan from its file, whose bytes are those that the digest covers."""
    content = read_capped(path, PLAN_BYTES_MAX)
    return canonical.decode(content, SamplePlan, size_max=PLAN_BYTES_MAX, what=path.name)


def _write_plan(path: Path, plan: SamplePlan) -> None:
    try:
        files.create(path, canonical.encode(plan))  # the digest is worth nothing without it
    except OSError as error:
        raise Unavailable(
            "PLAN-UNWRITABLE",
            f"the sample plan cannot be kept: {error.strerror}",
            where=str(path),
            hint="name a file that can be written: --plan FILE",
        ) from error
