"""The tag index of a live store, compared with what the entries give without holding either.

Both sides add up, over every (position, tag), the product of a secret number for the position and
one for the tag, modulo a prime. Two different indexes give one sum with a chance below 2^-60: the
numbers are drawn anew for each audit, so nobody can choose tags whose sums agree. A sum can be
taken in any order and in parts. Only where the sums differ is the index looked at row by row.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import blake2b, shake_128

from ledger.source import LiveSource
from ledger.verify.report import TEXT_MAX, Mark

SPAN = 1_000
"""Positions whose tags are summed together, and looked at together where they differ."""

_PRIME = 2**127 - 1
_WORD = 8
_CACHED = 5_000
"""Tags come again within a few entries, or in all of them: few fit into a processor's cache."""


class TagNumbers(dict[str, int]):
    """The secret numbers of one audit; those of tags are remembered, and forgotten in time."""

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._key = key
        self._hash = blake2b(key=key, digest_size=_WORD)  # a copy costs half of a new one
        self._spans: dict[int, array[int]] = {}

    def __missing__(self, tag: str) -> int:
        if len(self) > _CACHED:
            self.clear()
        number = self[tag] = self.draw(tag)
        return number

    def draw(self, tag: str) -> int:
        """Return the number of a tag, whether it is remembered or not."""
        keyed = self._hash.copy()
        keyed.update(tag.encode())
        return int.from_bytes(keyed.digest(), "little")

    def position(self, index: int) -> int:
        """Return the number of a position."""
        span, offset = divmod(index, SPAN)
        if span not in self._spans:
            self._spans = {span: self._draw(span)}
        return self._spans[span][offset]

    def positions(self, size: int) -> "array[int]":
        """Return the numbers of the positions 0 to `size` and some more, 8 bytes each."""
        numbers = array("Q")
        for span in range(-(-size // SPAN)):
            numbers.extend(self._draw(span))
        return numbers

    def _draw(self, span: int) -> "array[int]":
        stream = shake_128(self._key + b"%d" % span).digest(SPAN * _WORD)
        return array("Q", stream)


def entry_sum(numbers: TagNumbers, index: int, tags: Iterable[str]) -> int:
    """Return what the tags of an entry add to the sum."""
    return numbers.position(index) * sum(map(numbers.__getitem__, tags))


def stored_sum(store: LiveSource, size: int, key: bytes) -> int | None:
    """Return the sum of the whole stored index, or None where it names no entry of the log."""
    numbers = TagNumbers(key)
    positions = numbers.positions(size)
    last, number, total = None, 0, 0
    for index, tag in store.tags():  # by tag, so the last number is all that need be remembered
        if not 0 <= index < size:
            return None
        if tag != last:
            last, number = tag, numbers.draw(tag)
        total += positions[index] * number
    return total % _PRIME


def whole(spans: Mapping[int, int]) -> int:
    """Return the sum over all spans."""
    return sum(spans.values()) % _PRIME


@dataclass(frozen=True, slots=True)
class TagIndex:
    """A store's tag index beside the log that it should describe; read when the sums differ.

    Attributes:
        store: whose index.
        size: entries in the log.
        unread: positions whose tags this version cannot tell.
        tags_at: returns the tags that the entry at a position has.
        key: the audit's secret.
    """

    store: LiveSource
    size: int
    unread: AbstractSet[int]
    tags_at: Callable[[int], Iterable[str]]
    key: bytes

    def marks(self, expected: Mapping[int, int]) -> Iterator[Mark]:
        """Mark the rows that differ in the first span that does, and each other such span.

        Args:
            expected: span to the sum that its entries give.
        """
        numbers = TagNumbers(self.key)
        positions = numbers.positions(self.size)
        found: dict[int, int] = defaultdict(int)
        for index, tag in self.store.tags():
            if not 0 <= index < self.size:
                yield Mark("TAGS-STRAY", index, "no such entry", tag[:TEXT_MAX])
            elif index not in self.unread:
                found[index // SPAN] += positions[index] * numbers[tag]
        differing = [
            span
            for span in sorted(expected.keys() | found.keys())
            if (expected.get(span, 0) - found[span]) % _PRIME
        ]
        for span in differing[:1]:
            yield from self._rows(span)
        for span in differing[1:]:
            last = min((span + 1) * SPAN, self.size) - 1
            yield Mark("TAGS-DIFFER", span * SPAN, f"the tags of entries to {last}", "others")

    def _rows(self, span: int) -> Iterator[Mark]:
        """Mark each tag that is too many or missing in a span; what is held is what is expected."""
        positions = set(range(span * SPAN, min((span + 1) * SPAN, self.size))) - self.unread
        missing = {(index, tag) for index in positions for tag in self.tags_at(index)}
        for index, tag in self.store.tags():
            if (index, tag) in missing:
                missing.remove((index, tag))
            elif index in positions:
                yield Mark("TAGS-DIFFER", index, "no such tag", tag[:TEXT_MAX])
        for index, tag in sorted(missing):
            yield Mark("TAGS-DIFFER", index, tag, "no such tag")
