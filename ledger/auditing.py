"""What an audit needs of a store: the store opened as a source, and what was last shown of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.evidence.comparison import compare_published
from ledger.evidence.folder import Folder
from ledger.place import Place
from ledger.reader import LedgerReader
from ledger.source import LiveSource
from ledger.store import places
from ledger.store.highwater import HighWater
from ledger.store.places import open_place
from ledger.store.source import StoreSource


@contextmanager
def open_for_audit(place: Place) -> Iterator[LiveSource]:
    """Open a store as something to audit; nothing in it is trusted or changed.

    Raises:
        Unavailable: STORE-MISSING, STORE-UNREADABLE, STORE-NEWER, STORE-BUSY, STORE-READONLY,
            STORE-WAL-PENDING, STORE-EXTRA.
        Malformed: STORE-NOT-A-LEDGER, URL, URL-PASSWORD.
        Tampered: STORE-SCHEMA, STORE-CORRUPT.
    """
    with open_place(place, readonly=True) as recorder:
        yield StoreSource(recorder, place)


def name_of(place: Place) -> str:
    """Return what a report calls a ledger: its file's name, or host and database of a URL.

    Raises:
        Malformed: URL, URL-PASSWORD.
        Unavailable: STORE-EXTRA.
    """
    return places.name_of(place)


def last_shown(high_water: Path) -> tuple[int, bytes] | None:
    """Return size and root of the newest tree that was shown, None where none was noted.

    Raises:
        Malformed: HIGH-WATER-LINE.
        Unavailable: HIGH-WATER-UNREADABLE.
    """
    return HighWater(high_water).last()


def check_continues(ledger: LedgerReader, high_water: Path) -> tuple[int, bytes] | None:
    """Return `last_shown`, after a look whether this ledger continues it.

    Raises:
        Tampered: STORE-BEHIND, STORE-DIFFERENT.
        Malformed, Unavailable: as `last_shown`.
    """
    return HighWater(high_water).compare(lambda: ledger.size, ledger.root_at)


def check_published(ledger: LedgerReader, folder: Path) -> int | None:
    """Return how many entries are published in a folder, after a look whether this continues them.

    Raises:
        As `ledger.evidence.comparison.compare_published`.
    """
    shown = compare_published(Folder(folder), ledger.origin, ledger.size, ledger.root_at)
    return None if shown is None else shown.size
