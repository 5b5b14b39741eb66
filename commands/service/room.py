"""How many bytes of what was sent the service holds in memory, all requests together."""

import threading
from types import TracebackType
from typing import Final, Self

from ledger.errors import Unavailable

FREE_BYTES: Final = 64 * 1024
"""What every request may hold besides: so that one event always finds room, whoever else sends."""


class Room:
    """Bytes that requests share beyond what each may hold anyway."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._lock = threading.Lock()
        self._held = 0

    @property
    def held(self) -> int:
        """Bytes that are taken."""
        return self._held

    def share(self, *, free: int = FREE_BYTES) -> "Share":
        """Return what one request will hold; nothing yet."""
        return Share(self, free)

    def take(self, count: int) -> None:
        """Take so many bytes; whoever comes while nothing is held is never too large.

        Raises:
            Unavailable: SERVICE-FULL.
        """
        with self._lock:
            if self._held and self._held + count > self._bytes_max:
                raise Unavailable(
                    "SERVICE-FULL",
                    "other large requests are being read",
                    hint="send it again in a second, or fewer events at once",
                )
            self._held += count

    def give(self, count: int) -> None:
        """Give bytes back."""
        with self._lock:
            self._held -= count


class Share:
    """What one request holds; given back when it is left."""

    def __init__(self, room: Room, free: int) -> None:
        self._room = room
        self._free = free
        self._taken = 0

    def take(self, count: int) -> None:
        """Hold so many bytes more.

        Raises:
            Unavailable: SERVICE-FULL.
        """
        spared = min(count, self._free)
        self._free -= spared
        if count > spared:
            self._room.take(count - spared)
            self._taken += count - spared

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._room.give(self._taken)
        self._taken = 0
