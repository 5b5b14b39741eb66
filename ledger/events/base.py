"""The statement, and the words that all events share.

A field's type says which kind of thing it names (`SiteId`, `RackId` …). The tags of an entry are
read off these types, so a new event type is tagged without a line of code.
"""

import re
import secrets
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from ledger import canonical
from ledger.canonical import Canonical, Sha256Hex
from ledger.occurred import Occurred

IDENTIFIER_PATTERN = r"^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z"
CODE_PATTERN = r"^[!-~]([ -~]*[!-~])?\Z"
CODE_LENGTH_MAX = 64
UUID7_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z"
ORIGIN_PATTERN = r"^(?=.{1,120}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(/[A-Za-z0-9._-]+)*\Z"  # noqa: E501  one pattern, one line
STATEMENT_BYTES_MAX = 40_000
DOCUMENT_BYTES_MAX = 32 * 1024 * 1024
SIGNATORIES_MAX = 8


def _id(kind: str) -> Any:
    return Meta(pattern=IDENTIFIER_PATTERN, max_length=64, extra={"kind": kind})


PartyId = Annotated[str, _id("party")]
SiteId = Annotated[str, _id("site")]
ModelId = Annotated[str, _id("model")]
BatchId = Annotated[str, _id("batch")]
RackId = Annotated[str, _id("rack")]
StockId = Annotated[str, _id("stock")]
ChangeId = Annotated[str, _id("change")]
AssemblyId = Annotated[str, _id("assembly")]
DisassemblyId = Annotated[str, _id("disassembly")]
PlacementId = Annotated[str, _id("placement")]
ReplacementId = Annotated[str, _id("replacement")]
ShipmentId = Annotated[str, _id("shipment")]
LegId = Annotated[str, _id("leg")]
ReceiptId = Annotated[str, _id("receipt")]
TitleId = Annotated[str, _id("title")]
CertificationId = Annotated[str, _id("certification")]
AuthorizationId = Annotated[str, _id("authorization")]
FilingId = Annotated[str, _id("filing")]
LeaseId = Annotated[str, _id("lease")]
LeaseChangeId = Annotated[str, _id("lease_change")]
PlanId = Annotated[str, _id("plan")]
ClaimId = Annotated[str, _id("claim")]
SamplePlanId = Annotated[str, _id("sample")]
InspectionId = Annotated[str, _id("inspection")]
IncidentId = Annotated[str, _id("incident")]
HoldId = Annotated[str, _id("hold")]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z", extra={"kind": "country"})]
"""ISO 3166-1 alpha-2."""

Origin = Annotated[str, Meta(pattern=ORIGIN_PATTERN, max_length=120)]
Uuid7 = Annotated[str, Meta(pattern=UUID7_PATTERN, max_length=36)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Code = Annotated[str, Meta(min_length=1, max_length=CODE_LENGTH_MAX, pattern=CODE_PATTERN)]
"""Printable ASCII without space at either end: serials, seals, licence numbers, ECCN."""
Count = Annotated[int, Meta(ge=0, le=canonical.INTEGER_MAX)]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000_000)]
"""Whole GPUs unless the field says otherwise."""
# The last digit carries four bits: the other two are zero in the one spelling of 32 bytes.
Base64Key = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\Z", max_length=44)]
State = Literal[
    "stock",
    "installed",
    "operational",
    "quarantined",
    "decommissioned",
    "destroyed",
    "lost",
    "stolen",
]
Qualifier = Literal["exact", "about", "at_least", "more_than", "unknown"]
Basis = Literal["first_party", "authority", "counterparty", "third_party_report"]


class Line(Canonical, frozen=True, kw_only=True):
    """Units that move: `quantity` GPUs of one batch, in each of `racks` where racks are named.

    Attributes:
        model: the chip model of the units.
        batch: the batch they were commissioned in.
        quantity: GPUs; for each rack where `racks` is not empty.
        racks: the racks that hold them, or none for loose units.
        state: the custody state that they are in before the event.
    """

    model: ModelId
    batch: BatchId
    quantity: Quantity
    racks: tuple[RackId, ...] = ()
    state: State = "stock"

    @property
    def total(self) -> int:
        """GPUs in all of the line."""
        return self.quantity * max(1, len(self.racks))


class Signatory(Canonical, frozen=True, kw_only=True):
    """One who signs exactly these bytes: a party and the SHA-256 of its raw public key."""

    party: PartyId
    key: Sha256Hex


class Target(Canonical, frozen=True, kw_only=True):
    """An earlier event, named by id and by the SHA-256 of its statement's bytes."""

    id: Uuid7
    payload_sha256: Sha256Hex


IDEMPOTENCY = "idempotency"
"""Type of the reference by which a party names an event before it is recorded, at most one."""


class Reference(Canonical, frozen=True, kw_only=True):
    """A number on paper, by its type: `bol`, `awb`, `inv`, `po`, `itn`, `licence`, `permit` …."""

    type: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}\Z")]
    value: Code


class DocumentRef(Canonical, frozen=True, kw_only=True):
    """A document by its bytes: SHA-256, size in bytes, and what the signer says it is."""

    sha256: Sha256Hex
    size: Annotated[int, Meta(ge=0, le=DOCUMENT_BYTES_MAX)]
    media_type: Annotated[str, Meta(pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+\Z", max_length=100)]
    kind: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}\Z")]
    title: Name


class Seen(Canonical, frozen=True, kw_only=True):
    """The last checkpoint that the signer verified: tree size and root hash."""

    size: Count
    root: Sha256Hex


class PublicKey(Canonical, frozen=True, kw_only=True):
    """A public key as it is enrolled.

    Attributes:
        algorithm: `ed25519`.
        key: the 32 raw bytes in base64.
        holder: the post or device that keeps it; no person's name.
    """

    algorithm: Literal["ed25519"]
    key: Base64Key
    holder: Name


class Amount(Canonical, frozen=True, kw_only=True):
    """A reported quantity with what is known of it; `value` is null where it is unknown."""

    qualifier: Qualifier
    value: Quantity | None = None


class AnnexField(Canonical, frozen=True, kw_only=True):
    """One sealed fact: the name of the field, and its value as text."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}\Z")]
    value: Text


class Annex(Canonical, frozen=True, kw_only=True):
    """What not every reader may see: money, terms, narrative. Its SHA-256 is in the statement.

    Attributes:
        salt: 32 random bytes in hex, so that the digest tells nothing about the fields.
        fields: the facts.
    """

    salt: Sha256Hex
    fields: tuple[AnnexField, ...]


class EventData(Canonical, frozen=True, kw_only=True):
    """Base of what each event type says."""


class _Head(Canonical, frozen=True, kw_only=True):
    """The fields of a statement beside `data`, in no order: canonical bytes sort them."""

    ordered_fields: ClassVar[tuple[str, ...]] = ("signatories",)

    ledger: Origin
    id: Uuid7
    type: Annotated[str, Meta(pattern=r"^[A-Z][A-Za-z]{1,40}\.v[1-9][0-9]{0,2}\Z")]
    occurred: Occurred
    asserted_by: PartyId
    basis: Basis
    signatories: Annotated[tuple[Signatory, ...], Meta(min_length=1, max_length=SIGNATORIES_MAX)]
    corrects: Target | None = None
    references: tuple[Reference, ...] = ()
    documents: tuple[DocumentRef, ...] = ()
    annex: Sha256Hex | None = None
    seen: Seen | None = None


class WireStatement(_Head, frozen=True, kw_only=True):
    """A statement whose `data` is not decoded yet."""

    data: msgspec.Raw


class Statement(_Head, frozen=True, kw_only=True):
    """What one party says happened, and who signs it. Immutable; its bytes are `canonical.encode`.

    Attributes:
        ledger: origin of the one ledger that it is for.
        id: UUIDv7.
        type: stable name, such as `ShipmentDispatched.v1`.
        occurred: when, with its own precision (`ledger.occurred`).
        asserted_by: the party whose word it is; the first signatory.
        basis: on what ground it speaks.
        signatories: exactly those who sign these bytes; `asserted_by` first, the rest sorted by
            party, then key.
        corrects: the event that this one replaces, or None.
        references: numbers on paper.
        documents: evidence, by digest.
        annex: SHA-256 of the sealed annex, or None.
        seen: the last checkpoint that the signer verified; None only in entry 0, or where the
            signer verified none.
        data: what the type carries.
    """

    data: Any


def new_id(moment: datetime, random: bytes | None = None) -> str:
    """Return a UUIDv7 (RFC 9562 section 5.7) for this moment.

    Args:
        moment: the millisecond that the id carries; it proves nothing.
        random: 10 bytes, of which 74 bits are used; drawn from the system when None.
    """
    millis = int(moment.timestamp() * 1000) & (2**48 - 1)
    bits = int.from_bytes(random or secrets.token_bytes(10), "big")
    value = millis << 80 | 0x7 << 76 | (bits >> 62 & 0xFFF) << 64 | 0x2 << 62 | bits & (2**62 - 1)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def signatories(asserted_by: Signatory, *others: Signatory) -> tuple[Signatory, ...]:
    """Return the signatories in their one order: `asserted_by` first, the rest by party and key."""
    return (asserted_by, *sorted(others, key=lambda one: (one.party, one.key)))


def check_identifier(text: str) -> str:
    """Return the text if it can name a party, site, rack or shipment.

    Raises:
        Malformed: IDENTIFIER.
    """
    return _check_identifier(text)


def is_identifier(text: str) -> bool:
    """Return whether the text can name a party, site, rack or shipment."""
    return _IDENTIFIER.match(text) is not None


def is_code(text: str) -> bool:
    """Return whether the text is 1 to 64 printable ASCII characters, none of its ends a space."""
    return len(text) <= CODE_LENGTH_MAX and _CODE.match(text) is not None


_IDENTIFIER, _CODE = re.compile(IDENTIFIER_PATTERN), re.compile(CODE_PATTERN)
_check_identifier = canonical.pattern_check(
    IDENTIFIER_PATTERN, "IDENTIFIER", "an identifier: letters, digits, - _ . and at most 64"
)
