"""Which store opens or makes a ledger."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import Malformed, Unavailable
from ledger.place import Place, Roles
from ledger.store.recorder import LedgerRecorder
from ledger.store.sqlite import SQLiteRecorder

if TYPE_CHECKING:
    from ledger.store.postgres import PostgresRecorder


def name_of(place: Place) -> str:
    """Return what a report calls a ledger: its file's or its database's name.

    Raises:
        Malformed: URL, URL-PASSWORD.
    """
    if isinstance(place, Path):
        return place.name
    _postgres()
    from ledger.store import postgres_url  # noqa: PLC0415  psycopg is there

    return postgres_url.shown(place)


def open_place(place: Place, *, readonly: bool) -> LedgerRecorder:
    """Open an existing ledger.

    Raises:
        Unavailable, Malformed, Tampered: as the store's `open`; STORE-EXTRA.
    """
    if isinstance(place, Path):
        return SQLiteRecorder.open(place, readonly=readonly)
    return _postgres().open(place, readonly=readonly)


def create_place(
    place: Place | None, roles: Roles | None = None
) -> tuple[LedgerRecorder, Callable[[], None]]:
    """Make a new ledger; return it, and what takes it away, once closed, where its opening fails.

    Args:
        place: None makes one in memory.
        roles: who may write and read a database; a file has none.

    Raises:
        Conflict, Unavailable, Malformed: as the store's `create`; STORE-EXTRA; ROLES-IN-FILE.
    """
    if isinstance(place, str):
        store = _postgres()
        return store.create(place, roles), lambda: store.discard(place)
    if roles not in {None, Roles()}:
        raise Malformed(
            "ROLES-IN-FILE",
            "a ledger in a file has no roles",
            hint="who may read and write a file, its permissions say",
        )

    def discard() -> None:
        if place is not None:
            with suppress(OSError):  # on a disk that failed before: what is told is why
                place.unlink()

    return SQLiteRecorder.create(place or ":memory:"), discard


def _postgres() -> "type[PostgresRecorder]":
    try:
        from ledger.store.postgres import PostgresRecorder  # noqa: PLC0415  an extra
    except ImportError as error:
        raise Unavailable(
            "STORE-EXTRA",
            "this installation does not speak with PostgreSQL",
            hint="install it: pip install 'chipledger[postgres]'",
        ) from error
    return PostgresRecorder
