"""`chipledger inspection`: sample plans committed to beforehand, and what was found."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from commands.act import Act, asserting
from commands.attachments import read_document
from commands.context import Desk
from commands.inspection_sample import DESIGN_FILE, PLAN_FILE, commit, draw, size, take
from commands.sample_plans import drawn_names, foreign, read_design, read_plan
from ledger import canonical, sampling
from ledger.draft import Document
from ledger.errors import Malformed
from ledger.events.assurance import InspectionAnnounced, InspectionPerformed, SamplePlan
from ledger.events.base import check_identifier
from ledger.events.site import SiteRegistered
from ledger.sampling import SampleDesign
from projections.sightings import Sighting, read_results

STRENGTHS = 5
RESULTS_KIND = "as_found"
DESIGN_KIND = "sample_design"
EXCEPTIONS_MAX = 20
"""So many units that were not as recorded are told one by one; the list has them all."""
_COMMITTED = """
    SELECT sample_plan.plan_sha256, event.asserted_by
    FROM sample_plan JOIN event ON event.idx = sample_plan.event_idx
    JOIN counting ON counting.event_idx = event.idx AND counting.to_idx IS NULL
    WHERE sample_plan.sample = ? ORDER BY event.idx"""

_PLANNED = """
    SELECT DISTINCT sample FROM sample_plan JOIN counting USING (event_idx)
    WHERE to_idx IS NULL AND coalesce(site, ?1) = ?1
      AND sample NOT IN (SELECT sample FROM inspection WHERE sample IS NOT NULL)"""


@click.group(name="inspection")
def command() -> None:
    """Announce inspections, commit to samples, record what was found."""


for _one in (size, take, commit, draw):
    command.add_command(_one)


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


@command.command("perform")
@click.argument("inspection")
@click.option("--site", required=True, help="Where.")
@click.option("--method", required=True, help="How, for people.")
@click.option("--strength", type=click.IntRange(0, STRENGTHS), required=True,
              help="0 self-declaration … 4 device attestation, 5 with proof of place.")  # fmt: skip
@click.option("--counted", type=click.IntRange(0), help="Units looked at.")
@click.option("--found", type=click.IntRange(0), help="Units found as recorded.")
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    help="Instead of the two: CSV with a line a unit, serial,found,condition.",
)
@click.option("--host", metavar="PARTY", help="Whose site it is.")
@click.option("--sample", help="The sample plan committed to.")
@PLAN_FILE
@DESIGN_FILE
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
    design: Path | None,
    results: Path | None,
    exceptions: tuple[str, ...],
    present: tuple[str, ...],
    **facts: Any,
) -> None:
    """Record what an auditor or authority looked at, and found; reveals the plan.

    With --results the figures follow from the list, which goes into the ledger with them.
    """
    plan = None if path is None else read_plan(path)
    for doubt in _plan_doubts(act, plan, facts["sample"], site):
        act.names.doubt(doubt)
    documents: list[Document] = []
    if results is not None:
        if (facts["counted"], facts["found"]) != (None, None):
            raise click.UsageError("--results says how many were counted and found")
        document, rows = _read_results(results)
        documents.append(document)
        facts |= {"counted": len(rows), "found": sum(one.found for one in rows)}
        exceptions = (*exceptions, *_exceptions(rows))
        decided = None if design is None else read_design(design)
        _compare_with_draw(act, plan, decided, rows)
    elif None in (facts["counted"], facts["found"]):
        raise click.UsageError("give --results FILE, or --counted and --found")
    if design is not None:
        documents.append(_revealed_design(act, design, plan))
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
    act.tell(data, told, f"chipledger query inspections site={data.site}", documents)


def committed(desk: Desk, site: str) -> list[str]:
    """Return the samples that were committed to for a site, or for one not named yet."""
    return [str(row["sample"]) for row in desk.view().rows(_PLANNED, (site,))]


def _read_results(path: Path) -> tuple[Document, Sequence[Sighting]]:
    """Return a list of results as a document, and its rows.

    Raises:
        Malformed: RESULTS-FORM for a list of which a line would be left out.
    """
    document = read_document(path, RESULTS_KIND, "As found")
    found = read_results(document.data)
    if found.problem is not None or not found.rows:
        raise Malformed(
            "RESULTS-FORM",
            f"the list cannot be recorded: {found.problem or 'it names no unit'}",
            where=path.name,
            hint="write a line a unit under the head serial,found,condition, or with"
            " rack,tray,slot after them where it was seen; found is yes or no",
        )
    return document, found.rows


def _exceptions(rows: Sequence[Sighting]) -> Iterator[str]:
    """Yield in words what was not as recorded, the first of it."""
    odd = [one for one in rows if not one.found or one.condition is not None]
    for one in odd[:EXCEPTIONS_MAX]:
        words = one.serial if one.found else f"{one.serial} not found"
        yield words if one.condition is None else f"{words}: {one.condition}"
    if len(odd) > EXCEPTIONS_MAX:
        yield f"{len(odd) - EXCEPTIONS_MAX:,} more are in the list"


def _compare_with_draw(
    act: Act, plan: SamplePlan | None, design: SampleDesign | None, rows: Sequence[Sighting]
) -> None:
    """Doubt results that are not of the units drawn; whole racks stand for what is in them."""
    if plan is None or foreign(act.desk, plan) is not None:
        return
    drawn = {name.lower() for name in drawn_names(act.desk, plan, design)}
    listed = {one.serial.lower() for one in rows}
    for names, said in (
        (drawn - listed, "drawn, and not in the list"),
        (listed - drawn, "in the list, and not drawn"),
    ):
        if names:
            act.names.doubt(f"{len(names):,} units are {said}: {', '.join(sorted(names)[:5])}")


def _revealed_design(act: Act, path: Path, plan: SamplePlan | None) -> Document:
    """Return the design as the document that reveals it."""
    design = read_design(path)
    if plan is None or plan.seed != design.seed:
        act.names.doubt("the design is not that of the plan")
    return read_document(path, DESIGN_KIND, f"Design of sample {design.sample}")


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
    problem = foreign(act.desk, plan)
    if problem is not None:
        yield problem
