"""Before Datasette: which requests come in at all, and what every answer says to the browser."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_BYTES_MAX: Final = 16 * 1024
POSTS: Final = frozenset({"/sign-in", "/sign-out", "/verification"})
"""The only addresses to which anything is sent."""
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
TABLES_POLICY: Final = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""For Datasette's own pages, whose styles stand in them; no script runs there either."""
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # `no-referrer` would make a form of ours come from nowhere
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cache-control", b"private, no-store"),
)


class Gate:
    """The outermost layer of the server."""

    def __init__(self, app: App, hosts: Collection[str]) -> None:
        """Let through what is addressed to one of these hosts."""
        self._app = app
        self._hosts = frozenset(one.lower() for one in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope.get("headers") or ()
        }
        refusal = self._refusal(scope, headers)
        answer = _Answer(send, POLICY)
        if refusal is not None:
            await answer.refuse(*refusal)
            return
        if scope["path"].startswith("/tables"):
            answer.policy = TABLES_POLICY
        if headers.get("content-length", "0") == "0" and scope["method"] != "POST":
            await self._app(scope, receive, answer.send)
        else:
            await self._app(scope, _limited(receive), answer.send)

    def _refusal(self, scope: Scope, headers: Mapping[str, str]) -> tuple[int, str] | None:
        """Return status and reason where a request is not let in."""
        if not self._is_ours(headers.get("host", "")):
            # A page of somebody else's name, which leads to this machine, would read along.
            return 421, "this server is not called so: start it with --host-name to allow the name"
        if scope["method"] not in {"GET", "HEAD"}:
            if scope["method"] != "POST" or scope["path"] not in POSTS:
                return 405, "nothing can be changed here"
            if not _same_origin(headers):
                return 403, "the form was sent by another site"
            length = headers.get("content-length", "")
            if not length.isascii() or not length.isdigit() or int(length) > BODY_BYTES_MAX:
                return 413, "the form is too long, or does not say how long it is"
        return None

    def _is_ours(self, host: str) -> bool:
        name = host.lower()
        if not name.endswith("]"):
            before, colon, port = name.rpartition(":")
            if colon and port.isascii() and port.isdigit():
                name = before
        return name in self._hosts


def _same_origin(headers: Mapping[str, str]) -> bool:
    """Say whether a form comes from a page of this server, as far as the browser tells."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _limited(receive: Receive) -> Receive:
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_BYTES_MAX:
            raise ValueError("the body is longer than it said")
        return message

    return limited


class _Answer:
    """Adds to an answer what every answer says."""

    def __init__(self, send: Send, policy: str) -> None:
        self._send = send
        self.policy = policy

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            ours = {name for name, _ in _HEADERS} | {b"content-security-policy"}
            kept = [
                (bytes(name), bytes(value))
                for name, value in message.get("headers", ())
                if bytes(name).lower() not in ours
            ]
            policy = (b"content-security-policy", self.policy.encode())
            message = message | {"headers": [*kept, *_HEADERS, policy]}
        await self._send(message)

    async def refuse(self, status: int, reason: str) -> None:
        body = f"{reason}\n".encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
        ]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})
