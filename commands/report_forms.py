"""The forms in which a report is written, by the ending of the file's name."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ledger.errors import Malformed
from projections.reports.attached import evidence_of
from projections.reports.model import Report
from projections.reports.page import read_page, write_page
from projections.reports.paper import paper_writer, read_paper, write_paper
from projections.reports.workbook import (
    read_workbook,
    same_workbook,
    workbook_writer,
    write_workbook,
)


@dataclass(frozen=True, slots=True)
class Form:
    """How a report is written and read back.

    Attributes:
        write: gives the file, with the evidence inside where there is a place for it.
        read: gives the report of such a file.
        stranger: says why a file cannot be written again here, as what it is made of depends on
            the version of the library that wrote it, or None.
        same: compares two files.
        evidence: gives the evidence inside a file, or None.
        carries: whether evidence has a place in it.
    """

    write: Callable[[Report, bytes | None], bytes]
    read: Callable[[bytes], Report]
    stranger: Callable[[bytes], str | None]
    same: Callable[[bytes, bytes], bool]
    evidence: Callable[[bytes], bytes | None] = lambda _: None
    carries: bool = False

    def again(self, told: Report, data: bytes) -> bytes:
        """Return a file written again from what it says and brings along."""
        return self.write(told, self.evidence(data))


FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        ".html": Form(lambda one, _: write_page(one), read_page, lambda _: None, operator.eq),
        ".pdf": Form(write_paper, read_paper, paper_writer, operator.eq, evidence_of, carries=True),
        ".xlsx": Form(
            lambda one, _: write_workbook(one), read_workbook, workbook_writer, same_workbook
        ),
    }
)
_BEGINS: Final = ((b"PK\x03\x04", ".xlsx"), (b"%PDF-", ".pdf"))


def form_of(path: Path) -> Form:
    """Return the form that a file's name asks for.

    Raises:
        Malformed: REPORT-FORM.
    """
    if path.suffix.lower() not in FORMS:
        raise Malformed(
            "REPORT-FORM",
            f"no report is written as {path.suffix or 'a file without an ending'}",
            where=str(path),
            hint=f"name it with one of {', '.join(sorted(FORMS))}",
        )
    return FORMS[path.suffix.lower()]


def read_report(data: bytes) -> tuple[Report, Form]:
    """Return what the bytes of a report say, and in which form they do.

    Raises:
        Malformed: REPORT-COPY.
    """
    form = FORMS[next((name for begins, name in _BEGINS if data.startswith(begins)), ".html")]
    return form.read(data), form
