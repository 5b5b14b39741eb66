"""Files that commands write: for their owner's eyes only, never through a link, never by halves.

What is written may carry a sealed annex, and its name may be chosen by whoever shares the folder.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from ledger.signing.keyfile import sync_folder

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def create(path: Path, data: bytes) -> None:
    """Write a new file; as `create_stream`."""
    create_stream(path, lambda file: file.write(data))


def create_stream(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a new file of mode 0600, on the disk with its name when this returns, or leave none.

    Args:
        path: where.
        write: writes all of it.

    Raises:
        OSError: FileExistsError for whatever has this name already, be it a link to nowhere.
        Whatever `write` raises.
    """
    number = os.open(path, _NEW, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def replace(path: Path, data: bytes) -> None:
    """Put a file of mode 0600 in the place of another at one moment, on the disk afterwards.

    Raises:
        OSError: the old file is there, or after a failing disk the new one, and whole.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)  # of a crash
    create(beside, data)
    try:
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
