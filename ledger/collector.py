"""Python's collector of cycles, while much is made that has none."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS_BETWEEN_LOOKS = 100_000

_lock = threading.Lock()
_before: list[tuple[int, int, int]] = []
"""As it was before the first; one for each that is under way: there is one collector for all."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the collector look seldom: audits and imports make many objects and hardly a cycle.

    Looking at all of them again and again costs a sixth of the time. It looks as before when the
    last of those that overlap, in one thread or in several, is over.
    """
    with _lock:
        _before.append(_before[0] if _before else gc.get_threshold())
        gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, *_before[0][1:])
    try:
        yield
    finally:
        with _lock:
            before = _before.pop()
            if not _before:
                gc.set_threshold(*before)
