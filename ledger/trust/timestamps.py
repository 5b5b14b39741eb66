"""Time stamps: an authority's word that a checkpoint's text was there (RFC 3161).

A token is taken over the note's text, with its final line feed and without signature lines, and
kept as bytes. Its signature is checked with `rfc3161-client`, an extra: where that is not
installed, nothing is said of any token. The moment of a check does not matter: certificates must
have been valid at the time that the token tells.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.errors import LedgerError, Malformed, Refused, Unavailable

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

ROOTS_BYTES_MAX = 1024 * 1024
TOKEN_BYTES_MAX = 1024 * 1024

_SEQUENCE, _OID, _CONTEXT_0 = 0x30, 0x06, 0xA0
_CONSTRUCTED, _LONG = 0x20, 0x80
_MICRO = 1_000_000
_GRANTED = bytes.fromhex("3003020100")  # PKIStatusInfo: granted
_HASHES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_WRONG = ("signature failure", "digest failure")
"""What OpenSSL says where the chain of certificates holds, and the signature does not."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a token says that was checked.

    Attributes:
        earliest: the first second, since 1970, at which it may have been made.
        latest: the last one.
        authority: who made it, as its certificate names it.
    """

    earliest: int
    latest: int
    authority: str


def parse_roots(data: bytes) -> tuple[bytes, ...]:
    """Return the certificates (DER) of a PEM file.

    Raises:
        Malformed: TSA-ROOT when there is none, one is malformed, or the file is beyond a megabyte.
    """
    from cryptography import x509  # noqa: PLC0415  most audits need none
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415  as above

    try:
        found = x509.load_pem_x509_certificates(data if len(data) <= ROOTS_BYTES_MAX else b"")
        return tuple(one.public_bytes(Encoding.DER) for one in found)
    except ValueError as error:
        raise Malformed(
            "TSA-ROOT",
            f"the file holds no certificate: {error}",
            hint="give the authority's root as a PEM file, got from the authority itself",
        ) from error


def token_in(data: bytes) -> bytes | None:
    """Return the token (ContentInfo) in a TimeStampResp, or the bytes themselves if they are one.

    Of neither form, None. Nothing is checked.
    """
    parts = _members(data)
    if not parts:
        return None
    if parts[0][0] == _OID:
        return data if data[0] == _SEQUENCE else None
    inner = _members(parts[1]) if len(parts) == 2 else []  # noqa: PLR2004  status and token
    whole = parts[0][0] == _SEQUENCE and inner and inner[0][0] == _OID
    return parts[1] if whole and parts[1][0] == _SEQUENCE else None


def covers(token: bytes, text: str) -> bool:
    """Say whether a token may be over a text: its digest stands in it; nothing is checked."""
    return any(hashlib.new(name, text.encode()).digest() in token for name in _HASHES.values())


def check_token(token: bytes, text: str, roots: Iterable[bytes]) -> Stamp:
    """Return what a token says of a text, if an authority under one of the roots signed it.

    Raises:
        Refused: TIMESTAMP-DIFFERS when it is over another text, TIMESTAMP-SIGNATURE when its
            signature is wrong, TIMESTAMP-AUTHORITY when its certificate leads to none of the roots
            or is none for time stamps.
        Malformed: TIMESTAMP-FORM.
        Unavailable: TIMESTAMP-UNCHECKED where `rfc3161-client` is not installed.
    """
    response = open_token(token, text)
    _check_signature(response, text.encode(), roots)
    with _reading():
        return _stamp(response)


def open_token(token: bytes, text: str) -> "TimeStampResponse":
    """Return a token as the library reads it, if it is over a text; nobody's word is checked.

    Raises:
        Refused: TIMESTAMP-DIFFERS when it is over another text.
        Malformed: TIMESTAMP-FORM.
        Unavailable: TIMESTAMP-UNCHECKED where `rfc3161-client` is not installed.
    """
    with _reading():
        response = _decode(token)
        imprint = response.tst_info.message_imprint
        hashed, digest = _HASHES.get(imprint.hash_algorithm.dotted_string), imprint.message
    if hashed is None or hashlib.new(hashed, text.encode()).digest() != digest:
        raise Refused(
            "TIMESTAMP-DIFFERS",
            "the time stamp is not over this checkpoint's text",
            hint="it is taken over the note's three lines, with their final line feed",
        )
    return response


def request(text: str, *, nonce: bool) -> tuple[bytes, int | None]:
    """Return a time-stamp request over a checkpoint's text, and its nonce.

    Raises:
        Unavailable: TIMESTAMP-UNCHECKED.
    """
    client = _client()
    asked = (
        client.TimestampRequestBuilder()
        .data(text.encode())
        .hash_algorithm(client.HashAlgorithm.SHA256)
        .nonce(nonce=nonce)
        .cert_request(cert_request=True)
        .build()
    )
    return asked.as_bytes(), asked.nonce


def nonce_of(response: "TimeStampResponse") -> int | None:
    """Return the nonce that a token repeats, or None.

    Raises:
        Malformed: TIMESTAMP-FORM.
    """
    with _reading():
        nonce: int | None = response.tst_info.nonce
        return nonce


def _client() -> Any:
    try:
        import rfc3161_client  # noqa: PLC0415  an extra, needed by few
    except ImportError as error:
        raise Unavailable(
            "TIMESTAMP-UNCHECKED",
            "time stamps cannot be read here: rfc3161-client is not installed",
            hint="install the extra: chipledger[timestamp]",
        ) from error
    return rfc3161_client


def _decode(token: bytes) -> "TimeStampResponse":
    response: TimeStampResponse = _client().decode_timestamp_response(
        _element(_SEQUENCE, _GRANTED + _with_sorted_certificates(token))
    )
    return response


def _check_signature(response: "TimeStampResponse", message: bytes, roots: Iterable[bytes]) -> None:
    from cryptography import x509  # noqa: PLC0415  most audits need none

    client = _client()
    known = [x509.load_der_x509_certificate(one) for one in roots]
    try:
        with _reading(client.VerificationError):
            client.VerifierBuilder(roots=known).build().verify_message(response, message)
    except client.VerificationError as error:
        if any(word in str(error) for word in _WRONG):
            raise Refused(
                "TIMESTAMP-SIGNATURE", "the signature of the time stamp does not verify"
            ) from error
        raise Refused(
            "TIMESTAMP-AUTHORITY",
            "the time stamp is of no authority under the roots that were given",
            hint="give the authority's root with --tsa-root, if you trust it",
        ) from error


def _stamp(response: "TimeStampResponse") -> Stamp:
    from cryptography import x509  # noqa: PLC0415  most audits need none

    info, signed = response.tst_info, response.signed_data
    [signer] = signed.signer_infos
    certificates = map(x509.load_der_x509_certificate, signed.certificates)
    subject = next(
        one.subject
        for one in certificates
        if (one.issuer, one.serial_number) == (signer.issuer, signer.serial_number)
    )
    whole = info.gen_time.replace(microsecond=0)
    moment = int(whole.timestamp()) * _MICRO + info.gen_time.microsecond
    return Stamp(
        earliest=(moment - _off(info.accuracy)) // _MICRO,
        latest=-(-(moment + _off(info.accuracy)) // _MICRO),
        authority=subject.rfc4514_string(),
    )


def _off(accuracy: Any) -> int:
    """Return how many microseconds a token may be off (RFC 3161 section 2.4.2, accuracy)."""
    if accuracy is None:
        return 0
    milli = (accuracy.seconds or 0) * 1_000 + (accuracy.millis or 0)
    return milli * 1_000 + (accuracy.micros or 0)


@contextmanager
def _reading(*passing: type[Exception]) -> Iterator[None]:
    """Turn whatever the library makes of bytes that are no token into one error.

    Its parser is written in Rust and may panic, which is no `Exception` in Python.
    """
    try:
        yield
    except BaseException as error:
        if isinstance(error, (LedgerError, KeyboardInterrupt, SystemExit, MemoryError, *passing)):
            raise
        raise Malformed(
            "TIMESTAMP-FORM",
            f"the time stamp cannot be read: {str(error)[:120]}",
            hint="keep the token as the authority gave it",
        ) from error


def _with_sorted_certificates(token: bytes) -> bytes:
    """Return a token with its certificates in the order of DER.

    They stand outside what is signed. Some authorities leave them in another order (BER), which
    the library does not read.
    """
    parts = _members(token)
    content = parts[1] if len(parts) == 2 else b""  # noqa: PLR2004  type and content
    for signed_data in _members(content):
        for part in _members(signed_data):
            if part[0] == _CONTEXT_0:
                given = _members(part)
                return token.replace(b"".join(given), b"".join(sorted(given)), 1)
    return token


def _members(data: bytes) -> list[bytes]:
    """Return the DER elements in one constructed element that fills the bytes, or none."""
    outer = _header(data, 0)
    if outer is None or outer[1] != len(data) or not data[0] & _CONSTRUCTED:
        return []
    found, at = [], outer[0]
    while at < len(data):
        inner = _header(data, at)
        if inner is None:
            return []
        found.append(data[at : inner[1]])
        at = inner[1]
    return found


def _header(data: bytes, at: int) -> tuple[int, int] | None:
    """Return where content begins and ends of the DER element at a place, or None."""
    start = at + 2
    if start > len(data):
        return None
    length = data[at + 1]
    if length >= _LONG:
        size = length - _LONG
        if not 0 < size <= 4:  # noqa: PLR2004  beyond any file here
            return None
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    return (start, start + length) if start + length <= len(data) else None


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < _LONG:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG | len(length))) + length + content
