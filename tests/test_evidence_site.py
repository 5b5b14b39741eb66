"""A published log on a web server: the same report, and a server that misbehaves never a PASS."""

import datetime as dt
import gzip
import ipaddress
import pickle
import ssl
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.evidence import site as sites
from ledger.evidence.published import PublishedSource
from ledger.evidence.publishing import publish
from ledger.evidence.site import Site, Visit
from ledger.verify.audit import audit
from ledger.verify.report import Report
from tests.harness import codes
from tests.told import told

QUICK = Visit(timeout=5, pause=0.001)


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing; counts what is asked."""

    protocol_version = "HTTP/1.1"
    asked: list[str] = []  # noqa: RUF012  one server at a time

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        del code, size
        self.asked.append(self.path)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
        del format, args


def serve(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    publish(told().ledger.source(), folder / "logs" / "one")
    return folder


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    Quiet.asked = []
    for server in serve(partial(Quiet, directory=str(folder))):
        yield f"http://127.0.0.1:{server.server_address[1]}/logs/one"


def judged(url: str, visit: Visit = QUICK, workers: int = 1) -> Report:
    site = Site(url, visit)
    try:
        return audit(PublishedSource(site), told().trust(), workers=workers, chunk=5)
    finally:
        site.close()


def test_an_audit_of_the_site_says_what_an_audit_of_the_store_says(url: str) -> None:
    theirs, ours = told().audit(), judged(url)
    assert (ours.verdict, ours.scope, ours.root) == ("PASS", "full", theirs.root)
    assert ours.source == f"published log {url}"
    assert judged(f"{url}/").verdict == "PASS"


def test_workers_visit_the_site_themselves(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.verify.parallel.PARALLEL_FROM", 1)
    assert judged(url, workers=2) == judged(url)


def test_with_a_cache_nothing_is_fetched_twice(url: str, tmp_path: Path) -> None:
    visit = Visit(cache=tmp_path, pause=0.001)
    assert judged(url, visit).verdict == "PASS"
    Quiet.asked.clear()
    assert judged(url, visit).verdict == "PASS"
    fetched = [one.removeprefix("/logs/one/") for one in Quiet.asked]
    annex = told().ledger.event(14).statement.annex
    assert fetched == ["checkpoint", "chipledger/18.jsonl", f"document/{annex}"]


def test_a_visit_that_was_cut_short_goes_on_where_it_was(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = Visit(cache=tmp_path, pause=0.001)
    fetch, fetched = Site._fetch, []

    def once(self: Site, name: str, size_max: int) -> bytes | None:
        fetched.append(name)
        if len(fetched) == 4:
            raise Unavailable("SITE-UNREACHABLE", "the line is cut")
        return fetch(self, name, size_max)

    monkeypatch.setattr(Site, "_fetch", once)
    assert codes(judged(url, visit)) == {"SOURCE-UNREADABLE"}
    assert judged(url, visit).verdict == "PASS"
    assert len({*fetched}) == len(fetched) - 2  # the checkpoint, and the one that was cut off


def test_each_site_has_its_own_part_of_the_cache(url: str, tmp_path: Path) -> None:
    visit = Visit(cache=tmp_path, pause=0.001)
    judged(url, visit)
    judged(f"{url}/", visit)
    assert len(list(tmp_path.iterdir())) == 1
    judged(url.replace("127.0.0.1", "localhost"), visit)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_cache_that_cannot_be_written_is_told(url: str, tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"")
    visit = Visit(cache=tmp_path / "cache", pause=0.001)
    site = Site(url, visit)
    with pytest.raises(Unavailable, match="CACHE-UNWRITABLE"):
        site.get("tile/0/000.p/18", 18 * 32)
    site.close()


# --- what a server may do wrong -----------------------------------------------------------------

Answer = Callable[[BaseHTTPRequestHandler], None]


def answered(answer: Answer) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
            del format, args

    for server in serve(Handler):
        site = Site(f"http://localhost:{server.server_address[1]}", QUICK)
        yield site
        site.close()


def told_by(answer: Answer) -> tuple[bytes | None, str | None]:
    """Return what a site gives that answers so, or the code of the error."""
    [found] = [asked(site, 1_000) for site in answered(answer)]
    return found


def asked(site: Site, size_max: int) -> tuple[bytes | None, str | None]:
    try:
        return site.get("checkpoint", size_max), None
    except LedgerError as error:
        return None, error.code


def sends(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        given = {"Content-Length": str(len(body))} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        for name, value in given.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def says_hello(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"hello\n")


LARGE = gzip.compress(bytes(50_000_000))
ANSWERS: dict[str, tuple[Answer, bytes | None, str | None]] = {
    "a file": (sends(b"note"), b"note", None),
    "an empty file": (sends(b""), b"", None),
    "exactly as much as it can have": (sends(b"x" * 1_000), b"x" * 1_000, None),
    "more than it can have": (sends(b"x" * 1_001), None, "PUBLISHED-MALFORMED"),
    "a gigabyte": (sends(b"x" * 9_000, Content_Length=str(2**30)), None, "PUBLISHED-MALFORMED"),
    "gzip": (sends(gzip.compress(b"note"), Content_Encoding="gzip"), b"note", None),
    "a bomb": (sends(LARGE, Content_Encoding="gzip"), None, "PUBLISHED-MALFORMED"),
    "gzip cut off": (
        sends(gzip.compress(b"note")[:-4], Content_Encoding="gzip"),
        None,
        "SITE-UNREACHABLE",
    ),
    "no gzip": (sends(b"note", Content_Encoding="gzip"), None, "SITE-UNREACHABLE"),
    "another encoding": (sends(b"note", Content_Encoding="br"), None, "SITE-ENCODING"),
    "less than it says": (
        sends(b"note", Content_Length="9", Connection="close"),
        None,
        "SITE-UNREACHABLE",
    ),
    "nothing there": (sends(b"gone", 404), None, None),
    "forbidden": (sends(b"", 403), None, None),
    "elsewhere": (sends(b"", 302, Location="http://localhost/"), None, "SITE-REDIRECTS"),
    "an unknown answer": (sends(b"", 418), None, "SITE-REFUSES"),
    "trouble": (sends(b"", 503), None, "SITE-UNREACHABLE"),
    "no HTTP": (says_hello, None, "SITE-UNREACHABLE"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_whatever_a_server_answers_ends_in_a_file_or_an_error(name: str) -> None:
    answer, data, code = ANSWERS[name]
    assert told_by(answer) == (data, code)


def test_a_server_that_is_in_trouble_once_is_asked_again() -> None:
    answers = iter([sends(b"", 503), sends(b"note", Connection="close"), sends(b"note")])

    def answer(handler: BaseHTTPRequestHandler) -> None:
        next(answers)(handler)

    assert told_by(answer) == (b"note", None)


def test_a_connection_that_the_server_closed_is_opened_again() -> None:
    for site in answered(sends(b"note", Connection="close")):
        assert [site.get("checkpoint", 9) for _ in range(3)] == [b"note"] * 3


def test_a_server_that_sends_too_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for site in answered(sends(b"note")):
        slow = Visit(file_seconds_max=-1, pause=0.001)
        monkeypatch.setattr(site, "_visit", slow)
        assert asked(site, 9) == (None, "SITE-UNREACHABLE")


def test_a_site_that_is_not_there_leaves_the_verdict_open() -> None:
    [port] = [server.server_address[1] for server in serve(Quiet)]
    report = judged(f"http://localhost:{port}/log")
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"SOURCE-UNREADABLE"})


# --- URLs and TLS -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "log",
        "ftp://a.example/log",
        "http://a.example/log",
        "http://127.0.0.1.a.example/log",
        "http://10.0.0.1/log",
        "https:///log",
        "https://user@a.example/log",
        "https://a.example/log?x",
        "https://a.example/log#x",
        "https://a.example/l og",
        "https://a.example/l\nog",
        "https://ä.example/log",
        "https://a.example:0/log",
        "https://a.example:x/log",
        "https://[::1/log",
        "https://a.example/" + "x" * 2_000,
    ],
)
def test_what_is_no_place_of_a_log_is_refused(url: str) -> None:
    with pytest.raises(Malformed, match="SITE-URL"):
        Site(url)


@pytest.mark.parametrize("url", ["https://a.example", "http://[::1]:80/log", "http://127.9.9.9/"])
def test_a_site_is_over_tls_or_on_this_machine(url: str) -> None:
    site = pickle.loads(pickle.dumps(Site(url)))  # noqa: S301  our own bytes
    assert site.name == url
    site.close()


@pytest.fixture
def certified(tmp_path: Path) -> tuple[Path, Path]:
    """Return files of a self-signed certificate of 127.0.0.1 and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    today = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(pem))
    private = serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
    return paths


def test_over_tls_the_certificate_must_be_trusted(
    folder: Path, certified: tuple[Path, Path]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certified)
    for server in serve(partial(Quiet, directory=str(folder))):
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = f"https://127.0.0.1:{server.server_address[1]}/logs/one"
        trusting = Visit(authorities=certified[0], timeout=5, pause=0.001)
        assert judged(url, trusting).verdict == "PASS"
        report = judged(url)
        assert (report.verdict, codes(report)) == ("UNDECIDED", {"SOURCE-UNREADABLE"})
        [mark] = report.marks
        assert "SITE-CERTIFICATE" in mark.found


def test_the_numbers_are_those_that_are_documented() -> None:
    assert (sites.TIMEOUT_SECONDS, sites.FILE_SECONDS_MAX, sites.TRIES) == (30, 900, 4)
