"""A report on paper: what PDF/A-3b asks for, the same bytes twice, and texts that stay texts."""

import builtins
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Malformed, Unavailable
from projections.reports import paper
from projections.reports.attached import Attached, evidence_of
from projections.reports.letters import broken, covered, width
from projections.reports.model import Report, Table
from projections.reports.paper import paper_writer, read_paper, write_paper
from projections.reports.paper_table import tables_of
from projections.reports.svg import slices
from projections.reports.widths import LEGIBLE, PADDING, SIZES, setting
from tests.pdf_text import Pdf
from tests.test_projections_reports import HEAD, HOSTILE, of_the_case, report, table

EVIDENCE = b'{"asked":[],"scope":"full","size":9}\nrest \xe2\x80\x94\n'
FORBIDDEN = (
    rb"/Subtype/PS /OPI /Interpolate.true /TR\s+\d /TR2 /HTP /NeedAppearances /XFA /OCProperties"
    rb" /Sound /Movie /ResetForm /ImportData /Type3 /AcroForm /Perms /Requirements"
    rb" /AlternatePresentations /DeviceN"
).split()
PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"


@pytest.fixture(scope="module")
def case() -> Report:
    return of_the_case()


@pytest.fixture(scope="module")
def data(case: Report) -> bytes:
    return write_paper(case, EVIDENCE)


@pytest.fixture(scope="module")
def pdf(data: bytes) -> Pdf:
    return Pdf(data)


# ---- PDF/A-3b


def test_it_says_that_it_is_pdf_a_3b_with_a_profile_of_its_colours(pdf: Pdf) -> None:
    [catalog] = pdf.like(b"/Type/Catalog")
    metadata = re.search(rb"/Metadata (\d+) 0 R", catalog)
    assert metadata is not None
    described = ET.fromstring(pdf.stream(int(metadata[1])))  # noqa: S314  of our own making
    assert [one.text for one in described.iter(f"{PDFAID}part")] == ["3"]
    assert [one.text for one in described.iter(f"{PDFAID}conformance")] == ["B"]
    [intent] = pdf.like(b"/Type/OutputIntent")
    assert b"/S/GTS_PDFA1" in intent
    profile = re.search(rb"/DestOutputProfile (\d+) 0 R", intent)
    assert profile is not None
    assert pdf.stream(int(profile[1]))[36:40] == b"acsp"


def test_its_fonts_are_inside_and_nothing_in_it_acts_or_leads_away(pdf: Pdf, data: bytes) -> None:
    fonts = pdf.like(b"/Type/FontDescriptor")
    assert fonts
    assert all(b"/FontFile" in one for one in fonts)
    ours = rb"LibertinusSerif|DejaVuSansMono|WenQuanYiMicroHei|NotoSans(Arabic|Hebrew)"
    assert all(re.search(ours, one) for one in fonts)
    for words in (b"/JavaScript", b"/JS", b"/Launch", b"/URI", b"/OpenAction", b"/AA", b"/Encrypt"):
        assert not pdf.like(words)
    assert b"/Encrypt" not in data.rpartition(b"trailer")[2]


def test_figures_and_evidence_are_attached_with_what_they_are_to_it(pdf: Pdf) -> None:
    [catalog] = pdf.like(b"/Type/Catalog")
    specs = pdf.like(b"/Type/Filespec")
    relations = {
        name.decode(): relation.decode()
        for one in specs
        for name, relation in re.findall(rb"/F\(([a-z.]+)\).*/AFRelationship/(\w+)", one)
    }
    assert relations == {"evidence.jsonl": "Source", "figures.json": "Data"}
    assert re.search(rb"/AF\[\d+ 0 R \d+ 0 R\]", catalog)
    assert len(pdf.like(b"/Type/EmbeddedFile")) == 2


def test_nothing_is_in_it_that_iso_19005_3_forbids_and_all_is_that_it_demands(
    pdf: Pdf, data: bytes
) -> None:
    """Clause by clause, for what such a file could hold; no validator stands behind it."""
    assert re.match(rb"%PDF-1\.[2-7]\n%[\x80-\xff]{4}", data)  # 6.1.2 header
    trailer = data.rpartition(b"trailer")[2]
    assert re.search(rb"/ID\[\(.+\)\(.+\)\]", trailer)  # 6.1.3
    assert data.rstrip().endswith(b"%%EOF")
    bodies = list(pdf.objects.values())
    heads = [one.split(b"stream\n", 1)[0] for one in bodies]
    for number, head in zip(pdf.objects, heads, strict=True):
        filters = set(re.findall(rb"/Filter/(\w+)", head)) | set(re.findall(rb"/FFilter", head))
        assert filters <= {b"FlateDecode"}  # 6.1.7: no LZW, no Crypt, no file outside
        length = re.search(rb"/Length (\d+)(?! \d+ R)", head)
        if b"stream\n" in pdf.objects[number]:
            assert length is not None
            body = pdf.objects[number].split(b"stream\n", 1)[1]
            assert body[int(length[1]) :].strip() == b"endstream"
    for banned in FORBIDDEN:
        assert not any(re.search(banned, head) for head in heads), banned
    spaces = {one for head in heads for one in re.findall(rb"/(Device\w+)", head)}
    assert spaces <= {b"DeviceRGB", b"DeviceGray"}  # 6.2.4.3: of the kind of the profile
    for font in pdf.like(b"/Subtype/CIDFontType2"):  # 6.2.11.3.2
        assert b"/CIDToGIDMap/Identity" in font
    for font in pdf.like(b"/Subtype/Type0"):
        assert b"/Encoding/Identity-H" in font
        assert b"/ToUnicode" in font
    for spec in pdf.like(b"/Type/Filespec"):  # 6.8
        assert b"/F(" in spec
        assert b"/UF(" in spec
        assert b"/AFRelationship/" in spec
        assert b"/Desc(" in spec
    for file in pdf.like(b"/Type/EmbeddedFile"):
        assert re.search(rb"/Subtype/application#2F\w+", file)
        assert b"/ModDate(D:" in file
    [catalog] = pdf.like(b"/Type/Catalog")
    metadata = re.search(rb"/Metadata (\d+) 0 R", catalog)
    assert metadata is not None
    packet = pdf.stream(int(metadata[1]))
    assert b"/Filter" not in pdf.objects[int(metadata[1])].split(b"stream\n")[0]
    assert packet.startswith(
        b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    )  # 6.6.2.1
    [info] = pdf.like(b"/CreationDate")
    title = re.search(rb"/Title\(([^)]*)\)", info)
    assert title is not None
    assert b">" + title[1] + b"</rdf:li>" in packet  # 6.6.3: both say the same


def test_what_is_inside_is_read_back(case: Report, data: bytes) -> None:
    assert read_paper(data).digest == case.digest
    assert evidence_of(data) == EVIDENCE
    assert paper_writer(data) is None
    assert evidence_of(write_paper(report(), None)) is None


def test_the_same_report_gives_the_same_bytes_dated_by_the_ledger(
    case: Report, data: bytes, pdf: Pdf
) -> None:
    assert write_paper(case, EVIDENCE) == data
    [info] = pdf.like(b"/CreationDate")
    assert b"(D:20260601010203Z)" in info


# ---- what it says


def test_it_says_what_the_page_says(case: Report, pdf: Pdf) -> None:
    squeezed = pdf.text.replace(" ", "")
    for words in (
        HEAD.origin,
        str(HEAD.root),
        case.digest,
        "Evidence inside",
        "all 9 entries",
        "Possession over time",
        "Used as a service, not held",
        "Findings",
        "EAR-3A090",
        "1 of ",
    ):
        assert words.replace(" ", "") in squeezed
    for one in case.tables:
        if one.total:
            assert one.title.replace(" ", "") in squeezed
    pages = len(pdf.like(b"/Type/Page/"))
    assert f"page{pages}of{pages}" in squeezed


def test_other_evidence_is_told_of_in_other_words() -> None:
    part = EVIDENCE.replace(b'"full"', b'"selection"')
    assert "a part of 9 entries: not every figure follows" in Pdf(write_paper(report(), part)).text
    assert "evidence.jsonl, 4 bytes" in Pdf(write_paper(report(), b"none")).text
    with pytest.raises(Malformed) as caught:
        write_paper(report(), b"\xff")
    assert caught.value.code == "REPORT-COPY"


def test_scope_and_what_is_left_out_are_told() -> None:
    head = msgspec.structs.replace(HEAD, purpose="demonstration", root=None)
    one = msgspec.structs.replace(report(), head=head, left_out=("capacity",))
    said = Pdf(write_paper(one, None)).text
    assert "DEMONSTRATION" in said
    assert "root not shown" in said
    assert "capacity" in said


def test_a_tall_picture_is_parted_where_nothing_crosses() -> None:
    columns = "giver receiver quantity events first last newest_entry"
    rows = [(f"p{n}", f"p{n + 1}", 1, 1, "2026", "2026", n) for n in range(30)]
    one = table("path", columns, *rows)
    drawn = paper._part(report(one), one)["slices"]
    assert len(drawn) > 2
    assert all(ET.fromstring(part) is not None for part in drawn)  # noqa: S314  of our own making
    assert slices("<svg>", 5) == [("<svg>", 0.0)]
    assert write_paper(report(one), None)


def test_a_wide_table_is_set_in_parts_that_can_be_read() -> None:
    columns = " ".join(f"column_{n}" for n in range(23))
    one = table("filings", columns, *[(f"SHP-{n}", *["unbroken-word"] * 22) for n in range(3)])
    parts = tables_of(one)
    assert len(parts) > 1
    for part in parts:
        assert part["size"] >= LEGIBLE
        assert [name["name"] for name in part["columns"]][:2] == ["row", "column 0"]
        assert [row["cells"][:2] for row in part["rows"]] == [
            [str(n + 1), f"SHP-{n}"] for n in range(3)
        ]
    names = [name["name"] for part in parts for name in part["columns"][2:]]
    assert names == [f"column {n}" for n in range(1, 23)]
    said = Pdf(write_paper(report(one), None)).text
    assert f"in {len(parts)} parts" in said


def test_a_table_of_too_long_words_is_set_in_no_more_than_four_parts() -> None:
    one = table("filings", " ".join(f"c{n}" for n in range(200)), ("w" * 40,) * 200)
    assert len(tables_of(one)) == 4


# ---- texts that somebody hostile wrote

TYPST = [
    '#set page(paper: "a0")', "$x^2$", "*bold* _it_", "= Heading", '#link("http://x")[y]',
    '#import "@preview/x:1.0.0"', '#read("/etc/passwd")', "\\", "<label> @label", "https://x.y",
    "\u202e\u2066evil\u2069", "\u05d0\u05d1", "\u4f60\u597d", "e\u0301\u0301\u0301", "\U0001f4a5",
    "a\u200bb", "\x00\x07\x1b[31m", "w" * 3_000, "word " * 400, "-" * 300, "", "]]", "\ufffe",
]  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(TYPST) | HOSTILE, HOSTILE, st.integers()), max_size=3))
def test_every_text_is_shown_as_it_is_written_and_does_nothing(
    rows: list[tuple[str, str, int]],
) -> None:
    small = [(one, other, number % 2**53) for one, other, number in rows]
    one = report(table("where", "holder site quantity", *small), table("racks", "rack x n", *small))
    data = write_paper(one, None)
    pdf = Pdf(data)
    assert read_paper(data).digest == one.digest
    assert {re.findall(rb"/MediaBox(\[.*?\])", page)[0] for page in pdf.like(b"/Type/Page/")} == {
        b"[0 0 841.8898 595.2756]"
    }
    assert not pdf.like(b"/Annots")
    assert not pdf.like(b"/URI")
    assert len(pdf.like(b"/Type/EmbeddedFile")) == 1
    # A row's end is no letter, and a line may end between the pieces of a long word.
    said = pdf.text.replace(" ", "")
    for row in small:
        for words in row[:2]:
            if covered(words) == covered(words, boxed=True):  # else their order is another
                assert covered(words[:60]).replace(" ", "") in said


@pytest.mark.parametrize("words", TYPST)
def test_texts_like_code_of_typst(words: str) -> None:
    head = msgspec.structs.replace(HEAD, origin=words, source=words, not_checked=(words,))
    one = msgspec.structs.replace(report(table("where", "holder", (words,))), head=head)
    assert write_paper(one, None)


def test_letters_that_the_fonts_lack_are_spelled_out() -> None:
    assert covered("Žižek Ω Ж ≤ €5 你好 ソニー 삼성") == "Žižek Ω Ж ≤ €5 你好 ソニー 삼성"
    assert covered("u\u0301\U0001f4a5\u0e01") == "u\\u0301\\U0001f4a5\\u0e01"
    assert covered("\u0634\u05d0") == "\\u0634\\u05d0"
    assert covered("\u0634\u05d0\u064e", boxed=True) == "\u0634\u05d0\\u064e"
    few = [chr(one) for one in range(0x20, 0x10000) if one < 0x3100 or one % 97 == 0]
    every = "".join(one for one in few if covered(one, boxed=True) == one)
    assert len(every) > 1_000
    # typst refuses to write PDF/A where a font lacks a letter
    assert write_paper(report(table("where", "holder", (every,), ("k" * 64,))), None)


def test_words_that_run_to_the_left_turn_nothing_else_around() -> None:
    firm = "\u0634\u0631\u0643\u0629"
    assert broken(f"12 {firm} {firm} 34", 40) == [
        "12", " ", "", {"words": f"{firm} {firm}", "room": None}, "", " ", "34",
    ]  # fmt: skip
    assert broken(firm, 1) == ["", {"words": firm, "room": 1.05}, ""]
    one = report(table("where", "holder site", (f"12 {firm} 34", "字节跳动"), (firm * 40, firm)))
    pdf = Pdf(write_paper(one, None))
    said = pdf.text.replace(" ", "")
    assert re.search("12[^0-9a-z]+34", said)
    assert "字节跳动" in said
    assert pdf.like(b"NotoSansArabic")


# ---- how tables are set


def test_long_words_are_parted_and_short_ones_stay() -> None:
    assert broken("short words", 10) == "short words"
    assert broken("a" * 7 + " b", 2) == [["aaa", "aaa", "a"], " ", "b"]


WIDTHS = st.lists(st.floats(0, 4_000), min_size=1, max_size=30)


@settings(max_examples=60)
@given(WIDTHS, st.data())
def test_columns_fit_between_the_margins(lines: list[float], drawn: st.DataObject) -> None:
    words = [drawn.draw(st.floats(0, one)) for one in lines]
    size, widths = setting(words, lines, 762)
    assert size in SIZES
    assert sum(widths) <= 762.1
    assert all(one >= PADDING for one in widths)


def test_a_table_that_has_room_is_set_large_and_in_one_line() -> None:
    size, widths = setting([4], [10], 762)
    assert size == SIZES[0]
    assert widths[0] >= 10 * size
    assert width("mm") > width("ii")


# ---- files that are no reports


def changes(data: bytes) -> Iterator[bytes]:
    spec = re.findall(rb"<</Type/Filespec/F\(figures.json\)[^>]*>>[^>]*>>", data)[0]
    yield data.replace(b"(figures.json)/UF", b"(figured.json)/UF")
    yield data + b"\n" + spec
    yield data.replace(b"/EF<</F ", b"/EF<</F 99")
    yield data.replace(b"/Type/EmbeddedFile/Filter/FlateDecode", b"/Type/EmbeddedFile")
    start = data.index(b"stream\n", data.index(b"/Type/EmbeddedFile")) + 9
    yield data[:start] + b"\xff" * 40 + data[start + 40 :]
    yield b"%PDF-1.7\n"


def test_a_pdf_that_is_no_whole_report_is_refused(data: bytes) -> None:
    for changed in changes(data):
        with pytest.raises(Malformed) as caught:
            read_paper(changed)
        assert caught.value.code == "REPORT-COPY"


def test_a_file_that_unpacks_to_too_much_is_refused(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.reports.attached._SIZE_MAX", 10)
    with pytest.raises(Malformed):
        read_paper(data)


def test_an_attachment_that_is_not_packed_is_read_too() -> None:
    spec = (
        b"<</Type/Filespec/F(a.txt)/UF(a.txt)/EF<</F 1 0 R/UF 1 0 R>>/AFRelationship/Data/Desc(d)>>"
    )
    data = (
        b"%PDF\n1 0 obj\n<</Length 3/Type/EmbeddedFile>>\nstream\nabc\nendstream\nendobj\n" + spec
    )
    inside = Attached(data)
    assert inside.bytes_of("a.txt") == b"abc"
    assert inside.description("a.txt") == "d"
    assert 5 not in inside


def test_another_version_of_typst_is_named(data: bytes) -> None:
    doubt = paper_writer(re.sub(rb"set by typst [0-9.]+", b"set by typst 0.0.1", data))
    assert doubt is not None
    assert "set by typst 0.0.1; here: " in doubt


def test_without_typst_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name == "typst":
            raise ModuleNotFoundError(name)
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Unavailable) as caught:
        write_paper(report(), None)
    assert caught.value.code == "REPORT-LIBRARY"


def test_what_typst_cannot_set_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "STANDARD", "a-1b")  # which allows no attachment
    with pytest.raises(Unavailable) as caught:
        write_paper(report(), None)
    assert caught.value.code == "REPORT-PAPER"


def test_a_table_is_named_by_nothing_but_its_section() -> None:
    unknown = table("unheard of", "a", ("b",))
    assert isinstance(unknown, Table)
    assert write_paper(report(unknown), None)
