"""The one table of event types, and the statements that it reads and writes."""

import copy
import inspect
import json
import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct, structs

from ledger.canonical import alternatives
from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.events import (
    EVENT_TYPES,
    decode_statement,
    encode_statement,
    event_type,
)
from ledger.events.base import STATEMENT_BYTES_MAX, Statement
from ledger.events.event_type import (
    ANY_PARTY,
    OPERATOR,
    ROLES,
    TRADE_ROLES,
    EventType,
    named,
    named_fields,
)
from ledger.events.party import Role
from ledger.events.rights_table import RightsRow, rights_table
from tests.examples import EXAMPLES, name_of, play
from tests.golden.generate import statements
from tests.harness import Story

STATEMENTS = statements()
PAYLOADS = {name: encode_statement(one) for name, one in STATEMENTS.items()}
SHIPMENT = STATEMENTS["ShipmentDispatched.v1"]
ROWS = pytest.mark.parametrize("row", EVENT_TYPES.values(), ids=EVENT_TYPES)


def code_of(payload: bytes) -> str:
    with pytest.raises(LedgerError) as refusal:
        decode_statement(payload)
    return refusal.value.code


# --- the table --------------------------------------------------------------------------------


@ROWS
def test_a_type_is_described_to_its_last_field(row: EventType) -> None:
    assert re.fullmatch(r"[A-Z][A-Za-z]+\.v[1-9]", row.name)
    assert row.name.startswith(row.data.__name__ + ".")
    assert len(row.summary) > 20
    text = "".join(inspect.getdoc(one) or "" for one in row.data.__mro__ if one is not object)
    told = set(re.findall(r"^ +([a-z_0-9]+): \S", text, re.MULTILINE))
    assert set(row.fields) <= told


@ROWS
def test_a_type_stands_in_the_file_of_its_noun(row: EventType) -> None:
    assert row.data.__module__ == f"ledger.events.{row.noun}"


@ROWS
def test_a_type_has_an_example(row: EventType) -> None:
    assert row.name in STATEMENTS, f"add an example of {row.name} to tests/examples.py"
    assert isinstance(STATEMENTS[row.name].data, row.data)


def test_examples_are_of_different_types() -> None:
    names = [name_of(one.said(lambda name: STATEMENTS[name].data)) for one in EXAMPLES]
    assert len(set(names)) == len(names)


@ROWS
def test_the_fields_that_a_row_names_exist_and_hold_parties(row: EventType) -> None:
    kinds = dict.fromkeys(row.fields, "") | {name: kind for name, kind, _ in named_fields(row.data)}
    for field in (*row.expected, *([row.acting] if row.acting else [])):
        assert kinds[field] == "party"
    hints = get_type_hints(row.data, include_extras=True)
    if row.acting:  # unknown is allowed, in a third-party report
        assert type(None) in alternatives(hints[row.acting])
    if row.opens:
        kind, field = row.opens
        assert kinds[field] == {"lease_end": "lease"}.get(kind, kind)
    for path in row.needed:
        assert path.split(".")[0] in row.fields


@ROWS
def test_roles_are_those_of_the_vocabulary(row: EventType) -> None:
    assert row.roles
    assert row.roles <= ANY_PARTY | {OPERATOR}
    if row.relational:
        assert row.roles == TRADE_ROLES


def test_the_roles_are_twelve_and_all_but_two_trade() -> None:
    assert set(get_args(Role)) == ROLES
    assert {"auditor", "reporter"} == ROLES - TRADE_ROLES
    assert len(ROLES) == 12


def test_control_entries_are_exactly_those_of_the_vocabulary() -> None:
    assert {name for name, row in EVENT_TYPES.items() if row.control} == {
        "LedgerOpened.v1",
        "LedgerKeyRotated.v1",
        "RightsAdopted.v1",
        "PartyRegistered.v1",
        "RoleGranted.v1",
        "RoleWithdrawn.v1",
        "KeyEnrolled.v1",
        "KeyRevoked.v1",
        "EventVoided.v1",
    }


@ROWS
def test_control_entries_of_ledger_and_party_are_the_registrars_own_word(row: EventType) -> None:
    expected = row.control and row.noun in {"ledger", "party"}
    assert row.first_party_only == expected
    if expected and row.name != "KeyRevoked.v1":
        assert row.roles == {"registrar"}


@ROWS
def test_what_ledger_and_party_say_is_followed_and_never_corrected(row: EventType) -> None:
    fixed = row.noun in {"ledger", "party"} or row.name in {"EventVoided.v1", "Countersigned.v1"}
    assert row.fixed == fixed


def test_two_types_are_updated_by_saying_them_again() -> None:
    updates = {name for name, row in EVENT_TYPES.items() if row.updates}
    assert updates == {"PartyRegistered.v1", "SiteRegistered.v1"}


def test_every_type_that_posts_opens_an_identifier_of_its_own_kind() -> None:
    kinds = [row.opens[0] for row in EVENT_TYPES.values() if row.opens]
    assert len(set(kinds)) == len(kinds)
    assert {
        "party", "site", "model", "batch", "assembly", "replacement", "placement", "shipment",
        "leg", "receipt", "title", "lease", "lease_end", "plan", "certification", "authorization",
    } <= set(kinds)  # fmt: skip


def test_no_kind_of_identifier_can_pass_for_a_tag_with_a_meaning() -> None:
    kinds = {kind for row in EVENT_TYPES.values() for kind in kinds_of(row.data)}
    assert not kinds & {"id", "content", "control", "opens", "target", "reference", "idempotency"}


def kinds_of(struct: type[Struct]) -> Iterator[str]:
    for name, kind, _ in named_fields(struct):
        if kind is not None:
            yield kind
        else:
            for part in alternatives(get_type_hints(struct)[name]):
                for inner in (part, *get_args(part)):
                    if isinstance(inner, type) and issubclass(inner, Struct):
                        yield from kinds_of(inner)


def test_who_is_expected_to_sign_follows_from_the_events_own_fields() -> None:
    row = EVENT_TYPES["ShipmentDispatched.v1"]
    assert row.expected_signers(SHIPMENT) == ("straits-freight",)
    alone = structs.replace(SHIPMENT, data=structs.replace(SHIPMENT.data, carrier=None))
    assert row.expected_signers(alone) == ()
    reported = structs.replace(SHIPMENT, basis="third_party_report")
    assert row.expected_signers(reported) == ()
    commissioned = STATEMENTS["BatchCommissioned.v1"]
    assert EVENT_TYPES["BatchCommissioned.v1"].expected_signers(commissioned) == ()


def test_of_what_a_counterparty_tells_the_acting_party_is_expected_to_sign_too() -> None:
    told = structs.replace(SHIPMENT, basis="counterparty", asserted_by=SHIPMENT.data.consignee)
    expected = EVENT_TYPES["ShipmentDispatched.v1"].expected_signers(told)
    assert expected == ("straits-freight", SHIPMENT.data.consignor)


def test_who_acts_and_what_is_opened_is_read_off_the_table() -> None:
    row = EVENT_TYPES["ShipmentDispatched.v1"]
    assert row.actor(SHIPMENT.data) == "aivres"
    assert row.opened(SHIPMENT.data) == "shipment/shp-1"
    claim = EVENT_TYPES["KeyRevoked.v1"]
    assert claim.actor(STATEMENTS["KeyRevoked.v1"].data) is None
    assert claim.opened(STATEMENTS["KeyRevoked.v1"].data) is None


def test_every_name_in_an_event_is_found_at_any_depth() -> None:
    found = set(named(SHIPMENT.data))
    assert {
        ("party", "aivres"), ("party", "aolani"), ("party", "straits-freight"),
        ("shipment", "SHP-1"), ("site", "aivres-plant"), ("site", "johor-1"),
        ("rack", "R0001"), ("rack", "R0002"), ("batch", "B-01"), ("model", "GB200-GPU"),
        ("authorization", "EX-NAC-1"),
    } == found  # fmt: skip


def test_a_type_that_nobody_knows_is_undecided() -> None:
    with pytest.raises(Unavailable, match="TYPE-UNKNOWN"):
        event_type("MoonLanded.v1")
    assert event_type("LeaseStarted.v1").noun == "lease"


def test_the_rights_table_is_canonical_and_names_every_type() -> None:
    rows = msgspec.json.decode(rights_table(), type=tuple[RightsRow, ...])
    assert {one.type for one in rows} == set(EVENT_TYPES)
    assert msgspec.json.encode(rows, order="sorted") == rights_table()


def test_a_ledger_admits_every_example_and_an_audit_passes() -> None:
    with Story() as story:
        receipts = play(story)
        assert set(receipts) == set(EVENT_TYPES) - {"LedgerOpened.v1"}
        report = story.audit()
        assert (report.verdict, report.marks) == ("PASS", ())


# --- statements -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_a_statement_is_read_back_as_it_was_written(name: str) -> None:
    assert decode_statement(PAYLOADS[name]) == STATEMENTS[name]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"ShipmentDispatched.v1", b"ShipmentDispatched.v2", "TYPE-UNKNOWN"),
        (b"ShipmentDispatched.v1", b"MoonLanded.v1", "TYPE-UNKNOWN"),
        (b"ShipmentDispatched.v1", b"BatchCommissioned.v1", "NOT-TYPED"),
        (b"ShipmentDispatched.v1", b"ShipmentDispatched", "NOT-TYPED"),
        (b"ShipmentDispatched.v1", b"ShipmentDispatched.v01", "NOT-TYPED"),
        (b"ShipmentDispatched.v1", b"__import__.v1", "NOT-TYPED"),
        (b'"first_party"', b'"hearsay"', "NOT-TYPED"),
        (b"ledger.operator.invalid/test", b"Ledger.operator.invalid/test", "NOT-TYPED"),
        (b"ledger.operator.invalid/test", b"localhost", "NOT-TYPED"),
        (b'"corrects":null,', b"", "NOT-CANONICAL"),
        (b'"annex":null', b'"annex":"%s"' % (b"A" * 64), "NOT-TYPED"),
        (b'"asserted_by":"aivres"', b'"asserted_by":"aolani"', "SIGNATORIES"),
        (b"T09:30:00-08:00", b"T09:30:00-00:00", "OCCURRED-DATE"),
        (b'"due":"2026-03-20"', b'"due":"2026-03-40"', "OCCURRED-DATE"),
        (b'"due":"2026-03-20"', b'"due":"soon"', "NOT-TYPED"),
        (b'"seals":["SEAL-0001","SEAL-0002"]', b'"seals":["SEAL-0002","SEAL-0001"]',
         "LIST-NOT-A-SET"),
        (b'"racks":["R0001","R0002"]', b'"racks":["R0001","R0001"]', "LIST-NOT-A-SET"),
        (b'"quantity":72', b'"quantity":0', "NOT-TYPED"),
        (b'"quantity":72', b'"quantity":72.0', "NOT-TYPED"),
        (b'"quantity":72', b'"quantity":1000000001', "NOT-TYPED"),
        (b'"incoterm":"DAP"', b'"incoterm":"dap"', "NOT-TYPED"),
        (b'"shipment":"SHP-1"', b'"shipment":"SHP..1"', "NOT-TYPED"),
        (b'"shipment":"SHP-1"', b'"shipment":"SHP:1"', "NOT-TYPED"),
        (b'"shipment":"SHP-1"', b'"shipment":"-SHP"', "NOT-TYPED"),
        (b'"shipment":"SHP-1"', rb'"shipment":"SHP-1\n"', "NOT-TYPED"),
        (b'"shipment":"SHP-1"', '"shipment":"SHP-\u0661"'.encode(), "NOT-TYPED"),
        (b'"shipment":"SHP-1"', b'"shipment":"' + b"x" * 65 + b'"', "NOT-TYPED"),
    ],
)  # fmt: skip
def test_a_statement_of_another_form_is_refused(old: bytes, new: bytes, code: str) -> None:
    payload = PAYLOADS["ShipmentDispatched.v1"]
    assert old in payload
    assert code_of(payload.replace(old, new, 1)) == code


def test_the_size_of_a_statement_is_checked_before_it_is_read() -> None:
    payload = PAYLOADS["ShipmentDispatched.v1"]
    assert code_of(payload.ljust(STATEMENT_BYTES_MAX + 1)) == "TOO-LARGE"
    assert code_of(payload.ljust(STATEMENT_BYTES_MAX)) == "NOT-CANONICAL"


def test_a_statement_that_would_not_be_read_is_not_written() -> None:
    long = structs.replace(SHIPMENT.data, seals=tuple(f"S{one:060}" for one in range(700)))
    for data, code in (
        (STATEMENTS["LeaseEnded.v1"].data, "NOT-TYPED"),
        (long, "TOO-LARGE"),
        (structs.replace(SHIPMENT.data, seals=("b", "a")), "LIST-NOT-A-SET"),
        (structs.replace(SHIPMENT.data, shipment="no such identifier"), "NOT-TYPED"),
        (structs.replace(SHIPMENT.data, due="2026-02-30"), "OCCURRED-DATE"),
        (structs.replace(SHIPMENT.data, incoterm="\ud800"), "NOT-ENCODABLE"),
    ):
        with pytest.raises(Malformed, match=code):
            encode_statement(structs.replace(SHIPMENT, data=data))
    with pytest.raises(Unavailable, match="TYPE-UNKNOWN"):
        encode_statement(structs.replace(SHIPMENT, type="MoonLanded.v1"))


# --- mutations --------------------------------------------------------------------------------

NAMES = st.sampled_from(sorted(PAYLOADS))


def accept(payload: bytes) -> Statement | None:
    """Return the statement where the bytes are one; they must then be its only bytes."""
    try:
        statement = decode_statement(payload)
    except LedgerError:
        return None
    assert encode_statement(statement) == payload
    return statement


@given(NAMES, st.data())
def test_changed_bytes_are_another_statement_or_none(name: str, data: st.DataObject) -> None:
    payload = PAYLOADS[name]
    start = data.draw(st.integers(0, len(payload)))
    cut = data.draw(st.integers(0, 4))
    put = data.draw(st.binary(max_size=4) | st.sampled_from([b'"', b"{", b"null", b"\\u0000"]))
    changed = payload[:start] + put + payload[start + cut :]
    assert (accept(changed) == STATEMENTS[name]) == (changed == payload)


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a JSON value."""
    members: Any = {}
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    for key, one in members:
        yield (*path, key)
        yield from nodes(one, (*path, key))


OTHER_VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 2**53, 2**64, 10**400, "", "x", "\0", "..", "a..b", "é", "2026-02-30",
    "0" * 64, [], {}, [[]], ["x"], [None], {"x": 1}, "x" * 5000, float("inf"),
]  # fmt: skip


@given(NAMES, st.data())
def test_a_changed_value_is_another_statement_or_none(name: str, data: st.DataObject) -> None:
    """What keeps the canonical spelling and changes, drops, doubles or turns one value."""
    wire = json.loads(PAYLOADS[name])
    changed = copy.deepcopy(wire)
    *outer, last = data.draw(st.sampled_from(sorted(nodes(wire), key=str)))
    parent: Any = changed
    for key in outer:
        parent = parent[key]
    match data.draw(st.sampled_from(["replace", "drop", "double", "turn", "case"])):
        case "drop":
            del parent[last]
        case "double" if isinstance(parent, list):
            parent.append(parent[last])
        case "double":
            parent[f"{last}_"] = parent[last]
        case "turn" if isinstance(parent, list):
            parent.reverse()
        case "case" if isinstance(parent[last], str):
            parent[last] = parent[last].swapcase()
        case _:
            parent[last] = data.draw(st.sampled_from(OTHER_VALUES) | st.text(max_size=10))
    try:
        text = json.dumps(changed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        payload = text.encode()
    except UnicodeEncodeError:
        return
    assert (accept(payload) == STATEMENTS[name]) == (changed == wire)


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_be_a_statement_or_be_refused(payload: bytes) -> None:
    assert accept(payload) is None
