"""The figures that each question gives of the small case, before and after, then and now."""

import functools
from typing import Any

import pytest

from ledger.canonical import ordered
from ledger.events import certification, correction, lease, party, plan, product, rack, shipment
from ledger.events import title as title_noun
from ledger.events.base import Amount
from projections.questions import Question, ask, questions, sqlite_reader
from projections.view import View
from tests.memory_log import CHIP, MemoryLog, line
from tests.mini_case import REPORTED, manifest, mini_case, paper, project, racks

LATER = "2026-06-01T00:00:00Z"
Rows = list[dict[str, Any]]


@functools.cache
def shipped_questions() -> dict[str, Question]:
    return questions()


def ask_of(
    view: View, name: str, *, as_of: str = LATER, known_at: int | None = None, **given: object
) -> Rows:
    end = view.position.next_idx - 1 if known_at is None else known_at
    answer = ask(
        sqlite_reader(view.connection),
        shipped_questions()[name],
        given,
        as_of=as_of,
        known_at=end,
    )
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def answer(name: str, *, as_of: str = LATER, known_at: int | None = None, **given: object) -> Rows:
    return ask_of(mini_case().view, name, as_of=as_of, known_at=known_at, **given)


def pick(rows: Rows, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


PLACE = ("holder", "site", "country", "state", "quantity")
WORDS = ("on_one_word", "on_two_words", "on_opening")


# ---- where, title, use


def test_at_the_end_180_run_in_malaysia_and_20_are_left_at_the_plant() -> None:
    assert pick(answer("where"), *PLACE) == [
        ("aivres", "AIV-SJC", "US", "stock", 20),
        ("aolani", "JHR1", "MY", "operational", 180),
    ]


def test_before_the_export_all_is_in_the_united_states() -> None:
    assert pick(answer("where", as_of="2026-01-31T00:00:00Z"), *PLACE) == [
        ("aivres", "AIV-SJC", "US", "stock", 200)
    ]


def test_between_dispatch_and_receipt_the_carrier_holds_the_shipment() -> None:
    rows = answer("where", as_of="2026-02-05T00:00:00Z")
    assert pick(rows, *PLACE) == [
        ("aivres", "AIV-SJC", "US", "stock", 20),
        ("carrier", None, None, "in_transit", 180),
    ]
    assert pick(rows, *WORDS) == [(20, 0, 0), (0, 180, 0)]


def test_known_before_the_correction_one_rack_is_still_on_its_way() -> None:
    before = mini_case().before("correction")
    assert pick(answer("where", known_at=before), *PLACE) == [
        ("aivres", "AIV-SJC", "US", "stock", 20),
        ("aolani", "JHR1", "MY", "operational", 180),
        ("aolani", "JHR1", "MY", "stock", -60),
        ("carrier", None, None, "in_transit", 60),
    ]


@pytest.mark.parametrize(
    ("given", "quantities"),
    [
        ({"batch": "b1"}, [100]),
        ({"batch": "B2"}, [20, 80]),
        ({"rack": "R2"}, [60]),
        ({"rack": "R2", "batch": "B1"}, [40]),
        ({"holder": "AOLANI"}, [180]),
        ({"holder": "aolani", "batch": "B1"}, [100]),
        ({"site": "AIV-SJC"}, [20]),
        ({"site": "AIV-SJC", "batch": "B1"}, []),
        ({"country": "MY"}, [180]),
        ({"country": "MY", "batch": "B2"}, [80]),
        ({"shipment": "SHP-1"}, []),
    ],
)
def test_where_looks_at_a_part(given: dict[str, Any], quantities: list[int]) -> None:
    assert [row["quantity"] for row in answer("where", **given)] == quantities


def test_what_is_under_way_under_a_shipment() -> None:
    rows = answer("where", shipment="SHP-1", as_of="2026-02-05T00:00:00Z")
    assert pick(rows, "holder", "quantity") == [("carrier", 180)]


def test_an_account_is_taken_to_hold_what_came_last() -> None:
    """Ten came on one word, then twenty on two; fifteen left: the fifteen that stay came last."""
    log = MemoryLog()
    log.say("nvidia", _batch("A", 30), "2026-01-05")
    for name, quantity, also in (("1", 10, ()), ("2", 20, ("carrier",))):
        log.say("nvidia", _sent(name, line("A", quantity)), "2026-01-06", also=also)
    log.say("nvidia", _came("1", line("A", 10)), "2026-01-07")
    log.say("aolani", _came("2", line("A", 20)), "2026-01-08", also=["nvidia"])
    log.say("aolani", _sent("3", line("A", 15), by="aolani"), "2026-01-09")
    held = ask_of(project(log), "where", site="JHR1")
    assert pick(held, "holder", "quantity", *WORDS) == [("aolani", 15, 0, 15, 0)]
    log.say("aolani", _sent("4", line("A", 0 + 5), by="aolani"), "2026-01-10")
    assert pick(ask_of(project(log), "where", site="JHR1"), "quantity", *WORDS) == [(10, 0, 10, 0)]


def _batch(name: str, quantity: int) -> product.BatchCommissioned:
    return product.BatchCommissioned(
        maker="nvidia", batch=name, model=CHIP, quantity=quantity, site="NV-WH1"
    )


def _sent(name: str, *lines: Any, by: str = "nvidia") -> shipment.ShipmentDispatched:
    return shipment.ShipmentDispatched(
        consignor=by, shipment=f"S{name}", purpose="move", lines=ordered(*lines),
        consignee="aolani", from_site="NV-WH1" if by == "nvidia" else "JHR1",
    )  # fmt: skip


def _came(name: str, *lines: Any, damaged: Any = ()) -> shipment.ShipmentReceived:
    return shipment.ShipmentReceived(
        receiver="aolani", receipt=f"RC{name}", shipment=f"S{name}", received_from="nvidia",
        site="JHR1", lines=ordered(*lines), damaged=damaged, counted_by="racks", final=True,
    )  # fmt: skip


def test_a_later_acceptance_makes_one_word_two() -> None:
    log = MemoryLog()
    sold = title_noun.TitleTransferred(
        seller="nvidia", buyer="aolani", title="T1", lines=(line("A", 30),)
    )
    log.say("nvidia", _batch("A", 30), "2026-01-05")
    sale = log.say("nvidia", sold, "2026-01-06")
    log.countersign("aolani", sale)
    view = project(log)
    assert pick(ask_of(view, "title"), "quantity", *WORDS) == [(30, 0, 30, 0)]
    assert pick(ask_of(view, "title", known_at=sale.index), "quantity", *WORDS) == [(30, 30, 0, 0)]


def test_title_passes_to_aolani_rack_by_rack_and_leaves_20_with_aivres() -> None:
    rows = answer("title")
    assert pick(rows, "owner", "batch", "quantity") == [
        ("aivres", "B2", 20),
        ("aolani", "B1", 100),
        ("aolani", "B2", 80),
    ]
    assert pick(rows, *WORDS) == [(0, 20, 0), (0, 100, 0), (0, 80, 0)]


def test_before_the_first_sale_the_maker_owns_all_on_its_own_word() -> None:
    rows = answer("title", as_of="2026-01-11T00:00:00Z")
    assert pick(rows, "owner", "quantity", *WORDS) == [
        ("nvidia", 100, 100, 0, 0),
        ("nvidia", 100, 100, 0, 0),
    ]


@pytest.mark.parametrize(
    ("given", "quantities"),
    [({"batch": "B2"}, [20, 80]), ({"owner": "aivres"}, [20]), ({"owner": "nvidia"}, [])],
)
def test_title_looks_at_a_part(given: dict[str, Any], quantities: list[int]) -> None:
    assert [row["quantity"] for row in answer("title", **given)] == quantities


def test_two_racks_are_used_and_one_is_unallocated() -> None:
    assert pick(answer("use"), "lessee", "lease", "site", "quantity", "operational") == [
        ("bytedance", "L-1", "JHR1", 120, 180),
        (None, None, "JHR1", 60, 180),
    ]


def test_before_the_lease_all_that_runs_is_unallocated() -> None:
    rows = answer("use", as_of="2026-02-20T00:00:00Z")
    assert pick(rows, "lessee", "quantity", "operational") == [(None, 180, 180)]
    assert answer("use", as_of="2026-02-14T00:00:00Z") == []


def test_use_rests_on_one_word_until_the_lessee_accepts() -> None:
    before = mini_case().before("lease accepted")
    words = ("on_one_word", "on_two_words")
    assert pick(answer("use", lessee="bytedance"), *words) == [(0, 120)]
    assert pick(answer("use", lessee="bytedance", known_at=before), *words) == [(120, 0)]


@pytest.mark.parametrize("given", [{"lease": "l-1"}, {"lessee": "ByteDance"}])
def test_use_looks_at_a_part(given: dict[str, Any]) -> None:
    assert pick(answer("use", **given), "quantity", "operational") == [(120, 180)]


def test_use_looks_at_a_site() -> None:
    assert len(answer("use", site="JHR1")) == 2
    assert answer("use", site="NV-WH1") == []


def test_a_lease_beyond_what_runs_makes_unallocated_negative() -> None:
    log = MemoryLog()
    log.say("aolani", _pool("L-9", 10))
    view = project(log)
    assert pick(ask_of(view, "use"), "lessee", "quantity", "operational") == [
        ("bytedance", 10, 0),
        (None, -10, 0),
    ]
    below = ask_of(view, "balances")
    assert pick(below, "book", "account", "site", "balance") == [
        ("use", "@unallocated", "JHR1", -10)
    ]


def _pool(name: str, quantity: int | None, lessee: str = "bytedance") -> lease.LeaseStarted:
    return lease.LeaseStarted(
        lessor="aolani", lease=name, lessee=lessee,
        pool=lease.Pool(site="JHR1", model=CHIP, quantity=quantity),
    )  # fmt: skip


# ---- who uses, by the country of the parent


def test_use_by_the_country_of_the_parent_counts_what_anybody_declares() -> None:
    (row,) = answer("users-by-parent-country")
    assert (row["parent_country"], row["lessee"], row["quantity"]) == ("CN or SG", "bytedance", 120)
    china, singapore = mini_case().at("CN"), mini_case().at("SG")
    assert row["on_whose_word"] == (
        f"CN: reporter (entry {china}); SG: bytedance (entry {singapore})"
    )
    assert row["checks"] == "list clear"
    assert row["end_use_entry"] is not None


def test_before_anybody_declares_it_the_country_is_unknown() -> None:
    (row,) = answer("users-by-parent-country", known_at=mini_case().before("CN"))
    assert (row["parent_country"], row["quantity"]) == (None, 120)
    assert answer("users-by-parent-country", country="SG", known_at=mini_case().at("CN")) == []


@pytest.mark.parametrize(("country", "count"), [("CN", 1), ("SG", 1), ("MY", 0)])
def test_users_of_a_country_are_those_of_whom_anybody_says_it(country: str, count: int) -> None:
    rows = answer("users-by-parent-country", country=country, lessee="bytedance")
    assert len(rows) == count


def test_the_country_of_an_owner_of_the_user_counts_too() -> None:
    log = MemoryLog()
    log.say("aolani", _pool("L-1", 10, "Clip-SG"))
    log.say("clip-sg", party.HeadquartersDeclared(party="clip-sg", country="SG"))
    log.say("auditor", party.OwnershipDeclared(owner="Clip", owned="Clip-SG"))
    log.say("auditor", party.HeadquartersDeclared(party="clip", country="CN"))
    (row,) = ask_of(project(log), "users-by-parent-country")
    assert row["parent_country"] == "CN or SG"
    log.say("auditor", party.OwnershipDeclared(owner="clip", owned="clip-sg", percent="0"))
    (row,) = ask_of(project(log), "users-by-parent-country")
    assert row["parent_country"] == "SG"


def test_the_newest_word_of_a_party_replaces_its_older_one() -> None:
    log = MemoryLog()
    log.say("aolani", _pool("L-1", 10))
    log.say("auditor", party.HeadquartersDeclared(party="bytedance", country="SG"))
    moved = party.HeadquartersDeclared(party="bytedance", country="SG", parent_country="CN")
    log.say("auditor", moved)
    (row,) = ask_of(project(log), "users-by-parent-country")
    assert row["parent_country"] == "CN"


# ---- chain of custody

CHAIN = ("link", "book", "from_party", "to_party", "to_place", "quantity")


def test_the_chain_of_the_mixed_rack_from_its_makers_batches_to_its_use() -> None:
    assert pick(answer("custody", rack="R2"), *CHAIN) == [
        ("BatchCommissioned", "possession", "@commissioned", "nvidia", "NV-WH1", 100),
        ("BatchCommissioned", "title", "@commissioned", "nvidia", None, 100),
        ("BatchCommissioned", "possession", "@commissioned", "nvidia", "NV-WH1", 100),
        ("BatchCommissioned", "title", "@commissioned", "nvidia", None, 100),
        ("ShipmentDispatched", "possession", "nvidia", "nvidia", "SHP-0", 200),
        ("ShipmentReceived", "possession", "nvidia", "aivres", "AIV-SJC", 200),
        ("TitleTransferred", "title", "nvidia", "aivres", None, 200),
        ("RackAssembled", "possession", "aivres", "aivres", "AIV-SJC", 60),
        ("ShipmentDispatched", "possession", "aivres", "carrier", "SHP-1", 60),
        ("ShipmentLegReported", None, None, "carrier", "Senai", None),
        ("ShipmentReceived", "possession", "carrier", "aolani", "JHR1", 60),
        ("TitleTransferred", "title", "aivres", "aolani", None, 60),
        ("RackPlaced", "possession", "aolani", "aolani", "JHR1", 60),
        ("LeaseStarted", "use", None, "bytedance", "JHR1", 60),
    ]


def test_each_link_names_signers_and_papers() -> None:
    links = {(row["link"], row["racks"]): row for row in answer("custody", serial="b2-005")}
    sent = links["ShipmentDispatched", "R2"]
    assert (sent["quantity"], sent["signed_by"]) == (20, "aivres, carrier")
    assert sent["numbers"] == "bol BOL-1; inv INV-1; itn X20260131000001; nlr AUTH-1"
    assert sent["papers"] == "invoice INV-1"
    came = links["ShipmentReceived", "R2"]
    assert (came["papers"], came["country"], came["word"]) == ("gate.pdf", "MY", "own word")
    assert links["LeaseStarted", "R2"]["signed_by"] == "aolani, bytedance accepts"
    assert links["BatchCommissioned", None]["papers"] == "serial_manifest"


def test_an_absent_signature_is_claimed_not_signed() -> None:
    before = mini_case().before("lease accepted")
    last = answer("custody", rack="R1", known_at=before)[-1]
    assert (last["link"], last["signed_by"], last["not_signed_by"]) == (
        "LeaseStarted",
        "aolani",
        "bytedance",
    )


def test_the_chain_of_a_batch_follows_it_into_every_rack() -> None:
    rows = answer("custody", batch="B1")
    assert pick(rows, "link", "racks", "quantity")[5:9] == [
        ("RackAssembled", "R1", 60),
        ("RackAssembled", "R2", 40),
        ("ShipmentDispatched", "2 racks", 100),
        ("ShipmentLegReported", None, None),
    ]


def test_the_chain_as_it_was_known_and_as_it_stood() -> None:
    before = mini_case().before("correction")
    links = pick(answer("custody", rack="R3", known_at=before), "link", "quantity")
    assert ("ShipmentReceived", 60) not in links
    then = answer("custody", rack="R3", as_of="2026-01-31T00:00:00Z")
    assert then[-1]["link"] == "RackAssembled"


def test_a_chain_of_nothing_is_empty() -> None:
    assert answer("custody") == []
    assert answer("custody", serial="B9-001") == []


def test_a_gpu_that_was_taken_out_leaves_its_rack_and_goes_back() -> None:
    view = _repaired()
    back = ask_of(view, "custody", serial="A-001")
    assert pick(back, *CHAIN)[-4:] == [
        ("RackPlaced", "possession", "aolani", "aolani", "JHR1", 8),
        ("ComponentReplaced", "possession", "aolani", "aolani", "JHR1", 4),
        ("ComponentReplaced", "title", "aolani", "nvidia", None, 4),
        ("ShipmentDispatched", "possession", "aolani", "aolani", "S9", 4),
    ]
    stayed = ask_of(view, "custody", serial="A-008")
    assert [row["link"] for row in stayed][-1] == "RackPlaced"
    new = pick(ask_of(view, "custody", serial="N-001"), "link", "to_state", "racks")
    assert new[-2:] == [
        ("ComponentReplaced", "operational", "R1"),
        ("ComponentReplaced", None, "R1"),
    ]
    rack_links = [row["link"] for row in ask_of(view, "custody", rack="R1")]
    assert "ShipmentDispatched" not in rack_links
    assert pick(ask_of(view, "where"), "state", "quantity") == [
        ("in_transit", 4),
        ("operational", 8),
    ]


def _repaired() -> View:
    """A rack of eight, of which four are swapped for new ones and sent back."""
    log = MemoryLog()
    made = product.BatchCommissioned(maker="aolani", batch="A", model=CHIP, quantity=8, site="JHR1")
    spare = product.BatchCommissioned(
        maker="aolani", batch="N", model=CHIP, quantity=4, site="JHR1"
    )
    olds, news = [f"A-00{n}" for n in range(1, 9)], [f"N-00{n}" for n in range(1, 5)]
    log.say(
        "aolani", made, "2026-01-05", documents=[manifest(log, "serial_manifest", "serial", *olds)]
    )
    log.say(
        "aolani", spare, "2026-01-05", documents=[manifest(log, "serial_manifest", "serial", *news)]
    )
    built = rack.RackAssembled(
        integrator="aolani", assembly="ASM-1", rack="R1", model="NVL8", site="JHR1",
        lines=(line("A", 8),),
    )  # fmt: skip
    inside = [f"R1,1,{n},{serial},A" for n, serial in enumerate(olds)]
    build = manifest(log, "build_manifest", "rack,tray,slot,serial,batch", *inside)
    log.say("aolani", built, "2026-01-06", documents=[build])
    placed = rack.RackPlaced(
        holder="aolani", placement="PLC-1", site="JHR1", to_state="operational",
        lines=(line("A", 8, "R1"),),
    )  # fmt: skip
    log.say("aolani", placed, "2026-01-07")
    swapped = rack.ComponentReplaced(
        holder="aolani", replacement="RPL-1", rack="R1", site="JHR1", state="operational",
        out=(rack.Part(model=CHIP, batch="A", quantity=4, serials=tuple(olds[:4])),),
        into=(rack.Part(model=CHIP, batch="N", quantity=4, serials=tuple(news)),),
        title="swapped", out_owner="aolani", in_owner="nvidia", maker="nvidia",
    )  # fmt: skip
    log.say("aolani", swapped, "2026-02-01")
    sent = _sent("9", line("A", 4, state="quarantined"), by="aolani")
    log.say("aolani", sent, "2026-02-02")
    return project(log)


# ---- shipments


def test_nothing_is_on_its_way_at_the_end_and_180_are_before() -> None:
    assert answer("in-transit") == []
    (row,) = answer("in-transit", as_of="2026-02-09T16:00:00Z")
    assert (row["shipment"], row["holder"], row["quantity"], row["racks"]) == (
        "SHP-1",
        "carrier",
        180,
        3,
    )
    assert (row["consignor"], row["consignee"], row["dispatched"]) == (
        "aivres",
        "aolani",
        "2026-02-01",
    )
    assert (row["days"], row["days_late"]) == (9, None)


@pytest.mark.parametrize("given", [{}, {"shipment": "shp-1"}, {"holder": "carrier"}])
def test_known_before_the_correction_a_rack_is_late(given: dict[str, Any]) -> None:
    (row,) = answer(
        "in-transit",
        as_of="2026-02-19T16:00:00Z",
        known_at=mini_case().before("correction"),
        **given,
    )
    assert (row["quantity"], row["days"], row["days_late"]) == (60, 19, 10)


def test_a_shipment_line_by_line() -> None:
    figures = ("rack", "batch", "dispatched", "received", "missing")
    assert pick(answer("shipment", shipment="SHP-1"), *figures) == [
        ("R1", "B1", 60, 60, 0),
        ("R2", "B1", 40, 40, 0),
        ("R2", "B2", 20, 20, 0),
        ("R3", "B2", 60, 60, 0),
    ]
    before = answer("shipment", shipment="SHP-1", known_at=mini_case().before("correction"))
    assert [row["missing"] for row in before] == [0, 0, 0, 60]


def test_damaged_units_came_but_are_told_apart() -> None:
    log = MemoryLog()
    log.say("nvidia", _batch("A", 30), "2026-01-05")
    log.say("nvidia", _sent("1", line("A", 30)), "2026-01-06")
    log.say("aolani", _came("1", line("A", 20), damaged=(line("A", 4),)), "2026-01-07")
    view = project(log)
    rows = ask_of(view, "shipment", shipment="S1")
    assert pick(rows, "dispatched", "received", "damaged", "missing") == [(30, 20, 4, 6)]
    assert pick(ask_of(view, "where"), "state", "quantity") == [
        ("quarantined", 4),
        ("stock", 20),
        ("in_transit", 6),
    ]


def test_a_receipt_without_a_dispatch_is_below_zero() -> None:
    log = MemoryLog()
    log.say("aolani", _came("7", line("A", 20)), "2026-01-07")
    view = project(log)
    assert pick(ask_of(view, "shipment", shipment="S7"), "dispatched", "missing") == [(0, -20)]
    below = pick(ask_of(view, "balances"), "account", "shipment", "balance")
    assert below == [("nvidia", "S7", -20)]
    assert len(ask_of(view, "balances", party="nvidia")) == 1
    assert ask_of(view, "balances", party="aolani") == []
    assert ask_of(view, "in-transit") == []


def test_exports_show_the_filing_and_what_the_exporter_rests_on() -> None:
    (row,) = answer("exports", shipment="SHP-1")
    assert (row["shipped"], row["filed"], row["itn"]) == (180, 180, "X20260131000001")
    assert (row["authorization"], row["kind"], row["claimed_by"]) == ("AUTH-1", "nlr", "aivres")
    assert (row["used"], row["limit"], row["eccn"]) == (180, 180, "3A090.a")
    assert answer("exports", authorization="auth-1") == [row]


def test_a_shipment_that_names_no_authorization_shows_none() -> None:
    (row,) = answer("exports", as_of="2026-01-20T00:00:00Z")
    assert (row["shipment"], row["authorization"], row["used"], row["itn"]) == (
        "SHP-0",
        None,
        None,
        None,
    )


# ---- the books agree


def test_every_comparison_holds_at_the_end_and_before_the_correction() -> None:
    for known_at in (mini_case().end, mini_case().before("correction")):
        rows = answer("reconcile", known_at=known_at)
        assert len(rows) == 6
        assert {row["holds"] for row in rows} == {1}
    made = next(row for row in answer("reconcile") if "held" in row["compared"])
    assert (made["model"], made["left_side"], made["right_side"]) == (CHIP, 200, 200)


def test_a_reported_batch_is_not_commissioned() -> None:
    log = MemoryLog()
    log.say("nvidia", _batch("A", 30), "2026-01-05")
    log.say("reporter", _batch("B", 99), "2026-01-05", basis=REPORTED)
    rows = ask_of(project(log), "reconcile")
    assert {row["left_side"] for row in rows if "commissioned" in row["compared"]} == {30}


def test_before_the_correction_the_stock_of_the_missing_rack_is_below_zero() -> None:
    assert answer("balances") == []
    rows = answer("balances", known_at=mini_case().before("correction"))
    assert pick(rows, "account", "site", "state", "rack", "balance") == [
        ("aolani", "JHR1", "stock", "R3", -60)
    ]
    assert rows[0]["entry"] == mini_case().at("placed")


# ---- parties


def test_the_owners_of_aolani_are_not_evidenced() -> None:
    first, second = answer("ownership", party="Aolani")
    assert (first["result"], first["reason"]) == (
        "unknown",
        "registered parent in KY, owners not evidenced",
    )
    assert (second["party"], second["owner_of"], second["evidenced"]) == (
        "aolani-holding",
        "aolani",
        0,
    )
    assert second["on_whose_word"] == "reporter"


def test_before_the_report_not_even_the_parent_is_known() -> None:
    (row,) = answer("ownership", party="aolani", known_at=mini_case().before("parent"))
    assert row["reason"] == "registered country unknown, owners not evidenced"


Said = tuple[str, str, Any]


def owners(*said: Said) -> Rows:
    """Ask who stands behind `firm`; `said` is (who, basis, what)."""
    log = MemoryLog()
    kinds: tuple[tuple[str, Any, str | None], ...] = (
        ("firm", "private", "MY"),
        ("holding", "holding", "KY"),
        ("listed", "listed", "US"),
        ("family", "natural", None),
    )
    for name, kind, country in kinds:
        registered = party.PartyRegistered(
            party=name, legal_name=name, display_name=name, kind=kind, country=country
        )
        log.say("aolani", registered)
    for who, basis, data in said:
        log.say(who, data, basis=basis)  # type: ignore[arg-type]  # a literal from the tests
    return ask_of(project(log), "ownership", party="firm")


def owns(owner: str, owned: str, percent: str | None = None) -> party.OwnershipDeclared:
    return party.OwnershipDeclared(owner=owner, owned=owned, percent=percent)


def seated(name: str, country: str) -> party.HeadquartersDeclared:
    return party.HeadquartersDeclared(party=name, country=country)


OWN = "first_party"


@pytest.mark.parametrize(
    ("said", "result", "reason"),
    [
        (
            [
                ("auditor", OWN, owns("listed", "firm", "80")),
                ("auditor", OWN, seated("listed", "US")),
            ],
            "known",
            "headquartered in US",
        ),
        (
            [
                ("auditor", OWN, owns("holding", "firm")),
                ("auditor", OWN, owns("family", "holding")),
            ],
            "known",
            "owned by natural persons",
        ),
        (
            [("auditor", OWN, owns("listed", "firm", "80"))],
            "unknown",
            "registered parent in US, headquarters not evidenced",
        ),
        (
            [
                ("auditor", OWN, owns("listed", "firm", "50")),
                ("auditor", OWN, seated("listed", "US")),
            ],
            "unknown",
            "registered in MY, owners of more than half not evidenced",
        ),
        (
            [("firm", OWN, owns("listed", "firm")), ("auditor", OWN, seated("listed", "US"))],
            "unknown",
            "registered in MY, owners not evidenced",
        ),
        (
            [
                ("reporter", REPORTED, owns("listed", "firm")),
                ("auditor", OWN, seated("listed", "US")),
            ],
            "unknown",
            "registered in MY, owners not evidenced",
        ),
        (
            [
                ("auditor", OWN, owns("listed", "firm", "60")),
                ("auditor", OWN, seated("listed", "US")),
                ("reporter", REPORTED, owns("holding", "firm", "40")),
            ],
            "unknown",
            "registered parent in KY, owners not evidenced",
        ),
        (
            [
                ("auditor", OWN, owns("holding", "firm")),
                ("auditor", OWN, owns("firm", "holding")),
            ],
            "unknown",
            "the owners own each other",
        ),
        (
            [("auditor", OWN, owns("nobody-knows", "firm"))],
            "unknown",
            "parent nobody-knows of unknown country, owners not evidenced",
        ),
        (
            [
                ("auditor", OWN, owns("listed", "firm", "80")),
                ("auditor", OWN, seated("listed", "US")),
                ("auditor", OWN, owns("listed", "firm", "0")),
            ],
            "unknown",
            "registered in MY, owners not evidenced",
        ),
    ],
)
def test_a_chain_of_owners_ends_well_or_stays_unknown(
    said: list[Said], result: str, reason: str
) -> None:
    first = owners(*said)[0]
    assert (first["result"], first["reason"]) == (result, reason)


def test_every_word_on_the_chain_is_shown_with_its_country() -> None:
    rows = owners(
        ("auditor", OWN, owns("listed", "firm", "80")),
        ("reporter", REPORTED, owns("listed", "firm", "90")),
        ("auditor", OWN, seated("listed", "US")),
        ("reporter", REPORTED, seated("listed", "CN")),
    )
    assert pick(rows, "step", "percent", "on_whose_word", "evidenced", "ends") == [
        (0, None, None, None, None),
        (1, "80", "auditor", 1, "listed"),
        (1, "90", "reporter", 0, "listed"),
    ]
    assert rows[1]["headquarters"] == "CN: reporter (entry 8); US: auditor (entry 7)"
    assert rows[0]["reason"] == "headquartered in CN, US"


def test_the_kind_of_a_party_does_not_clear_it_on_the_registrars_word_about_itself() -> None:
    log = MemoryLog()
    updated = party.PartyRegistered(
        party="aolani", legal_name="Aolani", display_name="Aolani", kind="listed", country="MY"
    )
    registration = log.say("aolani", updated)
    log.say("auditor", seated("aolani", "MY"))
    (row,) = ask_of(project(log), "ownership", party="aolani")
    assert (row["result"], row["ends"]) == ("unknown", None)
    log.countersign("auditor", registration)
    (row,) = ask_of(project(log), "ownership", party="aolani")
    assert (row["result"], row["ends"]) == ("known", "listed")


def test_the_certification_of_aolani_over_time() -> None:
    rows = answer("certification-timeline", party="aolani")
    assert pick(rows, "change", "standing", "scheme", "level", "lapsed") == [
        ("granted", "granted", "cloud partner", "tier-1", 0),
        ("suspended", "suspended", "cloud partner", "tier-1", 0),
    ]
    assert pick(rows, "scope", "reason") == [("country MY", None), (None, "late")]
    then = answer("certification-timeline", certification="cert-1", as_of="2026-03-31T00:00:00Z")
    assert pick(then, "standing") == [("granted",)]
    assert answer("certification-timeline", as_of="2027-02-01T00:00:00Z")[1]["lapsed"] == 1


def test_what_a_change_leaves_unsaid_stays_and_a_revocation_is_for_good() -> None:
    log = MemoryLog()
    granted = certification.CertificationGranted(
        certifier="nvidia", certification="C", party="aolani", scheme="s", level="tier-1",
        scope=certification.Scope(), valid_to="2026-01-31",
    )  # fmt: skip
    log.say("nvidia", granted, "2026-01-01")
    for day, status, valid_to in (
        ("02", "suspended", None),
        ("03", None, "2026-12-31"),
        ("04", "reinstated", None),
        ("05", "revoked", None),
        ("06", "reinstated", None),
    ):
        changed = certification.CertificationChanged(
            certifier="nvidia", certification="C", party="aolani", reason="r",
            status=status, valid_to=valid_to,  # type: ignore[arg-type]  # literals of the table
        )  # fmt: skip
        log.say("nvidia", changed, f"2026-01-{day}")
    rows = ask_of(project(log), "certification-timeline")
    assert pick(rows, "change", "standing", "lapsed") == [
        ("granted", "granted", 1),
        ("suspended", "suspended", 1),
        ("altered", "suspended", 0),
        ("reinstated", "granted", 0),
        ("revoked", "revoked", 0),
        ("reinstated", "revoked", 0),
    ]


def test_who_is_who_in_johor() -> None:
    assert pick(answer("roles-at-site", site="jhr1"), "role", "party", "at_least", "at_most") == [
        ("operates", "aolani", None, None),
        ("holds", "aolani", 180, 180),
        ("owns", "aivres", 0, 20),
        ("owns", "aolani", 160, 180),
        ("uses", "bytedance", 120, 120),
        ("uses", None, 60, 60),
    ]


def test_who_is_who_before_the_hardware_came() -> None:
    rows = answer("roles-at-site", site="JHR1", as_of="2026-02-05T00:00:00Z")
    assert pick(rows, "role", "party") == [("operates", "aolani")]
    assert answer("roles-at-site", site="JHR1", known_at=0) == []


# ---- leases, plans, claims


def test_the_lease_of_2025_is_as_reported_of_unknown_quantity_signed_by_nobody_named() -> None:
    reported, leased = answer("lease-book")
    figures = ("lease", "lessor", "stated", "in_use", "word", "signed_by", "not_signed_by")
    assert pick([reported], *figures) == [
        ("L-H100", None, None, None, "as reported", "reporter", None)
    ]
    assert (reported["begun"], reported["country"], reported["model"]) == ("2025-02", "MY", "H100")
    assert pick([leased], *figures) == [
        ("L-1", "aolani", 120, 120, "own word", "aolani, bytedance accepts", None)
    ]


@pytest.mark.parametrize(
    ("given", "leases"),
    [
        ({"lessee": "bytedance"}, ["L-H100", "L-1"]),
        ({"lessor": "aolani"}, ["L-1"]),
        ({"lease": "l-h100"}, ["L-H100"]),
        ({"site": "JHR1"}, ["L-1"]),
        ({"site": "NV-WH1"}, []),
    ],
)
def test_the_lease_book_looks_at_a_part(given: dict[str, Any], leases: list[str]) -> None:
    assert [row["lease"] for row in answer("lease-book", **given)] == leases


def test_the_lease_book_then_and_as_it_was_known() -> None:
    then = answer("lease-book", as_of="2026-02-25T00:00:00Z")
    assert [row["lease"] for row in then] == ["L-H100"]
    (row,) = answer("lease-book", known_at=mini_case().at("lease"))
    assert (row["signed_by"], row["not_signed_by"]) == ("aolani", "bytedance")


def test_a_lease_that_ended_says_when_and_uses_nothing_more() -> None:
    log = MemoryLog()
    log.say("aolani", _pool("L-9", 10), "2026-02-01")
    ended = lease.LeaseEnded(
        reporter="aolani", lease="L-9", lessee="bytedance", lessor="aolani", reason="term",
        pool=lease.Pool(site="JHR1", model=CHIP, quantity=10),
    )  # fmt: skip
    log.say("aolani", ended, "2026-04-01")
    view = project(log)
    assert pick(ask_of(view, "lease-book"), "stated", "in_use", "ended") == [(10, 0, "2026-04-01")]
    then = ask_of(view, "lease-book", as_of="2026-03-01T00:00:00Z")
    assert pick(then, "stated", "in_use", "ended") == [(10, 10, None)]


PLAN = ("plan", "stage", "qualifier", "planned", "word", "linked_racks", "linked", "held_there")


def test_plans_stand_beside_what_is_recorded_and_are_never_added() -> None:
    assert pick(answer("plans"), *PLAN) == [
        ("PLAN-ID", "considered", "more_than", 70, "as reported", 0, 0, 0),
        ("PLAN-MY", "planned", "about", 180, "as reported", 3, 180, 180),
    ]
    assert sum(row["quantity"] for row in answer("where")) == 200


def test_a_plan_that_was_voided_is_gone_but_was_known() -> None:
    before = mini_case().before("void")
    known = [row["plan"] for row in answer("plans", country="MY", known_at=before)]
    assert known == ["PLAN-MY", "PLAN-X"]
    assert [row["plan"] for row in answer("plans", country="MY")] == ["PLAN-MY"]


def test_a_plan_before_and_after_it_is_fulfilled() -> None:
    before = mini_case().before("fulfilled")
    (row,) = answer("plans", plan="plan-my", known_at=before)
    assert (row["linked_racks"], row["linked"], row["held_there"]) == (0, 0, 120)


def test_a_plan_by_another_name_of_the_model_finds_what_is_held() -> None:
    log = mini_case().log
    view = project(log)  # a plan for B200, which the maker gave as another name of the chip
    assert ask_of(view, "plans", plan="PLAN-MY")[0]["model"] == CHIP
    other = MemoryLog()
    chip = product.ModelClassified(
        classifier="nvidia", model=CHIP, kind="chip", aliases=("B200",), eccn="3A090.a", source="s"
    )
    other.say("nvidia", chip)
    other.say("nvidia", _batch("A", 30), "2026-01-05")
    wanted = plan.DeploymentPlanned(
        planner="aolani", plan="P", stage="planned", site="NV-WH1", model="B200",
        quantity=Amount(qualifier="exact", value=40),
    )  # fmt: skip
    other.say("aolani", wanted)
    nowhere = plan.DeploymentPlanned(
        planner="aolani", plan="Q", stage="considered", model="B200",
        quantity=Amount(qualifier="unknown"),
    )  # fmt: skip
    other.say("aolani", nowhere)
    rows = ask_of(project(other), "plans")
    assert pick(rows, "plan", "word", "planned", "held_there") == [
        ("P", "own word", 40, 30),
        ("Q", "own word", None, None),
    ]


def test_claims_are_listed_as_reported() -> None:
    rows = answer("claims")
    assert {row["reporter"] for row in rows} == {"reporter"}
    (said,) = [row for row in rows if row["reported_as"] == "ClaimReported"]
    assert (said["speaker"], said["said"]) == ("nvidia", "the use follows the rules")
    assert (said["about"], said["publisher"]) == ("aolani, bytedance", "press digest")
    assert len(rows) == 6
    assert answer("claims", known_at=mini_case().before("PLAN-ID")) == []


def test_claims_about_a_party() -> None:
    kinds = [row["reported_as"] for row in answer("claims", party="aolani-holding")]
    assert kinds == ["OwnershipDeclared"]


# ---- papers, corrections, inspections


def test_papers_of_a_shipment_with_those_that_came_later() -> None:
    rows = answer("documents", shipment="SHP-1")
    assert ("invoice", "invoice INV-1") in pick(rows, "kind", "title")
    (gate,) = [row for row in rows if row["title"] == "gate.pdf"]
    assert gate["about"] == mini_case().at("correction")


@pytest.mark.parametrize(
    ("given", "titles"),
    [
        ({"reference": "inv-1"}, ["invoice INV-1"]),
        ({"reference": "BOL-9"}, []),
        ({"reference": "INV-1", "party": "nvidia"}, []),
        ({"batch": "B1", "party": "nvidia"}, [None, None, "serial_manifest"]),
        ({"country": "ID"}, ["press digest"]),
    ],
)
def test_papers_by_number_batch_party_or_country(given: dict[str, Any], titles: list[Any]) -> None:
    rows = answer("documents", **given)
    assert sorted((row["title"] for row in rows), key=str) == titles


def test_all_papers_then_and_as_they_were_known() -> None:
    titles = [row["title"] for row in answer("documents")]
    assert {"press digest", "gate.pdf", "build_manifest"} <= set(titles)
    known = answer("documents", known_at=mini_case().before("proof"))
    assert "gate.pdf" not in {row["title"] for row in known}
    then = answer("documents", as_of="2026-01-06T00:00:00Z")
    assert [row["title"] for row in then] == ["press digest", "serial_manifest", "serial_manifest"]


def test_a_voided_event_no_longer_counts_among_the_papers() -> None:
    log = MemoryLog()
    made = log.say("nvidia", _batch("A", 30), "2026-01-05", documents=[paper("note", "n")])
    assert pick(ask_of(project(log), "documents"), "counts") == [(1,)]
    log.void(made)
    assert pick(ask_of(project(log), "documents"), "counts") == [(0,)]


def test_what_was_corrected_voided_disputed_or_told_otherwise() -> None:
    case = mini_case()
    rows = answer("corrections")
    assert pick(rows, "change", "entry", "by_entry", "by_party") == [
        ("another version", case.at("dispatch"), case.at("their version"), "aolani"),
        ("disputed", case.at("receipt"), case.at("dispute"), "aivres"),
        ("corrected", case.at("receipt"), case.at("correction"), "aolani"),
        ("voided", case.at("void") - 1, case.at("void"), "aolani"),
    ]
    assert [row["now"] for row in rows][1] == "three racks were sent"
    assert [row["now"] for row in rows][3] == "no such plan"


def test_corrections_of_a_party_and_as_they_were_known() -> None:
    changes = [row["change"] for row in answer("corrections", party="aivres")]
    assert changes == ["another version"]
    known = answer("corrections", known_at=mini_case().before("correction"))
    assert [row["change"] for row in known] == ["another version", "disputed"]
    assert answer("corrections", as_of="2026-01-31T00:00:00Z") == []


def test_versions_that_agree_are_no_difference_until_one_is_corrected() -> None:
    log = MemoryLog()
    log.say("nvidia", _batch("A", 30), "2026-01-05")
    theirs = log.say("aolani", _batch("A", 30), "2026-01-05", basis="counterparty")
    assert ask_of(project(log), "corrections") == []
    other = log.say("aolani", _batch("A", 20), "2026-01-05", basis="counterparty", corrects=theirs)
    changes = pick(ask_of(project(log), "corrections"), "change", "by_entry")
    assert changes == [("another version", other.index), ("corrected", other.index)]
    log.void(other)
    changes = pick(ask_of(project(log), "corrections"), "change", "by_entry")
    assert changes == [("corrected", other.index), ("voided", other.index + 1)]


def test_versions_that_name_another_day_differ() -> None:
    log = MemoryLog()
    log.say("nvidia", _batch("A", 30), "2026-01-05")
    log.say("aolani", _batch("A", 30), "2026-01-06", basis="counterparty")
    (row,) = ask_of(project(log), "corrections")
    assert row["now"] == "BatchCommissioned A: 30 GPUs, 2026-01-06"


def test_an_acceptance_with_an_exception_is_listed_with_its_words() -> None:
    log = MemoryLog()
    made = log.say("nvidia", _batch("A", 30), "2026-01-05")
    stance = correction.Countersigned(
        target=made.target, stance="accepts_except", text="28 arrived"
    )
    log.say("aolani", stance)
    (row,) = ask_of(project(log), "corrections")
    assert (row["change"], row["now"]) == ("accepted except", "28 arrived")


def test_the_inspection_drew_what_it_had_committed_to() -> None:
    (row,) = answer("inspections", site="JHR1")
    assert (row["strength"], row["counted"], row["found"], row["operational"]) == (1, 2, 1, 180)
    assert (row["drawn"], row["exceptions"]) == ("as committed", "one label is torn")
    assert (row["present"], row["not_signed_by"]) == ("site manager", "aolani")
    assert answer("inspections", as_of="2026-04-19T00:00:00Z") == []


# ---- what holds for all of them


def test_every_question_answers_on_an_empty_past_and_explains_only_columns_it_has() -> None:
    for name, question in shipped_questions().items():
        given = {one.name: "x" for one in question.parameters if one.required}
        bound = ask(
            sqlite_reader(mini_case().view.connection),
            question,
            given,
            as_of="1970-01-01T00:00:00Z",
            known_at=0,
        )
        explained = {one.name for one in question.columns}
        assert explained <= set(bound.columns), name
        expected = {"reconcile": [], "ownership": bound.rows}.get(name, [])
        assert bound.rows == expected, name


def test_no_question_speaks_as_a_lawyer() -> None:
    for name, question in shipped_questions().items():
        words = [question.title, question.question, question.note or ""]
        words += [one.meaning for one in question.parameters]
        words += [one.meaning for one in question.columns]
        said = " ".join(words).lower()
        assert not any(word in said for word in ("legal", "complian", "licensed", "violat")), name


def test_racks_of_the_case_are_as_built() -> None:
    assert sum(one.total for one in racks("stock", "R1", "R2", "R3")) == 180
