"""Hands in the store: a copy of it is altered behind its triggers, and must not pass an audit."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import EMPTY_FRONTIER, leaf_hash
from ledger.log.tiles import new_tiles
from ledger.store.source import StoreSource
from ledger.store.sqlite import SQLiteRecorder
from tests.harness import ORIGIN, signer_of
from tests.simulator import checks
from tests.simulator.attackers import policy
from tests.simulator.world import WITNESS, World

ALTERED = (
    "UPDATE entry SET data = CAST(replace(data, 'recorder', 'recorded') AS BLOB) WHERE idx = ?",
    "UPDATE entry SET leaf = zeroblob(32) WHERE idx = ?",
    "UPDATE entry SET type = 'Other.v1' WHERE idx = ?",
    "DELETE FROM entry WHERE idx = ?",
    "DELETE FROM entry_tag WHERE idx = ?",
    "UPDATE tree SET control = control + 1 + 0 * ?",
    "UPDATE tree SET recorded_at = '2020-01-01T00:00:00.000000Z' WHERE 0 <= ?",
    "INSERT INTO document VALUES ('" + "0" * 64 + "', CAST(? AS BLOB))",
    "UPDATE document SET bytes = CAST(bytes || ? AS BLOB)",
)
"""What a careless hand does to a store; `?` is an entry's index."""


def tamper(world: World) -> None:
    """Somebody alters a copy of the store behind its triggers."""
    sql = world.chance.choice(ALTERED)
    index = world.chance.randrange(world.ledger.size)
    with copied(world) as path:
        with closing(sqlite3.connect(path)) as raw:
            _without_triggers(raw)
            raw.execute(sql, (index,))
            if not raw.total_changes:  # there is no document
                return
            raw.commit()
        recorder = SQLiteRecorder.open(path, readonly=True)
        with recorder:
            what = f"{sql[:18]}… of entry {index}"
            checks.expect(
                world, what, StoreSource(recorder, path), world.trust(), "FAIL", "UNDECIDED"
            )


def rewrite(world: World) -> None:
    """The operator alters an entry and makes anew what follows: all of it, or no checkpoint."""
    index = world.chance.randrange(1, world.ledger.size)
    signs = world.chance.random() < 0.5
    with copied(world) as path:
        with closing(sqlite3.connect(path)) as raw:
            _without_triggers(raw)
            [[data]] = raw.execute("SELECT data FROM entry WHERE idx = ?", (index,))
            altered = data.replace(b'"installation":"', b'"installation":"x')
            raw.execute(
                "UPDATE entry SET data = ?, leaf = ? WHERE idx = ?",
                (altered, leaf_hash(altered), index),
            )
            leaves = [one for [one] in raw.execute("SELECT leaf FROM entry ORDER BY idx")]
            tree = EMPTY_FRONTIER.extend(leaves)
            raw.execute("UPDATE tree SET frontier = ?", (tree.to_bytes(),))
            for level, n, hashes in new_tiles(0, leaves, _no_hashes):
                raw.execute("UPDATE tile SET hashes = ? WHERE (level, n) = (?, ?)",
                            (hashes, level, n))  # fmt: skip
            if signs:
                signer = signer_of(world.ledger_keys[-1])
                note = sign_checkpoint(Checkpoint(ORIGIN, tree.size, tree.root()), [signer])
                raw.execute("UPDATE tree SET checkpoint = ?", (note,))
                raw.execute("DELETE FROM anchor")
            raw.commit()
        recorder = SQLiteRecorder.open(path, readonly=True)
        with recorder:
            notes = tuple(world.memory.notes(beyond=index)) if signs else ()
            source = StoreSource(recorder, path)
            what = f"entry {index} written anew {'with' if signs else 'without'} a checkpoint"
            checks.expect(world, what, source, world.trust(checkpoints=notes), "FAIL")


def _no_hashes(level: int, n: int, width: int) -> bytes:
    raise AssertionError((level, n, width))


def unwitnessed(world: World) -> None:
    """The operator hides what the witness said: who asks for it does not get a PASS."""
    with copied(world) as path:
        with closing(sqlite3.connect(path)) as raw:
            _without_triggers(raw)
            raw.execute("DELETE FROM anchor WHERE instr(note, ?) > 0", (WITNESS.encode(),))
            raw.commit()
        recorder = SQLiteRecorder.open(path, readonly=True)
        with recorder:
            trust = world.trust(policy=policy(world))
            source = StoreSource(recorder, path)
            checks.expect(world, "without the witness's word", source, trust, "UNDECIDED")


def _without_triggers(raw: sqlite3.Connection) -> None:
    for [name] in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute("PRAGMA ignore_check_constraints = ON")


@contextmanager
def copied(world: World) -> Iterator[Path]:
    """Yield a copy of the store elsewhere."""
    path = world.away / "copy.db"
    world.ledger.backup(path)
    yield path
    for one in path.parent.glob("copy.db*"):
        one.unlink()
