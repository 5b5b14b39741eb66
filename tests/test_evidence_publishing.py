"""A log as static files: C2SP's layout to the byte, only what is new, and whole after any crash."""

import errno
import fcntl
import os
import random
import shutil
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.__main__ import main
from ledger.application import Ledger
from ledger.auditing import check_published
from ledger.authority import public_key
from ledger.draft import Document
from ledger.entry import Event
from ledger.errors import LedgerError, Tampered, Unavailable
from ledger.events.document import DocumentDisposed
from ledger.events.ledger import LedgerKeyRotated
from ledger.evidence import publishing
from ledger.evidence.comparison import compare_published
from ledger.evidence.folder import Folder
from ledger.evidence.published import PublishedSource
from ledger.evidence.publishing import publish
from ledger.log.bundles import decode_bundle
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import EMPTY_FRONTIER, leaf_hash
from ledger.log.tiles import FullTileReader, new_tiles
from ledger.source import Anchor
from ledger.verify.audit import audit
from ledger.verify.report import Report
from tests.harness import ORIGIN, Story, codes, signer_of
from tests.peak_memory import PeakMemory
from tests.told import SHIPMENT, commissioned, dispatched, told


class BareRow:
    type = None

    def __init__(self, index: int, data: bytes) -> None:
        self.index = index
        self.data = data
        self.leaf = leaf_hash(data)


class BareLog:
    """A log of any entries, signed by a ledger's key; nothing in them is read."""

    name, scope = "bare", "full"

    def __init__(self, size: int, salt: str = "") -> None:
        self.entries = [b"%d%s" % (number, salt.encode()) for number in range(size)]
        self.leaves = list(map(leaf_hash, self.entries))
        self.origin = ORIGIN
        self.kept: list[Anchor] = []
        tiles = new_tiles(0, self.leaves, lambda *_: b"")
        self._full = {(tile.level, tile.n): tile.hashes for tile in tiles}
        self._reader = FullTileReader(
            lambda level, n: self._full.get((level, n)),
            lambda start, stop: b"".join(self.leaves[start:stop]),
        )

    def checkpoint(self) -> bytes:
        root = EMPTY_FRONTIER.extend(self.leaves).root()
        newest = Checkpoint(self.origin, len(self.leaves), root)
        return sign_checkpoint(newest, [signer_of("ledger")])

    def size(self) -> int:
        return len(self.entries)

    def anchors(self) -> list[Anchor]:
        return self.kept

    def rows(self, start: int, stop: int) -> Iterator[BareRow]:
        for index in range(start, min(stop, len(self.entries))):
            yield BareRow(index, self.entries[index])

    def hashes(self, level: int, n: int, width: int) -> bytes:
        return self._reader.hashes(level, n, width)

    def document(self, sha256: str) -> bytes | None:
        del sha256
        return None

    def document_names(self) -> Iterator[str]:
        return iter(())

    def left_out(self) -> frozenset[str]:
        return frozenset()


@pytest.fixture(autouse=True)
def unread(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Bare entries are of a type that is not known here."""

    def unknown(index: int, data: bytes) -> Event:
        del index, data
        raise Unavailable("TYPE-UNKNOWN", "bare")

    if "bare" in request.node.name:
        monkeypatch.setattr(publishing, "read_event", unknown)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def served(size: int) -> set[str]:
    """Return the files that C2SP tlog-tiles asks a log of this size for."""
    found = {"checkpoint"}
    for level in range(64):
        full, width = divmod(size // 256**level, 256)
        names = [f"{n:03}" if n < 1000 else f"x{n // 1000:03}/{n % 1000:03}" for n in range(full)]
        last = f"{full:03}" if full < 1000 else f"x{full // 1000:03}/{full % 1000:03}"
        names += [f"{last}.p/{width}"] if width else []
        found |= {f"tile/{level}/{name}" for name in names}
        found |= {f"tile/entries/{name}" for name in names if level == 0}
    return found


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 70_000])
def test_a_bare_log_of_this_size_has_the_files_that_the_specification_names(
    size: int, tmp_path: Path
) -> None:
    log = BareLog(size)
    done = publish(log, tmp_path / "log")
    there = files(tmp_path / "log")
    assert set(there) == served(size) | {f"chipledger/{size}.jsonl"}
    assert (done.before, done.size, done.written) == (0, size, len(there))
    assert there["checkpoint"] == log.checkpoint()
    leaves = b"".join(there[name] for name in sorted(there) if name.startswith("tile/0/"))
    assert leaves == b"".join(log.leaves)
    bundles = [there[name] for name in sorted(there) if name.startswith("tile/entries/")]
    widths = [min(256, size - start) for start in range(0, size, 256)]
    entries = [
        one
        for data, width in zip(bundles, widths, strict=True)
        for one in decode_bundle(data, width)
    ]
    assert entries == log.entries
    source = PublishedSource(Folder(tmp_path / "log"))
    assert [row.data for row in source.rows(0, size)] == log.entries
    assert all(row.leaf == leaf for row, leaf in zip(source.rows(0, 300), log.leaves, strict=False))


def test_the_bare_specification_gives_these_figures_for_70_000_entries() -> None:
    names = served(70_000)
    count = {level: sum(name.startswith(f"tile/{level}/") for name in names) for level in range(4)}
    assert count == {0: 274, 1: 2, 2: 1, 3: 0}
    assert {"tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"} <= names


def test_a_bare_log_that_grows_is_published_step_by_step_to_the_same_files(tmp_path: Path) -> None:
    whole = BareLog(70_000)
    sizes = [0, 1, 1, 100, 255, 256, 257, 511, 513, 65_535, 65_537, 70_000]
    for size in sizes:
        publish(prefix(whole, size), tmp_path / "log")
        there = set(files(tmp_path / "log"))
        assert served(size) <= there
    publish(whole, tmp_path / "again")
    grown, at_once = files(tmp_path / "log"), files(tmp_path / "again")
    assert at_once.items() <= grown.items()
    assert set(grown) - set(at_once) == {"chipledger/65537.jsonl"}  # of readers under way


def prefix(log: BareLog, size: int) -> BareLog:
    """Return the log as it was at a size."""
    shorter = BareLog(0)
    shorter.entries, shorter.leaves = log.entries[:size], log.leaves[:size]
    shorter._full = {
        (level, n): tile
        for (level, n), tile in log._full.items()
        if (n + 1) * 256 ** (level + 1) <= size
    }
    return shorter


def test_publishing_a_bare_log_again_writes_nothing(tmp_path: Path) -> None:
    log = BareLog(300)
    publish(log, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert publish(log, tmp_path).written == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(("before", "after"), [(0, 3), (3, 300), (255, 513)])
def test_a_bare_publication_killed_before_any_write_is_made_good_by_the_next(
    before: int, after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = BareLog(after)
    put, writes = Folder.put, 0

    def counted(self: Folder, name: str, data: bytes) -> bool:
        nonlocal writes
        writes += 1
        if writes > stop:
            raise Killed
        return put(self, name, data)

    stop = 1_000
    monkeypatch.setattr(Folder, "put", counted)
    if before:
        publish(prefix(whole, before), tmp_path / "base")
    writes = 0
    publish(whole, copied(tmp_path / "base", tmp_path / "sound"))
    expected, last = files(tmp_path / "sound"), writes
    for stop in range(last):
        folder = copied(tmp_path / "base", tmp_path / f"killed-{stop}")
        writes = 0
        with pytest.raises(Killed):
            publish(whole, folder)
        source = PublishedSource(Folder(folder))
        if before:  # readers see the log as it was
            assert source.size() == before
            assert [row.data for row in source.rows(0, before)] == whole.entries[:before]
            assert source.anchors() == []
        writes = -1_000
        publish(whole, folder)
        assert files(folder) == expected


def copied(folder: Path, to: Path) -> Path:
    if folder.exists():
        shutil.copytree(folder, to)
    return to


# --- a real ledger ----------------------------------------------------------------------------


SEALED = "1 sealed annexes that are not here"


def judged(folder: Path, workers: int = 1, story: Story | None = None) -> Report:
    source = PublishedSource(Folder(folder))
    return audit(source, (story or told()).trust(), workers=workers, chunk=50)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "log"
    publish(told().ledger.source(), folder)
    return folder


def test_an_audit_of_the_folder_says_what_an_audit_of_the_store_says(published: Path) -> None:
    theirs, ours = told().audit(), judged(published)
    assert (ours.verdict, ours.scope, ours.root) == ("PASS", "full", theirs.root)
    assert ours.source == "published log log"
    assert (ours.keys, ours.not_checked) == (theirs.keys, (*theirs.not_checked, SEALED))
    assert [(one.number, one.checked) for one in ours.steps if one.number < 9] == [
        (one.number, one.checked) for one in theirs.steps if one.number < 9
    ]


def test_the_program_for_strangers_judges_the_folder(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = told().ledger.fingerprint.hex()
    assert main([str(published), "--key", key, "--workers", "1"]) == 0
    assert "audit of published log log\n" in capsys.readouterr().out


def test_it_holds_all_of_its_log(published: Path) -> None:
    source = PublishedSource(Folder(published))
    assert source.selection() is None
    assert list(source.proofs()) == []
    source.close()


def test_documents_stand_beside_the_log_and_annexes_do_not(published: Path) -> None:
    annex = told().ledger.event(SHIPMENT).statement.annex
    named = {one.sha256 for event in told().ledger.read() for one in event.statement.documents}
    there = {path.name for path in (published / "document").iterdir()}
    assert there == named
    assert annex is not None
    assert annex not in there


def test_documents_that_are_left_out_are_listed_and_may_follow_later(tmp_path: Path) -> None:
    source = told().ledger.source()
    assert publish(source, tmp_path / "log", documents=False).documents == 0
    report = judged(tmp_path / "log")
    assert report.verdict == "PASS"
    assert "2 documents that the file leaves out" in report.not_checked
    assert publish(source, tmp_path / "log").documents == 2
    assert judged(tmp_path / "log").not_checked[-1] == SEALED
    publish(source, tmp_path / "log", documents=False)  # what everybody has is not taken back
    assert judged(tmp_path / "log").not_checked[-1] == SEALED


def test_no_file_can_be_changed_cut_or_taken_away(published: Path, tmp_path: Path) -> None:
    for name, data in files(published).items():
        folder = copied(published, tmp_path / "log")
        place = folder / name
        for at in random.Random(4).sample(range(len(data)), min(len(data), 40)):
            place.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            assert judged(folder).verdict == "FAIL", (name, at)
        for changed in (data[:-1], data + b"x"):
            place.write_bytes(changed)
            assert judged(folder).verdict == "FAIL", name
        place.unlink()
        assert judged(folder).verdict == "UNDECIDED", name
        place.mkdir()
        assert judged(folder).verdict == "UNDECIDED", name
        shutil.rmtree(folder)


def test_a_file_of_a_gigabyte_costs_no_more_than_it_may_have(
    published: Path, tmp_path: Path
) -> None:
    for name in files(published):
        folder = copied(published, tmp_path / "log")
        os.truncate(folder / name, 2**30)
        with PeakMemory() as memory:
            report = judged(folder)
        assert report.verdict == "FAIL", name
        assert memory.peak < 150 * 1024 * 1024, name
        shutil.rmtree(folder)


@pytest.mark.parametrize("size", [0, 17, 19, 2**53 - 1])
def test_a_checkpoint_of_another_size_is_no_pass(
    published: Path, tmp_path: Path, size: int
) -> None:
    folder = copied(published, tmp_path / "log")
    note = (folder / "checkpoint").read_bytes()
    (folder / "checkpoint").write_bytes(note.replace(b"\n18\n", b"\n%d\n" % size))
    assert judged(folder).verdict != "PASS"


@pytest.fixture(scope="module")
def long() -> Iterator[Story]:
    with Story() as story:
        story.party("maker", "maker")
        sent = [dispatched(f"SHP-{number}") for number in range(560)]
        story.ledger.append_many([story.submission(one, "maker") for one in sent])
        yield story


def test_a_log_of_several_tiles_passes_with_any_number_of_workers(
    long: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.verify.parallel.PARALLEL_FROM", 100)
    publish(long.ledger.source(), tmp_path / "log")
    one, two = (judged(tmp_path / "log", workers, long) for workers in (1, 2))
    assert one == two
    assert one.verdict == "PASS"


def test_a_tile_above_the_lowest_level_is_compared_too(long: Story, tmp_path: Path) -> None:
    publish(long.ledger.source(), tmp_path / "log")
    tile = tmp_path / "log" / "tile" / "1" / "000.p" / "2"
    tile.write_bytes(bytes(64))
    report = judged(tmp_path / "log", story=long)
    assert (report.verdict, codes(report)) == ("FAIL", {"TILE-DIFFERS"})


def test_where_a_partial_file_is_gone_the_full_one_serves(long: Story, tmp_path: Path) -> None:
    """A newer publication may take partial tiles away while an older log is still being read."""
    folder, whole = tmp_path / "log", long.ledger.source()
    publish(prefix_of(long, 300), folder)
    source = PublishedSource(Folder(folder))
    assert source.size() == 300
    publish(whole, folder)
    assert not (folder / "tile" / "0" / "001.p").exists()
    assert [row.data for row in source.rows(0, 400)] == [row.data for row in whole.rows(0, 300)]


def prefix_of(story: Story, size: int) -> BareLog:
    log = BareLog(0)
    log.entries = [story.ledger.entry_bytes(index) for index in range(size)]
    log.leaves = list(map(leaf_hash, log.entries))
    log._full = {(0, n): b"".join(log.leaves[n * 256 :][:256]) for n in range(size // 256)}
    return log


def test_a_hand_over_travels_in_the_listing(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    with Story() as story:
        story.party("maker", "maker")
        publish(story.ledger.source(), folder)
        rotated(story)
        story.party("buyer", "owner")
        publish(story.ledger.source(), folder)
        assert len(PublishedSource(Folder(folder)).anchors()) == 1
        assert judged(folder, story=story).verdict == "PASS"
        listing = folder / "chipledger" / f"{story.ledger.size}.jsonl"
        listing.write_bytes(listing.read_bytes().splitlines(keepends=True)[0])
        report = judged(folder, story=story)
        assert (report.verdict, codes(report)) == ("UNDECIDED", {"HANDOVER-MISSING"})


def rotated(story: Story) -> None:
    new = signer_of("ledger 2")
    data = LedgerKeyRotated(checkpoint_key=public_key(new.public_key, "ledger"), reason="due")
    story.ledger.append(story.submission(data, "operator"), new_key=new)


def test_anchors_are_listed_with_their_time_stamps_up_to_the_size(tmp_path: Path) -> None:
    log = BareLog(0)
    log.kept = [Anchor(0, b"b", b"token"), Anchor(0, b"b", None), Anchor(9, b"later", None)]
    publish(log, tmp_path)
    listed = PublishedSource(Folder(tmp_path)).anchors()
    assert listed == [Anchor(0, b"b", None), Anchor(0, b"b", b"token")]


def test_a_document_disposed_of_is_taken_away_and_may_come_back(tmp_path: Path) -> None:
    paper = Document(b"a diary", "diary", "diary")
    name = paper.reference().sha256
    folder = tmp_path / "log"
    with Story() as story:
        story.party("maker", "maker")
        story.record(commissioned(), "maker", documents=(paper,))
        publish(story.ledger.source(), folder)
        assert (folder / "document" / name).read_bytes() == paper.data
        gone = DocumentDisposed(document=name, reason="over", retention_basis="15 CFR 762.6(a)")
        story.record(gone, "operator")
        assert publish(story.ledger.source(), folder).removed == [name]
        assert not (folder / "document" / name).exists()
        assert "1 documents that were disposed of" in judged(folder, story=story).not_checked
        story.record(commissioned("B-02"), "maker", documents=(paper,))
        publish(story.ledger.source(), folder)
        assert (folder / "document" / name).read_bytes() == paper.data
        assert judged(folder, story=story).verdict == "PASS"


def test_a_document_that_the_store_lost_is_missing_in_the_folder_too(tmp_path: Path) -> None:
    paper = Document(b"a diary", "diary", "diary")
    name = paper.reference().sha256
    with Story() as story:
        story.party("maker", "maker")
        story.record(commissioned(), "maker", documents=(paper,))
        story.ledger._recorder.transact(lambda transaction: transaction.remove_document(name))
        publish(story.ledger.source(), tmp_path)
        for report in (story.audit(), judged(tmp_path, story=story)):
            assert (report.verdict, codes(report)) == ("UNDECIDED", {"DOCUMENT-MISSING"})
        gone = DocumentDisposed(document=name, reason="over", retention_basis="15 CFR 762.6(a)")
        story.record(gone, "operator")
        assert publish(story.ledger.source(), tmp_path).removed == []
        assert judged(tmp_path, story=story).verdict == "PASS"


def test_a_ledger_that_is_published_is_written_to_only_where_it_continues(tmp_path: Path) -> None:
    """As with the high-water file: a restored backup must not fork the log."""
    public, store = tmp_path / "public", tmp_path / "ledger.db"
    with Story(store) as story:
        story.party("maker", "maker")
        story.ledger.backup(tmp_path / "old.db")
        writing = replace(story.writing(), published=public)
        Ledger.open(str(store), writing).close()  # nothing is published yet
        publish(story.ledger.source(), public)
        story.record(commissioned(), "maker")
        Ledger.open(str(store), writing).close()
        assert check_published(story.ledger, public) == 4
        publish(story.ledger.source(), public)
        with pytest.raises(Tampered, match="PUBLISHED-AHEAD"):
            Ledger.open(str(tmp_path / "old.db"), writing)
    assert compare_published(Folder(tmp_path), ORIGIN, 0, lambda _: b"") is None


# --- what is refused --------------------------------------------------------------------------


def refused(code: str, log: BareLog, folder: Path) -> LedgerError:
    before = files(folder)
    with pytest.raises(LedgerError) as caught:
        publish(log, folder)
    assert caught.value.code == code
    assert files(folder) == before
    return caught.value


def test_a_folder_of_another_bare_log_is_refused(tmp_path: Path) -> None:
    publish(BareLog(5), tmp_path)
    refused("PUBLISHED-AHEAD", BareLog(4), tmp_path)
    refused("PUBLISHED-DIFFERENT", BareLog(5, "x"), tmp_path)
    refused("PUBLISHED-DIFFERENT", BareLog(6, "x"), tmp_path)
    other = BareLog(6)
    other.origin = "ledger.other.invalid"
    refused("PUBLISHED-OTHER", other, tmp_path)
    (tmp_path / "chipledger" / "5.jsonl").write_bytes(b"{}\n")
    refused("PUBLISHED-MALFORMED", BareLog(6), tmp_path)
    (tmp_path / "chipledger" / "5.jsonl").unlink()
    refused("PUBLISHED-MISSING", BareLog(6), tmp_path)
    (tmp_path / "checkpoint").write_bytes(b"")
    refused("CHECKPOINT-MALFORMED", BareLog(6), tmp_path)


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"")
    assert "'photo.jpg'" in refused("PUBLISHED-FOREIGN", BareLog(1), tmp_path).message
    refused("PUBLISHED-UNWRITABLE", BareLog(1), tmp_path / "photo.jpg")


def test_two_publications_at_one_time_do_not_meet_bare(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    refused("PUBLISHED-BUSY", BareLog(1), tmp_path)
    os.close(descriptor)
    publish(BareLog(1), tmp_path)


def test_a_bare_log_whose_tiles_are_not_its_own_is_not_published(tmp_path: Path) -> None:
    log = BareLog(300)
    log.leaves[5] = bytes(32)
    refused("SOURCE-DIFFERS", log, tmp_path)
    log = BareLog(300)
    log.entries[5] = b"another"
    with pytest.raises(Tampered, match="SOURCE-DIFFERS"):
        publish(log, tmp_path)
    assert not (tmp_path / "checkpoint").exists()


def test_a_disk_without_room_is_told_bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def full(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    error = refused("PUBLISHED-UNWRITABLE", BareLog(3), tmp_path / "log")
    assert error.hint == "make room and publish again"
    assert files(tmp_path / "log") == {}


def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(BareLog(0), tmp_path)

    def denied(*_: object, **__: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(Unavailable, match="PUBLISHED-UNREADABLE"):
        PublishedSource(Folder(tmp_path)).checkpoint()


def test_progress_is_told(tmp_path: Path) -> None:
    told_of: list[tuple[int, int]] = []
    publish(told().ledger.source(), tmp_path, progress=lambda *one: told_of.append(one))
    assert told_of == [(told().ledger.size, told().ledger.size)]
