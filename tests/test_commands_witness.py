"""A witness at the command line and over HTTP: what it cosigns, and what it answers otherwise."""

import http.client
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from commands.main import main
from commands.witness import state
from commands.witness.server import WitnessServer, parse_address
from commands.witness.state import NEVER, WitnessState
from commands.witness.witness import Answer, Witness
from ledger.application import Ledger
from ledger.errors import Conflict, Malformed, Unavailable
from ledger.log.add_checkpoint import REQUEST_BYTES_MAX, AddCheckpoint
from ledger.log.checkpoint import Checkpoint
from ledger.log.cosignature import Cosigner, cosign, open_cosignatures, parse_cosigner
from ledger.log.note import Note, format_line, format_note, parse_note, sign_note, verifier_key
from ledger.signing.keyfile import read_key
from ledger.signing.signer import MemorySigner
from tests.authority import serving
from tests.office import ORIGIN, Office
from tests.shown_history import KEY as LOG_KEY
from tests.shown_history import ORIGIN as LOG
from tests.shown_history import History

ROOT = Path(__file__).resolve().parent.parent
NAME = "witness.example/w1"
KEY = MemorySigner.from_seed(bytes(31) + b"\x09")
WITNESS = Cosigner(NAME, KEY.public_key)
HONEST = History.make(20)
NOW = 1_770_000_000


def made(folder: Path, *logs: tuple[str, bytes]) -> Witness:
    state = WitnessState.create(folder / "state", WITNESS)
    return Witness(state, KEY, logs or [(LOG, LOG_KEY.public_key)], lambda: NOW + 0.9)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return made(tmp_path)


def status(answer: Answer) -> int:
    return answer.status.value


def state_of(witness: Witness) -> WitnessState:
    return witness._state


# --- the protocol -------------------------------------------------------------------------------


def test_a_growing_log_is_cosigned_at_each_size(witness: Witness) -> None:
    for old, new in ((0, 1), (1, 1), (1, 7), (7, 8), (8, 8), (8, 20)):
        answer = witness.add_checkpoint(HONEST.request(old, new))
        assert (status(answer), answer.body.count("\n")) == (200, 1)
        note = parse_note(HONEST.note(new))
        cosigned = f"{note.text}\n{answer.body}".encode()
        assert open_cosignatures(cosigned, [WITNESS]) == {WITNESS: NOW}
        assert state_of(witness).latest(LOG) == (new, HONEST.root(new))


def test_the_empty_log_is_cosigned_too(witness: Witness) -> None:
    assert status(witness.add_checkpoint(HONEST.request(0, 0))) == 200
    assert status(witness.add_checkpoint(HONEST.request(0, 5))) == 200


def test_another_size_than_it_has_is_answered_with_its_own(witness: Witness) -> None:
    witness.add_checkpoint(HONEST.request(0, 7))
    for old, new in ((0, 9), (6, 9), (8, 9), (0, 7), (0, 3)):
        answer = witness.add_checkpoint(HONEST.request(old, new))
        assert answer == Answer(answer.status, "7\n", "text/x.tlog.size")
        assert status(answer) == 409
    assert state_of(witness).latest(LOG).size == 7


def test_a_log_that_was_rolled_back_is_not_cosigned(witness: Witness) -> None:
    witness.add_checkpoint(HONEST.request(0, 7))
    assert status(witness.add_checkpoint(HONEST.request(7, 6))) == 400
    assert status(witness.add_checkpoint(HONEST.request(6, 6))) == 409


def test_a_fork_is_not_cosigned(witness: Witness) -> None:
    witness.add_checkpoint(HONEST.request(0, 7))
    fork = HONEST.fork(5, "fork")
    answer = witness.add_checkpoint(fork.request(7, 7))
    assert (status(answer), answer.body) == (409, "7\n")
    assert status(witness.add_checkpoint(fork.request(7, 9))) == 422
    assert status(witness.add_checkpoint(HONEST.fork(7, "later").request(7, 9))) == 200
    assert status(witness.add_checkpoint(HONEST.request(9, 9))) == 409


@pytest.mark.parametrize("proof", [(), (bytes(32),), HONEST.proof(5, 12), HONEST.proof(7, 12)[:-1]])
def test_a_proof_that_does_not_hold_is_unprocessable(
    witness: Witness, proof: tuple[bytes, ...]
) -> None:
    witness.add_checkpoint(HONEST.request(0, 7))
    body = AddCheckpoint(7, proof, HONEST.note(12)).to_bytes()
    assert status(witness.add_checkpoint(body)) == 422
    assert state_of(witness).latest(LOG).size == 7


def test_a_proof_where_none_may_be_is_unprocessable(witness: Witness) -> None:
    body = AddCheckpoint(0, (bytes(32),), HONEST.note(7)).to_bytes()
    assert status(witness.add_checkpoint(body)) == 422
    witness.add_checkpoint(HONEST.request(0, 7))
    body = AddCheckpoint(7, (bytes(32),), HONEST.note(7)).to_bytes()
    assert status(witness.add_checkpoint(body)) == 422


def test_a_log_that_is_not_known_is_not_found(witness: Witness) -> None:
    other = replace(HONEST, origin="ledger.other.invalid")
    assert status(witness.add_checkpoint(other.request(0, 7))) == 404
    assert state_of(witness).latest(other.origin) == NEVER


def test_a_checkpoint_that_no_known_key_signed_is_forbidden(witness: Witness) -> None:
    stranger = replace(HONEST, signer=KEY)
    answer = witness.add_checkpoint(stranger.request(0, 7))
    assert (status(answer), answer.body) == (
        403,
        "no key known for the log signed the checkpoint\n",
    )
    note = parse_note(HONEST.note(7))
    torn = replace(note.signatures[0], signature=bytes(64))
    body = AddCheckpoint(0, (), format_note(Note(note.text, (torn,)))).to_bytes()
    assert status(witness.add_checkpoint(body)) == 403
    both = format_note(Note(note.text, (*note.signatures, torn)))
    assert status(witness.add_checkpoint(AddCheckpoint(0, (), both).to_bytes())) == 403
    more = format_note(Note(note.text, (*note.signatures, sign_note(note.text, "x", KEY))))
    assert status(witness.add_checkpoint(AddCheckpoint(0, (), more).to_bytes())) == 200


def test_a_log_may_have_several_keys(tmp_path: Path) -> None:
    new = MemorySigner.from_seed(bytes(31) + b"\x0a")
    witness = made(tmp_path, (LOG, LOG_KEY.public_key), (LOG, new.public_key))
    assert status(witness.add_checkpoint(HONEST.request(0, 7))) == 200
    assert status(witness.add_checkpoint(replace(HONEST, signer=new).request(7, 9))) == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        AddCheckpoint(0, (), b"no note").to_bytes(),
        AddCheckpoint(0, (), b"a letter\n\n\xe2\x80\x94 a AAAAAAAA\n").to_bytes(),
        HONEST.request(0, 7)[:-1],
        HONEST.request(0, 7).replace(b"\n7\n", b"\n07\n"),
    ],
)
def test_what_is_malformed_is_a_bad_request(witness: Witness, body: bytes) -> None:
    assert status(witness.add_checkpoint(body)) == 400


def test_the_checkpoint_is_on_the_disk_before_anything_is_signed(tmp_path: Path) -> None:
    class Looks:
        public_key = KEY.public_key
        seen: int | None = None

        def sign(self, message: bytes) -> bytes:
            Looks.seen = WitnessState(tmp_path).latest(LOG).size  # as another process sees it
            return KEY.sign(message)

    state = WitnessState.create(tmp_path, WITNESS)
    witness = Witness(state, Looks(), [(LOG, LOG_KEY.public_key)])
    assert status(witness.add_checkpoint(HONEST.request(0, 7))) == 200
    assert Looks.seen == 7


# --- the state ----------------------------------------------------------------------------------


def test_a_state_is_made_once_and_belongs_to_one_key(tmp_path: Path) -> None:
    state = WitnessState.create(tmp_path / "a" / "b", WITNESS)
    assert state.witness == WITNESS
    with pytest.raises(Conflict, match="WITNESS-STATE-EXISTS"):
        WitnessState.create(tmp_path / "a" / "b", WITNESS)
    with pytest.raises(Unavailable, match="WITNESS-STATE-MISSING"):
        WitnessState(tmp_path)
    with pytest.raises(Malformed, match="WITNESS-KEY"):
        Witness(state, MemorySigner.generate(), [])


def test_a_state_that_cannot_be_used_signs_nothing(tmp_path: Path) -> None:
    witness = made(tmp_path)
    (tmp_path / "state" / "witness.db").write_bytes(b"no database" * 100)
    with pytest.raises(Unavailable, match="WITNESS-STATE"):
        witness.add_checkpoint(HONEST.request(0, 7))
    with pytest.raises(Unavailable, match="WITNESS-STATE"):
        WitnessState(tmp_path / "state")


def test_a_state_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    witness = made(tmp_path)
    (tmp_path / "state" / "witness.db").unlink()
    with pytest.raises(Unavailable, match="WITNESS-STATE"):
        witness.add_checkpoint(HONEST.request(0, 7))
    assert list((tmp_path / "state").iterdir()) == []


def test_a_commit_is_synchronised_to_the_disk(tmp_path: Path) -> None:
    made(tmp_path)
    with state._connected(tmp_path / "state" / "witness.db") as database:
        assert database.execute("PRAGMA synchronous").fetchone() == (3,)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)


# --- over HTTP ----------------------------------------------------------------------------------


@contextmanager
def listening(witness: Witness) -> Iterator[WitnessServer]:
    server = WitnessServer(witness, ("127.0.0.1", 0))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server(witness: Witness) -> Iterator[WitnessServer]:
    with listening(witness) as server:
        yield server


def asked(
    server: WitnessServer, body: bytes, path: str = "/add-checkpoint", **headers: str
) -> tuple[int, str | None, bytes]:
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)) as connection:
        connection.request("POST", path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()


def test_requests_over_http_one_connection_for_many(server: WitnessServer) -> None:
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)) as connection:
        for old, new in ((0, 3), (3, 9), (9, 9)):
            connection.request("POST", "/add-checkpoint", HONEST.request(old, new))
            answer = connection.getresponse()
            assert answer.status == 200
            assert answer.read().decode().startswith(f"— {NAME} ")
    assert asked(server, HONEST.request(0, 9)) == (409, "text/x.tlog.size", b"9\n")


def test_what_a_witness_does_not_serve(
    server: WitnessServer, capfd: pytest.CaptureFixture[str]
) -> None:
    assert asked(server, HONEST.request(0, 9), "/")[0] == 404
    assert asked(server, HONEST.request(0, 9), "/add-checkpoint/")[0] == 404
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)) as connection:
        connection.request("GET", "/add-checkpoint")
        assert connection.getresponse().status == 404
    assert "404" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("-1", 411),
        ("x", 411),
        ("\u0661", 411),
        ("", 411),
        (str(REQUEST_BYTES_MAX + 1), 413),
        ("9" * 5_000, 413),
    ],
)
def test_sizes_are_capped_before_anything_is_read(
    server: WitnessServer, length: str, status: int
) -> None:
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)) as connection:
        connection.putrequest("POST", "/add-checkpoint")
        connection.putheader("Content-Length", length.encode())
        connection.endheaders()
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Connection")) == (status, "close")


def test_a_state_that_fails_is_no_refusal(server: WitnessServer, tmp_path: Path) -> None:
    (tmp_path / "state" / "witness.db").unlink()
    assert asked(server, HONEST.request(0, 9))[0] == 503


def test_many_at_one_time_get_one_history(server: WitnessServer) -> None:
    forks = [HONEST, *(HONEST.fork(0, f"fork {number}") for number in range(7))]
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda one=one: answers.append(asked(server, one.request(0, 9))[0]))
        for one in forks
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == [200, *[409] * 7]


@pytest.mark.parametrize(
    "text", ["", "8080", ":80", "127.0.0.1:", "h:65536", "h:-1", "h:x", "h:\u0661"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(Malformed, match="LISTEN-FORM"):
        parse_address(text)


def test_an_address_that_is_taken(server: WitnessServer, witness: Witness) -> None:
    host, port = server.server_address[:2]
    with pytest.raises(Unavailable, match="LISTEN"):
        WitnessServer(witness, (str(host), int(port)))
    assert parse_address(f"{host!s}:{port}") == (host, port)


# --- the command line ---------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.begun(tmp_path / "ledger")


def init(folder: Path, name: str) -> str:
    """Make a witness and return its verifier key."""
    at = ("--key", str(folder / f"{name}.key"), "--state", str(folder / name))
    result = CliRunner().invoke(
        main, ["witness", "init", "--name", f"witness.example/{name}", *at, "--no-passphrase"]
    )
    assert result.exit_code == 0, result.output
    return result.output.splitlines()[-1]


@contextmanager
def witness_of(office: Office, name: str) -> Iterator[tuple[str, str]]:
    """Run a witness of an office's ledger; yield its URL and verifier key."""
    folder = office.folder.parent
    vkey = init(folder, name)
    cosigner = parse_cosigner(vkey)
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        key = ledger.authority.checkpoint_key(ledger.size)
    signer = read_key(folder / f"{name}.key", None)
    assert signer.public_key == cosigner.public_key
    with listening(Witness(WitnessState(folder / name), signer, [(ORIGIN, key)])) as server:
        yield server.url, vkey


def policy(folder: Path, *lines: str) -> str:
    path = folder / "policy"
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


def anchors(office: Office) -> list[bytes]:
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        return [one.note for one in ledger.source().anchors()]


def test_a_ledger_is_cosigned_verified_and_cosigned_again(office: Office, tmp_path: Path) -> None:
    with witness_of(office, "w1") as (url, vkey):
        asks = policy(tmp_path, f"witness w1 {vkey} {url}", "quorum w1")
        assert "WITNESS-QUORUM" in office.run("verify", "--policy", asks, exit_code=3)
        told = office.run("witness", "request", "--policy", asks)
        assert told.splitlines()[0] == "witness.example/w1 cosigned 1 entries"
        report = office.json("verify", "--policy", asks)
        assert (report["verdict"], report["cosigned"]) == ("PASS", 1)
        office.record("party", "headquarters", "operator", "MY")
        printed = office.run("verify", "--policy", asks)
        assert "  cosigned     up to entry 0, by the quorum of the policy" in printed
        assert "whether witnesses saw entry 1 and later ones" in printed
        office.run("witness", "request", "--policy", asks)
        assert office.json("verify", "--policy", asks)["cosigned"] == 2
        assert len(anchors(office)) == 2
        again = office.run("witness", "request", "--policy", asks)
        assert again.startswith("the quorum of the policy has cosigned 2 entries")
        office.run("witness", "request", url, "--policy", asks)
        assert len(anchors(office)) == 2


def test_two_witnesses_are_kept_in_one_note_and_one_that_fails_is_told(
    office: Office, tmp_path: Path
) -> None:
    with witness_of(office, "w1") as (one, key), witness_of(office, "w2") as (two, other):
        lines = [f"witness w1 {key} {one}", f"witness w2 {other} {two}"]
        both = policy(tmp_path, *lines, "group both all w1 w2", "quorum both")
        office.run("witness", "request", "--policy", both)
        [note] = anchors(office)
        assert len(parse_note(note).signatures) == 3
        office.record("party", "headquarters", "operator", "MY")
        nowhere = "http://127.0.0.1:1/"
        stderr = office.fail(
            *("HOST-UNREACHABLE", "witness", "request", one, nowhere, "--policy", both),
            exit_code=3,
        )
        assert nowhere in stderr
        assert len(anchors(office)) == 2
        office.fail("WITNESS-QUORUM", "witness", "request", one, "--policy", both, exit_code=3)
        office.run("witness", "request", two, "--policy", both)
        assert office.json("verify", "--policy", both)["cosigned"] == 2
        any_of = policy(tmp_path, *lines, "group any any w1 w2", "quorum any")
        result = office.invoke(
            *("-C", str(office.folder), "witness", "request", one, nowhere, "--policy", any_of)
        )
        assert "left out: HOST-UNREACHABLE" in result.stderr


def test_a_ledger_that_was_put_back_is_found_out(office: Office, tmp_path: Path) -> None:
    office.record("party", "headquarters", "operator", "MY")
    early = office.copy(tmp_path / "early")
    with witness_of(office, "w1") as (url, vkey):
        asks = policy(tmp_path, f"witness w1 {vkey} {url}", "quorum w1")
        office.record("party", "headquarters", "operator", "ID")
        office.run("witness", "request", "--policy", asks)
        early.fail("WITNESS-AHEAD", "witness", "request", "--policy", asks, exit_code=3)
        early.record("party", "headquarters", "operator", "SG")
        early.fail("WITNESS-DIFFERS", "witness", "request", "--policy", asks, exit_code=3)
        early.record("party", "headquarters", "operator", "TW")
        early.fail("WITNESS-DIFFERS", "witness", "request", "--policy", asks, exit_code=3)


def test_a_witness_that_does_not_know_the_key_or_the_name(office: Office, tmp_path: Path) -> None:
    vkey = init(tmp_path, "w1")
    asks = policy(tmp_path, f"witness w1 {vkey}", "quorum w1")
    state = WitnessState.create(tmp_path / "other", WITNESS)
    for log in ((ORIGIN, KEY.public_key), ("x.invalid", LOG_KEY.public_key)):
        with listening(Witness(state, KEY, [log])) as server:
            ask = ("witness", "request", server.url, "--policy", asks)
            office.fail("WITNESS-REFUSES", *ask)
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        own = ledger.authority.checkpoint_key(1)
    with listening(Witness(state, KEY, [(ORIGIN, own)])) as server:
        told = office.fail("WITNESS-UNKNOWN", "witness", "request", server.url, "--policy", asks)
        assert NAME in told


def test_nobody_to_ask(office: Office, tmp_path: Path) -> None:
    asks = policy(tmp_path, f"witness w1 {WITNESS.verifier_key}", "quorum w1")
    office.fail("USAGE", "witness", "request", "--policy", asks)
    for url in ("ftp://a.example", "a.example", "http://", "http://u:p@a.example/", "http://a:x/"):
        office.fail("URL-FORM", "witness", "request", url, "--policy", asks)
    broken = policy(tmp_path, "witness w1 x", "quorum w1")
    told = office.fail("POLICY-KEY", "witness", "request", "http://a.example", "--policy", broken)
    assert f"{broken}, line 1" in told


class Liar(BaseHTTPRequestHandler):
    """Answers what it is told to."""

    status = 200
    body = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


def line(text: str, signer: MemorySigner = KEY) -> bytes:
    return format_line(cosign(text, NAME, signer, 1)).encode()


OTHER_TEXT = Checkpoint(ORIGIN, 9, bytes(32)).text()


@pytest.mark.parametrize(
    ("code", "status", "body", "exit_code"),
    [
        ("WITNESS-ANSWER", 200, b"", 3),
        ("WITNESS-ANSWER", 200, b"<html>", 3),
        ("WITNESS-ANSWER", 200, line(OTHER_TEXT)[:-1], 3),
        ("COSIGNATURE-WRONG", 200, line(OTHER_TEXT), 2),
        ("WITNESS-UNKNOWN", 200, line(OTHER_TEXT, LOG_KEY), 2),
        ("ANSWER-TOO-LARGE", 200, b"x" * 100_000, 3),
        ("WITNESS-ANSWER", 500, b"\xff\x1b[2J", 3),
        ("WITNESS-ANSWER", 400, b"", 3),
        ("WITNESS-ANSWER", 301, b"", 3),
        ("WITNESS-REFUSES", 403, b"no", 2),
        ("WITNESS-REFUSES", 404, b"", 2),
        ("WITNESS-DIFFERS", 422, b"", 3),
        ("WITNESS-ANSWER", 409, b"many\n", 3),
        ("WITNESS-DIFFERS", 409, b"0\n", 3),
        ("WITNESS-DIFFERS", 409, b"1\n", 3),
        ("WITNESS-AHEAD", 409, b"7\n", 3),
    ],
)
def test_whatever_a_witness_answers_ends_in_a_code(
    office: Office, code: str, status: int, body: bytes, exit_code: int
) -> None:
    tmp_path = office.folder.parent
    asks = policy(tmp_path, f"witness w1 {WITNESS.verifier_key}", "quorum w1")
    liar = type("Told", (Liar,), {"status": status, "body": body})
    with serving(liar) as url:
        told = office.fail(code, "witness", "request", url, "--policy", asks, exit_code=exit_code)
    assert "\x1b" not in told
    assert anchors(office) == []


def test_a_witness_that_never_settles_is_left(office: Office, tmp_path: Path) -> None:
    office.record("party", "headquarters", "operator", "MY")
    office.record("party", "headquarters", "operator", "ID")
    asks = policy(tmp_path, f"witness w1 {WITNESS.verifier_key}", "quorum w1")

    class Restless(Liar):
        status = 409
        sizes = iter([b"1\n", b"2\n", b"1\n", b"2\n"])

        def do_POST(self) -> None:
            self.body = next(self.sizes)
            super().do_POST()

    with serving(Restless) as url:
        told = office.fail(
            "WITNESS-ANSWER", "witness", "request", url, "--policy", asks, exit_code=3
        )
    assert "another size 4 times" in told


def test_the_ledgers_key_is_printed_for_witnesses(office: Office) -> None:
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        key = ledger.authority.checkpoint_key(1)
    assert office.run("ledger", "verifier-key") == f"{verifier_key(ORIGIN, key)}\n"


def test_a_witness_is_made_once(tmp_path: Path) -> None:
    vkey = init(tmp_path, "w1")
    assert parse_cosigner(vkey).name == "witness.example/w1"
    assert (tmp_path / "w1.key").stat().st_mode & 0o777 == 0o600
    password = tmp_path / "password"
    password.write_text("correct horse battery staple\n")
    at = ("--key", str(tmp_path / "w2.key"), "--password-file", str(password))
    for folder, code in (("w1", "WITNESS-STATE-EXISTS"), ("w2", None)):
        result = CliRunner().invoke(
            main, ["witness", "init", "--name", "w.example", "--state", str(tmp_path / folder), *at]
        )
        assert (result.exit_code == 0) is (code is None), result.output
    assert b"ENCRYPTED" in (tmp_path / "w2.key").read_bytes()
    typed = "a long passphrase\n" * 2
    at = ("--key", str(tmp_path / "w3.key"), "--state", str(tmp_path / "w3"))
    result = CliRunner().invoke(main, ["witness", "init", "--name", "w.example", *at], input=typed)
    assert result.exit_code == 0, result.output


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the real program; yield it with the first line that it prints."""
    command = [sys.executable, "-c", "from commands.main import main; main()", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.terminate()
            process.stdout.read()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_real_program_serves_until_it_is_told_to_end(
    office: Office, tmp_path: Path, ending: signal.Signals
) -> None:
    vkey = init(tmp_path, "w1")
    log = office.run("ledger", "verifier-key").strip()
    at = ("--key", str(tmp_path / "w1.key"), "--state", str(tmp_path / "w1"))
    logs = ("--log", log, "--log", policy(tmp_path, f"log {log}", "quorum none"))
    with started("witness", "serve", *at, *logs, "--listen", "127.0.0.1:0") as (process, told):
        found = re.fullmatch(r"witness witness.example/w1 answers at (http://127\S+)\n", told)
        assert found, told
        asks = policy(tmp_path, f"witness w1 {vkey}", "quorum w1")
        office.run("witness", "request", found[1], "--policy", asks)
        process.send_signal(ending)
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("code", "log"),
    [("VERIFIER-KEY", "a+b"), ("DOCUMENT-UNREADABLE", "nowhere"), ("LISTEN-FORM", None)],
)
def test_a_witness_does_not_start_with_what_it_cannot_use(
    tmp_path: Path, code: str, log: str | None
) -> None:
    init(tmp_path, "w1")
    at = ("--key", str(tmp_path / "w1.key"), "--state", str(tmp_path / "w1"))
    known = log or verifier_key(LOG, LOG_KEY.public_key)
    listen = "127.0.0.1:0" if log else "somewhere"
    result = CliRunner().invoke(main, ["witness", "serve", *at, "--log", known, "--listen", listen])
    assert f"  code: {code}\n" in result.output


def test_a_policy_without_logs_names_no_log(tmp_path: Path) -> None:
    init(tmp_path, "w1")
    at = ("--key", str(tmp_path / "w1.key"), "--state", str(tmp_path / "w1"))
    known = policy(tmp_path, "quorum none")
    result = CliRunner().invoke(main, ["witness", "serve", *at, "--log", known])
    assert "  code: WITNESS-LOGS\n" in result.output


def test_an_older_state_that_is_put_back_is_the_danger_that_is_left(tmp_path: Path) -> None:
    """A witness whose state is put back signs another history: documented, and not preventable."""
    witness = made(tmp_path)
    path = tmp_path / "state" / "witness.db"
    before = path.read_bytes()
    assert status(witness.add_checkpoint(HONEST.request(0, 9))) == 200
    path.write_bytes(before)
    assert status(witness.add_checkpoint(HONEST.fork(3, "fork").request(0, 9))) == 200
