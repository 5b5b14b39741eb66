"""The pages hang together: links lead somewhere, and commands that they name exist."""

import re
import shlex
from pathlib import Path

import click
import pytest

from commands.main import main
from tests.transcripts import ROOT

PAGES = [ROOT / "README.md", ROOT / "DEVELOPERS.md", *sorted((ROOT / "docs").rglob("*.md"))]
WRITTEN = [page for page in PAGES if page.parent.name != "reference"]
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]+`")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings get, as GitHub makes them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", one.lower()) for one in headings)
    return {one.replace(" ", "-") for one in plain}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_to_a_page_and_a_heading(page: Path) -> None:
    broken = []
    prose = CODE.sub("x", FENCE.sub("", page.read_text(encoding="utf-8")))
    for target in LINK.findall(prose):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


def test_every_page_can_be_reached_from_the_index() -> None:
    reached = {ROOT / "README.md"}
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            there = (page.parent / target.partition("#")[0]).resolve()
            if there.suffix == ".md" and there.is_file() and there not in reached:
                reached.add(there)
                waiting.append(there)
    assert [name(page) for page in PAGES if page not in reached] == []


def test_every_decision_has_a_number_of_its_own_and_four_parts() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    assert len({page.name[:4] for page in pages}) == len(pages)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]} ")
        parts = [text.find(f"**{part}.**") for part in ("Context", "Decision", "Consequence")]
        assert -1 not in parts, page.name
        assert parts == sorted(parts), page.name


def resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that words name, and the words after it."""
    command: click.Command = main
    rest = words
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(click.Context(command), rest[0])
        if found is None:
            break
        command, rest = found, rest[1:]
    return command, rest


@pytest.mark.parametrize("page", WRITTEN, ids=name)
def test_commands_named_in_the_text_exist_with_their_options(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`chipledger ([^`\n]+)`", text)
    fenced = "\n".join(FENCE.findall(text))
    named += re.findall(r"^(?:\$ )?chipledger (.+?)(?: {2,}#.*)?$", fenced, re.MULTILINE)
    wrong = []
    for line in named:
        try:
            words = shlex.split(re.split(r"[|>;]", line.rstrip("\\"))[0])
        except ValueError:  # a quotation that goes on in the next line
            words = line.split()
        while words[0] in {"-C", "--ledger"}:
            words = words[2:]
        command, rest = resolve(words)
        options = {one for option in (*command.params, *main.params) for one in option.opts}
        options |= {one for option in command.params for one in option.secondary_opts} | {"--help"}
        asked = {one.split("=")[0] for one in rest if re.match(r"--?[a-z]", one)}
        if (isinstance(command, click.Group) and command is not main and not rest) or (
            command is main and not asked
        ):
            wrong.append(line)
        wrong += [f"{line}: {one}" for one in asked - options - {"--version"}]
    assert wrong == []
