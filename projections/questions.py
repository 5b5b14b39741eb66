"""Questions to the read models: one SQL file each, with a head that says what it asks.

The files in `projections/queries/` come with the program; a user can add a folder of his own.
Both are held to the same rule: one SELECT, values bound and never pasted in, no writing.
"""

import difflib
import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from ledger.errors import LedgerError, Malformed, Unavailable
from projections.sql_given import for_given
from projections.sql_header import Column, Parameter, read_sql
from projections.sql_parts import with_parts

Rows = list[tuple[object, ...]]
Reader = Callable[[str, Mapping[str, object]], tuple[tuple[str, ...], Rows]]
"""Runs one SELECT with bound values: names of its columns, and its rows."""

_REQUIRED = frozenset({"title", "question"})
_OPTIONAL = frozenset({"note", "with"})
_NAME = re.compile(r"^[a-z][a-z0-9-]{0,62}\Z")
_READING = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_AT_FAULT = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_AUTH}
"""Codes that say that the statement is wrong, and not the file."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that can be asked.

    Attributes:
        name: the file's name without its ending.
        title: a few words.
        question: one sentence.
        note: what the answer does not show, or None.
        parameters: what it takes beside the two clocks.
        columns: the columns that need explaining.
        sql: the SELECT.
    """

    name: str
    title: str
    question: str
    note: str | None
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    sql: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names, and rows of text, whole numbers and None."""

    columns: tuple[str, ...]
    rows: Rows


def questions(folder: Path | None = None) -> dict[str, Question]:
    """Return every question by name, in alphabetical order.

    Args:
        folder: a user's folder of further `.sql` files, or None.

    Raises:
        Malformed: SQL-… for a file that is not well-formed; QUERY-NAME for a name that is taken
            or not lower-case words with hyphens.
        Unavailable: QUERY-FOLDER for a folder that cannot be read.
    """
    found = dict(_shipped())
    if folder is None:
        return found
    try:
        added = _load(folder)
    except OSError as error:
        raise Unavailable("QUERY-FOLDER", f"cannot read questions: {error}") from error
    for one in added:
        if one.name in found:
            raise Malformed(
                "QUERY-NAME",
                f"the question {one.name!r} comes with chipledger",
                where=one.name,
                hint="give the file another name",
            )
    return dict(sorted((found | {one.name: one for one in added}).items()))


@cache
def _shipped() -> dict[str, Question]:
    return {one.name: one for one in _load(resources.files("projections.queries"))}


def _load(folder: Traversable) -> list[Question]:
    files = [one for one in folder.iterdir() if one.name.endswith(".sql")]
    return [_question(one) for one in sorted(files, key=lambda one: one.name)]


def _question(file: Traversable) -> Question:
    name = file.name.removesuffix(".sql")
    if _NAME.match(name) is None:
        raise Malformed(
            "QUERY-NAME", f"{file.name!r} is no name of a question", hint="write open-leases.sql"
        )
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise Malformed("SQL-HEADER", "the file is not UTF-8", where=file.name) from error
    whole = with_parts(text, file.name)
    sql = read_sql(whole, file.name, required=_REQUIRED, optional=_OPTIONAL)
    return Question(
        name=name,
        title=sql.texts["title"],
        question=sql.texts["question"],
        note=sql.texts.get("note"),
        parameters=sql.parameters,
        columns=sql.columns,
        sql=sql.sql,
    )


def ask(
    reader: Reader,
    question: Question,
    given: Mapping[str, object],
    *,
    as_of: str,
    known_at: int,
) -> Answer:
    """Return the answer to a question as of an instant, from what was known at a position.

    Args:
        reader: runs the SELECT on the read models.
        question: what to ask; `find` finds it by name.
        given: values by parameter name; an optional one may be absent or None.
        as_of: what happened before this instant counts, `YYYY-MM-DDTHH:MM:SSZ`.
        known_at: entries up to and including this index count.

    Raises:
        Malformed: QUERY-PARAMETER for a parameter that is missing or unknown; QUERY-SQL for a
            statement that the read models refuse.
        Unavailable: QUERY-FAILED where the file cannot be read or is busy.
    """
    values = _bind(question, given)
    sql = for_given(question.sql, [name for name, value in values.items() if value is not None])
    bound = values | {"as_of": as_of, "known_at": known_at}
    return answer(reader, sql, bound, question.name)


def answer(reader: Reader, sql: str, bound: Mapping[str, object], name: str) -> Answer:
    """Return what one SELECT with its values gives; `name` is its file's, without the ending.

    Raises:
        Malformed: QUERY-PARAMETER, QUERY-SQL.
        Unavailable: QUERY-FAILED.
    """
    try:
        columns, rows = reader(sql, bound)
    except (OverflowError, UnicodeEncodeError) as error:
        raise Malformed(
            "QUERY-PARAMETER", "a value is no text or number of a ledger", where=name
        ) from error
    except sqlite3.Error as error:
        raise _failure(name, error) from error
    return Answer(columns, rows)


def _failure(name: str, error: sqlite3.Error) -> LedgerError:
    if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _AT_FAULT:
        return Malformed(
            "QUERY-SQL",
            f"the read models refuse the question: {error}",
            where=f"{name}.sql",
            hint="a question is one SELECT over the tables of the read models",
        )
    return Unavailable(
        "QUERY-FAILED",
        f"the read models cannot be read: {error}",
        where=name,
        hint="try again; the file can be deleted, it is built again from the log",
    )


def find(found: Mapping[str, Question], name: str) -> Question:
    """Return the question of this name.

    Raises:
        Malformed: QUERY-UNKNOWN, with the nearest names.
    """
    if name in found:
        return found[name]
    near = difflib.get_close_matches(name.lower(), found, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(found)}"
    raise Malformed("QUERY-UNKNOWN", f"there is no question {name[:60]!r}", hint=hint)


def _bind(question: Question, given: Mapping[str, object]) -> dict[str, object]:
    names = [one.name for one in question.parameters]
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            takes = f"it takes {', '.join(names)}" if names else "it takes none"
            raise Malformed(
                "QUERY-PARAMETER",
                f"{question.name} takes no parameter {name[:60]!r}",
                where=question.name,
                hint=f"did you mean {near[0]}?" if near else takes,
            )
    for one in question.parameters:
        if one.required and given.get(one.name) is None:
            raise Malformed(
                "QUERY-PARAMETER",
                f"{question.name} needs {one.name}: {one.meaning}",
                where=question.name,
            )
    return {name: given.get(name) for name in names}


def sqlite_reader(connection: sqlite3.Connection) -> Reader:
    """Return a reader over a connection that, while a question runs, can do nothing but read.

    Neither PRAGMA nor ATTACH nor an extension passes, so a question of a user's folder reaches no
    other file.
    """
    # SQLite declares this table at its first use, which is no reading
    connection.execute("SELECT 1 FROM json_each('[]')").fetchall()

    def read(sql: str, values: Mapping[str, object]) -> tuple[tuple[str, ...], Rows]:
        connection.set_authorizer(_authorize)
        try:
            cursor = connection.execute(sql, values)
            return tuple(one[0] for one in cursor.description), cursor.fetchall()
        finally:
            connection.set_authorizer(None)

    return read


def _authorize(
    action: int, _table: str | None, name: str | None, _database: str | None, _by: str | None
) -> int:
    loads = action == sqlite3.SQLITE_FUNCTION and name == "load_extension"
    return sqlite3.SQLITE_OK if action in _READING and not loads else sqlite3.SQLITE_DENY
