"""The one table of event types: read this first.

Each row says what a type carries, who may assert it on its own word, whose signature is expected
beside, which identifier it opens, and whether it is a control entry. `ledger.rights` decides by
it, `ledger.entry` tags by it, `docs/reference/events.md` prints it.
"""

from ledger import canonical
from ledger.errors import Malformed, Unavailable
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
from ledger.events import ledger as ledger_noun
from ledger.events.base import EventData, Statement
from ledger.events.event_type import ANY_PARTY, OPERATOR, TRADE_ROLES, EventType
from ledger.events.wire import StatementDecoder

_REGISTRAR = frozenset({"registrar"})


def _control(name: str, noun: str, data: type[EventData], **more: object) -> EventType:
    """Return a row of the nouns ledger and party that changes authority: the registrar's own."""
    settings = {"roles": _REGISTRAR, "control": True, "first_party_only": True, "fixed": True}
    return _row(name, noun, data, **(settings | more))


def _row(name: str, noun: str, data: type[EventData], **more: object) -> EventType:
    summary = (data.__doc__ or "").strip().split("\n")[0]
    return EventType(name, noun, data, summary, **more)  # type: ignore[arg-type]  # rows below


def _roles(*roles: str) -> frozenset[str]:
    return frozenset(roles)


_ROWS = (
    _control("LedgerOpened.v1", "ledger", ledger_noun.LedgerOpened),
    _control("LedgerKeyRotated.v1", "ledger", ledger_noun.LedgerKeyRotated),
    _control("RightsAdopted.v1", "ledger", ledger_noun.RightsAdopted),
    _row(
        "CheckpointAnchored.v1", "ledger", ledger_noun.CheckpointAnchored,
        roles=_roles(OPERATOR), fixed=True,
    ),
    _control(
        "PartyRegistered.v1", "party", party.PartyRegistered, opens=("party", "party"), updates=True
    ),
    _control("RoleGranted.v1", "party", party.RoleGranted, needed=("acts_for.principal",)),
    _control("RoleWithdrawn.v1", "party", party.RoleWithdrawn),
    _control("KeyEnrolled.v1", "party", party.KeyEnrolled, needed=("party",)),
    _control("KeyRevoked.v1", "party", party.KeyRevoked, roles=ANY_PARTY),
    _row(
        "HeadquartersDeclared.v1", "party", party.HeadquartersDeclared, roles=ANY_PARTY, fixed=True
    ),
    _row("OwnershipDeclared.v1", "party", party.OwnershipDeclared, roles=ANY_PARTY, fixed=True),
    _row(
        "PartyChecked.v1", "party", party.PartyChecked,
        roles=TRADE_ROLES | {"auditor"}, fixed=True,
    ),
    _row(
        "ModelClassified.v1", "product", product.ModelClassified,
        acting="classifier", roles=_roles("maker", "exporter"), opens=("model", "model"),
    ),
    _row(
        "BatchCommissioned.v1", "product", product.BatchCommissioned,
        acting="maker", roles=_roles("maker"), opens=("batch", "batch"),
    ),
    _row(
        "StockOpened.v1", "product", product.StockOpened,
        acting="holder", roles=TRADE_ROLES, relational=("holder",), opens=("stock", "stock"),
    ),
    _row(
        "UnitsStateChanged.v1", "product", product.UnitsStateChanged,
        acting="holder", roles=TRADE_ROLES, relational=("holder",), opens=("change", "change"),
    ),
    _row(
        "SiteRegistered.v1", "site", site.SiteRegistered, acting="registrant",
        roles=_roles("registrar", "operator"), opens=("site", "site"), updates=True,
    ),
    _row(
        "SiteCapacityAttested.v1", "site", site.SiteCapacityAttested,
        acting="operator", roles=_roles("operator"),
    ),
    _row(
        "AuthorizationRecorded.v1", "authorization", authorization.AuthorizationRecorded,
        acting="declarant", roles=_roles("exporter", "authority"),
        opens=("authorization", "authorization"),
    ),
    _row(
        "AuthorizationChanged.v1", "authorization", authorization.AuthorizationChanged,
        acting="declarant", roles=_roles("exporter", "authority"),
    ),
    _row(
        "ExportFiled.v1", "authorization", authorization.ExportFiled,
        acting="filer", roles=TRADE_ROLES, relational=("filer",), opens=("filing", "filing"),
    ),
    _row(
        "EndUseStated.v1", "authorization", authorization.EndUseStated,
        acting="end_user", roles=TRADE_ROLES, relational=("end user",),
    ),
    _row(
        "RackAssembled.v1", "rack", rack.RackAssembled,
        acting="integrator", roles=_roles("integrator"), opens=("assembly", "assembly"),
    ),
    _row(
        "RackDisassembled.v1", "rack", rack.RackDisassembled,
        acting="holder", roles=TRADE_ROLES, relational=("holder",),
        opens=("disassembly", "disassembly"),
    ),
    _row(
        "RackPlaced.v1", "rack", rack.RackPlaced,
        acting="holder", roles=TRADE_ROLES, relational=("holder",),
        opens=("placement", "placement"),
    ),
    _row(
        "ComponentReplaced.v1", "rack", rack.ComponentReplaced,
        acting="holder", roles=TRADE_ROLES, relational=("holder",), expected=("maker",),
        opens=("replacement", "replacement"),
    ),
    _row(
        "ShipmentDispatched.v1", "shipment", shipment.ShipmentDispatched,
        acting="consignor", roles=TRADE_ROLES, relational=("consignor",), expected=("carrier",),
        opens=("shipment", "shipment"),
    ),
    _row(
        "ShipmentLegReported.v1", "shipment", shipment.ShipmentLegReported,
        acting="carrier", roles=TRADE_ROLES, relational=("carrier",), opens=("leg", "leg"),
    ),
    _row(
        "ShipmentReceived.v1", "shipment", shipment.ShipmentReceived,
        acting="receiver", roles=TRADE_ROLES, relational=("receiver",),
        opens=("receipt", "receipt"),
    ),
    _row(
        "TitleTransferred.v1", "title", title.TitleTransferred,
        acting="seller", roles=TRADE_ROLES, relational=("seller",), expected=("buyer",),
        opens=("title", "title"),
    ),
    _row(
        "CertificationGranted.v1", "certification", certification.CertificationGranted,
        acting="certifier", roles=_roles("certifier"), opens=("certification", "certification"),
    ),
    _row(
        "CertificationChanged.v1", "certification", certification.CertificationChanged,
        acting="certifier", roles=_roles("certifier"),
    ),
    _row(
        "LeaseStarted.v1", "lease", lease.LeaseStarted,
        acting="lessor", roles=TRADE_ROLES, relational=("lessor",), expected=("lessee",),
        opens=("lease", "lease"),
    ),
    _row(
        "LeaseChanged.v1", "lease", lease.LeaseChanged,
        acting="lessor", roles=TRADE_ROLES, relational=("lessor",), expected=("lessee",),
        opens=("lease_change", "change"),
    ),
    _row(
        "LeaseEnded.v1", "lease", lease.LeaseEnded, acting="reporter",
        roles=TRADE_ROLES, relational=("lessor", "lessee"), opens=("lease_end", "lease"),
    ),
    _row(
        "UsageReported.v1", "lease", lease.UsageReported, acting="reporter",
        roles=TRADE_ROLES, relational=("lessor", "lessee"),
    ),
    _row(
        "DeploymentPlanned.v1", "plan", plan.DeploymentPlanned, acting="planner",
        roles=_roles("operator", "owner", "reporter"), opens=("plan", "plan"),
    ),
    _row(
        "DeploymentChanged.v1", "plan", plan.DeploymentChanged, acting="planner",
        roles=_roles("operator", "owner", "reporter"),
    ),
    _row(
        "DeploymentFulfilled.v1", "plan", plan.DeploymentFulfilled, acting="operator",
        roles=TRADE_ROLES, relational=("operator", "holder", "owner"),
    ),
    _row(
        "ClaimReported.v1", "claim", claim.ClaimReported,
        roles=TRADE_ROLES | {"reporter", "auditor"}, opens=("claim", "claim"),
    ),
    _row(
        "InspectionAnnounced.v1", "assurance", assurance.InspectionAnnounced,
        roles=_roles("auditor", "authority"),
    ),
    _row(
        "SamplePlanCommitted.v1", "assurance", assurance.SamplePlanCommitted,
        roles=_roles("auditor", "authority"), opens=("sample", "sample"),
    ),
    _row(
        "InspectionPerformed.v1", "assurance", assurance.InspectionPerformed,
        roles=_roles("auditor", "authority"), expected=("host",),
        opens=("inspection", "inspection"),
    ),
    _row(
        "IncidentReported.v1", "assurance", assurance.IncidentReported,
        roles=ANY_PARTY, opens=("incident", "incident"),
    ),
    _row("FindingAnswered.v1", "assurance", assurance.FindingAnswered, roles=ANY_PARTY),
    _row(
        "LegalHoldPlaced.v1", "assurance", assurance.LegalHoldPlaced,
        roles=_roles("authority", "auditor", OPERATOR), opens=("hold", "hold"),
    ),
    _row(
        "LegalHoldReleased.v1", "assurance", assurance.LegalHoldReleased,
        roles=_roles("authority", "auditor", OPERATOR),
    ),
    _row("DocumentAttached.v1", "document", document.DocumentAttached, roles=ANY_PARTY),
    _row(
        "DocumentDisposed.v1", "document", document.DocumentDisposed, roles=_roles(OPERATOR),
    ),
    _row(
        "EventVoided.v1", "correction", correction.EventVoided,
        roles=ANY_PARTY, control=True, fixed=True,
    ),
    _row(
        "Countersigned.v1", "correction", correction.Countersigned, roles=ANY_PARTY, fixed=True
    ),
)  # fmt: skip

EVENT_TYPES: dict[str, EventType] = {row.name: row for row in _ROWS}
"""Stable name to row, in the order of the vocabulary."""


def event_type(name: str) -> EventType:
    """Return the row of a type.

    Raises:
        Unavailable: TYPE-UNKNOWN; a later version may know it, so it gives UNDECIDED, never PASS.
    """
    row = EVENT_TYPES.get(name)
    if row is None:
        raise Unavailable(
            "TYPE-UNKNOWN",
            f"{name[:60]!r} is no event type that this version knows",
            hint="`chipledger events` lists them; a newer chipledger may know it",
        )
    return row


def decode_statement(payload: bytes) -> Statement:
    """Return the statement that these bytes are the one spelling of.

    Raises:
        Malformed: TOO-LARGE, TOO-DEEP, NOT-TYPED, NOT-CANONICAL, LIST-NOT-A-SET, SIGNATORIES,
            IDEMPOTENCY-TWICE, ANCHOR-EMPTY or OCCURRED-DATE.
        Unavailable: TYPE-UNKNOWN.
    """
    return _DECODER.decode(payload)


_DECODER = StatementDecoder(event_type)


def encode_statement(statement: Statement) -> bytes:
    """Return the canonical bytes of a statement, after the checks that a reader will make.

    Raises:
        Malformed: whatever `decode_statement` refuses; NOT-TYPED for data of another type.
        Unavailable: TYPE-UNKNOWN.
    """
    row = event_type(statement.type)
    if type(statement.data) is not row.data:
        raise Malformed(
            "NOT-TYPED", f"{statement.type} carries {row.data.__name__}", where="statement"
        )
    payload = canonical.encode(statement)
    decode_statement(payload)
    return payload
