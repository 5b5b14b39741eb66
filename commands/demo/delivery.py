"""Acts 4 and 5: authorized, exported, received, sold, installed, leased."""

from collections.abc import Callable
from datetime import date, timedelta
from operator import itemgetter

from commands.demo.cast import (
    CARRIER,
    GPU,
    HALL,
    LEASED,
    PLANT,
    RACK,
    RACKS,
)
from commands.demo.hardware import (
    rack_lines,
    rack_name,
    shipment_racks,
)
from commands.demo.stage import OPERATOR, Stage, reference, text_document
from ledger.canonical import ordered
from ledger.events.authorization import (
    AuthorizationRecorded,
    AuthorizedItem,
    ExportFiled,
    FiledLine,
)
from ledger.events.lease import LeaseStarted, UsageReported
from ledger.events.plan import DeploymentFulfilled
from ledger.events.rack import RackPlaced
from ledger.events.shipment import (
    ShipmentDispatched,
    ShipmentLegReported,
    ShipmentReceived,
    ShippedItem,
)
from ledger.events.title import TitleTransferred

SHIPMENTS = 25
CORRECTED = 13
KEY_ROTATION = 16
FIRST_EXPORT = date(2026, 5, 4)
PRICE_USD = 2_500_000_000 // SHIPMENTS
INVOICE = """Commercial invoice {number} (invented for the demonstration)
{racks} racks {first} to {last}, model GB200-NVL72, ECCN 4A090.a
These items are controlled by the U.S. Government and authorized for export only to the country of
ultimate destination for use by the ultimate consignee or end-user herein identified. They may not
be resold, transferred, or otherwise disposed of, to any other country or to any person other than
the authorized ultimate consignee or end-user, without first obtaining approval from the U.S.
government or as otherwise authorized by U.S. law and regulations.
"""


def authorize(stage: Stage) -> None:
    """Aivres claims what it exports under, and the rules that it rests on."""
    stage.at("2026-04-20")
    data = AuthorizationRecorded(
        declarant="aivres",
        authorization="NLR-MY-2026",
        kind="nlr",
        activity="export",
        authority="Bureau of Industry and Security (as claimed)",
        items=ordered(
            AuthorizedItem(model=GPU, eccn="3A090.a"), AuthorizedItem(model=RACK, eccn="4A090.a")
        ),
        consignees=("aolani",),
        destination="MY",
        valid_from="2026-04-20",
        rule_pack="EAR-ACS-2023, 88 FR 73458, as of 2026-04-20",
    )
    stage.say(data, "aivres", on="2026-04-20")


def ship_and_install(stage: Stage) -> None:
    """25 shipments of 20 racks to Johor, one every third day; each installed on arrival."""
    days: list[tuple[date, int, Callable[[Stage, int, date], None]]] = []
    for number in range(1, SHIPMENTS + 1):
        first = FIRST_EXPORT + timedelta(days=3 * (number - 1))
        steps = ((0, _dispatch), (5, _arrive), (6, _receive), (7, _sell), (8, _place), (9, _start))
        days += [(first + timedelta(days=after), number, step) for after, step in steps]
    for day, number, step in sorted(days, key=itemgetter(0, 1)):
        if number == KEY_ROTATION and step is _dispatch:
            stage.at(day.isoformat())
            stage.rotate("aivres", "aivres-2")
        step(stage, number, day)
    racks = ordered(*(rack_name(number) for number in range(1, RACKS + 1)))
    fulfilled = DeploymentFulfilled(operator=OPERATOR, plan="MY-36000", racks=racks)
    stage.say(fulfilled, OPERATOR, on="2026-07-27")


def _dispatch(stage: Stage, number: int, day: date) -> None:
    shipment, racks, on = f"SHP-{number:02d}", shipment_racks(number), day.isoformat()
    itn = f"X{day:%Y%m%d}{number:06d}"
    filed = ExportFiled(
        filer="aivres",
        filing=f"EEI-{number:02d}",
        itn=itn,
        export_date=on,
        port="USLAX",
        lines=(
            FiledLine(
                hts="8471.50.0150",
                eccn="4A090.a",
                quantity=len(racks),
                unit="NO",
                gpus=len(racks) * 72,
                licence_code="NLR",
            ),
        ),
        consignee="aolani",
        ultimate_consignee="aolani",
        destination="MY",
        shipment=shipment,
    )
    stage.say(filed, "aivres", on=on, references=(reference("itn", itn),))
    invoice = INVOICE.format(
        number=f"INV-{number:02d}",
        racks=len(racks),
        first=rack_name(racks[0]),
        last=rack_name(racks[-1]),
    )
    dispatched = ShipmentDispatched(
        consignor="aivres",
        shipment=shipment,
        purpose="sale",
        lines=rack_lines(racks),
        items=ordered(
            ShippedItem(model=GPU, eccn="3A090.a", authorization="NLR-MY-2026"),
            ShippedItem(model=RACK, eccn="4A090.a", authorization="NLR-MY-2026"),
        ),
        exporter="aivres",
        consignee="aolani",
        ultimate_consignee="aolani",
        carrier=CARRIER,
        from_site=PLANT,
        to_site=HALL,
        incoterm="DAP",
        seals=(f"SEAL-{number:04d}",),
        due=(day + timedelta(days=10)).isoformat(),
    )
    papers = (
        reference("awb", f"AWB-{number:03d}"),
        reference("inv", f"INV-{number:02d}"),
        reference("itn", itn),
    )
    documents = (text_document("invoice", f"Invoice INV-{number:02d}", invoice),)
    stage.say(dispatched, "aivres", CARRIER, on=on, references=papers, documents=documents)


def _arrive(stage: Stage, number: int, day: date) -> None:
    leg = ShipmentLegReported(
        carrier=CARRIER,
        leg=f"SHP-{number:02d}-L1",
        shipment=f"SHP-{number:02d}",
        milestone="arrived",
        place="Senai, Johor",
        country="MY",
        seals=(f"SEAL-{number:04d}",),
    )
    stage.say(leg, CARRIER, on=day.isoformat())


def _receive(stage: Stage, number: int, day: date) -> None:
    racks, on = shipment_racks(number), day.isoformat()
    if number != CORRECTED:
        stage.say(_receipt(number, racks), OPERATOR, on=on)
        return
    wrong = stage.record(_receipt(number, racks[:-1]), OPERATOR, on=on)
    stage.say(_receipt(number, racks), OPERATOR, on=on, corrects=stage.target(wrong.index))


def _receipt(number: int, racks: range) -> ShipmentReceived:
    return ShipmentReceived(
        receiver=OPERATOR,
        receipt=f"SHP-{number:02d}-R1",
        shipment=f"SHP-{number:02d}",
        received_from=CARRIER,
        site=HALL,
        lines=rack_lines(racks),
        counted_by="racks",
        seals=(f"SEAL-{number:04d}",),
        final=True,
    )


def _sell(stage: Stage, number: int, day: date) -> None:
    sold = TitleTransferred(
        seller="aivres",
        buyer="aolani",
        title=f"T-{number:02d}",
        lines=rack_lines(shipment_racks(number)),
        contract=f"INV-{number:02d}",
    )
    price = {"price_usd": str(PRICE_USD), "terms": "paid on receipt (invented)"}
    stage.say(sold, "aivres", OPERATOR, on=day.isoformat(), sealed=price)


def _place(stage: Stage, number: int, day: date) -> None:
    placed = RackPlaced(
        holder=OPERATOR,
        placement=f"SHP-{number:02d}-P1",
        site=HALL,
        cluster="JHR-C1",
        position=f"row {number}",
        to_state="installed",
        lines=rack_lines(shipment_racks(number)),
    )
    stage.say(placed, OPERATOR, on=day.isoformat())


def _start(stage: Stage, number: int, day: date) -> None:
    started = RackPlaced(
        holder=OPERATOR,
        placement=f"SHP-{number:02d}-P2",
        site=HALL,
        cluster="JHR-C1",
        position=f"row {number}",
        to_state="operational",
        lines=rack_lines(shipment_racks(number), "installed"),
    )
    stage.say(started, OPERATOR, on=day.isoformat())


def lease_capacity(stage: Stage) -> None:
    """480 of the 500 racks are leased to ByteDance as a service; usage is reported monthly."""
    stage.at("2026-08-01")
    lease = LeaseStarted(
        lessor=OPERATOR,
        lease="BD-2026",
        lessee="bytedance",
        site=HALL,
        lines=rack_lines(range(1, LEASED + 1), "operational"),
        service="iaas",
        country="MY",
        physical_access=False,
        purchase_option=False,
        purpose="research and development",
        agreed_on="2026-07-20",
    )
    terms = {"fee_usd_per_gpu_hour": "2.10 (invented)"}
    stage.say(lease, OPERATOR, "bytedance", on="2026-08-01", sealed=terms)


def report_usage(stage: Stage) -> None:
    """The operator reports what was used, month by month."""
    for month, day, hours in (
        ("2026-08", "2026-09-02", "24200000"),
        ("2026-09", "2026-10-02", "24350000"),
    ):
        stage.at(day)
        usage = UsageReported(
            reporter=OPERATOR,
            lease="BD-2026",
            period=month,
            gpu_hours=hours,
            energy_mwh="40100",
            countries=ordered("MY", "SG"),
        )
        stage.say(usage, OPERATOR, on=month)
