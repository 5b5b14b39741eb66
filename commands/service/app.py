"""The service over HTTP (Starlette): routes, limits of a request, and errors as JSON."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from commands.service import metrics, openapi
from commands.service.answers import Failure, problem, status_of, status_of_all
from commands.service.group import BUSY_SECONDS
from commands.service.log_files import tile_file
from commands.service.request_log import RequestLog
from commands.service.service import Service
from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.events.base import DOCUMENT_BYTES_MAX
from ledger.evidence.single import prove_entry
from ledger.log.tlog_proof import format_tlog_proof

EVENTS: Final = "/v1/events"
BODY_BYTES_MAX: Final = 16 * 1024 * 1024
BODY_SECONDS: Final = 30.0
"""How long a body may take to arrive."""

_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"
_BYTES = "application/octet-stream"
_FOREVER = {"Cache-Control": "max-age=31536000, immutable"}
_NOT_KEPT = {"Cache-Control": "no-store"}

Handler = Callable[[Request], Awaitable[Response]]


def make_app(service: Service, log: RequestLog) -> Starlette:
    """Return the application; when it ends, what waits has been recorded and answered."""
    routes = _Routes(service)

    @asynccontextmanager
    async def lifespan(_: Starlette):  # type: ignore[no-untyped-def]  # noqa: ANN202  Starlette's
        yield
        await asyncio.to_thread(service.group.stop)
        service.spool.close()

    def route(path: str, handler: Handler, *methods: str) -> Route:
        return Route(path, _guarded(path, handler, service, log), methods=list(methods))

    events = route(EVENTS, routes.events, "POST")
    app = _App(
        routes=[
            events,
            route("/v1/documents/{sha256}", routes.document, "PUT"),
            route("/v1/entries/{index}/proof", routes.proof, "GET"),
            route("/checkpoint", routes.checkpoint, "GET"),
            route("/tile/{path:path}", routes.tile, "GET"),
            route("/health", routes.health, "GET"),
            route("/ready", routes.ready, "GET"),
            route("/metrics", routes.metrics, "GET"),
            route("/openapi.json", routes.openapi, "GET"),
        ],
        exception_handlers={HTTPException: _http_error},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.events = events.endpoint
    return app


class _App(Starlette):
    """Starlette, with a shorter way to what nearly all requests ask for.

    Attributes:
        events: takes submissions.
    """

    events: Handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and (scope["path"], scope["method"]) == (EVENTS, "POST"):
            response = await self.events(Request(scope, receive))
            await response(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class _Routes:
    def __init__(self, service: Service) -> None:
        self._service = service

    async def events(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        with self._service.bodies.share() as share:
            body = bytearray()
            async for part in _parts(request, BODY_BYTES_MAX):
                share.take(len(part))
                body += part
            answers, results = await self._service.submit(bytes(body), address)
            return _json(results, status_of_all(answers))

    async def document(self, request: Request) -> Response:
        with self._service.spool.upload(request.path_params["sha256"]) as upload:
            async for part in _parts(request, DOCUMENT_BYTES_MAX):
                await asyncio.to_thread(upload.write, part)
            new = upload.finish()
        return Response(status_code=HTTPStatus.CREATED if new else HTTPStatus.OK)

    async def proof(self, request: Request) -> Response:
        text = request.path_params["index"]
        if not (text.isascii() and text.isdigit() and len(text) <= 15):  # noqa: PLR2004
            raise Malformed("INDEX", "an entry is named by its number", hint="/v1/entries/0/proof")
        proof = await asyncio.to_thread(prove_entry, self._service.ledger, int(text))
        return Response(format_tlog_proof(proof), media_type=_TEXT, headers=_NOT_KEPT)

    async def checkpoint(self, _: Request) -> Response:
        note = await asyncio.to_thread(self._service.ledger.checkpoint)
        return Response(note, media_type=_TEXT, headers=_NOT_KEPT)

    async def tile(self, request: Request) -> Response:
        data = await asyncio.to_thread(
            tile_file, self._service.ledger.source(), request.path_params["path"]
        )
        return Response(data, media_type=_BYTES, headers=_FOREVER)

    async def health(self, _: Request) -> Response:
        return Response("alive\n", media_type=_TEXT, headers=_NOT_KEPT)

    async def ready(self, _: Request) -> Response:
        await asyncio.to_thread(lambda: self._service.ledger.size)
        if not self._service.group.is_open:
            raise Unavailable("SERVICE-FULL", "there is no room for one more submission")
        return Response("ready\n", media_type=_TEXT, headers=_NOT_KEPT)

    async def metrics(self, _: Request) -> Response:
        size = None
        with suppress(LedgerError):  # what is counted is asked for most when the store is away
            size = await asyncio.to_thread(lambda: self._service.ledger.size)
        text = self._service.metrics.text(waiting=self._service.group.waiting, size=size)
        return Response(text, media_type=metrics.CONTENT_TYPE, headers=_NOT_KEPT)

    async def openapi(self, _: Request) -> Response:
        return _json(openapi.document())


async def _parts(request: Request, size_max: int) -> AsyncIterator[bytes]:
    """Yield the body as it arrives, never more than it may be, and never waiting for ever.

    Raises:
        Malformed: BODY-ENCODED, BODY-TOO-LARGE.
        Unavailable: BODY-SLOW.
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Malformed(
            "BODY-ENCODED",
            "bodies are taken as they are, without compression",
            hint="send it plain",
        )
    told = request.headers.get("content-length", "0")
    size = int(told) if told.isdigit() else size_max + 1
    if size <= size_max:
        size, more = 0, True
        until = asyncio.get_running_loop().time() + BODY_SECONDS
        while more and size <= size_max:
            try:
                async with asyncio.timeout_at(until):
                    message = await request.receive()
            except TimeoutError as error:
                raise Unavailable(
                    "BODY-SLOW", f"the body took more than {BODY_SECONDS:.0f} seconds"
                ) from error
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            part, more = message.get("body", b""), message.get("more_body", False)
            size += len(part)
            if size <= size_max:
                yield part
        if size <= size_max:
            return
    raise Malformed(
        "BODY-TOO-LARGE",
        f"a body has at most {size_max:,} bytes here",
        hint="send fewer events at once, and documents by PUT /v1/documents/SHA256",
    )


def _guarded(path: str, handler: Handler, service: Service, log: RequestLog) -> Handler:
    """Return a handler whose errors are answers, and whose requests are counted and logged."""

    async def answer(request: Request) -> Response:
        start = time.monotonic()
        code = ""
        try:
            response = await handler(request)
        except ClientDisconnect:
            response, code = Response(status_code=HTTPStatus.BAD_REQUEST), "CLIENT-GONE"
        except LedgerError as error:
            response, code = failure(error), error.code
        except Exception as error:  # noqa: BLE001  a fault of ours, which must end nothing else
            log.fault(error)
            unknown = LedgerError("SERVICE-FAULT", "the service failed; its log says how")
            response, code = failure(unknown), unknown.code
        seconds = time.monotonic() - start
        service.metrics.request(path, response.status_code, seconds)
        log.request(request.method, path, response.status_code, seconds, code)
        return response

    return answer


def failure(error: LedgerError) -> Response:
    """Return the answer to a request that came to nothing."""
    status = status_of(error)
    response = _json(Failure(error=problem(error)), status)
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        response.headers["Retry-After"] = str(BUSY_SECONDS)
    if error.code == "BODY-SLOW":
        response.headers["Connection"] = "close"
    return response


async def _http_error(_: Request, error: Exception) -> Response:
    """Answer for an address that is none, or another method than it takes."""
    status = getattr(error, "status_code", HTTPStatus.NOT_FOUND)
    told = Unavailable("NOT-HERE", HTTPStatus(status).phrase.lower())
    response = _json(Failure(error=problem(told)), HTTPStatus(status))
    for name, value in (getattr(error, "headers", None) or {}).items():
        response.headers[name] = value
    return response


def _json(value: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    data = msgspec.json.encode(value)
    return Response(data, status_code=status, media_type=_JSON, headers=_NOT_KEPT)
