"""A small case in the words of the large one: 200 GPUs, three racks of 60, one shipment, a lease.

Told once, projected by the real runner, and asked by the tests of subjects and questions.
"""

import functools
import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from ledger import canonical
from ledger.authority import public_key
from ledger.canonical import ordered
from ledger.entry import Event
from ledger.events import (
    assurance,
    authorization,
    certification,
    claim,
    correction,
    document,
    lease,
    party,
    plan,
    product,
    rack,
    shipment,
    site,
    title,
)
from ledger.events.base import Amount, Basis, DocumentRef, Line, Reference
from projections.runner import catch_up
from projections.view import MEMORY, View
from tests.memory_log import CHIP, MemoryLog, line
from tests.memory_log import document as paper_of

REPORTED: Basis = "third_party_report"
SiteKind = Literal["factory", "warehouse", "port", "data_center"]


def references(**values: str) -> tuple[Reference, ...]:
    return ordered(*(Reference(type=kind, value=value) for kind, value in values.items()))


def paper(kind: str, name: str) -> DocumentRef:
    return DocumentRef(
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        size=len(name),
        media_type="application/pdf",
        kind=kind,
        title=name,
    )


PRESS = (paper("digest", "press digest"),)


@dataclass(frozen=True)
class MiniCase:
    """The story told: its log, its read models, and the events that the tests speak of."""

    log: MemoryLog
    view: View
    named: dict[str, Event]

    @property
    def end(self) -> int:
        return self.log.size - 1

    def before(self, name: str) -> int:
        return self.named[name].index - 1

    def at(self, name: str) -> int:
        return self.named[name].index


@functools.cache
def mini_case() -> MiniCase:
    """Tell the whole story and project it; the tests only read."""
    log = MemoryLog()
    named: dict[str, Event] = {}
    _register(log)
    _prepare(log, named)
    _make(log, named)
    _ship(log, named)
    _use(log, named)
    _claim(log, named)
    _correct(log, named)
    return MiniCase(log, project(log), named)


def project(log: MemoryLog) -> View:
    """Return the read models of a log."""
    view = View.open(MEMORY)
    catch_up(view, log)
    return view


def _register(log: MemoryLog) -> None:
    people: tuple[tuple[str, party.PartyKind, str | None, tuple[party.Role, ...]], ...] = (
        ("nvidia", "listed", "US", ("maker", "certifier", "exporter")),
        ("aivres", "private", "US", ("integrator", "exporter")),
        ("carrier", "private", "SG", ("forwarder",)),
        ("aolani-holding", "holding", "KY", ()),
        ("bytedance", "private", "CN", ("lessee",)),
        ("auditor", "private", "MY", ("auditor",)),
        ("reporter", "private", None, ("reporter",)),
    )
    for name, kind, country, roles in people:
        registered = party.PartyRegistered(
            party=name, legal_name=name, display_name=name, kind=kind, country=country
        )
        log.say("aolani", registered, "2026-01-01")
        for role in roles:
            log.say("aolani", party.RoleGranted(party=name, role=role), "2026-01-01")
        enrolled = party.KeyEnrolled(
            party=name, key=public_key(hashlib.sha256(name.encode()).digest(), f"{name} desk")
        )
        log.say("aolani", enrolled, "2026-01-01")
    for role in ("operator", "owner"):
        log.say("aolani", party.RoleGranted(party="aolani", role=role), "2026-01-01")


def _prepare(log: MemoryLog, named: dict[str, Event]) -> None:
    places: tuple[tuple[str, str, SiteKind, str], ...] = (
        ("NV-WH1", "US", "warehouse", "nvidia"),
        ("AIV-SJC", "US", "factory", "aivres"),
        ("JHR1", "MY", "data_center", "aolani"),
    )
    for name, country, kind, operator in places:
        registered = site.SiteRegistered(
            registrant="aolani", site=name, name=name, country=country, kind=kind, operator=operator
        )
        log.say("aolani", registered, "2026-01-02")
    attested = site.SiteCapacityAttested(operator="aolani", site="JHR1", it_megawatts="1.5")
    log.say("aolani", attested, "2026-01-02")
    chip = product.ModelClassified(
        classifier="nvidia", model=CHIP, kind="chip", aliases=("B200",), eccn="3A090.a",
        tpp="36000", source="data sheet", dated="2025-03",
    )  # fmt: skip
    log.say("nvidia", chip, "2026-01-02")
    system = product.ModelClassified(
        classifier="nvidia", model="NVL60", kind="assembly", eccn="4A090.a", source="data sheet",
        contains=(product.Contents(model=CHIP, quantity=60),),
    )  # fmt: skip
    log.say("nvidia", system, "2026-01-02")
    granted = certification.CertificationGranted(
        certifier="nvidia", certification="CERT-1", party="aolani", scheme="cloud partner",
        level="tier-1", scope=certification.Scope(countries=("MY",)), checks=("example-check-1",),
        valid_from="2026-01-03", valid_to="2026-12-31",
    )  # fmt: skip
    named["certified"] = log.say("nvidia", granted, "2026-01-03")
    checked = party.PartyChecked(party="bytedance", kind="list", list_name="L", result="clear")
    log.say("aolani", checked, "2026-01-03")
    stated = authorization.EndUseStated(
        end_user="bytedance", end_use="research", end_users=("bytedance",), no_military=True
    )
    log.say("bytedance", stated, "2026-01-03")


def _make(log: MemoryLog, named: dict[str, Event]) -> None:
    for batch in ("B1", "B2"):
        made = product.BatchCommissioned(
            maker="nvidia", batch=batch, model=CHIP, quantity=100, site="NV-WH1"
        )
        serials = manifest(log, "serial_manifest", "serial", *serials_of(batch, 1, 100))
        named[batch] = log.say("nvidia", made, "2026-01-05", documents=[serials])
    both = ordered(line("B1", 100), line("B2", 100))
    sent = shipment.ShipmentDispatched(
        consignor="nvidia", shipment="SHP-0", purpose="sale", lines=both, consignee="aivres",
        from_site="NV-WH1", to_site="AIV-SJC",
    )  # fmt: skip
    log.say("nvidia", sent, "2026-01-10", references=references(bol="BOL-0"))
    came = shipment.ShipmentReceived(
        receiver="aivres", receipt="RCP-0", shipment="SHP-0", received_from="nvidia",
        site="AIV-SJC", lines=both, counted_by="packages", final=True,
    )  # fmt: skip
    log.say("aivres", came, "2026-01-12")
    sold = title.TitleTransferred(
        seller="nvidia", buyer="aivres", title="TTL-0", lines=both, contract="PO-1"
    )
    log.say("nvidia", sold, "2026-01-12", also=["aivres"], references=references(inv="INV-0"))
    builds = (
        ("R1", (("B1", 1, 60),)),
        ("R2", (("B1", 61, 100), ("B2", 1, 20))),
        ("R3", (("B2", 21, 80),)),
    )
    for name, parts in builds:
        built = rack.RackAssembled(
            integrator="aivres", assembly=f"ASM-{name}", rack=name, model="NVL60",
            chassis_serial=f"CH-{name}", site="AIV-SJC",
            lines=ordered(*(line(batch, last - first + 1) for batch, first, last in parts)),
        )  # fmt: skip
        rows = [f"{name},1,{n},{serial},{serial[:2]}" for n, serial in enumerate(_inside(parts))]
        build = manifest(log, "build_manifest", "rack,tray,slot,serial,batch", *rows)
        named[name] = log.say("aivres", built, "2026-01-20", documents=[build])


def serials_of(batch: str, first: int, last: int) -> list[str]:
    return [f"{batch}-{number:03}" for number in range(first, last + 1)]


def _inside(parts: tuple[tuple[str, int, int], ...]) -> list[str]:
    return [one for batch, first, last in parts for one in serials_of(batch, first, last)]


def manifest(log: MemoryLog, kind: str, *rows: str) -> DocumentRef:
    content = "".join(f"{row}\n" for row in rows).encode()
    reference = paper_of(content, kind)
    log.documents[reference.sha256] = content
    return reference


def racks(state: Any, *names: str) -> tuple[Line, ...]:
    """Lines of the racks R1, R2 and R3 as they were built."""
    built = [line("B1", 60, "R1", state=state), line("B1", 40, "R2", state=state)]
    built += [line("B2", 20, "R2", state=state), line("B2", 60, "R3", state=state)]
    return ordered(*(one for one in built if one.racks[0] in names))


ALL_RACKS = ("R1", "R2", "R3")


def _ship(log: MemoryLog, named: dict[str, Event]) -> None:
    claimed = authorization.AuthorizationRecorded(
        declarant="aivres", authorization="AUTH-1", kind="nlr", activity="export",
        authority="BIS", destination="MY", consignees=("aolani",), valid_from="2026-01-01",
        items=(authorization.AuthorizedItem(model=CHIP, eccn="3A090.a", quantity=180),),
        rule_pack="EAR 2026-01-01",
    )  # fmt: skip
    log.say("aivres", claimed, "2026-01-25")
    filed = authorization.ExportFiled(
        filer="aivres", filing="EEI-1", itn="X20260131000001", export_date="2026-02-01",
        port="USOAK", consignee="aolani", destination="MY", shipment="SHP-1",
        lines=(
            authorization.FiledLine(
                hts="8471.50", eccn="4A090.a", quantity=3, unit="NO", gpus=180, licence_code="C33"
            ),
        ),
    )  # fmt: skip
    log.say("aivres", filed, "2026-01-31", references=references(itn="X20260131000001"))
    named["dispatch"] = log.say(
        "aivres", _dispatch(), "2026-02-01", also=["carrier"],
        references=references(bol="BOL-1", inv="INV-1"),
        documents=[paper("invoice", "invoice INV-1")],
    )  # fmt: skip
    short = shipment.ShipmentDispatched(
        consignor="aivres", shipment="SHP-1", purpose="sale", lines=racks("stock", "R1", "R2"),
        consignee="aolani", carrier="carrier", from_site="AIV-SJC", to_site="JHR1",
    )  # fmt: skip
    named["their version"] = log.say("aolani", short, "2026-02-01", basis="counterparty")
    leg = shipment.ShipmentLegReported(
        carrier="carrier", leg="LEG-1", shipment="SHP-1", milestone="arrived", place="Senai",
        country="MY",
    )  # fmt: skip
    named["leg"] = log.say("carrier", leg, "2026-02-08")
    named["receipt"] = log.say("aolani", _receipt("R1", "R2"), "2026-02-10")
    sold = title.TitleTransferred(
        seller="aivres", buyer="aolani", title="TTL-1", lines=racks("stock", *ALL_RACKS)
    )
    named["sale"] = log.say("aivres", sold, "2026-02-10", also=["aolani"])


def _dispatch() -> shipment.ShipmentDispatched:
    return shipment.ShipmentDispatched(
        consignor="aivres", shipment="SHP-1", purpose="sale", lines=racks("stock", *ALL_RACKS),
        items=(shipment.ShippedItem(model=CHIP, eccn="3A090.a", authorization="AUTH-1"),),
        exporter="aivres", consignee="aolani", carrier="carrier", from_site="AIV-SJC",
        to_site="JHR1", incoterm="DAP", seals=("SEAL-1",), due="2026-02-09",
    )  # fmt: skip


def _receipt(*names: str) -> shipment.ShipmentReceived:
    return shipment.ShipmentReceived(
        receiver="aolani", receipt="RCP-1", shipment="SHP-1", received_from="carrier", site="JHR1",
        lines=racks("stock", *names), counted_by="racks", seals=("SEAL-1",), final=True,
    )  # fmt: skip


def _use(log: MemoryLog, named: dict[str, Event]) -> None:
    placed = rack.RackPlaced(
        holder="aolani", placement="PLC-1", site="JHR1", cluster="north", position="hall 1",
        to_state="operational", lines=racks("stock", *ALL_RACKS),
    )  # fmt: skip
    named["placed"] = log.say("aolani", placed, "2026-02-15")
    leased = lease.LeaseStarted(
        lessor="aolani", lease="L-1", lessee="bytedance", site="JHR1", service="iaas",
        lines=racks("operational", "R1", "R2"), purpose="research", agreed_on="2026-02-20",
        until="2026-12-31",
    )  # fmt: skip
    named["lease"] = log.say("aolani", leased, "2026-03-01")
    used = lease.UsageReported(
        reporter="aolani", lease="L-1", period="2026-03", gpu_hours="80000", countries=("CN", "SG")
    )
    log.say("aolani", used, "2026-03-31")
    agreed = correction.Countersigned(target=named["lease"].target, stance="accepts")
    named["lease accepted"] = log.say("bytedance", agreed, "2026-03-05")
    suspended = certification.CertificationChanged(
        certifier="nvidia",
        certification="CERT-1",
        party="aolani",
        status="suspended",
        reason="late",
    )
    named["suspended"] = log.say("nvidia", suspended, "2026-04-01")


def _claim(log: MemoryLog, named: dict[str, Event]) -> None:
    indonesia = plan.DeploymentPlanned(
        plan="PLAN-ID", stage="considered", country="ID", model=CHIP, for_party="bytedance",
        quantity=Amount(qualifier="more_than", value=70),
    )  # fmt: skip
    named["PLAN-ID"] = log.say("reporter", indonesia, "2026-03", documents=PRESS, basis=REPORTED)
    malaysia = plan.DeploymentPlanned(
        plan="PLAN-MY", stage="planned", country="MY", model=CHIP, for_party="bytedance",
        quantity=Amount(qualifier="about", value=180), racks=Amount(qualifier="exact", value=3),
        owner="aolani", operator="aolani", supplier="aivres", window_from="2026",
    )  # fmt: skip
    log.say("reporter", malaysia, "2026-03", documents=PRESS, basis=REPORTED)
    fulfilled = plan.DeploymentFulfilled(operator="aolani", plan="PLAN-MY", racks=ALL_RACKS)
    named["fulfilled"] = log.say("aolani", fulfilled, "2026-03-10")
    tested = lease.LeaseStarted(
        lease="L-H100", lessee="bytedance", pool=lease.Pool(model="H100"), country="MY"
    )
    named["L-H100"] = log.say("reporter", tested, "2025-02", documents=PRESS, basis=REPORTED)
    said = claim.ClaimReported(
        claim="CLM-1", speaker="nvidia", subject=("aolani", "bytedance"),
        quotation="the use follows the rules", publisher="press digest", published_on="2026-03",
    )  # fmt: skip
    log.say("reporter", said, "2026-03", documents=PRESS, basis=REPORTED)
    parent = party.OwnershipDeclared(owner="aolani-holding", owned="aolani", direct=True)
    named["parent"] = log.say("reporter", parent, "2026-03", documents=PRESS, basis=REPORTED)
    at_home = party.HeadquartersDeclared(party="bytedance", country="CN")
    named["CN"] = log.say("reporter", at_home, "2026-03", documents=PRESS, basis=REPORTED)
    elsewhere = party.HeadquartersDeclared(party="bytedance", country="SG")
    named["SG"] = log.say("bytedance", elsewhere, "2026-04")


def _correct(log: MemoryLog, named: dict[str, Event]) -> None:
    doubted = correction.Countersigned(
        target=named["receipt"].target, stance="disputes", text="three racks were sent"
    )
    named["dispute"] = log.say("aivres", doubted, "2026-04-02")
    named["correction"] = log.say(
        "aolani", _receipt(*ALL_RACKS), "2026-02-10", corrects=named["receipt"]
    )
    proof = document.DocumentAttached(target=named["correction"].target, remark="gate photographs")
    named["proof"] = log.say("aolani", proof, "2026-04-03", documents=[paper("photo", "gate.pdf")])
    secret = assurance.SamplePlan(seed="0" * 64, size=10, root="0" * 64, site="JHR1", count=2)
    committed = assurance.SamplePlanCommitted(
        sample="SMP-1", plan_sha256=hashlib.sha256(canonical.encode(secret)).hexdigest(),
        site="JHR1", made="2026-04-10",
    )  # fmt: skip
    log.say("auditor", committed, "2026-04-10")
    inspected = assurance.InspectionPerformed(
        inspection="INS-1", site="JHR1", host="aolani", sample="SMP-1", plan=secret,
        method="labels read", strength=1, counted=2, found=1, exceptions=("one label is torn",),
        present=("site manager",),
    )  # fmt: skip
    log.say("auditor", inspected, "2026-04-20")
    mistaken = _unreal_plan(log)
    named["void"] = log.say(
        "aolani",
        correction.EventVoided(target=mistaken.target, reason="no such plan"),
        "2026-04-21",
    )


def _unreal_plan(log: MemoryLog) -> Event:
    """Record a plan that nobody had; its void follows."""
    unreal = plan.DeploymentPlanned(
        planner="aolani", plan="PLAN-X", stage="planned", country="MY", model=CHIP,
        quantity=Amount(qualifier="exact", value=10),
    )  # fmt: skip
    return log.say("aolani", unreal, "2026-04-21")
