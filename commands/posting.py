"""Sending bytes to an address that somebody named, and taking a bounded answer."""

import http.client
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ledger.errors import Malformed, Unavailable
from ledger.version import __version__

ANSWER_SECONDS = 30
_PARTS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        status: of HTTP; redirections are not followed.
        content_type: without parameters, lower case.
        body: no more than was allowed.
    """

    status: int
    content_type: str
    body: bytes


def post(url: str, body: bytes, content_type: str, size_max: int, *, method: str = "POST") -> Reply:
    """Send a request and return the answer.

    Args:
        url: http or https; certificates are checked as Python does by default.
        body: what is sent.
        content_type: of it.
        size_max: bytes of an answer that are taken at most.
        method: `POST`, `PUT`, or `GET` with an empty body.

    Raises:
        Malformed: URL-FORM.
        Unavailable: HOST-UNREACHABLE, ANSWER-TOO-LARGE.
    """
    parts = _split(url)
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    headers = {"Content-Type": content_type, "User-Agent": f"chipledger/{__version__}"}
    try:
        with closing(_PARTS[parts.scheme](parts.netloc, timeout=ANSWER_SECONDS)) as connection:
            connection.request(method, target, body or None, headers)
            with connection.getresponse() as answer:
                data = answer.read(size_max + 1)
                if answer.length and len(data) <= size_max:
                    raise http.client.IncompleteRead(data, answer.length)  # read() is content
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Unavailable(
            "HOST-UNREACHABLE",
            f"there is no answer: {reason}",
            where=url,
            hint="check the address and the network, and try again",
        ) from error
    if len(data) > size_max:
        raise Unavailable(
            "ANSWER-TOO-LARGE",
            f"the answer has more than {size_max:,} bytes",
            where=url,
            hint="check the address",
        )
    kind = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    return Reply(answer.status, kind, data)


def _split(url: str) -> SplitResult:
    plain = url.isascii() and url.isprintable() and " " not in url
    try:
        parts = urlsplit(url if plain else "")
        if parts.scheme in _PARTS and parts.hostname and "@" not in parts.netloc:
            _ = parts.port  # which raises where it is no number
            return parts
    except ValueError:
        pass
    raise Malformed(
        "URL-FORM",
        f"{url[:80]!r} is no address to send to",
        hint="write https://HOST/PATH, in ASCII and without a name or password",
    )
