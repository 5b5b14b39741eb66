"""What the pages show: of a small ledger that is told in commands, asked without a network."""

import asyncio
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.web.clocks import Clocks, read_clocks
from commands.web.kinds import KINDS
from commands.web.pages.thing import found_of
from commands.web.reading import Reading
from commands.web.sheet import cells_of
from commands.web.visit import template
from ledger.evidence.reader import EvidenceSource
from ledger.trust import Trust
from ledger.verify.audit import audit
from projections.finding_run import Finding
from tests.desk_story import DeskStory
from tests.web_case import HOSTILE_FIRM, Served, story


@pytest.fixture(scope="module")
def told() -> DeskStory:
    return story()


@pytest.fixture(scope="module")
def served(told: DeskStory) -> Iterator[Served]:
    with Served(told.folder) as served:
        served.web.findings.ask(Clocks(), *moment(served)).result()
        yield served


def moment(served: Served) -> tuple[str, int]:
    now = asyncio.run(served.pages.read(Clocks(), lambda now: now.moment))
    return now.as_of, now.known_at


class Outline(HTMLParser):
    """What a screen reader walks by: landmarks, headings, labels, captions, links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[tuple[str, str | None]] = []
        self.links: list[str] = []
        self.named: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "label":
            self.labelled.add(str(given.get("for")))
        if tag in {"input", "select"} and given.get("type") != "hidden":
            self.fields.append((tag, given.get("id")))
        if tag == "a":
            self.links.append(str(given.get("href")))
        self.named += [str(given[name]) for name in ("aria-labelledby",) if given.get(name)]


PAGES = (
    "/", "/search", "/search?q=SN-0&list=1", "/rack/R0003", "/batch/B-01", "/serial/SN-0000",
    "/shipment/SHP-02", "/party/aolani", "/party/hostile", "/site/JHR-1", "/lease/L-1",
    "/certification/TIER1", "/model/NVL72", "/entry/0", "/entries", "/entries?kind=rack&name=R0003",
    "/findings", "/findings/OWNERSHIP-UNKNOWN", "/ask", "/ask/where", "/ask/units?rack=R0003",
    "/ask/ownership", "/verification", "/rack/NONE",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_read_by_keyboard_and_screen_reader(served: Served, path: str) -> None:
    text = served.get(path).text
    found = Outline(text)
    assert found.tags.count("main") == found.tags.count("h1") == found.tags.count("header") == 1
    assert {"nav", "footer", "title"} <= set(found.tags)
    assert found.links[0] == "#content"
    assert found.headings[0] == 1
    assert all(b - a <= 1 for a, b in zip(found.headings, found.headings[1:], strict=False))
    assert len(found.ids) == len(set(found.ids))
    assert set(found.named) <= set(found.ids)
    assert all(name in found.labelled for _, name in found.fields)
    assert found.tags.count("table") == found.tags.count("caption")
    assert "script" not in found.tags
    assert "style" not in found.tags
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)
    assert 'lang="en"' in text


def test_every_link_of_every_page_leads_to_a_page(served: Served) -> None:
    links = {link for path in PAGES for link in Outline(served.get(path).text).links}
    kept = {link for link in links if link.startswith("/") and "/evidence" not in link}
    some = sorted(kept)[:: max(1, len(kept) // 150)]
    assert len(some) > 100
    answers = {link: served.get(link).status_code for link in some}
    assert {link: code for link, code in answers.items() if code not in {200, 303}} == {}


def test_the_overview_says_what_the_ledger_holds(served: Served) -> None:
    text = served.text("/")
    assert "DEMONSTRATION: invented events" in text
    assert "JHR-1" in text
    assert re.search(r"216</td>|>216<|144", text)
    assert "Findings by severity" in text
    assert "not since this server began" in text
    assert f"of {served.web.log.size - 1}</p>" in text
    assert "The log has no newer one" in text
    assert text.count("<svg") >= 3


def test_both_clocks_are_kept_from_page_to_page(served: Served) -> None:
    known = served.web.log.size - 3
    path = f"/rack/R0003?as_of=2026-02-12&known_at={known}"
    text = served.text(path)
    assert "end of <strong>2026-02-12</strong>" in text
    assert f'href="/party/aivres?as_of=2026-02-12&amp;known_at={known}"' in text
    assert 'name="as_of" type="date" value="2026-02-12"' in text
    assert f'href="/?as_of=2026-02-12&amp;known_at={known}"' in text
    state = "<dt>state</dt><dd>{}</dd>"
    assert state.format("in_transit") in text
    assert state.format("stock") in served.text("/rack/R0003?as_of=2026-01-20")
    assert state.format("operational") in served.text("/rack/R0003")
    assert "Back to now" in text


@pytest.mark.parametrize(
    ("query", "code"),
    [("as_of=nonsense", "OCCURRED"), ("known_at=99999", "KNOWN-AT"), ("known_at=x", "ENTRY-FORM"),
     ("as_of=2026-13-45", "OCCURRED")],
)  # fmt: skip
def test_a_clock_that_is_none_is_explained(served: Served, query: str, code: str) -> None:
    assert code in served.text(f"/rack/R0003?{query}", status=400)


@pytest.mark.parametrize(
    ("printed", "leads"),
    [("SN-0007", "/serial/SN-0007"), ("sn-0007", "/serial/SN-0007"), ("R0003", "/rack/R0003"),
     ("ch-0003", "/rack/R0003"), ("BL-2291", "/shipment/SHP-02"),
     ("bytedance Ltd", "/party/bytedance"),
     ("B200", "/model/GPU"), ("L-1", "/lease/L-1")],
)  # fmt: skip
def test_whatever_is_printed_on_a_box_or_a_paper_is_found(
    served: Served, printed: str, leads: str
) -> None:
    answer = served.get("/search", params={"q": printed})
    assert (answer.status_code, answer.headers["location"].lower()) == (303, leads.lower())


def test_a_search_that_means_several_things_lists_them(served: Served) -> None:
    text = served.text("/search?q=R000")
    assert "/rack/R0001" in text
    assert "/rack/R0003" in text
    assert "Nothing recorded" in served.text("/search?q=nowhere")
    assert "/entry/7" in served.text("/search?q=7")
    assert "entry" in served.text(f"/search?q={served_document(served)[:12]}")
    assert "/party/hostile" in served.text("/search?q=Sons%22&list=1")
    for odd in ("%25", "_", "'", '"', "\\", "%F4%8F%BF%BF", "x" * 500):
        assert served.get(f"/search?q={odd}").status_code in {200, 303}


def served_document(served: Served) -> str:
    for event in served.web.log.read():
        for one in event.statement.documents:
            if one.kind == "bill_of_lading":
                return one.sha256
    raise AssertionError


def test_a_things_page_has_its_timeline_papers_signatures_and_findings(served: Served) -> None:
    text = served.text("/shipment/SHP-02")
    for heading in ("Findings", "Timeline", "Signatures", "Documents and numbers on paper"):
        assert f">{heading}</h2>" in text
    assert "bol BL-2291" in text
    assert "swift" in text
    assert "aolani alone" in text
    assert "itself, as registrar" in text
    assert f"/document/{served_document(served)}" in text
    serial = served.text("/serial/SN-0000")
    assert "/rack/R0003" in serial
    assert "R0003" in serial
    assert "BatchCommissioned" in serial


def test_an_entry_is_shown_in_full_without_what_is_sealed(served: Served) -> None:
    index = next(one.index for one in served.web.log.read() if one.statement.annex is not None)
    text = served.text(f"/entry/{index}")
    assert "5000000" not in text
    assert "A sealed annex goes with it" in text
    assert "ShipmentDispatched.v1" in text
    assert 'href="/rack/R0003"' in text
    for path in ("/entry/999999", "/entry/-1", "/entry/x", "/entry/01"):
        served.text(path, status=404)


def test_a_document_is_saved_and_never_shown_and_an_annex_is_none(served: Served) -> None:
    answer = served.get(f"/document/{served_document(served)}")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    annex = next(one.statement.annex for one in served.web.log.read() if one.statement.annex)
    assert served.web.log.document(annex) is not None
    for digest in (annex, "0" * 64, "zz"):
        served.text(f"/document/{digest}", status=404)


@pytest.mark.parametrize(
    "query",
    ["all=1", "kind=rack&name=R0003", "kind=serial&name=SN-0000", "kind=party&name=aolani",
     "entry=3&entry=5", "kind=site&name=JHR-1", "kind=certification&name=TIER1"],
)  # fmt: skip
def test_evidence_for_what_is_on_the_screen_passes_elsewhere(
    served: Served, tmp_path: Path, query: str
) -> None:
    answer = served.get(f"/evidence?{query}")
    file = tmp_path / "evidence.jsonl"
    file.write_bytes(answer.content)
    with EvidenceSource(file) as source:
        report = audit(source, Trust(fingerprint=served.web.log.fingerprint))
    assert report.verdict == "PASS"
    assert (report.scope == "full") == (query == "all=1")
    assert b'"5000000"' not in answer.content


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 404), ("kind=rack&name=NONE", 404), ("kind=nonsense&name=x", 404), ("entry=x", 400),
     ("kind=serial&name=NONE", 404)],
)  # fmt: skip
def test_evidence_of_nothing_is_refused(served: Served, query: str, status: int) -> None:
    served.text(f"/evidence?{query}", status=status)


def test_findings_are_told_with_reasons_and_entries(served: Served) -> None:
    text = served.text("/findings")
    code = re.search(r'href="/findings/([A-Z-]+)\?about=([^"]+)"', text)
    assert code is not None
    one = served.text(f"/findings/{code[1]}?about={code[2]}")
    assert "Why it matters" in one
    assert "May be explained by" in one
    assert 'href="/entry/' in one
    assert "Download the evidence" in one
    assert "0 findings" in served.text("/findings?severity=info")
    served.text("/findings/NO-SUCH-RULE", status=404)
    assert served.get("/findings?as_of=2026-01-01&known_at=3").status_code == 200


def test_what_is_picked_out_of_all_findings_is_what_is_found_of_a_thing_alone(
    served: Served,
) -> None:
    as_of, known_at = moment(served)
    everything = served.web.findings.at_hand(as_of, known_at)
    assert everything is not None

    def both(now: Reading) -> list[tuple[list[Finding], list[Finding]]]:
        _, rows = now.reader("SELECT DISTINCT kind, value FROM named", {})
        things = [(str(kind), str(name)) for kind, name in rows if kind in KINDS]
        return [
            (found_of(now, *one, everything)[0], found_of(now, *one, None)[0]) for one in things
        ]

    pairs = asyncio.run(served.pages.read(Clocks(), lambda now: unhurried(now, both)))
    assert any(picked for picked, _ in pairs)
    assert [picked for picked, _ in pairs] == [alone for _, alone in pairs]
    assert served.web.findings.at_hand(as_of, 999) is None


def unhurried(now: Reading, work: Callable[[Reading], Any]) -> Any:
    now._left = 1_000.0
    now.allow(None)
    return work(now)


def test_a_question_is_asked_by_a_form_and_turned_over(served: Served) -> None:
    assert "72 rows" in served.text("/ask/units?rack=R0003")
    assert "Name party first" in served.text("/ask/ownership")
    assert "ENTRY-FORM" in served.text("/ask/changed-since?since=x", status=400)
    assert served.get("/ask/changed-since?since=3").status_code == 200
    served.text("/ask/no-such-question", status=404)


def test_hostile_names_are_text(served: Served) -> None:
    for path in ("/party/hostile", "/search?q=Sons&list=1"):
        text = served.text(path)
        assert "<script>" not in text
        assert "\u202e" not in text
        assert "&lt;script&gt;" in text
        assert HOSTILE_FIRM not in text


CELLS = st.one_of(st.none(), st.integers(-(2**53), 2**53), st.text(max_size=40))


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=4))
def test_no_cell_becomes_markup(rows: list[tuple[object, object, object]]) -> None:
    """Whatever stands in a cell is text, or a link to a page of this server."""
    heads, body, _ = cells_of(("party", "signed_by", "facts"), rows, "?known_at=1")
    sheet = {"columns": heads, "rows": body}
    html = str(template("parts.html").module.rows(sheet, "Cells"))
    outline = Outline(html)
    assert set(outline.tags) <= {"div", "table", "caption", "thead", "tr", "th", "tbody", "td", "a"}
    assert all(link.startswith("/party/") and " " not in link for link in outline.links)
    assert html.count("<td") == len(rows) * len(heads)


@given(st.text(max_size=60))
def test_no_search_text_becomes_markup(text: str) -> None:
    values = {"found": [], "text": text, "most": 5}
    block = template("search.html").blocks["content"]
    made = "".join(block(template("search.html").new_context(values)))
    assert set(Outline(made).tags) == {"p"}


def test_clocks_are_read_and_written() -> None:
    assert read_clocks({"as_of": " ", "known_at": ""}) == Clocks()
    assert read_clocks({"as_of": "2026-05", "known_at": "7"}).query(q="a b") == (
        "?q=a+b&as_of=2026-05&known_at=7"
    )
    assert Clocks("2026-05").day == ""
    assert Clocks("2026-05-01").day == "2026-05-01"


def test_every_kinds_questions_take_its_name() -> None:
    from commands.web.reading import shipped  # noqa: PLC0415  beside what it is about

    for kind in KINDS.values():
        for part in kind.parts:
            names = [one.name for one in shipped()[part.question].parameters]
            assert part.parameter in names
        assert kind.listing is None or kind.listing in shipped()


def test_of_many_findings_a_page_shows_the_first_and_says_how_many(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = served.text("/party/aolani")
    assert "are shown. <a href" not in whole.split('id="timeline"')[0]
    monkeypatch.setattr("commands.web.pages.thing.FINDINGS_MAX", 1)
    assert re.search(r"<p>1 of \d+ are shown", served.text("/party/aolani"))
