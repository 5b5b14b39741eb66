"""Fingerprints over a telephone: what is heard is what was said, or the group is named."""

import hashlib
import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError, Malformed
from ledger.signing import fingerprint
from ledger.signing.fingerprint import parse_fingerprint, speakable

DIGEST = hashlib.sha256(b"").digest()
SPOKEN = "WERCY-8GMR5-ZGE12-96QV0-YK499-JVXSW-4GKTJ-WGF4V-CJDSM-6K54R-JPCHS-PY2JS-Q1AGE"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def refusal(text: str) -> Malformed:
    with pytest.raises(Malformed) as caught:
        parse_fingerprint(text)
    return caught.value


def test_a_fingerprint_is_thirteen_groups_of_five() -> None:
    assert speakable(DIGEST) == SPOKEN


@given(st.binary(min_size=32, max_size=32))
def test_what_is_said_is_what_is_heard(digest: bytes) -> None:
    spoken = speakable(digest)
    assert re.fullmatch(f"[{ALPHABET}]{{5}}(-[{ALPHABET}]{{5}}){{12}}", spoken)
    assert parse_fingerprint(spoken) == digest
    assert parse_fingerprint(digest.hex()) == digest
    assert parse_fingerprint(digest.hex(" ", 4).upper()) == digest


@pytest.mark.parametrize(
    "typed",
    [
        SPOKEN.lower(),
        SPOKEN.replace("-", " "),
        SPOKEN.replace("-", ""),
        f"  {SPOKEN.replace('-', ' - ')}\r\n",
        SPOKEN.replace("0", "O").replace("1", "l"),
        SPOKEN.replace("0", "o").replace("1", "I"),
    ],
)
def test_case_separators_and_lookalikes_do_not_matter(typed: str) -> None:
    assert parse_fingerprint(typed) == DIGEST


def test_every_single_wrong_character_is_found_and_its_group_named() -> None:
    for position, right in enumerate(SPOKEN):
        for wrong in ALPHABET:
            if right not in ("-", wrong):
                error = refusal(SPOKEN[:position] + wrong + SPOKEN[position + 1 :])
                assert (error.code, error.where) == (
                    "FINGERPRINT-CHECK",
                    f"group {position // 6 + 1}",
                )
                assert error.hint is not None
                assert f"group {position // 6 + 1} of 13" in error.hint


def test_two_characters_of_a_group_exchanged_are_found() -> None:
    groups = SPOKEN.split("-")
    for number, group in enumerate(groups):
        for a, b in itertools.combinations(range(5), 2):
            letters = list(group)
            letters[a], letters[b] = letters[b], letters[a]
            if letters[a] != letters[b]:
                heard = [*groups[:number], "".join(letters), *groups[number + 1 :]]
                assert refusal("-".join(heard)).where == f"group {number + 1}"


def test_two_groups_exchanged_are_found() -> None:
    for a, b in itertools.combinations(range(13), 2):
        groups = SPOKEN.split("-")
        groups[a], groups[b] = groups[b], groups[a]
        assert refusal("-".join(groups)).where == f"group {a + 1}"


@pytest.mark.parametrize("number", range(1, 14))
def test_a_character_left_out_names_its_group(number: int) -> None:
    groups = SPOKEN.split("-")
    groups[number - 1] = groups[number - 1][:-1]
    error = refusal("-".join(groups))
    assert (error.code, error.where) == ("FINGERPRINT-LENGTH", f"group {number}")


@pytest.mark.parametrize("text", ["", " - ", SPOKEN[:-6], DIGEST.hex()[:-1], "A" * 257])
def test_another_length_is_malformed(text: str) -> None:
    assert refusal(text).code == "FINGERPRINT-LENGTH"


def test_a_whole_group_left_out_asks_for_all_of_it() -> None:
    error = refusal(SPOKEN[:-6])
    assert error.where is None
    assert "12" not in error.message
    assert "60 characters" in error.message


# The last two have capitals that are ASCII letters: they must not pass for S and I.
@pytest.mark.parametrize("wrong", ["U", "u", "?", "\u0660", "é", "\u017f", "\u0131"])
def test_a_character_that_never_occurs_names_its_group(wrong: str) -> None:
    error = refusal(SPOKEN.replace("96QV0", f"9{wrong}QV0"))
    assert (error.code, error.where) == ("FINGERPRINT-CHARACTER", "group 4")


def test_the_last_group_must_end_in_four_zero_bits() -> None:
    values = [ALPHABET.index(letter) for letter in SPOKEN[-5:-1]]
    values[-1] |= 1
    check = fingerprint._times_generator(fingerprint._weighted_sum(13, values))
    last = "".join(ALPHABET[value] for value in [*values, check])
    error = refusal(SPOKEN[:-5] + last)
    assert (error.code, error.where) == ("FINGERPRINT-PADDING", "group 13")


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_only_a_sha256_digest_is_spoken(size: int) -> None:
    with pytest.raises(Malformed, match="FINGERPRINT-LENGTH"):
        speakable(bytes(size))


@settings(max_examples=200)
@given(st.text(max_size=80) | st.text(ALPHABET + "- oilu", min_size=60, max_size=80))
def test_any_text_is_a_fingerprint_or_malformed(text: str) -> None:
    try:
        digest = parse_fingerprint(text)
    except LedgerError as error:
        assert error.code.startswith("FINGERPRINT-")  # noqa: PT017  either outcome is right, a third is not
    else:
        assert parse_fingerprint(speakable(digest)) == digest
