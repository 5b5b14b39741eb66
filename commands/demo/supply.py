"""Act 3: batches commissioned and sold to the integrator, racks assembled."""

from datetime import date, timedelta

from commands.demo.cast import (
    BATCH_SIZE,
    BATCHES,
    CARRIER,
    GPU,
    PLANT,
    RACK,
    RACKS,
    WAREHOUSE,
)
from commands.demo.hardware import (
    batch_name,
    batch_serials,
    build_manifest,
    loose_lines,
    rack_name,
)
from commands.demo.stage import Stage, csv_document, reference
from ledger.events.base import Line
from ledger.events.product import BatchCommissioned
from ledger.events.rack import RackAssembled
from ledger.events.shipment import (
    ShipmentDispatched,
    ShipmentReceived,
    ShippedItem,
)
from ledger.events.title import TitleTransferred


def make_and_sell_chips(stage: Stage) -> None:
    """Nvidia commissions nine batches, and sells and ships them to Aivres."""
    stage.at("2026-02-02")
    for number in range(1, BATCHES + 1):
        serials = csv_document(
            "serial_manifest",
            f"Serials of {batch_name(number)}",
            "serial\n" + "\n".join(batch_serials(number)) + "\n",
        )
        data = BatchCommissioned(
            maker="nvidia",
            batch=batch_name(number),
            model=GPU,
            quantity=BATCH_SIZE,
            site=WAREHOUSE,
        )
        stage.say(data, "nvidia", on="2026-02-02", documents=(serials,))
    for step in (_dispatch_batch, _receive_batch, _sell_batch):
        for number in range(1, BATCHES + 1):
            step(stage, number)


def _batch_lines(number: int) -> tuple[Line, ...]:
    return (Line(model=GPU, batch=batch_name(number), quantity=BATCH_SIZE),)


def _dispatch_batch(stage: Stage, number: int) -> None:
    dispatch = ShipmentDispatched(
        consignor="nvidia",
        shipment=f"SHP-N{number}",
        purpose="sale",
        lines=_batch_lines(number),
        items=(ShippedItem(model=GPU, eccn="3A090.a"),),
        consignee="aivres",
        carrier=CARRIER,
        from_site=WAREHOUSE,
        to_site=PLANT,
        due="2026-02-20",
    )
    papers = (reference("bol", f"BL-N{number:03d}"),)
    stage.say(dispatch, "nvidia", CARRIER, on="2026-02-09", references=papers)


def _receive_batch(stage: Stage, number: int) -> None:
    received = ShipmentReceived(
        receiver="aivres",
        receipt=f"SHP-N{number}-R1",
        shipment=f"SHP-N{number}",
        received_from=CARRIER,
        site=PLANT,
        lines=_batch_lines(number),
        counted_by="packages",
        final=True,
    )
    stage.say(received, "aivres", on="2026-02-16")


def _sell_batch(stage: Stage, number: int) -> None:
    sold = TitleTransferred(
        seller="nvidia",
        buyer="aivres",
        title=f"T-N{number}",
        lines=_batch_lines(number),
        contract=f"PO-{number}",
    )
    stage.say(sold, "nvidia", "aivres", on="2026-02-17")


def assemble_racks(stage: Stage) -> None:
    """Aivres builds 500 racks of 72; R0056 and seven others mix two batches."""
    for number in range(1, RACKS + 1):
        day = date(2026, 3, 2) + timedelta(days=(number - 1) // 50)
        rack = rack_name(number)
        data = RackAssembled(
            integrator="aivres",
            assembly=f"{rack}-A1",
            rack=rack,
            model=RACK,
            chassis_serial=f"CH{number:011d}",
            site=PLANT,
            lines=loose_lines(number),
        )
        manifest = csv_document("build_manifest", f"Build of {rack}", build_manifest(number))
        stage.say(data, "aivres", on=day.isoformat(), documents=(manifest,))
