"""The service's log: a line of JSON for each request, and nothing that anybody sent."""

import sys
import traceback
from datetime import UTC, datetime
from typing import TextIO

import msgspec


class RequestLog:
    """Writes lines to a stream. Paths are written as routes: no name, no document, no address."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def request(self, method: str, route: str, status: int, seconds: float, code: str) -> None:
        """Note a request that was answered."""
        told: dict[str, object] = {"method": method, "route": route, "status": status}
        told |= {"ms": round(1000 * seconds, 1)} | ({"code": code} if code else {})
        self.write("request", **told)

    def fault(self, error: BaseException) -> None:
        """Note a fault of the program: where it happened, and not with which values."""
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{one.filename.rpartition('/')[2]}:{one.lineno}" for one in frames[-5:]]
        self.write("fault", error=type(error).__name__, at=places)

    def write(self, event: str, **told: object) -> None:
        """Write a line."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = msgspec.json.encode({"time": now, "event": event, **told})
        print(line.decode(), file=self._stream, flush=True)
