"""Tampering without gaps: every byte of a ledger of 200 entries, every value of every byte.

Three kinds of hands reach in. Somebody changes a byte in the store. An operator with the ledger's
own key changes a byte and makes everything around it anew: leaf, tags, tree row and checkpoint. And
every value of every byte of one entry of each type goes through the judge that sees an entry in a
log that is consistent in itself. Never does an audit say PASS; what is excepted stands in a table.

The tests that are not marked slow try a part of the same, and take their seed from
`CHIPLEDGER_SEED` too.
"""

import contextlib
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from random import Random
from typing import Any

import pytest
from msgspec import structs

from ledger.entry import Event, decode_entry, encode_entry, read_event, tags_of
from ledger.errors import LedgerError
from ledger.events import EVENT_TYPES
from ledger.log.leaves import Leaves
from ledger.log.merkle import EMPTY_FRONTIER, leaf_hash
from ledger.log.tiles import TILE_WIDTH
from ledger.store.source import StoreSource
from ledger.verify.audit import audit
from ledger.verify.chunk import ChunkJudge, ChunkResult
from ledger.verify.control import read_control
from ledger.verify.live import tile_marks
from ledger.verify.reduce import Reducer
from ledger.verify.report import Mark, Report
from ledger.verify.tags import stored_sum
from tests.forger import behind_triggers, copied, signed_by
from tests.forgeries import tiled
from tests.harness import Story, codes
from tests.two_hundred import LEDGER_KEY, SIZE, two_hundred

Property = Callable[[str, object], None]

SEED = os.environ.get("CHIPLEDGER_SEED", "200")
ENTRIES_A_SHARD = 4
BYTES_CHANGED_FAST = 60
RESEALED_FAST = 20
RESEALED_SHARDS = 12
RESEALED_A_SHARD = 800
UNSEEN_A_TYPE = 20
UNSEEN_A_TYPE_FAST = 1
TILE_SHARDS = 4
STEP = 293
"""Every so manieth byte is tried with all values in the fast part."""

OWN_WORD = ("recorded_at", "recorder")
"""Fields of an entry that nobody signs: the operator's own word, shown as its claim. Changed in the
newest entry, before anybody has seen the checkpoint over it, they leave no trace; in any other,
later signers had seen another root (SEEN-DIFFERS), and a checkpoint kept outside tells always."""

UNTOLD = {
    ("tree", "one"): "says nothing: it keeps the row alone",
    ("anchor", "token"): "a time stamp; listed as not checked while no policy asks for it",
}
"""Columns whose change an audit does not notice, and why."""

ELSEWHERE = {
    ("entry", "idx"), ("entry", "data"), ("entry_tag", "tag"), ("entry_tag", "idx"),
    ("tile", "hashes"), ("tile", "level"), ("tile", "n"),
}  # fmt: skip
"""Columns that have tests of their own, here or in `test_tamper.py`."""


def seeded(*words: object) -> Random:
    """Return a generator for one purpose: the same in every run with one seed."""
    return Random(f"{SEED} {words}")


def changed(data: bytes, position: int, value: int) -> bytes:
    return data[:position] + bytes((value,)) + data[position + 1 :]


def another(random: Random, data: bytes, position: int) -> bytes:
    """Return the bytes with the one at a position changed to another value."""
    return changed(data, position, (data[position] + random.randint(1, 255)) % 256)


class Store:
    """A copy of a story's store, and hands that reach behind its triggers."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.trust = story.trust()
        self.source = copied(story)
        self.db = behind_triggers(self.source)
        self.lines = [row.data for row in self.source.rows(0, self.source.size())]

    def run(self, sql: str, *values: object) -> None:
        self.db.execute(sql, values)

    def audit(self) -> Report:
        """Audit it as it is now."""
        return audit(StoreSource(self.source._recorder, None), self.trust)

    def undone(self, change: Callable[[], None]) -> Report:
        """Audit it after a change, and take the change back."""
        self.run("SAVEPOINT before")
        change()
        report = self.audit()
        self.run("ROLLBACK TO before")
        self.run("RELEASE before")
        return report

    def put(self, index: int, data: bytes) -> Report:
        """Change an entry's bytes and nothing else."""
        return self.undone(lambda: self.run("UPDATE entry SET data = ? WHERE idx = ?", data, index))

    def resealed(self, index: int, data: bytes) -> Report:
        """Change an entry's bytes, and make all that follows from them anew, as its operator can.

        Tags and type are those of the new bytes where these are an event, else they stay.
        """
        return self.undone(lambda: self._reseal(index, data))

    def _reseal(self, index: int, data: bytes) -> None:
        lines = [*self.lines[:index], data, *self.lines[index + 1 :]]
        self.run("UPDATE entry SET data = ?, leaf = ? WHERE idx = ?", data, leaf_hash(data), index)
        event = _event(index, data)
        if event is not None:
            statement = event.statement
            self.run("UPDATE entry SET type = ? WHERE idx = ?", statement.type, index)
            self.run("DELETE FROM entry_tag WHERE idx = ?", index)
            for tag in tags_of(statement):
                self.run("INSERT INTO entry_tag VALUES (?, ?)", tag, index)
        frontier = EMPTY_FRONTIER.extend([leaf_hash(line) for line in lines])
        note = signed_by(LEDGER_KEY)(frontier.size, frontier.root())
        self.run("UPDATE tree SET frontier = ?, checkpoint = ?", frontier.to_bytes(), note)
        for (size,) in self.db.execute("SELECT size FROM anchor").fetchall():  # the hand-over
            root = EMPTY_FRONTIER.extend([leaf_hash(line) for line in lines[:size]]).root()
            note = signed_by("ledger", LEDGER_KEY)(size, root)
            self.run("UPDATE anchor SET note = ? WHERE size = ?", note, size)
        if event is not None and event.entry.recorded_at > self._newest_recorded(index):
            self.run("UPDATE tree SET recorded_at = ?", event.entry.recorded_at)

    def _newest_recorded(self, without: int) -> str:
        newest = len(self.lines) - 1
        return decode_entry(self.lines[newest - (newest == without)]).recorded_at


def _event(index: int, data: bytes) -> Event | None:
    try:
        return read_event(index, data)
    except LedgerError:
        return None


@cache
def store() -> Store:
    """Return the one copy of the ledger of 200 entries that is changed and put back."""
    return Store(two_hundred())


# --- a byte changed in the store ------------------------------------------------------------


def check_plain(index: int, position: int, random: Random) -> None:
    """The audit ends before any signature is looked at: in the tree, or in the control chain."""
    data = store().lines[index]
    report = store().put(index, another(random, data, position))
    assert report.verdict == "FAIL", (index, position)
    assert report.steps[5].verdict == "NOT REACHED"


def test_some_bytes_of_each_kind_of_entry_are_changed_in_the_store(
    record_property: Property,
) -> None:
    random = seeded("plain")
    for _ in range(BYTES_CHANGED_FAST):
        index = random.randrange(SIZE)
        check_plain(index, random.randrange(len(store().lines[index])), random)
    assert store().audit().verdict == "PASS"
    record_property("counted", f"bytes of 200 entries changed in the store: {BYTES_CHANGED_FAST}")


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, SIZE, ENTRIES_A_SHARD))
def test_every_byte_of_every_entry_is_changed_in_the_store(
    start: int, record_property: Property
) -> None:
    cases = 0
    for index in range(start, start + ENTRIES_A_SHARD):
        random = seeded("plain", index)
        for position in range(len(store().lines[index])):
            check_plain(index, position, random)
            cases += 1
    assert store().audit().verdict == "PASS"
    record_property("cases", cases)


# --- a byte changed by the operator, and everything made anew -------------------------------


def check_resealed(random: Random, met: Counter[str]) -> None:
    index = random.randrange(SIZE - 1)
    data = store().lines[index]
    position = random.randrange(len(data))
    report = store().resealed(index, another(random, data, position))
    assert report.verdict != "PASS", (index, position)
    assert "ROOT-DIFFERS" not in codes(report)
    met.update(codes(report))


def test_some_bytes_are_changed_by_the_operator_who_signs_the_tree_anew(
    record_property: Property,
) -> None:
    assert store().resealed(SIZE - 1, store().lines[-1]).verdict == "PASS"
    random, met = seeded("resealed"), Counter[str]()
    for _ in range(RESEALED_FAST):
        check_resealed(random, met)
    record_property("counted", f"bytes changed and the tree signed anew: {RESEALED_FAST}")


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(RESEALED_SHARDS))
def test_many_bytes_are_changed_by_the_operator_who_signs_the_tree_anew(
    shard: int, record_property: Property
) -> None:
    random, met = seeded("resealed", shard), Counter[str]()
    for _ in range(RESEALED_A_SHARD):
        check_resealed(random, met)
    assert store().audit().verdict == "PASS"
    record_property("cases", RESEALED_A_SHARD)
    record_property("counted", f"conditions met, shard {shard}: {dict(met.most_common())}")


def test_the_newest_entry_is_the_operators_word_until_somebody_sees_it() -> None:
    """That is the exception above, told as it is: only what was kept outside shows it."""
    newest = SIZE - 1
    entry = decode_entry(store().lines[newest])
    ledger = two_hundred().ledger
    recorder = structs.replace(entry.recorder, installation="elsewhere")
    for other in (
        structs.replace(entry, recorder=recorder),
        structs.replace(entry, recorded_at="2026-12-31T00:00:00.000000Z"),
    ):
        data = encode_entry(other)
        assert store().resealed(newest, data).verdict == "PASS"
        store().trust = two_hundred().trust(checkpoints=(ledger.checkpoint(),))
        try:
            assert codes(store().resealed(newest, data)) == {"CHECKPOINT-OLD-DIFFERS"}
        finally:
            store().trust = two_hundred().trust()


# --- every value of every byte --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as a store would hold it whose columns were made to fit."""

    index: int
    type: str
    data: bytes
    leaf: bytes


class Judge:
    """The map pass and the reduce over the ledger of 200 entries with one entry changed."""

    def __init__(self) -> None:
        story = two_hundred()
        control = read_control(story.ledger.entry_bytes, SIZE)
        self._map = ChunkJudge(control.authority, control.blind_after, None)
        self._results = [self._mapped(index, data) for index, data in enumerate(store().lines)]
        self._read = story.ledger.event

    def _mapped(self, index: int, data: bytes) -> ChunkResult:
        kind = two_hundred().ledger.event(index).statement.type
        return self._map.judge([index], [Row(index, kind, data, b"")])

    def marks(self, index: int, kind: str, data: bytes) -> Sequence[Mark]:
        """Return what speaks against the changed entry; its type's column is made to fit."""
        result = self._map.judge([index], [Row(index, kind, data, b"")])
        return [mark for mark in result.marks if mark.code != "COLUMN-TYPE"] or self._reduced(
            index, result
        )

    def _reduced(self, index: int, changed_result: ChunkResult) -> Sequence[Mark]:
        reducer = Reducer(self._read)
        for position, result in enumerate(self._results):
            reducer.take(changed_result if position == index else result)
        return reducer.marks


@cache
def judge() -> Judge:
    return Judge()


@cache
def longest_of(name: str) -> int:
    """Return the position of the longest entry of a type."""
    events = [one for one in two_hundred().ledger.read() if one.statement.type == name]
    return max(events, key=lambda one: len(store().lines[one.index])).index


def own_words(data: bytes) -> range:
    """Return where the fields that nobody signs stand in an entry."""
    start = data.index(b'"recorded_at":')
    assert data[start:].startswith(b'"recorded_at":"2026-')
    assert b'"recorder":{' in data[start:]
    return range(start, len(data))


def every_value(name: str, positions: Sequence[int], sample: int) -> Counter[str]:
    """Try all 255 other values at positions of the example of a type; return what was met."""
    index = longest_of(name)
    data = store().lines[index]
    met, words, unseen = Counter[str](), own_words(data), []
    for position in positions:
        head, tail, right = data[:position], data[position + 1 :], data[position]
        for value in range(256):
            if value == right:
                continue
            mutant = b"%b%c%b" % (head, value, tail)
            marks = judge().marks(index, name, mutant)
            if marks:
                met[marks[0].code] += 1
            else:  # only what nobody signs: then later signers had seen another root
                assert position in words, (name, position, value)
                unseen.append(mutant)
    for mutant in seeded("unseen", name).sample(unseen, min(sample, len(unseen))):
        assert "SEEN-DIFFERS" in codes(store().resealed(index, mutant))
    met["seen by later signers only"] = len(unseen)
    return met


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_value_of_some_bytes_of_one_entry_of_each_type(name: str) -> None:
    size = len(store().lines[longest_of(name)])
    positions = range(seeded("every", name).randrange(STEP), size, STEP)
    met = every_value(name, positions, UNSEEN_A_TYPE_FAST)
    assert met["ENTRY-MALFORMED"]


@pytest.mark.slow
@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_value_of_every_byte_of_one_entry_of_each_type(
    name: str, record_property: Property
) -> None:
    size = len(store().lines[longest_of(name)])
    met = every_value(name, range(size), UNSEEN_A_TYPE)
    assert met.total() == 255 * size
    assert met["SIGNATURE"] + met["SIGNATURE-COUNT"]
    record_property("cases", met.total())
    record_property("counted", f"{name}: {dict(met.most_common())}")


# --- every other column ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a store: table, column, the row, the value."""

    table: str
    column: str
    where: str
    key: tuple[object, ...]
    value: Any

    def changes(self, random: Random) -> Iterator[tuple[str, object]]:
        """Yield (SQL expression, value) of each change: each byte of text or of a blob, a number.

        Bytes of text may be no UTF-8 any more; an audit has to bear that.
        """
        if isinstance(self.value, int):
            for value in (self.value + 1, self.value - 1, -(2**63), 2**63 - 1):
                yield "?", value
            return
        text = isinstance(self.value, str)
        data = self.value.encode() if text else self.value
        for position in range(len(data)):
            yield "CAST(? AS TEXT)" if text else "?", another(random, data, position)

    def put(self, expression: str, value: object) -> None:
        sql = f"UPDATE {self.table} SET {self.column} = {expression} WHERE {self.where}"  # noqa: S608
        try:
            store().run(sql, value, *self.key)
        except sqlite3.IntegrityError:  # taken by another row, so no change at all
            store().run(f"DELETE FROM {self.table} WHERE {self.where}", *self.key)  # noqa: S608


def cells(table: str) -> Iterator[Cell]:
    """Yield every value of a table of the ledger of 200 entries."""
    columns = [(one[1], one[5]) for one in store().db.execute(f"PRAGMA table_info({table})")]
    names = [name for name, _ in columns]
    keys = [name for name, part in columns if part]
    where = " AND ".join(f"{name} = ?" for name in keys)
    for row in store().db.execute(f"SELECT * FROM {table}").fetchall():  # noqa: S608  our names
        values = dict(zip(names, row, strict=True))
        for name in names:
            if (table, name) not in ELSEWHERE and (table, name) not in UNTOLD:
                key = tuple(values[one] for one in keys)
                yield Cell(table, name, where, key, values[name])


def change_cells(table: str, random: Random, share: float) -> int:
    """Change each byte of each value of a table, or a share of them; return how many."""
    cases = 0
    for cell in cells(table):
        for expression, value in cell.changes(random):
            if random.random() < share:
                report = store().undone(partial(cell.put, expression, value))
                assert report.verdict != "PASS", (cell, value)
                cases += 1
    assert store().audit().verdict == "PASS"
    return cases


@pytest.mark.parametrize(
    ("table", "share"),
    [("entry", 0.0007), ("document", 0.01), ("anchor", 0.03), ("tree", 0.03)],
)
def test_some_bytes_of_every_other_column(
    table: str, share: float, record_property: Property
) -> None:
    cases = change_cells(table, seeded("cells", table), share)
    assert cases
    record_property("counted", f"bytes of table {table}, other columns: {cases}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "share"), [("entry", 0.2), ("document", 1), ("anchor", 1), ("tree", 1)]
)
def test_every_byte_of_every_other_column(
    table: str, share: float, record_property: Property
) -> None:
    record_property("cases", change_cells(table, seeded("cells", table), share))


def test_every_column_is_changed_by_some_test() -> None:
    named = {(one.table, one.column) for table in ("entry", "document", "anchor", "tree")
             for one in cells(table)}  # fmt: skip
    columns = {
        (table, one[1])
        for table in ("entry", "entry_tag", "tile", "document", "anchor", "tree")
        for one in store().db.execute(f"PRAGMA table_info({table})")
    }
    assert columns == named | ELSEWHERE | UNTOLD.keys()


# --- tags -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TagsOfOneEntry:
    """The rows that a store's tag index has of one entry; sums of tags add up entry by entry."""

    rows: Sequence[tuple[int, str]]

    def tags(self) -> Iterator[tuple[int, str]]:
        return iter(self.rows)

    def sum(self) -> int | None:
        return stored_sum(self, SIZE, b"k" * 16)  # type: ignore[arg-type]  # of which it asks no more


def change_tags(indexes: Sequence[int], random: Random, audited: float) -> int:
    """Change each byte of the tags of entries: the sum that an audit compares differs each time.

    A share of them is audited in full. Where the bytes are no text any more, an audit says so.
    """
    cases = 0
    for index in indexes:
        rows = [
            (index, tag)
            for (tag,) in store().db.execute("SELECT tag FROM entry_tag WHERE idx = ?", (index,))
        ]
        whole = TagsOfOneEntry(rows).sum()
        for number, (_, tag) in enumerate(rows):
            for position in range(len(tag.encode())):
                other = another(random, tag.encode(), position)
                cell = Cell("entry_tag", "tag", "tag = ? AND idx = ?", (tag, index), tag)
                if random.random() < audited:
                    report = store().undone(partial(cell.put, "CAST(? AS TEXT)", other))
                    assert report.verdict != "PASS", (cell, other)
                with contextlib.suppress(UnicodeDecodeError):
                    renamed = [*rows[:number], (index, other.decode()), *rows[number + 1 :]]
                    assert TagsOfOneEntry(renamed).sum() != whole
                cases += 1
    assert store().audit().verdict == "PASS"
    return cases


def test_some_bytes_of_the_tags(record_property: Property) -> None:
    random = seeded("tags")
    cases = change_tags([random.randrange(SIZE)], random, 0.02)
    record_property("counted", f"bytes of tags changed: {cases}")


@pytest.mark.slow
def test_every_byte_of_every_tag(record_property: Property) -> None:
    record_property("cases", change_tags(range(SIZE), seeded("tags"), 0.003))


# --- tiles ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(TILE_SHARDS))
def test_every_byte_of_a_tile(shard: int, record_property: Property) -> None:
    """Each byte through the comparison that an audit makes of tiles, some through a full audit."""
    tampered = Store(tiled())
    leaves = Leaves(leaf_hash(line) for line in tampered.lines)
    [(hashes,)] = tampered.db.execute("SELECT hashes FROM tile")
    random = seeded("tile", shard)
    positions = range(shard, len(hashes), TILE_SHARDS)
    assert len(hashes) == 32 * TILE_WIDTH
    for position in positions:
        tampered.run("UPDATE tile SET hashes = ?", another(random, hashes, position))
        source = StoreSource(tampered.source._recorder, None)
        assert {mark.code for mark in tile_marks(source, leaves)} == {"TILE-DIFFERS"}
        if position % 64 == shard:
            assert "TILE-DIFFERS" in codes(tampered.audit())
    record_property("cases", len(positions))
