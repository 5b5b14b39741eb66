"""The ledger as a library: create, open, draft, append, read, checkpoint, prove.

The only writer. Everything that a command line or a service does to a ledger goes through here.
"""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Self

from ledger import admission, canonical
from ledger.auditing import check_published
from ledger.collector import seldom_collected
from ledger.draft import Circumstances, Draft, Submission, make_annex, type_name
from ledger.entry import OpenEntry, Recorder, disposed_document, encode_entry, is_control
from ledger.errors import LedgerError, Malformed, Refused, Unavailable
from ledger.events import decode_statement, encode_statement
from ledger.events.base import EventData, Signatory, Statement, new_id, signatories
from ledger.events.ledger import LedgerOpened
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.occurred import load_zone, parse_recorded, recorded_text
from ledger.place import Place, Roles, place_of
from ledger.reader import LedgerReader
from ledger.signing.signer import Signer
from ledger.store.highwater import HighWater
from ledger.store.places import create_place, open_place
from ledger.store.recorder import LedgerRecorder
from ledger.store.transaction import NewEntry, Transaction
from ledger.version import __version__
from ledger.writing import Batch, Receipt, Writing, check_key, installation, system_clock

BATCH_MAX = 10_000
CLOCK_BEHIND_MAX = timedelta(minutes=5)
SOFTWARE = "chipledger"


class Ledger(LedgerReader):
    """One open ledger. Reading needs nothing; writing needs the ledger's own key."""

    def __init__(
        self, recorder: LedgerRecorder, place: Place | None, writing: Writing | None = None
    ) -> None:
        """Wrap an open recorder; use `create` or `open` instead."""
        super().__init__(recorder, place)
        writing = writing or Writing()
        self._signer = writing.signer
        self._roots = admission.SeenRoots(recorder)
        self._high_water = None if writing.high_water is None else HighWater(writing.high_water)
        self._published = writing.published
        self._clock = writing.clock or system_clock
        self._foreign_clock = writing.clock is not None
        self._label = Recorder(
            software=SOFTWARE,
            version=__version__,
            installation=writing.installation or installation(),
        )

    @classmethod
    def create(
        cls, url: str, opening: Submission, writing: Writing, roles: Roles | None = None
    ) -> Self:
        """Make a ledger whose entry 0 is this signed LedgerOpened.

        Args:
            url: a path, `sqlite:///PATH`, `postgresql://…`, or `sqlite://` for one in memory.
            opening: the signed LedgerOpened.
            writing: the ledger's own key, the one that LedgerOpened names, and what goes with it.
            roles: who may write to a database, and read it.

        Raises:
            Conflict: STORE-EXISTS.
            Refused: NOT-THE-OPENING, OPENING-…, LEDGER-KEY, CLOCK-FOREIGN.
            Tampered: STORE-BEHIND where the high-water file shows another ledger's answers.
            Malformed, Unavailable: ZONE-UNKNOWN, or as `append`.
        """
        place = place_of(url)
        ledger_opened = decode_statement(opening.envelope.statement_bytes()).data
        if not isinstance(ledger_opened, LedgerOpened):
            raise Refused("NOT-THE-OPENING", "entry 0 is LedgerOpened")
        recorder, discard = create_place(place, roles)
        ledger = cls(recorder, place, writing)
        try:
            ledger._check_clock_is_allowed(ledger_opened)
            load_zone(ledger_opened.zone)
            if ledger._high_water is not None:  # of a ledger that was here before
                ledger._high_water.compare(lambda: 0, ledger.root_at)
            ledger.append(opening)
        except BaseException:
            ledger.close()
            discard()
            raise
        return ledger

    @classmethod
    def open(cls, url: str, writing: Writing | None = None) -> Self:
        """Open an existing ledger, for reading, or for writing when the ledger's key is given.

        Raises:
            Unavailable, Malformed, Tampered: as `ledger.auditing.open_for_audit`; STORE-BEHIND,
                STORE-DIFFERENT, PUBLISHED-… or HIGH-WATER-… where it may not continue what was
                shown; URL.
            Refused: LEDGER-KEY for another key than the ledger's, CLOCK-FOREIGN.
        """
        place = place_of(url)
        if place is None:
            raise Malformed("URL", "a ledger in memory cannot be opened again", where=url)
        readonly = writing is None or writing.signer is None
        ledger = cls(open_place(place, readonly=readonly), place, writing)
        try:
            ledger._check_may_write()
        except BaseException:
            ledger.close()
            raise
        return ledger

    def close(self) -> None:
        """Release the store and the high-water file."""
        if self._high_water is not None:
            self._high_water.close()
        super().close()

    # --- drafting ---------------------------------------------------------------------------

    def draft(
        self, data: EventData, by: Signatory, given: Circumstances, others: Sequence[Signatory] = ()
    ) -> Draft:
        """Return what these signatories are to sign, checked as a reader will check it.

        Args:
            data: what the event type carries.
            by: whose word it is, with its key.
            given: when, on what ground, with what evidence.
            others: who signs the same bytes too.

        Raises:
            Malformed: whatever `ledger.events.encode_statement` refuses.
        """
        annex = make_annex(given.sealed, given.salt) if given.sealed else None
        statement = Statement(
            ledger=self.origin,
            id=given.id or new_id(self._clock()),
            type=type_name(data),
            occurred=given.occurred,
            asserted_by=by.party,
            basis=given.basis,
            signatories=signatories(by, *others),
            corrects=given.corrects,
            references=canonical.ordered(*given.references),
            documents=canonical.ordered(*(one.reference() for one in given.documents)),
            annex=None if annex is None else sha256(annex).hexdigest(),
            seen=self.seen(),
            data=data,
        )
        encode_statement(statement)
        sealed = () if annex is None else (annex,)
        return Draft(statement, (*(one.data for one in given.documents), *sealed))

    # --- appending --------------------------------------------------------------------------

    def append(self, submission: Submission, *, new_key: Signer | None = None) -> Receipt:
        """Record one signed statement and return its receipt once it is durable.

        Args:
            submission: the envelope and what belongs to it.
            new_key: the ledger's next key, where the statement is LedgerKeyRotated.

        Raises:
            Malformed, Refused, Conflict: why it cannot be recorded; nothing was written.
                READ-ONLY, SIGNER-FAULTY and ROTATION-KEY are about the ledger's own keys.
            Unavailable: the store is busy, full or read-only, CLOCK-BEHIND; nothing was written.
                ANSWER-WITHHELD: it is recorded, and the high-water file does not say so.
                COMMIT-UNKNOWN: whether it is recorded could not be read back.
            Tampered: STORE-INCONSISTENT; nothing was written.
        """
        return self.append_many([submission], new_key=new_key)[0]

    def append_many(
        self, submissions: Sequence[Submission], *, new_key: Signer | None = None
    ) -> list[Receipt]:
        """Record signed statements in order, all or none, in one transaction with one checkpoint.

        Raises:
            Malformed: BATCH-SIZE for none or more than 10,000.
            Refused: READ-ONLY. Otherwise as `append`; `where` names the submission.
        """
        if not 0 < len(submissions) <= BATCH_MAX:
            raise Malformed(
                "BATCH-SIZE", f"a batch has 1 to {BATCH_MAX:,} events, not {len(submissions):,}"
            )
        if self._signer is None:
            raise Refused(
                "READ-ONLY", "this ledger was opened for reading", hint="give the ledger's own key"
            )
        with seldom_collected():
            prepared = admission.prepare(submissions, self.authority)
            with self._folding:  # a rotation by another thread replaces the signer
                self._commit(prepared, batch := Batch(self._signer, new_key))
        return list(batch.receipts(self))

    def _commit(self, prepared: Sequence[admission.Prepared], batch: Batch) -> None:
        """Write a batch, and do what follows from its being durable."""
        try:
            self._recorder.transact(lambda transaction: self._write(transaction, prepared, batch))
        except BaseException as error:
            self._forget_authority()  # it may hold what was rolled back
            if not (isinstance(error, LedgerError) and batch.is_committed(self, error)):
                raise
        key, size = batch.new_key, batch.head.size
        if key is not None and key.public_key == self.authority.checkpoint_key(size):
            self._signer = key
        if self._high_water is not None:  # before any answer: what was shown cannot be denied
            batch.note(self._high_water)

    def _write(
        self, transaction: Transaction, prepared: Sequence[admission.Prepared], batch: Batch
    ) -> None:
        """Decide each submission alone and in order, under the lock, and seal what is new."""
        batch.begin(transaction.head, self._forget_authority)
        self._catch_up(transaction.control_since(self._folded))
        self._check_control(transaction.head)
        self._roots.learn(transaction.head.frontier)
        if len(prepared) > 1:
            transaction.look_ahead(admission.tags_asked_for(prepared))
        standing = admission.Standing(self._authority)
        recorded_at, control = self._now(batch.head.recorded_at), batch.head.control
        for position, one in enumerate(prepared):
            with admission.naming(position, len(prepared)):
                repeated = admission.admit(one, transaction, standing, self._roots)
                if repeated is None:
                    batch.check_order(one.statement)
            if repeated is not None:
                admission.keep_missing(one, repeated, transaction, self._authority)
                batch.outcomes.append((repeated.id, repeated.index, True))
                continue
            index = transaction.size
            entry = OpenEntry(
                envelope=one.envelope,
                recorded_at=recorded_at,
                recorder=self._label,
                control=control,
            )
            new = NewEntry(one.statement.type, encode_entry(entry), one.tags)
            if is_control(one.statement):
                standing.apply(index, one.statement)
                self._folded = control = index
            transaction.append(
                [new], recorded_at=recorded_at, control=control, documents=one.documents
            )
            disposed = disposed_document(one.statement)
            if disposed is not None:
                transaction.remove_document(disposed)
            batch.outcomes.append((one.statement.id, index, False))
        if transaction.size > transaction.head.size:
            self._seal(transaction, batch)

    def _seal(self, transaction: Transaction, batch: Batch) -> None:
        signers = batch.checkpoint_signers()
        check_key(batch.signer, self._authority.checkpoint_key(transaction.size - batch.rotated))
        origin = self._authority.opened.origin
        batch.head = transaction.seal(
            lambda size, root: sign_checkpoint(Checkpoint(origin, size, root), signers),
            anchor=batch.rotated,
        )
        batch.sealed = True

    # --- what must hold before writing --------------------------------------------------------

    def _check_may_write(self) -> None:
        """Refuse a store that is behind what was shown, another key, a clock of one's own."""
        self._check_clock_is_allowed(self.opening)
        if self._high_water is not None:
            self._high_water.compare(lambda: self.size, self.root_at)
        if self._published is not None:
            check_published(self, self._published)
        if self._signer is not None:
            check_key(self._signer, self._authority.checkpoint_key(self.size))

    def _check_clock_is_allowed(self, opening: LedgerOpened) -> None:
        if self._foreign_clock and opening.purpose != "demonstration":
            raise Refused(
                "CLOCK-FOREIGN", "a clock of one's own is allowed in a demonstration only"
            )

    def _now(self, newest: str) -> str:
        """Return max(clock, previous) as `recorded_at`.

        Raises:
            Unavailable: CLOCK-BEHIND when the clock is more than five minutes behind the log.
        """
        now = self._clock()
        if not newest:
            return recorded_text(now)
        is_record = self._authority.opened.purpose == "record"
        if is_record and parse_recorded(newest) - now > CLOCK_BEHIND_MAX:
            raise Unavailable(
                "CLOCK-BEHIND",
                f"this machine's clock is behind the newest entry ({newest})",
                hint="set the clock; entries are never dated before the ones they follow",
            )
        return max(recorded_text(now), newest)
