"""Sound files: every one must pass, and what each leaves out must be told as not checked."""

import io

from msgspec import structs

from ledger.draft import Document
from ledger.events.base import Reference
from ledger.events.correction import Countersigned, EventVoided
from ledger.events.document import DocumentDisposed
from ledger.events.party import ActsFor, KeyRevoked, PartyRegistered, RoleGranted
from ledger.evidence.lines import encode_line
from ledger.evidence.writer import Choice, write_evidence
from ledger.log.note import Note, NoteSignature, format_note, parse_note
from ledger.store.reader import Anchor
from tests.forger import signed_by
from tests.harness import signatory
from tests.selections import forged_selection
from tests.told import commissioned, dispatched, received
from tests.vectors.log import (
    CORRECTION,
    MADE,
    MAKER_ENROLLED,
    SHIPMENT,
    Log,
    makers,
    opened,
    parties,
    traded,
)
from tests.vectors.selections import batched
from tests.vectors.table import Made, made, vector


def written(log: Log, choice: Choice | None = None) -> bytes:
    """Return a full file as the product writes it."""
    out = io.BytesIO()
    write_evidence(log.source(), out, choice)
    return out.getvalue()


def _part(log: Log, *positions: int) -> bytes:
    return b"".join(map(encode_line, forged_selection(log, positions)))


@vector("good")
def good_full() -> Made:
    """All entries: a batch made, shipped, received, counted again, accepted; the annex left out."""
    return made(written(traded()))


def traded_with_annex() -> bytes:
    """Return a file of a trade that carries the sealed annex too."""
    log = traded()
    [annex] = log.absent
    sealed = b'{"fields":[{"name":"price","value":"USD 5,000,000"}],"salt":"' + b"00" * 32 + b'"}'
    log.documents[annex] = sealed
    return written(log, Choice(annexes=[annex]))


@vector("good")
def good_full_with_the_annex() -> Made:
    """The same with the sealed annex, which goes along where somebody says so."""
    return made(traded_with_annex())


@vector("good")
def good_full_without_documents() -> Made:
    """The same without documents: those that go along by nobody's choice are listed."""
    return made(written(traded(), Choice(documents=())))


@vector("good")
def good_opening_alone() -> Made:
    """A ledger that was opened, and no more."""
    return made(written(opened()))


@vector("good")
def good_pinned() -> Made:
    """The auditor pins the maker's key, and a rule of the auditor's asks for that."""
    return made(written(parties()), pins={"Maker": signatory("maker").key}, required_pins=["maker"])


@vector("good")
def good_pinned_through_a_rotation() -> Made:
    """The auditor pins the maker's first key, which signed the enrolment of the second."""
    log = makers()
    log.enroll("maker", "maker 2", "maker")
    return made(written(log), pins={"maker": signatory("maker").key})


@vector("good")
def good_kept_checkpoint() -> Made:
    """The auditor kept the checkpoint of an earlier visit, and the log continues it."""
    log = batched()
    return made(written(log), checkpoints=[log.note(MADE)])


@vector("good")
def good_handover() -> Made:
    """The ledger's key was rotated; the checkpoint that both keys signed goes along."""
    log = makers()
    log.rotate()
    log.say(dispatched("SHP-1"), "maker")
    log.sign = signed_by("ledger 2")
    return made(written(log))


@vector("good")
def good_handover_as_the_newest() -> Made:
    """The rotation is the last entry: the newest checkpoint is the one that both keys signed."""
    log = makers()
    log.rotate()
    return made(written(log))


@vector("good")
def good_notes_with_lines_of_others() -> Made:
    """Witnesses whom the auditor does not know have signed the checkpoint and an anchor too."""
    log = makers()
    log.anchors.append(Anchor(2, witnessed(log.note(2)), b""))
    note = witnessed(log.note())
    log.sign = lambda _size, _root: note
    return made(written(log))


def witnessed(note: bytes) -> bytes:
    """Return a note that a stranger cosigned."""
    own = parse_note(note)
    stranger = NoteSignature("witness.example.invalid", b"\x01\x02\x03\x04", bytes(72))
    return format_note(Note(own.text, (*own.signatures, stranger)))


@vector("good")
def good_key_revoked_and_followed() -> Made:
    """The maker's key was revoked, and another one took its place; what it signed before counts."""
    log = makers()
    log.say(dispatched("SHP-1"), "maker")
    log.enroll("maker", "maker 2", "maker")
    key = signatory("maker").key
    log.say(KeyRevoked(party="maker", key=key, reason="superseded"), "operator")
    draft = log.draft_of(dispatched("SHP-2"), "maker")
    new = structs.replace(draft, signatories=(signatory("maker", "maker 2"),))
    log.write_signed(new, "maker 2")
    return made(written(log))


@vector("good")
def good_agent() -> Made:
    """The buyer is the maker's agent for dispatches, and states one in its name."""
    log = parties()
    agency = ActsFor(principal="maker", types=("ShipmentDispatched",))
    log.say(RoleGranted(party="buyer", acts_for=agency), "operator", "maker")
    log.say(dispatched("SHP-1"), "buyer")
    return made(written(log))


@vector("good")
def good_corrected_and_voided() -> Made:
    """A receipt is corrected twice, then voided."""
    log = traded()
    target = log.target(CORRECTION)
    again = log.say(received("RCV-1", "SHP-1", 70), "buyer", corrects=target)
    log.say(EventVoided(target=log.target(again), reason="another shipment"), "buyer")
    return made(written(log))


@vector("good")
def good_late_countersignature() -> Made:
    """A dispute comes long after the dispatch that it is about, with a text in curly quotes."""
    log = traded()
    log.party("carrier", "forwarder")
    text = "seal 4711 was broken: “opened” ✓"
    target = log.target(SHIPMENT)
    log.say(Countersigned(target=target, stance="disputes", text=text), "carrier")
    return made(written(log))


@vector("good")
def good_document_disposed_of() -> Made:
    """The operator recorded that it gave the manifest up, and the file does not carry it."""
    log = batched()
    [manifest] = log.event(log.size - 1).statement.documents
    data = DocumentDisposed(
        document=manifest.sha256, reason="kept long enough", retention_basis="five years"
    )
    log.say(data, "operator")
    del log.documents[manifest.sha256]
    return made(written(log))


@vector("good")
def good_documents_of_no_bytes() -> Made:
    """An event names a document of no bytes beside another one."""
    log = makers()
    papers = Document(b"", "note", "empty"), Document(b"a", "note", "one letter")
    log.say(commissioned(), "maker", documents=papers)
    return made(written(log))


@vector("good")
def good_words_of_every_kind() -> Made:
    """Names hold quotes, backslashes, control characters and letters of many scripts."""
    log = makers()
    names = (
        '"Quoted" \\ back/slash',
        "tab\tline\nfeed\x00\x1f\x7f",
        "Größe 東京 🚚 e\u0301 \u2028 \ufeff",
    )
    for number, name in enumerate(names):
        data = PartyRegistered(party=f"p-{number}", legal_name=name, display_name=name)
        log.say(data, "operator", references=(Reference(type="inv", value='7" x 19" \\'),))
    return made(written(log))


@vector("good")
def good_several_tiles() -> Made:
    """257 entries: one full tile and one of a single hash."""
    log = makers()
    while log.size < 257:
        data = PartyRegistered(party=f"p-{log.size}", legal_name="P", display_name="P")
        log.say(data, "operator")
    return made(written(log))


@vector("good")
def good_report_with_its_document() -> Made:
    """The buyer reports a dispatch of somebody else's, with the document that says so."""
    log = parties()
    paper = Document(b"a picture of a crate", "photo", "crate")
    log.say(dispatched("SHP-7"), "buyer", basis="third_party_report", documents=(paper,))
    return made(written(log))


@vector("good")
def good_report_by_a_reporter() -> Made:
    """A party that holds the role reporter alone reports what it read, without a document."""
    log = makers().copy(MAKER_ENROLLED + 1)
    log.say(RoleGranted(party="maker", role="reporter"), "operator")
    sent = structs.replace(dispatched("SHP-7"), consignor="another")
    log.say(sent, "maker", basis="third_party_report")
    return made(written(log))


@vector("good")
def good_selection() -> Made:
    """A batch with what belongs to it; two dispatches behind it are left out."""
    log = batched()
    for shipment in ("SHP-1", "SHP-2", "SHP-3"):
        log.say(dispatched(shipment), "maker")
    return made(_part(log, MADE))


@vector("good")
def good_selection_of_everything() -> Made:
    """Every entry, each with its proof."""
    return made(_part(traded(), *range(traded().size)))


@vector("good")
def good_selection_across_a_handover() -> Made:
    """A dispatch, with the checkpoint at which the ledger's key was handed over."""
    log = makers()
    log.rotate()
    sent = log.say(dispatched("SHP-1"), "maker")
    log.say(dispatched("SHP-2"), "maker")
    log.sign = signed_by("ledger 2")
    return made(_part(log, sent))


@vector("good")
def good_selection_that_continues_a_kept_checkpoint() -> Made:
    """The selection proves that the log continues the checkpoint that the auditor kept."""
    log = batched()
    log.say(dispatched("SHP-1"), "maker")
    return made(_part(log, MADE), checkpoints=[log.note(MADE + 1)])


@vector("good")
def good_selection_of_an_old_enrolment() -> Made:
    """The enrolment of a key alone, which the control chain holds anyway."""
    return made(_part(makers(), MAKER_ENROLLED))
