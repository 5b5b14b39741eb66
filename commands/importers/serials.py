"""What a cell must be to name hardware: a serial number, a place in a rack, an identifier."""

import re

from commands.importers.table import Problem
from ledger.events.base import is_code, is_identifier

_ZEROS = re.compile(r"[0.\s-]+\Z")
_ROUNDED = re.compile(r"[0-9]([.,][0-9]+)?E\+[0-9]+\Z", re.IGNORECASE)
_FORMULA = re.compile(r"[=@+-]|#[A-Z/0!?]+[!?]\Z")
_TOTALS = {"total", "totals", "subtotal", "grandtotal", "sum", "summe", "gesamt", "insgesamt"}
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


def no_zeros(text: str | None) -> str | None:
    """Return a serial number, or None for one of zeros alone, which stands for none."""
    return None if text is None or _ZEROS.match(text) else text


def code_problem(line: int, column: str, text: str) -> Problem | None:
    """Return what is wrong with a serial number or a place, or None."""
    if _ROUNDED.match(text):
        message = (
            f"{column} {text} was rounded by a spreadsheet: its digits are lost; format the column"
            " as text and paste it again from its source"
        )
        return Problem(line, "SERIAL-ROUNDED", message, column)
    if not is_code(text) or _FORMULA.match(text):
        message = f"{column} {text[:80]!r} is not 1 to 64 printable ASCII characters, or a formula"
        return Problem(line, "CELL-FORM", message, column)
    return None


def identifier_problem(line: int, column: str, text: str | None) -> Problem | None:
    """Return what is wrong with the identifier of a rack or batch, or None."""
    if text is None:
        return Problem(line, "CELL-MISSING", f"it names no {column}", column)
    if column == "rack" and text.strip(" :").lower().replace(" ", "") in _TOTALS:
        return Problem(line, "ROW-TOTAL", f"{text[:80]!r} is no rack: take totals out", column)
    if not is_identifier(text):
        message = f"{column} {text[:80]!r} is no identifier: letters, digits, - _ . and at most 64"
        other = _NO_NAME.sub("-", text.strip())
        if is_identifier(other):
            message += f", such as {other}"
        return Problem(line, "CELL-FORM", message, column)
    return None
