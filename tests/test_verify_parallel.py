"""Workers: the report is the same, however many judge and however much each takes at a time."""

import gc
import multiprocessing
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from ledger.authority import Authority
from ledger.errors import Tampered
from ledger.source import StoredRow
from ledger.store.source import StoreSource
from ledger.store.sqlite import SQLiteRecorder
from ledger.trust import Trust
from ledger.verify import parallel
from ledger.verify.audit import audit
from ledger.verify.chunk import ChunkResult
from ledger.verify.report import Report
from tests.forger import Forger, copied, envelope_of
from tests.forgeries import draft, of_unknown_type
from tests.harness import Story, codes
from tests.told import commissioned, dispatched, told

SIZE = parallel.PARALLEL_FROM + 1


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trust]:
    """A ledger in a file that is just large enough for workers, altered in many places."""
    path = tmp_path_factory.mktemp("large") / "ledger.sqlite"
    with Story(path) as story:
        story.party("maker", "maker")
        many = (dispatched(f"SHP-{number}") for number in range(SIZE - story.ledger.size))
        story.ledger.append_many([story.submission(one, "maker") for one in many])
        trust = story.trust()
    alter = sqlite3.connect(path)
    for trigger in ("entry_insert", "entry_update", "entry_delete"):
        alter.execute(f"DROP TRIGGER {trigger}")
    alter.execute("UPDATE entry SET type = 'x' WHERE idx IN (5, 1999, 2000, 4321, 7000, 8000)")
    alter.execute("UPDATE entry SET leaf = zeroblob(32) WHERE idx = 6000")
    alter.execute("DELETE FROM entry_tag WHERE idx IN (100, 5500) AND tag LIKE 'id:%'")
    alter.execute("UPDATE tile SET hashes = zeroblob(8192) WHERE n = 3")
    alter.commit()
    alter.close()
    return path, trust


def audited(large: tuple[Path, Trust], workers: int, chunk: int) -> tuple[Report, int]:
    """Return the report, and how many processes were seen at work."""
    path, trust = large
    seen: set[int | None] = set()

    def look(_done: int, _of: int) -> None:
        seen.update(child.pid for child in multiprocessing.active_children())

    with SQLiteRecorder.open(path, readonly=True) as recorder:
        source = StoreSource(recorder, path)
        return audit(source, trust, workers=workers, chunk=chunk, progress=look), len(seen)


def test_the_report_is_the_same_with_workers_and_with_any_chunk(large: tuple[Path, Trust]) -> None:
    alone, processes = audited(large, 1, parallel.CHUNK)
    assert (alone.size, alone.verdict, processes) == (SIZE, "FAIL", 0)
    assert codes(alone) == {"COLUMN-TYPE", "COLUMN-LEAF", "TAGS-DIFFER", "TILE-DIFFERS"}
    together, processes = audited(large, 2, 777)
    assert processes == 2
    assert together == alone


def test_threads_give_the_same_report(large: tuple[Path, Trust]) -> None:
    path, trust = large
    with SQLiteRecorder.open(path, readonly=True) as recorder:
        source = StoreSource(recorder, path)
        alone, together = (audit(source, trust, workers=one) for one in (1, parallel.Threads(3)))
        assert together == alone
        assert recorder.head().size == SIZE  # theirs are closed, ours is open


def test_a_store_in_memory_is_judged_by_one_thread() -> None:
    alone = told().audit()
    assert audit(told().ledger.source(), told().trust(), workers=parallel.Threads(3)) == alone
    assert told().ledger.event(0).index == 0


def test_workers_that_find_no_file_tell_so(large: tuple[Path, Trust], tmp_path: Path) -> None:
    """It is moved away under the auditor: this process has it open, the workers have not."""
    path = tmp_path / "moved.sqlite"
    path.write_bytes(large[0].read_bytes())
    with SQLiteRecorder.open(path, readonly=True) as recorder:
        source = StoreSource(recorder, path)
        assert source.size() == SIZE
        path.unlink()
        report = audit(source, large[1], workers=2)
    assert (report.verdict, codes(report)) == ("FAIL", {"SOURCE-UNREADABLE", "COLUMN-LEAF"})
    assert "STORE-MISSING" in report.marks[0].found


def test_workers_that_are_killed_leave_the_verdict_open(large: tuple[Path, Trust]) -> None:
    path, trust = large

    def kill(_done: int, _of: int) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    with SQLiteRecorder.open(path, readonly=True) as recorder:
        report = audit(StoreSource(recorder, path), trust, workers=2, chunk=500, progress=kill)
    [mark] = [mark for mark in report.marks if mark.code == "SOURCE-UNREADABLE"]
    assert mark.found.startswith("WORKERS-FAILED")


def everything_wrong() -> Forger:
    """Return a log with many conditions, so that the order of marks shows."""
    forger = Forger(told())
    for number in range(6):
        forger.say(dispatched(f"SHP-{number}"), "buyer")
        forger.say(structs.replace(commissioned(f"B-{number}"), maker="buyer"), "buyer")
        forger.write(told().ledger.event(number).entry.envelope)
        forger.write(envelope_of(of_unknown_type(draft(dispatched("SHP-9"))), "maker"))
        forger.write_bytes(b"{}")
        forger.say(dispatched("SHP-1"), "maker")
    return forger


def test_the_size_of_chunks_changes_nothing_in_a_report_full_of_marks() -> None:
    source = everything_wrong().source()
    reports = []
    for chunk in (1, 2, 7, 1000):
        again = StoreSource(source._recorder, None)
        reports.append(audit(again, told().trust(), chunk=chunk))
    assert len(codes(reports[0])) >= 7
    assert all(report == reports[0] for report in reports)


class Corrupt:
    """A source whose entries cannot be read in chunks."""

    tree_row = None

    def rows(self, start: int, stop: int) -> Iterator[StoredRow]:
        raise Tampered("STORE-CORRUPT", f"{start} to {stop}", where="ledger.sqlite")

    def tags(self) -> Iterator[tuple[int, str]]:
        raise Tampered("STORE-CORRUPT", "tags", where="ledger.sqlite")


def test_what_fails_in_a_worker_arrives_as_it_was_raised() -> None:
    """Exceptions with named arguments do not travel between processes: their parts do."""
    work = parallel.Work(Corrupt(), 4, 0, told().ledger.authority, 2**53, bytes(16))  # type: ignore[arg-type]  # as a source
    parallel._begin(work)
    for call in (lambda: parallel._judge(0, 2), parallel._stored_tags):
        closed = call()
        assert isinstance(closed, tuple)
        with pytest.raises(Tampered) as caught:
            parallel.opened(closed)
        assert (caught.value.code, caught.value.where) == ("STORE-CORRUPT", "ledger.sqlite")


def test_what_succeeds_in_a_worker_arrives_as_it_is() -> None:
    authority = told().ledger.authority
    parallel._begin(parallel.Work(copied(told()), 18, 0, authority, 2**53, bytes(16)))
    result = parallel.opened(parallel._judge(16, 5))
    assert isinstance(result, ChunkResult)
    assert (result.positions, len(result.briefs), result.signatures) == (range(16, 18), 2, 2)
    assert isinstance(parallel.opened(parallel._stored_tags()), int)


def test_a_source_without_a_tag_index_is_not_asked_for_tags() -> None:
    class Bare:
        def rows(self, start: int, stop: int) -> Iterator[StoredRow]:
            return told().ledger.source().rows(start, stop)

    work = parallel.Work(Bare(), 18, 0, told().ledger.authority, 2**53, bytes(16))  # type: ignore[arg-type]  # as above
    with parallel.mapped(work, workers=2, chunk=10) as mapped:
        results = list(mapped.chunks)
        assert mapped.stored_tags() is None
    assert [len(result.briefs) for result in results] == [10, 8]
    assert all(result.tags == {} for result in results)


def test_the_collector_works_as_before_when_the_audit_is_over() -> None:
    before = gc.get_threshold()
    seen = set[tuple[int, ...]]()
    audit(copied(told()), told().trust(), progress=lambda *_: seen.add(gc.get_threshold()))
    assert gc.get_threshold() == before
    assert before not in seen


def test_a_store_in_memory_is_judged_in_this_process() -> None:
    assert parallel.as_live(copied(told())) is not None
    assert told().audit(workers=8).verdict == "PASS"
    assert isinstance(told().ledger.authority, Authority)
