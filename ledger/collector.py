"""Python's collector of cycles, while much is made that has none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS_BETWEEN_LOOKS = 100_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the collector look seldom: audits and imports make many objects and hardly a cycle.

    Looking at all of them again and again costs a sixth of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
