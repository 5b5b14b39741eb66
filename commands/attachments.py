"""What comes with an event beside its fields: numbers on paper, documents, sealed facts."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

import msgspec

from commands import files
from commands.prompts import ask_secret
from ledger.draft import Document
from ledger.errors import Conflict, Malformed, Unavailable
from ledger.events.base import DOCUMENT_BYTES_MAX, IDEMPOTENCY, AnnexField, DocumentRef, Reference

SEALED_BYTES_MAX = 16 * 1024
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".eml": "message/rfc822",
    ".html": "text/html",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".md": "text/markdown",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
_FACT = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
_KIND = re.compile(r"(.+)=([a-z][a-z0-9_]{0,31})(?::(.+))?\Z", re.DOTALL)
DEFAULT_KIND = "document"


def references(given: Iterable[str]) -> tuple[Reference, ...]:
    """Return the numbers on paper that `TYPE:VALUE` texts name.

    Raises:
        Malformed: REFERENCE.
    """
    return tuple(_reference(text) for text in given)


def _reference(text: str) -> Reference:
    kind, colon, value = text.partition(":")
    try:
        reference = msgspec.convert({"type": kind, "value": value}, Reference)
    except msgspec.ValidationError:
        reference = None
    if not colon or reference is None or kind == IDEMPOTENCY:
        raise Malformed(
            "REFERENCE",
            f"{text[:80]!r} is no number on paper",
            where="--ref",
            hint="write its type and value: bol:MAEU1234, inv:2026-17; an idempotency key has an"
            " option of its own",
        )
    return reference


def documents(given: Iterable[str]) -> tuple[Document, ...]:
    """Return the documents that `FILE[=KIND[:TITLE]]` texts name.

    Raises:
        Unavailable: DOCUMENT-UNREADABLE.
        Malformed: TOO-LARGE, DOCUMENT-TITLE.
    """
    return tuple(_document(text) for text in given)


def _document(text: str) -> Document:
    path, kind, title = Path(text), DEFAULT_KIND, None
    matched = _KIND.match(text)
    if matched is not None and not path.is_file():
        path, kind, title = Path(matched[1]), matched[2], matched[3]
    return read_document(path, kind, title)


def read_document(path: Path, kind: str = DEFAULT_KIND, title: str | None = None) -> Document:
    """Return a file as evidence; its media type follows from its suffix.

    Raises:
        Unavailable: DOCUMENT-UNREADABLE.
        Malformed: TOO-LARGE, DOCUMENT-TITLE.
    """
    data = read_capped(path, DOCUMENT_BYTES_MAX)
    media_type = MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
    document = Document(data, kind, title or path.name, media_type)
    try:
        msgspec.convert(msgspec.to_builtins(document.reference()), DocumentRef)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise Malformed(
            "DOCUMENT-TITLE",
            f"the document cannot be named so: {error}",
            where=path.name,
            hint="give it a kind in lower case and a title: --attach FILE=invoice:TITLE",
        ) from error
    return document


def write_new(path: Path, data: bytes) -> None:
    """Write a new file; none is ever overwritten.

    Raises:
        Conflict: FILE-EXISTS.
        Unavailable: FILE-UNWRITABLE.
    """
    write_stream(path, lambda file: file.write(data))


def write_stream(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a new file piece by piece, or leave none; raises as `write_new`, or as `write`."""
    try:
        files.create_stream(path, write)
    except FileExistsError:
        raise Conflict(
            "FILE-EXISTS", "there is a file of this name", where=str(path), hint="choose another"
        ) from None
    except OSError as error:
        raise Unavailable(
            "FILE-UNWRITABLE",
            f"the file cannot be written: {error.strerror}",
            where=str(path),
            hint="check the folder, its permissions and the disk",
        ) from error


def read_capped(path: Path, size_max: int) -> bytes:
    """Return a file's bytes, unless it has more than `size_max`.

    Raises:
        Unavailable: DOCUMENT-UNREADABLE.
        Malformed: TOO-LARGE.
    """
    try:
        with path.open("rb") as file:
            data = file.read(size_max + 1)
    except (OSError, ValueError) as error:
        raise Unavailable(
            "DOCUMENT-UNREADABLE",
            f"the file cannot be read: {getattr(error, 'strerror', None) or error}",
            where=str(path),
            hint="check its name and permissions",
        ) from error
    if len(data) > size_max:
        raise Malformed(
            "TOO-LARGE",
            f"the file has more than {size_max:,} bytes",
            where=str(path),
            hint="attach an extract, or its digest on a page of its own",
        )
    return data


def sealed(given: Iterable[str]) -> tuple[dict[str, str] | None, tuple[str, ...]]:
    """Return the facts that `NAME=VALUE` texts name, or None, and the names without a value.

    Raises:
        Malformed: SEALED, TOO-LARGE.
        Refused: NO-ANSWER.
        Unavailable: DOCUMENT-UNREADABLE.
    """
    facts: dict[str, str] = {}
    names: list[str] = []
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            name = name.replace("-", "_")
        if name in facts or name in names or not _FACT.match(name):
            raise _no_fact(name)
        if not equals:
            names.append(name)
            continue
        facts[name] = _sealed_value(name, value)
        try:
            msgspec.convert({"name": name, "value": facts[name]}, AnnexField)
        except msgspec.ValidationError:
            raise _no_fact(name) from None
    return facts or None, tuple(names)


def _sealed_value(name: str, value: str) -> str:
    """Return a value as typed, asked for where it is empty, or read from `@FILE`."""
    if not value:
        return ask_secret(name)
    if not value.startswith("@"):
        return value
    return read_sealed(value)


def read_sealed(text: str) -> str:
    """Return the value that is in the file of `@FILE`.

    Raises:
        Malformed: SEALED for a file that is not UTF-8, TOO-LARGE.
        Unavailable: DOCUMENT-UNREADABLE.
    """
    path = Path(text[1:])
    try:
        return read_capped(path, SEALED_BYTES_MAX).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Malformed("SEALED", "the file is not UTF-8", where=str(path)) from None


def _no_fact(name: str) -> Malformed:
    # The value may be a secret, also where it stands in the place of a name: no message repeats it.
    named = repr(name) if _FACT.match(name) else "what is given"
    return Malformed(
        "SEALED",
        f"--sealed: {named} is no fact, or is given twice",
        hint="write amount_usd=5000000, amount_usd= to be asked, amount_usd=@FILE, or the name of a"
        " field alone; at most 4,000 characters",
    )
