"""Step 10: the documents of any source, against the entries that name them."""

import hashlib
from array import array
from collections.abc import Callable, Collection, Iterator

from ledger.evidence.hashes import raw_hash
from ledger.log.merkle import HASH_SIZE
from ledger.source import Carried, Source
from ledger.verify.names import FirstPositions
from ledger.verify.report import Mark

Held = Iterator[tuple[str, bytes | None]]
"""Names of documents, and their bytes."""

_ANNEX = -1
_ABSENT, _ANOTHER = -1, -2
"""In place of a document's size: it is not there; what is there is another.

Sizes take 32 bits: a statement names none beyond 32 MB, and no source gives more than 2 GB.
"""


class NamedDocuments:
    """Which entry is the first that names a document by its SHA-256 and signed size.

    A sealed annex is named without a size. There may be more documents than entries, and hardly one
    is named with two sizes: the first is kept in flat memory, others are not.
    """

    def __init__(self) -> None:
        self._first = FirstPositions(HASH_SIZE)
        self._sizes = array("i")
        self._others: dict[tuple[int, int | None], int] = {}

    def note(self, name: str, size: int | None, index: int) -> None:
        """Note that an entry names a document, unless an earlier one named it so."""
        number = self._first.note(bytes.fromhex(name), index)
        if number == len(self._sizes):
            self._sizes.append(_ANNEX if size is None else size)
        elif self._sizes[number] != (_ANNEX if size is None else size):
            self._others.setdefault((number, size), index)

    def __len__(self) -> int:
        """Return how many names there are."""
        return len(self._first)

    def number(self, name: str) -> int | None:
        """Return the number of a name, in the order in which they came, or None."""
        raw = raw_hash(name)
        return None if raw is None else self.number_of(raw)

    def number_of(self, raw: bytes) -> int | None:
        """Return the number of a name that is given as 32 bytes, or None."""
        return self._first.number(raw)

    def name(self, number: int) -> str:
        """Return the name with a number."""
        return self._first.name(number).hex()

    def items(self) -> Iterator[tuple[int, int | None, int]]:
        """Yield number, size and first entry of all that is named."""
        for number, (_, index) in enumerate(self._first.items()):
            size = self._sizes[number]
            yield number, None if size == _ANNEX else size, index
        for (number, other), index in self._others.items():
            yield number, other, index


class Documents:
    """Hashes every document that is there, and finds those that events name and that are not.

    A missing annex is no condition: it is left out by choice, and listed as not checked. So are a
    document that the ledger operator recorded as disposed of, and one that an evidence file lists
    as left out.

    Attributes:
        checked: how many documents were hashed.
        annexes: how many sealed annexes are not there.
        disposed: how many documents are not there since they were disposed of.
        left_out: how many documents are not there by the choice of who made the source.
    """

    def __init__(
        self,
        source: Source,
        named: NamedDocuments,
        disposed: Collection[str] = (),
        *,
        part: bool = False,
    ) -> None:
        """Take what is compared.

        Args:
            source: what holds the documents.
            named: what entries name.
            disposed: what was given up.
            part: whether other entries name documents too, so that none can be called a stray.
        """
        self._part = part
        self.checked = 0
        self.annexes = 0
        self.disposed = 0
        self.left_out = 0
        self._given_up = disposed
        self._source = source
        self._named = named
        self._sizes = array("i", [_ABSENT]) * len(named)

    def marks(self) -> Iterator[Mark]:
        """Hash and compare; marks come in no order."""
        named, sizes = self._named, self._sizes
        if not self._part:
            yield from self._held()
        for number in range(len(named)):
            if sizes[number] == _ABSENT:
                name = named.name(number)
                yield from self._hash(name, number, self._source.document(name))
        left_out = self._source.left_out()
        for name in () if self._part else left_out:
            if named.number(name) is None:
                yield Mark("LEFT-OUT-STRAY", None, "a document that an event names", name)
        for number, size, index in named.items():
            if sizes[number] == _ABSENT:
                yield from self._absent(named.name(number), size, index, left_out)
            elif size is not None and sizes[number] not in {size, _ANOTHER}:
                found = f"{sizes[number]} bytes"
                yield Mark("DOCUMENT-SIZE", index, f"{size} bytes", found)

    def _held(self) -> Iterator[Mark]:
        """Go through what is there.

        An evidence file knows it since it was read through; a store reads many at a time.
        """
        carried: Callable[[], Iterator[Carried]] | None = getattr(self._source, "carried", None)
        if carried is None:
            held: Callable[[], Held] = getattr(self._source, "held_documents", self._one_by_one)
            for name, data in held():
                yield from self._hash(name, self._named.number(name), data)
            return
        for raw, size, other in carried():
            yield from self._compare(raw, self._named.number_of(raw), size, other)

    def _one_by_one(self) -> Held:
        return ((name, self._source.document(name)) for name in self._source.document_names())

    def _hash(self, name: str, number: int | None, data: bytes | None) -> Iterator[Mark]:
        """Hash a document if it is there; one that no entry names has no number."""
        if data is not None:
            found = hashlib.sha256(data).hexdigest()
            yield from self._compare(name, number, len(data), None if found == name else found)

    def _compare(
        self, name: str | bytes, number: int | None, size: int, other: str | None
    ) -> Iterator[Mark]:
        """Note a document that is there, and its digest where that is another than its name."""
        self.checked += 1
        if number is not None:
            self._sizes[number] = size if other is None else _ANOTHER
        if other is not None:
            yield Mark("DOCUMENT-DIFFERS", None, _hex(name), other)
        elif number is None:
            yield Mark("DOCUMENT-STRAY", None, "no such document", _hex(name))

    def _absent(
        self, name: str, size: int | None, index: int, left_out: Collection[str]
    ) -> Iterator[Mark]:
        """Say why a document is not there."""
        if name in self._given_up:
            self.disposed += 1
        elif size is None:
            self.annexes += 1
        elif name in left_out:
            self.left_out += 1
        else:
            yield Mark("DOCUMENT-MISSING", index, name, "not in the source")


def _hex(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.hex()
