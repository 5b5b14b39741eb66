"""Ranges of identifiers, and lines filled in from what the read models hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.lines import EXPANDED_MAX, expand, lines_for
from commands.statement_text import ranges
from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.events.base import Line
from projections.view import MEMORY, View

ACCOUNTS = (
    # model, batch, rack, holder, site, state, shipment, quantity
    ("GB200", "B01", "R0001", "aolani", "JHR-1", "installed", None, 72),
    ("GB200", "B01", "R0002", "aolani", "JHR-1", "installed", None, 72),
    ("GB200", "B01", "R0003", "aolani", "JHR-1", "installed", None, 40),
    ("GB200", "B02", "R0003", "aolani", "JHR-1", "installed", None, 32),
    ("GB200", "B02", None, "nvidia", "SJC", "stock", None, 100),
    ("GB200", "B02", None, "nvidia", "SJC", "stock", None, -20),
    ("GB200", "B03", None, "nvidia", "SJC", "stock", None, 5),
    ("GB200", "B03", None, "nvidia", "SJC", "quarantined", None, 5),
    ("GB200", "B04", "R0009", "swift", None, "in_transit", "SHP-1", 72),
    ("GB200", "B04", None, "swift", None, "in_transit", "SHP-1", 3),
    ("GB200", "B04", "R0009", "@transferred", None, None, None, 72),
)


@pytest.fixture(scope="module")
def view() -> View:
    made = View.open(MEMORY)
    with made.writing() as connection:
        for index, (model, batch, rack, holder, site, state, shipment, held) in enumerate(ACCOUNTS):
            account = (index, "possession", model, holder, site, state, shipment, held)
            connection.execute(
                "INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, ?)", account
            )
            connection.execute("INSERT INTO lot VALUES (?, ?, ?)", (index, batch, rack))
            connection.execute(
                "INSERT INTO posted VALUES (NULL, ?1, ?1, ?1, ?1, ?2)", (index, held)
            )
            connection.execute(
                """INSERT INTO event SELECT ?, '', '', '', '', '', '2026-01-05T00:00:00Z', '', '',
                                            '', '', NULL, NULL, NULL, ''""",
                (index,),
            )
    return made


def line(batch: str, quantity: int, *racks: str, state: str = "stock") -> Line:
    return Line(model="GB200", batch=batch, quantity=quantity, racks=racks, state=state)  # type: ignore[arg-type]  # a state


def test_a_range_counts_in_the_width_that_was_written() -> None:
    assert expand("R0008..R0011") == ["R0008", "R0009", "R0010", "R0011"]
    assert expand("R8..R11") == ["R8", "R9", "R10", "R11"]
    assert expand("SHP-1-R2..SHP-1-R3, X") == ["SHP-1-R2", "SHP-1-R3", "X"]
    assert len(expand("R000000..R099999")) == EXPANDED_MAX


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "IDENTIFIER"),
        ("R1,", "IDENTIFIER"),
        ("R1..", "IDENTIFIER"),
        ("..R1", "IDENTIFIER"),
        ("R 1", "IDENTIFIER"),
        ("R1..R2..R3", "IDENTIFIER"),
        ("R01..R1", "RANGE-FORM"),
        ("R1..S2", "RANGE-FORM"),
        ("Ra..Rb", "RANGE-FORM"),
        ("R2..R1", "RANGE-ORDER"),
        ("R1,r1", "RANGE-REPEAT"),
        ("R1..R3,R2", "RANGE-REPEAT"),
        ("R0..R99999999999999999", "RANGE-SIZE"),
        ("R1..R60000,S1..S60000", "RANGE-SIZE"),
        (",".join(f"X{n}" for n in range(EXPANDED_MAX + 1)), "RANGE-SIZE"),
        ("\uff32\uff11..\uff32\uff12", "IDENTIFIER"),
    ],
)
def test_what_is_no_range_is_refused(text: str, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        expand(text)
    assert refused.value.code == code


@given(st.text(alphabet="R01.9,-_ a", max_size=30))
def test_expanding_raises_nothing_but_ledger_errors(text: str) -> None:
    try:
        found = expand(text)
    except LedgerError:
        return
    assert len({one.lower() for one in found}) == len(found)


@given(st.sets(st.integers(0, 300), min_size=1), st.sampled_from(["{:04d}", "{}", "A-{}"]))
def test_ranges_are_the_reverse_of_expanding(numbers: set[int], form: str) -> None:
    names = [form.format(number) for number in numbers]
    assert sorted(expand(ranges(names))) == sorted(names)


def test_racks_alike_stand_in_one_line(view: View) -> None:
    assert set(lines_for(view, racks=["R0001", "r0002", "R0003"])) == {
        line("B01", 72, "R0001", "R0002", state="installed"),
        line("B01", 40, "R0003", state="installed"),
        line("B02", 32, "R0003", state="installed"),
    }
    assert lines_for(view, racks=["R0001"], holder="aolani", site="jhr-1", state="installed")


def test_many_racks_are_looked_up_in_parts(view: View) -> None:
    with pytest.raises(Unavailable, match="X1, X2, X3, X4, X5 and 595 more"):
        lines_for(view, racks=[f"X{n}" for n in range(1, 601)])


@pytest.mark.parametrize("where", [{"state": "stock"}, {"holder": "nvidia"}, {"without": 0}])
def test_racks_of_which_nothing_is_held_so_are_told(view: View, where: dict[str, object]) -> None:
    with pytest.raises(Unavailable, match="nothing is recorded in R0001") as told:
        lines_for(view, racks=["R0001"], **where)  # type: ignore[arg-type]  # by name
    assert told.value.hint == "`chipledger where --rack R0001` shows where a rack is"


def test_loose_units_of_a_batch(view: View) -> None:
    assert lines_for(view, batch="b02") == (line("B02", 80),)
    assert lines_for(view, batch="B02", quantity=8, holder="nvidia") == (line("B02", 8),)
    assert lines_for(view, batch="B03", state="quarantined") == (
        line("B03", 5, state="quarantined"),
    )
    with pytest.raises(Unavailable, match="BATCH-SHORT"):
        lines_for(view, batch="B02", quantity=81)
    with pytest.raises(Unavailable, match="BATCH-SHORT"):
        lines_for(view, batch="B02", holder="aolani")
    with pytest.raises(Unavailable, match="BATCH-SHORT"):
        lines_for(view, batch="B03")


def test_what_is_on_the_way_under_a_shipment(view: View) -> None:
    assert set(lines_for(view, shipment="SHP-1")) == {line("B04", 72, "R0009"), line("B04", 3)}
    assert lines_for(view, racks=["R0009"], shipment="shp-1") == (line("B04", 72, "R0009"),)


def test_nothing_asked_for_is_nothing_answered(view: View) -> None:
    with pytest.raises(Malformed, match="UNITS-NONE"):
        lines_for(view)
