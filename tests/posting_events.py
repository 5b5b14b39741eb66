"""Hypothesis strategies: events of every type that posts, over few names; dates of all forms."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from ledger.canonical import ordered
from ledger.entry import Event
from ledger.events.base import Basis, EventData, Line
from ledger.events.lease import LeaseChanged, LeaseEnded, LeaseStarted, Pool
from ledger.events.product import BatchCommissioned, StockOpened, UnitsStateChanged
from ledger.events.rack import ComponentReplaced, Part, RackAssembled, RackDisassembled, RackPlaced
from ledger.events.shipment import ShipmentDispatched, ShipmentLegReported, ShipmentReceived
from ledger.events.title import TitleTransferred
from tests.memory_log import MemoryLog


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """What somebody says happened, and on what ground; `say` puts it into a log."""

    who: str
    data: EventData
    occurred: str
    basis: Basis

    def say(self, log: MemoryLog, corrects: Event | None = None) -> Event:
        return log.say(self.who, self.data, self.occurred, basis=self.basis, corrects=corrects)


PARTIES = st.sampled_from(["nvidia", "aivres", "Aolani", "aolani"])
OTHERS = st.none() | PARTIES
SITES = st.sampled_from(["us-1", "johor"])
MODELS = st.sampled_from(["B200", "H100"])
BATCHES = st.sampled_from(["B1", "B2"])
RACKS = st.sampled_from(["R1", "r1", "R2"])
NAMES = st.sampled_from(["X1", "x1", "X2"])
QUANTITIES = st.integers(1, 80)
STATES = st.sampled_from(["stock", "installed", "operational", "quarantined"])
DATES = st.sampled_from(
    ["2026-02-01", "2026-02", "2026", "../2026-01", "2026-02-01T09:00:00+08:00", "2025-12-31"]
)
BASES = st.sampled_from(["first_party", "counterparty", "authority", "third_party_report"])


def _sets(items: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, min_size=least, max_size=3).map(lambda found: ordered(*found))


def _names(items: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Lists of names in any case, none of them twice."""
    many = st.lists(items, max_size=3, unique_by=str.lower)
    return many.map(lambda found: ordered(*found))


_LINE = st.builds(
    Line, model=MODELS, batch=BATCHES, quantity=QUANTITIES, racks=_names(RACKS), state=STATES
)
_PART = st.builds(Part, model=MODELS, batch=BATCHES, quantity=QUANTITIES)
_LINES = _sets(_LINE, 1)
_PARTS = _sets(_PART, 1)
_POOLS = st.none() | st.builds(
    Pool, site=st.none() | SITES, model=MODELS, quantity=st.none() | QUANTITIES
)
_SERVICES = st.sampled_from([None, "iaas", "bare_metal", "colocation"])
_LEASED = {
    "lease": NAMES,
    "lessee": PARTIES,
    "lessor": OTHERS,
    "parent_lease": st.none() | NAMES,
    "site": st.none() | SITES,
    "lines": _sets(_LINE),
    "pool": _POOLS,
    "service": _SERVICES,
}

DATA: tuple[st.SearchStrategy[EventData], ...] = (
    st.builds(
        BatchCommissioned,
        maker=OTHERS,
        batch=NAMES,
        model=MODELS,
        quantity=QUANTITIES,
        site=SITES,
    ),
    st.builds(StockOpened, holder=OTHERS, stock=NAMES, site=SITES, owner=OTHERS, lines=_LINES),
    st.builds(
        UnitsStateChanged,
        holder=OTHERS,
        change=NAMES,
        site=SITES,
        lines=_LINES,
        to_state=st.sampled_from(
            ["quarantined", "decommissioned", "destroyed", "lost", "stolen", "found", "released"]
        ),
        owner=OTHERS,
    ),
    st.builds(
        RackDisassembled, holder=OTHERS, disassembly=NAMES, rack=RACKS, site=SITES, lines=_LINES
    ),
    st.builds(
        LeaseChanged,
        lessor=OTHERS,
        change=NAMES,
        lease=NAMES,
        parent_lease=st.none() | NAMES,
        lessee=PARTIES,
        site=st.none() | SITES,
        added=_sets(_LINE),
        removed=_sets(_LINE),
        pool_added=_POOLS,
        pool_removed=_POOLS,
        service=_SERVICES,
        reason=st.just("agreed"),
    ),
    st.builds(
        RackAssembled,
        integrator=OTHERS,
        assembly=NAMES,
        rack=RACKS,
        model=MODELS,
        site=SITES,
        lines=_LINES,
    ),
    st.builds(
        RackPlaced,
        holder=OTHERS,
        placement=NAMES,
        site=SITES,
        to_state=st.sampled_from(["stock", "installed", "operational"]),
        lines=_LINES,
    ),
    st.builds(
        ComponentReplaced,
        holder=OTHERS,
        replacement=NAMES,
        rack=RACKS,
        site=SITES,
        state=STATES,
        out=_PARTS,
        into=_PARTS,
        title=st.sampled_from(["swapped", "kept"]),
        out_owner=OTHERS,
        in_owner=OTHERS,
    ),
    st.builds(
        ShipmentDispatched,
        consignor=OTHERS,
        shipment=NAMES,
        purpose=st.just("sale"),
        lines=_LINES,
        consignee=PARTIES,
        carrier=OTHERS,
        from_site=SITES,
        to_ledger=st.sampled_from([None, None, "other.invalid"]),
    ),
    st.builds(
        ShipmentLegReported,
        carrier=OTHERS,
        leg=NAMES,
        shipment=NAMES,
        milestone=st.sampled_from(["exported", "handed_over"]),
        place=st.just("LAX"),
        from_holder=OTHERS,
        to_holder=OTHERS,
        lines=_sets(_LINE),
    ),
    st.builds(
        ShipmentReceived,
        receiver=OTHERS,
        receipt=NAMES,
        shipment=NAMES,
        received_from=PARTIES,
        site=SITES,
        lines=_sets(_LINE),
        damaged=_sets(_LINE),
        counted_by=st.just("racks"),
        final=st.booleans(),
    ),
    st.builds(TitleTransferred, seller=OTHERS, buyer=PARTIES, title=NAMES, lines=_LINES),
    st.builds(LeaseStarted, **_LEASED),
    st.builds(LeaseEnded, reporter=OTHERS, reason=st.just("term"), **_LEASED),
)

"""What an event of each type says, one strategy a type."""

POSTING_EVENTS = st.builds(
    ToldEvent, who=PARTIES, data=st.one_of(*DATA), occurred=DATES, basis=BASES
)
