"""The verifier page: one file, no network, what it shows and how it is used."""

import base64
import hashlib
import io
import json
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec import Struct, structs

from commands.demo.stage import ORIGIN, demonstration_key
from commands.demo.story import play
from commands.main import main
from commands.page import build
from commands.page.schema import Schema
from commands.page.tables import tables
from ledger.application import Ledger
from ledger.authority import public_key
from ledger.evidence.lines import LINE_BYTES_MAX
from ledger.evidence.writer import write_evidence
from ledger.log.checkpoint import ledger_fingerprint
from ledger.rights import RIGHTS_NAME, RIGHTS_SHA256
from ledger.signing.fingerprint import speakable
from ledger.trust import Trust
from ledger.verify.conditions import CONDITIONS
from tests.harness import Story, opening_data, signer_of
from tests.page_browser import BUSY, VerifierPage, browser, expected, write_page
from tests.page_cases import mutated
from tests.selections import selected
from tests.test_evidence_file import evidence
from tests.told import RECEIPT, told

FOLDER = Path(build.__file__).parent
MODULES = sorted(FOLDER.glob("*.js"))
SECONDS_MAX = 15
HOSTILE = '<img src="x" onerror="document.title = 1"> \u202e\u200b'


# --- the file ---------------------------------------------------------------------------------


def test_the_command_writes_the_page_and_prints_its_digest(tmp_path: Path) -> None:
    out = tmp_path / "verifier.html"
    result = CliRunner().invoke(main, ["verifier-page", str(out)])
    assert result.exit_code == 0
    assert f"SHA-256 {hashlib.sha256(out.read_bytes()).hexdigest()}" in result.output
    again = CliRunner().invoke(main, ["verifier-page", str(out)])
    assert (again.exit_code, "FILE-EXISTS" in again.output) == (2, True)


def test_the_changelog_of_a_release_carries_the_pages_digest() -> None:
    newest = (
        Path(__file__)
        .parents[1]
        .joinpath("CHANGELOG.md")
        .read_text(encoding="utf-8")
        .split("\n## ")[1]
    )
    digest = hashlib.sha256(build.page()).hexdigest()
    assert newest.startswith("[Unreleased]") or digest in newest


def test_the_page_is_one_file_whose_policy_allows_its_own_script_and_style_alone() -> None:
    html = build.page().decode()
    assert build.page().decode() == html
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    parts = dict(one.strip().split(" ", 1) for one in policy[1].split(";"))
    assert parts.keys() == {"default-src", "script-src", "style-src", "base-uri", "form-action"}
    for tag in ("script", "style"):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert parts[f"{tag}-src"] == f"'sha256-{digest}'"
    assert {parts[name] for name in ("default-src", "base-uri", "form-action")} == {"'none'"}
    assert not re.search(r"\s(?:src|href|style|on\w+)=|@import|url\(|https?://|<!--", html)


def test_the_tables_are_those_of_the_program() -> None:
    found = json.loads(tables())
    assert found["knownRights"] == {RIGHTS_NAME: RIGHTS_SHA256}
    assert {code: row["words"] for code, row in found["conditions"].items()} == {
        code: row.words for code, row in CONDITIONS.items()
    }
    assert found["targets"]["FindingAnswered.v1"] == "entry"
    assert b"<" not in tables()


class Odd(Struct):
    value: float


def test_a_type_that_the_page_does_not_know_is_not_built() -> None:
    with pytest.raises(TypeError, match="knows no type"):
        Schema().struct(Odd)
    schema = Schema()
    schema.struct(type("Same", (Struct,), {}))
    with pytest.raises(TypeError, match="two structs"):
        schema.struct(type("Same", (Struct,), {}))


def test_modules_that_import_each_other_are_not_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one, other in (("page", "a"), ("a", "page")):
        (tmp_path / f"{one}.js").write_text(f'import {{ x }} from "./{other}.js";\n')
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match="page > a > page"):
        build._script()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_module_is_short_and_uses_what_it_imports(path: Path) -> None:
    text = path.read_text("utf-8")
    for names in re.findall(r"^import \{([^}]*)\}", text, re.MULTILINE):
        for name in filter(None, (one.strip() for one in names.split(","))):
            assert len(re.findall(rf"\b{name}\b", text)) > 1, name
    begun: list[tuple[str, int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        assert len(line) <= 100, number
        head = re.match(r"( *)(?:export )?(?:async )?(?:function\*? \w+|\*?\w+)\(.*\{$", line)
        if head and not re.match(r" *(?:if|for|while|switch|catch)\b", line):
            begun.append((head[1], number))
        for indent, start in begun:
            if line == f"{indent}}}":
                assert number - start < 70, start
        begun = [one for one in begun if line != f"{one[0]}}}"]


# --- in a browser -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VerifierPage]:
    with browser() as chromium:
        yield VerifierPage(chromium.new_page(), write_page(tmp_path_factory.mktemp("page")))


@pytest.fixture
def fresh(verifier: VerifierPage) -> Iterator[VerifierPage]:
    """The page opened anew, in a context of its own."""
    parent = verifier.page.context.browser
    assert parent is not None
    context = parent.new_context()
    yield VerifierPage(context.new_page(), verifier.path)
    context.close()


@pytest.fixture(scope="module")
def whole() -> bytes:
    return evidence(told().ledger.source())


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The evidence file of the demonstration: 36,000 GPUs from the maker to their user."""
    stage = play(tmp_path_factory.mktemp("case") / "ledger", lambda _: None)
    with stage.ledger as ledger:
        out = io.BytesIO()
        write_evidence(ledger.source(), out)
    return out.getvalue()


CASE_TRUST = Trust(fingerprint=ledger_fingerprint(ORIGIN, demonstration_key("ledger").public_key))


def test_the_case_is_judged_in_time_and_its_custody_told(
    case: bytes, fresh: VerifierPage, tmp_path: Path, record_property: pytest.FixtureRequest
) -> None:
    page = fresh.page
    page.evaluate("window.ticks = 0; setInterval(() => window.ticks++, 10)")
    fresh.choose(case, "case.jsonl")
    fresh.bring(CASE_TRUST)
    ticks, began = page.evaluate("window.ticks"), time.perf_counter()
    fresh.check()
    seconds = time.perf_counter() - began
    assert fresh.report() == expected(case, CASE_TRUST, tmp_path / "case.jsonl")
    assert fresh.report()[-1].startswith("PASS")
    assert seconds < SECONDS_MAX
    assert page.evaluate("window.ticks") > ticks  # the page lived all the while
    record_property("counted", f"seconds in which the page judged the case: {seconds:.1f}")  # type: ignore[operator]  # a function
    page.fill("#narrow", "R0056")
    rows = page.locator(".story tbody tr")
    assert rows.count() > 4
    told_of = rows.all_inner_texts()
    assert "built rack R0056" in told_of[0]
    assert any("dispatched 1,440" in one and "on the way with" in one for one in told_of)
    assert any("received 1,440" in one for one in told_of)
    assert "used by bytedance" in told_of[-1]
    page.fill("#narrow", "nothing of that name")
    assert rows.count() == 0
    page.fill("#narrow", "")
    page.get_by_role("button", name=re.compile("Show all")).click()
    assert rows.count() > 400


def test_the_page_asks_no_network_and_its_policy_would_not_let_it(
    fresh: VerifierPage, whole: bytes
) -> None:
    fresh.judge(whole, told().trust())
    assert fresh.requests == [fresh.path.as_uri()]
    assert fresh.errors == []
    asked = "fetch('https://ledger.invalid/').then(() => 'answered', () => 'refused')"
    assert fresh.page.evaluate(asked) == "refused"


def test_it_works_by_keyboard_and_the_verdict_is_read_out_first(
    fresh: VerifierPage, whole: bytes
) -> None:
    fresh.choose(whole)
    page = fresh.page
    page.focus("#fingerprint")
    page.keyboard.type(speakable(told().ledger.fingerprint).lower().replace("-", " "))
    page.keyboard.press("Enter")
    page.wait_for_selector(BUSY + " .banner")
    assert page.evaluate("document.activeElement.textContent") == "PASS"
    assert page.get_by_role("heading", name="PASS").is_visible()
    assert not page.is_visible("#form")
    assert page.get_by_role("table").count() == 2
    assert page.get_by_role("columnheader").first.inner_text() == "step"


def test_a_file_can_be_dropped(fresh: VerifierPage, whole: bytes) -> None:
    drop = """(text) => {
        const moved = new DataTransfer();
        moved.items.add(new File([text], "dropped.jsonl"));
        for (const kind of ["dragenter", "dragover", "drop"]) {
            document.body.dispatchEvent(
                new DragEvent(kind, { dataTransfer: moved, bubbles: true, cancelable: true }));
        }
    }"""
    fresh.page.evaluate(drop, whole.decode())
    assert fresh.page.inner_text("#chosen") == f"dropped.jsonl, {len(whole):,} bytes"
    fresh.bring(told().trust())
    fresh.check()
    assert fresh.report()[-1].startswith("PASS")


def test_a_slip_in_the_fingerprint_is_told_while_it_is_typed(fresh: VerifierPage) -> None:
    good = speakable(told().ledger.fingerprint)
    wrong = ("1" if good[0] == "0" else "0") + good[1:]
    fresh.page.fill("#fingerprint", wrong)
    assert "group 1 does not match" in fresh.page.inner_text("#fingerprint-told")
    assert fresh.page.get_attribute("#fingerprint", "aria-invalid") == "true"
    fresh.page.fill("#fingerprint", good)
    assert fresh.page.inner_text("#fingerprint-told") == ""


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("#fingerprint", "abc", "FINGERPRINT-LENGTH"),
        ("#pins", "maker", "PIN"),
        ("#pins", "no name=" + "00" * 32, "IDENTIFIER"),
        ("#required", "no name", "IDENTIFIER"),
    ],
)
def test_what_is_typed_wrong_is_told_and_nothing_is_judged(
    fresh: VerifierPage, whole: bytes, field: str, text: str, code: str
) -> None:
    fresh.choose(whole)
    fresh.ask()
    fresh.page.fill(field, text)
    fresh.check()
    assert fresh.problem().startswith(f"{code}: ")
    assert fresh.page.locator(".banner").count() == 0


def test_no_story_is_told_from_a_file_that_fails(verifier: VerifierPage, whole: bytes) -> None:
    [changed] = mutated(whole, 5, 1)
    assert verifier.judge(changed, told().trust())[-1].startswith("FAIL")
    assert "No story is told" in verifier.page.inner_text("#results")
    assert verifier.page.locator(".story").count() == 0


def test_of_a_selection_the_page_says_what_was_asked_for(verifier: VerifierPage) -> None:
    lines = verifier.judge(selected(told().ledger, [RECEIPT]), told().trust())
    assert lines[-1].startswith("PASS, scope selection")
    assert "asked for\nentry:some" in verifier.page.inner_text(".about")
    assert "the selection may leave out entries" in verifier.page.inner_text("#results")


def test_a_correction_and_an_acceptance_stand_beside_what_they_are_about(
    verifier: VerifierPage, whole: bytes
) -> None:
    verifier.judge(whole, told().trust())
    rows = verifier.page.locator(".story tbody tr")
    assert "accepted by buyer in entry 17" in rows.nth(1).inner_text()
    assert "corrected by entry 16" in rows.nth(2).inner_text()
    assert rows.nth(2).get_attribute("class") == "replaced"


def test_what_a_file_says_is_shown_as_text(verifier: VerifierPage, tmp_path: Path) -> None:
    story = Story()
    story.ledger.close()
    story.opening = structs.replace(
        opening_data(), registrar_key=public_key(signer_of("operator").public_key, HOSTILE)
    )
    with Ledger.create(story.url, story._opening(), story.writing()) as ledger:
        data = evidence(ledger.source())
        trust = Trust(fingerprint=ledger.fingerprint)
    lines = verifier.judge(data, trust, "<b>name<b>")
    assert lines == expected(data, trust, tmp_path / "<b>name<b>")
    page = verifier.page
    assert page.locator("#results img, #results b").count() == 0
    shown = page.inner_text("#results")
    assert 'onerror="document.title = 1"> \\u202e\\u200b' in shown
    assert page.title() == "chipledger verifier"


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_nothing_runs_off_the_screen(fresh: VerifierPage, whole: bytes, width: int) -> None:
    fresh.page.set_viewport_size({"width": width, "height": 900})
    fresh.judge(whole, told().trust())
    assert fresh.page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_stands_the_report_alone(fresh: VerifierPage, whole: bytes) -> None:
    fresh.judge(whole, told().trust())
    fresh.page.emulate_media(media="print")
    assert fresh.page.is_visible(".verdict")
    for name in ("#ask", "#narrow", "footer"):
        assert not fresh.page.is_visible(name)


def test_without_script_the_page_says_so(verifier: VerifierPage) -> None:
    parent = verifier.page.context.browser
    assert parent is not None
    page = parent.new_page(java_script_enabled=False)
    page.goto(verifier.path.as_uri())
    assert page.is_visible("#needs-script")
    assert not page.is_visible("#form")


# --- what a browser or a file may do ----------------------------------------------------------

BROWSERS = {
    "no Ed25519": "SubtleCrypto.prototype.importKey = () => Promise.reject(new Error('unknown'))",
    "accepts all": "SubtleCrypto.prototype.verify = () => Promise.resolve(true)",
    "another SHA-256": "SubtleCrypto.prototype.digest = () => Promise.resolve(new ArrayBuffer(32))",
    "no cryptography": "Object.defineProperty(crypto, 'subtle', { value: undefined })",
}


@pytest.mark.parametrize("name", BROWSERS)
def test_a_browser_that_cannot_check_signatures_decides_nothing(
    fresh: VerifierPage, whole: bytes, name: str
) -> None:
    fresh.page.add_init_script(BROWSERS[name])
    fresh.page.reload()
    lines = fresh.judge(whole, told().trust())
    assert lines[-1].startswith("UNDECIDED")
    [found] = [line for line in lines if "ED25519-NO-BACKEND" in line]
    assert "this browser" in found
    assert "use a newer browser" in found


def test_sha_256_is_that_of_the_library(verifier: VerifierPage) -> None:
    order: list[str] = []
    build._visit("merkle", order, ())
    script = "\n".join(map(build._module, order))
    lengths = [*range(200), 4095, 4096, 4097, 100_000]
    digests = verifier.page.evaluate(
        f"""(lengths) => {{ {script}
        const digest = (length, prefix) => bytes_js.hexOf(
            sha256_js.sha256(new Uint8Array(length).fill(length), prefix));
        return lengths.map((length) => [digest(length), digest(length, 0), digest(length, 1)]);
        }}""",
        lengths,
    )
    for length, found in zip(lengths, digests, strict=True):
        data = bytes([length % 256]) * length
        wanted = [hashlib.sha256(head + data).hexdigest() for head in (b"", b"\0", b"\1")]
        assert found == wanted, length


def test_sha_256_of_pieces_is_that_of_the_whole(verifier: VerifierPage) -> None:
    order: list[str] = []
    build._visit("merkle", order, ())
    script = "\n".join(map(build._module, order))
    draw = random.Random(31)
    cuts = [
        [draw.choice([0, 1, 63, 64, 65, draw.randrange(300)]) for _ in range(9)] for _ in "x" * 60
    ]
    digests = verifier.page.evaluate(
        f"""(cuts) => {{ {script}
        return cuts.map((lengths) => {{
            const whole = new sha256_js.Sha256();
            for (const length of lengths) whole.update(new Uint8Array(length).fill(length));
            whole.digest(); // asking ends nothing
            return bytes_js.hexOf(whole.digest());
        }});
        }}""",
        cuts,
    )
    for lengths, found in zip(cuts, digests, strict=True):
        whole = b"".join(bytes([length % 256]) * length for length in lengths)
        assert found == hashlib.sha256(whole).hexdigest(), lengths


def test_a_gigabyte_without_a_line_costs_no_more_than_a_line(
    fresh: VerifierPage, tmp_path: Path, whole: bytes
) -> None:
    for at, begins in enumerate((b"{", whole[: whole.index(b"\n") + 1] + b'{"entry":"')):
        path = tmp_path / f"huge {at}.jsonl"
        path.write_bytes(begins)
        with path.open("r+b") as file:
            file.truncate(1 << 30)
        fresh.ask()
        fresh.page.set_input_files("#file", path)
        began = time.perf_counter()
        fresh.check()
        assert time.perf_counter() - began < SECONDS_MAX
        assert any(f"more than {LINE_BYTES_MAX:,} bytes" in line for line in fresh.report())
        heap = fresh.page.evaluate("performance.memory.usedJSHeapSize")
        assert heap < 100 * LINE_BYTES_MAX
