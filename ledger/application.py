"""The ledger as a library: create, open, draft, append, read, checkpoint, prove.

The only writer. Everything that a command line or a service does to a ledger goes through here.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Self

from ledger import canonical
from ledger.appending import BATCH_MAX, Appender
from ledger.auditing import check_published
from ledger.collector import seldom_collected
from ledger.draft import Circumstances, Draft, Submission, make_annex, type_name
from ledger.errors import LedgerError, Malformed, Refused
from ledger.events import decode_statement, encode_statement
from ledger.events.base import EventData, Signatory, Statement, new_id, signatories
from ledger.events.ledger import LedgerOpened
from ledger.occurred import load_zone
from ledger.place import Roles, place_of
from ledger.preparing import Examined, none_refused, prepare_each
from ledger.signing.signer import Signer
from ledger.store.places import create_place, open_place
from ledger.writing import (
    Batch,
    Receipt,
    Writing,
    check_key,
)


class Ledger(Appender):
    """One open ledger. Reading needs nothing; writing needs the ledger's own key."""

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
        self._check_batch(submissions)
        return self._append(submissions, self._examined(submissions), new_key)

    def append_stream(self, submissions: Iterable[Submission]) -> Iterator[list[Receipt]]:
        """Record signed statements in order, 10,000 in a transaction, without an end.

        While one transaction is written, the helpers (`Writing.helpers`) look at the next. What
        was answered stays recorded when a later one is refused: mend that one and give the same
        again; what is recorded is answered, and not repeated.

        Yields:
            The receipts of each transaction, once it is durable.

        Raises:
            Malformed, Refused, Conflict, Unavailable, Tampered: as `append_many`; nothing of that
                transaction was written.
        """
        rest = iter(submissions)
        batch = list(islice(rest, BATCH_MAX))
        examined = self._examined(batch)
        while batch:
            following = list(islice(rest, BATCH_MAX))
            ahead = self._examined(following)
            yield self._append(batch, examined, None)
            batch, examined = following, ahead

    def _append(
        self,
        submissions: Sequence[Submission],
        examined: Iterator[Examined],
        new_key: Signer | None,
    ) -> list[Receipt]:
        with seldom_collected():
            prepared = none_refused(prepare_each(submissions, self.public_key_of, examined))
            with self._folding:  # a rotation by another thread replaces the signer
                self._commit(prepared, batch := Batch(self._key, new_key))
        return batch.receipts(self)

    def append_each(self, submissions: Sequence[Submission]) -> list[Receipt | LedgerError]:
        """Record what several parties submit in one transaction, each decided alone and in order.

        What is refused says nothing about the others. A rotation of the ledger's key is refused:
        it ends a commit of its own.

        Returns:
            The receipt of each, or the Malformed, Refused or Conflict that says why it has none.

        Raises:
            Malformed, Refused: BATCH-SIZE, READ-ONLY.
            Unavailable, Tampered: as `append`; nothing was written.
        """
        self._check_batch(submissions)
        with seldom_collected():
            prepared = prepare_each(submissions, self.public_key_of, self._examined(submissions))
            with self._folding:
                self._commit(prepared, batch := Batch(self._key, None, each=True))
        return list(batch.answers(self))

    def present_documents(self, names: Iterable[str]) -> frozenset[str]:
        """Return those of these SHA-256 of which the store holds a document or annex."""
        return self._recorder.present_documents(names)

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
