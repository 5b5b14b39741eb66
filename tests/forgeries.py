"""For every condition that an audit knows, one forged ledger that meets it.

Each case is a function that returns what to audit and what the auditor brings; it stands in `CASES`
under the code that its report must name.
"""

import base64
import functools
import io
import sys
import weakref
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, NamedTuple

import msgspec
from msgspec import structs

from ledger.authority import public_key
from ledger.draft import Document
from ledger.events.base import (
    EventData,
    PublicKey,
    Reference,
    Seen,
    Signatory,
    Statement,
    Target,
    WireStatement,
    signatories,
)
from ledger.events.correction import Countersigned, EventVoided
from ledger.events.ledger import LedgerKeyRotated, RightsAdopted
from ledger.events.party import (
    ActsFor,
    KeyEnrolled,
    KeyRevoked,
    RoleGranted,
    RoleWithdrawn,
)
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.writer import write_evidence
from ledger.log.cosignature import Cosigner, cosign
from ledger.log.note import Note, format_note, parse_note, verifier_key
from ledger.signing import curve
from ledger.signing.signer import key_id
from ledger.source import Anchor as SourceAnchor
from ledger.source import Source, StoredRow
from ledger.store.reader import Anchor
from ledger.store.source import StoreSource
from ledger.trust import Trust
from ledger.trust.policy import parse_policy
from ledger.verify.report import Report
from tests.authority import authority
from tests.evidence_lines import closed, with_digest
from tests.forger import Forger, behind_triggers, copied, envelope_of, signed_by
from tests.harness import Story, opening_data, signatory, signer_of
from tests.told import (
    ACCEPTANCE,
    BATCH,
    ENROLLED,
    RECEIPT,
    SHIPMENT,
    commissioned,
    dispatched,
    received,
    told,
)


class Case(NamedTuple):
    """What to audit, and what the auditor brings; or how to judge something else."""

    source: Source
    trust: Trust
    judge: Callable[[], Report] | None = None


CASES: dict[str, Callable[[], Case]] = {}


def case(code: str) -> Callable[[Callable[[], Case]], Callable[[], Case]]:
    """Enter a function into the table."""

    def enter(make: Callable[[], Case]) -> Callable[[], Case]:
        assert code not in CASES
        CASES[code] = make
        return make

    return enter


def forged(forger: Forger, **trust: object) -> Case:
    """Return the case of a forged log, to an auditor who knows the ledger."""
    return Case(forger.source(), forger.story.trust(**trust))


def altered(sql: str, *values: object) -> Case:
    """Return the case of a sound store in which somebody ran this behind its triggers."""
    source = copied(told())
    behind_triggers(source).execute(sql, values)
    return Case(source, told().trust())


def added(data: EventData, by: str, *others: str, **given: object) -> Case:
    """Return the case of one more entry, really signed, that admission would not let in."""
    forger = Forger(told())
    forger.say(data, by, *others, **given)
    return forged(forger)


def resigned(statement: Statement | WireStatement, *keys: str) -> Case:
    """Return the case of one more entry with this statement, signed with these keys."""
    forger = Forger(told())
    forger.write(envelope_of(statement, *keys))
    return forged(forger)


def draft(data: EventData, by: str = "maker", *others: str, **given: object) -> Statement:
    return told().draft(data, by, *others, **given).statement  # type: ignore[arg-type]  # by name


# --- step 1 ---------------------------------------------------------------------------------


@case("ENTRY0-MISSING")
def nothing() -> Case:
    return forged(Forger(told(), 0))


@case("ENTRY0-MALFORMED")
def another_beginning() -> Case:
    return forged(Forger(told(), without=[0]))


@case("FINGERPRINT-ABSENT")
def no_fingerprint() -> Case:
    return Case(copied(told()), Trust())


@case("FINGERPRINT-DIFFERS")
def another_ledger() -> Case:
    return Case(copied(told()), Trust(fingerprint=bytes(32)))


@case("CHECKPOINT-MALFORMED")
def no_note() -> Case:
    return altered("UPDATE tree SET checkpoint = ?", b"root\n")


@case("CHECKPOINT-SIGNATURE")
def checkpoint_by_a_stranger() -> Case:
    forger = Forger(told())
    forger.sign = signed_by("stranger")
    return forged(forger)


@case("CHECKPOINT-SIZE")
def checkpoint_of_another_size() -> Case:
    forger = Forger(told())
    forger.sign = lambda size, root: signed_by("ledger")(size - 1, root)
    return forged(forger)


def rotated() -> Forger:
    """Return a log with one rotation of the ledger's key, without the anchor that belongs to it."""
    forger = Forger(told())
    new = public_key(signer_of("ledger 2").public_key, "ledger")
    forger.say(LedgerKeyRotated(checkpoint_key=new, reason="yearly"), "operator")
    forger.sign = signed_by("ledger", "ledger 2")
    return forger


@case("HANDOVER-MISSING")
def handover_forgotten() -> Case:
    return forged(rotated())


@case("HANDOVER-SIGNATURE")
def handover_by_the_new_key_alone() -> Case:
    forger = rotated()
    note = signed_by("ledger 2")(forger.size, forger.root)
    forger.anchors.append(Anchor(forger.size, note, b""))
    return forged(forger)


@case("ANCHOR-MALFORMED")
def no_anchor() -> Case:
    forger = Forger(told())
    forger.anchors.append(Anchor(3, b"three", b""))
    return forged(forger)


@case("ANCHOR-DIFFERS")
def anchor_of_another_history() -> Case:
    forger = Forger(told())
    forger.anchors.append(Anchor(3, signed_by("ledger")(3, bytes(32)), b""))
    return forged(forger)


@case("CHECKPOINT-OLD-MALFORMED")
def old_checkpoint_of_another_ledger() -> Case:
    note = signed_by("ledger", origin="other.operator.invalid")(3, bytes(32))
    return Case(copied(told()), told().trust(checkpoints=(note,)))


@case("CHECKPOINT-OLD-AHEAD")
def shorter_than_an_old_checkpoint() -> Case:
    return forged(Forger(told(), BATCH), checkpoints=(told().ledger.checkpoint(),))


@case("CHECKPOINT-OLD-DIFFERS")
def no_longer_the_old_checkpoint() -> Case:
    forger = Forger(told(), without=[ACCEPTANCE])
    forger.say(dispatched("SHP-9"), "maker")
    return forged(forger, checkpoints=(told().ledger.checkpoint(),))


@case("STORE-BEHIND")
def shorter_than_an_answer() -> Case:
    return forged(Forger(told(), BATCH), high_water=(told().ledger.size, bytes(32)))


@case("STORE-DIFFERENT")
def not_what_was_answered() -> Case:
    return Case(copied(told()), told().trust(high_water=(3, bytes(32))))


# --- step 2 ---------------------------------------------------------------------------------


def witness(name: str = "w1") -> Cosigner:
    return Cosigner(f"witness.example/{name}", signer_of(name).public_key)


ONE_WITNESS = f"witness w1 {witness().verifier_key}\nquorum w1\n"


def noted(size: int) -> Note:
    """Return the checkpoint of the first entries, as the ledger signed it."""
    return parse_note(signed_by("ledger")(size, told().ledger.root_at(size)))


def asking(policy: str) -> Trust:
    """Return the trust of an auditor who has a policy."""
    return told().trust(policy=parse_policy(policy.encode()))


@case("POLICY-LOG")
def a_policy_for_another_ledger() -> Case:
    key = verifier_key("ledger.other.invalid", signer_of("ledger").public_key)
    return Case(copied(told()), asking(f"log {key}\nquorum none\n"))


@case("WITNESS-SIGNATURE")
def a_cosignature_over_another_checkpoint() -> Case:
    note = noted(3)
    line = cosign(noted(2).text, witness().name, signer_of("w1"), 1)
    forger = Forger(told())
    cosigned = format_note(Note(note.text, (*note.signatures, line)))
    forger.anchors.append(Anchor(3, cosigned, b""))
    return Case(forger.source(), asking(ONE_WITNESS))


@case("WITNESS-QUORUM")
def nobody_cosigned() -> Case:
    return Case(copied(told()), asking(ONE_WITNESS))


def stamped(size: int, token: bytes) -> Case:
    """Return the case of a time stamp, to an auditor who knows the test's authority."""
    forger = Forger(told())
    forger.anchors.append(Anchor(size, format_note(noted(size)), token))
    return forged(forger, tsa_roots=authority().roots)


@case("TIMESTAMP-FORM")
def no_token() -> Case:
    return stamped(3, b"three o'clock")


@case("TIMESTAMP-DIFFERS")
def the_time_of_another_checkpoint() -> Case:
    return stamped(3, authority().token(noted(2).text))


@case("TIMESTAMP-SIGNATURE")
def a_time_that_nobody_signed() -> Case:
    token = bytearray(authority().token(noted(3).text))
    token[-5] ^= 1
    return stamped(3, bytes(token))


@case("TIMESTAMP-MISSING")
def the_time_of_an_unknown_authority() -> Case:
    return stamped(3, authority("other").token(noted(3).text))


@case("TIMESTAMP-UNCHECKED")
def a_time_without_the_extra() -> Case:
    made = stamped(3, authority().token(noted(3).text))
    return Case(WithoutTheExtra(made.source), made.trust)  # type: ignore[arg-type]  # as a whole


class WithoutTheExtra:
    """A source that is audited where `rfc3161-client` is not installed."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)

    def anchors(self) -> list[SourceAnchor]:
        sys.modules["rfc3161_client"] = None  # type: ignore[assignment]  # as `import` has it
        return self._source.anchors()

    def rows(self, start: int, stop: int) -> Iterator[StoredRow]:
        sys.modules.pop("rfc3161_client", None)
        return self._source.rows(start, stop)


# --- steps 3 to 5 ---------------------------------------------------------------------------


@case("POSITION-GAP")
def an_entry_deleted() -> Case:
    return altered("DELETE FROM entry WHERE idx = ?", BATCH)


@case("ROOT-DIFFERS")
def root_of_something_else() -> Case:
    forger = Forger(told())
    forger.sign = lambda size, _root: signed_by("ledger")(size, bytes(32))
    return forged(forger)


@case("ENTRY-MALFORMED")
def entry_spelled_otherwise() -> Case:
    forger = Forger(told(), BATCH)
    forger.write_bytes(told().ledger.entry_bytes(BATCH).replace(b'":', b'": '))
    for event in told().ledger.read(SHIPMENT):
        forger.write(event.entry.envelope)
    return forged(forger)


@case("OTHER-LEDGER")
def for_another_ledger() -> Case:
    statement = structs.replace(draft(dispatched("SHP-9")), ledger="other.operator.invalid")
    return resigned(statement, "maker")


def of_unknown_type(statement: Statement, kind: str = "ShipmentBlessed.v1") -> WireStatement:
    """Return the statement of a type that only a later version knows."""
    fields = structs.asdict(statement) | {"type": kind, "data": msgspec.Raw(b'{"by":"bishop"}')}
    return WireStatement(**fields)


@case("TYPE-UNKNOWN")
def unknown_type() -> Case:
    return resigned(of_unknown_type(draft(dispatched("SHP-9"))), "maker")


@case("CONTROL-CHAIN")
def chain_without_the_enrolment() -> Case:
    forger = Forger(told(), ENROLLED + 1)
    for event in told().ledger.read(ENROLLED + 1):
        wrong = REGISTERED_ONLY if event.index == ENROLLED + 1 else None
        forger.write(event.entry.envelope, control=wrong)
    return forged(forger)


REGISTERED_ONLY = ENROLLED - 1


@case("PIN-DIFFERS")
def another_key_pinned() -> Case:
    pin = signatory("maker", "the maker's real key").key
    return Case(copied(told()), told().trust(pins={"Maker": pin}))


@case("PIN-MISSING")
def pin_required() -> Case:
    return Case(copied(told()), told().trust(required_pins=("Maker",)))


@case("RIGHTS-UNKNOWN")
def later_rights() -> Case:
    adopted = RightsAdopted(rights="chipledger-rights-v2", rights_sha256="0" * 64)
    return added(adopted, "operator")


# --- step 6 ---------------------------------------------------------------------------------


@case("SIGNATURE-COUNT")
def signature_dropped() -> Case:
    return resigned(draft(dispatched("SHP-9"), "maker", "carrier"), "maker")


@case("SIGNATURE")
def signature_of_another_statement() -> Case:
    one, other = (envelope_of(draft(dispatched(name)), "maker") for name in ("SHP-8", "SHP-9"))
    forger = Forger(told())
    forger.write(structs.replace(one, signatures=other.signatures))
    return forged(forger)


def signed_as(party: str, key: str) -> Case:
    """Return the case of a maker's dispatch that a party signs with the key of this name."""
    signer = signatory(party, key)
    statement = structs.replace(
        draft(dispatched("SHP-9", consignor=party)), asserted_by=party, signatories=(signer,)
    )
    return resigned(statement, key)


@case("KEY-UNENROLLED")
def key_that_nobody_enrolled() -> Case:
    return signed_as("maker", "stranger")


@case("KEY-OF-ANOTHER")
def key_of_the_buyer() -> Case:
    return signed_as("maker", "buyer")


@case("KEY-NOT-YET")
def key_before_its_enrolment() -> Case:
    with Story() as story:
        story.party("maker", "maker")
        early = story.submission(dispatched("SHP-9"), "maker")
        forger = Forger(story, without=[ENROLLED])
        forger.submit(early)
        forger.write(story.ledger.event(ENROLLED).entry.envelope)
        return forged(forger)


@case("KEY-REVOKED")
def key_after_its_revocation() -> Case:
    forger = Forger(told())
    key = told().signatory("maker").key
    forger.say(KeyRevoked(party="maker", key=key, reason="compromised"), "operator")
    forger.say(dispatched("SHP-9"), "maker")
    return forged(forger)


def enrolling(raw: bytes) -> Case:
    """Return the case of a key that is enrolled though it is no good key; nobody can prove it."""
    key = PublicKey(algorithm="ed25519", key=base64.b64encode(raw).decode(), holder="desk")
    own = structs.replace(signatory("maker"), key=key_id(raw))
    statement = structs.replace(
        draft(KeyEnrolled(party="maker", key=key), "operator"),
        signatories=signatories(signatory("operator"), own),
    )
    envelope = envelope_of(statement, "operator", "maker")
    first, second = envelope.signatures
    second = structs.replace(second, keyid=own.key)
    forger = Forger(told())
    forger.write(structs.replace(envelope, signatures=(first, second)))
    return forged(forger)


@case("KEY-NOT-CANONICAL")
def key_beyond_the_field() -> Case:
    return enrolling(b"\xff" * 31 + b"\x7f")


@case("KEY-NOT-ON-CURVE")
def key_off_the_curve() -> Case:
    return enrolling(b"\x02" + bytes(31))


@case("KEY-SMALL-ORDER")
def key_that_anybody_signs_with() -> Case:
    return enrolling(b"\x01" + bytes(31))


@case("KEY-MIXED-ORDER")
def key_with_a_torsion_part() -> Case:
    point = curve.decode(signer_of("maker").public_key)
    torsion = curve.decode(bytes(32))
    assert point is not None
    assert torsion is not None
    return enrolling(curve.encode(curve.add(point, torsion)))


# --- step 7 ---------------------------------------------------------------------------------


@case("PARTY-UNKNOWN")
def signed_by_nobody() -> Case:
    return signed_as("nobody", "nobody")


@case("NOT-THE-OPENING")
def second_opening() -> Case:
    return added(opening_data(), "operator")


def opened(data: EventData, **changes: object) -> Case:
    """Return the case of a ledger that opens in another way."""
    names = {signatory("operator", name).key: name for name in ("operator", "recovery")}
    with Story() as story:
        [event] = story.ledger.read()
        statement = structs.replace(event.statement, data=data, **changes)
        forger = Forger(story, 0)
        forger.write(envelope_of(statement, *(names[one.key] for one in statement.signatories)))
        return forged(forger)


@case("OPENING-SIGNER")
def opened_by_the_recovery_key() -> Case:
    signers = (signatory("operator", "recovery"),)
    return opened(opening_data(), signatories=signers)


@case("OPENING-KEYS")
def opened_with_one_key_for_all() -> Case:
    data = opening_data()
    return opened(structs.replace(data, recovery_key=data.registrar_key))


@case("ROLE")
def commissioned_without_the_role() -> Case:
    return added(structs.replace(commissioned("B-09"), maker="buyer"), "buyer")


@case("BASIS")
def counterparty_of_itself() -> Case:
    return added(dispatched("SHP-9"), "maker", basis="counterparty")


@case("ACTOR")
def in_the_name_of_another() -> Case:
    return added(dispatched("SHP-9"), "buyer")


@case("GRANT-EMPTY")
def grant_of_nothing() -> Case:
    return added(RoleGranted(party="maker"), "operator")


@case("ROLE-HELD")
def role_granted_twice() -> Case:
    return added(RoleGranted(party="maker", role="maker"), "operator")


@case("ROLE-NOT-HELD")
def role_withdrawn_that_was_not_held() -> Case:
    return added(RoleWithdrawn(party="maker", role="owner", reason="error"), "operator")


@case("LAST-REGISTRAR")
def operator_withdraws_from_itself() -> Case:
    return added(RoleWithdrawn(party="operator", role="registrar", reason="error"), "operator")


@case("LAST-REGISTRAR-KEY")
def last_registrar_key_revoked() -> Case:
    forger = Forger(told())
    for name in ("recovery", "operator"):
        key = signatory("operator", name).key
        forger.say(KeyRevoked(party="operator", key=key, reason="lost"), "operator")
    return forged(forger)


@case("KEY-SELF")
def registrar_revokes_its_own_key() -> Case:
    key = signatory("operator").key
    return added(KeyRevoked(party="operator", key=key, reason="lost"), "operator")


@case("DOUBT-AHEAD")
def doubt_of_what_was_not_recorded_yet() -> Case:
    data = KeyRevoked(
        party="maker", key=signatory("maker").key, reason="compromised", doubted_since=10**9
    )
    return added(data, "operator")


@case("PRINCIPAL-ABSENT")
def agency_without_its_principal() -> Case:
    agency = ActsFor(principal="buyer", types=("ShipmentReceived",))
    return added(RoleGranted(party="carrier", acts_for=agency), "operator")


def enrolment(party: str, key: str, *signers: Signatory) -> Statement:
    """Return the enrolment of a key that the operator and these sign."""
    data = KeyEnrolled(party=party, key=public_key(signer_of(key).public_key, "desk"))
    statement = draft(data, "operator")
    return structs.replace(statement, signatories=signatories(signatory("operator"), *signers))


@case("KEY-NOT-PROVEN")
def key_that_did_not_sign() -> Case:
    return resigned(enrolment("maker", "new"), "operator")


@case("KEY-ENROLLED-BEFORE")
def key_of_two_parties() -> Case:
    own = signatory("buyer", "maker")
    return resigned(enrolment("buyer", "maker", own), "operator", "maker")


# --- step 8 ---------------------------------------------------------------------------------


@case("ID-REUSED")
def event_recorded_twice() -> Case:
    forger = Forger(told())
    forger.write(told().ledger.event(ACCEPTANCE).entry.envelope)
    return forged(forger)


@case("IDEMPOTENCY-REUSED")
def idempotency_key_used_twice() -> Case:
    forger = Forger(told())
    key = Reference(type="idempotency", value="K-1")
    for shipment in ("SHP-8", "SHP-9"):
        forger.say(dispatched(shipment), "maker", references=(key,))
    return forged(forger)


@case("IDENTIFIER-USED")
def identifier_opened_twice() -> Case:
    return added(dispatched("shp-1"), "maker")


def target(index: int) -> Target:
    return told().ledger.event(index).target


NO_SUCH = Target(id=told().next_id(), payload_sha256="0" * 64)


@case("TARGET-UNKNOWN")
def accepting_what_is_not_there() -> Case:
    return added(Countersigned(target=NO_SUCH, stance="accepts"), "buyer")


@case("TARGET-DIGEST")
def accepting_other_terms() -> Case:
    other = structs.replace(target(SHIPMENT), payload_sha256="0" * 64)
    return added(Countersigned(target=other, stance="accepts"), "buyer")


@case("TARGET-FIXED")
def voiding_a_registration() -> Case:
    return added(EventVoided(target=target(ENROLLED), reason="error"), "operator")


@case("TARGET-TYPE")
def correcting_with_another_type() -> Case:
    return added(dispatched("SHP-9"), "maker", corrects=target(BATCH))


@case("TARGET-NOT-NEWEST")
def correcting_what_is_corrected() -> Case:
    return added(received("RCV-1", "SHP-1", 70), "buyer", corrects=target(RECEIPT))


@case("NOT-ASSERTED-BY")
def correcting_another_party() -> Case:
    again = dispatched("SHP-1", consignor="buyer")
    return added(again, "buyer", corrects=target(SHIPMENT))


@case("NOT-NAMED")
def accepting_what_is_not_ones_own() -> Case:
    return added(Countersigned(target=target(SHIPMENT), stance="disputes", text="no"), "auditor")


@case("SEEN-AHEAD")
def signer_saw_the_future() -> Case:
    seen = Seen(size=1000, root="0" * 64)
    return resigned(structs.replace(draft(dispatched("SHP-9")), seen=seen), "maker")


@case("SEEN-DIFFERS")
def signer_saw_another_history() -> Case:
    seen = Seen(size=3, root="0" * 64)
    return resigned(structs.replace(draft(dispatched("SHP-9")), seen=seen), "maker")


@case("CLOCK-BACKWARDS")
def entry_dated_back() -> Case:
    forger = Forger(told())
    envelope = told().submission(dispatched("SHP-9"), "maker").envelope
    forger.write(envelope, recorded_at="2026-01-05T00:00:00.000000Z")
    return forged(forger)


# --- steps 9 and 10 -------------------------------------------------------------------------


@case("COLUMN-TYPE")
def type_column() -> Case:
    return altered("UPDATE entry SET type = 'ShipmentReceived.v1' WHERE idx = ?", BATCH)


@case("COLUMN-LEAF")
def leaf_column() -> Case:
    return altered("UPDATE entry SET leaf = zeroblob(32) WHERE idx = ?", BATCH)


@case("TAGS-DIFFER")
def tag_deleted() -> Case:
    return altered("DELETE FROM entry_tag WHERE tag = 'party:carrier' AND idx = ?", SHIPMENT)


@case("TAGS-STRAY")
def tag_of_no_entry() -> Case:
    return altered("INSERT INTO entry_tag VALUES ('party:carrier', 1000)")


@case("TILE-STRAY")
def tile_too_many() -> Case:
    return altered("INSERT INTO tile VALUES (0, 0, zeroblob(8192))")


@functools.cache
def tiled() -> Story:
    """Return a story with enough entries for one full tile."""
    story = Story()
    data = [commissioned(f"B-{number}") for number in range(260)]
    story.party("maker", "maker")
    story.ledger.append_many([story.submission(one, "maker") for one in data])
    return story


def altered_tile(sql: str) -> Case:
    source = copied(tiled())
    behind_triggers(source).execute(sql)
    return Case(source, tiled().trust())


@case("TILE-MISSING")
def tile_deleted() -> Case:
    return altered_tile("DELETE FROM tile")


@case("TILE-DIFFERS")
def tile_altered() -> Case:
    return altered_tile("UPDATE tile SET hashes = zeroblob(8192)")


@case("TREE-ROW")
def tree_row_altered() -> Case:
    return altered("UPDATE tree SET control = 0")


@case("ENTRY-STRAY")
def entry_behind_the_end() -> Case:
    return altered("INSERT INTO entry SELECT 1000, type, data, leaf FROM entry WHERE idx = 1")


@case("DOCUMENT-DIFFERS")
def document_altered() -> Case:
    return altered("UPDATE document SET bytes = bytes || 'x'")


@case("DOCUMENT-STRAY")
def document_that_nobody_named() -> Case:
    forger = Forger(told())
    forger.documents[sha256(b"stray").hexdigest()] = b"stray"
    return forged(forger)


@case("DOCUMENT-MISSING")
def document_removed() -> Case:
    forger = Forger(told())
    paper = Document(b"promised", "invoice", "invoice")
    forger.say(dispatched("SHP-9"), "maker", documents=(paper,))
    return forged(forger)


@case("DOCUMENT-SIZE")
def document_of_another_size() -> Case:
    statement = draft(
        dispatched("SHP-9"), documents=(Document(b"packing list", "packing_list", "again"),)
    )
    [paper] = statement.documents
    return resigned(
        structs.replace(statement, documents=(structs.replace(paper, size=1),)), "maker"
    )


# --- sources that fail ----------------------------------------------------------------------


@case("STORE-UNSOUND")
def frontier_of_another_size() -> Case:
    return altered("UPDATE tree SET frontier = x''")


@case("SOURCE-UNREADABLE")
def table_missing() -> Case:
    return altered("DROP TABLE anchor")


class Changing:
    """A source that gives other bytes when an entry is read for the second time."""

    def __init__(self, source: StoreSource, index: int) -> None:
        self._source = source
        self._index = index
        self._reads = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)

    def leaves(self) -> None:
        """Tell no leaf hashes, so that every entry is read twice."""

    def rows(self, start: int, stop: int) -> Iterator[StoredRow]:
        for row in self._source.rows(start, stop):
            self._reads += row.index == self._index
            again = row.index == self._index and self._reads > 1
            yield structs.replace(row, data=row.data + b" ") if again else row


@case("SOURCE-CHANGED")
def other_bytes_the_second_time() -> Case:
    return Case(Changing(copied(told()), BATCH), told().trust())  # type: ignore[arg-type]  # as a source


def _removed(file: IO[bytes]) -> None:
    file.close()
    Path(file.name).unlink()


def written(
    *changes: tuple[bytes, bytes], stop: int | None = None, digest: bytes | None = None
) -> Case:
    """Return the case of an evidence file in which bytes were put in place of others.

    Its last line has the digest of what it holds then, or the one given.
    """
    out = io.BytesIO()
    write_evidence(told().ledger.source(), out)
    data = out.getvalue()
    for old, new in changes:
        assert old in data
        data = data.replace(old, new, 1)
    data = closed(data) if digest is None else with_digest(data, digest)
    with NamedTemporaryFile(delete=False) as file:
        file.write(data[:stop])
    source = EvidenceSource(Path(file.name))
    opened = source._file
    weakref.finalize(source, _removed, opened)
    return Case(source, told().trust())


@case("EVIDENCE-MALFORMED")
def a_line_of_another_kind() -> Case:
    return written((b'"kind":"tile"', b'"kind":"tale"'))


@case("EVIDENCE-TRUNCATED")
def no_last_line() -> Case:
    return written(stop=20_000)


@case("EVIDENCE-DAMAGED")
def a_digest_of_other_bytes() -> Case:
    return written(digest=b"0" * 64)


@case("LEFT-OUT-STRAY")
def something_left_out_that_nobody_named() -> Case:
    annex = told().ledger.event(SHIPMENT).statement.annex or ""
    line = f'{{"kind":"absent","sha256":"{annex}"}}'.encode()
    return written((line, line.replace(annex.encode(), b"00" * 32)))
