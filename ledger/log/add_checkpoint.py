"""What a log sends to a witness (C2SP tlog-witness, add-checkpoint): lines that each end in LF.

old <size of the checkpoint that the witness cosigned before>
<base64 of a hash>            the consistency proof from there, up to 63 lines
(blank line)
<the checkpoint, a signed note>
"""

import base64
import re
from dataclasses import dataclass

from ledger.errors import Malformed
from ledger.log.merkle import HASH_SIZE
from ledger.log.note import NOTE_SIZE_MAX

PATH = "add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
"""Content type of the answer 409: the size that the witness cosigned, and a line feed."""

PROOF_MAX = 63
REQUEST_BYTES_MAX = NOTE_SIZE_MAX + 4096
SIZE_BYTES_MAX = 17

_OLD = re.compile(rb"old (0|[1-9][0-9]{0,15})")
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,15})\n")
_HASH = re.compile(rb"[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request.

    Attributes:
        old: size that the witness has.
        proof: consistency proof from there to the checkpoint, hashes of 32 bytes.
        checkpoint: the signed note; nothing of it is looked at here.
    """

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def to_bytes(self) -> bytes:
        """Return the body of the request."""
        hashes = b"".join(base64.b64encode(one) + b"\n" for one in self.proof)
        return b"old %d\n%s\n%s" % (self.old, hashes, self.checkpoint)


def parse_add_checkpoint(body: bytes) -> AddCheckpoint:
    """Return the request that `to_bytes` would write so.

    Raises:
        Malformed: WITNESS-REQUEST.
    """
    head, blank, checkpoint = body.partition(b"\n\n")
    first, *rest = head.split(b"\n")
    old = _OLD.fullmatch(first)
    if len(body) > REQUEST_BYTES_MAX or not blank or old is None or len(rest) > PROOF_MAX:
        raise _malformed("it does not read: old size, up to 63 hashes, blank line, checkpoint")
    if not all(map(_HASH.fullmatch, rest)):
        raise _malformed("a line of the proof is no hash in base64")
    proof = tuple(base64.b64decode(line) for line in rest)
    request = AddCheckpoint(int(old[1]), proof, checkpoint)
    if request.to_bytes() != body:
        raise _malformed("a hash is not in its one spelling")
    assert all(len(one) == HASH_SIZE for one in proof)  # noqa: S101  43 letters and one = are 32
    return request


def parse_size(body: bytes) -> int:
    """Return the size in an answer 409.

    Raises:
        Malformed: WITNESS-SIZE.
    """
    size = _SIZE.fullmatch(body)
    if size is None:
        raise Malformed("WITNESS-SIZE", f"{body[:40]!r} is no size of a tree")
    return int(size[1])


def _malformed(reason: str) -> Malformed:
    return Malformed("WITNESS-REQUEST", f"the request is malformed: {reason}")
