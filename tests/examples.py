"""One example of every event type, in the words of the case, in an order that a ledger admits.

`play` records them all in a story; `tests/golden/generate.py` writes down the bytes of each.
A type without an example here fails `test_events.py`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledger.authority import public_key
from ledger.canonical import encode, ordered
from ledger.draft import Circumstances, Document
from ledger.events import (
    EVENT_TYPES,
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
from ledger.events import ledger as ledger_noun
from ledger.events.base import Amount, EventData, Line, Reference, Signatory, Target
from ledger.rights import RIGHTS_NAME, RIGHTS_SHA256
from ledger.signing.signer import key_id
from ledger.writing import Receipt
from tests.harness import Story, opening_data, signatory, signer_of

CAST: dict[str, tuple[str, ...]] = {
    "operator": (),
    "nvidia": ("maker", "certifier"),
    "aivres": ("integrator", "exporter"),
    "aolani": ("operator", "owner"),
    "bytedance": ("lessee",),
    "straits-freight": ("forwarder",),
    "harbour-audit": ("auditor",),
    "press-desk": ("reporter",),
}
"""The parties of the examples with their roles; `operator` opens the ledger."""

CHIP = "GB200-GPU"
RACK = "GB200-NVL72"
JOHOR = "johor-1"
DIGEST = Document(b"A press digest in our own words.\n", "press_digest", "digest", "text/plain")
TargetOf = Callable[[str], Target]
"""Given the name of a type, returns its example as a later event names it."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """What one event says, and who says it.

    Attributes:
        data: what its type carries, or a function that makes it of the events that it names.
        by: who asserts it: `party`, or `party/key` for another key than the party's first.
        others: who signs the same bytes too, likewise.
        occurred: when.
        more: the other circumstances, by name.
    """

    data: EventData | Callable[[TargetOf], EventData]
    by: str
    others: tuple[str, ...] = ()
    occurred: str = "2026-03-02"
    more: dict[str, Any]

    def said(self, target: TargetOf) -> EventData:
        """Return the data, its targets filled in."""
        return self.data if isinstance(self.data, EventData) else self.data(target)

    def circumstances(self, identifier: str) -> Circumstances:
        """Return the circumstances under an id."""
        return Circumstances(occurred=self.occurred, id=identifier, **self.more)


def _example(
    data: EventData | Callable[[TargetOf], EventData],
    by: str,
    *others: str,
    occurred: str = "2026-03-02",
    **more: Any,
) -> Example:
    return Example(data=data, by=by, others=others, occurred=occurred, more=more)


def signing(name: str) -> Signatory:
    """Return the signatory that `party` or `party/key` stands for."""
    who, _, key = name.partition("/")
    return signatory(who, key or who)


def _units(quantity: int, *racks: str, **more: Any) -> tuple[Line, ...]:
    line = Line(model=CHIP, batch="B-01", quantity=quantity, racks=ordered(*racks), **more)
    return (line,)


def _part(batch: str, *serials: str) -> tuple[rack.Part, ...]:
    return (rack.Part(model=CHIP, batch=batch, quantity=4, serials=ordered(*serials)),)


def _refs(**values: str) -> tuple[Reference, ...]:
    return ordered(*(Reference(type=kind, value=value) for kind, value in values.items()))


SAMPLE_PLAN = assurance.SamplePlan(seed="5e" * 32, size=20, root="a0" * 32, site=JOHOR, count=12)
OPENING = _example(opening_data(), "operator", occurred="2026-01-05")

EXAMPLES: tuple[Example, ...] = (
    # --- parties --------------------------------------------------------------------------------
    _example(
        party.PartyRegistered(
            party="aolani-holding",
            legal_name="Aolani Holding (demonstration)",
            display_name="Aolani Holding",
            kind="holding",
            founded="2023",
            country="KY",
            lei="549300AOLANIHOLD1234",
        ),
        "operator",
        documents=(DIGEST,),
    ),
    _example(
        party.RoleGranted(
            party="straits-freight",
            acts_for=party.ActsFor(principal="aolani", types=("ShipmentReceived",)),
        ),
        "operator",
        "aolani",
    ),
    _example(
        party.RoleWithdrawn(
            party="straits-freight", acts_for="aolani", reason="the contract is over"
        ),
        "operator",
    ),
    _example(
        party.KeyEnrolled(
            party="aivres", key=public_key(signer_of("aivres-2").public_key, "export desk, HSM 2")
        ),
        "operator",
        "aivres/aivres-2",
        "aivres",
    ),
    _example(
        party.KeyRevoked(
            party="aivres",
            key=key_id(signer_of("aivres").public_key),
            reason="superseded",
        ),
        "aivres/aivres-2",
        occurred="2026-03-02T14:00:00+08:00",
    ),
    _example(
        party.HeadquartersDeclared(party="bytedance", country="CN"),
        "press-desk",
        basis="third_party_report",
        documents=(DIGEST,),
    ),
    _example(
        party.OwnershipDeclared(
            owner="aolani-holding", owned="aolani", percent="100", direct=True
        ),
        "press-desk",
        occurred="../2025-12",
        basis="third_party_report",
    ),
    _example(
        party.PartyChecked(
            party="bytedance",
            kind="list",
            list_name="example list of 2026-02-27",
            list_sha256=hashlib.sha256(b"example list").hexdigest(),
            result="clear",
            remark="no entry under the names given",
        ),
        "aolani",
    ),
    # --- products and sites ---------------------------------------------------------------------
    _example(
        product.ModelClassified(
            classifier="nvidia",
            model=RACK,
            kind="assembly",
            aliases=ordered("NVL72", "GB200 NVL72"),
            contains=(product.Contents(model=CHIP, quantity=72),),
            eccn="4A090.a",
            hts="8471.80.4000",
            tpp="1440000",
            performance_density="18.2",
            memory_bandwidth="576000",
            source="example data sheet",
            dated="2026-01",
        ),
        "nvidia",
    ),
    _example(
        product.BatchCommissioned(
            maker="nvidia", batch="B-01", model=CHIP, quantity=4000, site="maker-warehouse"
        ),
        "nvidia",
        documents=(Document(b"serial\nS1\n", "serial_manifest", "serials of B-01", "text/csv"),),
    ),
    _example(
        site.SiteRegistered(
            registrant="aolani",
            site=JOHOR,
            name="Johor data centre 1 (demonstration)",
            country="MY",
            locode="MYJHB",
            address="1 Example Road, Johor Bahru",
            latitude="1.4927",
            longitude="103.7414",
            kind="data_center",
            operator="aolani",
        ),
        "aolani",
    ),
    _example(
        site.SiteCapacityAttested(
            operator="aolani",
            site=JOHOR,
            it_megawatts="72.5",
            metered_mwh="41230.75",
            period="2026-02",
        ),
        "aolani",
        occurred="2026-02",
    ),
    _example(
        product.StockOpened(
            holder="aolani",
            stock="STK-1",
            site=JOHOR,
            owner="aolani",
            supplier="aivres",
            racks=(product.StockedRack(rack="R9001", model=RACK, chassis_serial="CH-009001"),),
            lines=_units(72, "R9001", state="operational"),
            from_entry=product.OtherEntry(
                origin="ledger.other.invalid/2025", index=512, leaf="0f" * 32
            ),
        ),
        "aolani",
        documents=(
            Document(
                b"rack,tray,slot,serial,batch\nR9001,1,1,S9001,B-01\n",
                "inventory",
                "inventory of hall 1",
                "text/csv",
            ),
        ),
    ),
    _example(
        product.UnitsStateChanged(
            holder="aolani",
            change="CHG-1",
            site=JOHOR,
            lines=_units(2, state="quarantined"),
            to_state="destroyed",
            owner="aolani",
            method="shredded",
            certificate="CERT-OF-DESTRUCTION-7",
        ),
        "aolani",
    ),
    # --- authorizations -------------------------------------------------------------------------
    _example(
        authorization.AuthorizationRecorded(
            declarant="aivres",
            authorization="EX-NAC-1",
            kind="exception",
            activity="export",
            authority="BIS",
            number="NAC-1",
            items=(
                authorization.AuthorizedItem(model=CHIP, eccn="3A090.a", quantity=36_000),
                authorization.AuthorizedItem(model=RACK, eccn="4A090.a"),
            ),
            value_limit_usd=2_500_000_000,
            consignees=("aolani",),
            destination="MY",
            end_use="cloud computing",
            valid_from="2026-01-01",
            valid_to="2026-12-31",
            rule_pack="us-ear-2026-01",
        ),
        "aivres/aivres-2",
        documents=(Document(b"%PDF-1.7", "control_statement", "statement", "application/pdf"),),
    ),
    _example(
        authorization.AuthorizationChanged(
            declarant="aivres",
            authorization="EX-NAC-1",
            status="reinstated",
            items=(authorization.AuthorizedItem(model=CHIP, eccn="3A090.a", quantity=36_004),),
            value_limit_usd=2_600_000_000,
            consignees=("aolani",),
            destination="MY",
            end_use="cloud computing and research",
            valid_from="2026-01-01",
            valid_to="2027-12-31",
            reason="four units more",
        ),
        "aivres/aivres-2",
    ),
    _example(
        authorization.ExportFiled(
            filer="aivres",
            filing="AES-1",
            itn="X20260302000001",
            export_date="2026-03-02",
            port="Los Angeles",
            lines=(
                authorization.FiledLine(
                    hts="8471.80.4000",
                    eccn="4A090.a",
                    quantity=20,
                    unit="NO",
                    gpus=1440,
                    licence_code="C33",
                ),
            ),
            consignee="aolani",
            ultimate_consignee="aolani",
            destination="MY",
            shipment="SHP-1",
        ),
        "aivres/aivres-2",
        references=_refs(itn="X20260302000001"),
    ),
    _example(
        authorization.EndUseStated(
            end_user="bytedance",
            end_use="research and development",
            end_users=("bytedance",),
            no_military=True,
            valid_from="2026",
            valid_to="2028-12-31",
        ),
        "bytedance",
        sealed={"detail": "training runs of models in the laboratory"},
        salt=bytes(range(32)),
    ),
    # --- certification --------------------------------------------------------------------------
    _example(
        certification.CertificationGranted(
            certifier="nvidia",
            certification="T1-AOLANI",
            party="aolani",
            scheme="example cloud partner programme",
            level="tier-1",
            scope=certification.Scope(models=(CHIP,), countries=("MY",), sites=(JOHOR,)),
            checks=ordered("example-check-1", "example-check-2"),
            valid_from="2026-01-01",
            valid_to="2027-12-31",
        ),
        "nvidia",
    ),
    _example(
        certification.CertificationChanged(
            certifier="nvidia",
            certification="T1-AOLANI",
            party="aolani",
            status="suspended",
            scope=certification.Scope(countries=("MY",)),
            valid_to="2027-06-30",
            reason="a check is due",
        ),
        "nvidia",
    ),
    # --- racks, shipments, title ----------------------------------------------------------------
    _example(
        rack.RackAssembled(
            integrator="aivres",
            assembly="ASM-R0001",
            rack="R0001",
            model=RACK,
            chassis_serial="CH-000001",
            site="aivres-plant",
            lines=_units(72),
        ),
        "aivres/aivres-2",
        documents=(Document(b"tray,slot,serial\n1,1,S1\n", "build_manifest", "R0001", "text/csv"),),
    ),
    _example(
        shipment.ShipmentDispatched(
            consignor="aivres",
            shipment="SHP-1",
            purpose="sale",
            lines=_units(72, "R0001", "R0002"),
            items=(shipment.ShippedItem(model=CHIP, eccn="3A090.a", authorization="EX-NAC-1"),),
            exporter="aivres",
            consignee="aolani",
            ultimate_consignee="aolani",
            carrier="straits-freight",
            from_site="aivres-plant",
            to_site=JOHOR,
            incoterm="DAP",
            seals=ordered("SEAL-0001", "SEAL-0002"),
            due="2026-03-20",
        ),
        "aivres/aivres-2",
        "straits-freight",
        occurred="2026-03-02T09:30:00-08:00",
        references=_refs(awb="123-45678901", inv="INV-2291", idempotency="desk-2026-03-02-1"),
    ),
    _example(
        shipment.ShipmentLegReported(
            carrier="straits-freight",
            leg="LEG-1",
            shipment="SHP-1",
            milestone="handed_over",
            place="Senai airport",
            country="MY",
            seals=("SEAL-0001",),
            from_holder="straits-freight",
            to_holder="johor-haulage",
            lines=_units(72, "R0001", "R0002"),
        ),
        "straits-freight",
    ),
    _example(
        shipment.ShipmentReceived(
            receiver="aolani",
            receipt="RCP-1",
            shipment="SHP-1",
            received_from="straits-freight",
            site=JOHOR,
            lines=_units(72, "R0001"),
            damaged=_units(72, "R0002"),
            counted_by="racks",
            seals=("SEAL-0001",),
            final=True,
        ),
        "aolani",
        occurred="2026-03-19",
    ),
    _example(
        title.TitleTransferred(
            seller="aivres",
            buyer="aolani",
            title="TTL-1",
            lines=_units(72, "R0001", "R0002"),
            contract="PO-7781",
            authorization="EX-NAC-1",
        ),
        "aivres/aivres-2",
        "aolani",
        sealed={"price_usd": "10000000", "terms": "net 30"},
        salt=bytes(32),
    ),
    _example(
        rack.RackPlaced(
            holder="aolani",
            placement="PLC-1",
            site=JOHOR,
            cluster="alpha",
            position="hall 2, row 4",
            to_state="operational",
            lines=_units(72, "R0001", state="installed"),
        ),
        "aolani",
    ),
    _example(
        rack.ComponentReplaced(
            holder="aolani",
            replacement="RPL-1",
            rack="R0001",
            position="tray 7",
            site=JOHOR,
            state="operational",
            out=_part("B-01", "S1", "S2", "S3", "S4"),
            into=_part("RMA-01"),
            rma="RMA-5512",
            title="swapped",
            out_owner="aolani",
            in_owner="nvidia",
            maker="nvidia",
        ),
        "aolani",
        "nvidia",
    ),
    _example(
        rack.RackDisassembled(
            holder="aolani",
            disassembly="DSM-1",
            rack="R9001",
            site=JOHOR,
            lines=_units(72, state="installed"),
            reason="the frame is bent",
        ),
        "aolani",
    ),
    # --- leases ---------------------------------------------------------------------------------
    _example(
        lease.LeaseStarted(
            lessor="aolani",
            lease="L-1",
            lessee="bytedance",
            site=JOHOR,
            lines=_units(72, "R0001", state="operational"),
            service="bare_metal",
            country="MY",
            physical_access=False,
            purchase_option=False,
            purpose="research and development",
            agreed_on="2026-02-15",
            until="2029-03-31",
        ),
        "aolani",
        "bytedance",
        occurred="2026-04-01",
    ),
    _example(
        lease.LeaseChanged(
            lessor="aolani",
            change="LCH-1",
            lease="L-1",
            lessee="bytedance",
            status="resumed",
            site=JOHOR,
            added=_units(72, "R0003", state="operational"),
            removed=_units(72, "R0001", state="operational"),
            pool_added=lease.Pool(site=JOHOR, model=CHIP, quantity=8),
            pool_removed=lease.Pool(model=CHIP),
            service="iaas",
            physical_access=False,
            purchase_option=False,
            purpose="training",
            until="2029-06-30",
            reason="the hall was cooled again",
        ),
        "aolani",
        "bytedance",
    ),
    _example(
        lease.UsageReported(
            reporter="aolani",
            lease="L-1",
            period="2026-04",
            gpu_hours="51840.5",
            energy_mwh="101.25",
            countries=("CN", "SG"),
        ),
        "aolani",
        occurred="2026-04",
    ),
    _example(
        lease.LeaseEnded(
            reporter="bytedance",
            lease="L-1",
            lessee="bytedance",
            lessor="aolani",
            pool=lease.Pool(site=JOHOR, model=CHIP, quantity=72),
            service="bare_metal",
            reason="moved to another hall",
        ),
        "bytedance",
    ),
    # --- plans and claims -----------------------------------------------------------------------
    _example(
        plan.DeploymentPlanned(
            planner="bytedance",
            plan="MY-36K",
            stage="planned",
            country="MY",
            site=JOHOR,
            model=CHIP,
            quantity=Amount(qualifier="about", value=36_000),
            racks=Amount(qualifier="unknown"),
            cluster="alpha",
            owner="aolani",
            operator="aolani",
            supplier="aivres",
            for_party="bytedance",
            purpose="research and development",
            window_from="2026",
            window_to="../2027",
        ),
        "press-desk",
        basis="third_party_report",
        documents=(DIGEST,),
    ),
    _example(
        plan.DeploymentChanged(
            planner="aolani",
            plan="MY-36K",
            stage="contracted",
            country="MY",
            site=JOHOR,
            quantity=Amount(qualifier="exact", value=36_000),
            racks=Amount(qualifier="exact", value=500),
            cluster="alpha",
            owner="aolani",
            operator="aolani",
            supplier="aivres",
            for_party="bytedance",
            purpose="research and development",
            window_from="2026-03",
            window_to="2026-12",
            reason="the order is placed",
        ),
        "aolani",
    ),
    _example(
        plan.DeploymentFulfilled(operator="aolani", plan="MY-36K", racks=("R0001", "R0002")),
        "aolani",
    ),
    _example(
        claim.ClaimReported(
            claim="CLM-4",
            speaker="nvidia",
            subject=("aolani", "bytedance"),
            quotation="The use is legal as long as the export follows the rules, it is said.",
            publisher="example newspaper",
            published_on="2026-03",
            retrieved_on="2026-03-05",
        ),
        "press-desk",
        basis="third_party_report",
        documents=(DIGEST,),
    ),
    # --- assurance and documents ----------------------------------------------------------------
    _example(
        assurance.SamplePlanCommitted(
            sample="SMP-1",
            plan_sha256=hashlib.sha256(encode(SAMPLE_PLAN)).hexdigest(),
            site=JOHOR,
            made="2026-04-30",
        ),
        "harbour-audit",
    ),
    _example(
        assurance.InspectionAnnounced(
            site=JOHOR,
            host="aolani",
            starts="2026-05-04",
            ends="2026-05-08",
            method="a witnessed count of a committed sample",
        ),
        "harbour-audit",
    ),
    _example(
        assurance.InspectionPerformed(
            inspection="INS-1",
            site=JOHOR,
            host="aolani",
            sample="SMP-1",
            plan=SAMPLE_PLAN,
            method="labels and a witnessed count",
            strength=2,
            counted=12,
            found=11,
            exceptions=("S9: the label is worn off",),
            present=ordered("facility lead", "audit team"),
            limits="hall 3 was closed",
        ),
        "harbour-audit",
        "aolani",
    ),
    _example(
        assurance.IncidentReported(
            incident="INC-1",
            kind="tamper",
            party="straits-freight",
            site=JOHOR,
            shipment="SHP-1",
            lease="L-1",
            batches=("B-01",),
            racks=("R0002",),
            serials=ordered("S71", "S72"),
            quantity=Amount(qualifier="at_least", value=2),
            discovered="2026-03-19",
            reported_to="the port police",
            case_number="JB-2026-118",
        ),
        "bytedance",
        sealed={"narrative": "two trays were out of their rails"},
        salt=bytes(range(32)),
    ),
    _example(
        lambda target: assurance.FindingAnswered(
            code="SEAL-BROKEN",
            subject="shipment:SHP-1",
            entry=target("ShipmentReceived.v1"),
            answer="explained",
            reason="customs opened the crate; their report is attached",
        ),
        "straits-freight",
    ),
    _example(
        assurance.LegalHoldPlaced(
            hold="HLD-1",
            scope=assurance.HoldScope(
                parties=("straits-freight",),
                sites=(JOHOR,),
                batches=("B-01",),
                racks=("R0002",),
                shipments=("SHP-1",),
                leases=("L-1",),
                documents=(hashlib.sha256(b"%PDF-1.7").hexdigest(),),
            ),
            requested_by="BIS",
            reason="the seal is under inquiry",
        ),
        "harbour-audit",
    ),
    _example(
        assurance.LegalHoldReleased(hold="HLD-1", reason="the inquiry is closed"), "operator"
    ),
    _example(
        document.DocumentDisposed(
            document=hashlib.sha256(b"A draft that nobody kept.").hexdigest(),
            reason="the term is over",
            retention_basis="15 CFR 762.6(a)",
            retained_until="2031-03-02",
            ordered_by="the authority of the port",
        ),
        "operator",
    ),
    _example(
        lambda target: document.DocumentAttached(
            target=target("ShipmentReceived.v1"), remark="photographs of the broken seal"
        ),
        "aolani",
        documents=(Document(b"\xff\xd8\xff", "photograph", "seal", "image/jpeg"),),
    ),
    # --- corrections ----------------------------------------------------------------------------
    _example(
        lambda target: correction.Countersigned(
            target=target("ExportFiled.v1"),
            stance="accepts_except",
            text="the port was Long Beach — not Los Angeles",
        ),
        "aolani",
    ),
    _example(
        lambda target: correction.EventVoided(
            target=target("DeploymentFulfilled.v1"), reason="the racks belong to another plan"
        ),
        "aolani",
    ),
    # --- the ledger -----------------------------------------------------------------------------
    _example(
        ledger_noun.RightsAdopted(rights=RIGHTS_NAME, rights_sha256=RIGHTS_SHA256), "operator"
    ),
    _example(
        ledger_noun.CheckpointAnchored(
            size=0,
            root=hashlib.sha256(b"").hexdigest(),
            token="MAMCAQA=",  # noqa: S106  a time-stamp token of three bytes
            cosignatures=("\u2014 witness.invalid " + "A" * 100,),
        ),
        "operator",
    ),
    _example(
        ledger_noun.LedgerKeyRotated(
            checkpoint_key=public_key(signer_of("ledger-2").public_key, "ledger, second key"),
            reason="a new machine",
        ),
        "operator",
    ),
)  # fmt: skip

_NAME_OF = {row.data: name for name, row in EVENT_TYPES.items()}


def name_of(data: EventData) -> str:
    """Return the stable name of the type of some data."""
    return _NAME_OF[type(data)]


def play(story: Story) -> dict[str, Receipt]:
    """Record the cast and every example in a story that is just open; return receipts by type."""
    for name, roles in CAST.items():
        story.party(name, *roles)
    receipts: dict[str, Receipt] = {}

    def target(name: str) -> Target:
        return story.ledger.event(receipts[name].index).target

    for example in EXAMPLES:
        data = example.said(target)
        names = (example.by, *example.others)
        by, *others = map(signing, names)
        draft = story.ledger.draft(data, by, example.circumstances(story.next_id()), others)
        signers = [signer_of(name.rpartition("/")[2]) for name in names]
        rotates = isinstance(data, ledger_noun.LedgerKeyRotated)
        receipts[name_of(data)] = story.ledger.append(
            draft.sign(*signers), new_key=signer_of("ledger-2") if rotates else None
        )
    return receipts
