"""Files under one folder, named by paths with slashes: read with a cap, written to last.

A file is there whole or not at all: it is written beside its place, brought to the disk, and moved.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from ledger.errors import Unavailable
from ledger.evidence.layout import capped
from ledger.signing.keyfile import sync_folder

BESIDE = ".new-"
"""How the name of a file begins that is not yet in its place; a crash may leave one."""


class Folder:
    """A folder of files; what was put and removed is certain after `sync`."""

    def __init__(self, path: Path, *, beside: str = BESIDE) -> None:
        """Name a folder; it need not be there.

        Args:
            path: the folder.
            beside: how a file's name begins until it is whole; two that write to one folder at one
                time need different ones.
        """
        self.path = path
        self._beside = beside
        self._unsynced: set[Path] = set()

    @property
    def name(self) -> str:
        """The folder's name, without those that it is in."""
        return self.path.name

    def get(self, name: str, size_max: int) -> bytes | None:
        """Return a file's bytes, or None where there is none.

        Raises:
            Malformed: PUBLISHED-MALFORMED for more than `size_max` bytes; no more are read.
            Unavailable: PUBLISHED-UNREADABLE.
        """
        try:
            with open(self.path / name, "rb", opener=_opened) as file:
                data = file.read(size_max + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Unavailable(
                "PUBLISHED-UNREADABLE",
                f"a file of the published log cannot be read: {error.strerror}",
                where=name,
                hint="check its permissions, or copy the folder again",
            ) from error
        return capped(data, name, size_max)

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def has(self, name: str) -> bool:
        """Say whether there is a file of this name."""
        return (self.path / name).is_file()

    def names(self, name: str) -> list[str]:
        """Return the names of the files in a folder of this one, sorted."""
        return sorted(f"{name}/{one.name}" for one in (self.path / name).iterdir())

    def put(self, name: str, data: bytes) -> bool:
        """Put a file in its place; return False where these bytes stand there already.

        Raises:
            OSError: nothing is in its place, or what was there before.
        """
        place = self.path / name
        inside = place.relative_to(self.path).parents
        self._unsynced.update(self.path / folder for folder in inside)
        if _holds(place, data):
            return False
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f"{self._beside}{place.name}")
        try:
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(place)
        except OSError:
            with suppress(OSError):
                beside.unlink()
            raise
        return True

    def remove(self, name: str) -> bool:
        """Take a file away; return whether there was one.

        Raises:
            OSError: it is still there.
        """
        place = self.path / name
        try:
            place.unlink()
        except FileNotFoundError:
            return False
        self._unsynced.add(place.parent)
        return True

    def remove_tree(self, name: str) -> None:
        """Take a folder in this one away if it can be, with all that is in it."""
        shutil.rmtree(self.path / name, ignore_errors=True)

    def sync(self) -> None:
        """Wait until the names of all that was put or removed are on the disk.

        Raises:
            OSError: they may be lost with the power.
        """
        for folder in sorted(self._unsynced):
            sync_folder(folder)
        self._unsynced.clear()


def _opened(path: str, flags: int) -> int:
    """Open a file that a stranger may have put there: a pipe must not make one wait."""
    return os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK)


def _holds(place: Path, data: bytes) -> bool:
    """Say whether a file is there with these bytes."""
    try:
        if place.stat().st_size != len(data):
            return False
        return place.read_bytes() == data
    except FileNotFoundError:
        return False
