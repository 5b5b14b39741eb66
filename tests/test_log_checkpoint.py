"""Checkpoints: three lines, one spelling, signed by the ledger's key."""

import base64
import contextlib
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import INTEGER_MAX
from ledger.errors import LedgerError, Malformed, Refused
from ledger.log.checkpoint import (
    Checkpoint,
    Inclusion,
    ledger_fingerprint,
    open_checkpoint,
    parse_checkpoint_text,
    sign_checkpoint,
)
from ledger.log.merkle import EMPTY_ROOT, leaf_hash, node_hash
from ledger.log.note import ED25519, Note, format_note, key_hash, parse_note, sign_note
from ledger.signing.signer import MemorySigner

ORIGIN = "ledger.example/chips"
OLD_KEY = MemorySigner.from_seed(bytes(31) + b"\1")
NEW_KEY = MemorySigner.from_seed(bytes(31) + b"\2")
ROOT = leaf_hash(b"entry")
ROOT_TEXT = base64.b64encode(ROOT).decode()
CHECKPOINT = Checkpoint(ORIGIN, 503, ROOT)
SIGNED = sign_checkpoint(CHECKPOINT, [OLD_KEY])


def test_a_checkpoint_is_origin_size_and_root_on_three_lines() -> None:
    assert CHECKPOINT.text() == f"{ORIGIN}\n503\n{ROOT_TEXT}\n"


def test_the_checkpoint_of_the_empty_ledger_has_the_empty_root() -> None:
    text = Checkpoint(ORIGIN, 0, EMPTY_ROOT).text()
    assert text == f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert parse_checkpoint_text(text) == Checkpoint(ORIGIN, 0, EMPTY_ROOT)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 70_000, INTEGER_MAX])
def test_a_checkpoint_is_read_back(size: int) -> None:
    checkpoint = Checkpoint(ORIGIN, size, ROOT)
    assert parse_checkpoint_text(checkpoint.text()) == checkpoint


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "CHECKPOINT-FORM"),
        (f"{ORIGIN}\n503\n", "CHECKPOINT-FORM"),
        (f"{ORIGIN}\n503\n{ROOT_TEXT}", "CHECKPOINT-FORM"),
        (f"{ORIGIN}\n503\n{ROOT_TEXT}\n\n", "CHECKPOINT-FORM"),
        (f"{ORIGIN}\n503\n{ROOT_TEXT}\nextension\n", "CHECKPOINT-FORM"),
        (f"{ORIGIN}\n503\n{ROOT_TEXT}\nextension", "CHECKPOINT-FORM"),
        (f"\n503\n{ROOT_TEXT}\n", "NOTE-NAME"),
        (f"two words\n503\n{ROOT_TEXT}\n", "NOTE-NAME"),
        (f"a+b\n503\n{ROOT_TEXT}\n", "NOTE-NAME"),
        *(
            (f"{ORIGIN}\n{size}\n{ROOT_TEXT}\n", "CHECKPOINT-SIZE")
            for size in (
                "",
                "0503",
                "00",
                "-0",
                "-1",
                "+503",
                " 503",
                "503 ",
                "5_03",
                "5e2",
                "\N{ARABIC-INDIC DIGIT FIVE}",
            )
        ),
        (f"{ORIGIN}\n9007199254740992\n{ROOT_TEXT}\n", "CHECKPOINT-SIZE"),
        (f"{ORIGIN}\n{'9' * 5_000}\n{ROOT_TEXT}\n", "CHECKPOINT-SIZE"),
        *(
            (f"{ORIGIN}\n503\n{root}\n", "CHECKPOINT-ROOT")
            for root in (
                "",
                "AAAA",
                ROOT_TEXT[:-1],
                ROOT_TEXT + "=",
                f" {ROOT_TEXT}",
                f"!{ROOT_TEXT}",
                f"{ROOT_TEXT[:-2]}{chr(ord(ROOT_TEXT[-2]) + 1)}=",  # unused bits set
                "Ä" * 44,
                ROOT.hex(),
            )
        ),
        (f"{ORIGIN}\n0\n{ROOT_TEXT}\n", "CHECKPOINT-ROOT"),
    ],
)
def test_a_checkpoint_has_one_spelling(text: str, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_checkpoint_text(text)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("size", "root", "code"),
    [
        (-1, ROOT, "CHECKPOINT-SIZE"),
        (INTEGER_MAX + 1, ROOT, "CHECKPOINT-SIZE"),
        (5, ROOT[:-1], "CHECKPOINT-ROOT"),
        (0, ROOT, "CHECKPOINT-ROOT"),
    ],
)
def test_a_checkpoint_that_no_tree_has_cannot_be_made(size: int, root: bytes, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        Checkpoint(ORIGIN, size, root)
    assert refusal.value.code == code


def test_the_ledgers_key_signs_under_the_origin() -> None:
    note = parse_note(SIGNED)
    assert note.text == CHECKPOINT.text()
    assert [line.name for line in note.signatures] == [ORIGIN]
    assert open_checkpoint(SIGNED, ORIGIN, OLD_KEY.public_key) == CHECKPOINT


def test_the_same_key_signs_the_same_bytes_again() -> None:
    assert sign_checkpoint(CHECKPOINT, [OLD_KEY]) == SIGNED


def test_at_a_hand_over_the_old_and_the_new_key_open_the_same_checkpoint() -> None:
    handed_over = sign_checkpoint(CHECKPOINT, [OLD_KEY, NEW_KEY])
    assert handed_over.startswith(SIGNED)
    for key in (OLD_KEY, NEW_KEY):
        assert open_checkpoint(handed_over, ORIGIN, key.public_key) == CHECKPOINT


def test_a_checkpoint_needs_a_signer() -> None:
    with pytest.raises(Malformed) as refusal:
        sign_checkpoint(CHECKPOINT, [])
    assert refusal.value.code == "NOTE-SIGNATURES"


@pytest.mark.parametrize(("origin", "key"), [(ORIGIN, NEW_KEY), ("other.example", OLD_KEY)])
def test_a_checkpoint_of_another_key_or_ledger_is_refused(origin: str, key: MemorySigner) -> None:
    with pytest.raises(Refused) as refusal:
        open_checkpoint(SIGNED, origin, key.public_key)
    assert refusal.value.code == "NOTE-UNSIGNED"


def test_a_key_that_serves_two_ledgers_cannot_pass_one_off_as_the_other() -> None:
    other = Checkpoint("other.example", 503, ROOT).text()
    data = format_note(Note(other, (sign_note(other, ORIGIN, OLD_KEY),)))
    with pytest.raises(Refused) as refusal:
        open_checkpoint(data, ORIGIN, OLD_KEY.public_key)
    assert refusal.value.code == "CHECKPOINT-ORIGIN"


def test_a_signed_text_that_is_no_checkpoint_is_malformed() -> None:
    text = CHECKPOINT.text() + "extension\n"
    data = format_note(Note(text, (sign_note(text, ORIGIN, OLD_KEY),)))
    with pytest.raises(Malformed) as refusal:
        open_checkpoint(data, ORIGIN, OLD_KEY.public_key)
    assert refusal.value.code == "CHECKPOINT-FORM"


def test_another_size_under_the_old_signature_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        open_checkpoint(SIGNED.replace(b"\n503\n", b"\n504\n"), ORIGIN, OLD_KEY.public_key)
    assert refusal.value.code == "NOTE-SIGNATURE"


def test_the_fingerprint_binds_origin_and_key() -> None:
    fingerprint = ledger_fingerprint(ORIGIN, OLD_KEY.public_key)
    assert fingerprint == sha256(ORIGIN.encode() + b"\n\x01" + OLD_KEY.public_key).digest()
    assert fingerprint[:4] == key_hash(ORIGIN, ED25519, OLD_KEY.public_key)
    assert fingerprint != ledger_fingerprint("other.example", OLD_KEY.public_key)
    assert fingerprint != ledger_fingerprint(ORIGIN, NEW_KEY.public_key)


lines = st.sampled_from(
    [ORIGIN, "503", "0", ROOT_TEXT, "", "x", base64.b64encode(EMPTY_ROOT).decode()]
)


@given(st.text(max_size=60) | st.lists(lines, max_size=5).map("\n".join))
def test_any_text_is_a_checkpoint_or_malformed(text: str) -> None:
    try:
        checkpoint = parse_checkpoint_text(text)
    except Malformed:
        return
    assert checkpoint.text() == text


@given(st.integers(0, len(SIGNED) - 1), st.binary(max_size=2), st.integers(0, 2))
def test_any_change_of_a_signed_checkpoint_is_refused_or_changes_nothing(
    at: int, put: bytes, cut: int
) -> None:
    changed = SIGNED[:at] + put + SIGNED[at + cut :]
    with contextlib.suppress(LedgerError):
        assert open_checkpoint(changed, ORIGIN, OLD_KEY.public_key) == CHECKPOINT


PAIR = Checkpoint(ORIGIN, 2, node_hash(leaf_hash(b"first"), leaf_hash(b"second")))
KEPT = Inclusion(b"second", 1, (leaf_hash(b"first"),), sign_checkpoint(PAIR, [OLD_KEY]))


def test_an_entry_with_its_proof_and_checkpoint_shows_itself() -> None:
    assert KEPT.open(ORIGIN, OLD_KEY.public_key) == PAIR


@pytest.mark.parametrize(
    ("altered", "code"),
    [
        ({"entry": b"third"}, "NOT-INCLUDED"),
        ({"index": 0}, "NOT-INCLUDED"),
        ({"index": 2}, "NOT-INCLUDED"),
        ({"proof": ()}, "NOT-INCLUDED"),
        ({"proof": (leaf_hash(b"first"),) * 2}, "NOT-INCLUDED"),
        ({"checkpoint": SIGNED}, "NOT-INCLUDED"),
        ({"checkpoint": sign_checkpoint(PAIR, [NEW_KEY])}, "NOTE-UNSIGNED"),
    ],
)
def test_what_does_not_belong_together_shows_nothing(altered: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        replace(KEPT, **altered).open(ORIGIN, OLD_KEY.public_key)  # type: ignore[arg-type]  # by name
    assert refusal.value.code == code
