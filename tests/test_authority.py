"""Who holds which key and role at each position; told as stories, then over random histories."""

import hashlib
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.authority import Authority, EnrolledKey, public_key, raw_key
from ledger.errors import LedgerError, Refused
from ledger.events.base import EventData, Signatory, Statement, Target, new_id, signatories
from ledger.events.correction import EventVoided
from ledger.events.ledger import LedgerKeyRotated, RightsAdopted
from ledger.events.party import (
    ActsFor,
    KeyEnrolled,
    KeyRevoked,
    PartyRegistered,
    RoleGranted,
    RoleWithdrawn,
)
from ledger.events.rack import RackAssembled
from ledger.rights import RIGHTS_NAME, RIGHTS_SHA256, may
from ledger.signing.signer import key_id
from tests.harness import ORIGIN, START, Story, opening_data, signatory, signer_of


def key_of(name: str) -> str:
    return key_id(signer_of(name).public_key)


def verdict(authority: Authority, key: str, party: str, index: int) -> str:
    """`in force`, or the code with which the key is refused at a position."""
    try:
        assert authority.key(key_of(key), party, index).id == key_of(key)
    except Refused as refusal:
        return refusal.code
    return "in force"


def revoked(party: str, key: str, **more: Any) -> KeyRevoked:
    return KeyRevoked(party=party, key=key_of(key), **{"reason": "lost", **more})


# --- the opening ------------------------------------------------------------------------------


def test_before_entry_0_there_is_no_authority() -> None:
    authority = Authority()
    with pytest.raises(Refused, match="LEDGER-NOT-OPENED"):
        authority.opened  # noqa: B018  a property that raises
    assert not authority.knows("operator", 0)
    assert verdict(authority, "operator", "operator", 0) == "KEY-UNENROLLED"


def test_the_opening_makes_the_operator_registrar_with_two_keys() -> None:
    with Story() as story:
        authority = story.ledger.authority
        assert authority.operator == "operator"
        assert authority.opened == story.opening
        for index in (0, 1, 1_000_000):
            assert authority.knows("operator", index)
            assert authority.knows("OPERATOR", index)
            assert authority.roles_of("operator", index) == ("registrar",)
            assert verdict(authority, "operator", "operator", index) == "in force"
            assert verdict(authority, "recovery", "operator", index) == "in force"
            assert {one.id for one in authority.registrar_keys(index)} == {
                key_of("operator"),
                key_of("recovery"),
            }
        key = authority.key(key_of("recovery"), "Operator", 0)
        assert (key.voucher, key.vouched_by, key.holder) == ("opening", ("operator",), "safe")
        assert authority.rights_at(0) == authority.rights_at(9) == (RIGHTS_NAME, RIGHTS_SHA256)


def test_the_ledgers_own_key_signs_for_no_party() -> None:
    with Story() as story:
        assert verdict(story.ledger.authority, "ledger", "operator", 1) == "KEY-UNENROLLED"


def test_the_recovery_key_registers_as_the_first_does() -> None:
    with Story() as story:
        story.keys["operator"] = "recovery"
        story.party("nvidia", "maker")
        assert story.ledger.authority.holds("nvidia", "maker", story.ledger.size)


def test_a_second_opening_opens_nothing() -> None:
    """An audit folds before it judges: the opening of a stranger may change no earlier answer."""
    with Story() as story:
        story.party("nvidia", "maker")
        authority = story.ledger.authority
        before = answers(authority, story.ledger.size)
        stranger = opening_data(origin="stranger.example")
        authority.apply(story.ledger.size, statement_of(stranger, "nvidia"))
        assert answers(authority, story.ledger.size) == before
        assert authority.opened.origin == ORIGIN


# --- parties and roles ------------------------------------------------------------------------


def test_a_party_and_a_role_count_from_the_entry_after() -> None:
    with Story() as story:
        story.party("nvidia")
        [party] = [e.index for e in story.ledger.read() if e.statement.type == "PartyRegistered.v1"]
        granted = story.record(RoleGranted(party="nvidia", role="maker"), "operator").index
        authority = story.ledger.authority
        assert not authority.knows("nvidia", party)
        assert authority.knows("nvidia", party + 1)
        assert not authority.holds("nvidia", "maker", granted)
        assert authority.holds("NVIDIA", "maker", granted + 1)
        assert not authority.holds("nvidia", "maker", 0)


def test_a_role_counts_to_the_entry_that_withdraws_it_and_may_come_again() -> None:
    with Story() as story:
        story.party("nvidia", "maker", "certifier")
        first = story.record(
            RoleWithdrawn(party="nvidia", role="maker", reason="sold"), "operator"
        ).index
        again = story.record(RoleGranted(party="Nvidia", role="maker"), "operator").index
        second = story.record(
            RoleWithdrawn(party="nvidia", role="maker", reason="sold again"), "operator"
        ).index
        authority = story.ledger.authority
        held = [authority.holds("nvidia", "maker", index) for index in range(first, second + 3)]
        assert held == [True, False, True, False, False]
        assert (first, again, second) == (first, first + 1, first + 2)
        assert authority.roles_of("nvidia", first) == ("certifier", "maker")
        assert authority.roles_of("nvidia", second + 1) == ("certifier",)


def test_an_agency_counts_to_the_entry_that_withdraws_it() -> None:
    with Story() as story:
        for name in ("aolani", "carrier"):
            story.party(name)
        types = [("ShipmentReceived",), ("RackPlaced", "ShipmentReceived")]
        agencies = [ActsFor(principal="Aolani", types=one) for one in types]
        _, last = (
            story.record(RoleGranted(party="carrier", acts_for=one), "operator", "aolani").index
            for one in agencies
        )
        end = story.record(
            RoleWithdrawn(party="carrier", acts_for="aolani", reason="over"), "operator"
        ).index
        authority = story.ledger.authority
        scopes = [
            authority.agency("CARRIER", "aolani", index) for index in range(last - 1, end + 2)
        ]
        assert scopes == [set(), set(types[0]), set(types[1]), set()]
        assert authority.agency("aolani", "carrier", last + 1) == set()


# --- keys -------------------------------------------------------------------------------------


def test_a_key_counts_from_the_entry_after_its_enrolment() -> None:
    with Story() as story:
        story.party("nvidia")
        index = story.ledger.size - 1
        authority = story.ledger.authority
        assert verdict(authority, "nvidia", "nvidia", index) == "KEY-NOT-YET"
        assert verdict(authority, "nvidia", "nvidia", index + 1) == "in force"
        assert verdict(authority, "nvidia", "NVIDIA", index + 1) == "in force"
        assert verdict(authority, "nvidia", "operator", index + 1) == "KEY-OF-ANOTHER"
        assert verdict(authority, "stranger", "nvidia", index + 1) == "KEY-UNENROLLED"


def enrolled(story: Story, party: str, key: str, *others: str) -> EnrolledKey:
    receipt = story.ledger.append(story.enrollment(party, key, *others))
    return story.ledger.authority.key(key_of(key), party, receipt.index + 1)


def test_a_first_key_is_known_from_the_registrar_only() -> None:
    with Story() as story:
        story.party("nvidia")
        key = story.ledger.authority.keys[key_of("nvidia")]
        assert (key.voucher, key.vouched_by) == ("registrar only", ("operator",))
        assert (key.previous, key.reset, key.holder) == ((), False, "desk")
        assert key.public_key == signer_of("nvidia").public_key


def test_a_next_key_is_known_from_the_partys_own() -> None:
    with Story() as story:
        story.party("nvidia")
        key = enrolled(story, "nvidia", "nvidia-2", "nvidia")
        assert (key.voucher, key.vouched_by) == ("own previous key", ("nvidia",))
        assert (key.previous, key.reset) == ((key_of("nvidia"),), False)


def test_a_next_key_without_the_partys_own_is_a_reset() -> None:
    with Story() as story:
        story.party("nvidia")
        key = enrolled(story, "nvidia", "nvidia-2")
        assert (key.voucher, key.reset) == ("registrar only", True)
        again = enrolled(story, "Nvidia", "nvidia-3")
        assert again.reset


def test_a_reset_stays_open_after_the_loss_of_the_only_key() -> None:
    with Story() as story:
        story.party("nvidia")
        story.record(revoked("nvidia", "nvidia"), "operator")
        assert enrolled(story, "nvidia", "nvidia-2").reset


def test_another_party_may_vouch_for_a_key() -> None:
    with Story() as story:
        story.party("nvidia")
        story.party("auditor")
        story.party("aivres")
        key = enrolled(story, "nvidia", "nvidia-2", "auditor", "aivres")
        assert (key.voucher, key.vouched_by) == ("another party", ("aivres", "auditor"))
        assert key.reset  # others vouch, but its own key did not sign


def test_the_registrar_in_other_letters_is_not_another_party() -> None:
    with Story() as story:
        story.party("nvidia")
        data = KeyEnrolled(party="nvidia", key=public_key(signer_of("nvidia-2").public_key, "desk"))
        others = [
            Signatory(party="OPERATOR", key=key_of("recovery")),
            signatory("nvidia", "nvidia-2"),
        ]
        index = story.ledger.size
        statement = statement_of(data, "operator", *others)
        may(story.ledger.authority, statement, index)
        authority = story.ledger.authority
        authority.apply(index, statement)
        assert authority.keys[key_of("nvidia-2")].voucher == "registrar only"


def test_the_operators_own_next_key_is_signed_by_its_own() -> None:
    with Story() as story:
        key = enrolled(story, "operator", "operator-2")
        assert (key.voucher, key.reset) == ("own previous key", False)


def test_a_revoked_key_counts_up_to_the_entry_that_revokes_it() -> None:
    with Story() as story:
        story.party("nvidia")
        entry = story.record(revoked("nvidia", "nvidia", reason="holder_left"), "nvidia").index
        authority = story.ledger.authority
        assert verdict(authority, "nvidia", "nvidia", entry) == "in force"
        assert verdict(authority, "nvidia", "nvidia", entry + 1) == "KEY-REVOKED"
        assert authority.keys_of("nvidia", entry + 1) == ()
        assert [one.id for one in authority.keys_of("NVIDIA", entry)] == [key_of("nvidia")]
        key = authority.keys[key_of("nvidia")]
        assert (key.revoked, key.reason, key.doubted_since) == (entry, "holder_left", None)


def test_what_the_registrar_doubts_stays_valid_and_is_kept() -> None:
    with Story() as story:
        story.party("nvidia", "maker")
        data = revoked("nvidia", "nvidia", reason="compromised", doubted_since=3)
        entry = story.record(data, "operator").index
        authority = story.ledger.authority
        assert authority.keys[key_of("nvidia")].doubted_since == 3
        assert verdict(authority, "nvidia", "nvidia", entry - 1) == "in force"


def test_the_first_enrolment_and_the_first_revocation_stand() -> None:
    """In a log that admission never saw; the audit marks the second ones."""
    with Story() as story:
        story.party("nvidia")
        story.party("aivres")
        story.record(revoked("nvidia", "nvidia"), "nvidia")
        authority, index = story.ledger.authority, story.ledger.size
        before = authority.keys[key_of("nvidia")]
        key = public_key(signer_of("nvidia").public_key, "stolen desk")
        authority.apply(index, statement_of(KeyEnrolled(party="aivres", key=key), "operator"))
        authority.apply(index + 1, statement_of(revoked("nvidia", "nvidia"), "operator"))
        authority.apply(index + 2, statement_of(revoked("nvidia", "stranger"), "operator"))
        assert authority.keys[key_of("nvidia")] == before
        assert key_of("stranger") not in authority.keys


def test_a_key_is_used_once_it_is_a_partys_or_the_ledgers() -> None:
    with Story() as story:
        story.party("nvidia")
        index = story.ledger.size - 1
        authority = story.ledger.authority
        assert not authority.is_used(signer_of("nvidia").public_key, index)
        assert authority.is_used(signer_of("nvidia").public_key, index + 1)
        assert authority.is_used(signer_of("ledger").public_key, 1)
        assert authority.is_used(signer_of("recovery").public_key, 1)
        assert not authority.is_used(signer_of("stranger").public_key, index + 1)


def test_the_checkpoints_are_signed_by_the_new_key_from_the_hand_over_on() -> None:
    with Story() as story:
        data = LedgerKeyRotated(
            checkpoint_key=public_key(signer_of("ledger-2").public_key, "ledger"), reason="moved"
        )
        story.ledger.append(story.submission(data, "operator"), new_key=signer_of("ledger-2"))
        authority, old, new = (
            story.ledger.authority,
            signer_of("ledger").public_key,
            signer_of("ledger-2").public_key,
        )
        assert [authority.checkpoint_key(size) for size in range(4)] == [old, old, new, new]


def test_a_key_is_read_as_it_is_written() -> None:
    raw = signer_of("nvidia").public_key
    assert raw_key(public_key(raw, "desk")) == raw


# --- nothing that comes later changes an earlier answer ---------------------------------------

PARTIES = ("operator", "nvidia", "Aolani", "aolani", "late")
KEYS = ("operator", "recovery", "k1", "k2", "k3", "k4", "ledger", "ledger-2")
ROLES = ("registrar", "maker", "auditor")


def statement_of(data: EventData, by: str, *others: Signatory, key: str | None = None) -> Statement:
    """A statement nobody signs: authority and rights look at no signature."""
    name = f"{type(data).__name__}.v1"
    return Statement(
        ledger=ORIGIN,
        id=new_id(START, hashlib.sha256(name.encode()).digest()[:10]),
        type=name,
        occurred="2026",
        asserted_by=by,
        basis="first_party",
        signatories=signatories(signatory(by, key or by), *others),
        data=data,
    )


def answers(authority: Authority, index: int) -> list[Any]:
    """Everything that the fold says of a position."""
    keys = [
        verdict(authority, key, party, index) == "in force" for key, party in product(KEYS, PARTIES)
    ]
    used = [authority.is_used(signer_of(key).public_key, index) for key in KEYS]
    roles = [authority.roles_of(party, index) for party in PARTIES]
    held = [authority.holds(party, role, index) for party, role in product(PARTIES, ROLES)]
    agencies = [authority.agency(one, other, index) for one, other in product(PARTIES, PARTIES)]
    known = [authority.knows(party, index) for party in PARTIES]
    in_force = [[key.id for key in authority.keys_of(party, index)] for party in PARTIES]
    registrars = sorted(key.id for key in authority.registrar_keys(index))
    more = [authority.rights_at(index), authority.checkpoint_key(index), authority.operator]
    return [keys, used, roles, held, agencies, known, in_force, registrars, more]


def outcome(authority: Authority, statement: Statement, index: int) -> type[LedgerError] | None:
    """None where a statement is allowed, else the kind of error.

    Not the code: a key that is enrolled later is *not yet* in force to one who knows that.
    """
    try:
        may(authority, statement, index)
    except LedgerError as error:
        return type(error)
    return None


party_names = st.sampled_from(PARTIES)
key_names = st.sampled_from(KEYS)
owners = st.sampled_from(
    [("operator", "operator"), ("operator", "recovery"), ("nvidia", "k1"), ("Aolani", "k2"),
     ("nvidia", "k3"), ("Aolani", "k4"), ("nvidia", "k4")]
)  # fmt: skip
signers = st.sampled_from(
    [
        ("operator", "operator"),
        ("operator", "operator"),
        ("operator", "recovery"),
        ("nvidia", "k1"),
        ("nvidia", "k3"),
        ("Aolani", "k2"),
    ]
)


@st.composite
def control_statements(draw: Callable[..., Any]) -> Statement:
    by, by_key = draw(signers)
    party, key = draw(party_names), draw(key_names)
    others: tuple[Signatory, ...] = ()
    data: EventData
    match draw(st.integers(0, 9)):
        case 0 | 1:
            data = PartyRegistered(party=party, legal_name="x", display_name="x")
        case 2 | 3 | 4:
            data = KeyEnrolled(party=party, key=public_key(signer_of(key).public_key, "desk"))
            more = draw(st.sampled_from([(), (("nvidia", "k1"),), (("Aolani", "k2"),)]))
            others = (signatory(party, key), *(signatory(*one) for one in more))
        case 5:
            party, key = draw(owners)
            data = revoked(party, key, doubted_since=draw(st.sampled_from([None, 1])))
        case 6:
            data = RoleGranted(party=party, role=draw(st.sampled_from(ROLES)))
        case 7:
            data = RoleWithdrawn(
                party=party,
                role=draw(st.sampled_from([*ROLES, None])),
                acts_for=draw(st.none() | party_names),
                reason="x",
            )
        case 8:
            agency = ActsFor(principal=draw(party_names), types=("RackPlaced",))
            data = RoleGranted(party=party, acts_for=agency)
            others = (Signatory(party=agency.principal, key=key_of(draw(owners)[1])),)
        case _:
            data = draw(
                st.sampled_from(
                    [
                        LedgerKeyRotated(
                            checkpoint_key=public_key(signer_of(key).public_key, "x"), reason="x"
                        ),
                        RightsAdopted(rights=RIGHTS_NAME, rights_sha256=RIGHTS_SHA256),
                        RightsAdopted(rights="chipledger-rights-v2", rights_sha256="0" * 64),
                        opening_data(origin="stranger.example"),
                        EventVoided(target=Target(id=new_id(START), payload_sha256="0" * 64),
                                    reason="x"),
                        RackAssembled(integrator=party, assembly="a", rack="r", model="m",
                                      site="s", lines=()),
                    ]
                )
            )  # fmt: skip
    return statement_of(data, by, *others, key=by_key)


def enrolment(party: str, key: str, *others: Signatory) -> Statement:
    data = KeyEnrolled(party=party, key=public_key(signer_of(key).public_key, "desk"))
    return statement_of(data, "operator", signatory(party, key), *others)


PROLOGUE = [
    statement_of(opening_data(), "operator"),
    *(
        statement_of(PartyRegistered(party=one, legal_name="x", display_name="x"), "operator")
        for one in ("nvidia", "aolani")
    ),
    enrolment("nvidia", "k1"),
    enrolment("Aolani", "k2"),
    statement_of(RoleGranted(party="nvidia", role="registrar"), "operator"),
    statement_of(RoleGranted(party="aolani", role="maker"), "operator"),
    statement_of(RoleGranted(party="operator", role="auditor"), "operator"),
]
HISTORIES = st.lists(control_statements(), min_size=5, max_size=25).map(
    lambda random: [*PROLOGUE, *random]
)


@settings(max_examples=30)
@given(HISTORIES, st.sampled_from(["what is allowed", "anything"]))
def test_nothing_that_comes_later_changes_a_verdict(history: list[Statement], mode: str) -> None:
    """Over what admission lets in, and over what an operator of its own might have written."""
    growing, final = Authority(), Authority()
    log: list[Statement] = []
    said: list[tuple[int, list[Any]]] = []
    judged: list[tuple[int, Statement, type[LedgerError] | None]] = []
    for statement in history:
        index = len(log)
        found = outcome(growing, statement, index)
        judged.append((index, statement, found))
        if index > 0:
            said.append((index, answers(growing, index)))
        if found is None or mode == "anything":
            growing.apply(index, statement)
            log.append(statement)
    for index, statement in enumerate(log):
        final.apply(index, statement)
    for index, before in said:
        assert answers(final, index) == before
    for index, statement, before_it in judged:
        assert outcome(final, statement, index) == before_it


@settings(max_examples=40)
@given(HISTORIES)
def test_there_is_always_a_registrars_key_in_what_is_allowed(history: list[Statement]) -> None:
    authority, size = Authority(), 0
    for statement in history:
        if outcome(authority, statement, size) is None:
            authority.apply(size, statement)
            size += 1
            assert list(authority.registrar_keys(size))
