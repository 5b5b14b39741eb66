"""Sections that no question answers: what the rules find, and what rule packs say of shipments."""

from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from projections.determination.days import clocks_of
from projections.determination.determination import determination
from projections.determination.remembering import Remembering
from projections.determination.step import Step
from projections.finding_rules import SEVERITIES, rules
from projections.finding_run import Clocks, findings
from projections.packs.load import Packs
from projections.questions import Reader, answer
from projections.reports.model import Cell, Head, Row, Table, rows_sha256

FINDINGS: Final = "findings"
DETERMINATIONS: Final = "determinations"
JUDGED: Final = (FINDINGS, DETERMINATIONS)
"""What stands in the place of a question's name."""
SHIPMENTS_MAX: Final = 500
_SHIPMENTS: Final = """
    SELECT shipment.shipment, event.occurred
    FROM shipment
    JOIN counting ON counting.event_idx = shipment.event_idx
      AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
    JOIN event ON event.idx = shipment.event_idx
      AND event.valid_at < :as_of AND event.basis <> 'third_party_report'
    WHERE :kind IS NULL OR EXISTS (
      SELECT 1 FROM named
      WHERE named.event_idx = shipment.event_idx AND named.kind = :kind AND named.value = :name)
    ORDER BY event.valid_at DESC, event.idx DESC"""
_NAMING: Final = """
    SELECT event_idx FROM named
    WHERE kind = :kind AND value = :name AND event_idx <= :known_at"""
_FOUND: Final = (
    *("severity", "code", "title", "subject", "facts", "certainty", "status", "first_seen_entry"),
    *("entries", "basis"),
)
_SAID: Final = (
    *("pack", "rule", "status", "about", "result", "says", "because", "unknown"),
    *("count", "shipments", "entries"),
)
_FOUND_MEANINGS: Final = (
    ("severity", "how grave it would be, in the order " + ", ".join(SEVERITIES)),
    ("certainty", "indicator, or what the entries do not exclude or do not allow to decide"),
    ("status", "open, or as a party answered it; an answer ends nothing"),
    ("first_seen_entry", "before it nobody could have found this"),
    ("basis", "where the rule comes from"),
)
_SAID_MEANINGS: Final = (
    ("status", "of the rule, on the day of dispatch"),
    ("result", "would apply: its test is met, and the rule did not bind on that day"),
    ("unknown", "what is not known, and would make it surer"),
    ("count", "of how many shipments the same is said"),
    ("entries", "the entries that the facts are from"),
)
_FOUND_NOTE: Final = (
    "Each is an indicator of what does not fit together or is missing, and no legal conclusion."
    " `chipledger findings --explain CODE` says what may explain it."
)
_PART_NOTE: Final = " A part of the log is at hand: what seems to be missing may stand in the rest."
_SAID_NOTE: Final = (
    "What packs say of what is recorded; no advice, and no verdict. Rules that do not apply are not"
    " listed: `chipledger determine SHIPMENT` lists them, with every fact and its source."
)
_ENTRIES_SHOWN: Final = 12


def judged_table(
    reader: Reader, packs: Packs, name: str, given: Mapping[str, str], head: Head
) -> Table:
    """Return the section of this name, about what is given: a kind and its name, or everything.

    Of one thing, those findings are listed that are about it or rest on an entry that names it, and
    what packs say of the shipments whose dispatch names it.

    Args:
        reader: runs SELECTs on the read models, with the tables of the packs beside them.
        packs: the packs that are asked.
        name: one of `JUDGED`.
        given: nothing, or a kind of subject with its name.
        head: brings the clocks.
    """
    if name == FINDINGS:
        return _found(reader, given, head)
    return _said(reader, packs, given, head)


def pack_names(packs: Packs) -> tuple[str, ...]:
    """Return each pack with the date that it is of."""
    return tuple(one.cited for one in packs)


def _found(reader: Reader, given: Mapping[str, str], head: Head) -> Table:
    found = findings(reader, rules().values(), Clocks(head.as_of, head.known_at))
    for kind, name in given.items():
        bound = {"kind": kind, "name": name, "known_at": head.known_at}
        naming = {one[0] for one in answer(reader, _NAMING, bound, FINDINGS).rows}
        about = f"{kind}:{name}".lower()
        found = [
            one for one in found if one.about.lower() == about or not naming.isdisjoint(one.entries)
        ]
    rows: tuple[Row, ...] = tuple(
        (
            one.severity,
            one.rule.code,
            one.rule.title,
            one.about,
            one.facts,
            one.certainty,
            one.status if one.reply is None else f"{one.status} by {one.reply.by}",
            one.first_seen,
            listed(one.entries),
            one.rule.basis,
        )
        for one in found
    )
    return Table(
        name=FINDINGS,
        question=FINDINGS,
        given=dict(given),
        title="Findings",
        asked="What does not fit together, is missing, or cannot be told?",
        note=_FOUND_NOTE + (_PART_NOTE if head.held < head.size else ""),
        meanings=_FOUND_MEANINGS,
        columns=_FOUND,
        total=len(rows),
        sha256=rows_sha256(rows),
        rows=rows,
    )


def _said(reader: Reader, packs: Packs, given: Mapping[str, str], head: Head) -> Table:
    kind, name = next(iter(given.items()), (None, None))
    bound = {"kind": kind, "name": name, "as_of": head.as_of, "known_at": head.known_at}
    dispatched = {
        str(one): str(day) for one, day in answer(reader, _SHIPMENTS, bound, DETERMINATIONS).rows
    }
    newest = list(dispatched.items())[:SHIPMENTS_MAX]
    alike: dict[Row, tuple[list[str], set[int]]] = {}
    asked = Remembering(reader, packs, head.known_at)
    for shipment, day in reversed(newest):
        clocks = clocks_of(day, ZoneInfo(head.zone), head.known_at, head.as_of)
        told = asked.whole(shipment, clocks)
        for one in [] if told is None else determination(packs, told, clocks.day):
            if one.result != "does not apply":
                names, entries = alike.setdefault(_step(shipment, one), ([], set()))
                names += [] if shipment in names else [shipment]
                entries.update(word.entry for word in one.words if word.entry is not None)
    rows: tuple[Row, ...] = tuple(
        (*said, len(names), ", ".join(names), listed(sorted(entries)))
        for said, (names, entries) in alike.items()
    )
    more = len(dispatched) - len(newest)
    left = f" Of the shipments, {more:,} dispatched before these were not asked about."
    return Table(
        name=DETERMINATIONS,
        question=DETERMINATIONS,
        given=dict(given),
        title="What rule packs say of shipments",
        asked="Which rules of the packs would reach each shipment, on the day of its dispatch?",
        note=_SAID_NOTE + (left if more else ""),
        meanings=_SAID_MEANINGS,
        columns=_SAID,
        total=len(rows),
        sha256=rows_sha256(rows),
        rows=rows,
    )


def _step(shipment: str, one: Step) -> Row:
    """Return what a step says, the same for all shipments of which it says the same."""
    return (
        one.pack.pack,
        one.rule.rule,
        one.standing.text,
        "the shipment" if one.about == shipment else one.about,
        one.result,
        one.rule.says if one.result in {"applies", "would apply"} else None,
        one.why,
        "; ".join(one.unknown) or None,
    )


def listed(entries: Sequence[int]) -> Cell:
    """Return positions as text: the first of many, and how many there are."""
    words = ", ".join(map(str, entries[:_ENTRIES_SHOWN]))
    more = len(entries) - _ENTRIES_SHOWN
    return (f"{words} and {more:,} more" if more > 0 else words) or None
