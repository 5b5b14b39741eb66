"""Files read in parts: the same index as line by line, or none where something is otherwise."""

import io
import random
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.evidence import parts
from ledger.evidence.decoding import decode_line
from ledger.evidence.index import Index, read_index
from ledger.evidence.lines import PART_BYTES, AbsentLine, DocumentLine, End, Line, encode_line
from ledger.evidence.parts import Task, read_in_parts, read_part
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.writer import write_evidence
from ledger.verify.audit import audit
from ledger.verify.report import Report
from tests.evidence_lines import ended
from tests.test_evidence_file import BROKEN
from tests.told import told


def papers() -> list[Line]:
    """Return lines of what is left out, and of documents, one of them in three parts."""
    contents = [b"%d" % number for number in range(9)] + [bytes(2 * PART_BYTES + 1)]
    lines: list[Line] = []
    for data in sorted(contents, key=lambda one: sha256(one).digest()):
        cut = [data[at : at + PART_BYTES] for at in range(0, len(data), PART_BYTES)]
        name = sha256(data).hexdigest()
        for part, text in enumerate(cut, 1):
            spelled = b64encode(text).decode()
            lines.append(DocumentLine(data=spelled, part=part, parts=len(cut), sha256=name))
    absent = sorted(sha256(b"absent %d" % number).hexdigest() for number in range(5))
    return [*(AbsentLine(sha256=name) for name in absent), *lines]


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """Return the lines of a file that holds all that one can."""
    out = io.BytesIO()
    write_evidence(told().ledger.source(), out)
    front = [decode_line(one, 0) for one in out.getvalue().splitlines(keepends=True)]
    told_lines = [one for one in front if not isinstance(one, DocumentLine | AbsentLine | End)]
    return [encode_line(one) for one in ended([*told_lines, *papers()])]


def read(path: Path, part_bytes: int) -> Index | None:
    index = read_in_parts(path, map, part_bytes)
    if index is not None:  # whatever it was, it is what reading line by line finds
        with path.open("rb") as file:
            whole = read_index(file)
        assert list(index.documents.items()) == list(whole.documents.items())
        for name in ("head", "anchors", "tiles", "positions", "entries", "first_entry", "damage"):
            assert getattr(index, name) == getattr(whole, name), name
        assert list(index.absent) == list(whole.absent)
        with EvidenceSource(path) as source:
            if index.damage is not None:
                return index
            told_leaves = source.leaves()
            leaves = [row.leaf for row in source.rows(0, source.size())]
        assert told_leaves is not None
        assert leaves == [told_leaves[index] for index in range(len(leaves))]
    return index


@pytest.mark.parametrize("part_bytes", [900, 20_000, 700_000, 10**9])
def test_parts_of_any_size_give_the_same(
    part_bytes: int, lines: list[bytes], tmp_path: Path
) -> None:
    path = tmp_path / "e"
    path.write_bytes(b"".join(lines))
    index = read(path, part_bytes)
    assert index is not None
    assert (len(index.documents), len(index.absent)) == (10, 5)
    other = b"".join(lines).replace(b'"data":"MA=="', b'"data":"MB=="').replace(b"MQ==", b"Mg==")
    path.write_bytes(other)
    assert read_in_parts(path, map, part_bytes) is None  # MB== is no spelling
    path.write_bytes(b"".join(lines).replace(b"MQ==", b"Mg=="))
    index = read(path, part_bytes)
    assert index is not None
    assert index.damage is not None


def small(lines: list[bytes]) -> list[bytes]:
    """Return the file without its large document, its end true of that."""
    kept = [decode_line(one, 0) for one in lines[:-1] if len(one) < PART_BYTES // 2]
    return [encode_line(one) for one in ended([one for one in kept if not _cut(one)])]


def _cut(line: Line) -> bool:
    return isinstance(line, DocumentLine) and line.parts > 1


def test_whatever_is_otherwise_is_left_to_the_reading_line_by_line(
    lines: list[bytes], tmp_path: Path
) -> None:
    path, whole = tmp_path / "e", small(lines)
    path.write_bytes(b"".join(whole))
    assert read(path, 2_000) is not None
    for number in range(0, len(whole), 3):
        without = whole[:number] + whole[number + 1 :]
        doubled = whole[: number + 1] + whole[number:]
        swapped = whole[:number] + whole[number : number + 2][::-1] + whole[number + 2 :]
        for changed in (without, doubled):
            path.write_bytes(b"".join(changed))
            assert read(path, 2_000) is None
        path.write_bytes(b"".join(swapped))
        index = read(path, 2_000)
        assert index is None or index.damage is not None or number == len(whole) - 1
    path.write_bytes(b"")
    assert read(path, 2_000) is None
    for change in BROKEN.values():
        path.write_bytes(b"".join(change(whole)))
        index = read(path, 2_000)  # entries are decoded when they are judged
        assert index is None or index.damage is not None


def test_one_byte_changed_anywhere_is_found_or_left(lines: list[bytes], tmp_path: Path) -> None:
    path, whole = tmp_path / "e", b"".join(small(lines))
    pick = random.Random(7)
    for _ in range(60):
        at = pick.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ pick.randrange(1, 256)]) + whole[at + 1 :])
        index = read(path, 2_000)
        assert index is None or index.damage is not None


def test_no_part_begins_or_ends_within_a_document(lines: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "e"
    path.write_bytes(b"".join(lines))
    head = read_index(io.BytesIO(b"".join(lines))).head
    at = next(number for number, one in enumerate(lines) if b'"part":1,"parts":3' in one)
    start, middle = len(b"".join(lines[:at])), len(b"".join(lines[: at + 1]))
    assert read_part(Task(path, head, start, start + len(b"".join(lines[at : at + 3])))) is not None
    for span in ((start, middle), (middle, middle + len(lines[at + 1])), (start, start + 1)):
        assert read_part(Task(path, head, *span)) is None
    assert read_part(Task(tmp_path / "none", head, 0, 1)) is None


def judged(path: Path, workers: int) -> Report:
    with EvidenceSource(path) as source:
        return audit(source, told().trust(), workers=workers)


def test_processes_that_read_parts_change_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "e"
    with path.open("wb") as out:
        write_evidence(told().ledger.source(), out)
    alone = judged(path, 1)
    monkeypatch.setattr(parts, "_LARGE", 0)
    assert judged(path, 2) == alone
    path.write_bytes(path.read_bytes()[:-1])
    assert judged(path, 2).marks[0].code == "EVIDENCE-TRUNCATED"
