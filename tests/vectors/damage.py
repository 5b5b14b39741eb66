"""Files that are not as they were written: a byte is another, and the last line tells so.

What changed may be what nobody signs. These files have the digest that they had before, and so has
one whose every other byte is sound; all others in this folder have the digest of what they hold.
"""

import re
from collections.abc import Callable

from ledger.evidence.lines import encode_line
from ledger.store.reader import Anchor
from tests.vectors import stamps
from tests.vectors.good import witnessed
from tests.vectors.log import BATCH, Log, makers, traded
from tests.vectors.selections import chosen
from tests.vectors.table import Made, Vector, add, made, vector

_IN_ENTRY = rb"\"installation\":\""


def _file(log: Log) -> bytes:
    return b"".join(map(encode_line, log.full()))


def _outside() -> Log:
    """Return a log whose anchor carries a stranger's cosignature, and a time stamp."""
    log = stamps.dated()
    log.anchors.append(Anchor(log.size, witnessed(log.note()), stamps.TOKEN.read_bytes()))
    return log


def _changed(data: bytes, before: bytes) -> bytes:
    """Return a file in which the letter behind some bytes is another."""
    at = data.index(before) + len(before)
    return data[:at] + (b"B" if data[at] == ord("A") else b"A") + data[at + 1 :]


@vector("encoding", "EVIDENCE-DAMAGED")
def damaged_cosignature_of_a_stranger() -> Made:
    """A letter of a cosignature is another, by a witness that the auditor does not ask for."""
    return made(_changed(_file(_outside()), b"witness.example.invalid "))


@vector("encoding", "EVIDENCE-DAMAGED")
def damaged_time_stamp_that_nobody_asks_for() -> Made:
    """A letter of a time stamp is another, and the auditor brings no roots."""
    return made(_changed(_file(_outside()), b'"token":"MII'))


@vector("encoding", "EVIDENCE-DAMAGED")
def damaged_question_of_a_selection() -> Made:
    """A letter of what a selection says that it was asked for is another."""
    data = b"".join(map(encode_line, chosen(makers(), BATCH - 1)))
    return made(_changed(data, b'"asked":["entry:'))


@vector("encoding", "EVIDENCE-DAMAGED")
def damaged_digest() -> Made:
    """A letter of the digest in the last line is another, and nothing else."""
    data = _file(stamps.dated())
    return made(re.sub(rb'(?<="sha256":").(?=[0-9a-f]{63}"\}\n\Z)', _another, data))


def _another(digit: re.Match[bytes]) -> bytes:
    return b"0" if digit[0] != b"0" else b"1"


@vector("encoding", "EVIDENCE-DAMAGED", "COLUMN-LEAF", "ROOT-DIFFERS")
def damaged_entry() -> Made:
    """A letter of an entry is another: the file was damaged, or altered by somebody careless."""
    return made(_changed(_file(stamps.dated()), _IN_ENTRY))


@vector("document", "EVIDENCE-DAMAGED", "DOCUMENT-DIFFERS")
def damaged_document() -> Made:
    """A letter of a document is another."""
    return made(_changed(_file(traded()), b'{"data":"'))


@vector("audit record", "EXTENDS-DAMAGED")
def extends_a_damaged_file() -> Made:
    """The file that the auditor kept was damaged since: it accuses nobody, and shows nothing."""
    old = _changed(_file(makers()), _IN_ENTRY)
    return made(traded(), extends=old, checkpoints=[makers().note()])


ENDS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "without-a-digest": ("The last line has no digest", lambda _: b""),
    "with-a-short-digest": ("The digest has 63 digits", lambda own: own[:-2] + b'"'),
    "with-a-digest-in-upper-case": (
        "The digest is written in upper case",
        lambda own: own[:11] + own[11:].upper(),
    ),
    "with-a-digest-of-null": ("The digest is null", lambda _: b',"sha256":null'),
    "with-two-digests": ("The digest stands there twice", lambda own: own * 2),
}
for _name, (_what, _change) in ENDS.items():

    def _ended(change: Callable[[bytes], bytes] = _change) -> Made:
        digest = re.compile(rb',"sha256":"[0-9a-f]{64}"(?=\}\n\Z)')
        return made(digest.sub(lambda own: change(own[0]), _file(stamps.dated())))

    add(Vector(f"end-{_name}", "encoding", f"{_what}.", ("EVIDENCE-MALFORMED",), _ended))
