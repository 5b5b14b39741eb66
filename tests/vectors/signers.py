"""Who signed, with which key, and how the key came in.

The trees, tiles and checkpoints of these files are sound: the operator itself can make them.
"""

import base64
from collections.abc import Callable, Sequence

from msgspec import structs

from ledger import canonical
from ledger.authority import public_key
from ledger.events.base import (
    PublicKey,
    signatories,
)
from ledger.events.party import KeyEnrolled, KeyRevoked, RoleWithdrawn
from ledger.signing import curve
from ledger.signing.envelope import Signature, pae_of, seal, sign
from ledger.signing.signer import key_id
from tests.forger import envelope_of
from tests.harness import signatory, signer_of
from tests.told import commissioned, dispatched
from tests.vectors.log import (
    MAKER_ENROLLED,
    makers,
    parties,
)
from tests.vectors.table import Made, made, vector

ORDER = 2**252 + 27742317777372353535851937790883648493
"""L, the order of the group that signatures are made in (RFC 8032)."""


# --- signature --------------------------------------------------------------------------------


def _signed(change: Callable[[bytes, Signature], Sequence[Signature]]) -> Made:
    """Return a log with a dispatch by the maker whose signatures are changed."""
    log = makers()
    envelope = envelope_of(log.draft_of(dispatched("SHP-9"), "maker"), "maker")
    [own] = envelope.signatures
    others = tuple(change(envelope.statement_bytes(), own))
    log.write(structs.replace(envelope, signatures=others))
    return made(log)


def _with(own: Signature, raw: bytes) -> list[Signature]:
    return [structs.replace(own, sig=base64.b64encode(raw).decode())]


@vector("signature", "SIGNATURE")
def signature_of_another_statement() -> Made:
    """The operator puts the maker's signature of one dispatch under another dispatch."""
    log = makers()
    drafts = [log.draft_of(dispatched(name), "maker") for name in ("SHP-8", "SHP-9")]
    one, other = (envelope_of(draft, "maker") for draft in drafts)
    log.write(structs.replace(one, signatures=other.signatures))
    return made(log)


@vector("signature", "SIGNATURE")
def signature_one_bit_changed() -> Made:
    """One bit of the maker's signature is another."""
    return _signed(lambda _, own: _with(own, bytes([own.raw()[0] ^ 1]) + own.raw()[1:]))


@vector("signature", "SIGNATURE")
def signature_s_plus_order() -> Made:
    """The order of the group is added to S: some libraries take that for a signature too."""

    def change(_: bytes, own: Signature) -> list[Signature]:
        scalar = int.from_bytes(own.raw()[32:], "little") + ORDER
        return _with(own, own.raw()[:32] + scalar.to_bytes(32, "little"))

    return _signed(change)


@vector("signature", "SIGNATURE")
def signature_of_zeros() -> Made:
    """The signature is 64 zero bytes."""
    return _signed(lambda _, own: _with(own, bytes(64)))


@vector("signature", "SIGNATURE")
def signature_r_is_the_identity() -> Made:
    """R is the identity, a point of small order, and S is zero."""
    return _signed(lambda _, own: _with(own, b"\x01" + bytes(63)))


@vector("signature", "SIGNATURE")
def signature_r_not_canonical() -> Made:
    """R is written with a y that is not below p."""
    return _signed(lambda _, own: _with(own, b"\xee" + b"\xff" * 30 + b"\x7f" + own.raw()[32:]))


@vector("signature", "SIGNATURE")
def signature_over_the_statement_alone() -> Made:
    """The maker signs the statement's bytes and not DSSE's pre-authentication encoding."""
    return _signed(lambda payload, own: _with(own, signer_of("maker").sign(payload)))


@vector("signature", "SIGNATURE")
def signature_for_another_payload_type() -> Made:
    """The maker's signature was made for in-toto's payload type over the same bytes."""
    other = "application/vnd.in-toto+json"
    return _signed(lambda data, own: _with(own, signer_of("maker").sign(pae_of(other, data))))


@vector("signature", "SIGNATURE")
def statement_changed_under_its_signature() -> Made:
    """The operator writes 70 GPUs where the maker signed 72, and makes tree and note anew."""
    log = makers()
    envelope = envelope_of(log.draft_of(commissioned(), "maker"), "maker")
    changed = envelope.statement_bytes().replace(b'"quantity":72', b'"quantity":70')
    log.write(seal(changed, envelope.signatures))
    return made(log)


@vector("signature", "SIGNATURE-COUNT")
def signature_of_a_signatory_missing() -> Made:
    """The dispatch names the buyer as signatory too, and only the maker signed."""
    log = parties()
    log.write_signed(log.draft_of(dispatched("SHP-9"), "maker", "buyer"), "maker")
    return made(log)


@vector("signature", "SIGNATURE-COUNT")
def signature_twice() -> Made:
    """The maker's signature stands there twice."""
    return _signed(lambda _, own: [own, own])


@vector("signature", "SIGNATURE-COUNT")
def signatures_in_another_order() -> Made:
    """The two signatures have changed places."""
    log = parties()
    log.write_signed(log.draft_of(dispatched("SHP-9"), "maker", "buyer"), "buyer", "maker")
    return made(log)


@vector("signature", "SIGNATURE-COUNT")
def signature_under_another_key_id() -> Made:
    """The maker's signature carries the buyer's key id."""
    buyer = signatory("buyer").key
    return _signed(lambda _, own: [structs.replace(own, keyid=buyer)])


@vector("signature", "ENTRY-MALFORMED")
def signature_of_63_bytes() -> Made:
    """The last byte of the maker's signature is missing."""
    return _signed(lambda _, own: _with(own, own.raw()[:63]))


@vector("signature", "ENTRY-MALFORMED")
def signature_base64_with_stray_bits() -> Made:
    """The base64 of the maker's signature has bits set behind its last byte."""

    def change(_: bytes, own: Signature) -> list[Signature]:
        assert own.sig[-3] in "AQgw"
        return [structs.replace(own, sig=own.sig[:-3] + chr(ord(own.sig[-3]) + 1) + "==")]

    return _signed(change)


# --- key --------------------------------------------------------------------------------------


def _signed_as(party: str, key: str) -> Made:
    """Return a log with a dispatch that a party signs with the key of this name."""
    log = parties() if key == "buyer" else makers()
    draft = log.draft_of(dispatched("SHP-9", consignor=party), "maker")
    log.write_signed(
        structs.replace(draft, asserted_by=party, signatories=(signatory(party, key),)), key
    )
    return made(log)


@vector("key", "KEY-UNENROLLED")
def key_that_nobody_enrolled() -> Made:
    """The maker's name stands over a key that was never enrolled."""
    return _signed_as("maker", "stranger")


@vector("key", "KEY-OF-ANOTHER")
def key_of_another_party() -> Made:
    """The buyer signs with its own key in the maker's name."""
    return _signed_as("maker", "buyer")


@vector("key", "KEY-OF-ANOTHER")
def key_of_the_operator_in_the_makers_name() -> Made:
    """The operator signs with its registrar key in the maker's name."""
    return _signed_as("maker", "operator")


@vector("key", "KEY-NOT-YET")
def key_before_its_enrolment() -> Made:
    """The maker's dispatch stands before the entry that enrols the maker's key."""
    whole = makers()
    log = whole.copy(MAKER_ENROLLED)
    log.write_signed(log.draft_of(dispatched("SHP-9"), "maker"), "maker")
    log.enroll("maker", "maker")
    return made(log)


@vector("key", "KEY-REVOKED")
def key_after_its_revocation() -> Made:
    """The maker's stolen key goes on signing after it was revoked."""
    log = makers()
    key = signatory("maker").key
    log.say(KeyRevoked(party="maker", key=key, reason="compromised"), "operator")
    log.say(dispatched("SHP-9"), "maker")
    return made(log)


@vector("key", "KEY-REVOKED")
def key_revoked_again_behind_what_it_signed() -> Made:
    """The maker's revoked key signs, and is revoked once more behind that: the first one counts."""
    log = makers()
    revoked = KeyRevoked(party="maker", key=signatory("maker").key, reason="compromised")
    log.say(revoked, "operator")
    log.say(dispatched("SHP-9"), "maker")
    log.say(revoked, "operator")
    return made(log)


@vector("right", "ROLE", "ROLE-NOT-HELD")
def right_withdrawn_again_behind_its_use() -> Made:
    """A role is used after it was withdrawn, and withdrawn once more: the first one counts."""
    log = makers()
    withdrawn = RoleWithdrawn(party="maker", role="maker", reason="it closed")
    log.say(withdrawn, "operator")
    log.say(commissioned("B-09"), "maker")
    log.say(withdrawn, "operator")
    return made(log)


@vector("key", "KEY-UNENROLLED")
def key_of_the_ledger_signs_an_event() -> Made:
    """The operator signs an event with the ledger's checkpoint key."""
    return _signed_as("operator", "ledger")


def _enrolling(raw: bytes) -> Made:
    """Return a log that enrols 32 bytes that are no good key; nobody can prove it by signing."""
    log = makers()
    key = PublicKey(algorithm="ed25519", key=base64.b64encode(raw).decode(), holder="desk")
    own = structs.replace(signatory("maker"), key=key_id(raw))
    statement = structs.replace(
        log.draft_of(KeyEnrolled(party="maker", key=key), "operator"),
        signatories=signatories(signatory("operator"), own),
    )
    payload = canonical.encode(statement)
    by = {signatory("operator").key: "operator", own.key: "maker"}
    signed = [
        structs.replace(sign(payload, signer_of(by[one.key])), keyid=one.key)
        for one in statement.signatories
    ]
    log.write(seal(payload, signed))
    return made(log)


@vector("key", "KEY-NOT-CANONICAL", "SIGNATURE")
def key_not_canonical() -> Made:
    """A key is enrolled whose y is not below p."""
    return _enrolling(b"\xff" * 31 + b"\x7f")


@vector("key", "KEY-NOT-ON-CURVE", "SIGNATURE")
def key_not_on_the_curve() -> Made:
    """A key is enrolled that is no point of the curve."""
    return _enrolling(b"\x02" + bytes(31))


@vector("key", "KEY-SMALL-ORDER", "SIGNATURE")
def key_of_small_order() -> Made:
    """A key is enrolled that is the identity: under it anybody signs anything."""
    return _enrolling(b"\x01" + bytes(31))


@vector("key", "KEY-MIXED-ORDER", "SIGNATURE")
def key_of_mixed_order() -> Made:
    """A key is enrolled that has a part of small order: libraries differ on its signatures."""
    point, torsion = curve.decode(signer_of("maker").public_key), curve.decode(bytes(32))
    assert point is not None
    assert torsion is not None
    return _enrolling(curve.encode(curve.add(point, torsion)))


@vector("key", "PIN-DIFFERS")
def key_of_the_operators_making() -> Made:
    """The operator enrolled a key of its own in the maker's name; the auditor has the real one."""
    real = signatory("maker", "the maker's real key").key
    return made(makers(), pins={"maker": real})


@vector("key", "PIN-DIFFERS")
def key_enrolled_beside_the_pinned_one() -> Made:
    """A second key of the maker's is enrolled that its first, which is pinned, did not sign."""
    log = makers()
    log.enroll("maker", "maker 2")
    return made(log, pins={"maker": signatory("maker").key})


@vector("key", "PIN-MISSING")
def key_pin_required_and_not_given() -> Made:
    """Nothing is wrong; the auditor's rule asks for a pin of the maker's, and there is none."""
    return made(makers(), required_pins=["maker"])


@vector("key", "PIN-MISSING")
def key_pin_of_a_party_without_keys() -> Made:
    """The auditor pins a party that this ledger does not know."""
    return made(makers(), pins={"carrier": signatory("carrier").key})


# --- enrolment --------------------------------------------------------------------------------


@vector("enrolment", "KEY-NOT-PROVEN")
def enrolment_without_the_key() -> Made:
    """A key is enrolled that did not sign its enrolment."""
    log = makers()
    log.write_signed(log.enrolment("maker", "maker 2"), "operator")
    return made(log)


@vector("enrolment", "KEY-ENROLLED-BEFORE")
def enrolment_of_another_partys_key() -> Made:
    """The maker's key is enrolled for the buyer too."""
    log = parties()
    own = signatory("buyer", "maker")
    statement = log.enrolment("buyer", "maker", own)
    by = {own.key: "maker", signatory("operator").key: "operator"}
    log.write_signed(statement, *(by[one.key] for one in statement.signatories))
    return made(log)


@vector("enrolment", "KEY-OF-ANOTHER")
def enrolment_that_the_new_key_signs_as_another_party() -> Made:
    """A new key of the maker signs its enrolment in the buyer's name."""
    log = parties()
    statement = log.enrolment("maker", "maker 2", signatory("buyer", "maker 2"))
    names = {"operator": "operator", "buyer": "maker 2"}
    log.write_signed(statement, *(names[one.party] for one in statement.signatories))
    return made(log)


@vector("enrolment", "KEY-ENROLLED-BEFORE")
def enrolment_of_a_revoked_key() -> Made:
    """The maker's revoked key is enrolled again."""
    log = makers()
    key = signatory("maker").key
    log.say(KeyRevoked(party="maker", key=key, reason="compromised"), "operator")
    log.enroll("maker", "maker")
    return made(log)


@vector("enrolment", "KEY-ENROLLED-BEFORE")
def enrolment_of_the_ledgers_key() -> Made:
    """The ledger's checkpoint key is enrolled as the buyer's."""
    log = parties()
    log.enroll("buyer", "ledger")
    return made(log)


@vector("enrolment", "ROLE")
def enrolment_by_no_registrar() -> Made:
    """The maker enrols a key for itself, without the registrar."""
    log = makers()
    data = KeyEnrolled(party="maker", key=public_key(signer_of("maker 2").public_key, "desk"))
    draft = log.draft_of(data, "maker")
    new = signatory("maker", "maker 2")
    statement = structs.replace(draft, signatories=signatories(signatory("maker"), new))
    by = {new.key: "maker 2", signatory("maker").key: "maker"}
    log.write_signed(statement, *(by[one.key] for one in statement.signatories))
    return made(log)


@vector("enrolment", "PARTY-UNKNOWN")
def enrolment_for_nobody() -> Made:
    """A key is enrolled for a party that was never registered."""
    log = makers()
    log.enroll("carrier", "carrier")
    return made(log)
