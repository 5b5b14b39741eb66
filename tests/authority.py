"""A time-stamp authority of one's own: `openssl ts` behind a certificate made for the tests."""

import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ledger.trust.timestamps import parse_roots, token_in

NAME = "CN=Test time stamps,O=Example"
_CONFIGURATION = """
[ tsa ]
default_tsa = one
[ one ]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = root.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:2, millisecs:500, microsecs:100
clock_precision_digits = 3
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
_FOR_TIME_STAMPS = """
extendedKeyUsage = critical, timeStamping
keyUsage = critical, digitalSignature
basicConstraints = critical, CA:FALSE
"""
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Authority:
    """A root, a certificate for time stamps under it, and a desk that makes them."""

    def __init__(self, folder: Path, *, usage: str = _FOR_TIME_STAMPS) -> None:
        self.folder = folder
        self.write("tsa.cnf", _CONFIGURATION)
        self.write("serial", "01\n")
        self.write("usage", usage)
        self.openssl(
            *("req", "-x509", *_NEW_KEY, "-keyout", "root.key", "-out", "root.pem"),
            *("-subj", "/CN=Test root", "-days", "36500"),
        )
        subject = ("-subj", "/O=Example/CN=Test time stamps")
        self.openssl("req", *_NEW_KEY, "-keyout", "tsa.key", "-out", "tsa.csr", *subject)
        self.openssl(
            *("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key"),
            *("-CAcreateserial", "-out", "tsa.pem", "-days", "36500", "-extfile", "usage"),
        )

    def openssl(self, *arguments: str) -> None:
        """Run openssl in the authority's folder."""
        done = subprocess.run(
            ["openssl", *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file into the authority's folder."""
        data = content.encode() if isinstance(content, str) else content
        (self.folder / name).write_bytes(data)

    @property
    def root_pem(self) -> Path:
        """The root as people get it."""
        return self.folder / "root.pem"

    @property
    def roots(self) -> tuple[bytes, ...]:
        """The root as a trust holds it."""
        return parse_roots(self.root_pem.read_bytes())

    def reply(self, query: bytes, *more: str) -> bytes:
        """Return the response to a request."""
        self.write("query", query)
        settings = ("-config", "tsa.cnf", "-queryfile", "query", "-out", "response")
        self.openssl("ts", "-reply", *settings, *more)
        return (self.folder / "response").read_bytes()

    def token(self, text: str, *options: str) -> bytes:
        """Return a token over a text; `-sha512` and the like are options of the request."""
        self.write("text", text)
        given = options or ("-sha256", "-cert")
        self.openssl("ts", "-query", "-data", "text", *given, "-out", "query")
        token = token_in(self.reply((self.folder / "query").read_bytes()))
        assert token is not None
        return token

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Answer requests over HTTP (RFC 3161 section 3.4), and yield the address."""
        authority = self

        class Desk(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                answer = authority.reply(query)
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        with serving(Desk) as address:
            yield address


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve with a handler on this machine, and yield the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@cache
def _folder(name: str) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix=name)


@cache
def _authority(name: str) -> Authority:
    return Authority(Path(_folder(name).name))


def authority(name: str = "tsa") -> Authority:
    """Return the authority of this name; each has a root of its own."""
    return _authority(name)
