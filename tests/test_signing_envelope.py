"""DSSE envelopes: what is signed, and the one spelling of who signed it."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import encode
from ledger.errors import LedgerError, Malformed
from ledger.signing.ed25519 import verify_many
from ledger.signing.envelope import (
    ENVELOPE_BYTES_MAX,
    PAYLOAD_TYPE,
    Envelope,
    Signature,
    decode_base64,
    decode_envelope,
    pae,
    seal,
    sign,
)
from ledger.signing.signer import key_id
from tests.golden.generate import entry_of, statements
from tests.harness import signer_of

SIGNER = signer_of("nvidia")
PAYLOAD = '{"größe":1}'.encode()
ENVELOPE = seal(PAYLOAD, [sign(PAYLOAD, SIGNER), sign(PAYLOAD, signer_of("aivres"))])
DATA = encode(ENVELOPE)
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def test_the_signed_bytes_are_those_of_dsse() -> None:
    """The example of the protocol's own page, with our payload type."""
    kind = PAYLOAD_TYPE.encode()
    assert pae(b"hello world") == b"DSSEv1 %d %s 11 hello world" % (len(kind), kind)
    assert pae(b"") == b"DSSEv1 %d %s 0 " % (len(kind), kind)


def test_lengths_are_counted_in_bytes() -> None:
    assert pae("é".encode()).endswith(b" 2 \xc3\xa9")


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_two_payloads_never_give_the_same_signed_bytes(one: bytes, other: bytes) -> None:
    assert (pae(one) == pae(other)) == (one == other)


def test_a_signature_verifies_over_the_signed_bytes() -> None:
    signature = sign(PAYLOAD, SIGNER)
    assert signature.keyid == key_id(SIGNER.public_key)
    checks = [
        (SIGNER.public_key, pae(PAYLOAD), signature.raw()),
        (SIGNER.public_key, PAYLOAD, signature.raw()),
    ]
    assert verify_many(checks) == [True, False]


@given(st.binary(max_size=300))
def test_an_envelope_carries_its_payload_unchanged(payload: bytes) -> None:
    envelope = seal(payload, [sign(payload, SIGNER)])
    data = encode(envelope)
    assert decode_envelope(data) == envelope
    assert envelope.statement_bytes() == payload
    wire = json.loads(data)
    assert base64.b64decode(wire["payload"], validate=True) == payload
    assert list(wire) == ["payload", "payloadType", "signatures"]


def test_the_order_of_signatures_has_a_meaning() -> None:
    assert [one.keyid for one in decode_envelope(DATA).signatures] == [
        key_id(SIGNER.public_key),
        key_id(signer_of("aivres").public_key),
    ]


def test_an_envelope_may_wait_for_its_signatures() -> None:
    assert decode_envelope(encode(seal(PAYLOAD))).signatures == ()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (PAYLOAD_TYPE.encode(), b"application/vnd.in-toto+json", "NOT-TYPED"),
        (PAYLOAD_TYPE.encode(), PAYLOAD_TYPE.upper().encode(), "NOT-TYPED"),
        (b'"payloadType":', b'"payloadtype":', "NOT-TYPED"),
        (b'{"payload":"', b'{ "payload":"', "NOT-CANONICAL"),
        (b'{"payload":"', b'{"payload":"-', "NOT-TYPED"),
        (b'{"payload":"', rb'{"payload":"\n', "NOT-TYPED"),
        (b'{"payload":"', b'{"payload":" ', "NOT-TYPED"),
        (b'{"payload":"', b'{"payload":"A', "BASE64"),
        (b'"keyid":"', b'"keyid":"0', "NOT-TYPED"),
        (b'"sig":"', b'"sig":"A', "NOT-TYPED"),
        (b'==","payload', b'=","payload', "BASE64"),
    ],
)
def test_an_envelope_of_another_form_is_refused(old: bytes, new: bytes, code: str) -> None:
    padded = encode(seal(b"four", [sign(b"four", SIGNER)]))
    assert old in padded
    with pytest.raises(Malformed) as refusal:
        decode_envelope(padded.replace(old, new, 1))
    assert refusal.value.code == code


def test_nine_signatures_are_too_many() -> None:
    nine = seal(PAYLOAD, [sign(PAYLOAD, signer_of(str(one))) for one in range(9)])
    with pytest.raises(Malformed, match="NOT-TYPED"):
        decode_envelope(encode(nine))


def test_the_size_of_an_envelope_is_checked_first() -> None:
    with pytest.raises(Malformed, match="TOO-LARGE"):
        decode_envelope(b"\xff" * (ENVELOPE_BYTES_MAX + 1))


def test_spare_bits_in_the_last_digit_are_no_second_spelling() -> None:
    """64 bytes end in a digit with four spare bits, so fifteen others would decode to the same."""
    sig = ENVELOPE.signatures[0].sig
    last = DIGITS.index(sig[85])
    for spare in range(1, 16):
        other = f"{sig[:85]}{DIGITS[last + spare]}=="
        assert base64.b64decode(other) == ENVELOPE.signatures[0].raw()
        with pytest.raises(Malformed, match="NOT-TYPED"):
            decode_envelope(DATA.replace(sig.encode(), other.encode()))
        with pytest.raises(Malformed, match="BASE64"):
            Signature(keyid=ENVELOPE.signatures[0].keyid, sig=other).raw()


@pytest.mark.parametrize(
    "text", ["A", "AA", "AAA", "AA=", "AA===", "AB==", "AA==A", "A===", "=", "AA!A=", "AA\n==",
             "AA==\n", "-_==", "é===", "\ud800"],
)  # fmt: skip
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(Malformed, match="BASE64"):
        decode_base64(text, "payload")


@given(st.binary(max_size=100))
def test_base64_is_read_as_it_is_written(raw: bytes) -> None:
    assert decode_base64(base64.b64encode(raw).decode(), "payload") == raw


@given(st.text("AQgw+/=ab", max_size=12))
def test_what_reads_as_base64_is_written_so(text: str) -> None:
    try:
        raw = decode_base64(text, "payload")
    except Malformed:
        return
    assert base64.b64encode(raw).decode() == text


GOLDEN = [entry_of(statement).envelope for statement in statements().values()]


@given(st.sampled_from(GOLDEN), st.data())
def test_changed_bytes_are_another_envelope_or_none(
    envelope: Envelope, data: st.DataObject
) -> None:
    whole = encode(envelope)
    start = data.draw(st.integers(0, len(whole)))
    cut = data.draw(st.integers(0, 3))
    put = data.draw(st.binary(max_size=3) | st.text(DIGITS + "=", max_size=3).map(str.encode))
    changed = whole[:start] + put + whole[start + cut :]
    try:
        found = decode_envelope(changed)
    except LedgerError:
        assert changed != whole
        return
    assert encode(found) == changed
    same = (found.statement_bytes(), [(one.keyid, one.raw()) for one in found.signatures]) == (
        envelope.statement_bytes(),
        [(one.keyid, one.raw()) for one in envelope.signatures],
    )
    assert same == (changed == whole)


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_be_an_envelope_or_be_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode_envelope(data)
