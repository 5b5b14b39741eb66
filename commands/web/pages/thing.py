"""The page of one thing: what it is, what happened to it, who signed that, what is found of it."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from datasette import NotFound

from commands.web.counting import Found
from commands.web.kinds import KINDS, Kind
from commands.web.reading import Reading, listed
from commands.web.sheet import ROWS_MAX, Sheet
from commands.web.visit import Page, Visit
from ledger.verify.words import printable
from projections.finding_rules import ENTRY, rules
from projections.finding_run import Clocks as RuleClocks
from projections.finding_run import Finding, Scope
from projections.finding_run import findings as find
from projections.questions import Answer

FINDINGS_MAX = 100
_SPELLED = "SELECT value FROM named WHERE kind = :kind AND value = :name LIMIT 1"
_SERIAL = "SELECT serial FROM unit WHERE serial = :name LIMIT 1"
_NAMING = "SELECT DISTINCT event_idx FROM named WHERE kind = :kind AND value = :name"
_OF_SERIAL = """
    SELECT event_idx FROM unit WHERE serial = :name AND event_idx <= :known_at
    UNION SELECT event_idx FROM sighting WHERE serial = :name AND event_idx <= :known_at
    UNION SELECT event_idx FROM replaced_serial WHERE serial = :name AND event_idx <= :known_at"""


async def thing(visit: Visit) -> Any:
    """Show one thing."""
    kind, name = KINDS[visit.path["kind"]], unquote(visit.path["name"])
    return await visit.show(lambda now: _page(visit, now, kind, name))


def _page(visit: Visit, now: Reading, kind: Kind, text: str) -> Page:
    """Return the page.

    Raises:
        NotFound: where nothing recorded is called so.
    """
    name = _spelled(now, kind.name, text)
    facts = _facts(now, kind, name)
    sheets = [now.sheet(one, name) for one in kind.parts]
    first = [facts] if facts is not None else sheets[:1]
    timeline = _timeline(now, kind, name)
    entries = [int(str(row[0])) for row in timeline.rows]
    older = len(entries) > ROWS_MAX
    if older:
        timeline = replace(timeline, rows=timeline.rows[-ROWS_MAX:])
    chosen = listed(entries[-ROWS_MAX:])
    found, late = found_of(now, kind.name, name, at_hand(visit, now))
    earlier = newest(visit) if late else None
    if earlier is not None:
        found, late = _picked(now, kind.name, name, earlier), False
    values = {
        "kind": kind,
        "name": name,
        "first": first,
        "older": now.clocks.query(kind=kind.name, name=name) if older else None,
        "sheets": [one for one in sheets if one not in first and (one.total or one.late)],
        "nothing": [one for one in sheets if one not in first and not one.total and not one.late],
        "timeline": now.plain(
            "Timeline", f"What the ledger's entries say of this {kind.name}, in order.", timeline,
            "Word: first party is the acting party's own. Counts: no where an entry was corrected,"
            " voided, or another version of it counts.",
        ),
        "signatures": now.plain(
            "Signatures", "Who signed these entries, with whose key, and who vouches for the key.",
            now.select("signed.sql", entries=chosen),
            "A signature shows that a key signed; whose key it is rests on who vouches for it.",
        ),
        "papers": now.plain(
            "Documents and numbers on paper", "What these entries name, by its digest.",
            now.select("papers.sql", entries=chosen),
        ),
        "found": found[:FINDINGS_MAX],
        "findings": len(found),
        "late": late,
        "earlier": earlier,
    }  # fmt: skip
    title = f"{kind.name.capitalize()} {printable(name)}"
    evidence = now.clocks.__class__().query(kind=kind.name, name=name)
    return Page("thing.html", title, values, evidence=f"/evidence{evidence}")


def at_hand(visit: Visit, now: Reading) -> Found | None:
    """Return all findings of this very moment, where they were found already."""
    return visit.web.findings.at_hand(now.moment.as_of, now.moment.known_at)


def newest(visit: Visit) -> Found | None:
    """Return the newest findings that are at hand, for a page of now; a page says how new."""
    clocks = visit.clocks
    return visit.web.findings.newest if clocks.as_of is None and clocks.known_at is None else None


def _spelled(now: Reading, kind: str, text: str) -> str:
    sql = _SERIAL if kind == "serial" else _SPELLED
    given = {"name": text} if kind == "serial" else {"kind": kind, "name": text}
    _, rows = now.reader(sql, given)
    if not rows:
        raise NotFound(f"no {kind} is called {printable(text)[:60]}")
    return str(rows[0][0])


def _facts(now: Reading, kind: Kind, name: str) -> Sheet | None:
    if kind.facts is None:
        return None
    found = now.select(kind.facts, name=name)
    sheet = now.plain("What it is", "What was registered last.", found)
    return sheet if sheet.total else None


def _timeline(now: Reading, kind: Kind, name: str) -> Answer:
    """Return the entries that name it; of a serial those whose lists have it, and its custody's."""
    also: list[int] = []
    if kind.name == "serial":
        _, rows = now.reader(_OF_SERIAL, {"name": name, "known_at": now.moment.known_at})
        found = {int(str(row[0])) for row in rows}
        chain = now.answer_of("custody", {"serial": name})
        if chain is not None:  # else the part of the page that shows it says that it is being made
            place = chain.columns.index("entry")
            found |= {int(str(row[place])) for row in chain.rows}
        also = sorted(found)
    return now.select(
        "timeline.sql", kind=kind.name, name=name, most=ROWS_MAX + 1, also=json.dumps(also)
    )


def found_of(
    now: Reading, kind: str, name: str, at_hand: Found | None
) -> tuple[list[Finding], bool]:
    """Return the findings about a thing, and whether they take too long for a page.

    Where all findings of this moment are at hand, its own are picked out of them.
    """
    if at_hand is not None:
        return _picked(now, kind, name, at_hand), False
    clocks, scope = RuleClocks(now.moment.as_of, now.moment.known_at), Scope((kind, name))
    found = now.briefly(lambda: find(now.reader, rules().values(), clocks, scope))
    return found or [], found is None


def _picked(now: Reading, kind: str, name: str, at_hand: Found) -> list[Finding]:
    """Return what of all findings is about a thing, or about an entry that names it."""
    places = list(at_hand.places.get((kind, name.lower()), ()))
    for (index,) in now.reader(_NAMING, {"kind": kind, "name": name})[1]:
        places += at_hand.places.get((ENTRY, str(index)), ())
    return [at_hand.found[place] for place in sorted(places)]
