"""Racks: assembled, taken apart, placed, repaired."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ledger.entry import Event
from ledger.events import rack as noun
from projections.subjects.row import Row, lines, row, table

SCHEMA = (
    *table(
        "assembly", "integrator! assembly! rack! model! chassis_serial! site!", "rack", "assembly"
    ),
    *table("disassembly", "holder! disassembly! rack! site! reason", "rack", "disassembly"),
    *table(
        "placement",
        "holder! placement! site! cluster! position to_state",
        "placement",
        "cluster",
    ),
    *table(
        "replacement",
        "holder! replacement! rack! position site! state rma! title out_owner! in_owner! maker!",
        "rack",
    ),
    *table("replaced_serial", "rack! direction model! batch! serial!", "serial"),
)
_REPLACED = "holder replacement rack position site state rma title out_owner in_owner maker"


def assembled(event: Event, data: noun.RackAssembled, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a rack, and what it was built of: lines that name the new rack."""
    yield row("assembly", event, data, "integrator assembly rack model chassis_serial site")
    for _, line in lines(event, data.lines):
        yield "line", line | {"rack": data.rack}


def disassembled(event: Event, data: noun.RackDisassembled, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a rack taken apart, and what was in it: lines that name the rack."""
    yield row("disassembly", event, data, "holder disassembly rack site reason")
    for _, line in lines(event, data.lines):
        yield "line", line | {"rack": data.rack}


def placed(event: Event, data: noun.RackPlaced, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a placement and its units."""
    yield row("placement", event, data, "holder placement site cluster position to_state")
    yield from lines(event, data.lines)


def replaced(event: Event, data: noun.ComponentReplaced, _zone: ZoneInfo) -> Iterator[Row]:
    """Yield a repair, the units out and in, and their serials where they were named."""
    yield row("replacement", event, data, _REPLACED)
    for direction, parts in (("out", data.out), ("into", data.into)):
        for part in parts:
            at = {"rack": data.rack, "state": data.state, "part": direction}
            yield row("line", event, part, "model batch quantity", **at)
            for serial in part.serials:
                named = {"rack": data.rack, "direction": direction, "serial": serial}
                yield row("replaced_serial", event, part, "model batch", **named)


ROWS = {
    noun.RackAssembled: assembled,
    noun.RackDisassembled: disassembled,
    noun.RackPlaced: placed,
    noun.ComponentReplaced: replaced,
}
