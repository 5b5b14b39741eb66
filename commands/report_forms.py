"""The forms in which a report is written, by the ending of the file's name."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ledger.errors import Malformed
from projections.reports.model import Report
from projections.reports.page import read_page, write_page
from projections.reports.workbook import (
    read_workbook,
    same_workbook,
    workbook_writer,
    write_workbook,
)

_ZIP: Final = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Form:
    """How a report is written and read back.

    What a workbook is made of depends on the version of the library that writes it: `stranger`
    says why a file cannot be written again here, and `same` compares two.
    """

    write: Callable[[Report], bytes]
    read: Callable[[bytes], Report]
    stranger: Callable[[bytes], str | None]
    same: Callable[[bytes, bytes], bool]


FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        ".html": Form(write_page, read_page, lambda _: None, operator.eq),
        ".xlsx": Form(write_workbook, read_workbook, workbook_writer, same_workbook),
    }
)


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
    form = FORMS[".xlsx" if data.startswith(_ZIP) else ".html"]
    return form.read(data), form
