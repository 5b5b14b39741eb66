"""Everyday business of the fictitious firms: everything that a fraud then bends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from commands.demo.frauds.cast import (
    AUDITOR,
    CARRIER,
    CLOUD,
    GPU,
    GPUS_PER_RACK,
    HALL_1,
    INTEGRATOR,
    LESSEE,
    PLANT,
    RACK,
)
from commands.demo.stage import Stage, csv_document, reference, text_document
from ledger.canonical import ordered
from ledger.events.assurance import InspectionPerformed
from ledger.events.authorization import ExportFiled, FiledLine
from ledger.events.base import Line, State
from ledger.events.lease import LeaseStarted, Pool, UsageReported
from ledger.events.party import PartyChecked
from ledger.events.rack import RackAssembled, RackPlaced
from ledger.events.shipment import ShipmentDispatched, ShipmentReceived, ShippedItem
from ledger.events.title import TitleTransferred

BATCH = "QB-1"
SLOTS_PER_TRAY = 4
SCREENED_FOR = timedelta(days=20)


def serial(unit: int) -> str:
    """Return the serial number of a unit of the batch, from 0."""
    return f"QX1{unit:07d}"


def chassis(rack: str) -> str:
    """Return the serial number of a rack's chassis."""
    return f"CH-{rack}"


def _second_after(month: str) -> str:
    year, number = map(int, month.split("-"))
    return date(year + number // 12, number % 12 + 1, 2).isoformat()


def lines_of(racks: Sequence[str], state: State = "stock") -> tuple[Line, ...]:
    """Return the lines of whole racks."""
    return (
        Line(model=GPU, batch=BATCH, quantity=GPUS_PER_RACK, racks=ordered(*racks), state=state),
    )


@dataclass
class Business:
    """What the firms did so far.

    Attributes:
        stage: where it is recorded.
        units: units of the batch that are built in.
        inside: serial numbers in each rack, as built.
        screened: when each party was last compared with a list.
        leases: leases that run.
        unreported: month whose use is reported next.
    """

    stage: Stage
    units: int = 0
    inside: dict[str, list[str]] = field(default_factory=dict)
    screened: dict[str, date] = field(default_factory=dict)
    leases: list[str] = field(default_factory=list)
    unreported: str = "2026-03"

    def build(self, rack: str, on: str, *, gpus: int = GPUS_PER_RACK, copied: str = "") -> None:
        """Build a rack; `copied` is a serial number that its first slot shows all the same."""
        serials = [serial(unit) for unit in range(self.units, self.units + gpus)]
        self.units += gpus
        self.inside[rack] = [copied, *serials[1:]] if copied else serials
        rows = [
            f"{rack},{slot // SLOTS_PER_TRAY + 1},{slot % SLOTS_PER_TRAY + 1},{one},{BATCH}"
            for slot, one in enumerate(self.inside[rack])
        ]
        manifest = csv_document(
            "build_manifest",
            f"Build of {rack}",
            "\n".join(["rack,tray,slot,serial,batch", *rows, ""]),
        )
        built = RackAssembled(
            integrator=INTEGRATOR,
            assembly=f"{rack}-A1",
            rack=rack,
            model=RACK,
            chassis_serial=chassis(rack),
            site=PLANT,
            lines=(Line(model=GPU, batch=BATCH, quantity=gpus),),
        )
        self.stage.say(built, INTEGRATOR, on=on, documents=(manifest,))

    def racks(self, first: int, last: int, on: str) -> list[str]:
        """Build racks of these numbers and return their names."""
        names = [f"QR{number:02d}" for number in range(first, last + 1)]
        for name in names:
            self.build(name, on)
        return names

    def screen(self, party: str, on: str) -> None:
        """Compare a party with a list, unless that was done in the last weeks."""
        day = date.fromisoformat(on)
        if day - self.screened.get(party, date.min) < SCREENED_FOR:
            return
        self.screened[party] = day
        checked = PartyChecked(
            party=party, kind="list", list_name="Example list (invented)", result="clear"
        )
        self.stage.say(checked, INTEGRATOR, on=on)

    def dispatch(
        self,
        shipment: str,
        racks: Sequence[str],
        on: str,
        *,
        to: str = HALL_1,
        authorization: str = "QX-NLR",
        waybill: bool = True,
        carrier_signs: bool = True,
    ) -> None:
        """File and dispatch racks to the cloud's site, with the usual papers."""
        self.screen(CLOUD, on)
        gpus = GPUS_PER_RACK * len(racks)
        itn = f"X{on.replace('-', '')}{int(shipment[-2:]):06d}"
        line = FiledLine(hts="8471.50.0150", eccn="4A090.a", quantity=len(racks), unit="NO",
                         gpus=gpus)  # fmt: skip
        filed = ExportFiled(
            filer=INTEGRATOR,
            filing=f"EEI-{shipment}",
            itn=itn,
            export_date=on,
            port="USLAX",
            lines=(line,),
            consignee=CLOUD,
            ultimate_consignee=CLOUD,
            destination="MY",
            shipment=shipment,
        )
        self.stage.say(filed, INTEGRATOR, on=on, references=(reference("itn", itn),))
        sent = self.dispatched(shipment, racks, on, to=to, authorization=authorization)
        papers = [reference("itn", itn), reference("po", f"PO-{shipment}")]
        if waybill:
            papers.append(reference("awb", f"AWB-{shipment}"))
        listed = "".join(f"{rack},{chassis(rack)}\n" for rack in racks)
        documents = (
            text_document("invoice", f"Invoice of {shipment}", f"{len(racks)} racks (invented)\n"),
            csv_document("packing_list", f"Packing list of {shipment}", f"rack,chassis\n{listed}"),
        )
        others = (CARRIER,) if carrier_signs else ()
        self.stage.say(
            sent, INTEGRATOR, *others, on=on, references=tuple(papers), documents=documents
        )

    def dispatched(
        self, shipment: str, racks: Sequence[str], on: str, *, to: str, authorization: str
    ) -> ShipmentDispatched:
        """Return what a dispatch of racks says."""
        items = (
            ShippedItem(model=GPU, eccn="3A090.a", authorization=authorization),
            ShippedItem(model=RACK, eccn="4A090.a", authorization=authorization),
        )
        return ShipmentDispatched(
            consignor=INTEGRATOR,
            shipment=shipment,
            purpose="sale",
            lines=lines_of(racks),
            items=ordered(*items),
            exporter=INTEGRATOR,
            consignee=CLOUD,
            ultimate_consignee=CLOUD,
            carrier=CARRIER,
            from_site=PLANT,
            to_site=to,
            due=(date.fromisoformat(on) + timedelta(days=10)).isoformat(),
        )

    def receive(
        self, shipment: str, racks: Sequence[str], on: str, *, at: str = HALL_1, by: str = CLOUD
    ) -> int:
        """Receive racks, nothing more to come; return the entry."""
        received = ShipmentReceived(
            receiver=by,
            receipt=f"{shipment}-R1",
            shipment=shipment,
            received_from=CARRIER,
            site=at,
            lines=lines_of(racks),
            counted_by="racks",
            final=True,
        )
        return self.stage.record(received, by, on=on).index

    def deliver(self, shipment: str, racks: Sequence[str], day: str, *, at: str = HALL_1) -> None:
        """Dispatch, receive, sell and start racks, all in order."""
        first = date.fromisoformat(day)
        days = [(first + timedelta(days=after)).isoformat() for after in (6, 7, 8, 9)]
        self.dispatch(shipment, racks, day, to=at)
        self.receive(shipment, racks, days[0], at=at)
        sold = TitleTransferred(
            seller=INTEGRATOR, buyer=CLOUD, title=f"T-{shipment}", lines=lines_of(racks)
        )
        self.stage.say(sold, INTEGRATOR, CLOUD, on=days[1])
        self.start(racks, days[2], days[3], at=at)

    def start(self, racks: Sequence[str], installed: str, started: str, *, at: str) -> None:
        """Install racks, and switch them on."""
        for number, (to_state, from_state, on) in enumerate(
            (("installed", "stock", installed), ("operational", "installed", started)), 1
        ):
            placed = RackPlaced(
                holder=CLOUD,
                placement=f"{racks[0]}-P{number}",
                site=at,
                to_state=to_state,  # type: ignore[arg-type]  # one of the two
                lines=lines_of(racks, from_state),  # type: ignore[arg-type]  # one of the two
            )
            self.stage.say(placed, CLOUD, on=on)

    def let(self, lease: str, quantity: int, on: str, *, at: str = HALL_1) -> None:
        """Lease capacity by quantity; its use is reported from now on."""
        self.leases.append(lease)
        self.screen(LESSEE, on)
        started = LeaseStarted(
            lessor=CLOUD,
            lease=lease,
            lessee=LESSEE,
            pool=Pool(site=at, model=GPU, quantity=quantity),
            service="iaas",
            country="MY",
            physical_access=False,
            purchase_option=False,
        )
        self.stage.say(started, CLOUD, LESSEE, on=on)

    def report_use(self, until: str) -> None:
        """Report what each lease used, month by month, on the second day after each month."""
        while True:
            told = _second_after(self.unreported)
            if told > until or not self.leases:
                return
            self.stage.at(told)
            for lease in self.leases:
                used = UsageReported(
                    reporter=CLOUD, lease=lease, period=self.unreported, gpu_hours="50000",
                    countries=ordered("MY", "SG"),
                )  # fmt: skip
                self.stage.say(used, CLOUD, on=self.unreported)
            self.unreported = told[:7]

    def inspect(
        self,
        inspection: str,
        on: str,
        seen: Sequence[Mapping[str, str]],
        *,
        at: str = HALL_1,
        exceptions: Sequence[str] = (),
    ) -> None:
        """An auditor walks through a hall and writes down what it reads, one line a unit."""
        head = ("serial", "found", "condition", "rack", "tray", "slot", "chassis_serial")
        rows = [",".join(one.get(name, "") for name in head) for one in seen]
        found = csv_document("as_found", "As found", "\n".join([",".join(head), *rows, ""]))
        performed = InspectionPerformed(
            inspection=inspection,
            site=at,
            host=CLOUD,
            method="labels and chassis read in the hall (invented)",
            strength=3,
            counted=len(seen),
            found=len(seen),
            exceptions=ordered(*exceptions),
        )
        self.stage.say(performed, AUDITOR, CLOUD, on=on, documents=(found,))

    def rows_of(self, rack: str, in_chassis: str | None = None) -> list[dict[str, str]]:
        """Return what is read in a rack as built, with the chassis that it stands in."""
        return [
            {
                "serial": one,
                "found": "yes",
                "rack": rack,
                "tray": str(slot // SLOTS_PER_TRAY + 1),
                "slot": str(slot % SLOTS_PER_TRAY + 1),
                "chassis_serial": in_chassis or chassis(rack),
            }
            for slot, one in enumerate(self.inside[rack])
        ]
