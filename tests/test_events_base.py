"""Words that all events share: ids, identifiers, signatories, lines."""

import re
import uuid
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import pattern_check
from ledger.errors import Malformed
from ledger.events.base import (
    ORIGIN_PATTERN,
    Line,
    Signatory,
    check_identifier,
    is_code,
    is_identifier,
    new_id,
    signatories,
)

MOMENT = datetime(2026, 3, 2, 6, 0, 0, 123456, tzinfo=UTC)
check_origin = pattern_check(ORIGIN_PATTERN, "ORIGIN", "an origin")


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  the strategy adds the zone
    st.binary(min_size=10, max_size=10),
)
def test_an_id_is_a_uuid_of_version_7_that_carries_its_millisecond(
    moment: datetime, random: bytes
) -> None:
    text = new_id(moment, random)
    one = uuid.UUID(text)
    assert str(one) == text
    assert one.version == 7
    assert one.variant == uuid.RFC_4122
    assert one.int >> 80 == int(moment.timestamp() * 1000)
    assert new_id(moment, random) == text


def test_ids_of_one_millisecond_differ_and_sort_by_time() -> None:
    assert len({new_id(MOMENT) for _ in range(100)}) == 100
    later = new_id(MOMENT.replace(year=2027))
    assert all(new_id(MOMENT) < later for _ in range(100))


@given(st.integers(0, 79), st.binary(min_size=10, max_size=10))
def test_74_of_the_random_bits_are_in_the_id(bit: int, random: bytes) -> None:
    flipped = (int.from_bytes(random, "big") ^ (1 << bit)).to_bytes(10, "big")
    differs = new_id(MOMENT, random) != new_id(MOMENT, flipped)
    assert differs == (bit < 74)


@pytest.mark.parametrize(
    "text", ["a", "Z", "0", "SHP-2291-1", "R0001", "a.b", "a_b-", "a.", "x" * 64]
)
def test_identifiers_that_people_type(text: str) -> None:
    assert check_identifier(text) == text
    assert is_identifier(text)


@pytest.mark.parametrize(
    "text",
    ["", "-a", "_a", ".a", "..", "a..b", "R0001..R0480", "a:b", "a b", "a/b", "a\n", "a\0", "é",
     "a\u0661", "x" * 65, "a" * 100_000],
)  # fmt: skip
def test_what_is_no_identifier(text: str) -> None:
    with pytest.raises(Malformed, match="IDENTIFIER") as refusal:
        check_identifier(text)
    assert not is_identifier(text)
    assert len(refusal.value.message) < 200


def test_an_identifier_is_what_the_formats_say() -> None:
    written = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){0,63}")  # docs/explanation/formats
    short = ["".join(one) for size in range(6) for one in product("aZ9.-_\n:", repeat=size)]
    long = [middle.join(("a" * 31, "b" * size)) for size in (31, 32, 33) for middle in ("c", ".")]
    for text in short + long:
        assert is_identifier(text) == (written.fullmatch(text) is not None), text


@given(st.text(max_size=70))
def test_any_text_is_an_identifier_or_is_none(text: str) -> None:
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    expected = (
        1 <= len(text) <= 64
        and text[0] in allowed
        and set(text) <= allowed | set("._-")
        and ".." not in text
    )
    try:
        assert check_identifier(text) == text
        found = True
    except Malformed:
        found = False
    assert found == expected


@pytest.mark.parametrize(
    "origin", ["ledger.example", "a.b", "ledger.operator.invalid/test", "x-1.y.z/A/b_c.d-e"]
)
def test_an_origin_is_a_domain_name_with_a_path(origin: str) -> None:
    assert check_origin(origin) == origin


@pytest.mark.parametrize(
    "origin",
    ["", "localhost", "A.b", ".a.b", "a..b", "a.b.", "-a.b", "a-.b", "a.b/", "a.b//c", "a.b/c d",
     "a.b:80", "a.b\n", "https://a.b", "é.b", "a." + "b" * 120, "a.b/" + "c" * 117, "a.b+c"],
)  # fmt: skip
def test_what_is_no_origin(origin: str) -> None:
    with pytest.raises(Malformed, match="ORIGIN"):
        check_origin(origin)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("A", True), ("5B 123/4", True), ("x" * 64, True), ("!~", True),
        ("", False), ("x" * 65, False), (" A", False), ("A ", False), ("A\n", False),
        ("é", False), ("A\tB", False),
    ],
)  # fmt: skip
def test_a_code_is_printable_ascii_without_a_space_at_its_ends(text: str, *, is_one: bool) -> None:
    assert is_code(text) is is_one


def test_a_line_counts_for_each_of_its_racks() -> None:
    assert Line(model="m", batch="b", quantity=72).total == 72
    assert Line(model="m", batch="b", quantity=72, racks=("r1", "r2", "r3")).total == 216


def test_signatories_have_one_order() -> None:
    first, b, c1, c2 = (
        Signatory(party=party, key=key * 64)
        for party, key in (("z", "f"), ("b", "9"), ("c", "1"), ("c", "2"))
    )
    assert signatories(first, c2, c1, b) == (first, b, c1, c2)
    assert signatories(first) == (first,)
