"""The high-water file: the newest tree that was shown, kept outside the store.

A restored backup or a stale standby looks like a sound ledger, only shorter; writing to it would
fork the log. So after each commit, and before any answer, the writer notes (size, root) in a file
beside the ledger's key, one line each:

    <size in decimal> SP <root in hex> LF

and opening for writing compares the store with the last line. Lines are not forced to the disk: the
entry is durable before its line is written, so a line lost with the power weakens this check by one
commit and never loses an event.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Self

from ledger.errors import Malformed, Tampered, Unavailable

FILE_BYTES_MAX = 1024 * 1024
"""Beyond this the file is replaced by one with the newest line only."""

# A size of at most 2**53 - 1, a space, 64 hex digits and the line feed.
_LINE_BYTES_MAX = 16 + 1 + 64 + 1
_LINE = re.compile(rb"(0|[1-9][0-9]{0,15}) ([0-9a-f]{64})\n")


class HighWater:
    """The high-water file of one ledger; made by the first append, readable by its owner only.

    Several processes may append: each line is one write, and who finds the file replaced opens the
    new one.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; another append opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def last(self) -> tuple[int, bytes] | None:
        """Return size and root of the last complete line, None when there is none.

        What a crash left after the last line feed is no line.

        Raises:
            Malformed: HIGH-WATER-LINE when the last line is not what `append` writes.
            Unavailable: HIGH-WATER-UNREADABLE.
        """
        try:
            with self._path.open("rb") as file:
                # The last complete line lies within the last two, one of them torn.
                file.seek(max(0, file.seek(0, os.SEEK_END) - 2 * _LINE_BYTES_MAX))
                tail = file.read(2 * _LINE_BYTES_MAX)  # a device would never end
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable("HIGH-WATER-UNREADABLE", error) from error
        complete, feed, torn = tail.rpartition(b"\n")
        if not feed and len(torn) < _LINE_BYTES_MAX:
            return None
        matched = _LINE.fullmatch(complete[complete.rfind(b"\n") + 1 :] + feed)
        if matched is None or len(torn) >= _LINE_BYTES_MAX:
            raise Malformed(
                "HIGH-WATER-LINE",
                "the last line of the high-water file is not a size and a root",
                where=str(self._path),
                hint="verify the ledger against its published checkpoints, then delete this file",
            )
        return int(matched[1]), bytes.fromhex(matched[2].decode())

    def append(self, size: int, root: bytes) -> None:
        """Note a tree that is committed and about to be shown.

        Raises:
            Malformed: HIGH-WATER-LINE as in `last`; nothing is added to a file of something else.
            Unavailable: HIGH-WATER-UNWRITABLE; the entries are recorded all the same.
        """
        line = b"%d %s\n" % (size, root.hex().encode())
        try:
            descriptor = self._opened()
            if os.fstat(descriptor).st_size > FILE_BYTES_MAX:
                self._replace(line)
            else:
                _write_whole(descriptor, line)
        except OSError as error:
            # Opening it again cuts off what was written of the line.
            self.close()
            raise self._unusable("HIGH-WATER-UNWRITABLE", error) from error

    def compare(self, size: int, root_at: Callable[[int], bytes]) -> None:
        """Refuse a store that does not continue what was shown.

        Args:
            size: entries in the store.
            root_at: given a size up to that, returns the root of the store's tree then.

        Raises:
            Tampered: STORE-BEHIND when entries that were shown are missing; STORE-DIFFERENT when
                the store has another history.
            Malformed, Unavailable: as `last`.
        """
        shown = self.last()
        if shown is None:
            return
        if size < shown[0]:
            raise Tampered(
                "STORE-BEHIND",
                f"the ledger has {size} entries, but {shown[0]} were shown",
                where=str(self._path),
                hint="this is an older copy: find the newest one, and do not write to this one",
            )
        if root_at(shown[0]) != shown[1]:
            raise Tampered(
                "STORE-DIFFERENT",
                f"the ledger's first {shown[0]} entries are not those that were shown",
                where=str(self._path),
                hint="verify it against a published checkpoint, and do not write to it before",
            )

    def _opened(self) -> int:
        """Return the descriptor for appending, to a file whose last line is complete."""
        if self._descriptor is not None and os.fstat(self._descriptor).st_nlink == 0:
            self.close()
        if self._descriptor is None:
            self.last()
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
            self._descriptor = os.open(self._path, flags, 0o600)
            size = os.fstat(self._descriptor).st_size
            first = max(0, size - _LINE_BYTES_MAX)
            tail = os.pread(self._descriptor, _LINE_BYTES_MAX, first)
            os.ftruncate(self._descriptor, first + tail.rfind(b"\n") + 1)
        return self._descriptor

    def _replace(self, line: bytes) -> None:
        """Put a file with this line only in the place of the full one, at no moment without any."""
        self.close()
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)

    def _unusable(self, code: str, error: OSError) -> Unavailable:
        return Unavailable(
            code,
            f"the high-water file cannot be used: {error}",
            where=str(self._path),
            hint="check the permissions and the disk of the folder that holds the ledger's key",
        )


def _write_whole(descriptor: int, line: bytes) -> None:
    if os.write(descriptor, line) != len(line):
        raise OSError("the line was written in part only")
