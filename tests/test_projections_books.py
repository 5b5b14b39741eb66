"""The table "Postings" of the vocabulary, row by row, in words; and zero in every book, always."""

from collections import Counter

from hypothesis import given

from ledger.entry import Event
from ledger.events import EVENT_TYPES
from ledger.events.base import EventData
from ledger.events.lease import LeaseChanged, LeaseEnded, LeaseStarted, Pool
from ledger.events.product import BatchCommissioned, StockOpened, UnitsStateChanged
from ledger.events.rack import (
    ComponentReplaced,
    Part,
    RackAssembled,
    RackDisassembled,
    RackPlaced,
)
from ledger.events.shipment import ShipmentDispatched, ShipmentLegReported, ShipmentReceived
from ledger.events.title import TitleTransferred
from projections.books import POSTS, Posting, postings
from tests.memory_log import CHIP, MemoryLog, line
from tests.posting_events import POSTING_EVENTS, ToldEvent

RACKS = ("R1", "R2")


def posts(data: EventData, who: str = "aolani") -> list[str]:
    """Return what an event posts, each posting as words: book, quantity, account."""
    return [words(one) for one in postings(MemoryLog().say(who, data))]


def words(one: Posting) -> str:
    account = {
        "possession": (one.holder, one.site, one.state, one.shipment),
        "title": (one.owner,),
        "use": (one.lessee, one.lease, one.site),
    }[one.book]
    units = (one.batch or "any", one.rack or "loose")
    return " ".join([one.book, f"{one.quantity:+}", *units, *(part or "-" for part in account)])


def test_a_batch_comes_from_nowhere_into_its_makers_stock_and_ownership() -> None:
    data = BatchCommissioned(maker="nvidia", batch="B1", model=CHIP, quantity=4000, site="us-1")
    assert posts(data) == [
        "possession -4000 B1 loose @commissioned - - -",
        "possession +4000 B1 loose nvidia us-1 stock -",
        "title -4000 B1 loose @commissioned",
        "title +4000 B1 loose nvidia",
    ]


def test_assembling_a_rack_moves_loose_units_into_it_where_they_are() -> None:
    data = RackAssembled(
        integrator="aivres",
        assembly="A1",
        rack="R56",
        model="NVL72",
        site="plant",
        lines=(line("B1", 40), line("B2", 32)),
    )
    assert posts(data) == [
        "possession -40 B1 loose aivres plant stock -",
        "possession +40 B1 R56 aivres plant stock -",
        "possession -32 B2 loose aivres plant stock -",
        "possession +32 B2 R56 aivres plant stock -",
    ]


def test_taking_a_rack_apart_makes_its_units_loose_where_they_are() -> None:
    data = RackDisassembled(
        holder="aolani", disassembly="D1", rack="R56", site="johor", lines=(line("B1", 72),)
    )
    assert posts(data) == [
        "possession -72 B1 R56 aolani johor stock -",
        "possession +72 B1 loose aolani johor stock -",
    ]


def test_stock_comes_from_the_opening_to_its_holder_and_owner_in_the_state_found() -> None:
    data = StockOpened(
        holder="aolani",
        stock="S1",
        site="johor",
        owner="bank",
        lines=(line("B1", 72, "R1", state="operational"),),
    )
    assert posts(data) == [
        "possession -72 B1 loose @opening - - -",
        "possession +72 B1 R1 aolani johor operational -",
        "use -72 B1 R1 @capacity - johor",
        "use +72 B1 R1 @unallocated - johor",
        "title -72 B1 R1 @opening",
        "title +72 B1 R1 bank",
    ]


def test_stock_whose_owner_nobody_knows_is_owned_by_nobody_known() -> None:
    data = StockOpened(holder="aolani", stock="S1", site="johor", lines=(line("B1", 4),))
    assert posts(data)[2:] == ["title -4 B1 loose @opening", "title +4 B1 loose @unknown"]


def state_changed(to_state: str, **more: object) -> UnitsStateChanged:
    told = {"holder": "aolani", "change": "C1", "site": "johor", "lines": (line("B1", 4),)}
    return UnitsStateChanged(to_state=to_state, **(told | more))  # type: ignore[arg-type]  # by name


def test_units_change_their_state_where_they_are() -> None:
    for state in ("quarantined", "decommissioned", "lost", "stolen"):
        assert posts(state_changed(state)) == [
            "possession -4 B1 loose aolani johor stock -",
            f"possession +4 B1 loose aolani johor {state} -",
        ]


def test_what_is_found_or_released_is_back_in_stock() -> None:
    for state, before in (("found", "lost"), ("released", "quarantined")):
        assert posts(state_changed(state, lines=(line("B1", 4, "R1", state=before),))) == [
            f"possession -4 B1 R1 aolani johor {before} -",
            "possession +4 B1 R1 aolani johor stock -",
        ]


def test_destroyed_units_have_no_owner_any_more_and_run_no_more() -> None:
    running = (line("B1", 4, "R1", state="operational"),)
    assert posts(state_changed("destroyed", lines=running, owner="aolani")) == [
        "possession -4 B1 R1 aolani johor operational -",
        "possession +4 B1 R1 aolani johor destroyed -",
        "use +4 B1 R1 @capacity - johor",
        "use -4 B1 R1 @unallocated - johor",
        "title -4 B1 R1 aolani",
        "title +4 B1 R1 @destroyed",
    ]
    assert posts(state_changed("destroyed"))[2] == "title -4 B1 loose @unknown"


def test_units_lose_their_owner_once_and_have_one_again_when_they_are_found() -> None:
    gone = (line("B1", 4, "R1", state="destroyed"),)
    assert posts(state_changed("destroyed", lines=gone, owner="aolani")) == []
    assert posts(state_changed("found", lines=gone, owner="aolani")) == [
        "possession -4 B1 R1 aolani johor destroyed -",
        "possession +4 B1 R1 aolani johor stock -",
        "title -4 B1 R1 @destroyed",
        "title +4 B1 R1 aolani",
    ]


def dispatch(**more: object) -> ShipmentDispatched:
    told = {
        "consignor": "aivres",
        "shipment": "S1",
        "purpose": "sale",
        "lines": (line("B1", 72, *RACKS),),
        "consignee": "aolani",
        "carrier": "carrier",
        "from_site": "plant",
    }
    return ShipmentDispatched(**(told | more))  # type: ignore[arg-type]  # fields by name


def test_a_dispatch_puts_each_rack_in_transit_with_the_carrier() -> None:
    assert posts(dispatch()) == [
        "possession -72 B1 R1 aivres plant stock -",
        "possession +72 B1 R1 carrier - in_transit S1",
        "possession -72 B1 R2 aivres plant stock -",
        "possession +72 B1 R2 carrier - in_transit S1",
    ]


def test_a_dispatch_without_a_carrier_leaves_the_units_with_the_consignor() -> None:
    assert posts(dispatch(carrier=None, lines=(line("B1", 4, state="quarantined"),))) == [
        "possession -4 B1 loose aivres plant quarantined -",
        "possession +4 B1 loose aivres - in_transit S1",
    ]


def test_what_leaves_for_another_ledger_is_transferred_and_not_in_transit() -> None:
    assert posts(dispatch(to_ledger="other.invalid", lines=(line("B1", 4),))) == [
        "possession -4 B1 loose aivres plant stock -",
        "possession +4 B1 loose @transferred - - S1",
    ]


def test_dispatching_running_units_takes_them_out_of_capacity() -> None:
    assert posts(dispatch(lines=(line("B1", 4, state="operational"),))) == [
        "possession -4 B1 loose aivres plant operational -",
        "possession +4 B1 loose carrier - in_transit S1",
        "use +4 B1 loose @capacity - plant",
        "use -4 B1 loose @unallocated - plant",
    ]


def leg(milestone: str, **more: object) -> ShipmentLegReported:
    told = {"carrier": "carrier", "leg": "L1", "shipment": "S1", "place": "LAX"}
    return ShipmentLegReported(milestone=milestone, **(told | more))  # type: ignore[arg-type]  # by name


def test_a_leg_handed_over_moves_possession_between_carriers() -> None:
    handed = leg("handed_over", from_holder="carrier", to_holder="second", lines=(line("B1", 72),))
    assert posts(handed) == [
        "possession -72 B1 loose carrier - in_transit S1",
        "possession +72 B1 loose second - in_transit S1",
    ]


def test_any_other_milestone_moves_nothing() -> None:
    assert posts(leg("exported", lines=(line("B1", 72),))) == []


def test_who_hands_over_is_unknown_where_the_leg_does_not_say() -> None:
    assert posts(leg("handed_over", to_holder="second", lines=(line("B1", 72),))) == [
        "possession -72 B1 loose @unknown - in_transit S1",
        "possession +72 B1 loose second - in_transit S1",
    ]


def test_a_receipt_takes_whole_units_into_stock_and_damaged_ones_into_quarantine() -> None:
    data = ShipmentReceived(
        receiver="aolani",
        receipt="REC1",
        shipment="S1",
        received_from="carrier",
        site="johor",
        lines=(line("B1", 72, "R1"),),
        damaged=(line("B1", 4),),
        counted_by="racks",
        final=True,
    )
    assert posts(data) == [
        "possession -72 B1 R1 carrier - in_transit S1",
        "possession +72 B1 R1 aolani johor stock -",
        "possession -4 B1 loose carrier - in_transit S1",
        "possession +4 B1 loose aolani johor quarantined -",
    ]


def placed(before: str, after: str) -> list[str]:
    lines = (line("B1", 72, "R1", state=before),)
    return posts(
        RackPlaced(holder="aolani", placement="P1", site="johor", to_state=after, lines=lines)  # type: ignore[arg-type]  # a state
    )


def test_installing_a_rack_is_no_capacity_yet() -> None:
    assert placed("stock", "installed") == [
        "possession -72 B1 R1 aolani johor stock -",
        "possession +72 B1 R1 aolani johor installed -",
    ]


def test_a_rack_made_operational_is_unallocated_capacity() -> None:
    assert placed("installed", "operational") == [
        "possession -72 B1 R1 aolani johor installed -",
        "possession +72 B1 R1 aolani johor operational -",
        "use -72 B1 R1 @capacity - johor",
        "use +72 B1 R1 @unallocated - johor",
    ]


def test_a_rack_switched_off_gives_its_capacity_back() -> None:
    assert placed("operational", "stock") == [
        "possession -72 B1 R1 aolani johor operational -",
        "possession +72 B1 R1 aolani johor stock -",
        "use +72 B1 R1 @capacity - johor",
        "use -72 B1 R1 @unallocated - johor",
    ]


def test_a_rack_that_stays_in_its_state_moves_nothing() -> None:
    assert placed("operational", "operational") == []


def replaced(state: str, **more: object) -> list[str]:
    told = {
        "holder": "aolani",
        "replacement": "X1",
        "rack": "R1",
        "site": "johor",
        "state": state,
        "out": (Part(model=CHIP, batch="B1", quantity=4),),
        "into": (Part(model=CHIP, batch="RMA", quantity=4),),
        "title": "kept",
    }
    return posts(ComponentReplaced(**(told | more)))  # type: ignore[arg-type]  # fields by name


def test_a_repair_quarantines_the_old_units_and_takes_new_ones_from_stock() -> None:
    assert replaced("installed") == [
        "possession -4 B1 R1 aolani johor installed -",
        "possession +4 B1 loose aolani johor quarantined -",
        "possession -4 RMA loose aolani johor stock -",
        "possession +4 RMA R1 aolani johor installed -",
    ]


def test_a_repair_of_a_running_rack_takes_capacity_out_and_in() -> None:
    assert replaced("operational")[2:4] + replaced("operational")[6:] == [
        "use +4 B1 R1 @capacity - johor",
        "use -4 B1 R1 @unallocated - johor",
        "use -4 RMA R1 @capacity - johor",
        "use +4 RMA R1 @unallocated - johor",
    ]


def test_a_repair_that_swaps_title_posts_both_legs_between_the_owners_named() -> None:
    swapped = replaced("installed", title="swapped", out_owner="aolani", in_owner="nvidia")
    assert swapped[4:] == [
        "title -4 B1 loose aolani",
        "title +4 B1 loose nvidia",
        "title -4 RMA R1 nvidia",
        "title +4 RMA R1 aolani",
    ]


def test_owners_that_a_swap_does_not_name_are_unknown() -> None:
    assert replaced("installed", title="swapped")[4:6] == [
        "title -4 B1 loose @unknown",
        "title +4 B1 loose @unknown",
    ]


def test_a_title_passes_from_seller_to_buyer_and_nothing_else_moves() -> None:
    lines = (line("B1", 72, *RACKS),)
    assert posts(TitleTransferred(seller="aivres", buyer="aolani", title="T1", lines=lines)) == [
        "title -72 B1 R1 aivres",
        "title +72 B1 R1 aolani",
        "title -72 B1 R2 aivres",
        "title +72 B1 R2 aolani",
    ]


def leased(**more: object) -> LeaseStarted:
    told = {"lessor": "aolani", "lease": "L1", "lessee": "bytedance", "site": "johor"}
    return LeaseStarted(**(told | more))  # type: ignore[arg-type]  # fields by name


def ended(**more: object) -> LeaseEnded:
    told = {
        "reporter": "aolani",
        "lease": "L1",
        "lessee": "bytedance",
        "site": "johor",
        "reason": "term",
    }
    return LeaseEnded(**(told | more))  # type: ignore[arg-type]  # fields by name


def test_a_lease_by_rack_takes_unallocated_capacity() -> None:
    assert posts(leased(lines=(line("B1", 72, "R1", state="operational"),))) == [
        "use -72 B1 R1 @unallocated - johor",
        "use +72 B1 R1 bytedance L1 johor",
    ]


def test_the_end_of_a_lease_gives_it_back() -> None:
    assert posts(ended(lines=(line("B1", 72, "R1", state="operational"),))) == [
        "use -72 B1 R1 bytedance L1 johor",
        "use +72 B1 R1 @unallocated - johor",
    ]


def test_a_sublease_takes_from_the_lessee_of_the_parent_lease() -> None:
    sublet = leased(lessor="bytedance", lessee="lab", lease="L2", parent_lease="L1")
    data = leased(**{name: getattr(sublet, name) for name in ("lessor", "lessee", "lease")})
    assert posts(data) == []  # neither lines nor pool: nothing is said of units
    lines = (line("B1", 72, "R1"),)
    assert posts(
        leased(lessor="bytedance", lessee="lab", lease="L2", parent_lease="L1", lines=lines)
    ) == [
        "use -72 B1 R1 bytedance L1 johor",
        "use +72 B1 R1 lab L2 johor",
    ]


def test_the_end_of_a_sublease_gives_back_to_the_parent_lease_whoever_holds_it() -> None:
    lines = (line("B1", 72, "R1"),)
    named = ended(lessee="lab", lease="L2", parent_lease="L1", lessor="bytedance", lines=lines)
    silent = ended(lessee="lab", lease="L2", parent_lease="L1", lines=lines)
    assert posts(named)[1] == "use +72 B1 R1 bytedance L1 johor"
    assert posts(silent)[1] == "use +72 B1 R1 @unknown L1 johor"


def test_a_lease_by_quantity_is_of_the_pool_of_its_site_and_model() -> None:
    assert posts(leased(site=None, pool=Pool(site="johor", model=CHIP, quantity=500))) == [
        "use -500 any loose @unallocated - johor",
        "use +500 any loose bytedance L1 johor",
    ]


def test_an_unknown_quantity_posts_nothing() -> None:
    assert posts(leased(site=None, pool=Pool(site="johor", model=CHIP))) == []


def test_colocation_posts_nothing() -> None:
    assert posts(leased(service="colocation", lines=(line("B1", 72, "R1"),))) == []


def test_a_third_party_report_moves_nothing_whatever_it_reports() -> None:
    data = BatchCommissioned(maker="nvidia", batch="B1", model=CHIP, quantity=4000, site="us-1")
    assert postings(MemoryLog().say("reporter", data, basis="third_party_report")) == ()


def test_an_event_of_any_other_kind_moves_nothing() -> None:
    opening: Event = MemoryLog()[0]
    assert postings(opening) == ()


def test_every_rule_is_of_a_type_that_opens_an_identifier_of_its_own_kind() -> None:
    assert POSTS.keys() <= EVENT_TYPES.keys()
    opened = Counter(row.opens[0] for row in EVENT_TYPES.values() if row.opens)
    assert {opened[(EVENT_TYPES[name].opens or ("",))[0]] for name in POSTS} == {1}


@given(POSTING_EVENTS)
def test_every_event_sums_to_zero_in_every_book(told: ToldEvent) -> None:
    sums: Counter[tuple[str, str, str | None]] = Counter()
    for one in postings(told.say(MemoryLog())):
        sums[one.book, one.model, one.batch] += one.quantity
    assert set(sums.values()) <= {0}


@given(POSTING_EVENTS)
def test_capacity_is_always_what_is_operational(told: ToldEvent) -> None:
    running: Counter[tuple[str, str | None, str | None]] = Counter()
    for one in postings(told.say(MemoryLog())):
        if one.state == "operational" or one.lessee == "@capacity":
            running[one.model, one.batch, one.site] += one.quantity
    assert set(running.values()) <= {0}


def lease_changed(**more: object) -> LeaseChanged:
    told = {
        "lessor": "aolani",
        "change": "C1",
        "lease": "L-1",
        "lessee": "bytedance",
        "site": "johor",
        "reason": "as agreed",
    }
    return LeaseChanged(**(told | more))  # type: ignore[arg-type]  # fields by name


def test_a_changed_lease_gives_back_what_goes_and_takes_what_comes() -> None:
    running = {"state": "operational"}
    data = lease_changed(
        removed=(line("B1", 72, "R1", **running),), added=(line("B1", 72, "R2", **running),)
    )
    assert posts(data) == [
        "use -72 B1 R1 bytedance L-1 johor",
        "use +72 B1 R1 @unallocated - johor",
        "use -72 B1 R2 @unallocated - johor",
        "use +72 B1 R2 bytedance L-1 johor",
    ]


def test_a_changed_lease_moves_pools_whose_quantity_is_known() -> None:
    data = lease_changed(
        pool_added=Pool(site="johor", model=CHIP, quantity=8), pool_removed=Pool(model=CHIP)
    )
    assert posts(data) == [
        "use -8 any loose @unallocated - johor",
        "use +8 any loose bytedance L-1 johor",
    ]
    assert posts(lease_changed(until="2029", service="iaas")) == []


def test_a_changed_sublease_moves_between_the_two_lessees() -> None:
    data = lease_changed(
        lessor="lessee-1", parent_lease="L-0", added=(line("B1", 4, state="operational"),)
    )
    assert posts(data) == [
        "use -4 B1 loose lessee-1 L-0 johor",
        "use +4 B1 loose bytedance L-1 johor",
    ]


def test_a_changed_colocation_posts_nothing() -> None:
    assert posts(lease_changed(service="colocation", added=(line("B1", 4),))) == []
