"""Audits that go on from a signed record, and what contradicts one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from ledger import canonical
from ledger.errors import Malformed, Refused
from ledger.events.correction import EventVoided
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.writer import write_evidence
from ledger.log.merkle import leaf_hash
from ledger.signing.signer import MemorySigner
from ledger.store.reader import StoredEntry
from ledger.store.source import StoreSource
from ledger.trust import Trust
from ledger.trust.audit_record import AuditRecord, open_record, sign_record
from ledger.verify import parallel, prefix
from ledger.verify.audit import audit, audit_to_record
from ledger.verify.continued import authority_at, authority_digest
from ledger.verify.prefix import covered
from ledger.verify.report import Report
from tests.forger import Forger, copied
from tests.harness import Story, codes, signer_of
from tests.selections import opened, selected
from tests.told import BATCH, commissioned, dispatched, told

AUDITOR = MemorySigner(bytes(range(32)))


def recorded(story: Story) -> AuditRecord:
    report, record = audit_to_record(story.ledger.source(), story.trust())
    assert report.verdict == "PASS"
    assert record is not None
    return open_record(sign_record(record, AUDITOR), AUDITOR.public_key)


def continued(story: Story, record: AuditRecord, **trust: object) -> Report:
    given: Trust = replace(story.trust(**trust), record=record)
    return audit_to_record(story.ledger.source(), given)[0]


@pytest.fixture
def growing() -> Iterator[Story]:
    with Story() as story:
        story.party("maker", "maker")
        story.record(commissioned(), "maker")
        story.record(dispatched("SHP-1"), "maker")
        yield story


def test_only_what_is_new_is_judged_and_the_rest_is_hashed_again(growing: Story) -> None:
    record = recorded(growing)
    first = growing.ledger.size
    growing.party("buyer", "owner")
    growing.record(dispatched("SHP-2"), "maker")
    gone = growing.ledger.event(first - 1).target
    growing.record(EventVoided(target=gone, reason="never left"), "maker")
    report = continued(growing, record)
    new = growing.ledger.size - first
    assert (report.verdict, report.scope, report.marks) == ("PASS", f"since {first}", ())
    checked = {one.number: one.checked for one in report.steps}
    assert (checked[3], checked[4], checked[7]) == (growing.ledger.size, new, new)
    assert report.root == growing.audit().root
    assert any(f"the first {first} entries" in line for line in report.not_checked)
    assert report.trust.record is not None
    assert f"an audit of {first} entries" in report.trust.record
    # what goes on from a record is no audit of the whole, and gives no record itself
    assert (
        audit_to_record(growing.ledger.source(), replace(growing.trust(), record=record))[1] is None
    )


def test_voids_that_a_record_covers_are_remembered(growing: Story) -> None:
    gone = growing.ledger.event(growing.ledger.size - 1).target
    growing.record(EventVoided(target=gone, reason="never left"), "maker")
    record = recorded(growing)
    forger = Forger(growing)
    forger.say(EventVoided(target=gone, reason="again"), "maker")
    report, _ = audit_to_record(forger.source(), replace(growing.trust(), record=record))
    assert codes(report) == {"TARGET-NOT-NEWEST"}


def test_nothing_new_is_a_pass_too(growing: Story) -> None:
    report = continued(growing, recorded(growing))
    assert (report.verdict, report.scope) == ("PASS", f"since {growing.ledger.size}")


def test_a_record_says_the_same_however_often_the_log_is_audited(growing: Story) -> None:
    assert recorded(growing) == recorded(growing)
    before = recorded(growing)
    growing.record(dispatched("SHP-7"), "maker")
    after = recorded(growing)
    assert (after.authority, after.rights) == (before.authority, before.rights)
    assert after.ids != before.ids


def test_what_is_new_may_not_repeat_what_was_audited_before(growing: Story) -> None:
    record = recorded(growing)
    forger = Forger(growing)
    forger.say(dispatched("SHP-1"), "maker")  # opened before, by the same party
    source = forger.source()
    report, _ = audit_to_record(source, replace(growing.trust(), record=record))
    assert (report.verdict, codes(report)) == ("FAIL", {"IDENTIFIER-USED"})


def test_a_signature_that_is_wrong_among_what_is_new_is_found(growing: Story) -> None:
    record = recorded(growing)
    forger = Forger(growing)
    envelope = growing.submission(dispatched("SHP-3"), "maker").envelope
    [signature] = envelope.signatures
    other = structs.replace(signature, sig="A" * 86 + "==")
    forger.write(structs.replace(envelope, signatures=(other,)))
    report, _ = audit_to_record(forger.source(), replace(growing.trust(), record=record))
    assert (report.verdict, codes(report)) == ("FAIL", {"SIGNATURE"})


ZERO = "00" * 32
BENT: dict[str, tuple[Callable[[AuditRecord], AuditRecord], str]] = {
    "origin": (lambda one: structs.replace(one, origin="ledger.other.invalid/x"), "RECORD-LEDGER"),
    "fingerprint": (lambda one: structs.replace(one, fingerprint=ZERO), "RECORD-LEDGER"),
    "size": (lambda one: structs.replace(one, size=one.size + 1), "RECORD-AHEAD"),
    "root": (lambda one: structs.replace(one, root=ZERO), "RECORD-DIFFERS"),
    "smaller": (lambda one: structs.replace(one, size=one.size - 1), "RECORD-DIFFERS"),
    "rights": (lambda one: structs.replace(one, rights=ZERO), "RECORD-RIGHTS"),
    "authority": (lambda one: structs.replace(one, authority=ZERO), "RECORD-AUTHORITY"),
    "ids": (lambda one: structs.replace(one, ids=ZERO), "RECORD-IDS"),
}


@pytest.mark.parametrize("name", BENT)
def test_a_record_that_says_otherwise_is_no_pass(name: str) -> None:
    change, code = BENT[name]
    report = continued(told(), change(recorded(told())))
    assert codes(report) == {code}
    assert report.verdict == ("UNDECIDED" if code == "RECORD-RIGHTS" else "FAIL")


def test_a_log_that_was_rewritten_before_the_record_fails(growing: Story) -> None:
    record = recorded(growing)
    forger = Forger(growing, growing.ledger.size - 1)
    forger.say(dispatched("SHP-9"), "maker")
    report, _ = audit_to_record(forger.source(), replace(growing.trust(), record=record))
    assert (report.verdict, codes(report)) == ("FAIL", {"RECORD-DIFFERS"})


def test_no_record_is_made_of_anything_but_a_pass_over_all() -> None:
    assert audit_to_record(told().ledger.source(), Trust())[1] is None
    part = opened(selected(told().ledger, [BATCH]))
    assert audit_to_record(part, told().trust())[1] is None


def test_what_is_covered_is_read_as_an_audit_reads_it() -> None:
    from ledger.verify.chunk import ChunkJudge  # noqa: PLC0415  the one that judges them

    rows = list(told().ledger.source().rows(0, told().ledger.size))
    judge = ChunkJudge(told().ledger.authority, 2**53, None)
    for brief, row in zip(judge.judge(range(len(rows)), rows).briefs, rows, strict=True):
        assert brief is not None
        ours = covered(row)
        assert ours.idempotency == brief.idempotency
        assert (ours.id, ours.recorded_at, ours.control) == (
            brief.id,
            brief.recorded_at,
            brief.control,
        )
        assert (ours.opened, ours.replaced) == (brief.opened, brief.replaced)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"\xff", b'{"envelope":{"payload":"?"},"control":0,"recorded_at":""}']
)
def test_bytes_that_no_audit_passed_are_refused(data: bytes) -> None:
    row = StoredEntry(0, "", data, leaf_hash(data))

    class One(StoreSource):
        def rows(self, start: int, stop: int) -> Iterator[StoredEntry]:
            return iter([row][start:stop])

    with pytest.raises(Malformed, match="RECORD-PREFIX"):
        covered(row)
    with pytest.raises(Malformed, match="RECORD-PREFIX"):
        prefix._glance(One(None, None), 0, 1)


def test_what_is_covered_is_seen_alike_in_chunks() -> None:
    source = told().ledger.source()
    prefix._begin(source)
    for span in ((0, 18), (3, 5)):
        glance = prefix._glance_there(span)
        assert isinstance(glance, prefix.Glance)
        assert glance.briefs() == [covered(row) for row in source.rows(*span)]


def test_processes_that_look_through_what_is_covered_change_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "e"
    with path.open("wb") as out:
        write_evidence(told().ledger.source(), out)
    monkeypatch.setattr(parallel, "PARALLEL_FROM", 1)
    trust = replace(told().trust(), record=recorded(told()))
    with EvidenceSource(path) as source, EvidenceSource(path) as other:
        report = audit(source, trust, workers=2, chunk=5)
        assert report == audit(other, trust, chunk=7)
    assert (report.verdict, report.scope) == ("PASS", "since 18")


@pytest.mark.parametrize("data", [b"{}", b"another entry's"])
def test_other_bytes_among_what_is_covered_are_told_as_by_hashing_first(data: bytes) -> None:
    rows = list(told().ledger.source().rows(0, 18))
    other = rows[2].data if len(data) > 2 else data

    class Bent(StoreSource):
        def rows(self, start: int, stop: int) -> Iterator[StoredEntry]:
            for row in super().rows(start, stop):
                yield row if row.index != 1 else StoredEntry(1, row.type, other, row.leaf)

    class Untold(Bent):
        def leaves(self) -> None:
            pass

    trust = replace(told().trust(), record=recorded(told()))
    whole = copied(told())
    bent, untold = (kind(whole._recorder, None) for kind in (Bent, Untold))
    report = audit(bent, trust, chunk=4)
    assert report == audit(untold, trust)
    assert report.verdict == "FAIL"


# --- the record's own bytes -------------------------------------------------------------------


def test_a_record_is_opened_by_its_signers_key_alone() -> None:
    record = recorded(told())
    data = sign_record(record, AUDITOR)
    assert open_record(data, AUDITOR.public_key) == record
    with pytest.raises(Refused, match="RECORD-SIGNATURE"):
        open_record(data, signer_of("maker").public_key)


def test_no_changed_byte_of_a_record_is_read() -> None:
    data = sign_record(recorded(told()), AUDITOR)
    for at in range(len(data) - 1):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises((Malformed, Refused), match="RECORD-"):
            open_record(changed, AUDITOR.public_key)


def test_what_is_no_record_is_refused() -> None:
    for data in (b"", b"{}", b"\xff" * 10, b"{" * 100_000, canonical.encode(recorded(told()))):
        with pytest.raises(Malformed, match="RECORD-FORM"):
            open_record(data, AUDITOR.public_key)


# --- an earlier file --------------------------------------------------------------------------


def test_an_earlier_file_whose_entries_are_all_there_is_continued(growing: Story) -> None:
    old = opened(selected(growing.ledger, [0]))
    growing.record(dispatched("SHP-2"), "maker")
    trust = replace(growing.trust(checkpoints=(old.checkpoint(),)), extends=old)
    assert audit_to_record(growing.ledger.source(), trust)[0].verdict == "PASS"
    part = opened(selected(growing.ledger, [1], earlier=[old.size()]))
    assert audit_to_record(part, trust)[0].verdict == "PASS"


def test_an_earlier_file_with_another_entry_names_it(growing: Story) -> None:
    forger = Forger(growing, growing.ledger.size - 1)
    forger.say(dispatched("SHP-9"), "maker")
    old = forger.source()
    trust = replace(growing.trust(checkpoints=(old.checkpoint(),)), extends=old)
    report, _ = audit_to_record(growing.ledger.source(), trust)
    assert report.verdict == "FAIL"
    assert codes(report) == {"EXTENDS-DIFFERS", "CHECKPOINT-OLD-DIFFERS"}
    [mark] = [one for one in report.marks if one.code == "EXTENDS-DIFFERS"]
    assert mark.entry == growing.ledger.size - 1


def test_a_log_shorter_than_the_earlier_file_fails_by_that_alone(growing: Story) -> None:
    old = growing.ledger.source()
    shorter = Forger(growing, growing.ledger.size - 1)
    trust = replace(growing.trust(), extends=old)
    report, _ = audit_to_record(shorter.source(), trust)
    assert (report.verdict, codes(report)) == ("FAIL", {"EXTENDS-DIFFERS"})
    [mark] = report.marks
    assert (mark.expected, mark.found) == ("6 entries", "5 entries")


def test_an_earlier_file_that_cannot_be_read_shows_nothing(growing: Story, tmp_path: Path) -> None:
    with EvidenceSource(tmp_path / "none") as old:
        trust = replace(growing.trust(), extends=old)
        report, _ = audit_to_record(growing.ledger.source(), trust)
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"SOURCE-UNREADABLE"})
    assert report.trust.extends == "unreadable"


# --- authority as it was ----------------------------------------------------------------------


def test_authority_at_a_size_is_that_of_the_log_then(growing: Story) -> None:
    before, size = authority_digest(growing.ledger.authority), growing.ledger.size
    growing.party("buyer", "owner")
    ledger = growing.ledger
    chain = [event.index for event in ledger.tagged("control:1")]
    then = authority_at(ledger.entry_bytes, chain, size)
    assert authority_digest(then) == before
    assert authority_digest(authority_at(ledger.entry_bytes, chain, ledger.size)) != before
