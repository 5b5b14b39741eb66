"""The first page: what the ledger holds, how it stands, and what does not fit together."""

import asyncio
from typing import Any

from commands.web.kinds import Part
from commands.web.reading import Reading
from commands.web.visit import Page, Visit

WAIT_SECONDS = 0.02
_PARTS = (
    Part("where", "site", "places", "Where everything is", quick="holdings"),
    Part("running-over-time", "site", "capacity", "Leases against running capacity"),
    Part("use", "site", "service", "Used as a service, not held", quick="users"),
    Part("title", "owner", title="Who owns", quick="owners"),
    Part("in-transit", "shipment", title="On the way"),
    Part("certification-timeline", "party", "certifications", "Certifications"),
)


async def overview(visit: Visit) -> Any:
    """Show what the ledger holds."""
    return await counted(visit, _page, WAIT_SECONDS)


async def counted(visit: Visit, make: Any, seconds: float) -> Any:
    """Answer with a page that shows findings, if they are found in so many seconds.

    `make` is given the reading, what was found or None, and whether it is of this very moment.
    """
    moment = await visit.read(lambda now: now.moment)
    cache = visit.web.findings
    future = cache.ask(visit.clocks, moment.as_of, moment.known_at)
    if not future.done():
        await asyncio.wait([asyncio.wrap_future(future)], timeout=seconds)
    found = future.result() if future.done() else None
    exact = found is not None
    if found is None and visit.clocks.as_of is None and visit.clocks.known_at is None:
        found = cache.newest
    return await visit.show(lambda now: make(visit, now, found, exact))


def _page(visit: Visit, now: Reading, found: Any, exact: Any) -> Page:
    web = visit.web
    values = {
        "sheets": [now.sheet(one, None) for one in _PARTS],
        "found": found,
        "exact": exact,
        "fingerprint": web.about.fingerprint,
        "newest": web.checker.newest,
        "running": web.checker.running,
        "audited": web.audited,
    }
    return Page("overview.html", "Overview", values, evidence="/evidence?all=1")
