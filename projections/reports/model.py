"""What a report is: its head, its tables, and the one digest of all its figures."""

import hashlib
import re
from typing import Final

import msgspec
from msgspec import Struct

from ledger.canonical import encode
from ledger.errors import Malformed

SCHEMA: Final = "chipledger.report/1"
Cell = int | str | None
_SPELLED: Final = re.compile(r"[&<>_\x7f-\U0010ffff]")
Row = tuple[Cell, ...]


class Scope(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a report is of: `kind` is one of `sections.SCOPES`; None: everything."""

    kind: str | None = None
    name: str | None = None


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a report is of and rests on.

    Attributes:
        origin: the ledger's name.
        fingerprint: the ledger's, in hex.
        purpose: what the ledger says that it is for.
        opened_by: the party that opened it.
        size: entries in the checkpoint.
        root: root hash of the checkpoint, hex.
        held: how many of these entries are at hand: fewer where a selection is.
        recorded_at: when the newest of these entries was recorded, by the ledger's clock.
        zone: the ledger's time zone.
        day: the day at whose end the figures hold.
        as_of: the same as an exclusive bound, UTC.
        known_at: the newest entry that counts.
        software: what wrote the report, with its version.
        source: what the figures were computed from.
        audit: what was done to verify that.
        packs: rule packs that were asked, each with its date.
        not_checked: what nobody looked at for this report.
    """

    origin: str
    fingerprint: str
    purpose: str
    opened_by: str
    size: int
    held: int
    root: str | None
    recorded_at: str
    zone: str
    day: str
    as_of: str
    known_at: int
    software: str
    source: str
    audit: str
    packs: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section: a question, what it was given, and the answer.

    Attributes:
        name: of the section.
        question: its name in `projections/queries`, or one of `judged.JUDGED`.
        given: its parameters.
        title: a few words.
        asked: the question in a sentence.
        note: what the answer does not show.
        meanings: columns that need explaining, each with its meaning.
        columns: names of the columns.
        total: how many rows the answer has.
        sha256: of the canonical bytes of all its rows, hex.
        rows: the rows, or as many as the file carries.
    """

    name: str
    question: str
    given: dict[str, str]
    title: str
    asked: str
    note: str | None
    meanings: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    total: int
    sha256: str
    rows: tuple[Row, ...]


class Report(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report.

    Attributes:
        schema: name of this form.
        head: what it is of and rests on.
        scope: what part of the ledger it is of.
        tables: its sections in order.
        left_out: sections that cannot be narrowed to the scope.
    """

    schema: str = SCHEMA
    head: Head
    scope: Scope
    tables: tuple[Table, ...]
    left_out: tuple[str, ...] = ()

    def table(self, name: str) -> Table | None:
        """Return the section of this name, or None where it was left out."""
        return next((one for one in self.tables if one.name == name), None)

    @property
    def digest(self) -> str:
        """SHA-256 in hex over everything, where each table stands for its rows by their SHA-256."""
        bare = (msgspec.structs.replace(one, rows=()) for one in self.tables)
        return hashlib.sha256(encode(msgspec.structs.replace(self, tables=tuple(bare)))).hexdigest()


def rows_sha256(rows: tuple[Row, ...]) -> str:
    """Return the SHA-256 of the canonical bytes of rows, in hex."""
    return hashlib.sha256(encode(rows)).hexdigest()


def carried(report: Report, limits: dict[str, int]) -> Report:
    """Return the report with no more rows of a section than its limit; figures stay as they are."""
    tables = (
        msgspec.structs.replace(one, rows=one.rows[: limits[one.name]])
        if one.name in limits
        else one
        for one in report.tables
    )
    return msgspec.structs.replace(report, tables=tuple(tables))


def write_copy(report: Report) -> str:
    """Return the machine-readable copy: JSON of such letters as no markup spells otherwise."""
    return _SPELLED.sub(lambda one: _escaped(one[0]), encode(report).decode())


def _escaped(letter: str) -> str:
    """Return a letter as JSON escapes it: beyond U+FFFF as two surrogates (RFC 8259 section 7)."""
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def read_copy(data: bytes) -> Report:
    """Return the report of a machine-readable copy.

    Raises:
        Malformed: REPORT-COPY.
    """
    try:
        report = msgspec.json.decode(data, type=Report)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            "REPORT-COPY",
            f"the machine-readable copy in the report is not well-formed: {error}",
            hint="ask for the report once more",
        ) from error
    if report.schema != SCHEMA or any(
        len(row) != len(one.columns) for one in report.tables for row in one.rows
    ):
        raise Malformed(
            "REPORT-COPY",
            "the machine-readable copy in the report is of another form",
            hint="ask for the report once more",
        )
    return report
