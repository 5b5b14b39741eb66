"""Time stamps of others (RFC 3161): taken out of their files, and what they state.

Nobody's signature is checked here: who made a time stamp, and whether it holds, an audit judges
with the roots that the auditor trusts.
"""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from commands.attachments import read_capped
from ledger.errors import Malformed
from ledger.trust.timestamps import token_in

TOKEN_BYTES_MAX = 18_000
_DIGESTS = ("sha256", "sha384", "sha512")
_INTEGER, _GENERALIZED_TIME = 0x02, 0x18
_LONG = 0x80


def read_token(path: Path, data: bytes) -> bytes:
    """Return the token over some bytes in a response (RFC 3161), or a bare token.

    Raises:
        Malformed: TIME-STAMP.
    """
    token = token_in(read_capped(path, TOKEN_BYTES_MAX))
    if token is None:
        raise Malformed(
            "TIME-STAMP",
            "the file holds no time-stamp token",
            where=str(path),
            hint="give the response of the time-stamp authority, as `openssl ts -query` asks it",
        )
    if _imprint(token, data) is None:
        raise Malformed(
            "TIME-STAMP",
            "the time stamp is of something else",
            where=str(path),
            hint="of a checkpoint it is taken over the note's first three lines, with their final"
            " line feed; of a sample's commitment, over the whole file",
        )
    return token


def stated_time(token: bytes, data: bytes) -> datetime | None:
    """Return the time that a token over some bytes states, to the second, or None.

    In its TSTInfo the imprint is followed by a serial number, and that by genTime.
    """
    end = _imprint(token, data)
    serial = None if end is None else _der(token[end:])
    if end is None or serial is None or serial[0] != _INTEGER:
        return None
    rest = token[end + serial[2] :]
    time = _der(rest)
    if time is None or time[0] != _GENERALIZED_TIME:
        return None
    try:
        text = rest[time[1] : time[1] + 14].decode()
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _imprint(token: bytes, data: bytes) -> int | None:
    """Return where the digest of the bytes ends in a token, or None where it is not there."""
    for name in _DIGESTS:
        digest = hashlib.new(name, data).digest()
        if digest in token:
            return token.index(digest) + len(digest)
    return None


def _der(data: bytes) -> tuple[int, int, int] | None:
    """Return (tag, start of content, end) of the first DER element, or None if there is none."""
    if len(data) < 2:  # noqa: PLR2004  tag and length
        return None
    length, start = data[1], 2
    if length >= _LONG:
        size = length - _LONG
        if not 0 < size <= 4:  # noqa: PLR2004  beyond any file here
            return None
        length, start = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
    return (data[0], start, start + length) if start + length <= len(data) else None
