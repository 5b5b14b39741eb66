"""Checkpoints and anchors: what the ledger's key signed, and what it did not."""

import base64
from collections.abc import Callable

from ledger.events.party import PartyRegistered
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import Note, format_note, sign_note
from ledger.store.reader import Anchor
from tests.forger import signed_by
from tests.harness import ORIGIN, signer_of
from tests.vectors.log import MAKER_ENROLLED, Log, makers
from tests.vectors.table import Made, Vector, add, made, vector


def _short() -> Log:
    """Return a log of two entries."""
    return makers().copy(MAKER_ENROLLED)


def _noted(change: Callable[[bytes], bytes]) -> Made:
    """Return a sound log whose checkpoint is changed after the ledger's key signed it."""
    log = _short()
    note = change(log.note())
    log.sign = lambda _size, _root: note
    return made(log)


def _text(change: Callable[[str], str], *keys: str) -> Made:
    """Return a sound log whose checkpoint says something else, and is really signed."""
    log = _short()
    text = change(Checkpoint(ORIGIN, log.size, log.root).text())
    signed = tuple(sign_note(text, ORIGIN, signer_of(key)) for key in keys or ("ledger",))
    note = format_note(Note(text, signed))
    log.sign = lambda _size, _root: note
    return made(log)


TEXTS: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "extension-line": (
        "CHECKPOINT-MALFORMED",
        "The checkpoint carries a fourth line, an extension that this ledger never writes",
        lambda text: f"{text}more\n",
    ),
    "two-lines": (
        "CHECKPOINT-MALFORMED",
        "The checkpoint lacks its root",
        lambda text: "".join(text.splitlines(True)[:2]),
    ),
    "size-with-a-zero": (
        "CHECKPOINT-MALFORMED",
        "The checkpoint's size is written 02",
        lambda text: text.replace("\n2\n", "\n02\n"),
    ),
    "size-with-a-sign": (
        "CHECKPOINT-MALFORMED",
        "The checkpoint's size is written +2",
        lambda text: text.replace("\n2\n", "\n+2\n"),
    ),
    "size-with-an-underscore": (
        "CHECKPOINT-MALFORMED",
        "The checkpoint's size is written 0_2, which some languages read as a number",
        lambda text: text.replace("\n2\n", "\n0_2\n"),
    ),
    "root-of-31-bytes": (
        "CHECKPOINT-MALFORMED",
        "The checkpoint's root has 31 bytes",
        lambda _: f"{ORIGIN}\n2\n{base64.b64encode(bytes(31)).decode()}\n",
    ),
    "root-with-stray-bits": (
        "CHECKPOINT-MALFORMED",
        "The base64 of the checkpoint's root has bits set behind its last byte",
        lambda text: f"{text[:-3]}{chr(ord(text[-3]) + 1)}=\n",
    ),
    "root-of-another-log": (
        "ROOT-DIFFERS",
        "The ledger signed another root for this size: its history was changed after that",
        lambda _: f"{ORIGIN}\n2\n{base64.b64encode(bytes(32)).decode()}\n",
    ),
    "another-size": (
        "CHECKPOINT-SIZE",
        "The checkpoint is of one entry fewer than the file holds",
        lambda text: text.replace("\n2\n", "\n1\n"),
    ),
    "another-origin": (
        "CHECKPOINT-SIGNATURE",
        "The checkpoint names another ledger in its text, and this one in its signature line",
        lambda text: text.replace(ORIGIN, "other.operator.invalid"),
    ),
}
for _name, (_code, _what, _change) in TEXTS.items():

    def _said(change: Callable[[str], str] = _change) -> Made:
        return _text(change)

    add(Vector(f"note-{_name}", "note", f"{_what}.", (_code,), _said))

BYTES: dict[str, tuple[str, str, Callable[[bytes], bytes]]] = {
    "one-bit-changed": (
        "CHECKPOINT-SIGNATURE",
        "One bit of the ledger's signature under the checkpoint is another",
        lambda note: _resigned(note, lambda raw: raw[:10] + bytes([raw[10] ^ 1]) + raw[11:]),
    ),
    "signature-cut-off": (
        "CHECKPOINT-SIGNATURE",
        "The ledger's signature under the checkpoint has 63 bytes",
        lambda note: _resigned(note, lambda raw: raw[:-1]),
    ),
    "second-signature-wrong": (
        "CHECKPOINT-SIGNATURE",
        "Behind the ledger's sound signature stands another line of its key that does not verify",
        lambda note: note + _resigned(note, lambda raw: raw[:4] + bytes(64)).split(b"\n\n")[1],
    ),
    "unsigned": (
        "CHECKPOINT-MALFORMED",
        "No signature stands under the checkpoint",
        lambda note: note.split(b"\n\n")[0] + b"\n\n",
    ),
    "no-blank-line": (
        "CHECKPOINT-MALFORMED",
        "No blank line stands between text and signatures",
        lambda note: note.replace(b"\n\n", b"\n"),
    ),
    "hyphen-for-a-dash": (
        "CHECKPOINT-MALFORMED",
        "A hyphen stands in the place of the em dash",
        lambda note: note.replace("—".encode(), b"-"),
    ),
    "carriage-returns": (
        "CHECKPOINT-MALFORMED",
        "The note's lines end in CR LF",
        lambda note: note.replace(b"\n", b"\r\n"),
    ),
    "no-last-line-feed": (
        "CHECKPOINT-MALFORMED",
        "The note's last line feed is missing",
        lambda note: note[:-1],
    ),
    "101-signatures": (
        "CHECKPOINT-MALFORMED",
        "A hundred lines of unknown keys stand behind the ledger's signature",
        lambda note: note + b"".join(_stranger(number) for number in range(100)),
    ),
}


def _resigned(note: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Return a note with key hash and signature of its one line changed."""
    text, line = note.decode().split("\n\n")
    dash, name, encoded = line.removesuffix("\n").split(" ")
    raw = base64.b64encode(change(base64.b64decode(encoded))).decode()
    return f"{text}\n\n{dash} {name} {raw}\n".encode()


def _stranger(number: int) -> bytes:
    raw = base64.b64encode(number.to_bytes(4, "big") + bytes(32)).decode()
    return f"— witness-{number}.invalid {raw}\n".encode()


for _name, (_code, _what, _alter) in BYTES.items():

    def _altered(alter: Callable[[bytes], bytes] = _alter) -> Made:
        return _noted(alter)

    add(Vector(f"note-{_name}", "note", f"{_what}.", (_code,), _altered))


@vector("note", "CHECKPOINT-SIGNATURE")
def note_by_a_stranger() -> Made:
    """The checkpoint is signed by another key under the ledger's name."""
    log = _short()
    log.sign = signed_by("stranger")
    return made(log)


@vector("note", "CHECKPOINT-MALFORMED")
def note_that_is_none() -> Made:
    """In the checkpoint's place stands a word."""
    return _noted(lambda _: b"root\n")


# --- hand-over ----------------------------------------------------------------------------------


def _rotated(*keys: str) -> Log:
    """Return a log with a rotation, shown by a note that these keys signed, and one entry more."""
    log = _short()
    log.rotate()
    log.anchors.clear()
    if keys:
        log.anchor(*keys)
    log.say(PartyRegistered(party="buyer", legal_name="B", display_name="B"), "operator")
    log.sign = signed_by("ledger 2")
    return log


@vector("note", "HANDOVER-MISSING")
def handover_missing() -> Made:
    """The ledger's key was rotated, and the checkpoint that both keys signed is missing."""
    return made(_rotated())


@vector("note", "HANDOVER-SIGNATURE")
def handover_by_the_new_key_alone() -> Made:
    """Somebody with the registrar's key and not the ledger's gives the ledger a new one."""
    return made(_rotated("ledger 2"))


@vector("note", "ANCHOR-MALFORMED", "HANDOVER-MISSING")
def handover_by_the_old_key_alone() -> Made:
    """The checkpoint at the hand-over lacks the new key's signature."""
    return made(_rotated("ledger"))


@vector("note", "HANDOVER-SIGNATURE")
def handover_by_a_thief() -> Made:
    """A stranger's signature stands in the place of the old key's."""
    return made(_rotated("thief", "ledger 2"))


@vector("note", "CHECKPOINT-SIGNATURE")
def handover_after_which_the_old_key_goes_on() -> Made:
    """The old key, stolen after the hand-over, signs the newest checkpoint."""
    log = _rotated("ledger", "ledger 2")
    log.sign = signed_by("ledger")
    return made(log)


@vector("note", "CHECKPOINT-OLD-AHEAD")
def handover_cut_off() -> Made:
    """The thief of the old key shows the time before the hand-over as the newest."""
    log = _rotated("ledger", "ledger 2")
    return made(_short(), checkpoints=[log.anchors[0].note])


# --- anchors ------------------------------------------------------------------------------------


def _anchored(size: int, note: bytes) -> Made:
    log = _short()
    log.anchors.append(Anchor(size, note, b""))
    return made(log)


@vector("note", "ANCHOR-MALFORMED")
def anchor_that_is_no_note() -> Made:
    """A checkpoint that was shown outside is a word."""
    return _anchored(1, b"two")


@vector("note", "ANCHOR-MALFORMED")
def anchor_by_a_stranger() -> Made:
    """A checkpoint that was shown outside is signed by a stranger."""
    log = _short()
    return _anchored(1, signed_by("stranger")(1, log.root_at(1)))


@vector("note", "ANCHOR-DIFFERS")
def anchor_of_another_history() -> Made:
    """The ledger had shown another root at one entry than this log has there."""
    return _anchored(1, signed_by("ledger")(1, bytes(32)))


@vector("note", "ANCHOR-DIFFERS")
def anchor_of_another_size_than_it_says() -> Made:
    """The line of an anchor says one entry, its note two."""
    return _anchored(1, _short().note(2))


@vector("note", "ANCHOR-DIFFERS")
def anchor_beyond_the_end() -> Made:
    """The ledger had shown a checkpoint of more entries than the file holds."""
    return _anchored(9, signed_by("ledger")(9, bytes(32)))


@vector("encoding", "EVIDENCE-MALFORMED")
def anchor_twice() -> Made:
    """The same anchor stands there twice."""
    log = _short()
    log.anchor("ledger", size=1)
    log.anchor("ledger", size=1)
    return made(log)


@vector("encoding", "EVIDENCE-MALFORMED")
def anchor_out_of_order() -> Made:
    """Anchors are not sorted by size."""
    log = _short()
    log.anchor("ledger", size=2)
    log.anchor("ledger", size=1)
    return made(log)
