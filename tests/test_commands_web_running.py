"""The server while it runs: it follows the log, checks it again, sends what is long in parts."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from commands.web import reading as readings
from commands.web.clocks import Clocks
from commands.web.following import ago
from commands.web.kinds import Part
from commands.web.later import asked
from commands.web.rechecking import Checker, Place, Recheck, check
from commands.web.sheet import Sheet
from commands.web.streaming import CHUNK, Download, GoneError, Out
from ledger.errors import LedgerError, Unavailable
from ledger.writing import system_clock
from projections.view import View
from tests.desk_story import DeskStory, furnish, open_desk
from tests.web_case import Served


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("running") / "ledger", furnish)


@pytest.fixture
def served(told: DeskStory, tmp_path: Path) -> Iterator[Served]:
    with Served(told.copy(tmp_path).folder) as served:
        yield served


def site(served: Served, name: str) -> None:
    words = f"site add {name} --name {name} --country MY --kind data_center --yes"
    DeskStory(served.folder).run(words)


# ---- following the log


def test_a_page_shows_what_was_recorded_since_the_server_began(served: Served) -> None:
    served.text("/site/NEW-1", status=404)
    site(served, "NEW-1")
    follower = served.web.follower
    assert follower is not None
    follower.look()
    assert "NEW-1" in served.text("/site/NEW-1")
    assert follower.freshness.size == served.web.log.size
    assert "looked at a moment ago" in served.text("/")


def test_the_thread_looks_by_itself(served: Served) -> None:
    site(served, "NEW-2")
    until = time.monotonic() + 30
    while served.get("/site/NEW-2").status_code == 404 and time.monotonic() < until:
        time.sleep(0.05)
    assert served.get("/site/NEW-2").status_code == 200


def test_a_page_says_that_the_log_has_more(served: Served) -> None:
    follower = served.web.follower
    assert follower is not None
    follower.__exit__()
    follower.freshness = follower.freshness.__class__(served.web.log.size + 5, system_clock())
    assert "The log has 5 more, which are being read" in served.text("/")


def test_a_look_that_fails_is_told_and_the_pages_stay(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise Unavailable("VIEW-BUSY", "another process is writing the read models")

    monkeypatch.setattr("commands.web.following.View.open", busy)
    assert served.web.follower is not None
    served.web.follower.look()
    assert "failed: another process is writing" in served.text("/")
    monkeypatch.undo()
    served.web.follower.look()
    assert "failed" not in served.text("/")


def test_read_models_that_were_made_anew_are_read_from_their_new_file(served: Served) -> None:
    assert served.get("/site/JHR-1").status_code == 200
    with View.open(served.web.path) as view:
        view.reset()
        text = served.text("/site/JHR-1", status=503)
        assert "VIEW-EMPTY" in text
    assert served.web.follower is not None
    served.web.follower.look()
    assert served.get("/site/JHR-1").status_code == 200


def test_a_file_that_is_gone_for_a_moment_is_no_end(served: Served) -> None:
    path = served.web.path
    path.rename(path.with_suffix(".away"))
    assert "VIEW-FAILED" in served.text("/site/JHR-1", status=503)
    path.with_suffix(".away").rename(path)
    assert served.get("/site/JHR-1").status_code == 200


def test_how_long_ago() -> None:
    from datetime import timedelta  # noqa: PLC0415  beside its use

    now = system_clock()
    told = [ago(now - timedelta(seconds=seconds)) for seconds in (0, 5, 700)]
    assert told == ["a moment ago", "5 seconds ago", "11 minutes ago"]


# ---- what takes too long


def test_a_part_that_takes_too_long_leads_to_a_page_of_its_own(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "PART_SECONDS_MIN", -1.0)
    monkeypatch.setattr(readings, "_STEPS", 1)
    assert asyncio.run(served.pages.read(Clocks(), _late_sheet))
    served.web.later._worker.submit(lambda: None).result()
    assert not asyncio.run(served.pages.read(Clocks(), _late_sheet))


def test_of_a_long_ledger_the_sums_come_first_and_then_whose_word_they_rest_on(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "is being added up" not in served.text("/")
    monkeypatch.setattr(readings, "LONG", 1)
    assert not asyncio.run(served.pages.read(Clocks(), lambda now: _where(now, None).coming))
    assert asyncio.run(served.pages.read(Clocks(), lambda now: _where(now, "holdings").coming))
    served.web.later._worker.submit(lambda: None).result()
    assert not asyncio.run(served.pages.read(Clocks(), lambda now: _where(now, "holdings").coming))
    assert "is being added up" in served.text("/")  # the other questions
    served.web.later._worker.submit(lambda: None).result()
    assert "is being added up" not in served.text("/")


def _where(now: readings.Reading, quick: str | None) -> Sheet:
    return now.sheet(Part("where", "site", quick=quick), None)


def test_a_page_of_now_shows_the_newest_findings_where_its_own_take_too_long(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = served.web.findings
    cache._worker.submit(lambda: None).result()
    monkeypatch.setattr("commands.web.pages.thing.found_of", lambda *_: ([], True))
    assert cache.newest is not None
    told = f"As known at entry {cache.newest.known_at:,}; newer entries are being looked at"
    assert told in served.text("/site/JHR-1")
    known = served.web.log.size - 1
    assert "longer than a page may" in served.text(f"/site/JHR-1?known_at={known}")
    monkeypatch.setattr(cache, "newest", None)
    assert "longer than a page may" in served.text("/site/JHR-1")


def test_what_is_remembered_is_little(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    later = served.web.later
    as_of, known_at = asyncio.run(
        served.pages.read(Clocks(), lambda now: (now.moment.as_of, now.moment.known_at))
    )
    keys = [asked("where", {"site": f"S-{at}"}, as_of, known_at) for at in range(70)]
    wrong = asked("where", {"nothing": "x"}, as_of, known_at)
    for key in (*keys, wrong):
        later.begin(key, Clocks())
    later._worker.submit(lambda: None).result()
    assert later.answer(keys[0]) is None
    assert later.answer(keys[-1]) is not None
    assert later.answer(wrong) is None
    monkeypatch.setattr("commands.web.later.ROWS_MAX", 0)
    many = asked("keys", {}, as_of, known_at)
    later.begin(many, Clocks())
    later._worker.submit(lambda: None).result()
    assert later.answer(many) is None


def _late_sheet(now: readings.Reading) -> bool:
    now._left = -1.0
    sheet = now.sheet(Part("where", "site"), "JHR-1")
    return sheet.late and sheet.whole == "/ask/where?site=JHR-1"


def test_a_page_that_takes_too_long_says_so(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "_STEPS", 1)
    monkeypatch.setattr(readings.reading.__wrapped__, "__kwdefaults__", {"seconds": -1.0})  # type: ignore[attr-defined]  # functools.wraps
    assert "PAGE-LATE" in served.text("/ask/where", status=503)


def test_findings_that_take_long_are_awaited_by_the_page_that_asks_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = served.web.findings._read

    def slow(clocks: Clocks, work: Any) -> Any:
        time.sleep(0.5)
        return real(clocks, work)

    monkeypatch.setattr(served.web.findings, "_read", slow)
    monkeypatch.setattr("commands.web.pages.findings.WAIT_SECONDS", 0.0)
    text = served.text("/findings?known_at=5")
    assert "are being looked for" in text
    assert '<meta http-equiv="refresh" content="2">' in text
    now = asyncio.run(served.pages.read(Clocks(None, 5), lambda now: now.moment))
    served.web.findings.ask(Clocks(None, 5), now.as_of, 5).result()
    assert "0 findings" in served.text("/findings?known_at=5")
    for known_at in range(12):
        served.web.findings.ask(Clocks(None, known_at), now.as_of, known_at)
    assert len(served.web.findings._kept) <= 8


# ---- checking again


def ended(checker: Checker) -> Recheck:
    until = time.monotonic() + 120
    while checker.running is not None and time.monotonic() < until:
        time.sleep(0.05)
    assert checker.newest is not None
    return checker.newest


def place(served: Served) -> Place:
    folder = served.folder
    return Place(
        folder / "ledger.db", folder / "high-water", folder / "view.db",
        served.web.about.fingerprint,
    )  # fmt: skip


def messages(where: Place) -> dict[str, Any]:
    """Run a check in this process, and return the last of each kind of what it says."""
    receive, send = get_context("spawn").Pipe(duplex=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("commands.web.rechecking.os.nice", lambda _: 0)
        check(send, where)
    said: dict[str, Any] = {}
    while receive.poll():
        try:
            what, value, *_ = receive.recv()
        except EOFError:
            break
        said[what] = value
    receive.close()
    return said


def test_the_log_is_checked_again_beside_the_server(served: Served) -> None:
    assert "Nothing was checked" in served.text("/verification")
    answer = served.ask("POST", "/verification")
    assert (answer.status_code, answer.headers["location"]) == (303, "/verification")
    assert served.web.checker.running is not None
    served.web.checker.start()  # one at a time
    text = served.text("/verification")
    assert "A check is under way" in text
    assert 'http-equiv="refresh"' in text
    assert "a check is under way" in served.text("/")
    found = ended(served.web.checker)
    assert found.report is not None
    assert (found.report.verdict, found.problem) == ("PASS", None)
    text = served.text("/verification")
    assert "PASS, scope full; integrity only" in text
    assert "equal to a fresh projection" in text
    assert served.web.about.fingerprint in text
    assert "compare it with what you were told" in text
    site(served, "NEW-3")
    assert served.web.follower is not None
    served.web.follower.look()
    assert "1 entries were recorded, which it did not look at" in served.text("/verification")
    assert "PASS over" in served.text("/")


def test_a_check_finds_read_models_that_were_changed(served: Served) -> None:
    said = messages(place(served))
    assert "equal to a fresh projection" in said["models"]
    with View.open(served.web.path) as view, view.writing() as connection:
        connection.execute("UPDATE event SET summary = 'another' WHERE idx = 3")
    said = messages(place(served))
    assert "VIEW-DIFFERS" in said["problem"]
    assert b'"verdict":"PASS"' in said["report"]


def test_a_check_finds_an_entry_that_was_changed(served: Served) -> None:
    connection = sqlite3.connect(served.folder / "ledger.db")
    connection.execute("DROP TRIGGER IF EXISTS entry_update")
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    for (name,) in names.fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("UPDATE entry SET data = replace(data, 'a', 'b') WHERE idx = 3")
    connection.commit()
    connection.close()
    said = messages(place(served))
    assert b'"verdict":"FAIL"' in said["report"]
    assert "models" not in said


def test_a_check_that_cannot_be_run_says_so(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Place(tmp_path / "no.db", tmp_path / "no", tmp_path / "no-view", "0" * 64)
    assert "STORE-MISSING" in messages(gone)["problem"]
    checker = Checker(gone)
    checker.start()
    assert "STORE-MISSING" in (ended(checker).problem or "")
    nothing = Checker(None)
    nothing.start()
    assert (nothing.can, nothing.running) == (False, None)

    def refused(_: str) -> None:
        raise OSError(11, "no more processes")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refused)
    checker = Checker(place(served))
    checker.start()
    assert ended(checker).problem == "the check could not be run: no more processes"


# ---- downloads


def sent(write: Any) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    async def run() -> None:
        with ThreadPoolExecutor(1) as executor:
            await Download(write, executor, {"content-type": "text/plain"}).asgi_send(send)

    asyncio.run(run())
    return messages


def test_a_download_goes_out_in_parts_as_it_is_written() -> None:
    def write(out: Out) -> None:
        for _ in range(40):
            out.write(b"x" * (CHUNK // 2))

    messages = sent(write)
    bodies = [one["body"] for one in messages[1:]]
    assert b"".join(bodies) == b"x" * (20 * CHUNK)
    assert max(map(len, bodies)) <= CHUNK
    assert messages[-1] == {"type": "http.response.body", "body": b""}


def test_a_download_that_breaks_off_is_no_whole_file() -> None:
    def write(out: Out) -> None:
        out.write(b"x" * CHUNK)
        raise Unavailable("DOCUMENT-ABSENT", "it is gone")

    with pytest.raises(LedgerError):
        sent(write)


def test_a_download_ends_where_nobody_reads_any_more() -> None:
    ends: list[str] = []

    def write(out: Out) -> None:
        try:
            while True:
                out.write(b"x" * CHUNK)
        except GoneError:
            ends.append("gone")
            raise

    async def run() -> None:
        async def send(message: dict[str, Any]) -> None:
            if message.get("body"):
                raise ConnectionResetError

        with ThreadPoolExecutor(1) as executor:
            with pytest.raises(ConnectionResetError):
                await Download(write, executor, {}).asgi_send(send)
            await asyncio.sleep(0.1)
            await asyncio.to_thread(executor.shutdown)

    asyncio.run(run())
    assert ends == ["gone"]
