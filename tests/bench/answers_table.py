"""The table of what questions and rules take, at each size, as it stands in the documentation."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ALL = "everything"
SUBJECT_BAR = 0.050
TOTAL_BAR = 120.0
"""Seconds: for one subject, and for everything together at a million events."""
PAGE = Path(__file__).resolve().parents[2] / "docs/explanation/performance.md"
IN_MOST = ("aolani", "AIV-PLANT", "MY", "NVIDIA-GB200", "1000", "2026-06-01")
"""Subjects that much of such a ledger is about, or days and entries that much comes after: what is
asked about these grows with it, and is no measure of one subject."""
BEGIN, END = "<!-- answers: begin -->", "<!-- answers: end -->"


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that was asked.

    Attributes:
        name: the question or rule.
        about: `everything`, or which subject.
        seconds: processor time.
        rows: how many rows or findings it gave; -1 where it was stopped.
    """

    name: str
    about: str
    seconds: float
    rows: int


def kept_answers(path: Path | None) -> dict[int, list[Asked]]:
    """Return what a file keeps of earlier runs, by size."""
    if path is None or not path.exists():
        return {}
    read: dict[str, list[dict[str, object]]] = json.loads(path.read_text())
    return {int(size): [Asked(**one) for one in some] for size, some in read.items()}  # type: ignore[arg-type]  # as written


def keep_answers(path: Path, results: Mapping[int, Sequence[Asked]]) -> None:
    """Write figures into a file."""
    listed = {size: [asdict(one) for one in some] for size, some in sorted(results.items())}
    path.write_text(json.dumps(listed, indent=1) + "\n")


def table(results: Mapping[int, Sequence[Asked]]) -> list[str]:
    """Return the lines of the table: what everything takes, and the slowest single subject."""
    sizes = sorted(results)
    names = list(dict.fromkeys(one.name for size in sizes for one in results[size]))
    head = [f"all, {size:,}" for size in sizes] + [f"one, {size:,}" for size in sizes]
    lines = [f"| ms of processor | {' | '.join(head)} |", "|---|" + "---|" * len(head)]
    for name in names:
        of_all = [_most(results[size], name, whole=True) for size in sizes]
        of_one = [_most(results[size], name, whole=False) for size in sizes]
        lines.append(f"| {name} | {' | '.join((*of_all, *of_one))} |")
    sums = [_ms(sum(one.seconds for one in results[size] if one.about == ALL)) for size in sizes]
    slow = [
        f"{sum(_is_one(one) and one.seconds > SUBJECT_BAR for one in results[size])} above"
        for size in sizes
    ]
    return [*lines, f"| **together** | {' | '.join(sums + slow)} |"]


def write_answers(results: Mapping[int, Sequence[Asked]]) -> None:
    """Put the table into the page, in the place of the one that is there."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text("\n".join([before + BEGIN, *table(results), END + after]))


def _most(some: Sequence[Asked], name: str, *, whole: bool) -> str:
    """Return what the slowest took, or where it was stopped."""
    meant = [
        one for one in some if one.name == name and (one.about == ALL if whole else _is_one(one))
    ]
    if not meant:
        return ""
    slowest = max(meant, key=lambda one: one.seconds)
    return ("> " if slowest.rows < 0 else "") + _ms(slowest.seconds)


def _is_one(asked: Asked) -> bool:
    """Say whether it is about a subject of which little is recorded, compared with everything."""
    return asked.about != ALL and asked.about.partition(" ")[2] not in IN_MOST


def _ms(seconds: float) -> str:
    ms = seconds * 1000
    return f"{ms:,.0f}" if ms >= 10 else f"{ms:.2g}"
