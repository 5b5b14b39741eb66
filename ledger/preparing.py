"""Preparing: what a submission is by itself, its signatures verified, before the lock is taken.

Most statements of a log name no other event and change no authority. What deciding needs to know of
such a one is a `Summary`, which is small enough to come from another process; the statement itself
is decoded only for those that need more.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from msgspec import Struct

from ledger import canonical
from ledger.authority import raw_key
from ledger.draft import Submission, document_digest
from ledger.entry import idempotency_key, is_control, tag_set, targets_of
from ledger.errors import LedgerError, Malformed, Refused
from ledger.events import EVENT_TYPES, decode_statement
from ledger.events import ledger as ledger_noun
from ledger.events import party as party_noun
from ledger.events.base import DOCUMENT_BYTES_MAX, Annex, Seen, Statement
from ledger.events.document import DocumentDisposed
from ledger.events.ledger import CheckpointAnchored
from ledger.signing.ed25519 import verify_many
from ledger.signing.envelope import OpenSignature, open_envelope, pae
from ledger.signing.signer import key_id
from ledger.verify.rights import alike

VERIFY_THREADS = 2

KeyOf = Callable[[str], bytes | None]
"""Returns the public key of this name, or None where none is enrolled."""
Check = tuple[bytes, bytes, bytes]


class Summary(Struct, frozen=True, array_like=True, gc=False):
    """What deciding looks at of a statement.

    Attributes:
        id: its id.
        type: its type.
        plain: whether it names no other event, has no idempotency key and changes nothing but the
            log: then what is here suffices to allow it.
        question: what rights answer alike (`ledger.verify.rights.alike`), encoded.
        opens: the identifier that it opens and its party may open once, or None.
        seen: the checkpoint that its signer saw, or None.
        payload_sha256: digest of the statement's bytes.
        documents: digest and size of each document that it names.
        annex: digest of its annex, or None.
        tags: under which it will be found, in no order.
    """

    id: str
    type: str
    plain: bool
    question: bytes
    opens: str | None
    seen: Seen | None
    payload_sha256: str
    documents: tuple[tuple[str, int], ...]
    annex: str | None
    tags: tuple[str, ...]


Examined = tuple[bytes, Summary | None]
"""An envelope's bytes, and what another process made of it; None: it is to be looked at here."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A submission that is well-formed, and whose signatures verify.

    Attributes:
        sealed: the envelope's bytes, as submitted.
        summary: what the statement in it is.
        documents: SHA-256 to bytes of what came along.
    """

    sealed: bytes
    summary: Summary
    documents: Mapping[str, bytes]
    _statement: Statement | None = field(default=None, repr=False)

    @property
    def statement(self) -> Statement:
        """The statement; decoded at each look where another process made the summary."""
        return self._statement or decode_statement(open_envelope(self.sealed).payload)


def summarize(statement: Statement, payload: bytes) -> Summary:
    """Return what deciding looks at of a statement with these bytes."""
    row, data = EVENT_TYPES[statement.type], statement.data
    touches = (
        is_control(statement)
        or targets_of(statement)
        or idempotency_key(statement) is not None
        or isinstance(data, (CheckpointAnchored, DocumentDisposed))
    )
    return Summary(
        id=statement.id,
        type=statement.type,
        plain=not touches,
        question=canonical.encode(alike(statement)),
        opens=None if row.updates else row.opened(data),
        seen=statement.seen,
        payload_sha256=sha256(payload).hexdigest(),
        documents=tuple((one.sha256, one.size) for one in statement.documents),
        annex=statement.annex,
        tags=tuple(tag_set(statement)),
    )


def prepare_each(
    submissions: Sequence[Submission],
    key_of: KeyOf,
    examined: Iterable[Examined] = (),
) -> list[Prepared | LedgerError]:
    """Decode submissions and check their signatures; needs no lock.

    Args:
        submissions: in order; a key that one of them enrols may sign the later ones.
        key_of: finds the keys that are enrolled.
        examined: what `examine` made of the first of them, in order.

    Returns:
        What each is, or why it is refused: Malformed for bytes that are no statement, or an annex
        that is none, and DOCUMENT-UNNAMED; Refused SIGNATURE-COUNT, SIGNATURE, KEY-UNENROLLED.
    """
    prepared: list[Prepared | LedgerError] = []
    checks: list[Check] = []
    owners: list[tuple[int, str]] = []
    carried: dict[str, bytes] = {}
    found = iter(examined)
    for position, submission in enumerate(submissions):
        sealed, summary = next(found, _NOT_EXAMINED)
        try:
            if summary is None:
                one, signatures, message = _decoded(submission)
            else:
                one = Prepared(sealed, summary, _documents(submission, summary))
                signatures, message = (), b""
            if not one.summary.plain:
                carried.update(_carried(one.statement))
            for signature in signatures:
                key = carried.get(signature.keyid) or _enrolled(key_of, signature.keyid)
                checks.append((key, message, signature.sig))
                owners.append((position, signature.keyid))
        except LedgerError as error:
            prepared.append(error)
        else:
            prepared.append(one)
    verdicts = verify_many(checks, threads=VERIFY_THREADS)
    for (position, keyid), verdict in zip(owners, verdicts, strict=True):
        if not verdict and not isinstance(prepared[position], LedgerError):
            prepared[position] = Refused(
                "SIGNATURE",
                f"the signature by key {keyid[:8]}… does not verify",
                where="signatures",
                hint="these are not the bytes that were signed; draft and sign again",
            )
    return prepared


_NOT_EXAMINED: Examined = b"", None


def none_refused(prepared: Sequence[Prepared | LedgerError]) -> list[Prepared]:
    """Return what `prepare_each` made where nothing is refused, or raise the first refusal."""
    found = []
    for position, one in enumerate(prepared):
        if isinstance(one, LedgerError):
            with naming(position, len(prepared)):
                raise one
        found.append(one)
    return found


def examine(envelopes: Sequence[bytes], keys: Mapping[str, bytes]) -> list[Summary | None]:
    """Return the summary of the statement in each envelope, None where anything is wrong with it.

    A process of its own does this ahead. It says yes, or nothing: whoever asked looks again at what
    it says nothing of, and tells what is wrong.

    Args:
        envelopes: their bytes.
        keys: those enrolled, by name; what is signed by another is None here.
    """
    found: list[Summary | None] = []
    checks: list[Check] = []
    owners: list[int] = []
    for position, sealed in enumerate(envelopes):
        try:
            summary, _, signatures, message = _read(sealed)
            checks += [(keys[one.keyid], message, one.sig) for one in signatures]
            owners += [position] * len(signatures)
        except (LedgerError, KeyError):
            found.append(None)
        else:
            found.append(summary)
    for position, verdict in zip(owners, verify_many(checks), strict=True):
        if not verdict:
            found[position] = None
    return found


@contextmanager
def naming(position: int, count: int) -> Iterator[None]:
    """Let an error say which of several submissions it is about."""
    try:
        yield
    except LedgerError as error:
        if count > 1:
            place = f"submission {position + 1} of {count}"
            error.where = f"{place}, {error.where}" if error.where else place
        raise


def _decoded(submission: Submission) -> tuple[Prepared, Sequence[OpenSignature], bytes]:
    """Return a submission decoded, with its signatures and what they should sign."""
    # As a reader of the entry will decode it: a struct made by hand was checked by nobody.
    sealed = canonical.encode(submission.envelope)
    summary, statement, signatures, message = _read(sealed)
    documents = _documents(submission, summary)
    return Prepared(sealed, summary, documents, statement), signatures, message


def _read(sealed: bytes) -> tuple[Summary, Statement, Sequence[OpenSignature], bytes]:
    """Return what an envelope holds, with its signatures and what they should sign."""
    envelope = open_envelope(sealed)
    statement = decode_statement(envelope.payload)
    if [one.keyid for one in envelope.signatures] != [one.key for one in statement.signatories]:
        raise Refused(
            "SIGNATURE-COUNT",
            "the envelope's signatures are not those of the signatories, in their order",
            where="signatures",
            hint="`chipledger submit FILE --key KEY` adds a signature that is missing",
        )
    summary = summarize(statement, envelope.payload)
    return summary, statement, envelope.signatures, pae(envelope.payload)


def _documents(submission: Submission, summary: Summary) -> dict[str, bytes]:
    """Return what came along by its digest; all of it is named, and the annex is one."""
    if not submission.documents:
        return {}
    documents = {document_digest(data): data for data in submission.documents}
    named = dict(summary.documents)
    if summary.annex in documents:
        annex = documents[summary.annex]
        canonical.decode(annex, Annex, size_max=DOCUMENT_BYTES_MAX, what="annex")
        named[summary.annex] = len(annex)
    for name, data in documents.items():
        if named.get(name) != len(data):
            raise Malformed(
                "DOCUMENT-UNNAMED",
                f"a document ({name[:8]}…) is none that the statement names, or of another size",
                where="documents",
            )
    return documents


def _carried(statement: Statement) -> dict[str, bytes]:
    data = statement.data
    if isinstance(data, ledger_noun.LedgerOpened):
        raw = raw_key(data.registrar_key)
    elif isinstance(data, party_noun.KeyEnrolled):
        raw = raw_key(data.key)
    else:
        return {}
    return {key_id(raw): raw}


def _enrolled(key_of: KeyOf, keyid: str) -> bytes:
    found = key_of(keyid)
    if found is None:
        raise Refused(
            "KEY-UNENROLLED",
            f"the key {keyid[:8]}… is not enrolled in this ledger",
            where="signatures",
            hint="`chipledger key enroll` brings a party's key into the ledger",
        )
    return found
