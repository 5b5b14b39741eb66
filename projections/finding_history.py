"""Findings that held once and hold no more, and the entry with which that came.

What the ledger told at an earlier entry is what its rules find at the moment when that entry was
recorded, from what was known then: so a shipment that arrived in time was never overdue.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from projections.finding_rules import ENTRY, Rule
from projections.finding_run import EVERYTHING, Clocks, Finding, Scope, answered, findings, run
from projections.questions import Reader, answer

_MOMENT = """
    SELECT substr(max(recorded_at), 1, 19) || 'Z' FROM event WHERE idx <= :known_at"""


def resolved(
    reader: Reader, some: Iterable[Rule], since: int, now: Clocks, scope: Scope = EVERYTHING
) -> list[Finding]:
    """Return the findings that held when entry `since` was the newest, and hold no more.

    Each has the first entry after which it held no longer, as halving the entries between shows;
    one that came and went again in between is not looked for.

    Raises:
        As `projections.finding_run.findings`.
    """
    listed = list(some)
    then = clocks_at(reader, since)
    still = {_key(one) for one in findings(reader, listed, now, scope)}
    ended = [
        replace(one, reply=None, resolved_by=_end(reader, one, since, now, scope.thresholds))
        for one in findings(reader, listed, then, scope)
        if _key(one) not in still
    ]
    return answered(reader, ended, now)


def clocks_at(reader: Reader, entry: int) -> Clocks:
    """Return the clocks as they stood when an entry was the newest."""
    ((moment,),) = answer(reader, _MOMENT, {"known_at": entry}, "moment").rows
    return Clocks(str(moment), entry)


def _end(
    reader: Reader, one: Finding, since: int, now: Clocks, thresholds: Mapping[str, int]
) -> int:
    """Return the first entry after which a finding held no longer, by halving."""
    low, high = since, now.known_at
    while high - low > 1:
        middle = (low + high) // 2
        if _holds(reader, one, clocks_at(reader, middle), thresholds):
            low = middle
        else:
            high = middle
    return high


def _holds(reader: Reader, one: Finding, clocks: Clocks, thresholds: Mapping[str, int]) -> bool:
    name: str | int = int(one.subject[1]) if one.rule.subject == ENTRY else one.subject[1]
    found = run(reader, one.rule, clocks, names=[name], thresholds=thresholds)
    return _key(one) in {_key(other) for other in found}


def _key(one: Finding) -> tuple[str, str, str]:
    kind, name = one.subject
    return one.rule.code, kind, name.lower()
