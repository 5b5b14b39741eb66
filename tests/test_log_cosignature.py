"""Cosignatures: a witness's word on a checkpoint, read as strictly as it is made."""

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerError, Malformed, Refused
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.cosignature import (
    COSIGNATURE,
    TIMESTAMP_MAX,
    Cosigner,
    cosign,
    cosigned_message,
    open_cosignatures,
    parse_cosigner,
)
from ledger.log.note import (
    ED25519,
    Note,
    NoteSignature,
    format_note,
    key_hash,
    parse_note,
    sign_note,
    verifier_key,
)
from ledger.signing.signer import MemorySigner

ORIGIN = "ledger.example/chips"
LEDGER = MemorySigner.from_seed(bytes(31) + b"\1")
NAME = "witness.example/w1"
KEY = MemorySigner.from_seed(bytes(31) + b"\2")
OTHER = MemorySigner.from_seed(bytes(31) + b"\3")
KNOWN = Cosigner(NAME, KEY.public_key)
TEXT = Checkpoint(ORIGIN, 20_852_163, bytes(range(32))).text()
TIME = 1_679_315_147


def note(*lines: NoteSignature, text: str = TEXT) -> bytes:
    return format_note(Note(text, (sign_note(text, ORIGIN, LEDGER), *lines)))


def test_what_is_signed_is_two_lines_and_the_whole_text() -> None:
    assert cosigned_message(TEXT, TIME) == (
        b"cosignature/v1\n"
        b"time 1679315147\n"
        b"ledger.example/chips\n"
        b"20852163\n"
        b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    )


def test_a_line_is_key_hash_timestamp_and_signature() -> None:
    line = cosign(TEXT, NAME, KEY, TIME)
    [_, spelled] = format_note(Note(TEXT, (line,))).decode().rsplit(" ", 1)
    value = base64.b64decode(spelled)
    assert value[:4] == key_hash(NAME, COSIGNATURE, KEY.public_key) == KNOWN.key_hash
    assert value[4:12] == TIME.to_bytes(8, "big")
    Ed25519PublicKey.from_public_bytes(KEY.public_key).verify(
        value[12:], cosigned_message(TEXT, TIME)
    )


def test_a_cosigned_note_is_the_ledgers_note_still() -> None:
    data = note(cosign(TEXT, NAME, KEY, TIME))
    assert open_checkpoint(data, ORIGIN, LEDGER.public_key).text() == TEXT
    assert open_cosignatures(data, [KNOWN]) == {KNOWN: TIME}


def test_who_is_not_known_is_ignored_even_where_it_shares_the_name_or_the_hash() -> None:
    bad = bytes(8 + 64)
    same_name = NoteSignature(NAME, b"\0\0\0\0", bad)
    same_hash = NoteSignature("witness.example/w2", KNOWN.key_hash, bad)
    as_a_log = sign_note(TEXT, NAME, KEY)  # of type 0x01, which is another key hash
    assert as_a_log.key_hash == key_hash(NAME, ED25519, KEY.public_key) != KNOWN.key_hash
    assert open_cosignatures(note(same_name, same_hash, as_a_log), [KNOWN]) == {}
    assert open_cosignatures(note(cosign(TEXT, NAME, OTHER, TIME)), [KNOWN]) == {}


def test_of_several_lines_of_one_witness_the_earliest_counts() -> None:
    lines = [cosign(TEXT, NAME, KEY, TIME + late) for late in (5, 0, 9)]
    assert open_cosignatures(note(*lines), [KNOWN]) == {KNOWN: TIME}


GOOD = cosign(TEXT, NAME, KEY, TIME)
VALUE = GOOD.signature
WRONG: dict[str, bytes] = {
    "no timestamp": VALUE[8:],
    "nothing but a timestamp": VALUE[:8],
    "one byte": b"\0",
    "one byte too few": VALUE[:-1],
    "one byte too many": VALUE + b"\0",
    "another second": (TIME + 1).to_bytes(8, "big") + VALUE[8:],
    "a timestamp in little-endian order": TIME.to_bytes(8, "little") + VALUE[8:],
    "a timestamp beyond 2^63 - 1": (2**63).to_bytes(8, "big") + VALUE[8:],
    "signed by another key": cosign(TEXT, NAME, OTHER, TIME).signature,
    "signed as a log signs": VALUE[:8] + KEY.sign(TEXT.encode()),
    "without the header line": VALUE[:8] + KEY.sign(f"time {TIME}\n{TEXT}".encode()),
    "with another header": VALUE[:8]
    + KEY.sign(cosigned_message(TEXT, TIME).replace(b"/v1", b"/v2")),
    "with a leading zero": VALUE[:8] + KEY.sign(f"cosignature/v1\ntime 0{TIME}\n{TEXT}".encode()),
    "without the final line feed": VALUE[:8] + KEY.sign(cosigned_message(TEXT[:-1], TIME)),
    "with the blank line": VALUE[:8] + KEY.sign(cosigned_message(TEXT + "\n", TIME)),
    "of another size": cosign(TEXT.replace("20852163", "20852164"), NAME, KEY, TIME).signature,
    "S beyond the order of the group": VALUE[:-1] + bytes([VALUE[-1] | 0xF0]),
    "an R of small order": VALUE[:8] + b"\1" + bytes(31) + VALUE[40:],
    "of type ML-DSA-44, by its length": bytes(8 + 2420),
}


@pytest.mark.parametrize("value", WRONG.values(), ids=list(WRONG))
def test_a_known_key_with_a_wrong_line_rejects_the_note(value: bytes) -> None:
    line = replace(GOOD, signature=value)
    for lines in ((line,), (GOOD, line), (line, GOOD)):
        with pytest.raises(Refused, match="COSIGNATURE-WRONG"):
            open_cosignatures(note(*lines), [KNOWN])
    assert open_cosignatures(note(line), [Cosigner(NAME, OTHER.public_key)]) == {}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line.replace("— ", "- "),
        lambda line: line.replace("— ", "—"),
        lambda line: line.replace("— ", "—  "),
        lambda line: line.replace("— ", "—\t"),
        lambda line: " " + line,
        lambda line: line + " ",
        lambda line: line + "\r",
        lambda line: line.replace(NAME, ""),
        lambda line: line.replace(NAME, "a b"),
        lambda line: line.replace(NAME, "a+b"),
        lambda line: line[:-1],
        lambda line: line + "=",
        lambda line: line[:-1] + "!",
        lambda line: line.replace(f"{NAME} ", f"{NAME}  "),
        lambda line: line.rpartition(" ")[0],
        lambda line: line[:2] + f"{NAME} AAAAAA==",
        lambda line: line[:2] + f"{NAME} AAAA",
    ],
)
def test_a_malformed_line_makes_the_note_malformed(spoil: Callable[[str], str]) -> None:
    line = note(GOOD).decode().splitlines()[-1]
    spoilt = spoil(line)
    assert spoilt != line
    data = note(GOOD).decode().replace(line, spoilt).encode()
    with pytest.raises(Malformed, match="NOTE-"):
        open_cosignatures(data, [KNOWN])


def test_a_key_is_passed_on_as_a_text() -> None:
    text = KNOWN.verifier_key
    assert text == verifier_key(NAME, KEY.public_key, COSIGNATURE)
    assert base64.b64decode(text.split("+", 2)[2])[0] == COSIGNATURE
    assert parse_cosigner(text) == KNOWN


@pytest.mark.parametrize(
    "text",
    [
        "",
        NAME,
        verifier_key(NAME, KEY.public_key),
        verifier_key(NAME, KEY.public_key, 0x06),
        KNOWN.verifier_key + " ",
        KNOWN.verifier_key.replace(NAME, "witness.example/w2"),
    ],
)
def test_another_text_is_no_cosigners_key(text: str) -> None:
    with pytest.raises(Malformed, match="VERIFIER-KEY"):
        parse_cosigner(text)


def test_a_key_that_anybody_can_sign_for_is_no_witness() -> None:
    with pytest.raises(Malformed, match="KEY-SMALL-ORDER"):
        parse_cosigner(verifier_key(NAME, b"\1" + bytes(31), COSIGNATURE))
    with pytest.raises(Malformed, match="KEY-WRONG-LENGTH"):
        Cosigner(NAME, b"")
    with pytest.raises(Malformed, match="NOTE-NAME"):
        Cosigner("a b", KEY.public_key)


@pytest.mark.parametrize("timestamp", [0, TIMESTAMP_MAX])
def test_the_first_and_the_last_second_are_told(timestamp: int) -> None:
    line = cosign(TEXT, NAME, KEY, timestamp)
    assert open_cosignatures(note(line), [KNOWN]) == {KNOWN: timestamp}


@pytest.mark.parametrize("timestamp", [-1, TIMESTAMP_MAX + 1])
def test_no_second_beyond_them_is_signed(timestamp: int) -> None:
    with pytest.raises(Malformed, match="COSIGNATURE-TIME"):
        cosign(TEXT, NAME, KEY, timestamp)


def test_a_witness_signs_checkpoints_and_nothing_else() -> None:
    with pytest.raises(Malformed, match="CHECKPOINT-FORM"):
        cosign("a letter\n", NAME, KEY, TIME)


def test_a_signer_that_fails_is_found_out() -> None:
    class Broken:
        public_key = KEY.public_key

        def sign(self, message: bytes) -> bytes:
            return bytes(len(message[:64]))

    with pytest.raises(Refused, match="SIGNER-FAULTY"):
        cosign(TEXT, NAME, Broken(), TIME)


@given(st.binary(max_size=90))
def test_no_bytes_of_a_known_key_do_anything_but_reject_the_note(value: bytes) -> None:
    line = NoteSignature(NAME, KNOWN.key_hash, value or b"\0")
    with pytest.raises(LedgerError):
        open_cosignatures(note(line), [KNOWN])


def test_a_note_keeps_the_order_of_its_lines() -> None:
    lines = parse_note(note(GOOD)).signatures
    assert [line.name for line in lines] == [ORIGIN, NAME]
