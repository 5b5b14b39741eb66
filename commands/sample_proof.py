"""What shows that a sample was decided on before anybody knew what it would be drawn from."""

import base64
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from commands.context import Desk
from commands.time_stamps import read_token, stated_time
from ledger.events.assurance import SamplePlan
from ledger.events.ledger import CheckpointAnchored
from ledger.log.checkpoint import Checkpoint
from ledger.occurred import parse_recorded, utc_text
from ledger.sampling import SampleDesign

_ANCHORS = "SELECT event_idx, size FROM anchored_checkpoint WHERE event_idx < ? ORDER BY event_idx"


def proof(
    desk: Desk, plan: SamplePlan, design: SampleDesign, population: int, stamp: Path | None
) -> Iterator[str]:
    """Yield in sentences how a plan follows from its design, and which of the two came first."""
    asked = f"{design.missing} missing, {design.confidence} % sure"
    if design.site.lower() != plan.site.lower():
        yield f"NOT AS DECIDED: the design is of {design.site}, the plan of {plan.site}"
    count = design.count(population)
    if count == plan.count:
        yield f"as decided: {asked}, of {population:,} there: {count:,}; the seed is the design's"
    else:
        yield f"NOT AS DECIDED: {asked}, of {population:,} there, asks for {count:,}"
    yield f"commitment {design.commitment.decode().splitlines()[-1]}"
    clock = parse_recorded(desk.log().event(plan.size - 1).entry.recorded_at)
    yield f"the root was not known before {utc_text(clock)}, by the ledger operator's clock"
    outside = _dated_outside(desk, plan)
    if outside is not None:
        yield f"nor before {utc_text(outside)}, which a time stamp inside those entries states"
    if stamp is None:
        yield "no time stamp is given, so nothing here shows when the commitment was made"
        return
    stated = stated_time(read_token(stamp, design.commitment), design.commitment)
    if stated is None:
        yield "the time stamp states no time that can be read"
        return
    yield f"the commitment is dated {utc_text(stated)}; who dated it is not checked here"
    yield _order(stated, clock, outside)


def _order(stated: datetime, clock: datetime, outside: datetime | None) -> str:
    if outside is not None and stated < outside:
        return "committed before the root was known, by time stamps alone"
    if stated < clock:
        return "committed before the root was known, if the ledger operator's clock was right"
    return "NOT SHOWN: the commitment is not dated before the root was known"


def _dated_outside(desk: Desk, plan: SamplePlan) -> datetime | None:
    """Return the latest time that a time stamp in the plan's entries states, or None.

    The root covers the entry with the time stamp, so it was not known before that.
    """
    log = desk.log()
    found = []
    for row in desk.view().rows(_ANCHORS, (plan.size,)):
        data = log.event(int(str(row["event_idx"]))).statement.data
        if isinstance(data, CheckpointAnchored) and data.token is not None:
            text = Checkpoint(log.origin, data.size, bytes.fromhex(data.root)).text()
            stated = stated_time(base64.b64decode(data.token), text.encode())
            found += [] if stated is None else [stated]
    return max(found, default=None)
