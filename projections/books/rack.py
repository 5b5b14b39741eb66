"""Postings of racks: assembled, taken apart, placed at a site, repaired."""

from collections.abc import Iterator

from ledger.events.rack import ComponentReplaced, Part, RackAssembled, RackDisassembled, RackPlaced
from projections.books.posting import (
    UNKNOWN,
    Custody,
    Posting,
    Units,
    by_rack,
    possession,
    title,
)


def rack_assembled(data: RackAssembled) -> Iterator[Posting]:
    """Possession: the same holder, site and state; loose units become the rack's."""
    holder = data.integrator or UNKNOWN
    for line, units, rack in by_rack(data.lines):
        yield from possession(
            units,
            Custody(holder, data.site, line.state, rack=rack),
            Custody(holder, data.site, line.state, rack=data.rack),
        )


def rack_disassembled(data: RackDisassembled) -> Iterator[Posting]:
    """Possession: the same holder, site and state; the rack's units become loose ones."""
    holder = data.holder or UNKNOWN
    for line, units, _ in by_rack(data.lines):
        yield from possession(
            units,
            Custody(holder, data.site, line.state, rack=data.rack),
            Custody(holder, data.site, line.state),
        )


def rack_placed(data: RackPlaced) -> Iterator[Posting]:
    """Possession: stock ↔ installed ↔ operational, at one site; use: capacity ↔ unallocated."""
    holder = data.holder or UNKNOWN
    for line, units, rack in by_rack(data.lines):
        yield from possession(
            units,
            Custody(holder, data.site, line.state, rack=rack),
            Custody(holder, data.site, data.to_state, rack=rack),
        )


def component_replaced(data: ComponentReplaced) -> Iterator[Posting]:
    """Possession: out of the rack into quarantine, in from loose stock; title: both if swapped."""
    holder = data.holder or UNKNOWN
    in_rack = Custody(holder, data.site, data.state, rack=data.rack)
    for part in data.out:
        yield from possession(_units(part), in_rack, Custody(holder, data.site, "quarantined"))
    for part in data.into:
        yield from possession(_units(part), Custody(holder, data.site, "stock"), in_rack)
    if data.title == "swapped":
        old, new = data.out_owner or UNKNOWN, data.in_owner or UNKNOWN
        for part in data.out:
            yield from title(_units(part), None, old, new)
        for part in data.into:
            yield from title(_units(part), data.rack, new, old)


def _units(part: Part) -> Units:
    return Units(part.model, part.batch, part.quantity)
