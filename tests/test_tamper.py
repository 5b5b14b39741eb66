"""Tampering with what is stored: whatever is changed, the verdict is never PASS.

Entries are changed behind the triggers, in a copy of a sound store; the numbers of what was tried
are printed at the end of the run.
"""

from collections.abc import Callable, Iterator

import pytest

from ledger.log.merkle import leaf_hash
from ledger.log.proofs import verify_inclusion
from ledger.store.source import StoreSource
from ledger.verify.audit import audit
from ledger.verify.report import Report
from tests.forger import Forger, behind_triggers, copied, signed_by
from tests.forgeries import tiled
from tests.harness import Story, codes
from tests.told import BATCH, dispatched, told
from tests.two_hundred import two_hundred

Property = Callable[[str, object], None]

TEN = (0, 1, 2, 3, 5, 13, 14, 15, 16, 17)
"""Entries of every kind: opening, registration, enrolments, a grant, facts, a correction."""

UNTOUCHED = {
    ("tree", "one"): "says nothing: it keeps the row alone",
    ("anchor", "token"): "a time stamp; listed as not checked while no policy asks for it",
}
"""Columns whose change an audit does not notice, and why."""


class Store:
    """A copy of a sound store, and hands that reach behind its triggers."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.source = copied(story)
        self.db = behind_triggers(self.source)

    def run(self, sql: str, *values: object) -> None:
        self.db.execute(sql, values)

    def audit(self, **trust: object) -> Report:
        """Audit it as it is now."""
        return audit(StoreSource(self.source._recorder, None), self.story.trust(**trust))


def other(byte: int, position: int) -> int:
    """Return another byte; which one depends on where it stands."""
    return (byte + 1 + position % 255) % 256


def variants(data: bytes, start: int = 0, step: int = 1) -> Iterator[tuple[int, bytes]]:
    """Yield the bytes with each one changed once, or one of every few."""
    for position in range(start, len(data), step):
        changed = bytes((other(data[position], position),))
        yield position, data[:position] + changed + data[position + 1 :]


STEPS = pytest.mark.parametrize(
    "step", [pytest.param(11, id="some"), pytest.param(1, id="each", marks=pytest.mark.slow)]
)
"""The slow suite changes every byte, `make test` one of every eleven: odd places, and even ones."""


@STEPS
@pytest.mark.parametrize("index", TEN)
def test_every_byte_of_an_entry_counts(index: int, step: int, record_property: Property) -> None:
    """Each byte is changed once; at every other one, the leaf hash beside it is made to fit."""
    store = Store(told())
    data = told().ledger.entry_bytes(index)
    leaf = leaf_hash(data)
    count = 0
    for position, changed in variants(data, index % step, step):
        count += 1
        beside = leaf_hash(changed) if position % 2 else leaf
        store.run("UPDATE entry SET data = ?, leaf = ? WHERE idx = ?", changed, beside, index)
        report = store.audit()
        assert report.verdict == "FAIL", position
        if beside == leaf:
            assert index in {mark.entry for mark in report.marks}
    store.run("UPDATE entry SET data = ?, leaf = ? WHERE idx = ?", data, leaf, index)
    assert store.audit().verdict == "PASS"
    record_property("cases", count)
    record_property("counted", f"bytes of entry {index:2} changed, full audit of each: {count}")


@STEPS
def test_every_byte_of_a_ledger_of_200_entries_is_in_its_root(
    step: int, record_property: Property
) -> None:
    ledger = two_hundred().ledger
    root, count = ledger.root_at(200), 0
    assert ledger.size == 200
    for index in range(200):
        data, proof = ledger.entry_bytes(index), ledger.prove(index)
        assert verify_inclusion(leaf_hash(data), index, 200, root, proof)
        for _, changed in variants(data, index % step, step):
            assert not verify_inclusion(leaf_hash(changed), index, 200, root, proof)
            count += 1
    record_property("cases", count)
    record_property("counted", f"bytes of 200 entries changed, leaf and root of each: {count}")


# --- every column of every table ------------------------------------------------------------

CELLS = [
    ("entry", "type", "UPDATE entry SET type = 'ShipmentReceived' WHERE idx = ?", "COLUMN-TYPE"),
    ("entry", "data", "UPDATE entry SET data = data || x'20' WHERE idx = ?", "COLUMN-LEAF"),
    ("entry", "leaf", "UPDATE entry SET leaf = zeroblob(32) WHERE idx = ?", "COLUMN-LEAF"),
    ("entry", "leaf", "UPDATE entry SET leaf = x'' WHERE idx = ?", "COLUMN-LEAF"),
    ("entry", "idx", "UPDATE entry SET idx = idx + 100 WHERE idx = ?", "POSITION-GAP"),
    ("entry", "idx", "UPDATE entry SET idx = -1 - idx WHERE idx = ?", "POSITION-GAP"),
]
"""Table, column, what is done to each entry, and what the report says of it."""


@pytest.mark.parametrize(("table", "column", "sql", "code"), CELLS)
def test_every_column_of_every_entry(
    table: str, column: str, sql: str, code: str, record_property: Property
) -> None:
    for index in range(told().ledger.size):
        store = Store(told())
        store.run(sql, index)
        report = store.audit()
        assert report.verdict == "FAIL", index
        assert code in codes(report)
    record_property("counted", f"{table}.{column} changed, of each entry: {told().ledger.size}")


@STEPS
def test_every_row_of_the_tag_index(step: int, record_property: Property) -> None:
    """Each is deleted, renamed or moved (in the slow suite all three); the report names it."""
    store = Store(told())
    rows = store.db.execute("SELECT tag, idx FROM entry_tag ORDER BY tag, idx").fetchall()
    for number, (tag, index) in enumerate(rows):
        ways = (
            "DELETE FROM entry_tag WHERE tag = ? AND idx = ?",
            "UPDATE entry_tag SET tag = tag || 'x' WHERE tag = ? AND idx = ?",
            "UPDATE entry_tag SET idx = idx + 100 WHERE tag = ? AND idx = ?",
        )
        for sql in ways if step == 1 else ways[number % 3 : number % 3 + 1]:
            store.run("SAVEPOINT before")
            store.run(sql, tag, index)
            report = store.audit()
            assert report.verdict == "FAIL", (tag, index, sql)
            assert ("TAGS-DIFFER", index) in {(mark.code, mark.entry) for mark in report.marks}
            store.run("ROLLBACK TO before")
    record_property("counted", f"rows of the tag index deleted, renamed and moved: {len(rows)}")


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("INSERT INTO entry_tag VALUES ('party:buyer', 1)", "TAGS-DIFFER"),
        ("INSERT INTO entry_tag VALUES ('', 1)", "TAGS-DIFFER"),
        ("INSERT INTO entry_tag VALUES ('party:buyer', -1)", "TAGS-STRAY"),
        ("INSERT INTO entry_tag VALUES ('party:buyer', 9223372036854775806)", "TAGS-STRAY"),
        # the same number of rows, and the same tags in all, on other entries
        ("UPDATE entry_tag SET idx = 13 WHERE tag = 'party:carrier' AND idx = 14", "TAGS-DIFFER"),
        ("UPDATE tree SET size = size + 0, control = control - 1", "TREE-ROW"),
        ("UPDATE tree SET recorded_at = '2026-01-05T00:00:00.000000Z'", "TREE-ROW"),
        ("UPDATE tree SET recorded_at = ''", "TREE-ROW"),
        ("UPDATE tree SET frontier = zeroblob(64)", "TREE-ROW"),
        ("UPDATE tree SET frontier = zeroblob(32)", "STORE-UNSOUND"),
        ("UPDATE tree SET checkpoint = x''", "CHECKPOINT-MALFORMED"),
        ("UPDATE tree SET size = 16", "STORE-UNSOUND"),
        ("UPDATE tree SET size = 0, frontier = x''", "ENTRY0-MISSING"),
        ("UPDATE tree SET size = 17", "CHECKPOINT-SIZE"),
        ("UPDATE tree SET size = 20", "POSITION-GAP"),
        ("DELETE FROM tree", "SOURCE-UNREADABLE"),
        ("INSERT INTO tree SELECT 2, size, frontier, recorded_at, control, checkpoint FROM tree",
         "SOURCE-UNREADABLE"),
        ("UPDATE document SET bytes = x''", "DOCUMENT-DIFFERS"),
        ("UPDATE document SET sha256 = upper(sha256)", "DOCUMENT-DIFFERS"),
        ("UPDATE document SET sha256 = 'x' || sha256", "DOCUMENT-MISSING"),
        ("DELETE FROM document", "DOCUMENT-MISSING"),
        ("INSERT INTO document VALUES (printf('%064d', 0), x'')", "DOCUMENT-DIFFERS"),
        ("DELETE FROM entry", "POSITION-GAP"),
        ("INSERT INTO entry SELECT -1, type, data, leaf FROM entry WHERE idx = 1", "ENTRY-STRAY"),
        ("INSERT INTO entry SELECT 18, type, data, leaf FROM entry WHERE idx = 17", "ENTRY-STRAY"),
        ("INSERT INTO entry SELECT 9223372036854775807, type, data, leaf FROM entry WHERE idx = 1",
         "ENTRY-STRAY"),
    ],
)  # fmt: skip
def test_a_change_behind_the_triggers(sql: str, code: str) -> None:
    store = Store(told())
    store.run(sql)
    report = store.audit()
    assert report.verdict != "PASS"
    assert code in codes(report)


def anchored() -> Store:
    """Return a store with an anchor that was shown outside."""
    store = Store(told())
    note = signed_by("ledger")(BATCH, told().ledger.root_at(BATCH))
    store.run("INSERT INTO anchor VALUES (?, ?, x'')", BATCH, note)
    report = store.audit()
    assert (report.verdict, report.steps[0].checked) == ("PASS", 2)
    return store


@pytest.mark.parametrize("place", ["tree", "anchor"])
def test_every_byte_of_a_checkpoint_note(place: str, record_property: Property) -> None:
    store = anchored()
    column = "checkpoint" if place == "tree" else "note"
    [(note,)] = store.db.execute(f"SELECT {column} FROM {place}")  # noqa: S608  two names, above
    for position, changed in variants(note):
        store.run(f"UPDATE {place} SET {column} = ?", changed)  # noqa: S608  as above
        assert store.audit().verdict == "FAIL", position
    record_property("counted", f"bytes of the {place}'s checkpoint note changed: {len(note)}")


@pytest.mark.parametrize("size", [-1, 0, BATCH - 1, BATCH + 1, 18, 19, 2**62])
def test_an_anchor_of_another_size(size: int) -> None:
    store = anchored()
    store.run("UPDATE anchor SET size = ?", size)
    assert codes(store.audit()) == {"ANCHOR-DIFFERS"}


@pytest.mark.parametrize("sql", [
    "UPDATE tile SET level = 1", "UPDATE tile SET n = 1", "UPDATE tile SET level = -1",
    "UPDATE tile SET level = 9223372036854775807, n = 9223372036854775807",
    "UPDATE tile SET hashes = x''", "UPDATE tile SET hashes = hashes || x'00'", "DELETE FROM tile",
])  # fmt: skip
def test_a_tile_is_changed(sql: str) -> None:
    store = Store(tiled())
    store.run(sql)
    assert codes(store.audit()) & {"TILE-MISSING", "TILE-STRAY", "TILE-DIFFERS"}


def test_no_column_is_forgotten() -> None:
    """Every column is changed by one of the tests above, or its exception says why."""
    store = Store(told())
    columns = {
        (table, column)
        for table in ("entry", "entry_tag", "tile", "document", "anchor", "tree")
        for _, column, *_ in store.db.execute(f"PRAGMA table_info({table})")
    }
    changed = {
        ("entry", "idx"), ("entry", "type"), ("entry", "data"), ("entry", "leaf"),
        ("entry_tag", "tag"), ("entry_tag", "idx"),
        ("tile", "level"), ("tile", "n"), ("tile", "hashes"),
        ("document", "sha256"), ("document", "bytes"),
        ("anchor", "size"), ("anchor", "note"),
        ("tree", "size"), ("tree", "frontier"), ("tree", "recorded_at"), ("tree", "control"),
        ("tree", "checkpoint"),
    }  # fmt: skip
    assert columns == changed | set(UNTOUCHED)


@pytest.mark.parametrize(("table", "column"), UNTOUCHED)
def test_what_an_audit_does_not_notice_is_told(table: str, column: str) -> None:
    store = anchored()
    store.run(f"UPDATE {table} SET {column} = 7")  # noqa: S608  two names, above
    report = store.audit()
    assert report.verdict == "PASS"
    assert table == "tree" or "1 time-stamp tokens" in report.not_checked


# --- whole entries --------------------------------------------------------------------------


def shift(store: Store, start: int, by: int) -> None:
    """Move the entries from a position on, with their tags, by some places."""
    for table in ("entry", "entry_tag"):
        store.run(f"UPDATE {table} SET idx = -2 - idx WHERE idx >= ?", start)  # noqa: S608  above
        store.run(f"UPDATE {table} SET idx = -2 - idx + ? WHERE idx < -1", by)  # noqa: S608  above


def test_each_entry_is_deleted_and_the_rest_moves_up(record_property: Property) -> None:
    size = told().ledger.size
    for index in range(size):
        store = Store(told())
        store.run("DELETE FROM entry WHERE idx = ?", index)
        store.run("DELETE FROM entry_tag WHERE idx = ?", index)
        shift(store, index + 1, -1)
        assert codes(store.audit()) & {"POSITION-GAP"}
        store.run("UPDATE tree SET size = size - 1, frontier = ?", bytes(32))
        assert store.audit().verdict == "FAIL"
    record_property("counted", f"entries deleted: {size}")


def test_each_two_neighbours_change_places(record_property: Property) -> None:
    size = told().ledger.size
    for index in range(size - 1):
        store = Store(told())
        for old, new in ((index, -5), (index + 1, index), (-5, index + 1)):
            store.run("UPDATE entry SET idx = ? WHERE idx = ?", new, old)
            store.run("UPDATE entry_tag SET idx = ? WHERE idx = ?", new, old)
        assert store.audit().verdict == "FAIL"
    record_property("counted", f"neighbouring entries swapped: {size - 1}")


def test_an_entry_is_inserted_at_each_position(record_property: Property) -> None:
    """A copy of the entry before, with its tags; without the ledger's key no root covers it."""
    size = told().ledger.size
    for index in range(1, size + 1):
        store = Store(told())
        shift(store, index, 1)
        store.run("INSERT INTO entry SELECT ?, type, data, leaf FROM entry WHERE idx = ?",
                  index, index - 1)  # fmt: skip
        store.run("INSERT INTO entry_tag SELECT tag, ? FROM entry_tag WHERE idx = ?",
                  index, index - 1)  # fmt: skip
        assert store.audit().verdict == "FAIL"
    record_property("counted", f"entries inserted: {size}")


def test_the_end_is_cut_off_at_each_size(record_property: Property) -> None:
    """Without the checkpoint of that time, the tree row and its note betray it."""
    size = told().ledger.size
    for stop in range(size):
        store = Store(told())
        store.run("DELETE FROM entry WHERE idx >= ?", stop)
        store.run("DELETE FROM entry_tag WHERE idx >= ?", stop)
        assert codes(store.audit()) & {"POSITION-GAP"}
        frontier = b"\0" * 32 * stop.bit_count()
        store.run("UPDATE tree SET size = ?, frontier = ?", stop, frontier)
        assert store.audit().verdict == "FAIL"
    record_property("counted", f"sizes at which the end was cut off: {size}")


def test_an_older_complete_state_is_put_back(record_property: Property) -> None:
    """A backup of last week is sound in itself. What was kept outside of it says that it is old."""
    ledger = told().ledger
    newest = (ledger.size, ledger.root_at(ledger.size))
    for size in range(1, ledger.size):
        old = Forger(told(), size)
        assert audit(old.source(), told().trust()).verdict == ("PASS")
        report = audit(old.source(), told().trust(high_water=newest))
        assert codes(report) == {"STORE-BEHIND"}
        assert (report.size, report.trust.high_water) == (size, ledger.size)
        report = audit(old.source(), told().trust(checkpoints=(ledger.checkpoint(),)))
        assert codes(report) == {"CHECKPOINT-OLD-AHEAD"}
        assert report.trust.old_checkpoints == (ledger.size,)
    record_property("counted", f"older states put back: {ledger.size - 1}")


def test_a_second_history_with_the_same_keys_is_put_in_its_place(record_property: Property) -> None:
    """Everybody's keys are stolen, and the whole ledger is made anew from each entry on."""
    ledger = told().ledger
    newest = (ledger.size, ledger.root_at(ledger.size))
    for size in range(BATCH, ledger.size):
        second = Forger(told(), size)
        for number in range(size, ledger.size):
            second.say(dispatched(f"SHP-X{number}"), "maker")
        assert audit(second.source(), told().trust()).verdict == "PASS"
        report = audit(second.source(), told().trust(high_water=newest))
        assert codes(report) == {"STORE-DIFFERENT"}
        report = audit(second.source(), told().trust(checkpoints=(ledger.checkpoint(),)))
        assert codes(report) == {"CHECKPOINT-OLD-DIFFERS"}
    record_property("counted", f"second histories put in the place: {ledger.size - BATCH}")
