"""The stored entry: its one spelling, its digests, and the tags that it is found by."""

import base64
import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ledger.canonical import encode, ordered
from ledger.entry import (
    ENTRY_BYTES_MAX,
    Entry,
    OpenEntry,
    content_digest,
    decode_entry,
    encode_entry,
    idempotency_key,
    is_control,
    open_entry,
    parties_of,
    read_event,
    replaced_by,
    tags_of,
    target_of,
)
from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.events import EVENT_TYPES
from ledger.events.base import Reference, Seen, Statement, Target
from ledger.signing.envelope import seal
from tests.golden.generate import RECORDER, entry_of, statements

STATEMENTS = statements()
ENTRIES = {name: entry_of(statement) for name, statement in STATEMENTS.items()}
SHIPMENT = STATEMENTS["ShipmentDispatched.v1"]
DATA = encode_entry(ENTRIES["ShipmentDispatched.v1"])
SOME_TARGET = Target(id="019cad21-cf00-70a6-9f11-e6b6f3bb8457", payload_sha256="a" * 64)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_an_entry_is_read_back_as_it_was_written(name: str) -> None:
    data = encode_entry(ENTRIES[name])
    assert decode_entry(data) == ENTRIES[name]
    event = read_event(7, data)
    assert event.index == 7
    assert event.statement == STATEMENTS[name]
    payload = ENTRIES[name].envelope.statement_bytes()
    assert event.payload_sha256 == hashlib.sha256(payload).hexdigest()
    assert event.target == Target(id=event.statement.id, payload_sha256=event.payload_sha256)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'"control":0', b'"control":-1', "NOT-TYPED"),
        (b'"control":0', b'"control":"0"', "NOT-TYPED"),
        (b'"control":0', b'"control": 0', "NOT-CANONICAL"),
        (b'"control":0,', b"", "NOT-TYPED"),
        (b".000000Z", b".0Z", "NOT-TYPED"),
        (b".000000Z", b".000000+00:00", "NOT-TYPED"),
        (b"2026-03-02T06", b"2026-03-32T06", "RECORDED-AT"),
        (b"2026-03-02T06", b"2026-03-02T24", "RECORDED-AT"),
        (b'"installation":"golden"', b'"installation":"my golden"', "NOT-TYPED"),
        (b'"installation":"golden"', b'"installation":""', "NOT-TYPED"),
        (b'"software":"chipledger"', b'"software":"../chipledger"', "NOT-TYPED"),
        (b'"version":"1.0.0"', rb'"version":"1.0.0\n"', "NOT-TYPED"),
    ],
)
def test_an_entry_of_another_form_is_refused(old: bytes, new: bytes, code: str) -> None:
    assert DATA.count(old) == 1
    with pytest.raises(Malformed) as refusal:
        decode_entry(DATA.replace(old, new))
    assert refusal.value.code == code


def test_the_size_of_an_entry_is_checked_both_ways() -> None:
    with pytest.raises(Malformed, match="TOO-LARGE"):
        decode_entry(b"\xff" * (ENTRY_BYTES_MAX + 1))
    huge = structs.replace(ENTRIES["EventVoided.v1"], envelope=seal(b"x" * 50_000))
    with pytest.raises(Malformed, match="TOO-LARGE"):
        encode_entry(huge)


def test_a_statement_inside_has_its_one_spelling_too() -> None:
    payload = ENTRIES["EventVoided.v1"].envelope.statement_bytes()
    for changed, family, code in (
        (payload + b" ", Malformed, "NOT-CANONICAL"),
        (payload.replace(b"EventVoided.v1", b"EventMoved.v1"), Unavailable, "TYPE-UNKNOWN"),
    ):
        entry = structs.replace(ENTRIES["EventVoided.v1"], envelope=seal(changed))
        with pytest.raises(family, match=code):
            read_event(0, encode_entry(entry))


def test_spare_bits_of_the_payload_are_no_second_spelling() -> None:
    envelope = ENTRIES["EventVoided.v1"].envelope
    for padding in range(3):  # of three lengths one ends in ==, one in = and one in neither
        payload = envelope.statement_bytes()[: len(envelope.statement_bytes()) - padding]
        text = seal(payload).payload
        if not text.endswith("="):
            continue
        stem = text.rstrip("=")
        other = stem[:-1] + chr(ord(stem[-1]) + 1) + text[len(stem) :]
        entry = structs.replace(
            ENTRIES["EventVoided.v1"], envelope=structs.replace(envelope, payload=other)
        )
        with pytest.raises(Malformed, match="BASE64"):
            read_event(0, encode_entry(entry))


@given(st.sampled_from(sorted(ENTRIES)), st.data())
def test_changed_bytes_are_another_entry_or_none(name: str, data: st.DataObject) -> None:
    whole = encode_entry(ENTRIES[name])
    start = data.draw(st.integers(0, len(whole)))
    cut = data.draw(st.integers(0, 3))
    put = data.draw(st.binary(max_size=3) | st.text('AQgw=0a",{}', max_size=3).map(str.encode))
    changed = whole[:start] + put + whole[start + cut :]
    try:
        event = read_event(0, changed)
    except LedgerError:
        assert changed != whole
        return
    assert encode_entry(event.entry) == changed
    assert (event.entry == ENTRIES[name]) == (changed == whole)


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_be_an_entry_or_be_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_event(0, data)


# --- what an entry is found by ----------------------------------------------------------------


def test_an_event_is_found_by_everything_that_it_names() -> None:
    assert set(tags_of(SHIPMENT)) >= {
        f"id:{SHIPMENT.id}",
        f"content:{content_digest(SHIPMENT)}",
        "opens:shipment/shp-1",
        "shipment:shp-1",
        "party:aivres",
        "party:aolani",
        "party:straits-freight",
        "site:johor-1",
        "rack:r0001",
        "rack:r0002",
        "batch:b-01",
        "model:gb200-gpu",
        "authorization:ex-nac-1",
        "reference:awb/123-45678901",
        "reference:inv/inv-2291",
        "idempotency:aivres/desk-2026-03-02-1",
    }
    assert "control:1" not in tags_of(SHIPMENT)
    assert not any(tag.startswith("target:") for tag in tags_of(SHIPMENT))


def test_a_country_is_a_tag_too() -> None:
    assert "country:my" in tags_of(STATEMENTS["SiteRegistered.v1"])


def test_who_only_signs_is_found_as_well() -> None:
    assert "party:operator" in tags_of(STATEMENTS["KeyEnrolled.v1"])
    assert "operator" in parties_of(STATEMENTS["KeyEnrolled.v1"])


def test_the_parties_of_an_event_are_those_it_names_and_those_who_sign() -> None:
    assert parties_of(SHIPMENT) == {"aivres", "aolani", "straits-freight"}
    other = structs.replace(SHIPMENT, data=structs.replace(SHIPMENT.data, consignee="AOLANI"))
    assert parties_of(other) == parties_of(SHIPMENT)


def referring(base: Statement, *references: tuple[str, str]) -> Statement:
    made = (Reference(type=kind, value=value) for kind, value in references)
    return structs.replace(base, references=ordered(*made))


@pytest.mark.parametrize("kind", ["control", "opens", "target", "id", "content"])
def test_no_reference_can_pass_for_a_tag_with_a_meaning(kind: str) -> None:
    hostile = referring(SHIPMENT, (kind, "1"), ("x", "control:1"))
    added = set(tags_of(hostile)) - set(tags_of(referring(SHIPMENT)))
    assert added == {
        f"reference:{kind}/1",
        "reference:x/control:1",
        f"content:{content_digest(hostile)}",
    }


def test_an_idempotency_key_belongs_to_its_party_and_minds_its_letters() -> None:
    assert idempotency_key(SHIPMENT) == "desk-2026-03-02-1"
    assert idempotency_key(STATEMENTS["EventVoided.v1"]) is None
    upper = referring(SHIPMENT, ("idempotency", "KEY"))
    assert "idempotency:aivres/KEY" in tags_of(upper)


def test_the_content_digest_covers_what_is_said_only() -> None:
    digest = content_digest(SHIPMENT)
    for same in (
        structs.replace(SHIPMENT, id="019cad21-cf00-70a6-9f11-e6b6f3bb8457"),
        structs.replace(SHIPMENT, signatories=SHIPMENT.signatories[:1]),
        structs.replace(SHIPMENT, annex="b" * 64),
        structs.replace(SHIPMENT, seen=Seen(size=1, root="0" * 64)),
        referring(SHIPMENT, ("awb", "123-45678901"), ("inv", "INV-2291")),
    ):
        assert content_digest(same) == digest
    for other in (
        structs.replace(SHIPMENT, occurred="2026-03-02"),
        structs.replace(SHIPMENT, basis="counterparty"),
        structs.replace(SHIPMENT, asserted_by="aolani"),
        structs.replace(SHIPMENT, corrects=SOME_TARGET),
        structs.replace(SHIPMENT, ledger="other.example"),
        structs.replace(SHIPMENT, documents=STATEMENTS["PartyRegistered.v1"].documents),
        structs.replace(SHIPMENT, data=structs.replace(SHIPMENT.data, purpose="move")),
        referring(SHIPMENT, ("awb", "123-45678901"), ("inv", "INV-2292")),
    ):
        assert content_digest(other) != digest


def test_what_a_statement_is_about() -> None:
    voided = STATEMENTS["EventVoided.v1"]
    countersigned = STATEMENTS["Countersigned.v1"]
    attached = STATEMENTS["DocumentAttached.v1"]
    corrected = structs.replace(SHIPMENT, corrects=SOME_TARGET)
    for statement in (voided, countersigned, attached):
        assert target_of(statement) == statement.data.target
        assert f"target:{statement.data.target.id}" in tags_of(statement)
    assert target_of(corrected) == SOME_TARGET
    assert target_of(SHIPMENT) is None
    assert replaced_by(corrected) == SOME_TARGET
    assert replaced_by(voided) == voided.data.target
    assert replaced_by(countersigned) is None
    assert replaced_by(attached) is None
    assert replaced_by(SHIPMENT) is None


def test_a_corrected_attachment_is_about_both_events() -> None:
    attached = structs.replace(STATEMENTS["DocumentAttached.v1"], corrects=SOME_TARGET)
    assert target_of(attached) == SOME_TARGET
    assert replaced_by(attached) == SOME_TARGET
    assert {f"target:{SOME_TARGET.id}", f"target:{attached.data.target.id}"} <= set(
        tags_of(attached)
    )


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_control_entries_carry_their_tag(name: str) -> None:
    control = EVENT_TYPES[name].control
    assert is_control(STATEMENTS[name]) == control
    assert ("control:1" in tags_of(STATEMENTS[name])) == control
    corrected = structs.replace(STATEMENTS[name], corrects=SOME_TARGET)
    assert is_control(corrected)
    assert "control:1" in tags_of(corrected)


def test_an_entry_says_who_took_it_in() -> None:
    entry: Entry = ENTRIES["EventVoided.v1"]
    assert entry.recorder == RECORDER
    assert encode(entry.recorder) == (
        b'{"installation":"golden","software":"chipledger","version":"1.0.0"}'
    )


def _in_layers(data: bytes) -> OpenEntry:
    return decode_entry(data).opened()


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_an_entry_opened_at_once_is_the_entry_read_in_layers(name: str) -> None:
    data = encode_entry(ENTRIES[name])
    assert open_entry(data) == _in_layers(data)
    assert encode_entry(open_entry(data)) == data


@given(st.data())
def test_what_cannot_be_opened_is_refused_as_if_read_in_layers(draw: st.DataObject) -> None:
    data = bytearray(encode_entry(ENTRIES["ShipmentDispatched.v1"]))
    at = draw.draw(st.integers(0, len(data) - 1))
    data[at] = draw.draw(st.integers(0, 255) | st.sampled_from(b'AQgw=+/-_ \n"0Zz'))
    assert _outcome(open_entry, bytes(data)) == _outcome(_in_layers, bytes(data))


def _outcome(read: Callable[[bytes], OpenEntry], data: bytes) -> object:
    try:
        return read(data)
    except Malformed as error:
        return error.code, error.message, error.where


def test_bits_behind_the_last_byte_of_a_payload_are_refused() -> None:
    entry = ENTRIES["ShipmentDispatched.v1"]
    payload = base64.b64encode(entry.envelope.statement_bytes()[:1]).decode()
    bent = structs.replace(entry.envelope, payload=f"{payload[:1]}{chr(ord(payload[1]) + 1)}==")
    with pytest.raises(Malformed, match="BASE64"):
        open_entry(encode_entry(structs.replace(entry, envelope=bent)))
