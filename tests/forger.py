"""An operator gone wrong: entries written straight into a store, past all admission.

It holds the ledger's own key, so its tree and checkpoint are always those of what it wrote. Keys of
parties it has only where a story gives them to it.
"""

import json
import sqlite3
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import timedelta

from msgspec import structs

from ledger import canonical
from ledger.draft import Submission
from ledger.entry import (
    Entry,
    Event,
    Recorder,
    encode_entry,
    is_control,
    read_event,
    tags_of,
)
from ledger.errors import LedgerError
from ledger.events import decode_statement
from ledger.events.base import EventData, Seen, Statement, WireStatement
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import leaf_hash
from ledger.occurred import recorded_text
from ledger.signing.envelope import Envelope, seal, sign
from ledger.store.reader import Anchor
from ledger.store.recorder import LedgerRecorder
from ledger.store.source import StoreSource
from ledger.store.sqlite import SQLiteRecorder
from ledger.store.transaction import NewEntry, Transaction
from tests.harness import ORIGIN, START, Story, signer_of
from tests.trees import root_of

Sign = Callable[[int, bytes], bytes]


def signed_by(*names: str, origin: str = ORIGIN) -> Sign:
    """Return what signs checkpoints with the keys of these names."""
    signers = [signer_of(name) for name in names]
    return lambda size, root: sign_checkpoint(Checkpoint(origin, size, root), signers)


def envelope_of(statement: Statement | WireStatement, *keys: str) -> Envelope:
    """Sign a statement, well-formed or not, with the keys of these names, in this order."""
    payload = canonical.encode(statement)
    return seal(payload, [sign(payload, signer_of(key)) for key in keys])


class Forger:
    """A log in the making. It starts as a copy of a story's, without what is left out.

    Attributes:
        story: who drafts statements, and what was really said.
        lines: the entries so far.
        documents: what the store will hold, by SHA-256.
        anchors: what it will keep of checkpoints shown.
        control: position of the newest control entry.
        sign: what signs its checkpoint.
    """

    def __init__(
        self, story: Story, stop: int | None = None, *, without: Iterable[int] = ()
    ) -> None:
        self.story = story
        self.lines: list[NewEntry] = []
        self.documents: dict[str, bytes] = {}
        self.anchors: list[Anchor] = []
        self.sign = signed_by("ledger")
        self.control = 0
        self._recorded_at = ""
        self._recorder = Recorder(software="chipledger", version="1", installation="test")
        missing = set(without)
        for event in story.ledger.read(0, stop):
            if event.index not in missing:
                self._recorder = event.entry.recorder
                self.write(event.entry.envelope, recorded_at=event.entry.recorded_at)
                for name in _names(event.statement):
                    self.documents[name] = story.ledger.document(name) or b""

    @property
    def size(self) -> int:
        return len(self.lines)

    @property
    def root(self) -> bytes:
        """Root over what is written so far."""
        return root_of(leaf_hash(line.data) for line in self.lines)

    def seen(self) -> Seen:
        """Return what a signer would see of the forged log now."""
        return Seen(size=self.size, root=self.root.hex())

    def event(self, index: int) -> Event:
        """Return an event as it is written."""
        return read_event(index, self.lines[index].data)

    def say(self, data: EventData, by: str, *others: str, **given: object) -> int:
        """Write an event that `by` and the others really sign, having seen this log.

        Documents that it names are not delivered.
        """
        statement = self.story.draft(data, by, *others, **given).statement  # type: ignore[arg-type]  # by name
        keys = {self.story.signatory(one).key: self.story.keys[one] for one in (by, *others)}
        signers = [keys[one.key] for one in statement.signatories]
        return self.write(envelope_of(structs.replace(statement, seen=self.seen()), *signers))

    def submit(self, submission: Submission) -> int:
        return self.write(submission.envelope)

    def write(
        self, envelope: Envelope, *, recorded_at: str | None = None, control: int | None = None
    ) -> int:
        """Write an envelope as the next entry, with whatever stands around it."""
        data = self.entry_bytes(envelope, recorded_at=recorded_at, control=control)
        payload = envelope.statement_bytes()
        try:
            statement = decode_statement(payload)
        except LedgerError:  # of a type that this version does not know
            return self.write_bytes(data, json.loads(payload)["type"])
        if is_control(statement):
            self.control = self.size
        return self.write_bytes(data, statement.type, tags_of(statement))

    def entry_bytes(
        self, envelope: Envelope, *, recorded_at: str | None = None, control: int | None = None
    ) -> bytes:
        """Return the entry that an envelope would be."""
        clock = recorded_text(START + timedelta(days=1, seconds=self.size))
        self._recorded_at = recorded_at or max(clock, self._recorded_at)
        return encode_entry(
            Entry(
                envelope=envelope,
                recorded_at=self._recorded_at,
                recorder=self._recorder,
                control=self.control if control is None else control,
            )
        )

    def write_bytes(self, data: bytes, kind: str = "Other.v1", tags: Collection[str] = ()) -> int:
        """Write any bytes as the next entry."""
        self.lines.append(NewEntry(kind, data, tags))
        return self.size - 1

    def source(self) -> StoreSource:
        """Return the store of what was written, sealed."""
        source = _in_memory()
        source._recorder.transact(self._seal)
        return source

    def _seal(self, transaction: Transaction) -> None:
        transaction.append(
            self.lines,
            recorded_at=self._recorded_at,
            control=self.control,
            documents=self.documents,
        )
        transaction.seal(self.sign)
        for anchor in self.anchors:
            transaction.add_anchor(anchor)


def _names(statement: Statement) -> Iterator[str]:
    yield from (one.sha256 for one in statement.documents)
    if statement.annex is not None:
        yield statement.annex


def behind_triggers(source: StoreSource) -> sqlite3.Connection:
    """Return a source's database as somebody has it whom neither triggers nor checks hinder."""
    connection = _raw(source._recorder)
    for name in ("entry_insert", "entry_update", "entry_delete"):
        connection.execute(f"DROP TRIGGER IF EXISTS {name}")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    return connection


def copied(story: Story) -> StoreSource:
    """Return a copy of a story's whole store, to be altered."""
    source = _in_memory()
    _raw(story.ledger._recorder).backup(_raw(source._recorder))
    return source


def _in_memory() -> StoreSource:
    """Return an empty store that is closed when nobody looks at it any more."""
    recorder = SQLiteRecorder.create(":memory:")
    source = StoreSource(recorder, None)
    weakref.finalize(source, recorder.close)
    return source


def _raw(recorder: LedgerRecorder) -> sqlite3.Connection:
    connection: sqlite3.Connection = recorder._db._raw  # type: ignore[attr-defined]  # of SQLite
    return connection
