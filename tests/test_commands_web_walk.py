"""The auditor's walk in a headless browser: from a serial number to a verdict elsewhere."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn

from commands.web.app import application
from commands.web.web import Doors
from ledger.signing.fingerprint import speakable
from tests.desk_story import DeskStory
from tests.page_browser import BUSY, browser
from tests.web_case import SECRET, Served, story, token

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE = {"width": 390, "height": 844}


@contextmanager
def listening(served: Served) -> Iterator[str]:
    """Serve on a free port of this machine, and yield the address."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    settings = uvicorn.Config(
        application(served.pages), log_level="error", ws="none", proxy_headers=False
    )
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    bound.close()


@pytest.fixture(scope="module")
def told() -> DeskStory:
    return story()


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    with browser() as started:
        yield started


def opened(chromium: "Browser", problems: list[str]) -> "Page":
    """Return a page that collects whatever the browser complains of."""
    page = chromium.new_context(accept_downloads=True).new_page()
    page.on("console", lambda one: problems.append(one.text))
    page.on("pageerror", lambda one: problems.append(str(one)))
    return page


def shows(page: "Page", where: str, text: str) -> None:
    """Wait until a page shows a text there."""
    page.locator(where, has_text=text).first.wait_for()


def test_the_auditors_walk(told: DeskStory, chromium: "Browser", tmp_path: Path) -> None:
    """Search a serial, open its rack, change the date, read a finding, take evidence, judge it."""
    verifier = tmp_path / "verifier.html"
    told.run(f"verifier-page {verifier}")
    problems: list[str] = []
    requested: list[str] = []
    with Served(told.folder) as served, listening(served) as address:
        page = opened(chromium, problems)
        page.on("request", lambda one: requested.append(one.url))
        page.goto(address)
        page.get_by_label("Search a serial").fill("SN-0007")
        page.keyboard.press("Enter")
        shows(page, "h1", "Serial SN-0007")
        page.get_by_role("link", name="R0003").first.click()
        shows(page, "h1", "Rack R0003")
        shows(page, "main dd", "operational")

        page.get_by_label("True at the end of").fill("2026-02-12")
        page.get_by_role("button", name="Show").first.click()
        shows(page, ".moment", "end of 2026-02-12")
        shows(page, "main dd", "in_transit")
        page.get_by_role("link", name="aivres").first.click()
        shows(page, ".moment", "end of 2026-02-12")
        page.get_by_role("link", name="Back to now").click()

        page.get_by_role("link", name="Findings", exact=True).first.click()
        page.locator(".findings a").first.click()
        shows(page, "main dt", "Why it matters")
        page.go_back()

        page.goto(f"{address}/rack/R0003")
        with page.expect_download() as coming:
            page.get_by_role("link", name="Download the evidence").click()
        file = tmp_path / coming.value.suggested_filename
        coming.value.save_as(file)
        assert file.name == "evidence-rack-R0003.jsonl"
        fingerprint = speakable(served.web.log.fingerprint)
        page.close()
    assert problems == []
    assert all(one.startswith((address, "data:")) for one in requested)

    judged = chromium.new_page()
    judged.goto(verifier.as_uri())
    judged.set_input_files("#file", file)
    judged.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    judged.fill("#fingerprint", fingerprint)
    judged.evaluate("document.getElementById('form').requestSubmit()")
    judged.wait_for_selector(BUSY, state="attached", timeout=120_000)
    report = (judged.text_content("#report-text") or "").split("\n")
    assert report[-1].startswith("PASS, scope selection")


def test_signing_in_and_checking_again(told: DeskStory, chromium: "Browser") -> None:
    problems: list[str] = []
    doors = Doors(token=token())
    with Served(told.folder, doors) as served, listening(served) as address:
        page = opened(chromium, problems)
        page.goto(f"{address}/verification")
        shows(page, "h1", "Sign in")
        page.get_by_label("Token").fill(SECRET)
        page.keyboard.press("Enter")
        shows(page, "h1", "Verification")
        page.get_by_role("button", name="Check the log again").click()
        page.wait_for_selector(".verdict", timeout=120_000)
        assert page.inner_text(".verdict").startswith("PASS, scope full")
        assert SECRET not in page.content()
        page.get_by_role("button", name="Sign out").click()
        shows(page, "h1", "Sign in")
        page.close()
    assert {one for one in problems if "401" not in one} == set()


def test_the_keyboard_alone_is_enough(told: DeskStory, chromium: "Browser") -> None:
    with Served(told.folder) as served, listening(served) as address:
        page = opened(chromium, [])
        page.goto(f"{address}/rack/R0003")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        seen = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            seen.add(page.evaluate("document.activeElement.tagName"))
        assert {"INPUT", "A", "BUTTON"} <= seen
        page.close()


def test_no_page_is_wider_than_a_telephone(told: DeskStory, chromium: "Browser") -> None:
    wide = {}
    with Served(told.folder) as served, listening(served) as address:
        page = opened(chromium, [])
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a dict will do
        for path in ("/", "/rack/R0003", "/party/hostile", "/entry/3", "/findings", "/ask",
                     "/ask/units", "/search?q=SN&list=1", "/verification", "/entries",
                     "/shipment/SHP-02"):  # fmt: skip
            page.goto(address + path)
            over = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if over > 0:
                wide[path] = over
        page.close()
    assert wide == {}
