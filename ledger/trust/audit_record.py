"""Audit records: what an auditor found once, signed by the auditor's own key, to go on from later.

A DSSE envelope of canonical JSON, as statements have it, under a payload type of its own. It is
worth what its signer's care is worth: who goes on from it trusts whoever signed it.
"""

import base64
from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta

from ledger import canonical
from ledger.canonical import Canonical, Sha256Hex
from ledger.errors import Malformed, Refused
from ledger.events.base import Count
from ledger.signing.ed25519 import verify_many
from ledger.signing.envelope import Signature, decode_base64, pae_of
from ledger.signing.signer import Signer, key_id

FORMAT: Final = "chipledger-audit-record-v1"
RECORD_TYPE: Final = "application/vnd.chipledger.audit-record+json"
RECORD_BYTES_MAX = 16_384

Text = Annotated[str, Meta(min_length=1, max_length=300)]


class AuditRecord(Canonical, frozen=True, kw_only=True):
    """What was found: only a PASS over a whole log is recorded.

    Attributes:
        authority: SHA-256 over keys and roles as folded from the control chain.
        fingerprint: the ledger's, SHA-256 in hex.
        format: name of this form.
        ids: SHA-256 over ids, identifiers, idempotency keys and what replaces what.
        origin: the ledger's name.
        rights: SHA-256 of the rights table that the audit judged by.
        root: root hash over the entries audited, in hex.
        scope: always `full`.
        signatures: how many were verified, by this audit and those it went on from.
        size: entries audited.
        trust: SHA-256 over what the auditor brought.
        verdict: always PASS.
        verifier: software and version.
    """

    authority: Sha256Hex
    fingerprint: Sha256Hex
    format: Literal["chipledger-audit-record-v1"] = FORMAT
    ids: Sha256Hex
    origin: Text
    rights: Sha256Hex
    root: Sha256Hex
    scope: Literal["full"] = "full"
    signatures: Count
    size: Count
    trust: Sha256Hex
    verdict: Literal["PASS"] = "PASS"
    verifier: Text


class _RecordEnvelope(Canonical, frozen=True, kw_only=True):
    """The record with its one signature (DSSE v1)."""

    ordered_fields: ClassVar[tuple[str, ...]] = ("signatures",)

    payload: Annotated[str, Meta(max_length=RECORD_BYTES_MAX)]
    payloadType: Literal["application/vnd.chipledger.audit-record+json"] = RECORD_TYPE  # noqa: N815  DSSE's spelling
    signatures: Annotated[tuple[Signature, ...], Meta(min_length=1, max_length=1)]


def sign_record(record: AuditRecord, signer: Signer) -> bytes:
    """Return a record in its envelope, with a line feed."""
    payload = canonical.encode(record)
    raw = signer.sign(pae_of(RECORD_TYPE, payload))
    signature = Signature(keyid=key_id(signer.public_key), sig=base64.b64encode(raw).decode())
    text = base64.b64encode(payload).decode()
    return canonical.encode(_RecordEnvelope(payload=text, signatures=(signature,))) + b"\n"


def open_record(data: bytes, public_key: bytes) -> AuditRecord:
    """Return the record if this key signed it.

    Args:
        data: the file's bytes.
        public_key: the auditor's, known beforehand, 32 bytes.

    Raises:
        Malformed: RECORD-FORM.
        Refused: RECORD-SIGNATURE for another key's, or a signature that does not verify.
    """
    try:
        size_max = 2 * RECORD_BYTES_MAX
        envelope = canonical.decode(
            data.removesuffix(b"\n"), _RecordEnvelope, size_max=size_max, what="audit record"
        )
        payload = decode_base64(envelope.payload, "payload")
        record = canonical.decode(
            payload, AuditRecord, size_max=RECORD_BYTES_MAX, what="audit record"
        )
    except Malformed as error:
        raise Malformed(
            "RECORD-FORM",
            f"it is no audit record: {error.message}",
            hint="`chipledger verify --record FILE` writes one",
        ) from error
    [signature] = envelope.signatures
    signed = (public_key, pae_of(RECORD_TYPE, payload), signature.raw())
    if signature.keyid != key_id(public_key) or not all(verify_many([signed])):
        raise Refused(
            "RECORD-SIGNATURE",
            "the audit record is not signed by that key",
            hint="name the public key of whoever made the audit that you go on from",
        )
    return record
