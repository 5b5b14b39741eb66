"""From what somebody wants to say to an envelope that everybody named has signed."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ledger.canonical import decode
from ledger.draft import (
    Document,
    Draft,
    Submission,
    add_signatures,
    make_annex,
    sign_all,
    type_name,
    unsigned,
)
from ledger.errors import Malformed, Refused
from ledger.events import EVENT_TYPES, encode_statement
from ledger.events.base import DOCUMENT_BYTES_MAX, Annex, EventData, Line
from ledger.signing.ed25519 import verify_many
from ledger.signing.envelope import pae
from tests.golden.generate import statements
from tests.harness import signer_of

SHIPMENT = statements()["ShipmentDispatched.v1"]
AIVRES, CARRIER, STRANGER = (signer_of(name) for name in ("aivres-2", "straits-freight", "x"))


def test_a_document_is_named_by_its_bytes() -> None:
    reference = Document(b"serial\nS1\n", "serial_manifest", "serials", "text/csv").reference()
    assert reference.sha256 == hashlib.sha256(b"serial\nS1\n").hexdigest()
    assert (reference.size, reference.kind) == (10, "serial_manifest")
    assert (reference.title, reference.media_type) == ("serials", "text/csv")
    assert Document(b"", "note", "nothing").reference().media_type == "application/octet-stream"


def test_a_document_has_32_mib_at_most() -> None:
    assert Document(bytes(DOCUMENT_BYTES_MAX), "x", "zeros").reference().size == 32 * 1024 * 1024
    with pytest.raises(Malformed, match="TOO-LARGE") as refusal:
        Document(bytes(DOCUMENT_BYTES_MAX + 1), "x", "zeros").reference()
    assert refusal.value.where == "zeros"


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_data_knows_its_type(name: str) -> None:
    assert type_name(statements()[name].data) == name


def test_what_is_no_event_has_no_type() -> None:
    other: Any = Line(model="m", batch="b", quantity=1)
    for data in (other, EventData()):
        with pytest.raises(Malformed, match="NOT-TYPED"):
            type_name(data)


# --- the sealed annex -------------------------------------------------------------------------


def read_annex(data: bytes) -> Annex:
    return decode(data, Annex, size_max=DOCUMENT_BYTES_MAX, what="annex")


def test_an_annex_is_canonical_and_sorted() -> None:
    data = make_annex({"terms": "net 30", "price_usd": "10000000"}, bytes(32))
    assert data == (
        b'{"fields":[{"name":"price_usd","value":"10000000"},{"name":"terms","value":"net 30"}],'
        b'"salt":"' + b"00" * 32 + b'"}'
    )
    assert read_annex(data).salt == "00" * 32


def test_a_salt_keeps_the_digest_from_telling_the_fields() -> None:
    one, other = (make_annex({"price_usd": "1"}) for _ in range(2))
    assert one != other
    assert read_annex(one).fields == read_annex(other).fields
    assert len(read_annex(one).salt) == 64


@pytest.mark.parametrize("salt", [bytes(31), bytes(33)])
def test_a_salt_has_32_bytes(salt: bytes) -> None:
    with pytest.raises(Malformed, match="NOT-TYPED"):
        make_annex({"price_usd": "1"}, salt)


@given(st.dictionaries(st.text(max_size=6), st.text(max_size=6), max_size=4))
def test_any_fields_make_an_annex_or_are_malformed(fields: dict[str, str]) -> None:
    try:
        data = make_annex(fields, bytes(32))
    except Malformed:
        return
    assert {one.name: one.value for one in read_annex(data).fields} == fields


# --- signing ----------------------------------------------------------------------------------


def test_everybody_signs_in_the_order_of_the_signatories() -> None:
    envelope = sign_all(SHIPMENT, [STRANGER, CARRIER, AIVRES])
    assert [one.keyid for one in envelope.signatures] == [one.key for one in SHIPMENT.signatories]
    payload = encode_statement(SHIPMENT)
    assert envelope.statement_bytes() == payload
    checks = [
        (signer.public_key, pae(payload), signature.raw())
        for signer, signature in zip((AIVRES, CARRIER), envelope.signatures, strict=True)
    ]
    assert verify_many(checks) == [True, True]


@pytest.mark.parametrize("signers", [[], [AIVRES], [CARRIER], [STRANGER, AIVRES]])
def test_an_absent_signer_is_named(signers: list[Any]) -> None:
    with pytest.raises(Refused, match="SIGNER-ABSENT") as refusal:
        sign_all(SHIPMENT, signers)
    absent = "straits-freight" if AIVRES in signers else "aivres"
    assert absent in refusal.value.message
    assert "--draft" in (refusal.value.hint or "")


def test_what_a_reader_would_refuse_is_not_signed() -> None:
    broken = structs.replace(SHIPMENT, occurred="2026-02-30")
    with pytest.raises(Malformed, match="OCCURRED-DATE"):
        sign_all(broken, [AIVRES, CARRIER])


def test_signatures_are_added_one_after_the_other() -> None:
    payload = encode_statement(SHIPMENT)
    nobody = add_signatures(payload, SHIPMENT, [], [])
    assert unsigned(SHIPMENT, nobody) == SHIPMENT.signatories
    half = add_signatures(payload, SHIPMENT, [CARRIER], nobody.signatures)
    assert [one.party for one in unsigned(SHIPMENT, half)] == ["aivres"]
    whole = add_signatures(payload, SHIPMENT, [AIVRES, CARRIER], half.signatures)
    assert unsigned(SHIPMENT, whole) == ()
    assert whole == sign_all(SHIPMENT, [AIVRES, CARRIER])


def test_a_signature_that_is_there_is_not_made_again() -> None:
    payload = encode_statement(SHIPMENT)
    present = sign_all(SHIPMENT, [AIVRES, CARRIER]).signatures
    marked = tuple(structs.replace(one, sig="A" * 86 + "==") for one in present)
    assert add_signatures(payload, SHIPMENT, [AIVRES, CARRIER], marked).signatures == marked


def test_a_strangers_signature_is_dropped() -> None:
    payload = encode_statement(SHIPMENT)
    foreign = sign_all(statements()["BatchCommissioned.v1"], [signer_of("nvidia")]).signatures
    assert add_signatures(payload, SHIPMENT, [], foreign).signatures == ()


def test_a_draft_becomes_a_submission_with_its_documents() -> None:
    draft = Draft(SHIPMENT, (b"one", b"two"))
    submission = draft.sign(AIVRES, CARRIER)
    assert submission == Submission(sign_all(SHIPMENT, [AIVRES, CARRIER]), (b"one", b"two"))
