"""Compares a report with the same report made anew: every figure, and how it is shown."""

from typing import Final

from projections.reports.model import Report, Table

_SHOWN: Final = 3
_HEAD: Final = ("origin", "fingerprint", "purpose", "opened_by", "zone", "as_of")
"""What of a head follows from the log and the clocks."""


def differences(told: Report, anew: Report) -> list[str]:
    """Return where a report differs from the one made anew, in words; none where it agrees."""
    heads = [(name, getattr(told.head, name), getattr(anew.head, name)) for name in _HEAD]
    found = [
        f"{name}: the report says {mine!r}, the log {theirs!r}"
        for name, mine, theirs in heads
        if mine != theirs
    ]
    if told.left_out != anew.left_out:
        found.append("the report leaves out other sections than it says")
    names = [one.name for one in told.tables]
    if names != [one.name for one in anew.tables]:
        return [*found, "the report has other sections than one of its scope"]
    for one, other in zip(told.tables, anew.tables, strict=True):
        found += _of_table(one, other)
    return found


def _of_table(told: Table, anew: Table) -> list[str]:
    shape = ("question", "given", "title", "asked", "note", "meanings", "columns")
    if any(getattr(told, name) != getattr(anew, name) for name in shape):
        return [f"{told.name}: the report asks another question, or shows it otherwise"]
    found = [
        f"{told.name}, row {place + 1}, {column}: the report says {mine!r}, the log {theirs!r}"
        for place, (row, other) in enumerate(zip(told.rows, anew.rows, strict=False))
        for column, mine, theirs in zip(told.columns, row, other, strict=True)
        if mine != theirs
    ]
    if told.total != anew.total:
        found.append(f"{told.name}: the report has {told.total:,} rows, the log {anew.total:,}")
    if len(told.rows) > anew.total or (not found and told.sha256 != anew.sha256):
        found.append(f"{told.name}: the report has other rows than the log")
    return found[:_SHOWN] + ([f"{told.name}: and more"] if len(found) > _SHOWN else [])
