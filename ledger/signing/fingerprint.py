"""A SHA-256 fingerprint that two people can compare over a telephone.

    WERCY-8GMR5-ZGE12-…        13 groups of five: four characters of the digest, one that checks

Why so: 64 hex digits read aloud offer no place to stop and hide a slip, and a listener who compares
only the ends can be fooled. Here each group proves itself as soon as it is heard. The alphabet is
Crockford's base32 (no I, L, O, U), so a group carries 20 bits and all 256 fit into 65 characters;
the last four of the 260 bits are zero.

The check character solves a weighted sum to zero over the field of 32 elements, with the group's
number as its first term and powers of one generator as weights. All weights differ and none is
zero, so it always finds one wrong character in a group, two characters of a group exchanged, and
two groups exchanged. It guards against slips only: what defeats an attacker is that all 256 bits
are compared (the first seven groups, 140 bits, are enough where time is short).
"""

import re
from typing import Final

from ledger.errors import Malformed

GROUPS: Final = 13
_DIGEST_SIZE: Final = 32
_GROUP_SIZE: Final = 5
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)} | {
    "O": 0,  # misheard or misread, after Crockford
    "I": 1,
    "L": 1,
}
_PADDING_BITS: Final = GROUPS * 4 * 5 - _DIGEST_SIZE * 8
_HEX: Final = re.compile(r"[0-9A-F]{64}")
_SEPARATORS: Final = re.compile(r"[ \t\r\n-]+")
_TEXT_SIZE_MAX: Final = 256


def speakable(digest: bytes) -> str:
    """Return the spoken form of a SHA-256 digest of 32 bytes: 13 groups joined by hyphens.

    Raises:
        Malformed: FINGERPRINT-LENGTH.
    """
    if len(digest) != _DIGEST_SIZE:
        raise Malformed(
            "FINGERPRINT-LENGTH", f"a fingerprint is {_DIGEST_SIZE} bytes, this is {len(digest)}"
        )
    bits = int.from_bytes(digest, "big") << _PADDING_BITS
    groups = []
    for number in range(1, GROUPS + 1):
        four = bits >> 20 * (GROUPS - number)
        values = [four >> shift & 31 for shift in (15, 10, 5, 0)]
        values.append(_times_generator(_weighted_sum(number, values)))
        groups.append("".join(_ALPHABET[value] for value in values))
    return "-".join(groups)


def parse_fingerprint(text: str) -> bytes:
    """Return the 32 bytes of a fingerprint typed as 64 hex digits or in its spoken form.

    Case, spaces and hyphens do not matter, O is read as 0, I and L as 1.

    Raises:
        Malformed: FINGERPRINT-LENGTH, FINGERPRINT-CHARACTER, FINGERPRINT-CHECK (a slip; `where`
            names the first wrong group) or FINGERPRINT-PADDING.
    """
    if len(text) > _TEXT_SIZE_MAX:
        raise _wrong_length(f"more than {_TEXT_SIZE_MAX}", None)
    parts = [part for part in _SEPARATORS.split(_upper(text)) if part]
    letters = "".join(parts)
    if _HEX.fullmatch(letters):
        return bytes.fromhex(letters)
    if len(letters) != GROUPS * _GROUP_SIZE:
        odd = (n for n, part in enumerate(parts, 1) if len(part) != _GROUP_SIZE)
        raise _wrong_length(str(len(letters)), next(odd, None))
    bits = 0
    for number in range(1, GROUPS + 1):
        for value in _group(number, letters[(number - 1) * _GROUP_SIZE : number * _GROUP_SIZE]):
            bits = bits << 5 | value
    if bits & (1 << _PADDING_BITS) - 1:
        raise Malformed(
            "FINGERPRINT-PADDING",
            "the last group is not the end of a fingerprint",
            where=f"group {GROUPS}",
            hint="ask for the whole fingerprint again",
        )
    return (bits >> _PADDING_BITS).to_bytes(_DIGEST_SIZE, "big")


def _upper(text: str) -> str:
    # Only ASCII: other alphabets have letters whose capital is an ASCII letter.
    return "".join(letter.upper() if letter.isascii() else letter for letter in text)


def _group(number: int, letters: str) -> list[int]:
    """Return the four values of one group of five characters, counted from 1, after its check."""
    values = []
    for letter in letters:
        if letter not in _VALUES:
            raise Malformed(
                "FINGERPRINT-CHARACTER",
                f"{letter!r} does not occur in a fingerprint",
                where=f"group {number}",
                hint=f"hear group {number} again: it is made of digits and letters other than U",
            )
        values.append(_VALUES[letter])
    if _weighted_sum(number, values):
        raise Malformed(
            "FINGERPRINT-CHECK",
            f"group {number} does not match its check character, so a character is wrong, or the"
            " group is in the wrong place",
            where=f"group {number}",
            hint=f"hear group {number} of {GROUPS} again, all five characters",
        )
    return values[:-1]


def _weighted_sum(number: int, values: list[int]) -> int:
    """Return the sum of number and values, each times a falling power of the generator."""
    total = number
    for value in values:
        total = _times_generator(total) ^ value
    return total


def _times_generator(value: int) -> int:
    """Return x times an element of GF(2)[x] modulo x^5 + x^2 + 1; x generates all 31 others."""
    return value << 1 if value < 16 else value << 1 ^ 0b100101  # noqa: PLR2004  the top bit of five


def _wrong_length(letters: str, group: int | None) -> Malformed:
    return Malformed(
        "FINGERPRINT-LENGTH",
        f"a fingerprint is {GROUPS} groups of {_GROUP_SIZE} characters, or 64 hex digits; this has"
        f" {letters} characters",
        where=f"group {group}" if group else None,
        hint=f"hear group {group} again" if group else "ask for the whole fingerprint again",
    )
