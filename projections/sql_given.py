"""A question's SQL for the parameters that are given: what the others would ask is left out.

A file says `(:batch IS NULL OR lot.batch = :batch)` once, for both cases. SQLite plans a statement
before it knows the values, so it would look at every row in both. Left out, or left alone, the
condition lets an index answer for one batch. What the statement means is not changed.
"""

import re
from collections.abc import Collection

_OPTIONAL = re.compile(r"\(:(\w+) IS NULL\s+OR\s+")
_TOKEN = re.compile(r"--[^\n]*|'[^']*'|[()]")


def for_given(sql: str, given: Collection[str]) -> str:
    """Return the SQL with each `(:name IS NULL OR condition)` decided: the condition, or 1.

    Args:
        sql: one SELECT whose parentheses are closed.
        given: names of the parameters that have a value.
    """
    for found in reversed(list(_OPTIONAL.finditer(sql))):  # inner ones first
        end = _closing(sql, found.start())
        decided = f"({sql[found.end() : end]})" if found[1] in given else "1"
        sql = sql[: found.start()] + decided + sql[end + 1 :]
    return sql


def _closing(sql: str, opening: int) -> int:
    """Return where the parenthesis that opens at a position is closed."""
    depth = 0
    for token in _TOKEN.finditer(sql, opening):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return token.start()
    return len(sql)  # an error of the file: SQLite says which
