"""A live store as something to audit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ledger.errors import Unavailable
from ledger.source import Anchor, StoredRow
from ledger.store.recorder import LedgerRecorder
from ledger.store.sqlite import SQLiteRecorder


class StoreSource:
    """Reads a store for an audit; sent to another process, it opens the file again there."""

    scope = "full"

    def __init__(self, recorder: LedgerRecorder, path: Path | None) -> None:
        """Wrap an open recorder; `path` is None for a store that no other process can open."""
        self._recorder = recorder
        self._path = path

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self._path}

    def __setstate__(self, state: dict[str, Any]) -> None:
        path: Path | None = state["path"]
        if path is None:
            raise Unavailable("STORE-IN-MEMORY", "a store in memory has no file to open again")
        self.__init__(SQLiteRecorder.open(path, readonly=True), path)  # type: ignore[misc]  # as made

    @property
    def shareable(self) -> bool:
        """Whether another process can open it."""
        return self._path is not None

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return "live store" if self._path is None else f"live store {self._path.name}"

    def checkpoint(self) -> bytes:
        """Return the newest signed note."""
        return self._recorder.head().checkpoint

    def size(self) -> int:
        """Return the size that the tree row claims."""
        return self._recorder.head().size

    def anchors(self) -> list[Anchor]:
        """Return the checkpoints that were shown outside, by size."""
        return [Anchor(one.size, one.note, one.token or None) for one in self._recorder.anchors()]

    def rows(self, start: int, stop: int) -> Iterator[StoredRow]:
        """Yield the entries of these positions that are there."""
        return self._recorder.entries(start, stop)

    def document(self, sha256: str) -> bytes | None:
        """Return a document's bytes, or None."""
        return self._recorder.document(sha256)

    def document_names(self) -> Iterator[str]:
        """Yield the names under which documents are kept."""
        return (name for name, _ in self._recorder.documents())

    def tags(self, start: int, stop: int) -> Iterator[tuple[int, str]]:
        """Yield (position, tag), sorted."""
        return self._recorder.all_tags(start, stop)

    def tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield (level, n, hashes) of every stored tile, sorted."""
        return ((tile.level, tile.n, tile.hashes) for tile in self._recorder.all_tiles())

    def tree_row(self) -> tuple[int, bytes, str, int]:
        """Return (size, frontier bytes, recorded_at, control)."""
        head = self._recorder.head()
        return head.size, head.frontier.to_bytes(), head.recorded_at, head.control
