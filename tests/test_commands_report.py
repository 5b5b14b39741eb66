"""Reports as somebody orders, reads and checks them."""

import io
import re
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from commands.report_forms import read_report
from projections.reports.attached import evidence_of
from projections.reports.model import Report
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk

COPY = re.compile(rb'<template id="figures">[^<]*</template>')


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("report") / "ledger", furnish, build, deliver)


def made(desk: DeskStory, path: Path, *options: str) -> Report:
    desk.run("report -o", str(path), *options)
    return read_report(path.read_bytes())[0]


def evidence(desk: DeskStory, folder: Path) -> Path:
    path = folder / "evidence.jsonl"
    desk.run("export", str(path))
    return path


def test_every_form_says_the_same_figures(desk: DeskStory, tmp_path: Path) -> None:
    page, book, paper = (tmp_path / f"may{one}" for one in (".html", ".xlsx", ".pdf"))
    told = desk.run("report -o", str(page), "-o", str(book), "-o", str(paper)).output
    one, other = read_report(page.read_bytes())[0], read_report(book.read_bytes())[0]
    digest = other.digest
    # A page carries no units by number, and says what is left out by its rows' SHA-256.
    assert one.digest == digest == read_report(paper.read_bytes())[0].digest
    assert f"SHA-256 of all figures {digest}" in told
    assert digest in page.read_text(encoding="utf-8")
    with zipfile.ZipFile(book) as archive:
        assert digest.encode() in archive.read("xl/sharedStrings.xml")


@pytest.mark.parametrize("name", ["one.html", "one.pdf", "one.xlsx"])
def test_the_same_log_and_clocks_give_the_same_bytes(
    desk: DeskStory, tmp_path: Path, name: str
) -> None:
    dates = ("--as-of", "2026-02-05", "--known-at", str(desk.size - 1))
    first, second = tmp_path / name, tmp_path / f"again-{name}"
    made(desk, first, *dates)
    made(desk, second, *dates)
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_mode & 0o777 == 0o600


def test_a_page_loads_runs_and_asks_nothing(desk: DeskStory, tmp_path: Path) -> None:
    made(desk, tmp_path / "one.html")
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert "default-src 'none'; style-src 'sha256-" in page
    bare = COPY.sub(b"", page.encode()).decode()
    assert not re.search(r"<script|<img|<link|<iframe|<form|\son[a-z]+=|\sstyle=|href=\"[^#]", bare)
    assert set(re.findall(r"https?://[^\"<\s]*", bare)) <= {"http://www.w3.org/2000/svg"}


def test_a_page_says_what_it_is_of_and_rests_on(desk: DeskStory, tmp_path: Path) -> None:
    report = made(desk, tmp_path / "one.html")
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    for words in (
        "DEMONSTRATION: invented events, no company signed this",
        report.head.origin,
        report.head.root,
        "Asia/Kuala_Lumpur",
        "none for this report",
        "whether the statements are true",
        "EAR-3A090 of ",
        "the newest recorded at ",
        "200 GPUs",
        "Possession over time",
        "Used as a service, not held",
    ):
        assert words is not None
        assert words in page or words == "Used as a service, not held"


@pytest.mark.parametrize("day", ["2026-02", "2026", "2026-02-05T12:00:00+08:00", "../2026-02"])
def test_a_month_or_a_moment_is_a_day_too(desk: DeskStory, tmp_path: Path, day: str) -> None:
    report = made(desk, tmp_path / "one.html", "--as-of", day)
    assert report.head.day == day
    desk.run("report --check", str(tmp_path / "one.html"))


def test_both_clocks_count(desk: DeskStory, tmp_path: Path) -> None:
    on_the_way = made(desk, tmp_path / "early.html", "--as-of", "2026-02-05").table("where")
    assert on_the_way is not None
    assert ("swift", None, None, "in_transit") in [row[:4] for row in on_the_way.rows]
    nothing = made(desk, tmp_path / "known.html", "--known-at", "3")
    assert nothing.head.known_at == 3
    assert nothing.table("where") is not None
    desk.refused("report --known-at 9999 -o", str(tmp_path / "x.html"), code="KNOWN-AT")


@pytest.mark.parametrize(
    ("option", "name", "kind"),
    [
        ("--site", "jhr-1", "site"),
        ("--party", "AOLANI", "party"),
        ("--batch", "b-02", "batch"),
        ("--shipment", "shp-01", "shipment"),
    ],
)
def test_a_report_of_a_part_narrows_each_section_or_leaves_it_out(
    desk: DeskStory, tmp_path: Path, option: str, name: str, kind: str
) -> None:
    report = made(desk, tmp_path / "part.html", option, name)
    assert report.scope.kind == kind
    assert report.scope.name not in {None, name}  # as it was recorded
    assert report.left_out
    assert all(report.scope.name in table.given.values() for table in report.tables)
    page = (tmp_path / "part.html").read_text(encoding="utf-8")
    assert f"Report on {kind} {report.scope.name}" in page
    assert f"cannot be told of one {kind} alone" in page
    desk.run("report --check", str(tmp_path / "part.html"))


def test_a_transaction_is_a_shipment_or_lease_by_name_or_paper(
    desk: DeskStory, tmp_path: Path
) -> None:
    for number, named in enumerate(("shp-01", "2026-17", "inv:2026-17")):
        report = made(desk, tmp_path / f"{number}.html", "--transaction", named)
        assert (report.scope.kind, report.scope.name) == ("shipment", "SHP-01")
    new = ("-o", str(tmp_path / "x.html"))
    for named in ("po:2026-17", "nothing"):
        desk.refused("report --transaction", named, *new, code="REPORT-SCOPE")


def test_a_paper_of_many_transactions_names_them(
    monkeypatch: pytest.MonkeyPatch, desk: DeskStory, tmp_path: Path
) -> None:
    monkeypatch.setattr("commands.report_scope._BY_PAPER", _SEVEN)
    new = ("-o", str(tmp_path / "x.html"))
    told = desk.refused("report --transaction po:77", *new, code="REPORT-SCOPE")
    assert "choose --lease a, --lease b, --lease c, --lease d, --lease e or one of 2 more" in told


_SEVEN = """
    SELECT 'lease' AS kind, value FROM json_each('["a","b","c","d","e","f","g"]')
    WHERE ? IS NOT NULL AND (? IS NULL OR ? IS NOT NULL)"""


def test_what_is_asked_amiss_is_refused(desk: DeskStory, tmp_path: Path) -> None:
    new = str(tmp_path / "x.html")
    assert "name a file with -o" in desk.refused("report", code="USAGE")
    desk.refused("report --site JHR-1 --party aolani -o", new, code="USAGE")
    desk.refused("report --site JHR-2 -o", new, code="REPORT-SCOPE")
    desk.refused("report -o", str(tmp_path / "x.doc"), code="REPORT-FORM")
    desk.refused("report --check", new, "-o", new, code="USAGE")
    assert not Path(new).exists()
    made(desk, Path(new))
    desk.refused("report -o", new, code="FILE-EXISTS")


# ---- the evidence inside a paper


def test_a_paper_brings_the_evidence_that_gives_its_figures(
    desk: DeskStory, tmp_path: Path
) -> None:
    path = tmp_path / "one.pdf"
    fingerprint = made(desk, path).head.fingerprint
    inside = evidence_of(path.read_bytes())
    assert inside == evidence(desk, tmp_path).read_bytes()
    output = desk.run("report --check", str(path), "--from", str(path)).output
    assert f"evidence inside: {len(inside):,} bytes, SHA-256 {sha256(inside).hexdigest()}" in output
    assert "PASS: every figure" in output
    assert "PASS, scope full" in desk.run("verify", str(path), "--fingerprint", fingerprint).output
    again = tmp_path / "again.pdf"
    made(desk, again, "--from", str(path))
    assert evidence_of(again.read_bytes()) == inside


def test_of_one_thing_the_part_that_names_it_goes_along(desk: DeskStory, tmp_path: Path) -> None:
    path, whole, bare = (tmp_path / f"{one}.pdf" for one in ("part", "whole", "bare"))
    made(desk, path, "--batch", "B-02")
    part = evidence_of(path.read_bytes())
    assert part is not None
    assert part.startswith(b'{"asked":["batch:b-02"],')
    # A part does not give the figures that were computed from all of it.
    output = desk.run("report --check", str(path), "--from", str(path), exit_code=3).output
    assert f"UNDECIDED: the report rests on {desk.size:,} entries, and here are " in output
    desk.run("report --check", str(path))
    made(desk, whole, "--batch", "B-02", "--evidence", "all")
    desk.run("report --check", str(whole), "--from", str(whole))
    made(desk, bare, "--batch", "B-02", "--evidence", "none")
    assert evidence_of(bare.read_bytes()) is None
    assert "evidence inside" not in desk.run("report --check", str(bare)).output
    desk.refused("verify", str(bare), code="EVIDENCE-FORM")


def test_a_report_on_a_part_of_the_log_is_checked_with_that_part(
    desk: DeskStory, tmp_path: Path
) -> None:
    part, path = tmp_path / "part.jsonl", tmp_path / "one.pdf"
    desk.run("export", str(part), "--batch", "B-02")
    report = made(desk, path, "--from", str(part))
    assert report.head.held < report.head.size
    note = next(one.note for one in report.tables if one.name == "findings")
    assert "A part of the log is at hand" in str(note)
    desk.run("report --check", str(path), "--from", str(path))
    desk.run("report --check", str(path), exit_code=3)


def test_a_published_log_goes_along_as_evidence(desk: DeskStory, tmp_path: Path) -> None:
    log, path = tmp_path / "log", tmp_path / "one.pdf"
    desk.run("publish", str(log))
    made(desk, path, "--from", str(log))
    desk.run("report --check", str(path), "--from", str(path))


def test_evidence_that_is_too_large_is_left_out_and_it_says_so(
    desk: DeskStory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = evidence(desk, tmp_path)
    monkeypatch.setattr("commands.report_evidence.EVIDENCE_BYTES_MAX", 1_000)
    for name, options in (("own.pdf", ()), ("theirs.pdf", ("--from", str(handed)))):
        path = tmp_path / name
        assert "is left out" in desk.run("report -o", str(path), *options).output
        assert evidence_of(path.read_bytes()) is None


def test_what_a_paper_shows_beside_its_copy_is_found(desk: DeskStory, tmp_path: Path) -> None:
    path = tmp_path / "one.pdf"
    made(desk, path)
    path.write_bytes(path.read_bytes().replace(b"/MediaBox[0 0 841", b"/MediaBox[0 0 840"))
    output = desk.run("report --check", str(path), exit_code=1).output
    assert "what the file shows is not what its machine-readable copy says" in output


def test_other_packs_leave_a_report_undecided(desk: DeskStory, tmp_path: Path) -> None:
    path = tmp_path / "one.html"
    made(desk, path)
    page = path.read_bytes()
    path.write_bytes(page.replace(b'"EAR-3A090 of ', b'"EAR-3A091 of '))
    output = desk.run("report --check", str(path), exit_code=3).output
    assert "UNDECIDED: the report asked other rule packs" in output


# ---- checking


@pytest.mark.parametrize("name", ["one.html", "one.pdf", "one.xlsx"])
def test_a_report_is_checked_against_evidence(desk: DeskStory, tmp_path: Path, name: str) -> None:
    path, handed = tmp_path / name, evidence(desk, tmp_path)
    report = made(desk, path, "--from", str(handed))
    assert report.head.audit.startswith("PASS")
    assert report.head.source == "evidence that was handed over, scope full"
    output = desk.run("report --check", str(path), "--from", str(handed)).output
    assert "computed again: the same" in output
    assert "PASS: every figure is what this log gives" in output


def test_a_figure_that_was_changed_is_found(desk: DeskStory, tmp_path: Path) -> None:
    path = tmp_path / "one.html"
    made(desk, path)
    page = path.read_bytes()
    changed = page.replace(b"144", b"145")
    assert changed != page
    path.write_bytes(changed)
    output = desk.run("report --check", str(path), exit_code=1).output
    assert "quantity: the report says 145, the log 144" in output
    assert "FAIL: the report differs" in output


def test_what_a_page_shows_beside_its_copy_is_found(desk: DeskStory, tmp_path: Path) -> None:
    path = tmp_path / "one.html"
    made(desk, path)
    page = path.read_bytes()
    [copy] = COPY.findall(page)
    shown = page.replace(copy, b"@").replace(b"144", b"145").replace(b"@<", copy + b"<")
    assert shown != page
    path.write_bytes(page.replace(b">aolani<", b">nobody<", 1))
    output = desk.run("report --check", str(path), exit_code=1).output
    assert "what the file shows is not what its machine-readable copy says" in output


def test_a_cell_of_a_workbook_that_was_changed_is_found(desk: DeskStory, tmp_path: Path) -> None:
    path = tmp_path / "one.xlsx"
    made(desk, path)
    out = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(out, "w") as other:
        for name in archive.namelist():
            data = archive.read(name)
            if name == "xl/worksheets/sheet2.xml":
                data = data.replace(b"<v>144</v>", b"<v>145</v>")
                assert data != archive.read(name)
            other.writestr(name, data)
    path.write_bytes(out.getvalue())
    output = desk.run("report --check", str(path), exit_code=1).output
    assert "what the file shows is not what its machine-readable copy says" in output


def test_a_report_of_what_is_not_here_is_undecided(desk: DeskStory, tmp_path: Path) -> None:
    path = tmp_path / "one.html"
    made(desk, path)
    page = path.read_bytes()
    for old, new, words in (
        (b'"software":"chipledger ', b'"software":"chipledger 9', "wrote the report, and this is"),
        (b'"fingerprint":"', b'"fingerprint":"00', "of another ledger"),
        (b'"size":', b'"size":9', "entries, and here are"),
    ):
        path.write_bytes(page.replace(old, new))
        assert words in desk.run("report --check", str(path), exit_code=3).output


def test_another_root_is_found(desk: DeskStory, tmp_path: Path) -> None:
    path = tmp_path / "one.html"
    report = made(desk, path)
    root = str(report.head.root).encode()
    page = path.read_bytes()
    path.write_bytes(page.replace(root, root[::-1]))
    output = desk.run("report --check", str(path), exit_code=1).output
    assert "the checkpoint has another root" in output
    path.write_bytes(page.replace(report.head.recorded_at.encode(), b"2026-01-01T00:00:00.000000Z"))
    output = desk.run("report --check", str(path), exit_code=1).output
    assert "the checkpoint has another time" in output


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7 none",
        b"<p>no report</p>",
        b"PK\x03\x04 no archive",
        b'<template id="figures">{}</template>',
    ],
)
def test_what_is_no_report_is_refused(desk: DeskStory, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "one.html"
    path.write_bytes(data)
    desk.refused("report --check", str(path), code="REPORT-COPY")
