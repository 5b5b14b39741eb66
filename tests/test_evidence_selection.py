"""Selections: some entries of a log with their proofs, judged alone; what is wrong with them."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import structs

from ledger.authority import public_key
from ledger.draft import Document
from ledger.errors import Malformed
from ledger.events.correction import Countersigned, EventVoided
from ledger.events.ledger import LedgerKeyRotated
from ledger.evidence import reading
from ledger.evidence.index import EvidenceRow
from ledger.evidence.lines import (
    AbsentLine,
    AnchorLine,
    ConsistencyLine,
    DocumentLine,
    End,
    Head,
    Line,
    SelectedLine,
    encode_line,
    hashes_text,
)
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.selection import TOLD_OF
from ledger.evidence.writer import Choice
from ledger.reader import LedgerReader
from ledger.store.reader import Anchor
from ledger.store.source import StoreSource
from ledger.verify.audit import audit
from ledger.verify.report import Report
from ledger.verify.run import Run
from ledger.verify.selection import SelectionAudit
from tests.forger import Forger, envelope_of, signed_by
from tests.forgeries import draft, of_unknown_type
from tests.forgeries_selection import forged_case
from tests.harness import Story, codes, signer_of
from tests.selections import bent, file_of, forged_selection, lines_of, opened, selected
from tests.told import BATCH, CORRECTION, RECEIPT, SHIPMENT, commissioned, dispatched, told

Property = Callable[[str, object], None]
SHIPMENTS = 300


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    """A log of more than one tile, most of which a selection leaves out."""
    with Story() as made:
        made.party("maker", "maker")
        made.party("buyer", "owner")
        made.record(commissioned(), "maker")
        for start in range(0, SHIPMENTS, 50):
            batch = [dispatched(f"SHP-{start + one}") for one in range(50)]
            made.ledger.append_many([made.submission(one, "maker") for one in batch])
        yield made


def positions(data: bytes) -> list[int]:
    return [one.index for one in lines_of(data) if isinstance(one, SelectedLine)]


def judged(story: Story, data: bytes, **trust: object) -> Report:
    return audit(opened(data), story.trust(**trust))


def shipment(story: Story, number: int) -> int:
    [event] = story.ledger.tagged(f"opens:shipment/shp-{number}")
    return event.index


def test_a_selection_passes_and_says_what_it_cannot_show(story: Story) -> None:
    one = shipment(story, 137)
    data = selected(story.ledger, [one])
    last = story.ledger.size - 1
    control = {event.index for event in story.ledger.tagged("control:1")}
    [batch] = story.ledger.tagged("opens:batch/b-01")  # what the shipment is of
    assert positions(data) == sorted({one, last, batch.index} | control)
    report = judged(story, data)
    assert (report.verdict, report.marks) == ("PASS", ())
    assert report.scope == f"selection {len(control) + 3} of {last + 1}"
    assert (report.size, report.root) == (last + 1, story.ledger.root_at(last + 1).hex())
    assert report.keys == story.audit().keys
    assert any("the selection may leave out" in line for line in report.not_checked)
    assert any("used once in the whole log" in line for line in report.not_checked)


def test_a_selection_tells_more_that_it_cannot_show_than_a_whole_log() -> None:
    assert set(Run.blind) < set(SelectionAudit.blind)
    assert {"site", "batch"} <= TOLD_OF


def test_what_belongs_to_an_entry_goes_along_both_ways() -> None:
    with Story() as story:
        story.party("maker", "maker")
        story.party("buyer", "owner")
        sent = [story.record(dispatched(f"SHP-{one}"), "maker").index for one in range(9)]
        target = story.ledger.event(sent[3]).target
        signed = story.record(Countersigned(target=target, stance="accepts"), "buyer").index
        corrected = story.record(
            dispatched("SHP-4"), "maker", corrects=story.ledger.event(sent[4]).target
        ).index
        gone = story.ledger.event(sent[5]).target
        voided = story.record(EventVoided(target=gone, reason="never left"), "maker").index
        last = story.record(dispatched("SHP-10"), "maker").index
        # what is corrected or voided stands with the control entry that does so
        always = {sent[4], corrected, sent[5], voided, last}
        control = {event.index for event in story.ledger.tagged("control:1")}
        for asked in (sent[3], signed):
            data = selected(story.ledger, [asked])
            assert positions(data) == sorted({sent[3], signed} | always | control)
            assert judged(story, data).verdict == "PASS"
        assert positions(selected(story.ledger, [sent[8]])) == sorted({sent[8]} | always | control)


def test_a_checkpoint_kept_earlier_is_continued_where_the_proof_goes_along(story: Story) -> None:
    size = shipment(story, 70)
    note = Forger(story, size)
    kept = note.sign(size, note.root)
    one = shipment(story, 137)
    data = selected(story.ledger, [one], earlier=[size])
    assert judged(story, data, checkpoints=(kept,)).verdict == "PASS"
    other = note.sign(size, bytes(32))
    report = judged(story, data, checkpoints=(other,))
    assert (report.verdict, codes(report)) == ("FAIL", {"CHECKPOINT-OLD-DIFFERS"})
    report = judged(story, selected(story.ledger, [one]), checkpoints=(kept,))
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"CONSISTENCY-MISSING"})


def test_a_selection_of_everything_says_of_each_entry_what_the_full_file_says() -> None:
    report = judged(told(), selected(told().ledger, range(told().ledger.size)))
    full = told().audit()
    assert report.verdict == "PASS"
    for theirs, ours in zip(full.steps, report.steps, strict=True):
        if theirs.number in (4, 5, 6, 7, 8):
            assert ours.checked == theirs.checked


def test_documents_of_entries_that_are_not_there_stay_away() -> None:
    data = selected(told().ledger, [RECEIPT], choice=Choice())
    carried = {one.sha256 for one in lines_of(data) if isinstance(one, DocumentLine)}
    told_of = [told().ledger.event(one).statement for one in (BATCH, RECEIPT)]
    assert carried == {paper.sha256 for one in told_of for paper in one.documents}
    report = judged(told(), selected(told().ledger, [BATCH, RECEIPT], choice=Choice(documents=())))
    assert "2 documents that the file leaves out" in report.not_checked
    assert report.verdict == "PASS"


def test_a_log_without_hand_over_or_with_one_gives_selections_that_pass(tmp_path: Path) -> None:
    with Story(tmp_path / "ledger.db") as story:
        story.party("maker", "maker")
        story.record(commissioned(), "maker")
        key = public_key(signer_of("ledger-2").public_key, "ledger")
        data = LedgerKeyRotated(checkpoint_key=key, reason="yearly")
        story.ledger.append(story.submission(data, "operator"), new_key=signer_of("ledger-2"))
        story.record(dispatched("SHP-1"), "maker")
        story.record(dispatched("SHP-2"), "maker")
        report = judged(story, selected(story.ledger, [shipment(story, 1)]))
        assert report.verdict == "PASS"
        lines = lines_of(selected(story.ledger, [1]))
        assert [isinstance(one, AnchorLine) for one in lines].count(True) == 1


# --- what is wrong with one -------------------------------------------------------------------


def test_no_changed_byte_passes(story: Story, record_property: Property) -> None:
    whole = selected(story.ledger, [shipment(story, 137)])
    chance = random.Random(5)
    places = sorted(chance.sample(range(len(whole)), 400))
    for at in places:
        byte = (whole[at] + 1 + at % 255) % 256
        changed = whole[:at] + bytes([byte]) + whole[at + 1 :]
        assert judged(story, changed).verdict != "PASS", at
    record_property("counted", f"bytes of a selection changed, audited: {len(places)}")


def test_no_selection_passes_without_one_of_its_lines() -> None:
    lines = lines_of(selected(told().ledger, [BATCH]))
    annex = told().ledger.event(SHIPMENT).statement.annex
    for number, line in enumerate(lines[:-1]):
        if isinstance(line, AbsentLine) and line.sha256 == annex:
            continue  # an annex that is not there is left out by choice, listed or not
        report = judged(told(), file_of([*lines[:number], *lines[number + 1 :]]))
        assert report.verdict != "PASS", line  # without the batch, its manifest is a stray one


def test_an_entry_of_another_log_has_no_proof() -> None:
    forger = Forger(told(), BATCH)
    forger.say(commissioned("B-99"), "maker")
    theirs = [one for one in forged_selection(forger, [BATCH]) if isinstance(one, SelectedLine)]
    lines = lines_of(selected(told().ledger, [BATCH]))
    mixed = [
        next(one for one in theirs if one.index == BATCH)
        if isinstance(line, SelectedLine) and line.index == BATCH
        else line
        for line in lines
    ]
    report = judged(told(), file_of(mixed))
    assert (report.verdict, codes(report)) == ("FAIL", {"INCLUSION-DIFFERS"})


def test_an_entry_that_names_another_control_entry_fails() -> None:
    forger = Forger(told(), CORRECTION)
    envelope = told().ledger.event(CORRECTION).entry.envelope
    forger.write(envelope, control=5)
    forger.say(dispatched("SHP-9"), "maker")
    forger.control = 5
    case = forged_case(forger, CORRECTION)
    assert "CONTROL-CHAIN" in codes(audit(case.source, case.trust))


def test_a_control_entry_that_the_chain_passes_by_fails() -> None:
    """The last entry names an earlier one, as if the correction had not been made."""
    forger = Forger(told(), CORRECTION + 1)
    before = told().ledger.event(CORRECTION).entry.control
    forger.control = before
    forger.say(dispatched("SHP-9"), "maker")
    case = forged_case(forger, CORRECTION)
    report = audit(case.source, case.trust)
    assert (report.verdict, codes(report)) == ("FAIL", {"CONTROL-CHAIN"})


def test_of_two_corrections_of_one_event_the_second_fails_also_in_a_selection() -> None:
    forger = Forger(told())
    again = told().ledger.event(RECEIPT).target
    forger.say(told().ledger.event(RECEIPT).statement.data, "buyer", corrects=again)
    case = forged_case(forger, RECEIPT)
    report = audit(case.source, case.trust)
    assert (report.verdict, codes(report)) == ("FAIL", {"TARGET-NOT-NEWEST"})


def test_a_selection_of_an_empty_log_is_none() -> None:
    lines = lines_of(selected(told().ledger, [BATCH]))
    head = lines[0]
    assert isinstance(head, Head)
    empty = [structs.replace(head, size=0), lines[-1]]
    report = judged(told(), file_of(empty))
    assert codes(report) == {"ENTRY0-MISSING"}


Change = Callable[[list[Line]], list[Line]]


def asking(*asked: str, **given: str) -> Change:
    def change(lines: list[Line]) -> list[Line]:
        head = lines[0]
        assert isinstance(head, Head)
        return [structs.replace(head, asked=asked, **given), *lines[1:]]

    return change


def each(
    kind: type[Line], change: Callable[[Line], list[Line]]
) -> Callable[[list[Line]], list[Line]]:
    return lambda lines: [
        new for one in lines for new in (change(one) if isinstance(one, kind) else [one])
    ]


BROKEN: dict[str, Change] = {
    "nothing asked for": asking(),
    "asked for twice": asking("a", "a"),
    "asked out of order": asking("b", "a"),
    "a full file with proofs": asking(scope="full"),
    "an entry twice": each(SelectedLine, lambda one: [one, one]),
    "an entry beyond the end": each(SelectedLine, lambda one: [structs.replace(one, index=10_000)]),
    "a short entry": each(SelectedLine, lambda one: [structs.replace(one, entry="{}", proof="")]),
    "no list of hashes": each(SelectedLine, lambda one: [structs.replace(one, proof="AAAA")]),
    "a long proof": each(SelectedLine, lambda one: [structs.replace(one, proof="AAAA" * 22_400)]),
    "an earlier tree twice": each(ConsistencyLine, lambda one: [one, one]),
    "a later tree": each(ConsistencyLine, lambda one: [structs.replace(one, size=10_000)]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_selection_is_told_with_its_line(name: str) -> None:
    lines = lines_of(selected(told().ledger, [BATCH]))
    report = judged(told(), file_of(BROKEN[name](lines)))
    assert report.verdict == "FAIL"
    [mark] = report.marks
    assert mark.code == "EVIDENCE-MALFORMED"
    assert "line " in mark.found


class Lying:
    """A selection that gives other leaf hashes at one of the times that it is read."""

    def __init__(self, source: EvidenceSource, lies: int) -> None:
        self._source = source
        self._lies = lies
        self._reads = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)

    def proofs(self) -> Iterator[tuple[int, bytes, tuple[bytes, ...]]]:
        self._reads += 1
        for index, leaf, proof in self._source.proofs():
            yield index, (bytes(32) if self._reads == self._lies else leaf), proof

    def rows(self, start: int, stop: int) -> Iterator[EvidenceRow]:
        for row in self._source.rows(start, stop):
            data = row.data + b" " if self._lies == 3 and stop - start > 1 else row.data
            yield EvidenceRow(row.index, None, data, row.leaf)


@pytest.mark.parametrize("lies", [1, 2, 3])
def test_a_file_that_changes_while_it_is_audited_is_undecided(lies: int) -> None:
    source = Lying(opened(selected(told().ledger, [SHIPMENT])), lies)
    report = audit(source, told().trust())  # type: ignore[arg-type]  # by shape
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"SOURCE-CHANGED"})


def test_bent_lines_stay_lines() -> None:
    for line in lines_of(selected(told().ledger, [BATCH])):
        if isinstance(line, SelectedLine) and line.proof:
            assert encode_line(bent(line)) != encode_line(line)


# --- what a reader remembers is capped --------------------------------------------------------


@pytest.mark.parametrize(
    ("cap", "most"), [("NAMES_MAX", 1), ("EARLIER_MAX", 2), ("ANCHORS_BYTES_MAX", 100)]
)
def test_a_file_of_too_many_small_lines_is_refused_while_it_is_read(
    cap: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Story() as story:
        story.party("maker", "maker")
        for number in range(2):
            paper = Document(bytes([number]), "scan", "scan")
            story.record(commissioned(f"B-{number}"), "maker", documents=(paper,))
        story.ledger._recorder.add_anchor(Anchor(story.ledger.size, story.ledger.checkpoint(), b""))
        for choice in (Choice(), Choice(documents=())):
            data = selected(story.ledger, range(story.ledger.size), choice=choice)
            assert judged(story, data).verdict == "PASS"
            with monkeypatch.context() as patched:
                patched.setattr(reading, cap, most)
                report = judged(story, data)
            assert codes(report) == {"EVIDENCE-MALFORMED"}
            assert f"{most:,} at most" in report.marks[0].found


def test_a_selection_whose_checkpoint_is_not_the_ledgers_own_ends_there() -> None:
    lines = lines_of(selected(told().ledger, [BATCH], earlier=[5]))
    head = lines[0]
    assert isinstance(head, Head)
    note = signed_by("maker")(told().ledger.size, told().ledger.root_at(told().ledger.size))
    report = judged(told(), file_of([structs.replace(head, checkpoint=note.decode()), *lines[1:]]))
    assert report.verdict == "FAIL"
    assert "CHECKPOINT-SIGNATURE" in codes(report)


def test_an_entry_of_a_type_that_nobody_here_knows_is_undecided() -> None:
    forger = Forger(told())
    forger.write(envelope_of(of_unknown_type(draft(dispatched("SHP-8"))), "maker"))
    forger.say(dispatched("SHP-9"), "maker")
    source = forger.source()
    assert isinstance(source, StoreSource)
    log = LedgerReader(source._recorder, None)
    size, unknown = log.size, log.size - 2
    lines = forged_selection(forger, [BATCH])
    at = next(
        n for n, one in enumerate(lines) if isinstance(one, SelectedLine) and one.index > unknown
    )
    [proof] = log.prove_many([unknown], size)
    line = SelectedLine(
        entry=log.entry_bytes(unknown).decode(), index=unknown, proof=hashes_text(proof)
    )
    report = judged(told(), file_of([*lines[:at], line, *lines[at:]]))
    assert report.verdict == "UNDECIDED"
    assert codes(report) == {"TYPE-UNKNOWN", "SEEN-UNPROVEN"}  # what the last signer saw


def test_a_selection_that_changes_under_the_reader_is_told(tmp_path: Path) -> None:
    path = tmp_path / "e"
    data = selected(told().ledger, [BATCH])
    path.write_bytes(data)
    with EvidenceSource(path) as source:
        first, second = list(source.rows(0, 2))
        assert (first.index, second.index) == (0, 1)
        lines = data.splitlines(keepends=True)
        at = next(n for n, one in enumerate(lines) if b'"kind":"selected"' in one)
        offset = sum(map(len, lines[:at]))
        path.write_bytes(
            data[:offset] + encode_line(End(lines=1, sha256="00" * 32)) + data[offset:]
        )
        with (
            EvidenceSource(path, source._index) as again,
            pytest.raises(Malformed, match="EVIDENCE-MALFORMED"),
        ):
            list(again.rows(0, 2))
