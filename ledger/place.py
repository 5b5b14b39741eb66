"""Where a ledger is: a file, a database, or memory; nothing is opened here."""

from dataclasses import dataclass
from pathlib import Path

from ledger.errors import Malformed

MEMORY = "sqlite://"
POSTGRES = "postgresql://"

Place = Path | str
"""A ledger's file, or the URL of its database."""


@dataclass(frozen=True, slots=True)
class Roles:
    """Roles of a database's server that get rights when a ledger is made; each must exist.

    Attributes:
        writer: who may record events; None: the owner alone.
        auditor: who may read; None: owner and writer alone.
    """

    writer: str | None = None
    auditor: str | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """What a database server says of itself, as far as it decides what a commit is worth.

    Attributes:
        version: its own, `15.18`.
        is_standby: whether it follows another, and takes nothing.
        fsync: whether it waits for its disk.
        synchronous_commit: for how much of itself and of its standbys a commit waits.
        standbys: those that it waits for, as `synchronous_standby_names` says; may be empty.
    """

    version: str
    is_standby: bool
    fsync: bool
    synchronous_commit: str
    standbys: str


def place_of(url: str) -> Place | None:
    """Return what a ledger's URL names, or None for a ledger in memory.

    Raises:
        Malformed: URL for a scheme that this version does not speak.
    """
    if url == MEMORY:
        return None
    scheme, mark, rest = url.partition("://")
    if not mark:
        return Path(url)
    if url.startswith(POSTGRES):
        return url
    if scheme != "sqlite" or not rest.startswith("/"):
        shown = repr(url[:80]) if "@" not in url else f"a URL that begins {scheme[:20]!r}"
        raise Malformed(
            "URL",
            f"{shown} is no ledger",
            hint="write sqlite:///PATH, a path, or postgresql://HOST/DATABASE",
        )
    return Path(rest[1:])
