"""From what somebody wants to say to an envelope that everybody named has signed."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ledger import canonical
from ledger.errors import Malformed, Refused
from ledger.events import EVENT_TYPES, encode_statement
from ledger.events.base import (
    DOCUMENT_BYTES_MAX,
    Annex,
    AnnexField,
    Basis,
    DocumentRef,
    EventData,
    Reference,
    Signatory,
    Statement,
    Target,
)
from ledger.signing.envelope import Envelope, Signature, seal, sign
from ledger.signing.signer import Signer, key_id

_NAME_OF = {row.data: row.name for row in EVENT_TYPES.values()}


_LARGE = 64 * 1024


@lru_cache(maxsize=2)
def _digested(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def document_digest(data: bytes) -> str:
    """Return SHA-256 in hex. One large document that hundreds of events name is read once."""
    return _digested(data) if len(data) > _LARGE else hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Document:
    """A document's bytes with what the signer says they are.

    Attributes:
        data: the bytes, at most 32 MiB.
        kind: what it shows, such as `packing_list`.
        title: name for people.
        media_type: such as `text/csv`.
    """

    data: bytes
    kind: str
    title: str
    media_type: str = "application/octet-stream"

    def reference(self) -> DocumentRef:
        """Return what a statement says of it.

        Raises:
            Malformed: TOO-LARGE.
        """
        if len(self.data) > DOCUMENT_BYTES_MAX:
            raise Malformed(
                "TOO-LARGE",
                f"the document has {len(self.data):,} bytes, more than {DOCUMENT_BYTES_MAX:,}",
                where=self.title,
            )
        return DocumentRef(
            sha256=document_digest(self.data),
            size=len(self.data),
            media_type=self.media_type,
            kind=self.kind,
            title=self.title,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a statement says beside its data.

    Attributes:
        occurred: when it happened (`ledger.occurred`).
        basis: on what ground the asserting party speaks.
        corrects: the event that it replaces.
        references: numbers on paper.
        documents: evidence.
        sealed: facts for the sealed annex.
        salt: 32 bytes for the annex, drawn from the system when None.
        id: UUIDv7, made from the ledger's clock when None.
    """

    occurred: str
    basis: Basis = "first_party"
    corrects: Target | None = None
    references: Sequence[Reference] = ()
    documents: Sequence[Document] = ()
    sealed: Mapping[str, str] | None = field(default=None, repr=False)
    salt: bytes | None = field(default=None, repr=False)
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """An envelope with the documents and annex that belong to it, by their bytes."""

    envelope: Envelope
    documents: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement before it is signed, with the bytes of its documents and annex."""

    statement: Statement
    documents: tuple[bytes, ...] = ()

    def sign(self, *signers: Signer) -> Submission:
        """Return the submission that all signatories have signed; see `sign_all`."""
        return Submission(sign_all(self.statement, signers), self.documents)


def type_name(data: EventData) -> str:
    """Return the stable name of the type that this data belongs to.

    Raises:
        Malformed: NOT-TYPED.
    """
    name = _NAME_OF.get(type(data))
    if name is None:
        raise Malformed("NOT-TYPED", f"{type(data).__name__} is no event type")
    return name


def make_annex(fields: Mapping[str, str], salt: bytes | None = None) -> bytes:
    """Return the canonical bytes of a sealed annex; a statement carries their SHA-256."""
    facts = canonical.ordered(
        *(AnnexField(name=name, value=value) for name, value in fields.items())
    )
    data = canonical.encode(Annex(salt=(salt or secrets.token_bytes(32)).hex(), fields=facts))
    return canonical.encode(
        canonical.decode(data, Annex, size_max=DOCUMENT_BYTES_MAX, what="annex")
    )


def sign_all(statement: Statement, signers: Sequence[Signer]) -> Envelope:
    """Return the envelope with the signature of every signatory, in their order.

    Raises:
        Refused: SIGNER-ABSENT when a signatory's key is not among the signers.
        Malformed: whatever `ledger.events.encode_statement` refuses.
    """
    envelope = add_signatures(encode_statement(statement), statement, signers, ())
    missing = unsigned(statement, envelope)
    if missing:
        names = ", ".join(f"{one.party} (key {one.key[:8]}…)" for one in missing)
        raise Refused(
            "SIGNER-ABSENT",
            f"the signature of {names} is missing",
            where="signatories",
            hint="write a draft with --draft FILE and let them sign it",
        )
    return envelope


def add_signatures(
    payload: bytes,
    statement: Statement,
    signers: Sequence[Signer],
    present: Sequence[Signature],
) -> Envelope:
    """Return the envelope with the signatures present and those that these signers can make."""
    by_key = {key_id(signer.public_key): signer for signer in signers}
    made = {one.keyid: one for one in present}
    for one in statement.signatories:
        if one.key not in made and one.key in by_key:
            made[one.key] = sign(payload, by_key[one.key])
    return seal(payload, [made[one.key] for one in statement.signatories if one.key in made])


def unsigned(statement: Statement, envelope: Envelope) -> tuple[Signatory, ...]:
    """Return the signatories whose signature an envelope does not carry yet."""
    signed = {one.keyid for one in envelope.signatures}
    return tuple(one for one in statement.signatories if one.key not in signed)
