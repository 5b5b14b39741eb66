"""A strict reader of CSV that people and their spreadsheets made.

UTF-8 with an optional byte order mark, commas, one head. Columns are found by any of their usual
names; what is wrong with a row is collected, so that one look mends the whole file.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from commands.output import safe
from ledger.errors import Malformed
from ledger.events.base import DOCUMENT_BYTES_MAX

if TYPE_CHECKING:
    from _csv import Reader

ROWS_MAX = 1_000_000
_SHOWN_MAX = 20
_MISSING = {"", "n/a", "na", "#n/a", "none", "null", "-"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row.

    Attributes:
        line: line of the file, from 1.
        code: stable name, such as SERIAL-REPEATED.
        message: for people.
    """

    line: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row by column; a missing value is None."""

    line: int
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Table:
    """A file read.

    Attributes:
        rows: the rows of the right length.
        ignored: names of columns that were not asked for.
        problems: what is wrong with other rows.
    """

    rows: tuple[Row, ...]
    ignored: tuple[str, ...]
    problems: tuple[Problem, ...]


def read_table(
    content: bytes, where: str, columns: Mapping[str, Sequence[str]], required: Sequence[str]
) -> Table:
    """Return the rows of a CSV file.

    Args:
        content: the file's bytes.
        where: its name, for errors.
        columns: each column with the names it may have, without blanks, case or punctuation.
        required: columns that must be there.

    Raises:
        Malformed: TOO-LARGE, CSV-ENCODING, CSV-CONTROL, CSV-EMPTY, CSV-DELIMITER, CSV-COLUMNS,
            CSV-SYNTAX or CSV-ROWS (more than 1,000,000).
    """
    if len(content) > DOCUMENT_BYTES_MAX:
        raise Malformed(
            "TOO-LARGE",
            f"the file has more than {DOCUMENT_BYTES_MAX:,} bytes",
            where=where,
            hint="split it by rack",
        )
    lines = csv.reader(io.StringIO(_text(content, where), newline=""), strict=True)
    try:
        head = next(lines, None)
        if not head or not any(cell.strip() for cell in head):
            raise Malformed(
                "CSV-EMPTY",
                "the first line names no columns",
                where=f"{where}:1",
                hint="the first line names the columns, such as rack,serial,batch",
            )
        at, ignored = _columns(head, where, columns, required)
        rows: list[Row] = []
        problems: list[Problem] = []
        for line, cells in _numbered(lines):
            if len(rows) == ROWS_MAX:
                raise Malformed(
                    "CSV-ROWS", f"more than {ROWS_MAX:,} rows", where=where, hint="split it by rack"
                )
            if len(cells) != len(head):
                message = f"{len(cells)} cells where the head has {len(head)}"
                problems.append(Problem(line, "ROW-LENGTH", message))
                continue
            rows.append(Row(line, {name: _value(cells[place]) for name, place in at.items()}))
    except csv.Error as error:
        raise Malformed(
            "CSV-SYNTAX",
            f"this is no CSV: {error}",
            where=f"{where}:{lines.line_num}",
            hint="look for a quotation mark that is not closed",
        ) from error
    return Table(tuple(rows), ignored, tuple(problems))


def reject(problems: Sequence[Problem], where: str) -> NoReturn:
    """Refuse a file, and say what is wrong with each row, the first twenty in full.

    Raises:
        Malformed: ROWS-REJECTED.
    """
    ordered = sorted(problems, key=lambda one: one.line)
    shown = [
        safe(f"{where}:{one.line}: {one.message} [{one.code}]") for one in ordered[:_SHOWN_MAX]
    ]
    if len(ordered) > _SHOWN_MAX:
        shown.append(f"and {len(ordered) - _SHOWN_MAX:,} more")
    what = "a row is" if len(ordered) == 1 else f"{len(ordered):,} rows are"
    raise Malformed(
        "ROWS-REJECTED",
        "\n  ".join((f"{what} not well-formed, so nothing was recorded", *shown)),
        hint="mend these lines and run it again",
    )


def _text(content: bytes, where: str) -> str:
    hint = "save it as CSV UTF-8"
    if content.startswith(_WIDE_MARKS):
        raise Malformed("CSV-ENCODING", "the file is UTF-16, not UTF-8", where=where, hint=hint)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Malformed(
            "CSV-ENCODING", "the file is not UTF-8", where=f"{where}:{line}", hint=hint
        ) from error
    found = _CONTROL.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        raise Malformed(
            "CSV-CONTROL",
            f"the file holds the control character U+{ord(found[0]):04X}",
            where=f"{where}:{line}",
            hint=f"is it a CSV file? {hint}",
        )
    return text


def _columns(
    head: Sequence[str], where: str, columns: Mapping[str, Sequence[str]], required: Sequence[str]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the place of each column that was found, and the names of the others."""
    meant = {other: name for name, others in columns.items() for other in (name, *others)}
    at: dict[str, int] = {}
    ignored: list[str] = []
    for place, cell in enumerate(head):
        name = meant.get(re.sub(r"[\W_]", "", cell.lower()))
        if name is None:
            ignored.append(cell.strip() or f"column {place + 1}")
        elif name in at:
            raise Malformed(
                "CSV-COLUMNS",
                f"{head[at[name]].strip()!r} and {cell.strip()!r} both mean {name}",
                where=f"{where}:1",
                hint="keep one of them",
            )
        else:
            at[name] = place
    absent = [name for name in required if name not in at]
    if absent and len(head) == 1 and re.search("[;\t]", head[0]):
        raise Malformed(
            "CSV-DELIMITER",
            "the columns are not parted by commas",
            where=f"{where}:1",
            hint="save it as CSV with commas",
        )
    if absent:
        usual = "; ".join(f"{name}: {', '.join(columns[name])}" for name in absent)
        raise Malformed(
            "CSV-COLUMNS",
            f"there is no column {' and no '.join(absent)}",
            where=f"{where}:1",
            hint=f"the first line names the columns; other names are understood ({usual})",
        )
    return at, tuple(ignored)


def _numbered(lines: "Reader") -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank with the line on which it begins."""
    while True:
        line = lines.line_num + 1
        cells = next(lines, None)
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _value(cell: str) -> str | None:
    text = cell.strip()
    return None if text.lower() in _MISSING else text
