"""How much memory a piece of work takes at its height."""

import re
import tracemalloc
from pathlib import Path
from types import TracebackType
from typing import Self

_FORGET = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_FORGET_THE_PEAK = "5"


class PeakMemory:
    """Measures what this process takes more between `with` and its end, at the height of it.

    Where the kernel tells that of a process, it costs nothing; what lay free in the process before
    may be missed, which large blocks never do. Elsewhere Python counts what it allocates, which
    makes the work three times as long.

    Attributes:
        peak: bytes, known at the end.
    """

    peak = 0

    def __enter__(self) -> Self:
        """Begin: forget what was taken before."""
        try:
            _FORGET.write_text(_FORGET_THE_PEAK, "ascii")
        except OSError:
            self._before = None
            tracemalloc.start()
        else:
            self._before = _told("VmRSS")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, and tell the peak."""
        if self._before is None:
            self.peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        else:
            self.peak = _told("VmHWM") - self._before


def _told(name: str) -> int:
    """Return a line of the kernel's account of this process, in bytes."""
    [kilobytes] = re.findall(rf"^{name}:\s*(\d+) kB$", _STATUS.read_text("ascii"), re.MULTILINE)
    return int(kilobytes) * 1024
