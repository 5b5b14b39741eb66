"""Connections of clients who are slow, silent or too many: each costs little, and not for long."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_BYTES_MAX: Final = 32 * 1024
"""How large the head of a request may be."""

CONNECTIONS_MAX: Final = 500
"""Connections at a time; one more ends the one that has been without a request for longest."""

HEAD_SECONDS: Final = 10.0
"""How long the head of a request may take to arrive, and what is left of an unread body."""

READING_SECONDS: Final = 30.0
"""How long a client may take to read what it is sent."""


def _answer(status: bytes, code: bytes, message: bytes) -> bytes:
    """Return an answer that is made before there is a request to answer, and ends a connection."""
    told = b'{"error":{"code":"%s","message":"%s"}}' % (code, message)
    head = b"Connection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    return b"HTTP/1.1 %s\r\n" % status + head % len(told) + b"\r\n" + told


_BUSY: Final = _answer(
    b"503 Service Unavailable", b"SERVICE-FULL", b"too many connections are being served"
)
_MALFORMED: Final = _answer(b"400 Bad Request", b"HTTP-FORM", b"this is no request of HTTP/1.1")


class Limited(asyncio.Protocol):
    """What uvicorn's connections do not limit: they wait for ever for a head."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    connections: "set[Limited]"
    cycle: Any
    timeout_keep_alive_task: asyncio.TimerHandle | None
    _idle: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, if need be in the place of one that asks nothing."""
        super().connection_made(transport)
        self._idle = self.loop.call_later(HEAD_SECONDS, transport.abort)
        if len(self.connections) <= CONNECTIONS_MAX:
            return
        others = self.connections - {self}
        waiting = [(one.waits_until, one) for one in others if one.waits_until is not None]
        if waiting:
            _, longest = min(waiting, key=lambda pair: pair[0])
            longest.transport.abort()
            return
        transport.write(_BUSY)
        transport.close()

    @property
    def waits_until(self) -> float | None:
        """When it will be closed unless it asks something; None while it is being served."""
        timers = [one for one in (self._idle, self.timeout_keep_alive_task) if one is not None]
        return min((one.when() for one in timers), default=None)

    def data_received(self, data: bytes) -> None:
        """Take what arrives; a request must be asked in full within the time."""
        super().data_received(data)
        if self.is_served:
            self._end_idle()
        elif self._idle is None:  # what comes in drops does not begin it anew
            self._idle = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    @property
    def is_served(self) -> bool:
        """Whether something was asked that is not answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  uvicorn's, in plain text
        """Answer what is no HTTP, and hang up."""
        self.transport.write(_MALFORMED)
        self.transport.close()

    def pause_writing(self) -> None:
        """Give who does not read a while, and no longer."""
        super().pause_writing()
        self._unread = self.loop.call_later(READING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: it was read."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def timeout_keep_alive_handler(self) -> None:
        """End a connection on which nothing more was asked, read or not."""
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._end_idle()
        super().connection_lost(exc)
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()

    def _end_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None


class Connection(Limited, H11Protocol):  # type: ignore[misc]  # mypy cannot tell that they agree
    """A connection whose requests are read by h11, which is there wherever uvicorn is."""
