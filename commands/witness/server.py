"""The witness over HTTP: one path, small bodies, a thread for each connection."""

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from commands.witness.witness import Answer, Witness
from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.log.add_checkpoint import PATH, REQUEST_BYTES_MAX

IDLE_SECONDS = 10
"""A connection that says nothing for so long is closed."""

_PORT_MAX = 65_535


class WitnessServer(ThreadingHTTPServer):
    """Answers for one witness until it is shut down."""

    daemon_threads = True  # whoever keeps a connection open does not keep the program from ending

    def __init__(self, witness: Witness, address: tuple[str, int]) -> None:
        """Listen.

        Raises:
            Unavailable: LISTEN.
        """
        self.witness = witness
        try:
            super().__init__(address, _Handler)
        except OSError as error:
            raise Unavailable(
                "LISTEN",
                f"nobody can listen there: {error.strerror}",
                where="{}:{}".format(*address),
                hint="choose an address of this machine and a free port",
            ) from error

    @property
    def url(self) -> str:
        """The submission prefix."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    server: WitnessServer

    def do_POST(self) -> None:
        """Answer a request."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self._answer(Answer(HTTPStatus.LENGTH_REQUIRED, "say how long it is\n"), close=True)
        elif len(length) > len(str(REQUEST_BYTES_MAX)) or int(length) > REQUEST_BYTES_MAX:
            refusal = Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "that is too long\n")
            self._answer(refusal, close=True)
        else:
            body = self.rfile.read(int(length))
            self._answer(self._respond(body))

    def do_GET(self) -> None:
        """Say that there is nothing to read."""
        self._answer(Answer(HTTPStatus.NOT_FOUND, f"POST to {PATH}\n"))

    def _respond(self, body: bytes) -> Answer:
        if self.path != f"/{PATH}":
            return Answer(HTTPStatus.NOT_FOUND, f"POST to {PATH}\n")
        try:
            return self.server.witness.add_checkpoint(body)
        except LedgerError as error:
            self.log_error("%s", error)
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, "the witness cannot work now\n")

    def _answer(self, answer: Answer, *, close: bool = False) -> None:
        data = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(data)))
        if close:  # the body was not read, so nothing that follows can be told from it
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)


def parse_address(text: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`.

    Raises:
        Malformed: LISTEN-FORM.
    """
    host, colon, port = text.rpartition(":")
    digits = port.isascii() and port.isdigit() and len(port) <= len(str(_PORT_MAX))
    if not colon or not host or not digits or int(port) > _PORT_MAX:
        raise Malformed(
            "LISTEN-FORM",
            f"{text[:80]!r} is no address to listen at",
            where="--listen",
            hint="write 127.0.0.1:8080; port 0 takes a free one",
        )
    return host, int(port)
