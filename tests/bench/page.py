"""The table of figures in the documentation, written between two marks."""

import os
import platform
import sqlite3
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from tests.bench.figures import Figure

PAGE = Path(__file__).resolve().parents[2] / "docs/explanation/performance.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
LIBRARIES = ("cryptography", "pynacl", "msgspec", "sqlite-utils")


def write(found: dict[int, list[Figure]], rest: list[Figure], date: str) -> None:
    """Write the figures into the page, in the place of those of an earlier run."""
    before, _, tail = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = tail.partition(END)
    table = "\n".join(_lines(found, rest, date))
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def write_block(name: str, lines: Iterable[str], date: str) -> None:
    """Write a block of its own into the page: between `bench NAME` marks."""
    begin, end = f"<!-- bench {name}: begin -->", f"<!-- bench {name}: end -->"
    before, _, tail = PAGE.read_text(encoding="utf-8").partition(begin)
    _, _, after = tail.partition(end)
    table = "\n".join([_machine(date), "", *lines])
    PAGE.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")


def _machine(date: str) -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"Measured on {date}: {os.cpu_count()} cores, Python {platform.python_version()}, SQLite"
        f" {sqlite3.sqlite_version}, {libraries}. Load average at the end:"
        f" {os.getloadavg()[1]:.1f}."
    )


def _lines(found: dict[int, list[Figure]], rest: list[Figure], date: str) -> Iterator[str]:
    yield _machine(date)
    for size, figures in found.items():
        yield from table(f"{size:,} events", figures)
    yield from table("Growth, and whole processes", rest)


def table(title: str, figures: Iterable[Figure]) -> Iterator[str]:
    yield f"\n**{title}**\n"
    yield "| workload | figure | by processor time | bar | | behind it |"
    yield "|---|---|---|---|---|---|"
    for one in figures:
        by_cpu = f"{one.cpu_ratio:.2f}" if one.cpu_ratio else ""
        bar, verdict = "none", ""
        if one.bar:
            bar = f"{'≤' if one.smaller else '≥'} {one.bar:,.3g}"
            verdict = "reached" if one.reached else "**missed**"
        yield (
            f"| {one.name} | {one.value:,.3g} {one.unit} | {by_cpu} | {bar} | {verdict} |"
            f" {one.detail} |"
        )
