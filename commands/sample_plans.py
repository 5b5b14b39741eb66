"""Plans and designs of samples, from their files and from the ledger, and what they draw from."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from commands import files
from commands.attachments import read_capped
from commands.context import Desk
from ledger import canonical, sampling
from ledger.errors import Unavailable
from ledger.events.assurance import InspectionPerformed, SamplePlan
from ledger.sampling import DESIGN_BYTES_MAX, SampleDesign

PLAN_BYTES_MAX = 4096
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


def frame(desk: Desk, site: str, size: int) -> Mapping[str, str]:
    """Return what can be drawn at a site, as the first entries record it: name to rack.

    Raises:
        Unavailable: SAMPLE-SELECTION where a selection of entries leaves out some of it.
    """
    log = desk.log()
    if len(log.holds(0, size)) < size:
        raise Unavailable(
            "SAMPLE-SELECTION",
            "a selection of entries does not show all that is at a site",
            where="--from",
            hint="draw from the ledger, or from evidence of all of it",
        )
    rows = desk.view().rows(_FRAME, {"site": site, "size": size})
    return {str(row["serial"] or row["rack"]): str(row["rack"]) for row in rows}


def drawn_names(desk: Desk, plan: SamplePlan, design: SampleDesign | None) -> Iterator[str]:
    """Yield the units that results must be of: those drawn, or all in the racks drawn."""
    decided = design or design_of(desk, plan)
    found = frame(desk, plan.site, plan.size)
    racks = None if decided is None else decided.racks
    names = set(sampling.draw(plan, found, racks, rack_of=found))
    if racks == "whole":
        yield from (name for name, rack in found.items() if rack in names)
    else:
        yield from names


def foreign(desk: Desk, plan: SamplePlan) -> str | None:
    """Return why a plan is not of this ledger's history, or None."""
    log = desk.log()
    if plan.size > log.size:
        return f"the plan is of {plan.size:,} entries, and the ledger has {log.size:,}"
    if log.root_at(plan.size).hex() != plan.root:
        return f"the first {plan.size:,} entries of this ledger have another root than the plan's"
    return None


def design_of(desk: Desk, plan: SamplePlan) -> SampleDesign | None:
    """Return the design that was revealed with a plan: the document whose digest is its seed."""
    content = desk.log().document(plan.seed)
    if content is None:
        return None
    return canonical.decode(content, SampleDesign, size_max=DESIGN_BYTES_MAX, what="design")


def revealed(desk: Desk, inspection: str) -> SamplePlan:
    """Return the plan that an inspection revealed.

    Raises:
        Unavailable: PLAN-UNREVEALED.
    """
    found = list(desk.view().rows(_INSPECTED, (f"inspection/{inspection}".lower(),)))
    for row in found:
        data = desk.log().event(int(str(row["idx"]))).statement.data
        if isinstance(data, InspectionPerformed) and data.plan is not None:
            return data.plan
    raise Unavailable(
        "PLAN-UNREVEALED",
        f"{len(found)} entries tell of the inspection {inspection[:60]}, and none reveals a plan",
        where="--inspection",
        hint="`chipledger query inspections` lists inspections",
    )


def read_design(path: Path) -> SampleDesign:
    """Return a design from its file, whose bytes are those that the seed is the digest of."""
    content = read_capped(path, DESIGN_BYTES_MAX)
    return canonical.decode(content, SampleDesign, size_max=DESIGN_BYTES_MAX, what=path.name)


def read_plan(path: Path) -> SamplePlan:
    """Return a plan from its file, whose bytes are those that the digest covers."""
    content = read_capped(path, PLAN_BYTES_MAX)
    return canonical.decode(content, SamplePlan, size_max=PLAN_BYTES_MAX, what=path.name)


def write_plan(path: Path, plan: SamplePlan) -> None:
    """Keep a plan in a new file.

    Raises:
        Unavailable: PLAN-UNWRITABLE.
    """
    try:
        files.create(path, canonical.encode(plan))  # the digest is worth nothing without it
    except OSError as error:
        raise Unavailable(
            "PLAN-UNWRITABLE",
            f"the sample plan cannot be kept: {error.strerror}",
            where=str(path),
            hint="name a file that can be written: --plan FILE",
        ) from error
