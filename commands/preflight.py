"""What would happen if this were recorded: refusals, doubts to be asked, findings to come.

Admission looks at form and authority alone. Here people see, before they sign, what the recorded
world would make of it: unknown names, accounts below zero, signatures that will be missing.
"""

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from commands.balances import shortfalls
from commands.context import CLOCK_AHEAD_MAX, Desk
from commands.prompts import confirm
from commands.supposed import would_raise
from commands.versions import other_versions
from ledger import canonical, history
from ledger.application import Ledger
from ledger.authority import Authority
from ledger.draft import Draft
from ledger.entry import content_digest, is_control
from ledger.errors import Refused
from ledger.events import EVENT_TYPES
from ledger.events.base import Statement
from ledger.events.event_type import named
from ledger.events.lease import LeaseStarted
from ledger.events.product import StockOpened, UnitsStateChanged
from ledger.events.rack import RackAssembled, RackDisassembled
from ledger.events.shipment import ShipmentDispatched
from ledger.occurred import interval, parse_recorded
from ledger.rights import may
from projections.view import View

OPENED_KINDS = {row.opens[0] for row in EVENT_TYPES.values() if row.opens is not None}
_STOCKED = "SELECT 1 AS one FROM posting WHERE batch = ? AND holder = '@opening' LIMIT 1"
_RACK = "SELECT 1 AS one FROM posting WHERE rack = ? LIMIT 1"
_OPENER = "SELECT 1 AS one FROM event WHERE opened = ? LIMIT 1"
_LEASED = """
    SELECT lease, lessee, count(DISTINCT rack) AS racks FROM (
        SELECT lease, lessee, rack FROM posting
        WHERE book = 'use' AND lessee NOT LIKE '@%'
            AND rack IN (SELECT value FROM json_each(?))
        GROUP BY lease, lessee, rack HAVING sum(quantity) > 0)
    GROUP BY lease, lessee ORDER BY lease"""
_HELD = """
    SELECT min(posting.rack) AS rack FROM posting JOIN event ON event.idx = posting.event_idx
    WHERE book = 'possession' AND substr(holder, 1, 1) <> '@'
        AND rack IN (SELECT value FROM json_each(?)) AND event.opened IS NOT ?
    GROUP BY rack HAVING sum(quantity) > 0 ORDER BY 1"""
_NAMES_MAX = 10


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that a person must decide, whatever the options say."""

    code: str
    text: str
    hint: str


@dataclass(slots=True)
class Report:
    """What is to be shown and asked before signing.

    Attributes:
        repeated: the entries that these statements repeat under their idempotency keys, or None.
        doubts: what must be asked.
        warnings: what the entries will be flagged for.
    """

    repeated: list[history.Recorded] | None = None
    doubts: list[Doubt] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def check(desk: Desk, drafts: Sequence[Draft], *, explicit: bool) -> Report:
    """Return what these drafts would meet, in order.

    Args:
        desk: where they would be recorded.
        drafts: all of one transaction.
        explicit: whether they carry idempotency keys.

    Raises:
        Refused, Conflict, Unavailable: as admission would.
    """
    reader = desk.reader()
    past, size = history.TagPast(reader.tagged), reader.size
    report = Report()
    authority = copy.deepcopy(reader.authority)
    repeated = []
    for number, draft in enumerate(drafts):
        statement = draft.statement
        digest = sha256(canonical.encode(statement)).hexdigest()
        before = history.recorded_before(statement, digest, past)
        if before is not None:
            repeated.append(before)
            continue
        may(authority, statement, size + number)
        history.check(statement, past)
        if is_control(statement):
            authority.apply(size + number, statement)
        if not explicit:
            report.doubts += _said_before(reader, statement)
    if len(repeated) == len(drafts):
        report.repeated = repeated
        return report
    report.doubts += _clock(desk, reader)
    view = desk.view()
    opened = {_opened(draft.statement) for draft in drafts} | set(_assembled(drafts))
    for draft in drafts:
        report.warnings += _future(desk, draft.statement)
        report.warnings += _leased(view, draft.statement)
        report.warnings += _opened_twice(view, draft.statement)
        report.warnings += other_versions(view, reader, draft.statement)
        report.warnings += _warnings(view, draft.statement, authority, opened)
    report.warnings += shortfalls(view, *(draft.statement for draft in drafts))
    report.warnings += would_raise(desk, drafts, report.warnings)
    report.warnings = list(dict.fromkeys(report.warnings))
    return report


def settle(report: Report, question: str, *, yes: bool) -> None:
    """Ask before signing; `--yes` answers the question and never a doubt.

    Raises:
        Refused: SAID-BEFORE or CLOCK-AHEAD under `--yes`; DECLINED, NO-ANSWER.
    """
    for doubt in report.doubts:
        if yes:
            raise Refused(doubt.code, doubt.text, hint=doubt.hint)
        confirm(f"{doubt.text}. Go on?")
    if not yes:
        confirm(question)


def _said_before(reader: Ledger, statement: Statement) -> Iterator[Doubt]:
    for event in reader.tagged(f"content:{content_digest(statement)}")[:1]:
        yield Doubt(
            "SAID-BEFORE",
            f"entry {event.index} says the same, word for word",
            "if it happened twice, give this one an --idempotency-key of its own",
        )


def _clock(desk: Desk, reader: Ledger) -> Iterator[Doubt]:
    newest = reader.event(reader.size - 1).entry.recorded_at
    ahead = desk.now() - parse_recorded(newest)
    if ahead > CLOCK_AHEAD_MAX and not desk.demonstration:
        yield Doubt(
            "CLOCK-AHEAD",
            f"this machine's clock is {ahead.days} days past the newest entry, and no later entry"
            " could be dated before this one",
            "check the clock, then run it without --yes",
        )


def _future(desk: Desk, statement: Statement) -> Iterator[str]:
    """Warn of an event that lies ahead: what is planned is a plan."""
    moment = interval(statement.occurred, desk.reader().zone).posts_at
    if moment > desk.now() and not desk.demonstration:
        yield f"{statement.occurred} is not over yet: this has not happened (FUTURE-DATED)"


def _leased(view: View, statement: Statement) -> Iterator[str]:
    """Warn of racks that somebody leases, where they are leased again, leave, or are set apart."""
    data = statement.data
    if not isinstance(
        data, LeaseStarted | ShipmentDispatched | UnitsStateChanged | RackDisassembled
    ):
        return
    if statement.corrects is not None or getattr(data, "parent_lease", None) is not None:
        return
    named = {rack for line in data.lines for rack in line.racks} | {getattr(data, "rack", None)}
    racks = json.dumps(sorted(filter(None, named)))
    for row in view.rows(_LEASED, (racks,)):
        yield f"{row['racks']} of these racks are leased to {row['lessee']} under {row['lease']}"


def _opened_twice(view: View, statement: Statement) -> Iterator[str]:
    """Warn of racks that stock is opened with, and that somebody holds already."""
    if not isinstance(statement.data, StockOpened) or statement.corrects is not None:
        return
    racks = json.dumps(sorted(one.rack for one in statement.data.racks))
    opened = EVENT_TYPES[statement.type].opened(statement.data)
    found = [str(row["rack"]) for row in view.rows(_HELD, (racks, opened))]
    if found:
        named = ", ".join(found[:3]) + (" …" if len(found) > 3 else "")  # noqa: PLR2004  a few
        yield f"{len(found):,} of these racks hold units already, and would count twice: {named}"


def _warnings(
    view: View, statement: Statement, authority: Authority, opened: set[str | None]
) -> Iterator[str]:
    yield from _unknown_names(view, statement, authority, opened)
    if statement.basis == "third_party_report":
        yield "recorded as a claim: it moves nothing, and nobody it names signs it"
        return
    signers = {one.party.lower() for one in statement.signatories}
    for party in EVENT_TYPES[statement.type].expected_signers(statement):
        if party.lower() not in signers:
            yield f"{party} is expected to sign too, and does not (COSIGN-MISSING)"


def _assembled(drafts: Sequence[Draft]) -> Iterator[str]:
    """Yield the racks that are new by these drafts."""
    for draft in drafts:
        data = draft.statement.data
        if isinstance(data, RackAssembled):
            yield f"rack/{data.rack}".lower()
        elif isinstance(data, StockOpened):
            yield from (f"rack/{rack.rack}".lower() for rack in data.racks)


def _unknown_names(
    view: View, statement: Statement, authority: Authority, opened: set[str | None]
) -> Iterator[str]:
    """Yield the names that nothing before says anything of; `opened` are new by these drafts."""
    unknown = []
    for kind, name in dict.fromkeys(named(statement.data)):
        if kind == "party":
            known = name.lower() in authority.parties
        elif kind == "rack":
            new = isinstance(statement.data, RackAssembled | StockOpened)
            known = new or f"rack/{name}".lower() in opened or _any(view, _RACK, name)
        elif kind == "batch" and (
            isinstance(statement.data, StockOpened) or _any(view, _STOCKED, name)
        ):
            continue
        elif kind in OPENED_KINDS:
            identity = f"{kind}/{name}".lower()
            known = identity in opened or _any(view, _OPENER, identity)
        else:
            continue
        if not known:
            unknown.append(f"{kind} {name}")
    for one in unknown[:_NAMES_MAX]:
        yield f"{one} was never recorded (NAME-UNKNOWN)"
    if len(unknown) > _NAMES_MAX:
        yield f"{len(unknown) - _NAMES_MAX:,} more names were never recorded (NAME-UNKNOWN)"


def _opened(statement: Statement) -> str | None:
    return EVENT_TYPES[statement.type].opened(statement.data)


def _any(view: View, sql: str, value: str) -> bool:
    return any(True for _ in view.rows(sql, (value,)))
