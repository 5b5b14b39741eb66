"""Admission: whether a signed statement may become the next entry, decided under the lock.

The rules are those of `ledger.rights` and `ledger.history`; here they meet the store. Refusals
are about form and authority only: bad news is always admitted.
"""

from collections.abc import Iterable, Iterator

from ledger import history
from ledger.authority import Authority
from ledger.entry import disposed_document, named_checkpoints, read_event
from ledger.errors import LedgerError, Refused
from ledger.events.base import Seen, Statement
from ledger.log.merkle import Frontier
from ledger.log.proofs import root_at
from ledger.preparing import Prepared, Summary
from ledger.rights import may
from ledger.store.recorder import LedgerRecorder
from ledger.store.transaction import Transaction

_ROOTS_KEPT = 64
_ANSWERS_KEPT = 10_000
_DISPOSED = "DocumentDisposed.v1"


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

    def __init__(self) -> None:
        self._authority = Authority()
        self._folded = -1
        self._allowed: set[bytes] = set()

    def begin(self, authority: Authority, folded: int) -> None:
        """Go on where authority is as it was, else from nothing.

        Args:
            authority: folded up to the newest control entry.
            folded: the position of that.
        """
        if authority is not self._authority or folded != self._folded:
            self._allowed.clear()
        self._authority, self._folded = authority, folded

    def apply(self, index: int, statement: Statement) -> None:
        """Take in a control entry; what was answered before it need not hold behind it."""
        self._authority.apply(index, statement)
        self._folded = index
        self._allowed.clear()

    def allows(self, question: bytes) -> bool:
        """Say whether this is known to be allowed; if not, `check` finds out."""
        return question in self._allowed

    def check(self, one: Prepared, index: int) -> None:
        """Allow a statement at a position behind all that is folded, or raise as `may`."""
        summary = one.summary
        if summary.plain and self.allows(summary.question):
            return
        may(self._authority, one.statement, index)
        if summary.plain:
            if len(self._allowed) >= _ANSWERS_KEPT:
                self._allowed.clear()
            self._allowed.add(summary.question)


def tags_asked_for(submissions: Iterable[Prepared | LedgerError]) -> Iterator[str]:
    """Yield the tags that `admit` will look for: ids, openings, targets and idempotency keys."""
    asked = ("id:", "opens:", "target:", "idempotency:")
    for one in submissions:
        if not isinstance(one, Prepared):
            continue
        summary = one.summary
        if summary.plain:
            yield f"id:{summary.id}"
            if summary.opens is not None:
                yield f"opens:{summary.opens}"
        else:
            yield from (tag for tag in summary.tags if tag.startswith(asked))


def is_surely_new(
    summary: Summary, transaction: Transaction, standing: Standing, roots: SeenRoots
) -> bool:
    """Say whether the rules of `admit` allow a statement, as its summary alone can show.

    So it is with most: nothing has its id, nobody opened what it opens, its party was just allowed
    the same, and its signer saw this history. Whatever is not as simple is for `admit` to decide.
    """
    opens, seen = summary.opens, summary.seen
    return (
        summary.plain
        and transaction.lacks(f"id:{summary.id}")
        and (opens is None or transaction.lacks(f"opens:{opens}"))
        and standing.allows(summary.question)
        and (seen is None or _was_seen(seen, transaction.head.size, roots))
    )


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
    if is_surely_new(one.summary, transaction, standing, roots):
        return None
    statement = one.statement
    past = history.TagPast(
        lambda tag: (read_event(row.index, row.data) for row in transaction.tagged(tag))
    )
    repeated = history.recorded_before(statement, one.summary.payload_sha256, past)
    if repeated is not None:
        return repeated
    standing.check(one, transaction.size)
    history.check(statement, past)
    for seen in named_checkpoints(statement):
        _check_seen(seen, transaction.head.size, roots)
    return None


def _was_seen(seen: Seen, size: int, roots: SeenRoots) -> bool:
    return seen.size <= size and roots.at(seen.size) == seen.root


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
    named = dict(one.summary.documents)
    for digest, data in one.documents.items():
        belongs = digest in named or one.summary.id == repeated.id
        if not belongs or transaction.has_document(digest):
            continue
        if digest not in _given_up(transaction, authority, repeated.index):
            transaction.put_document(digest, data)


def _given_up(transaction: Transaction, authority: Authority, start: int) -> set[str | None]:
    """Return the documents that the ledger operator gave up, by the entries from `start` on."""
    found = transaction.of_type(_DISPOSED, f"party:{authority.operator.lower()}", start)
    return {disposed_document(read_event(one.index, one.data).statement) for one in found}
