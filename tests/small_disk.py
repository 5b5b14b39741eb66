"""A file system of some megabytes, mounted for a test, that can be filled to the last byte."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

BLOCKS = {"ext4": "4096", "ext4 of small blocks": "1024"}
KINDS = ("tmpfs", *BLOCKS)


class SmallDisk:
    """A disk that is nearly full when it shall be.

    Attributes:
        folder: where it is mounted.
        kind: of it.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        self.kind = kind
        self._filler = folder / "filler"

    def fill(self, left: int) -> None:
        """Take all room but so many bytes."""
        room = os.statvfs(self.folder)
        with contextlib.suppress(OSError), self._filler.open("wb", buffering=0) as file:
            os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize * 9 // 10)
            file.seek(0, os.SEEK_END)
            while True:
                file.write(bytes(4_096))
        with self._filler.open("ab", buffering=0) as file:
            os.fsync(file.fileno())
        os.truncate(self._filler, max(0, self._filler.stat().st_size - left))

    def free(self) -> None:
        """Give the room back."""
        self._filler.unlink()


@contextlib.contextmanager
def small_disk(kind: str, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a disk, one of `KINDS`, ext4 in a file; skip where this process may not."""
    with tempfile.TemporaryDirectory(prefix="chipledger-disk-") as top:
        Path(top).chmod(0o755)  # a server is another user's where this one is root
        folder, image = Path(top) / "disk", Path(top) / "image"
        folder.mkdir()
        how = ["-t", "tmpfs", "-o", f"size={megabytes}M", "tmpfs"]
        if kind != "tmpfs":
            subprocess.run(["truncate", "-s", f"{megabytes}M", str(image)], check=True)
            # No blocks are kept for the system's own user: tests may be run by it.
            _or_skip(["mkfs.ext4", "-q", "-m", "0", "-b", BLOCKS[kind], str(image)])
            how = ["-o", "loop", str(image)]
        _or_skip(["mount", *how, str(folder)])
        try:
            folder.chmod(0o755)
            yield SmallDisk(folder, kind)
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _or_skip(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        pytest.skip(f"no small disk here: {error}")
    if done.returncode:
        pytest.skip(f"no small disk here: {done.stderr.strip()}")
