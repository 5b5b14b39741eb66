"""The story of the planted frauds in its order: honest business, then one fraud after another."""

from dataclasses import dataclass
from pathlib import Path

from commands.demo.frauds import honest, in_the_hall, on_the_way
from commands.demo.frauds.business import Business
from commands.demo.frauds.cast import REGISTRY
from commands.demo.frauds.fraud import Fraud
from commands.demo.stage import Setting, Stage

ORIGIN = "ledger.plover-demonstration.invalid"
SETTING = Setting(ORIGIN, "2026-01-05", "ledger of planted frauds")
LAST_DAY = "2026-10-02"

HONEST = (honest.open_ledger, honest.make_chips, honest.ship_and_lease)

FRAUDS = (
    Fraud(
        "twenty racks that never arrive",
        "Brackenfold dispatches 20 racks, without a waybill; nobody ever receives them.",
        ("SHIP-OVERDUE",),
        "2026-03-04",
        on_the_way.never_arrives,
    ),
    Fraud(
        "a receipt short by one rack",
        "Three racks leave; Tidewrack signs for two, and says that nothing more is to come.",
        ("QTY-SHORT",),
        "2026-03-11",
        on_the_way.arrives_short,
    ),
    Fraud(
        "a receipt signed by someone else than the consignee",
        "The papers name Tidewrack; Saltmarsh, a storage firm that they do not name, signs.",
        ("WRONG-RECEIVER",),
        "2026-03-25",
        on_the_way.received_by_a_stranger,
    ),
    Fraud(
        "the same serial in two places",
        "A serial number is built into a rack of each hall, and is read in both on two days.",
        ("DOUBLE-CUSTODY", "SERIAL-TWO-PLACES"),
        "2026-04-08",
        in_the_hall.one_serial_twice,
    ),
    Fraud(
        "a rack with 71 GPUs",
        "A rack that its model says holds 72 GPUs is built with 71.",
        ("RACK-SHORT",),
        "2026-04-30",
        in_the_hall.stripped_rack,
    ),
    Fraud(
        "a lease over running capacity",
        "In the second hall 216 GPUs run; Tidewrack leases 288 of them to Lampwick.",
        ("LEASE-OVER-CAPACITY",),
        "2026-05-04",
        in_the_hall.leased_beyond_what_runs,
    ),
    Fraud(
        "a lease while the certification is suspended",
        "Quillmark suspends Tidewrack's certification; a week later Tidewrack leases a rack.",
        ("CERT-LAPSED-LEASE",),
        "2026-05-11",
        in_the_hall.leased_while_suspended,
    ),
    Fraud(
        "a shipment after its licence expired",
        "Two racks leave on 22 June under a licence whose last day was 15 June.",
        ("AUTH-EXPIRED",),
        "2026-05-28",
        on_the_way.after_the_licence,
    ),
    Fraud(
        "a lease of hardware that exists only as a plan",
        "Tidewrack plans a third hall, and leases 720 GPUs in it before anything stands there.",
        ("LEASE-BEFORE-OPERATIONAL",),
        "2026-07-01",
        in_the_hall.leased_from_a_plan,
    ),
    Fraud(
        "a back-dated receipt recorded after an inspection notice",
        "An inspection is announced; two days later a receipt dated a month before appears.",
        ("LATE-AFTER-INSPECTION", "BACKDATED"),
        "2026-07-03",
        on_the_way.papers_for_the_inspector,
    ),
    Fraud(
        "racks parked in a warehouse that no authorisation names",
        "Two racks go to Saltmarsh's depot, which no authorization names, and stay there.",
        ("WAREHOUSE-PARKED",),
        "2026-08-17",
        on_the_way.parked_in_a_depot,
    ),
    Fraud(
        "two parties' versions of one shipment that differ",
        "Brackenfold says that three racks left; the carrier says that it was two.",
        ("CLAIMS-DIFFER",),
        "2026-08-28",
        on_the_way.told_in_two_ways,
    ),
    Fraud(
        "labels seen on site whose chassis serials are another rack's",
        "The labels of QR02 are read in the hall; the chassis is that of a rack never received.",
        ("COMPONENT-SWAP",),
        "2026-09-07",
        in_the_hall.labels_on_another_chassis,
    ),
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A fraud as it was recorded.

    Attributes:
        fraud: which one.
        subject: what it is about, `kind:name`.
        first: its first entry.
        last: its last entry.
    """

    fraud: Fraud
    subject: str
    first: int
    last: int


def play(folder: Path) -> tuple[Stage, list[Planted]]:
    """Record the story in a new folder; return the stage, its ledger open, and what was planted."""
    business = Business(Stage(folder, REGISTRY, SETTING))
    for act in HONEST:
        act(business)
    planted = []
    for fraud in FRAUDS:
        business.report_use(fraud.day)
        business.stage.at(fraud.day)
        first = business.stage.ledger.size
        subject = fraud.plant(business)
        business.stage.flush()
        planted.append(Planted(fraud, subject, first, business.stage.ledger.size - 1))
    business.report_use(LAST_DAY)
    business.stage.flush()
    return business.stage, planted
