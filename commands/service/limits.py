"""How much one key or one address may submit: a bucket that fills up again with time."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

NAMES_MAX = 10_000
"""Names that are remembered; of those who came longest ago it is forgotten what they spent."""


class Rate:
    """Events a second that each name may submit, and how many at once after a pause."""

    def __init__(
        self, each_second: float, at_once: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._each_second = each_second
        self._at_once = at_once
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str) -> float:
        """Return the seconds until a name may submit again: 0 for now."""
        with self._lock:
            return max(0.0, (1 - self._now(name)) / self._each_second)

    def spend(self, name: str, count: int) -> None:
        """Count what a name submitted; a large batch leaves it in debt for a while."""
        with self._lock:
            self._left[name] = (self._now(name) - count, self._clock())
            self._left.move_to_end(name)
            while len(self._left) > NAMES_MAX:
                self._left.popitem(last=False)

    def _now(self, name: str) -> float:
        left, since = self._left.get(name, (self._at_once, 0.0))
        return min(self._at_once, left + (self._clock() - since) * self._each_second)
