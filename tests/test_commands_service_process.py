"""The service as a process: killed and stopped while parties submit, it loses nothing."""

import json
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from commands.drafts import write_draft
from commands.posting import Reply, post
from commands.service.client import Client
from ledger.application import Ledger
from ledger.draft import Submission
from ledger.errors import LedgerError, Refused, Tampered, Unavailable
from ledger.events.base import Signatory
from ledger.log.tlog_proof import format_tlog_proof, parse_tlog_proof
from ledger.signing.fingerprint import speakable
from ledger.signing.signer import MemorySigner, key_id
from tests.office import Office
from tests.service_process import Maker, Running
from tests.stores import Store

SEED = int(os.environ.get("CHIPLEDGER_SEED", "1"))
Property = Callable[[str, object], None]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office.make(tmp_path_factory.mktemp("office") / "desk")
    office.party("nvidia", "maker")
    return office


@pytest.fixture
def office(model: Office, tmp_path: Path) -> Office:
    return model.copy(tmp_path / "desk")


@pytest.fixture
def maker(office: Office) -> Iterator[Maker]:
    one = Maker(office)
    yield one
    one.close()


def submit_until_it_dies(url: str, submissions: list[Submission]) -> list[tuple[str, int]]:
    """Return id and position of what was answered."""
    answered: list[tuple[str, int]] = []

    def one(submission: Submission) -> None:
        client = Client(url, seconds_max=0.01)
        try:
            receipt = client.submit(submission)
        except LedgerError as error:
            if error.code not in {"HOST-UNREACHABLE", "SERVICE-STOPPING"}:
                raise
            return
        answered.append((receipt.id, receipt.index))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, submissions))
    return answered


def test_a_draft_is_sent_with_its_proof_and_again_without_harm(
    office: Office, maker: Maker, tmp_path: Path
) -> None:
    draft = tmp_path / "batch.draft"
    write_draft(draft, maker.batch("B-1"), new=True)
    running = Running(office)
    away = Office(tmp_path)
    sent = json.loads(
        away.invoke("submit", str(draft), "--to", running.url, "--yes", "--json").stdout
    )
    assert (sent["entry"], sent["repeated"]) == (office.size - 1, False)
    again = away.invoke("submit", str(draft), "--to", running.url, "--yes").output
    assert f"recorded before, as entry {sent['entry']}" in again
    assert running.end(signal.SIGTERM) == 0
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        fingerprint = speakable(ledger.fingerprint)
    away.invoke("verify", sent["proof"], "--fingerprint", fingerprint)
    with pytest.raises(Unavailable, match="HOST-UNREACHABLE"):
        Client(running.url, seconds_max=0.001).submit(maker.batch("B-2"))


def test_drafts_are_sent_in_their_order_and_again_from_where_it_ended(
    office: Office, maker: Maker, tmp_path: Path
) -> None:
    running, away = Running(office), Office(tmp_path)
    drafts = [tmp_path / f"{number}.draft" for number in range(3)]
    for draft in drafts:
        write_draft(draft, maker.batch(f"B-{draft.stem}"), new=True)
    stranger = MemorySigner.generate()
    by = Signatory(party="nvidia", key=key_id(stranger.public_key))
    wrong = maker.drafted("B-9", by).sign(stranger)
    write_draft(tmp_path / "wrong.draft", wrong, new=True)
    size = office.size
    names = [str(drafts[0]), str(tmp_path / "wrong.draft"), str(drafts[1])]
    told = away.invoke("submit", *names, "--to", running.url, "--yes", exit_code=2)
    assert f"1 of 3 drafts are done; {names[1]} is not" in told.stderr
    assert "KEY-UNENROLLED" in told.stderr
    told = away.invoke("submit", *map(str, drafts), "--to", running.url, "--yes")
    assert f"recorded before, as entry {size}" in told.output
    assert f"recorded as entry {size + 2}" in told.output
    assert all(draft.with_name(f"{draft.name}.tlog-proof").exists() for draft in drafts)
    assert running.end(signal.SIGTERM) == 0


def test_a_web_server_whose_service_is_away_is_asked_again(
    office: Office, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Running(office)
    replies = [Reply(502, "text/html", b"<html>"), Reply(503, "text/html", b"")]

    def answer(*arguments: Any, **named: Any) -> Reply:
        return replies.pop() if replies else post(*arguments, **named)

    monkeypatch.setattr("commands.service.client.post", answer)
    client = Client(running.url, seconds_max=0.01)
    assert client.submit(maker.batch("B-1")).index == office.size - 1
    assert not replies
    assert running.end(signal.SIGTERM) == 0


def test_what_the_service_refuses_the_client_says(office: Office, maker: Maker) -> None:
    running = Running(office)
    client = Client(running.url)
    by = Signatory(party="nvidia", key=key_id(maker.signer.public_key))
    stranger = MemorySigner.generate()
    wrong = Signatory(party="nvidia", key=key_id(stranger.public_key))
    draft = maker.drafted("B-1", wrong)
    assert by != wrong
    with pytest.raises(Refused, match="KEY-UNENROLLED"):
        client.submit(draft.sign(stranger))
    assert running.end(signal.SIGTERM) == 0


def test_a_proof_of_something_else_is_no_proof(
    office: Office, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Running(office)
    client, submission = Client(running.url), maker.batch("B-1")
    receipt = client.submit(submission)
    right = client.proof(receipt, submission)
    with pytest.raises(Tampered, match="SERVICE-OTHER-EVENT"):
        client.proof(structs.replace(receipt, index=0), submission)
    proof = parse_tlog_proof(right)
    wrong = format_tlog_proof(replace(proof, proof=(bytes(32), *proof.proof[1:])))
    monkeypatch.setattr(client, "_patiently", lambda *_: Reply(200, "", wrong))
    with pytest.raises(Tampered, match="SERVICE-OTHER-EVENT"):
        client.proof(receipt, submission)
    assert running.end(signal.SIGTERM) == 0


def test_a_graceful_stop_answers_what_it_took(office: Office, maker: Maker) -> None:
    submissions = [maker.batch(f"B-{number}") for number in range(60)]
    running = Running(office)
    timer = threading.Timer(0.3, running.process.send_signal, [signal.SIGTERM])
    timer.start()
    answered = submit_until_it_dies(running.url, submissions)
    timer.join()
    assert running.process.wait(60) == 0
    check(office, answered)


def check(office: Office, answered: list[tuple[str, int]]) -> None:
    """Every answer stands, nothing stands twice, and the ledger passes."""
    with Ledger.open(office.place) as ledger:
        for identifier, index in answered:
            assert ledger.event(index).statement.id == identifier
        ids = [event.statement.id for event in ledger.read()]
        assert len(set(ids)) == len(ids)
    assert office.audit().verdict == "PASS"


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.slow), "postgres"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Office:
    """An office whose ledger is a file, or in a database."""
    place: list[str] = []
    if request.param == "postgres":
        database: Store = request.getfixturevalue("database")
        place = ["--store", database.url]
    office = Office.make(tmp_path / "shared", *place)
    office.party("nvidia", "maker")
    return office


def test_two_services_take_events_for_one_ledger(shared: Office) -> None:
    """Each waits for the other, and what both are sent is there once."""
    signing = Maker(shared)
    submissions = [signing.batch(f"B-{number}") for number in range(30)]
    signing.close()
    services = [Running(shared), Running(shared)]
    halves = (submissions[:20], submissions[10:])
    with ThreadPoolExecutor(2) as pool:
        urls = [one.url for one in services]
        answered = [*pool.map(submit_until_it_dies, urls, halves)]
    assert [one.end(signal.SIGTERM) for one in services] == [0, 0]
    assert [len(one) for one in answered] == [20, 20]
    assert len({*answered[0], *answered[1]}) == 30
    check(shared, answered[0] + answered[1])


def kill_many(office: Office, maker: Maker, kills: int, record: Property) -> None:
    chance = random.Random(SEED)
    answered: list[tuple[str, int]] = []
    waiting: list[Submission] = []
    for number in range(kills):
        waiting += [maker.batch(f"B-{SEED}-{number}-{one}") for one in range(24)]
        running = Running(office)
        timer = threading.Timer(chance.uniform(0, 0.4), running.process.kill)
        timer.start()
        answered += submit_until_it_dies(running.url, waiting)
        timer.join()
        running.end(signal.SIGKILL)
        known = {identifier for identifier, _ in answered}
        waiting = [one for one in waiting if statement_id(one) not in known]
        check(office, answered)
    running = Running(office)
    answered += submit_until_it_dies(running.url, waiting)
    assert running.end(signal.SIGTERM) == 0
    check(office, answered)
    assert len({identifier for identifier, _ in answered}) == 24 * kills
    record("cases", kills)


def statement_id(submission: Submission) -> Any:
    return json.loads(submission.envelope.statement_bytes())["id"]


def test_a_service_that_is_killed_loses_nothing_that_it_answered(
    office: Office, maker: Maker, record_property: Property
) -> None:
    kill_many(office, maker, 5, record_property)


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(10))
def test_a_service_that_is_killed_again_and_again_loses_nothing(
    office: Office, maker: Maker, shard: int, record_property: Property
) -> None:
    assert shard < 10
    kill_many(office, maker, 20, record_property)


@pytest.mark.slow
@pytest.mark.parametrize("shared", ["postgres"], indirect=True)
@pytest.mark.parametrize("shard", range(20))
def test_a_service_over_a_database_is_killed_and_loses_nothing(
    shared: Office, shard: int, record_property: Property
) -> None:
    assert shard < 20
    maker = Maker(shared)
    kill_many(shared, maker, 10, record_property)
    maker.close()
