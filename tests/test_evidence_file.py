"""The evidence file: written from a store, judged by a stranger, and every change of it found."""

import errno
import io
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import structs

from ledger.__main__ import main
from ledger.draft import Document
from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.evidence.decoding import decode_line
from ledger.evidence.index import EvidenceRow, read_index
from ledger.evidence.lines import (
    PART_BYTES,
    AnchorLine,
    DocumentLine,
    End,
    EntryLine,
    TileLine,
    encode_line,
)
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.writer import Choice, write_evidence
from ledger.source import Source
from ledger.store.reader import Anchor as StoredAnchor
from ledger.verify.audit import audit
from ledger.verify.report import Report
from tests.evidence_lines import closed
from tests.harness import Story, codes
from tests.told import BATCH, commissioned, dispatched, told

ROOT = Path(__file__).resolve().parent.parent
Property = Callable[[str, object], None]


def evidence(source: Source, choice: Choice | None = None) -> bytes:
    out = io.BytesIO()
    count = write_evidence(source, out, choice)
    assert out.getvalue().count(b"\n") == count
    return out.getvalue()


@pytest.fixture(scope="module")
def whole() -> bytes:
    return evidence(told().ledger.source())


def judged(path: Path, data: bytes) -> Report:
    path.write_bytes(data)
    source = EvidenceSource(path)
    try:
        return audit(source, told().trust())
    finally:
        source.close()


def test_an_audit_of_the_file_says_what_an_audit_of_the_store_says(
    whole: bytes, tmp_path: Path
) -> None:
    theirs, ours = told().audit(), judged(tmp_path / "e", whole)
    assert (ours.verdict, ours.scope, ours.size, ours.root) == (
        "PASS",
        "full",
        theirs.size,
        theirs.root,
    )
    assert ours.keys == theirs.keys
    assert [(one.number, one.checked) for one in ours.steps if one.number < 9] == [
        (one.number, one.checked) for one in theirs.steps if one.number < 9
    ]
    assert "1 sealed annexes that are not here" in ours.not_checked


def test_the_same_ledger_gives_the_same_bytes_also_from_its_own_file(
    whole: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "e"
    path.write_bytes(whole)
    source = EvidenceSource(path)
    assert evidence(source) == whole
    source.close()


def test_an_annex_goes_along_only_where_it_is_named(whole: bytes, tmp_path: Path) -> None:
    shipment = told().ledger.event(14).statement
    assert shipment.annex is not None
    assert b"5,000,000" not in whole
    data = evidence(told().ledger.source(), Choice(annexes=[shipment.annex]))
    report = judged(tmp_path / "e", data)
    assert report.verdict == "PASS"
    assert not any("annex" in line for line in report.not_checked)


def test_documents_that_are_left_out_are_listed_as_not_checked(tmp_path: Path) -> None:
    report = judged(tmp_path / "e", evidence(told().ledger.source(), Choice(documents=())))
    assert report.verdict == "PASS"
    assert "2 documents that the file leaves out" in report.not_checked


def test_a_document_that_was_lost_is_missing_and_not_left_out(tmp_path: Path) -> None:
    named = told().ledger.event(BATCH).statement.documents[0].sha256

    class Lossy:
        def __getattr__(self, name: str) -> object:
            return getattr(told().ledger.source(), name)

        def document_names(self) -> Iterator[str]:
            held = told().ledger.source().document_names()
            return (one for one in held if one != named)

    report = judged(tmp_path / "e", evidence(Lossy()))  # type: ignore[arg-type]  # by shape
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"DOCUMENT-MISSING"})


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES])
def test_a_document_of_any_size_travels_in_parts(size: int, tmp_path: Path) -> None:
    paper = Document(bytes(size), "scan", "scan")
    with Story() as story:
        story.party("maker", "maker")
        story.record(commissioned(), "maker", documents=(paper,))
        path = tmp_path / "e"
        path.write_bytes(evidence(story.ledger.source()))
        source = EvidenceSource(path)
        assert source.document(paper.reference().sha256) == paper.data
        assert source.document("00" * 32) is None
        assert audit(source, story.trust()).verdict == "PASS"
        source.close()


def test_a_file_of_more_than_one_tile_and_a_hand_over(tmp_path: Path) -> None:
    with Story() as story:
        story.party("maker", "maker")
        told_of = [dispatched(f"SHP-{number}") for number in range(300)]
        story.ledger.append_many([story.submission(one, "maker") for one in told_of])
        path = tmp_path / "e"
        path.write_bytes(evidence(story.ledger.source()))
        for workers in (1, 2):
            source = EvidenceSource(path)
            assert audit(source, story.trust(), workers=workers, chunk=50).verdict == "PASS"
            source.close()


def test_a_reader_in_another_process_opens_the_file_again(whole: bytes, tmp_path: Path) -> None:
    import pickle  # noqa: PLC0415  as the workers of an audit travel

    path = tmp_path / "e"
    path.write_bytes(whole)
    source = EvidenceSource(path)
    again = pickle.loads(pickle.dumps(source))  # noqa: S301  our own bytes
    assert list(again.rows(3, 5)) == list(source.rows(3, 5))
    again.close()
    source.close()
    source.close()


# --- what is wrong with a file ----------------------------------------------------------------


def sampled(data: bytes, count: int) -> list[int]:
    return sorted(random.Random(4).sample(range(len(data)), count))


def test_no_changed_byte_passes(whole: bytes, tmp_path: Path, record_property: Property) -> None:
    positions = sampled(whole, 700)
    for position in positions:
        byte = (whole[position] + 1 + position % 255) % 256
        changed = whole[:position] + bytes([byte]) + whole[position + 1 :]
        assert judged(tmp_path / "e", changed).verdict != "PASS", position
    record_property("counted", f"bytes of an evidence file changed, audited: {len(positions)}")


class Failing(io.BytesIO):
    """A file on a disk that stops giving anything."""

    def readline(self, _: int | None = -1) -> bytes:
        raise OSError(errno.EIO, "Input/output error")


def test_a_line_that_the_disk_does_not_give_up_is_said(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "e"
    path.write_bytes(whole)
    source = EvidenceSource(path)
    assert source.size()  # it is read through once, while the disk still gives it up
    source.close()
    source._file = Failing(whole)
    with pytest.raises(Unavailable, match="EVIDENCE-UNREADABLE"):
        list(source.rows(0, 1))


def test_no_deleted_doubled_or_moved_line_passes(whole: bytes, tmp_path: Path) -> None:
    lines = whole.splitlines(keepends=True)
    for number in range(len(lines)):
        without = lines[:number] + lines[number + 1 :]
        doubled = lines[: number + 1] + lines[number:]
        swapped = lines[:number] + lines[number : number + 2][::-1] + lines[number + 2 :]
        for changed in (without, doubled, swapped if number < len(lines) - 1 else without):
            assert judged(tmp_path / "e", b"".join(changed)).verdict != "PASS", number


def test_a_file_that_was_cut_off_is_undecided(whole: bytes, tmp_path: Path) -> None:
    ends = [whole.index(b"\n", at) + 1 for at in sampled(whole, 20)]
    for stop in (0, 1, len(whole) - 1, *ends, *(end - 1 for end in ends)):
        if stop == len(whole):
            continue
        report = judged(tmp_path / "e", whole[:stop])
        assert (report.verdict, codes(report)) == ("UNDECIDED", {"EVIDENCE-TRUNCATED"})


def first(lines: list[bytes], beginning: bytes) -> int:
    return next(number for number, line in enumerate(lines) if line.startswith(beginning))


def put(number: int, line: bytes) -> Callable[[list[bytes]], list[bytes]]:
    return lambda lines: [*lines[:number], line, *lines[number + 1 :]]


PART = DocumentLine(data="AAAA", part=1, parts=2, sha256="ff" * 32)
ANCHOR = AnchorLine(note="x", size=1, token=None)
BROKEN: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "no line at all": put(0, b"\n"),
    "not UTF-8": put(2, b'{"entry":"\xff","index":0,"kind":"entry"}\n'),
    "another format": lambda lines: [lines[0].replace(b"-v1", b"-v2"), *lines[1:]],
    "spaces": lambda lines: [lines[0].replace(b'"head"', b' "head"'), *lines[1:]],
    "an entry in another spelling": lambda lines: [
        one.replace(b'"entry":"{', b'"entry": "{') for one in lines
    ],
    "another entry's number": lambda lines: [
        one.replace(b'"index":4,', b'"index":5,') for one in lines
    ],
    "something behind the end": lambda lines: [*lines, lines[-1]],
    "an end that counts otherwise": lambda lines: [
        *lines[:-1],
        encode_line(End(lines=3, sha256="00" * 32)),
    ],
    "fewer entries": lambda lines: [
        *lines[: first(lines, b'{"entry"')],
        *lines[first(lines, b'{"entry"') + 1 : -1],
        encode_line(End(lines=len(lines) - 2, sha256="00" * 32)),
    ],
    "a tile of another width": lambda lines: [
        encode_line(TileLine(hashes="AA" * 32, n=0)) if b'"tile"' in one else one for one in lines
    ],
    "a document without its second part": lambda lines: [
        *lines[:-1],
        encode_line(PART),
        lines[-1],
    ],
    "a document whose parts are of another": lambda lines: [
        *lines[:-1],
        encode_line(structs.replace(PART, data="AAAA" * (PART_BYTES // 3) + "AAA=")),
        encode_line(DocumentLine(data="AAAA", part=2, parts=2, sha256="fe" * 32)),
        lines[-1],
    ],
    "a document that begins with its second part": lambda lines: [
        *lines[:-1],
        encode_line(DocumentLine(data="AAAA", part=2, parts=2, sha256="ff" * 32)),
        lines[-1],
    ],
    "base64 with a bit too many": lambda lines: [
        *lines[:-1],
        encode_line(DocumentLine(data="AB==", part=1, parts=1, sha256="ff" * 32)),
        lines[-1],
    ],
    "a list that is not sorted": lambda lines: [
        one for one in lines for _ in range(1 + one.startswith(b'{"kind":"absent"'))
    ],
    "an anchor twice": lambda lines: [lines[0], *[encode_line(ANCHOR)] * 2, *lines[1:]],
    "a time stamp of more than a megabyte": lambda lines: [
        lines[0],
        encode_line(structs.replace(ANCHOR, token="AAAA" * 350_000)),
        *lines[1:],
    ],
    "an entry whose frame is another": lambda lines: [
        one.replace(b'{"entry":"', b'{"entry":  "') for one in lines
    ],
    "a document that is not whole": lambda lines: [
        *lines[:-1],
        encode_line(structs.replace(PART, data="AAAA" * (PART_BYTES // 3) + "AAA=")),
        lines[-1],
    ],
    "a part that is too short": lambda lines: [
        *lines[:-1],
        encode_line(PART),
        encode_line(structs.replace(PART, part=2)),
        lines[-1],
    ],
    "a part that follows another part than it says": lambda lines: [
        *lines[:-1],
        encode_line(structs.replace(PART, data="AAAA" * (PART_BYTES // 3) + "AAA=", parts=3)),
        encode_line(structs.replace(PART, part=3, parts=3)),
        lines[-1],
    ],
    "a line without end": lambda lines: [*lines[:-1], b'"' + b"A" * 2_200_000],
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_evidence_file_is_told_with_its_line(
    name: str, whole: bytes, tmp_path: Path
) -> None:
    lines = BROKEN[name](whole.splitlines(keepends=True))
    report = judged(tmp_path / "e", closed(b"".join(lines)))
    assert report.verdict == "FAIL"
    [mark] = report.marks
    assert mark.code == "EVIDENCE-MALFORMED"
    assert "line " in mark.found


def test_an_entry_line_in_another_order_is_refused() -> None:
    line = encode_line(EntryLine(entry="{}", index=0)).replace(b'"index":0,"kind":"entry"', b"")
    with pytest.raises(Malformed, match="EVIDENCE-MALFORMED"):
        decode_line(line, 1)
    with pytest.raises(LedgerError, match="EVIDENCE-MALFORMED"):
        read_index(io.BytesIO(b'{"index":0,"kind":"entry","entry":"{}"}\n'))


def test_anchors_travel_with_their_time_stamps(tmp_path: Path) -> None:
    with Story(tmp_path / "ledger.db") as story:
        story.party("maker", "maker")
        note = story.ledger.checkpoint()
        story.party("buyer", "owner")
        for token in (b"", b"a token"):
            anchor = StoredAnchor(5 - 1, note, token)
            story.ledger._recorder.add_anchor(anchor)
        path = tmp_path / "e"
        path.write_bytes(evidence(story.ledger.source()))
        source = EvidenceSource(path)
        assert source.anchors() == story.ledger.source().anchors()
        assert audit(source, story.trust()).verdict == "PASS"
        source.close()


class Shrinking:
    """A source that gives other entries, or no document, when it is asked again."""

    def __init__(self, source: Source, **other: object) -> None:
        self._source = source
        self._other = other
        self._reads = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)

    def rows(self, start: int, stop: int) -> Iterator[object]:
        self._reads += 1
        shift = "rows" in self._other and self._reads > 1
        for row in self._source.rows(start, stop):
            data = row.data + b" " if shift else row.data
            yield EvidenceRow(row.index, None, data, row.leaf)

    def document(self, sha256: str) -> bytes | None:
        return None if "document" in self._other else self._source.document(sha256)


def test_a_source_that_changes_while_it_is_written_gives_no_file() -> None:
    for other in ("document", "rows"):
        with pytest.raises(Unavailable, match="SOURCE-CHANGED"):
            evidence(Shrinking(told().ledger.source(), **{other: True}))  # type: ignore[arg-type]  # by shape


def test_a_file_that_is_not_there_is_undecided(tmp_path: Path) -> None:
    source = EvidenceSource(tmp_path / "none")
    report = audit(source, told().trust())
    source.close()
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"SOURCE-UNREADABLE"})


def test_a_file_that_changes_under_the_reader_is_told(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "e"
    path.write_bytes(whole)
    source = EvidenceSource(path)
    [name, *_] = source.document_names()
    offset = source._index.documents[name].offset
    path.write_bytes(b" " * offset + encode_line(End(lines=3, sha256="00" * 32)))
    with pytest.raises(Malformed, match="EVIDENCE-MALFORMED"):
        source.document(name)
    source.close()


def test_a_file_that_cannot_be_read_from_any_place_is_undecided(whole: bytes) -> None:
    reading, writing = os.pipe()
    os.write(writing, whole[:1000])
    os.close(writing)
    source = EvidenceSource(Path(f"/dev/fd/{reading}"))
    report = audit(source, told().trust())
    source.close()
    os.close(reading)
    assert (report.verdict, codes(report)) == ("UNDECIDED", {"SOURCE-UNREADABLE"})


# --- python -m ledger -------------------------------------------------------------------------


def test_the_program_for_strangers_ends_with_the_verdict(
    whole: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, note = tmp_path / "e", tmp_path / "note"
    path.write_bytes(whole)
    note.write_bytes(told().ledger.checkpoint())
    key = told().ledger.fingerprint.hex()
    assert main([str(path), "--key", key, "--checkpoint", str(note)]) == 0
    assert "PASS, scope full; integrity only" in capsys.readouterr().out
    assert main([str(path)]) == 3
    assert main([str(path), "--key", "00" * 32, "--json"]) == 1
    assert main([str(path), "--key", "abc"]) == 2
    assert "FINGERPRINT" in capsys.readouterr().err
    assert main([str(path), "--key", key, "--pin", "maker"]) == 2
    assert main([str(path), "--key", key, "--checkpoint", str(tmp_path / "none")]) == 2


def test_the_program_reads_a_pipe(
    whole: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = told().ledger.fingerprint.hex()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(whole)))
    assert main(["-", "--key", key]) == 0
    assert "audit of evidence file -" in capsys.readouterr().out

    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _buffer: object) -> int:
            raise OSError(5, "gone")

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(Broken())))
    assert main(["-", "--key", key]) == 2
    assert "EVIDENCE-UNREADABLE" in capsys.readouterr().err


class _Full(io.StringIO):
    """An output that takes nothing more; `number` is of the file behind it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def fileno(self) -> int:
        return self.number

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def test_a_report_that_nobody_got_is_no_verdict(
    whole: bytes,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "e"
    path.write_bytes(whole)
    line = [str(path), "--key", told().ledger.fingerprint.hex(), "--workers", "1"]
    with (tmp_path / "out").open("wb") as out, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", _Full(out.fileno()))
        assert main(line) == 3
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", None)
        assert main(line) == 3
    assert capsys.readouterr().err.count("error: INTERNAL") == 2


def test_a_terminal_of_few_letters_gets_the_whole_report(
    whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "e"
    path.write_bytes(whole)
    taken = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(taken, "ascii"))
    line = [str(path), "--key", told().ledger.fingerprint.hex(), "--workers", "1"]
    assert main(line) == 0
    assert taken.getvalue().splitlines()[-1].startswith(b"PASS")


def test_the_program_runs_alone(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "e"
    path.write_bytes(whole)
    key = told().ledger.fingerprint.hex()
    done = subprocess.run(
        [sys.executable, "-m", "ledger", str(path), "--key", key, "--workers", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("PASS")
