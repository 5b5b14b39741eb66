"""The verifier page in a headless browser, as somebody uses it: opened from the disk."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commands.page.build import page as built_page
from ledger.evidence.reader import EvidenceSource
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.words import report_lines
from tests.page_cases import Bad, policy_bytes

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = os.environ.get("CHIPLEDGER_CHROMIUM") or shutil.which("chromium") or "chromium"
BUSY = '#results[aria-busy="false"]'
# What the words of other libraries and of the interpreter tell, behind words of our own.
_DETAIL = re.compile(
    r"(is not what its type says|is no line of an evidence file|is no date): .*", re.DOTALL
)


class VerifierPage:
    """The page, opened; `judge` types and clicks as a person does."""

    def __init__(self, page: "Page", path: Path) -> None:
        self.page = page
        self.path = path
        self.requests: list[str] = []
        self._brought = Trust()
        self.errors: list[str] = []
        page.on("request", lambda one: self.requests.append(one.url))
        page.on("pageerror", lambda one: self.errors.append(str(one)))
        page.goto(path.as_uri())

    def choose(self, data: bytes, name: str = "evidence.jsonl") -> None:
        """Choose a file of these bytes."""
        given = {"name": name, "mimeType": "application/jsonl", "buffer": data}
        self.page.set_input_files("#file", given)  # type: ignore[arg-type]  # a dict will do

    def ask(self) -> None:
        """Open the part that asks, which a verdict closes."""
        self.page.evaluate(
            "for (const one of document.querySelectorAll('details')) one.open = true"
        )

    def bring(self, trust: Trust) -> None:
        """Type what the auditor brings, unless it stands there already."""
        if trust == self._brought:
            return
        self._brought = trust
        self.ask()
        self.page.fill("#fingerprint", "" if trust.fingerprint is None else trust.fingerprint.hex())
        self.page.fill("#pins", "\n".join(f"{party}={key}" for party, key in trust.pins.items()))
        self.page.fill("#required", "\n".join(trust.required_pins))
        notes = [
            {"name": f"note {at}", "mimeType": "text/plain", "buffer": note}
            for at, note in enumerate(trust.checkpoints)
        ]
        self.page.set_input_files("#checkpoints", notes)  # type: ignore[arg-type]  # as above
        self.bring_policy(None if trust.policy is None else policy_bytes(trust.policy))

    def bring_policy(self, data: bytes | None) -> None:
        """Choose the file of a policy, or none."""
        file = {"name": "policy", "mimeType": "text/plain", "buffer": data}
        self.page.set_input_files("#policy", [] if data is None else [file])  # type: ignore[arg-type]  # as above

    def check(self) -> None:
        """Submit the form, as Enter in its fields does, and wait."""
        self.page.evaluate("document.getElementById('form').requestSubmit()")
        self.page.wait_for_selector(BUSY, state="attached", timeout=120_000)

    def judge(
        self, data: bytes, trust: Trust, name: str = "evidence.jsonl", policy: bytes | None = None
    ) -> list[str]:
        """Return the report of a file, line by line."""
        self.choose(data, name)
        self.bring(trust)
        if policy is not None:
            self.bring_policy(policy)
        self.check()
        return self.report()

    def report(self) -> list[str]:
        """Return the report that is shown."""
        assert self.problem() == ""
        return (self.page.text_content("#report-text") or "").split("\n")

    def problem(self) -> str:
        """Return what the page complains of."""
        return self.page.inner_text("#problem")


@contextmanager
def browser() -> Iterator["Browser"]:
    """Start a headless Chromium, or skip where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if shutil.which(CHROMIUM) is None:
        pytest.skip("no Chromium: apt-get install chromium, or set CHIPLEDGER_CHROMIUM")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


def write_page(folder: Path) -> Path:
    """Write the page into a folder and return where it is."""
    path = folder / "verifier.html"
    path.write_bytes(built_page())
    return path


def expected(data: bytes, trust: Trust, path: Path) -> list[str]:
    """Return what the Python verifier reports of a file, line by line."""
    path.write_bytes(data)
    source = EvidenceSource(path)
    try:
        return list(report_lines(audit(source, trust)))
    finally:
        source.close()


def loose(lines: Sequence[str]) -> list[str]:
    """Return lines without the details that a library's version decides."""
    return [_DETAIL.sub(r"\1: …", line) for line in lines]


class Agreement:
    """Judges files by both verifiers and keeps count."""

    def __init__(self, verifier: VerifierPage, folder: Path) -> None:
        self.verifier = verifier
        self.path = folder / "evidence.jsonl"
        self.judged = 0
        self.exact = 0
        self.verdicts: set[str] = set()

    def differences(self, files: Iterable[Bad]) -> dict[str, list[tuple[str, str]]]:
        """Return by name where the reports of a file differ, line against line."""
        found = {}
        for one in files:
            theirs = expected(one.data, one.trust, self.path)
            ours = self.verifier.judge(one.data, one.trust, self.path.name, one.policy)
            self.judged += 1
            self.exact += ours == theirs
            self.verdicts.add(theirs[-1].split(",")[0])
            if loose(ours) != loose(theirs):
                pairs = zip([*ours, "(end)"], [*theirs, "(end)"], strict=False)
                found[one.name] = [pair for pair in pairs if pair[0] != pair[1]]
        return found
