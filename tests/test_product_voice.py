"""The product gives no verdict in its own voice: it never says legal, compliant, licensed …"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.determination.determination import determination
from projections.packs.load import packs
from tests.frauds import FRAUDS
from tests.honest import honest
from tests.mini_case import mini_case
from tests.test_honest_histories import of
from tests.trade import Trade

ROOT = Path(__file__).resolve().parent.parent
VERDICT = re.compile(
    r"(?<![a-z])(?:(?:il)?legal(?:ly|ity)?|(?:un)?lawful(?:ly)?|illicit|licit"
    r"|(?:non-?)?compliant|non-?compliance|in compliance|compl(?:y|ies|ied)"
    r"|(?:un)?licen[cs]ed|violat(?:ion|ions|es|ed|ing|e)|infring\w*|breach(?:es|ed)?)(?![a-z])",
    re.IGNORECASE,
)
"""Between other words, and in names with underscores."""
NO_VERDICT = re.compile(
    r"\blegal[ _-](?:name|hold|holds|entity|basis)\b|\bno legal (?:verdict|conclusion)s?\b"
    r"|\bno finding is a legal conclusion\b"
    r"|\b(?:no|never a) violation\b|\bdecides something legal\b"
    r"|\bIt never means that [^.]* lawful\b|\bintegrity_constraint_violation\b",
    re.IGNORECASE,
)
"""Names of things, and sentences that say that no verdict is given."""


def said(path: Path) -> Iterator[str]:
    """Yield what a file may say to people: text of pages, packs, SQL; string literals of code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield text
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def verdicts(path: Path) -> list[str]:
    found = []
    for text in said(path):
        plain = NO_VERDICT.sub("", " ".join(text.split()))
        found += [
            plain[max(0, one.start() - 40) : one.end() + 40] for one in VERDICT.finditer(plain)
        ]
    return found


SOURCES = [
    *(
        path
        for top in ("ledger", "projections", "commands", "docs")
        for path in sorted((ROOT / top).rglob("*"))
        if path.suffix in {".py", ".sql", ".toml", ".md", ".js", ".html", ".typ"}
    ),
    ROOT / "README.md",
]


@pytest.mark.parametrize("top", ["ledger", "projections", "commands", "docs", "README.md"])
def test_nothing_that_the_product_says_is_a_verdict(top: str) -> None:
    found = {
        str(path.relative_to(ROOT)): words
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] == top and (words := verdicts(path))
    }
    assert found == {}


def test_no_step_of_a_determination_is_a_verdict() -> None:
    told = Trade(log=mini_case().log)
    steps = told.gatherer("2026-10-01").shipment("SHP-1")
    assert steps is not None
    said = [
        text
        for one in determination(packs(), steps, "2026-10-01")
        for text in (one.said, one.why, *one.unknown, *(word.shown() for word in one.words))
    ]
    assert len(said) > 100
    assert [text for text in said if VERDICT.search(NO_VERDICT.sub("", text))] == []


def test_no_finding_is_a_verdict() -> None:
    """Sentences are put together in SQL: those of frauds of every kind are looked at whole."""
    history = honest(5, (10, 20))
    for fraud in FRAUDS:
        fraud(history)
    found = of(history)
    assert len({one.rule.code for one in found}) > 50
    said = [text for one in found for text in (one.facts, one.rule.title, one.rule.basis)]
    assert [text for text in said if VERDICT.search(NO_VERDICT.sub("", text))] == []


@pytest.mark.parametrize("top", ["ledger", "projections", "commands", "docs"])
def test_no_file_that_people_read_is_left_out(top: str) -> None:
    # styles, fonts and their licence
    unread = {".css", ".pyc", ".ttf", ".tsv", ".txt", ".typed", ""}
    kinds = {path.suffix for path in (ROOT / top).rglob("*") if path.is_file()}
    assert kinds - unread <= {path.suffix for path in SOURCES}


@pytest.mark.parametrize(
    "sentence",
    [
        "this shipment is legal",
        "the transfer was illegal",
        "the operator is compliant",
        "Non-compliant: no permit",
        "the export was licensed",
        "an unlicensed export",
        "a violation of the rules",
        "it violates 744.23",
        "violation_count",
        "the transfer was unlawful",
        "it complies with the rule",
        "in compliance with the rule",
        "an unlicenced export",
    ],
)
def test_a_verdict_is_seen(tmp_path: Path, sentence: str) -> None:
    for name, text in (("a.toml", f'says = "{sentence}"'), ("a.py", f"print('''{sentence}''')")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert verdicts(tmp_path / name)


@pytest.mark.parametrize("sentence", ["a legal hold", "its legal name", "PASS is no legal verdict"])
def test_names_of_things_and_denials_are_not_verdicts(tmp_path: Path, sentence: str) -> None:
    (tmp_path / "a.md").write_text(sentence, encoding="utf-8")
    assert verdicts(tmp_path / "a.md") == []
