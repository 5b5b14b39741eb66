"""Rules about shipments and balances: what raises each, what just misses, what clears it."""

from typing import Any

import pytest

from ledger.events import party, shipment
from tests.finding_table import Row, check
from tests.memory_log import CHIP, line
from tests.tale import DEPOT, HALL, HALL2, RACK_GPUS, Tale, found


def sent(*racks: str) -> Tale:
    tale = Tale().built(*racks)
    tale.authorize()
    tale.dispatch(lines=[line("B1", RACK_GPUS, *(racks or ("R1",)))])
    return tale


def arrived(**fields: Any) -> Tale:
    tale = sent()
    tale.receive(**fields)
    return tale


def sealed(*seals: str) -> Tale:
    tale = Tale().built()
    tale.dispatch(seals=("SEAL-1",))
    tale.receive(seals=seals)
    return tale


def short(*, final: bool = True) -> Tale:
    tale = sent("R1", "R2")
    tale.receive(final=final)
    return tale


def another_model() -> Tale:
    tale = sent()
    other = line("B1", RACK_GPUS, "R1")
    tale.receive(lines=[type(other)(model="H100", batch="B9", quantity=4, racks=())])
    return tale


def as_eccn(eccn: str) -> Tale:
    tale = Tale().built()
    tale.dispatch(items=(shipment.ShippedItem(model=CHIP, eccn=eccn),))
    return tale


def agent() -> Tale:
    tale = Tale().built()
    tale.person("logistics", "private", "MY", "forwarder")
    acts = party.ActsFor(principal="aolani", types=("ShipmentReceived",))
    tale.say("aolani", party.RoleGranted(party="logistics", acts_for=acts), "2026-01-03")
    tale.dispatch()
    tale.receive(who="logistics")
    return tale


def parked(days_on: str = "2026-02-10") -> Tale:
    tale = Tale().built()
    tale.dispatch(to_site=DEPOT)
    tale.receive(site=DEPOT, on=days_on)
    return tale


ROWS = (
    Row(
        "SHIP-OVERDUE", "shipment:S1",
        hit=(sent, "2026-03-03"), miss=(sent, "2026-03-02"),
        clear=lambda tale: tale.receive(on="2026-03-03"),
    ),
    Row(
        "QTY-SHORT", "shipment:S1",
        hit=(short, "2026-02-16"), miss=(short, "2026-02-14"),
        clear=lambda tale: tale.again(
            tale.last, lines=(line("B1", RACK_GPUS, "R1", "R2"),)
        ),
    ),
    Row(
        "QTY-SHORT", "shipment:S1",
        hit=(short, "2026-04-01"), miss=(lambda: short(final=False), "2026-04-01"),
        clear=lambda tale: tale.receive(
            lines=[line("B1", RACK_GPUS, "R2")], on="2026-02-11", receipt="S1-R2"
        ),
    ),
    Row(
        "QTY-OVER", "shipment:S1",
        hit=lambda: arrived(lines=[line("B1", RACK_GPUS + 1, "R1")]), miss=arrived,
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "RECEIPT-NO-DISPATCH", "shipment:S2",
        hit=lambda: arrived_as("S2"), miss=arrived,
        clear=lambda tale: tale.dispatch("S2"),
    ),
    Row(
        "RECEIPT-NO-DISPATCH", "shipment:S1",
        hit=lambda: arrived(on="2026-01-31"), miss=lambda: arrived(on="2026-02-01"),
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "NEG-BALANCE", "batch:B1",
        hit=lambda: arrived(received_from="aolani"), miss=arrived,
        clear=lambda tale: tale.again(tale.last, received_from="carrier"),
    ),
    Row(
        "CLASS-MISMATCH", "shipment:S1", hit=another_model, miss=arrived,
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "CLASS-MISMATCH", "shipment:S1",
        hit=lambda: as_eccn("EAR99"), miss=lambda: as_eccn("3A090.a"),
        clear=lambda tale: tale.again(
            tale.last, items=(shipment.ShippedItem(model=CHIP, eccn="3A090.a"),)
        ),
    ),
    Row(
        "WRONG-RECEIVER", "shipment:S1",
        hit=lambda: arrived(who="carrier"), miss=agent,
        clear=lambda tale: tale.void(tale.last),
    ),
    Row(
        "WRONG-SITE", "shipment:S1",
        hit=lambda: arrived(site=HALL2), miss=arrived,
        clear=lambda tale: tale.again(tale.last, site=HALL),
    ),
    Row(
        "SEAL-BROKEN", "shipment:S1",
        hit=lambda: sealed("SEAL-2"), miss=lambda: sealed("seal-1"),
        clear=lambda tale: tale.again(tale.last, seals=("SEAL-1",)),
    ),
    Row(
        "SEAL-BROKEN", "shipment:S1", hit=sealed, miss=arrived,
        clear=lambda tale: tale.again(tale.last, seals=("SEAL-1",)),
        certainty="cannot be excluded",
    ),
    Row(
        "ROUTE-DEVIATION", "shipment:S1",
        hit=lambda: by_way_of("HK"), miss=lambda: by_way_of("US"),
        clear=lambda tale: tale.void(tale.last),
        certainty="cannot be excluded",
    ),
    Row(
        "STAGED-BOXED", "shipment:S1",
        hit=(arrived, "2026-05-12"), miss=(arrived, "2026-05-10"),
        clear=lambda tale: tale.put(to="installed", on="2026-05-11"),
    ),
    Row(
        "WAREHOUSE-PARKED", "shipment:S1",
        hit=(parked, "2026-03-13"), miss=(parked, "2026-03-11"),
        clear=lambda tale: tale.dispatch(
            "S2", who="aolani", consignor="aolani", from_site=DEPOT, on="2026-03-12"
        ),
    ),
)  # fmt: skip


def arrived_as(name: str) -> Tale:
    tale = sent()
    tale.receive(name)
    return tale


def by_way_of(country: str) -> Tale:
    tale = sent()
    tale.leg(country=country)
    return tale


@pytest.mark.parametrize("row", ROWS, ids=Row.name)
def test_a_rule_is_raised_just_missed_and_cleared(row: Row) -> None:
    check(row)


def test_units_that_leave_before_they_come_cannot_be_excluded_where_dates_allow_it() -> None:
    tale = sent()
    tale.receive(on="2026-02-10T14:00:00+08:00")
    tale.put(on="2026-02-10")
    (one,) = found(tale, "NEG-BALANCE")
    assert (one.certainty, one.severity) == ("cannot be excluded", "low")
