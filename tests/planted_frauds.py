"""The frauds that are planted, and how each must be found: what the demonstration is held to.

A line is a fraud in the words of those who asked for it, the code of the rule that must find it,
and the kind of thing that the finding must be about.
"""

from typing import NamedTuple

PLANTED = """
twenty racks that never arrive | SHIP-OVERDUE | shipment
a receipt short by one rack | QTY-SHORT | shipment
a receipt signed by someone else than the consignee | WRONG-RECEIVER | shipment
the same serial in two places | DOUBLE-CUSTODY | serial
the same serial in two places | SERIAL-TWO-PLACES | serial
a rack with 71 GPUs | RACK-SHORT | rack
a lease over running capacity | LEASE-OVER-CAPACITY | site
a lease while the certification is suspended | CERT-LAPSED-LEASE | lease
a shipment after its licence expired | AUTH-EXPIRED | shipment
a back-dated receipt recorded after an inspection notice | LATE-AFTER-INSPECTION | entry
a back-dated receipt recorded after an inspection notice | BACKDATED | entry
a lease of hardware that exists only as a plan | LEASE-BEFORE-OPERATIONAL | lease
two parties' versions of one shipment that differ | CLAIMS-DIFFER | shipment
labels seen on site whose chassis serials are another rack's | COMPONENT-SWAP | rack
racks parked in a warehouse that no authorisation names | WAREHOUSE-PARKED | shipment
"""


class Wanted(NamedTuple):
    """A fraud, the rule that must find it, and the kind of its subject."""

    fraud: str
    code: str
    kind: str


def wanted() -> list[Wanted]:
    return [
        Wanted(*(cell.strip() for cell in line.split("|"))) for line in PLANTED.strip().splitlines()
    ]
