"""HTTP by hand: bytes as no well-behaved client would send them."""

import json
import socket
from collections.abc import Iterable
from typing import Any, NamedTuple, Self


class Answer(NamedTuple):
    """What came back: status 0 where the connection was closed without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """Why it came to nothing, of the request or of its one event."""
        told: dict[str, Any] = json.loads(self.body)
        return str((told.get("error") or told["results"][0]["error"])["code"])


def head(method: str, path: str, *fields: str, version: str = "1.1") -> bytes:
    """Return the head of a request."""
    lines = [f"{method} {path} HTTP/{version}", "Host: ledger.invalid", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def posted(body: bytes, *fields: str, path: str = "/v1/events") -> bytes:
    """Return a POST."""
    return head("POST", path, f"Content-Length: {len(body)}", *fields) + body


class Wire:
    """One connection."""

    def __init__(self, port: int, seconds: float = 60) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self._file = self.socket.makefile("rb")

    def send(self, *parts: bytes) -> None:
        """Send bytes, as far as the other side takes them."""
        try:
            for part in parts:
                self.socket.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has said why, or closed

    def answer(self) -> Answer:
        """Read one answer."""
        try:
            line = self._file.readline()
            if not line:
                return Answer(0, {}, b"")
            headers = dict(self._fields())
            body = self._file.read(int(headers.get("content-length", "0")))
        except ConnectionResetError:
            return Answer(0, {}, b"")
        return Answer(int(line.split()[1]), headers, body)

    def _fields(self) -> Iterable[tuple[str, str]]:
        while line := self._file.readline().strip().decode("latin-1"):
            name, _, value = line.partition(":")
            yield name.lower(), value.strip()

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def ask(port: int, *parts: bytes) -> Answer:
    """Send this on a connection of its own and return the first answer."""
    with Wire(port) as wire:
        wire.send(*parts)
        return wire.answer()
