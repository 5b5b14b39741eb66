"""Connections whose requests are read by llhttp, in C: it takes half the processor of h11."""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from commands.service.connections import HEAD_BYTES_MAX, Limited

AHEAD_MAX: Final = 32
"""Requests that wait behind the one that is being answered, on one connection."""

_VERSIONS: Final = {"1.0", "1.1"}


class FastConnection(Limited, HttpToolsProtocol):  # type: ignore[misc]  # as with h11
    """uvicorn's connection over llhttp, which reads everything that came at once.

    So what h11 leaves unread is limited here: heads, and requests behind the one being answered.
    """

    _unread_bytes = 0
    _broken = False

    def data_received(self, data: bytes) -> None:
        """Read what arrives; a head that does not end is none."""
        if self._broken:
            return
        self._unread_bytes += len(data)
        super().data_received(data)
        if self._unread_bytes > HEAD_BYTES_MAX and not self._broken:
            self.send_400_response("")

    def on_headers_complete(self) -> None:
        """Begin a request; raising makes it a malformed one."""
        if self._unread_bytes > HEAD_BYTES_MAX:
            size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
            if size > HEAD_BYTES_MAX:
                raise ValueError("the head is too large")
        if self.parser.get_http_version() not in _VERSIONS:
            raise ValueError("another HTTP")
        if len(self.pipeline) >= AHEAD_MAX:
            raise ValueError("too many requests at once")
        self._unread_bytes = 0
        if not self.url.startswith(b"/"):  # neither another server nor all of this one is here
            self.url = b"/" + self.url
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._unread_bytes = 0
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP once all that was asked before it is answered, and hang up."""
        self._broken = True
        if not self.pipeline and (not self.is_served or self.cycle.more_body):
            super().send_400_response(msg)

    def on_response_complete(self) -> None:
        """Go on with what was asked next."""
        super().on_response_complete()
        if self._broken:
            self.send_400_response("")
