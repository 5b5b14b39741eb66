"""The reference of the read models' tables, read off the statements that make them."""

import re
from collections.abc import Iterator

from projections.schema import SCHEMA

INTRODUCTION = """# Read models

The tables that [a question](../how-to/embed-the-library.md#a-question-of-your-own) may ask. They
follow from the log and are made anew when a version changes them, so a question may need a change
too. Names are compared without regard to case.

- `event_idx` is the event that a row follows from. `idx` is the entry by which a posting started to
  count; where its event stops counting, the posting stands again with its quantity negated, under
  the entry that ended it.
- What was known at entry N is `idx <= N` for postings, and for other rows a join of `counting` with
  `from_idx <= N AND (to_idx IS NULL OR to_idx > N)`.
- `valid_at` is when a posting was true, `YYYY-MM-DDTHH:MM:SSZ`.
- The sum of `quantity` over a whole book is zero. Accounts are in
  [the three books](../explanation/books.md).
"""
_TABLE = re.compile(r"CREATE TABLE (\w+) \((.*)\)((?: WITHOUT ROWID)?)", re.DOTALL)


def read_models_page() -> str:
    """Return the reference of every table, by name."""
    tables = {one[1]: one for one in filter(None, map(_TABLE.fullmatch, SCHEMA))}
    parts = [INTRODUCTION]
    for name, table in sorted(tables.items()):
        columns = ",\n".join(f"    {one}" for one in _columns(table[2]))
        parts.append(f"## {name}\n\n```sql\nCREATE TABLE {name} (\n{columns}){table[3]}\n```\n")
    return "\n".join(parts)


def _columns(text: str) -> Iterator[str]:
    """Yield what stands between the commas that are in no parentheses."""
    depth, start = 0, 0
    for at, letter in enumerate(f"{text},"):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            yield " ".join(text[start:at].split())
            start = at + 1
