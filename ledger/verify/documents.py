"""Step 10: the documents of any source, against the entries that name them."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain

from ledger.source import Measured, Source
from ledger.verify.report import Mark

Named = Mapping[tuple[str, int | None], int]
"""(SHA-256, signed size; None for a sealed annex) to the first entry that names it so."""


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
        named: Named,
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
        self._sizes: dict[str, int | None] = {}

    def marks(self) -> Iterator[Mark]:
        """Hash and compare."""
        names = dict.fromkeys(name for name, _ in self._named)
        held = () if self._part else self._source.document_names()
        for name in dict.fromkeys(chain(held, names)):
            yield from self._hash(name, stray=name not in names)
        left_out = self._source.left_out()
        for name in () if self._part else sorted(left_out - names.keys()):
            yield Mark("LEFT-OUT-STRAY", None, "a document that an event names", name)
        for (name, size), index in sorted(self._named.items(), key=lambda one: one[1]):
            if name not in self._sizes:
                if name in self._given_up:
                    self.disposed += 1
                elif size is None:
                    self.annexes += 1
                elif name in left_out:
                    self.left_out += 1
                else:
                    yield Mark("DOCUMENT-MISSING", index, name, "not in the source")
            elif size is not None and self._sizes[name] not in {size, None}:
                found = f"{self._sizes[name]} bytes"
                yield Mark("DOCUMENT-SIZE", index, f"{size} bytes", found)

    def _hash(self, name: str, *, stray: bool) -> Iterator[Mark]:
        """Hash a document if it is there; None stands for the size of one that is another."""
        found = _measured(self._source, name)
        if found is None:
            return
        self.checked += 1
        self._sizes[name] = found.size if found.sha256 == name else None
        if found.sha256 != name:
            yield Mark("DOCUMENT-DIFFERS", None, name, found.sha256)
        elif stray:
            yield Mark("DOCUMENT-STRAY", None, "no such document", name)


def _measured(source: Source, name: str) -> Measured | None:
    """Return what a document is; an evidence file that was read through knows without reading."""
    known: Callable[[str], Measured | None] | None = getattr(source, "measured", None)
    if known is not None:
        return known(name)
    data = source.document(name)
    return None if data is None else Measured(len(data), hashlib.sha256(data).hexdigest())
