"""A second small case for the auditors' questions: what went wrong, and what was looked at.

Two sites and a warehouse. An opening balance of 8 GPUs; a shipment of 40 of which 36 came, filed as
38; a swap; a lost and a destroyed unit; a lease and a sublease, and a lease over what runs; a
certification that lapses; an authorization that is suspended; two inspections with lists.
"""

import functools
import hashlib
from dataclasses import dataclass

from ledger import canonical
from ledger.canonical import ordered
from ledger.entry import Event
from ledger.events import (
    assurance,
    authorization,
    certification,
    document,
    lease,
    ledger,
    party,
    product,
    rack,
    shipment,
    site,
    title,
)
from ledger.events.base import DocumentRef
from projections.view import View
from tests.memory_log import CHIP, MemoryLog, line
from tests.mini_case import SiteKind, manifest, paper, project, references, serials_of

PLAN = assurance.SamplePlan(seed="1" * 64, size=10, root="2" * 64, site="JHR1", count=4)


@dataclass(frozen=True)
class AskedCase:
    """The story told: its log, its read models, and the events that the tests speak of."""

    log: MemoryLog
    view: View
    named: dict[str, Event]

    def before(self, name: str) -> int:
        return self.named[name].index - 1

    def at(self, name: str) -> int:
        return self.named[name].index


@functools.cache
def asked_case() -> AskedCase:
    """Tell the whole story and project it; the tests only read."""
    log = MemoryLog()
    named: dict[str, Event] = {}
    _prepare(log, named)
    _ship(log, named)
    _run(log, named)
    _lease(log, named)
    _inspect(log, named)
    _afterwards(log, named)
    return AskedCase(log, project(log), named)


def _prepare(log: MemoryLog, named: dict[str, Event]) -> None:
    kinds: dict[str, party.PartyKind] = {
        "nvidia": "listed",
        "aivres": "private",
        "auditor": "private",
    }
    for name, kind in kinds.items():
        registered = party.PartyRegistered(
            party=name, legal_name=name, display_name=name, kind=kind, country="US"
        )
        log.say("aolani", registered, "2026-01-01")
    places: tuple[tuple[str, str, SiteKind, str], ...] = (
        ("NV-WH1", "US", "warehouse", "nvidia"),
        ("JHR1", "MY", "data_center", "aolani"),
    )
    for name, country, where, operator in places:
        placed = site.SiteRegistered(
            registrant="aolani", site=name, name=name, country=country, kind=where,
            operator=operator,
        )  # fmt: skip
        log.say("aolani", placed, "2026-01-02")
    power = site.SiteCapacityAttested(operator="aolani", site="JHR1", it_megawatts="0.1")
    log.say("aolani", power, "2026-01-02")
    chip = product.ModelClassified(
        classifier="nvidia", model=CHIP, kind="chip", aliases=("B200",), eccn="3A090.a",
        tpp="36000", source="data sheet", dated="2025-03",
    )  # fmt: skip
    log.say("nvidia", chip, "2026-01-02")
    older = product.ModelClassified(
        classifier="nvidia", model="H100", kind="chip", eccn="3A090.a", tpp="15832", source="sheet"
    )
    log.say("nvidia", older, "2026-01-02")
    granted = certification.CertificationGranted(
        certifier="nvidia", certification="CERT-1", party="aolani", scheme="cloud partner",
        level="tier-1", scope=certification.Scope(countries=("SG",), models=(CHIP,)),
        checks=("check",), valid_from="2026-01-03", valid_to="2026-02-28",
    )  # fmt: skip
    named["certified"] = log.say("nvidia", granted, "2026-01-03")
    claimed = authorization.AuthorizationRecorded(
        declarant="nvidia", authorization="AUTH-1", kind="licence", activity="export",
        authority="BIS", number="D-1", destination="MY", consignees=("aolani",),
        valid_from="2026-01-01", valid_to="2026-12-31", value_limit_usd=1_000_000,
        items=(authorization.AuthorizedItem(model=CHIP, eccn="3A090.a", quantity=30),),
    )  # fmt: skip
    named["authorized"] = log.say("nvidia", claimed, "2026-01-04")


def _ship(log: MemoryLog, named: dict[str, Event]) -> None:
    made = product.BatchCommissioned(
        maker="nvidia", batch="A", model=CHIP, quantity=50, site="NV-WH1"
    )
    serials = manifest(log, "serial_manifest", "serial", *serials_of("A", 1, 48))
    log.say("nvidia", made, "2026-01-05", documents=[serials])
    filed = authorization.ExportFiled(
        filer="nvidia", filing="EEI-1", itn="X20260131000001", export_date="2026-02-01",
        port="USOAK", consignee="aolani", destination="MY", shipment="SHP-1",
        lines=(
            authorization.FiledLine(
                hts="8473.30", eccn="3A090.a", quantity=38, unit="NO", gpus=38, value_usd=380_000
            ),
        ),
    )  # fmt: skip
    log.say("nvidia", filed, "2026-01-31")
    named["dispatch"] = log.say(
        "nvidia", dispatch("SHP-1", 40, "AUTH-1"), "2026-02-01", also=["carrier"],
        references=references(bol="BOL-1"), documents=[paper("invoice", "invoice 1")],
    )  # fmt: skip
    named["receipt"] = log.say("aolani", _receipt("SHP-1", 36), "2026-02-10")
    suspended = authorization.AuthorizationChanged(
        declarant="nvidia", authorization="AUTH-1", status="suspended", reason="review"
    )
    named["suspended"] = log.say("nvidia", suspended, "2026-02-15")
    named["second dispatch"] = log.say(
        "nvidia", dispatch("SHP-2", 4, "AUTH-1"), "2026-03-02", also=["carrier"]
    )
    log.say("nvidia", dispatch("SHP-3", 2, None), "2026-03-03")
    sold = title.TitleTransferred(
        seller="nvidia", buyer="aolani", title="TTL-1", lines=(line("A", 36),)
    )
    named["sale"] = log.say("nvidia", sold, "2026-02-10", also=["aolani"])


def dispatch(name: str, quantity: int, rests_on: str | None) -> shipment.ShipmentDispatched:
    return shipment.ShipmentDispatched(
        consignor="nvidia", shipment=name, purpose="sale", lines=(line("A", quantity),),
        items=(shipment.ShippedItem(model=CHIP, eccn="3A090.a", authorization=rests_on),),
        exporter="nvidia", consignee="aolani", carrier="carrier", from_site="NV-WH1",
        to_site="JHR1",
    )  # fmt: skip


def _receipt(name: str, quantity: int) -> shipment.ShipmentReceived:
    return shipment.ShipmentReceived(
        receiver="aolani", receipt=f"RCP-{name}", shipment=name, received_from="carrier",
        site="JHR1", lines=(line("A", quantity),), counted_by="packages", final=True,
    )  # fmt: skip


def _run(log: MemoryLog, named: dict[str, Event]) -> None:
    """Three racks of 8 run, one of them from before; four units are loose, four are swapped."""
    opened = product.StockOpened(
        holder="aolani", stock="STK-1", site="JHR1", owner="aolani",
        racks=(product.StockedRack(rack="R0", model="HGX-8"),),
        lines=(line("OLD", 8, "R0", state="operational"),),
    )  # fmt: skip
    named["opened"] = log.say("aolani", opened, "2026-01-10")
    for number in (1, 2):
        built = rack.RackAssembled(
            integrator="aolani", assembly=f"ASM-{number}", rack=f"R{number}", model="HGX-8",
            chassis_serial=f"CH-{number}", site="JHR1", lines=(line("A", 8),),
        )  # fmt: skip
        inside = serials_of("A", 8 * number - 7, 8 * number)
        rows = [f"R{number},1,{slot},{serial},A" for slot, serial in enumerate(inside, 1)]
        build = manifest(log, "build_manifest", "rack,tray,slot,serial,batch", *rows)
        log.say("aolani", built, "2026-02-12", documents=[build])
    placed = rack.RackPlaced(
        holder="aolani", placement="PLC-1", site="JHR1", cluster="north", position="hall 1",
        to_state="operational", lines=(line("A", 8, "R1", "R2"),),
    )  # fmt: skip
    named["placed"] = log.say("aolani", placed, "2026-02-15")
    swapped = rack.ComponentReplaced(
        holder="aolani", replacement="RPL-1", rack="R1", position="1", site="JHR1",
        state="operational",
        out=(rack.Part(model=CHIP, batch="A", quantity=1, serials=("A-001",)),),
        into=(rack.Part(model=CHIP, batch="A", quantity=1, serials=("A-030",)),),
        title="kept",
    )  # fmt: skip
    named["swap"] = log.say("aolani", swapped, "2026-03-10")
    lost = product.UnitsStateChanged(
        holder="aolani", change="CHG-1", site="JHR1", to_state="lost", lines=(line("A", 1),)
    )
    named["lost"] = log.say("aolani", lost, "2026-04-05")


def _lease(log: MemoryLog, named: dict[str, Event]) -> None:
    def started(name: str, lessee: str, **more: object) -> lease.LeaseStarted:
        return lease.LeaseStarted(lease=name, lessee=lessee, service="iaas", **more)  # type: ignore[arg-type]

    both = (line("A", 8, "R1", "R2", state="operational"),)
    first = started("L-1", "bytedance", lessor="aolani", site="JHR1", lines=both)
    named["lease"] = log.say("aolani", first, "2026-03-01", also=["bytedance"])
    sub = started(
        "L-2", "clip", lessor="bytedance", parent_lease="L-1", site="JHR1",
        lines=(line("A", 4, "R1", state="operational"),),
    )  # fmt: skip
    log.say("bytedance", sub, "2026-03-15")
    over = started(
        "L-3", "third", lessor="aolani", pool=lease.Pool(site="JHR1", model=CHIP, quantity=10)
    )
    named["over"] = log.say("aolani", over, "2026-04-01")
    again = started(
        "L-5", "fourth", lessor="aolani", site="JHR1",
        lines=(line("A", 8, "R2", state="operational"),),
    )  # fmt: skip
    named["again"] = log.say("aolani", again, "2026-04-02")
    unknown = started("L-4", "third", lessor="aolani", pool=lease.Pool(site="JHR1", model=CHIP))
    log.say("aolani", unknown, "2026-04-03")
    home = party.HeadquartersDeclared(party="bytedance", country="CN")
    log.say("auditor", home, "2026-03-01")


def _inspect(log: MemoryLog, named: dict[str, Event]) -> None:
    committed = assurance.SamplePlanCommitted(
        sample="SMP-1", plan_sha256=hashlib.sha256(canonical.encode(PLAN)).hexdigest(),
        made="2026-04-10",
    )  # fmt: skip
    log.say("auditor", committed, "2026-04-10")
    rows = (
        "A-002,yes,good,R1,1,2",
        "A-003,no,,,,",
        "A-012,yes,,R1,1,4",
        "A-013,yes,label torn,R2,1,6",
        "A-001,yes,,R1,1,1",
        "Z-999,yes,,R2,1,8",
    )
    head = "serial,found,condition,rack,tray,slot"
    named["attested"] = log.say(
        "auditor", _performed("INS-1", 4, 6, 5), "2026-04-20", also=["aolani"],
        documents=[manifest(log, "as_found", head, *rows)],
    )  # fmt: skip
    labels = manifest(log, "as_found", "serial", "A-003", "A-004")
    named["labels"] = log.say(
        "auditor", _performed("INS-2", 1, 2, 2), "2026-05-01", documents=[labels]
    )
    log.say("auditor", _performed("INS-3", 2, 20, 19), "2026-05-02")


def _performed(name: str, strength: int, counted: int, found: int) -> assurance.InspectionPerformed:
    return assurance.InspectionPerformed(
        inspection=name, site="JHR1", host="aolani", method="look", strength=strength,
        counted=counted, found=found, sample="SMP-1" if strength == 4 else None,
        plan=PLAN if strength == 4 else None,
    )  # fmt: skip


def _afterwards(log: MemoryLog, named: dict[str, Event]) -> None:
    more = _receipt("SHP-1", 40)
    named["corrected"] = log.say("aolani", more, "2026-02-10", corrects=named["receipt"])
    late = product.UnitsStateChanged(
        holder="aolani", change="CHG-2", site="JHR1", to_state="quarantined",
        lines=ordered(line("A", 2)),
    )  # fmt: skip
    named["late"] = log.say("aolani", late, "2025-12-20")
    added = document.DocumentAttached(target=named["dispatch"].target, remark="found later")
    named["added"] = log.say("nvidia", added, "2026-05-05", documents=[_list()])
    anchored = ledger.CheckpointAnchored(size=10, root=log.root_at(10).hex(), token="AAAA")  # noqa: S106  a time stamp
    named["anchored"] = log.say("aolani", anchored, "2026-05-06")
    log.countersign("clip", named["placed"], "disputes")
    gone = document.DocumentDisposed(
        document=_list().sha256, reason="over", retention_basis="none", retained_until="2026-05-06",
        ordered_by="a court",
    )  # fmt: skip
    named["disposed"] = log.say("aolani", gone, "2026-05-07")


def _list() -> DocumentRef:
    return paper("packing_list", "packing list 1")
