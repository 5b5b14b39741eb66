"""A ledger copied from one store into another, byte for byte, whatever the stores are."""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TypeVar

import msgspec

from ledger.errors import Tampered
from ledger.log.tiles import Tile
from ledger.store.reader import Anchor, StoredEntry
from ledger.store.recorder import LedgerRecorder
from ledger.store.source import StoreSource
from ledger.store.sqlite import SQLiteRecorder
from ledger.store.transaction import Batch, Transaction

T = TypeVar("T")
Progress = Callable[[int, int], None]

_PAGE = 1_000
_TAG_PAGE = 20_000


def copy_into(
    source: StoreSource, target: LedgerRecorder, progress: Progress | None = None
) -> None:
    """Copy a ledger, as it is at the first look, into an empty one: all of it or nothing.

    What does not belong to the tree, such as an entry at a stray position, is not copied.

    Args:
        source: what to copy; it may grow meanwhile.
        target: a new store.
        progress: is told how many entries of how many are copied.

    Raises:
        Tampered: COPY-SHORT where an entry is missing.
        Unavailable, Malformed, Tampered: what either store refuses.
    """
    target.transact(lambda transaction: _copy(source, transaction, progress or _silent))


def copy_into_file(recorder: LedgerRecorder, path: Path) -> None:
    """Copy a ledger into a new SQLite file; leave none when that fails.

    Raises:
        Conflict: STORE-EXISTS.
        Unavailable, Malformed, Tampered: as `copy_into`.
    """
    with SQLiteRecorder.create(path) as target:
        try:
            copy_into(StoreSource(recorder, None), target)
        except BaseException:
            target.close()
            path.unlink()
            raise


def content_sha256(source: StoreSource) -> bytes:
    """Return the SHA-256 over every row of a ledger, in the order of the keys; 32 bytes."""
    digest = sha256()
    for part in _rows(source):
        digest.update(msgspec.msgpack.encode(part))
    return digest.digest()


def _rows(source: StoreSource) -> Iterator[object]:
    yield source.tree_row(), source.checkpoint()
    yield from source.rows(0, source.size())
    yield from source.tags()
    yield from source.tiles()
    for name in source.document_names():
        yield name, source.document(name)
    for anchor in source.anchors():
        yield anchor.size, anchor.note, anchor.token


def _copy(source: StoreSource, transaction: Transaction, progress: Progress) -> None:
    head = source.head()

    def write(
        entries: list[StoredEntry],
        tags: Iterable[tuple[str, int]] = (),
        tiles: Iterable[tuple[int, int, bytes]] = (),
    ) -> None:
        made = [Tile(*tile) for tile in tiles]
        transaction.take_over(Batch(head, entries, [*tags], made, {}))

    write([])
    done = 0
    for page in _pages(source.rows(0, head.size), _PAGE):
        if page[-1].index >= done + len(page):
            raise _short(done)
        write(page)
        done += len(page)
        progress(done, head.size)
    if done != head.size:
        raise _short(done)
    for rows in _pages(source.tags(), _TAG_PAGE):
        write([], tags=[(tag, index) for index, tag in rows])
    for some in _pages(source.tiles(), _PAGE):
        write([], tiles=some)
    for name in source.document_names():
        data = source.document(name)
        if data is not None:  # given up since the first look
            transaction.put_document(name, data)
    for anchor in source.anchors():
        transaction.add_anchor(Anchor(anchor.size, anchor.note, anchor.token or b""))


def _short(done: int) -> Tampered:
    return Tampered(
        "COPY-SHORT",
        f"an entry is missing after the first {done}",
        hint="altered or damaged: run `chipledger verify`, then restore the newest backup",
    )


def _pages(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(rows)
    while page := list(islice(left, size)):
        yield page


def _silent(_done: int, _total: int) -> None:
    """Tell nobody."""
