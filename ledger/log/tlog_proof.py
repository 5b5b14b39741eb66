"""Proofs that a log holds one entry, as files (C2SP tlog-proof).

    c2sp.org/tlog-proof@v1
    extra <base64 of data that the application knows>      this line may be left out
    index <position, decimal>
    <base64 of a hash>                                      the inclusion proof, from the leaf up
    (blank line)
    <the checkpoint, a signed note>

A file that parses is spelled as `format_tlog_proof` would spell it. Nothing in it is verified yet,
and the extra data are vouched for by nobody.
"""

import base64
import re
from dataclasses import dataclass
from typing import Final

from ledger.canonical import INTEGER_MAX
from ledger.errors import Malformed
from ledger.log.merkle import HASH_SIZE
from ledger.log.note import NOTE_SIZE_MAX

HEADER: Final = "c2sp.org/tlog-proof@v1"
PROOF_HASHES_MAX: Final = 63
"""No tree that can be numbered has a longer path."""
TLOG_PROOF_SIZE_MAX: Final = 16 * 1024 * 1024

_INDEX = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class TlogProof:
    """One entry's proof.

    Attributes:
        index: the entry's position, from 0.
        proof: the inclusion proof, from the leaf up.
        checkpoint: the signed note that it leads to.
        extra: what the application adds, or None.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


def format_tlog_proof(proof: TlogProof) -> bytes:
    """Return the bytes of a proof's file."""
    lines = [HEADER]
    if proof.extra is not None:
        lines.append(f"extra {_base64(proof.extra)}")
    lines.append(f"index {proof.index}")
    lines += map(_base64, proof.proof)
    return "\n".join([*lines, "", ""]).encode() + proof.checkpoint


def parse_tlog_proof(data: bytes) -> TlogProof:
    """Return the proof that these bytes are the one spelling of.

    Raises:
        Malformed: TLOG-PROOF.
    """
    head, blank, checkpoint = data.partition(b"\n\n")
    if len(data) > TLOG_PROOF_SIZE_MAX or len(checkpoint) > NOTE_SIZE_MAX or not blank:
        raise _malformed("it is too large, or has no blank line before its checkpoint")
    try:
        header, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise _malformed("what stands before its checkpoint is not ASCII") from None
    extra = lines.pop(0).removeprefix("extra ") if lines[:1] and _is(lines[0], "extra") else None
    index = lines.pop(0).removeprefix("index ") if lines[:1] and _is(lines[0], "index") else ""
    if header != HEADER or not _INDEX.fullmatch(index) or int(index) > INTEGER_MAX:
        raise _malformed(f"it does not begin with {HEADER} and a position")
    hashes = tuple(map(_bytes, lines))
    if len(hashes) > PROOF_HASHES_MAX or any(len(one) != HASH_SIZE for one in hashes):
        raise _malformed("its inclusion proof is not up to 63 hashes")
    return TlogProof(int(index), hashes, checkpoint, None if extra is None else _bytes(extra))


def _is(line: str, word: str) -> bool:
    return line.startswith(f"{word} ")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise _malformed("a line is not base64") from None
    # Unused bits of the last character may be set in a lenient reading: only zeros come back.
    if _base64(data) != text:
        raise _malformed("its base64 is not in its one spelling")
    return data


def _malformed(reason: str) -> Malformed:
    return Malformed(
        "TLOG-PROOF",
        f"this is no proof of an entry: {reason}",
        hint="ask for the file again; what was altered or damaged proves nothing",
    )
