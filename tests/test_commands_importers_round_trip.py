"""A packing list says the same as CSV and as XLSX, whatever its cells hold, and runs nothing."""

import csv
import io
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.importers import source_table, workbook
from commands.importers.packing_list import PackedRack, read_packing_list
from commands.importers.workbook_process import Workbook, read_workbook
from commands.listed_units import read_units
from commands.output import cell, separated
from commands.reconcile import COLUMNS, _row
from commands.reconciling import Known, Recorded, compare
from ledger.errors import LedgerError
from projections.units import RACK_HEAD, _rack_row, _read
from tests.workbooks import xlsx

HEAD = ["rack", "tray", "slot", "serial", "batch", "remark"]
HOSTILE = [
    "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", '=HYPERLINK("http://x.invalid")',
    '"', '""', "a,b", 'say "no"', "'=1", "two\nlines", "\t", "\u202eabc\u202c", "\u200f", "\u2066x",
    "\x1b[2J", "\x07", "\x00", "N/A", "REDACTED", "0000", "1.65E+12", "é", "x" * 65, "y" * 33_000,
    "<script>alert(1)</script>", "S-1", "s-1", "R1", "B1", " S 2 ", "-", "#REF!",
]  # fmt: skip
cells = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=12),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12),
)
usual = st.tuples(
    st.sampled_from(["R1", "R2", "r1"]),
    st.integers(0, 30).map(str),
    st.integers(0, 30).map(str),
    st.one_of(st.integers(1, 10**14).map(str), st.text("ABC-9", min_size=1, max_size=9)),
    st.sampled_from(["B1", "b1", "B2"]),
    cells,
).map(list)
rows = st.lists(st.one_of(usual, st.lists(cells, min_size=6, max_size=6)), max_size=5)
CELL_MAX = 32_767
"""A cell of XLSX holds so many characters, and no control characters; a writer cuts both off."""


def as_csv(table: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *table])
    return text.getvalue().encode(errors="surrogatepass")


def told(content: bytes) -> Any:
    """Return the racks of a list, or the codes and columns of what is wrong with it."""
    try:
        return read_packing_list(content, "f").racks
    except LedgerError as error:
        lines = error.message.split("\n")[1:]
        return sorted(one.rpartition("[")[2] for one in lines) or [error.code]


def carried(text: str) -> bool:
    """Say whether a workbook carries a cell as it is."""
    return len(text) <= CELL_MAX and text.replace("\n", "").isprintable() and "_x" not in text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(table=rows)
def test_csv_and_xlsx_say_the_same(monkeypatch: Any, table: list[list[str]]) -> None:
    monkeypatch.setattr(workbook, "_sheets", lambda content, _: read_here(content).sheets)
    table = [[text if carried(text) else "?" for text in row] for row in table]
    found = told(as_csv(table))
    assert told(xlsx([HEAD, *table])) == found
    if isinstance(found, tuple):
        wanted = [row[3].strip() for row in table]
        given_back = [one.serial for rack in found for one in rack.units]
        assert sorted(filter(None, given_back)) == sorted(
            one for one in wanted if one in given_back
        )
        for rack in found:
            keeps(rack)


def read_here(content: bytes) -> Workbook:
    found = read_workbook(content)
    assert found.problem is None
    return found


def keeps(rack: PackedRack) -> None:
    """Check that the manifest gives back what was read, and that no cell of it is a formula."""
    manifest = _read(
        rack.manifest().data, RACK_HEAD, lambda row: _rack_row(row, {rack.rack.lower(): rack.rack})
    )
    assert (manifest.skipped, manifest.problem) == (0, None)
    assert [one.serial for one in manifest.units] == [
        one.serial for one in rack.units if one.serial is not None
    ]
    for row in csv.reader(io.StringIO(rack.manifest().data.decode(), newline="")):
        assert not any(text.startswith(("=", "+", "-", "@")) for text in row)


@given(table=rows, content=st.binary(max_size=80))
def test_no_list_breaks_a_comparison_or_the_terminal(
    table: list[list[str]], content: bytes
) -> None:
    known = Known({"rack": "R1", "batch": "=1+1"}, "S-1", place="\x1b[2J\u202e")
    for begins in (None, b"", b"ISA", b"UNB", b"{", b"<"):
        given_file = as_csv(table) if begins is None else begins + content
        try:
            listed = read_units(given_file, "f", per_rack=2)
        except LedgerError:
            continue
        lines = compare(listed.rows, Recorded({"s-1": known}))
        shown = [_row(one) for one in lines]
        assert sum(one.result == "missing" for one in lines) <= 1
        for value in (value for row in shown for value in row):
            assert cell(value).isprintable()
        text = separated([COLUMNS, *shown], "csv")
        for row in csv.reader(io.StringIO(text, newline="")):
            assert not any(one.startswith(("=", "+", "-", "@", "\t", "\r")) for one in row)


def test_a_list_is_read_no_further_than_its_limit(monkeypatch: Any) -> None:
    monkeypatch.setattr(source_table, "DOCUMENT_BYTES_MAX", 10)
    assert told(as_csv([])) == ["TOO-LARGE"]
