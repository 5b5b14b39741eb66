"""The reference of the read models' tables, read off the statements that make them."""

from projections.schema import SCHEMA

INTRODUCTION = """# Read models

The tables that [a question](../how-to/embed-the-library.md#a-question-of-your-own) may ask. They
follow from the log and are made anew when a version changes them, so a question may need a change
too. Names are compared without regard to case.

- `idx` is the entry by which a posting started to count, or, negated, stopped; `event_idx` is the
  event that a row follows from. What was known at entry N is `idx <= N` for postings, and for other
  rows a join of `counting`: `from_idx <= N AND (to_idx IS NULL OR to_idx > N)`.
- `valid_at` is when a posting was true, `YYYY-MM-DDTHH:MM:SSZ`.
- The sum of `quantity` over a whole book is zero. Accounts are in
  [the three books](../explanation/books.md).

"""


def read_models_page() -> str:
    """Return the reference of every table."""
    tables = [one for one in SCHEMA if one.startswith("CREATE TABLE ")]
    parts = [INTRODUCTION]
    for sql in sorted(tables, key=lambda one: one.split()[2]):
        lines = [line.strip() for line in sql.splitlines()]
        text = "\n".join([lines[0], *(f"    {line}" for line in lines[1:])])
        parts.append(f"## {sql.split()[2]}\n\n```sql\n{text}\n```\n\n")
    return "".join(parts).rstrip("\n") + "\n"
