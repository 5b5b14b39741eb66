"""A published log on a web server: fetched over HTTPS, each file once, none beyond its size.

The server is trusted with nothing but being there. Redirects are refused, so that what is audited
is what was named; a connection without TLS is made to this machine only. With a folder as cache a
visit that was cut short goes on where it was: what never changes is kept there.
"""

import http.client
import ipaddress
import os
import ssl
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from ledger.errors import Malformed, Unavailable
from ledger.evidence.folder import BESIDE, Folder
from ledger.evidence.layout import CHECKPOINT, LISTINGS, capped
from ledger.version import __version__

TIMEOUT_SECONDS: Final = 30.0
FILE_SECONDS_MAX: Final = 900.0
TRIES: Final = 4
URL_LENGTH_MAX: Final = 2_000
_PAUSE_SECONDS: Final = 0.5
_CHUNK: Final = 64 * 1024
_GZIP: Final = 31
"""What zlib calls a gzip header and trailer (RFC 1952)."""
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})
_ABSENT: Final = frozenset({403, 404, 410})
"""Object stores say 403 of a file that is not there."""


@dataclass(frozen=True, slots=True)
class Visit:
    """How a site is visited.

    Attributes:
        cache: folder where what never changes is kept, or None.
        authorities: file of the certificates to trust instead of the machine's, or None.
        timeout: seconds until a silent server is given up.
        file_seconds_max: seconds that one file may take.
        pause: seconds before the second try; before the next ones twice as long each.
    """

    cache: Path | None = None
    authorities: Path | None = None
    timeout: float = TIMEOUT_SECONDS
    file_seconds_max: float = FILE_SECONDS_MAX
    pause: float = _PAUSE_SECONDS


class Site:
    """The files of a published log under a URL."""

    def __init__(self, url: str, visit: Visit | None = None) -> None:
        """Name a site; nothing is fetched yet.

        Raises:
            Malformed: SITE-URL.
        """
        self._url = url
        self._visit = visit or Visit()
        self._parts = _checked(url)

    def __reduce__(self) -> tuple[type["Site"], tuple[str, Visit]]:
        return Site, (self._url, self._visit)

    @property
    def name(self) -> str:
        """The URL."""
        return self._url

    @cached_property
    def _cache(self) -> Folder | None:
        """The part of the cache that is this site's; each process writes names of its own."""
        if self._visit.cache is None:
            return None
        own = sha256(self._url.rstrip("/").encode()).hexdigest()[:16]
        return Folder(self._visit.cache / own, beside=f"{BESIDE}{os.getpid()}-")

    def get(self, name: str, size_max: int) -> bytes | None:
        """Return a file's bytes, or None where the server has none.

        Raises:
            Malformed: PUBLISHED-MALFORMED for more than `size_max` bytes.
            Unavailable: SITE-UNREACHABLE, SITE-CERTIFICATE, SITE-REFUSES, SITE-REDIRECTS,
                SITE-ENCODING, PUBLISHED-UNREADABLE, CACHE-UNWRITABLE.
        """
        # A checkpoint is replaced, and a listing may gain anchors; all else never changes.
        changes = name == CHECKPOINT or name.startswith(f"{LISTINGS}/")
        kept = None if changes or self._cache is None else self._cache.get(name, size_max)
        if kept is not None:
            return kept
        data = self._fetch(name, size_max)
        if data is not None and not changes:
            self._keep(name, data)
        return data

    def _keep(self, name: str, data: bytes) -> None:
        if self._cache is None:
            return
        try:
            self._cache.put(name, data)
        except OSError as error:
            raise Unavailable(
                "CACHE-UNWRITABLE",
                f"what was fetched cannot be kept: {error.strerror or error}",
                where=str(self._visit.cache),
                hint="name another folder, or leave the option out",
            ) from error

    def _fetch(self, name: str, size_max: int) -> bytes | None:
        path = f"{self._parts.path.rstrip('/')}/{name}"
        reason = ""
        for tried in range(TRIES):
            if tried:
                time.sleep(self._visit.pause * 2 ** (tried - 1))
            try:
                response = self._ask(path)
                if response.status not in _AGAIN:
                    return self._read(response, name, size_max)
                reason = f"it answers {response.status}"
            except ssl.SSLCertVerificationError as error:
                raise Unavailable(
                    "SITE-CERTIFICATE",
                    f"the site's certificate does not verify: {error.verify_message}",
                    where=self._url,
                    hint="--ca FILE trusts the certificates in a file instead of the machine's",
                ) from error
            except (OSError, http.client.HTTPException, zlib.error) as error:
                reason = str(error) or type(error).__name__
            self._hang_up()
        raise Unavailable(
            "SITE-UNREACHABLE",
            f"the site cannot be reached: {reason[:200]}",
            where=f"{self._url.rstrip('/')}/{name}",
            hint="try again later; with --cache it goes on where it was",
        )

    @cached_property
    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._visit.timeout)
        context = ssl.create_default_context(cafile=self._visit.authorities)
        return http.client.HTTPSConnection(host, port, timeout=self._visit.timeout, context=context)

    def _ask(self, path: str) -> http.client.HTTPResponse:
        headers = {"Accept-Encoding": "gzip, identity", "User-Agent": f"chipledger/{__version__}"}
        self._connection.request("GET", path, headers=headers)
        return self._connection.getresponse()

    def _hang_up(self) -> None:
        with suppress(OSError):
            self._connection.close()

    def close(self) -> None:
        """Close the connection; closing again does nothing."""
        if "_connection" in self.__dict__:
            self._hang_up()

    def _read(self, response: http.client.HTTPResponse, name: str, size_max: int) -> bytes | None:
        where = f"{self._url.rstrip('/')}/{name}"
        if response.status != http.client.OK:
            self._hang_up()  # nobody needs the body
            if response.status in _ABSENT:
                return None
            raise _refuses(response.status, where)
        encoding = (response.getheader("Content-Encoding") or "identity").lower()
        if encoding not in {"gzip", "identity"}:
            self._hang_up()
            raise Unavailable(
                "SITE-ENCODING", f"the site encodes files as {encoding[:40]!r}", where=where
            )
        try:
            until = time.monotonic() + self._visit.file_seconds_max
            return capped(_body(response, encoding, size_max, until), name, size_max)
        except Malformed:
            self._hang_up()  # what follows is not read
            raise


def _body(response: http.client.HTTPResponse, encoding: str, size_max: int, until: float) -> bytes:
    """Return a body decoded, or its first `size_max` + 1 bytes where it is larger.

    Raises:
        HTTPException, TimeoutError: it is not whole, or not whole in time.
    """
    body = bytearray()
    unzip = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    while (room := size_max + 1 - len(body)) > 0 and (data := response.read(min(room, _CHUNK))):
        body += data[:room] if unzip is None else unzip.decompress(data, room)
        if time.monotonic() > until:
            raise TimeoutError("it sends too slowly")
    cut_off = bool(response.length) or (unzip is not None and not unzip.eof)
    if cut_off and len(body) <= size_max:
        raise http.client.IncompleteRead(bytes(body))
    return bytes(body)


def _checked(url: str) -> SplitResult:
    """Return the parts of a URL that may be visited.

    Raises:
        Malformed: SITE-URL.
    """
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise _no_site(url) from None
    plain = parts.username is None and not parts.query and not parts.fragment
    readable = len(url) <= URL_LENGTH_MAX and url.isascii() and url.isprintable() and " " not in url
    safe = parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or ""))
    if not (named and plain and readable and safe):
        raise _no_site(url)
    return parts


def _is_here(host: str) -> bool:
    """Say whether a name is this machine's own, which no network lies between."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _no_site(url: str) -> Malformed:
    return Malformed(
        "SITE-URL",
        f"{url[:100]!r} is no place of a published log",
        hint="write https://HOST/PATH, without user name, question mark and #; http:// is for this"
        " machine only",
    )


def _refuses(status: int, where: str) -> Unavailable:
    if http.client.MULTIPLE_CHOICES <= status < http.client.BAD_REQUEST:
        return Unavailable(
            "SITE-REDIRECTS",
            f"the site sends visitors elsewhere ({status}), and that is not followed",
            where=where,
            hint="name the place where the log is, if that is the one you mean",
        )
    return Unavailable("SITE-REFUSES", f"the site answers {status}", where=where)
