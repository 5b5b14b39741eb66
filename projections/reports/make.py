"""Asks the questions of a report and puts the answers together."""

from collections.abc import Mapping

from projections.packs.load import Packs
from projections.questions import Question, Reader, ask, find
from projections.reports.judged import JUDGED, judged_table
from projections.reports.model import Cell, Head, Report, Row, Scope, Table, rows_sha256
from projections.reports.sections import SECTIONS, Section


def make_report(
    reader: Reader, questions: Mapping[str, Question], packs: Packs, head: Head, scope: Scope
) -> Report:
    """Return the report of a scope, as of the clocks that the head names.

    Args:
        reader: runs questions on the read models of the log that the head names.
        questions: every question by its name.
        packs: the rule packs that are asked; their tables stand beside the read models.
        head: what the report is of and rests on.
        scope: what part of the ledger it is of.

    Raises:
        Unavailable: QUERY-FAILED where the read models cannot be read.
    """
    asked = [(one, parameters(one, scope)) for one in SECTIONS]
    tables = [
        judged_table(reader, packs, one.question, given, head)
        if one.question in JUDGED
        else _table(reader, find(questions, one.question), one, given, head)
        for one, given in asked
        if given is not None
    ]
    left_out = [one.name for one, given in asked if given is None and one.whole]
    return Report(head=head, scope=scope, tables=tuple(tables), left_out=tuple(left_out))


def parameters(section: Section, scope: Scope) -> dict[str, str] | None:
    """Return what a section's question is given in a scope; None where it is left out."""
    if scope.kind is None:
        return {} if section.whole else None
    if scope.kind not in section.scopes:
        return None
    return {section.scopes[scope.kind]: scope.name or ""}


def _table(
    reader: Reader, question: Question, section: Section, given: Mapping[str, str], head: Head
) -> Table:
    answer = ask(reader, question, given, as_of=head.as_of, known_at=head.known_at)
    rows: tuple[Row, ...] = tuple(tuple(map(_cell, row)) for row in answer.rows)
    return Table(
        name=section.name,
        question=question.name,
        given=dict(given),
        title=question.title,
        asked=question.question,
        note=question.note,
        meanings=tuple((one.name, one.meaning) for one in question.columns),
        columns=answer.columns,
        total=len(rows),
        sha256=rows_sha256(rows),
        rows=rows,
    )


def _cell(value: object) -> Cell:
    return value if value is None or isinstance(value, int | str) else str(value)
