"""Hostile clients of the submission service: right codes, bounded memory, and others unharmed."""

import base64
import gzip
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from commands.service.app import BODY_BYTES_MAX
from ledger.draft import Submission
from ledger.events.base import DOCUMENT_BYTES_MAX, Signatory
from ledger.signing.envelope import PAYLOAD_TYPE, Envelope
from ledger.signing.signer import MemorySigner, key_id
from tests.office import Office
from tests.raw_http import Answer, Wire, ask, head, posted
from tests.service_process import Maker, Running

CONNECTIONS = 60
IMPATIENT = f"""
import commands.service.app as app
import commands.service.connections as connections
app.BODY_SECONDS = connections.HEAD_SECONDS = connections.READING_SECONDS = 1.0
connections.CONNECTIONS_MAX = {CONNECTIONS}
"""
MEGABYTES_MORE_MAX = 300
"""Memory beyond what it has when it starts: rooms of 64 and 128 MiB, and what is made of that."""


class Scene:
    """A service with an honest client who submits all the while."""

    def __init__(self, office: Office) -> None:
        self.running = Running(office, "--rate", "100000", before=IMPATIENT)
        self.port = self.running.port
        self.maker = Maker(office)
        self.start_megabytes = self.running.megabytes()
        self.honest: list[int] = []
        self._names = iter(range(100_000))
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._submit)
        self._thread.start()

    def event(self) -> Submission:
        return self.maker.batch(f"B-{next(self._names)}")

    def _submit(self) -> None:
        while not self._end.wait(0.05):
            self.honest.append(ask(self.port, posted(body(self.event()))).status)

    def close(self) -> None:
        self._end.set()
        self._thread.join()
        self.maker.close()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    office = Office.make(tmp_path_factory.mktemp("office") / "desk")
    office.party("nvidia", "maker")
    one = Scene(office)
    yield one
    one.close()
    grown = one.running.megabytes() - one.start_megabytes
    assert one.running.end(signal.SIGTERM) == 0
    assert set(one.honest) == {201}
    assert grown < MEGABYTES_MORE_MAX
    assert office.size > len(one.honest)
    assert office.audit().verdict == "PASS"


def body(*submissions: Submission) -> bytes:
    return msgspec.json.encode({"envelopes": [one.envelope for one in submissions]})


def envelope(statement: bytes, **more: Any) -> bytes:
    told = {"payload": base64.b64encode(statement).decode(), "payloadType": PAYLOAD_TYPE} | more
    return json.dumps({"envelopes": [{"signatures": []} | told]}).encode()


def chunked(size: int) -> Iterator[bytes]:
    yield head("POST", "/v1/events", "Transfer-Encoding: chunked")
    for _ in range(size // 65_536 + 1):
        yield b"10000\r\n" + b" " * 65_536 + b"\r\n"
    yield b"0\r\n\r\n"


def test_a_body_that_is_too_large_is_refused_before_and_while_it_comes(scene: Scene) -> None:
    for size, status in (
        (BODY_BYTES_MAX + 1, 413),
        (10**18, 413),
        ("9" * 400, 400),
        ("9" * 5000, 400),
    ):
        assert (
            ask(scene.port, head("POST", "/v1/events", f"Content-Length: {size}")).status == status
        )
    late = ask(scene.port, *chunked(BODY_BYTES_MAX))
    assert (late.status, late.code) == (413, "BODY-TOO-LARGE")
    told = posted(bytes(BODY_BYTES_MAX + 1))
    assert ask(scene.port, told).status == 413
    put = head("PUT", f"/v1/documents/{'0' * 64}", f"Content-Length: {DOCUMENT_BYTES_MAX + 1}")
    assert ask(scene.port, put).status == 413


def test_what_comes_too_slowly_is_given_up(scene: Scene) -> None:
    with Wire(scene.port) as silent, Wire(scene.port) as slow, Wire(scene.port) as body_slow:
        slow.send(b"GET /health HT")
        body_slow.send(head("POST", "/v1/events", "Content-Length: 100"), b"{")
        answer = body_slow.answer()
        assert (answer.status, answer.code) == (408, "BODY-SLOW")
        assert "retry-after" not in answer.headers
        assert silent.answer().status == slow.answer().status == 0
        assert body_slow.answer().status == 0


def test_a_connection_that_was_served_is_given_up_too(scene: Scene) -> None:
    with Wire(scene.port) as wire:
        wire.send(head("GET", "/health"))
        assert wire.answer().status == 200
        ending = threading.Event()

        def drip() -> None:
            while not ending.wait(0.2):
                wire.send(b"X")

        dripping = threading.Thread(target=drip)
        dripping.start()
        assert wire.answer().status in {0, 400}
        ending.set()
        dripping.join()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b'{"envelopes": [', "REQUEST-FORM"),
        (b'{"envelopes": [{}]}', "REQUEST-FORM"),
        (b"[" * 8_000_000, "REQUEST-FORM"),
        (b'{"envelopes":' * 500_000, "REQUEST-FORM"),
        (envelope(b"{}", payloadType="text/plain"), "REQUEST-FORM"),
        (envelope(b"{}", signatures=[{"keyid": "0" * 64, "sig": "AA=="}]), "REQUEST-FORM"),
        (envelope(b"{}", payload="e30"), "BASE64"),
        (envelope(b"{}"), "NOT-TYPED"),
        (envelope(b"\xff\xfe"), "NOT-TYPED"),
        (envelope(b"[" * 40_000), "TOO-DEEP"),
        (envelope(b'{"documents":' + b"[" * 30_000), "TOO-DEEP"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_event_is_malformed(scene: Scene, sent: bytes, code: str) -> None:
    answer = ask(scene.port, posted(sent))
    assert (answer.status, answer.code) == (400, code)


def test_nothing_is_decompressed(scene: Scene) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    for encoding in ("gzip", "br", "identity, deflate"):
        answer = ask(scene.port, posted(bomb, f"Content-Encoding: {encoding}"))
        assert (answer.status, answer.code) == (415, "BODY-ENCODED")
    plain = posted(body(scene.event()), "Content-Encoding: identity", "Accept-Encoding: gzip")
    answer = ask(scene.port, plain)
    assert answer.status == 201
    assert "content-encoding" not in answer.headers


def test_what_is_sent_again_has_one_receipt(scene: Scene) -> None:
    once = scene.event()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(scene.port, posted(body(once))), range(24)))
    told = [json.loads(one.body)["results"][0]["receipt"] for one in answers]
    assert len({(one["id"], one["index"]) for one in told}) == 1
    assert sorted(one["repeated"] for one in told) == [False] + 23 * [True]
    assert {one.status for one in answers} == {200, 201}
    identifier = json.loads(once.envelope.statement_bytes())["id"]
    other = scene.maker.batch("B-another", id=identifier)
    answer = ask(scene.port, posted(body(other)))
    assert (answer.status, answer.code) == (409, "ID-REUSED")


def test_a_stranger_and_a_thief_of_a_name_are_refused(scene: Scene) -> None:
    stranger = MemorySigner.generate()
    name = Signatory(party="nvidia", key=key_id(stranger.public_key))
    drafted = scene.maker.drafted("B-stranger", name)
    answer = ask(scene.port, posted(body(drafted.sign(stranger))))
    assert (answer.status, answer.code) == (403, "KEY-UNENROLLED")
    good = scene.event().envelope
    changed = good.statement_bytes().replace(b'"B-', b'"C-')
    signed = [msgspec.to_builtins(one) for one in good.signatures]
    answer = ask(scene.port, posted(envelope(changed, signatures=signed)))
    assert (answer.status, answer.code) == (403, "SIGNATURE")


def test_connections_that_ask_nothing_make_room_for_others(scene: Scene) -> None:
    idle = [socket.create_connection(("127.0.0.1", scene.port)) for _ in range(3 * CONNECTIONS)]
    assert ask(scene.port, posted(body(scene.event()))).status == 201
    for one in idle:
        one.close()


def test_requests_sent_in_one_go_are_answered_in_their_order(scene: Scene) -> None:
    events = [scene.event() for _ in range(5)]
    requests = [posted(body(one)) for one in events]
    with Wire(scene.port) as wire:
        wire.send(b"".join(requests) + head("GET", "/nowhere") + b"no HTTP\r\n\r\n")
        answers = [wire.answer() for _ in events]
        got = [json.loads(one.body)["results"][0]["receipt"]["id"] for one in answers]
        assert got == [json.loads(one.envelope.statement_bytes())["id"] for one in events]
        assert [wire.answer().status for _ in range(3)] == [404, 400, 0]


def test_what_is_asked_ahead_is_bounded(scene: Scene) -> None:
    """More requests behind one that waits for its commit, or a head without an end."""
    one = posted(body(scene.event()))
    with Wire(scene.port) as wire:
        wire.send(one + head("GET", "/health") * 100)
        assert wire.answer().status == 201
        statuses = [wire.answer().status for _ in range(101)]
        assert statuses == 100 * [200] + [0] or statuses[32:34] == [400, 0]
    with Wire(scene.port) as wire:
        sent = one + head("PUT", "/" + "x" * 60_000) + b"Name: " + b"y" * 400_000
        with suppress(OSError):  # it hangs up while more comes
            wire.send(sent)
        assert wire.answer().status in {0, 200}
    assert ask(scene.port, head("GET", "/health")).status == 200


def test_a_body_that_breaks_off_is_malformed(scene: Scene) -> None:
    for begun in (b"", head("GET", "/health")):
        with Wire(scene.port) as wire:
            wire.send(begun + head("POST", "/v1/events", "Transfer-Encoding: chunked") + b"zz\r\n")
            if begun:
                assert wire.answer().status == 200
            assert wire.answer().status == 400


def test_who_does_not_read_is_written_no_more(scene: Scene) -> None:
    with Wire(scene.port) as wire:
        wire.socket.settimeout(0.5)
        try:
            for _ in range(2_000):
                wire.socket.sendall(head("GET", "/openapi.json") * 50)
        except OSError:  # it takes no more requests, or has hung up
            pass
    assert ask(scene.port, head("GET", "/health")).status == 200


def test_an_older_http_is_understood(scene: Scene) -> None:
    sent = body(scene.event())
    old = head("POST", "/v1/events", f"Content-Length: {len(sent)}", version="1.0")
    with Wire(scene.port) as wire:
        wire.send(old, sent)
        assert wire.answer().status == 201
        assert wire.answer().status == 0
    assert ask(scene.port, head("GET", "/health", version="2.0")).status in {200, 400}
    bare = ask(scene.port, b"GET /health\r\n\r\n")
    assert (bare.status, bare.code) == (400, "HTTP-FORM")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/../../etc/passwd", 404),
        ("/tile/../../etc/passwd", 404),
        ("/tile/..%2f..%2fetc%2fpasswd", 404),
        ("/tile/0/%00", 404),
        ("/tile/%ff", 404),
        ("//v1/events", 404),
        ("/health/", 404),
        ("/v1/entries/%2e%2e/proof", 400),
        ("/v1/entries/0/proof?x=" + "y" * 9_000, 200),
        ("/" + "x" * 200_000, 400),
        ("http://elsewhere.invalid/health", 404),
        ("*", 404),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_path_names_nothing_else(scene: Scene, path: str, status: int) -> None:
    answer = ask(scene.port, head("GET", path))
    assert answer.status == status
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "fields",
    [
        ("Content-Length: 1", "Content-Length: 2"),
        ("Content-Length: -1",),
        ("Content-Length: 1e3",),
        ("Transfer-Encoding: gzip",),
        ("Name\x00: 1",),
        (" folded: 1",),
        *[tuple(f"X-{number}: {'y' * 600}" for number in range(100))],
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_head_that_can_be_read_in_two_ways_is_refused(
    scene: Scene, fields: tuple[str, ...]
) -> None:
    assert 400 <= ask(scene.port, head("POST", "/v1/events", *fields), b"xx").status <= 501


def test_large_bodies_and_documents_do_not_add_up(scene: Scene) -> None:
    """Fifty bodies of 16 MiB at once, and a document named by as many events as fit."""
    large = head("POST", "/v1/events", f"Content-Length: {BODY_BYTES_MAX}")
    paper = bytes(DOCUMENT_BYTES_MAX)
    name = sha256(paper).hexdigest()
    put = head("PUT", f"/v1/documents/{name}", f"Content-Length: {len(paper)}")
    stranger = Envelope(
        payload=base64.b64encode(b'{"annex":"%s","documents":[]}' % name.encode()).decode()
    )
    many = msgspec.json.encode({"envelopes": [stranger] * 1_000})

    def attack(number: int) -> Answer:
        if number % 10 == 0:
            return ask(scene.port, put, paper)
        if number % 10 == 1:
            return ask(scene.port, posted(many))
        return ask(scene.port, large, bytes(BODY_BYTES_MAX))

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(attack, range(50)))
    assert {one.status for one in answers} <= {200, 201, 207, 400, 408, 429}
    assert all("retry-after" in one.headers for one in answers if one.status == 429)


def test_who_submits_more_than_is_taken_waits_and_loses_nothing(tmp_path: Path) -> None:
    """A key may submit 8 a second after 8 at once, and 4 events may wait, while 12 submit."""
    office = Office.make(tmp_path / "desk")
    office.party("nvidia", "maker")
    running = Running(office, "--rate", "8", "--burst", "8", "--waiting", "4")
    maker = Maker(office)
    events = [maker.batch(f"B-{number}") for number in range(30)]
    maker.close()
    codes: list[str] = []

    def submit(one: Submission) -> int:
        while (answer := ask(running.port, posted(body(one)))).status == 429:
            assert int(answer.headers["retry-after"]) >= 1
            codes.append(answer.code)
            time.sleep(0.05)  # a client that does not wait as long as it was asked to
        return answer.status

    size = office.size
    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(submit, events)) == {201}
    assert set(codes) == {"RATE", "SERVICE-FULL"}
    assert running.end(signal.SIGTERM) == 0
    assert office.size == size + len(events)
