"""Publishing a log as static files (C2SP tlog-tiles), for any web server or object store.

`ledger.evidence.layout` says what stands where. The checkpoint is written last.
What was published is known from the folder's own checkpoint, so a publication that was cut short
is simply done again: nothing that its checkpoint covers is touched, everything else is written.
"""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from ledger.entry import disposed_document, read_event
from ledger.errors import Conflict, Tampered, Unavailable
from ledger.evidence.comparison import compare_published
from ledger.evidence.cosigned import with_cosignatures
from ledger.evidence.folder import BESIDE, Folder
from ledger.evidence.layout import (
    CHECKPOINT,
    LISTINGS,
    TOP,
    document_path,
    listing_path,
    missing,
    published_checkpoint,
)
from ledger.evidence.listing import (
    LISTING_BYTES_MAX,
    Listing,
    anchor_order,
    decode_listing,
    encode_listing,
)
from ledger.log.bundles import encode_bundle
from ledger.log.merkle import leaf_hash
from ledger.log.proofs import root_at
from ledger.log.tiles import (
    TILE_WIDTH,
    HashReader,
    entry_bundle_path,
    filled_tiles,
    partial_tiles,
    tile_path,
)
from ledger.signing.keyfile import sync_folder
from ledger.source import Anchor, Source

Progress = Callable[[int, int], None]
"""Called with entries published and entries in all."""


class TiledSource(Source, HashReader, Protocol):
    """A source that can give tiles too, as a live store can."""


@dataclass(slots=True)
class Published:
    """What one publication did.

    Attributes:
        before: tree size that the folder had.
        size: tree size that it has.
        written: how many files were written.
        documents: how many documents are among them.
        removed: documents that were taken away because they were disposed of.
    """

    before: int
    size: int
    written: int = 0
    documents: int = 0
    removed: list[str] = field(default_factory=list)


def publish(
    source: TiledSource,
    path: Path,
    *,
    documents: bool = True,
    progress: Progress | None = None,
) -> Published:
    """Write what a log has grown by into a folder, which is made where it is missing.

    Args:
        source: the log; it must not lose entries meanwhile.
        path: the folder.
        documents: whether documents go along that the new entries name. Where not, the listing
            names them as left out, and later audits list them as not checked.
        progress: called with entries published and entries in all.

    Raises:
        Conflict: PUBLISHED-OTHER, PUBLISHED-FOREIGN; PUBLISHED-BUSY while another process publishes
            there.
        Tampered: PUBLISHED-AHEAD, PUBLISHED-DIFFERENT; SOURCE-DIFFERS when the source's tiles are
            not those of its entries and checkpoint.
        Malformed: CHECKPOINT-MALFORMED, PUBLISHED-MALFORMED for a folder whose files are not what
            their names say; whatever the source raises.
        Unavailable: PUBLISHED-UNREADABLE, PUBLISHED-UNWRITABLE, PUBLISHED-MISSING; whatever the
            source raises.
    """
    try:
        with _locked(path):
            return _Publication(source, Folder(path), documents=documents).run(progress)
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise Unavailable(
            "PUBLISHED-UNWRITABLE",
            f"the folder cannot be written: {error.strerror or error}",
            where=str(path),
            hint="make room and publish again" if full else "check the folder and its permissions",
        ) from error


class _Publication:
    """One run; `run` is the order in which things are written."""

    def __init__(self, source: TiledSource, folder: Folder, *, documents: bool) -> None:
        self._source = source
        self._folder = folder
        self._with_documents = documents
        self._note = with_cosignatures(source.checkpoint(), source.anchors())
        self._newest = published_checkpoint(self._note)
        self._named: set[str] = set()
        self._disposed: set[str] = set()

    def run(self, progress: Progress | None) -> Published:
        size = self._newest.size
        before, left_out = self._published()
        done = Published(before, size)
        # Nothing is published under a root that it does not have.
        if root_at(self._source, size) != self._newest.root:
            raise _differs(f"the tiles of the first {size:,} entries do not give its root")
        # 1 tiles and entries: none of them is in what the folder's checkpoint covers
        if size > before:
            self._write_tiles(done)
            self._write_bundles(done, progress)
        # 2 documents; what is left out by choice is listed
        left_out = self._write_documents(done, left_out)
        # 3 the listing, of this size: until the checkpoint names that size, nobody looks at it
        listing = Listing(size, self._anchors(), left_out)
        self._put(done, listing_path(size), encode_listing(listing))
        self._folder.sync()
        # 4 the checkpoint: from here on the log has this size
        self._put(done, CHECKPOINT, self._note)
        self._folder.sync()
        # 5 what only a smaller tree needed; where a crash leaves it, it harms nobody
        self._sweep(done)
        return done

    def _published(self) -> tuple[int, frozenset[str]]:
        """Return the size that the folder has and what it leaves out; refuse another log's."""
        newest = self._newest
        root_of = partial(root_at, self._source)
        shown = compare_published(self._folder, newest.origin, newest.size, root_of)
        if shown is None:
            self._check_is_ours()
            return 0, frozenset()
        listing = self._folder.get(listing_path(shown.size), LISTING_BYTES_MAX)
        if listing is None:
            raise missing(listing_path(shown.size))
        return shown.size, decode_listing(listing, shown.size).left_out

    def _check_is_ours(self) -> None:
        for one in sorted(self._folder.path.iterdir()):
            if one.name not in TOP and not one.name.startswith(BESIDE):
                raise Conflict(
                    "PUBLISHED-FOREIGN",
                    f"the folder holds {one.name[:60]!r} and no published log",
                    where=str(self._folder.path),
                    hint="name an empty folder, or one that is not there",
                )

    def _put(self, done: Published, name: str, data: bytes) -> bool:
        written = self._folder.put(name, data)
        done.written += written
        return written

    def _write_tiles(self, done: Published) -> None:
        full = [(level, n, TILE_WIDTH) for level, n in filled_tiles(done.before, done.size)]
        for level, n, width in full + partial_tiles(done.size):
            hashes = self._source.hashes(level, n, width)
            self._put(done, tile_path(level, n, width), hashes)

    def _write_bundles(self, done: Published, progress: Progress | None) -> None:
        for start in range(done.before - done.before % TILE_WIDTH, done.size, TILE_WIDTH):
            n, width = start // TILE_WIDTH, min(TILE_WIDTH, done.size - start)
            entries = [row.data for row in self._source.rows(start, start + width)]
            leaves = b"".join(map(leaf_hash, entries))
            if leaves != self._source.hashes(0, n, width):
                raise _differs(f"the entries from {start:,} on are not those that were hashed")
            self._put(done, entry_bundle_path(n, width), encode_bundle(entries))
            for index in range(max(start, done.before), start + width):
                self._look_at(index, entries[index - start])
            if progress is not None:
                progress(start + width, done.size)

    def _look_at(self, index: int, data: bytes) -> None:
        """Note which documents an entry names or gives up; of a type not known here, none."""
        try:
            statement = read_event(index, data).statement
        except Unavailable:
            return
        self._named.update(one.sha256 for one in statement.documents)
        gone = disposed_document(statement)
        self._disposed.update(() if gone is None else (gone,))

    def _write_documents(self, done: Published, left_out: frozenset[str]) -> frozenset[str]:
        """Write documents, take away those given up; return what is left out by choice."""
        named = left_out | self._named
        for name in sorted(self._disposed):
            if self._source.document(name) is None and self._folder.remove(document_path(name)):
                done.removed.append(name)
        if not self._with_documents:
            return frozenset(name for name in named if not self._folder.has(document_path(name)))
        for name in sorted(named):
            data = self._source.document(name)
            if data is not None:
                done.documents += self._put(done, document_path(name), data)
        return frozenset()

    def _anchors(self) -> tuple[Anchor, ...]:
        size = self._newest.size
        anchors = {anchor for anchor in self._source.anchors() if anchor.size <= size}
        return tuple(sorted(anchors, key=anchor_order))

    def _sweep(self, done: Published) -> None:
        """Take away partial tiles that are full now, and listings but this and the last one."""
        for level, n in filled_tiles(done.before, done.size):
            self._folder.remove_tree(f"{tile_path(level, n)}.p")
            if level == 0:
                self._folder.remove_tree(f"{entry_bundle_path(n)}.p")
        kept = {listing_path(done.before), listing_path(done.size)}
        for name in self._folder.names(LISTINGS):
            if name not in kept:
                self._folder.remove(name)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Make the folder where it is missing, and hold it against others that would publish there."""
    path.mkdir(parents=True, exist_ok=True)
    sync_folder(path.parent)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Conflict(
            "PUBLISHED-BUSY",
            "another process publishes into this folder",
            where=str(path),
            hint="wait until it has ended",
        ) from None
    finally:
        os.close(descriptor)


def _differs(message: str) -> Tampered:
    return Tampered(
        "SOURCE-DIFFERS",
        message,
        hint="altered or damaged: run `chipledger verify`, and publish nothing before it passes",
    )
