"""Appending: the one place where entries are written.

Submissions are decided in order under the store's lock, and what is new is sealed under one
checkpoint. Nothing is answered before it is durable and noted in the high-water file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec import Raw

from ledger import admission
from ledger.ahead import Helpers
from ledger.authority import Authority
from ledger.draft import Submission
from ledger.entry import Recorder, SealedEntry, disposed_document, encode_entry, is_control
from ledger.errors import Conflict, LedgerError, Malformed, Refused
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.proofs import root_at
from ledger.place import Place, Server
from ledger.preparing import Examined, Prepared, naming
from ledger.reader import LedgerReader
from ledger.signing.signer import Signer
from ledger.store.highwater import HighWater
from ledger.store.reader import Head
from ledger.store.recorder import LedgerRecorder
from ledger.store.transaction import NewEntry, Transaction
from ledger.version import __version__
from ledger.writing import (
    Batch,
    Outcome,
    Writing,
    check_key,
    installation,
    next_recorded,
    system_clock,
)

BATCH_MAX = 10_000
SOFTWARE = "chipledger"


class Appender(LedgerReader):
    """An open ledger, and what appending to it needs."""

    def __init__(
        self, recorder: LedgerRecorder, place: Place | None, writing: Writing | None = None
    ) -> None:
        """Wrap an open recorder; use `create` or `open` instead."""
        super().__init__(recorder, place)
        writing = writing or Writing()
        self._signer = writing.signer
        self._roots = admission.SeenRoots(recorder)
        self._connections = 0
        self._standing = admission.Standing()
        self._helpers = Helpers(writing.helpers)
        self._high_water = None if writing.high_water is None else HighWater(writing.high_water)
        self._published = writing.published
        self._clock = writing.clock or system_clock
        self._foreign_clock = writing.clock is not None
        self._label = Recorder(
            software=SOFTWARE,
            version=__version__,
            installation=writing.installation or installation(),
        )

    def _examined(self, submissions: Sequence[Submission]) -> Iterator[Examined]:
        """Have the helpers look at submissions from now on, where there are enough."""
        return self._helpers.examined(submissions, self.public_key_of)

    def public_key_of(self, keyid: str) -> bytes | None:
        """Return an enrolled key by its name; what is not known yet may have come since."""
        found = self._authority.keys.get(keyid) or self.authority.keys.get(keyid)
        return None if found is None else found.public_key

    def close(self) -> None:
        """Release the store and the high-water file, and end the helpers."""
        self._helpers.close()
        if self._high_water is not None:
            self._high_water.close()
        super().close()

    @property
    def authority(self) -> Authority:
        """Keys and roles, folded up to the newest entry."""
        with self._folding:
            self._forget_another_server()
            return super().authority

    def server(self) -> Server | None:
        """Return what the server of a ledger's database says of itself; None for a file."""
        return self._recorder.server()

    def checkpoint(self) -> bytes:
        """Return the newest signed checkpoint; of a database, one that outlives the server.

        What was not answered yet may be on this server alone. So it is shown when it is noted, or
        after a commit that waits for the standbys.
        """
        head = self._recorder.head()
        if self._high_water is None or not self._recorder.connections_made:
            return head.checkpoint
        if self._high_water.newest() != (head.size, head.frontier.root()):
            head = self._recorder.transact(self._checked_head)
            self._high_water.append(head.size, head.frontier.root())
        return head.checkpoint

    def _checked_head(self, transaction: Transaction) -> Head:
        self._check_server(transaction.head)
        return transaction.head

    @property
    def _key(self) -> Signer:
        if self._signer is None:
            raise Refused(
                "READ-ONLY", "this ledger was opened for reading", hint="give the ledger's own key"
            )
        return self._signer

    def _check_batch(self, submissions: Sequence[Submission]) -> None:
        if not 0 < len(submissions) <= BATCH_MAX:
            raise Malformed(
                "BATCH-SIZE", f"a batch has 1 to {BATCH_MAX:,} events, not {len(submissions):,}"
            )

    def _commit(self, prepared: Sequence[Prepared | LedgerError], batch: Batch) -> None:
        """Write a batch, and do what follows from its being durable."""
        asked = list(admission.tags_asked_for(prepared))
        try:
            self._recorder.transact(
                lambda transaction: self._write(transaction, prepared, batch), asked
            )
        except BaseException as error:
            self._forget_authority()  # it may hold what was rolled back
            if not (isinstance(error, LedgerError) and batch.is_committed(self._holds, error)):
                raise
        key, size = batch.new_key, batch.head.size
        if key is not None and key.public_key == self.authority.checkpoint_key(size):
            self._signer = key
        if self._high_water is not None and batch.places:
            batch.note(self._high_water)  # before any answer: what was shown cannot be denied

    def _write(
        self,
        transaction: Transaction,
        prepared: Sequence[Prepared | LedgerError],
        batch: Batch,
    ) -> None:
        """Decide each submission alone and in order, under the lock, and seal what is new."""
        self._forget_another_server()
        self._check_server(transaction.head)
        batch.begin(transaction.head, self._forget_authority)
        if transaction.head.control != self._folded:
            self._catch_up(transaction.control_since(self._folded))
        self._check_control(transaction.head)
        self._standing.begin(self._authority, self._folded)
        self._roots.learn(transaction.head.frontier)
        newest = transaction.head.recorded_at
        is_record = bool(newest) and self._authority.opened.purpose == "record"
        recorded_at = next_recorded(self._clock(), newest, is_record=is_record)
        turn = _Turn(transaction, batch, recorded_at)
        for position, one in enumerate(prepared):
            try:
                with naming(position, 1 if batch.each else len(prepared)):
                    outcome: Outcome = self._decide(one, turn)
            except (Malformed, Refused, Conflict) as error:
                if not batch.each:
                    raise
                outcome = error
            batch.outcomes.append(outcome)
        if transaction.size > transaction.head.size:
            self._seal(transaction, batch)

    def _forget_authority(self) -> None:
        """Forget all that was read before, after a transaction that left nothing behind."""
        super()._forget_authority()
        self._roots.forget()

    def _forget_another_server(self) -> None:
        """Forget what was read before, where a new connection may be one to another server.

        What one server showed that had not waited for its standby, the standby need not have.
        """
        if self._connections != self._recorder.connections_made:
            self._connections = self._recorder.connections_made
            self._forget_authority()

    def _check_server(self, head: Head) -> None:
        """Refuse to write to a server that lacks what was answered; a file was asked when opened.

        Raises:
            Tampered: STORE-BEHIND, STORE-DIFFERENT.
        """
        if self._high_water is not None and self._recorder.connections_made:
            at_head, root = head.size, head.frontier.root
            self._high_water.compare(
                lambda: at_head,
                lambda size: root() if size == at_head else root_at(self._recorder, size),
                briefly=True,
            )

    def _holds(self, size: int, root: bytes) -> bool:
        """Say whether the ledger has had this tree, as durably as if it had been answered.

        A server that broke off while it waited for its standby shows entries that the standby may
        lack. Here something is committed after them: that answer stands for them too.
        """

        def look(_: object = None) -> bool:
            return self.size >= size and self.root_at(size) == root

        return self._recorder.transact(look) if self._recorder.connections_made else look()

    def _decide(self, one: Prepared | LedgerError, turn: "_Turn") -> Outcome:
        """Record a submission as the next entry, unless it is there already."""
        if isinstance(one, LedgerError):
            raise one
        transaction, summary = turn.transaction, one.summary
        repeated = admission.admit(one, transaction, self._standing, self._roots)
        if repeated is not None:
            admission.keep_missing(one, repeated, transaction, self._authority)
            return repeated.id, repeated.index, True
        statement = None if summary.plain else one.statement
        turn.batch.check_order(statement)
        index, control = transaction.size, transaction.control
        entry = SealedEntry(
            envelope=Raw(one.sealed),
            recorded_at=turn.recorded_at,
            recorder=self._label,
            control=control,
        )
        new = NewEntry(summary.type, encode_entry(entry), summary.tags)
        # From here on nothing refuses it.
        if statement is not None and is_control(statement):
            self._standing.apply(index, statement)
            self._folded = control = index
        transaction.append(
            [new], recorded_at=turn.recorded_at, control=control, documents=one.documents
        )
        disposed = None if statement is None else disposed_document(statement)
        if disposed is not None:
            transaction.remove_document(disposed)
        return summary.id, index, False

    def _seal(self, transaction: Transaction, batch: Batch) -> None:
        signers = batch.checkpoint_signers()
        check_key(batch.signer, self._authority.checkpoint_key(transaction.size - batch.rotated))
        origin = self._authority.opened.origin
        batch.head = transaction.seal(
            lambda size, root: sign_checkpoint(Checkpoint(origin, size, root), signers),
            anchor=batch.rotated,
        )
        batch.sealed = True


@dataclass(frozen=True, slots=True)
class _Turn:
    """What the submissions of one transaction are decided with."""

    transaction: Transaction
    batch: Batch
    recorded_at: str
