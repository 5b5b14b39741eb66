"""Acts 1 and 2: the ledger opens; who is who; what was reported; checks and certification."""

from commands.demo.cast import (
    AOLANI,
    AOLANI_ROLES,
    CLAIMS,
    GPU,
    HALL,
    MODELS,
    PARTIES,
    PRESS_DIGEST,
    REPORTER,
    SITES,
)
from commands.demo.stage import OPERATOR, Stage, text_document
from ledger.canonical import ordered
from ledger.events.authorization import EndUseStated
from ledger.events.base import Amount
from ledger.events.certification import CertificationGranted, Scope
from ledger.events.claim import ClaimReported
from ledger.events.document import DocumentAttached
from ledger.events.lease import LeaseStarted, Pool
from ledger.events.party import HeadquartersDeclared, OwnershipDeclared, PartyChecked
from ledger.events.plan import DeploymentPlanned
from ledger.events.site import SiteCapacityAttested

DIGEST = text_document("press_digest", "Press digest, March 2026", PRESS_DIGEST)
SCREENED = text_document(
    "screening_list",
    "Consolidated Screening List (example)",
    "Example list of 2026-01-12 (invented for the demonstration). It names nobody.\n",
)
FILE_NOTE = """Due-diligence file on ByteDance (invented for the demonstration).
Users named; no military or weapons end use stated; remote access from Singapore and Malaysia.
"""


def open_ledger(stage: Stage) -> None:
    """Register everybody and everything."""
    for fields, roles in PARTIES:
        stage.party(fields, *roles)
    for role in AOLANI_ROLES:
        stage.party_role(OPERATOR, role)
    for model in MODELS:
        stage.say(model, "nvidia", on="2025-12-02")
    for site in SITES:
        stage.say(site, OPERATOR, on="2025-12-02")
    capacity = SiteCapacityAttested(operator=OPERATOR, site=HALL, it_megawatts="80")
    stage.say(capacity, OPERATOR, on="2025-12-03")
    for party, country in (("nvidia", "US"), ("aivres", "US"), ("aolani", "MY")):
        stage.say(HeadquartersDeclared(party=party, country=country), OPERATOR, on="2025-12-03")
    stage.say(HeadquartersDeclared(party="bytedance", country="CN"), OPERATOR, on="2025-12-03")


def check_parties(stage: Stage) -> None:
    """Check everybody against lists, state the end use, certify; before hardware moves."""
    stage.at("2026-01-12")
    for fields, _ in PARTIES:
        _check(stage, OPERATOR, fields.party)
    _check(stage, "nvidia", OPERATOR)
    users = PartyChecked(
        party="bytedance", kind="users", result="clear", remark="users named in the file"
    )
    receipt = stage.record(users, OPERATOR, on="2026-01-13")
    attached = DocumentAttached(target=stage.target(receipt.index), remark="due-diligence file")
    document = text_document("due_diligence", "Due-diligence file on ByteDance", FILE_NOTE)
    stage.say(attached, OPERATOR, on="2026-01-14", documents=(document,))
    for user in (OPERATOR, "bytedance"):
        statement = EndUseStated(
            end_user=user,
            end_use="training and serving of commercial models",
            end_users=ordered("aolani", "bytedance"),
            no_military=True,
            valid_from="2026-01-15",
        )
        stage.say(statement, user, on="2026-01-15")
    grant = CertificationGranted(
        certifier="nvidia",
        certification="TIER1-2026",
        party=OPERATOR,
        scheme="cloud partner (demonstration)",
        level="tier-1",
        scope=Scope(models=(GPU,), countries=("MY",), sites=(HALL,)),
        checks=ordered("example-check-1", "example-check-2", "example-check-3"),
        valid_from="2026-01-20",
    )
    stage.say(grant, "nvidia", on="2026-01-20")


def _check(stage: Stage, by: str, party: str) -> None:
    data = PartyChecked(
        party=party,
        kind="list",
        list_name=SCREENED.title,
        list_sha256=SCREENED.reference().sha256,
        result="clear",
    )
    stage.say(data, by, on="2026-01-12", documents=(SCREENED,))


def report_claims(stage: Stage) -> None:
    """Record what was reported, as claims: they move nothing and expect no signature."""
    stage.at("2026-03-20")
    stage.party(AOLANI, document=DIGEST)
    ownership = OwnershipDeclared(owner="aolani-holding", owned=OPERATOR)
    _report(stage, ownership, on="2026-03")
    grant = CertificationGranted(
        certification="TIER1-REPORTED",
        party=OPERATOR,
        scheme="cloud partner programme",
        level="tier-1",
        scope=Scope(),
    )
    _report(stage, grant, on="../2026-03")
    plan = DeploymentPlanned(
        plan="MY-36000",
        stage="planned",
        country="MY",
        model=GPU,
        quantity=Amount(qualifier="about", value=36_000),
        racks=Amount(qualifier="about", value=500),
        owner=OPERATOR,
        operator=OPERATOR,
        supplier="aivres",
        for_party="bytedance",
        purpose="research and development",
    )
    _report(stage, plan, on="2026-03")
    considered = DeploymentPlanned(
        plan="ID-7000",
        stage="considered",
        country="ID",
        model=GPU,
        quantity=Amount(qualifier="more_than", value=7_000),
        for_party="bytedance",
    )
    _report(stage, considered, on="2026-03")
    lease = LeaseStarted(
        lease="H100-2025", lessee="bytedance", country="MY", pool=Pool(model="H100")
    )
    _report(stage, lease, on="2025-02")
    for claim in _claims():
        _report(stage, claim, on="2026-03")


def _report(stage: Stage, data: object, on: str) -> None:
    stage.say(data, REPORTER, on=on, basis="third_party_report", documents=(DIGEST,))  # type: ignore[arg-type]  # event data of several types


def _claims() -> tuple[ClaimReported, ...]:
    return tuple(
        ClaimReported(
            claim=name,
            speaker=speaker,
            subject=ordered(*subject),
            quotation=text,
            publisher="press digest (in our own words)",
            published_on="2026-03",
            retrieved_on="2026-03-20",
        )
        for name, speaker, subject, text in CLAIMS
    )
