"""Checking the log again: asked for by a form, run beside the server, told on a page."""

from typing import Any

from datasette import Response

from commands.web.visit import Page, Visit
from ledger.signing.fingerprint import speakable
from ledger.verify.report import Report
from ledger.verify.words import printable, verdict_line

_AGAIN_SECONDS = 2


async def verification(visit: Visit) -> Any:
    """Show the newest check, or begin one."""
    checker = visit.web.checker
    if visit.request.method == "POST":
        checker.start()
        return Response.redirect("/verification", status=303)
    running, newest = checker.running, checker.newest
    report = visit.web.audited if newest is None else newest.report
    values = {
        "running": running,
        "newest": newest,
        "can": checker.can,
        "evidence": visit.web.about.evidence,
        "told": None if report is None else _told(report),
        "fingerprint": visit.web.about.fingerprint,
        "spoken": speakable(bytes.fromhex(visit.web.about.fingerprint)),
    }
    refresh = None if running is None else _AGAIN_SECONDS
    page = Page("verification.html", "Verification", values, clocks=False, refresh=refresh)
    return await visit.show(lambda _: page)


def _told(report: Report) -> dict[str, Any]:
    """Return a report as a page shows it; the words are those of `chipledger verify`."""
    trust = report.trust
    return {
        "verdict": report.verdict,
        "line": verdict_line(report),
        "size": report.size,
        "root": report.root,
        "steps": report.steps,
        "marks": [
            {"step": one.step, "entry": one.entry, "verdict": one.verdict, "words": one.words,
             "code": one.code, "expected": printable(one.expected), "found": printable(one.found)}
            for one in report.marks
        ],
        "keys": [
            {"words": printable(one.words), "holder": printable(one.holder),
             "enrolled": one.enrolled, "revoked": one.revoked}
            for one in report.keys
        ],
        "from": printable(trust.fingerprint_from or "nobody"),
        "not_checked": [printable(one) for one in report.not_checked],
    }  # fmt: skip
