"""Rows made by others: the read models are those that one process makes."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings

from ledger.application import Ledger
from ledger.errors import Unavailable
from ledger.events.document import DocumentDisposed
from projections import making, runner
from projections.made import make, packed
from projections.making import Making, Processes, make_page
from projections.view import MEMORY, View
from tests.examples import play
from tests.harness import Story, manifest
from tests.histories import HISTORIES, History
from tests.histories import play as play_history
from tests.memory_log import MemoryLog
from tests.office import Office
from tests.told import commissioned


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in a file with events of every type, and a manifest that was given up."""
    path = tmp_path_factory.mktemp("making") / "ledger.sqlite"
    with Story(path) as story:
        story.party("operator", "authority")
        play(story)
        story.party("maker", "maker")
        lists = [manifest([f"{batch}-{number}" for number in range(9)]) for batch in "XY"]
        for batch, one in zip("XY", lists, strict=True):
            story.record(commissioned(f"B-{batch}"), "maker", documents=(one,))
        given_up = DocumentDisposed(
            document=lists[0].reference().sha256, reason="expired", retention_basis="five years"
        )
        story.record(given_up, "operator")
    return path


Hashes = tuple[str, tuple[str, int], int]


def hashes(log: runner.Log, workers: int | making.Engine | None) -> Hashes:
    with View.open(MEMORY) as view:
        applied = runner.rebuild(view, log, workers=workers)
        return view.view_hash(), view.documents_hash(), applied


def test_two_processes_make_what_one_makes(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "PAGE_ENTRIES", 7)
    with Ledger.open(str(kept)) as ledger:
        alone = hashes(ledger, 0)
        assert alone[1][1] >= 2
        assert hashes(ledger, 2) == alone


class Here:
    """An engine that makes everything in this process, as bytes; some runs of entries wrongly cut.

    A page that another process wrote meanwhile looks the same as one that is wrongly cut.
    """

    def __init__(self, log: MemoryLog, *, shifted: int = 0) -> None:
        self.log = log
        self.shifted = shifted

    @contextmanager
    def made(self, _: Making, spans: Sequence[range]) -> Iterator[Iterator[bytes]]:
        yield (self._made(range(one.start + self.shifted, one.stop)) for one in spans)

    def _made(self, span: range) -> bytes:
        events = self.log.read(span.start, span.stop)
        return packed(make(span, events, self.log.zone, self.log.document))


@settings(max_examples=8)
@given(HISTORIES)
def test_rows_that_travelled_are_the_same_for_any_history(history: History) -> None:
    log = play_history(history)
    alone = hashes(log, 0)
    log.shared = lambda: log  # type: ignore[attr-defined]  # others can open it
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "PAGE_ENTRIES", 3)
        assert hashes(log, Here(log)) == alone
        assert hashes(log, Here(log, shifted=1)) == alone


def test_without_being_asked_workers_are_of_no_consequence(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is moved away: this process has it open, a worker finds none."""
    monkeypatch.setattr(making, "PARALLEL_FROM", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    path = tmp_path / "moved.sqlite"
    path.write_bytes(kept.read_bytes())
    with Ledger.open(str(path)) as ledger:
        alone = hashes(ledger, 0)
        path.unlink()
        assert hashes(ledger, None) == alone
        with pytest.raises(Unavailable) as caught:
            hashes(ledger, 1)
    assert caught.value.code == "STORE-MISSING"


def test_a_log_in_memory_is_projected_here(kept: Path) -> None:
    with Story() as story:
        assert story.ledger.shared() is None
        assert hashes(story.ledger, 8) == hashes(story.ledger, 0)
    del kept


def test_a_worker_that_ends_early_is_told() -> None:
    class Broken(ProcessPoolExecutor):
        def __init__(self) -> None:
            """Start nothing."""

        def submit(self, *_: object, **__: object) -> object:  # type: ignore[override]  # fails
            raise BrokenProcessPool

    with pytest.raises(Unavailable) as caught:
        list(Processes(1)._results(Broken(), [range(1)]))
    assert caught.value.code == "WORKERS-FAILED"


def test_a_log_that_lacks_an_entry_is_told_by_the_worker(kept: Path) -> None:
    with Ledger.open(str(kept)) as ledger:
        source = ledger.source()
        assert make_page(Making(source, ledger.zone), range(3))
        with pytest.raises(Unavailable) as caught:
            make_page(Making(source, ledger.zone), range(ledger.size - 1, ledger.size + 1))
    assert caught.value.code == "LOG-INCOMPLETE"


def test_rebuild_makes_the_read_models_anew(tmp_path: Path) -> None:
    office = Office.make(tmp_path / "desk")
    for more in ((), ("--workers", "0"), ("--workers", "processes:1")):
        assert f"of {office.size} entries anew" in office.run("rebuild", *more)
    office.run("verify", "--projection")
    assert "--workers" in office.fail("USAGE", "rebuild", "--workers", "threads:2")
    office.fail("CLUSTER-SOURCE", "rebuild", "--workers", "tcp://127.0.0.1:1")
