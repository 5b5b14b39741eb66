"""Rule packs: every shipped fact has a source with a date, and a pack that lacks one is refused."""

import copy
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError, Malformed, Unavailable
from projections.packs.form import Sourced
from projections.packs.load import PACK_BYTES_MAX, PACKS_MAX, facts, pack_of, packs, read_pack

Value = dict[str, Any]
SHIPPED = {
    one.name: tomllib.loads(one.read_text(encoding="utf-8"))
    for one in resources.files("projections.rules").iterdir()
    if one.name.endswith(".toml")
}
NUMBERS = {"at_least", "below", "value", "to", "quantity", "percent", "notice_days", "days"}
"""Fields that hold figures."""
CITED = re.compile(
    r"\b\d{1,2} (January|February|March|April|May|June|July|August|September|October|November"
    r"|December) \d{4}\b|\b(in )?(January|April|May|November|October) \d{4}\b"
    r"|\b[0-9][A-Z][0-9]{3}(\.[a-z])?\b|\b[A-E]:[1-6]\b|\b\d+ (FR|CFR) [\d.]+|\bPart \d+"
    r"|\bSupplement 1\b|\bGB200\b"
)
"""Dates, control numbers, groups and places of rules, which are no figures."""


def minimal() -> Value:
    return {
        "schema": "chipledger.rules/1",
        "pack": "OWN",
        "title": "A pack",
        "jurisdiction": "MY",
        "dated": "2026-01-01",
        "note": "None.",
        "sources": [{"id": "X1", "text": "A page", "dated": "2026"}],
        "rules": [
            {
                "rule": "OWN.a",
                "title": "A rule",
                "text": "What it asks.",
                "says": "so it is",
                "citation": "nowhere",
                "sources": ["X1"],
                "periods": [
                    {"status": "in_force", "since": "2024-01-01", "until": "2024-12-31"},
                    {"status": "suspended", "since": "2025-01-01"},
                ],
                "test": {"kind": "thresholds", "any": [{"tpp": {"at_least": "10"}}]},
            }
        ],
    }


def listed(value: object) -> Iterator[dict[str, Any]]:
    """Yield every table in a pack's values that names sources."""
    if isinstance(value, dict):
        if "sources" in value and "schema" not in value:
            yield value
        for one in value.values():
            yield from listed(one)
    elif isinstance(value, list):
        for one in value:
            yield from listed(one)


def refused(code: str, value: Value) -> str:
    with pytest.raises(LedgerError) as caught:
        pack_of(value, "own.toml")
    assert caught.value.code == code
    return str(caught.value)


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_fact_of_a_shipped_pack_needs_its_source_and_every_source_its_date(name: str) -> None:
    count = len([*listed(SHIPPED[name])])
    assert count
    for number in range(count):
        for sources in (None, [], ["Z9"]):
            changed = copy.deepcopy(SHIPPED[name])
            change("sources", sources)([*listed(changed)][number])
            with pytest.raises(Malformed, match="PACK-"):
                pack_of(changed, name)
    for number in range(len(SHIPPED[name]["sources"])):
        for field in ("dated", "text"):
            changed = copy.deepcopy(SHIPPED[name])
            del changed["sources"][number][field]
            refused("PACK-FORM", changed)


def figures(value: object, *, sourced: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield each field that holds a figure, and whether a fact with sources is above it."""
    if isinstance(value, msgspec.Struct):
        inside = sourced or isinstance(value, Sourced)
        for name in value.__struct_fields__:
            held = getattr(value, name)
            if name in NUMBERS and held is not None:
                yield name, inside
            yield from figures(held, sourced=inside)
    elif isinstance(value, tuple):
        for one in value:
            yield from figures(one, sourced=sourced)


def test_no_figure_stands_outside_a_fact_with_sources() -> None:
    found = [one for pack in packs() for one in figures(pack)]
    assert len(found) > 40
    assert [name for name, sourced in found if not sourced] == []
    loose = [
        text
        for pack in packs()
        for text in (pack.title, pack.note, *(one.remark or "" for one in pack.hardware))
        if re.search(r"\d", CITED.sub("", text))
    ]
    assert loose == []


def test_a_figure_in_a_note_is_seen() -> None:
    assert re.search(r"\d", CITED.sub("", "more than 4,800 since 17 November 2023 in D:5"))
    assert not re.search(r"\d", CITED.sub("", "since 17 November 2023 in D:5, see 91 FR 1684"))


def test_every_source_of_a_fact_has_a_text_and_a_date() -> None:
    for pack in packs():
        dated = {one.id: one.dated for one in pack.sources if one.text}
        for what, fact in facts(pack):
            assert all(dated[name] for name in fact.sources), what


def test_a_fact_that_no_source_was_checked_for_says_so() -> None:
    for pack in packs():
        for what, fact in facts(pack):
            if fact.sources == ("U",):
                assert fact.confidence != "sourced", f"{pack.pack} {what}"


def test_the_catalogues_figures_follow_from_what_they_are_reckoned_from() -> None:
    """TPP is TOPS x bits, as the basis says; two sides may differ by rounding of the basis."""
    catalogue = packs().by_id["HARDWARE"]
    checked = 0
    for one in catalogue.hardware:
        for figure in one.figures:
            found = re.match(r"\w+ ([\d,]+)(?: \(rounded\))? x (\d)$", figure.basis)
            if figure.figure == "tpp" and found and figure.to is None:
                reckoned = int(found[1].replace(",", "")) * int(found[2])
                assert abs(reckoned - int(figure.value)) <= 1, one.name
                checked += 1
            over = re.match(r"([\d,]+) over (\d+)$", figure.basis)
            if over:
                reckoned_density = int(over[1].replace(",", "")) / int(over[2])
                assert abs(reckoned_density - float(figure.value)) < 0.06, one.name
                checked += 1
    assert checked >= 10


def change(path: str, value: object) -> Callable[[Value], None]:
    """Return what sets a value in a pack, by its path; None takes the key away."""

    def make(pack: Value) -> None:
        *names, last = path.split(".")
        place: Any = pack
        for name in names:
            place = place[int(name)] if name.isdigit() else place[name]
        if value is None:
            del place[last]
        else:
            place[last] = value

    return make


RULE = "rules.0"
MALFORMED: list[tuple[str, str, object, str]] = [
    ("another schema", "schema", "chipledger.rules/9", "PACK-FORM"),
    ("no title", "title", None, "PACK-FORM"),
    ("an unknown word", "verdict", "fine", "PACK-FORM"),
    ("a title that is no text", "title", 5, "PACK-FORM"),
    ("a title with a control character", "title", "a\x1bb", "PACK-FORM"),
    ("no sources", "sources", [], "PACK-FORM"),
    (
        "a source twice",
        "sources",
        [{"id": "X1", "text": "a", "dated": "2026"}] * 2,
        "PACK-REPEATED",
    ),
    ("a source of no month", "sources.0.dated", "2026-13", "PACK-DATE"),
    ("a source without a date", "sources.0.dated", "", "PACK-FORM"),
    ("a day of no month", "dated", "2026-02-30", "PACK-DATE"),
    ("a rule with a source that is not there", f"{RULE}.sources", ["X2"], "PACK-SOURCE"),
    ("a rule without a period", f"{RULE}.periods", [], "PACK-FORM"),
    ("a status that is none", f"{RULE}.periods.0.status", "active", "PACK-FORM"),
    ("an end before the beginning", f"{RULE}.periods.0.until", "2023-12-31", "PACK-PERIODS"),
    ("periods that overlap", f"{RULE}.periods.0.until", "2025-01-01", "PACK-PERIODS"),
    ("an open period before another", f"{RULE}.periods.0.until", None, "PACK-PERIODS"),
    ("a period from no day", f"{RULE}.periods.1.since", "2025-02-29", "PACK-DATE"),
    ("a test of no kind", f"{RULE}.test", {"kind": "guess"}, "PACK-FORM"),
    ("a threshold that is a float", f"{RULE}.test.any.0.tpp.at_least", 10.5, "PACK-FORM"),
    ("a threshold with an exponent", f"{RULE}.test.any.0.tpp.at_least", "1e5", "PACK-FORM"),
    ("a threshold without a bound", f"{RULE}.test.any.0.tpp", {}, "PACK-FORM"),
    ("no condition", f"{RULE}.test.any", [], "PACK-FORM"),
    (
        "a list of no date",
        "memberships",
        [{"groups": ["D:5"], "countries": ["CN"], "listed": "2026-00", "sources": ["X1"]}],
        "PACK-DATE",
    ),
    (
        "a country that is no code",
        "memberships",
        [{"groups": ["D:5"], "countries": ["China"], "listed": "2026", "sources": ["X1"]}],
        "PACK-FORM",
    ),
]


@pytest.mark.parametrize(
    ("path", "value", "code"), [one[1:] for one in MALFORMED], ids=[one[0] for one in MALFORMED]
)
def test_a_malformed_pack_is_told_with_a_code(path: str, value: object, code: str) -> None:
    pack = minimal()
    pack_of(pack, "own.toml")
    change(path, value)(pack)
    assert "(own.toml)" in refused(code, pack)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff", "PACK-FORM"),
        (b"a = ", "PACK-FORM"),
        (b"a = " + b"[" * 5000, "PACK-FORM"),
        (b"a = " + b"9" * 5000, "PACK-FORM"),
        (b"", "PACK-FORM"),
        (b"#" * (PACK_BYTES_MAX + 1), "PACK-TOO-LARGE"),
    ],
    ids=["no UTF-8", "no TOML", "too deep", "too many digits", "nothing", "too large"],
)
def test_bytes_that_are_no_pack_are_told_with_a_code(content: bytes, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_pack(content, "own.toml")
    assert caught.value.code == code


OWN = """
schema = "chipledger.rules/1"
pack = "{pack}"
title = "Mine"
jurisdiction = "MY"
dated = "2026-01-01"
note = "None."
sources = [{{ id = "X1", text = "A page", dated = "2026" }}]

[[rules]]
rule = "{rule}"
title = "A rule"
text = "What it asks."
says = "so it is"
citation = "nowhere"
sources = ["X1"]
periods = [{{ status = "in_force", since = "2024-01-01" }}]
test = {{ kind = "contains", items = {{ rules = ["{on}"] }} }}
"""


def own(
    folder: Path, name: str, *, pack: str = "OWN", rule: str = "OWN.a", on: str = "OWN.a"
) -> None:
    (folder / name).write_text(OWN.format(pack=pack, rule=rule, on=on), encoding="utf-8")


def test_a_folder_adds_packs_and_puts_them_in_the_place_of_shipped_ones(tmp_path: Path) -> None:
    own(tmp_path, "mine.toml", on="3A090.a")
    own(tmp_path, "malaysia.toml", pack="MY-STA-12", rule="MY-STA-12.permit")
    (tmp_path / "notes.txt").write_text("no pack", encoding="utf-8")
    found = packs(tmp_path)
    assert [*found.by_id] == sorted({*packs().by_id, "OWN"})
    assert found.by_id["MY-STA-12"].title == "Mine"


def failure(folder: Path) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        packs(folder)
    return caught.value


def test_packs_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    own(tmp_path, "a.toml", rule="3A090.a")
    assert failure(tmp_path).code == "PACK-REPEATED"
    own(tmp_path, "a.toml", on="3A090.z")
    assert failure(tmp_path).code == "PACK-RULE"
    own(tmp_path, "a.toml")
    own(tmp_path, "b.toml", rule="OWN.b")
    assert failure(tmp_path).code == "PACK-REPEATED"


def test_a_folder_that_is_not_there_or_too_full_is_told(tmp_path: Path) -> None:
    missing = failure(tmp_path / "none")
    assert isinstance(missing, Unavailable)
    assert missing.code == "PACK-FOLDER"
    for number in range(PACKS_MAX + 1):
        (tmp_path / f"{number}.toml").touch()
    assert failure(tmp_path).code == "PACK-TOO-LARGE"
    (tmp_path / "file").touch()
    assert failure(tmp_path / "file").code == "PACK-FOLDER"


@given(
    st.sampled_from(sorted(SHIPPED)),
    st.integers(0, 20_000),
    st.integers(0, 40),
    st.binary(max_size=8),
)
@settings(max_examples=150)
def test_a_shipped_pack_with_other_bytes_in_it_is_a_pack_or_told(
    name: str, start: int, cut: int, put: bytes
) -> None:
    content = resources.files("projections.rules").joinpath(name).read_bytes()
    at = start % len(content)
    with suppress(Malformed):
        read_pack(content[:at] + put + content[at + cut :], name)
