"""The ledger as a library: create, open, append; all or nothing, and never a fork unseen."""

import errno
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
from msgspec import structs

from ledger.appending import BATCH_MAX
from ledger.application import Ledger
from ledger.authority import public_key
from ledger.draft import Circumstances, Draft, Submission, sign_all
from ledger.entry import read_event
from ledger.errors import Conflict, LedgerError, Malformed, Refused, Tampered, Unavailable
from ledger.events.base import Statement, new_id, signatories
from ledger.events.ledger import LedgerKeyRotated
from ledger.events.party import KeyRevoked, PartyRegistered, RoleGranted, RoleWithdrawn
from ledger.events.product import BatchCommissioned
from ledger.log.checkpoint import open_checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.proofs import verify_inclusion
from ledger.occurred import parse_recorded
from ledger.signing.signer import key_id
from ledger.store.highwater import HighWater
from ledger.version import __version__
from ledger.writing import Receipt, Writing, installation
from tests.harness import (
    ORIGIN,
    START,
    Story,
    codes,
    manifest,
    opening_data,
    signatory,
    signer_of,
)
from tests.postgres_server import Server
from tests.stores import Store
from tests.test_history import batch

LEDGER = Writing(signer=signer_of("ledger"), installation="test")


def opening(**more: Any) -> Submission:
    """A signed LedgerOpened of a ledger of record; `more` names what is otherwise than usual."""
    data = opening_data("record", **more)
    statement = Statement(
        ledger=data.origin,
        id=new_id(START, bytes(10)),
        type="LedgerOpened.v1",
        occurred="2026-01-05",
        asserted_by="operator",
        basis="first_party",
        signatories=signatories(signatory("operator")),
        data=data,
    )
    return Draft(statement).sign(signer_of("operator"))


@pytest.fixture
def story(store: Store, tmp_path: Path) -> Iterator[Story]:
    """A ledger in each store with a high-water file beside its key, and one maker."""
    with Story(store.place, high_water=tmp_path / "high-water") as told:
        told.party("nvidia", "maker")
        yield told


@pytest.fixture
def file_story(tmp_path: Path) -> Iterator[Story]:
    """The same in a file, for what is done to files."""
    with Story(tmp_path / "ledger.db", high_water=tmp_path / "high-water") as told:
        told.party("nvidia", "maker")
        yield told


def shown(story: Story) -> tuple[int, bytes]:
    """Size and root that the high-water file ends with."""
    with HighWater(story.high_water or "") as high_water:
        last = high_water.last()
        assert last is not None
        return last


def check_receipt(receipt: Receipt, ledger: Ledger, key: str = "ledger") -> None:
    """Check a receipt with nothing but the ledger's key and the entry's bytes."""
    checkpoint = open_checkpoint(receipt.checkpoint, ORIGIN, signer_of(key).public_key)
    assert checkpoint.size == receipt.size
    leaf = leaf_hash(ledger.entry_bytes(receipt.index))
    assert verify_inclusion(leaf, receipt.index, receipt.size, checkpoint.root, receipt.proof())


def everything(ledger: Ledger) -> tuple[Any, ...]:
    """All that a store holds."""
    recorder = ledger._recorder
    return (
        recorder.tree_row(),
        list(recorder.entries(0, 2**40)),
        recorder.tag_count(),
        recorder.documents(),
        recorder.anchors(),
        list(recorder.all_tiles()),
    )


# --- create -----------------------------------------------------------------------------------


def test_a_new_ledger_holds_its_opening(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.create(str(path), opening(), LEDGER) as ledger:
        assert ledger.size == 1
        event = ledger.event(0)
        assert event.statement.data == opening_data("record")
        recorder = event.entry.recorder
        assert (recorder.software, recorder.version) == ("chipledger", __version__)
        assert recorder.installation == "test"
        assert event.entry.control == 0
        assert abs(parse_recorded(event.entry.recorded_at) - datetime.now(UTC)) < timedelta(
            minutes=1
        )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_installation_without_a_label_is_called_as_its_machine() -> None:
    with Ledger.create("sqlite://", opening(), Writing(signer=signer_of("ledger"))) as ledger:
        assert ledger.event(0).entry.recorder.installation == installation()


def test_a_ledger_is_never_created_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"precious")
    with pytest.raises(Conflict, match="STORE-EXISTS"):
        Ledger.create(str(path), opening(), LEDGER)
    assert path.read_bytes() == b"precious"


def registration() -> Submission:
    data = PartyRegistered(party="operator", legal_name="x", display_name="x")
    statement = Statement(
        ledger=ORIGIN,
        id=new_id(START, bytes(10)),
        type="PartyRegistered.v1",
        occurred="2026",
        asserted_by="operator",
        basis="first_party",
        signatories=signatories(signatory("operator")),
        data=data,
    )
    return Draft(statement).sign(signer_of("operator"))


def unsigned() -> Submission:
    whole = opening()
    return Submission(structs.replace(whole.envelope, signatures=()))


@pytest.mark.parametrize(
    ("submission", "writing", "code"),
    [
        (registration, LEDGER, "NOT-THE-OPENING"),
        (unsigned, LEDGER, "SIGNATURE-COUNT"),
        (opening, Writing(signer=signer_of("another"), installation="test"), "LEDGER-KEY"),
        (opening, Writing(signer=signer_of("operator"), installation="test"), "LEDGER-KEY"),
        (opening, Writing(), "READ-ONLY"),
        (opening, Writing(signer=signer_of("ledger"), clock=lambda: START), "CLOCK-FOREIGN"),
        (lambda: opening(zone="Mars/Olympus"), LEDGER, "ZONE-UNKNOWN"),
        (lambda: opening(rights="chipledger-rights-v9"), LEDGER, "RIGHTS-UNKNOWN"),
        (
            lambda: opening(recovery_key=public_key(signer_of("operator").public_key, "same")),
            LEDGER,
            "OPENING-KEYS",
        ),
    ],
)
def test_an_opening_that_is_refused_leaves_nothing_behind(
    tmp_path: Path, submission: Callable[[], Submission], writing: Writing, code: str
) -> None:
    with pytest.raises(LedgerError) as refusal:
        Ledger.create(str(tmp_path / "ledger.db"), submission(), writing)
    assert refusal.value.code == code
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(LedgerError):
        Ledger.create("sqlite://", submission(), writing)


def test_an_opening_is_refused_by_its_code_also_where_the_disk_keeps_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "unlink", broken)
    writing = Writing(signer=signer_of("another"))
    with pytest.raises(Refused, match="LEDGER-KEY"):
        Ledger.create(str(tmp_path / "ledger.db"), opening(), writing)


def test_a_ledger_is_not_created_anew_in_the_place_of_one_that_was_shown(tmp_path: Path) -> None:
    writing = Writing(signer=signer_of("ledger"), high_water=tmp_path / "high-water")
    Ledger.create(str(tmp_path / "ledger.db"), opening(), writing).close()
    (tmp_path / "ledger.db").unlink()
    with pytest.raises(Tampered, match="STORE-BEHIND"):
        Ledger.create(str(tmp_path / "ledger.db"), opening(), writing)
    assert [path.name for path in tmp_path.iterdir()] == ["high-water"]


def test_one_batch_opens_no_second_ledger(story: Story) -> None:
    first = story.ledger.event(0)
    again = story.ledger.append(Submission(first.entry.envelope))
    assert (again.index, again.repeated) == (0, True)
    with pytest.raises(Refused, match="NOT-THE-OPENING"):
        story.ledger.append(opening())


# --- open -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}"])
def test_a_ledger_is_opened_by_path_or_url(file_story: Story, form: str) -> None:
    story = file_story
    with Ledger.open(form.format(story.url)) as ledger:
        assert ledger.size == story.ledger.size
        assert ledger.checkpoint() == story.ledger.checkpoint()


def test_a_ledger_is_never_created_by_opening(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="STORE-MISSING"):
        Ledger.open(str(tmp_path / "ledger.db"), LEDGER)
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_in_memory_is_opened_by_nobody() -> None:
    with pytest.raises(Malformed, match="URL"):
        Ledger.open("sqlite://")


def test_a_reader_writes_nothing(story: Story) -> None:
    submission = story.submission(batch(), "nvidia")
    for writing in (None, Writing(installation="desk")):
        with Ledger.open(story.url, writing) as reader:
            with pytest.raises(Refused, match="READ-ONLY"):
                reader.append(submission)
            assert reader.size == story.ledger.size


@pytest.mark.parametrize("key", ["operator", "recovery", "ledger-2"])
def test_only_the_ledgers_own_key_writes(story: Story, key: str) -> None:
    with pytest.raises(Refused, match="LEDGER-KEY"):
        Ledger.open(story.url, Writing(signer=signer_of(key), clock=story.clock))


def test_a_clock_of_ones_own_is_for_demonstrations(tmp_path: Path) -> None:
    with Story(tmp_path / "ledger.db", purpose="record") as story:
        for signer in (None, signer_of("ledger")):
            with pytest.raises(Refused, match="CLOCK-FOREIGN"):
                Ledger.open(story.url, Writing(signer=signer, clock=story.clock))
        with Ledger.open(story.url, LEDGER) as ledger:
            assert ledger.size == 1


# --- append -----------------------------------------------------------------------------------


def test_a_receipt_proves_its_event_under_the_ledgers_key(story: Story) -> None:
    early = story.record(batch("B-0"), "nvidia")
    receipts = [story.record(batch(f"B-{one}"), "nvidia") for one in range(1, 4)]
    for receipt in (early, *receipts):
        check_receipt(receipt, story.ledger)
        assert story.ledger.event(receipt.index).statement.id == receipt.id
    assert [one.size for one in receipts] == [one.index + 1 for one in receipts]


def test_the_receipt_of_one_event_holds_its_proof_when_the_ledger_is_closed(story: Story) -> None:
    """It comes from the frontier; the proofs of a batch are read when they are asked for."""
    old, new = (story.submission(batch(name), "nvidia") for name in ("B-1", "B-2"))
    receipts = [story.ledger.append(old), story.ledger.append_many([old, new, new])[1]]
    several = story.ledger.append_many(
        [story.submission(batch(name), "nvidia") for name in ("B-3", "B-4")]
    )
    again = story.ledger.append(old)
    story.ledger.close()
    for late in (*several, again):
        with pytest.raises(Unavailable, match="STORE-"):
            late.proof()
    proofs = [receipt.proof() for receipt in receipts]
    with Ledger.open(story.url) as ledger:
        assert proofs == [ledger.prove(one.index, one.size) for one in receipts]
        for receipt in receipts:
            check_receipt(receipt, ledger)


def test_a_batch_has_one_checkpoint_and_one_moment(story: Story) -> None:
    submissions = [story.submission(batch(f"B-{one}"), "nvidia") for one in range(5)]
    receipts = story.ledger.append_many(submissions)
    assert len({one.checkpoint for one in receipts}) == 1
    assert {one.size for one in receipts} == {story.ledger.size}
    assert [one.index for one in receipts] == list(range(receipts[0].index, story.ledger.size))
    assert len({story.ledger.event(one.index).entry.recorded_at for one in receipts}) == 1
    for receipt in receipts:
        check_receipt(receipt, story.ledger)


def test_each_entry_names_the_control_entry_before_it(story: Story) -> None:
    story.record(batch("B-1"), "nvidia")
    newest = 0
    for event in story.ledger.read():
        assert event.entry.control == newest
        if event.statement.type != "BatchCommissioned.v1":
            newest = event.index


def test_a_batch_is_recorded_whole_or_not_at_all(story: Story) -> None:
    paper = manifest(["S1"])
    good = [
        story.submission(batch("B-1"), "nvidia", documents=(paper,)),
        story.submission(RoleGranted(party="nvidia", role="certifier"), "operator"),
        story.submission(batch("B-2"), "nvidia"),
    ]
    bad = story.submission(batch("B-1", quantity=1), "nvidia")
    before, note = everything(story.ledger), shown(story)
    for place in range(1, 4):
        with pytest.raises(Conflict, match="IDENTIFIER-USED"):
            story.ledger.append_many([*good[:place], bad, *good[place:]])
        assert everything(story.ledger) == before
        assert shown(story) == note
        with Ledger.open(story.url) as other:
            assert everything(other) == before
    assert story.ledger.document(paper.reference().sha256) is None
    assert [one.repeated for one in story.ledger.append_many(good)] == [False] * 3
    assert story.audit().verdict == "PASS"


def test_what_was_rolled_back_decides_nothing_afterwards(story: Story) -> None:
    grant = story.submission(RoleGranted(party="nvidia", role="operator"), "operator")
    bad = story.submission(batch(by="operator"), "operator")
    with pytest.raises(Refused, match="ROLE"):
        story.ledger.append_many([grant, bad])
    assert not story.ledger.authority.holds("nvidia", "operator", story.ledger.size)
    assert not story.ledger.append(grant).repeated


class Faulty:
    """A signer on a device that gives what is no signature of its key."""

    public_key = signer_of("ledger").public_key

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def sign(self, message: bytes) -> bytes:
        assert message
        return self.answer


@pytest.mark.parametrize("answer", [b"", bytes(64), signer_of("ledger").sign(b"something else")])
def test_nothing_is_recorded_under_a_checkpoint_that_is_not_signed(
    story: Story, answer: bytes
) -> None:
    before, note = everything(story.ledger), shown(story)
    writing = Writing(signer=Faulty(answer), clock=story.clock, high_water=story.high_water)
    submission = story.submission(RoleGranted(party="nvidia", role="operator"), "operator")
    with (
        Ledger.open(story.url, writing) as ledger,
        pytest.raises(Refused, match="SIGNER-FAULTY"),
    ):
        ledger.append(submission)
    assert everything(story.ledger) == before
    assert shown(story) == note
    assert not story.ledger.append(submission).repeated


class Unwilling:
    """A signer on a device that fails when it is asked."""

    public_key = signer_of("ledger").public_key

    def sign(self, message: bytes) -> bytes:
        raise Unavailable("SIGNER-GONE", f"no answer for {len(message)} bytes")


def test_nothing_is_recorded_when_the_checkpoint_cannot_be_signed(story: Story) -> None:
    before, note = everything(story.ledger), shown(story)
    writing = Writing(signer=Unwilling(), clock=story.clock, high_water=story.high_water)
    submission = story.submission(RoleGranted(party="nvidia", role="operator"), "operator")
    with Ledger.open(story.url, writing) as ledger:
        with pytest.raises(Unavailable, match="SIGNER-GONE"):
            ledger.append(submission)
        assert not ledger.authority.holds("nvidia", "operator", ledger.size)
    assert everything(story.ledger) == before
    assert shown(story) == note
    assert not story.ledger.append(submission).repeated


@pytest.mark.parametrize("count", [0, BATCH_MAX + 1])
def test_a_batch_has_one_to_ten_thousand_events(story: Story, count: int) -> None:
    submission = story.submission(batch(), "nvidia")
    with pytest.raises(Malformed, match="BATCH-SIZE"):
        story.ledger.append_many([submission] * count)


def test_a_batch_that_fills_tiles_is_proved_and_passes(story: Story) -> None:
    submissions = [story.submission(batch(f"B-{one}"), "nvidia") for one in range(300)]
    receipts = story.ledger.append_many(submissions)
    for receipt in receipts[::29]:
        check_receipt(receipt, story.ledger)
    assert story.audit().verdict == "PASS"


def test_a_repeated_submission_gets_its_receipt_again(story: Story) -> None:
    submission = story.submission(batch("B-1"), "nvidia")
    other = story.submission(batch("B-2"), "nvidia")
    first = story.ledger.append(submission)
    before = everything(story.ledger)
    again = story.ledger.append(submission)
    assert everything(story.ledger) == before
    assert (again.index, again.repeated) == (first.index, True)
    check_receipt(again, story.ledger)
    receipts = story.ledger.append_many([submission, other, submission])
    assert [one.repeated for one in receipts] == [True, False, True]
    for receipt in receipts:
        check_receipt(receipt, story.ledger)


def test_another_ledgers_event_is_refused(story: Story) -> None:
    statement = structs.replace(story.draft(batch(), "nvidia").statement, ledger="other.example")
    with pytest.raises(Refused, match="OTHER-LEDGER"):
        story.ledger.append(Submission(sign_all(statement, [signer_of("nvidia")])))


def test_a_draft_is_checked_before_anybody_signs_it(story: Story) -> None:
    with pytest.raises(Malformed, match="OCCURRED-DATE"):
        story.draft(batch(), "nvidia", occurred="2026-02-30")
    with pytest.raises(Malformed, match="NOT-TYPED"):
        story.draft(batch("no such identifier"), "nvidia")
    long = batch("B-1")
    papers = [manifest(["S1"], title="x" * 190 + str(one)) for one in range(200)]
    with pytest.raises(Malformed, match="TOO-LARGE"):
        story.draft(long, "nvidia", documents=papers)


def test_a_draft_without_an_id_gets_one_from_the_ledgers_clock(story: Story) -> None:
    given = Circumstances(occurred="2026-03-02")
    draft = story.ledger.draft(batch(), signatory("nvidia"), given)
    millis = int(draft.statement.id.replace("-", "")[:12], 16)
    assert millis == int(story.now.timestamp() * 1000)
    assert draft.statement.seen == story.ledger.seen()


# --- the clock --------------------------------------------------------------------------------


def recorded(ledger: Ledger) -> list[datetime]:
    return [parse_recorded(event.entry.recorded_at) for event in ledger.read()]


def test_entries_are_never_dated_before_the_ones_they_follow(story: Story) -> None:
    moments = [recorded(story.ledger)[-1]]
    for days in (0, -400, 1, -1):
        story.now += timedelta(days=days)
        story.record(batch(f"B{days}"), "nvidia")
        moments.append(recorded(story.ledger)[-1])
    assert moments == sorted(moments)
    assert moments[2] == moments[1]
    assert story.audit().verdict == "PASS"


@pytest.mark.parametrize(("behind", "code"), [(299, None), (310, "CLOCK-BEHIND")])
def test_a_clock_more_than_five_minutes_behind_is_refused(
    monkeypatch: pytest.MonkeyPatch, behind: int, code: str | None
) -> None:
    with Story(purpose="record") as story:
        newest = recorded(story.ledger)[-1]
        late = newest - timedelta(seconds=behind)
        monkeypatch.setattr(story.ledger, "_clock", lambda: late)
        data = PartyRegistered(party="nvidia", legal_name="Nvidia", display_name="Nvidia")
        submission = story.submission(data, "operator")
        if code is None:
            story.ledger.append(submission)
            assert recorded(story.ledger)[-1] == newest
        else:
            with pytest.raises(Unavailable, match=code):
                story.ledger.append(submission)
            assert story.ledger.size == 1


def test_a_demonstration_may_be_set_in_the_future(tmp_path: Path) -> None:
    """Its scripted clock ran ahead of the machine's, which writes on."""
    with Story(tmp_path / "ledger.db") as story:
        story.now = datetime(2999, 1, 1, tzinfo=UTC)
        story.party("nvidia", "maker")
        submission = story.submission(batch(), "nvidia")
        with Ledger.open(story.url, LEDGER) as ledger:
            ledger.append(submission)
            assert recorded(ledger)[-1].year == 2999


# --- what was shown cannot be denied ----------------------------------------------------------


def test_what_is_recorded_is_noted_before_it_is_answered(story: Story) -> None:
    for name in ("B-1", "B-2"):
        receipt = story.record(batch(name), "nvidia")
        assert shown(story) == (receipt.size, story.ledger.root_at(receipt.size))


def restore(story: Story, copy: Path) -> None:
    """Put an older copy of the store in its place, as a restored backup would."""
    story.ledger.close()
    shutil.copy(copy, story.url)


@pytest.fixture
def backup(file_story: Story, tmp_path: Path) -> Path:
    story = file_story
    story.ledger.close()
    copy = tmp_path / "backup.db"
    shutil.copy(tmp_path / "ledger.db", copy)
    story.ledger = Ledger.open(story.url, story.writing())
    return copy


def test_a_restored_backup_is_not_written_to(file_story: Story, backup: Path) -> None:
    story = file_story
    story.record(batch(), "nvidia")
    restore(story, backup)
    with pytest.raises(Tampered, match="STORE-BEHIND"):
        Ledger.open(story.url, story.writing())
    with Ledger.open(story.url) as reader:
        assert reader.size == shown(story)[0] - 1


def test_another_history_of_the_same_length_is_not_written_to(
    file_story: Story, backup: Path
) -> None:
    story = file_story
    story.record(batch("B-1"), "nvidia")
    restore(story, backup)
    high_water, story.high_water = story.high_water, None
    with Ledger.open(story.url, story.writing()) as forked:
        story.ledger = forked
        story.record(batch("B-2"), "nvidia")
    story.high_water = high_water
    with pytest.raises(Tampered, match="STORE-DIFFERENT"):
        Ledger.open(story.url, story.writing())


def test_a_crash_between_the_commit_and_the_note_does_no_harm(story: Story) -> None:
    assert story.high_water is not None
    lines = story.high_water.read_bytes()
    story.record(batch("B-1"), "nvidia")
    story.ledger.close()
    story.high_water.write_bytes(lines)
    story.ledger = Ledger.open(story.url, story.writing())
    receipt = story.record(batch("B-2"), "nvidia")
    assert shown(story)[0] == receipt.size


def test_who_cannot_look_what_was_answered_does_not_write_to_a_database(
    database: Store, tmp_path: Path
) -> None:
    """Who answers there may be another server than before: that is looked up each time."""
    with Story(database.place, high_water=tmp_path / "high-water") as story:
        story.party("nvidia", "maker")
        kept, before = (tmp_path / "high-water").read_bytes(), everything(story.ledger)
        submission = story.submission(batch(), "nvidia")
        (tmp_path / "high-water").write_bytes(b"no size and no root\n")
        with pytest.raises(Malformed, match="HIGH-WATER-LINE"):
            story.ledger.append(submission)
        assert everything(story.ledger) == before
        (tmp_path / "high-water").write_bytes(kept)
        assert not story.ledger.append(submission).repeated


def test_a_running_writer_does_not_go_on_with_an_older_copy_of_its_database(
    database: Store, postgres: Server, tmp_path: Path
) -> None:
    with Story(database.place, high_water=tmp_path / "high-water") as story:
        story.party("nvidia", "maker")
        story.ledger.close()
        older = postgres.database(like=database.name)
        story.ledger = Ledger.open(story.url, story.writing())
        others = [story.submission(batch(name), "nvidia") for name in ("X", "Y")]
        story.record(batch("B-1"), "nvidia")
        submission = story.submission(batch("B-2"), "nvidia")

        def refused(code: str) -> None:
            """The server answers with the older copy, as if it were the ledger."""
            postgres.rename(database.name, "newest")
            postgres.rename(older, database.name)
            with pytest.raises(Tampered, match=code):
                story.ledger.append(submission)
            postgres.rename(database.name, older)
            postgres.rename("newest", database.name)

        refused("STORE-BEHIND")
        with Ledger.open(postgres.url(older), Writing(signer=signer_of("ledger"))) as elsewhere:
            elsewhere.append_many(others)
        refused("STORE-DIFFERENT")
        assert not story.ledger.append(submission).repeated
        assert story.audit().verdict == "PASS"
    postgres.drop(older)


def test_a_note_that_cannot_be_written_withholds_the_answer_and_not_the_event(
    file_story: Story, tmp_path: Path
) -> None:
    """The operator gets no receipt that it could deny later; the retry gets it."""
    story = file_story
    story.ledger.close()
    hidden = tmp_path / "hidden"
    assert story.high_water is not None
    story.ledger = Ledger.open(story.url, story.writing())
    story.high_water.rename(hidden)
    story.high_water.mkdir()
    before = story.ledger.size
    submissions = [story.submission(batch(f"B-{one}"), "nvidia") for one in range(3)]
    with pytest.raises(Unavailable, match=f"ANSWER-WITHHELD: recorded as entry {before}, but"):
        story.ledger.append(submissions[0])
    assert story.ledger.size == before + 1
    places = f"recorded as entries {before} to {before + 2}, but"
    with pytest.raises(Unavailable, match=f"ANSWER-WITHHELD: {places}"):
        story.ledger.append_many(submissions)
    size = story.ledger.size
    assert size == before + 3
    story.high_water.rmdir()
    hidden.rename(story.high_water)
    receipt = story.ledger.append(submissions[0])
    assert (receipt.repeated, receipt.size, shown(story)[0]) == (True, size, size)


def test_a_rotation_that_is_not_noted_changes_the_writers_key_all_the_same(
    file_story: Story,
) -> None:
    story = file_story
    assert story.high_water is not None
    kept = story.high_water.read_bytes()
    story.high_water.write_bytes(b"no size and no root\n")
    with pytest.raises(Unavailable, match="ANSWER-WITHHELD: recorded as entry"):
        story.ledger.append(rotation(story), new_key=signer_of("ledger-2"))
    story.high_water.write_bytes(kept)
    check_receipt(story.record(batch(), "nvidia"), story.ledger, "ledger-2")


class Commit:
    """Lets COMMIT end with an error: after it took effect, or instead of that."""

    def __init__(self, story: Story, *, takes_effect: bool) -> None:
        self.database = story.ledger._recorder._db  # type: ignore[attr-defined]  # of either store
        self.commits = "_commit" if "postgresql://" in story.url else "run"
        self.run: Callable[..., Any] = getattr(self.database, self.commits)
        self.query: Callable[..., Any] = self.database.query
        self.takes_effect = takes_effect
        self.reads_back = True
        self.failed = False

    def __enter__(self) -> Self:
        setattr(self.database, self.commits, self._run)
        self.database.query = self._query
        return self

    def __exit__(self, *_: object) -> None:
        setattr(self.database, self.commits, self.run)
        self.database.query = self.query

    def _run(self, *given: Any) -> Any:
        is_commit = not self.failed and (self.commits == "_commit" or given[0] == "COMMIT")
        done = self.run(*given) if not is_commit or self.takes_effect else None
        if is_commit:
            self.failed = True
            raise Unavailable("STORE-UNREADABLE", "disk I/O error", where="ledger.db")
        return done

    def _query(self, *given: Any) -> Any:
        if self.failed and not self.reads_back:
            raise Unavailable("STORE-UNREADABLE", "disk I/O error")
        return self.query(*given)


def test_a_commit_that_took_effect_is_answered_whatever_it_said(story: Story) -> None:
    submissions = [story.submission(batch(f"B-{one}"), "nvidia") for one in range(3)]
    with Commit(story, takes_effect=True):
        receipts = story.ledger.append_many(submissions)
    assert [one.repeated for one in receipts] == [False] * 3
    for receipt in receipts:
        check_receipt(receipt, story.ledger)
    assert shown(story)[0] == story.ledger.size == receipts[-1].index + 1
    with Commit(story, takes_effect=True):
        turned = story.ledger.append(rotation(story), new_key=signer_of("ledger-2"))
    check_receipt(turned, story.ledger, "ledger-2")
    check_receipt(story.record(batch("B-9"), "nvidia"), story.ledger, "ledger-2")
    assert story.audit().verdict == "PASS"


def test_a_commit_that_took_no_effect_is_an_error(story: Story) -> None:
    before, note = everything(story.ledger), shown(story)
    submission = story.submission(batch(), "nvidia")
    with (
        Commit(story, takes_effect=False),
        pytest.raises(Unavailable, match="STORE-UNREADABLE: disk I/O error"),
    ):
        story.ledger.append(submission)
    assert (everything(story.ledger), shown(story)) == (before, note)
    assert not story.ledger.append(submission).repeated


def test_a_commit_that_cannot_be_read_back_is_unknown_until_it_is_submitted_again(
    story: Story,
) -> None:
    submission = story.submission(batch(), "nvidia")
    with Commit(story, takes_effect=True) as commit:
        commit.reads_back = False
        with pytest.raises(Unavailable, match=r"COMMIT-UNKNOWN: .*disk I/O error") as refusal:
            story.ledger.append(submission)
    assert refusal.value.where == "ledger.db"
    assert story.ledger.append(submission).repeated


# --- authority is found by tags -----------------------------------------------------------------


@pytest.mark.parametrize("later", [0, 1])
def test_a_store_that_hides_a_revocation_is_not_written_to(
    store: Store, story: Story, later: int
) -> None:
    """Else the revoked key would write on; whether or not other control entries came later."""
    revoked = key_id(signer_of("nvidia").public_key)
    story.record(KeyRevoked(party="nvidia", key=revoked, reason="compromised"), "operator")
    hidden = story.ledger.size - 1
    for one in range(later):
        data = PartyRegistered(party=f"p{one}", legal_name="P", display_name="P")
        story.record(data, "operator")
    submission = story.submission(batch(), "nvidia")
    store.behind_the_back(f"DELETE FROM entry_tag WHERE tag = 'control:1' AND idx = {hidden:d}")  # noqa: S608  a number
    before = everything(story.ledger)

    def write() -> None:
        with Ledger.open(story.url, story.writing()) as ledger:
            ledger.append(submission)

    with pytest.raises(Tampered, match="STORE-INCONSISTENT") as refusal:
        write()
    assert "chipledger verify" in (refusal.value.hint or "")
    assert everything(story.ledger) == before


# --- the ledger's key -------------------------------------------------------------------------


def rotation(story: Story, key: str = "ledger-2") -> Submission:
    data = LedgerKeyRotated(
        checkpoint_key=public_key(signer_of(key).public_key, "ledger"), reason="a new machine"
    )
    return story.submission(data, "operator")


def test_at_a_hand_over_both_keys_sign_and_the_checkpoint_is_kept(story: Story) -> None:
    receipt = story.ledger.append(rotation(story), new_key=signer_of("ledger-2"))
    for key in ("ledger", "ledger-2"):
        check_receipt(receipt, story.ledger, key)
    [anchor] = story.ledger._recorder.anchors()
    assert (anchor.size, anchor.note) == (receipt.index + 1, receipt.checkpoint)
    later = story.record(batch(), "nvidia")
    check_receipt(later, story.ledger, "ledger-2")
    with pytest.raises(Refused):
        open_checkpoint(later.checkpoint, ORIGIN, signer_of("ledger").public_key)
    assert story.ledger._recorder.anchors() == [anchor]
    assert story.audit().verdict == "PASS"


def test_after_a_rotation_only_the_new_key_writes(story: Story) -> None:
    submission = story.submission(batch(), "nvidia")
    with Ledger.open(story.url, story.writing()) as old:
        story.ledger.append(rotation(story), new_key=signer_of("ledger-2"))
        with pytest.raises(Refused, match="LEDGER-KEY"):
            old.append(submission)
    with pytest.raises(Refused, match="LEDGER-KEY"):
        Ledger.open(story.url, story.writing())
    with Ledger.open(story.url, story.writing("ledger-2")) as new:
        check_receipt(new.append(submission), new, "ledger-2")


def test_a_rotation_ends_its_commit(story: Story) -> None:
    one, other = (story.submission(batch(name), "nvidia") for name in ("B-1", "B-2"))
    turn, new_key = rotation(story), signer_of("ledger-2")
    before = everything(story.ledger)
    for order in ([turn, one], [one, turn, other], [turn, rotation(story, "ledger-3")]):
        with pytest.raises(Refused, match="ROTATION-NOT-LAST"):
            story.ledger.append_many(order, new_key=new_key)
    assert everything(story.ledger) == before
    receipts = story.ledger.append_many([one, other, turn], new_key=new_key)
    assert receipts[-1].index == story.ledger.size - 1
    check_receipt(story.record(batch("B-3"), "nvidia"), story.ledger, "ledger-2")
    assert story.audit().verdict == "PASS"


@pytest.mark.parametrize("key", [None, "ledger", "ledger-3"])
def test_a_rotation_needs_the_very_key_that_it_names(story: Story, key: str | None) -> None:
    before = everything(story.ledger)
    with pytest.raises(Refused, match="ROTATION-KEY"):
        story.ledger.append(rotation(story), new_key=None if key is None else signer_of(key))
    assert everything(story.ledger) == before


def test_a_new_key_without_a_rotation_signs_nothing(story: Story) -> None:
    before = everything(story.ledger)
    submission = story.submission(batch(), "nvidia")
    with pytest.raises(Refused, match="ROTATION-KEY"):
        story.ledger.append(submission, new_key=signer_of("ledger-2"))
    assert everything(story.ledger) == before
    check_receipt(story.ledger.append(submission), story.ledger)


def test_a_rotation_that_is_repeated_is_answered_and_changes_the_writers_key(
    story: Story,
) -> None:
    """After an answer that was lost, the writer still holds the old key."""
    turn, new_key = rotation(story), signer_of("ledger-2")
    with Ledger.open(story.url, story.writing()) as other:
        first = other.append(turn, new_key=new_key)
    again = story.ledger.append(turn, new_key=new_key)
    assert (again.index, again.repeated) == (first.index, True)
    check_receipt(story.record(batch(), "nvidia"), story.ledger, "ledger-2")
    assert [one.repeated for one in story.ledger.append_many([turn, turn])] == [True, True]


def test_a_repetition_does_not_bring_a_key_that_the_ledger_never_had(story: Story) -> None:
    submission = story.submission(batch("B-1"), "nvidia")
    story.ledger.append(submission)
    assert story.ledger.append(submission, new_key=signer_of("stranger")).repeated
    check_receipt(story.record(batch("B-2"), "nvidia"), story.ledger)


def test_the_ledgers_key_is_rotated_twice(story: Story) -> None:
    for key in ("ledger-2", "ledger-3"):
        story.ledger.append(rotation(story, key), new_key=signer_of(key))
        story.record(batch(f"B-{key}"), "nvidia")
    with pytest.raises(Conflict, match="KEY-ENROLLED-BEFORE"):
        story.ledger.append(rotation(story, "ledger-2"), new_key=signer_of("ledger-2"))
    assert len(story.ledger._recorder.anchors()) == 2
    assert story.audit().verdict == "PASS"


# --- two writers ------------------------------------------------------------------------------


def test_the_second_writer_sees_the_keys_and_roles_of_the_first(story: Story) -> None:
    with Ledger.open(story.url, story.writing()) as second:
        assert not second.authority.knows("aolani", second.size)
        story.party("aolani", "maker")
        receipt = second.append(story.submission(batch("B-1", by="aolani"), "aolani"))
        check_receipt(receipt, story.ledger)
        withdrawn = RoleWithdrawn(party="aolani", role="maker", reason="over")
        late = story.submission(batch("B-2", by="aolani"), "aolani")
        story.record(withdrawn, "operator")
        with pytest.raises(Refused, match="ROLE"):
            second.append(late)
        story.record(RoleGranted(party="aolani", role="maker"), "operator")
        second.append(late)
        with pytest.raises(Conflict, match="IDENTIFIER-USED"):
            story.record(batch("B-1", by="aolani"), "aolani")
    assert story.audit().verdict == "PASS"


def test_threads_may_share_a_ledger(story: Story) -> None:
    """One records control entries while the other asks for keys, and some of it is refused."""
    speaks = [story.submission(batch(f"B-{one}"), "nvidia") for one in range(30)]
    registers = [
        story.submission(PartyRegistered(party="p", legal_name="P", display_name="P"), "operator")
        for _ in range(30)
    ]
    refused = [story.submission(batch("B-0", quantity=1), "nvidia") for _ in range(30)]
    story.ledger.append(speaks[0])
    gate = threading.Barrier(3)

    def write(mine: list[Submission]) -> list[str]:
        gate.wait()
        codes = []
        for one in mine:
            try:
                story.ledger.append(one)
            except LedgerError as error:
                codes.append(error.code)
        return codes

    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(write, [speaks, registers, refused]))
    assert told == [[], [], ["IDENTIFIER-USED"] * 30]
    assert story.audit().verdict == "PASS"


def test_many_writers_make_one_log(story: Story) -> None:
    count, each = 3, 8
    submissions = [
        [story.submission(batch(f"B-{writer}-{one}"), "nvidia") for one in range(each)]
        for writer in range(count)
    ]
    start, gate = story.ledger.size, threading.Barrier(count)

    def write(mine: list[Submission]) -> list[Receipt]:
        with Ledger.open(story.url, story.writing()) as ledger:
            gate.wait()
            receipts = [ledger.append(one) for one in mine]
            for receipt in receipts:
                check_receipt(receipt, ledger)
            return receipts

    with ThreadPoolExecutor(count) as pool:
        receipts = [one for made in pool.map(write, submissions) for one in made]
    assert sorted(one.index for one in receipts) == list(range(start, start + count * each))
    for receipt in receipts:
        assert story.ledger.event(receipt.index).statement.id == receipt.id
    assert story.audit().verdict == "PASS"
    assert shown(story)[0] <= story.ledger.size


def test_a_submission_that_two_writers_make_is_recorded_once(story: Story) -> None:
    submission = story.submission(batch(), "nvidia")
    with Ledger.open(story.url, story.writing()) as second:
        receipts = [one.append(submission) for one in (second, story.ledger)]
    assert [one.repeated for one in receipts] == [False, True]
    assert len({one.index for one in receipts}) == 1


# --- the whole --------------------------------------------------------------------------------


def test_a_ledger_of_record_passes_and_says_so() -> None:
    with Story(purpose="record") as story:
        story.party("nvidia", "maker")
        story.record(batch(), "nvidia")
        report = story.audit()
        assert (report.verdict, codes(report), report.demonstration) == ("PASS", set(), False)


def test_a_ledger_reads_the_same_after_it_was_closed(story: Story) -> None:
    story.record(batch(), "nvidia", documents=(manifest(["S1"]),))
    before = everything(story.ledger)
    story.ledger.close()
    story.ledger = Ledger.open(story.url, story.writing())
    assert everything(story.ledger) == before
    data: BatchCommissioned = story.ledger.tagged("opens:batch/b-1")[0].statement.data
    assert data == batch()
    assert key_id(signer_of("nvidia").public_key) in story.ledger.authority.keys


def test_what_a_receipt_keeps_shows_the_event_without_the_ledger(story: Story) -> None:
    key = signer_of("ledger").public_key
    granted = [
        story.submission(RoleGranted(party="nvidia", role=role), "operator")
        for role in ("operator", "owner")
    ]
    one = story.record(RoleGranted(party="nvidia", role="lessee"), "operator")
    several = story.ledger.append_many(granted)
    [again] = story.ledger.append_many(granted[:1])
    for receipt in (one, *several, again):
        kept = receipt.inclusion()
        checkpoint = kept.open(ORIGIN, key)
        assert (kept.index, checkpoint.size) == (receipt.index, receipt.size)
        assert read_event(kept.index, kept.entry).statement.id == receipt.id
        assert "function" not in repr(receipt)


def test_a_receipt_of_a_closed_ledger_has_nothing_to_keep(tmp_path: Path) -> None:
    with Story(tmp_path / "other.db") as other:
        receipt = other.record(RoleGranted(party="operator", role="owner"), "operator")
    with pytest.raises(Unavailable, match="STORE-CLOSED"):
        receipt.inclusion()
