"""Selections, their proofs, and the documents of any file."""

import base64
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TypeVar

from msgspec import structs

from ledger.draft import Document
from ledger.events.base import Seen
from ledger.events.correction import EventVoided
from ledger.events.party import HeadquartersDeclared, PartyRegistered
from ledger.evidence.lines import (
    AbsentLine,
    ConsistencyLine,
    DocumentLine,
    Head,
    Line,
    SelectedLine,
    TileLine,
)
from tests.evidence_lines import ended
from tests.selections import bent, forged_selection, unproven, without
from tests.told import commissioned, dispatched
from tests.vectors.log import (
    ACCEPTANCE,
    CORRECTION,
    MAKER_ENROLLED,
    MAKER_GRANTED,
    MAKER_REGISTERED,
    RECEIPT,
    SHIPMENT,
    Log,
    document_lines,
    makers,
    opened,
    traded,
)
from tests.vectors.table import Made, made, vector

K = TypeVar("K", bound=Line)
Change = Callable[[list[Line]], Sequence[Line]]


def _counted(lines: Sequence[Line]) -> list[Line]:
    *body, _ = lines
    return ended(body)


def chosen(log: Log, *positions: int) -> list[Line]:
    """Return the lines of a selection of a log; what belongs to these entries goes along."""
    return forged_selection(log, positions)


def _selected(change: Change) -> Made:
    """Return a selection of two declarations behind a registration, changed."""
    return made(_counted(change(_chosen())))


REGISTERED, DECLARED, LAST = 1, 2, 3


def _chosen() -> list[Line]:
    return chosen(_declared(), DECLARED)


def _declared() -> Log:
    log = opened()
    log.say(PartyRegistered(party="maker", legal_name="M", display_name="M"), "operator")
    for country in ("TW", "US"):
        log.say(HeadquartersDeclared(party="maker", country=country), "operator")
    return log


def _each(kind: type[K], change: Callable[[K], Sequence[Line]]) -> Change:
    return lambda lines: [
        new for one in lines for new in (change(one) if isinstance(one, kind) else [one])
    ]


def _at(index: int, change: Callable[[SelectedLine], Line]) -> Change:
    return lambda lines: [
        change(one) if isinstance(one, SelectedLine) and one.index == index else one
        for one in lines
    ]


# --- proof ------------------------------------------------------------------------------------


@vector("proof", "INCLUSION-DIFFERS")
def proof_with_another_hash() -> Made:
    """One hash of an entry's inclusion proof is another."""
    return _selected(_at(DECLARED, bent))


def _proof(change: Callable[[bytes], bytes]) -> Callable[[SelectedLine], Line]:
    def changed(line: SelectedLine) -> Line:
        raw = change(base64.b64decode(line.proof))
        return structs.replace(line, proof=base64.b64encode(raw).decode())

    return changed


@vector("proof", "INCLUSION-DIFFERS")
def proof_too_short() -> Made:
    """The last hash of an inclusion proof is missing."""
    return _selected(_at(DECLARED, _proof(lambda raw: raw[:-32])))


@vector("proof", "INCLUSION-DIFFERS")
def proof_too_long() -> Made:
    """A hash stands behind an inclusion proof."""
    return _selected(_at(DECLARED, _proof(lambda raw: raw + bytes(32))))


@vector("proof", "INCLUSION-DIFFERS")
def proof_missing() -> Made:
    """An entry comes without its inclusion proof."""
    return _selected(_at(DECLARED, _proof(lambda _: b"")))


@vector("proof", "INCLUSION-DIFFERS")
def proof_of_another_entry() -> Made:
    """An entry comes with the proof of its neighbour."""
    lines = _chosen()
    other = next(one for one in lines if isinstance(one, SelectedLine) and one.index == LAST)
    return _selected(_at(DECLARED, lambda one: structs.replace(one, proof=other.proof)))


@vector("proof", "INCLUSION-DIFFERS")
def proof_of_an_entry_at_another_position() -> Made:
    """A declaration is shown at the position of the one behind it, with that one's proof."""
    lines = _chosen()
    *_, one, other = (line for line in lines if isinstance(line, SelectedLine))
    moved = structs.replace(other, entry=one.entry)
    return made([moved if line is other else line for line in lines])


@vector("proof", "EVIDENCE-MALFORMED")
def proof_of_half_a_hash() -> Made:
    """An inclusion proof ends in the middle of a hash."""
    return _selected(_at(DECLARED, _proof(lambda raw: raw[:-16])))


@vector("proof", "EVIDENCE-MALFORMED")
def proof_of_65_hashes() -> Made:
    """An inclusion proof is longer than that of any tree that can be numbered."""
    return _selected(_at(DECLARED, _proof(lambda _: bytes(65 * 32))))


def _consistency(change: Callable[[ConsistencyLine], Line]) -> Made:
    lines = _chosen()
    first = next(one for one in lines if isinstance(one, ConsistencyLine) and one.size > 2)
    return made(_counted([change(first) if one is first else one for one in lines]))


@vector("proof", "CONSISTENCY-DIFFERS")
def proof_of_an_earlier_tree_with_another_hash() -> Made:
    """One hash of a consistency proof is another."""
    return _consistency(bent)


@vector("proof", "CONSISTENCY-DIFFERS")
def proof_of_an_earlier_tree_with_another_root() -> Made:
    """A consistency line gives another root than the log had at that size."""
    return _consistency(lambda one: structs.replace(one, root="0" * 64))


@vector("proof", "CONSISTENCY-DIFFERS")
def proof_of_an_earlier_tree_missing() -> Made:
    """A consistency line has no hashes."""
    return _consistency(lambda one: structs.replace(one, proof=""))


@vector("proof", "CONSISTENCY-DIFFERS")
def proof_of_an_earlier_tree_of_another_size() -> Made:
    """A consistency line carries root and proof of another size."""
    other = next(one for one in _chosen() if isinstance(one, ConsistencyLine))
    return _consistency(lambda one: structs.replace(other, size=one.size))


@vector("proof", "EVIDENCE-MALFORMED")
def proof_of_a_later_tree() -> Made:
    """A consistency line is of more entries than the checkpoint."""
    return _selected(_each(ConsistencyLine, lambda one: [structs.replace(one, size=10_000)]))


@vector("proof", "EVIDENCE-MALFORMED")
def proof_of_an_earlier_tree_twice() -> Made:
    """Consistency lines stand there twice."""
    return _selected(_each(ConsistencyLine, lambda one: [one, one]))


# --- selection --------------------------------------------------------------------------------


@vector("selection", "CHAIN-INCOMPLETE")
def selection_without_a_control_entry() -> Made:
    """The registration of the maker is left out."""
    return _selected(lambda lines: without(lines, REGISTERED))


@vector("selection", "CHAIN-INCOMPLETE")
def selection_without_the_last_entry() -> Made:
    """The last entry is left out, and with it where the control chain begins."""
    return _selected(lambda lines: without(lines, LAST))


@vector("selection", "CHAIN-INCOMPLETE")
def selection_without_entry_0() -> Made:
    """The opening of the ledger is left out."""
    return _selected(lambda lines: without(lines, 0))


@vector("selection", "CHAIN-INCOMPLETE")
def selection_without_the_void() -> Made:
    """The last entry voids the dispatch that is shown, and is left out."""
    log = makers()
    sent = log.say(dispatched("SHP-1"), "maker")
    log.say(EventVoided(target=log.target(sent), reason="never left"), "maker")
    return made(_counted(without(chosen(log, sent), log.size - 1)))


@vector("selection", "CONTROL-CHAIN")
def selection_whose_chain_leads_past_an_entry() -> Made:
    """The operator's chain leads past the enrolment of the maker's key, which is shown."""
    whole = traded()
    log = whole.copy(MAKER_GRANTED)
    event = whole.event(MAKER_GRANTED)
    log.write(event.entry.envelope, control=MAKER_REGISTERED)
    return made(chosen(log, MAKER_ENROLLED))


@vector("selection", "TARGET-ABSENT")
def selection_without_what_was_signed() -> Made:
    """An acceptance is shown without the dispatch that it accepts."""
    lines = without(chosen(traded(), ACCEPTANCE), SHIPMENT)
    return made(_counted([one for one in lines if not isinstance(one, AbsentLine)]))


@vector("selection", "TARGET-ABSENT")
def selection_without_what_was_corrected() -> Made:
    """A corrected receipt is shown without the receipt before it."""
    log = traded()
    gone = {one.sha256 for one in log.event(RECEIPT).statement.documents}
    lines = without(chosen(log, CORRECTION), RECEIPT)
    kept = [one for one in lines if not isinstance(one, DocumentLine) or one.sha256 not in gone]
    return made(_counted(kept))


@vector("selection", "SEEN-UNPROVEN")
def selection_without_what_a_signer_had_seen() -> Made:
    """Nothing shows that the log continues what a signer had verified."""
    return _selected(lambda lines: unproven(lines, DECLARED))


@vector("selection", "SEEN-DIFFERS")
def selection_of_another_history_than_was_seen() -> Made:
    """A signer had verified another history than the one that the selection is of."""
    log = makers()
    draft = log.draft_of(dispatched("SHP-9"), "maker")
    seen = Seen(size=MAKER_GRANTED, root="0" * 64)
    sent = log.write_signed(structs.replace(draft, seen=seen), "maker")
    return made(chosen(log, sent))


@vector("selection", "CONSISTENCY-MISSING")
def selection_that_does_not_continue_a_kept_checkpoint() -> Made:
    """Nothing leads from the checkpoint that the auditor kept to the one of the file."""
    log = _declared()
    log.say(HeadquartersDeclared(party="maker", country="DE"), "operator")
    return made(chosen(log, DECLARED), checkpoints=[log.note(LAST)])


@vector("selection", "CHECKPOINT-OLD-DIFFERS")
def selection_that_contradicts_a_kept_checkpoint() -> Made:
    """The auditor kept a checkpoint of another history."""
    other = opened()
    other.say(PartyRegistered(party="buyer", legal_name="B", display_name="B"), "operator")
    return made(_chosen(), checkpoints=[other.note()])


@vector("selection", "EVIDENCE-MALFORMED")
def selection_of_nothing_asked() -> Made:
    """The first line does not say what was asked for."""
    return _selected(_each(Head, lambda one: [structs.replace(one, asked=())]))


@vector("selection", "EVIDENCE-MALFORMED")
def selection_asked_out_of_order() -> Made:
    """What was asked for is not sorted."""
    asked = ("rack:b", "rack:a")
    return _selected(_each(Head, lambda one: [structs.replace(one, asked=asked)]))


@vector("selection", "EVIDENCE-MALFORMED")
def selection_that_calls_itself_full() -> Made:
    """A selection's first line says that it is the whole log."""
    return _selected(_each(Head, lambda one: [structs.replace(one, asked=(), scope="full")]))


@vector("selection", "EVIDENCE-MALFORMED")
def selection_with_a_tile() -> Made:
    """A tile, which is of full files, stands in a selection."""
    tile = TileLine(hashes=base64.b64encode(bytes(32)).decode(), n=0)
    return _selected(_each(Head, lambda one: [one, tile]))


@vector("selection", "EVIDENCE-MALFORMED")
def selection_with_an_entry_twice() -> Made:
    """Every entry stands there twice."""
    return _selected(_each(SelectedLine, lambda one: [one, one]))


@vector("selection", "EVIDENCE-MALFORMED")
def selection_beyond_the_end() -> Made:
    """An entry stands behind the end of the log."""
    return _selected(_at(LAST, lambda one: structs.replace(one, index=10_000)))


# --- document ---------------------------------------------------------------------------------


def _papers(change: Change) -> Made:
    """Return a full file of a batch with its manifest, changed."""
    return made(_counted(change(batched().full())))


def batched() -> Log:
    """Return a log of the maker, its batch, and the manifest of its serial numbers."""
    log = makers()
    paper = Document(b"serial\nGPU-0001\nGPU-0002\n", "serial_manifest", "serials", "text/csv")
    log.say(commissioned(), "maker", documents=(paper,))
    return log


STRAY = document_lines(sha256(b"stray").hexdigest(), b"stray")


@vector("document", "DOCUMENT-DIFFERS")
def document_altered() -> Made:
    """A byte of the manifest is another."""
    return _papers(
        _each(DocumentLine, lambda one: document_lines(one.sha256, b"serial\nGPU-0003\n"))
    )


@vector("document", "DOCUMENT-STRAY")
def document_that_nobody_named() -> Made:
    """The file carries a document that no event names."""

    def change(lines: list[Line]) -> list[Line]:
        own = [one for one in lines if isinstance(one, DocumentLine)]
        papers = sorted([*own, *STRAY], key=lambda one: one.sha256)
        return [*(one for one in lines[:-1] if one not in own), *papers, lines[-1]]

    return _papers(change)


@vector("document", "DOCUMENT-MISSING")
def document_missing() -> Made:
    """The manifest is neither there nor listed as left out."""
    return _papers(_each(DocumentLine, lambda _: []))


@vector("document", "DOCUMENT-SIZE")
def document_of_another_size_than_signed() -> Made:
    """The maker signed another size than the manifest has."""
    log = makers()
    paper = Document(b"serial\n", "serial_manifest", "serials", "text/csv")
    draft = log.draft_of(commissioned(), "maker", documents=(paper,))
    [named] = draft.documents
    resized = structs.replace(draft, documents=(structs.replace(named, size=1),))
    log.write_signed(resized, "maker")
    return made(log)


@vector("document", "LEFT-OUT-STRAY")
def document_left_out_that_nobody_named() -> Made:
    """The file lists a document as left out that no event names."""
    return _papers(lambda lines: _before_documents(lines, AbsentLine(sha256="0" * 64)))


def _before_documents(lines: list[Line], one: Line) -> list[Line]:
    at = next(at for at, line in enumerate(lines) if isinstance(line, DocumentLine))
    return [*lines[:at], one, *lines[at:]]


@vector("document", "DOCUMENT-DIFFERS")
def document_left_out_and_carried_otherwise() -> Made:
    """The manifest is listed as left out, and other bytes stand under its name."""
    manifest = batched().event(MAKER_GRANTED + 1).statement.documents[0].sha256
    absent = AbsentLine(sha256=manifest)
    bent_papers = _each(DocumentLine, lambda one: document_lines(one.sha256, b"other"))
    return _papers(lambda lines: _before_documents(list(bent_papers(lines)), absent))


@vector("document", "DOCUMENT-DIFFERS")
def document_that_is_an_annex_altered() -> Made:
    """The sealed annex goes along with another price."""
    log = traded()
    [annex] = log.absent
    log.absent = set()
    log.documents[annex] = b'{"fields":[{"name":"price","value":"USD 1"}],"salt":"00"}'
    return made(log)


@vector("document", "EVIDENCE-MALFORMED")
def document_without_its_second_part() -> Made:
    """A document says that it has two parts, and has one."""
    return _papers(_each(DocumentLine, lambda one: [structs.replace(one, parts=2)]))


@vector("document", "EVIDENCE-MALFORMED")
def document_that_begins_with_its_second_part() -> Made:
    """A document begins with part 2."""
    return _papers(_each(DocumentLine, lambda one: [structs.replace(one, part=2, parts=2)]))


@vector("document", "EVIDENCE-MALFORMED")
def document_twice() -> Made:
    """A document stands there twice."""
    return _papers(_each(DocumentLine, lambda one: [one, one]))


@vector("document", "EVIDENCE-MALFORMED")
def document_base64_with_stray_bits() -> Made:
    """A document's base64 has bits set behind its last byte."""
    return _papers(_each(DocumentLine, lambda one: [structs.replace(one, data="QUJDRB==")]))


@vector("document", "EVIDENCE-MALFORMED")
def document_named_in_upper_case() -> Made:
    """A document's digest is written in upper case."""
    return _papers(
        _each(DocumentLine, lambda one: [structs.replace(one, sha256=one.sha256.upper())])
    )


@vector("document", "EVIDENCE-MALFORMED")
def document_in_front_of_the_entries() -> Made:
    """A document stands in front of the entries."""
    return _papers(lambda lines: [lines[0], lines[-2], *lines[1:-2], lines[-1]])
