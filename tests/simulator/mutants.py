"""Faults put into the product or its disk on purpose: the simulator must find each of them."""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from commands.witness.witness import Witness
from ledger import authority, history
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import EMPTY_FRONTIER
from ledger.occurred import recorded_text
from ledger.store import schema
from ledger.store.connection import Connection, Values
from ledger.store.highwater import HighWater
from ledger.verify.conditions import CONDITIONS, STEPS
from ledger.verify.report import Findings, Mark
from projections import applying
from tests.harness import ORIGIN, signer_of
from tests.model_disk import ModelDisk
from tests.system_calls import Call

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]


def commits_do_not_wait(patch: Patch) -> None:
    """`PRAGMA synchronous = OFF`: a commit is not on the disk when it is answered."""
    run = Connection.run

    def mutated(self: Connection, sql: str, values: Values = ()) -> None:
        run(self, sql.replace("synchronous = FULL", "synchronous = OFF"), values)

    patch.setattr(Connection, "run", mutated)


def a_sync_is_dropped(patch: Patch) -> None:
    """The disk says that the write-ahead log is there, and it is not."""
    do = ModelDisk.do

    def mutated(self: ModelDisk, call: Call) -> None:
        if not (call.name == "fsync" and call.path.endswith("-wal")):
            do(self, call)

    patch.setattr(ModelDisk, "do", mutated)


def a_row_is_forgotten(patch: Patch) -> None:
    """A store that lacks its last entry when it is opened again, and whose opening checks nothing.

    Tree, tags and checkpoint are made as if it had never been.
    """
    high_water_is_not_read(patch)
    opened = schema.open_file

    def mutated(path: Path, *, readonly: bool) -> Connection:
        if not readonly and path.name == "ledger.db" and path.parent.name == "home":
            with closing(sqlite3.connect(path)) as raw:
                _forget(raw)
        return opened(path, readonly=readonly)

    patch.setattr(schema, "open_file", mutated)


def _forget(raw: sqlite3.Connection) -> None:
    triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        raw.execute(f"DROP TRIGGER {name}")
    [last] = raw.execute("SELECT max(idx) FROM entry").fetchone()
    raw.execute("DELETE FROM entry WHERE idx = ?", (last,))
    raw.execute("DELETE FROM entry_tag WHERE idx = ?", (last,))
    tree = EMPTY_FRONTIER.extend(
        [leaf for [leaf] in raw.execute("SELECT leaf FROM entry ORDER BY idx")]
    )
    note = sign_checkpoint(Checkpoint(ORIGIN, tree.size, tree.root()), [signer_of("ledger")])
    [control] = raw.execute("SELECT max(idx) FROM entry_tag WHERE tag = 'control:1'").fetchone()
    raw.execute(
        "UPDATE tree SET size = ?, frontier = ?, checkpoint = ?, control = ?",
        (tree.size, tree.to_bytes(), note, control),
    )
    for _, sql in triggers:
        raw.execute(sql)
    raw.commit()


def high_water_is_not_read(patch: Patch) -> None:
    """Opening compares nothing with the high-water file."""
    patch.setattr(HighWater, "compare", lambda *_: None)


def witness_does_not_compare(patch: Patch) -> None:
    """A witness that cosigns whatever the ledger's key signed."""
    patch.setattr(Witness, "_check_consistent", lambda self, *_: int(self._clock()))


def witness_believes_proofs(patch: Patch) -> None:
    """A witness that compares sizes and does not look into the consistency proof."""
    patch.setattr("commands.witness.witness.verify_consistency", lambda *_: True)


def ids_may_be_used_again(patch: Patch) -> None:
    """What is sent again is recorded again."""
    patch.setattr(history, "recorded_before", lambda *_: None)
    patch.setattr(history, "check", lambda *_: None)


def revocations_do_not_count(patch: Patch) -> None:
    """A key signs for ever once it is enrolled, for admission as for audits."""
    patch.setattr(authority.EnrolledKey, "in_force", lambda self, index: self.enrolled < index)


def clock_may_be_behind(patch: Patch) -> None:
    """What a clock far behind the log says is no reason to refuse."""
    patch.setattr(
        "ledger.appending.next_recorded",
        lambda now, newest, is_record: max(recorded_text(now), newest) or is_record,
    )


def earlier_pages_are_forgotten(patch: Patch) -> None:
    """Read models that catch up do not know which versions came in an earlier page."""
    patch.setattr(applying, "_versions", lambda *_: [])


def skips(step: int) -> Mutant:
    """Return the mutant whose verifier says nothing of what one step finds."""

    def mutant(patch: Patch) -> None:
        add = Findings.add

        def mutated(self: Findings, marks: Iterable[Mark]) -> None:
            add(self, [one for one in marks if CONDITIONS[one.code].step != step])

        patch.setattr(Findings, "add", mutated)

    return mutant


MUTANTS: dict[str, Mutant] = {
    one.__name__.replace("_", " "): one
    for one in (
        commits_do_not_wait,
        a_sync_is_dropped,
        a_row_is_forgotten,
        high_water_is_not_read,
        witness_does_not_compare,
        witness_believes_proofs,
        ids_may_be_used_again,
        revocations_do_not_count,
        clock_may_be_behind,
        earlier_pages_are_forgotten,
    )
} | {f"verifier skips step {step}": skips(step) for step in STEPS}
"""By name. The last ten are of the verifier: one for each of its steps."""
