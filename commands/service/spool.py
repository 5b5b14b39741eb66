"""Documents that were uploaded and wait for the events that name them."""

import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256

from ledger.errors import Malformed, Unavailable

SPOOL_BYTES_MAX = 1024 * 1024 * 1024
KEPT_SECONDS = 3600.0
KEPT_SECONDS_MIN = 60.0
"""How long a document is safe from being thrown away for the room that others need."""

_NAME = re.compile(r"[0-9a-f]{64}\Z")
_TABLE = "CREATE TABLE part (upload INTEGER, n INTEGER, bytes BLOB, PRIMARY KEY (upload, n))"


class Spool:
    """Documents by their SHA-256, on the disk, and gone with the service however it ends.

    They are in a temporary database of SQLite's: its file has no name, so a service that is killed
    leaves nothing behind. Of an upload no more is in memory than the part that just arrived.
    """

    def __init__(
        self, *, bytes_max: int = SPOOL_BYTES_MAX, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bytes_max = bytes_max
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._size = 0
        self._uploads = 0
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", "synchronous=OFF"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute(_TABLE)

    def close(self) -> None:
        """Throw all of it away."""
        with self._lock:
            self._held.clear()
            self._database.close()

    @property
    def size(self) -> int:
        """Bytes that it holds, those of uploads under way too."""
        return self._size

    def put(self, name: str, data: bytes) -> bool:
        """Keep a document that is at hand as a whole; say whether it is new.

        Raises:
            Malformed, Unavailable: as `upload` and `Upload`.
        """
        with self.upload(name) as upload:
            upload.write(data)
            return upload.finish()

    @contextmanager
    def upload(self, name: str) -> "Iterator[Upload]":
        """Take a document part by part; what is not finished is thrown away.

        Raises:
            Malformed: DOCUMENT-NAME.
        """
        if not _NAME.match(name):
            raise Malformed("DOCUMENT-NAME", "a document is named by its SHA-256 in 64 hex digits")
        with self._lock:
            self._uploads += 1
            upload = Upload(self, name, self._uploads)
        try:
            yield upload
        finally:
            if not upload.is_kept:
                with self._lock:
                    self._delete(upload.number, upload.size)

    def get(self, name: str) -> bytes | None:
        """Return a document, or None where it was not uploaded, or too long ago."""
        with self._lock:
            self._forget(KEPT_SECONDS)
            held = self._held.get(name)
            return None if held is None else self._read(held.upload)

    def size_of(self, name: str) -> int:
        """Return how large a document is, 0 for one that is not here."""
        held = self._held.get(name)
        return 0 if held is None else held.size

    def drop(self, name: str) -> None:
        """Throw a document away: the ledger has it."""
        with self._lock:
            self._throw_away(name)

    def write(self, upload: "Upload", part: bytes) -> None:
        """Keep a part of an upload.

        Raises:
            Unavailable: SERVICE-FULL.
        """
        with self._lock:
            age = KEPT_SECONDS
            if self._size + len(part) > self._bytes_max:
                age = KEPT_SECONDS_MIN
            self._forget(age)
            if self._size + len(part) > self._bytes_max:
                raise _full()
            try:
                row = (upload.number, upload.parts, part)
                self._database.execute("INSERT INTO part VALUES (?, ?, ?)", row)
            except sqlite3.OperationalError as error:  # the disk is full
                raise _full() from error
            self._size += len(part)

    def keep(self, upload: "Upload") -> bool:
        """Keep a whole document for an hour; say whether it is new."""
        with self._lock:
            if upload.name in self._held:
                return False
            self._held[upload.name] = _Held(upload.number, upload.size, self._clock())
            return True

    def _forget(self, age: float) -> None:
        oldest = self._clock() - age
        for name in [name for name, held in self._held.items() if held.since < oldest]:
            self._throw_away(name)

    def _throw_away(self, name: str) -> None:
        held = self._held.pop(name, None)
        if held is not None:
            self._delete(held.upload, held.size)

    def _delete(self, upload: int, size: int) -> None:
        self._database.execute("DELETE FROM part WHERE upload = ?", (upload,))
        self._size -= size

    def _read(self, upload: int) -> bytes:
        rows = self._database.execute(
            "SELECT bytes FROM part WHERE upload = ? ORDER BY n", (upload,)
        )
        return b"".join(row[0] for row in rows)


class Upload:
    """A document on its way.

    Attributes:
        number: of the upload.
        name: its SHA-256, as the address says.
        size: bytes that have arrived.
        parts: how many have arrived.
        is_kept: whether it is whole, and waits for its event.
    """

    def __init__(self, spool: Spool, name: str, number: int) -> None:
        self._spool = spool
        self._hash = sha256()
        self.number = number
        self.name = name
        self.size = self.parts = 0
        self.is_kept = False

    def write(self, part: bytes) -> None:
        """Take a part.

        Raises:
            Unavailable: SERVICE-FULL.
        """
        self._hash.update(part)
        self._spool.write(self, part)
        self.size += len(part)
        self.parts += 1

    def finish(self) -> bool:
        """Keep it if it is what its name says; say whether it is new.

        Raises:
            Malformed: DOCUMENT-DIFFERS where its bytes hash to something else.
        """
        found = self._hash.hexdigest()
        if found != self.name:
            raise Malformed(
                "DOCUMENT-DIFFERS",
                f"the bytes hash to {found[:8]}…, and not to what the address names",
                hint="was it cut off on its way? Upload it again",
            )
        self.is_kept = self._spool.keep(self)
        return self.is_kept


class _Held:
    def __init__(self, upload: int, size: int, since: float) -> None:
        self.upload = upload
        self.size = size
        self.since = since


def _full() -> Unavailable:
    return Unavailable(
        "SERVICE-FULL",
        "too many documents wait for their events",
        hint="submit the events whose documents were uploaded, or wait a minute",
    )
