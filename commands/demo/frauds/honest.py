"""What the fictitious firms do honestly, before the first fraud: no rule finds anything in it."""

from commands.demo.frauds.business import BATCH, Business, serial
from commands.demo.frauds.cast import (
    CARRIER,
    CLOUD,
    GPU,
    HALL_1,
    HALL_2,
    INTEGRATOR,
    LESSEE,
    MAKER,
    MODELS,
    PARTIES,
    PLANT,
    RACK,
    REGISTRY,
    SITES,
    STORE,
)
from commands.demo.stage import csv_document, text_document
from ledger.canonical import ordered
from ledger.events.authorization import AuthorizationRecorded, AuthorizedItem, EndUseStated
from ledger.events.base import Line
from ledger.events.certification import CertificationGranted, Scope
from ledger.events.party import HeadquartersDeclared
from ledger.events.product import BatchCommissioned
from ledger.events.shipment import ShipmentDispatched, ShipmentReceived, ShippedItem
from ledger.events.site import SiteCapacityAttested
from ledger.events.title import TitleTransferred

UNITS = 3_600
CERTIFICATION = "QX-TIER1"


def open_ledger(business: Business) -> None:
    """Register everybody and everything, certify the cloud."""
    stage = business.stage
    for fields, roles in PARTIES:
        stage.party(fields, *roles)
    for model in MODELS:
        stage.say(model, MAKER, on="2026-01-06")
    for site in SITES:
        stage.say(site, CLOUD, on="2026-01-06")
    for hall in (HALL_1, HALL_2):
        power = SiteCapacityAttested(operator=CLOUD, site=hall, it_megawatts="10")
        stage.say(power, CLOUD, on="2026-01-07")
    for party, country in ((CLOUD, "MY"), (LESSEE, "SG")):
        stage.say(
            HeadquartersDeclared(party=party, country=country), REGISTRY.party, on="2026-01-07"
        )
    for user in (CLOUD, LESSEE):
        stated = EndUseStated(
            end_user=user,
            end_use="training of commercial models",
            end_users=ordered(CLOUD, LESSEE),
            no_military=True,
        )
        stage.say(stated, user, on="2026-01-08")
    granted = CertificationGranted(
        certifier=MAKER,
        certification=CERTIFICATION,
        party=CLOUD,
        scheme="partners of Quillmark",
        level="tier-1",
        scope=Scope(models=(GPU,), countries=("MY",)),
        checks=("example-check",),
        valid_from="2026-01-12",
    )
    stage.say(granted, MAKER, on="2026-01-12")


def make_chips(business: Business) -> None:
    """A batch is commissioned, shipped to the integrator's plant, and sold."""
    stage = business.stage
    serials = "\n".join(["serial", *(serial(unit) for unit in range(UNITS)), ""])
    made = BatchCommissioned(maker=MAKER, batch=BATCH, model=GPU, quantity=UNITS, site=STORE)
    manifest = csv_document("serial_manifest", f"Serials of {BATCH}", serials)
    stage.say(made, MAKER, on="2026-01-14", documents=(manifest,))
    business.screen(INTEGRATOR, "2026-01-15")
    lines = (Line(model=GPU, batch=BATCH, quantity=UNITS),)
    sent = ShipmentDispatched(
        consignor=MAKER,
        shipment="QS-00",
        purpose="sale",
        lines=lines,
        items=(ShippedItem(model=GPU, eccn="3A090.a"),),
        consignee=INTEGRATOR,
        carrier=CARRIER,
        from_site=STORE,
        to_site=PLANT,
    )
    stage.say(sent, MAKER, CARRIER, on="2026-01-16")
    received = ShipmentReceived(
        receiver=INTEGRATOR,
        receipt="QS-00-R1",
        shipment="QS-00",
        received_from=CARRIER,
        site=PLANT,
        lines=lines,
        counted_by="packages",
        final=True,
    )
    stage.say(received, INTEGRATOR, on="2026-01-20")
    sold = TitleTransferred(seller=MAKER, buyer=INTEGRATOR, title="QT-00", lines=lines)
    stage.say(sold, MAKER, INTEGRATOR, on="2026-01-21")


def authorize(
    business: Business, name: str, on: str, *, kind: str = "nlr", valid_to: str | None = None
) -> None:
    """The integrator claims what it exports to Malaysia under; a licence with its paper."""
    claimed = AuthorizationRecorded(
        declarant=INTEGRATOR,
        authorization=name,
        kind=kind,  # type: ignore[arg-type]  # one of its literals
        activity="export",
        authority="export authority (invented)",
        items=ordered(
            AuthorizedItem(model=GPU, eccn="3A090.a"), AuthorizedItem(model=RACK, eccn="4A090.a")
        ),
        consignees=(CLOUD,),
        destination="MY",
        valid_from=on,
        valid_to=valid_to,
    )
    paper = text_document("licence", f"{kind} {name}", f"{kind} {name} (invented)\n")
    business.stage.say(claimed, INTEGRATOR, on=on, documents=(paper,))


def ship_and_lease(business: Business) -> None:
    """Six racks come into two halls and run; half of the first hall is leased."""
    authorize(business, "QX-NLR", "2026-01-22")
    racks = business.racks(1, 6, "2026-01-26")
    business.deliver("QS-01", racks[:4], "2026-02-02")
    business.deliver("QS-02", racks[4:], "2026-02-16", at=HALL_2)
    business.let("QL-01", 144, "2026-03-01")
