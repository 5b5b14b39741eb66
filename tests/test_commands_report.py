"""Reports as somebody orders, reads and checks them."""

import io
import re
import zipfile
from pathlib import Path

import pytest

from commands.report_forms import read_report
from projections.reports.model import Report
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk

COPY = re.compile(rb'<template id="figures">[^<]*</template>')


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    desk = open_desk(tmp_path_factory.mktemp("report") / "ledger")
    furnish(desk)
    build(desk)
    deliver(desk)
    return desk


def made(desk: DeskStory, path: Path, *options: str) -> Report:
    desk.run("report -o", str(path), *options)
    return read_report(path.read_bytes())[0]


def evidence(desk: DeskStory, folder: Path) -> Path:
    path = folder / "evidence.jsonl"
    desk.run("export", str(path))
    return path


def test_every_form_says_the_same_figures(desk: DeskStory, tmp_path: Path) -> None:
    page, book = tmp_path / "may.html", tmp_path / "may.xlsx"
    told = desk.run("report -o", str(page), "-o", str(book)).output
    one, other = read_report(page.read_bytes())[0], read_report(book.read_bytes())[0]
    digest = other.digest
    # A page carries no units by number, and says what is left out by its rows' SHA-256.
    assert one.digest == digest
    assert f"SHA-256 of all figures {digest}" in told
    assert digest in page.read_text(encoding="utf-8")
    with zipfile.ZipFile(book) as archive:
        assert digest.encode() in archive.read("xl/sharedStrings.xml")


@pytest.mark.parametrize("name", ["one.html", "one.xlsx"])
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


# ---- checking


@pytest.mark.parametrize("name", ["one.html", "one.xlsx"])
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
    path.write_bytes(path.read_bytes().replace(root, root[::-1]))
    output = desk.run("report --check", str(path), exit_code=1).output
    assert "the checkpoint has another root" in output


@pytest.mark.parametrize(
    "data",
    [b"", b"<p>no report</p>", b"PK\x03\x04 no archive", b'<template id="figures">{}</template>'],
)
def test_what_is_no_report_is_refused(desk: DeskStory, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "one.html"
    path.write_bytes(data)
    desk.refused("report --check", str(path), code="REPORT-COPY")
