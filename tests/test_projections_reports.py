"""What a report is made of: figures with one digest, pictures, and texts that do no harm."""

import itertools
import re
import xml.etree.ElementTree as ET
import zipfile
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Malformed
from projections.determination.days import clocks_of
from projections.determination.determination import determination
from projections.determination.gather import Gatherer
from projections.determination.tables import judging
from projections.finding_rules import SEVERITIES, rules
from projections.packs.load import packs
from projections.questions import questions, sqlite_reader
from projections.reports import judged
from projections.reports.check import differences
from projections.reports.excerpt import in_words
from projections.reports.judged import JUDGED
from projections.reports.make import make_report, parameters
from projections.reports.model import (
    Cell,
    Head,
    Report,
    Scope,
    Table,
    carried,
    read_copy,
    rows_sha256,
)
from projections.reports.page import read_page, write_page
from projections.reports.pictures import draw
from projections.reports.sections import SCOPES, SECTIONS, Picture
from projections.reports.svg import Days, cut, steps_up_to
from projections.reports.words import facts, vouching
from projections.reports.workbook import read_workbook, same_workbook, write_workbook
from tests.mini_case import mini_case

PACKS = packs()
HEAD = Head(
    origin="ledger.example",
    fingerprint="ab" * 32,
    purpose="record",
    opened_by="aolani",
    size=9,
    held=9,
    root="cd" * 32,
    recorded_at="2026-06-01T01:02:03.000004Z",
    zone="Asia/Kuala_Lumpur",
    day="2026-05-31",
    as_of="2026-05-31T16:00:00Z",
    known_at=8,
    software="chipledger 0",
    source="the ledger's own store",
    audit="none",
)


def table(name: str, columns: str, *rows: tuple[Cell, ...], question: str = "where") -> Table:
    return Table(
        name=name,
        question=question,
        given={},
        title=name.title(),
        asked="What?",
        note=None,
        meanings=(),
        columns=tuple(columns.split()),
        total=len(rows),
        sha256=rows_sha256(rows),
        rows=rows,
    )


def report(*tables: Table) -> Report:
    return Report(head=HEAD, scope=Scope(), tables=tables)


def of_the_case(scope: Scope | None = None) -> Report:
    case = mini_case()
    head = msgspec.structs.replace(HEAD, known_at=case.view.position.next_idx - 1)
    reader = judging(case.view.connection, PACKS, ZoneInfo(HEAD.zone))
    return make_report(reader, questions(), PACKS, head, scope or Scope())


def drawn(kind: Picture, one: Table) -> str:
    picture = draw(kind, one, HEAD)
    assert picture is not None
    ET.fromstring(picture)  # noqa: S314  of our own making
    return picture


# ---- the table of sections


def test_sections_have_names_of_their_own_and_ask_what_there_is() -> None:
    names = [one.name for one in SECTIONS]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)
    assert {one.name for one in SECTIONS} >= set(JUDGED)
    for one in SECTIONS:
        if one.question in JUDGED:
            assert set(one.scopes) == set(SCOPES)
            continue
        takes = {parameter.name for parameter in questions()[one.question].parameters}
        assert set(one.scopes.values()) <= takes
        assert set(one.scopes) <= set(SCOPES)
        required = [p.name for p in questions()[one.question].parameters if p.required]
        assert not (one.whole and required)


@pytest.mark.parametrize("kind", SCOPES)
def test_in_a_scope_every_section_is_narrowed_or_left_out(kind: str) -> None:
    found = [parameters(one, Scope(kind=kind, name="X")) for one in SECTIONS]
    assert all(one is None or list(one.values()) == ["X"] for one in found)
    assert any(one is not None for one in found)


# ---- figures


def test_the_digest_is_of_every_figure_and_of_no_less() -> None:
    one = of_the_case()
    assert one.digest == of_the_case().digest == carried(one, {"where": 0}).digest
    for change in (
        {"head": msgspec.structs.replace(HEAD, day="2026-05-30")},
        {"scope": Scope(kind="site", name="JHR1")},
        {"tables": one.tables[1:]},
    ):
        assert msgspec.structs.replace(one, **change).digest != one.digest


def test_what_differs_is_named_by_section_row_and_column() -> None:
    one = of_the_case()
    assert differences(one, one) == []
    where = one.table("where")
    assert where is not None
    rows = ((*where.rows[0][:-1], 7), *where.rows[1:])
    changed = msgspec.structs.replace(where, rows=rows)
    told = msgspec.structs.replace(one, tables=(changed, *one.tables[1:]))
    assert differences(told, one) == [
        f"where, row 1, on_opening: the report says 7, the log {where.rows[0][-1]}"
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"total": 99}, "the report has 99 rows"),
        ({"sha256": "00" * 32}, "other rows than the log"),
        ({"asked": "Why?"}, "asks another question"),
        ({"columns": ("a",)}, "asks another question"),
    ],
)
def test_a_table_that_differs_otherwise(change: dict[str, Any], words: str) -> None:
    one = report(table("where", "holder quantity", ("aolani", 1)))
    changed = msgspec.structs.replace(one.tables[0], **change)
    [found] = differences(report(changed), one)
    assert words in found


def test_other_sections_heads_and_many_cells_are_told_of_shortly() -> None:
    one = report(table("where", "quantity", *((n,) for n in range(9))))
    other = report(table("where", "quantity", *((n + 1,) for n in range(9))))
    assert len(differences(one, other)) == 4
    assert "other sections" in differences(one, report())[0]
    left = msgspec.structs.replace(one, left_out=("x",))
    assert differences(left, one) == ["the report leaves out other sections than it says"]
    head = msgspec.structs.replace(HEAD, zone="UTC")
    assert differences(msgspec.structs.replace(one, head=head), one)[0].startswith("zone: ")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"schema":"other/1"}', b"[" * 9999])
def test_a_copy_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        read_copy(data)
    assert caught.value.code == "REPORT-COPY"


def test_a_copy_of_another_form_or_with_rows_that_do_not_fit_is_refused() -> None:
    one = report(table("where", "holder quantity", ("aolani", 1)))
    short = msgspec.structs.replace(one.tables[0], rows=(("aolani",),))
    for changed in (msgspec.structs.replace(one, schema="x"), report(short)):
        with pytest.raises(Malformed):
            read_copy(msgspec.json.encode(changed))


def test_on_whose_word_is_told_only_where_all_rows_are_at_hand() -> None:
    columns = "book account quantity rests_on signed_by"
    rows = (("title", "a", 5, "one word", "a"), ("title", "b", 6, "one word", "a"))
    whole = table("whose word", columns, *rows)
    assert vouching(report(whole))[0] == "title: 11 GPUs on one word: a"
    cut_short = msgspec.structs.replace(whole, rows=rows[:1])
    assert "too many" in vouching(report(cut_short))[0]
    assert "cannot be told" in vouching(report())[0]


# ---- findings, and what packs say


def test_findings_are_those_of_the_rules_the_gravest_first() -> None:
    found = of_the_case().table("findings")
    assert found is not None
    assert found.total == len(found.rows) > 0
    severities = [row[0] for row in found.rows]
    assert severities == sorted(severities, key=SEVERITIES.index)
    assert {row[1] for row in found.rows} <= {one.code for one in rules().values()}
    assert dict(facts(of_the_case()))["Findings"].startswith("1 critical, ")
    assert dict(facts(report()))["Findings"] == "not asked"
    many = msgspec.structs.replace(found, rows=found.rows[:1])
    assert "too many" in dict(facts(report(many)))["Findings"]


def test_of_one_thing_findings_are_about_it_or_rest_on_what_names_it() -> None:
    found = of_the_case(Scope(kind="shipment", name="SHP-1")).table("findings")
    assert found is not None
    subjects = {row[3] for row in found.rows}
    assert "shipment:SHP-1" in subjects
    assert "shipment:SHP-0" not in subjects


def _shipments(said: Table) -> set[str]:
    return {name for row in said.rows for name in str(row[9]).split(", ")}


def test_what_packs_say_is_of_the_day_of_dispatch_and_of_shipments_in_scope() -> None:
    said = of_the_case().table("determinations")
    assert said is not None
    assert _shipments(said) == {"SHP-0", "SHP-1"}
    assert {row[4] for row in said.rows} <= {"applies", "would apply", "not decidable"}
    one = of_the_case(Scope(kind="shipment", name="SHP-1")).table("determinations")
    assert one is not None
    assert _shipments(one) == {"SHP-1"}
    assert {row[:8] for row in one.rows} < {row[:8] for row in said.rows}
    assert of_the_case().head.packs == ()  # who makes the head names them


def test_a_report_says_of_a_shipment_what_is_determined_of_it() -> None:
    reader = sqlite_reader(mini_case().view.connection)
    zone, known_at = ZoneInfo(HEAD.zone), mini_case().view.position.next_idx - 1
    clocks = clocks_of("2026-02-01", zone, known_at, HEAD.as_of)
    told = Gatherer(reader, PACKS, clocks).shipment("SHP-1")
    assert told is not None
    steps = [
        (one.pack.pack, one.rule.rule, one.result, one.why)
        for one in determination(PACKS, told, clocks.day)
        if one.result != "does not apply"
    ]
    said = of_the_case(Scope(kind="shipment", name="SHP-1")).table("determinations")
    assert said is not None
    assert [(row[0], row[1], row[4], row[6]) for row in said.rows] == steps


def test_of_too_many_shipments_the_newest_are_asked_about_and_it_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judged, "SHIPMENTS_MAX", 1)
    said = of_the_case().table("determinations")
    assert said is not None
    assert _shipments(said) == {"SHP-1"}
    assert said.note is not None
    assert "1 dispatched before these were not asked about" in said.note


def test_long_lists_of_entries_are_cut_and_counted() -> None:
    assert judged.listed(()) is None
    assert judged.listed(tuple(range(3))) == "0, 1, 2"
    assert str(judged.listed(tuple(range(20)))).endswith("11 and 8 more")


# ---- pictures


def test_the_case_is_drawn_and_drawn_the_same_again() -> None:
    one, again = write_page(of_the_case()), write_page(of_the_case())
    assert one == again
    assert one.count(b"<svg ") == 6
    assert one.count(b"<figure>") == one.count(b"</figcaption><svg")


def test_places_are_bars_and_no_routes() -> None:
    columns = "holder site country state model quantity"
    picture = drawn(
        "places",
        table(
            "where",
            columns,
            ("a", "S1", "MY", "operational", "M", 100),
            ("a", None, None, "in_transit", "M", 50),
            ("b", "S2", None, None, "M", 1),
            ("c", "S2", None, "lost", "M", -3),
        ),
    )
    assert "S1, MY" in picture
    assert "country not recorded" in picture
    assert "at no site" in picture
    assert "no state" in picture
    assert "<polyline" in picture  # rules under headings
    assert "c: lost" not in picture
    assert draw("places", table("where", columns), HEAD) is None


def test_possession_over_time_sums_up_what_has_no_colour_of_its_own() -> None:
    rows = [
        (f"2026-0{month}-01T16:00:00Z", "x", f"h{n:02}", "stock", 10 + n, 1)
        for month in (1, 3)
        for n in range(10)
    ]
    columns = "moment occurred holder state quantity entry"
    picture = drawn("possession", table("possession", columns, *rows))
    assert "all others" in picture
    assert "h09: stock" in picture
    assert draw("possession", table("possession", columns), HEAD) is None
    many = table("possession", columns, *(rows * 101))
    assert draw("possession", many, HEAD) is None


def test_a_path_with_unknown_amounts_and_other_ledgers() -> None:
    columns = "giver receiver quantity events first last newest_entry"
    picture = drawn(
        "path",
        table(
            "path",
            columns,
            ("@opening", "a", None, 2, "2026-01", "2026-02", 1),
            ("a", "@transferred", 5, 1, "2026-03", "2026-03", 2),
        ),
    )
    assert "there before" in picture
    assert "units, 2 times" in picture
    assert "another ledger" in picture
    assert draw("path", table("path", columns), HEAD) is None


def test_service_is_dashed_and_of_lessees_alone() -> None:
    columns = "lessee lease model site quantity"
    picture = drawn(
        "service", table("service", columns, ("b", "L", "M", "S", 3), (None, None, "M", "S", 4))
    )
    assert "stroke-dasharray" in picture
    assert "runs at S" in picture
    assert "4 GPUs" not in picture
    assert draw("service", table("service", columns, (None, None, "M", "S", 4)), HEAD) is None


def test_capacity_has_a_picture_for_each_site_and_model() -> None:
    columns = "site model moment occurred operational leased unallocated entry"
    row = ("2026-02-01T16:00:00Z", "2026-02-02", 5, 7, -2, 3)
    picture = drawn("capacity", table("capacity", columns, ("S", "M", *row), (None, "N", *row)))
    assert "M at S" in picture
    assert "N at no site" in picture
    assert draw("capacity", table("capacity", columns), HEAD) is None


def test_certifications_show_their_standing_and_what_is_reported() -> None:
    columns = "party certification occurred standing lapsed level scheme word"
    picture = drawn(
        "certifications",
        table(
            "certifications",
            columns,
            ("a", "C", "2026-01-02", "granted", 0, "tier-1", "s", "own word"),
            ("a", "C", "2026-03-02", "suspended", 1, None, "s", "own word"),
            ("a", "D", "../2026-02", "granted", 0, None, None, "as reported"),
        ),
    )
    assert "suspended, last day over" in picture
    assert "a: D, as reported" in picture
    undated = table("certifications", columns, ("a", "C", "?", "granted", 0, None, None, ""))
    assert draw("certifications", undated, HEAD) is None


def test_scales_end_at_round_numbers_and_ticks_at_months() -> None:
    assert steps_up_to(36_000) == [0, 10_000, 20_000, 30_000, 40_000]
    assert steps_up_to(0) == [0, 1]
    assert Days(1, 1, 0, 100).ticks() == [(0, "0001-01")]
    assert Days(739_000.5, 739_001, 0, 100).ticks()[0][1] == "2024-04-24"
    assert cut("a long name", 28) == "a l…"


# ---- texts that somebody hostile wrote

HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            '=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "<script>alert(1)</script>",
            "</template><script>", "]]>", "&lt;", "_x0041_", "\x1b[31m", "\u202eevil", "'", "a\nb",
            "\x00", "\u2028", "mailto:a@b", "https://x", "x" * 40_000, " lead", "",
            "\ud7ff\U0010ffff",
        ]
    ),
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(HOSTILE, HOSTILE, st.integers(-(2**60), 2**60)), max_size=4))
def test_no_text_becomes_markup_formula_or_link(rows: list[tuple[str, str, int]]) -> None:
    one = report(
        table("where", "holder site quantity", *rows), table("batches", "batch x n", *rows)
    )
    page = write_page(one)
    assert read_page(page).digest == one.digest
    bare = re.sub(rb'<template id="figures">[^<]*</template>', b"", page)
    assert b"<script" not in bare
    assert b"\x1b" not in bare
    assert "\u202e".encode() not in page
    assert b"href=" not in bare.replace(b'href="#', b"")
    book = write_workbook(one)
    assert read_workbook(book) == one
    assert same_workbook(book, write_workbook(one))
    with zipfile.ZipFile(BytesIO(book)) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            ET.fromstring(data)  # noqa: S314  of our own making
            assert b"<f>" not in data
            assert b"<hyperlink" not in data


def test_a_text_like_a_formula_is_marked_as_text() -> None:
    book = write_workbook(report(table("where", "a", ("=1+1",))))
    with zipfile.ZipFile(BytesIO(book)) as archive:
        [cell] = re.findall(
            rb'<c r="A2" s="([0-9]+)" t="s">', archive.read("xl/worksheets/sheet2.xml")
        )
        styles = ET.fromstring(archive.read("xl/styles.xml"))  # noqa: S314  of our own making
    formats = styles.find("{*}cellXfs")
    assert formats is not None
    assert formats[int(cell)].get("quotePrefix") == "1"


def test_columns_that_say_yes_or_no_say_it_in_words() -> None:
    one = msgspec.structs.replace(
        table("agreement", "compared holds", ("a", 1), ("b", 0), ("c", None)),
        meanings=(("holds", "yes if both sides are equal"), ("compared", "what is compared")),
    )
    assert in_words(one).rows == (("a", "yes"), ("b", "no"), ("c", None))
    assert b"<td>yes</td>" in write_page(report(one)).replace(b' class="short"', b"")
    with zipfile.ZipFile(BytesIO(write_workbook(report(one)))) as archive:
        strings = archive.read("xl/sharedStrings.xml")
    assert b"<t>yes</t>" in strings
    assert b"<t>no</t>" in strings
    assert read_page(write_page(report(one))).tables[0].rows == one.rows, "for programs 1 and 0"


def test_rows_of_a_workbook_are_as_high_as_their_texts_and_digests_stay_whole() -> None:
    one = table("keys", "party_key words quantity", ("a" * 64, "word " * 40, 1), ("b" * 64, "", 2))
    with zipfile.ZipFile(BytesIO(write_workbook(report(one)))) as archive:
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet2.xml"))  # noqa: S314  of our own making
        strings = archive.read("xl/sharedStrings.xml")
    heights = [row.get("ht") for row in sheet.findall(".//{*}row")]
    assert heights == [None, "75", None]
    widths = [float(col.get("width") or 0) for col in sheet.findall(".//{*}col")]
    assert widths[0] > 64
    assert widths[1] < 64
    assert b"<t>party key</t>" in strings


def test_headings_of_the_page_leave_no_level_out() -> None:
    one = msgspec.structs.replace(report(table("where", "a", ("b",))), left_out=("capacity",))
    levels = [int(one) for one in re.findall(rb"<h([1-6])", write_page(one))]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
