"""What a report says of itself, the same in every form that it is written in."""

from collections import Counter
from typing import Final

from ledger.signing.fingerprint import speakable
from ledger.verify.words import DEMONSTRATION, printable
from projections.finding_rules import SEVERITIES
from projections.reports.judged import DETERMINATIONS, FINDINGS
from projections.reports.model import Cell, Head, Report, Table

PICTURE_TITLES: Final = {
    "places": "Where the units are: places, no routes",
    "possession": "Possession over time",
    "path": "Possession's path from maker to holder",
    "service": "Used as a service, not held",
    "capacity": "Leases against running capacity",
    "certifications": "Certifications over time",
}
_PLAIN: Final = {"entry", "entries", "about", "by_entry", "nth", "step"}
"""Columns of whole numbers that number things and do not count them."""


def title(report: Report) -> str:
    """Return the report's title."""
    scope = report.scope
    of = "everything" if scope.kind is None else f"{scope.kind} {scope.name}"
    return printable(f"Report on {of}, {report.head.day}")


def announcement(head: Head) -> str | None:
    """Return what comes before everything else of a demonstration."""
    return DEMONSTRATION if head.purpose == "demonstration" else None


def checkpoint(head: Head) -> str:
    """Return what the figures are of, in the ledger's own words."""
    root = head.root or "not shown by the source"
    return f"{head.size:,} entries, the newest recorded at {head.recorded_at}, root {root}"


def command(table: Table) -> str:
    """Return how a section's question is asked on the command line."""
    given = "".join(f" {name}={value}" for name, value in table.given.items())
    if table.question == FINDINGS:
        return printable("chipledger findings")
    if table.question == DETERMINATIONS:
        return printable("chipledger determine " + table.given.get("shipment", "SHIPMENT"))
    return printable(f"chipledger query {table.question}{given}")


def found(report: Report) -> str:
    """Return how many findings there are of each severity."""
    table = report.table(FINDINGS)
    if table is None or not table.total:
        return "none" if table is not None else "not asked"
    if len(table.rows) < table.total:
        return f"{table.total:,}: too many to be told here"
    place = table.columns.index("severity")
    counts = Counter(row[place] for row in table.rows)
    told = ", ".join(f"{counts[one]:,} {one}" for one in SEVERITIES if counts[one])
    return f"{told}; each an indicator, and no legal conclusion"


def facts(report: Report) -> list[tuple[str, str]]:
    """Return what a report is of and rests on: each fact with its name."""
    head, scope = report.head, report.scope
    of = "everything" if scope.kind is None else f"{scope.kind} {scope.name}"
    packs = ", ".join(head.packs) or "none was asked"
    return [
        ("Ledger", head.origin),
        ("Fingerprint", speakable(bytes.fromhex(head.fingerprint))),
        ("Purpose", f"{head.purpose}, says {head.opened_by}, who opened it"),
        ("Checkpoint", checkpoint(head)),
        ("Report on", of),
        ("As of", f"the end of {head.day} ({head.zone}): before {head.as_of}"),
        ("Known at", f"entry {head.known_at:,}"),
        ("Computed from", head.source),
        ("Audit", head.audit),
        ("Findings", found(report)),
        ("Rule packs", packs),
        ("Written by", head.software),
        ("SHA-256 of all figures", report.digest),
    ]


def vouching(report: Report) -> list[str]:
    """Return on whose word the figures rest, in sentences, by book."""
    table = report.table("whose word")
    if table is None:
        return [f"Whose word it is cannot be told of one {report.scope.kind} alone."]
    if len(table.rows) < table.total:
        return ["Of too many to be told here: the section on it lists them."]
    sums: dict[str, dict[str, int]] = {}
    for row in table.rows:
        named = dict(zip(table.columns, row, strict=True))
        book = sums.setdefault(str(named["book"]), {})
        who = f"{named['rests_on']}: {named['signed_by'] or 'nobody'}"
        book[who] = book.get(who, 0) + int(named["quantity"] or 0)
    lines = [
        f"{book}: " + "; ".join(f"{quantity:,} GPUs on {who}" for who, quantity in by.items())
        for book, by in sums.items()
    ]
    return [*lines, "A signature shows who says so, not that it is so."]


def shown(value: Cell, column: str) -> str:
    """Return a cell as people read it: counts with separators, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value) if column in _PLAIN or column.endswith("_entry") else f"{value:,}"
    return printable(value)


def more(table: Table) -> str | None:
    """Return that there are more rows than are shown, or None."""
    if len(table.rows) == table.total:
        return None
    beside = "the workbook of the report lists all" if table.rows else "the workbook lists them"
    return f"{len(table.rows):,} of {table.total:,} rows are shown; {beside}."
