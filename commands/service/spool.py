"""Documents that were uploaded and wait for the events that name them."""

import os
import re
import tempfile
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from ledger.errors import Malformed, Unavailable

SPOOL_BYTES_MAX = 1024 * 1024 * 1024
KEPT_SECONDS = 3600.0
_NAME = re.compile(r"[0-9a-f]{64}\Z")


class Spool:
    """A folder of files named by their SHA-256, which is gone with the service."""

    def __init__(
        self, *, bytes_max: int = SPOOL_BYTES_MAX, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="chipledger-service-")
        self._bytes_max = bytes_max
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, tuple[int, float]] = {}

    def close(self) -> None:
        """Throw all of it away."""
        self._folder.cleanup()

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        return sum(size for size, _ in self._held.values())

    def put(self, name: str, data: bytes) -> bool:
        """Keep a document for an hour; say whether it is new.

        Raises:
            Malformed: DOCUMENT-NAME, DOCUMENT-DIFFERS where its bytes hash to something else.
            Unavailable: SERVICE-FULL.
        """
        check_name(name)
        found = sha256(data).hexdigest()
        if found != name:
            raise Malformed(
                "DOCUMENT-DIFFERS",
                f"the bytes hash to {found[:8]}…, and not to what the address names",
                hint="was it cut off on its way? Upload it again",
            )
        with self._lock:
            self._forget()
            if name in self._held:
                return False
            if self.size + len(data) > self._bytes_max:
                raise Unavailable(
                    "SERVICE-FULL",
                    "too many documents wait for their events",
                    hint="submit the events whose documents were uploaded, or wait an hour",
                )
            path = self._path(name)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            self._held[name] = (len(data), self._clock())
            return True

    def get(self, name: str) -> bytes | None:
        """Return a document, or None where it was not uploaded, or too long ago."""
        with self._lock:
            self._forget()
            return self._path(name).read_bytes() if name in self._held else None

    def drop(self, name: str) -> None:
        """Throw a document away: the ledger has it."""
        with self._lock:
            if self._held.pop(name, None) is not None:
                self._path(name).unlink()

    def _forget(self) -> None:
        oldest = self._clock() - KEPT_SECONDS
        for name in [name for name, (_, since) in self._held.items() if since < oldest]:
            del self._held[name]
            self._path(name).unlink()

    def _path(self, name: str) -> Path:
        return Path(self._folder.name) / name


def check_name(name: str) -> None:
    """Refuse what is no SHA-256 in hex.

    Raises:
        Malformed: DOCUMENT-NAME.
    """
    if not _NAME.match(name):
        raise Malformed("DOCUMENT-NAME", "a document is named by its SHA-256 in 64 hex digits")
