"""A report on paper: a PDF/A-3b file with its figures and its evidence inside.

Typst sets it in this process, with the fonts that it and this package bring along and no file or
package from elsewhere. Every word reaches it as data, never as markup, and in letters that these
fonts have.
"""

import hashlib
import json
import re
from datetime import datetime
from importlib import metadata, resources
from types import ModuleType
from typing import Any, Final

import msgspec

from ledger.errors import Unavailable
from projections.reports import excerpt, words
from projections.reports.attached import EVIDENCE, FIGURES, Attached, broken_paper
from projections.reports.letters import Piece, broken, covered
from projections.reports.model import Report, Table, carried, read_copy, write_copy
from projections.reports.paper_table import remark, tables_of
from projections.reports.pictures import draw
from projections.reports.svg import slices

STANDARD: Final = "a-3b"
_LINE: Final = 60.0
"""Room of a line of running text beside a name, in the size of its font."""
_HIGH: Final = 560.0
"""Height of a part of a picture, in its own units."""
_HEAD_MAX: Final = 64 * 1024
_SCOPE: Final = re.compile(rb'\{"asked":[^\n]*"scope":"(full|selection)","size":([0-9]{1,15})\}\n')
_ROOT_LETTERS: Final = 16


def write_paper(report: Report, evidence: bytes | None) -> bytes:
    """Return the PDF of a report.

    Args:
        report: what it says.
        evidence: the evidence file that goes along, or None.

    Raises:
        Malformed: REPORT-COPY where the evidence is no text.
        Unavailable: REPORT-LIBRARY; REPORT-PAPER where typst cannot set it.
    """
    library = _library()
    short = carried(report, excerpt.limits())
    room = resources.files("projections.reports")
    source = room.joinpath("paper.typ").read_bytes()
    inputs = {"data": json.dumps(_data(short, evidence)), "figures": write_copy(short)}
    if evidence is not None:
        try:
            inputs["evidence"] = evidence.decode()
        except UnicodeDecodeError as error:
            raise broken_paper() from error
    try:
        with resources.as_file(room.joinpath("fonts")) as fonts:
            written: bytes = library.compile(
                source,
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=[STANDARD],
                ignore_system_fonts=True,
                font_paths=[fonts],
            )
    except library.TypstError as error:
        raise Unavailable(
            "REPORT-PAPER",
            f"typst cannot set the report: {error}",
            hint="write it as .html or .xlsx",
        ) from error
    return written


def read_paper(data: bytes) -> Report:
    """Return the report of the machine-readable copy inside a PDF.

    Raises:
        Malformed: REPORT-COPY.
    """
    return read_copy(Attached(data).bytes_of(FIGURES))


def paper_writer(data: bytes) -> str | None:
    """Return why a PDF cannot be written again as it is, or None.

    Raises:
        Malformed: REPORT-COPY.
        Unavailable: REPORT-LIBRARY.
    """
    wrote, here = Attached(data).description(FIGURES), _written()
    return None if wrote == here else f"the report was set otherwise: {wrote}; here: {here}"


def _library() -> ModuleType:
    try:
        import typst  # noqa: PLC0415  only papers need it
    except ModuleNotFoundError as error:
        raise Unavailable(
            "REPORT-LIBRARY",
            "papers are set by typst, which is not installed",
            hint="install chipledger with its extra: chipledger[report]",
        ) from error
    module: ModuleType = typst
    return module


def _written() -> str:
    _library()
    return f"The figures of the report, for programs, set by typst {metadata.version('typst')}"


def _data(report: Report, evidence: bytes | None) -> dict[str, Any]:
    """Return all words of the paper."""
    head = report.head
    told = [*words.facts(report), ("Evidence inside", _evidence_words(evidence))]
    at = datetime.fromisoformat(head.recorded_at)
    first = words.announcement(head)
    root = "not shown" if head.root is None else f"{head.root[:_ROOT_LETTERS]}…"
    left = f"Left out: what cannot be told of one {report.scope.kind} alone"
    return {
        "title": covered(words.title(report)),
        "announcement": None if first is None else covered(first),
        "date": [at.year, at.month, at.day, at.hour, at.minute, at.second],
        "digest": report.digest,
        "written": _written(),
        "header": [
            covered(f"{head.origin}, {head.size:,} entries, root {root}"),
            covered(f"as of {head.day} ({head.zone}), known at entry {head.known_at:,}"),
        ],
        "facts": [[name, _set(value)] for name, value in told],
        "vouching": [_set(one) for one in words.vouching(report)],
        "unchecked": [_set(one) for one in head.not_checked],
        "left_out": [left, ", ".join(report.left_out)] if report.left_out else None,
        "parts": [_part(report, one) for one in excerpt.answered(report)],
        "nothing": [
            {"asked": covered(one.asked), "command": _set(words.command(one)), "note": one.note}
            for one in excerpt.unanswered(report)
        ],
    }


def _set(text: str) -> str | list[Piece]:
    return broken(covered(text, boxed=True), _LINE)


def _evidence_words(evidence: bytes | None) -> str:
    if evidence is None:
        return "none"
    digest = hashlib.sha256(evidence).hexdigest()
    found = _SCOPE.match(evidence[:_HEAD_MAX])
    held = ""
    if found is not None:
        entries = f"{int(found[2]):,} entries"
        whole = found[1] == b"full"
        held = (
            f"all {entries}" if whole else f"a part of {entries}: not every figure follows from it"
        )
    return ", ".join(
        filter(None, [EVIDENCE, held, f"{len(evidence):,} bytes", f"SHA-256 {digest}"])
    )


def _part(report: Report, table: Table) -> dict[str, Any]:
    """Return all words and the picture of a section."""
    kind = excerpt.picture(table)
    drawn = None if kind is None else draw(kind, _in_letters(table), report.head)
    kept = excerpt.columns(table)
    empty = ", ".join(kept.empty).replace("_", " ")
    shown = {table.columns[place] for place in kept.kept}
    absent = f"In no row: {empty}." if table.rows and empty else None
    tables = tables_of(table) if table.rows else []
    remarks = [words.more(table), table.note, absent, remark(tables)]
    return {
        "title": covered(excerpt.heading(table)),
        "count": f"{table.total:,}",
        "asked": covered(table.asked),
        "command": _set(words.command(table)),
        "caption": None if kind is None else words.PICTURE_TITLES[kind],
        "slices": [] if drawn is None else [part for part, _ in slices(drawn, _HIGH)],
        "tables": tables,
        "remarks": [_set(one) for one in remarks if one],
        "meanings": [
            [covered(name.replace("_", " ")), _set(said)]
            for name, said in table.meanings
            if name in shown
        ],
    }


def _in_letters(table: Table) -> Table:
    """Return a table for drawing: its texts in letters that the fonts have."""
    rows = (
        tuple(covered(one) if isinstance(one, str) else one for one in row) for row in table.rows
    )
    return msgspec.structs.replace(table, rows=tuple(rows))
