"""A question's optional conditions: decided before SQLite plans the statement."""

import sqlite3

import pytest

from projections.questions import questions
from projections.sql_given import for_given


@pytest.mark.parametrize(
    ("sql", "given", "decided"),
    [
        ("WHERE (:rack IS NULL OR rack = :rack)", {"rack"}, "WHERE (rack = :rack)"),
        ("WHERE (:rack IS NULL OR rack = :rack)", set(), "WHERE 1"),
        (
            "(:a IS NULL OR x IN (SELECT y FROM z WHERE (:b IS NULL OR b = :b))) AND 1",
            {"a"},
            "(x IN (SELECT y FROM z WHERE 1)) AND 1",
        ),
        ("(:a IS NULL\n  OR ')' = x -- :)\n  OR f(y)) AND z", {"a"}, None),
        ("WHERE :rack IS NULL AND x", {"rack"}, "WHERE :rack IS NULL AND x"),
        ("(:a IS NULL OR (x", {"a"}, "((x)"),
    ],
)
def test_a_condition_is_left_alone_or_left_out(
    sql: str, given: set[str], decided: str | None
) -> None:
    expected = "(')' = x -- :)\n  OR f(y)) AND z" if decided is None else decided
    assert for_given(sql, given) == expected


def test_every_shipped_question_stays_one_statement_whatever_is_given() -> None:
    for one in questions().values():
        for given in (set(), {each.name for each in one.parameters}):
            assert sqlite3.complete_statement(for_given(one.sql, given) + ";")
