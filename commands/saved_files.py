"""Folders and names for what is taken out of a ledger: whoever recorded it chose its title."""

import re
from pathlib import Path

from commands.attachments import MEDIA_TYPES
from ledger.errors import Conflict, Unavailable

TITLE_LENGTH_MAX = 60
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_SUFFIXES = {media: suffix for suffix, media in sorted(MEDIA_TYPES.items(), reverse=True)}


def make_folder(folder: Path) -> None:
    """Make a folder for the owner alone, or take one that is empty.

    Raises:
        Conflict: FOLDER-NOT-EMPTY.
        Unavailable: FILE-UNWRITABLE.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        held = any(folder.iterdir())
    except OSError as error:
        raise Unavailable(
            "FILE-UNWRITABLE",
            f"the folder cannot be made: {error.strerror}",
            where=str(folder),
            hint="name another one, whose parent is there",
        ) from error
    if held:
        raise Conflict(
            "FOLDER-NOT-EMPTY",
            "there is something in the folder",
            where=str(folder),
            hint="name a new one: nothing is overwritten",
        )


def file_name(entry: int, kind: str, title: str, media_type: str, sha256: str) -> str:
    """Return a name that no file system mistakes: entry, kind, letters of the title, digest.

    It begins with digits, so that it is neither hidden nor a device, and ends with the suffix of
    the media type, whatever the title says.
    """
    suffix = _SUFFIXES.get(media_type, ".bin")
    stem = title.removesuffix(suffix)
    words = _UNSAFE.sub("-", stem)[:TITLE_LENGTH_MAX].strip("-")
    parts = [f"{entry:07}", kind, *([words] if words else []), sha256[:12]]
    return "-".join(parts) + suffix
