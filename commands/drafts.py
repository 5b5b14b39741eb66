"""Draft files: a statement on its way from one signatory to the next.

    {"schema": "chipledger.draft/1", "envelope": {…}, "documents": ["base64", …]}

Two spellings are read: the canonical one, and the same laid out for people, which is written. So a
field that is there twice, or unknown, is refused.
"""

import base64
from pathlib import Path

import msgspec

from commands import files
from ledger import canonical
from ledger.draft import Submission
from ledger.errors import Conflict, Malformed, Unavailable
from ledger.events import decode_statement
from ledger.events.base import Statement
from ledger.signing.envelope import Envelope, decode_base64

SCHEMA = "chipledger.draft/1"
FILE_BYTES_MAX = 64 * 1024 * 1024


class DraftFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a draft file."""

    schema: str
    envelope: Envelope
    documents: tuple[str, ...] = ()


def read_draft(path: Path) -> tuple[Submission, Statement]:
    """Return what a draft file holds, and the statement in it. Its signatures are not checked.

    Raises:
        Unavailable: DRAFT-UNREADABLE, TYPE-UNKNOWN.
        Malformed: TOO-LARGE, DRAFT-FORM, BASE64, or as `decode_statement`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise Unavailable(
            "DRAFT-UNREADABLE", f"the draft cannot be read: {error.strerror}", where=str(path)
        ) from error
    if len(content) > FILE_BYTES_MAX:
        raise Malformed(
            "TOO-LARGE", f"the draft has more than {FILE_BYTES_MAX:,} bytes", where=str(path)
        )
    try:
        draft = msgspec.json.decode(content, type=DraftFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _wrong_form(path, str(error)) from error
    if content not in _spellings(draft):
        raise _wrong_form(path, "it is spelled otherwise than chipledger writes it")
    if draft.schema != SCHEMA:
        raise _wrong_form(path, f"its schema is not {SCHEMA}")
    statement = decode_statement(draft.envelope.statement_bytes())
    documents = tuple(decode_base64(one, "document") for one in draft.documents)
    return Submission(draft.envelope, documents), statement


def write_draft(path: Path, submission: Submission, *, new: bool) -> None:
    """Write a draft file; `new` refuses one that exists, otherwise it is replaced at one moment.

    Raises:
        Conflict: DRAFT-EXISTS.
        Malformed: TOO-LARGE.
        Unavailable: DRAFT-UNWRITABLE.
    """
    documents = tuple(base64.b64encode(one).decode() for one in submission.documents)
    draft = DraftFile(schema=SCHEMA, envelope=submission.envelope, documents=documents)
    content = _spellings(draft)[0]
    if len(content) > FILE_BYTES_MAX:
        raise Malformed(
            "TOO-LARGE",
            f"the draft would have more than {FILE_BYTES_MAX:,} bytes",
            where=str(path),
            hint="record it without the documents, then attach them: `chipledger attach`",
        )
    try:
        (files.create if new else files.replace)(path, content)
    except FileExistsError as error:
        raise Conflict(
            "DRAFT-EXISTS",
            "there is a file of this name",
            where=str(path),
            hint="choose another name for the draft",
        ) from error
    except OSError as error:
        raise Unavailable(
            "DRAFT-UNWRITABLE", f"the draft cannot be written: {error.strerror}", where=str(path)
        ) from error


def _spellings(draft: DraftFile) -> tuple[bytes, bytes]:
    """Return the bytes of a draft as they are written, and as a program may write them."""
    plain = canonical.encode(draft)
    return msgspec.json.format(plain, indent=1) + b"\n", plain


def _wrong_form(path: Path, reason: str) -> Malformed:
    return Malformed(
        "DRAFT-FORM",
        f"the file is no draft: {reason[:200]}",
        where=str(path),
        hint="a draft is made by a recording command with --draft FILE",
    )
