"""Who may say what: the vocabulary's tables, row by row, and the control entries as stories."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import structs

from ledger.authority import Authority, public_key
from ledger.errors import Conflict, LedgerError, Malformed, Refused, Unavailable
from ledger.events.base import (
    Basis,
    EventData,
    Line,
    PublicKey,
    Seen,
    Signatory,
    Statement,
    new_id,
    signatories,
)
from ledger.events.claim import ClaimReported
from ledger.events.document import DocumentAttached
from ledger.events.ledger import LedgerKeyRotated, LedgerOpened, RightsAdopted
from ledger.events.party import (
    ActsFor,
    HeadquartersDeclared,
    KeyEnrolled,
    KeyRevoked,
    PartyRegistered,
    RoleGranted,
    RoleWithdrawn,
)
from ledger.events.product import BatchCommissioned
from ledger.events.rights_table import rights_table
from ledger.events.shipment import ShipmentReceived
from ledger.rights import KNOWN_RIGHTS, RIGHTS_NAME, RIGHTS_SHA256, check_rights_known, may
from ledger.signing.signer import key_id
from tests.examples import DIGEST
from tests.golden.generate import statements
from tests.harness import ORIGIN, START, Story, codes, opening_data, signatory, signer_of

CAST = {
    "nvidia": ("maker",),
    "aivres": ("integrator", "exporter"),
    "aolani": ("operator", "owner"),
    "carrier": ("forwarder",),
    "bis": ("authority",),
    "auditor": ("auditor",),
    "press": ("reporter",),
    "visitor": (),
    "deputy": ("registrar",),
}
PAPER = (DIGEST.reference(),)


@pytest.fixture(scope="module")
def shared() -> Iterator[Story]:
    """One cast for all tests that ask and record nothing."""
    with Story() as story:
        for name, roles in CAST.items():
            story.party(name, *roles)
        yield story


@pytest.fixture
def story() -> Iterator[Story]:
    """A ledger with three parties, to record in."""
    with Story() as told:
        for name in ("nvidia", "aolani", "carrier"):
            told.party(name, *CAST[name])
        yield told


def said(data: EventData, by: str, *others: Signatory, **more: Any) -> Statement:
    """A statement nobody signs: `may` looks at no signature."""
    usual = Statement(
        ledger=ORIGIN,
        id=new_id(START, bytes(10)),
        type=f"{type(data).__name__}.v1",
        occurred="2026",
        asserted_by=by,
        basis="first_party",
        signatories=signatories(signatory(by), *others),
        data=data,
    )
    return structs.replace(usual, **more)


def code(story: Story, statement: Statement, index: int | None = None) -> str | None:
    """The code with which a statement is refused as the next entry; None where it is allowed."""
    try:
        may(story.ledger.authority, statement, story.ledger.size if index is None else index)
    except LedgerError as error:
        return error.code
    return None


def received(receiver: str | None) -> ShipmentReceived:
    return ShipmentReceived(
        receiver=receiver, receipt="RCP-1", shipment="SHP-1", received_from="carrier",
        site="johor-1", counted_by="racks", final=True,
    )  # fmt: skip


def commissioned(maker: str | None) -> BatchCommissioned:
    return BatchCommissioned(maker=maker, batch="B-1", model="GB200-GPU", quantity=1, site="plant")


CLAIM = ClaimReported(claim="CLM-1", quotation="It is said.", publisher="a newspaper")
REGISTERED = PartyRegistered(party="new", legal_name="New Ltd", display_name="New")


# --- the table of bases -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "by", "expected"),
    [
        pytest.param(received("aolani"), "aolani", None, id="the acting party, relational"),
        pytest.param(received("AOLANI"), "aolani", None, id="in other letters"),
        pytest.param(received("carrier"), "carrier", None, id="any trade role is enough"),
        pytest.param(received("aolani"), "carrier", "ACTOR", id="another party"),
        pytest.param(received(None), "aolani", "ACTOR", id="nobody named"),
        pytest.param(received("auditor"), "auditor", "ROLE", id="an auditor trades not"),
        pytest.param(received("press"), "press", "ROLE", id="a reporter trades not"),
        pytest.param(received("visitor"), "visitor", "ROLE", id="no role at all"),
        pytest.param(commissioned("nvidia"), "nvidia", None, id="the role that is named"),
        pytest.param(commissioned("aivres"), "aivres", "ROLE", id="another trade role"),
        pytest.param(CLAIM, "press", None, id="whoever asserts acts"),
        pytest.param(CLAIM, "aolani", None, id="a claim by a trade role"),
        pytest.param(CLAIM, "visitor", "ROLE", id="a claim without a role"),
        pytest.param(
            HeadquartersDeclared(party="nvidia", country="US"), "visitor", None, id="any party"
        ),
    ],
)
def test_first_party(shared: Story, data: EventData, by: str, expected: str | None) -> None:
    assert code(shared, said(data, by)) == expected


@pytest.mark.parametrize(
    ("data", "by", "how", "expected"),
    [
        (received("aolani"), "bis", "authority", None),
        (received("bis"), "bis", "authority", None),
        (CLAIM, "bis", "authority", None),
        (received(None), "bis", "authority", "ACTOR"),
        (received("aolani"), "aolani", "authority", "ROLE"),
        (received("aolani"), "auditor", "authority", "ROLE"),
        (received("aolani"), "aivres", "counterparty", None),
        (commissioned("nvidia"), "aolani", "counterparty", None),
        (received("aolani"), "bis", "counterparty", None),
        (received("aolani"), "aolani", "counterparty", "BASIS"),
        (received("Aolani"), "aolani", "counterparty", "BASIS"),
        (received(None), "aolani", "counterparty", "ACTOR"),
        (CLAIM, "aolani", "counterparty", "BASIS"),
        (received("aolani"), "auditor", "counterparty", "ROLE"),
        (received("aolani"), "press", "counterparty with paper", "ROLE"),
        (received("aolani"), "visitor", "counterparty", "ROLE"),
        (received("aolani"), "press", "third_party_report", None),
        (received(None), "press", "third_party_report", None),
        (received("aolani"), "auditor", "third_party_report", None),
        (received("aolani"), "aivres", "third_party_report with paper", None),
        (received(None), "aivres", "third_party_report with paper", None),
        (received("aolani"), "aivres", "third_party_report", "ROLE"),
        (received("aolani"), "visitor", "third_party_report with paper", "ROLE"),
        (received("aolani"), "visitor", "third_party_report", "ROLE"),
    ],
)
def test_every_other_basis(
    shared: Story, data: EventData, by: str, how: str, expected: str | None
) -> None:
    basis, _, paper = how.partition(" with ")
    statement = said(data, by, basis=basis, documents=PAPER if paper else ())
    assert code(shared, statement) == expected


@pytest.mark.parametrize("basis", ["authority", "counterparty", "third_party_report"])
@pytest.mark.parametrize("name", ["PartyRegistered", "RoleGranted", "KeyRevoked", "RightsAdopted"])
def test_control_entries_of_ledger_and_party_are_first_party_only(
    shared: Story, basis: Basis, name: str
) -> None:
    data = statements()[f"{name}.v1"].data
    statement = said(data, "operator", basis=basis, documents=PAPER)
    assert code(shared, statement) == "BASIS"


@pytest.mark.parametrize("by", ["nvidia", "bis", "auditor", "visitor"])
def test_only_a_registrar_registers(shared: Story, by: str) -> None:
    assert code(shared, said(REGISTERED, by)) == "ROLE"
    assert code(shared, said(REGISTERED, "operator")) is None
    assert code(shared, said(REGISTERED, "deputy")) is None


def test_a_refusal_says_what_would_mend_it(shared: Story) -> None:
    with pytest.raises(Refused, match=r"aivres holds none of the roles.*: maker") as refusal:
        may(shared.ledger.authority, said(commissioned("aivres"), "aivres"), shared.ledger.size)
    assert refusal.value.where == "asserted_by"
    assert "party role" in (refusal.value.hint or "")
    assert "--basis counterparty" in (refusal.value.hint or "")
    with pytest.raises(Refused) as refusal:
        may(shared.ledger.authority, said(CLAIM, "visitor"), shared.ledger.size)
    assert "counterparty" not in (refusal.value.hint or "")  # nobody else acts in a claim
    with pytest.raises(Refused) as refusal:
        may(shared.ledger.authority, said(received("aolani"), "carrier"), shared.ledger.size)
    assert refusal.value.where == "receiver"
    assert "party role" in (refusal.value.hint or "")
    assert "--basis counterparty" in (refusal.value.hint or "")


# --- who signs --------------------------------------------------------------------------------


def test_a_statement_for_another_ledger_is_refused(shared: Story) -> None:
    statement = said(received("aolani"), "aolani", ledger="other.example")
    assert code(shared, statement) == "OTHER-LEDGER"


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([signatory("nvidia")], None),
        ([signatory("stranger")], "PARTY-UNKNOWN"),
        ([signatory("nvidia", "stranger")], "KEY-UNENROLLED"),
        ([signatory("nvidia", "aivres")], "KEY-OF-ANOTHER"),
        ([signatory("nvidia", "ledger")], "KEY-UNENROLLED"),
    ],
)
def test_every_signatory_signs_with_a_key_in_force(
    shared: Story, others: list[Signatory], expected: str | None
) -> None:
    assert code(shared, said(received("aolani"), "aolani", *others)) == expected


def test_a_new_key_may_sign_nothing_but_its_own_enrolment(story: Story) -> None:
    enrolment = story.enrollment("nvidia", "nvidia-2", "nvidia")
    statement = said(received("nvidia"), "nvidia", signatory("carrier", "nvidia-2"))
    assert code(story, statement) == "KEY-UNENROLLED"
    index = story.ledger.append(enrolment).index
    late = said(commissioned("nvidia"), "nvidia")
    late = structs.replace(late, signatories=(signatory("nvidia", "nvidia-2"),))
    assert code(story, late, index) == "KEY-NOT-YET"
    assert code(story, late, index + 1) is None


# --- the opening ------------------------------------------------------------------------------


def opening(**more: Any) -> Statement:
    return said(opening_data(**more), "operator")


def opening_code(statement: Statement) -> str | None:
    try:
        may(Authority(), statement, 0)
    except LedgerError as error:
        return error.code
    return None


def test_entry_0_is_the_opening_and_only_entry_0(shared: Story) -> None:
    assert opening_code(opening()) is None
    assert opening_code(said(REGISTERED, "operator")) == "NOT-THE-OPENING"
    assert code(shared, opening()) == "NOT-THE-OPENING"


def test_an_opening_is_signed_by_the_registrar_key_that_it_carries_alone() -> None:
    for signers in (
        (signatory("operator", "recovery"),),
        (signatory("operator", "ledger"),),
        (signatory("nvidia", "operator"),),
        (signatory("operator"), signatory("nvidia")),
    ):
        statement = structs.replace(opening(), signatories=signers)
        assert opening_code(statement) == "OPENING-SIGNER"


@pytest.mark.parametrize(
    "same", [("recovery_key", "operator"), ("checkpoint_key", "operator"),
             ("checkpoint_key", "recovery")],
)  # fmt: skip
def test_the_three_keys_of_an_opening_differ(same: tuple[str, str]) -> None:
    field, name = same
    more = {field: public_key(signer_of(name).public_key, "another desk")}
    assert opening_code(opening(**more)) == "OPENING-KEYS"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"ledger": "other.example"}, "OTHER-LEDGER"),
        ({"basis": "counterparty"}, "BASIS"),
        ({"seen": Seen(size=0, root="0" * 64)}, "BASIS"),
    ],
)
def test_an_opening_is_for_its_own_ledger_and_saw_nothing(
    more: dict[str, Any], expected: str
) -> None:
    assert opening_code(structs.replace(opening(), **more)) == expected


WEAK = [bytes([1]) + bytes(31), bytes(32), b"\xff" * 32]  # identity, order 4, y beyond the prime


@pytest.mark.parametrize("raw", WEAK)
@pytest.mark.parametrize("field", ["registrar_key", "recovery_key", "checkpoint_key"])
def test_an_opening_carries_canonical_keys_only(raw: bytes, field: str) -> None:
    with pytest.raises(Malformed, match="KEY-"):
        may(Authority(), opening(**{field: public_key(raw, "desk")}), 0)


# --- versions of this table -------------------------------------------------------------------


def test_the_table_is_known_by_name_and_digest() -> None:
    assert {RIGHTS_NAME: RIGHTS_SHA256} == KNOWN_RIGHTS
    assert hashlib.sha256(rights_table()).hexdigest() == RIGHTS_SHA256


@pytest.mark.parametrize(
    ("name", "digest"), [("chipledger-rights-v2", RIGHTS_SHA256), (RIGHTS_NAME, "0" * 64)]
)
def test_a_table_that_this_version_does_not_know_decides_nothing(
    shared: Story, name: str, digest: str
) -> None:
    with pytest.raises(Unavailable, match="RIGHTS-UNKNOWN"):
        may(Authority(), opening(rights=name, rights_sha256=digest), 0)
    adopted = said(RightsAdopted(rights=name, rights_sha256=digest), "operator")
    assert code(shared, adopted) == "RIGHTS-UNKNOWN"
    assert code(shared, said(RightsAdopted(rights=name, rights_sha256=digest), "nvidia")) == "ROLE"


def test_a_table_counts_from_the_entry_after_its_adoption() -> None:
    authority = Authority()
    authority.apply(0, opening())
    unknown = RightsAdopted(rights="chipledger-rights-v2", rights_sha256="0" * 64)
    authority.apply(5, said(unknown, "operator"))
    authority.apply(
        9, said(RightsAdopted(rights=RIGHTS_NAME, rights_sha256=RIGHTS_SHA256), "operator")
    )
    for index in (1, 5, 10):
        check_rights_known(authority, index)
        may(authority, said(REGISTERED, "operator"), index)
    for index in (6, 9):
        with pytest.raises(Unavailable, match="RIGHTS-UNKNOWN"):
            may(authority, said(REGISTERED, "operator"), index)


# --- enrolment --------------------------------------------------------------------------------


def enrolment(party: str, key: PublicKey, *others: Signatory) -> Statement:
    return said(KeyEnrolled(party=party, key=key), "operator", *others)


@pytest.mark.parametrize("taken", ["nvidia", "operator", "recovery", "ledger"])
@pytest.mark.parametrize("party", ["nvidia", "aolani"])
def test_a_key_is_enrolled_once_for_one_party_and_never_a_ledgers(
    shared: Story, taken: str, party: str
) -> None:
    key = public_key(signer_of(taken).public_key, "desk")
    statement = enrolment(party, key, signatory(party, taken))
    with pytest.raises(Conflict, match="KEY-ENROLLED-BEFORE"):
        may(shared.ledger.authority, statement, shared.ledger.size)


def test_a_revoked_key_is_not_enrolled_again(story: Story) -> None:
    revoke(story, "nvidia", "nvidia", by="nvidia")
    key = public_key(signer_of("nvidia").public_key, "desk")
    assert code(story, enrolment("nvidia", key, signatory("nvidia"))) == "KEY-ENROLLED-BEFORE"


def test_a_new_key_signs_its_own_enrolment_for_its_party(shared: Story) -> None:
    key = public_key(signer_of("new").public_key, "desk")
    assert code(shared, enrolment("nvidia", key, signatory("nvidia", "new"))) is None
    assert code(shared, enrolment("nvidia", key)) == "KEY-NOT-PROVEN"
    assert code(shared, enrolment("nvidia", key, signatory("nvidia"))) == "KEY-NOT-PROVEN"
    # in other letters the key is not the one that may sign before it is in force
    other = enrolment("nvidia", key, signatory("NVIDIA", "new"))
    assert code(shared, other) == "KEY-UNENROLLED"


def test_a_key_is_enrolled_for_a_party_that_is_registered(shared: Story) -> None:
    key = public_key(signer_of("new").public_key, "desk")
    assert code(shared, enrolment("nobody", key)) == "PARTY-UNKNOWN"
    assert code(shared, enrolment("nobody", key, signatory("nobody", "new"))) == "PARTY-UNKNOWN"


@pytest.mark.parametrize("raw", WEAK)
def test_a_key_that_is_not_canonical_is_not_enrolled(shared: Story, raw: bytes) -> None:
    weak = Signatory(party="nvidia", key=key_id(raw))
    with pytest.raises(Malformed, match="KEY-"):
        may(
            shared.ledger.authority,
            enrolment("nvidia", public_key(raw, "desk"), weak),
            shared.ledger.size,
        )


def test_a_partys_next_key_without_its_own_is_admitted_and_stays_a_reset(story: Story) -> None:
    story.ledger.append(story.enrollment("nvidia", "nvidia-2"))
    key = story.ledger.authority.keys[key_id(signer_of("nvidia-2").public_key)]
    assert key.reset
    assert story.audit().verdict == "PASS"


# --- revocation -------------------------------------------------------------------------------


def revocation(party: str, key: str, by: str, **more: Any) -> Statement:
    data = KeyRevoked(party=party, key=key_id(signer_of(key).public_key), reason="lost", **more)
    return said(data, by)


def revoke(story: Story, party: str, key: str, *, by: str) -> int:
    data = KeyRevoked(party=party, key=key_id(signer_of(key).public_key), reason="lost")
    return story.record(data, by).index


@pytest.mark.parametrize(
    ("party", "key", "by", "expected"),
    [
        ("nvidia", "nvidia", "nvidia", None),  # with the key itself
        ("NVIDIA", "nvidia", "nvidia", None),
        ("nvidia", "nvidia", "operator", None),
        ("nvidia", "nvidia", "deputy", None),
        ("operator", "recovery", "operator", None),
        ("operator", "operator", "deputy", None),
        ("deputy", "deputy", "operator", None),
        ("operator", "operator", "operator", "KEY-SELF"),
        ("deputy", "deputy", "deputy", "KEY-SELF"),
        ("nvidia", "nvidia", "aolani", "ROLE"),
        ("nvidia", "nvidia", "auditor", "ROLE"),
        ("nvidia", "nvidia", "bis", "ROLE"),
        ("nvidia", "stranger", "nvidia", "KEY-UNENROLLED"),
        ("nvidia", "ledger", "operator", "KEY-UNENROLLED"),
        ("nvidia", "aivres", "nvidia", "KEY-OF-ANOTHER"),
        ("aivres", "nvidia", "operator", "KEY-OF-ANOTHER"),
    ],
)
def test_who_revokes_which_key(
    shared: Story, party: str, key: str, by: str, expected: str | None
) -> None:
    assert code(shared, revocation(party, key, by)) == expected


def test_only_the_registrar_doubts_what_a_key_signed(shared: Story) -> None:
    assert code(shared, revocation("nvidia", "nvidia", "nvidia", doubted_since=3)) == "ROLE"
    assert code(shared, revocation("nvidia", "nvidia", "operator", doubted_since=3)) is None


def test_nobody_doubts_what_is_not_recorded_yet(shared: Story) -> None:
    here = shared.ledger.size
    for since, expected in ((0, None), (here, None), (here + 1, "DOUBT-AHEAD")):
        statement = revocation("nvidia", "nvidia", "operator", doubted_since=since)
        assert code(shared, statement) == expected


def test_the_last_registrar_key_is_not_revoked(story: Story) -> None:
    revoke(story, "operator", "recovery", by="operator")
    statement = revocation("operator", "operator", "operator")
    assert code(story, statement) == "LAST-REGISTRAR-KEY"
    story.record(RoleGranted(party="nvidia", role="registrar"), "operator")
    assert code(story, revocation("operator", "operator", "nvidia")) is None


def test_a_key_is_revoked_once(story: Story) -> None:
    revoke(story, "nvidia", "nvidia", by="operator")
    assert code(story, revocation("nvidia", "nvidia", "operator")) == "KEY-REVOKED"


def test_a_revoked_key_signs_nothing_more(story: Story) -> None:
    index = revoke(story, "nvidia", "nvidia", by="nvidia")
    with pytest.raises(Refused, match="KEY-REVOKED"):
        story.record(commissioned("nvidia"), "nvidia")
    assert story.ledger.size == index + 1
    assert story.audit().verdict == "PASS"


def test_a_revoked_recovery_key_still_leaves_the_first(story: Story) -> None:
    story.keys["operator"] = "recovery"
    revoke(story, "operator", "operator", by="operator")
    story.record(REGISTERED, "operator")
    assert code(story, said(REGISTERED, "operator")) == "KEY-REVOKED"


# --- roles and agencies -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (RoleGranted(party="nvidia", role="certifier"), None),
        (RoleGranted(party="nvidia", role="maker"), "ROLE-HELD"),
        (RoleGranted(party="NVIDIA", role="maker"), "ROLE-HELD"),
        (RoleGranted(party="operator", role="registrar"), "ROLE-HELD"),
        (RoleGranted(party="nobody", role="maker"), "PARTY-UNKNOWN"),
        (RoleGranted(party="nvidia"), "GRANT-EMPTY"),
        (RoleWithdrawn(party="nvidia", role="maker", reason="x"), None),
        (RoleWithdrawn(party="nvidia", role="certifier", reason="x"), "ROLE-NOT-HELD"),
        (RoleWithdrawn(party="nobody", role="maker", reason="x"), "ROLE-NOT-HELD"),
        (RoleWithdrawn(party="nvidia", acts_for="aolani", reason="x"), "ROLE-NOT-HELD"),
        (RoleWithdrawn(party="nvidia", reason="x"), "GRANT-EMPTY"),
        (RoleWithdrawn(party="deputy", role="registrar", reason="x"), None),
        (RoleWithdrawn(party="operator", role="registrar", reason="x"), "LAST-REGISTRAR"),
        (RoleWithdrawn(party="OPERATOR", role="registrar", reason="x"), "LAST-REGISTRAR"),
    ],
)
def test_what_is_granted_and_withdrawn(
    shared: Story, data: EventData, expected: str | None
) -> None:
    assert code(shared, said(data, "operator")) == expected


def test_the_last_registrar_that_can_sign_stays_one(story: Story) -> None:
    """The operator's keys are lost: its deputy may not go before another one can sign."""
    story.record(RoleGranted(party="nvidia", role="registrar"), "operator")
    revoke(story, "operator", "recovery", by="nvidia")
    revoke(story, "operator", "operator", by="nvidia")
    withdrawal = said(RoleWithdrawn(party="nvidia", role="registrar", reason="x"), "nvidia")
    assert code(story, withdrawal) == "LAST-REGISTRAR-KEY"
    story.record(RoleGranted(party="aolani", role="registrar"), "nvidia")
    assert code(story, withdrawal) is None


def test_a_withdrawn_role_counts_in_the_entry_that_withdraws_it_and_no_further(
    story: Story,
) -> None:
    index = story.record(
        RoleWithdrawn(party="nvidia", role="maker", reason="sold"), "operator"
    ).index
    assert code(story, said(commissioned("nvidia"), "nvidia"), index) is None
    assert code(story, said(commissioned("nvidia"), "nvidia"), index + 1) == "ROLE"


AGENCY = RoleGranted(
    party="carrier", acts_for=ActsFor(principal="aolani", types=("ShipmentReceived",))
)


def test_an_agency_needs_the_principals_signature(shared: Story) -> None:
    assert code(shared, said(AGENCY, "operator")) == "PRINCIPAL-ABSENT"
    assert code(shared, said(AGENCY, "operator", signatory("carrier"))) == "PRINCIPAL-ABSENT"
    assert code(shared, said(AGENCY, "operator", signatory("aolani"))) is None


def test_an_agent_states_its_principals_acts_of_the_types_agreed(story: Story) -> None:
    before = story.ledger.size
    story.record(AGENCY, "operator", "aolani")
    assert code(story, said(received("aolani"), "carrier"), before) == "ACTOR"
    assert code(story, said(received("aolani"), "carrier")) is None
    assert code(story, said(received("nvidia"), "carrier")) == "ACTOR"
    assert code(story, said(commissioned("aolani"), "carrier")) == "ACTOR"
    assert code(story, said(received("carrier"), "aolani")) == "ACTOR"
    receipt = story.record(received("aolani"), "carrier")
    assert story.ledger.event(receipt.index).statement.asserted_by == "carrier"
    story.record(RoleWithdrawn(party="carrier", acts_for="aolani", reason="over"), "operator")
    assert code(story, said(received("aolani"), "carrier")) == "ACTOR"
    assert code(story, said(received("aolani"), "carrier"), receipt.index) is None
    assert story.audit().verdict == "PASS"


def test_an_agent_holds_a_role_of_the_table_itself(story: Story) -> None:
    """`asserted_by` acts for the field's party, *and* holds a role that the table names."""
    story.party("clerk")
    for agent in ("clerk", "carrier"):
        grant = RoleGranted(
            party=agent,
            acts_for=ActsFor(principal="nvidia", types=("BatchCommissioned", "ShipmentReceived")),
        )
        story.record(grant, "operator", "nvidia")
    assert code(story, said(received("nvidia"), "clerk")) == "ROLE"
    assert code(story, said(received("nvidia"), "carrier")) is None
    assert code(story, said(commissioned("nvidia"), "carrier")) == "ROLE"


# --- the ledger's key -------------------------------------------------------------------------


def rotation(key: str, by: str) -> Statement:
    data = LedgerKeyRotated(
        checkpoint_key=public_key(signer_of(key).public_key, "ledger"), reason="moved"
    )
    return said(data, by)


@pytest.mark.parametrize(
    ("key", "by", "expected"),
    [
        ("ledger-2", "operator", None),
        ("ledger-2", "deputy", "ROLE"),  # a registrar, but not the ledger operator
        ("ledger-2", "nvidia", "ROLE"),
        ("ledger", "operator", "KEY-ENROLLED-BEFORE"),
        ("nvidia", "operator", "KEY-ENROLLED-BEFORE"),
        ("recovery", "operator", "KEY-ENROLLED-BEFORE"),
    ],
)
def test_the_operator_rotates_the_ledgers_key_to_a_new_one(
    shared: Story, key: str, by: str, expected: str | None
) -> None:
    assert code(shared, rotation(key, by)) == expected


@pytest.mark.parametrize("raw", WEAK)
def test_the_ledgers_new_key_is_canonical(shared: Story, raw: bytes) -> None:
    data = LedgerKeyRotated(checkpoint_key=public_key(raw, "ledger"), reason="moved")
    with pytest.raises(Malformed, match="KEY-"):
        may(shared.ledger.authority, said(data, "operator"), shared.ledger.size)


# --- bad news is admitted ---------------------------------------------------------------------


def test_what_the_world_is_like_is_never_a_reason_to_refuse(story: Story) -> None:
    """Short, of goods that nobody made, at a site that nobody registered, by the wrong party."""
    line = Line(model="UNHEARD-OF", batch="NEVER-MADE", quantity=10**9, racks=("NO-RACK",))
    data = structs.replace(received("nvidia"), lines=(line,), site="the-moon", shipment="NONE")
    story.record(data, "nvidia", occurred="2999-12-31")
    report = story.audit()
    assert report.verdict == "PASS"
    assert codes(report) == set()


def test_the_opening_is_read_from_base64_as_it_was_written() -> None:
    raw = signer_of("ledger").public_key
    data: LedgerOpened = opening_data()
    assert base64.b64decode(data.checkpoint_key.key) == raw


def test_a_document_is_attached_by_any_party(shared: Story) -> None:
    target = statements()["DocumentAttached.v1"].data.target
    assert code(shared, said(DocumentAttached(target=target, remark="x"), "visitor")) is None
