"""The high-water file: the newest tree that was shown, kept outside the store.

A restored backup or a stale standby looks like a sound ledger, only shorter; writing to it would
fork the log. So after each commit, and before any answer, the writer notes (size, root) in a file
beside the ledger's key, one line each:

    <size in decimal> SP <root in hex> LF

and opening for writing compares the store with the largest. Lines are not forced to the disk: the
entry is durable before its line is written, so lines lost with the power weaken this check by their
commits and never lose an event. Where the file had grown and its bytes had not come, zeros stand.
"""

import fcntl
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from ledger.errors import Malformed, Tampered, Unavailable

FILE_BYTES_MAX = 1024 * 1024
"""Beyond this the file is replaced by one with the newest line only."""

# A size of at most 2**53 - 1, a space, 64 hex digits and the line feed.
_LINE_BYTES_MAX = 16 + 1 + 64 + 1
_LINE = re.compile(rb"(?m:^)(0|[1-9][0-9]{0,15}) ([0-9a-f]{64})\n")
_LOST = re.compile(rb"[0-9a-f ]*\0[0-9a-f \0]*")
"""What a power cut leaves of lines in sectors of which some never reached the disk."""


class HighWater:
    """The high-water file of one ledger; made by the first append, readable by its owner only.

    Several processes may append: a lock on the file keeps the others waiting, and who finds it
    replaced opens the new one. Sizes only grow, also where who committed first comes second.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._descriptor: int | None = None
        self._mutex = threading.Lock()  # the file's lock keeps out other openings of it only

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
        """Return size and root of the largest tree noted, None when there is none.

        What a crash left after the last line feed is no line, nor is one with zeros in it.

        Raises:
            Malformed: HIGH-WATER-LINE when the last line is not what `append` writes.
            Unavailable: HIGH-WATER-UNREADABLE.
        """
        most = FILE_BYTES_MAX + 2 * _LINE_BYTES_MAX
        try:
            with self._path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - most))
                content = file.read(most)  # a device would never end
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable("HIGH-WATER-UNREADABLE", error) from error
        self._newest(content)
        return max(map(_noted, _LINE.finditer(content)), default=None)

    def newest(self) -> tuple[int, bytes] | None:
        """Return what `last` does as long as only `append` writes to the file, at little cost.

        Raises:
            Malformed, Unavailable: as `last`.
        """
        try:
            with self._path.open("rb", buffering=0) as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 2 * _LINE_BYTES_MAX))
                return self._newest(file.read(2 * _LINE_BYTES_MAX))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable("HIGH-WATER-UNREADABLE", error) from error

    def append(self, size: int, root: bytes) -> None:
        """Note a tree that is committed and about to be shown, unless a larger one is noted.

        Raises:
            Malformed: HIGH-WATER-LINE as in `last`; nothing is added to a file of something else.
            Unavailable: HIGH-WATER-UNWRITABLE; the entries are recorded all the same.
        """
        line = b"%d %s\n" % (size, root.hex().encode())
        try:
            with self._mutex, self._locked() as descriptor:
                newest = self._cut(descriptor)
                if newest is not None and newest[0] >= size:
                    return
                if os.fstat(descriptor).st_size > FILE_BYTES_MAX:
                    self._replace(line)
                else:
                    _write_whole(descriptor, line)
        except OSError as error:
            # The next append cuts off what was written of the line.
            raise self._unusable("HIGH-WATER-UNWRITABLE", error) from error

    def compare(
        self, size: Callable[[], int], root_at: Callable[[int], bytes], *, briefly: bool = False
    ) -> tuple[int, bytes] | None:
        """Return `last`, and refuse a store that does not continue it.

        Args:
            size: returns the number of entries in the store. It is asked after the file is read:
                between the two another writer may commit and note more, never less.
            root_at: given a size up to that, returns the root of the store's tree then.
            briefly: look at `newest` instead.

        Raises:
            Tampered: STORE-BEHIND when entries that were shown are missing; STORE-DIFFERENT when
                the store has another history.
            Malformed, Unavailable: as `last`.
        """
        shown = self.newest() if briefly else self.last()
        if shown is None:
            return None
        if (present := size()) < shown[0]:
            raise Tampered(
                "STORE-BEHIND",
                f"the ledger has {present} entries, but {shown[0]} were shown",
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
        return shown

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Hold the file of this name against every other writer; yield its descriptor."""
        while True:
            if self._descriptor is None:
                flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
                self._descriptor = os.open(self._path, flags, 0o600)
            descriptor = self._descriptor
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink > 0:
                break
            self.close()  # while this one waited, the file was replaced
        try:
            yield descriptor
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _cut(self, descriptor: int) -> tuple[int, bytes] | None:
        """Return the last complete line, and take away what a crash left after it."""
        size = os.fstat(descriptor).st_size
        first = max(0, size - 2 * _LINE_BYTES_MAX)
        tail = os.pread(descriptor, 2 * _LINE_BYTES_MAX, first)
        if tail.count(b"\n") <= 1:  # the last line may begin before: a new file, or zeros
            first, tail = 0, os.pread(descriptor, size, 0)
        newest = self._newest(tail)
        complete = first + tail.rfind(b"\n") + 1
        if complete < size:
            os.ftruncate(descriptor, complete)
        return newest

    def _newest(self, content: bytes) -> tuple[int, bytes] | None:
        """Return what the last complete line says, None where there is none or it was lost.

        Raises:
            Malformed: HIGH-WATER-LINE.
        """
        complete, feed, torn = content.rpartition(b"\n")
        last = complete[complete.rfind(b"\n") + 1 :]
        matched = _LINE.fullmatch(last + feed)
        sound = not feed or matched is not None or _LOST.fullmatch(last)
        if not sound or (len(torn) >= _LINE_BYTES_MAX and not _LOST.fullmatch(torn)):
            raise Malformed(
                "HIGH-WATER-LINE",
                "the last line of the high-water file is not a size and a root",
                where=str(self._path),
                hint="verify the ledger against its published checkpoints, then delete this file",
            )
        return None if matched is None else _noted(matched)

    def _replace(self, line: bytes) -> None:
        """Put a file with this line only in the place of the full one, at no moment without any.

        The lock is on the full file: who waits for it finds it gone from the folder.
        """
        new = self._path.with_name(f"{self._path.name}.new")
        new.unlink(missing_ok=True)  # of a crash
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(new, flags, 0o600), "wb") as file:
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


def _noted(line: re.Match[bytes]) -> tuple[int, bytes]:
    return int(line[1]), bytes.fromhex(line[2].decode())
