"""Which version of an event counts, from which entry to which: told, and against the rule."""

from hypothesis import given

from ledger.entry import Event
from ledger.events import EVENT_TYPES
from ledger.events.base import Basis
from ledger.events.shipment import ShipmentDispatched
from ledger.events.site import SiteCapacityAttested, SiteRegistered
from projections.books.reducer import Reducer, arrival_of
from tests.histories import HISTORIES, History, play
from tests.memory_log import MemoryLog, line


def shipment(quantity: int = 72, name: str = "S1") -> ShipmentDispatched:
    return ShipmentDispatched(
        consignor="aivres",
        shipment=name,
        purpose="sale",
        lines=(line("B1", quantity),),
        consignee="aolani",
        from_site="plant",
    )


def counting(log: MemoryLog) -> list[int]:
    """Return which events count after the whole log, entry 0 aside."""
    reducer = Reducer()
    counts: set[int] = set()
    for index in range(log.size):
        for switch in reducer.apply(arrival_of(log[index])):
            assert switch.on != (switch.event_idx in counts), "switched to what it is"
            counts ^= {switch.event_idx}
    return sorted(counts - {0})


def tell(log: MemoryLog, who: str, basis: Basis, quantity: int = 72) -> Event:
    return log.say(who, shipment(quantity), basis=basis)


def test_one_partys_word_counts_as_long_as_nobody_else_speaks() -> None:
    log = MemoryLog()
    packing_list = tell(log, "aolani", "counterparty")
    assert counting(log) == [packing_list.index]


def test_the_consignors_own_word_replaces_the_counterpartys() -> None:
    log = MemoryLog()
    tell(log, "aolani", "counterparty", 71)
    own = tell(log, "aivres", "first_party")
    assert counting(log) == [own.index]


def test_after_the_own_word_is_voided_the_counterpartys_counts_again() -> None:
    log = MemoryLog()
    packing_list = tell(log, "aolani", "counterparty")
    void = log.void(tell(log, "aivres", "first_party"))
    assert counting(log) == [packing_list.index, void.index]


def test_an_authoritys_word_comes_between_own_and_counterpartys() -> None:
    log = MemoryLog()
    tell(log, "aolani", "counterparty")
    customs = tell(log, "customs", "authority")
    assert counting(log) == [customs.index]
    own = tell(log, "aivres", "first_party")
    assert counting(log) == [own.index]


def test_of_two_on_equal_ground_the_earlier_entry_counts() -> None:
    log = MemoryLog()
    first = tell(log, "aolani", "counterparty")
    tell(log, "carrier", "counterparty")
    assert counting(log) == [first.index]


def test_names_are_the_same_whatever_their_case() -> None:
    log = MemoryLog()
    log.say("aolani", shipment(name="s1"), basis="counterparty")
    own = log.say("aivres", shipment(name="S1"))
    assert counting(log) == [own.index]


def test_a_correction_takes_the_place_of_its_target() -> None:
    log = MemoryLog()
    first = tell(log, "aolani", "counterparty")
    tell(log, "carrier", "counterparty")
    corrected = log.say("aolani", shipment(71), basis="counterparty", corrects=first)
    assert counting(log) == [corrected.index]


def test_a_correction_of_what_does_not_count_changes_nothing() -> None:
    log = MemoryLog()
    own = tell(log, "aivres", "first_party")
    other = tell(log, "aolani", "counterparty")
    log.say("aolani", shipment(71), basis="counterparty", corrects=other)
    assert counting(log) == [own.index]


def test_a_correction_speaks_on_its_own_ground() -> None:
    log = MemoryLog()
    tell(log, "customs", "authority")
    other = tell(log, "aolani", "counterparty")
    better = log.say("aolani", shipment(71), basis="first_party", corrects=other)
    assert counting(log) == [better.index]


def test_nobody_displaces_anothers_own_word_by_correcting_something_else_into_it() -> None:
    log = MemoryLog()
    decoy = log.say("rival", shipment(name="TMP"))
    own = log.say("aivres", shipment(name="S1"))
    log.say("rival", shipment(5_000, name="S1"), basis="counterparty", corrects=decoy)
    assert counting(log) == [own.index]


def test_a_chain_renamed_comes_after_what_was_there_before() -> None:
    log = MemoryLog()
    decoy = log.say("rival", shipment(name="TMP"), basis="counterparty")
    first = log.say("aolani", shipment(name="S1"), basis="counterparty")
    log.say("rival", shipment(5_000, name="S1"), basis="counterparty", corrects=decoy)
    assert counting(log) == [first.index]


def test_a_correction_may_move_a_version_to_another_identifier() -> None:
    log = MemoryLog()
    wrong = log.say("aivres", shipment(name="S2"))
    other = log.say("aolani", shipment(name="S2"), basis="counterparty")
    third = log.say("aolani", shipment(name="S1"), basis="counterparty")
    assert counting(log) == [wrong.index, third.index]
    right = log.say("aivres", shipment(name="S1"), corrects=wrong)
    assert counting(log) == [other.index, right.index]


def test_a_void_ends_the_whole_chain() -> None:
    log = MemoryLog()
    first = tell(log, "aivres", "first_party")
    corrected = log.say("aivres", shipment(71), corrects=first)
    void = log.void(corrected)
    assert counting(log) == [void.index]


def test_a_void_is_for_good() -> None:
    log = MemoryLog()
    voided = tell(log, "aolani", "counterparty")
    void = log.void(voided)
    own = tell(log, "aivres", "first_party")
    second = log.void(own)
    assert counting(log) == [void.index, second.index]


def test_a_report_counts_as_a_claim_beside_the_version_that_counts() -> None:
    log = MemoryLog()
    report = tell(log, "reporter", "third_party_report")
    assert counting(log) == [report.index]
    own = tell(log, "aivres", "first_party")
    assert counting(log) == [report.index, own.index]


def test_a_report_that_is_voided_is_a_claim_no_more() -> None:
    log = MemoryLog()
    void = log.void(tell(log, "reporter", "third_party_report"))
    assert counting(log) == [void.index]


def test_a_report_corrected_to_an_own_word_is_chosen_among_from_then_on() -> None:
    log = MemoryLog()
    report = tell(log, "aivres", "third_party_report")
    other = tell(log, "aolani", "counterparty")
    assert counting(log) == [report.index, other.index]
    own = log.say("aivres", shipment(71), corrects=report)
    assert counting(log) == [own.index]


def site(log: MemoryLog, who: str, name: str) -> Event:
    data = SiteRegistered(registrant=who, site="johor", name=name, country="MY", kind="port")
    return log.say(who, data)


def test_updates_by_one_party_all_count_and_another_partys_do_not() -> None:
    log = MemoryLog()
    first, second = site(log, "aolani", "one"), site(log, "aolani", "two")
    site(log, "aivres", "other")
    assert counting(log) == [first.index, second.index]


def test_when_every_update_of_a_party_is_voided_the_other_partys_count() -> None:
    log = MemoryLog()
    first, second = site(log, "aolani", "one"), site(log, "aolani", "two")
    other = site(log, "aivres", "other")
    voids = [log.void(first).index, log.void(second).index]
    assert counting(log) == [other.index, *voids]


def test_an_event_that_opens_no_identifier_stands_alone_with_its_corrections() -> None:
    log = MemoryLog()
    power = [
        SiteCapacityAttested(operator="aolani", site="johor", it_megawatts=megawatts)
        for megawatts in ("60", "70", "80")
    ]
    first, second = log.say("aolani", power[0]), log.say("aivres", power[1])
    right = log.say("aolani", power[2], corrects=first)
    assert counting(log) == [second.index, right.index]


def test_a_void_or_correction_of_an_event_that_is_not_there_voids_nothing() -> None:
    log, elsewhere = MemoryLog(), MemoryLog()
    elsewhere.say("aivres", shipment())
    foreign = elsewhere.say("aivres", shipment(name="S9"))
    void = log.void(foreign)
    alone = log.say("aivres", shipment(), corrects=foreign)
    assert counting(log) == [void.index, alone.index]


def test_no_two_types_open_identifiers_of_one_kind() -> None:
    kinds = [row.opens[0] for row in EVENT_TYPES.values() if row.opens]
    assert len(kinds) == len(set(kinds))


@given(HISTORIES)
def test_what_counts_is_what_the_rule_says_after_every_entry(history: History) -> None:
    log = play(history)
    reducer = Reducer()
    counts: set[int] = set()
    for index in range(log.size):
        for switch in reducer.apply(arrival_of(log[index])):
            counts ^= {switch.event_idx}
        assert counts == by_the_rule([log[one] for one in range(index + 1)])


def by_the_rule(events: list[Event]) -> set[int]:
    """Return which events count, worked out from the vocabulary's sentences and nothing else."""
    chains: list[list[Event]] = []
    voided: set[str] = set()
    for event in events:
        corrected = event.statement.corrects
        if event.statement.type == "EventVoided.v1":
            voided.add(event.statement.data.target.id)
        for chain in chains:
            if corrected is not None and chain[-1].statement.id == corrected.id:
                chain.append(event)
                break
        else:
            chains.append([event])
    alive = [chain for chain in chains if chain[-1].statement.id not in voided]
    return {chain[-1].index for chain in alive if _counts(chain, alive)}


def _counts(chain: list[Event], alive: list[list[Event]]) -> bool:
    head = chain[-1].statement
    row = EVENT_TYPES[head.type]
    if head.basis == "third_party_report" or row.opens is None:
        return True
    rivals = [
        other
        for other in alive
        if other[-1].statement.type == head.type
        and row.opened(other[-1].statement.data) == row.opened(head.data)
        and other[-1].statement.basis != "third_party_report"
    ]
    best = min(rivals, key=_place)
    same = best[-1].statement.asserted_by.lower() == head.asserted_by.lower()
    return best is chain or (row.updates and same)


def _place(chain: list[Event]) -> tuple[int, int]:
    """Return the ground on which a chain speaks, and since when it does under its identifier."""
    order = ["first_party", "authority", "counterparty"]
    names = [EVENT_TYPES[one.statement.type].opened(one.statement.data) for one in chain]
    since = len(chain) - 1
    while since > 0 and names[since - 1] == names[-1]:
        since -= 1
    return order.index(chain[-1].statement.basis), chain[since].index
