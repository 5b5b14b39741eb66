"""Evidence files whose last line is true of what was put before it, whatever that is."""

import re
from collections.abc import Iterable
from hashlib import sha256

from ledger.evidence.lines import End, Line, encode_line

_DIGEST = re.compile(rb'(?<="sha256":")[^"]*(?="\}\n\Z)')


def ended(body: Iterable[Line]) -> list[Line]:
    """Return the lines with the last line that belongs to them."""
    lines = list(body)
    digest = sha256(b"".join(map(encode_line, lines)))
    return [*lines, End(lines=len(lines), sha256=digest.hexdigest())]


def closed(data: bytes) -> bytes:
    """Return a file with the digest that its bytes have in its last line, how ever that counts."""
    *body, _ = data.splitlines(keepends=True)
    return with_digest(data, sha256(b"".join(body)).hexdigest().encode())


def with_digest(data: bytes, digest: bytes) -> bytes:
    """Return a file with this digest in its last line, if that has any."""
    *body, end = data.splitlines(keepends=True)
    return b"".join([*body, _DIGEST.sub(digest, end)])
