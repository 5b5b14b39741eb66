"""Stores made to break the auditor's program: a report always comes, it is never PASS, soon."""

import sqlite3
from pathlib import Path
from random import Random

import pytest

from ledger.errors import LedgerError
from ledger.store.source import StoreSource
from ledger.store.sqlite import SQLiteRecorder
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.report import Report
from tests.forger import Forger, behind_triggers, copied, signed_by
from tests.harness import Story, codes
from tests.peak_memory import PeakMemory
from tests.told import BATCH, received, told

MEGABYTE = 1024 * 1024


def hostile(*statements: str, values: tuple[object, ...] = ()) -> StoreSource:
    """Return a copy of a sound store after these statements, whatever limits they break."""
    source = copied(told())
    db = behind_triggers(source)
    limit = db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1000 * MEGABYTE)
    for sql in statements:
        db.execute(sql, values if "?" in sql else ())
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limit)
    return source


def judged(source: StoreSource) -> Report:
    """Audit within bounds: 300 MB, however much the store claims to hold."""
    with PeakMemory() as memory:
        report = audit(source, told().trust())
    assert memory.peak < 300 * MEGABYTE
    return report


@pytest.mark.parametrize(
    "sql",
    [
        # positions and sizes that no ledger has
        "UPDATE tree SET size = -1",
        "UPDATE tree SET size = -9223372036854775808",
        "UPDATE tree SET size = 1152921504606846976, frontier = zeroblob(32)",
        "UPDATE tree SET size = 9223372036854775807, frontier = zeroblob(2016)",
        "UPDATE tree SET control = 9223372036854775807",
        "UPDATE entry SET idx = idx - 9223372036854775000 WHERE idx = 17",
        "UPDATE entry_tag SET idx = -9223372036854775807 WHERE idx = 17",
        "UPDATE entry_tag SET idx = 9223372036854775806 WHERE idx = 17",
        "INSERT INTO tile VALUES (9223372036854775807, 9223372036854775807, x'')",
        "INSERT INTO tile VALUES (7, 9223372036854775807, zeroblob(8192))",
        "INSERT INTO anchor VALUES (9223372036854775807, x'00', x'')",
        "INSERT INTO anchor VALUES (-9223372036854775808, x'00', x'')",
        # text that is no UTF-8
        "UPDATE entry SET type = CAST(x'ff' AS TEXT) WHERE idx = 3",
        "INSERT INTO entry_tag VALUES (CAST(x'ff00' AS TEXT), 3)",
        "UPDATE tree SET recorded_at = CAST(x'c3' AS TEXT)",
        "UPDATE document SET sha256 = CAST(x'ed' || sha256 AS TEXT)",
        # one kind of cell where another belongs
        "UPDATE entry SET type = x'00' WHERE idx = 3",
        "UPDATE entry SET type = 1e308 WHERE idx = 3",
        "UPDATE entry SET data = 7 WHERE idx = 3",
        "UPDATE entry SET data = 'text' WHERE idx = 3",
        "UPDATE entry SET leaf = 'text' WHERE idx = 3",
        "INSERT INTO entry_tag VALUES (x'00', 3)",
        "UPDATE entry_tag SET idx = 'three' WHERE idx = 3",
        "UPDATE entry_tag SET idx = 3.5 WHERE idx = 3",
        "UPDATE tree SET size = 'many'",
        "UPDATE tree SET size = 18.5",
        "UPDATE tree SET recorded_at = x'00'",
        "UPDATE tree SET checkpoint = 0",
        "UPDATE document SET sha256 = CAST(sha256 AS BLOB)",
        "INSERT INTO anchor VALUES ('three', 'note', 'token')",
        # more than anybody needs
        "UPDATE entry SET data = zeroblob(67108864) WHERE idx = 3",
        "UPDATE entry SET data = CAST(printf('%.*c', 1000000, '[') AS BLOB) WHERE idx = 3",
        "UPDATE entry SET data = CAST(printf('%.*c', 60000, '[') AS BLOB) WHERE idx = 3",
        "UPDATE entry SET type = CAST(printf('%.*c', 1000000, 'x') AS TEXT) WHERE idx = 3",
        "UPDATE entry_tag SET tag = tag || printf('%.*c', 1000000, 'x') WHERE idx = 3",
        "UPDATE document SET bytes = zeroblob(67108864)",
        "INSERT INTO document VALUES ('x', zeroblob(30000000))",
        "INSERT INTO document VALUES (printf('%.*c', 1000000, 'x'), x'')",
        "UPDATE tree SET checkpoint = zeroblob(67108864)",
        "UPDATE tree SET checkpoint = CAST(printf('%.*c', 1000000, 'x') AS BLOB)",
        "UPDATE tree SET frontier = zeroblob(33554432)",
        "UPDATE tree SET recorded_at = printf('%.*c', 1000000, '9')",
        "INSERT INTO anchor VALUES (3, zeroblob(33000000), x'')",
        # tables that are not there
        *(f"DROP TABLE {name}" for name in
          ("entry", "entry_tag", "tile", "document", "anchor", "tree")),
    ],
)  # fmt: skip
def test_a_cell_that_no_ledger_writes_is_never_passed(sql: str) -> None:
    report = judged(hostile(sql))
    assert report.verdict in {"FAIL", "UNDECIDED"}
    assert report.marks
    assert all(len(mark.found) <= 200 for mark in report.marks)


@pytest.mark.parametrize(
    ("table", "column"),
    [("entry", "type"), ("entry", "data"), ("entry", "leaf"), ("tile", "hashes"),
     ("document", "bytes"), ("tree", "size"), ("tree", "frontier"), ("tree", "recorded_at"),
     ("tree", "control"), ("tree", "checkpoint")],
)  # fmt: skip
def test_a_cell_is_empty_where_the_schema_forbids_it(table: str, column: str) -> None:
    """The constraint is taken out of the schema and put back afterwards."""
    source = copied(told())
    db = behind_triggers(source)
    [(sql,)] = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
    for schema in (sql.replace(" NOT NULL", ""), sql):
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (schema, table))
        db.execute("PRAGMA writable_schema = RESET")
        if table == "tile":
            db.execute("INSERT OR IGNORE INTO tile VALUES (0, 0, NULL)")
        elif schema != sql:
            db.execute(f"UPDATE {table} SET {column} = NULL")  # noqa: S608  names from above
    assert judged(source).verdict in {"FAIL", "UNDECIDED"}


def test_many_anchors_cost_one_sweep() -> None:
    """A root at each of many sizes, each with a good signature, needs the hashes only once."""
    forger = Forger(told())
    roots = {size: told().ledger.root_at(size) for size in range(19)}
    source = forger.source()
    db = behind_triggers(source)
    notes = [(size, signed_by("ledger")(size, root)) for size, root in roots.items()]
    for copy in range(20):
        db.executemany(
            "INSERT INTO anchor VALUES (?, ?, ?)",
            [(size, note, b"%d" % copy) for size, note in notes],
        )
    report = judged(source)
    assert (report.verdict, report.steps[0].checked) == ("PASS", 1 + 20 * 19)


def test_a_chain_of_corrections_is_judged_link_by_link() -> None:
    """Each correction names the one before and reuses its identifier: no link is forgotten."""
    with Story() as story:
        story.party("buyer", "owner")
        forger = Forger(story)
        last = forger.say(received("RCV-1", "SHP-1"), "buyer")
        for _ in range(200):
            last = forger.say(
                received("RCV-1", "SHP-1"), "buyer", corrects=forger.event(last).target
            )
        assert audit(forger.source(), story.trust()).verdict == "PASS"
        forger.say(received("RCV-1", "SHP-1"), "buyer", corrects=forger.event(last - 1).target)
        assert codes(audit(forger.source(), story.trust())) == {"TARGET-NOT-NEWEST"}


# --- the file itself ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound ledger in a file, closed."""
    path = tmp_path_factory.mktemp("file") / "ledger.sqlite"
    with Story(path) as story:
        story.party("maker", "maker")
        story.party("buyer", "owner")
    return path


def audit_file(path: Path, trust: Trust) -> Report | None:
    """Return the report of a file, or None where it cannot even be opened as a ledger."""
    try:
        recorder = SQLiteRecorder.open(path, readonly=True)
    except LedgerError:
        return None
    with recorder:
        return audit(StoreSource(recorder, path), trust)


@pytest.fixture(scope="module")
def trust(file: Path) -> Trust:
    with SQLiteRecorder.open(file, readonly=True) as recorder:
        fingerprint = audit(StoreSource(recorder, file), Trust()).fingerprint
    assert fingerprint is not None
    return Trust(fingerprint=bytes.fromhex(fingerprint))


def contents(path: Path) -> list[str]:
    """Return everything that the tables of a file hold."""
    with SQLiteRecorder.open(path, readonly=True) as recorder:
        entries = list(recorder.entries(0, 2**62))
        rest = [recorder.tree_row(), *recorder.all_tags(-(2**62), 2**62), *recorder.anchors()]
        return [repr(one) for one in (*entries, *rest, *recorder.all_tiles())]


def test_the_file_is_cut_off_anywhere(file: Path, trust: Trust, tmp_path: Path) -> None:
    """At page borders and within pages; SQLite reports it, or what is missing is missed."""
    data = file.read_bytes()
    cut = tmp_path / "cut.sqlite"
    for size in range(0, len(data), 1031):
        cut.write_bytes(data[:size])
        report = audit_file(cut, trust)
        assert report is None or report.verdict != "PASS", size


def test_each_page_is_lost(file: Path, trust: Trust, tmp_path: Path) -> None:
    data = file.read_bytes()
    page = int.from_bytes(data[16:18], "big")
    assert len(data) % page == 0
    whole = contents(file)
    lost = tmp_path / "lost.sqlite"
    verdicts = set()
    for start in range(0, len(data), page):
        lost.write_bytes(data[:start] + bytes(page) + data[start + page :])
        report = audit_file(lost, trust)
        if report is not None and report.verdict == "PASS":  # a page of an index that is empty
            assert contents(lost) == whole
        verdicts.add(None if report is None else report.verdict)
    assert verdicts >= {None, "UNDECIDED"}


def test_bits_of_the_file_flip(file: Path, trust: Trust, tmp_path: Path) -> None:
    """A flipped bit that changes nothing of what is read may pass; any other may not."""
    data = bytearray(file.read_bytes())
    whole = contents(file)
    flipped = tmp_path / "flipped.sqlite"
    random = Random(7)
    for position in random.sample(range(len(data)), 300):
        bit = 1 << random.randrange(8)
        data[position] ^= bit
        flipped.write_bytes(data)
        data[position] ^= bit
        report = audit_file(flipped, trust)
        if report is not None and report.verdict == "PASS":
            assert contents(flipped) == whole, position


def test_an_audit_changes_nothing_where_the_ledger_lies(
    file: Path, trust: Trust, tmp_path: Path
) -> None:
    """A copy in a folder that may only be read: no file appears, changes or is needed beside it."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    copy = folder / "ledger.sqlite"
    copy.write_bytes(file.read_bytes())
    copy.chmod(0o400)
    folder.chmod(0o500)
    before = {one.name: (one.stat().st_mtime_ns, one.read_bytes()) for one in folder.iterdir()}
    try:
        report = audit_file(copy, trust)
        after = {one.name: (one.stat().st_mtime_ns, one.read_bytes()) for one in folder.iterdir()}
    finally:
        folder.chmod(0o700)
    assert report is not None
    assert report.verdict == "PASS"
    # Where everything may be written, as for root, SQLite keeps two files for its readers.
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) <= {"ledger.sqlite-shm", "ledger.sqlite-wal"}
    assert after.get("ledger.sqlite-wal", (0, b""))[1] == b""


def test_the_old_story_is_not_changed_by_its_copies() -> None:
    assert told().audit().verdict == "PASS"
    assert told().ledger.size > BATCH
