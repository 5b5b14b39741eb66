"""The story of the demonstration: one test for each fact that was reported and each act of it.

Names and figures are spelled out here, never taken from the demonstration's own cast: what the
story leaves out, changes, or lets fewer hands sign, a test misses.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

import pytest

from commands.demo.story import AS_OF, play
from ledger import canonical
from ledger.application import Ledger
from ledger.authority import raw_key
from ledger.entry import Event
from ledger.events import encode_statement
from ledger.events.assurance import InspectionPerformed, SamplePlanCommitted
from ledger.events.authorization import AuthorizationRecorded, EndUseStated, ExportFiled
from ledger.events.base import Amount, Annex, Basis, EventData, Line, Statement
from ledger.events.certification import CertificationGranted
from ledger.events.claim import ClaimReported
from ledger.events.document import DocumentAttached
from ledger.events.lease import LeaseStarted, UsageReported
from ledger.events.party import (
    HeadquartersDeclared,
    KeyEnrolled,
    KeyRevoked,
    OwnershipDeclared,
    PartyChecked,
    PartyRegistered,
    RoleGranted,
)
from ledger.events.plan import DeploymentFulfilled, DeploymentPlanned
from ledger.events.product import BatchCommissioned, ModelClassified
from ledger.events.rack import ComponentReplaced, RackAssembled, RackPlaced
from ledger.events.shipment import ShipmentDispatched, ShipmentLegReported, ShipmentReceived
from ledger.events.site import SiteCapacityAttested, SiteRegistered
from ledger.events.title import TitleTransferred
from ledger.sampling import draw, plan_digest
from ledger.signing.signer import key_id
from projections.runner import catch_up
from projections.view import MEMORY, View

D = TypeVar("D", bound=EventData)

REPORT: Basis = "third_party_report"
PARTIES = {
    "nvidia",
    "aivres",
    "aolani",
    "aolani-holding",
    "bytedance",
    "straits-carrier",
    "example-auditor",
    "press-desk",
}
RACKS = [f"R{number:04d}" for number in range(1, 501)]
SHIPMENTS = [f"SHP-{number:02d}" for number in range(1, 26)]
BATCHES = [f"B-{number:02d}" for number in range(1, 10)]
MIXED = ["R0056", "R0112", "R0167", "R0223", "R0278", "R0334", "R0389", "R0445"]
OLD_TRAY = {f"1654{unit:09d}" for unit in range(35_232, 35_236)}
SPARES = {f"1655{unit:09d}" for unit in range(4)}
CONTROL_STATEMENT = (  # 15 CFR 758.6
    "These items are controlled by the U.S. Government and authorized for export only to the "
    "country of ultimate destination for use by the ultimate consignee or end-user herein "
    "identified. They may not be resold, transferred, or otherwise disposed of, to any other "
    "country or to any person other than the authorized ultimate consignee or end-user, without "
    "first obtaining approval from the U.S. government or as otherwise authorized by U.S. law and "
    "regulations."
)


@dataclass(frozen=True)
class Told(Generic[D]):
    """One event of the story, its data by type."""

    event: Event
    data: D

    @property
    def index(self) -> int:
        return self.event.index

    @property
    def statement(self) -> Statement:
        return self.event.statement

    @property
    def on(self) -> date:
        """The day, of an event that is dated to the day."""
        return date.fromisoformat(self.statement.occurred)

    @property
    def signed(self) -> set[str]:
        """Whose signatures the envelope carries."""
        keys = {one.keyid for one in self.event.entry.envelope.signatures}
        return {one.party for one in self.statement.signatories if one.key in keys}

    @property
    def references(self) -> set[tuple[str, str]]:
        return {(one.type, one.value) for one in self.statement.references}


@dataclass(frozen=True, repr=False)
class Story:
    """The story as it was recorded, and the read models of it."""

    ledger: Ledger
    events: tuple[Event, ...]
    view: View

    def told(self, kind: type[D], basis: Basis = "first_party") -> list[Told[D]]:
        """Return all events of a type, by index; corrected ones too."""
        return [
            Told(event, event.statement.data)
            for event in self.events
            if isinstance(event.statement.data, kind) and event.statement.basis == basis
        ]

    def one(self, kind: type[D], basis: Basis = "first_party", /, **values: object) -> Told[D]:
        """Return the one event of a type whose data has these values."""
        (found,) = [
            told
            for told in self.told(kind, basis)
            if all(getattr(told.data, name) == value for name, value in values.items())
        ]
        return found

    def text(self, told: Told[D], kind: str) -> str:
        """Return the one document of a kind that an event carries."""
        (reference,) = [one for one in told.statement.documents if one.kind == kind]
        return self.content(reference.sha256).decode()

    def content(self, sha256: str) -> bytes:
        """Return the stored bytes that have this digest."""
        content = self.ledger.document(sha256)
        assert content is not None
        assert hashlib.sha256(content).hexdigest() == sha256
        return content

    def rows(self, told: Told[D], kind: str) -> list[dict[str, str]]:
        """Return the rows of a manifest."""
        return list(csv.DictReader(io.StringIO(self.text(told, kind))))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    stage = play(tmp_path_factory.mktemp("story") / "ledger", lambda _: None)
    with stage.ledger as ledger, View.open(MEMORY) as view:
        catch_up(view, ledger)
        yield Story(ledger, tuple(ledger.read()), view)


def racks_of(lines: Iterable[Line]) -> list[str]:
    return sorted({name for line in lines for name in line.racks})


def per_rack(lines: Iterable[Line]) -> set[int]:
    """Return the numbers of GPUs that racks have in these lines; whole ones: {72}."""
    counts: Counter[str] = Counter()
    for line in lines:
        for name in line.racks:
            counts[name] += line.quantity
    return set(counts.values())


def gpus(lines: Iterable[Line]) -> int:
    return sum(line.total for line in lines)


def batches(lines: Iterable[Line]) -> dict[str, int]:
    return {line.batch: line.total for line in lines}


def shipment_racks(shipment: str) -> list[str]:
    first = 20 * SHIPMENTS.index(shipment)
    return RACKS[first : first + 20]


def hardware_starts(story: Story) -> Told[BatchCommissioned]:
    return story.told(BatchCommissioned)[0]


# --- what was reported ------------------------------------------------------------------------


def check_is_only_a_report(story: Story, told: Told[D]) -> None:
    """The reporter alone signs a report, nobody acts in it, and the digest is attached."""
    assert told.signed == {"press-desk"}
    assert told.statement.asserted_by == "press-desk"
    assert story.text(told, "press_digest").startswith("Press digest, March 2026, in our own words")


def test_every_report_is_the_reporters_word_with_the_digest_attached(story: Story) -> None:
    reports = story.told(EventData, REPORT)
    kinds = Counter(type(told.data).__name__ for told in reports)
    assert kinds == {
        "DeploymentPlanned": 2,
        "ClaimReported": 4,
        "OwnershipDeclared": 1,
        "CertificationGranted": 1,
        "LeaseStarted": 1,
    }
    for told in reports:
        check_is_only_a_report(story, told)


def test_the_digest_tells_the_eight_facts(story: Story) -> None:
    lines = story.text(story.told(ClaimReported, REPORT)[0], "press_digest").splitlines()
    assert [line[:3] for line in lines if line[:1].isdigit()] == [f"{n}. " for n in range(1, 9)]


def test_fact_1_about_36000_gpus_are_planned_in_malaysia(story: Story) -> None:
    planned = story.one(DeploymentPlanned, REPORT, plan="MY-36000").data
    assert planned.stage == "planned"
    assert planned.quantity == Amount(qualifier="about", value=36_000)
    assert (planned.model, planned.country, planned.site) == ("GB200-GPU", "MY", None)
    assert (planned.for_party, planned.purpose) == ("bytedance", "research and development")
    assert planned.planner is None


def test_fact_2_about_500_racks_owned_and_operated_by_aolani(story: Story) -> None:
    planned = story.one(DeploymentPlanned, REPORT, plan="MY-36000").data
    assert planned.racks == Amount(qualifier="about", value=500)
    assert (planned.owner, planned.operator) == ("aolani", "aolani")
    value = story.one(ClaimReported, REPORT, claim="CLAIM-VALUE").data
    assert "about US$2.5 billion" in value.quotation
    assert "about 500 NVL72 racks" in value.quotation
    assert value.subject == ("aolani", "bytedance")


def test_fact_3_supplied_by_aivres_and_used_as_a_service(story: Story) -> None:
    assert story.one(DeploymentPlanned, REPORT, plan="MY-36000").data.supplier == "aivres"
    supply = story.one(ClaimReported, REPORT, claim="CLAIM-SUPPLY").data
    assert "through Aivres" in supply.quotation
    assert "compute as a service, not hardware" in supply.quotation
    assert supply.subject == ("aivres", "bytedance")


def test_fact_4_what_nvidia_is_said_to_have_said_is_not_nvidias_word(story: Story) -> None:
    said = story.one(ClaimReported, REPORT, claim="CLAIM-NVIDIA")
    assert said.data.speaker == "nvidia"
    assert "Bureau of Industry and Security" in said.data.quotation
    assert "as long as the export of the hardware follows the rules" in said.data.quotation
    assert "nvidia" not in said.signed
    assert not story.told(AuthorizationRecorded, REPORT)


def test_fact_5_aolani_its_parent_in_cayman_and_its_tier(story: Story) -> None:
    registered = story.one(PartyRegistered, party="aolani")
    assert (registered.data.founded, registered.data.country) == ("2023", "MY")
    assert registered.signed == {"aolani"}
    assert "founded in late 2023" in story.text(registered, "press_digest")
    parent = story.one(PartyRegistered, party="aolani-holding").data
    assert (parent.country, parent.kind) == ("KY", "holding")
    owned = story.one(OwnershipDeclared, REPORT).data
    assert owned == OwnershipDeclared(owner="aolani-holding", owned="aolani")
    tier = story.one(CertificationGranted, REPORT).data
    assert (tier.party, tier.level, tier.certifier) == ("aolani", "tier-1", None)
    assert tier.checks == ()


def test_fact_6_h100_leased_since_february_2025_by_whom_and_how_many_unknown(
    story: Story,
) -> None:
    leased = story.one(LeaseStarted, REPORT)
    assert leased.statement.occurred == "2025-02"
    assert (leased.data.lessee, leased.data.lessor) == ("bytedance", None)
    assert leased.data.country == "MY"
    assert leased.data.pool is not None
    assert leased.data.pool.model == "H100"
    assert (leased.data.pool.site, leased.data.pool.quantity) == (None, None)


def test_fact_7_more_than_7000_are_considered_in_indonesia(story: Story) -> None:
    considered = story.one(DeploymentPlanned, REPORT, plan="ID-7000").data
    assert considered.stage == "considered"
    assert considered.quantity == Amount(qualifier="more_than", value=7_000)
    assert (considered.country, considered.site) == ("ID", None)
    assert (considered.model, considered.for_party) == ("GB200-GPU", "bytedance")


def test_fact_8_what_the_rules_are_said_to_control(story: Story) -> None:
    rules = story.one(ClaimReported, REPORT, claim="CLAIM-RULES").data
    assert (rules.speaker, rules.subject) == (None, ())
    assert "mainly where AI hardware is exported to, not where compute" in rules.quotation


# --- who and what is on stage -------------------------------------------------------------------


def test_the_ledger_says_what_it_is_and_so_does_every_name(story: Story) -> None:
    opening = story.ledger.opening
    assert opening.purpose == "demonstration"
    assert opening.origin.endswith(".invalid")
    registered = [told.data for told in story.told(PartyRegistered)]
    assert {one.party for one in registered} == PARTIES
    names = [one.display_name for one in (*registered, opening.operator)]
    assert all(name.endswith(" (demonstration)") for name in names)


def test_both_clocks_are_scripted(story: Story) -> None:
    assert AS_OF == "2026-10-31"
    recorded = [event.entry.recorded_at for event in story.events]
    assert recorded == sorted(recorded)
    assert recorded[0].startswith("2025-12-01")
    assert recorded[-1] < AS_OF


def test_everybody_has_his_roles(story: Story) -> None:
    roles = [(told.data.party, told.data.role) for told in story.told(RoleGranted)]
    assert sorted(roles, key=str) == [
        ("aivres", "exporter"),
        ("aivres", "integrator"),
        ("aolani", "exporter"),
        ("aolani", "operator"),
        ("aolani", "owner"),
        ("aolani-holding", "owner"),
        ("bytedance", "lessee"),
        ("example-auditor", "auditor"),
        ("nvidia", "certifier"),
        ("nvidia", "exporter"),
        ("nvidia", "maker"),
        ("press-desk", "reporter"),
        ("straits-carrier", "forwarder"),
    ]
    assert story.ledger.opening.operator.party == "aolani"
    assert story.one(HeadquartersDeclared, party="bytedance").data.country == "CN"


def test_everybody_signs_with_keys_of_his_own(story: Story) -> None:
    enrolled = story.told(KeyEnrolled)
    owners = Counter(told.data.party for told in enrolled)
    assert owners == dict.fromkeys(PARTIES - {"aolani"}, 1) | {"aivres": 2}
    opening = story.ledger.opening
    keys = {told.data.key.key for told in enrolled}
    keys |= {opening.registrar_key.key, opening.recovery_key.key, opening.checkpoint_key.key}
    assert len(keys) == len(enrolled) + 3


def test_chip_and_rack_models_are_classified_by_the_maker(story: Story) -> None:
    models = {told.data.model: told.data for told in story.told(ModelClassified)}
    assert {told.statement.asserted_by for told in story.told(ModelClassified)} == {"nvidia"}
    kinds = {name: (model.kind, model.eccn) for name, model in models.items()}
    assert kinds == {
        "GB200-GPU": ("chip", "3A090.a"),
        "H100": ("chip", "3A090.a"),
        "GB200-NVL72": ("assembly", "4A090.a"),
    }
    assert [(one.model, one.quantity) for one in models["GB200-NVL72"].contains] == [
        ("GB200-GPU", 72)
    ]


def test_three_sites_and_the_power_of_the_hall_attested_before_hardware(story: Story) -> None:
    sites = {told.data.site: told.data for told in story.told(SiteRegistered)}
    assert {name: (one.country, one.kind, one.operator) for name, one in sites.items()} == {
        "NV-WH": ("US", "warehouse", "nvidia"),
        "AIV-PLANT": ("US", "factory", "aivres"),
        "JHR-1": ("MY", "data_center", "aolani"),
    }
    attested = story.one(SiteCapacityAttested, site="JHR-1")
    assert attested.signed == {"aolani"}
    assert attested.data.it_megawatts == "80"
    assert attested.index < hardware_starts(story).index


# --- before hardware moves ----------------------------------------------------------------------


def test_every_party_is_checked_against_a_list_before_hardware_moves(story: Story) -> None:
    checks = [told for told in story.told(PartyChecked) if told.data.kind == "list"]
    assert sorted(told.data.party for told in checks) == sorted(PARTIES)
    for told in checks:
        assert told.data.result == "clear"
        assert told.statement.asserted_by != told.data.party
        assert told.index < hardware_starts(story).index
        assert told.on < hardware_starts(story).on


def test_a_list_check_names_the_bytes_of_the_list_that_it_used(story: Story) -> None:
    for told in story.told(PartyChecked):
        if told.data.kind == "list":
            (screened,) = told.statement.documents
            assert (screened.kind, screened.title) == ("screening_list", told.data.list_name)
            assert screened.sha256 == told.data.list_sha256
            assert b"Example list" in story.content(screened.sha256)


def test_the_end_use_is_stated_by_operator_and_user(story: Story) -> None:
    stated = story.told(EndUseStated)
    assert [told.signed for told in stated] == [{"aolani"}, {"bytedance"}]
    for told in stated:
        assert told.signed == {told.data.end_user}
        assert told.data.end_users == ("aolani", "bytedance")
        assert told.data.no_military
        assert told.index < hardware_starts(story).index


def test_a_due_diligence_file_on_bytedance_is_attached_to_its_check(story: Story) -> None:
    attached = story.one(DocumentAttached)
    check = story.one(PartyChecked, kind="users", party="bytedance")
    assert attached.data.target == check.event.target
    assert "Due-diligence file on ByteDance" in story.text(attached, "due_diligence")
    assert attached.index < hardware_starts(story).index


def test_nvidia_certifies_aolani_before_the_first_batch_exists(story: Story) -> None:
    granted = story.one(CertificationGranted)
    assert granted.signed == {"nvidia"}
    assert (granted.data.certifier, granted.data.party) == ("nvidia", "aolani")
    assert granted.data.level == "tier-1"
    assert granted.data.checks == ("example-check-1", "example-check-2", "example-check-3")
    scope = granted.data.scope
    assert (scope.models, scope.countries, scope.sites) == (("GB200-GPU",), ("MY",), ("JHR-1",))
    assert granted.data.valid_from == "2026-01-20"
    assert granted.index < hardware_starts(story).index
    assert granted.on < hardware_starts(story).on


# --- chips and racks ----------------------------------------------------------------------------


def test_nine_batches_of_4000_have_36000_serials(story: Story) -> None:
    made = [told for told in story.told(BatchCommissioned) if told.data.batch != "RMA-01"]
    assert [told.data.batch for told in made] == BATCHES
    serials: set[str] = set()
    for told in made:
        assert told.signed == {"nvidia"}
        assert (told.data.model, told.data.quantity) == ("GB200-GPU", 4_000)
        assert told.data.site == "NV-WH"
        manifest = [row["serial"] for row in story.rows(told, "serial_manifest")]
        assert len(manifest) == 4_000
        serials.update(manifest)
    assert len(serials) == 36_000


def test_the_batches_are_shipped_to_aivres_and_received(story: Story) -> None:
    for number, batch in enumerate(BATCHES, 1):
        sent = story.one(ShipmentDispatched, shipment=f"SHP-N{number}")
        assert (sent.data.consignor, sent.data.consignee) == ("nvidia", "aivres")
        assert (sent.data.from_site, sent.data.to_site) == ("NV-WH", "AIV-PLANT")
        assert batches(sent.data.lines) == {batch: 4_000}
        assert ("bol", f"BL-N{number:03d}") in sent.references
        received = story.one(ShipmentReceived, shipment=f"SHP-N{number}")
        assert received.signed == {"aivres"}
        assert received.data.received_from == "straits-carrier"
        assert batches(received.data.lines) == {batch: 4_000}
        assert (received.data.damaged, received.data.site) == ((), "AIV-PLANT")
        assert sent.index < received.index


def test_the_batches_are_sold_to_aivres_and_both_sign(story: Story) -> None:
    sold = [told for told in story.told(TitleTransferred) if told.data.seller == "nvidia"]
    assert [batches(told.data.lines) for told in sold] == [{batch: 4_000} for batch in BATCHES]
    for told in sold:
        assert told.data.buyer == "aivres"
        assert told.signed == {"nvidia", "aivres"}


def test_aivres_builds_500_racks_of_72_at_its_plant(story: Story) -> None:
    built = story.told(RackAssembled)
    assert [told.data.rack for told in built] == RACKS
    assert len({told.data.chassis_serial for told in built}) == 500
    for told in built:
        assert told.signed == {"aivres"}
        assert (told.data.model, told.data.site) == ("GB200-NVL72", "AIV-PLANT")
        assert gpus(told.data.lines) == 72


def test_r0056_and_seven_others_mix_two_batches(story: Story) -> None:
    built = {told.data.rack: batches(told.data.lines) for told in story.told(RackAssembled)}
    assert [name for name, counts in built.items() if len(counts) > 1] == MIXED
    assert built["R0056"] == {"B-01": 40, "B-02": 32}


def test_each_build_manifest_says_where_each_serial_of_the_batches_went(story: Story) -> None:
    batch_of = {
        row["serial"]: told.data.batch
        for told in story.told(BatchCommissioned)
        for row in story.rows(told, "serial_manifest")
    }
    seen: set[str] = set()
    trays = [(str(tray), str(slot)) for tray in range(1, 19) for slot in range(1, 5)]
    for told in story.told(RackAssembled):
        rows = story.rows(told, "build_manifest")
        assert {row["rack"] for row in rows} == {told.data.rack}
        assert [(row["tray"], row["slot"]) for row in rows] == trays
        assert Counter(row["batch"] for row in rows) == batches(told.data.lines)
        assert all(batch_of[row["serial"]] == row["batch"] for row in rows)
        seen.update(row["serial"] for row in rows)
    assert len(seen) == 36_000


# --- exported, received, sold -------------------------------------------------------------------


def test_aivres_claims_the_authorization_with_the_rules_it_rests_on(story: Story) -> None:
    claimed = story.one(AuthorizationRecorded, declarant="aivres")
    assert claimed.signed == {"aivres"}
    assert (claimed.data.kind, claimed.data.activity) == ("nlr", "export")
    assert claimed.data.rule_pack == "EAR-ACS-2023, 88 FR 73458, as of 2026-04-20"
    assert (claimed.data.consignees, claimed.data.destination) == (("aolani",), "MY")
    assert {(one.model, one.eccn) for one in claimed.data.items} == {
        ("GB200-GPU", "3A090.a"),
        ("GB200-NVL72", "4A090.a"),
    }
    first = story.one(ShipmentDispatched, shipment="SHP-01")
    assert claimed.index < first.index
    assert claimed.data.valid_from is not None
    assert claimed.data.valid_from < first.statement.occurred


def test_each_of_25_shipments_is_filed_before_it_leaves(story: Story) -> None:
    filings = [told for told in story.told(ExportFiled) if told.data.filer == "aivres"]
    assert [told.data.shipment for told in filings] == SHIPMENTS
    assert len({told.data.itn for told in filings}) == 25
    for told in filings:
        (line,) = told.data.lines
        assert (line.quantity, line.gpus, line.eccn) == (20, 1_440, "4A090.a")
        assert (told.data.ultimate_consignee, told.data.destination) == ("aolani", "MY")
        sent = story.one(ShipmentDispatched, shipment=told.data.shipment)
        assert told.index < sent.index
        assert told.data.export_date == sent.statement.occurred
        assert ("itn", told.data.itn) in sent.references


def test_each_of_25_invoices_has_the_control_statement_and_the_eccn(story: Story) -> None:
    for number, shipment in enumerate(SHIPMENTS, 1):
        sent = story.one(ShipmentDispatched, shipment=shipment)
        invoice = " ".join(story.text(sent, "invoice").split())
        racks = shipment_racks(shipment)
        assert CONTROL_STATEMENT in invoice
        assert f"20 racks {racks[0]} to {racks[-1]}, model GB200-NVL72, ECCN 4A090.a" in invoice
        assert f"Commercial invoice INV-{number:02d} " in invoice
        assert ("inv", f"INV-{number:02d}") in sent.references


def test_25_shipments_of_20_racks_leave_for_johor(story: Story) -> None:
    sent = [told for told in story.told(ShipmentDispatched) if told.data.consignor == "aivres"]
    assert [told.data.shipment for told in sent] == SHIPMENTS
    for told in sent:
        assert racks_of(told.data.lines) == shipment_racks(told.data.shipment)
        assert per_rack(told.data.lines) == {72}
        assert (told.data.from_site, told.data.to_site) == ("AIV-PLANT", "JHR-1")
        assert (told.data.exporter, told.data.ultimate_consignee) == ("aivres", "aolani")
        assert {one.authorization for one in told.data.items} == {"NLR-MY-2026"}
        assert {one.model for one in told.data.items} == {"GB200-GPU", "GB200-NVL72"}


def test_the_carrier_signs_every_dispatch_with_the_consignor(story: Story) -> None:
    sent = story.told(ShipmentDispatched)
    assert len(sent) == 9 + 25 + 2
    for told in sent:
        assert told.data.carrier == "straits-carrier"
        assert told.signed == {told.data.consignor, "straits-carrier"}, told.data.shipment


def test_the_carrier_reports_every_arrival_with_the_seal_unbroken(story: Story) -> None:
    legs = story.told(ShipmentLegReported)
    assert sorted(told.data.shipment for told in legs) == SHIPMENTS
    for told in legs:
        sent = story.one(ShipmentDispatched, shipment=told.data.shipment)
        assert told.signed == {"straits-carrier"}
        assert (told.data.milestone, told.data.country) == ("arrived", "MY")
        assert told.data.seals == sent.data.seals
        assert len(told.data.seals) == 1


def last_receipts(story: Story) -> list[Told[ShipmentReceived]]:
    """Return the receipts at the hall that no later one corrects."""
    told = story.told(ShipmentReceived)
    corrected = {one.statement.corrects for one in told}
    return [
        one for one in told if one.event.target not in corrected and one.data.shipment in SHIPMENTS
    ]


def test_aolani_receives_every_rack_and_signs(story: Story) -> None:
    received = last_receipts(story)
    assert [told.data.shipment for told in received] == SHIPMENTS
    for told in received:
        assert told.signed == {"aolani"}
        assert (told.data.receiver, told.data.site) == ("aolani", "JHR-1")
        assert told.data.received_from == "straits-carrier"
        assert racks_of(told.data.lines) == shipment_racks(told.data.shipment)
        assert per_rack(told.data.lines) == {72}
        assert (told.data.damaged, told.data.final) == ((), True)
        sent = story.one(ShipmentDispatched, shipment=told.data.shipment)
        assert sent.index < told.index
        assert told.data.seals == sent.data.seals


def sold_to_aolani(story: Story) -> list[Told[TitleTransferred]]:
    return [told for told in story.told(TitleTransferred) if told.data.seller == "aivres"]


def test_25_titles_pass_to_aolani_after_receipt_and_both_sign(story: Story) -> None:
    sold = sold_to_aolani(story)
    assert [racks_of(told.data.lines) for told in sold] == [
        shipment_racks(name) for name in SHIPMENTS
    ]
    for told, received in zip(sold, last_receipts(story), strict=True):
        assert told.data.buyer == "aolani"
        assert told.signed == {"aivres", "aolani"}
        assert per_rack(told.data.lines) == {72}
        assert received.index < told.index


def test_the_sealed_prices_are_two_and_a_half_billion_dollars_in_all(story: Story) -> None:
    total, salts = 0, set()
    for told in sold_to_aolani(story):
        assert told.statement.annex is not None
        data = story.content(told.statement.annex)
        annex = canonical.decode(data, Annex, size_max=10_000, what="annex")
        facts = {field.name: field.value for field in annex.fields}
        total += int(facts["price_usd"])
        salts.add(annex.salt)
        assert facts["price_usd"].encode() not in encode_statement(told.statement)
    assert total == 2_500_000_000
    assert len(salts) == 25


# --- in use -------------------------------------------------------------------------------------


def test_every_rack_is_installed_and_then_operational(story: Story) -> None:
    placed = story.told(RackPlaced)
    installed = [told for told in placed if told.data.to_state == "installed"]
    started = [told for told in placed if told.data.to_state == "operational"]
    assert len(placed) == len(installed) + len(started)
    for steps, before in ((installed, "stock"), (started, "installed")):
        racks = [name for told in steps for name in racks_of(told.data.lines)]
        assert sorted(racks) == RACKS
        assert {line.state for told in steps for line in told.data.lines} == {before}
    for first, second in zip(installed, started, strict=True):
        assert racks_of(first.data.lines) == racks_of(second.data.lines)
        assert first.index < second.index
        for told in (first, second):
            assert (told.signed, told.data.site) == ({"aolani"}, "JHR-1")
            assert per_rack(told.data.lines) == {72}


def test_all_racks_fulfil_the_reported_plan(story: Story) -> None:
    fulfilled = story.one(DeploymentFulfilled)
    assert fulfilled.data.plan == "MY-36000"
    assert list(fulfilled.data.racks) == RACKS
    assert fulfilled.index > story.told(RackPlaced)[-1].index


def test_480_racks_are_leased_to_bytedance_and_r0490_is_not_among_them(story: Story) -> None:
    leased = story.one(LeaseStarted)
    assert leased.signed == {"aolani", "bytedance"}
    assert (leased.data.lessor, leased.data.lessee) == ("aolani", "bytedance")
    assert racks_of(leased.data.lines) == RACKS[:480]
    assert "R0490" not in racks_of(leased.data.lines)
    assert gpus(leased.data.lines) == 34_560
    assert {line.state for line in leased.data.lines} == {"operational"}
    assert leased.index > story.told(RackPlaced)[-1].index
    assert (leased.data.physical_access, leased.data.purchase_option) == (False, False)


def test_usage_is_reported_month_by_month(story: Story) -> None:
    usage = story.told(UsageReported)
    assert [told.data.period for told in usage] == ["2026-08", "2026-09"]
    for told, hours in zip(usage, (24 * 31, 24 * 30), strict=True):
        assert told.data.lease == story.one(LeaseStarted).data.lease
        assert told.signed == {"aolani"}
        assert told.data.gpu_hours is not None
        assert 0 < int(told.data.gpu_hours) <= 34_560 * hours
        assert told.data.countries == ("MY", "SG")


# --- the repair ---------------------------------------------------------------------------------


def test_the_spares_are_made_only_when_all_racks_run(story: Story) -> None:
    made = story.one(BatchCommissioned, batch="RMA-01")
    assert (made.data.maker, made.data.quantity) == ("nvidia", 4)
    assert {row["serial"] for row in story.rows(made, "serial_manifest")} == SPARES
    last_started = story.told(RackPlaced)[-1]
    assert made.index > last_started.index
    assert made.on > last_started.on


def test_the_spares_are_authorized_and_filed_by_nvidia_before_they_leave(story: Story) -> None:
    sent = story.one(ShipmentDispatched, shipment="SHP-RMA-1")
    assert (sent.data.exporter, sent.data.purpose) == ("nvidia", "rma")
    (item,) = sent.data.items
    granted = story.one(AuthorizationRecorded, authorization=item.authorization)
    assert granted.signed == {"nvidia"}
    assert (granted.data.consignees, granted.data.destination) == (("aolani",), "MY")
    assert granted.data.rule_pack is not None
    filed = story.one(ExportFiled, shipment="SHP-RMA-1")
    assert filed.signed == {"nvidia"}
    assert (filed.data.lines[0].gpus, filed.data.destination) == (4, "MY")
    assert granted.index < filed.index < sent.index


def test_the_spares_are_received_by_aolani_before_the_swap(story: Story) -> None:
    sent = story.one(ShipmentDispatched, shipment="SHP-RMA-1")
    received = story.one(ShipmentReceived, shipment="SHP-RMA-1")
    assert (received.signed, received.data.site) == ({"aolani"}, "JHR-1")
    assert batches(sent.data.lines) == batches(received.data.lines) == {"RMA-01": 4}
    assert sent.index < received.index < story.one(ComponentReplaced).index


def test_the_tray_of_r0490_is_swapped_with_title_and_both_sign(story: Story) -> None:
    swapped = story.one(ComponentReplaced)
    assert swapped.signed == {"aolani", "nvidia"}
    assert (swapped.data.rack, swapped.data.position) == ("R0490", "tray 7")
    assert (swapped.data.site, swapped.data.state) == ("JHR-1", "operational")
    (out,), (into,) = swapped.data.out, swapped.data.into
    assert (out.batch, out.quantity, set(out.serials)) == ("B-09", 4, OLD_TRAY)
    assert (into.batch, into.quantity, set(into.serials)) == ("RMA-01", 4, SPARES)
    assert swapped.data.title == "swapped"
    assert (swapped.data.out_owner, swapped.data.in_owner) == ("aolani", "nvidia")
    built = story.rows(story.one(RackAssembled, rack="R0490"), "build_manifest")
    assert {row["serial"] for row in built if row["tray"] == "7"} == OLD_TRAY


def test_the_old_tray_goes_back_under_an_authorization_and_a_permit(story: Story) -> None:
    sent = story.one(ShipmentDispatched, shipment="SHP-RMA-2")
    assert (sent.data.exporter, sent.data.consignee) == ("aolani", "nvidia")
    assert (sent.data.from_site, sent.data.to_site) == ("JHR-1", "NV-WH")
    assert batches(sent.data.lines) == {"B-09": 4}
    assert {line.state for line in sent.data.lines} == {"quarantined"}
    named = [
        story.one(AuthorizationRecorded, authorization=item.authorization)
        for item in sent.data.items
    ]
    assert sorted((told.data.kind, told.data.activity) for told in named) == [
        ("nlr", "reexport"),
        ("permit", "export"),
    ]
    for told in named:
        assert told.signed == {"aolani"}
        assert (told.data.consignees, told.data.destination) == (("nvidia",), "US")
        assert [one.quantity for one in told.data.items] == [4]
        assert {(one.model, one.eccn) for one in told.data.items} <= {
            (one.model, one.eccn) for one in sent.data.items
        }
        assert told.index < sent.index


def test_the_malaysian_permit_is_noticed_30_days_before_the_tray_leaves(story: Story) -> None:
    permit = story.one(AuthorizationRecorded, kind="permit")
    assert "Malaysia" in permit.data.authority
    sent = story.one(ShipmentDispatched, shipment="SHP-RMA-2")
    assert "Notice of 2026-09-11" in story.text(permit, "permit_notice")
    assert (sent.on - permit.on) >= timedelta(days=30)
    assert permit.event.entry.recorded_at[:10] == permit.statement.occurred
    assert permit.data.valid_from is not None
    assert permit.data.valid_from <= sent.statement.occurred
    assert ("permit", str(permit.data.number)) in permit.references & sent.references


def test_nvidia_receives_the_old_tray_as_damaged_in_the_us(story: Story) -> None:
    received = story.one(ShipmentReceived, shipment="SHP-RMA-2")
    assert received.signed == {"nvidia"}
    assert (received.data.lines, batches(received.data.damaged)) == ((), {"B-09": 4})
    assert story.one(SiteRegistered, site=received.data.site).data.country == "US"
    assert received.index > story.one(ShipmentDispatched, shipment="SHP-RMA-2").index


# --- corrected, rotated, inspected --------------------------------------------------------------


def test_one_receipt_is_recorded_as_19_racks_and_corrected_to_20(story: Story) -> None:
    (right,) = [told for told in story.told(EventData) if told.statement.corrects is not None]
    assert isinstance(right.data, ShipmentReceived)
    (wrong,) = [
        told
        for told in story.told(ShipmentReceived)
        if told.event.target == right.statement.corrects
    ]
    assert wrong.data.shipment == right.data.shipment == "SHP-13"
    assert wrong.data.receipt == right.data.receipt
    assert len(racks_of(wrong.data.lines)) == 19
    assert len(racks_of(right.data.lines)) == 20
    assert wrong.signed == right.signed == {"aolani"}


def test_aivres_enrolls_a_new_key_with_the_old_one_and_revokes_it(story: Story) -> None:
    first, second = [told for told in story.told(KeyEnrolled) if told.data.party == "aivres"]
    old, new = (key_id(raw_key(told.data.key)) for told in (first, second))
    assert {(one.party, one.key) for one in second.statement.signatories} >= {
        ("aivres", old),
        ("aivres", new),
    }
    signed = {one.keyid for one in second.event.entry.envelope.signatures}
    assert {old, new} < signed
    revoked = story.one(KeyRevoked)
    assert (revoked.data.party, revoked.data.key) == ("aivres", old)
    assert (revoked.data.reason, revoked.statement.asserted_by) == ("superseded", "aivres")
    assert revoked.index > second.index


def test_aivres_signs_with_the_new_key_from_the_rotation_on(story: Story) -> None:
    first, second = [told for told in story.told(KeyEnrolled) if told.data.party == "aivres"]
    old, new = (key_id(raw_key(told.data.key)) for told in (first, second))
    used = {True: Counter[str](), False: Counter[str]()}
    for told in story.told(EventData):
        if told.index not in (first.index, second.index):
            keys = {one.key for one in told.statement.signatories if one.party == "aivres"}
            used[told.index > second.index].update(keys)
    assert set(used[False]) == {old}
    assert set(used[True]) == {new}
    assert used[True][new] > 20


def test_the_sample_is_committed_to_before_anybody_looks(story: Story) -> None:
    committed = story.one(SamplePlanCommitted)
    performed = story.one(InspectionPerformed)
    assert committed.signed == {"example-auditor"}
    assert performed.signed == {"example-auditor", "aolani"}
    assert performed.data.sample == committed.data.sample
    assert performed.data.plan is not None
    assert committed.data.plan_sha256 == plan_digest(performed.data.plan)
    assert committed.index < performed.index
    assert committed.on < performed.on


def serials_racked_at(story: Story, site: str, size: int) -> list[str]:
    """Return the serials in racks at a site, by the read models, in the first `size` entries."""
    sql = """
        WITH racked AS (
          SELECT rack FROM posting
          WHERE book = 'possession' AND site = :site AND rack IS NOT NULL AND abs(idx) < :size
          GROUP BY rack HAVING sum(quantity) > 0),
        newest AS (
          SELECT serial, rack,
                 row_number() OVER (PARTITION BY serial ORDER BY valid_at DESC, event_idx DESC) AS n
          FROM unit WHERE event_idx < :size)
        SELECT serial FROM newest JOIN racked USING (rack) WHERE n = 1"""
    return [str(row["serial"]) for row in story.view.rows(sql, {"site": site, "size": size})]


def test_the_draw_comes_out_again_from_the_serials_recorded_at_the_site(story: Story) -> None:
    performed = story.one(InspectionPerformed)
    sample = performed.data.plan
    assert sample is not None
    assert sample.site == performed.data.site == "JHR-1"
    assert sample.root == story.ledger.root_at(sample.size).hex()
    assert sample.size <= story.one(SamplePlanCommitted).index
    recorded = serials_racked_at(story, sample.site, sample.size)
    assert len(recorded) == 36_000
    assert set(recorded) > SPARES
    assert not OLD_TRAY & set(recorded)
    found = [row["serial"] for row in story.rows(performed, "as_found")]
    assert found == sorted(draw(sample, recorded))
    assert performed.data.counted == performed.data.found == sample.count == len(found) == 59
