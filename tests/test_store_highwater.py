"""The high-water file: an older copy of a ledger is noticed before anything is written to it."""

import os
import resource
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Malformed, Tampered, Unavailable
from ledger.store import highwater
from ledger.store.highwater import HighWater

ROOT = bytes(range(32))
OTHER = bytes(32)
LINE = f"7 {ROOT.hex()}\n".encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.high-water"


@pytest.fixture
def water(path: Path) -> Iterator[HighWater]:
    with HighWater(path) as opened:
        yield opened


def test_nothing_was_shown_before_the_first_line(water: HighWater, path: Path) -> None:
    assert water.last() is None
    water.compare(lambda: 0, lambda _size: OTHER)
    assert not path.exists()


def test_the_last_line_counts(water: HighWater, path: Path) -> None:
    water.append(0, OTHER)
    assert water.last() == (0, OTHER)
    water.append(7, ROOT)
    assert water.last() == (7, ROOT)
    assert HighWater(str(path)).last() == (7, ROOT)
    assert path.read_bytes() == f"0 {OTHER.hex()}\n".encode() + LINE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_closing_is_not_the_end(water: HighWater) -> None:
    water.append(7, ROOT)
    water.close()
    water.close()
    water.append(8, OTHER)
    assert water.last() == (8, OTHER)


@pytest.mark.parametrize("torn", [b"8", b"8 ", LINE[:-1], b"\xff"])
def test_a_torn_line_is_ignored_and_cut_off(water: HighWater, path: Path, torn: bytes) -> None:
    path.write_bytes(torn)
    assert water.last() is None
    path.write_bytes(LINE + torn)
    assert water.last() == (7, ROOT)
    water.append(9, OTHER)
    assert path.read_bytes() == LINE + f"9 {OTHER.hex()}\n".encode()


@pytest.mark.parametrize("before", [b"", LINE], ids=["first", "later"])
@pytest.mark.parametrize(
    "lost",
    [
        bytes(1),
        bytes(30),
        bytes(100),
        bytes(150),
        bytes(1024),
        bytes(300) + LINE[40:],
        LINE[:3] + bytes(300) + LINE[40:],
        bytes(300) + LINE[40:] + LINE[:20],
        LINE[:3] + bytes(40) + LINE[3:] + bytes(500),
    ],
    ids=len,
)
def test_what_a_power_cut_left_as_zeros_is_no_line(
    water: HighWater, path: Path, before: bytes, lost: bytes
) -> None:
    """The file had grown, and some sectors never reached the disk: the ledger can be opened."""
    path.write_bytes(before + lost)
    assert water.last() == ((7, ROOT) if before else None)
    water.append(9, OTHER)
    assert water.last() == (9, OTHER)
    water.append(10, ROOT)
    assert water.last() == (10, ROOT)
    kept = (before + lost)[: (before + lost).rfind(b"\n") + 1]
    assert path.read_bytes() == kept + f"9 {OTHER.hex()}\n10 {ROOT.hex()}\n".encode()


@pytest.mark.parametrize(
    "content",
    [
        b"\n",
        LINE + b"\n",
        LINE.replace(b"7", b"07", 1),
        LINE.replace(b"7", b"-7", 1),
        LINE.replace(b"7", b"1_0", 1),
        LINE.replace(b"7", b"1" * 17, 1),
        LINE.replace(b" ", b"  "),
        LINE.replace(b"\n", b"\r\n"),
        LINE.upper(),
        LINE[:-2] + b"\n",
        b"x" * 82,
        b"x" * 1000,
        b"x" * 300 + bytes(300),
        b"x" + bytes(30) + b"\n",
        LINE + b"x" * 82,
        LINE + b"x" * 1000,
    ],
)
def test_any_other_last_line_is_malformed_and_left_alone(
    water: HighWater, path: Path, content: bytes
) -> None:
    path.write_bytes(content)
    with pytest.raises(Malformed, match="HIGH-WATER-LINE"):
        water.last()
    with pytest.raises(Malformed, match="HIGH-WATER-LINE"):
        water.append(8, ROOT)
    assert path.read_bytes() == content


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=200) | st.builds(LINE.__add__, st.binary(max_size=90)))
def test_what_is_read_is_what_would_be_written(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w"
        path.write_bytes(content)
        try:
            last = HighWater(path).last()
        except Malformed:
            return
        if last is not None:
            path.unlink()
            with HighWater(path) as again:
                again.append(*last)
            assert content[: content.rfind(b"\n") + 1].endswith(path.read_bytes())


@given(size=st.integers(0, 2**53 - 1), root=st.binary(min_size=32, max_size=32))
@settings(max_examples=30, deadline=None)
def test_every_tree_can_be_noted(size: int, root: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, HighWater(Path(folder) / "w") as water:
        water.append(size, root)
        assert water.last() == (size, root)


def test_a_longer_ledger_that_contains_what_was_shown_may_be_written(water: HighWater) -> None:
    water.append(7, ROOT)
    asked = []

    def root_at(size: int) -> bytes:
        asked.append(size)
        return ROOT

    water.compare(lambda: 7, root_at)
    water.compare(lambda: 12, root_at)
    assert asked == [7, 7]


def test_what_is_shown_while_a_ledger_opens_is_no_fault(water: HighWater) -> None:
    """Another writer commits and notes more: the store is asked after the file, never before."""
    water.append(7, ROOT)

    def size() -> int:
        water.append(9, OTHER)
        return 9

    assert water.compare(size, {7: ROOT, 9: OTHER}.__getitem__) == (7, ROOT)
    assert water.last() == (9, OTHER)


def test_an_older_copy_may_not_be_written(water: HighWater) -> None:
    water.append(7, ROOT)
    with pytest.raises(Tampered, match="STORE-BEHIND: the ledger has 6 entries, but 7 were shown"):
        water.compare(lambda: 6, lambda _size: ROOT)


def test_another_history_may_not_be_written(water: HighWater) -> None:
    water.append(7, ROOT)
    with pytest.raises(Tampered, match="STORE-DIFFERENT"):
        water.compare(lambda: 12, lambda _size: OTHER)


def test_the_file_does_not_grow_without_limit(
    water: HighWater, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(highwater, "FILE_BYTES_MAX", 1000)
    sizes = set()
    for size in range(100):
        water.append(size, ROOT)
        assert water.last() == (size, ROOT)
        sizes.add(path.stat().st_size)
    assert 1000 < max(sizes) < 1100
    assert list(path.parent.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_who_finds_the_file_replaced_goes_on_in_the_new_one(
    water: HighWater, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    water.append(1, OTHER)
    monkeypatch.setattr(highwater, "FILE_BYTES_MAX", 10)
    with HighWater(path) as other:
        other.append(2, OTHER)
    monkeypatch.undo()
    water.append(7, ROOT)
    assert path.read_bytes() == f"2 {OTHER.hex()}\n".encode() + LINE


def test_a_file_that_cannot_be_used_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="HIGH-WATER-UNREADABLE"):
        HighWater(tmp_path).last()
    with pytest.raises(Unavailable, match="HIGH-WATER-UNREADABLE"):
        HighWater(tmp_path).newest()
    with pytest.raises(Unavailable, match="HIGH-WATER-UNWRITABLE"):
        HighWater(tmp_path / "no folder" / "w").append(7, ROOT)
    with pytest.raises(Unavailable, match="HIGH-WATER-UNREADABLE"):
        HighWater(tmp_path / "file" / "w").last()
    with pytest.raises(Unavailable, match="HIGH-WATER-UNWRITABLE"):
        HighWater(tmp_path / "file" / "w").append(7, ROOT)


def test_a_disk_that_fills_in_the_middle_of_a_line_costs_that_line_only(
    water: HighWater, path: Path
) -> None:
    water.append(7, ROOT)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(LINE) + 10, hard))
    try:
        with pytest.raises(Unavailable, match="HIGH-WATER-UNWRITABLE"):
            water.append(8, ROOT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.stat().st_size == len(LINE) + 10
    assert water.last() == (7, ROOT)
    water.append(9, ROOT)
    assert path.read_bytes() == LINE + f"9 {ROOT.hex()}\n".encode()


def test_a_child_process_does_not_inherit_the_file(water: HighWater) -> None:
    water.append(7, ROOT)
    assert water._descriptor is not None
    assert not os.get_inheritable(water._descriptor)


def test_who_commits_first_and_notes_second_takes_nothing_back(
    water: HighWater, path: Path
) -> None:
    with HighWater(path) as other:
        other.append(8, ROOT)
    water.append(7, OTHER)
    water.append(8, OTHER)
    assert path.read_bytes() == b"8 " + LINE[2:]
    water.append(9, OTHER)
    assert water.last() == (9, OTHER)


def test_the_last_line_is_read_briefly(water: HighWater, path: Path) -> None:
    assert water.newest() is None
    for size in range(9):
        water.append(size, OTHER)
    water.append(9, ROOT)
    with path.open("ab") as file:
        file.write(b"10 00")
    assert water.newest() == water.last() == (9, ROOT)
    with pytest.raises(Tampered, match="STORE-BEHIND"):
        water.compare(lambda: 8, lambda _size: ROOT, briefly=True)
    assert water.compare(lambda: 9, lambda _size: ROOT, briefly=True) == (9, ROOT)
    path.write_bytes(b"something else\n")
    with pytest.raises(Malformed, match="HIGH-WATER-LINE"):
        water.newest()


def test_the_largest_tree_counts_wherever_its_line_is(water: HighWater, path: Path) -> None:
    path.write_bytes(b"10 " + LINE[2:] + LINE)
    assert water.last() == (10, ROOT)
    path.write_bytes(b"x9 " + LINE[2:] + LINE)
    assert water.last() == (7, ROOT)


def test_nobody_appends_while_another_looks_for_a_torn_line(
    water: HighWater, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the one that looked first would cut off the line of the other."""
    water.append(1, OTHER)
    pread, second = os.pread, HighWater(path)
    waiting = threading.Thread(target=second.append, args=(2, ROOT))

    def look(descriptor: int, length: int, offset: int) -> bytes:
        monkeypatch.undo()
        tail = pread(descriptor, length, offset)
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        return tail

    monkeypatch.setattr(os, "pread", look)
    water.append(3, ROOT)
    waiting.join()
    second.close()
    assert water.last() == (3, ROOT)
    assert path.read_bytes().startswith(b"1 ")


def test_what_a_crash_left_of_a_replacement_is_in_nobodys_way(
    water: HighWater, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(highwater, "FILE_BYTES_MAX", 10)
    victim = path.with_name("victim")
    path.with_name(f"{path.name}.new").symlink_to(victim)
    water.append(1, OTHER)
    water.append(2, ROOT)
    assert water.last() == (2, ROOT)
    assert list(path.parent.iterdir()) == [path]
