"""The comment lines at the head of an SQL file that say what it asks; strictly read.

The head is the comment lines at the top, each `-- key: text`. A line that begins with two blanks
goes on with the key above it: another item of a list, or more of a sentence:

    -- title: Where everything is
    -- question: Who holds how many units, where and in which state?
    -- parameters: batch (batch, optional, units of this batch only)
    --             rack (rack, optional, units of this rack only)

What follows the head is one SELECT. Its values come from bound parameters `:name` alone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.errors import Malformed

SQL_BYTES_MAX = 65_536
CLOCKS = frozenset({"as_of", "known_at"})
"""Bound in every question: exclusive UTC bound of what was true; index of what was known."""

KINDS = frozenset(
    {
        "authorization",
        "batch",
        "certification",
        "country",
        "day",
        "entry",
        "hold",
        "incident",
        "lease",
        "model",
        "party",
        "plan",
        "rack",
        "serial",
        "shipment",
        "site",
        "text",
    }
)
"""What a parameter names; a command line completes and matches by it. `entry` is an index, `day`
a date YYYY-MM-DD."""

_HEAD_LINE = re.compile(r"^--(?: ([a-z]+): |  +)(\S.*)$")
_PARAMETER = re.compile(r"^([a-z][a-z_]{0,31}) \(([a-z]+), (required|optional), (.+)\)$")
_THRESHOLD = re.compile(r"^([a-z][a-z_]{0,31}) \(([0-9]{1,9}), (.+)\)$")
_LISTS = frozenset({"thresholds"})
_COLUMN = re.compile(r"^([a-z][a-z0-9_]{0,63}): (\S.*)$")
_QUIET = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_BOUND = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")
_UNNAMED = re.compile(r"[?@$]")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a question takes.

    Attributes:
        name: as the SQL binds it.
        kind: what it names, one of `KINDS`.
        required: whether the question cannot be asked without it.
        meaning: for people.
    """

    name: str
    kind: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column whose meaning is not plain from its name."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """A whole number that a rule compares with; who runs the rule can set another.

    Attributes:
        name: as the SQL binds it.
        value: what it is where nobody sets another.
        meaning: for people.
    """

    name: str
    value: int
    meaning: str


@dataclass(frozen=True, slots=True)
class SqlFile:
    """An SQL file read.

    Attributes:
        texts: sentences by key, such as `title`.
        parameters: what it takes, in the order of the head.
        columns: columns that are explained, in the order of the head.
        thresholds: numbers that it compares with, in the order of the head.
        sql: the one SELECT, without the head.
    """

    texts: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    thresholds: tuple[Threshold, ...]
    sql: str


def read_sql(
    text: str,
    where: str,
    *,
    required: frozenset[str],
    optional: frozenset[str],
    bound: frozenset[str] = CLOCKS,
) -> SqlFile:
    """Return an SQL file's head and statement.

    Args:
        text: the file's text.
        where: its name, for errors.
        required: keys of the sentences that must stand in the head.
        optional: keys of sentences that may; `thresholds` among them stands for that list.
        bound: names that the SQL must bind beside those that the head declares.

    Raises:
        Malformed: SQL-TOO-LARGE, SQL-HEADER or SQL-STATEMENT.
    """
    if len(text.encode(errors="surrogatepass")) > SQL_BYTES_MAX:
        raise Malformed("SQL-TOO-LARGE", f"more than {SQL_BYTES_MAX:,} bytes", where=where)
    head, sql = _split(text, where)
    lists = {name: head.pop(name, []) for name in {"parameters", "columns"} | (optional & _LISTS)}
    unknown = sorted(set(head) - required - optional)
    missing = sorted(required - set(head))
    if unknown or missing:
        said = f"unknown key {unknown[0]!r}" if unknown else f"no {missing[0]!r}"
        raise _bad_header(said, where)
    parameters = tuple(_parameter(item, where) for item in lists["parameters"])
    thresholds = tuple(_threshold(item, where) for item in lists.get("thresholds", ()))
    declared = [one.name for one in parameters] + [one.name for one in thresholds]
    _check_statement(sql, declared, bound, where)
    return SqlFile(
        texts={key: " ".join(items) for key, items in head.items()},
        parameters=parameters,
        columns=tuple(_column(item, where) for item in lists["columns"]),
        thresholds=thresholds,
        sql=sql,
    )


def _split(text: str, where: str) -> tuple[dict[str, list[str]], str]:
    head: dict[str, list[str]] = {}
    key = None
    lines = text.split("\n")
    count = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    for line in lines[:count]:
        found = _HEAD_LINE.match(line)
        if found is None:
            raise _bad_header(f"{line[:60]!r} is no line of a head", where)
        named, item = found.groups()
        if named is not None:
            if named in head:
                raise _bad_header(f"{named!r} stands twice", where)
            key = named
        if key is None:
            raise _bad_header("the first line names no key", where)
        head.setdefault(key, []).append(item.rstrip())
    return head, "\n".join(lines[count:]).strip()


def _parameter(item: str, where: str) -> Parameter:
    found = _PARAMETER.match(item)
    if found is None or found[2] not in KINDS or found[1] in CLOCKS:
        raise _bad_header(f"{item[:60]!r} is no parameter: name (kind, optional, meaning)", where)
    return Parameter(found[1], found[2], found[3] == "required", found[4])


def _column(item: str, where: str) -> Column:
    found = _COLUMN.match(item)
    if found is None:
        raise _bad_header(f"{item[:60]!r} is no column: name: meaning", where)
    return Column(found[1], found[2])


def _threshold(item: str, where: str) -> Threshold:
    found = _THRESHOLD.match(item)
    if found is None:
        raise _bad_header(f"{item[:60]!r} is no threshold: name (30, meaning)", where)
    return Threshold(found[1], int(found[2]), found[3])


def _check_statement(sql: str, declared: Sequence[str], clocks: frozenset[str], where: str) -> None:
    bare = _QUIET.sub(" ", sql)
    body = bare.strip().removesuffix(";").rstrip()
    if re.match(r"(?i)(SELECT|WITH)\b", body) is None or ";" in body:
        raise Malformed(
            "SQL-STATEMENT",
            "the file holds something else than one SELECT",
            where=where,
            hint="a question only reads: begin with SELECT or WITH, one statement",
        )
    if _UNNAMED.search(body):
        raise Malformed("SQL-STATEMENT", "a parameter is not written :name", where=where)
    bound = set(_BOUND.findall(body))
    if len(set(declared)) < len(declared):
        raise _bad_header("a parameter stands twice", where)
    if bound - clocks != set(declared):
        odd = min((bound - clocks) ^ set(declared))
        raise _bad_header(f"{odd!r} stands in the head or in the SQL, not in both", where)
    if bound & clocks != clocks:
        named = ", ".join(f":{one}" for one in sorted(clocks))
        raise _bad_header(f"the SQL must look at {named}", where)


def _bad_header(said: str, where: str) -> Malformed:
    return Malformed(
        "SQL-HEADER",
        f"the head is not well-formed: {said}",
        where=where,
        hint="`chipledger findings --explain CODE` and the files in projections/ show the form",
    )
