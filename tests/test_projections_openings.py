"""Opening stock, changes of state and racks taken apart in the figures of every question."""

from collections import Counter
from typing import Any

import pytest

from ledger.canonical import ordered
from ledger.events.base import Line
from ledger.events.correction import EventVoided
from ledger.events.product import (
    BatchCommissioned,
    OtherEntry,
    StockedRack,
    StockOpened,
    UnitsStateChanged,
)
from ledger.events.rack import RackDisassembled
from ledger.events.shipment import ShipmentDispatched
from ledger.events.title import TitleTransferred
from tests.memory_log import CHIP, MemoryLog, line
from tests.mini_case import mini_case, project
from tests.test_projections_queries import Rows, ask_of, pick

WORDS = ("on_one_word", "on_two_words", "on_opening")
ORIGIN = "other.invalid"


def opened(*lines: Line, stock: str = "OPEN-1", **more: Any) -> StockOpened:
    racks = sorted({rack for one in lines for rack in one.racks})
    return StockOpened(
        holder="aolani",
        stock=stock,
        site="JHR1",
        owner="aolani",
        supplier="aivres",
        racks=ordered(*(StockedRack(rack=rack, model="NVL72") for rack in racks)),
        lines=ordered(*lines),
        **more,
    )


def whose(log: MemoryLog, **given: Any) -> list[tuple[Any, ...]]:
    rows = ask_of(project(log), "whose-word", **given)
    return pick(rows, "book", "account", "quantity", "rests_on", "signed_by")


def test_an_opening_rests_on_two_words_from_the_entry_that_accepts_it() -> None:
    log = MemoryLog()
    stock = log.say("aolani", opened(line("O1", 72, "R1", "R2", state="operational")), "2026-01-05")
    one = [
        ("possession", "aolani", 144, "opening balance", "aolani"),
        ("title", "aolani", 144, "opening balance", "aolani"),
        ("use", "@unallocated", 144, "opening balance", "aolani"),
    ]
    assert whose(log) == one
    log.countersign("aivres", stock)
    assert whose(log) == [(*row[:3], "two words", "aivres, aolani") for row in one]
    assert whose(log, known_at=stock.index) == one
    assert whose(log, as_of="2026-01-04T00:00:00Z") == []
    view = project(log)
    assert pick(ask_of(view, "where"), *WORDS) == [(0, 144, 0)]
    assert pick(ask_of(view, "title"), *WORDS) == [(0, 144, 0)]
    assert pick(ask_of(view, "where", known_at=stock.index), *WORDS) == [(0, 0, 144)]
    assert pick(ask_of(view, "title", known_at=stock.index), *WORDS) == [(0, 0, 144)]


def test_a_dispute_is_no_second_word() -> None:
    log = MemoryLog()
    stock = log.say("aolani", opened(line("O1", 5)), "2026-01-05")
    log.countersign("aivres", stock, "disputes")
    assert {row[3:] for row in whose(log)} == {("opening balance", "aolani")}


def test_who_disputes_what_it_accepted_is_no_second_word_any_more() -> None:
    log = MemoryLog()
    stock = log.say("aolani", opened(line("O1", 5)), "2026-01-05")
    accepted = log.countersign("aivres", stock)
    log.countersign("aivres", stock, "disputes")
    assert {row[3:] for row in whose(log)} == {("opening balance", "aolani")}
    view = project(log)
    assert pick(ask_of(view, "where"), *WORDS) == [(0, 0, 5)]
    assert pick(ask_of(view, "title"), *WORDS) == [(0, 0, 5)]
    assert pick(ask_of(view, "where", known_at=accepted.index), *WORDS) == [(0, 5, 0)]
    log.countersign("aivres", stock)
    assert {row[3] for row in whose(log)} == {"two words"}
    log.countersign("aolani", stock, "disputes")
    log.countersign("aivres", stock, "disputes")
    assert {row[3:] for row in whose(log)} == {("opening balance", None)}


def test_what_came_last_decides_and_the_rest_stays_where_it_was() -> None:
    log = MemoryLog()
    log.say("aolani", opened(line("O1", 10)), "2026-01-05")
    log.say("aolani", opened(line("O1", 4), stock="OPEN-2"), "2026-01-06", also=["aivres"])
    sold = TitleTransferred(seller="aolani", buyer="bytedance", title="T1", lines=(line("O1", 3),))
    log.say("aolani", sold, "2026-01-07")
    assert whose(log) == [
        ("possession", "aolani", 10, "opening balance", "aolani"),
        ("possession", "aolani", 4, "two words", "aivres, aolani"),
        ("title", "aolani", 7, "opening balance", "aolani"),
        ("title", "aolani", 4, "two words", "aivres, aolani"),
        ("title", "bytedance", 3, "one word", "aolani"),
    ]


def test_a_corrected_and_a_voided_opening_leave_nothing_behind() -> None:
    log = MemoryLog()
    stock = log.say("aolani", opened(line("O1", 10)), "2026-01-05")
    better = log.say("aolani", opened(line("O1", 8)), "2026-01-05", corrects=stock)
    assert [row[2] for row in whose(log)] == [8, 8]
    assert [row[2] for row in whose(log, known_at=stock.index)] == [10, 10]
    void = EventVoided(target=better.target, reason="never there")
    log.say("aolani", void, "2026-01-09")
    assert whose(log) == []
    assert ask_of(project(log), "balances") == []


@pytest.mark.parametrize(
    ("given", "books"),
    [
        ({"site": "JHR1"}, {"possession", "use"}),
        ({"batch": "o1"}, {"possession", "title"}),
        ({"party": "Aolani"}, {"possession", "title"}),
        ({"party": "aivres"}, set()),
        ({"site": "ELSEWHERE"}, set()),
    ],
)
def test_whose_word_looks_at_a_part(given: dict[str, str], books: set[str]) -> None:
    log = MemoryLog()
    log.say("aolani", opened(line("O1", 72, "R1", state="operational")), "2026-01-05")
    assert {row[0] for row in whose(log, **given)} == books


def summed(rows: Rows, columns: dict[str, str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in rows:
        for name, column in columns.items():
            found[name] += row[column]
    return +found


@pytest.mark.parametrize("book", ["possession", "title", "use"])
@pytest.mark.parametrize("as_of", ["2026-02-05T00:00:00Z", "2026-06-01T00:00:00Z"])
def test_it_says_the_same_as_the_questions_of_each_book(book: str, as_of: str) -> None:
    view = mini_case().view
    columns = {"one word": "on_one_word", "two words": "on_two_words"}
    other = {"possession": "where", "title": "title", "use": "use"}[book]
    told: Counter[str] = Counter()
    for row in ask_of(view, "whose-word", as_of=as_of):
        told[row["rests_on"]] += row["quantity"] * (row["book"] == book)
    assert +told == summed(ask_of(view, other, as_of=as_of), columns)


def reconciled(log: MemoryLog) -> dict[str, tuple[int, int]]:
    rows = ask_of(project(log), "reconcile")
    assert all(row["holds"] for row in rows)
    return {row["compared"]: (row["left_side"], row["right_side"]) for row in rows if row["model"]}


def test_what_was_opened_is_held_and_owned_beside_what_was_commissioned() -> None:
    log = MemoryLog()
    log.say("aolani", opened(line("O1", 72, "R1", state="operational")), "2026-01-05")
    assert reconciled(log)["opened = held by somebody"] == (72, 72)
    made = BatchCommissioned(maker="nvidia", batch="B1", model=CHIP, quantity=30, site="FAB")
    log.say("nvidia", made, "2026-01-06")
    destroyed = UnitsStateChanged(
        holder="aolani", change="C1", site="JHR1", to_state="destroyed", owner="aolani",
        method="shredded", lines=(line("O1", 2, "R1", state="operational"),),
    )  # fmt: skip
    log.say("aolani", destroyed, "2026-01-07")
    left = ShipmentDispatched(
        consignor="aolani", shipment="S1", purpose="move", consignee="aivres", from_site="JHR1",
        to_ledger=ORIGIN, lines=(line("O1", 70, "R1", state="operational"),),
    )  # fmt: skip
    log.say("aolani", left, "2026-01-08")
    found = reconciled(log)
    assert found["commissioned or opened = held by somebody"] == (102, 102)
    assert found["commissioned or opened = owned by somebody"] == (102, 102)
    view = project(log)
    (row,) = ask_of(view, "shipment", shipment="S1")
    assert (row["dispatched"], row["missing"], row["to_ledger"]) == (70, 0, ORIGIN)
    assert ask_of(view, "in-transit") == []
    chain = ask_of(view, "custody", rack="R1")
    assert chain[-1]["to_place"] == f"ledger {ORIGIN}"


def test_the_chain_of_opened_stock_begins_with_what_is_not_recorded_here() -> None:
    log = MemoryLog()
    log.say("aolani", opened(line("O1", 6), stock="OLD"), "2026-01-01")
    other = OtherEntry(origin=ORIGIN, index=503, leaf="0" * 64)
    lines = line("O1", 72, "R1"), line("O1", 3)
    log.say("aolani", opened(*lines, from_entry=other), "2026-01-05")
    apart = RackDisassembled(
        holder="aolani", disassembly="D1", rack="R1", site="JHR1", lines=(line("O1", 72),)
    )
    log.say("aolani", apart, "2026-01-09")
    view = project(log)
    chain = [row for row in ask_of(view, "custody", rack="R1") if row["book"] == "possession"]
    assert pick(chain, "link", "from_place", "quantity") == [
        ("StockOpened", f"entry 503 of {ORIGIN}", 72),
        ("RackDisassembled", "JHR1", 72),
    ]
    chain = [row for row in ask_of(view, "custody", batch="O1") if row["book"] == "possession"]
    assert pick(chain, "from_place", "quantity")[:2] == [
        ("provenance not recorded here", 6),
        (f"entry 503 of {ORIGIN}", 75),
    ]
    held = ask_of(view, "where", rack="R1")
    assert held == []
