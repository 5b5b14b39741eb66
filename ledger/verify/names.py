"""Where names were met first, for as many names as a log has events, without an object for each.

A dict of Python's takes 200 bytes and more for a name and a position; this takes the name's bytes
and about 35 more. It is a hash table with open addressing: names stand one behind the other in the
order in which they came, and at least twice as many slots hold half of a name's hash and its
number, so that no name is looked at but the one that is meant.
"""

from array import array
from collections.abc import Iterator

_SLOTS_MIN = 1 << 10
_HALF = 32
_LOW = (1 << _HALF) - 1
_HIGH = _LOW << _HALF


class FirstPositions:
    """Names, each once, numbered from 0 as they came, with the position of each."""

    def __init__(self, width: int | None = None) -> None:
        """Begin; `width` is the length of every name, where all have one."""
        self._width = width
        self._names = bytearray()
        self._ends = array("I")
        self._positions = array("I")
        self._resize(_SLOTS_MIN)

    def __len__(self) -> int:
        return len(self._positions)

    def note(self, name: bytes, position: int) -> int:
        """Note a name at a position, unless it was noted before; return its number."""
        slot = self._slot(name)
        found = self._slots[slot]
        if found:
            return (found & _LOW) - 1
        self._names += name
        if self._width is None:
            self._ends = _appended(self._ends, len(self._names))
        self._positions = _appended(self._positions, position)
        count = len(self._positions)
        self._slots[slot] = hash(name) & _HIGH | count
        if 2 * count > len(self._slots):
            self._resize(2 * len(self._slots))
        return count - 1

    def first(self, name: bytes, position: int) -> int:
        """Note a name at a position, unless it was noted before; return where it stands first."""
        return self._positions[self.note(name, position)]

    def number(self, name: bytes) -> int | None:
        """Return the number of a name, or None."""
        found = self._slots[self._slot(name)]
        return (found & _LOW) - 1 if found else None

    def position(self, name: bytes) -> int | None:
        """Return where a name was noted, or None."""
        found = self._slots[self._slot(name)]
        return self._positions[(found & _LOW) - 1] if found else None

    def name(self, number: int) -> bytes:
        """Return the name with a number."""
        if self._width is None:
            start, end = self._ends[number - 1] if number else 0, self._ends[number]
        else:
            start, end = number * self._width, (number + 1) * self._width
        return bytes(self._names[start:end])

    def items(self) -> Iterator[tuple[bytes, int]]:
        """Yield names and positions, as they came."""
        for number, position in enumerate(self._positions):
            yield self.name(number), position

    def _slot(self, name: bytes) -> int:
        """Return the slot that a name has, or would have."""
        hashed = hash(name) & _HIGH
        slots, slot = self._slots, hashed >> self._shift
        while found := slots[slot]:
            if found & _HIGH == hashed and self.name((found & _LOW) - 1) == name:
                break
            slot = slot + 1 if slot + 1 < len(slots) else 0
        return slot

    def _resize(self, count: int) -> None:
        """Make so many slots, a power of two; the first bits of a hash tell where a name goes."""
        before: array[int] = getattr(self, "_slots", array("Q"))
        slots = array("Q", bytes(before.itemsize * count))
        self._shift = 2 * _HALF - (count.bit_length() - 1)
        for found in before:
            if found:
                slot = found >> self._shift
                while slots[slot]:
                    slot = slot + 1 if slot + 1 < count else 0
                slots[slot] = found
        self._slots = slots


def _appended(numbers: "array[int]", number: int) -> "array[int]":
    """Append a number, and return the array: another one where 32 bits do not hold it."""
    try:
        numbers.append(number)
    except OverflowError:
        numbers = array("Q", numbers)
        numbers.append(number)
    return numbers
