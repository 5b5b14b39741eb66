"""Audits on a Dask cluster: the report of one process, to the bit, or a clear error; never less."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from commands import cluster as module
from commands.cluster import (
    Cluster,
    cluster,
    for_workers,
    forget,
    judge,
    make_rows,
    program,
    same,
    stored_tags,
)
from ledger.errors import Unavailable
from ledger.evidence.folder import Folder
from ledger.evidence.published import PublishedSource
from ledger.evidence.publishing import publish
from ledger.evidence.site import Visit
from ledger.source import Source
from ledger.verify.audit import audit
from ledger.verify.parallel import Work, opened
from ledger.verify.report import Report
from projections.made import unpacked
from projections.making import Making
from projections.runner import rebuild
from projections.view import MEMORY, View
from tests.dask_cluster import Running
from tests.forger import Forger
from tests.harness import Story, codes
from tests.office import Office
from tests.stores import Store
from tests.told import dispatched, told

ENTRIES = 240


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    dask = Running(tmp_path_factory.mktemp("dask") / "scheduler.json")
    try:
        dask.start(2)
        with cluster(dask.address, told().ledger.source()) as connected:
            connected._client.wait_for_workers(2)
        yield dask
    finally:
        dask.end()


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    with Story() as story:
        story.party("maker", "maker")
        sent = [dispatched(f"SHP-{number}") for number in range(ENTRIES - story.ledger.size)]
        story.ledger.append_many([story.submission(one, "maker") for one in sent])
        yield story


@pytest.fixture(scope="module")
def published(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "log"
    publish(story.ledger.source(), folder)
    return folder


def judged(running: Running, source: Source, story: Story, given: str, **more: Any) -> Report:
    """Return the report of the cluster."""
    with cluster(running.address, for_workers(given, source, Visit())) as workers:
        return audit(source, story.trust(), workers=workers, chunk=7, **more)


def log(folder: Path) -> PublishedSource:
    return PublishedSource(Folder(folder))


def test_two_workers_give_the_report_of_one_process(
    running: Running, story: Story, published: Path
) -> None:
    alone = audit(log(published), story.trust())
    told: list[int] = []
    together = judged(
        running, log(published), story, str(published), progress=lambda done, _: told.append(done)
    )
    assert (alone.verdict, together) == ("PASS", alone)
    assert told == [*range(7, ENTRIES, 7), ENTRIES]


def test_a_log_full_of_faults_gives_the_same_report(running: Running, tmp_path: Path) -> None:
    forger = Forger(told())
    for number in range(9):
        forger.say(dispatched(f"SHP-{number}"), "buyer")
        forger.write(told().ledger.event(number).entry.envelope)
    publish(forger.source(), tmp_path / "log")
    alone = audit(log(tmp_path / "log"), told().trust())
    assert len(codes(alone)) >= 3
    assert judged(running, log(tmp_path / "log"), told(), str(tmp_path / "log")) == alone


def test_a_store_in_postgresql_gives_the_same_report(running: Running, database: Store) -> None:
    with Story(database.place) as story:
        story.party("maker", "maker")
        for number in range(4):
            story.record(dispatched(f"SHP-{number}"), "maker")
        alone = story.audit()
        source = story.ledger.source()
        together = judged(running, source, story, database.url)
        with View.open(MEMORY) as one, View.open(MEMORY) as other:
            rebuild(one, story.ledger)
            with cluster(running.address, for_workers(database.url, source, Visit())) as workers:
                assert rebuild(other, story.ledger, workers=workers) == story.ledger.size
            assert other.view_hash() == one.view_hash()
    assert (alone.verdict, together) == ("PASS", alone)


def test_chunks_of_a_worker_that_is_lost_are_judged_again(
    running: Running, story: Story, published: Path
) -> None:
    third = running.worker()
    with cluster(running.address, log(published)) as connected:
        connected._client.wait_for_workers(3)

    def lose(_done: int, _of: int) -> None:
        third.kill()

    together = judged(running, log(published), story, str(published), progress=lose)
    assert together == audit(log(published), story.trust())


def test_verify_takes_the_address_of_a_cluster(
    running: Running, story: Story, published: Path, tmp_path: Path
) -> None:
    office = Office(tmp_path)
    named = ("verify", str(published), "--fingerprint", story.ledger.fingerprint.hex(), "--json")
    alone = office.invoke(*named, "--workers", "1").stdout
    for workers in (running.address, "threads:2", "processes:2"):
        assert office.invoke(*named, "--workers", workers).stdout == alone


def test_workers_are_a_number_or_an_address(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for wrong in ("0", "65", "four", "threads:", "fibres:2", "http://cluster.example:8786"):
        result = office.invoke("verify", "x", "--workers", wrong, exit_code=2)
        assert "--workers" in result.stderr


def test_a_file_is_nothing_that_other_machines_can_open(tmp_path: Path) -> None:
    office = Office.make(tmp_path / "desk")
    for command in (["verify"], ["verify", str(office.folder / "ledger.db")]):
        office.fail("CLUSTER-SOURCE", *command, "--workers", "tcp://127.0.0.1:1")


def test_workers_fetch_a_site_without_a_folder_of_this_machine(published: Path) -> None:
    visit = Visit(cache=published.parent / "cache", authorities=Path("own.pem"))
    source = for_workers("https://log.example/", log(published), visit)
    assert isinstance(source, PublishedSource)
    assert source.__reduce__()[1] == (source._files, (published / "checkpoint").read_bytes())
    assert source._files.__reduce__()[1] == (
        "https://log.example/",
        Visit(authorities=Path("own.pem")),
    )


def test_a_cluster_that_cannot_be_reached_is_no_verdict(
    running: Running, published: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.3)
    office = Office(tmp_path)
    for address in ("tcp://127.0.0.1:1", running.address.replace("tcp", "tls"), "tcp://here"):
        result = office.invoke("verify", str(published), "--workers", address, exit_code=3)
        assert "code: CLUSTER-UNREACHABLE" in result.stderr
        assert not result.stdout


def test_an_installation_without_dask_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, published: Path
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Unavailable) as caught, cluster("tcp://127.0.0.1:1", log(published)):
        pass
    assert caught.value.code == "CLUSTER-EXTRA"


def test_workers_of_another_version_judge_nothing(
    running: Running, published: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "__version__", "9.9.9")
    program.cache_clear()
    result = Office(tmp_path).invoke(
        "verify", str(published), "--workers", running.address, exit_code=3
    )
    assert "code: WORKERS-VERSION" in result.stderr
    assert not result.stdout
    another = program()
    monkeypatch.undo()
    program.cache_clear()
    # one that comes when all were asked
    with pytest.raises(Unavailable) as caught:
        opened(
            judge(Work(log(published), 0, 0, told().ledger.authority, 0, b""), "", 0, 7, another)
        )
    assert caught.value.code == "WORKERS-VERSION"


def test_a_worker_keeps_one_source_open_for_each_thread(story: Story, published: Path) -> None:
    work = same(Work(log(published), ENTRIES, 0, story.ledger.authority, 2**53, bytes(16)))
    for name in ("one", "two"):
        assert len(opened(judge(work, name, 14, 7, program())).briefs) == 7
        assert opened(stored_tags(work, name, program())) is None
    rows = opened(make_rows(Making(log(published), ZoneInfo("UTC")), "three", 0, 5, program()))
    assert (unpacked(rows).start, unpacked(rows).stop) == (0, 5)
    assert [kept for kept, _ in module._kept.values()] == ["three"]
    forget("one")
    assert module._kept
    forget("three")
    assert not module._kept


class Broken:
    """A client whose cluster breaks down."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def submit(self, *_arguments: object, pure: bool) -> "Broken":
        assert not pure
        return self

    def nthreads(self) -> dict[str, int]:
        return {"tcp://127.0.0.1:2": 1}

    def result(self, **_: float) -> object:
        raise self.error

    def done(self) -> bool:
        return True

    status = "error"

    def run(self, *_arguments: object) -> None:
        raise self.error


@pytest.mark.parametrize("error", [OSError("gone"), TimeoutError(), KeyError("of the worker's")])
def test_a_cluster_that_breaks_down_leaves_the_verdict_open(
    error: Exception, story: Story, published: Path
) -> None:
    report = audit(log(published), story.trust(), workers=Cluster(Broken(error), log(published)))
    [mark] = report.marks
    assert (report.verdict, mark.code) == ("UNDECIDED", "SOURCE-UNREADABLE")
    assert mark.found.startswith("WORKERS-FAILED")


def test_a_cluster_without_workers_leaves_the_verdict_open(
    running: Running, story: Story, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last test: nothing of the cluster is left."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(module, "LOST_SECONDS", 0.3)

    def lose(_done: int, _of: int) -> None:
        for worker in running.processes[1:]:
            worker.kill()

    report = judged(running, log(published), story, str(published), progress=lose)
    [mark] = report.marks
    assert (report.verdict, mark.code) == ("UNDECIDED", "SOURCE-UNREADABLE")
    assert "no workers" in mark.found
