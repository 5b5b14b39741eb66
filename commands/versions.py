"""What other parties told of the same event, shown before one's own version is signed."""

from collections.abc import Iterator

from msgspec import Struct

from commands.statement_text import ranges
from ledger.application import Ledger
from ledger.events import EVENT_TYPES
from ledger.events.base import Line, Statement
from projections.books.reducer import RANK
from projections.view import View

_OTHERS = """
    SELECT event.idx, event.asserted_by, version.rank
    FROM event JOIN version ON version.head_idx = event.idx AND NOT version.voided
    WHERE event.opened = ? AND event.type = ? AND event.asserted_by <> ?
        AND event.basis <> 'third_party_report'
    ORDER BY event.idx"""
_SHOWN_MAX = 120


def other_versions(view: View, reader: Ledger, statement: Statement) -> Iterator[str]:
    """Yield who told the event already, which version will count, and where this one differs."""
    row = EVENT_TYPES[statement.type]
    opened = row.opened(statement.data)
    if opened is None or row.updates or statement.basis == "third_party_report":
        return
    others = list(view.rows(_OTHERS, (opened, statement.type, statement.asserted_by)))
    ranks = [int(str(other["rank"])) for other in others]
    for other in others:
        event = reader.event(int(str(other["idx"])))
        kind, field = row.opens or ("", "")
        name = getattr(statement.data, field)
        told = f"{other['asserted_by']} told {kind} {name} already, in entry {event.index}"
        if statement.corrects is None:
            counts = RANK[statement.basis] < min(ranks)
            told += ": this version will count" if counts else ": that version goes on counting"
        yield told
        found = list(_differences(event.statement, statement))
        for one in found:
            yield f"{one} (CLAIMS-DIFFER)"
        if not found:
            yield "both versions say the same"


def _differences(there: Statement, here: Statement) -> Iterator[str]:
    if there.occurred != here.occurred:
        yield _difference("occurred", there.occurred, here.occurred)
    for name in here.data.__struct_fields__:
        old, new = getattr(there.data, name), getattr(here.data, name)
        if old == new:
            continue
        if isinstance(old, tuple) and isinstance(new, tuple):
            yield _difference(name, _list(old, new), _list(new, old))
        else:
            yield _difference(name, _word(old), _word(new))


def _difference(name: str, there: str, here: str) -> str:
    shown = (
        one if len(one) <= _SHOWN_MAX else f"{one[: _SHOWN_MAX - 1]}…" for one in (there, here)
    )
    return f"it differs in {name.replace('_', ' ')}: there {', here '.join(shown)}"


def _list(items: tuple[object, ...], others: tuple[object, ...]) -> str:
    """Return a list in words: of units, how many, and the racks that only it names."""
    lines = [one for one in items if isinstance(one, Line)]
    if not lines:
        return ", ".join(_word(one) for one in items) or "nothing"
    racks = {rack for one in lines for rack in one.racks}
    more = racks - {rack for one in others if isinstance(one, Line) for rack in one.racks}
    told = f"{sum(one.total for one in lines):,} GPUs"
    told += f" in {len(racks):,} racks" if racks else ""
    return told + (f", with {ranges(more)}" if more else "")


def _word(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Struct):
        members = (getattr(value, name) for name in value.__struct_fields__)
        return " ".join(str(one) for one in members if one is not None and one != ())
    return str(value)
