"""Signed notes: read as strictly as written, and trusted only from a known key."""

import base64
import contextlib
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerError, Malformed, Refused
from ledger.log.note import (
    ED25519,
    NOTE_SIZE_MAX,
    SIGNATURES_MAX,
    Note,
    NoteSignature,
    format_note,
    key_digest,
    key_hash,
    open_note,
    parse_note,
    parse_verifier_key,
    sign_note,
    verifier_key,
)
from ledger.signing.signer import MemorySigner

# The note by which the format's first implementation explains itself.
FOREIGN_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
FOREIGN_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
).encode()

NAME = "ledger.example/chips"
LEDGER = MemorySigner.from_seed(bytes(31) + b"\1")
OTHER = MemorySigner.from_seed(bytes(31) + b"\2")
TEXT = "one line\n\nand another: Größe\n"
LINE = sign_note(TEXT, NAME, LEDGER)
SIGNED = format_note(Note(TEXT, (LINE,)))


def code_of(data: bytes) -> str:
    """The code with which `data` is refused as a note."""
    with pytest.raises(Malformed) as refusal:
        parse_note(data)
    return refusal.value.code


def line(name: str = NAME, value: bytes = b"hash" + bytes(64)) -> str:
    return f"— {name} {base64.b64encode(value).decode()}\n"


def test_a_note_that_another_implementation_signed_is_opened() -> None:
    name, public_key = parse_verifier_key(FOREIGN_KEY)
    note = open_note(FOREIGN_NOTE, name, public_key)
    assert note.text.startswith("If you think cryptography")
    assert format_note(note) == FOREIGN_NOTE
    assert verifier_key(name, public_key) == FOREIGN_KEY


def test_a_note_has_its_text_a_blank_line_and_its_signatures() -> None:
    value = base64.b64encode(key_hash(NAME, ED25519, LEDGER.public_key) + LINE.signature).decode()
    assert SIGNED.decode() == f"{TEXT}\n— {NAME} {value}\n"
    assert parse_note(SIGNED) == Note(TEXT, (LINE,))


def test_the_signature_is_over_the_text_with_its_last_line_feed() -> None:
    assert LINE.signature == LEDGER.sign(TEXT.encode())


def test_a_key_is_named_by_the_start_of_a_digest_over_its_name_type_and_bytes() -> None:
    digest = sha256(NAME.encode() + b"\n\x01" + LEDGER.public_key).digest()
    assert key_digest(NAME, ED25519, LEDGER.public_key) == digest
    assert key_hash(NAME, ED25519, LEDGER.public_key) == digest[:4]
    assert key_hash(NAME, 0x04, LEDGER.public_key) != digest[:4]


def test_the_text_may_hold_blank_lines_and_lines_like_signatures() -> None:
    text = f"\n\n{line()}\n\n"
    data = format_note(Note(text, (LINE, LINE)))
    assert parse_note(data) == Note(text, (LINE, LINE))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "NOTE-FORM"),
        (b"\n\n", "NOTE-FORM"),
        (b"text\n", "NOTE-FORM"),
        (b"text\n\n", "NOTE-FORM"),
        (b"text\n\n\n", "NOTE-FORM"),
        (b"text\xff\n\n" + line().encode(), "NOTE-FORM"),
        (b"text\xed\xa0\x80\n\n" + line().encode(), "NOTE-FORM"),
        (b"text\n\n" + line().encode()[:-1], "NOTE-FORM"),
        (b"text\n\n" + line().encode() + b"\n", "NOTE-FORM"),
        (b"text\n" + line().encode(), "NOTE-FORM"),
        (b"te\rxt\n\n" + line().encode(), "NOTE-TEXT"),
        (b"te\txt\n\n" + line().encode(), "NOTE-TEXT"),
        (b"te\0xt\n\n" + line().encode(), "NOTE-TEXT"),
        (b"te\x1fxt\n\n" + line().encode(), "NOTE-TEXT"),
        (b"text\r\n\r\n" + line().encode(), "NOTE-FORM"),
    ],
)
def test_bytes_that_are_no_note_are_refused(data: bytes, code: str) -> None:
    assert code_of(data) == code


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("- name AAAAAAAA\n", "NOTE-SIGNATURE-LINE"),  # a hyphen, no em dash
        ("—name AAAAAAAA\n", "NOTE-SIGNATURE-LINE"),
        ("— name\n", "NOTE-SIGNATURE-LINE"),
        ("— nameAAAAAAAA\n", "NOTE-SIGNATURE-LINE"),
        ("— name AAAAAAAA \n", "NOTE-SIGNATURE-LINE"),
        ("— name  AAAAAAAA\n", "NOTE-SIGNATURE-LINE"),
        ("— name AAAA AAAA\n", "NOTE-SIGNATURE-LINE"),
        ("— name AAAAAAA\n", "NOTE-SIGNATURE-LINE"),  # padding left out
        ("— name AAAAAAB=\n", "NOTE-SIGNATURE-LINE"),  # unused bits set
        ("— name AAAAAA-_\n", "NOTE-SIGNATURE-LINE"),  # the URL alphabet
        ("— name AAAAAAÄA\n", "NOTE-SIGNATURE-LINE"),
        ("— name AAAAAA!A\n", "NOTE-SIGNATURE-LINE"),
        ("— name AAAAAA==\n", "NOTE-SIGNATURE-LINE"),  # a key hash and no signature
        ("— name AAA=\n", "NOTE-SIGNATURE-LINE"),
        ("— name \n", "NOTE-SIGNATURE-LINE"),
        ("—  AAAAAAAA\n", "NOTE-NAME"),
        ("— na+me AAAAAAAA\n", "NOTE-NAME"),
        ("— na\N{NO-BREAK SPACE}me AAAAAAAA\n", "NOTE-NAME"),
        ("— na\N{IDEOGRAPHIC SPACE}me AAAAAAAA\n", "NOTE-NAME"),
        ("— na\N{LINE SEPARATOR}me AAAAAAAA\n", "NOTE-NAME"),
        ("— na\x85me AAAAAAAA\n", "NOTE-NAME"),
        ("— na\tme AAAAAAAA\n", "NOTE-NAME"),
    ],
)
def test_a_signature_line_has_one_spelling(spelling: str, code: str) -> None:
    assert code_of(f"text\n\n{spelling}".encode()) == code


# Unicode 16.0, property White_Space, without the control characters that no note may have anyway.
SPACES = "\u0020\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
# Each sentence of C2SP signed-note about the form of a note, and a note that breaks it.
SENTENCES = {
    "a text ending in newline": f"text\n{line()}".encode(),
    "followed by a blank line (only a newline)": f"text\n \n{line()}".encode(),
    "followed by one or more signature lines": b"text\n\n",
    "em dash (U+2014)": f"text\n\n\N{EN DASH}{line()[1:]}".encode(),
    "space (U+0020) behind the dash": f"text\n\n\u2014\u00a0{line()[2:]}".encode(),
    "space behind the key name": f"text\n\n{line('name').replace('name ', 'name')}".encode(),
    "base64-encoded signature": f"text\n\n\u2014 {NAME} ****\n".encode(),
    "base64 as of RFC 4648 section 4": f"text\n\n\u2014 {NAME} {'-_' * 44}\n".encode(),
    "newline behind the signature": f"text\n\n{line()}".encode()[:-1],
    "valid UTF-8": b"t\xc0\xaft\n\n" + line().encode(),
    "no ASCII control characters other than newline": b"te\x7fxt\x1b\n\n" + line().encode(),
    "separated by the last empty line": f"text\n\n{line()}\n{line()}\nmore\n".encode(),
    "key names must be non-empty": f"text\n\n{line('')}".encode(),
    "key names must not contain plus": f"text\n\n{line('a+b')}".encode(),
    "4+n bytes: the key ID": f"text\n\n{line(value=b'abc')}".encode(),
    "4+n bytes: the signature": f"text\n\n{line(value=b'abcd')}".encode(),
    "a maximum limit to the number of signatures": b"text\n\n" + line().encode() * 101,
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_note_that_breaks_a_sentence_of_the_specification_is_refused(sentence: str) -> None:
    with pytest.raises(Malformed):
        parse_note(SENTENCES[sentence])


@pytest.mark.parametrize("space", SPACES)
def test_no_unicode_space_is_part_of_a_key_name(space: str) -> None:
    assert code_of(f"text\n\n\u2014 a{space}b AAAAAAAA\n".encode()).startswith("NOTE-")
    with pytest.raises(Malformed):
        NoteSignature(f"a{space}b", b"hash", b"s")


def test_sixteen_signatures_by_others_are_passed_over() -> None:
    others = tuple(sign_note(TEXT, f"witness.example/{number}", OTHER) for number in range(15))
    post_quantum = NoteSignature("witness.example/pq", b"hash", bytes(3_000))
    data = format_note(Note(TEXT, (*others, post_quantum, LINE)))
    assert open_note(data, NAME, LEDGER.public_key).text == TEXT


def test_a_note_has_at_most_100_signatures_and_64_kib() -> None:
    most = Note("text\n", (LINE,) * SIGNATURES_MAX)
    assert parse_note(format_note(most)) == most
    assert code_of(format_note(most) + line().encode()) == "NOTE-SIGNATURES"
    assert code_of(format_note(most) + 2 * line().encode()) == "NOTE-SIGNATURES"
    full = b"x" * (NOTE_SIZE_MAX - len(line().encode()) - 2) + b"\n\n" + line().encode()
    assert len(full) == NOTE_SIZE_MAX
    assert format_note(parse_note(full)) == full
    assert code_of(b"x" + full) == "NOTE-SIZE"


@pytest.mark.parametrize("count", [0, SIGNATURES_MAX + 1])
def test_a_note_without_signatures_or_with_too_many_cannot_be_made(count: int) -> None:
    with pytest.raises(Malformed) as refusal:
        Note("text\n", (LINE,) * count)
    assert refusal.value.code == "NOTE-SIGNATURES"


def test_a_note_too_large_to_be_read_is_not_written() -> None:
    with pytest.raises(Malformed) as refusal:
        format_note(Note("x" * NOTE_SIZE_MAX + "\n", (LINE,)))
    assert refusal.value.code == "NOTE-SIZE"


@pytest.mark.parametrize("text", ["", "no line feed", "a\rb\n", "lone surrogate \ud800\n"])
def test_a_text_that_could_not_be_read_back_is_not_signed(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        sign_note(text, NAME, LEDGER)
    assert refusal.value.code == "NOTE-TEXT"
    with pytest.raises(Malformed):
        Note(text, (LINE,))


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb", "lone\ud800surrogate"])
def test_a_name_that_could_not_be_read_back_is_not_used(name: str) -> None:
    with pytest.raises(Malformed) as refusal:
        sign_note(TEXT, name, LEDGER)
    assert refusal.value.code == "NOTE-NAME"


def test_a_known_key_opens_its_note() -> None:
    assert open_note(SIGNED, NAME, LEDGER.public_key).text == TEXT


def test_unknown_keys_are_passed_over_even_under_the_same_name() -> None:
    impostor = NoteSignature(NAME, b"\0\0\0\0", b"nonsense")
    elsewhere = NoteSignature("witness.example", LINE.key_hash, b"nonsense")
    data = format_note(Note(TEXT, (impostor, elsewhere, LINE, sign_note(TEXT, NAME, OTHER))))
    assert open_note(data, NAME, LEDGER.public_key).text == TEXT
    assert open_note(data, NAME, OTHER.public_key).text == TEXT


@pytest.mark.parametrize(
    ("name", "signer"), [(NAME, OTHER), ("other.example", LEDGER), ("other.example", OTHER)]
)
def test_a_note_without_the_known_key_is_refused(name: str, signer: MemorySigner) -> None:
    with pytest.raises(Refused) as refusal:
        open_note(SIGNED, name, signer.public_key)
    assert refusal.value.code == "NOTE-UNSIGNED"


@pytest.mark.parametrize("place", ["before", "after", "alone"])
@pytest.mark.parametrize("signature", [bytes(64), b"short", bytes(65)])
def test_one_wrong_line_of_the_known_key_rejects_the_note(place: str, signature: bytes) -> None:
    wrong = NoteSignature(NAME, LINE.key_hash, signature)
    lines = {"before": (wrong, LINE), "after": (LINE, wrong), "alone": (wrong,)}[place]
    with pytest.raises(Refused) as refusal:
        open_note(format_note(Note(TEXT, lines)), NAME, LEDGER.public_key)
    assert refusal.value.code == "NOTE-SIGNATURE"


def test_an_altered_text_rejects_the_note() -> None:
    with pytest.raises(Refused) as refusal:
        open_note(SIGNED.replace(b"another", b"nothing"), NAME, LEDGER.public_key)
    assert refusal.value.code == "NOTE-SIGNATURE"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        FOREIGN_KEY[:-1],
        FOREIGN_KEY + "=",
        FOREIGN_KEY + "\n",
        FOREIGN_KEY.replace("c74f", "C74F"),
        FOREIGN_KEY.replace("c74f", "c74e"),
        FOREIGN_KEY.replace("Peter", "Petra"),
        FOREIGN_KEY.replace("Peter", "Peter "),
        FOREIGN_KEY.replace("+ARpc", "+BBpc"),
        FOREIGN_KEY.replace("PeterNeumann", ""),
        FOREIGN_KEY.replace("TW", "T!"),
        FOREIGN_KEY[:-4],
        "x" * 1_000 + FOREIGN_KEY,
        "x" * 100_000,
    ],
)
def test_a_verifier_key_has_one_spelling(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_verifier_key(text)
    assert refusal.value.code == "VERIFIER-KEY"


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
texts = st.text(st.characters(codec="utf-8"), max_size=60).map(lambda text: text + "\n")
values = st.binary(min_size=1, max_size=70)


@given(texts, st.lists(st.tuples(names, st.binary(min_size=4, max_size=4), values), max_size=3))
def test_every_note_that_can_be_made_is_read_back(
    text: str, lines: list[tuple[str, bytes, bytes]]
) -> None:
    try:
        note = Note(text, tuple(NoteSignature(*parts) for parts in lines))
    except Malformed:
        return
    assert parse_note(format_note(note)) == note


def read_back_or_refuse(data: bytes) -> None:
    try:
        note = parse_note(data)
    except Malformed:
        return
    assert format_note(note) == data


@given(st.binary(max_size=200))
def test_any_bytes_are_a_note_or_malformed(data: bytes) -> None:
    read_back_or_refuse(data)
    read_back_or_refuse(b"text\n\n\xe2\x80\x94 name " + data)


@given(st.integers(0, len(SIGNED) - 1), st.binary(max_size=2), st.integers(0, 2))
def test_any_change_of_a_note_is_refused_or_seen(at: int, put: bytes, cut: int) -> None:
    changed = SIGNED[:at] + put + SIGNED[at + cut :]
    read_back_or_refuse(changed)
    with contextlib.suppress(LedgerError):
        opened = open_note(changed, NAME, LEDGER.public_key)
        assert opened.text == TEXT


@given(st.text(max_size=80) | st.text("+0aA=/\n ", max_size=20).map(FOREIGN_KEY.__add__))
def test_any_text_is_a_verifier_key_or_malformed(text: str) -> None:
    try:
        name, public_key = parse_verifier_key(text)
    except Malformed:
        return
    assert verifier_key(name, public_key) == text


class Confused:
    """A signer that answers with the signature of another key."""

    public_key = LEDGER.public_key

    def sign(self, message: bytes) -> bytes:
        return OTHER.sign(message)


def test_a_signer_that_gives_another_signature_is_found_out() -> None:
    with pytest.raises(Refused, match=r"SIGNER-FAULTY: .* no signature by its key [0-9a-f]{8}…"):
        sign_note(TEXT, NAME, Confused())
