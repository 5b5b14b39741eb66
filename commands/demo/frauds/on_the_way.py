"""Frauds with shipments: lost, short, received by the wrong hands, told twice, parked."""

from commands.demo.frauds.business import Business
from commands.demo.frauds.cast import (
    AUDITOR,
    CARRIER,
    CLOUD,
    DEPOT,
    HALL_1,
    STRANGER,
)
from commands.demo.frauds.honest import authorize
from ledger.events.assurance import InspectionAnnounced


def never_arrives(business: Business) -> str:
    """Twenty racks are dispatched without a waybill, and nobody receives them."""
    racks = business.racks(11, 30, "2026-03-04")
    business.dispatch("QS-03", racks, "2026-03-09", waybill=False)
    return "shipment:QS-03"


def arrives_short(business: Business) -> str:
    """Three racks are dispatched and two received, nothing more to come."""
    racks = business.racks(31, 33, "2026-03-11")
    business.dispatch("QS-04", racks, "2026-03-16")
    business.receive("QS-04", racks[:2], "2026-03-22")
    business.start(racks[:2], "2026-03-23", "2026-03-24", at=HALL_1)
    return "shipment:QS-04"


def received_by_a_stranger(business: Business) -> str:
    """A storage firm that the dispatch does not name states the receipt."""
    racks = business.racks(34, 35, "2026-03-25")
    business.dispatch("QS-05", racks, "2026-03-30")
    business.receive("QS-05", racks, "2026-04-05", by=STRANGER)
    return "shipment:QS-05"


def after_the_licence(business: Business) -> str:
    """Racks leave a week after the licence that they are said to leave under ended."""
    authorize(business, "QX-LIC", "2026-05-28", kind="licence", valid_to="2026-06-15")
    racks = business.racks(38, 39, "2026-06-17")
    business.dispatch("QS-07", racks, "2026-06-22", authorization="QX-LIC")
    business.receive("QS-07", racks, "2026-06-28")
    business.start(racks, "2026-06-29", "2026-06-30", at=HALL_1)
    return "shipment:QS-07"


def papers_for_the_inspector(business: Business) -> str:
    """A receipt dated in July is recorded in August, two days after an inspection is announced."""
    racks = business.racks(40, 41, "2026-07-03")
    business.dispatch("QS-08", racks, "2026-07-06")
    stage = business.stage
    notice = InspectionAnnounced(
        site=HALL_1, host=CLOUD, starts="2026-09-07", method="labels and chassis are read"
    )
    business.report_use("2026-08-10")
    stage.say(notice, AUDITOR, on="2026-08-10")
    stage.at("2026-08-12")
    entry = business.receive("QS-08", racks, "2026-07-12")
    business.start(racks, "2026-08-13", "2026-08-14", at=HALL_1)
    return f"entry:{entry}"


def parked_in_a_depot(business: Business) -> str:
    """Racks are exported to a depot that no authorization names, and lie there."""
    racks = business.racks(45, 46, "2026-08-17")
    business.dispatch("QS-09", racks, "2026-08-19", to=DEPOT)
    business.receive("QS-09", racks, "2026-08-25", at=DEPOT)
    return "shipment:QS-09"


def told_in_two_ways(business: Business) -> str:
    """The consignor says that three racks left, the carrier says two."""
    racks = business.racks(42, 44, "2026-08-28")
    business.dispatch("QS-10", racks, "2026-08-31", carrier_signs=False)
    carriers = business.dispatched(
        "QS-10", racks[:2], "2026-08-31", to=HALL_1, authorization="QX-NLR"
    )
    business.stage.say(carriers, CARRIER, on="2026-08-31", basis="counterparty")
    business.receive("QS-10", racks, "2026-09-05")
    return "shipment:QS-10"
