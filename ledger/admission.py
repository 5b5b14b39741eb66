"""Admission: whether a signed statement may become the next entry, decided under the lock.

The rules are those of `ledger.rights` and `ledger.history`; here they meet the store. Refusals
are about form and authority only: bad news is always admitted.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from ledger import canonical, history
from ledger.authority import Authority, raw_key
from ledger.draft import Submission, document_digest
from ledger.entry import disposed_document, named_checkpoints, read_event, tags_of
from ledger.errors import LedgerError, Malformed, Refused
from ledger.events import decode_statement
from ledger.events import ledger as ledger_noun
from ledger.events import party as party_noun
from ledger.events.base import DOCUMENT_BYTES_MAX, Annex, Seen, Statement
from ledger.log.merkle import Frontier
from ledger.log.proofs import root_at
from ledger.rights import may
from ledger.signing.ed25519 import verify_many
from ledger.signing.envelope import OpenEnvelope, open_envelope, pae
from ledger.signing.signer import key_id
from ledger.store.recorder import LedgerRecorder
from ledger.store.transaction import Transaction
from ledger.verify.rights import alike

VERIFY_THREADS = 2
_ROOTS_KEPT = 64
_DISPOSED = "DocumentDisposed.v1"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A submission that is well-formed, and whose signatures verify.

    Attributes:
        envelope: as submitted, its base64 read.
        statement: decoded.
        payload_sha256: digest of the statement's bytes.
        documents: SHA-256 to bytes of what came along.
        tags: under which it will be found.
    """

    envelope: OpenEnvelope
    statement: Statement
    payload_sha256: str
    documents: Mapping[str, bytes]
    tags: tuple[str, ...]


class SeenRoots:
    """Roots at the sizes that signers saw. What is committed has one root for ever: keep some."""

    def __init__(self, recorder: LedgerRecorder) -> None:
        self._recorder = recorder
        self._roots: dict[int, str] = {}

    def forget(self) -> None:
        """Remember nothing."""
        self._roots.clear()

    def learn(self, frontier: Frontier) -> None:
        """Remember the newest root: most signers saw that one."""
        while len(self._roots) >= _ROOTS_KEPT:
            del self._roots[next(iter(self._roots))]
        self._roots[frontier.size] = frontier.root().hex()

    def at(self, size: int) -> str:
        """Return the root, in hex, over the first `size` committed entries."""
        if size not in self._roots:
            self._roots[size] = root_at(self._recorder, size).hex()
        return self._roots[size]


class Standing:
    """Asks `ledger.rights.may` once for what it answers alike, until authority changes."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._allowed: set[Hashable] = set()

    def apply(self, index: int, statement: Statement) -> None:
        """Take in a control entry; what was answered before it need not hold behind it."""
        self._authority.apply(index, statement)
        self._allowed.clear()

    def check(self, statement: Statement, index: int) -> None:
        """Allow a statement at a position behind all that is folded, or raise as `may`."""
        asked = alike(statement)
        if asked is None or asked not in self._allowed:
            may(self._authority, statement, index)
            self._allowed.add(asked)


def prepare(submissions: Sequence[Submission], authority: Authority) -> list[Prepared]:
    """Decode submissions and check their signatures; needs no lock.

    Args:
        submissions: in order; a key that one of them enrols may sign the later ones.
        authority: as last seen; a key that another process enrolled since is not found.

    Raises:
        Malformed: bytes that are no statement, or an annex that is none; DOCUMENT-UNNAMED.
        Refused: SIGNATURE-COUNT, SIGNATURE, KEY-UNENROLLED.
    """
    prepared = []
    for position, one in enumerate(prepare_each(submissions, authority)):
        if isinstance(one, LedgerError):
            with naming(position, len(submissions)):
                raise one
        prepared.append(one)
    return prepared


def prepare_each(
    submissions: Sequence[Submission], authority: Authority
) -> list[Prepared | LedgerError]:
    """Return what `prepare` makes of each submission, or why it would refuse that one."""
    prepared: list[Prepared | LedgerError] = []
    checks, owners = [], []
    carried: dict[str, bytes] = {}
    for position, submission in enumerate(submissions):
        try:
            one = _decode(submission)
            carried.update(_carried(one.statement))
            message = pae(one.envelope.payload)
            for signature in one.envelope.signatures:
                key = carried.get(signature.keyid) or _enrolled(authority, signature.keyid)
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


def _decode(submission: Submission) -> Prepared:
    """Return a submission decoded, its signatures not yet checked."""
    # As a reader of the entry will decode it: a struct made by hand was checked by nobody.
    envelope = open_envelope(canonical.encode(submission.envelope))
    statement = decode_statement(envelope.payload)
    if [one.keyid for one in envelope.signatures] != [one.key for one in statement.signatories]:
        raise Refused(
            "SIGNATURE-COUNT",
            "the envelope's signatures are not those of the signatories, in their order",
            where="signatures",
            hint="`chipledger submit FILE --key KEY` adds a signature that is missing",
        )
    documents = {document_digest(data): data for data in submission.documents}
    named = {one.sha256: one.size for one in statement.documents}
    if statement.annex in documents:
        annex = documents[statement.annex]
        canonical.decode(annex, Annex, size_max=DOCUMENT_BYTES_MAX, what="annex")
        named[statement.annex] = len(annex)
    for name, data in documents.items():
        if named.get(name) != len(data):
            raise Malformed(
                "DOCUMENT-UNNAMED",
                f"a document ({name[:8]}…) is none that the statement names, or of another size",
                where="documents",
            )
    digest = sha256(envelope.payload).hexdigest()
    return Prepared(envelope, statement, digest, documents, tags_of(statement))


def _carried(statement: Statement) -> dict[str, bytes]:
    data = statement.data
    if isinstance(data, ledger_noun.LedgerOpened):
        raw = raw_key(data.registrar_key)
    elif isinstance(data, party_noun.KeyEnrolled):
        raw = raw_key(data.key)
    else:
        return {}
    return {key_id(raw): raw}


def _enrolled(authority: Authority, keyid: str) -> bytes:
    found = authority.keys.get(keyid)
    if found is None:
        raise Refused(
            "KEY-UNENROLLED",
            f"the key {keyid[:8]}… is not enrolled in this ledger",
            where="signatures",
            hint="`chipledger key enroll` brings a party's key into the ledger",
        )
    return found.public_key


def tags_asked_for(submissions: Iterable[Prepared | LedgerError]) -> Iterator[str]:
    """Yield the tags that `admit` will look for: ids, openings, targets and idempotency keys."""
    asked = ("id:", "opens:", "target:", "idempotency:")
    for one in submissions:
        if isinstance(one, Prepared):
            yield from (tag for tag in one.tags if tag.startswith(asked))


def admit(
    one: Prepared,
    transaction: Transaction,
    standing: Standing,
    roots: SeenRoots,
) -> history.Recorded | None:
    """Allow a prepared submission as the next entry; return the event that it repeats, if any.

    Raises:
        Refused, Conflict, Unavailable: as `ledger.rights.may`, `ledger.history.check`; SEEN-AHEAD
            and SEEN-DIFFERS for a signer that saw another history.
    """
    past = history.TagPast(
        lambda tag: (read_event(row.index, row.data) for row in transaction.tagged(tag))
    )
    repeated = history.recorded_before(one.statement, one.payload_sha256, past)
    if repeated is not None:
        return repeated
    standing.check(one.statement, transaction.size)
    history.check(one.statement, past)
    for seen in named_checkpoints(one.statement):
        _check_seen(seen, transaction.head.size, roots)
    return None


def _check_seen(seen: Seen, size: int, roots: SeenRoots) -> None:
    if seen.size > size:
        raise Refused(
            "SEEN-AHEAD",
            f"the signer saw {seen.size} entries, this ledger has {size}",
            where="seen",
            hint="this may be an older copy of the ledger; `chipledger doctor` compares",
        )
    if roots.at(seen.size) != seen.root:
        raise Refused(
            "SEEN-DIFFERS",
            f"the signer saw another history of the first {seen.size} entries",
            where="seen",
            hint="draft it again against this ledger, after asking why they differ",
        )


def keep_missing(
    one: Prepared, repeated: history.Recorded, transaction: Transaction, authority: Authority
) -> None:
    """Keep the documents that came with a repetition: the first time they may have been left out.

    Under an idempotency key a new draft repeats an event. The documents that it names are the same;
    its annex is sealed with other salt, and the event recorded does not name it. What the ledger
    operator gave up since then does not come back by saying again what was said before that.
    """
    named = {document.sha256 for document in one.statement.documents}
    for digest, data in one.documents.items():
        belongs = digest in named or one.statement.id == repeated.id
        if not belongs or transaction.has_document(digest):
            continue
        if digest not in _given_up(transaction, authority, repeated.index):
            transaction.put_document(digest, data)


def _given_up(transaction: Transaction, authority: Authority, start: int) -> set[str | None]:
    """Return the documents that the ledger operator gave up, by the entries from `start` on."""
    found = transaction.of_type(_DISPOSED, f"party:{authority.operator.lower()}", start)
    return {disposed_document(read_event(one.index, one.data).statement) for one in found}
