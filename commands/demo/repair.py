"""Acts 6 and 7: a tray fails and is swapped; an auditor inspects a committed sample."""

from hashlib import sha256

from commands.demo.cast import AUDITOR, CARRIER, GPU, HALL, RACKS, WAREHOUSE
from commands.demo.hardware import rack_name, rack_units, serial
from commands.demo.stage import OPERATOR, Stage, csv_document, reference, text_document
from ledger.canonical import ordered
from ledger.events.assurance import InspectionPerformed, SamplePlan, SamplePlanCommitted
from ledger.events.authorization import (
    AuthorizationRecorded,
    AuthorizedItem,
    ExportFiled,
    FiledLine,
)
from ledger.events.base import Line
from ledger.events.product import BatchCommissioned
from ledger.events.rack import ComponentReplaced, Part
from ledger.events.shipment import ShipmentDispatched, ShipmentReceived, ShippedItem
from ledger.sampling import draw, plan_digest

FAILED_RACK = 490
FAILED_TRAY = 7
TRAY = 4
SPARES = "RMA-01"
_RMA_PAPERS = (reference("rma", "RMA-2026-1"),)
SAMPLE = 59
"""Finds one of 5 % missing units with 95 % probability (hypergeometric, 36,000 units)."""


def send_spares(stage: Stage) -> None:
    """Four spares are commissioned only now, shipped ahead, filed and authorized."""
    stage.at("2026-09-01")
    spares = [f"1655{number:09d}" for number in range(TRAY)]
    manifest = csv_document(
        "serial_manifest", f"Serials of {SPARES}", "serial\n" + "\n".join(spares) + "\n"
    )
    made = BatchCommissioned(maker="nvidia", batch=SPARES, model=GPU, quantity=TRAY, site=WAREHOUSE)
    stage.say(made, "nvidia", on="2026-09-01", documents=(manifest,))
    _authorize(stage, "NLR-RMA-OUT", "nvidia", "aolani", "MY")
    filed = ExportFiled(
        filer="nvidia",
        filing="EEI-RMA-01",
        itn="X20260903000026",
        export_date="2026-09-03",
        port="USLAX",
        lines=(FiledLine(hts="8473.30.1180", eccn="3A090.a", quantity=TRAY, unit="NO", gpus=TRAY),),
        consignee="aolani",
        ultimate_consignee="aolani",
        destination="MY",
        shipment="SHP-RMA-1",
    )
    stage.say(filed, "nvidia", on="2026-09-03", references=(reference("itn", "X20260903000026"),))
    lines = (Line(model=GPU, batch=SPARES, quantity=TRAY),)
    item = ShippedItem(model=GPU, eccn="3A090.a", authorization="NLR-RMA-OUT")
    sent = _dispatch("SHP-RMA-1", lines, item)
    stage.say(sent, "nvidia", CARRIER, on="2026-09-03", references=_RMA_PAPERS)
    received = ShipmentReceived(
        receiver=OPERATOR,
        receipt="SHP-RMA-1-R1",
        shipment="SHP-RMA-1",
        received_from=CARRIER,
        site=HALL,
        lines=lines,
        counted_by="serials",
        final=True,
    )
    stage.say(received, OPERATOR, on="2026-09-08")


def swap_tray(stage: Stage) -> None:
    """The tray of R0490 is swapped, and title with it; both sign."""
    stage.at("2026-09-10")
    first = rack_units(FAILED_RACK)[(FAILED_TRAY - 1) * TRAY]
    old = ordered(*(serial(unit) for unit in range(first, first + TRAY)))
    new = ordered(*(f"1655{number:09d}" for number in range(TRAY)))
    swapped = ComponentReplaced(
        holder=OPERATOR,
        replacement="RMA-2026-1",
        rack=rack_name(FAILED_RACK),
        position=f"tray {FAILED_TRAY}",
        site=HALL,
        state="operational",
        out=(Part(model=GPU, batch="B-09", quantity=TRAY, serials=old),),
        into=(Part(model=GPU, batch=SPARES, quantity=TRAY, serials=new),),
        rma="RMA-2026-1",
        title="swapped",
        out_owner=OPERATOR,
        in_owner="nvidia",
        maker="nvidia",
    )
    stage.say(swapped, OPERATOR, "nvidia", on="2026-09-10", references=_RMA_PAPERS)


def give_notice(stage: Stage) -> None:
    """The permit to leave Malaysia is noticed 30 days before."""
    stage.at("2026-09-11")
    notice = text_document(
        "permit_notice", "Notice to the permit authority", "Notice of 2026-09-11 (invented).\n"
    )
    permit = AuthorizationRecorded(
        declarant=OPERATOR,
        authorization="PERMIT-MY-1",
        kind="permit",
        activity="export",
        authority="Strategic Trade Controller, Malaysia (invented)",
        number="STP-2026-0001",
        items=(AuthorizedItem(model=GPU, eccn="3U090", quantity=TRAY),),
        consignees=("nvidia",),
        destination="US",
        valid_from="2026-10-11",
    )
    papers = (reference("permit", "STP-2026-0001"),)
    stage.say(permit, OPERATOR, on="2026-09-11", references=papers, documents=(notice,))
    _authorize(stage, "NLR-RMA-BACK", OPERATOR, "nvidia", "US")


def return_tray(stage: Stage) -> None:
    """The old units go back to the maker, which receives them as damaged."""
    stage.at("2026-10-12")
    lines = (Line(model=GPU, batch="B-09", quantity=TRAY, state="quarantined"),)
    items = (  # one model under the rules of two countries
        ShippedItem(model=GPU, eccn="3A090.a", authorization="NLR-RMA-BACK"),
        ShippedItem(model=GPU, eccn="3U090", authorization="PERMIT-MY-1"),
    )
    sent = _dispatch("SHP-RMA-2", lines, *items)
    papers = (*_RMA_PAPERS, reference("permit", "STP-2026-0001"))
    stage.say(sent, OPERATOR, CARRIER, on="2026-10-12", references=papers)
    received = ShipmentReceived(
        receiver="nvidia",
        receipt="SHP-RMA-2-R1",
        shipment="SHP-RMA-2",
        received_from=CARRIER,
        site=WAREHOUSE,
        damaged=(Line(model=GPU, batch="B-09", quantity=TRAY),),
        counted_by="serials",
        final=True,
    )
    stage.say(received, "nvidia", on="2026-10-19")


def inspect(stage: Stage) -> None:
    """An auditor draws a sample that it had committed to, and finds it."""
    stage.at("2026-09-21")
    seen = stage.ledger.seen()
    plan = SamplePlan(
        seed=sha256(b"chipledger demonstration: sample seed").hexdigest(),
        size=seen.size,
        root=seen.root,
        site=HALL,
        count=SAMPLE,
    )
    committed = SamplePlanCommitted(
        sample="SAMPLE-1", plan_sha256=plan_digest(plan), made="2026-09-21"
    )
    stage.say(committed, AUDITOR, on="2026-09-21")
    stage.at("2026-09-24")
    drawn = draw(plan, _serials_in_hall())
    found = csv_document("as_found", "As found", "serial\n" + "\n".join(sorted(drawn)) + "\n")
    performed = InspectionPerformed(
        inspection="INSP-1",
        site=HALL,
        host=OPERATOR,
        sample="SAMPLE-1",
        plan=plan,
        method="device attestation of every unit drawn (invented)",
        strength=4,
        counted=SAMPLE,
        found=SAMPLE,
        present=ordered("auditor's engineer", "operator's hall manager"),
        limits="units outside the sample were not looked at",
    )
    stage.say(performed, AUDITOR, OPERATOR, on="2026-09-24", documents=(found,))


def _serials_in_hall() -> list[str]:
    """Return the serial numbers in racks at the hall after the swap."""
    first = rack_units(FAILED_RACK)[(FAILED_TRAY - 1) * TRAY]
    gone = set(range(first, first + TRAY))
    units = (unit for number in range(1, RACKS + 1) for unit in rack_units(number))
    kept = [serial(unit) for unit in units if unit not in gone]
    return kept + [f"1655{number:09d}" for number in range(TRAY)]


def _authorize(stage: Stage, name: str, exporter: str, consignee: str, country: str) -> None:
    data = AuthorizationRecorded(
        declarant=exporter,
        authorization=name,
        kind="nlr",
        activity="export" if country == "MY" else "reexport",
        authority="Bureau of Industry and Security (as claimed)",
        items=(AuthorizedItem(model=GPU, eccn="3A090.a", quantity=TRAY),),
        consignees=(consignee,),
        destination=country,
        valid_from="2026-09-01",
        rule_pack="EAR-ACS-2023, 88 FR 73458, as of 2026-09-01",
    )
    stage.say(data, exporter, on="2026-09-02" if country == "MY" else "2026-09-11")


def _dispatch(shipment: str, lines: tuple[Line, ...], *items: ShippedItem) -> ShipmentDispatched:
    """Return the dispatch of RMA units: out to the hall, or back to the maker's warehouse."""
    out = shipment == "SHP-RMA-1"
    return ShipmentDispatched(
        consignor="nvidia" if out else OPERATOR,
        shipment=shipment,
        purpose="rma",
        lines=lines,
        items=ordered(*items),
        exporter="nvidia" if out else OPERATOR,
        consignee=OPERATOR if out else "nvidia",
        ultimate_consignee=OPERATOR if out else "nvidia",
        carrier=CARRIER,
        from_site=WAREHOUSE if out else HALL,
        to_site=HALL if out else WAREHOUSE,
        due="2026-09-10" if out else "2026-10-22",
    )
