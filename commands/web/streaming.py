"""Bytes that a thread writes, sent as they come: a download is as long as it is, memory is not."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from typing import Any

CHUNK = 64 * 1024
_AHEAD = 8
"""Chunks that may wait for a slow reader."""
Send = Callable[[dict[str, Any]], Awaitable[None]]
Write = Callable[["Out"], object]


class GoneError(Exception):
    """The reader went away."""


class Out:
    """What the thread writes to: gathers bytes and hands them to the event loop, which may wait."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, queue: "asyncio.Queue[bytes | None]"
    ) -> None:
        self._loop = loop
        self._queue = queue
        self._gathered = bytearray()
        self.gone = False

    def write(self, data: bytes, /) -> None:
        """Take bytes; raises GoneError where nobody reads any more."""
        self._gathered += data
        if len(self._gathered) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Hand on what was gathered."""
        if self._gathered:
            self._put(bytes(self._gathered))
            self._gathered.clear()

    def end(self) -> None:
        """Say that nothing follows."""
        self._put(None)

    def _put(self, chunk: bytes | None) -> None:
        if self.gone:
            raise GoneError
        asyncio.run_coroutine_threadsafe(self._queue.put(chunk), self._loop).result()


class Download:
    """A response of Datasette whose body a thread writes."""

    def __init__(self, write: Write, executor: Executor, headers: Mapping[str, str]) -> None:
        """Send what `write` writes in a thread of the executor."""
        self._write = write
        self._executor = executor
        self.status = 200
        self.headers = dict(headers)

    async def asgi_send(self, send: Send) -> None:
        """Send it; what breaks off in the middle breaks the connection, and is no whole file."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_AHEAD)
        out = Out(loop, queue)
        work = loop.run_in_executor(self._executor, functools.partial(_run, self._write, out))
        raw = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        try:
            while (chunk := await _next(queue, work)) is not None:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await work
            await send({"type": "http.response.body", "body": b""})
        finally:
            out.gone = True
            while not queue.empty():  # lets a thread go on that waits for room
                queue.get_nowait()


async def _next(queue: "asyncio.Queue[bytes | None]", work: "asyncio.Future[None]") -> bytes | None:
    """Return the next chunk, None at the end; raises what the thread raised."""
    waiting: asyncio.Future[bytes | None] = asyncio.ensure_future(queue.get())
    both: set[asyncio.Future[Any]] = {waiting, work}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if waiting.done():
        return waiting.result()
    if not queue.empty():
        return await waiting
    waiting.cancel()
    work.result()
    return None


def _run(write: Write, out: Out) -> None:
    write(out)
    out.flush()
    out.end()
