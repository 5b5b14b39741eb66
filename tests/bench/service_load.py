"""A client that does little but send: raw keep-alive connections, and requests made beforehand.

    python tests/bench/service_load.py PORT CLIENTS FILE

FILE holds one request after the other, each behind its length in eight bytes. Every client sends
one, waits for the whole answer, and sends the next that is left. Prints one line of JSON.
"""

import asyncio
import json
import resource
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


def requests(data: bytes) -> Iterator[bytes]:
    """Yield the requests of a file."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 8])
        yield data[at + 8 : at + 8 + size]
        at += 8 + size


def pack(many: list[bytes]) -> bytes:
    """Return the file of these requests."""
    return b"".join(len(one).to_bytes(8) + one for one in many)


class Client(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, left: Iterator[bytes], took: list[float], statuses: Counter[int]) -> None:
        self.done = asyncio.get_running_loop().create_future()
        self._left = left
        self._took = took
        self._statuses = statuses
        self._buffer = b""
        self._start = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        """Read an answer to its end, then send the next request."""
        self._buffer += data
        head, end, body = self._buffer.partition(_END)
        if not end:
            return
        size = int(head.lower().partition(_LENGTH)[2].partition(b"\r\n")[0])
        if len(body) < size:
            return
        self._took.append(perf_counter() - self._start)
        self._statuses[int(head[9:12])] += 1
        self._buffer = body[size:]
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """End, also where the service hung up."""
        if not self.done.done():
            self._statuses[0] += 1
            self.done.set_result(exc)

    def _next(self) -> None:
        assert self._transport is not None
        request = next(self._left, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._start = perf_counter()
        self._transport.write(request)


async def load(port: int, clients: int, left: Iterator[bytes]) -> dict[str, object]:
    """Send all, and return what it took."""
    loop, took, statuses = asyncio.get_running_loop(), list[float](), Counter[int]()
    start = perf_counter()
    made = [
        await loop.create_connection(lambda: Client(left, took, statuses), "127.0.0.1", port)
        for _ in range(clients)
    ]
    await asyncio.gather(*(client.done for _, client in made))
    seconds = perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    ordered = sorted(took)
    return {
        "count": len(took),
        "seconds": seconds,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "p50_ms": 1000 * ordered[len(ordered) // 2],
        "p99_ms": 1000 * ordered[len(ordered) * 99 // 100],
        "statuses": dict(statuses),
    }


def main() -> None:
    """Do what the command line says."""
    port, clients, path = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    print(json.dumps(asyncio.run(load(port, clients, requests(path.read_bytes())))))


if __name__ == "__main__":
    main()
