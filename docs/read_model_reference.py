"""The reference of the read models' tables, read off the statements that make them."""

import re
from collections.abc import Iterator
from inspect import cleandoc

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
- `posting` is a view of `posted`, with the names of its account and lot. What stands now is in
  `account` (of an account as a whole) and in `balance` (of a lot in it), by all that is in the
  file: a question that is asked as of another moment takes off what its clocks leave out.
- The sum of `quantity` over a whole book is zero. Accounts are in
  [the three books](../explanation/books.md).
"""
_VIEW = re.compile(r"CREATE VIEW (\w+) AS\n.*", re.DOTALL)
_TABLE = re.compile(r"CREATE TABLE (\w+) \((.*)\)((?: WITHOUT ROWID)?)", re.DOTALL)


def read_models_page() -> str:
    """Return the reference of every table, by name."""
    tables = {one[1]: one for one in filter(None, map(_TABLE.fullmatch, SCHEMA))}
    parts = [INTRODUCTION]
    written = {name: _of_table(name, table) for name, table in tables.items()}
    written |= {one[1]: cleandoc(one[0]) for one in filter(None, map(_VIEW.fullmatch, SCHEMA))}
    for name, text in sorted(written.items()):
        parts.append(f"## {name}\n\n```sql\n{text}\n```\n")
    return "\n".join(parts)


def _of_table(name: str, table: re.Match[str]) -> str:
    columns = ",\n".join(f"    {one}" for one in _columns(table[2]))
    return f"CREATE TABLE {name} (\n{columns}){table[3]}"


def _columns(text: str) -> Iterator[str]:
    """Yield what stands between the commas that are in no parentheses."""
    depth, start = 0, 0
    for at, letter in enumerate(f"{text},"):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            yield " ".join(text[start:at].split())
            start = at + 1
