"""Figures of the benchmark: what was measured, against what, and what it should be."""

import os
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple, ParamSpec, Self

P = ParamSpec("P")


class Taken(NamedTuple):
    """Seconds that some work took: on the clock, and of all processors for it and its children."""

    wall: float
    cpu: float


def taken(work: Callable[P, object], *given: P.args, **named: P.kwargs) -> Taken:
    """Return what a call takes."""
    cpu, start = _processor_seconds(), perf_counter()
    work(*given, **named)
    return Taken(perf_counter() - start, _processor_seconds() - cpu)


def _processor_seconds() -> float:
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ended = sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, who))
    return ended + sum(of_process(int(pid)) for pid in _living_children())


def _living_children() -> list[str]:
    """Return the processes that this one started and that go on, where the system tells (Linux)."""
    return [
        pid for one in Path("/proc/self/task").glob("*/children") for pid in one.read_text().split()
    ]


def of_process(pid: int) -> float:
    """Return the seconds of processor that a process has had."""
    # The fields behind the name, which ends in the last parenthesis: user and system time in ticks.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Baseline(NamedTuple):
    """The least that the same promise costs: what it is, what it took, and the part to reach."""

    name: str
    took: Sequence[Taken]
    bar: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: the workload.
        unit: what `value` counts.
        value: what is compared with the bar.
        bar: what it should reach, or stay below; 0 where none is set.
        smaller: whether smaller is better.
        cpu_ratio: the same ratio by processor time, where there is a baseline; else 0.
        detail: the figures behind it.
    """

    name: str
    unit: str
    value: float
    bar: float
    smaller: bool = False
    cpu_ratio: float = 0.0
    detail: str = ""

    @classmethod
    def rate(cls, name: str, count: int, ours: Sequence[Taken], against: Baseline) -> Self:
        """Return how fast some work is, as a part of how fast its baseline is."""
        theirs = against.took
        wall, cpu = median(one.wall for one in ours), median(one.cpu for one in ours)
        bare, bare_cpu = median(one.wall for one in theirs), median(one.cpu for one in theirs)
        detail = (
            f"{count / wall:,.0f} events/s, {cpu / count * 1e6:,.0f} us of processor an event;"
            f" {count / bare:,.0f}/s, {bare_cpu / count * 1e6:,.0f} us"
        )
        unit = f"of {against.name}"
        return cls(name, unit, bare / wall, against.bar, cpu_ratio=bare_cpu / cpu, detail=detail)

    @classmethod
    def seconds(cls, name: str, took: Taken, bar: float) -> Self:
        """Return seconds, to stay below a bar."""
        detail = f"{took.cpu:,.1f} s of processor"
        return cls(name, "s", took.wall, bar, smaller=True, detail=detail)

    @classmethod
    def milliseconds(cls, name: str, took: Sequence[Taken], bar: float) -> Self:
        """Return the median in milliseconds, to stay below a bar."""
        detail = f"{median(one.cpu for one in took) * 1000:,.3g} ms of processor"
        value = median(one.wall for one in took) * 1000
        return cls(name, "ms", value, bar, smaller=True, detail=detail)

    @property
    def reached(self) -> bool:
        """Whether the bar is reached."""
        return self.value <= self.bar if self.smaller else self.value >= self.bar

    def line(self) -> str:
        """Return the figure as one line."""
        by_cpu = f" ({self.cpu_ratio:.2f} by processor time)" if self.cpu_ratio else ""
        verdict = "reached" if self.reached else "MISSED"
        judged = f", bar {self.bar:,.3g}: {verdict}" if self.bar else ""
        detail = f"; {self.detail}" if self.detail else ""
        return f"{self.name}: {self.value:,.3g} {self.unit}{by_cpu}{judged}{detail}"
