"""By which right, at which position, about which event, having seen what, in which ledger.

The trees, tiles and checkpoints of these files are sound: the operator itself can make them.
"""

from msgspec import Raw, structs

from ledger.authority import public_key
from ledger.draft import Document
from ledger.events.base import (
    EventData,
    Reference,
    Seen,
    Statement,
    Target,
    WireStatement,
    new_id,
)
from ledger.events.correction import Countersigned, EventVoided
from ledger.events.ledger import CheckpointAnchored, LedgerKeyRotated, RightsAdopted
from ledger.events.party import (
    ActsFor,
    KeyRevoked,
    PartyRegistered,
    RoleGranted,
    RoleWithdrawn,
)
from tests.forger import envelope_of, signed_by
from tests.harness import START, opening_data, signatory, signer_of
from tests.told import commissioned, dispatched
from tests.vectors.log import (
    ACCEPTANCE,
    BATCH,
    MADE,
    MAKER_ENROLLED,
    MAKER_GRANTED,
    MAKER_REGISTERED,
    RECEIPT,
    SHIPMENT,
    Log,
    makers,
    opened,
    parties,
    traded,
)
from tests.vectors.table import Made, made, vector


def _added(data: EventData, by: str, *others: str, **given: object) -> Made:
    """Return a log of as many parties as it takes, with one event more that they really sign."""
    log = parties() if "buyer" in repr((data, by)) else makers()
    log.say(data, by, *others, **given)
    return made(log)


# --- right ------------------------------------------------------------------------------------


@vector("right", "PARTY-UNKNOWN")
def right_of_a_party_that_nobody_registered() -> Made:
    """A party that was never registered asserts a dispatch."""
    log = makers()
    draft = log.draft_of(dispatched("SHP-9", consignor="carrier"), "carrier")
    log.write_signed(draft, "carrier")
    return made(log)


@vector("right", "ROLE")
def right_to_commission_without_the_role() -> Made:
    """The buyer, which is no maker, commissions a batch."""
    return _added(structs.replace(commissioned("B-09"), maker="buyer"), "buyer")


@vector("right", "ROLE")
def right_after_the_role_was_withdrawn() -> Made:
    """The maker commissions a batch after its role maker was withdrawn."""
    log = makers()
    log.say(RoleWithdrawn(party="maker", role="maker", reason="closed"), "operator")
    log.say(commissioned("B-09"), "maker")
    return made(log)


@vector("right", "ROLE")
def right_before_the_role_was_granted() -> Made:
    """The maker commissions a batch one entry before it gets the role maker."""
    log = makers().copy(MAKER_GRANTED)
    log.say(commissioned("B-09"), "maker")
    log.say(RoleGranted(party="maker", role="maker"), "operator")
    return made(log)


@vector("right", "ROLE")
def right_to_grant_roles() -> Made:
    """The maker, which is no registrar, grants itself the role registrar."""
    return _added(RoleGranted(party="maker", role="registrar"), "maker")


@vector("right", "ROLE")
def right_to_rotate_the_ledgers_key() -> Made:
    """The maker gives the ledger a new key, to sign its checkpoints itself."""
    log = makers()
    key = public_key(signer_of("ledger 2").public_key, "ledger")
    log.say(LedgerKeyRotated(checkpoint_key=key, reason="takeover"), "maker")
    log.anchor("ledger", "ledger 2")
    log.sign = signed_by("ledger", "ledger 2")
    return made(log)


@vector("right", "BASIS")
def right_by_another_basis() -> Made:
    """The maker states its own dispatch on the basis counterparty, which is for others."""
    return _added(dispatched("SHP-9"), "maker", basis="counterparty")


@vector("right", "BASIS")
def right_of_an_authority_to_register_a_party() -> Made:
    """The maker holds role authority, and registers a party on that basis: only a registrar may."""
    log = makers()
    log.say(RoleGranted(party="maker", role="authority"), "operator")
    named = PartyRegistered(party="shell", legal_name="Shell", display_name="Shell")
    log.say(named, "maker", basis="authority")
    return made(log)


@vector("right", "ROLE")
def right_of_a_trader_to_report_without_a_document() -> Made:
    """The buyer reports what the maker did, and attaches nothing that says so."""
    return _added(dispatched("SHP-9"), "buyer", basis="third_party_report")


@vector("right", "ROLE")
def right_of_a_party_without_role_to_report() -> Made:
    """A party with a key and no role reports with a document, which only traders may."""
    log = makers().copy(MAKER_GRANTED)
    paper = Document(b"heard", "report", "heard")
    by_nobody = structs.replace(dispatched("SHP-9"), consignor="other")
    log.say(by_nobody, "maker", basis="third_party_report", documents=(paper,))
    return made(log)


@vector("right", "ROLE")
def right_to_rotate_the_ledgers_key_by_another_registrar() -> Made:
    """The maker is a registrar too, and rotates the ledger's key, which only its operator may."""
    log = makers()
    log.say(RoleGranted(party="maker", role="registrar"), "operator")
    key = public_key(signer_of("maker 2").public_key, "ledger")
    log.say(LedgerKeyRotated(checkpoint_key=key, reason="takeover"), "maker")
    log.anchor("ledger", "maker 2")
    log.sign = signed_by("ledger", "maker 2")
    return made(log)


@vector("right", "ROLE")
def right_to_doubt_what_the_own_key_signed() -> Made:
    """The maker revokes its key and calls older entries doubtful, as only a registrar may."""
    log = makers()
    key = signatory("maker").key
    doubt = KeyRevoked(party="maker", key=key, reason="compromised", doubted_since=2)
    log.say(doubt, "maker")
    return made(log)


@vector("right", "ROLE-NOT-HELD")
def right_withdrawn_from_who_is_no_agent() -> Made:
    """The operator withdraws an agency that nobody granted."""
    withdrawn = RoleWithdrawn(party="buyer", acts_for="maker", reason="it ended")
    return _added(withdrawn, "operator")


@vector("right", "ACTOR")
def right_in_the_name_of_another() -> Made:
    """The buyer states first-party that the maker dispatched, and is not its agent."""
    return _added(dispatched("SHP-9"), "buyer")


@vector("right", "ACTOR")
def right_of_an_agent_for_another_type() -> Made:
    """The buyer is the maker's agent for receipts, and states a dispatch of the maker's."""
    log = parties()
    agency = ActsFor(principal="maker", types=("ShipmentReceived",))
    log.say(RoleGranted(party="buyer", acts_for=agency), "operator", "maker")
    log.say(dispatched("SHP-9"), "buyer")
    return made(log)


@vector("right", "PRINCIPAL-ABSENT")
def right_of_an_agent_without_its_principal() -> Made:
    """The buyer becomes the maker's agent, and the maker did not sign that."""
    agency = ActsFor(principal="maker", types=("ShipmentReceived",))
    return _added(RoleGranted(party="buyer", acts_for=agency), "operator")


@vector("right", "GRANT-EMPTY")
def right_grant_of_nothing() -> Made:
    """A grant names neither a role nor an agency."""
    return _added(RoleGranted(party="maker"), "operator")


@vector("right", "ROLE-HELD")
def right_granted_twice() -> Made:
    """The maker is granted the role that it holds."""
    return _added(RoleGranted(party="maker", role="maker"), "operator")


@vector("right", "ROLE-NOT-HELD")
def right_withdrawn_that_was_not_held() -> Made:
    """A role is withdrawn from the maker that it does not hold."""
    return _added(RoleWithdrawn(party="maker", role="owner", reason="error"), "operator")


@vector("right", "LAST-REGISTRAR")
def right_of_the_operator_withdrawn() -> Made:
    """The ledger operator withdraws its own role registrar."""
    return _added(RoleWithdrawn(party="operator", role="registrar", reason="error"), "operator")


@vector("right", "LAST-REGISTRAR-KEY")
def right_last_registrar_key_revoked() -> Made:
    """The operator revokes its recovery key, then its last registrar key with that key itself."""
    log = makers()
    for name in ("recovery", "operator"):
        key = signatory("operator", name).key
        log.say(KeyRevoked(party="operator", key=key, reason="lost"), "operator")
    return made(log)


@vector("right", "KEY-SELF")
def right_to_revoke_the_key_that_signs() -> Made:
    """The registrar revokes the key that it signs the revocation with."""
    key = signatory("operator").key
    return _added(KeyRevoked(party="operator", key=key, reason="lost"), "operator")


@vector("right", "DOUBT-AHEAD")
def right_to_doubt_the_future() -> Made:
    """A revocation doubts the key's acts from an entry on that is not recorded yet."""
    key = signatory("maker").key
    data = KeyRevoked(party="maker", key=key, reason="compromised", doubted_since=10**9)
    return _added(data, "operator")


@vector("right", "RIGHTS-UNKNOWN")
def right_by_a_later_table() -> Made:
    """The ledger adopts a rights table that this verifier does not know."""
    adopted = RightsAdopted(rights="chipledger-rights-v2", rights_sha256="0" * 64)
    return _added(adopted, "operator")


@vector("right", "RIGHTS-UNKNOWN")
def right_by_another_table_of_the_same_name() -> Made:
    """The ledger adopts a table under the known name, with another digest."""
    adopted = RightsAdopted(rights="chipledger-rights-v1", rights_sha256="0" * 64)
    return _added(adopted, "operator")


# --- the ledger -------------------------------------------------------------------------------


def _opening(data: EventData, **changes: object) -> Made:
    """Return a ledger of one entry that opens in another way."""
    names = {signatory("operator", name).key: name for name in ("operator", "recovery")}
    statement = structs.replace(opened().event(0).statement, data=data, **changes)
    log = Log()
    log.write_signed(statement, *(names[one.key] for one in statement.signatories))
    return made(log)


@vector("ledger", "FINGERPRINT-ABSENT")
def ledger_without_a_fingerprint() -> Made:
    """Nothing is wrong; the auditor has no fingerprint, so nobody says which ledger this is."""
    return made(makers(), fingerprint=None)


@vector("ledger", "FINGERPRINT-DIFFERS")
def ledger_of_another_fingerprint() -> Made:
    """The auditor's fingerprint is of another ledger."""
    return made(makers(), fingerprint=bytes(32))


@vector("ledger", "FINGERPRINT-DIFFERS")
def ledger_of_an_impostor() -> Made:
    """Somebody else opens a ledger under the same name, with a checkpoint key of its own."""
    key = public_key(signer_of("impostor").public_key, "ledger")
    log = Log()
    data = opening_data(checkpoint_key=key)
    log.write_signed(structs.replace(opened().event(0).statement, data=data), "operator")
    log.sign = signed_by("impostor")
    return made(log)


@vector("ledger", "OPENING-SIGNER")
def ledger_opened_by_the_recovery_key() -> Made:
    """Entry 0 is signed by the recovery key that it carries, not by the registrar's."""
    return _opening(opening_data(), signatories=(signatory("operator", "recovery"),))


@vector("ledger", "OPENING-KEYS")
def ledger_opened_with_one_key_for_all() -> Made:
    """Registrar key and recovery key are the same."""
    data = opening_data()
    return _opening(structs.replace(data, recovery_key=data.registrar_key))


@vector("ledger", "ENTRY0-MALFORMED")
def ledger_that_does_not_open() -> Made:
    """Entry 0 is missing: the log begins with the registration of a party."""
    log = Log()
    _again(log, makers(), 1)
    return made(log)


@vector("ledger", "NOT-THE-OPENING")
def ledger_opened_twice() -> Made:
    """The ledger is opened once more in the middle, with another checkpoint key."""
    key = public_key(signer_of("ledger 2").public_key, "ledger")
    return _added(opening_data(checkpoint_key=key), "operator")


@vector("ledger", "OTHER-LEDGER")
def ledger_of_another_name_in_a_statement() -> Made:
    """A dispatch that the maker signed for another ledger is recorded in this one."""
    log = makers()
    draft = log.draft_of(dispatched("SHP-9"), "maker")
    log.write_signed(structs.replace(draft, ledger="other.operator.invalid"), "maker")
    return made(log)


def _later(statement: Statement, kind: str = "ShipmentBlessed.v1") -> WireStatement:
    """Return a statement of a type that only a later version knows."""
    fields = structs.asdict(statement) | {"type": kind, "data": Raw(b'{"by":"bishop"}')}
    return WireStatement(**fields)


@vector("ledger", "TYPE-UNKNOWN")
def ledger_with_an_event_of_a_later_version() -> Made:
    """The maker signed an event of a type that this verifier does not know."""
    log = makers()
    log.write_signed(_later(log.draft_of(dispatched("SHP-9"), "maker")), "maker")
    return made(log)


def later_with(data: bytes) -> Log:
    """Return a log with an event of a later version that carries these data."""
    log = makers()
    later = _later(log.draft_of(dispatched("SHP-9"), "maker"))
    statement = structs.replace(later, data=Raw(data))
    log.write_bytes(log.entry_bytes(envelope_of(statement, "maker")))
    return log


def nested(levels: int) -> bytes:
    """Return data of a statement that has so many levels, the statement itself the first."""
    return b'{"a":' * (levels - 1) + b'"\\"{["' + b"}" * (levels - 1)


def _nested(levels: int) -> Made:
    return made(later_with(nested(levels)))


@vector("ledger", "TYPE-UNKNOWN")
def ledger_with_a_later_event_of_16_levels() -> Made:
    """An event of an unknown type has 16 objects within each other, its statement the first."""
    return _nested(16)


@vector("ledger", "ENTRY-MALFORMED")
def ledger_with_a_later_event_of_17_levels() -> Made:
    """An event of an unknown type has 17 objects within each other: none may have so many."""
    return _nested(17)


@vector("ledger", "ENTRY-MALFORMED")
def ledger_with_a_later_event_of_950_levels() -> Made:
    """An event of an unknown type has 950 objects within each other, which some parsers read."""
    return _nested(950)


@vector("ledger", "TYPE-UNKNOWN")
def ledger_opened_by_a_later_version() -> Made:
    """Entry 0 is an opening of a type that this verifier does not know."""
    log = Log()
    log.write_signed(_later(opened().event(0).statement, "LedgerOpened.v2"), "operator")
    return made(log)


@vector("ledger", "TYPE-UNKNOWN")
def ledger_with_a_grant_of_a_later_version() -> Made:
    """A control entry of an unknown type may have granted the right that an entry behind lacks."""
    log = parties()
    grant = _later(
        log.draft_of(RoleGranted(party="buyer", role="maker"), "operator"), "RoleGranted.v2"
    )
    log.control = log.write_signed(grant, "operator")
    log.say(structs.replace(commissioned("B-09"), maker="buyer"), "buyer")
    return made(log)


# --- position ---------------------------------------------------------------------------------


def _again(log: Log, source: Log, start: int, stop: int | None = None) -> None:
    """Write entries of another log again, as they were signed."""
    for index in range(start, source.size if stop is None else stop):
        event = source.event(index)
        log.write(event.entry.envelope, recorded_at=event.entry.recorded_at)


def _sent() -> Log:
    """Return a log of the maker's batch and its shipment."""
    log = makers()
    log.say(commissioned(), "maker")
    log.say(dispatched("SHP-1"), "maker")
    return log


@vector("position", "SEEN-AHEAD", "SEEN-DIFFERS")
def position_of_an_entry_left_out() -> Made:
    """The operator drops a batch and makes chain, tree and note anew; later signers had seen it."""
    whole = _sent()
    log = whole.copy(MADE)
    _again(log, whole, MADE + 1)
    return made(log)


@vector("position", "SEEN-AHEAD", "SEEN-DIFFERS")
def position_of_an_entry_put_into_the_past() -> Made:
    """The operator inserts a dispatch, signed afterwards, among entries of long ago."""
    whole = _sent()
    late = envelope_of(whole.draft_of(dispatched("SHP-0"), "maker"), "maker")
    log = whole.copy(MADE)
    log.write(late, recorded_at=whole.event(MADE).entry.recorded_at)
    _again(log, whole, MADE)
    return made(log)


@vector("position", "SEEN-AHEAD", "SEEN-DIFFERS", "TARGET-UNKNOWN", "CLOCK-BACKWARDS")
def position_of_two_entries_exchanged() -> Made:
    """The acceptance of a dispatch stands before the dispatch."""
    whole = traded()
    log = whole.copy(SHIPMENT)
    _again(log, whole, ACCEPTANCE)
    _again(log, whole, SHIPMENT, ACCEPTANCE)
    return made(log)


@vector("position", "CHECKPOINT-OLD-AHEAD")
def position_of_the_end_cut_off() -> Made:
    """The operator drops the last entry; only a checkpoint kept from an earlier audit tells."""
    whole = _sent()
    return made(whole.copy(whole.size - 1), checkpoints=[whole.note()])


@vector("position", "CHECKPOINT-OLD-DIFFERS")
def position_of_the_end_rewritten() -> Made:
    """The operator drops the last entry and goes on otherwise: two histories of one ledger."""
    whole = _sent()
    log = whole.copy(whole.size - 1)
    log.say(dispatched("SHP-9"), "maker")
    return made(log, checkpoints=[whole.note()])


@vector("position", "CHECKPOINT-OLD-MALFORMED")
def position_kept_of_another_ledger() -> Made:
    """What the auditor kept is a checkpoint of another ledger."""
    note = signed_by("ledger", origin="other.operator.invalid")(3, bytes(32))
    return made(makers(), checkpoints=[note])


@vector("position", "CLOCK-BACKWARDS")
def position_dated_back() -> Made:
    """The newest entry says that it was recorded before the one in front of it."""
    log = makers()
    envelope = envelope_of(log.draft_of(dispatched("SHP-9"), "maker"), "maker")
    log.write(envelope, recorded_at="2026-01-05T00:00:00.000000Z")
    return made(log)


@vector("position", "ID-REUSED")
def position_of_an_event_recorded_twice() -> Made:
    """One dispatch, signed once, is recorded twice: the goods would move twice."""
    log = makers()
    log.say(dispatched("SHP-9"), "maker")
    _again(log, log.copy(), log.size - 1)
    return made(log)


@vector("position", "IDEMPOTENCY-REUSED")
def position_of_an_idempotency_key_used_twice() -> Made:
    """The maker used one idempotency key for two dispatches."""
    log = makers()
    key = Reference(type="idempotency", value="K-1")
    for shipment in ("SHP-8", "SHP-9"):
        log.say(dispatched(shipment), "maker", references=(key,))
    return made(log)


@vector("position", "IDENTIFIER-USED")
def position_of_an_identifier_opened_twice() -> Made:
    """The maker opens SHP-9 a second time, in lower case."""
    log = makers()
    for shipment in ("SHP-9", "shp-9"):
        log.say(dispatched(shipment), "maker")
    return made(log)


# --- control chain ----------------------------------------------------------------------------


def _naming(control: int, at: int, log: Log | None = None) -> Made:
    """Return a log whose entry `at` names another control entry than the newest before it."""
    whole = log or makers()
    forged = whole.copy(at)
    for index in range(at, whole.size):
        event = whole.event(index)
        wrong = control if index == at else event.entry.control
        forged.write(event.entry.envelope, recorded_at=event.entry.recorded_at, control=wrong)
    return made(forged)


@vector("control chain", "CONTROL-CHAIN", "SEEN-DIFFERS")
def control_chain_past_an_enrolment() -> Made:
    """An entry names the control entry before the newest: who follows the chain misses a key."""
    return _naming(MAKER_REGISTERED, MAKER_GRANTED, parties())


@vector("control chain", "CONTROL-CHAIN")
def control_chain_that_points_forwards() -> Made:
    """The last entry names a control entry behind itself."""
    return _naming(2**53 - 1, makers().size - 1)


@vector("control chain", "CONTROL-CHAIN")
def control_chain_that_points_at_itself() -> Made:
    """The last entry names itself."""
    log = makers()
    return _naming(log.size - 1, log.size - 1)


@vector("control chain", "CONTROL-CHAIN")
def control_chain_through_an_entry_that_is_none() -> Made:
    """The last entry names a dispatch, which is no control entry."""
    log = makers()
    log.say(dispatched("SHP-8"), "maker")
    log.say(dispatched("SHP-9"), "maker")
    return _naming(log.size - 2, log.size - 1, log)


@vector("control chain", "CONTROL-CHAIN")
def control_chain_without_a_revocation() -> Made:
    """The operator drops a revocation, and forgets the entries that name it."""
    whole = parties()
    key = signatory("maker").key
    whole.say(KeyRevoked(party="maker", key=key, reason="compromised"), "operator")
    revoked = whole.size - 1
    whole.say(RoleGranted(party="buyer", role="lessee"), "operator")
    log = whole.copy(revoked)
    event = whole.event(revoked + 1)
    log.write(event.entry.envelope, control=revoked)
    return made(log)


# --- correction target ------------------------------------------------------------------------


def _about(data: EventData, by: str, **given: object) -> Made:
    """Return a log of a batch and its shipment with one more event."""
    log = _shipped()
    log.say(data, by, **given)
    return made(log)


def _shipped() -> Log:
    log = traded().copy(RECEIPT)
    packing_list = traded().event(RECEIPT).statement.documents[0].sha256
    del log.documents[packing_list]
    return log


def _no_such() -> Target:
    return Target(id=new_id(START, bytes(10)), payload_sha256="0" * 64)


@vector("correction target", "TARGET-UNKNOWN")
def target_that_is_not_there() -> Made:
    """The buyer accepts an event that no entry holds."""
    return _added(Countersigned(target=_no_such(), stance="accepts"), "buyer")


@vector("correction target", "TARGET-DIGEST")
def target_with_other_words() -> Made:
    """The buyer accepted other words under the same id than those that are recorded."""
    other = structs.replace(traded().target(SHIPMENT), payload_sha256="0" * 64)
    return _about(Countersigned(target=other, stance="accepts"), "buyer")


@vector("correction target", "TARGET-FIXED")
def target_that_cannot_be_voided() -> Made:
    """The operator voids the enrolment of a key, which only a new event may follow."""
    return _added(EventVoided(target=makers().target(MAKER_ENROLLED), reason="error"), "operator")


@vector("correction target", "TARGET-TYPE")
def target_of_another_type() -> Made:
    """A dispatch replaces the commissioning of a batch."""
    return _about(dispatched("SHP-9"), "maker", corrects=traded().target(BATCH))


@vector("correction target", "TARGET-NOT-NEWEST")
def target_that_was_corrected_before() -> Made:
    """The maker corrects a dispatch that it had corrected already."""
    log = makers()
    sent = log.say(dispatched("SHP-1"), "maker")
    for _ in range(2):
        log.say(dispatched("SHP-1"), "maker", corrects=log.target(sent))
    return made(log)


@vector("correction target", "TARGET-NOT-NEWEST")
def target_that_was_voided_before() -> Made:
    """The maker corrects a dispatch that it had voided."""
    log = makers()
    sent = log.say(dispatched("SHP-1"), "maker")
    log.say(EventVoided(target=log.target(sent), reason="never left"), "maker")
    log.say(dispatched("SHP-1"), "maker", corrects=log.target(sent))
    return made(log)


@vector("correction target", "NOT-ASSERTED-BY")
def target_of_another_partys_word() -> Made:
    """The buyer corrects the maker's dispatch."""
    again = dispatched("SHP-1", consignor="buyer")
    return _about(again, "buyer", corrects=traded().target(SHIPMENT))


@vector("correction target", "NOT-ASSERTED-BY")
def target_voided_by_the_operator() -> Made:
    """The operator voids the maker's dispatch."""
    return _about(EventVoided(target=traded().target(SHIPMENT), reason="gone"), "operator")


@vector("correction target", "NOT-NAMED")
def target_that_does_not_name_the_signer() -> Made:
    """The buyer disputes a batch that does not name it."""
    data = Countersigned(target=traded().target(BATCH), stance="disputes", text="not ours")
    return _about(data, "buyer")


# --- seen -------------------------------------------------------------------------------------


def _having_seen(seen: Seen) -> Made:
    log = makers()
    draft = log.draft_of(dispatched("SHP-9"), "maker")
    log.write_signed(structs.replace(draft, seen=seen), "maker")
    return made(log)


@vector("seen", "SEEN-AHEAD")
def seen_of_the_future() -> Made:
    """The maker signed that it had seen more entries than there were."""
    return _having_seen(Seen(size=1000, root="0" * 64))


@vector("seen", "SEEN-DIFFERS")
def seen_of_another_history() -> Made:
    """The maker had verified another history than this one, which the operator hides."""
    return _having_seen(Seen(size=3, root="0" * 64))


@vector("seen", "SEEN-DIFFERS")
def seen_of_the_empty_tree_with_another_root() -> Made:
    """The maker had seen no entries, under a root that the empty tree does not have."""
    return _having_seen(Seen(size=0, root="0" * 64))


@vector("seen", "SEEN-DIFFERS")
def seen_by_witnesses_of_another_history() -> Made:
    """The operator records a checkpoint of three entries as anchored that is not this log's."""
    line = f"\u2014 witness.example.invalid {'A' * 100}"
    data = CheckpointAnchored(size=3, root="0" * 64, cosignatures=(line,))
    return _added(data, "operator")
