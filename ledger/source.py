"""What can be audited: any place that holds a log, seen through one interface.

A live store, an evidence file and a published directory are Sources. Nothing a Source says is
trusted: verification recomputes all of it from the entries' bytes.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, Protocol


class Anchor(NamedTuple):
    """A checkpoint that was shown outside, with what was got for it.

    Attributes:
        size: tree size.
        note: the signed note, with every signature line.
        token: RFC 3161 time-stamp token over the note's text, or None.
    """

    size: int
    note: bytes
    token: bytes | None


class Earlier(NamedTuple):
    """An earlier tree of a log, with the proof that the log continues it (RFC 6962).

    Attributes:
        size: of the earlier tree.
        root: its root, 32 bytes.
        proof: the consistency proof from it to the newest tree.
    """

    size: int
    root: bytes
    proof: tuple[bytes, ...]


class Damage(NamedTuple):
    """A file that is not as it was written.

    Attributes:
        expected: the SHA-256 that it tells of its own bytes, in hex.
        found: the SHA-256 that they have.
    """

    expected: str
    found: str


class Selection(NamedTuple):
    """What a source holds that does not hold all of its log.

    Attributes:
        asked: texts that say what was asked for.
        positions: those of the entries that it holds, ascending.
        earlier: the earlier trees that something in it names, by size.
    """

    asked: Sequence[str]
    positions: Sequence[int]
    earlier: Sequence[Earlier]


class StoredRow(Protocol):
    """One entry as a source holds it."""

    @property
    def index(self) -> int:
        """The position that it is stored at."""
        ...

    @property
    def type(self) -> str | None:
        """The type that stands beside it; None where none does."""
        ...

    @property
    def data(self) -> bytes:
        """The entry's bytes."""
        ...

    @property
    def leaf(self) -> bytes:
        """The leaf hash that stands beside it."""
        ...


Carried = tuple[bytes, int, str | None]
"""A document's name, 32 bytes, its size, and the SHA-256 of its bytes where that is another."""


class Source(Protocol):
    """A log to audit, the same for as long as the audit lasts, however the place grows.

    A method that raises `Unavailable` makes the audit UNDECIDED, never PASS.
    """

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    @property
    def scope(self) -> str:
        """`full`, or `selection n of N`."""
        ...

    def checkpoint(self) -> bytes:
        """Return the newest signed note."""
        ...

    def size(self) -> int:
        """Return the number of entries that it claims to hold."""
        ...

    def anchors(self) -> list[Anchor]:
        """Return the checkpoints that were shown outside, by size."""
        ...

    def rows(self, start: int, stop: int) -> Iterator[StoredRow]:
        """Yield the entries at positions start <= i < stop that it holds, by position."""
        ...

    def document(self, sha256: str) -> bytes | None:
        """Return a document's bytes, or None where it holds none."""
        ...

    def document_names(self) -> Iterator[str]:
        """Yield the SHA-256 names under which it holds documents."""
        ...

    def left_out(self) -> AbstractSet[str]:
        """Return the SHA-256 names of documents and annexes that it leaves out by choice."""
        ...


class PartialSource(Source, Protocol):
    """A source that may hold a part of its log, each entry with its inclusion proof."""

    def selection(self) -> Selection | None:
        """Return what it holds, or None where it holds all."""
        ...

    def proofs(self) -> Iterator[tuple[int, bytes, tuple[bytes, ...]]]:
        """Yield (position, leaf hash, inclusion proof from the leaf up) of what it holds."""
        ...

    def damage(self) -> Damage | None:
        """Return in what it is not as it was written, or None."""
        ...


class LiveSource(Source, Protocol):
    """A live store: it has an index, tiles and a tree row that must agree with the bytes.

    Pickled, it opens the same store again, so that a worker process can read it.
    """

    @property
    def shareable(self) -> bool:
        """Whether another process can open it."""
        ...

    def tags(self) -> Iterator[tuple[int, str]]:
        """Yield (position, tag) of every row of the tag index, in any order."""
        ...

    def tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield (level, n, hashes) of every stored tile, in any order."""
        ...

    def strays(self) -> Iterator[int]:
        """Yield positions outside 0 <= position < size at which there are entries, some of them."""
        ...

    def tree_row(self) -> tuple[int, bytes, str, int]:
        """Return (size, frontier bytes, recorded_at, control) of the tree row."""
        ...
