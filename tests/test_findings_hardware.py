"""Rules about serial numbers and racks: what raises each, what just misses, what clears it."""

from collections.abc import Sequence
from typing import Any

import pytest

from ledger.events import rack
from projections.finding_rules import find_rules, rules
from projections.finding_run import Clocks, Scope, findings
from projections.questions import sqlite_reader
from tests.finding_table import Row, check
from tests.memory_log import CHIP, line
from tests.mini_case import project
from tests.tale import HALL, HALL2, PLANT, RACK_GPUS, Tale, found, running

SERIALS = [f"SN{number:03}" for number in range(20)]


def serials_in(
    first: Sequence[str], second: Sequence[str], enrolled: Sequence[str] = SERIALS
) -> Tale:
    tale = Tale()
    tale.batch(serials=enrolled)
    tale.build("R1", serials=first)
    tale.build("R2", serials=second, on="2026-01-09")
    return tale


def apart(tale: Tale, on: str, name: str = "R1") -> Any:
    data = rack.RackDisassembled(
        holder="aivres", disassembly=f"D-{tale.log.size}", rack=name, site=PLANT,
        lines=(line("B1", RACK_GPUS),),
    )  # fmt: skip
    return tale.say("aivres", data, on)


def rebuilt() -> Tale:
    """A rack is taken apart, and its units go into another."""
    tale = Tale()
    tale.batch(serials=SERIALS)
    tale.build("R1", serials=SERIALS[:4])
    apart(tale, "2026-01-09")
    tale.build("R2", serials=SERIALS[:4], on="2026-01-10")
    return tale


def enrolled_twice(second: Sequence[str]) -> Tale:
    tale = Tale()
    tale.batch(serials=SERIALS)
    tale.batch("B2", serials=second)
    return tale


def gone(state: str, then: str = "") -> Tale:
    tale = Tale()
    tale.batch(serials=SERIALS)
    tale.build("R1", serials=SERIALS[:1])
    tale.change(state, line("B1", RACK_GPUS, "R1"), on="2026-01-10", at=PLANT)
    if then:
        tale.change(then, line("B1", RACK_GPUS, "R1", state=state), on="2026-01-11", at=PLANT)
    tale.build("R2", serials=SERIALS[:1], on="2026-01-12")
    return tale


def of_size(quantity: int) -> Tale:
    tale = Tale()
    tale.batch()
    tale.build("R1", line("B1", quantity))
    return tale


def built_of(quantity: int, on: str = "2026-01-08") -> Tale:
    tale = Tale()
    tale.batch(quantity=quantity, on="2026-01-08")
    tale.build("R1", on=on)
    return tale


def repaired() -> Tale:
    tale = Tale().running()
    tale.dispatch("S2", lines=[line("B1", 1)])
    tale.receive("S2", lines=[line("B1", 1)])
    part = rack.Part(model=CHIP, batch="B1", quantity=1)
    swapped = rack.ComponentReplaced(
        holder="aolani", replacement="X1", rack="R1", site=HALL, state="operational",
        out=(part,), into=(part,), title="kept",
    )  # fmt: skip
    tale.say("aolani", swapped, "2026-03-01")
    return tale


def named(quantity: int) -> Tale:
    tale = Tale().running("R1", "R2")
    tale.let("L1", running("R1"))
    tale.sell(line("B1", quantity, "R1"), on="2026-03-01")
    return tale


def seen(*rows: str, at: str = HALL, then: tuple[str, str] = ("", ""), **more: Any) -> Tale:
    """R1 runs in the hall; an inspection sees these rows, and a second one elsewhere, SN000."""
    tale = Tale()
    tale.batch(quantity=len(SERIALS), serials=SERIALS)
    tale.build("R1", serials=SERIALS[:4])
    tale.build("R2", serials=SERIALS[4:8])
    tale.dispatch(lines=[line("B1", RACK_GPUS, "R1")])
    tale.receive(lines=[line("B1", RACK_GPUS, "R1")])
    tale.inspect("2026-03-10", at, seen=rows, **more)
    if then[0]:
        tale.inspect(then[1], then[0], seen=("SN000",))
    return tale


ROWS = (
    Row(
        "SERIAL-TWO-PLACES", "rack:R2",
        hit=lambda: seen("SN004"), miss=lambda: seen("SN000", "sn003"),
        clear=lambda tale: tale.receive(
            "S2", [line("B1", RACK_GPUS, "R2")], "2026-03-10", received_from="aivres"
        ),
    ),
    Row(
        "COMPONENT-SWAP", "rack:R1",
        hit=lambda: seen("SN000,yes,,R1,,,CH-R2"), miss=lambda: seen("SN000,yes,,R1,1,0,ch-r1"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "COMPONENT-SWAP", "rack:R1",
        hit=lambda: seen("SN004,yes,,R1,,,"), miss=lambda: seen("SN001,yes,,R1,,,"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "COMPONENT-SWAP", "rack:R1",
        hit=lambda: seen("SN000,yes,,R1,1,3,"), miss=lambda: seen("SN000,yes,,R1,1,,"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "SERIAL-UNKNOWN", f"site:{HALL}",
        hit=lambda: seen("FAKE-1"), miss=lambda: seen("SN019"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "DOUBLE-CUSTODY", "serial:SN000",
        hit=lambda: serials_in(SERIALS[:4], SERIALS[:1]), miss=rebuilt,
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "DOUBLE-CUSTODY", "serial:SN000",
        hit=lambda: serials_in(SERIALS[:1], SERIALS[:1]),
        miss=lambda: serials_in(SERIALS[:1], SERIALS[1:2]),
        clear=lambda tale: apart(tale, "2026-01-08"),
    ),
    Row(
        "SERIAL-UNKNOWN", "rack:R2",
        hit=lambda: serials_in(SERIALS[:4], ["FAKE-1"]),
        miss=lambda: serials_in(SERIALS[:4], ["sn004"]),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "SERIAL-UNKNOWN", "rack:R2",
        hit=lambda: serials_in([], SERIALS[4:5], SERIALS[:4]), miss=lambda: serials_in([], [], []),
        clear=lambda tale: tale.void(tale.last),
        certainty="cannot be excluded",
    ),
    Row(
        "DUP-SERIAL-IN-ENROLMENT", "serial:SN000",
        hit=lambda: enrolled_twice(["SN000"]), miss=lambda: enrolled_twice(["SN020"]),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "SERIAL-REAPPEARS", "serial:SN000",
        hit=lambda: gone("destroyed"), miss=lambda: gone("lost", "found"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "RACK-SHORT", "rack:R1",
        hit=lambda: of_size(RACK_GPUS - 1), miss=lambda: of_size(RACK_GPUS),
        clear=lambda tale: tale.again(tale.last, lines=(line("B1", RACK_GPUS),)),
    ),
    Row(
        "ASSEMBLY-FROM-NOTHING", "rack:R1",
        hit=lambda: built_of(RACK_GPUS - 1), miss=lambda: built_of(RACK_GPUS),
        clear=lambda tale: tale.again(tale.first("BatchCommissioned"), quantity=RACK_GPUS),
    ),
    Row(
        "ASSEMBLY-FROM-NOTHING", "rack:R1",
        hit=lambda: built_of(RACK_GPUS, "2026-01-07"), miss=lambda: built_of(RACK_GPUS),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "RMA-NO-RETURN", "rack:R1",
        hit=(repaired, "2026-04-30"), miss=(repaired, "2026-04-29"),
        clear=lambda tale: tale.dispatch(
            "S3", [line("B1", 1, state="quarantined")], "2026-03-05", who="aolani",
            consignor="aolani", from_site=HALL, to_site=PLANT, consignee="aivres", purpose="rma",
        ),
    ),
    Row(
        "RACK-LINES-DIFFER", "rack:R1",
        hit=lambda: named(RACK_GPUS - 1), miss=lambda: named(RACK_GPUS),
        clear=lambda tale: tale.again(tale.last, lines=(line("B1", RACK_GPUS, "R1"),)),
    ),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=Row.name)
def test_a_rule_is_raised_just_missed_and_cleared(row: Row) -> None:
    check(row)


def test_a_repair_changes_what_a_rack_holds_and_what_later_lines_may_name() -> None:
    tale = Tale().running()
    tale.batch("B2", at=PLANT)
    out, into = (rack.Part(model=CHIP, batch=name, quantity=1) for name in ("B1", "B2"))
    swapped = rack.ComponentReplaced(
        holder="aolani", replacement="X1", rack="R1", site=HALL, state="operational",
        out=(out,), into=(into,), title="kept",
    )  # fmt: skip
    tale.say("aolani", swapped, "2026-03-01")
    state = "operational"
    whole = line("B1", 3, "R1", state=state), line("B2", 1, "R1", state=state)
    tale.put(*whole, to="installed", on="2026-03-05")
    assert not found(tale, "RACK-LINES-DIFFER")
    tale.put(line("B1", 4, "R1", state="installed"), on="2026-03-06")
    assert [one.about for one in found(tale, "RACK-LINES-DIFFER")] == ["rack:R1"]


def test_books_that_a_file_holds_otherwise_than_the_log_says_do_not_balance() -> None:
    tale = Tale().built()
    with project(tale.log) as view:
        reader = sqlite_reader(view.connection)
        clocks = Clocks("2026-04-01T00:00:00Z", tale.log.size - 1)
        some = find_rules(rules(), "MASS-BALANCE")
        assert not findings(reader, some, clocks)
        view.connection.execute("UPDATE movement SET quantity = 19 WHERE quantity = 20")
        assert [one.about for one in findings(reader, some, clocks)] == ["batch:B1"]


def destroyed_and_seen(*, found_again: bool = False) -> Tale:
    tale = Tale().built("R1", serials=True)
    tale.dispatch()
    tale.receive()
    tale.change("destroyed", line("B1", RACK_GPUS, "R1"), on="2026-03-01")
    if found_again:
        tale.change("found", line("B1", RACK_GPUS, "R1", state="lost"), on="2026-03-05")
    tale.inspect("2026-03-10", seen=("SN000",))
    return tale


def swapped_before_its_rack_was_destroyed() -> Tale:
    """What was seen had been taken out of the rack."""
    tale = Tale().built("R1", serials=True)
    tale.dispatch()
    tale.receive()
    out = rack.Part(model=CHIP, batch="B1", quantity=1, serials=("SN000",))
    into = rack.Part(model=CHIP, batch="B1", quantity=1, serials=("SN010",))
    swapped = rack.ComponentReplaced(
        holder="aolani", replacement="X1", rack="R1", site=HALL, state="stock",
        out=(out,), into=(into,), title="kept",
    )  # fmt: skip
    tale.say("aolani", swapped, "2026-02-20")
    tale.change("destroyed", line("B1", RACK_GPUS, "R1"), on="2026-03-01")
    tale.inspect("2026-03-10", seen=("SN000",))
    return tale


def test_a_serial_that_an_inspection_sees_after_its_rack_was_destroyed() -> None:
    tale = destroyed_and_seen()
    raised = found(tale, "SERIAL-REAPPEARS")
    assert [one.about for one in raised] == ["serial:SN000"]
    assert found(tale, "SERIAL-REAPPEARS", scope=Scope(("serial", "sn000"))) == raised
    assert not found(destroyed_and_seen(found_again=True), "SERIAL-REAPPEARS")
    assert not found(swapped_before_its_rack_was_destroyed(), "SERIAL-REAPPEARS")
    tale.void(tale.first("UnitsStateChanged"))
    assert not found(tale, "SERIAL-REAPPEARS")


def test_dates_to_the_month_do_not_put_a_serial_into_two_racks() -> None:
    """Built, taken apart and built again, of which two dates are told by the month."""
    tale = Tale()
    tale.batch(serials=SERIALS)
    tale.build("R1", on="2026-02-10", serials=SERIALS[:4])
    apart(tale, "2026-02")
    tale.build("R2", on="2026-02", serials=SERIALS[:4])
    assert not found(tale, "DOUBLE-CUSTODY")
    tale.inspect("2026-03-10", PLANT, seen=("SN000,yes,,R2,1,0,",))
    assert not found(tale, "COMPONENT-SWAP")


def two_sites(second: str) -> list[tuple[str, str]]:
    tale = seen("SN000", then=(HALL2, second))
    raised = found(tale, "SERIAL-TWO-PLACES")
    return [(one.about, one.certainty) for one in raised if one.subject[0] == "serial"]


def test_a_serial_seen_at_two_sites_takes_the_time_of_the_way() -> None:
    assert two_sites("2026-03-11") == [("serial:SN000", "indicator")]
    assert two_sites("2026-03-12") == [("serial:SN000", "cannot be excluded")]
    assert two_sites("2026-03-13") == []


def test_rows_of_an_inspections_list_that_are_none_are_counted() -> None:
    tale = seen(
        "SN000,yes,,R1,1,0,CH-R1",
        "SN001,yes,,R 1,1,0,CH",
        ",yes,,R1,1,0,CH",
        "R1,CH",
        "SN2,yes,,R1,,,\x01",
    )
    (one,) = found(tale, "EVIDENCE-HASH")
    assert "gives 1 rows and leaves out 4" in one.facts
