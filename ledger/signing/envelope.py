"""DSSE v1 envelopes: who signed exactly which bytes.

The signed message is the pre-authentication encoding (PAE) of the DSSE protocol, so a signature
binds the payload's type too. https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta

from ledger import canonical
from ledger.canonical import Canonical, Sha256Hex
from ledger.errors import Malformed
from ledger.signing.signer import SIGNATURE_SIZE, Signer, key_id

PAYLOAD_TYPE: Final = "application/vnd.chipledger.statement+json"
ENVELOPE_BYTES_MAX = 65_000
_PAE_HEAD = b"DSSEv1 %d %s " % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode())

Base64 = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]*={0,2}\Z")]


class Signature(Canonical, frozen=True, kw_only=True):
    """One signature: SHA-256 of the raw public key in hex, and 64 bytes in base64."""

    keyid: Sha256Hex
    # The last digit carries two bits: the other four are zero in the one spelling of 64 bytes.
    sig: Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{85}[AQgw]==\Z", max_length=88)]

    def raw(self) -> bytes:
        """Return the 64 bytes.

        Raises:
            Malformed: BASE64 for other than the one standard spelling, in one made by hand.
        """
        return decode_base64(self.sig, "signature")


class Envelope(Canonical, frozen=True, kw_only=True):
    """A payload with its signatures, in the order and number of the statement's signatories."""

    ordered_fields: ClassVar[tuple[str, ...]] = ("signatures",)

    payload: Base64
    payloadType: Literal["application/vnd.chipledger.statement+json"] = PAYLOAD_TYPE  # noqa: N815  DSSE's spelling
    signatures: Annotated[tuple[Signature, ...], Meta(max_length=8)] = ()

    def statement_bytes(self) -> bytes:
        """Return the payload's bytes.

        Raises:
            Malformed: BASE64.
        """
        return decode_base64(self.payload, "payload")

    def opened(self) -> "OpenEnvelope":
        """Return it with its base64 read.

        Raises:
            Malformed: BASE64.
        """
        signatures = tuple(OpenSignature(keyid=one.keyid, sig=one.raw()) for one in self.signatures)
        return OpenEnvelope(payload=self.statement_bytes(), signatures=signatures)


class OpenSignature(Canonical, frozen=True, kw_only=True):
    """A `Signature` whose base64 is read with it."""

    keyid: Sha256Hex
    sig: Annotated[bytes, Meta(min_length=SIGNATURE_SIZE, max_length=SIGNATURE_SIZE)]


class OpenEnvelope(Canonical, frozen=True, kw_only=True):
    """An `Envelope` whose base64 is read with it: the same value, spelled by the same bytes."""

    ordered_fields: ClassVar[tuple[str, ...]] = ("signatures",)

    payload: bytes
    payloadType: Literal["application/vnd.chipledger.statement+json"] = PAYLOAD_TYPE  # noqa: N815  as above
    signatures: Annotated[tuple[OpenSignature, ...], Meta(max_length=8)] = ()


def pae(payload: bytes) -> bytes:
    """Return the bytes that are signed: `DSSEv1 LEN TYPE LEN PAYLOAD` with lengths in bytes."""
    return b"%s%d %s" % (_PAE_HEAD, len(payload), payload)


def pae_of(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed for a payload of another type than a statement's."""
    return b"DSSEv1 %d %s %d %s" % (len(payload_type), payload_type.encode(), len(payload), payload)


def seal(payload: bytes, signatures: Sequence[Signature] = ()) -> Envelope:
    """Return the envelope of a payload with the signatures made so far."""
    return Envelope(payload=base64.b64encode(payload).decode(), signatures=tuple(signatures))


def sign(payload: bytes, signer: Signer) -> Signature:
    """Return a signer's signature of a payload."""
    raw = signer.sign(pae(payload))
    return Signature(keyid=key_id(signer.public_key), sig=base64.b64encode(raw).decode())


def decode_envelope(data: bytes) -> Envelope:
    """Return the envelope that these bytes are the one spelling of.

    Raises:
        Malformed: TOO-LARGE, NOT-TYPED, NOT-CANONICAL or BASE64.
    """
    envelope = canonical.decode(data, Envelope, size_max=ENVELOPE_BYTES_MAX, what="envelope")
    envelope.statement_bytes()
    return envelope


def open_envelope(data: bytes) -> OpenEnvelope:
    """Return an envelope with its base64 read; otherwise as `decode_envelope`."""
    try:
        return canonical.decode(data, OpenEnvelope, size_max=ENVELOPE_BYTES_MAX, what="envelope")
    except Malformed:
        return decode_envelope(data).opened()  # which tells what is wrong


def decode_base64(text: str, what: str) -> bytes:
    """Return the bytes of standard, padded base64 in its one spelling (RFC 4648 section 4).

    Raises:
        Malformed: BASE64.
    """
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error too
        raw = None
    if raw is None or binascii.b2a_base64(raw, newline=False).decode() != text:
        raise Malformed("BASE64", f"the {what} is not standard padded base64", where=what)
    return raw
