"""An audit as a whole: verdicts, what the report says, and what it needs from the machine."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import canonical
from ledger.authority import public_key
from ledger.errors import Malformed, Tampered, Unavailable
from ledger.events.ledger import LedgerKeyRotated
from ledger.source import StoredRow
from ledger.store.reader import StoredEntry
from ledger.store.source import StoreSource
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.full import FullAudit
from ledger.verify.report import Report
from tests.forger import Forger, behind_triggers, copied
from tests.forgeries import CASES, Changing
from tests.harness import Story, codes, manifest, signer_of
from tests.told import BATCH, commissioned, told

ROOT = Path(__file__).resolve().parent.parent


def verdicts(report: Report) -> list[str]:
    return [step.verdict for step in report.steps]


def test_a_sound_ledger_step_by_step() -> None:
    report = told().audit()
    assert verdicts(report) == ["PASS", "NOT ASKED", *["PASS"] * 8]
    size, signatures, documents = told().ledger.size, 18 + 4 + 1, 3
    assert [step.checked for step in report.steps] == [
        1, 0, size, size, size, signatures, size, size, size, documents
    ]  # fmt: skip
    assert (report.scope, report.source, report.demonstration) == ("full", "live store", True)
    assert report.origin == told().ledger.origin
    assert report.fingerprint == told().ledger.fingerprint.hex()
    assert (report.size, report.root) == (size, told().ledger.root_at(size).hex())
    first, *_, last = told().ledger.read()
    assert report.recorded_from == first.entry.recorded_at
    assert report.recorded_to == last.entry.recorded_at


def test_the_report_has_one_spelling_and_reads_back() -> None:
    report = told().audit(pins={"maker": told().signatory("maker").key})
    data = canonical.encode(report)
    assert canonical.decode(data, Report, size_max=len(data), what="report") == report


def test_fail_wins_over_undecided_and_undecided_over_pass() -> None:
    source = copied(told())
    assert audit(source, told().trust()).exit_code == 0
    undecided = audit(source, Trust())
    assert (undecided.verdict, undecided.exit_code) == ("UNDECIDED", 3)
    behind_triggers(source).execute("UPDATE entry SET leaf = zeroblob(32) WHERE idx = 1")
    both = audit(StoreSource(source._recorder, None), Trust())
    assert codes(both) == {"FINGERPRINT-ABSENT", "COLUMN-LEAF"}
    assert (both.verdict, both.exit_code) == ("FAIL", 1)
    assert verdicts(both) == ["UNDECIDED", "NOT ASKED", *["PASS"] * 6, "FAIL", "PASS"]


def test_a_tree_that_is_wrong_ends_the_audit_and_what_follows_is_not_reached() -> None:
    made = CASES["ROOT-DIFFERS"]()
    report = audit(made.source, made.trust)
    assert verdicts(report) == ["PASS", "NOT ASKED", "FAIL", *["NOT REACHED"] * 7]
    assert report.recorded_from is None


def test_without_any_entry_nothing_is_said_of_the_ledger() -> None:
    report = audit(Forger(told(), 0).source(), told().trust())
    assert (report.size, report.root, report.origin, report.keys) == (0, None, None, ())
    assert verdicts(report) == ["FAIL", *["NOT REACHED"] * 9]


def test_few_marks_of_each_code_are_shown_and_all_are_counted() -> None:
    source = copied(told())
    behind_triggers(source).execute("UPDATE entry SET type = 'x'")
    report = audit(source, told().trust())
    assert [mark.entry for mark in report.marks] == [0, 1, 2, 3, 4]
    assert report.steps[8].conditions == told().ledger.size


def test_a_ledger_of_record_is_no_demonstration() -> None:
    with Story(purpose="record") as story:
        assert not story.audit().demonstration


def test_documents_and_annexes_left_out() -> None:
    """The manifest is needed; the sealed annex may be withheld, and the report says so."""
    source = copied(told())
    behind_triggers(source).execute("DELETE FROM document")
    report = audit(source, told().trust())
    assert codes(report) == {"DOCUMENT-MISSING"}
    assert "1 sealed annexes that are not here" in report.not_checked
    assert {mark.entry for mark in report.marks} == {BATCH, BATCH + 2}


def test_a_document_named_twice_with_two_sizes() -> None:
    """Whoever names a document of another size than it has makes no forgery of the ledger."""
    made = CASES["DOCUMENT-SIZE"]()
    report = audit(made.source, made.trust)
    assert (report.verdict, report.steps[9].verdict) == ("UNDECIDED", "UNDECIDED")


class Plain:
    """A source without index, tiles and tree row, as a file of evidence is one."""

    scope = "full"
    name = "evidence"

    def __init__(self, source: StoreSource) -> None:
        self.size = source.size
        self.checkpoint = source.checkpoint
        self.anchors = source.anchors
        self.rows = source.rows
        self.document = source.document
        self.document_names = source.document_names
        self.left_out = source.left_out


def test_a_source_without_an_index_is_not_asked_for_one() -> None:
    report = audit(Plain(told().ledger.source()), told().trust(), workers=2)
    assert (report.verdict, report.source) == ("PASS", "evidence")
    assert verdicts(report) == ["PASS", "NOT ASKED", *["PASS"] * 6, "NOT ASKED", "PASS"]


# --- sources that fail ----------------------------------------------------------------------


class Failing:
    """A source that raises when a method is called for the n-th time, and ever after."""

    def __init__(self, source: StoreSource, method: str, call: int, error: Exception) -> None:
        self._source = source
        self._method = method
        self._left = call
        self._error = error

    def __getattr__(self, name: str) -> object:
        if name == self._method:
            self._left -= 1
            if self._left <= 0:
                raise self._error
        if name == "held_documents" and self._method.startswith("document"):
            raise AttributeError(name)  # a source that gives documents one by one
        return getattr(self._source, name)


@pytest.mark.parametrize(
    "place",
    [("size", 1, 1), ("rows", 1, 1), ("checkpoint", 1, 1), ("anchors", 1, 1), ("tags", 1, 9),
     ("tiles", 1, 9), ("tree_row", 3, 9), ("strays", 1, 9), ("held_documents", 1, 10),
     ("document_names", 1, 10), ("document", 1, 10)],
)  # fmt: skip
@pytest.mark.parametrize(
    ("error", "code", "verdict"),
    [
        (Unavailable("STORE-UNREADABLE", "gone"), "SOURCE-UNREADABLE", "UNDECIDED"),
        (Tampered("STORE-CORRUPT", "torn"), "SOURCE-UNREADABLE", "UNDECIDED"),
        (Malformed("TILE-LENGTH", "odd"), "STORE-UNSOUND", "FAIL"),
    ],
)
def test_a_source_fails_under_way(
    place: tuple[str, int, int], error: Exception, code: str, verdict: str
) -> None:
    """The report names the step that was under way; what was found until then stays."""
    method, call, step = place
    source = Failing(copied(told()), method, call, error)
    report = audit(source, told().trust())  # type: ignore[arg-type]  # as a source
    assert (report.verdict, codes(report)) == (verdict, {code})
    assert [mark.step for mark in report.marks] == [step]
    assert report.steps[step - 1].verdict == verdict
    assert all(one.verdict == "NOT REACHED" for one in report.steps[step:])


class Torn(Failing):
    """A source of which the entries 6 and 7 cannot be read together."""

    def rows(self, start: int, stop: int) -> Iterator[StoredRow]:
        if (start, stop) == (6, 8):
            raise self._error
        return self._source.rows(start, stop)


def test_a_source_fails_among_the_chunks_and_what_was_found_before_stays() -> None:
    source = copied(told())
    behind_triggers(source).execute("UPDATE entry SET type = 'x' WHERE idx = 1")
    torn = Torn(source, "rows", 0, Unavailable("STORE-UNREADABLE", "gone"))
    report = audit(torn, told().trust(), chunk=2)  # type: ignore[arg-type]  # as above
    assert codes(report) == {"COLUMN-TYPE", "SOURCE-UNREADABLE"}
    assert report.verdict == "FAIL"
    assert verdicts(report)[3:6] == ["UNDECIDED", "NOT REACHED", "NOT REACHED"]


@pytest.mark.parametrize("index", [0, 3, BATCH, BATCH + 4])
def test_a_source_serves_other_bytes_to_whoever_reads_again(index: int) -> None:
    """Good bytes for the tree, and then other ones for the judges: nothing of it is judged."""
    for read in (2, 3, 4):
        changing = Changing(copied(told()), index)
        changing._reads = 2 - read
        report = audit(changing, told().trust())  # type: ignore[arg-type]  # as above
        assert codes(report) <= {"SOURCE-CHANGED"}
        if report.verdict == "PASS":
            assert changing._reads < 2  # it was never read so often


def test_an_entry_vanishes_between_two_readings() -> None:
    class Vanishing(Failing):
        def rows(self, start: int, stop: int) -> Iterator[StoredRow]:
            return iter(()) if stop - start == 1 else self._source.rows(start, stop)

    vanishing = Vanishing(copied(told()), "", 0, Unavailable("X", "x"))
    report = audit(vanishing, told().trust())  # type: ignore[arg-type]  # as above
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"SOURCE-CHANGED"})


# --- a ledger that grows --------------------------------------------------------------------


def test_the_ledger_grows_while_it_is_audited(tmp_path: Path) -> None:
    """Entries, tags, a tile, documents, a hand-over: what came later is no contradiction."""
    with Story(tmp_path / "ledger.sqlite") as story:
        story.party("maker", "maker")

        def grow(done: int, of: int) -> None:
            assert (done, of) == (4, 4)
            many = [commissioned(f"B-{number}") for number in range(300)]
            paper = manifest(["GPU-1"])
            story.ledger.append_many(
                [story.submission(one, "maker", documents=(paper,)) for one in many]
            )
            new = public_key(signer_of("ledger 2").public_key, "ledger")
            rotation = story.submission(
                LedgerKeyRotated(checkpoint_key=new, reason="yearly"), "operator"
            )
            story.ledger.append(rotation, new_key=signer_of("ledger 2"))

        source = story.ledger.source()
        report = audit(source, story.trust(), progress=grow)
        assert (report.verdict, report.marks, report.size) == ("PASS", (), 4)
        assert source.anchors() == []
        again = story.audit()
        assert (again.verdict, again.size) == ("PASS", 305)


def test_a_stray_entry_is_found_also_while_the_ledger_grows(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Story(path) as story:
        story.party("maker", "maker")
        source = story.ledger.source()
        assert source.size() == 4
        story.record(commissioned(), "maker")
        behind = behind_triggers(source)
        behind.execute("INSERT INTO entry SELECT 9, type, data, leaf FROM entry WHERE idx = 1")
        behind.execute("INSERT INTO entry_tag VALUES ('party:maker', 9)")
        behind.execute("INSERT INTO tile VALUES (0, 0, zeroblob(8192))")
        behind.execute("INSERT INTO anchor VALUES (10, x'00', x'')")
        report = audit(source, story.trust())
        assert codes(report) == {"ANCHOR-MALFORMED"}
        behind.execute("DELETE FROM anchor")
        report = audit(source, story.trust())
        assert codes(report) == {"ENTRY-STRAY", "TAGS-STRAY", "TILE-STRAY"}


# --- what it needs --------------------------------------------------------------------------


def test_auditing_imports_nothing_but_what_it_needs() -> None:
    """Ed25519 and msgspec; PyNaCl where it is installed. No database, no command line."""
    program = (
        "import ledger.verify.audit, sys; print(*{name.split('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {program}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    # typing_extensions is cryptography's, where Python is older than 3.13
    allowed = {"ledger", "cryptography", "msgspec", "nacl", "typing_extensions"}
    others = {name for name in loaded if name not in sys.stdlib_module_names} - allowed
    assert {name for name in others if not name.startswith("_")} == set()
    assert "sqlite3" not in loaded


def test_an_audit_has_no_clock_and_no_network() -> None:
    banned = {"time", "datetime", "socket", "ssl", "urllib", "http", "tempfile", "os", "pathlib"}
    modules = [*(ROOT / "ledger/verify").glob("*.py"), *(ROOT / "ledger/trust").glob("*.py")]
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not banned & {name.split(".")[0] for name in names}, path


WATCHED = """
import sys
from pathlib import Path
from ledger.store.source import StoreSource
from ledger.store.sqlite import SQLiteRecorder
from ledger.trust import Trust
from ledger.verify.audit import audit

BANNED = ("socket.", "subprocess.", "os.mkdir", "os.remove", "os.rename", "shutil.", "tempfile.")
watching = True

def watch(event, args):
    wanted = event == "open" and watching and set(str(args[1])) & set("wax+")
    if wanted or (watching and event.startswith(BANNED)):
        raise SystemExit(f"it wants {event} {args}")

path = Path(sys.argv[1])
with SQLiteRecorder.open(path, readonly=True) as recorder:
    sys.addaudithook(watch)
    print(audit(StoreSource(recorder, path), Trust()).verdict)
    watching = False
"""


def test_an_audit_writes_no_file_and_opens_no_socket(tmp_path: Path) -> None:
    with Story(tmp_path / "ledger.sqlite") as story:
        story.party("maker", "maker")
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path / "ledger.sqlite")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("UNDECIDED\n", "")


class SecondRead(Failing):
    """A source that gives all rows once, and from then on what `later` makes of them.

    It tells no leaf hashes, so that all rows are read twice.
    """

    def __init__(self, source: StoreSource) -> None:
        super().__init__(source, "", 0, Unavailable("X", "x"))
        self.size_read = 0

    def leaves(self) -> None:
        pass

    def rows(self, start: int, stop: int) -> Iterator[StoredRow]:
        whole = self._source.rows(start, stop)
        if self.size_read < told().ledger.size:
            self.size_read += stop - start if stop - start > 1 else 0
            return whole
        return self.later(list(whole))

    def later(self, rows: list[StoredRow]) -> Iterator[StoredRow]:
        return iter(rows)


@pytest.mark.parametrize("chunk", [4, 1_000])
def test_a_second_read_that_is_shorter_leaves_nothing_unjudged(chunk: int) -> None:
    class Shorter(SecondRead):
        def later(self, rows: list[StoredRow]) -> Iterator[StoredRow]:
            return iter(rows[:-1] if len(rows) > 1 else rows)

    shorter = Shorter(copied(told()))
    report = audit(shorter, told().trust(), chunk=chunk)  # type: ignore[arg-type]  # as above
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"SOURCE-CHANGED"})


def test_an_entry_is_judged_by_the_rights_at_its_own_position_only() -> None:
    class Shifted(SecondRead):
        def later(self, rows: list[StoredRow]) -> Iterator[StoredRow]:
            return (StoredEntry(max(r.index - 1, 0), r.type or "", r.data, r.leaf) for r in rows)

    shifted = Shifted(copied(told()))
    report = audit(shifted, told().trust())  # type: ignore[arg-type]  # as above
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"SOURCE-CHANGED"})


def test_chunks_that_never_came_are_not_taken_for_judged() -> None:
    run = FullAudit(copied(told()), told().trust())
    run.size = told().ledger.size
    with pytest.raises(Unavailable, match="0 of 18 entries were judged"):
        run._judge_entries([], 1_000, None)
