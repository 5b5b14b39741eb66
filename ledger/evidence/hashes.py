"""Sorted SHA-256 names in flat memory: of the documents that a file carries, or leaves out.

There may be a million of each; a Python object for each would take three times as much, or more.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from ledger.log.merkle import HASH_SIZE


def raw_hash(name: str) -> bytes | None:
    """Return the 32 bytes of a SHA-256 that is spelled in its one way, or None."""
    try:
        raw = bytes.fromhex(name)
    except ValueError:
        return None
    return raw if len(raw) == HASH_SIZE and raw.hex() == name else None


class SortedHashes(Sequence[bytes]):
    """Hashes of 32 bytes in ascending order; each is added behind those before it."""

    def __init__(self) -> None:
        self.joined = bytearray()

    def __len__(self) -> int:
        return len(self.joined) // HASH_SIZE

    def __getitem__(self, at: int) -> bytes:  # type: ignore[override]  # nobody asks for a slice
        """Return the hash at a place."""
        return bytes(self.joined[at * HASH_SIZE : (at + 1) * HASH_SIZE])

    def add(self, found: bytes) -> None:
        """Add one behind all that are there."""
        self.joined += found

    def extend(self, others: "SortedHashes") -> None:
        """Add others behind all that are there."""
        self.joined += others.joined

    def is_before(self, others: "SortedHashes") -> bool:
        """Say whether all of these are smaller than all of the others."""
        return not len(self) or not len(others) or self[len(self) - 1] < others[0]

    def place(self, name: str) -> int | None:
        """Return at which place a hash stands that is given in hex, or None."""
        wanted = raw_hash(name)
        at = len(self) if wanted is None else bisect_left(self, wanted)
        return at if at < len(self) and self[at] == wanted else None

    def __iter__(self) -> Iterator[bytes]:
        return map(self.__getitem__, range(len(self)))


class HashSet(AbstractSet[str]):
    """Hashes as a set of texts in hex, in ascending order."""

    def __init__(self) -> None:
        self.hashes = SortedHashes()

    def __len__(self) -> int:
        return len(self.hashes)

    def __iter__(self) -> Iterator[str]:
        return (one.hex() for one in self.hashes)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.hashes.place(name) is not None

    @classmethod
    def _from_iterable(cls, names: Iterable[Any]) -> AbstractSet[Any]:
        return frozenset(names)  # what two sets give together is in no order


class Paper(NamedTuple):
    """A document that a file carries.

    Attributes:
        offset: of its first line.
        number: of that line.
        size: of the document, in bytes.
        sha256: of these bytes, in hex, whatever its lines call it.
    """

    offset: int
    number: int
    size: int
    sha256: str


class CarriedDocuments(Mapping[str, Paper]):
    """The documents of a file by the names that their lines give them, in ascending order."""

    def __init__(self) -> None:
        self.names = SortedHashes()
        self.offsets = array("Q")
        self.numbers = array("Q")
        self.sizes = array("I")
        self.others: dict[int, str] = {}

    def add(self, name: str, paper: Paper) -> None:
        """Add one behind all that are there."""
        if paper.sha256 != name:
            self.others[len(self)] = paper.sha256
        self.names.add(bytes.fromhex(name))
        self.offsets.append(paper.offset)
        self.numbers.append(paper.number)
        self.sizes.append(paper.size)

    def extend(self, others: "CarriedDocuments", lines: int) -> None:
        """Add others behind all that are there; so many lines stand before theirs."""
        self.others |= {len(self) + at: found for at, found in others.others.items()}
        self.names.extend(others.names)
        self.offsets.extend(others.offsets)
        self.numbers.extend(array("Q", [number + lines for number in others.numbers]))
        self.sizes.extend(others.sizes)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return (one.hex() for one in self.names)

    def __getitem__(self, name: str) -> Paper:
        """Return where a document stands, and what it is."""
        at = self.names.place(name)
        if at is None:
            raise KeyError(name)
        sha256 = self.others.get(at, name)
        return Paper(self.offsets[at], self.numbers[at], self.sizes[at], sha256)

    def measured(self) -> Iterator[tuple[bytes, int, str | None]]:
        """Yield each name, the size, and the digest where that is another than the name."""
        for at, size in enumerate(self.sizes):
            yield self.names[at], size, self.others.get(at)
