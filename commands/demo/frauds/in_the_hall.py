"""Frauds with hardware and with its use: copied serials, stripped racks, capacity that is not."""

from commands.demo.frauds.business import Business, chassis
from commands.demo.frauds.cast import (
    CLOUD,
    GPU,
    HALL_2,
    HALL_3,
    LESSEE,
    MAKER,
)
from commands.demo.frauds.honest import CERTIFICATION
from ledger.events.base import Amount
from ledger.events.certification import CertificationChanged
from ledger.events.plan import DeploymentPlanned

STRIPPED = 71
PLANNED = 720


def one_serial_twice(business: Business) -> str:
    """A rack of the second hall shows a serial number of the first hall's."""
    copied = business.inside["QR01"][0]
    business.build("QR36", "2026-04-08", copied=copied)
    business.deliver("QS-06", ["QR36"], "2026-04-10", at=HALL_2)
    business.inspect("QI-01", "2026-04-27", business.rows_of("QR01")[:1])
    business.inspect("QI-02", "2026-04-28", business.rows_of("QR36")[:1], at=HALL_2)
    return f"serial:{copied}"


def stripped_rack(business: Business) -> str:
    """A rack for 72 is built with 71."""
    business.build("QR37", "2026-04-30", gpus=STRIPPED)
    return "rack:QR37"


def leased_beyond_what_runs(business: Business) -> str:
    """The second hall runs three racks, and four racks' worth of it is leased."""
    business.let("QL-02", 288, "2026-05-04", at=HALL_2)
    return f"site:{HALL_2}"


def leased_while_suspended(business: Business) -> str:
    """The maker suspends the cloud's certification, and the cloud leases all the same."""
    _recertify(business, "suspended", "2026-05-11")
    business.let("QL-03", 72, "2026-05-18")
    _recertify(business, "reinstated", "2026-05-27")
    return "lease:QL-03"


def leased_from_a_plan(business: Business) -> str:
    """Ten racks' worth is leased in a hall that is planned, where nothing stands."""
    planned = DeploymentPlanned(
        planner=CLOUD,
        plan="QP-1",
        stage="planned",
        country="MY",
        site=HALL_3,
        model=GPU,
        quantity=Amount(qualifier="exact", value=PLANNED),
        owner=CLOUD,
        operator=CLOUD,
        for_party=LESSEE,
        window_from="2026-12",
    )
    business.stage.say(planned, CLOUD, on="2026-07-01")
    business.let("QL-04", PLANNED, "2026-07-02", at=HALL_3)
    return "lease:QL-04"


def labels_on_another_chassis(business: Business) -> str:
    """The labels of a rack are read, and the chassis below them is that of one that never came."""
    rows = business.rows_of("QR02", in_chassis=chassis("QR11"))
    told = "the chassis in the place of QR02 says that it is another's"
    business.inspect("QI-03", "2026-09-07", rows, exceptions=(told,))
    return "rack:QR02"


def _recertify(business: Business, status: str, on: str) -> None:
    changed = CertificationChanged(
        certifier=MAKER,
        certification=CERTIFICATION,
        party=CLOUD,
        status=status,  # type: ignore[arg-type]  # one of its literals
        reason="a check is repeated (invented)",
    )
    business.stage.say(changed, MAKER, on=on)
