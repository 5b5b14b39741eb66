"""The submission service: receipts only for what is durable, each event decided alone."""

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import StringIO
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from commands.service.app import BODY_BYTES_MAX, make_app
from commands.service.group import Answer, Group
from commands.service.limits import NAMES_MAX, Rate
from commands.service.log_files import tile_file
from commands.service.request_log import RequestLog
from commands.service.service import EVENTS_MAX, Service
from commands.service.spool import KEPT_SECONDS, Spool
from ledger.draft import Submission
from ledger.errors import Malformed, Unavailable
from ledger.log.checkpoint import open_checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.proofs import verify_inclusion
from ledger.log.tlog_proof import parse_tlog_proof
from tests.harness import ORIGIN, Story, manifest, signer_of
from tests.test_appending import forged
from tests.test_history import batch


class Desk:
    """A service over a ledger in memory, with the client of somebody who submits."""

    def __init__(self, **limits: Any) -> None:
        self.story = Story()
        self.story.party("nvidia", "maker")
        self.log = StringIO()
        self.group = Group(self.story.ledger, waiting_max=limits.pop("waiting", 10_000))
        self.service = Service(
            ledger=self.story.ledger,
            group=self.group,
            spool=Spool(bytes_max=limits.pop("spool", 1_000_000)),
            by_key=limits.pop("by_key", Rate(1_000_000, 1_000_000)),
            by_address=limits.pop("by_address", Rate(1_000_000, 1_000_000)),
        )
        self.group.committed = self.service.metrics.committed
        self.client = TestClient(make_app(self.service, RequestLog(self.log)))

    def submit(self, *submissions: Submission) -> tuple[int, Any]:
        """Upload the documents, submit the envelopes, return status and answer."""
        for one in submissions:
            for data in one.documents:
                self.client.put(f"/v1/documents/{sha256(data).hexdigest()}", content=data)
        reply = self.client.post("/v1/events", content=body(*submissions))
        return reply.status_code, reply.json()

    def batch(self, name: str, **more: Any) -> Submission:
        return self.story.submission(batch(name), "nvidia", **more)


def body(*submissions: Submission) -> bytes:
    return msgspec.json.encode({"envelopes": [one.envelope for one in submissions]})


@pytest.fixture
def desk() -> Iterator[Desk]:
    one = Desk()
    with one.client, one.story:
        yield one


def codes(answer: Any) -> list[str | int]:
    return [
        one["error"]["code"] if "error" in one else one["receipt"]["index"]
        for one in answer["results"]
    ]


def test_a_receipt_shows_without_the_service_that_the_event_is_recorded(desk: Desk) -> None:
    paper = manifest(["S1"])
    status, answer = desk.submit(desk.batch("B-1", documents=(paper,)))
    assert status == 201
    [result] = answer["results"]
    receipt = result["receipt"]
    note = receipt["checkpoint"].encode()
    checkpoint = open_checkpoint(note, ORIGIN, signer_of("ledger").public_key)
    ledger = desk.story.ledger
    leaf = leaf_hash(ledger.entry_bytes(receipt["index"]))
    proof = tuple(map(base64.b64decode, receipt["proof"]))
    assert verify_inclusion(leaf, receipt["index"], receipt["size"], checkpoint.root, proof)
    assert receipt["missing"] == []
    assert ledger.document(paper.reference().sha256) == paper.data
    assert desk.service.spool.size == 0
    proved = desk.client.get(f"/v1/entries/{receipt['index']}/proof")
    assert parse_tlog_proof(proved.content).index == receipt["index"]


def test_each_event_is_decided_alone(desk: Desk) -> None:
    good, other = desk.batch("B-1"), desk.batch("B-2")
    start = desk.story.ledger.size
    status, answer = desk.submit(good, forged(desk.batch("B-3")), other)
    assert (status, codes(answer)) == (207, [start, "SIGNATURE", start + 1])
    status, answer = desk.submit(good, other)
    assert (status, codes(answer)) == (200, [start, start + 1])
    assert [one["receipt"]["repeated"] for one in answer["results"]] == [True, True]


@pytest.mark.parametrize(
    ("make", "status", "code"),
    [
        (lambda desk: forged(desk.batch("B-1")), 403, "SIGNATURE"),
        (lambda desk: desk.story.submission(batch(by="operator"), "operator"), 403, "ROLE"),
        (
            lambda desk: desk.story.submission(batch("B-9", quantity=1), "nvidia"),
            409,
            "IDENTIFIER-USED",
        ),
    ],
)
def test_an_event_that_is_refused_has_the_code_of_the_command_line(
    desk: Desk, make: Callable[[Any], Submission], status: int, code: str
) -> None:
    desk.submit(desk.batch("B-9"))
    size = desk.story.ledger.size
    got, answer = desk.submit(make(desk))
    assert (got, codes(answer)) == (status, [code])
    assert desk.story.ledger.size == size


def test_a_document_that_did_not_come_is_named(desk: Desk) -> None:
    paper = manifest(["S1"])
    submission = desk.batch("B-1", documents=(paper,))
    bare = Submission(submission.envelope)
    _, answer = desk.submit(bare)
    assert answer["results"][0]["receipt"]["missing"] == [paper.reference().sha256]
    status, answer = desk.submit(submission)
    assert (status, answer["results"][0]["receipt"]["missing"]) == (200, [])
    assert desk.story.ledger.document(paper.reference().sha256) == paper.data


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"", 400, "REQUEST-FORM"),
        (b"[]", 400, "REQUEST-FORM"),
        (b'{"envelopes": []}', 400, "REQUEST-FORM"),
        (b'{"envelopes": [1]}', 400, "REQUEST-FORM"),
        (b'{"envelopes": [], "more": 1}', 400, "REQUEST-FORM"),
        (b"\xff", 400, "REQUEST-FORM"),
        (b"[" * 100_000, 400, "REQUEST-FORM"),
        (b" " * (BODY_BYTES_MAX + 1), 413, "BODY-TOO-LARGE"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_body_that_is_no_submission_is_refused(
    desk: Desk, sent: bytes, status: int, code: str
) -> None:
    size = desk.story.ledger.size
    reply = desk.client.post("/v1/events", content=sent)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert desk.story.ledger.size == size


def test_a_body_of_unknown_length_is_read_no_further_than_it_may_be(desk: Desk) -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        for _ in range(1_000):
            read += 1
            yield bytes(1024 * 1024)

    reply = desk.client.post("/v1/events", content=endless())
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "BODY-TOO-LARGE")


def test_too_many_events_at_once_are_refused(desk: Desk) -> None:
    one = desk.batch("B-1")
    reply = desk.client.post("/v1/events", content=body(*[one] * (EVENTS_MAX + 1)))
    assert reply.json()["error"]["code"] == "REQUEST-FORM"


@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        ("0" * 64, b"x", 400, "DOCUMENT-DIFFERS"),
        ("A" * 64, b"x", 400, "DOCUMENT-NAME"),
        ("..", b"x", 404, "NOT-HERE"),
        (sha256(b"x" * 2_000_000).hexdigest(), b"x" * 2_000_000, 429, "SERVICE-FULL"),
    ],
)
def test_a_document_that_cannot_be_kept_is_refused(
    desk: Desk, name: str, data: bytes, status: int, code: str
) -> None:
    reply = desk.client.put(f"/v1/documents/{name}", content=data)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert desk.service.spool.size == 0


def test_a_document_is_kept_for_an_hour() -> None:
    now = 0.0
    spool = Spool(clock=lambda: now)
    name = sha256(b"x").hexdigest()
    assert spool.put(name, b"x")
    assert not spool.put(name, b"x")
    now = KEPT_SECONDS
    assert spool.get(name) == b"x"
    now += 1
    assert spool.get(name) is None
    spool.drop(name)
    assert spool.size == 0
    spool.close()


# --- limits -----------------------------------------------------------------------------------


def test_a_rate_fills_up_with_time_and_no_further() -> None:
    now = 0.0
    rate = Rate(2, 3, lambda: now)
    for _ in range(3):
        assert rate.wait("k") == 0
        rate.spend("k", 1)
    assert rate.wait("k") == 0.5
    assert rate.wait("other") == 0
    now = 0.5
    assert rate.wait("k") == 0
    rate.spend("k", 11)
    assert rate.wait("k") == 5.5
    now = 1000.0
    rate.spend("k", 3)
    assert rate.wait("k") == 0.5
    for number in range(NAMES_MAX):
        rate.spend(str(number), 1)
    assert rate.wait("k") == 0


def test_a_key_that_submits_too_much_waits_and_others_do_not() -> None:
    desk = Desk(by_key=Rate(0.001, 1))
    with desk.client, desk.story:
        desk.story.party("amd", "maker")
        first = desk.batch("B-1")
        assert desk.submit(first)[0] == 201
        reply = desk.client.post("/v1/events", content=body(desk.batch("B-2")))
        assert (reply.status_code, reply.json()["error"]["code"]) == (429, "RATE")
        assert int(reply.headers["Retry-After"]) > 0
        other = desk.story.submission(batch("B-3", by="amd"), "amd")
        assert desk.submit(other)[0] == 201


def test_who_sends_old_events_again_takes_nothing_from_their_signer() -> None:
    desk = Desk(by_key=Rate(0.001, 2))
    with desk.client, desk.story:
        first = desk.batch("B-1")
        assert desk.submit(first)[0] == 201
        for _ in range(5):
            assert desk.submit(first)[0] == 200
        assert desk.submit(desk.batch("B-2"))[0] == 201


def test_an_address_that_submits_too_much_waits_whatever_it_sends() -> None:
    desk = Desk(by_address=Rate(0.001, 2))
    with desk.client, desk.story:
        bad = forged(desk.batch("B-1"))
        assert [desk.submit(bad)[0] for _ in range(3)] == [403, 403, 429]


class Held:
    """A ledger whose commits wait until they are let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.groups: list[int] = []
        self.error: Exception | None = None

    def append_each(self, submissions: Sequence[Submission]) -> list[Answer]:
        self.go.wait()
        self.groups.append(len(submissions))
        if self.error is not None:
            raise self.error
        return [Malformed("TEST", "an answer") for _ in submissions]

    def present_documents(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(names)


def test_what_arrives_during_a_commit_shares_the_next(desk: Desk) -> None:
    held, one = Held(), desk.batch("B-1")
    group = Group(held, waiting_max=8, group_max=4)

    async def submit() -> list[int]:
        first = group.submit([one])
        while group._queue.qsize():
            pass
        rest = [group.submit([one, one]) for _ in range(3)]
        assert (group.waiting, group.is_open) == (7, True)
        with pytest.raises(Unavailable, match="SERVICE-FULL"):
            group.submit([one, one])
        last = group.submit([one])
        assert not group.is_open
        rest[0].cancel()  # who goes away takes nothing along
        held.go.set()
        return [len((await future).answers) for future in [first, *rest[1:], last]]

    assert asyncio.run(submit()) == [1, 2, 2, 1]
    assert held.groups == [1, 4, 3]
    group.stop()

    async def late() -> None:
        group.submit([one])

    with pytest.raises(Unavailable, match="SERVICE-STOPPING"):
        asyncio.run(late())
    group.stop()


def test_a_commit_that_fails_is_answered_to_all_in_it_and_ends_nothing(desk: Desk) -> None:
    held, one = Held(), desk.batch("B-1")
    group, left = Group(held), Group(held)

    async def submit() -> Sequence[Answer]:
        return (await group.submit([one])).answers

    async def leave() -> None:
        left.submit([one])

    asyncio.run(leave())  # its loop has ended before it is answered
    held.error = Unavailable("STORE-FULL", "the disk is full")
    held.go.set()
    with pytest.raises(Unavailable, match="STORE-FULL"):
        asyncio.run(submit())
    held.error = None
    assert [type(answer) for answer in asyncio.run(submit())] == [Malformed]
    group.stop()
    left.stop()


def test_a_commit_that_fails_is_a_503_with_its_code(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> list[Answer]:
        raise Unavailable("STORE-FULL", "the disk is full")

    submission = desk.batch("B-1")
    monkeypatch.setattr(desk.story.ledger, "append_each", fail)
    reply = desk.client.post("/v1/events", content=body(submission))
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "STORE-FULL")


def test_many_clients_at_once_make_one_log_and_few_commits(desk: Desk) -> None:
    submissions = [desk.batch(f"B-{number}") for number in range(60)]
    start = desk.story.ledger.size
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(desk.submit, submissions))
    assert {status for status, _ in answers} == {201}
    assert sorted(index for _, one in answers for index in codes(one)) == list(
        range(start, start + 60)
    )
    assert desk.story.audit().verdict == "PASS"


def test_when_it_stops_what_it_took_is_answered(desk: Desk) -> None:
    submission = desk.batch("B-1")
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(desk.submit(submission)[0]))
    thread.start()
    thread.join()
    desk.group.stop()
    assert answers == [201]
    assert desk.submit(desk.batch("B-2"))[0] == 503
    assert desk.client.get("/ready").status_code == 429
    assert desk.client.get("/health").status_code == 200


# --- reading ----------------------------------------------------------------------------------


def test_the_log_is_served_as_other_tools_read_it(desk: Desk) -> None:
    desk.submit(*[desk.batch(f"B-{number}") for number in range(20)])
    size = desk.story.ledger.size
    note = desk.client.get("/checkpoint")
    assert open_checkpoint(note.content, ORIGIN, signer_of("ledger").public_key).size == size
    leaves = desk.client.get(f"/tile/0/000.p/{size}")
    assert leaves.content == b"".join(
        leaf_hash(desk.story.ledger.entry_bytes(index)) for index in range(size)
    )
    entries = desk.client.get(f"/tile/entries/000.p/{size}")
    assert desk.story.ledger.entry_bytes(size - 1) in entries.content
    assert "immutable" in entries.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    ["0/000", "0/000.p/200", "0/000.p/0", "0/000.p/256", "0/x000/000.p/1", "64/000", "../x",
     "entries/001.p/1", "0/000.p/999", "1/000.p/1", "", "0/x", "entries/x999/999"],
)  # fmt: skip
def test_a_file_that_the_log_does_not_have_is_not_here(desk: Desk, path: str) -> None:
    with pytest.raises(Unavailable, match="NOT-HERE"):
        tile_file(desk.story.ledger.source(), path)


@pytest.mark.parametrize(("index", "status"), [("9999", 404), ("x", 400), ("-1", 400)])
def test_a_proof_of_what_is_not_there_is_refused(desk: Desk, index: str, status: int) -> None:
    assert desk.client.get(f"/v1/entries/{index}/proof").status_code == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/v1/events", 405), ("DELETE", "/checkpoint", 405)],
)
def test_another_address_is_told_so_in_json(
    desk: Desk, method: str, path: str, status: int
) -> None:
    reply = desk.client.request(method, path)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, "NOT-HERE")


def test_what_it_counts_and_logs_holds_nothing_that_was_sent(desk: Desk) -> None:
    secret = "B-that-nobody-should-read"  # noqa: S105
    desk.submit(desk.batch("B-1"), forged(desk.batch(secret)))
    desk.client.post("/v1/events", content=json.dumps({secret: secret}))
    desk.client.get(f"/tile/{secret}")
    text = desk.client.get("/metrics").text
    assert 'chipledger_events_total{outcome="recorded"} 1.0' in text
    assert 'chipledger_refusals_total{code="SIGNATURE"} 1.0' in text
    assert "chipledger_commit_events_count 1.0" in text
    assert f"chipledger_size {float(desk.story.ledger.size)}" in text
    lines = [json.loads(line) for line in desk.log.getvalue().splitlines()]
    assert [one["status"] for one in lines] == [207, 400, 404, 200]
    assert secret not in text + desk.log.getvalue()
    assert desk.batch("B-2").envelope.payload[:40] not in desk.log.getvalue()


def test_a_commit_that_does_not_end_is_answered_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.service.service.ANSWER_SECONDS", 0.1)
    append_each, going_on = desk.story.ledger.append_each, threading.Event()

    def wait(submissions: Sequence[Submission]) -> Any:
        assert going_on.wait(60)
        return append_each(submissions)

    monkeypatch.setattr(desk.story.ledger, "append_each", wait)
    one = desk.batch("B-1")
    status, answer = desk.submit(one)
    assert (status, answer["error"]["code"]) == (503, "ANSWER-LATE")
    going_on.set()
    monkeypatch.undo()
    status, answer = desk.submit(one)
    assert (status, answer["results"][0]["receipt"]["repeated"]) == (200, True)


def test_while_the_store_is_away_requests_wait_and_counters_are_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.client.get("/metrics")
    size = desk.story.ledger.size

    def away() -> None:
        raise Unavailable("STORE-UNREADABLE", "nobody answers")

    monkeypatch.setattr(desk.story.ledger._recorder, "head", away)
    reply = desk.client.get("/ready")
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "STORE-UNREADABLE")
    assert reply.headers["Retry-After"] == "1"
    assert f"chipledger_size {float(size)}" in desk.client.get("/metrics").text
    assert desk.client.get("/health").status_code == 200


def test_a_fault_of_the_program_ends_nothing_and_tells_no_values(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise ZeroDivisionError("a secret value")

    monkeypatch.setattr("commands.service.app.tile_file", fail)
    reply = desk.client.get("/tile/0/000")
    assert (reply.status_code, reply.json()["error"]["code"]) == (500, "SERVICE-FAULT")
    assert "secret" not in reply.text + desk.log.getvalue()
    assert "ZeroDivisionError" in desk.log.getvalue()
    assert desk.client.get("/health").status_code == 200


def test_the_description_names_every_route(desk: Desk) -> None:
    told = desk.client.get("/openapi.json").json()
    routes = {route.path.replace(":path}", "}") for route in desk.client.app.routes}  # type: ignore[attr-defined]
    assert set(told["paths"]) == routes
