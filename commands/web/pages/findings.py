"""Findings: all of them, and those of one rule with its reasons and the entries they rest on."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from datasette import NotFound

from commands.web.counting import Found
from commands.web.pages.overview import counted
from commands.web.reading import Reading
from commands.web.visit import Page, Visit
from projections.finding_rules import SEVERITIES, Rule, rules
from projections.finding_run import Finding

WAIT_SECONDS = 0.06
ROWS = 200
_AGAIN_SECONDS = (2, 30)
"""After how long the page asks again: as long as it was waited for, within these."""


async def findings(visit: Visit) -> Any:
    """Show all findings, the gravest first."""
    return await counted(visit, _all, WAIT_SECONDS)


async def rule(visit: Visit) -> Any:
    """Show what a rule looks for, and what it finds."""
    code = unquote(visit.path["code"])
    some = [one for one in rules().values() if one.code == code]
    if not some:
        raise NotFound(f"no rule has the code {code[:60]}")
    return await counted(visit, lambda *given: _of_rule(some, *given), WAIT_SECONDS)


def _all(visit: Visit, now: Reading, found: Found | None, exact: Any) -> Page:
    wanted = visit.text("severity")
    listed = () if found is None else found.found
    shown = _of_severity(listed, wanted) if wanted else listed
    values = {
        "found": found,
        "exact": exact,
        "shown": shown[:ROWS],
        "total": len(shown),
        "severities": SEVERITIES,
        "severity": wanted if wanted in SEVERITIES else "",
        "rules": sorted({one.code: one for one in rules().values()}.items()),
    }
    refresh = None if exact else _again(visit, now)
    return Page("findings.html", "Findings", values, refresh=refresh,
                evidence=_evidence(shown[:ROWS]))  # fmt: skip


def _of_rule(some: list[Rule], visit: Visit, now: Reading, found: Found | None, exact: Any) -> Page:
    about = visit.text("about")
    code = some[0].code
    listed = () if found is None else found.by_code.get(code, ())
    mine = [one for one in listed if one.about == about] if about else listed
    values = {
        "found": found, "exact": exact, "shown": mine[:ROWS], "total": len(mine), "rules": some,
        "about_subject": about,
    }  # fmt: skip
    title = f"{code}: {some[0].title}"
    refresh = None if exact else _again(visit, now)
    return Page("finding.html", title, values, refresh=refresh, evidence=_evidence(mine[:ROWS]))


def _of_severity(listed: Sequence[Finding], wanted: str) -> Sequence[Finding]:
    """Return the findings of a severity, which stand together: the gravest are the first."""
    if wanted not in SEVERITIES:
        return ()
    place = SEVERITIES.index(wanted)
    first = bisect_left(listed, place, key=_gravity)
    return listed[first : bisect_right(listed, place, lo=first, key=_gravity)]


def _gravity(one: Finding) -> int:
    return SEVERITIES.index(one.severity)


def _again(visit: Visit, now: Reading) -> int:
    """Return the seconds after which a browser asks again: rarely, where it takes long."""
    least, most = _AGAIN_SECONDS
    waited = visit.web.findings.waited(now.moment.as_of, now.moment.known_at)
    return min(most, max(least, int(waited)))


def _evidence(shown: Any) -> str | None:
    """Return the address of the entries that findings rest on."""
    entries = sorted({index for one in shown for index in one.entries})
    if not entries:
        return None
    return "/evidence?" + "&".join(f"entry={index}" for index in entries[:500])
