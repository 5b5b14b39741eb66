"""The token that opens the pages: from a file for its owner's eyes, or typed; never elsewhere."""

import hashlib
import hmac
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import Malformed, Refused, Unavailable

LETTERS_MIN = 20
BYTES_MAX = 4_096
_SCHEME = "bearer "


@dataclass(frozen=True, slots=True)
class Token:
    """A token, kept by its digest; it is compared in a time that tells nothing."""

    digest: bytes

    def opens(self, given: str) -> bool:
        """Say whether a text is the token."""
        return hmac.compare_digest(_digest(given), self.digest)

    def opens_header(self, header: str | None) -> bool:
        """Say whether an `Authorization` header carries the token."""
        if header is None or not header.lower().startswith(_SCHEME):
            return False
        return self.opens(header[len(_SCHEME) :].strip())


def token_of(text: str, where: str) -> Token:
    """Return a token.

    Raises:
        Malformed: TOKEN-FORM for one that could be guessed or that no header carries.
    """
    found = text.strip()
    if len(found) < LETTERS_MIN or not found.isascii() or not found.isprintable() or " " in found:
        raise Malformed(
            "TOKEN-FORM",
            f"a token has {LETTERS_MIN} letters, digits or signs at least, and no blank",
            where=where,
            hint="make one: `umask 077; head -c 32 /dev/urandom | base64 > FILE`",
        )
    return Token(_digest(found))


def read_token(path: Path) -> Token:
    """Return the token in the first line of a file that nobody but its owner can read.

    Raises:
        Unavailable: TOKEN-UNREADABLE.
        Refused: TOKEN-OPEN where others could read it.
        Malformed: TOKEN-FORM.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(BYTES_MAX)
    except OSError as error:
        raise Unavailable(
            "TOKEN-UNREADABLE", f"the token cannot be read: {error.strerror}", where=str(path),
            hint="name the file with --token-file",
        ) from error  # fmt: skip
    if not stat.S_ISREG(mode) or mode & 0o077:
        raise Refused(
            "TOKEN-OPEN", "others than its owner may read the token", where=str(path),
            hint=f"chmod 600 {path}, and make another token if somebody may have read this one",
        )  # fmt: skip
    first = data.decode(errors="replace").split("\n", 1)[0]
    return token_of(first, str(path))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
