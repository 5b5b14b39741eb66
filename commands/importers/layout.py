"""A layout: on which sheet of a file, and under which headings, the columns stand."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from ledger.errors import Malformed

LAYOUT_BYTES_MAX = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the columns of a file are; what it does not say is found by the usual names.

    Attributes:
        sheet: sheet of a workbook, or None.
        columns: column, to the heading that it has in the file.
    """

    sheet: str | None = None
    columns: dict[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the text of a layout's file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


NO_LAYOUT = Layout()


class _File(msgspec.Struct, forbid_unknown_fields=True):
    sheet: str | None = None
    columns: dict[str, str] = msgspec.field(default_factory=dict)


def read_layout(content: bytes, where: str) -> Layout:
    """Return the layout of a file that `--save-map` wrote.

    Raises:
        Malformed: LAYOUT-FORM.
    """
    try:
        found = msgspec.json.decode(content, type=_File)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(
            "LAYOUT-FORM",
            f"this is no layout: {error}",
            where=where,
            hint='it is written so: {"sheet": "Units", "columns": {"serial": "Ser. No."}};'
            " --save-map FILE writes one",
        ) from error
    return Layout(sheet=found.sheet, columns=found.columns)


def layout_with(layout: Layout, sheet: str | None, columns: Iterable[str]) -> Layout:
    """Return a layout with what `--sheet` and `--column NAME=HEADING` say instead.

    Raises:
        Malformed: LAYOUT-FORM.
    """
    named = dict(layout.columns)
    for text in columns:
        name, equals, heading = text.partition("=")
        if not equals or not heading.strip():
            raise Malformed(
                "LAYOUT-FORM",
                f"{text[:80]!r} names no column and its heading",
                where="--column",
                hint="write --column serial='Ser. No.'",
            )
        named[name] = heading
    return Layout(sheet=sheet or layout.sheet, columns=named)
