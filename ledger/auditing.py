"""What an audit needs of a store: the store opened as a source, and what was last shown of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.evidence.comparison import compare_published
from ledger.evidence.folder import Folder
from ledger.reader import LedgerReader
from ledger.source import LiveSource
from ledger.store.highwater import HighWater
from ledger.store.source import StoreSource
from ledger.store.sqlite import SQLiteRecorder


@contextmanager
def open_for_audit(path: Path) -> Iterator[LiveSource]:
    """Open a store's file as something to audit; nothing in it is trusted or changed.

    Raises:
        Unavailable: STORE-MISSING, STORE-UNREADABLE, STORE-NEWER, STORE-BUSY, STORE-READONLY,
            STORE-WAL-PENDING.
        Malformed: STORE-NOT-A-LEDGER.
        Tampered: STORE-SCHEMA, STORE-CORRUPT.
    """
    with SQLiteRecorder.open(path, readonly=True) as recorder:
        yield StoreSource(recorder, path)


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
